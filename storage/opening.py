"""Opening DuckDB files: locks, the newest schema, and errors that say what to do."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from extractors.errors import HeldError, WarehouseError
from storage.files import clone
from storage.migrate import applied, migrate, pending

FILE = "warehouse.duckdb"

RUN_LOCK = "monitor.lock"
"""Beside the private file: it is locked for a whole run, and names the process."""

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "storage_compatibility_version": "v1.4.0",
}
"""Needs no extension that is not built in, and must not look for one on the network. A new file can be read by
DuckDB 1.4, the oldest that is maintained, and all that follow; older files know no zstd."""

PAUSE = 0.03
"""Seconds between two attempts on a file that another process holds."""

LOCKED = re.compile(r"Could not set lock.*?\(PID (\d+)\)|Could not set lock", re.DOTALL)

UNREADABLE = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
"""What DuckDB raises on a damaged file."""

_open_here: set[Path] = set()
_open_here_guard = threading.Lock()


def private_file(data_dir: Path) -> Path:
    """The writer's own file."""
    return data_dir / "private" / FILE


def claim(path: Path, deadline: float) -> None:
    """One writer in this process, too: DuckDB would share one database between two connections of a process."""
    while True:
        with _open_here_guard:
            if path not in _open_here:
                _open_here.add(path)
                return
        if time.monotonic() >= deadline:
            raise HeldError(f"{path} is open already in this process ({os.getpid()})")
        time.sleep(PAUSE)


def release(path: Path) -> None:
    with _open_here_guard:
        _open_here.discard(path)


def make_directory(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(f"{directory} cannot be made: {error.strerror}; choose another data directory") from error


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection in UTC."""
    connection = duckdb.connect(str(path), read_only=read_only, config=CONFIG)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def patiently(path: Path, deadline: float, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """A connection, as soon as no other process holds the file."""
    while True:
        try:
            return connect(path, read_only=read_only)
        except duckdb.Error as error:
            if not LOCKED.search(str(error)) or time.monotonic() >= deadline:
                raise explained(path, error) from error
            time.sleep(PAUSE)


def create(path: Path) -> None:
    """A new warehouse: of a published copy that stands without its private file, else an empty one."""
    copy = path.parent.parent / FILE
    if copy.exists():
        adopt(copy, path)
        return
    with _appearing(path) as draft, connect(draft) as connection:
        migrate(connection, datetime.now(UTC))


def adopt(copy: Path, path: Path) -> None:
    """Make the private file of the published copy: its owner put a backup back, or has lost the private folder.

    Raises WarehouseError where the copy is no warehouse that this program can read; nothing is changed then.
    """
    with _appearing(path) as draft:
        with copy.open("rb") as source:
            clone(source, draft)
        draft.chmod(0o600)
        try:
            with connect(draft, read_only=True) as connection:
                pending(applied(connection))
        except (duckdb.Error, WarehouseError) as error:
            raise WarehouseError(
                f"{path} is missing, and the copy {copy} cannot take its place: it {' '.join(str(error).split())}. "
                "It was left as it is. Put a good copy there, or move it away and run again for an empty warehouse"
            ) from error
    print(f"{path} was missing: it was made anew from the published copy {copy}", file=sys.stderr)


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A draft that becomes ``path``, whole or not at all, even where two processes make it at once."""
    draft = path.with_name(f".new-{os.getpid()}-{path.name}")
    discard(draft)
    try:
        yield draft
        with suppress(FileExistsError):
            os.link(draft, path)
    except (duckdb.Error, OSError) as error:
        raise explained(path, error) from error
    finally:
        discard(draft)


def discard(path: Path) -> None:
    """Remove a database file that nobody needs, with its log."""
    for file in (path, path.with_name(path.name + ".wal")):
        with suppress(OSError):
            file.unlink(missing_ok=True)


def look(path: Path, deadline: float) -> dict[int, str]:
    """The migrations that a warehouse has, found out without a write. Raises WarehouseError where it cannot be read, or
    a newer program has written it."""
    with patiently(path, deadline, read_only=True) as connection:
        try:
            done = applied(connection)
            pending(done)
        except (duckdb.Error, WarehouseError) as error:
            raise explained(path, error) from error
    return done


def open_newest(path: Path, deadline: float) -> duckdb.DuckDBPyConnection:
    """A connection to a warehouse of the newest schema. Whether it can be had is found out without a write."""
    done = look(path, deadline)
    if pending(done):
        _keep_beside(path, max(done, default=0), deadline)
    connection = patiently(path, deadline)
    try:
        migrate(connection, datetime.now(UTC))
    except BaseException as error:
        connection.close()
        if isinstance(error, duckdb.Error | WarehouseError):
            raise explained(path, error) from error
        raise
    return connection


def _keep_beside(path: Path, version: int, deadline: float) -> None:
    """A copy of the file as it was before an upgrade: ``warehouse.duckdb.v001``."""
    connection = patiently(path, deadline)
    connection.execute("CHECKPOINT")
    connection.close()
    beside = path.with_name(f"{path.name}.v{version:03d}")
    try:
        with path.open("rb") as source:
            clone(source, beside)
    except OSError as error:
        discard(beside)
        raise explained(path, error) from error


def words_of(error: duckdb.Error) -> str:
    """What the database says, without the drawing of where it stumbled."""
    return " ".join(str(error).partition("\n\nLINE ")[0].split())


def explained(path: Path, error: Exception) -> WarehouseError:
    """What went wrong with the private file, the copy or an export, and what to do."""
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = " ".join(words.split())
    private, copy = path.parent.name == "private", path.parent.parent / FILE
    if isinstance(error, WarehouseError):
        return WarehouseError(f"{path} {text}")
    if match := LOCKED.search(text):
        if private and match[1] and match[1] == _last_run(path.parent):
            return HeldError(f"{path}: a run (process {match[1]}) is at work on it; let it work, and try again later")
        holder = f"process {match[1]}" if match[1] else "another process"
        hint = f" (readers open {copy})" if private else " (open it read-only)"
        return HeldError(f"{path} is held by {holder}: close it there and run again; nothing was lost{hint}")
    if "No space left" in text or "enough space" in text or "Disk quota" in text:
        return WarehouseError(f"{path}: the disk is full; free some space and run again; what was committed is safe")
    if "Could not write" in text or "File too large" in text:
        return WarehouseError(
            f"{path} could not be written: {text}; mend that and run again; what was committed is safe"
        )
    if any(sign in text for sign in ("Read-only file system", "Permission denied", "read-only mode")):
        return WarehouseError(f"{path} cannot be written: {text}; make it writable or choose another data directory")
    if isinstance(error, UNREADABLE) and path.name == FILE:
        remedy = (
            f"Move the folder {path.parent} away, and the next run goes on from {copy}, the last published state; or "
            "restore a backup with `dateline restore`"
            if private
            else "Delete it: the next run publishes it anew"
        )
        return WarehouseError(f"{path} cannot be read: {text.rstrip('.')}. It was left as it is. {remedy}")
    return WarehouseError(f"{path}: {text}")


def _last_run(directory: Path) -> str:
    """The process whose run began last, at work or not; "" where there was none."""
    try:
        return (directory / RUN_LOCK).read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""
