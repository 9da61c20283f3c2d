"""What polls learn and decide: against a scripted server, and as pure decisions. Time is an argument throughout."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.records import Entry, Feed, FeedState, PollResult
from flows import discovery, polling
from flows.http import Answer, Client, Hop
from flows.outcomes import OUTCOMES, SUCCESSES, UNHEARD
from flows.polling import (
    Attempt,
    Known,
    Shown,
    _short,
    failed,
    identified,
    in_turns,
    new_state,
    own_network_down,
    poll_all,
    request_of,
)
from flows.rhythm import Memory, due_after_failure, freshness, health, is_due, next_due, retry_after
from flows.sandbox import Sandbox
from tests.loopback import Exchange, Loopback

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
URL = "https://news.example/rss"
TLS = ssl.create_default_context()
"""Made once: it takes longer than a poll."""


def rss(*numbers: int, head: str = "", guid: str = "id-{}", text: str = "words", every: timedelta = HOUR) -> bytes:
    items = "".join(
        f"<item><title>Title {number}</title><link>https://news.example/{number}</link>"
        f"<guid isPermaLink='false'>{guid.format(number)}</guid><description>{text}</description>"
        f"<pubDate>{format_datetime(START - every * (100 - number))}</pubDate></item>"
        for number in numbers
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{head}{items}</channel></rss>'.encode()


class Subscriber:
    """Polls one feed again and again, keeping state and entries as the warehouse would, through JSON and back."""

    def __init__(self, url: str, sandbox: Sandbox) -> None:
        self.feed = Feed(url)
        self.state = new_state(self.feed, START)
        self.known: dict[str, tuple[str, str]] = {}
        self.entries: list[Entry] = []
        self.asked: list[Collection[str]] = []
        self.sandbox = sandbox
        self.subscribed: set[str] = set()

    async def poll(self, now: datetime | None = None) -> PollResult:
        """At ``now``, or when the feed is due, each time in a run of its own."""
        async with client() as opened:
            return await self.poll_with(opened, now or self.state.due_at)

    async def poll_with(self, opened: Client, at: datetime) -> PollResult:
        [result] = [
            result
            async for result in poll_all(
                *(opened, [(self.feed, self.state)], at, self._known), sandbox=self.sandbox, subscribed=self.subscribed
            )
        ]
        self.state = replace(result.state, memory=json.loads(json.dumps(result.state.memory)))
        assert (result.poll.outcome in (*SUCCESSES, *UNHEARD)) != failed(result.poll)
        assert result.poll.outcome in OUTCOMES
        assert self.state.due_at >= at and result.poll.next_due_at == self.state.due_at and self.state.due_reason
        self.known.update({entry.key: (entry.content_hash, entry.url) for entry in result.entries})
        self.entries += result.entries
        return result

    def _known(self, keys: Mapping[str, Collection[str]]) -> Mapping[str, Shown]:
        ((url, asked),) = keys.items()
        assert url == self.feed.url
        self.asked.append(asked)
        return {url: {key: self.known[key] for key in asked if key in self.known}}

    @property
    def memory(self) -> Memory:
        return Memory.of(self.state)


@pytest.fixture
def site() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


def subscribed(site: Loopback, work: Callable[[Subscriber], Any], path: str = "/rss") -> None:
    """Run ``work`` with a subscriber to a path of the site."""

    async def run() -> None:
        with Sandbox() as sandbox:
            await work(Subscriber(site.url(path), sandbox))

    asyncio.run(run())


async def no_sleep(seconds: float) -> None:
    pass


def client(**options: Any) -> Client:
    return Client(**{"allow_private_hosts": {"127.0.0.1"}, "sleep": no_sleep, "tls": TLS, **options})


# Validators


def test_validators_go_back_byte_for_byte_and_both(site: Loopback) -> None:
    tag, modified = 'W/"a\xe9 b"', "sun, 22 nov 2026 00:00:00 gmt"
    site.on("/rss", body=rss(1), headers={"ETag": tag, "Last-Modified": modified}, validate=True)

    async def work(us: Subscriber) -> None:
        assert (await us.poll()).poll.outcome == "new"
        again = await us.poll()
        assert (again.poll.outcome, again.poll.status) == ("not_modified", 304)

    subscribed(site, work)
    first, second = site.requests
    assert not {"if-none-match", "if-modified-since", "a-im"} & first.headers.keys()
    assert (second.headers["if-none-match"], second.headers["if-modified-since"]) == (tag, modified)


def test_validators_follow_the_server_though_the_body_is_the_same(site: Loopback) -> None:
    async def work(us: Subscriber) -> None:
        for number, outcome in ((1, "new"), (2, "unchanged"), (3, "unchanged")):
            site.on("/rss", body=rss(1), headers={"ETag": f'"{number}"'}, validate=True)
            assert (await us.poll()).poll.outcome == outcome
            assert us.state.etag == f'"{number}"'.encode()
        assert (await us.poll()).poll.outcome == "not_modified"

    subscribed(site, work)


def test_a_304_can_bring_new_validators_and_a_200_without_them_clears_them(site: Loopback) -> None:
    async def work(us: Subscriber) -> None:
        site.on("/rss", body=rss(1), headers={"ETag": '"1"', "Last-Modified": "then"})
        await us.poll()
        site.on("/rss", reply=lambda exchange: exchange.start(304, {"ETag": '"2"'}))
        await us.poll()
        assert (us.state.etag, us.state.last_modified) == (b'"2"', b"then")
        site.on("/rss", body=rss(1))
        await us.poll()
        assert (us.state.etag, us.state.last_modified) == (None, None)
        await us.poll()

    subscribed(site, work)
    assert not {"if-none-match", "if-modified-since"} & site.requests[-1].headers.keys()


def test_a_lifetime_survives_a_304_that_does_not_repeat_it(site: Loopback) -> None:
    async def work(us: Subscriber) -> None:
        site.on("/rss", body=rss(*range(10)), headers={"ETag": '"1"', "Cache-Control": "public, max-age=7200"})
        await us.poll()
        site.on("/rss", reply=lambda exchange: exchange.start(304))
        result = await us.poll()
        assert result.poll.next_due_at and result.poll.next_due_at - result.poll.started_at >= 2 * HOUR
        assert result.poll.next_reason == "max-age 7200 s"
        site.on("/rss", reply=lambda exchange: exchange.start(304, {"Cache-Control": "max-age=60"}))
        await us.poll()
        assert us.memory.max_age == 60

    subscribed(site, work)


def test_a_server_that_says_304_for_ever_is_found_out(site: Loopback) -> None:
    def frozen(exchange: Exchange) -> None:
        """304 to whoever sends a validator, whatever is new."""
        asked = exchange.request.headers
        if "if-none-match" in asked or "if-modified-since" in asked:
            exchange.start(304)
        else:
            exchange.send(200, rss(*current), {"ETag": '"stuck"', "Last-Modified": "then"})

    current = range(90, 100)
    site.on("/rss", reply=frozen)

    async def work(us: Subscriber) -> None:
        nonlocal current
        await us.poll()
        current = range(95, 105)
        while us.state.due_at < START + 30 * HOUR:
            await us.poll()
        assert [entry.title for entry in us.entries[10:]] == [f"Title {number}" for number in range(100, 105)]
        assert us.memory.conditional == "modified"
        assert "false_304" in us.state.health

    subscribed(site, work)
    plain = [request for request in site.requests[1:] if "if-none-match" not in request.headers]
    assert "if-modified-since" not in plain[0].headers


# Content


def test_new_changed_and_known_entries(site: Loopback) -> None:
    async def work(us: Subscriber) -> None:
        site.on("/rss", body=rss(1, 2))
        first = await us.poll()
        assert (first.poll.entries_seen, first.poll.entries_new, first.poll.entries_changed) == (2, 2, 0)
        assert {entry.feed_url for entry in first.entries} == {us.feed.url}
        site.on("/rss", body=rss(2, 3))
        second = await us.poll()
        assert (second.poll.entries_seen, second.poll.entries_new, second.poll.entries_changed) == (2, 1, 0)
        site.on("/rss", body=rss(2, 3, text="other words"))
        third = await us.poll()
        assert (third.poll.outcome, third.poll.entries_new, third.poll.entries_changed) == ("new", 0, 2)
        site.on("/rss", body=rss(2, 3, text="other  words", head="<ttl>5</ttl>"))
        assert (await us.poll()).poll.outcome == "nothing_new"

    subscribed(site, work)


def test_an_entry_that_leads_to_another_page_has_changed(site: Loopback) -> None:
    async def work(us: Subscriber) -> None:
        site.on("/rss", body=rss(*range(8)))
        await us.poll()
        site.on("/rss", body=rss(*range(8)).replace(b"news.example/7", b"news.example/briefing-2"))
        second = await us.poll()
        assert [entry.url for entry in second.entries] == ["https://news.example/briefing-2"]
        assert (second.poll.entries_new, second.poll.entries_changed) == (0, 1)

    subscribed(site, work)


def test_links_that_all_change_at_once_are_no_change(site: Loopback) -> None:
    async def work(us: Subscriber) -> None:
        site.on("/rss", body=rss(*range(8)))
        await us.poll()
        site.on("/rss", body=rss(*range(8)).replace(b"news.example/", b"www.news.example/"))
        assert (await us.poll()).poll.outcome == "nothing_new"

    subscribed(site, work)


def test_guids_that_change_make_no_new_entries(site: Loopback) -> None:
    async def work(us: Subscriber) -> None:
        site.on("/rss", body=rss(*range(10)))
        await us.poll()
        site.on("/rss", body=rss(*range(1, 11), guid="other-{}"))
        result = await us.poll()
        assert [entry.title for entry in result.entries] == ["Title 10"]
        assert (us.memory.rule, us.state.health) == ("link", ("fallback_rule",))
        site.on("/rss", body=rss(*range(2, 12), guid="third-{}"))
        assert [entry.title for entry in (await us.poll()).entries] == ["Title 11"]

    subscribed(site, work)


def test_an_entry_at_a_cut_end_waits_until_it_is_seen_again(site: Loopback) -> None:
    whole = rss(1, 2)
    cut = whole[: whole.rindex(b"words")]

    async def work(us: Subscriber) -> None:
        site.on("/rss", body=cut, headers={"ETag": '"2"'})
        first = await us.poll()
        assert [entry.title for entry in first.entries] == ["Title 1"]
        assert us.state.etag is None, "what was cut is asked for again"
        site.on("/rss", body=whole, headers={"ETag": '"2"'})
        second = await us.poll()
        assert [(entry.title, entry.summary) for entry in second.entries] == [("Title 2", "words")]

    subscribed(site, work)
    site.on("/rss", body=cut)

    async def always_cut(us: Subscriber) -> None:
        await us.poll()
        assert [entry.title for entry in (await us.poll()).entries] == ["Title 2"]
        assert (await us.poll()).poll.entries_new == 0

    subscribed(site, always_cut)


def test_a_list_that_turned_over_raises_the_gap_alarm(site: Loopback) -> None:
    async def work(us: Subscriber) -> None:
        site.on("/rss", body=rss(*range(80, 90)), headers={"ETag": '"1"'})
        await us.poll()
        assert not us.state.health
        site.on("/rss", body=rss(*range(90, 100)), headers={"ETag": '"2"'})
        await us.poll()
        assert us.state.health == ("gap",)
        assert us.state.interval < HOUR / 2, "and it is polled more often"

    subscribed(site, work)


def test_the_same_bytes_twice_are_not_parsed_twice(site: Loopback) -> None:
    site.on("/rss", body=rss(1))

    async def work(us: Subscriber) -> None:
        await us.poll()
        assert (await us.poll()).poll.outcome == "unchanged"
        assert len(us.asked) == 1

    subscribed(site, work)


# Failures


@pytest.mark.parametrize(
    ("status", "headers", "body", "outcome", "weight"),
    [
        (404, {}, b"", "not_found", 0.5),
        (410, {}, b"", "gone_once", 0.5),
        (401, {}, b"", "forbidden", 1),
        (402, {}, b"", "forbidden", 1),
        (403, {}, b"", "forbidden", 1),
        (403, {"cf-mitigated": "challenge"}, b"", "challenge", 1),
        (200, {"cf-mitigated": "challenge"}, b"<html>", "challenge", 1),
        (400, {}, b"", "bad_status", 1),
        (451, {}, b"", "bad_status", 1),
        (300, {}, b"", "bad_status", 1),
        (301, {}, b"", "bad_status", 1),
        (304, {}, b"", "bad_status", 1),
        (408, {}, b"", "server_error", 0.5),
        (500, {}, b"", "server_error", 0.5),
        (503, {}, b"", "server_error", 0.5),
        (503, {"Retry-After": "60"}, b"", "unavailable", 0),
        (429, {}, b"", "rate_limited", 0),
        (204, {}, b"", "no_content", 0.5),
        (206, {}, b"x", "no_content", 0.5),
        (200, {}, b"", "empty", 0.5),
        (200, {}, b"<!doctype html><html>", "html", 0.5),
        (200, {}, b"hello", "not_a_feed", 0.5),
        (200, {}, b'<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;">]><rss/>', "bomb", 1),
    ],
)
def test_failures(
    site: Loopback, status: int, headers: dict[str, str], body: bytes, outcome: str, weight: float
) -> None:
    site.on("/rss", status=status, headers=headers, body=body)

    async def work(us: Subscriber) -> None:
        result = await us.poll()
        assert (result.poll.outcome, result.state.error_weight, result.state.failures) == (outcome, weight, 1)
        assert us.feed.url in result.poll.error and "\n" not in result.poll.error
        site.on("/rss", body=rss(1))
        await us.poll(START + 31 * DAY)
        assert (us.state.error_weight, us.state.failures, us.state.last_error) == (0, 0, "")

    subscribed(site, work)


def test_retry_after_is_obeyed_and_holds_the_site(site: Loopback) -> None:
    date, later = START - 3 * DAY, START - 3 * DAY + 2 * HOUR  # by the server's own clock
    site.on("/rss", status=429, headers={"Date": format_datetime(date), "Retry-After": format_datetime(later)})

    async def work(us: Subscriber) -> None:
        other = Subscriber(site.url("/other"), us.sandbox)
        async with client() as opened:
            result = await us.poll_with(opened, START)
            held = await other.poll_with(opened, START)
        assert 2 * HOUR <= us.state.due_at - START < 2 * HOUR + MINUTE
        assert result.poll.next_reason == "Retry-After: 7200 s"
        assert (held.poll.outcome, other.state.failures) == ("held", 0)
        assert other.state.due_at - START > HOUR
        assert (other.state.last_outcome, other.state.last_error, other.state.last_polled_at) == ("", "", None)

    subscribed(site, work)


def test_while_a_site_is_left_alone_what_its_feed_last_answered_stands(site: Loopback) -> None:
    site.on("/rss", status=429, headers={"Retry-After": "600"})

    async def work(us: Subscriber) -> None:
        async with client() as opened:
            await us.poll_with(opened, START)
            refused = us.state
            again = await us.poll_with(opened, START)
        assert again.poll.outcome == "held"
        assert us.state.last_outcome == "rate_limited"
        assert "answered 429" in us.state.last_error and "host_gap_seconds" in us.state.last_error
        assert replace(us.state, due_at=refused.due_at, due_reason=refused.due_reason) == refused
        assert us.state.due_reason.startswith("the site's pause: ")

    subscribed(site, work)
    assert len(site.requests) == 1
    assert site.asked("/other") == []


def test_429_without_a_word_doubles_up_to_six_hours(site: Loopback) -> None:
    site.on("/rss", status=429)

    async def waits(us: Subscriber) -> list[float]:
        found = []
        for _ in range(6):
            before = us.state.due_at
            await us.poll()
            found.append(round((us.state.due_at - before) / HOUR, 2))
        return found

    async def work(us: Subscriber) -> None:
        assert await waits(us) == [0.5, 1, 2, 4, 6, 6]

    subscribed(site, work)


def test_410_is_believed_after_a_day_and_a_feed_that_comes_back_is_polled_again(site: Loopback) -> None:
    async def work(us: Subscriber) -> None:
        site.on("/rss", body=rss(1))
        await us.poll()
        site.on("/rss", status=410)
        while "gone" not in us.state.health:
            assert (await us.poll()).poll.outcome in ("gone_once", "gone")
        assert us.state.last_polled_at and us.state.last_polled_at - START > DAY
        assert us.state.due_at - us.state.last_polled_at >= 30 * DAY
        site.on("/rss", body=rss(1, 2))
        await us.poll()
        assert (us.state.health, us.state.last_outcome) == ((), "new")
        assert us.state.due_at - us.state.last_polled_at < DAY

    subscribed(site, work)


def test_back_off_grows_is_bounded_and_never_ends_a_feed(site: Loopback) -> None:
    site.on("/rss", status=500)

    async def work(us: Subscriber) -> None:
        waits = []
        for _ in range(40):
            before = us.state.due_at
            await us.poll()
            waits.append(us.state.due_at - before)
        assert waits[0] < 2 * HOUR
        assert max(waits[:19]) <= 1.1 * DAY + MINUTE
        assert max(waits) <= 1.1 * 7 * DAY + MINUTE
        assert us.state.health == ("failing",)
        site.on("/rss", body=rss(1))
        await us.poll()
        assert us.state.due_at - us.state.last_success_at < 7 * HOUR  # type: ignore[operator]

    subscribed(site, work)


# Redirects


def test_a_move_is_believed_only_after_proof(site: Loopback) -> None:
    site.on("/rss", status=301, headers={"Location": "/moved"})

    async def work(us: Subscriber) -> None:
        for number in range(90, 100):
            site.on("/moved", body=rss(number - 1, number, every=4 * HOUR), headers={"ETag": f'"{number}"'})
            await us.poll(START + (DAY + MINUTE) * (number - 90))
            assert bool(us.memory.address) == (number - 90 >= 7)
        site.requests.clear()
        await us.poll(START + 11 * DAY)
        assert [request.path for request in site.requests] == ["/moved"]
        assert us.state.url == us.feed.url
        site.on("/moved", status=404)
        for day in range(12, 15):
            await us.poll(START + day * DAY)
        assert us.memory.address == "", "a new address that fails is given up for the old one"
        assert us.state.etag is None, "and what it said of itself with it"

    subscribed(site, work)


def test_https_in_place_of_http_is_believed_at_once() -> None:
    secure = URL.replace("http:", "https:")
    plain = secure.replace("https:", "http:")

    def through(*hops: Hop) -> Memory:
        answer = Answer(200, (), b"", hops, 0, 0.1, 0.1, 0.0)
        feed = Feed(plain)
        attempt = Attempt(feed, new_state(feed, START), request_of(feed, new_state(feed, START), START), START, answer)
        return Memory.of(attempt.unchanged(START).state)

    assert through(Hop(plain, 301), Hop(secure, 200)).address == secure
    assert through(Hop(plain, 302), Hop(secure, 200)).address == ""
    assert through(Hop(plain, 301), Hop(secure + "/other", 200)).address == ""


def test_a_move_to_something_else_is_never_believed(site: Loopback) -> None:
    async def work(us: Subscriber) -> None:
        site.on("/rss", body=rss(1, 2))
        await us.poll(START)
        site.on("/rss", status=301, headers={"Location": "/parked"})
        for day in range(1, 15):
            site.on("/parked", body=rss(500 + day, guid=f"parked-{day}-{{}}"))
            await us.poll(START + day * DAY)
        assert us.memory.address == ""
        assert "moved" in us.state.health

    subscribed(site, work)


def test_a_move_into_another_subscription_is_shown_not_followed(site: Loopback) -> None:
    site.on("/rss", status=301, headers={"Location": "/moved"})
    site.on("/moved", body=rss(*range(10)))

    async def work(us: Subscriber) -> None:
        us.subscribed = {us.feed.url, site.url("/moved")}
        for day in range(9):
            await us.poll(START + day * DAY)
        assert us.memory.address == ""
        assert "moved" in us.state.health

    subscribed(site, work)


def test_a_temporary_redirect_is_never_saved(site: Loopback) -> None:
    site.on("/rss", status=302, headers={"Location": "/elsewhere"})
    site.on("/elsewhere", body=rss(1), headers={"ETag": '"1"'}, validate=True)

    async def work(us: Subscriber) -> None:
        for day in range(12):
            await us.poll(START + day * DAY)
        assert us.memory == replace(us.memory, address="", moved_to="")

    subscribed(site, work)


# Rhythm, as pure decisions


def of(**memory: Any) -> Memory:
    return Memory(**memory)


@pytest.mark.parametrize(
    ("memory", "least", "most", "reason"),
    [
        (of(), 60, 66, "rhythm not known yet"),
        (of(rate=1.0), 30, 33, "rhythm: 1 entries an hour"),
        (of(rate=60.0), 10, 11, "rhythm: 60 entries an hour"),
        (of(rate=0.01), 360, 396, "rhythm: 0.24 entries a day"),
        (of(rate=0.0), 360, 396, "rhythm: 0 entries a day"),
        (of(rate=1.0, max_age=3600.0), 60, 66, "max-age 3600 s"),
        (of(rate=1.0, max_age=600.0), 30, 33, "rhythm: 1 entries an hour"),
        (of(rate=1.0, max_age=1e9), 1440, 1584, "max-age 1000000000 s"),
        (of(rate=1.0, ttl=7200.0), 120, 132, "ttl 120 min"),
        (of(rate=1.0, update_period=7200.0), 120, 132, "updated every 2 h"),
        (of(rate=10.0, ttl=86400.0, links={str(n): "" for n in range(20)}), 60, 66, "ttl 1440 min"),
        (of(rate=60.0, plain=True), 60, 66, "the server does not answer 304"),
        (of(rate=60.0, ignored=3), 60, 66, "the server does not answer 304"),
        (of(rate=1.0, skip_hours=[12, 13, 14]), 180, 180, "rhythm: 1 entries an hour; skipHours or skipDays"),
        (of(rate=1.0, skip_days=[6]), 390, 396, "rhythm: 1 entries an hour; skipHours or skipDays"),
        (of(rate=1.0, skip_hours=list(range(24))), 30, 33, "rhythm: 1 entries an hour"),
    ],
)
def test_the_next_poll(memory: Memory, least: float, most: float, reason: str) -> None:
    due, _, why = next_due(URL, memory, START)
    assert least <= (due - START) / MINUTE <= most
    assert why == reason


@given(
    st.floats(0, 1e6) | st.none(),
    st.floats(0, 1e9),
    st.floats(0, 1e9),
    st.lists(st.integers(0, 23)),
    st.lists(st.integers(0, 6)),
    st.integers(0, 10**7),
)
def test_no_feed_is_polled_too_early_or_forgotten(
    rate: float | None, max_age: float, ttl: float, hours: list[int], days: list[int], seconds: int
) -> None:
    now = START + timedelta(seconds=seconds)
    memory = of(rate=rate, max_age=max_age, ttl=ttl, skip_hours=hours, skip_days=days)
    due, _, reason = next_due(URL, memory, now)
    assert now + max(10 * MINUTE, timedelta(seconds=min(max_age, 86400))) <= due <= now + 1.1 * DAY + 6 * HOUR
    assert reason


@given(st.floats(0, 1000), st.sampled_from(sorted(OUTCOMES)), st.integers(1, 1000), st.integers(10, 360))
def test_every_failure_is_tried_again(weight: float, outcome: str, limited: int, minutes: int) -> None:
    state = FeedState(URL, START, interval=minutes * MINUTE, error_weight=weight)
    due, reason = due_after_failure(state, of(limited=limited), outcome, START)
    assert START < due <= START + 31 * DAY
    assert reason


def test_a_tick_does_not_double_the_interval() -> None:
    state = FeedState(
        URL, due_at=START + 5 * MINUTE, last_success_at=START - HOUR, last_outcome="new", last_polled_at=START - HOUR
    )
    assert not is_due(state, START)
    assert is_due(state, START, tick=15 * MINUTE)
    assert not is_due(replace(state, due_at=START + 8 * MINUTE), START, tick=15 * MINUTE)


@pytest.mark.parametrize(
    "asked, outcome, due",
    [
        ({"max_age": 3600.0}, "unchanged", True),
        ({"max_age": 3660.0}, "unchanged", False),
        ({"ttl": 3660.0}, "unchanged", False),
        ({"skip_hours": [12]}, "unchanged", False),
        ({}, "unavailable", False),
        ({}, "held", False),
    ],
)
def test_a_tick_never_polls_earlier_than_was_asked(asked: dict[str, Any], outcome: str, due: bool) -> None:
    before = START - HOUR
    state = FeedState(URL, START + MINUTE, memory=of(**asked).stored(), last_outcome=outcome, last_success_at=before)
    assert is_due(state, START, tick=15 * MINUTE) == due


def test_a_clock_put_back_delays_no_feed() -> None:
    assert is_due(FeedState(URL, START + DAY, last_polled_at=START + MINUTE), START)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": 'private, Max-Age="600"', "expires": "0"}, 600),
        ({"cache-control": "max-age=600", "age": "100"}, 500),
        ({"cache-control": "no-cache, max-age=600"}, 0),
        ({"cache-control": "no-store"}, 0),
        ({"cache-control": "max-age=-1"}, None),
        ({"expires": "Sun, 22 Nov 2026 13:00:00 GMT", "date": "Sun, 22 Nov 2026 12:30:00 GMT"}, 1800),
        ({"expires": "Sun, 22 Nov 2026 13:00:00 GMT"}, 3600),
        ({"expires": "0"}, 0),
        ({"expires": "Sun, 22 Nov 2020 13:00:00 GMT"}, 0),
    ],
)
def test_freshness(headers: dict[str, str], seconds: float | None) -> None:
    found = freshness(headers, START)
    assert (found.total_seconds() if found is not None else None) == seconds


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("Sun, 22 Nov 2026 13:00:00 GMT", 3600),
        ("9" * 30, 7 * 86400),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    found = retry_after({"retry-after": value}, START)
    assert (found.total_seconds() if found is not None else None) == seconds


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_header_is_survived(control: str, expires: str, after: str) -> None:
    headers = {"cache-control": control, "expires": expires, "retry-after": after, "date": after, "age": control}
    for found in (freshness(headers, START), retry_after(headers, START)):
        assert found is None or found >= timedelta()


def test_health() -> None:
    def shown(memory: Memory, **state: Any) -> tuple[str, ...]:
        return health(FeedState(URL, START, memory=memory.stored(), **state), START)

    fine = {"last_success_at": START - HOUR, "last_new_at": START - HOUR}
    assert shown(of(), **fine) == ()
    assert shown(of(usual=1.0), **fine | {"last_new_at": START - 4 * DAY}) == ("silent",)
    assert shown(of(usual=0.05), **fine | {"last_new_at": START - 4 * DAY}) == ()
    assert shown(of(seconds=12.0), **fine) == ("slow",)
    assert shown(of(bad_dates=True, rule="link"), **fine) == ("stale_date", "fallback_rule")
    assert shown(of(gap_at=(START - DAY).isoformat()), **fine) == ("gap",)
    assert shown(of(), failures=3, last_success_at=START - 2 * DAY) == ("failing",)
    assert shown(of(), failures=1, last_success_at=START - HOUR) == ()
    assert (shown(of(), failures=2), shown(of(), failures=3)) == ((), ("failing",))
    assert shown(of(gone=True), failures=3) == ("gone",)


def test_memory_is_json_and_comes_back() -> None:
    memory = of(rate=1.5, links={"a": "b"}, skip_hours=[1, 2], gone=True)
    stored = json.loads(json.dumps(memory.stored()))
    assert Memory.of(FeedState(URL, START, memory={**stored, "from a later version": 1})) == memory
    assert of().stored() == {}


def test_one_article_keeps_its_key_when_its_guid_changes_but_two_articles_stay_two() -> None:
    entry = Entry(URL, "new-key", "https://news.example/1")
    links = {_short(entry.url): "old-key"}
    assert identified([entry], links, {"old-key": ""})[0][0].key == "old-key"
    assert identified([entry], links, {"old-key": "", "new-key": ""})[0][0].key == "new-key"
    both = [entry, replace(entry, key="third-key")]
    assert [each.key for each in identified(both, links, {"old-key": ""})[0]] == ["new-key", "third-key"]


@pytest.mark.parametrize("usual", [None, 0.0, 0.01])
def test_a_slow_feed_is_asked_in_full_once_a_week(usual: float | None) -> None:
    memory = of(usual=usual, last_full=START.isoformat())
    state = FeedState(URL, START, etag=b'"constant"', last_outcome="not_modified", memory=memory.stored())
    assert [bool(request_of(Feed(URL), state, START + days * DAY).headers) for days in (2, 6, 8)] == [True, True, False]


def test_what_a_clock_far_ahead_put_off_is_due() -> None:
    state = FeedState(URL, START + 300 * DAY, last_polled_at=START - DAY)
    assert is_due(state, START)
    assert not is_due(replace(state, due_at=START + 7 * DAY), START)
    gone = replace(state, due_at=START + 30 * DAY, memory=of(gone=True).stored())
    assert not is_due(gone, START)


def test_a_request_is_made_of_what_is_known() -> None:
    state = FeedState(URL, START, etag=b'"1"', last_modified=b"then", last_outcome="not_modified")
    assert request_of(Feed(URL), state, START).headers.keys() == {"If-None-Match", "If-Modified-Since", "A-IM"}
    doubted = replace(state, memory=of(last_full=(START - 2 * DAY).isoformat(), usual=1.0).stored())
    assert request_of(Feed(URL), doubted, START).headers == {}
    slow = replace(state, memory=of(last_full=(START - 2 * DAY).isoformat(), usual=0.01).stored())
    assert request_of(Feed(URL), slow, START).headers
    moved = replace(state, memory=of(address="https://news.example/feed").stored())
    assert request_of(Feed(URL), moved, START).url == "https://news.example/feed"


# Many feeds


def test_feeds_take_turns_by_site_the_most_overdue_first() -> None:
    urls = ["https://a.example.com/1", "https://b.example.com/2", "https://other.org/3", "https://other.org/4"]
    due = [(Feed(url), FeedState(url, START + number * MINUTE)) for number, url in enumerate(urls)]
    assert [feed.url[-1] for feed, _ in in_turns(reversed(due))] == ["1", "3", "2", "4"]


def test_our_own_outage_is_told_from_theirs() -> None:
    up = {f"up{number}.example": True for number in range(3)}
    down = {f"down{number}.example": False for number in range(3)}
    assert not own_network_down(up | down)
    assert own_network_down(up | down | {"one.more": False})
    assert not own_network_down(down), "too few sites to tell"


def polled(feeds: list[str], known: Known = lambda keys: {}, **options: Any) -> dict[str, PollResult]:
    async def run(sandbox: Sandbox) -> dict[str, PollResult]:
        due = [(Feed(url), new_state(Feed(url), START)) for url in feeds]
        async with client(**options) as opened:
            results = poll_all(opened, due, START, known, sandbox=sandbox)
            return {result.poll.feed_url: result async for result in results}

    with Sandbox() as sandbox:
        return asyncio.run(run(sandbox))


@pytest.mark.parametrize("held_bytes", [10**9, 1])
def test_the_warehouse_is_asked_for_what_many_documents_hold_at_once(
    site: Loopback, held_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "HELD_BYTES", held_bytes)
    for number in range(3):
        site.on(f"/{number}", body=rss(number, 50 + number))
    asked: list[dict[str, Collection[str]]] = []

    def known(keys: Mapping[str, Collection[str]]) -> Mapping[str, Shown]:
        asked.append(dict(keys))
        return {url: {min(each): ("other words", "")} for url, each in keys.items()}

    found = polled([site.url(f"/{number}") for number in range(3)], known)
    assert len(asked) == (1 if held_bytes > 1 else 3)
    assert sorted(url for keys in asked for url in keys) == sorted(found)
    assert all(len(each) == 2 for keys in asked for each in keys.values())
    assert {(each.poll.entries_new, each.poll.entries_changed) for each in found.values()} == {(1, 1)}


async def nowhere(host: str, port: int) -> list[str]:
    if host == "127.0.0.1":
        return [host]
    raise socket.gaierror(socket.EAI_AGAIN, "no")


def test_an_outage_of_ours_counts_against_no_feed(site: Loopback) -> None:
    site.on("/rss", body=rss(1))
    dead = [f"https://news{number}.org/rss" for number in range(6)]
    found = polled([site.url("/rss"), *dead], resolve=nowhere)
    assert found[site.url("/rss")].poll.outcome == "new"
    for url in dead:
        assert (found[url].poll.outcome, found[url].state.failures, found[url].state.error_weight) == (
            "own_network",
            0,
            0,
        )
    alone = polled(dead[:1], resolve=nowhere)[dead[0]]
    assert (alone.poll.outcome, alone.state.failures, alone.state.error_weight) == ("dns_temp", 1, 0.25)


def test_a_bad_feed_does_not_hold_up_the_others(site: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "HELD_BYTES", 1)  # each result is given as it comes
    with Loopback("127.0.0.2") as other:
        other.on("/drip", reply=lambda exchange: exchange.drip(b"x" * 10_000, every=0.2))
        site.on("/deep", body=b"<rss version='2.0'><channel>" + b"<a>" * 30_000)
        site.on_gzip("/bomb", bytes(40_000_000))
        for number in range(30):
            site.on(f"/{number}", body=rss(number))
        feeds = [other.url("/drip", "127.0.0.2"), site.url("/deep"), site.url("/bomb")]
        feeds += [site.url(f"/{number}") for number in range(30)]
        order: list[str] = []

        async def run(sandbox: Sandbox) -> None:
            due = [(Feed(url), new_state(Feed(url), START)) for url in feeds]
            async with client(allow_private_hosts={"127.0.0.1", "127.0.0.2"}) as opened:
                async for result in poll_all(opened, due, START, lambda keys: {}, sandbox=sandbox):
                    order.append(f"{result.poll.feed_url.rpartition('/')[2]} {result.poll.outcome}")
                    if len(order) == 32:
                        other.close()

        with Sandbox() as sandbox:
            asyncio.run(run(sandbox))
    assert sorted(order[:32]) == sorted(
        ["bomb bomb", f"deep {_deep(order)}", *(f"{number} new" for number in range(30))]
    )
    assert order[32].startswith("drip")


def _deep(order: list[str]) -> str:
    (outcome,) = {line.partition(" ")[2] for line in order if line.startswith("deep")}
    assert outcome in ("parse", "parse_timeout", "nothing_new", "not_a_feed")
    return outcome


# Check and discover


def test_check_explains_a_feed(site: Loopback) -> None:
    site.on("/rss", body=rss(*range(10), head="<ttl>90</ttl>"), headers={"ETag": '"1"'})

    async def run() -> list[discovery.CheckReport]:
        async with client() as opened:
            return await discovery.check_all(opened, [site.url("/rss"), site.url("/none")], START)

    good, bad = asyncio.run(run())
    assert good.ok and not bad.ok
    assert good.feed.title == "News"
    for part in ("10 exact", "ETag", "ttl 90 min", "Title 3", "next poll", "known by their guid"):
        assert part in good.text()
    assert "404" in bad.line() and "feeds discover" in bad.text()


def test_addresses_that_can_be_none_hide_no_feed() -> None:
    page = b'<base href="http://[b/"><a href="http://[x/rss.xml">RSS</a> <a href="/feed.xml">RSS</a>'
    found = discovery.feeds_of_page(
        page, url="https://news.example/", headers={"link": "<//[y>; rel=alternate; rss+xml"}
    )
    assert found == ["https://news.example/feed.xml"]


def test_discover(site: Loopback) -> None:
    page = b"""<html><head><base href="/dir/"><link rel="alternate" type="application/rss+xml" href="rss">
    <link rel="stylesheet" href="feed.css"></head><a href="/feeds/all.xml">RSS</a> <a href="/brass">no</a></html>"""
    site.on(
        "/", body=page, headers={"Link": '</head.xml>; rel="alternate"; type="application/atom+xml", <x>; rel=next'}
    )
    for path in ("/head.xml", "/dir/rss"):
        site.on(path, body=rss(1))
    site.on("/feeds/all.xml", body=b"%PDF-1.7 our policy on feeds")
    site.on("/bare", body=b"<html>nothing")
    site.on("/feed", body=rss(1))
    site.on("/rss.xml", body=b"<html>")

    async def run() -> list[tuple[list[str], list[str]]]:
        async with client() as opened:
            return [await discovery.discover(opened, site.url(path)) for path in ("/", "/bare", "/feed")]

    named, common, itself = asyncio.run(run())
    assert named == ([site.url(path) for path in ("/head.xml", "/dir/rss")], [])
    assert len(site.asked("/feeds/all.xml")) == 1, "asked, but no feed"
    assert common == itself == ([site.url("/feed")], [])
