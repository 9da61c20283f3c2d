"""Functions in child processes: their bounds, and that none of the processes outlives the one that started it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from flows.sandbox import CrashError, OverrunError, Sandbox

FOREVER = range(10**12)


def run(work: Callable[[Sandbox], Awaitable[None]], **options: float) -> None:
    async def working() -> None:
        await work(sandbox)

    with Sandbox(**options) as sandbox:  # type: ignore[arg-type]
        asyncio.run(working())


def test_a_parser_that_hangs_dies_or_hoards_is_stopped_and_the_next_call_works() -> None:
    async def work(sandbox: Sandbox) -> None:
        with pytest.raises(OverrunError, match="of CPU time"):
            await sandbox.run(sum, FOREVER)
        with pytest.raises(CrashError, match="died"):
            await sandbox.run(os._exit, 3)
        with pytest.raises(CrashError, match="MB"):
            await sandbox.run(bytes, 4 * 10**9)
        with pytest.raises(ZeroDivisionError):
            await sandbox.run(divmod, 1, 0)
        assert await sandbox.run(abs, -3) == 3

    run(work, seconds=0.3)


def test_a_parser_that_sleeps_is_stopped_too() -> None:
    async def work(sandbox: Sandbox) -> None:
        with pytest.raises(OverrunError, match=r"more than 0\.3 s"):
            await sandbox.run(time.sleep, 600)

    run(work, patience=0.3)


def test_a_parser_that_hangs_does_not_hold_up_another_feeds() -> None:
    async def work(sandbox: Sandbox) -> None:
        hanging = asyncio.create_task(sandbox.run(time.sleep, 600))
        await asyncio.sleep(0)
        assert await sandbox.run(abs, -3) == 3
        assert not hanging.done()

    run(work)


def test_one_process_serves_call_after_call_from_loop_after_loop() -> None:
    with Sandbox() as sandbox:
        pids = {asyncio.run(sandbox.run(os.getpid)) for _ in range(5)}
    (pid,) = pids
    assert pid != os.getpid()
    assert ended(pid)


def test_processes_are_killed_at_the_end_whatever_they_are_at() -> None:
    pids: list[int] = []

    async def work(sandbox: Sandbox) -> None:
        pids.append(await sandbox.run(os.getpid))
        calls = [asyncio.create_task(sandbox.run(time.sleep, 600)) for _ in range(5)]
        await asyncio.sleep(0)
        assert not any(call.done() for call in calls)
        raise ValueError("a mistake of ours")

    with pytest.raises(ValueError, match="ours"):
        run(work)
    assert all(map(ended, pids))


HOLDER = """
import asyncio, os, signal, sys
from flows.sandbox import Sandbox

async def work(sandbox):
    print(await sandbox.run(os.getpid), flush=True)
    if sys.argv[1] == "busy":
        await sandbox.run(sum, range(10**12))
    await asyncio.sleep(600)

signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what a script starts with "&"
with Sandbox(seconds=1) as sandbox:
    asyncio.run(work(sandbox))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("at", ["idle", "busy"])
def test_no_process_outlives_its_parent(at: str, how: signal.Signals) -> None:
    """A busy one that is left alone by SIGKILL ends with its call, which the bound on CPU time ends."""
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, at], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with holder:
        assert holder.stdout
        pid = int(holder.stdout.readline())
        holder.send_signal(how)
    deadline = time.monotonic() + 60
    while not ended(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ended(pid)


def ended(pid: int) -> bool:
    """Is it gone, or dead and only not yet collected by the system?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
