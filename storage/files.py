"""Copies that are on the disk when they are said to be."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

PIECE = 1 << 26
"""Bytes that the kernel is asked to copy at once."""


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
