"""The warehouse as Parquet files that anything can read, and back again.

    DIR/manifest.json                            what belongs to the export: schema, tables, files
    DIR/statements/month=2025-08/<hash>.parquet  big tables by month
    DIR/feeds/<hash>.parquet                     small tables whole

A file is named by a hash of its rows, so that an export writes only months that changed, and files that are not whole.
The manifest is replaced when all files are on the disk, and files that it no longer names are deleted after that:
at every instant it names a whole, consistent export. As long as an export is at work, its plan names all files that it
or those before it may have written: whenever it dies, the next one knows what may be deleted. No file goes that neither
manifest nor plan has named.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from extractors.errors import WarehouseError
from storage.files import settle, sync
from storage.migrate import applied, migrate, newest
from storage.opening import connect, discard, explained, make_directory, private_file, words_of
from storage.publish import published_file
from storage.queries import open_published
from storage.run_lock import lock

MANIFEST, PLAN, LOCK = "manifest.json", "plan.json", ".lock"

FILE = re.compile(r"\w+/(?:month=[-\w]+/)?\w+\.parquet")
"""A file of an export, as its manifest names it."""

DRAFT = re.compile(r"\.(?:[0-9a-f]{32}|empty)\.part")
"""The name of such a file as long as it is not whole."""

OF_ITS_STORY = "(SELECT coalesce(s.day, s.first_seen_at::DATE) FROM stories AS s WHERE s.story_id = t.story_id)"

MONTHS = {
    "statements": OF_ITS_STORY,
    "statement_history": OF_ITS_STORY,
    "stories": "coalesce(t.day, t.first_seen_at::DATE)",
    "story_versions": "t.seen_from",
    "entries": "t.first_seen_at",
    "polls": "t.started_at",
    "fetches": "t.started_at",
    "runs": "t.started_at",
    "batches": "t.committed_at",
    "signatures": "t.published_at",
    "copies": "t.linked_at",
    "utterances": "t.linked_at",
    "alerts": "t.matched_at",
}
"""The day that decides in which month's file a row is; statements are with their story."""

KEPT_OUT = {"schema_migrations"}


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds, and what was written for it."""

    rows: int
    files: int
    written: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What belongs to an export; ``files`` by their paths in its folder."""

    schema: int
    rows: int
    files: frozenset[str]


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one file: those of a table, or of one month of it."""

    table: str
    month: str  # "2025-08"; "" for a small table
    rows: int
    file: str


def export(data_dir: Path, target: Path) -> Exported:
    """Bring the Parquet files in ``target`` up to the published copy.

    Raises WarehouseError where it cannot, where ``target`` holds other things and no export, or statements
    where the copy has none, and BusyError where
    another export is at work on it.
    """
    with open_published(data_dir) as copy:
        _named(target)
        try:
            target.mkdir(parents=True, exist_ok=True)
            with lock(target / LOCK, "export", target):
                return _export(copy, target)
        except (duckdb.Error, OSError) as error:
            raise explained(target, error) from error


def _export(copy: duckdb.DuckDBPyConnection, target: Path) -> Exported:
    copy.execute("SET preserve_insertion_order = false")
    parts = list(_parts(copy))
    whole = Manifest(max(applied(copy)), sum(part.rows for part in parts), frozenset(part.file for part in parts))
    _refuse_to_empty(target, whole)
    named = _named(target) | whole.files
    _put(target / PLAN, replace(whole, files=named))
    written = sum(_write(copy, target, part) for part in parts)
    for folder in {target, *(folder for part in parts for folder in list((target / part.file).parents)[:2])}:
        sync(folder)
    _put(target / MANIFEST, whole)
    _tidy(target, named, whole.files)
    (target / PLAN).unlink()
    return Exported(whole.rows, len(whole.files), written)


def _refuse_to_empty(target: Path, whole: Manifest) -> None:
    """A warehouse without statements is a lost one, where its backup has some. Raises WarehouseError."""
    before = _manifest(target / MANIFEST)
    if before and _has_statements(before) and not _has_statements(whole):
        raise WarehouseError(
            f"the warehouse has no statements, but the backup in {target} has; it was left as it is. "
            f"Restore it (`dateline restore {target} --data NEW`), or export to another folder"
        )


def _has_statements(manifest: Manifest) -> bool:
    return any(file.startswith("statements/") and not file.endswith("/empty.parquet") for file in manifest.files)


def _named(target: Path) -> frozenset[str]:
    """The files that exports have written, or were about to write, into a folder.

    Raises WarehouseError where there are other things and no export.
    """
    try:
        found = {file.name for file in target.iterdir()}
    except FileNotFoundError:
        return frozenset()
    except OSError as error:
        raise explained(target, error) from error
    # In this order: the plan goes when there is a manifest.
    known = [manifest for name in (PLAN, MANIFEST) if (manifest := _manifest(target / name))]
    if not known and not found <= {LOCK, _draft(target / PLAN).name}:
        raise WarehouseError(
            f"{target} is no export of dateline, and not empty; choose another folder, or a new one in it"
        )
    return frozenset().union(*(manifest.files for manifest in known))


def _parts(copy: duckdb.DuckDBPyConnection) -> Iterator[Part]:
    # The hash of a row is linear in its last column, so that equal changes of two rows would cancel: hashed twice and
    # added up they do not.
    tables = copy.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY table_name").fetchall()
    for (table,) in tables:
        if table in KEPT_OUT:
            continue
        found = copy.execute(
            f"SELECT {_month(table)} AS month, count(*), md5(count(*)::VARCHAR || sum(hash(hash(t)))::VARCHAR) "
            f"FROM {table} AS t GROUP BY ALL"
        ).fetchall()
        for month, rows, name in found or [("", 0, "empty")]:
            yield Part(
                table, month, rows, f"{table}/month={month}/{name}.parquet" if month else f"{table}/{name}.parquet"
            )


def _month(table: str) -> str:
    """SQL for the month in whose file a row ``t`` is."""
    return f"strftime({MONTHS[table]}, '%Y-%m')" if table in MONTHS else "''"


def _write(copy: duckdb.DuckDBPyConnection, target: Path, part: Part) -> bool:
    """Write a file of the export; False where it is there already, and whole."""
    file = target / part.file
    if _holds(copy, file) == part.rows:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.stem}.part")
    where = f"WHERE {_month(part.table)} = '{part.month}'" if part.month else ""
    quoted = str(draft).replace("'", "''")
    copy.execute(f"COPY (SELECT t.* FROM {part.table} AS t {where}) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")
    settle(draft, file)
    return True


def _holds(copy: duckdb.DuckDBPyConnection, file: Path) -> int | None:
    """The rows of a Parquet file by its footer, which is its end; None where there is no file, or it was cut."""
    if not file.exists():
        return None
    try:
        [rows] = copy.execute("SELECT num_rows FROM parquet_file_metadata(?)", [str(file)]).fetchone() or [None]
    except duckdb.Error:
        return None
    return rows


def _tidy(target: Path, named: frozenset[str], kept: frozenset[str]) -> None:
    """Delete what exports have named and the last one does not keep, and what they left half written."""
    for file in sorted(named - kept):
        (target / file).unlink(missing_ok=True)
    for table in {file.partition("/")[0] for file in named}:
        for draft in [*target.glob(f"{table}/.*.part"), *target.glob(f"{table}/month=*/.*.part")]:
            if DRAFT.fullmatch(draft.name):
                draft.unlink()
    for folder in {(target / file).parent for file in named}:
        with suppress(OSError):  # not empty
            folder.rmdir()


def _draft(file: Path) -> Path:
    return file.with_name(f".{file.name}.part")


def _put(file: Path, manifest: Manifest) -> None:
    """Replace a manifest or plan, whole or not at all."""
    content = {
        "schema": manifest.schema,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": manifest.rows,
        "files": sorted(manifest.files),
    }
    with _draft(file).open("w", encoding="utf-8") as draft:
        draft.write(json.dumps(content, indent=1) + "\n")
    settle(_draft(file), file)
    sync(file.parent)


def _manifest(file: Path) -> Manifest | None:
    """A manifest or plan; None where there is none. Raises WarehouseError where the file is something else."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise WarehouseError(
            f"{file.parent} is no export of dateline (its {file.name} cannot be read: {error}); choose another folder"
        ) from error
    match found:
        case {"schema": int(schema), "rows": int(rows), "files": [*files]} if schema > 0 and all(
            isinstance(name, str) and FILE.fullmatch(name) for name in files
        ):
            return Manifest(schema, rows, frozenset(files))
    raise WarehouseError(
        f"{file.parent} is no export of dateline (its {file.name} does not name schema, rows and files); "
        "choose another folder"
    )


