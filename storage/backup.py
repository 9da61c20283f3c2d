"""The warehouse as Parquet files that anything can read, and back again.

    DIR/manifest.json                            what belongs to the export: schema, tables, files
    DIR/statements/month=2025-08/<hash>.parquet  big tables by month
    DIR/feeds/<hash>.parquet                     small tables whole

A file is named by a hash of its rows, so that an export writes only months that changed. The manifest is replaced last
and files that it no longer names are deleted after that: at every instant it names a whole, consistent export.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from extractors.errors import WarehouseError
from storage.files import sync
from storage.migrate import applied, migrate, newest
from storage.opening import connect, discard, explained, make_directory, private_file
from storage.queries import open_published

MANIFEST = "manifest.json"

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


def export(data_dir: Path, target: Path) -> Exported:
    """Bring the Parquet files in ``target`` up to the published copy. Raises WarehouseError where it cannot."""
    with open_published(data_dir) as copy:
        try:
            copy.execute("SET preserve_insertion_order = false")
            found = list(_write(copy, target))
            schema = max(applied(copy))
        except (duckdb.Error, OSError) as error:
            raise explained(target, error) from error
    rows = sum(rows for _, rows, _ in found)
    manifest = {
        "schema": schema,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": rows,
        "files": sorted(str(file.relative_to(target)) for file, _, _ in found),
    }
    draft = target / f".{MANIFEST}.part"
    draft.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    draft.replace(target / MANIFEST)
    sync(target)
    named = {file for file, _, _ in found}
    for file in [*target.glob("*/*.parquet"), *target.glob("*/month=*/*.parquet")]:
        if file not in named:
            file.unlink()
    for month in target.glob("*/month=*"):
        with suppress(OSError):  # not empty
            month.rmdir()
    return Exported(rows, len(found), sum(written for _, _, written in found))


def _write(copy: duckdb.DuckDBPyConnection, target: Path) -> Iterator[tuple[Path, int, bool]]:
    """Each file of the export, its rows, and whether it had to be written."""
    tables = copy.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY table_name").fetchall()
    for (table,) in tables:
        if table in KEPT_OUT:
            continue
        month = f"strftime({MONTHS[table]}, '%Y-%m')" if table in MONTHS else "''"
        parts = copy.execute(
            f"SELECT {month} AS month, count(*), md5(count(*)::VARCHAR || bit_xor(hash(t))::VARCHAR) "
            f"FROM {table} AS t GROUP BY ALL"
        ).fetchall()
        for part, rows, name in parts or [("", 0, "empty")]:
            folder = target / table / (f"month={part}" if part else "")
            file = folder / f"{name}.parquet"
            if written := not file.exists():
                folder.mkdir(parents=True, exist_ok=True)
                draft = folder / f".{name}.part"
                where = f"WHERE {month} = '{part}'" if part else ""
                quoted = str(draft).replace("'", "''")
                copy.execute(
                    f"COPY (SELECT t.* FROM {table} AS t {where}) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)"
                )
                draft.replace(file)
            yield file, rows, written


def restore(data_dir: Path, source: Path) -> int:
    """Make the warehouse of an empty data directory from an export; returns the number of rows.

    An export of an older schema is upgraded on the way. Raises WarehouseError where there is a warehouse already, where
    ``source`` is no export, misses files, or is of a newer schema; nothing is changed then.
    """
    path = private_file(Path(data_dir).absolute())
    if path.exists():
        raise WarehouseError(f"{path} is there already: move it away, or restore into another data directory")
    manifest = _manifest(source)
    make_directory(path.parent)
    draft = path.with_name(f".new-{os.getpid()}-{path.name}")
    discard(draft)
    try:
        with connect(draft) as connection:
            migrate(connection, datetime.now(UTC), upto=manifest["schema"])
            for table, files in _by_table(manifest["files"]).items():
                listed = [str(source / file) for file in files]
                connection.execute(
                    f"INSERT INTO {table} BY NAME FROM read_parquet(?, hive_partitioning = false)", [listed]
                )
            migrate(connection, datetime.now(UTC))
        os.link(draft, path)
    except FileExistsError as error:
        raise WarehouseError(f"{path} was made by another process meanwhile; it was left as it is") from error
    except (duckdb.Error, OSError) as error:
        raise explained(path, error) from error
    finally:
        discard(draft)
    return int(manifest["rows"])


def _manifest(source: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
        schema, files = manifest["schema"], manifest["files"]
    except (OSError, ValueError, KeyError) as error:
        raise WarehouseError(f"{source} is no export of dateline: its {MANIFEST} cannot be read") from error
    if schema > newest():
        raise WarehouseError(f"{source} was written by a newer dateline (schema {schema}); upgrade this one")
    if missing := [file for file in files if not (source / file).exists()]:
        raise WarehouseError(f"{source} misses {len(missing)} of its files, such as {missing[0]}")
    return manifest


def _by_table(files: list[str]) -> dict[str, list[str]]:
    tables: dict[str, list[str]] = {}
    for file in files:
        tables.setdefault(Path(file).parts[0], []).append(file)
    return tables
