"""What watches matched, and what of it is still to be sent where: table ``alerts``.

Which statements a watch wants is asked of the published copy, by ``storage.alerts``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from storage import rows
from storage.tables import Batch, Tables


class AlertQueue:
    """What was matched and is to be sent, as ``Warehouse.alerts`` offers it."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(
        self,
        matches: Mapping[str, Collection[UUID]],
        targets: Mapping[str, int],
        missed: Mapping[str, Collection[str]],
        at: datetime,
    ) -> int:
        """Book what watches matched, in one transaction; returns how many matches are new.

        ``matches``: watch → statements. ``targets``: watch → to how many addresses a match is to be sent.
        ``missed``: run → the watches that could not be asked about it; no other watch will be again. A statement is no
        news where its repeat in a copy of the story was matched before.
        """
        with self._tables.transaction():
            asked = rows.to_json(sorted({id for ids in matches.values() for id in ids}))
            known = {
                (row["watch"], row["statement_id"])
                for row in self._tables.rows(
                    "WITH asked AS (SELECT unnest($asked::JSON::UUID[]) AS statement_id) "
                    "SELECT watch, statement_id FROM alerts WHERE target = 0 AND statement_id IN (FROM asked) "
                    "UNION ALL SELECT watch, repeat_of FROM alerts JOIN statements USING (statement_id) "
                    "WHERE target = 0 AND repeat_of IN (FROM asked)",
                    {"asked": asked},
                )
            }
            fresh = [(watch, id) for watch, ids in matches.items() for id in ids if (watch, id) not in known]
            self._tables.insert(
                "alerts",
                [
                    {
                        "watch": watch,
                        "target": target,
                        "statement_id": id,
                        "matched_at": at,
                        "sent_at": None if target else at,
                    }
                    for watch, id in fresh
                    for target in range(targets[watch] + 1)
                ],
            )
            for run, names in missed.items():
                self._book(run, names, at)
        return len(fresh)

    def _book(self, run: str, missed_by: Collection[str], at: datetime) -> None:
        """Note that watches were asked about a run, and who still has to be: ``counts`` names each of these."""
        batch, counts = Batch(f"{run}/alerts", run, "alerts", at), dict.fromkeys(missed_by, 1)
        known = self._tables.booked(batch.id)
        if known is None:
            self._tables.book(batch, counts)
        elif known.keys() != counts.keys():
            self._tables.execute(
                "UPDATE batches SET counts = ?::JSON::MAP(VARCHAR, BIGINT) WHERE batch_id = ?",
                [rows.to_json(counts), batch.id],
            )

    def end(self, addresses: Collection[tuple[str, int]] | None) -> int:
        """Book of alerts that wait why they are not to be tried again, if so; returns how many these are.

        ``addresses``: (watch, target) of all that there are, None where that is not known. An alert for any other ends
        for want of an address, one whose statement no longer stands because it vanished.
        """
        known = None if addresses is None else rows.to_json([{"watch": name, "target": to} for name, to in addresses])
        removed = (
            "NOT list_contains($known::JSON::STRUCT(watch VARCHAR, target INTEGER)[], {watch: watch, target: target})"
        )
        vanished = "statement_id IN (SELECT statement_id FROM statements WHERE vanished_at IS NOT NULL)"
        with self._tables.transaction():
            (count,) = self._tables.execute(
                f"UPDATE alerts SET ended = CASE WHEN {removed} THEN 'no address' ELSE 'vanished' END "
                f"WHERE sent_at IS NULL AND ended IS NULL AND ({removed} OR {vanished})",
                {"known": known},
            ).fetchone() or (0,)
        return int(count)

    def waiting(self, since: datetime) -> list[tuple[str, int, UUID]]:
        """(watch, target, statement) of what was matched after ``since`` and waits to be sent."""
        return [
            (row["watch"], row["target"], row["statement_id"])
            for row in self._tables.rows(
                "SELECT watch, target, statement_id FROM alerts WHERE sent_at IS NULL "
                "AND ended IS NULL AND matched_at > ?::VARCHAR::TIMESTAMPTZ ORDER BY ALL",
                [since.isoformat()],
            )
        ]

    def sent(self, watch: str, target: int, statements: Sequence[UUID], at: datetime) -> None:
        """Book that statements went out."""
        with self._tables.transaction():
            self._tables.execute(
                "UPDATE alerts SET sent_at = ?::VARCHAR::TIMESTAMPTZ "
                "WHERE watch = ? AND target = ? AND statement_id IN (SELECT unnest(?::JSON::UUID[]))",
                [at.isoformat(), watch, target, rows.to_json(list(statements))],
            )

    def matched(self, watch: str, limit: int) -> dict[UUID, datetime]:
        """The statements that a watch matched last, at most ``limit``, newest first, with the instant in UTC."""
        return {
            row["statement_id"]: row["matched_at"].astimezone(UTC)
            for row in self._tables.rows(
                "SELECT statement_id, matched_at FROM alerts WHERE watch = ? AND target = 0 "
                "ORDER BY matched_at DESC, statement_id LIMIT ?",
                [watch, limit],
            )
        }
