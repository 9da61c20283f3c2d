"""Brings a warehouse to the newest schema: numbered SQL files, forward only, one transaction each.

``schema_migrations`` holds what was applied with its checksum. Views, macros and comments are not migrated but
made anew from macros.sql, views.sql and comments.sql whenever their text changes, so that they are never stale.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

import duckdb

from extractors.errors import WarehouseError

VIEWS = 0
"""The version under which ``schema_migrations`` keeps the checksum of views and comments."""


@dataclass(frozen=True, slots=True)
class Migration:
    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


@cache
def migrations() -> tuple[Migration, ...]:
    """All migrations, oldest first."""
    found = []
    for file in files("storage.migrations").iterdir():
        if match := re.fullmatch(r"(\d{3})_(\w+)\.sql", file.name):
            found.append(Migration(int(match[1]), match[2], file.read_text(encoding="utf-8")))
    return tuple(sorted(found, key=lambda migration: migration.version))


@cache
def views() -> Migration:
    """Macros, views and all comments."""
    names = ("macros.sql", "views.sql", "comments.sql")
    texts = [files("storage").joinpath(name).read_text(encoding="utf-8") for name in names]
    return Migration(VIEWS, "views", "\n".join(texts))


def newest() -> int:
    """The version of the schema that this program writes."""
    return migrations()[-1].version


def applied(connection: duckdb.DuckDBPyConnection) -> dict[int, str]:
    """Version → checksum of what a warehouse has. Raises WarehouseError where the file is no warehouse of ours."""
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if "schema_migrations" not in tables:
        if tables:
            raise WarehouseError("is a DuckDB file, but no dateline warehouse: it has no table schema_migrations")
        return {}
    return dict(connection.execute("SELECT version, sha256 FROM schema_migrations").fetchall())


def pending(done: dict[int, str]) -> list[Migration]:
    """The migrations still to be applied. Raises WarehouseError where the warehouse is of a newer or another schema."""
    if done and max(done) > newest():
        raise WarehouseError(
            f"has schema {max(done)}, this program knows schemas up to {newest()}: "
            "it was written by a newer dateline; upgrade this one"
        )
    for migration in migrations():
        if done.get(migration.version, migration.sha256) != migration.sha256:
            raise WarehouseError(
                f"had migration {migration.version:03d}_{migration.name} applied with another text: "
                "it was written by another build of dateline; use that one, or restore a backup"
            )
    return [migration for migration in migrations() if migration.version not in done]


def migrate(connection: duckdb.DuckDBPyConnection, moment: datetime, *, upto: int | None = None) -> list[int]:
    """Apply what is missing; returns the versions applied (VIEWS where views or comments were made anew).

    ``upto`` makes an older schema, without views, for rows of that time to be put in.
    """
    done = applied(connection)
    missing = pending(done)
    if not missing and done.get(VIEWS) == views().sha256:
        return []
    if not done:
        connection.execute(
            "CREATE TABLE schema_migrations (version INTEGER NOT NULL, name VARCHAR NOT NULL, "
            "sha256 VARCHAR NOT NULL, applied_at TIMESTAMPTZ NOT NULL)"
        )
    steps = [*missing, views()] if upto is None else [step for step in missing if step.version <= upto]
    for step in steps:
        _apply(connection, step, moment)
    return [step.version for step in steps]


def _apply(connection: duckdb.DuckDBPyConnection, step: Migration, moment: datetime) -> None:
    connection.begin()
    try:
        # A table cannot be altered freely under views that use it; they come back with the last step.
        connection.execute(_drop_views(connection) + step.sql)
        if step.version == VIEWS:
            _inherit_comments(connection)
        connection.execute("DELETE FROM schema_migrations WHERE version IN (?, ?)", [step.version, VIEWS])
        connection.execute(
            "INSERT INTO schema_migrations VALUES (?, ?, ?, ?::VARCHAR::TIMESTAMPTZ)",
            [step.version, step.name, step.sha256, moment.isoformat()],
        )
        connection.commit()
    except BaseException:
        with suppress(duckdb.Error):  # none is active where BEGIN or COMMIT failed
            connection.rollback()
        raise


def _inherit_comments(connection: duckdb.DuckDBPyConnection) -> None:
    """A view's column means what the column of its name in these tables means, unless it has a comment of its own."""
    for view, column, comment in connection.execute(
        "SELECT v.table_name, v.column_name, arg_min(t.comment, list_position($1, t.table_name)) "
        "FROM duckdb_columns() AS v JOIN duckdb_columns() AS t USING (column_name) "
        "WHERE v.table_name IN (SELECT view_name FROM duckdb_views() WHERE NOT internal) AND v.comment IS NULL "
        "AND t.table_name IN (SELECT unnest($1)) AND t.comment IS NOT NULL GROUP BY ALL",
        [["said", "statements", "stories", "feeds", "feed_states"]],
    ).fetchall():
        connection.execute(f'COMMENT ON COLUMN "{view}"."{column}" IS {_quoted(comment)}')


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _drop_views(connection: duckdb.DuckDBPyConnection) -> str:
    """SQL that drops every view and macro."""
    views = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()
    macros = connection.execute(
        "SELECT DISTINCT function_name, function_type FROM duckdb_functions() "
        "WHERE NOT internal AND function_type IN ('macro', 'table_macro')"
    ).fetchall()
    return "".join(
        [f'DROP VIEW "{name}"; ' for (name,) in views]
        + [f'DROP MACRO {"TABLE " if kind == "table_macro" else ""}"{name}"; ' for name, kind in macros]
    )
