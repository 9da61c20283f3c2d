"""Reading story pages: from an entry to its story, or to the reason why there is none.

A page is read once, and again after 6 and 48 hours, because statements get corrected. What fails is tried again with
growing pauses. Which of these is due is said by pure functions; the queue itself is the warehouse's.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from time import perf_counter
from uuid import UUID

from extractors.dates import local_day
from extractors.errors import FetchError, InputError
from extractors.links import site_of
from extractors.outlets import outlet_of
from extractors.pages import Page, full_text, read_page
from extractors.records import Entry, Extraction, Feed, Fetch, Reading, StoredReading, Story, StoryKind, story_id
from flows.http import PAGE, Answer, Client
from flows.outcomes import refusal
from flows.rhythm import LIMITED_FIRST, pause_after_429, retry_after
from flows.robots import AGENT, Robots
from storage.bodies import packed
from storage.rows import Held

ENOUGH = 1_200
"""Characters of full text in the feed from which the page is not fetched."""

CORRECTIONS = (timedelta(hours=6), timedelta(hours=48))
"""When a page is read again, counted from the first reading."""

RETRIES = (timedelta(minutes=30), timedelta(hours=2), timedelta(hours=8), timedelta(hours=24))
"""Pauses after failures that are likely to pass."""

HARD_RETRIES = (timedelta(hours=6), timedelta(hours=24))
"""Pauses after failures that seldom pass: a page may be published after its feed."""

HARD = frozenset(
    {
        *("bad_url", "tls", "ssrf_refused", "downgrade", "redirects", "too_large", "bomb"),
        *("not_found", "gone", "forbidden", "challenge", "bad_status", "not_html", "unreadable", "empty", "deadly"),
    }
)
VALUED = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
"""Rules of X-Robots-Tag with a value after a colon; any other word before one names a robot."""

PAGES = frozenset({"", "text/html", "application/xhtml+xml", "text/plain", "application/xml"})
"""Content types of pages."""

DAILY_RETRIES = (timedelta(hours=24),) * 3
"""Pauses while a host's robots.txt fails: it is asked for once a day."""

READ = frozenset({"read", "feed_text", *(kind.value for kind in StoryKind if kind is not StoryKind.STORY)})
"""Outcomes of pages that were read, whatever they turned out to be."""

WITHDRAWN = frozenset({"not_found", "gone"})
"""What a page answers, each time it is asked again, whose story was taken down."""

NEVER = frozenset({"robots", "no_url"})
REFUSALS = {
    "robots": "its robots.txt asks us not to read it",
    "robots_unavailable": "its host cannot say whether it may be read (robots.txt fails)",
}


async def read_all(
    client: Client,
    entries: Sequence[Entry],
    now: datetime,
    *,
    robots: Robots | None = None,
    feeds: Mapping[str, Feed] | None = None,
) -> list[Reading]:
    """Read the entries' pages; one reading for each, in order. Never raises for a page: its reading says what happened.

    ``feeds``: the subscriptions by URL, whose zones go first, and whose titles name outlets that are not listed.
    ``client`` paces the requests by site, so all are begun at once.
    """
    robots = robots or Robots()
    known = feeds or {}
    readings = await asyncio.gather(
        *(_read_safely(client, entry, now, robots=robots, feed=known.get(entry.feed_url)) for entry in entries)
    )
    robots.save(now)
    return list(readings)


async def _read_safely(client: Client, entry: Entry, now: datetime, *, robots: Robots, feed: Feed | None) -> Reading:
    """A page that nobody foresaw costs its own reading, and is tried again twice: it must not stop the others."""
    try:
        return await read(client, entry, now, robots=robots, feed=feed)
    except Exception as error:
        return unreadable(Reading(entry, Fetch(entry.url, now, ""), None), error)


def unreadable(reading: Reading, error: Exception) -> Reading:
    """The reading as one that failed, with the error's name."""
    message = f"{reading.entry.url}: {type(error).__name__}: {error}"
    return Reading(reading.entry, replace(reading.fetch, outcome="unreadable", error=message), None)


