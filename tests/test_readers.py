"""Four readers beside a running monitor: DuckDB's command line and Python, read-only, for writing, and one that stays.

Each is a process of its own. The monitor's runs are real, against a site that has a new story for each of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from flows import pipeline, subscriptions
from flows.settings import Settings, load_settings
from storage import doctor, opening, queries
from storage.opening import private_file
from storage.publish import published_file
from tests.loopback import Loopback
from tests.privileges import unprivileged

COMMAND_LINE = str(Path(sys.executable).with_name("duckdb"))

READER = """
import json, subprocess, sys, time
from pathlib import Path
import duckdb

how, copy, stop, command_line = sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]
WHOLE = '''SELECT
    (SELECT count(*) FROM statements) = (SELECT sum(counts['statements']) FROM batches WHERE kind = 'readings')
    AND (SELECT count(*) FROM stories) = (SELECT sum(counts['new_stories']) FROM batches WHERE kind = 'readings')
    AND (SELECT count(*) FROM runs WHERE finished_at IS NULL) = 0'''

def by_command_line(*options):
    ran = subprocess.run([command_line, *options, "-csv", "-noheader", copy, WHOLE], capture_output=True, text=True)
    if ran.returncode:
        raise duckdb.Error(ran.stderr)
    return ran.stdout.strip() == "true"

def by_python(**options):
    with duckdb.connect(copy, **options) as connection:
        return connection.execute(WHOLE).fetchone()[0]

held = duckdb.connect(copy, read_only=True) if how == "holding" else None
seen = held.execute("SELECT count(*) FROM statements").fetchone() if held else None

def on():
    assert held.execute("SELECT count(*) FROM statements").fetchone() == seen, "a session sees what it opened"
    return held.execute(WHOLE).fetchone()[0]

looks = {
    "command line": [lambda: by_command_line("-readonly")],
    "python": [lambda: by_python(read_only=True)],
    "for writing": [by_python, by_command_line],
    "holding": [on],
}[how]
found = {"looks": 0, "halves": 0, "errors": []}
print("ready", flush=True)
while not stop.exists() or not found["looks"]:
    for look in looks:
        try:
            found["halves"] += not look()
        except duckdb.Error as error:
            found["errors"].append(str(error))
        found["looks"] += 1
    time.sleep(0.02)
print(json.dumps(found))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "data", allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)


@pytest.fixture
def site(settings: Settings) -> Iterator[Loopback]:
    with Loopback() as site:
        publish_story(site, 0)
        subscriptions.add(settings, site.url("/rss"), "", "", "")
        yield site


def publish_story(site: Loopback, number: int) -> None:
    """The site's feed shows one story, the newest."""
    title = f"Brigade {number} asks for shells for Ukraine's army"
    said = f"Defence Minister Anna Berg said on Monday that Ukraine's brigade {number} would get {number} more shells."
    prose = f"The front near Pokrovsk held through night {number} of attacks by Russian drones and missiles. " * 6
    head = f"<head><title>{title}</title></head>"
    page = f'<html lang="en">{head}<body><article><p>{said} {prose}</p></article></body></html>'
    site.on(f"/news/{number}", body=page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
    item = (
        f"<item><guid>{number}</guid><link>{site.url(f'/news/{number}')}</link><title>{title}</title>"
        "<pubDate>Wed, 20 Aug 2025 09:00:00 GMT</pubDate></item>"
    )
    feed = f'<rss version="2.0"><channel><title>Harbour Wire</title>{item}</channel></rss>'
    site.on("/rss", body=feed.encode(), headers={"Content-Type": "application/rss+xml"})


@contextmanager
def reader(how: str, copy: Path, stop: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", READER, how, str(copy), str(stop), COMMAND_LINE]
    process = subprocess.Popen(
        [*(unprivileged() if how == "for writing" else []), *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("runs", "pause"), [pytest.param(5, 0.0, id="5"), pytest.param(60, 2.0, id="60", marks=pytest.mark.long)]
)
def test_four_readers_beside_the_monitor(
    runs: int, pause: float, settings: Settings, site: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def delayed(seconds: float) -> None:
        pytest.fail("the writer had to wait for a file")

    pipeline.run(settings, all_feeds=True)
    copy, stop = published_file(settings.data_dir), tmp_path / "stop"
    readers: dict[str, subprocess.Popen[str]] = {}
    with ExitStack() as running:
        for how in ("command line", "python", "for writing", "holding"):
            readers[how] = running.enter_context(reader(how, copy, stop))
        for process in readers.values():
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        monkeypatch.setattr(opening, "time", SimpleNamespace(monotonic=time.monotonic, sleep=delayed))
        for number in range(1, runs + 1):
            publish_story(site, number)
            summary = pipeline.run(settings, all_feeds=True)
            assert (summary["statements"], summary.published) == (1, True)
            time.sleep(pause)
        stop.touch()
        found: dict[str, dict[str, Any]] = {}
        for how, process in readers.items():
            output, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
            found[how] = json.loads(output)
    # Who asks for more than to read is refused at once, in words that tell why, and disturbs nobody.
    refused = found["for writing"]
    assert len(refused["errors"]) == refused["looks"]
    assert all("Permission denied" in error and "warehouse.duckdb" in error for error in refused.pop("errors"))
    for how, one in found.items():
        assert one["looks"] > 0, how
        assert one["halves"] == 0, how
        assert one.get("errors", []) == [], how
    assert queries.fetch(settings.data_dir, "SELECT count(*) AS n FROM said") == [{"n": runs + 1}]
    assert doctor.check(settings.data_dir) == []


INTRUDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "True")
print("held", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("read_only", [True, False])
def test_who_opens_the_private_file_delays_a_run_is_named_and_costs_nothing(
    read_only: bool, settings: Settings, site: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.run(settings, all_feeds=True)
    publish_story(site, 1)
    intruder = subprocess.Popen(
        [sys.executable, "-c", INTRUDER, str(private_file(settings.data_dir)), str(read_only)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert intruder.stdout is not None
    assert intruder.stdout.readline() == "held\n"
    command = [sys.executable, "-m", "flows.cli", "monitor", "--all-feeds", "--allow-private", "127.0.0.1"]
    ran = subprocess.run(
        [*command, "--data", str(settings.data_dir)], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 1
    assert f"held by process {intruder.pid}" in ran.stderr
    assert "close it there and run again; nothing was lost" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    intruder.communicate("\n")
    assert pipeline.run(settings, all_feeds=True)["statements"] == 1
    assert doctor.check(settings.data_dir) == []
