"""Which statements report one utterance: rows of ``utterances`` for new statements beside those known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from uuid import UUID

from extractors import duplicates
from extractors.duplicates import LOOK_BACK, likeness
from extractors.records import Statement
from storage.rows import Row, statement_of
from storage.tables import Batch, Tables

CANDIDATES = files("storage").joinpath("candidates.sql").read_text(encoding="utf-8")
"""Gives the statements to be compared; takes ``$runs``, whose statements are new, and ``$days``."""


class Utterances:
    """The utterances, as ``Warehouse.utterances`` offers them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def link(self, run_id: str, at: datetime) -> int:
        """Find which new statements report what other statements report too; returns how many do. A run's last step.

        New are those of this run, and of runs that were killed before they came to this step. Compared are statements
        by the same speaker in stories published within ``duplicates.LOOK_BACK`` of one another. The first report gives
        an utterance its id. A statement linked already stays where it is, so to repeat this changes nothing.
        """
        with self._tables.transaction():
            behind = self._tables.runs_behind("links")
            added = links(
                self._tables.rows(CANDIDATES, {"runs": sorted({run_id, *behind}), "days": LOOK_BACK.days}), at
            )
            self._tables.insert("utterances", added)
            for run in behind:
                self._tables.book(
                    Batch(f"{run}/links", run, "links", at), {"linked": len(added) if run == run_id else 0}
                )
        return len(added)


def links(found: Sequence[Row], at: datetime) -> list[Row]:
    """The rows to be added for what ``CANDIDATES`` gave. A statement linked already stays where it is; the first
    report of an utterance gives it its id."""
    utterances, linked = duplicates.Utterances(), set[UUID]()
    fresh: list[Statement] = []
    for row in found:
        statement = statement_of(row)
        if row["is_new"] and not row["utterance_id"]:
            fresh.append(statement)
        else:
            utterances.add(row["utterance_id"] or statement.id, statement)
        if row["utterance_id"]:
            linked.add(statement.id)
    added: list[Row] = []
    for statement in fresh:
        utterance = utterances.find(statement)
        if utterance is not None:
            first = utterances.reports[utterance][0]
            added += [
                {
                    "utterance_id": utterance,
                    "statement_id": report.id,
                    "similarity": 1.0 if report is first else likeness(first, report),
                    "linked_at": at,
                }
                for report in (first, statement)
                if report.id not in linked
            ]
            linked |= {first.id, statement.id}
        utterances.add(utterance or statement.id, statement)
    return added
