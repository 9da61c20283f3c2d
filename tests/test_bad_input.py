"""What bad input gets: a run over feeds and pages that fail in every way. It goes on, and each says what happened."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from extractors import pages, relevance
from extractors.records import Feed, FeedState
from flows import pipeline, polling, reading, status
from flows.http import FEED
from flows.settings import Settings, load_settings
from storage import doctor, queries
from storage.warehouse import Warehouse
from tests.loopback import Exchange, Loopback

RSS = {"Content-Type": "application/rss+xml"}
HTML = {"Content-Type": "text/html; charset=utf-8"}
MEGABYTE = b"x" * 1_000_000
SAID = "Defence Minister Anna Berg said on Monday that Russia would not stop the shells that Ukraine needs."
PROSE = SAID + " The front near Pokrovsk held through a night of attacks by Russian drones and missiles." * 6


def rss(*links: str) -> bytes:
    items = "".join(
        f"<item><guid>{link}</guid><link>{link}</link><title>Berg on shells for Ukraine's army</title>"
        f"<pubDate>Wed, 20 Aug 2025 09:00:00 GMT</pubDate></item>"
        for link in links
    )
    return f'<rss version="2.0"><channel><title>Harbour Wire</title>{items}</channel></rss>'.encode()


def page(text: str) -> bytes:
    head = "<head><title>Berg on shells for Ukraine's army</title></head>"
    return f'<html lang="en">{head}<body><article><p>{text}</p></article></body></html>'.encode()


BOMB = (
    b'<!DOCTYPE rss [<!ENTITY a "haha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    b"<rss><channel><title>&c;</title></channel></rss>"
)


def huge(exchange: Exchange) -> None:
    exchange.start(200, RSS)
    for _ in range(50):
        exchange.wfile.write(MEGABYTE)


FEEDS = {
    "/good": "new",
    "/slow": "timeout",
    "/missing": "not_found",
    "/gone": "gone_once",
    "/broken": "server_error",
    "/page": "html",
    "/empty": "empty",
    "/cut": "truncated",
    "/bomb": "bomb",
    "/huge": "too_large",
}
"""Path → what its poll row says."""

PAGES = {
    "/news/good": "read",
    "/news/none": "not_found",
    "/news/nothing": "teaser",
    "/news/blank": "empty",
    "/news/picture": "not_html",
}
"""Path → what its fetch row says."""


@pytest.fixture(scope="module")
def site() -> Iterator[Loopback]:
    with Loopback() as loopback:
        loopback.on("/good", body=rss(*map(loopback.url, PAGES)), headers=RSS)
        loopback.on("/slow", reply=lambda exchange: exchange.drip(b"<rss>" * 1000, every=0.2))
        loopback.on("/gone", status=410)
        loopback.on("/broken", status=500, body=b"no database")
        loopback.on("/page", body=page("Subscribe"), headers=HTML)
        loopback.on("/empty", headers=RSS)
        loopback.on("/cut", reply=lambda exchange: exchange.cut(b"<rss><channel><item>", announced=9_000))
        loopback.on("/bomb", body=BOMB, headers=RSS)
        loopback.on("/huge", reply=huge)
        loopback.on("/news/good", body=page(PROSE), headers=HTML)
        loopback.on("/news/nothing", body=page(""), headers=HTML)
        loopback.on("/news/blank", headers=HTML)
        loopback.on("/news/picture", body=b"\x89PNG", headers={"Content-Type": "image/png"})
        yield loopback


def settings_of(folder: Path, feeds: list[str]) -> Settings:
    settings = load_settings(folder, allow_private_hosts=["127.0.0.1", "127.0.0.2"], host_gap_seconds=0.0)
    with Warehouse.open(folder) as warehouse:
        warehouse.feeds.add([Feed(url) for url in feeds])
    return settings


@dataclass(frozen=True)
class Ran:
    settings: Settings
    summary: pipeline.Summary

    def rows(self, query: str) -> list[dict[str, object]]:
        return queries.fetch(self.settings.data_dir, query)


@pytest.fixture(scope="module")
def ran(site: Loopback, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    settings = settings_of(tmp_path_factory.mktemp("bad"), [site.url(path) for path in FEEDS])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(polling, "FEED", replace(FEED, total=3.0, read=1.0))  # nobody need wait for half a minute
        return Ran(settings, pipeline.run(settings))


@pytest.mark.parametrize(("path", "outcome"), FEEDS.items())
def test_a_poll_row_says_what_each_feed_did(path: str, outcome: str, ran: Ran, site: Loopback) -> None:
    [poll] = ran.rows(f"SELECT outcome, error FROM polls WHERE feed_url = '{site.url(path)}'")
    assert poll["outcome"] == outcome
    assert (site.url(path) in str(poll["error"])) is (outcome != "new")


@pytest.mark.parametrize(("path", "outcome"), PAGES.items())
def test_a_fetch_row_says_what_each_page_was(path: str, outcome: str, ran: Ran, site: Loopback) -> None:
    [fetch] = ran.rows(f"SELECT outcome FROM fetches WHERE url = '{site.url(path)}'")
    assert fetch["outcome"] == outcome


def test_a_site_with_too_many_requests_is_left_alone_and_the_others_are_not(site: Loopback, tmp_path: Path) -> None:
    with Loopback("127.0.0.2") as busy:
        busy.on("/busy", status=429, headers={"Retry-After": "600"})
        settings = settings_of(
            tmp_path, [busy.url("/busy", "127.0.0.2"), busy.url("/too", "127.0.0.2"), site.url("/good")]
        )
        pipeline.run(settings)
    polls = queries.fetch(tmp_path, "FROM polls ORDER BY feed_url")
    assert {str(poll["outcome"]) for poll in polls} == {"new", "rate_limited", "held"}
    assert busy.asked("/too") == []


def test_torn_xml_gives_the_entries_before_the_tear_and_a_complaint(site: Loopback, tmp_path: Path) -> None:
    whole = rss(site.url("/news/good"), site.url("/news/none"))
    site.on("/torn", body=whole[: whole.index(b"</guid>", len(whole) // 2)], headers=RSS)
    settings = settings_of(tmp_path, [site.url("/torn")])
    pipeline.run(settings, steps=pipeline.Steps(read=lambda *_: []))
    [poll] = queries.fetch(tmp_path, "FROM polls")
    assert (poll["outcome"], poll["entries_new"]) == ("new", 1)
    assert poll["bozo"]


def test_the_run_goes_on_and_the_good_story_is_stored(ran: Ran) -> None:
    assert ran.summary.outcome == "degraded"
    assert (ran.summary["feeds"], ran.summary["failed"]) == (len(FEEDS), len(FEEDS) - 1)
    assert len(ran.summary.failures) == len(FEEDS) - 1
    assert [row["speaker_name"] for row in ran.rows("FROM statements")] == ["Anna Berg"]
    assert doctor.check(ran.settings.data_dir) == []


def test_a_page_without_text_is_a_teaser_without_statements(ran: Ran, site: Loopback) -> None:
    [story] = ran.rows("SELECT url, skipped FROM stories WHERE kind = 'teaser'")
    assert story == {"url": site.url("/news/nothing"), "skipped": "teaser"}
    assert ran.rows("FROM statements JOIN stories USING (story_id) WHERE kind = 'teaser'") == []


def test_status_shows_each_failing_feed_with_its_error(ran: Ran, site: Loopback) -> None:
    screen = Console(file=io.StringIO(), width=200)
    assert status.show(ran.settings, datetime.now(UTC), screen) == 1
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    for path, outcome in FEEDS.items():
        assert (f"{outcome}: {site.url(path)}" in shown) is (outcome != "new")


# What nobody foresaw: a mistake of ours that one document brings to light


class Poisoned(Exception):
    """No error that our code expects."""


def test_a_page_that_breaks_the_reader_costs_itself_alone(
    site: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = pages.read_page

    def breaks(html: bytes, *, url: str, **options: object) -> object:
        if url.endswith("/poison"):
            raise Poisoned("a page of a kind that nobody has seen")
        return sound(html, url=url, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "read_page", breaks)
    site.on("/news/poison", body=page(PROSE), headers=HTML)
    site.on("/two", body=rss(site.url("/news/poison"), site.url("/news/good")), headers=RSS)
    settings = settings_of(tmp_path, [site.url("/two")])
    summary = pipeline.run(settings)
    assert (summary["pages"], summary["failed_pages"], summary["kept"]) == (1, 1, 1)
    [fetch] = queries.fetch(tmp_path, "FROM fetches WHERE outcome = 'unreadable'")
    assert "/news/poison: Poisoned: a page of a kind" in str(fetch["error"])
    assert len(queries.fetch(tmp_path, "FROM statements")) == 1
    [entry] = queries.fetch(tmp_path, "SELECT read_due_at FROM entries WHERE status = 'pending'")
    assert entry["read_due_at"] is not None


def test_a_story_that_cannot_be_judged_costs_itself_alone(
    site: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = relevance.judge

    def breaks(title: str, summary: str, text: str, rules: relevance.Rules) -> object:
        if "unforeseen" in text:
            raise IndexError("no such word")
        return sound(title, summary, text, rules)

    monkeypatch.setattr(relevance, "judge", breaks)
    site.on("/news/odd", body=page("unforeseen " + PROSE), headers=HTML)
    site.on("/two", body=rss(site.url("/news/odd"), site.url("/news/good")), headers=RSS)
    settings = settings_of(tmp_path, [site.url("/two")])
    assert pipeline.run(settings)["kept"] == 1
    [fetch] = queries.fetch(tmp_path, "FROM fetches WHERE outcome = 'unreadable'")
    assert "/news/odd: IndexError: no such word" in str(fetch["error"])


def test_a_feed_that_breaks_the_poll_costs_itself_alone(
    site: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = polling.request_of

    def breaks(feed: Feed, state: FeedState, now: datetime) -> polling.Asking:
        if feed.url.endswith("/missing"):
            raise Poisoned("a state of a kind that nobody has seen")
        return sound(feed, state, now)

    monkeypatch.setattr(polling, "request_of", breaks)
    settings = settings_of(tmp_path, [site.url("/missing"), site.url("/good")])
    summary = pipeline.run(settings)
    assert (summary["feeds"], summary["failed"]) == (2, 1)
    assert "/missing: Poisoned: a state" in summary.failures[0]
    assert len(queries.fetch(tmp_path, "FROM statements")) == 1
