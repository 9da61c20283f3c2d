"""Rows in and out of the tables of an open warehouse: transactions, ids looked up at once, batches booked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

import duckdb

from storage.opening import explained
from storage.rows import Row, fetched, to_json

Counts = dict[str, int]
"""What a batch added, by name: ``new_entries``, ``statements`` (new ones), ``changed_statements`` ..."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes in as one, or not at all: its id, which a repeat bears too, its run, its kind and its instant."""

    id: str
    run_id: str
    kind: str  # "polls", "readings", "extractions", "copies", "links", "alerts"
    at: datetime


class Tables:
    """What every room of the warehouse works with. ``path`` is that of the file, for errors."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self._connection = connection
        self._types: dict[str, dict[str, str]] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside goes in together, or nothing of it. Raises WarehouseError, which says what to do,
        where the database fails; any other error passes through."""
        try:
            self._connection.begin()
            yield
            self._connection.commit()
        except BaseException as error:
            with suppress(duckdb.Error):  # none is active where BEGIN or COMMIT failed
                self._connection.rollback()
            if isinstance(error, duckdb.Error):
                raise explained(self.path, error) from error
            raise

    def once(self, batch: Batch, append: Callable[[], Counts]) -> Counts:
        """Append a batch and book it, in one transaction; returns what it added, the same where it is booked already:
        ``append`` is then not called."""
        with self.transaction():
            counts = self.booked(batch.id)
            if counts is None:
                counts = append()
                self.book(batch, counts)
        return counts

    def booked(self, batch_id: str) -> Counts | None:
        """What a batch has added; None where it never came to its end."""
        found = self.execute("SELECT counts FROM batches WHERE batch_id = ?", [batch_id]).fetchone()
        return None if found is None else dict(found[0])

    def book(self, batch: Batch, counts: Counts) -> None:
        """Note that a batch is in, inside the transaction that brings it."""
        self.insert(
            "batches",
            [
                {
                    "batch_id": batch.id,
                    "run_id": batch.run_id,
                    "kind": batch.kind,
                    "committed_at": batch.at,
                    "counts": counts,
                }
            ],
        )

    def runs_behind(self, kind: str) -> list[str]:
        """The runs that have appended stories, and no batch of this kind yet."""
        found = self.rows(
            "SELECT DISTINCT run_id FROM batches WHERE kind IN ('readings', 'extractions') AND run_id NOT IN "
            "(SELECT run_id FROM batches WHERE kind = ?)",
            [kind],
        )
        return [row["run_id"] for row in found]

    def execute(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> duckdb.DuckDBPyConnection:
        """Run SQL; what it gives is fetched from the result, before the next call. Raises WarehouseError, which says
        what to do, where the database fails."""
        with self._explained():
            return self._connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[Row]:
        """The rows of a query, as dicts. Raises what ``execute`` does."""
        with self._explained():
            return fetched(self.execute(sql, parameters))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise explained(self.path, error) from error

    def known(
        self,
        table: str,
        column: str,
        values: Iterable[UUID],
        columns: str = "*",
        *,
        since: tuple[str, datetime] | None = None,
    ) -> list[Row]:
        """The rows of ``table`` whose ``column`` is one of ``values``. ``since``: an instant that a column of all of
        them has reached, which lets the database leave out older parts of the table."""
        wanted = list(values)
        if not wanted:
            return []
        query = f"SELECT {columns} FROM {table} WHERE {column} IN (SELECT unnest(?::JSON::UUID[]))"
        if since is None:
            return self.rows(query, [to_json(wanted)])
        return self.rows(f"{query} AND {since[0]} >= ?::VARCHAR::TIMESTAMPTZ", [to_json(wanted), since[1].isoformat()])

    def insert(self, table: str, given: Iterable[Row]) -> None:
        """Add rows to a table; a column that a row does not name is NULL."""
        # One JSON list a column: a hundred times faster than Python values or ``executemany``, and a third faster than
        # one list of objects.
        columns = self._columns(table)
        if listed := list(given):
            lists = ", ".join(f"unnest(?::JSON::{kind}[])" for kind in columns.values())
            self.execute(
                f"INSERT INTO {table} SELECT {lists}",
                [to_json([row.get(name) for row in listed]) for name in columns],
            )

    def delete(self, table: str, column: str, values: Iterable[str] | Iterable[UUID]) -> None:
        """Delete the rows of ``table`` whose ``column`` is one of ``values``."""
        if listed := list(values):
            kind = "VARCHAR" if isinstance(listed[0], str) else "UUID"
            self.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT unnest(?::JSON::{kind}[]))", [to_json(listed)])

    def _columns(self, table: str) -> dict[str, str]:
        """Column → type."""
        if table not in self._types:
            self._types[table] = dict(
                self.execute(
                    "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
                    [table],
                ).fetchall()
            )
        return self._types[table]
