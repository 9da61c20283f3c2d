"""Two monitors on one data directory: one works, the other says so and leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
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
