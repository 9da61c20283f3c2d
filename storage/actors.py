"""Who speaks, for queries to join with: tables ``actors`` and ``offices``, as the lexicons have them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from extractors.actors import Actor, Office
from storage import rows
from storage.tables import Tables


class Actors:
    """The actors and offices, as ``Warehouse.actors`` offers them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def load(self, actors: Sequence[Actor], offices: Sequence[Office]) -> bool:
        """Replace the actors and offices by those of the lexicons. False where they are the same already."""
        given = {
            "actors": [rows.actor_row(actor) for actor in actors],
            "offices": [rows.office_row(office) for office in offices],
        }
        if all(
            json.loads(rows.to_json(given[name]))
            == json.loads(rows.to_json(self._tables.rows(f"SELECT * FROM {name}")))
            for name in given
        ):
            return False
        with self._tables.transaction():
            for name, found in given.items():
                self._tables.execute(f"DELETE FROM {name}")
                self._tables.insert(name, found)
        return True
