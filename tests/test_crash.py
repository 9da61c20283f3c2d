"""kill -9 at random instants of real runs: the next clean run ends where an uninterrupted one does, nothing doubled."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows import pipeline, subscriptions
from flows.settings import Settings, load_settings
from seeds.demo.site import serve
from storage import doctor, queries
from storage.opening import private_file
from tests.loopback import Loopback
from tests.privileges import unprivileged

CONTENTS = "SELECT statement_id, story_id, content, speaker_name, said_from, date_basis FROM statements ORDER BY ALL"
ENVIRONMENT = os.environ | {"DATELINE_ALLOW_PRIVATE_HOSTS": '["127.0.0.1"]', "DATELINE_HOST_GAP_SECONDS": "0"}
STORIES = "SELECT story_id, url, text FROM stories ORDER BY ALL"


def settings_of(folder: Path) -> Settings:
    return load_settings(folder, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)


def start(folder: Path, stderr: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "flows.cli", "monitor", "--all-feeds", "--data", str(folder)]
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=stderr)


@pytest.mark.parametrize("kills", [pytest.param(4, id="4"), pytest.param(200, id="200", marks=pytest.mark.long)])
def test_a_killed_run_loses_nothing_and_doubles_nothing(kills: int, tmp_path: Path) -> None:
    chance = random.Random(20260820)
    with serve(port=0) as site:
        whole = settings_of(tmp_path / "whole")
        subscriptions.import_opml(whole, site.opml_url)
        began = time.monotonic()
        process = start(whole.data_dir)
        assert process.wait() == 0
        length = time.monotonic() - began
        expected = [queries.fetch(whole.data_dir, query) for query in (CONTENTS, STORIES)]
        assert expected[0]

        killed = settings_of(tmp_path / "killed-0")
        for number in range(kills):
            if number % 5 == 0:  # a new warehouse now and then, so that every stage of a first run is hit
                killed = settings_of(tmp_path / f"killed-{number}")
                subscriptions.import_opml(killed, site.opml_url)
            process = start(killed.data_dir)
            try:
                process.wait(chance.uniform(0, length))
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()
            if number % 5 == 4 or number == kills - 1:
                pipeline.run(killed, all_feeds=True)
                # A page at which two of the kills fell was put aside for six hours.
                pipeline.run(killed, clock=lambda: datetime.now(UTC) + timedelta(hours=7))
                assert [queries.fetch(killed.data_dir, query) for query in (CONTENTS, STORIES)] == expected
                assert doctor.check(killed.data_dir) == []


def test_of_two_monitors_started_at_once_one_works_and_the_other_says_so(tmp_path: Path) -> None:
    with serve(port=0) as site:
        settings = settings_of(tmp_path)
        subscriptions.import_opml(settings, site.opml_url)
        both = [start(tmp_path, stderr=subprocess.PIPE) for _ in range(2)]
        said = [process.communicate()[1].decode() for process in both]
        # Where the first had done before the second began, both worked: that is no overlap either.
        assert sorted(process.returncode for process in both) in ([0, 1], [0, 0])
        for process, other, words in zip(both, reversed(both), said, strict=True):
            if process.returncode:
                refusal = f"dateline: another run (process {other.pid}) is at work on {tmp_path}; this one leaves\n"
                assert words == refusal
        assert doctor.check(tmp_path) == []
        assert queries.fetch(tmp_path, "SELECT statement_id FROM statements GROUP BY ALL HAVING count(*) > 1") == []


def test_a_clock_that_jumps_back_a_day_loses_and_doubles_nothing(tmp_path: Path) -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    settings = settings_of(tmp_path)
    with serve(port=0) as site:
        subscriptions.add(settings, f"{site.base_url}/lantern/rss.xml", "", "", "")
        pipeline.run(settings, all_feeds=True, clock=lambda: now)
        before = queries.fetch(tmp_path, CONTENTS)
        pipeline.run(settings, all_feeds=True, clock=lambda: now - timedelta(days=1))
        pipeline.run(settings, all_feeds=True, clock=lambda: now + timedelta(days=1))
    assert before
    assert queries.fetch(tmp_path, CONTENTS) == before
    assert doctor.check(tmp_path) == []


def test_a_clock_that_jumps_ahead_a_year_costs_nothing_and_silences_nothing(tmp_path: Path) -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    year, quarter = timedelta(days=365), timedelta(minutes=15)
    settings = settings_of(tmp_path)

    def kept() -> tuple[int, int]:
        fetches = queries.fetch(tmp_path, "SELECT url FROM fetches")
        return len(fetches), len(list((tmp_path / "private" / "bodies").rglob("*.gz")))

    with serve(port=0) as site:
        subscriptions.add(settings, f"{site.base_url}/lantern/rss.xml", "", "", "")
        pipeline.run(settings, clock=lambda: now)
        before = kept()
        for ahead in (year, year + quarter):
            told = pipeline.run(settings, clock=lambda: now + ahead)  # noqa: B023
            assert "nothing was forgotten" in told.failures[-1]
            assert f"({now + ahead:%Y-%m-%d %H:%M} UTC)" in told.failures[-1]
        assert min(before) > 0
        assert all(left >= first for left, first in zip(kept(), before, strict=True))
        back = pipeline.run(settings, clock=lambda: now + 2 * quarter)
        assert (back["feeds"], back.failures) == (1, [])
        again = pipeline.run(settings, clock=lambda: now + 3 * quarter)
        assert (again["feeds"], again["pages"]) == (0, 0)
    assert doctor.check(tmp_path) == []


def dateline(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command of a user to whom a file is read-only that says so."""
    command = [*unprivileged(), sys.executable, "-m", "flows.cli", *arguments]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=120, check=False)


