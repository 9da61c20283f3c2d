"""One writer at a time: a lock that the operating system frees when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractors.errors import DatelineError
from storage.opening import make_directory


class BusyError(DatelineError):
    """Another monitor is at work on the same data directory."""


@contextmanager
def run_lock(data_dir: Path) -> Iterator[None]:
    """Held for a whole run. Raises BusyError, naming the process, where another run holds it, and WarehouseError where
    there can be no such directory."""
    path = data_dir / "private" / "monitor.lock"
    make_directory(path.parent)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise BusyError(
                f"another run (process {file.read().strip() or 'unknown'}) is at work on {data_dir}; this one leaves"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
