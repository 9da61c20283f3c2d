"""The Prefect server as a child process on loopback: use the one that stands, or start one and stop it again.

Prefect's own ephemeral server loses most of a run's history, since it is stopped before its recorder has flushed,
and its first start exceeds its own time limit; a server of our own does neither. Knows nothing of Prefect's code,
only of its command line and its settings (environment variables, read when Prefect is imported).
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

from extractors.errors import DatelineError
from flows.settings import Settings

START_LIMIT = 240.0
"""Seconds. A first start migrates an empty database: 25 s on two idle cores, several times that on busy ones."""

RESTART_LIMIT = 10.0
"""Seconds that a server which we did not start may be away."""

RECORDER_FLUSH = 3.0
"""Seconds that the server is left running after a run, so that its event recorder writes what it has queued."""


class ServerError(DatelineError):
    """Prefect's server did not start, or ended by itself."""


@dataclass(slots=True)
class Server:
    """A Prefect server that answers at ``api_url``. ``child``: its process where we started it."""

    api_url: str
    log: Path
    child: subprocess.Popen[bytes] | None = None
    gone_since: float | None = None  # by the monotonic clock: since when nothing listens there

    def check(self) -> None:
        """Raises ServerError where our child has ended, or where nothing listens any more for RESTART_LIMIT at the
        address of a server that stood before: that one is its owner's to look after, who may start it anew."""
        if self.child is not None:
            if self.child.poll() is not None:
                raise ServerError(
                    f"Prefect's server ended by itself, with code {self.child.returncode}; start dateline again. "
                    f"Its log is {self.log}"
                )
        elif listens(self.api_url):
            self.gone_since = None
        else:
            now = time.monotonic()
            self.gone_since = self.gone_since or now
            if now - self.gone_since >= RESTART_LIMIT:
                raise ServerError(
                    f"the Prefect server at {self.api_url}, which stood before, has ended; start dateline again"
                )


def prefect_environment(settings: Settings) -> dict[str, str]:
    """What Prefect must find in its environment before it is imported. What the user has set stays as it is."""
    wanted = {
        "PREFECT_HOME": str(settings.prefect_home),
        "PREFECT_API_URL": settings.prefect_api_url,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_CLI_PROMPT": "false",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": json.dumps(["events", "flow_runs"]),
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(settings.prefect_retention_days * 86_400),
    }
    return {name: os.environ.get(name, value) for name, value in wanted.items()}


def prepare(settings: Settings) -> str:
    """Set the process's environment for Prefect, before it is imported; returns the API's address."""
    os.environ.update(environment := prefect_environment(settings))
    return environment["PREFECT_API_URL"]


def answers(api_url: str) -> bool:
    """Does a Prefect server stand at this address?"""
    try:
        with urlopen(f"{api_url}/health", timeout=2) as reply:  # noqa: S310 - our own loopback address
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False


def listens(api_url: str) -> bool:
    """Does anything listen at this address? A server that is too busy to answer does."""
    address = urlsplit(api_url)
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        with socket.create_connection((address.hostname or "127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


@contextmanager
def standing_server(settings: Settings, notice: Callable[[str], None] = lambda line: None) -> Iterator[Server]:
    """A server that answers; one is started for the while where none stands.

    Prepares the process for Prefect, so enter it before Prefect is imported, or prepare first. Raises ServerError.
    """
    api_url = prepare(settings)
    log = settings.prefect_home / "server.log"
    if answers(api_url):
        yield Server(api_url, log)
        return
    settings.prefect_home.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        address = urlsplit(api_url)
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "prefect", "server", "start"),
                *("--host", address.hostname or "127.0.0.1"),
                *("--port", str(address.port or settings.prefect_port)),
            ],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop it in order
        )
    try:
        _wait_until_up(server, api_url, log, notice)
        yield Server(api_url, log, server)
        time.sleep(RECORDER_FLUSH)
    finally:
        _stop(server)


def _wait_until_up(server: subprocess.Popen[bytes], api_url: str, log: Path, notice: Callable[[str], None]) -> None:
    notice("starting Prefect's server (25 s the first time) ...")
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline:
        if answers(api_url):
            return
        if server.poll() is not None:
            raise ServerError(
                f"Prefect's server ended with code {server.returncode}: is prefect_port free? Its log is {log}"
            )
        time.sleep(0.3)
    raise ServerError(f"Prefect's server did not answer at {api_url} within {START_LIMIT:.0f} s; its log is {log}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