def with_own_addresses(
    readings: Sequence[Reading], stored: Callable[[Collection[UUID]], Mapping[UUID, Held]]
) -> list[Reading]:
    """The readings; where pages name one canonical address but hold different texts, that is a mistake of their
    site's template, and each story gets the address of its own entry.

    ``stored``: ids → those of these stories that are in the warehouse.
    """
    doubtful = [one for one in readings if one.story and one.entry.url and one.story.url != one.entry.url]
    if not doubtful:
        return list(readings)
    held = stored({id for one in doubtful if one.story for id in (one.story.id, story_id(one.entry.url))})
    texts: dict[UUID, dict[str, str]] = defaultdict(dict)
    for one in readings:
        if one.story and one.story.kind is not StoryKind.LIVE:  # the posts of a live page share it
            texts[one.story.id].setdefault(one.entry.url, one.story.text)
    return [_at_home(one) if one.story and _misled(one.entry, one.story, held, texts) else one for one in readings]


def _misled(entry: Entry, story: Story, held: Mapping[UUID, Held], texts: Mapping[UUID, Mapping[str, str]]) -> bool:
    """Is the address that a page gives its story that of another story? What was decided once stays so."""
    if not entry.url or story.url == entry.url or story.kind is StoryKind.LIVE:
        return False
    own, before = held.get(story_id(entry.url)), held.get(story.id)
    if own and entry.url in own.urls:
        return True
    if before and before.urls == {entry.url}:
        return False
    others = [text for url, text in texts[story.id].items() if url != entry.url]
    others += [before.text] if before and before.urls else []
    return not all(_same_text(text, story.text) for text in others)


def _same_text(one: str, other: str) -> bool:
    """Does at least half of the shorter text stand in the other too, line by line? An empty one is no other text."""
    here, there = set(one.split("\n")), set(other.split("\n"))
    return sum(map(len, here & there)) * 2 >= min(sum(map(len, here)), sum(map(len, there)))


def _at_home(reading: Reading) -> Reading:
    """The reading with its story at the entry's own address."""
    assert reading.story is not None
    url = reading.entry.url
    return replace(reading, story=replace(reading.story, id=story_id(url), url=url))


def deadly(entry: Entry, now: datetime) -> Reading:
    """The reading of a page at which runs have ended before it was booked: nobody fetches it."""
    reason = (
        "the runs that read this page ended over it (killed, or out of memory); put aside, tried again later, alone"
    )
    return _failed(entry, now, "deadly", f"{entry.url or entry.key}: {reason}")


async def read(client: Client, entry: Entry, now: datetime, *, robots: Robots, feed: Feed | None = None) -> Reading:
    """Read one entry's story: from the feed where it carries the whole text, else from its page.

    ``feed``: the subscription that brought it. ``Reading.fetch.outcome``: read, feed_text, teaser, consent,
    live, index, held, robots, robots_unavailable, no_url, not_html, unreadable, or one of flows.outcomes.OUTCOMES.
    """
    zone, name = (feed.time_zone if feed else "") or zone_of(entry), _name_by(feed, entry)
    text = full_text(entry.content)
    if len(text) >= ENOUGH:
        carried = entry.content.encode("utf-8", "replace")
        fetch = Fetch(entry.url, now, "feed_text", body_sha256=hashlib.sha256(carried).hexdigest())
        return Reading(entry, fetch, _story_of_feed(entry, text, zone, name), packed(carried))
    if not entry.url:
        return _failed(entry, now, "no_url", "the entry has no link")
    started = perf_counter()
    try:
        if refusal := await robots.refusal(client, entry.url, now):
            return _failed(entry, now, refusal, f"{entry.url}: {REFUSALS[refusal]}")
        answer = await client.get(entry.url, limits=PAGE)
    except FetchError as error:
        failed = _failed(entry, now, error.outcome, str(error), started=started)
        return replace(failed, not_before=now + client.held_for(entry.url)) if error.outcome == "held" else failed
    fetch = _fetched(entry, answer, now)
    outcome = outcome_of(answer)
    if outcome:
        wait = None
        if outcome == "rate_limited":
            wait = pause_after_429(answer.headers, now)
            client.hold(answer.final_url, wait.total_seconds())
        elif outcome == "unavailable":
            wait = retry_after(answer.headers, now)
        failed = Reading(entry, replace(fetch, outcome=outcome, error=f"{answer.final_url}: {answer.status}"), None)
        return replace(failed, not_before=now + wait if wait else None)
    try:
        # In a thread, so that a long page does not hold up the other requests' deadlines (measured: the loop waits
        # 0.2 s at most in place of 1 s, and 38 pages are done in two thirds of the time).
        page, body = await asyncio.to_thread(lambda: (_page(answer.body, fetch, entry, now, zone), packed(answer.body)))
    except InputError as error:
        return Reading(entry, replace(fetch, outcome="unreadable", error=str(error)), None)
    asked = robots_tag(answer)
    fetch = replace(
        fetch,
        outcome="read" if page.kind is StoryKind.STORY else page.kind.value,
        noindex=page.noindex or bool(asked & {"noindex", "none"}),
        noai=page.noai or "noai" in asked,
    )
    return Reading(entry, fetch, _story_of_page(entry, page, zone, name), body)


