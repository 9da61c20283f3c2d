"""The copy that readers open, and exports.

DuckDB lets one process write a file and shuts all others out meanwhile. So readers get a file of their own, replaced
whole by an atomic rename: they never fail, never wait and never see half a run, and no reader can hold up the writer.
A session that stays open goes on seeing the state that it opened.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from storage.files import abandoned, clone, sync
from storage.opening import FILE, explained, private_file
from storage.warehouse import Warehouse

DRAFT = ".publishing-"


@dataclass(frozen=True, slots=True)
class Published:
    """The copy as it was replaced."""

    path: Path
    size: int  # bytes


def published_file(data_dir: Path) -> Path:
    """The copy for readers."""
    return data_dir / FILE


def publish(data_dir: Path, *, wait: float = 15.0) -> Published | None:
    """Replace the copy by the private file's state; None where nothing changed since.

    Close the writer's connection first. Raises WarehouseError where the private file is held or the disk is full;
    readers then go on with the copy before.
    """
    target = published_file(Path(data_dir).absolute())
    _clean(target.parent)
    with ExitStack() as last, Warehouse.open(data_dir, wait=wait) as warehouse:
        warehouse.checkpoint()
        # The copy bears the modification time of what it copies: that is how the next call knows.
        private = warehouse.path.stat()
        if _same(target, private):
            return None
        # Closed after the warehouse, because to close any handle of a file gives up the process's lock on it.
        source = last.enter_context(warehouse.path.open("rb"))
        draft = target.with_name(f"{DRAFT}{os.getpid()}.duckdb")
        try:
            clone(source, draft, mtime_ns=private.st_mtime_ns)
            # Somebody who opened the copy for writing would shut out all who read it.
            draft.chmod(0o444)
            draft.replace(target)
            # A reader that opened the old copy for writing may have left a log, which is not the new copy's.
            target.with_name(target.name + ".wal").unlink(missing_ok=True)
            sync(target.parent)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise explained(target, error) from error
    return Published(target, private.st_size)


def _same(target: Path, private: os.stat_result) -> bool:
    try:
        copy = target.stat()
    except FileNotFoundError:
        return False
    return (copy.st_mtime_ns, copy.st_size) == (private.st_mtime_ns, private.st_size)


def _clean(directory: Path) -> None:
    """Remove what publishers, and makers of a warehouse, that died have left."""
    for draft in abandoned([*directory.glob(f"{DRAFT}*"), *private_file(directory).parent.glob(".new-*")]):
        draft.unlink(missing_ok=True)
