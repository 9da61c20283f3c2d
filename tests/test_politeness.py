"""A week in the life of forty feeds of different manners, in simulated time: were we polite, and did we miss anything?

The server notes each request with the simulated time and judges it by what it told us before: lifetimes, Retry-After,
validators. The poller is the real one, over real connections; only the clock is ours.
"""

from __future__ import annotations

import asyncio
import heapq
import ssl
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from extractors.records import Feed
from flows.http import Client
from flows.outcomes import SUCCESSES
from flows.polling import new_state, poll_all
from flows.sandbox import Sandbox
from tests.loopback import Exchange, Loopback

START = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
MANNERS = (
    "etag and max-age",
    "last-modified",
    "nothing",
    "expires",
    "ttl",
    "429 with date",
    "503 with seconds",
    "etag changes though the body does not",
    "500 for some hours",
    "skips hours",
)
RATES = (0.02, 0.3, 1.0, 3.0)
LENGTH = 25


@dataclass
class Publisher:
    """A feed that publishes at a steady rate, and remembers what it told its only reader."""

    number: int
    rate: float  # entries an hour
    now: datetime = START
    quiet_until: datetime = START  # by lifetimes or Retry-After
    told: tuple[str, str] | None = None  # ETag and Last-Modified of the last answer that had them
    reads: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def manner(self) -> str:
        return MANNERS[self.number % len(MANNERS)]

    @property
    def newest(self) -> int:
        return LENGTH + int((self.now - START) / HOUR * self.rate)

    def written_at(self, entry: int) -> datetime:
        return START + HOUR * ((entry - LENGTH) / self.rate)

    def answer(self, exchange: Exchange) -> None:
        asked = exchange.request.headers
        sent = (asked.get("if-none-match", ""), asked.get("if-modified-since", ""))
        self.reads += 1
        if self.now < self.quiet_until:
            self.faults.append(f"{self.now}: asked before {self.quiet_until}")
        if self.told and not any(sent):
            self.faults.append(f"{self.now}: asked without the validators {self.told}")
        if any(sent) and sent != self.told:
            self.faults.append(f"{self.now}: sent {sent}, but was told {self.told}")
        hours = (self.now - START) / HOUR
        ill = 30 <= hours < 36 or 100 <= hours < 102
        date = {"Date": format_datetime(self.now, usegmt=True)}
        if ill and self.manner == "429 with date":
            self.quiet_until = self.now.replace(microsecond=0) + 2 * HOUR
            exchange.send(429, headers={**date, "Retry-After": format_datetime(self.quiet_until, usegmt=True)})
            return
        if ill and self.manner == "503 with seconds":
            self.quiet_until = self.now + timedelta(seconds=5400)
            exchange.send(503, headers={**date, "Retry-After": "5400"})
            return
        if ill and self.manner == "500 for some hours":
            exchange.send(500)
            return
        tag, modified, headers = f'"{self.newest}"', format_datetime(self.written_at(self.newest), usegmt=True), date
        if self.manner == "etag changes though the body does not":
            tag = f'"{self.newest}-{self.reads}"'
        if self.manner == "etag and max-age":
            headers = {**headers, "Cache-Control": "public, max-age=1800"}
            self.quiet_until = self.now + HOUR / 2
        if self.manner == "expires":
            self.quiet_until = self.now.replace(microsecond=0) + 2 * HOUR
            headers = {**headers, "Expires": format_datetime(self.quiet_until, usegmt=True)}
        if self.manner == "last-modified":
            tag = ""
        if self.manner == "nothing":
            tag = modified = ""
        headers |= {name: value for name, value in (("ETag", tag), ("Last-Modified", modified)) if value}
        same = bool(self.told) and sent == self.told == (tag, modified)
        self.told = (tag, modified) if tag or modified else None
        if same:
            exchange.start(304, headers)
        else:
            exchange.send(200, self.document(), headers)

    def document(self) -> bytes:
        head = "<ttl>120</ttl>" if self.manner == "ttl" else ""
        if self.manner == "skips hours":
            head = "<skipHours>" + "".join(f"<hour>{hour}</hour>" for hour in range(5)) + "</skipHours>"
        items = "".join(
            f"<item><title>{number}</title><guid>https://news.example/{number}</guid>"
            f"<pubDate>{format_datetime(self.written_at(number))}</pubDate></item>"
            for number in range(self.newest, self.newest - LENGTH, -1)
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


async def live(publishers: list[Publisher], site: Loopback, until: datetime) -> dict[int, set[str]]:
    """Poll every feed whenever it is due. Gives the titles that were received."""
    now = START

    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    received: dict[int, set[str]] = {publisher.number: set() for publisher in publishers}
    known: dict[str, dict[str, tuple[str, str]]] = {}
    hosts = {f"news{publisher.number}.example" for publisher in publishers}
    feeds = [Feed(site.url(f"/{number}", host=f"news{number}.example")) for number in range(len(publishers))]
    states = [new_state(feed, START) for feed in feeds]
    queue = [(START, number) for number in range(len(feeds))]
    client = Client(
        allow_private_hosts=hosts,
        resolve=resolve,
        clock=lambda: (now - START).total_seconds(),
        tls=ssl.create_default_context(),
    )
    with Sandbox() as sandbox:
        async with client:
            while queue[0][0] < until:
                now, number = heapq.heappop(queue)
                publishers[number].now = now
                feed, ours = feeds[number], known.setdefault(feeds[number].url, {})
                polled = poll_all(client, [(feed, states[number])], now, lambda keys: known, sandbox=sandbox)
                [result] = [result async for result in polled]
                # "held": on a slow machine the poll's own seconds pass, and the client's clock stands still meanwhile.
                expected = {*SUCCESSES, "rate_limited", "unavailable", "server_error", "held"}
                assert result.poll.outcome in expected, result.poll
                ours.update({entry.key: (entry.content_hash, entry.url) for entry in result.entries})
                for entry in result.entries:
                    assert entry.title not in received[number], "an entry came twice"
                    received[number].add(entry.title)
                assert "gap" not in result.state.health, (publishers[number].manner, result)
                states[number] = result.state
                heapq.heappush(queue, (result.state.due_at, number))
    return received


@pytest.mark.parametrize(
    ("days", "rates"),
    [
        pytest.param(2, (1.0,), id="two days of ten feeds"),
        pytest.param(7, RATES, id="a week of forty", marks=pytest.mark.long),
    ],
)
def test_polite_and_complete(days: int, rates: tuple[float, ...]) -> None:
    until = START + timedelta(days=days)
    everyone = [Publisher(number, rates[number // len(MANNERS)]) for number in range(len(MANNERS) * len(rates))]
    with Loopback() as site:
        for publisher in everyone:
            site.on(f"/{publisher.number}", reply=publisher.answer)
        received = asyncio.run(live(everyone, site, until))
    for publisher in everyone:
        assert publisher.faults == [], publisher.manner
        # What was written half a day before the end, and stood in the list, must have been seen.
        last = replace(publisher, now=until - HOUR * 12).newest
        missed = {str(number) for number in range(1, last + 1)} - received[publisher.number]
        assert not missed, (publisher.manner, publisher.number, missed)
    reads = sum(publisher.reads for publisher in everyone)
    assert reads / len(everyone) / days <= 48, "no oftener than every half hour on average"
