"""The statements of stories, and what they were before: tables ``statements`` and ``statement_history``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from extractors.records import Extraction
from storage import rows
from storage.rows import Row
from storage.tables import Counts, Tables


def append(
    tables: Tables,
    extractions: Mapping[UUID, Extraction],
    versions: Mapping[UUID, int],
    again: Mapping[UUID, datetime],
    common: Row,
    at: datetime,
) -> Counts:
    """Append what stories hold now, and book what they held before, inside the transaction that brings the stories.

    By story: ``extractions``, the ``versions`` that these are of, and, for those known ``again``, when they were first
    seen. ``common``: what all rows have in common.
    """
    # No statement is older than its story, so rows from before the oldest of these stories need not be looked at.
    before = {
        row["statement_id"]: row
        for row in tables.known(
            "statements",
            "story_id",
            again,
            "statement_id, digest, valid_from, vanished_at",
            since=("valid_from", min(again.values(), default=at)),
        )
    }
    found = {
        statement.id: {
            **rows.statement_row(statement),
            **common,
            "story_version": versions[id],
            "valid_from": max(at, again.get(id, at)),
        }
        for id, extraction in extractions.items()
        for statement in extraction.statements
    }
    for id in found.keys() & before.keys():  # a clock that was put back leaves the order of what was seen
        since = [before[id]["valid_from"], before[id]["vanished_at"]]
        found[id]["valid_from"] = max(found[id]["valid_from"], *filter(None, since))
    changed = {
        id: "vanished" if before[id]["vanished_at"] else "changed"
        for id, row in found.items()
        if id in before and (before[id]["vanished_at"] or before[id]["digest"] != row["digest"])
    }
    vanished = [id for id, row in before.items() if id not in found and row["vanished_at"] is None]
    fresh = [id for id in found if id not in before]
    for ended in ("changed", "vanished"):
        if ids := [id for id, reason in changed.items() if reason == ended]:
            tables.execute(
                "INSERT INTO statement_history BY NAME SELECT * EXCLUDE (vanished_at, repeat_of, outlets), "
                "greatest(valid_from, coalesce(vanished_at, ?::VARCHAR::TIMESTAMPTZ)) AS valid_to, ? AS ended "
                "FROM statements WHERE statement_id IN (SELECT unnest(?::JSON::UUID[]))",
                [at.isoformat(), ended, rows.to_json(ids)],
            )
    tables.delete("statements", "statement_id", changed)
    if vanished:
        tables.execute(
            "UPDATE statements SET vanished_at = greatest(valid_from, ?::VARCHAR::TIMESTAMPTZ) "
            "WHERE statement_id IN (SELECT unnest(?::JSON::UUID[]))",
            [at.isoformat(), rows.to_json(vanished)],
        )
    tables.insert("statements", [found[id] for id in [*fresh, *changed]])
    return {
        "statements": len(fresh),
        "changed_statements": len(changed),
        "vanished_statements": len(vanished),
    }
