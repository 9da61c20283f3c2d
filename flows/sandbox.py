"""Runs functions in child processes that can be stopped: for parsers on documents that nobody vouches for.

A child is started when a call needs it and kept for the next, so that its start is paid once. It is bounded in memory,
in CPU time (which a busy machine does not spend for it) and by the clock, and the system kills it where it breaks a
bound. It ends when its parent does, however that ends. Functions, arguments and results travel as pickles.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import resource
import signal
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Lock
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

HERE = Path(__file__).parent
SECONDS = 10.0
PATIENCE = 60.0
MEMORY = 512 * 1024 * 1024
PROCESSES = 2
"""While a document keeps one busy up to its bounds, the others go through the second."""

_LENGTH = struct.Struct(">Q")


class OverrunError(Exception):
    """The function did not end in time. Its process was killed."""


class CrashError(Exception):
    """The process ended under the function, or ran out of memory."""


class Sandbox:
    """``with Sandbox() as sandbox: result = await sandbox.run(function, argument, …)``, from one event loop or several.

    At most ``processes`` calls run at once. What the function raises is raised here. A call may take ``seconds`` of CPU
    time and ``patience`` seconds by the clock. At the end every process is killed, whatever it is at.
    """

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        patience: float = PATIENCE,
        memory: int = MEMORY,
        processes: int = PROCESSES,
    ) -> None:
        self._seconds = seconds
        self._patience = patience
        self._memory = memory
        self._threads = ThreadPoolExecutor(processes, "sandbox")
        self._lock = Lock()
        self._closed = False
        self._alive: set[Popen[bytes]] = set()
        self._idle: list[Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            for process in self._alive:
                process.kill()  # so that no thread waits for its answer
        self._threads.shutdown(cancel_futures=True)
        for process in self._idle:
            _stop(process)

    async def run(self, function: Callable[P, R], *args: P.args, **options: P.kwargs) -> R:
        call = partial(self._call, function, args, options)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def _call(self, function: Callable[..., R], args: Sequence[object], options: Mapping[str, object]) -> R:
        message = pickle.dumps((function, args, options))
        process = self._take()
        answer = _exchange(process, message)
        if answer is None:
            with self._lock:
                self._alive.discard(process)
            raise self._failure(function.__name__, _stop(process))
        with self._lock:
            self._idle.append(process)
        failed, result = pickle.loads(answer)  # noqa: S301 - from our own child
        if isinstance(result, MemoryError):
            raise CrashError(f"{function.__name__} needed more than {self._memory // 2**20} MB")
        if failed:
            raise result
        return result  # type: ignore[no-any-return]

    def _take(self) -> Popen[bytes]:
        with self._lock:
            if self._closed:
                raise CrashError("the sandbox was closed")
            if self._idle:
                return self._idle.pop()
            process = _start(self._memory, self._seconds, self._patience)
            self._alive.add(process)
            return process

    def _failure(self, name: str, code: int) -> Exception:
        if code == -signal.SIGPROF:
            return OverrunError(f"{name} took more than {self._seconds:g} s of CPU time")
        if code == -signal.SIGALRM:
            return OverrunError(f"{name} took more than {self._patience:g} s")
        return CrashError(f"the process of {name} died")


def _start(memory: int, seconds: float, patience: float) -> Popen[bytes]:
    # -P with our own path: what lies in the working directory must not stand in for a module, nor may our own
    # http.py (a flow that is loaded by its file's path has that folder on the path too).
    command = (sys.executable, "-P", "-m", "flows.sandbox", str(memory), str(seconds), str(patience))
    path = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each and Path(each) != HERE)}
    return Popen(command, stdin=PIPE, stdout=PIPE, env=path)


def _stop(process: Popen[bytes]) -> int:
    """Kill the process where it still lives; returns its exit code."""
    process.kill()
    with suppress(BrokenPipeError), process:  # which closes the pipes and waits
        pass
    return process.returncode


def _exchange(process: Popen[bytes], message: bytes) -> bytes | None:
    """The answer to a message, or None where the process ended before all of it was here."""
    assert process.stdin and process.stdout
    with suppress(BrokenPipeError):
        process.stdin.write(_LENGTH.pack(len(message)) + message)
        process.stdin.flush()
        header = process.stdout.read(_LENGTH.size)
        if len(header) == _LENGTH.size:
            (length,) = _LENGTH.unpack(header)
            answer = process.stdout.read(length)
            return answer if len(answer) == length else None
    return None


def _serve(memory: int, seconds: float, patience: float) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    # The pipe is for answers; whatever prints goes to the log.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(ValueError, OSError):  # not every system lets itself be limited
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    while header := sys.stdin.buffer.read(_LENGTH.size):
        # Their signals end the process.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_REAL, patience)
        try:
            function, args, options = pickle.loads(sys.stdin.buffer.read(*_LENGTH.unpack(header)))  # noqa: S301
            reply = pickle.dumps((False, function(*args, **options)))
        except Exception as error:
            reply = pickle.dumps((True, error))
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(_LENGTH.pack(len(reply)) + reply)
        answers.flush()


if __name__ == "__main__":
    _serve(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
