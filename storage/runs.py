"""The runs, when each began and how it ended: table ``runs``; and how long ``polls`` and ``fetches`` are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from storage import rows
from storage.tables import Tables


class Runs:
    """The runs, as ``Warehouse.runs`` offers them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def start(self, run_id: str, started_at: datetime, kind: str) -> None:
        """Book a run, under the run lock: one that is still called running has been killed, and is booked as that."""
        with self._tables.transaction():
            self._tables.execute("UPDATE runs SET outcome = 'killed' WHERE outcome = 'running'")
            self._tables.delete("runs", "run_id", [run_id])
            self._tables.insert(
                "runs", [{"run_id": run_id, "kind": kind, "started_at": started_at, "outcome": "running", "counts": {}}]
            )

    def finish(self, run_id: str, finished_at: datetime, outcome: str, counts: Mapping[str, int]) -> None:
        """Book a run's end, its outcome (done, nothing new, degraded, failed) and what it did."""
        with self._tables.transaction():
            self._tables.execute(
                "UPDATE runs SET finished_at = ?::VARCHAR::TIMESTAMPTZ, outcome = ?, "
                "counts = ?::JSON::MAP(VARCHAR, BIGINT) WHERE run_id = ?",
                [finished_at.isoformat(), outcome, rows.to_json(dict(counts)), run_id],
            )

    def last(self, before: datetime) -> datetime | None:
        """When the last of the runs began that began before an instant, in UTC; None where there is none."""
        (row,) = self._tables.rows(
            "SELECT max(started_at) AS last FROM runs WHERE started_at < ?::VARCHAR::TIMESTAMPTZ", [before.isoformat()]
        )
        return rows.utc(row["last"])

    def prune(self, before: datetime) -> int:
        """Delete the polls and fetches begun before an instant; returns how many. Stories and statements stay."""
        deleted = 0
        with self._tables.transaction():
            for table in ("polls", "fetches"):
                (count,) = self._tables.execute(
                    f"DELETE FROM {table} WHERE started_at < ?::VARCHAR::TIMESTAMPTZ", [before.isoformat()]
                ).fetchone() or (0,)
                deleted += count
        return deleted
