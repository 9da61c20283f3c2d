"""Runs functions in child processes that can be stopped: for parsers on documents that nobody vouches for.

A child is started when a call needs it and kept, so its start is paid once. It is bounded in memory and in CPU time,
which a busy machine does not spend for it, and by the clock from outside. It ends when its parent does. Functions,
arguments and results travel as pickles.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import resource
import signal
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

HERE = Path(__file__).parent
SECONDS = 10.0
PATIENCE = 60.0
GRACE = 0.5
MEMORY = 512 * 1024 * 1024
_LENGTH = struct.Struct(">Q")


class OverrunError(Exception):
    """The function did not end in time. Its process was killed."""


class CrashError(Exception):
    """The process ended under the function, or ran out of memory."""


class Sandbox:
    """``async with Sandbox() as sandbox: result = await sandbox.run(function, argument, …)``.

    One call at a time, so that one process mostly does; but a call that takes longer than GRACE lets the next begin
    beside it, up to ``processes``. What the function raises is raised here. A call may take ``seconds`` of CPU time,
    and ``patience`` seconds by the clock.
    """

    def __init__(
        self, *, seconds: float = SECONDS, patience: float = PATIENCE, memory: int = MEMORY, processes: int = 4
    ) -> None:
        self._seconds = seconds
        self._patience = patience
        self._memory = memory
        self._turn = asyncio.Semaphore(1)
        self._places = asyncio.Semaphore(processes)
        self._idle: list[Process] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._idle:
            await _stop(self._idle.pop())

    @contextlib.asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        await self._turn.acquire()
        passed_on = False

        def pass_on() -> None:
            nonlocal passed_on
            passed_on = True
            self._turn.release()

        grace = asyncio.get_running_loop().call_later(GRACE, pass_on)
        try:
            async with self._places:
                yield
        finally:
            grace.cancel()
            if not passed_on:
                self._turn.release()

    async def run(self, function: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
        async with self._my_turn():
            process = self._idle.pop() if self._idle else await self._start()
            try:
                async with asyncio.timeout(self._patience):
                    failed, result = await _exchange(process, pickle.dumps((function, args, options)))
            except TimeoutError:
                await _stop(process)
                raise OverrunError(f"{function.__name__} took more than {self._patience:g} s") from None
            except (asyncio.IncompleteReadError, ConnectionError):
                if await process.wait() == -signal.SIGPROF:
                    raise OverrunError(f"{function.__name__} took more than {self._seconds:g} s of CPU time") from None
                raise CrashError(f"the process of {function.__name__} died") from None
            except BaseException:
                await _stop(process)  # half a message is in the pipe
                raise
            self._idle.append(process)
        if isinstance(result, MemoryError):
            raise CrashError(f"{function.__name__} needed more than {self._memory // 2**20} MB")
        if failed:
            raise result
        return result  # type: ignore[no-any-return]

    async def _start(self) -> Process:
        # -P with our own path: what lies in the working directory must not stand in for a module, nor may our own
        # http.py (a flow that is loaded by its file's path has that folder on the path too).
        command = (sys.executable, "-P", "-m", "flows.sandbox", str(self._memory), str(self._seconds))
        path = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each and Path(each) != HERE)}
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=2**20, env=path)
        assert process.stdout
        await process.stdout.readexactly(1)
        return process


async def _stop(process: Process) -> None:
    assert process.stdin
    process.stdin.close()
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.communicate()  # to the end of its pipe, or the loop closes over it


async def _exchange(process: Process, message: bytes) -> tuple[bool, Any]:
    assert process.stdin and process.stdout
    process.stdin.write(_LENGTH.pack(len(message)) + message)
    await process.stdin.drain()
    (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
    failed, result = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301 - from our own child
    return failed, result


def _serve(memory: int, seconds: float) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    # The pipe is for answers; whatever prints goes to the log.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with contextlib.suppress(ValueError, OSError):  # not every system lets itself be limited
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    answers.write(b".")
    answers.flush()
    while header := sys.stdin.buffer.read(_LENGTH.size):
        signal.setitimer(signal.ITIMER_PROF, seconds)  # whose signal ends the process
        try:
            function, args, options = pickle.loads(sys.stdin.buffer.read(*_LENGTH.unpack(header)))  # noqa: S301
            reply = pickle.dumps((False, function(*args, **options)))
        except Exception as error:
            reply = pickle.dumps((True, error))
        signal.setitimer(signal.ITIMER_PROF, 0)
        answers.write(_LENGTH.pack(len(reply)) + reply)
        answers.flush()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), float(sys.argv[2]))
