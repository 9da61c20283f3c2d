"""What flows and the command line ask of the published copy. Read-only, and never in the writer's way."""

from __future__ import annotations

import csv
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from math import isfinite
from pathlib import Path
from typing import Any, TextIO

import duckdb
from duckdb import StatementType
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from extractors.errors import WarehouseError
from storage.migrate import newest
from storage.opening import patiently, private_file, words_of
from storage.publish import published_file
from storage.rows import Row, fetched, utc

DICTIONARY = "SELECT kind, name, holds FROM dictionary WHERE kind <> 'column' ORDER BY kind DESC, name"
"""What tables, views and macros hold, by the comments in the database."""

PATIENCE = 2.0
"""Seconds to wait for a copy that is held."""

SHOWN = 1000
"""Rows of a table that are printed at most; files and CSV hold all."""

WORD = 25
"""Characters: a column shows a word of so many whole, such as an instant; longer ones (ids, URLs) are folded."""

EXPLAIN = re.compile(r"\s*EXPLAIN(\s+ANALYZE\b|\s*\([^)]*\))*", re.IGNORECASE)

FORMATS = ("table", "csv", "json", "parquet")


@contextmanager
def open_published(data_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the published copy, in UTC. Raises WarehouseError where there is none yet."""
    path = published_file(data_dir)
    if not path.exists():
        raise WarehouseError(f"{path} does not exist yet: `dateline monitor` makes it")
    # Only somebody who opened the copy for writing can hold it, until the next run replaces it.
    with patiently(path, time.monotonic() + PATIENCE, read_only=True) as connection:
        yield connection


def fetch(data_dir: Path, query: str, parameters: Sequence[object] = ()) -> list[Row]:
    """The rows of a query over the published copy, as dicts. Raises WarehouseError with the database's words."""
    with open_published(data_dir) as connection:
        return _fetch(connection, query, parameters)


def new_statements(data_dir: Path, run_id: str) -> list[Row]:
    """The statements that a run brought, in the columns of ``said``, newest first; ``day`` is no more precise than it
    is known (``2025-08``), and for basis ``published`` the publication day."""
    return fetch(
        data_dir,
        "SELECT * REPLACE (ltrim(said_when, '≤ ') AS day) FROM said "
        "WHERE run_id = ? AND statement_id NOT IN (SELECT statement_id FROM statement_history) "
        "ORDER BY said.day DESC NULLS LAST, published DESC NULLS LAST, statement_id",
        [run_id],
    )


def has_run(data_dir: Path, first: datetime, last: datetime) -> bool:
    """Has a run of the monitor begun between two instants that has come to its end since? False without a copy."""
    if not published_file(data_dir).exists():
        return False
    return bool(
        fetch(
            data_dir,
            "FROM runs WHERE kind = 'monitor' AND finished_at IS NOT NULL "
            "AND started_at BETWEEN ?::VARCHAR::TIMESTAMPTZ AND ?::VARCHAR::TIMESTAMPTZ LIMIT 1",
            [first.isoformat(), last.isoformat()],
        )
    )


def changed_statements(data_dir: Path, first: datetime, last: datetime) -> list[Row]:
    """What the warehouse says otherwise since it was changed between two instants: rows of ``changed_statements``."""
    return fetch(
        data_dir,
        "FROM changed_statements WHERE changed_at BETWEEN ?::VARCHAR::TIMESTAMPTZ AND ?::VARCHAR::TIMESTAMPTZ",
        [first.isoformat(), last.isoformat()],
    )


# --- status -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Status:
    """How the installation does, by its published copy."""

    copy: Path
    size: int  # bytes
    age: timedelta  # since the last change that the copy holds
    behind: timedelta  # how much later the writer's file was changed
    feeds: int
    due: int  # feeds to be polled by now
    waiting: int  # pages to be read by now
    again: int  # pages that failed, to be tried again later
    given_up: int  # pages of last week's entries that will not be tried again
    failing: list[Row]  # title, url, last_outcome, last_error, failures, last_success_at
    runs: list[Row]  # the last ten: run_id, kind, started_at, finished_at, outcome, counts
    outcomes: dict[str, int]  # outcome → number of runs that ended so, those that were killed too
    rows: dict[str, int]  # table → number of rows


def status(data_dir: Path, now: datetime) -> Status:
    """Feeds due and failing, the last runs, row counts, the age of the copy. Raises WarehouseError without a copy."""
    path = published_file(data_dir)
    with open_published(data_dir) as connection:
        health = _fetch(connection, "FROM feed_health")
        runs = _fetch(
            connection,
            "SELECT run_id, kind, started_at, finished_at, outcome, counts FROM runs ORDER BY started_at DESC LIMIT 10",
        )
        tables = _fetch(connection, "SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY table_name")
        outcomes = _fetch(
            connection,
            "SELECT outcome, count(*) AS runs FROM runs WHERE outcome <> 'running' GROUP BY ALL ORDER BY ALL",
        )
        waiting = connection.execute(
            "SELECT count(DISTINCT url_id) FILTER (read_due_at <= $now::VARCHAR::TIMESTAMPTZ), "
            "count(DISTINCT url_id) FILTER (status = 'pending' AND read_due_at > $now::VARCHAR::TIMESTAMPTZ), "
            "count(DISTINCT url_id) FILTER (status = 'failed' AND "
            "first_seen_at > $now::VARCHAR::TIMESTAMPTZ - INTERVAL 7 DAYS) FROM entries",
            {"now": now.isoformat()},
        ).fetchall()
        counts = {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0]
            for name in (row["table_name"] for row in tables)
        }
    file = path.stat()
    return Status(
        copy=path,
        size=file.st_size,
        age=max(now - datetime.fromtimestamp(file.st_mtime, now.tzinfo), timedelta(0)),
        behind=timedelta(seconds=max(0.0, _changed_at(private_file(data_dir)) - file.st_mtime)),
        feeds=len(health),
        due=sum(row["due_at"] <= now for row in health),
        waiting=waiting[0][0],
        again=waiting[0][1],
        given_up=waiting[0][2],
        failing=[row for row in health if row["failures"]],
        runs=runs,
        outcomes={row["outcome"]: row["runs"] for row in outcomes},
        rows=counts,
    )


