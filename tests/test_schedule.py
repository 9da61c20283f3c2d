"""``dateline serve`` and ``dateline monitor --prefect`` with a real Prefect server on loopback.

The one test that guards the pins: with SQLAlchemy 2.1 everything looks well and no scheduled run ever starts.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest

from flows import subscriptions
from flows.settings import load_settings
from seeds.demo.site import serve as serve_site
from storage.run_lock import BusyError, run_lock
from tests.loopback import Loopback

pytestmark = pytest.mark.flows

PATIENCE = 300.0
"""Seconds before a test gives up on a server; nothing is asserted about the time that it takes."""


@dataclass(frozen=True)
class Serving:
    """A running ``dateline serve``."""

    process: subprocess.Popen[str]
    data: Path
    api: str
    environment: dict[str, str]

    def ask(self, path: str, **body: Any) -> Any:
        """The server's answer; asked again where it says that its database is busy, as Prefect's own client does."""
        request = Request(f"{self.api}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with urlopen(request, timeout=20) as reply:
                    return json.load(reply)
            except HTTPError as error:
                if error.code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                    raise
                time.sleep(1)

    def runs(self) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = self.ask("/flow_runs/filter", sort="START_TIME_ASC")
        return [run for run in runs if run["start_time"]]


def eventually(serving: Serving, look: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert serving.process.poll() is None, (serving.data / "serve.log").read_text()
        try:
            if found := look():
                return found
        except (URLError, OSError):
            pass
        time.sleep(1)
    pytest.fail(f"{what} did not happen within {PATIENCE:.0f} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    data = tmp_path_factory.mktemp("serve")
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "DATELINE_"))}
    environment |= {
        "DATELINE_PREFECT_PORT": str(port),
        "DATELINE_INTERVAL_MINUTES": "0.5",
        "DATELINE_JITTER_SECONDS": "1",
        "DATELINE_BACKUP_CRON": "",
        "DATELINE_HOST_GAP_SECONDS": "0",
        "DATELINE_ALLOW_PRIVATE_HOSTS": '["127.0.0.1"]',
    }
    with serve_site(port=0) as site:
        subscriptions.import_opml(load_settings(data, allow_private_hosts=["127.0.0.1"]), site.opml_url)
        with served(data, port, environment) as serving:
            yield serving


@contextmanager
def served(data: Path, port: int, environment: dict[str, str]) -> Iterator[Serving]:
    with (data / "serve.log").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", "serve", "--data", str(data)],
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        try:
            yield Serving(process, data, f"http://127.0.0.1:{port}/api", environment)
        finally:
            if process.poll() is None:
                process.terminate()
            process.wait(PATIENCE)


def test_a_wrong_schedule_is_told_before_a_server_is_started(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "flows.cli", "serve", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        env=os.environ | {"DATELINE_CRON": "now and then"},
        timeout=PATIENCE,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        "dateline: setting cron: 'now and then' is no cron expression of five fields, such as \"5 * * * *\"\n"
    )


def test_a_scheduled_run_starts_by_itself_and_shows_what_it_did(serving: Serving) -> None:
    def finished() -> list[dict[str, Any]]:
        return [run for run in serving.runs() if run["auto_scheduled"] and run["end_time"]]

    first = eventually(serving, finished, "a scheduled run")[0]
    assert first["state_type"] == "COMPLETED", (serving.data / "serve.log").read_text()
    assert first["name"].startswith("monitor 20")
    assert first["name"].endswith("new statements")
    tasks = serving.ask("/task_runs/filter", flow_runs={"id": {"any_": [first["id"]]}})
    names = {task["name"].rsplit("-", 1)[0] for task in tasks}
    assert {"poll", "read", "filter", "extract", "append", "publish"} <= names
    assert len(tasks) <= 54
    artifacts = {artifact["key"] for artifact in serving.ask("/artifacts/filter")}
    assert artifacts == {"monitor-summary", "new-statements"}


def test_a_recorded_run_uses_the_standing_server(serving: Serving) -> None:
    eventually(serving, serving.runs, "the server's first run")
    command = [sys.executable, "-m", "flows.cli", "monitor", "--prefect", "--all-feeds", "--data", str(serving.data)]

    def done() -> subprocess.CompletedProcess[str] | None:
        ran = subprocess.run(command, capture_output=True, text=True, env=serving.environment, check=False)
        return None if "another run" in ran.stderr else ran  # the schedule's own run may be at work

    ran = eventually(serving, done, "a run of our own")
    assert ran.returncode == 0, ran.stderr
    assert "polled" in ran.stdout
    assert "Traceback" not in ran.stderr
    assert "starting Prefect's server" not in ran.stderr
    assert any(not run["auto_scheduled"] for run in serving.runs())


def test_a_schedule_that_slept_catches_up_once(serving: Serving) -> None:
    """Runs of hours ago, as they wait on a machine that wakes: all but one at most give way."""
    [scheduled] = serving.ask("/deployments/filter", deployments={"name": {"any_": ["scheduled"]}})
    due = [datetime.now(UTC) - timedelta(hours=hours) for hours in (3, 2, 1)]
    missed = [
        serving.ask(
            f"/deployments/{scheduled['id']}/create_flow_run",
            state={"type": "SCHEDULED", "state_details": {"scheduled_time": moment.isoformat()}},
        )["id"]
        for moment in due
    ]

    def over() -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = serving.ask(
            "/flow_runs/filter", flow_runs={"id": {"any_": missed}}, sort="EXPECTED_START_TIME_ASC"
        )
        return runs if all(run["state_type"] in ("COMPLETED", "CANCELLED", "FAILED") for run in runs) else []

    runs = eventually(serving, over, "the end of the missed runs")
    assert [run["id"] for run in runs] == missed
    # Which of them works, if the schedule's own next run does not: the last.
    worked = [run for run in runs if run["state_name"] in ("Completed", "Degraded")]
    assert len(worked) <= 1, runs
    assert {run["state_name"] for run in runs if run not in worked} <= {"Skipped"}, runs


def test_a_scheduled_run_beside_another_leaves_and_says_so(serving: Serving) -> None:
    def held() -> ExitStack | None:
        with suppress(BusyError), ExitStack() as lock:
            lock.enter_context(run_lock(serving.data))
            return lock.pop_all()
        return None

    with eventually(serving, held, "the end of the run that is at work"):

        def skipped() -> list[dict[str, Any]]:
            ended = [run for run in serving.runs() if run["state_name"] == "Skipped"]
            return [run for run in ended if "another run" in str((run["state"] or {}).get("message"))]

        assert eventually(serving, skipped, "a run that leaves")


def test_a_step_is_tried_again_while_the_private_file_is_held(serving: Serving, tmp_path: Path) -> None:
    eventually(serving, serving.runs, "the server's first run")
    script = """