def refused(folder: Path, *words: str) -> str:
    """A run ends with one line that holds these words, and no more; "" where it does not end so, but works."""
    ran = dateline("monitor", "--all-feeds", "--data", str(folder))
    if ran.returncode == 0:
        return ""
    [line] = ran.stderr.splitlines()
    for word in words:
        assert word in line, line
    return line


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    assert refused(blocked / "data", str(blocked), "is a file; name a folder")


def test_a_read_only_directory_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with serve(port=0) as site:
        subscriptions.add(settings, f"{site.base_url}/lantern/rss.xml", "", "", "")
        (tmp_path / "private").chmod(0o500)
        private_file(tmp_path).chmod(0o400)
        assert refused(tmp_path, str(tmp_path / "private"), "cannot be written", "make it writable or choose another")
        for command in ("list", "export"):
            shown = dateline("feeds", command, "--data", str(tmp_path))
            assert (shown.returncode, shown.stderr) == (0, "")
            assert f"{site.base_url}/lantern/rss.xml" in shown.stdout
        (tmp_path / "private").chmod(0o700)
        private_file(tmp_path).chmod(0o600)
        tmp_path.chmod(0o500)  # the private file can be written, the copy cannot
        assert refused(tmp_path, str(tmp_path / "warehouse.duckdb"), "cannot be written")
        tmp_path.chmod(0o700)
        pipeline.run(settings, all_feeds=True)
    assert queries.fetch(tmp_path, CONTENTS)
    assert doctor.check(tmp_path) == []


@pytest.mark.long
def test_a_disk_that_fills_up_stops_a_run_at_any_step_and_costs_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can make a small disk")
    try:
        with serve(port=0) as site:
            whole, small = settings_of(tmp_path / "whole"), settings_of(disk / "data")
            subscriptions.import_opml(whole, site.opml_url)
            pipeline.run(whole, all_feeds=True)
            resize(disk, "20m")
            subscriptions.import_opml(small, site.opml_url)
            size, lines = shutil.disk_usage(disk).used, []
            resize(disk, str(size))
            while line := refused(small.data_dir, "the disk is full; free some space"):
                lines.append(line)
                size = max(size, shutil.disk_usage(disk).used) + 2**19
                resize(disk, str(size))
            assert any("/private/" in line for line in lines)
            assert any("/private/" not in line for line in lines), "the last to find no room is the copy"
            resize(disk, "100m")
            pipeline.run(small, all_feeds=True)
        for query in (CONTENTS, STORIES):
            assert queries.fetch(small.data_dir, query) == queries.fetch(whole.data_dir, query)
        assert doctor.check(small.data_dir) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def resize(disk: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", disk], check=True)


def test_a_killed_run_is_called_killed_when_the_next_one_has_begun(tmp_path: Path) -> None:
    with Loopback() as site:
        site.on("/slow", reply=lambda exchange: exchange.drip(b"<rss/>" * 100, every=1.0))
        subscriptions.add(settings_of(tmp_path), site.url("/slow"), "", "", "")
        process = start(tmp_path)
        while not site.requests:
            assert process.poll() is None
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        site.on("/slow", body=b"<rss version='2.0'><channel><title>Quick</title></channel></rss>")
        pipeline.run(settings_of(tmp_path), all_feeds=True)
    outcomes = queries.fetch(tmp_path, "SELECT outcome FROM runs ORDER BY started_at")
    assert [row["outcome"] for row in outcomes] == ["killed", "nothing new"]