def _changed_at(path: Path) -> float:
    """When a file was last written; 0 where there is none, or none to be seen."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def feed_health(data_dir: Path) -> list[Row]:
    """The view ``feed_health``: each subscription's last poll and last week, those that fail first."""
    return fetch(data_dir, "FROM feed_health")


# --- SQL of the user's ------------------------------------------------------------------------------------------------


def run_sql(
    data_dir: Path, query: str, output: str = "table", to: Path | None = None, console: Console | None = None
) -> None:
    """Run a query over the published copy and write what it gives.

    ``output``: ``table`` to the console, ``csv``, ``json`` (one object a line) to standard output or the file ``to``,
    ``parquet`` to a file only. A file appears whole or not at all; that one was replaced is told on standard error. The
    query can read files and write none. Raises WarehouseError with the database's words, where the text is not one
    query, and where ``to`` is a file of the warehouse's own.
    """
    if output not in FORMATS:
        raise WarehouseError(f"no such format: {output}; choose one of {', '.join(FORMATS)}")
    if output == "parquet" and to is None:
        raise WarehouseError("parquet is no text: name a file for it with --to FILE")
    if to is not None and _own(data_dir, to):
        raise WarehouseError(f"{to} belongs to the warehouse and is not replaced; name another file")
    with open_published(data_dir) as connection:
        try:
            # A PIVOT makes the types that it needs first.
            asked = [one for one in connection.extract_statements(query) if one.type != StatementType.CREATE]
            if len(asked) != 1:
                raise WarehouseError(f"one query at a time, please: this text holds {len(asked)}")
            if not _only_asks(connection, asked[0]):
                raise WarehouseError(
                    f"this is read-only: write a query (SELECT, FROM ...), no {asked[0].type.name}; "
                    "--to FILE puts what a query gives into a file"
                )
            if output == "parquet":
                _whole(to, lambda draft: _parquet(connection, query, draft))
                return
            result = connection.execute(query)
            write = {"table": _table(console), "csv": _csv, "json": _json}[output]
            if to is None:
                write(result, sys.stdout)
            else:
                _whole(to, lambda draft: _text(draft, result, write))
        except duckdb.Error as error:
            raise WarehouseError(words_of(error)) from error


def _only_asks(connection: duckdb.DuckDBPyConnection, statement: duckdb.Statement) -> bool:
    """Does a statement do nothing but read? The connection is read-only, but COPY writes files all the same, also where
    it is to be explained by running it."""
    if statement.type == StatementType.EXPLAIN:
        asked = connection.extract_statements(EXPLAIN.sub("", statement.query, count=1))
        return [one.type for one in asked] == [StatementType.SELECT]
    return bool(statement.type == StatementType.SELECT)


def _own(data_dir: Path, target: Path) -> bool:
    """Is a file the published copy, or in the writer's folder?"""
    file = target.resolve()
    return file == published_file(data_dir).resolve() or private_file(data_dir).parent.resolve() in file.parents


Writer = Callable[[duckdb.DuckDBPyConnection, TextIO], None]


