"""Deliveries to Apprise's addresses, each with an end.

Apprise bounds the wait for a byte, not that for an answer, and an address that goes on for ever would hold up the run
for as long. So messages go out in a process of their own, which is killed where it takes too long.
"""

from __future__ import annotations

import asyncio
import io
import time
from types import TracebackType
from typing import Self

from flows.sandbox import CrashError, OverrunError, Sandbox

LONGEST = 30.0
"""Seconds that one message may take."""

BUDGET = 300.0
"""Seconds that all messages of a run may take. What is left then waits for the next run."""


class Courier:
    """``with Courier() as courier: problem = courier.send(url, title, body)``."""

    def __init__(self) -> None:
        self._longest, self._budget = LONGEST, BUDGET
        self._sandbox = Sandbox(seconds=LONGEST, patience=LONGEST, processes=1)
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sandbox.__exit__(kind, error, trace)

    def send(self, url: str, title: str, body: str) -> str:
        """Why an address did not take a message, without any secret of its URL, or ``""``."""
        if time.monotonic() - self._began > self._budget:
            return f"not tried: the deliveries of this run took {self._budget:g} s"
        try:
            return asyncio.run(self._sandbox.run(send, url, title, body))
        except OverrunError:
            return f"did not take it within {self._longest:g} s"
        except CrashError as error:
            return str(error)


def send(url: str, title: str, body: str) -> str:
    """Send a message to an Apprise URL; returns why it was not taken, without any secret of the URL, or ``""``."""
    from apprise import Apprise, LogCapture, NotifyFormat, logging

    if problem := address_problem(url):
        return problem
    with LogCapture(level=logging.WARNING, fmt="%(message)s") as said:  # type: ignore[no-untyped-call]
        taken = Apprise(servers=[url]).notify(body=body, title=title, body_format=NotifyFormat.TEXT)
        reason = said.getvalue() if isinstance(said, io.StringIO) else ""
    if taken:
        return ""
    # Only what Apprise says first: "... error=500.", "A Connection error occurred ..."
    return _without_secrets(" ".join(reason.splitlines()[:1]).rstrip(" .,"), url) or "was not taken"


def address_problem(url: str) -> str:
    """Why a URL is none that Apprise knows, or ``""``."""
    from apprise import Apprise, LogCapture, logging

    with LogCapture(level=logging.CRITICAL):  # type: ignore[no-untyped-call]
        known = Apprise.instantiate(url, suppress_exceptions=True)
    return "" if known else "is no address that Apprise knows"


def _without_secrets(text: str, url: str) -> str:
    """``text`` without any longer part of the URL's."""
    for part in sorted({part for part in url.replace("@", "/").replace(":", "/").split("/") if len(part) > 5}):
        text = text.replace(part, "***")
    return text.replace(url, "***")
