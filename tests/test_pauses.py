"""A site that asked for a pause is left alone by later runs too, and what waits for it is not given up."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from flows import pipeline, report, status, subscriptions
from flows.pauses import Pauses
from flows.settings import load_settings
from storage import queries
from tests.loopback import Loopback

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _at(moment: datetime) -> datetime:
    return moment


def test_pauses_end_are_bounded_and_the_longest_holds(tmp_path: Path) -> None:
    pauses = Pauses(tmp_path / "private" / "pauses.json")
    assert pauses.left(NOW) == {}
    pauses.keep("a.example", HOUR, NOW)
    pauses.keep("b.example", timedelta(days=30), NOW)
    pauses.keep("a.example", HOUR / 2, NOW)
    assert pauses.left(NOW + HOUR / 2) == {"a.example": HOUR / 2, "b.example": timedelta(days=7) - HOUR / 2}
    assert "a.example" not in pauses.left(NOW + HOUR)


def test_a_pause_that_a_clock_far_ahead_wrote_is_over(tmp_path: Path) -> None:
    pauses = Pauses(tmp_path / "private" / "pauses.json")
    pauses.keep("a.example", HOUR, NOW + timedelta(days=300))
    assert pauses.left(NOW) == {}
    pauses.keep("a.example", timedelta(days=7), NOW)
    assert pauses.left(NOW - HOUR) == {"a.example": timedelta(days=7)}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"a.example": 5}', '{"a.example": "soon"}'])
def test_a_damaged_file_is_an_empty_one(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pauses.json"
    file.write_text(text)
    assert Pauses(file).left(NOW) == {}
    Pauses(file).keep("a.example", HOUR, NOW)
    assert Pauses(file).left(NOW) == {"a.example": HOUR}


def test_the_next_runs_leave_the_site_alone_and_come_back(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    title = "Minister on shells for Ukraine's army"
    with Loopback() as site:
        items = "".join(f"<item><title>{title}</title><link>{site.url(path)}</link></item>" for path in ("/page", "/b"))
        site.on("/rss", body=f'<rss version="2.0"><channel><title>News</title>{items}</channel></rss>'.encode())
        for path in ("/page", "/b"):
            site.on(path, status=429, headers={"Retry-After": "7200"})
        subscriptions.add(settings, site.url("/rss"), "", "", "")
        pipeline.run(settings, all_feeds=True, clock=lambda: NOW)
        for hours in (0.5, 1.0, 1.9):
            summary = pipeline.run(settings, all_feeds=True, clock=partial(_at, NOW + HOUR * hours))
            assert [
                row["outcome"] for row in queries.fetch(tmp_path, "FROM polls ORDER BY started_at DESC LIMIT 1")
            ] == ["held"]
            assert summary["pages"] == 0, "neither page is due before the pause ends"
            assert (summary["feeds"], summary["held"], summary["failed"]) == (1, 1, 0)
            assert (summary.outcome, summary.failures) == ("nothing new", [])
        assert (len(site.asked("/rss")), pages_asked(site)) == (1, 1)
        pipeline.run(settings, all_feeds=True, clock=lambda: NOW + HOUR * 2.1)
        assert (len(site.asked("/rss")), pages_asked(site)) == (2, 2)
    entries = queries.fetch(tmp_path, "FROM entries")
    assert {entry["status"] for entry in entries} == {"pending"}
    assert max(entry["attempts"] for entry in entries) == 2


def test_feeds_that_are_held_do_not_fail_and_the_refusal_stays_to_be_seen(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    with Loopback() as site:
        for path in ("/a", "/b", "/c"):
            site.on(path, status=429, headers={"Retry-After": "600"})
            subscriptions.add(settings, site.url(path), "", "", "")
        first = pipeline.run(settings, all_feeds=True, clock=lambda: NOW)
        assert (first["failed"], first["held"], first.outcome) == (1, 2, "failed")
        second = pipeline.run(settings, all_feeds=True, clock=lambda: NOW + HOUR / 60)
        assert (second["failed"], second["held"], second.outcome) == (0, 3, "nothing new")
        assert report.headline(second).startswith("0 feeds polled, 3 held, 0 entries new")
        assert len(site.requests) == 1
    health = queries.feed_health(tmp_path)
    assert [(feed["last_outcome"], feed["polls_week"], feed["failed_week"]) for feed in health] == [
        ("rate_limited", 2, 1),
        ("never polled", 2, 0),
        ("never polled", 2, 0),
    ]
    screen = Console(file=io.StringIO(), width=200)
    assert status.show_feeds(settings, NOW, screen) == 1
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "rate_limited: " in shown and "answered 429" in shown and "raise host_gap_seconds" in shown


def pages_asked(site: Loopback) -> int:
    return len(site.asked("/page")) + len(site.asked("/b"))
