"""Copies that are on the disk when they are said to be, and drafts that nobody will finish."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

PIECE = 1 << 26
"""Bytes that the kernel is asked to copy at once."""

DRAFT = re.compile(r"\.(?:publishing|new)-([1-9][0-9]{0,8})(?:-warehouse)?\.duckdb(?:\.wal)?")
"""A database that is being made bears the number of the process that makes it."""


def clone(source: BinaryIO, target: Path, *, mtime_ns: int | None = None) -> None:
    """Copy a whole file and wait until it is on the disk. The kernel copies, or shares blocks where it can."""
    with target.open("wb") as new:
        try:
            while os.copy_file_range(source.fileno(), new.fileno(), PIECE):
                pass
        except (AttributeError, OSError):  # not on this system, or not between these file systems
            source.seek(0)
            new.seek(0)
            shutil.copyfileobj(source, new, PIECE)
        new.flush()
        if mtime_ns is not None:
            os.utime(new.fileno(), ns=(mtime_ns, mtime_ns))
        os.fsync(new.fileno())


def sync(directory: Path) -> None:
    """Wait until the names in a directory are on the disk."""
    with suppress(OSError):  # not every file system can
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def settle(draft: Path, file: Path) -> None:
    """Give a draft its name once its bytes are on the disk, so that a name never stands for less than the whole.

    The name itself is on the disk when the directory is synced.
    """
    with draft.open("rb") as written:
        os.fsync(written.fileno())
    draft.replace(file)


def put(file: Path, content: bytes) -> None:
    """Write a file whole or not at all. Processes that write the same file do not meet: the last one's stays."""
    draft = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        settle(draft, file)
    except OSError:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def abandoned(files: Iterable[Path]) -> list[Path]:
    """Those of the files that are drafts of a process which is gone. What is named otherwise is not ours."""
    return [file for file in files if (draft := DRAFT.fullmatch(file.name)) and not _alive(int(draft[1]))]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
