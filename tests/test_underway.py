"""A page over which runs end: it costs two of them, and no other story."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from extractors import parsing
from extractors.records import Entry
from flows import pipeline, subscriptions
from flows.underway import Underway
from storage import queries
from tests.loopback import Loopback
from tests.test_addresses import feed, page, publish, settings_of

RUN = """
import os, signal, sys
from pathlib import Path
from flows import pipeline
from tests.test_addresses import settings_of

def killed(settings, readings):
    if any(one.entry.url.endswith("/deadly") for one in readings):
        os.kill(os.getpid(), signal.SIGKILL)
    return pipeline.filter(settings, readings)

pipeline.run(settings_of(Path(sys.argv[1])), all_feeds=True, steps=pipeline.Steps(filter=killed))
"""


def test_a_page_that_kills_runs_is_put_aside_after_the_second(tmp_path: Path) -> None:
    subjects = {"/grain": "grain", "/deadly": "drones", "/loans": "loans"}

    def run() -> int:
        return subprocess.run([sys.executable, "-c", RUN, str(tmp_path)], capture_output=True, check=False).returncode

    with Loopback() as site:
        for path, subject in subjects.items():
            publish(site, path, page(subject, site.url(path)))
        feed(site, {path: f"Ukraine and {subject}" for path, subject in subjects.items()})
        settings = settings_of(tmp_path)
        subscriptions.add(settings, site.url("/rss.xml"), "", "", "")
        assert [run() for _ in range(3)] == [-signal.SIGKILL, -signal.SIGKILL, 0]
        fetches = queries.fetch(tmp_path, "SELECT url, outcome, error FROM fetches ORDER BY url")
        assert [(row["url"], row["outcome"]) for row in fetches] == [
            (site.url("/deadly"), "deadly"),
            (site.url("/grain"), "read"),
            (site.url("/loans"), "read"),
        ]
        assert str(fetches[0]["error"]).startswith(f"{site.url('/deadly')}: the runs that read this page ended")
        assert pipeline.run(settings)["pages"] == 0
        # Six hours later it is tried again, and no longer deadly.
        pipeline.run(settings, clock=lambda: datetime.now(UTC) + timedelta(hours=7))
        assert queries.fetch(tmp_path, "SELECT count(*) AS n FROM stories") == [{"n": 3}]
        assert (tmp_path / "private" / "underway.json").read_text() == "{}"


def test_a_damaged_note_is_an_empty_one(tmp_path: Path) -> None:
    entry = Entry("https://a.example/rss", "1", "https://a.example/1")
    for content in ("", "[1]", '{"https://a.example/1": "x"}'):
        (tmp_path / "notes.json").write_text(content)
        assert Underway(tmp_path / "notes.json").sorted([entry]) == ([entry], [], [])


def test_long_stories_are_parsed_a_few_at_a_time() -> None:
    sizes = [10, 300_000, 250_000, 10, 10, *[1] * 40]
    batches = [[len(text) for text in batch] for batch in parsing._batches("x" * size for size in sizes)]
    assert [size for batch in batches for size in batch] == sizes
    assert [len(batch) for batch in batches] == [2, 32, 11]
    assert all(sum(min(size, parsing.MOST) for size in batch) <= parsing.TOGETHER for batch in batches)