def _table(console: Console | None) -> Writer:
    def write(result: duckdb.DuckDBPyConnection, file: TextIO) -> None:
        screen = console if console and file is sys.stdout else Console(file=file, width=200)
        names, found = _columns(result), result.fetchmany(SHOWN + 1)
        words = [["" if value is None else _cell(value) for value in row] for row in found[:SHOWN]]
        # Where the columns' words do not fit side by side, rows are shown one under another.
        needed = [_narrowest(name, column) for name, *column in zip(names, *words, strict=True)]
        if sum(needed) + 3 * len(names) + 1 <= screen.width:
            table = Table()
            for name, width in zip(names, needed, strict=True):
                table.add_column(name, overflow="fold", min_width=width)
            for row in words:
                table.add_row(*map(escape, row))
            screen.print(table)
        else:
            for row in words:
                table = Table(show_header=False)
                for name, word in zip(names, row, strict=True):
                    table.add_row(name, escape(word))
                screen.print(table)
        if not found:
            screen.print("No rows.")
        if len(found) > SHOWN:
            screen.print(f"The first {SHOWN} rows; -f csv gives all.")

    return write


def _narrowest(name: str, column: Sequence[str]) -> int:
    """The width that a column needs so that its words stay whole."""
    return min(WORD, max((len(word) for text in (name, *column) for word in text.split()), default=1))


def _csv(result: duckdb.DuckDBPyConnection, file: TextIO) -> None:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_columns(result))
    while batch := result.fetchmany(10_000):
        writer.writerows(["" if value is None else _word(value) for value in row] for row in batch)


def _json(result: duckdb.DuckDBPyConnection, file: TextIO) -> None:
    names = distinct(_columns(result))
    while batch := result.fetchmany(10_000):
        for row in batch:
            values = {name: _value(value) for name, value in zip(names, row, strict=True)}
            file.write(json.dumps(values, ensure_ascii=False, allow_nan=False) + "\n")


def distinct(names: Sequence[str]) -> list[str]:
    """The names, where one comes again with a number behind it: ``title``, ``title_1``. As in Parquet files."""
    found: list[str] = []
    for name in names:
        numbered = (f"{name}_{number}" for number in count(1))
        found.append(name if name not in found else next(one for one in numbered if one not in (*names, *found)))
    return found


def _value(value: Any) -> Any:
    """A value of JSON: numbers as such (null where they are none), bytes in hexadecimal digits, else as in a cell."""
    if isinstance(value, float | Decimal):
        return float(value) if isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_value(one) for one in value]
    if isinstance(value, dict):
        return {_word(name): _value(one) for name, one in value.items()}
    return value if value is None or isinstance(value, bool | int | str) else _word(value)


def _text(draft: Path, result: duckdb.DuckDBPyConnection, write: Writer) -> None:
    with draft.open("w", encoding="utf-8", newline="") as file:
        write(result, file)


def _parquet(connection: duckdb.DuckDBPyConnection, query: str, draft: Path) -> None:
    relation = connection.sql(query)
    if relation is None:
        raise WarehouseError("that is no query: it gives no rows to write")
    relation.write_parquet(str(draft), compression="zstd")


def _whole(target: Path | None, write: Callable[[Path], None]) -> None:
    assert target is not None
    if not target.absolute().parent.is_dir():
        raise WarehouseError(f"{target} cannot be written: there is no folder {target.parent}")
    draft, replaced = target.with_name(f".{target.name}.part"), target.exists()
    try:
        write(draft)
        draft.replace(target)
        if replaced:
            print(f"{target} was there already: it was replaced", file=sys.stderr)
    except OSError as error:
        raise WarehouseError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def _fetch(connection: duckdb.DuckDBPyConnection, query: str, parameters: Sequence[object] = ()) -> list[Row]:
    try:
        return [
            {name: utc(value) if isinstance(value, datetime) else value for name, value in row.items()}
            for row in fetched(connection.execute(query, list(parameters)))
        ]
    except duckdb.Error as error:
        raise WarehouseError(words_of(error) + _of_another_version(connection)) from error


def _of_another_version(connection: duckdb.DuckDBPyConnection) -> str:
    """What a question may have stumbled over: the copy is still that of an older version."""
    try:
        found = connection.execute("SELECT max(version) FROM schema_migrations").fetchall()
    except duckdb.Error:
        return ""
    schema = found[0][0]
    if schema is None or schema >= newest():
        return ""
    return f" (an older dateline published the copy, schema {schema} of {newest()}: `dateline monitor` renews it)"


def _columns(result: duckdb.DuckDBPyConnection) -> list[str]:
    return [column[0] for column in result.description or ()]


def _cell(value: Any) -> str:
    """The same in a table for people, who need no fractions of seconds."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else _word(value)


def _word(value: Any) -> str:
    """A value as text: instants as ISO 8601, lists and structs as JSON, bytes in hexadecimal digits, all else as it
    prints itself."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | dict):
        return json.dumps(_value(value), ensure_ascii=False)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