import sys
from extractors.errors import HeldError, WarehouseError
from flows.monitor import step
from prefect import flow

tries = {HeldError: 0, WarehouseError: 0}

def append(error):
    tries[error] += 1
    if tries[error] < 3:
        raise error("not now")

@flow
def run():
    task = step(append, "append", opens=True).with_options(retry_delay_seconds=0)
    task(HeldError)
    assert not task(WarehouseError, return_state=True).is_completed()

run()
print(*tries.values())
"""
    environment = serving.environment | {"PREFECT_API_URL": serving.api, "PREFECT_HOME": str(tmp_path)}
    root = str(Path(__file__).resolve().parents[1])
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=environment | {"PYTHONPATH": root},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["3", "1"]


def test_the_demo_shows_statements_and_a_second_one_finds_nothing_new(serving: Serving, tmp_path: Path) -> None:
    eventually(serving, serving.runs, "the server's first run")
    arguments = ["demo", "--data", str(tmp_path), "--port", str(free_port())]
    command = [sys.executable, "-m", "flows.cli", *arguments]
    shown = []
    for _ in range(2):
        ran = subprocess.run(command, capture_output=True, text=True, env=serving.environment, check=False)
        assert ran.returncode == 0, ran.stderr
        assert "Traceback" not in ran.stderr
        shown.append(ran.stdout)
    assert "explicit" in shown[0]
    assert "dateline sql" in shown[0]
    assert "Nothing new" in shown[1]


def test_a_server_keeps_the_schedule_of_one_data_directory(serving: Serving, tmp_path: Path) -> None:
    eventually(serving, serving.runs, "the server's first run")
    ran = subprocess.run(
        [sys.executable, "-m", "flows.cli", "serve", "--data", str(tmp_path)],
        capture_output=True,
        text=True,
        env=serving.environment,
        timeout=PATIENCE,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert (
        f"keeps the schedule of {serving.data}; give {tmp_path} one of its own by the setting prefect_port"
        in ran.stderr
    )
    [scheduled] = serving.ask("/deployments/filter", deployments={"name": {"any_": ["scheduled"]}})
    assert scheduled["parameters"]["data_dir"] == str(serving.data)


def test_a_stop_is_quiet_and_leaves_no_server_behind(serving: Serving) -> None:
    eventually(serving, serving.runs, "the server's first run")
    serving.process.send_signal(signal.SIGTERM)
    serving.process.wait(PATIENCE)
    assert "Traceback" not in (serving.data / "serve.log").read_text()
    with pytest.raises(OSError):
        urlopen(f"{serving.api}/health", timeout=5)


def children(process: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def test_serving_ends_with_an_error_where_prefects_server_dies_during_a_run_and_runs_again_after_it(
    tmp_path: Path,
) -> None:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "DATELINE_"))}
    environment |= {
        "DATELINE_PREFECT_PORT": str(port),
        "DATELINE_INTERVAL_MINUTES": "0.25",
        "DATELINE_HOST_GAP_SECONDS": "0",
        "DATELINE_JITTER_SECONDS": "0",
        "DATELINE_BACKUP_CRON": "",
        "DATELINE_ALLOW_PRIVATE_HOSTS": '["127.0.0.1"]',
    }
    with Loopback() as site:
        site.on("/slow", reply=lambda exchange: exchange.drip(b"<rss/>" * 100, every=1.0))
        for number in range(20):
            subscriptions.add(load_settings(tmp_path), site.url(f"/slow?{number}"), "", "", "")
        with served(tmp_path, port, environment) as serving:
            eventually(serving, lambda: site.requests, "a run that asks a feed")
            server, run = children(serving.process.pid)  # in the order of their start
            os.kill(server, signal.SIGKILL)
            assert serving.process.wait(PATIENCE) == 1
            last = (tmp_path / "serve.log").read_text().splitlines()[-1]
            assert last.startswith("dateline: Prefect's server ended by itself, with code -9; start dateline again.")
            with pytest.raises(ProcessLookupError):
                os.kill(run, 0)
        site.on("/slow", body=b"<rss version='2.0'><channel><title>Quick</title></channel></rss>")
        with served(tmp_path, port, environment) as again:

            def worked() -> list[str]:
                return [run["name"] for run in again.runs() if run["state_name"] in ("Completed", "Degraded")]

            assert eventually(again, worked, "a run after the restart")


def test_serving_ends_with_an_error_where_a_server_that_stood_before_dies(tmp_path: Path) -> None:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "DATELINE_"))}
    environment |= {"DATELINE_PREFECT_PORT": str(port), "DATELINE_BACKUP_CRON": ""}
    with served(tmp_path, port, environment) as first:
        eventually(first, lambda: "Serving" in (tmp_path / "serve.log").read_text(), "the first serving")
        [server] = children(first.process.pid)
        first.process.kill()
    try:
        with served(tmp_path, port, environment) as second:
            eventually(second, lambda: "Serving" in (tmp_path / "serve.log").read_text(), "the second serving")
            os.kill(server, signal.SIGKILL)
            assert second.process.wait(PATIENCE) == 1
    finally:
        with suppress(ProcessLookupError):
            os.kill(server, signal.SIGKILL)
    told = (tmp_path / "serve.log").read_text()
    assert "ExceptionGroup" not in told, "Prefect may log what it lost; serve itself ends with its line"
    assert told.splitlines()[-1] == (
        f"dateline: the Prefect server at http://127.0.0.1:{port}/api, which stood before, has ended; "
        "start dateline again"
    )


@pytest.mark.long
def test_a_restart_goes_on_with_the_schedule(serving: Serving) -> None:
    if serving.process.poll() is None:
        serving.process.terminate()
        serving.process.wait(PATIENCE)
    restarted = datetime.now(UTC)
    port = int(serving.environment["DATELINE_PREFECT_PORT"])
    with served(serving.data, port, serving.environment) as again:

        def ran() -> list[dict[str, Any]]:
            return [
                run
                for run in again.runs()
                if run["auto_scheduled"] and datetime.fromisoformat(run["start_time"]) > restarted and run["end_time"]
            ]

        [*runs] = eventually(again, ran, "a scheduled run after the restart")
        assert {run["state_name"] for run in runs} <= {"Completed", "Degraded", "Skipped"}, runs