def _page(body: bytes, fetch: Fetch, entry: Entry, now: datetime, zone: str) -> Page:
    return read_page(body, url=fetch.final_url, content_type=fetch.content_type, entry=entry, now=now, time_zone=zone)


def reread(story: Story, fetch: Fetch, body: bytes) -> Story:
    """A stored story taken anew from the body that ``fetch`` brought. Its identity stays, and so does the date that its
    feed gave. Raises InputError where the body is no page."""
    fed = story.published if story.date_source == "feed" else None
    entry = Entry(
        feed_url="",
        key="",
        url=story.url,
        title=story.title,
        summary=story.summary,
        content=body.decode("utf-8", "replace") if fetch.outcome == "feed_text" else "",
        author=story.author,
        language=story.language,
        published=fed,
        date_quality="exact" if fed else "missing",
    )
    if fetch.outcome == "feed_text":
        found = _story_of_feed(entry, full_text(entry.content), story.time_zone, story.outlet)
    else:
        page = _page(body, fetch, entry, fetch.started_at, story.time_zone)
        found = _story_of_page(entry, page, story.time_zone, story.outlet)
    return replace(found, id=story.id, url=story.url)


def robots_tag(answer: Answer) -> frozenset[str]:
    """What the X-Robots-Tag headers ask of all robots, or of us by name, in lower case: ``noindex``, ``noai`` …"""
    asked: set[str] = set()
    for name, value in answer.raw_headers:
        if name == b"x-robots-tag":
            agent, colon, rest = value.decode("latin-1").lower().partition(":")
            if colon and "," not in agent and agent.strip() not in VALUED:
                told = rest if agent.strip() == AGENT else ""
            else:
                told = agent + colon + rest
            asked |= {rule.strip() for rule in told.split(",")}
    return frozenset(asked - {""})


def to_store(reading: Reading, extraction: Extraction | None, now: datetime) -> StoredReading:
    """What is booked for a reading: the entry's status, and when its page is due again."""
    entry, outcome = reading.entry, reading.fetch.outcome
    if outcome == "held":
        # Nobody was asked, so nothing failed; but only what was tried once waits for its time (storage.entries).
        pause_ends = reading.not_before or now + LIMITED_FIRST
        return StoredReading(entry, reading.fetch, None, "pending", pause_ends, max(entry.attempts, 1))
    if reading.story is None or extraction is None:
        failures = entry.attempts + 1
        due = retry_at(failures, now, outcome)
        if due and reading.not_before:
            due = max(due, reading.not_before)
        lost = "failed" if entry.read_at is None else "gone" if outcome in WITHDRAWN else "read"
        return StoredReading(entry, reading.fetch, None, "pending" if due else lost, due, failures)
    relevant = extraction.relevance.relevant
    walled = reading.story.kind in (StoryKind.TEASER, StoryKind.CONSENT)
    status = "teaser" if walled else "read" if relevant else "not_relevant"
    # What is not relevant is not read again, but a wall says nothing of the story behind it; what the feed itself
    # carries changes in the feed.
    again = relevant or reading.story.kind is StoryKind.CONSENT
    due = next_read(entry.read_at, now) if again and outcome != "feed_text" else None
    return StoredReading(entry, reading.fetch, extraction, status, due, body=reading.body if relevant else b"")


