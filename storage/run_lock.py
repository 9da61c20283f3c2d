"""One run, one export at a time: a lock that the operating system frees when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from extractors.errors import DatelineError
from storage.opening import RUN_LOCK, explained, make_directory


class BusyError(DatelineError):
    """Another process is at work on the same folder."""


_LOOKS, _PAUSE = 100, 0.01
"""How often, and with what pause in seconds, the holder's number is looked for: it is written right behind the lock."""


@contextmanager
def run_lock(data_dir: Path) -> Iterator[None]:
    """Held for a whole run. Raises as ``lock`` does."""
    path = data_dir / "private" / RUN_LOCK
    make_directory(path.parent)
    with lock(path, "run", data_dir):
        yield


@contextmanager
def lock(path: Path, work: str, folder: Path) -> Iterator[None]:
    """The file ``path``, held for a whole ``work`` on ``folder``. Raises BusyError, naming the process, where another
    holds it, and WarehouseError where the file cannot be made or written, or its file system knows no locks."""
    try:
        file = path.open("ab+", buffering=0)
    except OSError as error:
        raise explained(path, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            file.write(str(os.getpid()).encode())
        except BlockingIOError:
            raise BusyError(
                f"another {work} (process {_holder(file)}) is at work on {folder}; this one leaves"
            ) from None
        except OSError as error:
            raise explained(path, error) from error
        yield


def _holder(file: FileIO) -> str:
    """The process that holds the lock, as it wrote it down."""
    for _ in range(_LOOKS):
        file.seek(0)
        if holder := file.read().decode().strip():
            return holder
        time.sleep(_PAUSE)
    return "unknown"
