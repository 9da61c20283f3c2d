"""Which statements a watch wants. Asked of the published copy, read-only: a user's condition can neither change the
warehouse nor hold up its writer. What was matched and sent is kept by ``storage.alert_queue``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import duckdb

from extractors.errors import WarehouseError
from storage.queries import fetch, open_published
from storage.rows import Row, fetched

LOOKED_AT = 1000
"""Statements, the last ones appended, among which ``last_matches`` looks."""

KEEP_TRYING = timedelta(days=7)
"""An address that comes back after longer is not flooded with old news; the Atom file has them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a statement must be, all of it; an empty part asks for nothing.

    ``sql``: a condition over the columns of ``said``. ``actor``: an id of ``actors``, or a name. ``topic``: one of its
    topics. ``words``: whole words that its content holds, as in ``search``.
    """

    sql: str = ""
    actor: str = ""
    topic: str = ""
    words: str = ""


def unwatched_runs(data_dir: Path) -> dict[str, frozenset[str] | None]:
    """The runs, oldest first, whose statements some watch has not been asked about: the names of those that could not
    be asked; None where none was asked: the last run, and those before it that were killed too early."""
    rows = fetch(
        data_dir,
        "SELECT run_id, any_value(asked.counts) AS missed_by "
        "FROM batches LEFT JOIN (FROM batches WHERE kind = 'alerts') AS asked USING (run_id) "
        "WHERE batches.kind = 'readings' AND (asked.run_id IS NULL OR cardinality(asked.counts) > 0) "
        "GROUP BY run_id ORDER BY run_id",
    )
    return {row["run_id"]: None if row["missed_by"] is None else frozenset(row["missed_by"]) for row in rows}


def new_matches(data_dir: Path, wanted: Wanted, runs: Sequence[str]) -> list[UUID]:
    """The statements that these runs were the first to bring, and that are wanted. One that was gone before any watch
    was asked about it, and came back, is new. Raises WarehouseError with the database's words where the condition is
    none."""
    rows = _matching(
        data_dir,
        wanted,
        "FROM said WHERE run_id IN (SELECT unnest($runs)) AND statement_id NOT IN ("
        "SELECT statement_id FROM statement_history AS h "
        "LEFT JOIN (FROM batches WHERE kind = 'alerts') AS asked USING (run_id) "
        "WHERE run_id NOT IN (SELECT unnest($runs)) AND coalesce(h.valid_to > asked.committed_at, true))",
        {"runs": list(runs)},
    )
    return [row["statement_id"] for row in rows]


def last_matches(data_dir: Path, wanted: Wanted) -> list[Row]:
    """Those of the last LOOKED_AT statements that are wanted, newest first. Raises what ``new_matches`` does."""
    newest = f"FROM (FROM said ORDER BY valid_from DESC, statement_id LIMIT {LOOKED_AT})"
    return _matching(data_dir, wanted, newest, {})


def statements(data_dir: Path, ids: Collection[UUID]) -> dict[UUID, Row]:
    """Statements that still stand, repeats in copies too, by id, in the columns of ``reports``, oldest first."""
    found = fetch(
        data_dir,
        "FROM reports WHERE statement_id IN (SELECT unnest(?::UUID[])) "
        "ORDER BY day NULLS FIRST, published, statement_id",
        [[str(id) for id in ids]],
    )
    return {row["statement_id"]: row for row in found}


def waiting(data_dir: Path, now: datetime) -> list[Row]:
    """The addresses that have not taken what is tried still at ``now``: watch, target (the address's place in the
    list), statements (their number) and since (when the oldest was matched)."""
    return fetch(
        data_dir,
        "SELECT watch, target, count(*) AS statements, min(matched_at) AS since FROM alerts "
        "WHERE sent_at IS NULL AND ended IS NULL AND matched_at > ?::VARCHAR::TIMESTAMPTZ GROUP BY ALL ORDER BY ALL",
        [(now - KEEP_TRYING).isoformat()],
    )


def _matching(data_dir: Path, wanted: Wanted, source: str, parameters: dict[str, object]) -> list[Row]:
    # The line break ends a comment that the user's condition may end in.
    conditions = [f"({wanted.sql}\n)"] if wanted.sql else []
    if wanted.actor:
        conditions.append("is_by(actor_id, speaker, $actor)")
        parameters["actor"] = wanted.actor
    if wanted.topic:
        conditions.append("list_contains(topics, $topic)")
        parameters["topic"] = wanted.topic
    if wanted.words:
        conditions.append("has_words(content, $words)")
        parameters["words"] = wanted.words
    query = f"SELECT * FROM (SELECT * {source}) WHERE {' AND '.join(conditions)} ORDER BY valid_from DESC, statement_id"
    with open_published(data_dir) as copy:
        try:
            if len(copy.extract_statements(query)) != 1:
                raise WarehouseError("a condition is an expression, without a semicolon")
            return fetched(copy.execute(query, parameters))
        except duckdb.Error as error:
            raise WarehouseError(str(error).splitlines()[0]) from error
