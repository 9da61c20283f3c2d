"""Reading story pages from a server on loopback: what is fetched and what is not, what is booked, what is due again."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from extractors.records import Entry, Extraction, Feed, Fetch, Reading, Relevance, Story, StoryKind, story_id
from flows.http import Answer, Client, Hop, Patience
from flows.reading import (
    DAILY_RETRIES,
    HARD_RETRIES,
    RETRIES,
    next_read,
    read_all,
    reread,
    retry_at,
    robots_tag,
    to_store,
)
from flows.robots import Robots
from tests.loopback import Loopback

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PARAGRAPH = "Defence ministers from eleven countries met in Lviv on Tuesday to agree on a joint fund for air defence."
PAGE = (
    '<html lang="en"><head><title>Ministers agree on fund</title></head><body><article><h1>Ministers agree on fund</h1>'
    + "".join(f"<p>{PARAGRAPH} It was meeting number {number} of the year.</p>" for number in range(4))
    + "</article></body></html>"
).encode()
HTML = {"Content-Type": "text/html; charset=utf-8"}
AT = datetime.fromisoformat("2026-03-09T23:30:00+00:00")


def entry(url: str, **values: object) -> Entry:
    plain = Entry("https://feeds.example/rss", url, url, title="From the feed", published=AT, date_quality="exact")
    return replace(plain, **values)  # type: ignore[arg-type]


def read(
    entries: Sequence[Entry],
    *,
    robots: Robots | None = None,
    feeds: Mapping[str, Feed] | None = None,
    now: datetime = NOW,
) -> list[Reading]:
    async def run() -> list[Reading]:
        async with Client(allow_private_hosts={"127.0.0.1"}) as client:
            return await read_all(client, entries, now, robots=robots, feeds=feeds)

    return asyncio.run(run())


def test_a_page_becomes_a_story_of_its_outlets_day() -> None:
    with Loopback() as site:
        site.on("/a", body=PAGE, headers=HTML)
        one = entry(site.url("/a"))
        [found] = read([one], feeds={one.feed_url: Feed(one.feed_url, time_zone="Europe/Kyiv")})
    assert found.story is not None
    assert found.story.title == "Ministers agree on fund"
    assert found.story.text.count(PARAGRAPH) == 4
    assert (found.story.published, found.story.date_source) == (AT, "feed")
    assert (found.story.day, found.story.time_zone) == (date(2026, 3, 10), "Europe/Kyiv")
    assert found.story.id == story_id(one.url)
    assert (found.fetch.outcome, found.fetch.status, found.fetch.bytes_decoded) == ("read", 200, len(PAGE))
    assert len(found.fetch.body_sha256) == 64


def test_the_day_is_the_timestamps_own_where_the_zone_is_not_known() -> None:
    with Loopback() as site:
        site.on("/a", body=PAGE, headers=HTML)
        [found] = read([entry(site.url("/a"))])
    assert found.story is not None and found.story.day == date(2026, 3, 9)


def test_a_feed_that_carries_the_text_saves_the_fetch() -> None:
    with Loopback() as site:
        long = "".join(f"<p>{PARAGRAPH} Number {number}.</p>" for number in range(12))
        [full, cut] = read(
            [entry(site.url("/a"), content=long), entry(site.url("/b"), content=f"{long}<p>Continue reading…</p>")]
        )
        assert not site.asked("/a") and site.asked("/b")
    assert full.story is not None and full.fetch.outcome == "feed_text"
    assert full.story.title == "From the feed" and full.story.text.count("\n") == 11
    assert cut.fetch.outcome == "not_found"


def test_an_old_entry_of_a_feed_with_texts_keeps_its_date() -> None:
    """A monthly brief, polled for the first time: its items lie months apart."""
    long = "".join(f"<p>{PARAGRAPH} Number {number}.</p>" for number in range(12))
    [found] = read([entry("https://brief.example/1", content=long, date_quality="old")])
    assert found.story is not None
    assert (found.story.published, found.story.day, found.story.date_source) == (AT, AT.date(), "feed")


@pytest.mark.parametrize(
    ("own", "title", "head", "outlet"),
    [
        (True, "Harbour Wire", b"", "Harbour Wire"),
        (True, "", b"", "127.0.0.1"),
        (False, "Harbour Wire", b"", "127.0.0.1"),
        (True, "Harbour Wire", b'<meta property="og:site_name" content="The Quay">', "The Quay"),
    ],
    ids=["title", "no title", "a feed of another site", "the page says it"],
)
def test_an_outlet_that_is_not_listed_is_called_as_its_page_or_its_feed_is(
    own: bool, title: str, head: bytes, outlet: str
) -> None:
    with Loopback() as site:
        site.on("/a", body=PAGE.replace(b"<head>", b"<head>" + head), headers=HTML)
        feed = Feed(site.url("/rss") if own else "https://feeds.example/rss", title=title)
        carried = "".join(f"<p>{PARAGRAPH} Number {number}.</p>" for number in range(12))
        both = [entry(site.url(path), feed_url=feed.url) for path in ("/a", "/b")]
        page, fed = read([both[0], replace(both[1], content=carried)], feeds={feed.url: feed})
    assert page.story and page.story.outlet == outlet
    assert fed.story and fed.story.outlet == (outlet if not head else title)
    again = reread(page.story, page.fetch, PAGE)
    assert again.outlet == outlet


def test_robots_txt_is_asked_first_and_once() -> None:
    with Loopback() as site:
        site.on("/robots.txt", body=b"User-agent: *\nDisallow: /private/\n")
        for path in ("/a", "/b", "/private/c"):
            site.on(path, body=PAGE, headers=HTML)
        found = read([entry(site.url(path)) for path in ("/a", "/private/c", "/b")])
        assert [one.fetch.outcome for one in found] == ["read", "robots", "read"]
        assert [request.path for request in site.requests].count("/robots.txt") == 1
        assert site.requests[0].path == "/robots.txt"
        assert not site.asked("/private/c")


@pytest.mark.parametrize(
    "status, outcome",
    [
        (404, "read"),
        (403, "read"),
        (500, "robots_unavailable"),
        (503, "robots_unavailable"),
        (429, "robots_unavailable"),
    ],
)
def test_a_missing_robots_txt_allows_and_a_failing_one_does_not(status: int, outcome: str) -> None:
    with Loopback() as site:
        site.on("/robots.txt", status=status)
        site.on("/a", body=PAGE, headers=HTML)
        [found] = read([entry(site.url("/a"))])
        assert found.fetch.outcome == outcome


@pytest.mark.parametrize("headers, seconds", [({"Retry-After": "3600"}, 3601), ({}, 1801)])
def test_a_robots_txt_that_says_429_silences_its_site(headers: dict[str, str], seconds: int) -> None:
    async def pause(url: str) -> timedelta:
        async with Client(allow_private_hosts={"127.0.0.1"}, clock=lambda: 0.0) as client:
            assert await Robots().refusal(client, url, NOW) == "robots_unavailable"
            return client.held_for(url)

    with Loopback() as site:
        site.on("/robots.txt", status=429, headers=headers)
        assert asyncio.run(pause(site.url("/a"))) == timedelta(seconds=seconds)


def test_robots_txt_is_believed_for_a_day_between_runs(tmp_path: Path) -> None:
    file = tmp_path / "robots.json"
    with Loopback() as site:
        site.on("/robots.txt", body=b"User-agent: dateline\nDisallow: /a\n")
        site.on("/a", body=PAGE, headers=HTML)
        outcomes = []
        for hours, status in ((0, 200), (23, 200), (25, 500), (50, 500)):
            if status == 500:
                site.on("/robots.txt", status=500)
            [a, b] = read([entry(site.url("/a")), entry(site.url("/b"))], robots=Robots(file), now=NOW + hours * HOUR)
            outcomes.append((a.fetch.outcome, b.fetch.outcome))
        assert len(site.asked("/robots.txt")) == 3
    # Failing: nothing for a day, then what the last copy said.
    assert outcomes == [
        ("robots", "not_found"),
        ("robots", "not_found"),
        ("robots_unavailable", "robots_unavailable"),
        ("robots", "not_found"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b'{"ORIGIN": ["cut',
        b"\xff\xfe",
        b'["ORIGIN"]',
        b'{"ORIGIN": null}',
        b'{"ORIGIN": {"text": "Disallow: /"}}',
        b'{"ORIGIN": {"fetched_at": "zzz"}}',
        b'{"ORIGIN": {"fetched_at": "2026-11-22T12:00:00"}}',
        b'{"ORIGIN": {"fetched_at": "2026-11-22T12:00:00+00:00", "text": 5}}',
    ],
)
def test_a_damaged_cache_of_robots_txt_is_an_empty_one(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "robots.json"
    with Loopback() as site:
        site.on("/a", body=PAGE, headers=HTML)
        file.write_bytes(content.replace(b"ORIGIN", site.url("").encode()))
        [found] = read([entry(site.url("/a"))], robots=Robots(file))
        assert found.fetch.outcome == "read"
        [again] = read([entry(site.url("/a"))], robots=Robots(file))
        assert again.fetch.outcome == "read"
        assert len(site.asked("/robots.txt")) == 1


def test_a_damaged_entry_costs_only_itself(tmp_path: Path) -> None:
    file = tmp_path / "robots.json"
    with Loopback() as site:
        whole = {"fetched_at": NOW.isoformat(), "text": "User-agent: *\nDisallow: /a\n", "known": True}
        file.write_text(json.dumps({"https://a.example": {"fetched_at": "zzz"}, site.url(""): whole}), "utf-8")
        [found] = read([entry(site.url("/a"))], robots=Robots(file))
        assert found.fetch.outcome == "robots"
        assert site.requests == []
    assert list(json.loads(file.read_text("utf-8"))) == [site.url("")]


def test_a_cache_that_cannot_be_read_is_an_empty_one(tmp_path: Path) -> None:
    async def refusal(url: str) -> str:
        async with Client(allow_private_hosts={"127.0.0.1"}) as client:
            return await Robots(tmp_path).refusal(client, url, NOW)  # a folder in its place

    with Loopback() as site:
        assert asyncio.run(refusal(site.url("/a"))) == ""
        assert len(site.asked("/robots.txt")) == 1


@pytest.mark.parametrize(
    "answer, outcome",
    [
        ({"status": 404}, "not_found"),
        ({"status": 410}, "gone"),
        ({"status": 403}, "forbidden"),
        ({"status": 403, "headers": {"cf-mitigated": "challenge"}}, "challenge"),
        ({"status": 200, "body": PAGE, "headers": {"cf-mitigated": "challenge", **HTML}}, "challenge"),
        ({"status": 500}, "server_error"),
        ({"status": 408}, "server_error"),
        ({"status": 425}, "server_error"),
        ({"status": 204}, "no_content"),
        ({"status": 200, "body": b"  ", "headers": HTML}, "empty"),
        ({"status": 200, "body": b"%PDF-1.7", "headers": {"Content-Type": "application/pdf"}}, "not_html"),
        ({"status": 200, "body": b"<!-- -->", "headers": HTML}, "unreadable"),
        ({"status": 302, "headers": {"Location": "/a"}}, "redirects"),
        ({"status": 200, "body": b"<html><h1>Video</h1></html>", "headers": HTML}, "teaser"),
        ({"status": 203, "body": b"<html><h1>Video</h1></html>", "headers": HTML}, "teaser"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_a_fetch_comes_to(answer: dict[str, object], outcome: str) -> None:
    with Loopback() as site:
        site.on("/a", **answer)  # type: ignore[arg-type]
        [found] = read([entry(site.url("/a"))])
    assert found.fetch.outcome == outcome
    assert (found.story is None) == (outcome != "teaser")
    assert bool(found.fetch.error) == (outcome != "teaser")


def test_a_story_keeps_its_address_where_we_are_sent_to_the_front_page() -> None:
    with Loopback() as site:
        site.on("/gone", status=302, headers={"Location": "/"})
        site.on("/", body=PAGE, headers=HTML)
        site.on("/moved", status=301, headers={"Location": "/a"})
        site.on("/a", body=PAGE, headers=HTML)
        gone, moved = read([entry(site.url("/gone")), entry(site.url("/moved"))])
    assert gone.story is not None and moved.story is not None
    assert (gone.fetch.outcome, gone.story.url) == ("index", gone.entry.url)
    assert (moved.fetch.outcome, moved.story.url, moved.fetch.final_url) == ("read", site.url("/a"), site.url("/a"))


def test_a_crawl_delay_is_told_to_the_client() -> None:
    told: list[tuple[str, float]] = []

    class Listening(Client):
        def slow_down(self, url: str, seconds: float) -> None:
            told.append((url, seconds))

    async def run(url: str) -> None:
        async with Listening(allow_private_hosts={"127.0.0.1"}) as client:
            assert await Robots().refusal(client, url, NOW) == ""

    with Loopback() as site:
        site.on("/robots.txt", body=b"User-agent: *\nCrawl-delay: 7\n")
        asyncio.run(run(site.url("/a")))
        assert told == [(site.url("/a"), 7.0)]


def test_a_site_that_says_429_is_left_alone_and_the_others_are_read() -> None:
    with Loopback() as busy:
        busy.on("/a", status=429, headers={"Retry-After": "600"})
        busy.on("/b", body=PAGE, headers=HTML)
        found = read([entry(busy.url("/a")), entry(busy.url("/b")), entry("https://10.0.0.1/c"), entry("")])
        assert not busy.asked("/b")
    assert [one.fetch.outcome for one in found] == ["rate_limited", "held", "ssrf_refused", "no_url"]


def test_pages_are_read_again_after_6_and_48_hours_and_then_no_more() -> None:
    first = NOW
    second = next_read(None, first)
    assert second == first + 6 * HOUR
    third = next_read(first, second)
    assert third == first + 48 * HOUR
    assert next_read(second, third) is None
    # Runs may be late.
    assert next_read(first, first + 30 * HOUR) is None
    assert next_read(first, first + 9 * HOUR) == first + 48 * HOUR


@pytest.mark.parametrize(
    "outcome, pauses",
    [("timeout", RETRIES), ("not_found", HARD_RETRIES), ("robots", ()), ("robots_unavailable", DAILY_RETRIES)],
)
def test_failures_are_tried_again_with_growing_pauses_and_then_given_up(
    outcome: str, pauses: tuple[timedelta, ...]
) -> None:
    due = [retry_at(attempts, NOW, outcome) for attempts in range(1, len(pauses) + 2)]
    assert due == [*(NOW + pause for pause in pauses), None]
    assert list(pauses) == sorted(pauses)


@pytest.mark.parametrize(
    "written, pause",
    [
        ("120", timedelta(minutes=2)),
        ("Tue, 10 Mar 2026 12:10:00 GMT", timedelta(minutes=10)),
        ("", timedelta(minutes=30)),
        ("soon", timedelta(minutes=30)),
        ("99999999", timedelta(days=7)),
        ("Tue, 10 Mar 2026 11:00:00 GMT", timedelta()),
    ],
)
def test_how_long_a_site_asks_us_to_stay_away(written: str, pause: timedelta) -> None:
    with Loopback() as site:
        site.on("/a", status=429, headers={"Retry-After": written})
        [found] = read([entry(site.url("/a"))])
    assert found.fetch.outcome == "rate_limited"
    assert found.not_before == NOW + pause + timedelta(seconds=1)


@pytest.mark.parametrize(
    "values, asked",
    [
        ((), set()),
        (("noindex, noai",), {"noindex", "noai"}),
        (("NoIndex", "noai"), {"noindex", "noai"}),
        (("otherbot: noindex, noai",), set()),
        (("dateline: noai",), {"noai"}),
        (("max-image-preview:large, noai",), {"max-image-preview:large", "noai"}),
        (
            ("noindex, unavailable_after: 25 Jun 2026 15:00:00 PST",),
            {"noindex", "unavailable_after: 25 jun 2026 15:00:00 pst"},
        ),
    ],
)
def test_what_the_headers_ask_of_robots(values: tuple[str, ...], asked: set[str]) -> None:
    headers = tuple((b"x-robots-tag", value.encode()) for value in values)
    assert robots_tag(Answer(200, headers, b"", (Hop("https://a.example/", 200),), 0, 0.0, 0.0, 0.0)) == asked


def test_robots_marks_are_noted_and_the_page_is_packed() -> None:
    with Loopback() as site:
        site.on("/a", body=PAGE, headers={**HTML, "X-Robots-Tag": "noindex"})
        site.on("/b", body=PAGE, headers=HTML)
        site.on("/c", status=404)
        found = read([entry(site.url(path)) for path in ("/a", "/b", "/c")])
    assert [(one.fetch.noindex, one.fetch.noai) for one in found] == [(True, False), (False, False), (None, None)]
    assert [gzip.decompress(one.body) if one.body else b"" for one in found] == [PAGE, PAGE, b""]


def test_a_robots_txt_of_a_clock_that_was_ahead_is_asked_for_anew(tmp_path: Path) -> None:
    with Loopback() as site:
        site.on("/robots.txt", status=500)
        site.on("/a", body=PAGE, headers=HTML)
        read([entry(site.url("/a"))], robots=Robots(tmp_path / "robots.json"), now=NOW + 9_000 * HOUR)
        site.on("/robots.txt", status=404)
        [found] = read([entry(site.url("/a"))], robots=Robots(tmp_path / "robots.json"))
    assert found.fetch.outcome == "read"


def test_a_page_read_by_a_clock_that_was_ahead_is_read_once_more() -> None:
    assert next_read(NOW + 9_000 * HOUR, NOW) == NOW + 48 * HOUR


def test_what_a_slow_site_leaves_waits_for_the_next_run() -> None:
    async def run(url: str) -> list[Reading]:
        async with Client(allow_private_hosts={"127.0.0.1"}, patience=Patience(seconds=0.0)) as client:
            return await read_all(client, [entry(url)], NOW)

    with Loopback() as site:
        site.on("/a", body=PAGE, headers=HTML)
        [found] = asyncio.run(run(site.url("/a")))  # robots.txt has taken all of the time
        assert not site.asked("/a")
    stored = to_store(found, None, NOW)
    assert (stored.fetch.outcome, stored.entry_status, stored.read_due_at) == ("held", "pending", NOW)


def story(kind: StoryKind = StoryKind.STORY) -> Story:
    return Story(story_id("https://a.example/1"), "https://a.example/1", "Title", PARAGRAPH, kind=kind)


def booked(
    outcome: str,
    found: Story | None,
    *,
    relevant: bool = True,
    not_before: datetime | None = None,
    **values: object,
) -> tuple[str, datetime | None, int]:
    fetch = Fetch("https://a.example/1", NOW, outcome)
    one = Reading(entry("https://a.example/1", **values), fetch, found, not_before=not_before)
    extraction = Extraction(found, Relevance(0.9, relevant)) if found else None
    stored = to_store(one, extraction, NOW)
    return stored.entry_status, stored.read_due_at, stored.attempts


def test_what_is_booked() -> None:
    assert booked("read", story()) == ("read", NOW + 6 * HOUR, 0)
    assert booked("read", story(), read_at=NOW - 6 * HOUR) == ("read", NOW + 42 * HOUR, 0)
    assert booked("read", story(), relevant=False) == ("not_relevant", None, 0)
    assert booked("feed_text", story()) == ("read", None, 0)
    wall = story(StoryKind.CONSENT)
    assert booked("consent", wall, relevant=False) == ("teaser", NOW + 6 * HOUR, 0), "the story behind it may be"
    assert booked("teaser", story(StoryKind.TEASER)) == ("teaser", NOW + 6 * HOUR, 0)
    assert booked("timeout", None) == ("pending", NOW + RETRIES[0], 1)
    assert booked("timeout", None, attempts=1) == ("pending", NOW + RETRIES[1], 2)
    assert booked("timeout", None, attempts=len(RETRIES)) == ("failed", None, len(RETRIES) + 1)
    assert booked("held", None, attempts=2, not_before=NOW + 9 * HOUR) == ("pending", NOW + 9 * HOUR, 2)
    assert booked("held", None, not_before=NOW + HOUR) == ("pending", NOW + HOUR, 1)
    assert booked("rate_limited", None, not_before=NOW + 9 * HOUR) == ("pending", NOW + 9 * HOUR, 1)
    assert booked("rate_limited", None, not_before=NOW + HOUR / 60) == ("pending", NOW + RETRIES[0], 1)
    assert booked("gone", None, attempts=9, read_at=NOW) == ("gone", None, 10)
    assert booked("forbidden", None, attempts=9, read_at=NOW) == ("read", None, 10)
