"""Two monitors on one data directory: one works, the other says so and leaves."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from storage.run_lock import BusyError, run_lock

HOLDER = """
import sys, time
from pathlib import Path
from storage.run_lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_run_is_refused_by_name_and_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=rf"process {holder.pid}\b"), run_lock(tmp_path):
            pytest.fail("two holders")
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait()
        holder.stdout.close()
    with run_lock(tmp_path):
        assert (tmp_path / "private" / "monitor.lock").read_text() == str(os.getpid())


def test_a_holder_is_named_that_writes_its_number_a_moment_later(tmp_path: Path) -> None:
    path = tmp_path / "private" / "monitor.lock"
    path.parent.mkdir(mode=0o700)
    with path.open("ab+", buffering=0) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        late = threading.Timer(0.05, held.write, [b"4711"])
        late.start()
        with pytest.raises(BusyError, match=r"process 4711\b"), run_lock(tmp_path):
            pytest.fail("two holders")
        late.join()