def restore(data_dir: Path, source: Path) -> int:
    """Make the warehouse of an empty data directory from an export; returns the number of rows.

    An export of an older schema is upgraded on the way. Raises WarehouseError where there is a warehouse or a
    published copy already, where ``source`` is no export, misses files, is damaged, or is of a newer schema; no
    warehouse is made then.
    """
    path = private_file(Path(data_dir).absolute())
    for file in (path, published_file(path.parent.parent)):
        if file.exists():
            raise WarehouseError(f"{file} is there already: move it away, or restore into another data directory")
    manifest = _whole(source)
    make_directory(path.parent)
    draft = path.with_name(f".new-{os.getpid()}-{path.name}")
    discard(draft)
    try:
        with connect(draft) as connection:
            migrate(connection, datetime.now(UTC), upto=manifest.schema)
            rows = sum(_insert(connection, source, file) for file in sorted(manifest.files))
            if rows != manifest.rows:
                raise WarehouseError(
                    f"{source} is damaged: its files hold {rows:,} rows, its {MANIFEST} says {manifest.rows:,}; "
                    "restore another backup"
                )
            migrate(connection, datetime.now(UTC))
        os.link(draft, path)
    except FileExistsError as error:
        raise WarehouseError(f"{path} was made by another process meanwhile; it was left as it is") from error
    except (duckdb.Error, OSError) as error:
        raise explained(path, error) from error
    finally:
        discard(draft)
    return rows


def _whole(source: Path) -> Manifest:
    """The manifest of an export that this program can restore."""
    manifest = _manifest(source / MANIFEST)
    if manifest is None:
        raise WarehouseError(f"{source} is no export of dateline (it has no {MANIFEST}); choose another folder")
    if manifest.schema > newest():
        raise WarehouseError(f"{source} was written by a newer dateline (schema {manifest.schema}); upgrade this one")
    if missing := sorted(file for file in manifest.files if not (source / file).exists()):
        raise WarehouseError(
            f"{source} misses {len(missing)} of its files, such as {missing[0]}; restore another backup"
        )
    return manifest


def _insert(connection: duckdb.DuckDBPyConnection, source: Path, file: str) -> int:
    """Put the rows of an export's file into their table; returns their number."""
    table = file.partition("/")[0]
    try:
        inserted = connection.execute(
            f"INSERT INTO {table} BY NAME FROM read_parquet(?, hive_partitioning = false)", [str(source / file)]
        ).fetchall()
    except duckdb.Error as error:
        raise WarehouseError(
            f"{source / file} cannot be restored ({words_of(error)}); no warehouse was made. "
            "If the file is damaged, restore another backup"
        ) from error
    return int(inserted[0][0])
