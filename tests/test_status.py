"""``dateline status`` and ``dateline feeds status``: what a user sees, and the exit codes that scripts ask for."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest
from rich.console import Console

from extractors.actors import TRUSTED, listed_actors
from extractors.errors import WarehouseError
from flows import pipeline, status, subscriptions
from flows.settings import Settings, load_settings
from storage import queries
from storage.migrate import migrate, newest
from storage.publish import publish, published_file
from storage.warehouse import Warehouse
from tests.conftest import DemoRun
from tests.loopback import Loopback
from tests.warehouse_samples import reading

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RSS = (
    b'<rss version="2.0"><channel><title>Harbour Wire</title><item><guid>1</guid><title>Boats</title>'
    b"<pubDate>Mon, 02 Mar 2026 11:00:00 GMT</pubDate>"
    b"<link>https://harbour.example/1</link></item></channel></rss>"
)


def wire(site: Loopback, count: int) -> None:
    """A feed at /rss whose entries point to the pages /0, /1 and so on."""
    items = "".join(
        f"<item><guid>{number}</guid><title>Russian missiles strike Ukraine, Kyiv says: {number}</title>"
        f"<link>{site.url(f'/{number}')}</link><pubDate>Mon, 02 Mar 2026 11:00:00 GMT</pubDate></item>"
        for number in range(count)
    )
    site.on("/rss", body=f'<rss version="2.0"><channel><title>Wire</title>{items}</channel></rss>'.encode())


def shown(show: Callable[[Settings, datetime, Console], int], settings: Settings, now: datetime) -> tuple[int, str]:
    screen = Console(file=io.StringIO(), width=200)
    code = show(settings, now, screen)
    return code, screen.file.getvalue()  # type: ignore[attr-defined]


def test_after_the_demo(demo_run: DemoRun) -> None:
    now = datetime.now(UTC)
    code, page = shown(status.show, demo_run.settings, now)
    assert code == 1
    assert "warehouse.duckdb" in page and " min ago" in page
    for count in (demo_run.first["statements"], demo_run.first["entries"]):
        assert f"{count:,} " in page
    assert f"{demo_run.first['feeds']} feeds, 0 due, 2 failing; 0 pages to be read, 0 to be tried again later" in page
    for error in demo_run.second.failures:
        assert error in page
    lines = [line for line in page.splitlines() if "degraded" in line]
    assert str(demo_run.first["statements"]) in lines[-1], "the older run stands below the newer"


def test_the_feeds_after_the_demo(demo_run: DemoRun) -> None:
    code, page = shown(status.show_feeds, demo_run.settings, datetime.now(UTC))
    assert code == 1
    failing = [line for line in page.splitlines() if "back-off" in line]
    assert len(failing) == 2
    assert all("not_found" in line or "server_error" in line for line in failing)
    for error in demo_run.second.failures:
        assert error in page
    # What the others last told of lies years back.
    assert sum(" silent " in line for line in page.splitlines()) == demo_run.first["feeds"] - 2


def test_eight_days_later_every_feed_is_due(demo_run: DemoRun) -> None:
    _, page = shown(status.show, demo_run.settings, datetime.now(UTC) + timedelta(days=8))
    assert f"{demo_run.first['feeds']} feeds, {demo_run.first['feeds']} due" in page
    assert "published 8 d ago" in page


def test_where_all_is_well_the_exit_code_is_0(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"])
    with Loopback() as site:
        site.on("/rss", body=RSS, headers={"Content-Type": "application/rss+xml"})
        subscriptions.add(settings, site.url("/rss"), "Harbour [wire]", "", "")
        pipeline.run(settings, clock=lambda: NOW, steps=pipeline.Steps(read=lambda *_: []))
    assert shown(status.show, settings, NOW)[0] == 0
    code, page = shown(status.show_feeds, settings, NOW)
    assert code == 0
    assert "Harbour [wire]" in page, "a title is text and no markup"


def test_a_feed_whose_pages_cannot_be_read_is_not_well(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    with Loopback() as site:
        wire(site, 8)
        for number in range(8):
            site.on(f"/{number}", status=403)
        subscriptions.add(settings, site.url("/rss"), "Wire", "", "")
        summary = pipeline.run(settings, all_feeds=True, clock=lambda: NOW)
        assert (summary["entries"], summary["pages"], summary["failed_pages"]) == (8, 0, 8)
        assert summary.outcome == "degraded"
        _, page = shown(status.show, settings, NOW)
        assert "0 pages to be read, 8 to be tried again later, 0 given up" in page
        code, page = shown(status.show_feeds, settings, NOW)
        assert (code, "8 of 8 pages unread" in page, ": 403" in page) == (1, True, True)
        for days in (2, 4):
            pipeline.run(settings, clock=lambda days=days: NOW + timedelta(days=days))  # type: ignore[misc]
        _, page = shown(status.show, settings, NOW + timedelta(days=4))
        assert "0 pages to be read, 0 to be tried again later, 8 given up" in page


def test_lists_of_actors_that_will_soon_be_too_old_are_told(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with Warehouse.open(tmp_path):
        pass
    publish(tmp_path)
    checked = max(int(actor.checked or 0) for actor in listed_actors().actors)
    last = datetime(checked + TRUSTED, 12, 31, tzinfo=UTC)
    for ahead, told in ((timedelta(days=61), False), (timedelta(days=40), True)):
        code, page = shown(status.show, settings, last - ahead)
        assert (code, "who hold an office were last checked too long ago" in page) == (0, told)
    assert f"after {checked + TRUSTED} a description" in page


def test_a_feed_whose_stories_stand_behind_walls_is_not_well(tmp_path: Path) -> None:
    """Nothing failed, and nothing was read: the pages ask for consent. They are tried again all the same."""
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    wall = (
        "<title>Before you continue</title><main><p>We and our 40 partners store and access information with cookies "
        "to show personalised advertising.</p><button>Accept all</button><button>Reject all</button></main>"
    )
    with Loopback() as site:
        wire(site, 3)
        for number in range(3):
            site.on(f"/{number}", body=wall.encode(), headers={"Content-Type": "text/html"})
        subscriptions.add(settings, site.url("/rss"), "Wire", "", "")
        pipeline.run(settings, all_feeds=True, clock=lambda: NOW)
        code, page = shown(status.show_feeds, settings, NOW)
        assert (code, "3 of 3 pages unread" in page, "asks for consent" in page) == (1, True, True)
    [due] = queries.fetch(tmp_path, "SELECT DISTINCT read_due_at AS at FROM entries")
    assert due["at"] == NOW + timedelta(hours=6)


def test_a_story_that_was_taken_down_is_known_as_withdrawn(tmp_path: Path) -> None:
    """Asked for again three times, in vain. Its statements stand."""
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    withdrawn = "SELECT url, statements FROM withdrawn_stories"
    told = "The governor said on Monday that Russian missiles had struck a depot near Kyiv, Ukraine. "
    with Loopback() as site:
        url = site.url("/1")
        item = f"<item><guid>1</guid><title>Russian missiles strike Ukraine</title><link>{url}</link></item>"
        site.on("/rss", body=f'<rss version="2.0"><channel><title>Wire</title>{item}</channel></rss>'.encode())
        page = f"<article><h1>Russian missiles strike Ukraine</h1>{f'<p>{told * 3}</p>' * 4}</article>"
        site.on("/1", body=page.encode(), headers={"Content-Type": "text/html"})
        subscriptions.add(settings, site.url("/rss"), "Wire", "", "")
        pipeline.run(settings, all_feeds=True, clock=lambda: NOW)
        site.on("/1", status=404)
        for hours in (7, 14, 40):
            assert queries.fetch(tmp_path, withdrawn) == []
            pipeline.run(settings, clock=lambda hours=hours: NOW + timedelta(hours=hours))  # type: ignore[misc]
    [story] = queries.fetch(tmp_path, withdrawn)
    assert story["url"] == url and story["statements"] > 0


def test_an_alert_that_waits_is_shown_with_its_address_and_not_its_url(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    told = reading(1, ["aid is on its way"])
    assert told.extraction
    with Warehouse.open(tmp_path) as warehouse:
        warehouse.stories.commit_readings("run/1", "run", [told], NOW)
        statements = [statement.id for statement in told.extraction.statements]
        warehouse.alerts.add({"guarantees": statements}, {"guarantees": 2}, {"run": []}, NOW)
        warehouse.alerts.sent("guarantees", 1, statements, NOW)
    publish(tmp_path)
    code, page = shown(status.show, settings, NOW + timedelta(hours=3))
    assert code == 1
    assert "alert: watch guarantees, address 2: 1 waiting, the oldest for 3 h" in page
    assert "address 1" not in page


def test_the_last_run_that_failed_is_told_and_those_that_were_killed_are_no_longer_running(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with Warehouse.open(tmp_path) as warehouse:
        warehouse.runs.start("one", NOW, "monitor")
        warehouse.runs.start("two", NOW + timedelta(minutes=1), "monitor")
        warehouse.runs.finish("two", NOW + timedelta(minutes=2), "failed", {"feeds": 3, "own_network": 3})
        warehouse.runs.start("three", NOW + timedelta(minutes=3), "monitor")
    publish(tmp_path)
    code, page = shown(status.show, settings, NOW)
    assert (code, "the last run failed: most hosts did not answer" in page) == (1, True)
    assert [page.count(f" {outcome} ") for outcome in ("running", "killed")] == [1, 1]
    assert queries.status(tmp_path, NOW).outcomes == {"failed": 1, "killed": 1}
    with Warehouse.open(tmp_path) as warehouse:
        warehouse.runs.finish("three", NOW + timedelta(minutes=4), "done", {"feeds": 3})
    publish(tmp_path)
    assert shown(status.show, settings, NOW)[0] == 0


def test_a_run_that_asks_only_feeds_that_had_failed_before_fails_where_no_other_answers(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    with Loopback() as site:
        site.on("/well", body=RSS, headers={"Content-Type": "application/rss+xml"})
        site.on("/dead", status=404)
        for path in ("/well", "/dead"):
            subscriptions.add(settings, site.url(path), "", "", "")
        steps = pipeline.Steps(read=lambda *_: [])
        assert pipeline.run(settings, clock=lambda: NOW, steps=steps).outcome == "degraded"
        later = NOW + timedelta(hours=3)
        with patch.object(pipeline, "due", lambda _, states, now: [one for one in states if "dead" in one[0].url]):
            again = pipeline.run(settings, clock=lambda: later, steps=steps)
            assert (again["feeds"], again["failed"], again.outcome) == (1, 1, "degraded")
            code, page = shown(status.show, settings, later)
            assert (code, "1 failing" in page, "last run failed" in page) == (1, True, False)
            subscriptions.remove(settings, site.url("/well"))
            alone = pipeline.run(settings, clock=lambda: later + timedelta(days=1), steps=steps)
            assert (alone["feeds"], alone.outcome) == (1, "failed")
            assert "the last run failed: no feed answered" in shown(status.show, settings, later)[1]


def test_one_bad_answer_of_a_feed_is_told_and_is_no_alarm(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"])
    steps = pipeline.Steps(read=lambda *_: [])
    with Loopback() as site:
        site.on("/rss", body=RSS, headers={"Content-Type": "application/rss+xml"})
        subscriptions.add(settings, site.url("/rss"), "", "", "")
        pipeline.run(settings, clock=lambda: NOW, steps=steps)
        site.on("/rss", status=503)
        for hours, alarm in ((2, 0), (30, 1)):
            now = NOW + timedelta(hours=hours)
            pipeline.run(settings, all_feeds=True, clock=lambda now=now: now, steps=steps)  # type: ignore[misc]
            code, page = shown(status.show_feeds, settings, now)
            assert (code, "server_error" in page) == (alarm, True)
            assert "1 failing" in shown(status.show, settings, now)[1]


def test_that_no_run_comes_any_more_is_told(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with Warehouse.open(tmp_path) as warehouse:
        for hours in (0, 6, 12, 18):
            run, began = f"run{hours}", NOW + timedelta(hours=hours)
            warehouse.runs.start(run, began, "monitor")
            warehouse.runs.finish(run, began, "nothing new", {})
    publish(tmp_path)
    last = NOW + timedelta(hours=18)
    for hours, code in ((23, 0), (25, 1)):
        found, page = shown(status.show, settings, last + timedelta(hours=hours))
        assert (found, f"the last run began {hours} h ago" in page) == (code, bool(code))


def test_that_runs_do_not_come_to_their_end_is_told(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with Warehouse.open(tmp_path) as warehouse:
        path = warehouse.path
    publish(tmp_path)
    changed = published_file(tmp_path).stat().st_mtime + 7300
    os.utime(path, (changed, changed))
    code, page = shown(status.show, settings, datetime.now(UTC))
    assert (code, "changed 2 h after the copy was published" in page) == (1, True)


def test_a_feed_that_was_removed_is_not_counted(tmp_path: Path) -> None:
    for name in ("one", "two"):
        subscriptions.add(load_settings(tmp_path), f"https://{name}.example/feed", "", "", "")
    subscriptions.remove(load_settings(tmp_path), "https://two.example/feed")
    _, page = shown(status.show, load_settings(tmp_path), NOW)
    assert "1 feeds, " in page and "2 feeds" not in page


@pytest.mark.parametrize(
    ("watch", "told"),
    [
        ("wrods = 'ferry'", "watch ferries: wrods is not known"),
        ("sql = \"cue_clas = 'warn'\"", "watch ferries: Binder Error"),
        ('sql = "speaker = \'Ida"', "watch ferries: "),
        ("topic = 'ferries'", "watch ferries: no topic is called 'ferries'"),
        ("words = 'ferry'\nto = ['nosuch://x']", "watch ferries: address 1 (nosuch) is no address that Apprise knows"),
    ],
)
def test_a_mistake_in_the_watches_is_told(tmp_path: Path, watch: str, told: str) -> None:
    with Warehouse.open(tmp_path):
        pass
    publish(tmp_path)
    (tmp_path / "watches.toml").write_text("[good]\nwords = 'harbour'\n")
    assert shown(status.show, load_settings(tmp_path), NOW)[0] == 0
    (tmp_path / "watches.toml").write_text(f"[good]\nwords = 'harbour'\n[ferries]\n{watch}\n")
    code, page = shown(status.show, load_settings(tmp_path), NOW)
    assert (code, f"watches.toml: {told}" in page) == (1, True)
    assert page.count("watches.toml") == 1


def test_before_the_first_run_it_says_what_to_do(tmp_path: Path) -> None:
    for show in (status.show, status.show_feeds):
        with pytest.raises(WarehouseError, match="`dateline monitor` makes it"):
            shown(show, load_settings(tmp_path), NOW)


@pytest.mark.parametrize(
    ("minutes", "written"), [(-5, "0 min"), (0, "0 min"), (119, "119 min"), (120, "2 h"), (2879, "47 h"), (2880, "2 d")]
)
def test_a_span_is_written_in_the_unit_that_fits(minutes: int, written: str) -> None:
    assert status._span(timedelta(minutes=minutes)) == written


def test_a_copy_of_an_older_version_is_told_of(tmp_path: Path) -> None:
    settings = load_settings(tmp_path)
    with duckdb.connect(published_file(tmp_path)) as connection:
        migrate(connection, NOW, upto=newest() - 1)
    with pytest.raises(WarehouseError, match=rf"schema {newest() - 1} of {newest()}: `dateline monitor` renews it"):
        shown(status.show, settings, NOW)