def next_read(last_read_at: datetime | None, now: datetime) -> datetime | None:
    """When a page that was read ``now`` is to be read again: 6 and 48 hours after the first reading, then never.

    >>> str(next_read(None, datetime.fromisoformat("2026-03-01T12:00Z")))
    '2026-03-01 18:00:00+00:00'
    """
    first, second = CORRECTIONS
    if last_read_at is None:
        return now + first
    # The reading before this one was the first, unless more than a day lies between.
    return min(last_read_at, now) + second if now - last_read_at < timedelta(hours=24) else None


def retry_at(attempts: int, now: datetime, outcome: str) -> datetime | None:
    """When a page is tried again that failed ``attempts`` times in a row, lastly with ``outcome``; None: never."""
    if outcome in NEVER:
        return None
    pauses = DAILY_RETRIES if outcome == "robots_unavailable" else HARD_RETRIES if outcome in HARD else RETRIES
    return now + pauses[attempts - 1] if attempts <= len(pauses) else None


def outcome_of(answer: Answer) -> str:
    """The failure that an answer is, "" for a page."""
    kind = answer.header("content-type").split(";")[0].strip().lower()
    return refusal(answer) or ("" if kind in PAGES else "not_html")


def zone_of(entry: Entry) -> str:
    """The IANA zone of an entry's outlet, "" where it is not listed."""
    outlet = outlet_of(entry.url, entry.feed_url)
    return outlet.time_zone if outlet else ""


def _name_by(feed: Feed | None, entry: Entry) -> str:
    """What the subscription calls an entry's outlet; "" for the pages of other sites, which a feed may point to."""
    return feed.title if feed and site_of(feed.url) == site_of(entry.url or feed.url) else ""


def _failed(entry: Entry, now: datetime, outcome: str, error: str, *, started: float | None = None) -> Reading:
    elapsed = int((perf_counter() - started) * 1000) if started is not None else 0
    return Reading(entry, Fetch(entry.url, now, outcome, error=error, elapsed_ms=elapsed), None)


def _fetched(entry: Entry, answer: Answer, now: datetime) -> Fetch:
    return Fetch(
        url=entry.url,
        started_at=now,
        outcome="read",
        status=answer.status,
        final_url=answer.final_url,
        elapsed_ms=int(answer.seconds * 1000),
        bytes_wire=answer.bytes_wire,
        bytes_decoded=answer.bytes_decoded,
        body_sha256=hashlib.sha256(answer.body).hexdigest(),
        content_type=answer.header("content-type")[:200],
    )


def _story_of_page(entry: Entry, page: Page, zone: str, name: str) -> Story:
    # A wall or a front page that we were sent to is not the story's address.
    url = entry.url if page.kind in (StoryKind.CONSENT, StoryKind.INDEX) else page.canonical_url or entry.url
    outlet = outlet_of(url)
    return Story(
        id=story_id(url),
        url=url,
        title=page.title or entry.title,
        text=page.text,
        outlet=outlet.name if outlet else page.outlet or name or site_of(url),
        published=page.published,
        day=_day(page.published, zone) or page.published_day,
        time_zone=zone,
        language=page.language or entry.language,
        kind=page.kind,
        summary=entry.summary or page.description,
        author=page.author or entry.author,
        date_source=page.date_source,
    )


def _story_of_feed(entry: Entry, text: str, zone: str, name: str) -> Story:
    url = entry.url or entry.raw_url or entry.key
    outlet = outlet_of(url, entry.feed_url)
    published = entry.published if entry.date_quality in ("exact", "old", "no_zone") else None
    return Story(
        id=story_id(url),
        url=url,
        title=entry.title,
        text=text,
        outlet=outlet.name if outlet else name or site_of(url),
        published=published,
        day=_day(published, zone),
        time_zone=zone,
        language=entry.language,
        summary=entry.summary,
        author=entry.author,
        date_source="feed" if published else "none",
    )


def _day(published: datetime | None, zone: str) -> date | None:
    return local_day(published, zone) if published else None
