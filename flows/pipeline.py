"""One run of the monitor, step by step and batch by batch, as plain functions. Knows nothing of Prefect.

    poll → append                        a group of feeds: fetch and parse, then append what came back
    read → filter → extract → append     a batch of pending entries: fetch pages, judge, extract, append
    publish → alert                      the copy that readers open, and word of what watches match

What a step learns is committed in one transaction a batch, so a run that is killed repeats one batch at most.
The queue between polling and reading is the warehouse itself: entries are ``pending`` until their page is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from time import monotonic
from typing import TypeVar
from uuid import UUID, uuid4

from extractors import extraction, relevance
from extractors.errors import DatelineError
from extractors.links import site_of
from extractors.records import (
    Entry,
    Extraction,
    Feed,
    FeedState,
    PollResult,
    Reading,
    StoredReading,
    Story,
    StoryKind,
)
from flows import log, polling, reading
from flows.alerts import Alerted, alert
from flows.http import Client, Patience
from flows.lists import actors_of, rules_of
from flows.outcomes import NO_ANSWER, OWN_NETWORK
from flows.pauses import Pauses
from flows.rhythm import is_due
from flows.robots import Robots
from flows.sandbox import Sandbox
from flows.settings import Settings
from flows.underway import Underway
from storage import bodies
from storage.publish import publish as publish_copy
from storage.rows import Held, Publication
from storage.run_lock import run_lock
from storage.warehouse import Warehouse

POLL_GROUPS = 10
READ_BATCHES = 8
"""With two and four steps a batch, publishing and alerts, a run is at most 54 Prefect tasks; one after a
killed run reads what that was at work on page by page, with four more for each (each costs 13-22 ms here
and 20-90 ms in the server: anchors of Prefect 3.8.8)."""

SMALLEST_BATCH = 25

NO_GAP_DAYS = 30
"""Days without a run that no clock need have made, however few days of polls are kept."""

Item = TypeVar("Item")


class NothingAnswersError(DatelineError):
    """No feed of a run answered, or so few hosts that our own network must be down."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch is done: for a progress line."""

    stage: str  # poll or read
    done: int
    of: int


@dataclass(slots=True)
class Summary:
    """What a run did. ``counts``: feeds, of them failed (of these failed_again, as when they were asked before), held,
    own_network and not_modified; answering (subscriptions that had not failed when the run began); entries (new ones),
    changed_entries, pages (read), failed_pages, kept, failed_stories, statements (new ones)."""

    run_id: str
    started_at: datetime
    counts: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)  # URL and what happened, a line a feed, story or page
    finished_at: datetime | None = None
    published: bool = False
    alert_problems: tuple[str, ...] = ()  # a line a watch or address

    def add(self, counts: dict[str, int]) -> None:
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count

    def __getitem__(self, name: str) -> int:
        return self.counts.get(name, 0)

    @property
    def trouble(self) -> str:
        """Why the run failed, "" where it did not."""
        if self["own_network"]:
            return OWN_NETWORK
        asked = self["feeds"] - self["held"]
        if not asked or self["failed"] < asked:
            return ""
        # Where only feeds were due that had failed before, and others answer, nothing is wrong with this run.
        return "" if self["failed_again"] == asked and self["answering"] else NO_ANSWER

    @property
    def outcome(self) -> str:
        """done, nothing new, degraded (some feed or story failed, or every page) or failed (``trouble``)."""
        if self.trouble:
            return "failed"
        if self["failed"] or self["failed_stories"] or (self["failed_pages"] and not self["pages"]):
            return "degraded"
        return "done" if self["entries"] or self["changed_entries"] or self["pages"] else "nothing new"


_free_at: dict[str, float] = {}
"""When each site may be asked again, by the monotonic clock: for the clients of all steps of this process."""


def client_of(settings: Settings, now: datetime | None = None, patience: Patience | None = None) -> Client:
    """The client of one step that begins at ``now``. It knows which sites asked earlier steps for a pause.
    ``patience``: what sites may still take of the run."""
    began = now or datetime.now(UTC)
    pauses, started = Pauses(settings.data_dir / "private" / "pauses.json"), monotonic()
    return Client(
        contact=settings.contact,
        allow_private_hosts=frozenset(settings.allow_private_hosts),
        concurrency=settings.concurrency,
        host_gap=settings.host_gap_seconds,
        free_at=_free_at,
        held=pauses.left(began),
        patience=patience,
        on_hold=lambda site, pause: pauses.keep(site, pause, began + timedelta(seconds=monotonic() - started)),
    )


def due(settings: Settings, feeds: Iterable[tuple[Feed, FeedState]], now: datetime) -> list[tuple[Feed, FeedState]]:
    """Of the feeds those that are due at ``now``, or nearer to it than to the schedule's next run."""
    tick = timedelta() if settings.cron else timedelta(minutes=settings.interval_minutes)
    return [(feed, state) for feed, state in feeds if is_due(state, now, tick=tick)]


def site_groups(feeds: Sequence[tuple[Feed, FeedState]]) -> list[list[tuple[Feed, FeedState]]]:
    """The feeds to poll, in their order, in about POLL_GROUPS groups.

    The feeds of one site stay together, because it is the client of a group that paces requests to a site.
    """
    sites: dict[str, list[tuple[Feed, FeedState]]] = {}
    for pair in feeds:
        sites.setdefault(site_of(pair[0].url), []).append(pair)
    size = group_size(len(feeds), POLL_GROUPS)
    grouped: list[list[tuple[Feed, FeedState]]] = [[]]
    for members in sites.values():
        if len(grouped[-1]) >= size:
            grouped.append([])
        grouped[-1] += members
    return [group for group in grouped if group]


def poll(
    settings: Settings, group: Sequence[tuple[Feed, FeedState]], now: datetime, sandbox: Sandbox
) -> list[PollResult]:
    """Poll the feeds of a group, parsing in ``sandbox``; a feed that fails gives a result that says so.

    The private file is open only while it is asked: others may change subscriptions while we wait for the network.
    """

    def known(keys: Mapping[str, Collection[str]]) -> dict[str, dict[str, tuple[str, str]]]:
        with Warehouse.open(settings.data_dir) as warehouse:
            return warehouse.entries.known(keys)

    async def run() -> list[PollResult]:
        async with client_of(settings, now) as client:
            results = polling.poll_all(client, group, now, known, sandbox=sandbox, subscribed=subscribed)
            return [result async for result in results]

    with Warehouse.open(settings.data_dir) as warehouse:
        subscribed = frozenset(feed.url for feed in warehouse.feeds.subscribed())
    return asyncio.run(run())


def append_polls(
    settings: Settings, run_id: str, number: int, results: Sequence[PollResult], now: datetime
) -> dict[str, int]:
    """Append what a group's polls brought: poll rows, feed state and entries, the relevant ones to be read."""
    rules = rules_of(settings)
    verdicts = {
        (entry.feed_url, entry.key): relevance.preselect(entry.title, entry.summary, rules)
        for result in results
        for entry in result.entries
    }
    with Warehouse.open(settings.data_dir) as warehouse:
        added = warehouse.entries.commit_polls(f"{run_id}/polls/{number}", run_id, results, verdicts, now)
    polls = [result.poll for result in results]
    for poll in polls:
        log.event(
            "feed polled",
            feed=poll.feed_url,
            outcome=poll.outcome,
            status=poll.status,
            entries=poll.entries_new,
            ms=poll.elapsed_ms,
            error=poll.error,
        )
    return {
        "feeds": len(polls),
        "failed": sum(polling.failed(poll) for poll in polls),
        "failed_again": sum(polling.failed(one.poll) and one.state.failures > 1 for one in results),
        "held": sum(poll.outcome == "held" for poll in polls),
        "own_network": sum(poll.outcome == "own_network" for poll in polls),
        "not_modified": sum(poll.outcome in ("not_modified", "unchanged") for poll in polls),
        "entries": added["new_entries"],
        "changed_entries": added["changed_entries"],
    }


def read(
    settings: Settings,
    entries: Sequence[Entry],
    now: datetime,
    feeds: Mapping[str, Feed],
    patience: Patience | None = None,
) -> list[Reading]:
    """Fetch the entries' pages and take story text from them; a page that fails gives a reading that says so.

    ``feeds``: the subscriptions by URL. ``patience``: as in ``client_of``.
    """
    robots = Robots(settings.data_dir / "private" / "robots.json")

    async def run() -> list[Reading]:
        async with client_of(settings, now, patience) as client:
            return await reading.read_all(client, entries, now, robots=robots, feeds=feeds)

    def stored(stories: Collection[UUID]) -> Mapping[UUID, Held]:
        with Warehouse.open(settings.data_dir) as warehouse:
            return warehouse.stories.held(stories)

    return reading.with_own_addresses(asyncio.run(run()), stored)


def filter(settings: Settings, readings: Sequence[Reading]) -> list[tuple[Reading, Extraction | None]]:
    """Judge each story by its full text. One that cannot be judged is booked as unreadable. A story that is known keeps
    the publication that was known first, and its outlet's name."""
    rules = rules_of(settings)
    with Warehouse.open(settings.data_dir) as warehouse:
        known = warehouse.stories.publications(one.story.id for one in readings if one.story)
    judged: list[tuple[Reading, Extraction | None]] = []
    for one in readings:
        if one.story and one.story.id in known:
            one = replace(one, story=first_published(one.story, known[one.story.id]))
        try:
            judged.append((one, extraction.assess(one.story, rules) if one.story else None))
        except extraction.BUGS as error:
            judged.append((reading.unreadable(one, error), None))
    return judged


def first_published(story: Story, known: Publication) -> Story:
    """The story as read, with the publication that is ``known`` of it where that is earlier or more exact: a site
    that dates a story anew does not move what was said in it. A live page is another each day, and keeps its own.

    A bare host names an outlet only where no name is known: the feed that gave it may be subscribed no more.
    """
    if story.outlet == site_of(story.url):
        story = replace(story, outlet=known.outlet)
    if known.day is None or story.kind is StoryKind.LIVE:
        return story
    if story.published and known.published:
        later = story.published > known.published
    else:
        later = story.day is None or story.day > known.day or (story.day == known.day and not story.published)
    if not later:
        return story
    return replace(
        story,
        published=known.published,
        day=known.day,
        time_zone=known.time_zone,
        date_source=known.date_source,
    )


def extract(
    settings: Settings, judged: Sequence[tuple[Reading, Extraction | None]], now: datetime
) -> list[StoredReading]:
    """Extract the statements of the stories that were kept, and say when each entry is to be read again."""
    kept = (found for _, found in judged if found is not None)
    extractions = iter([*extraction.add_statements(kept, rules_of(settings), known=actors_of(settings))])
    return [reading.to_store(one, next(extractions) if found else None, now) for one, found in judged]


def append(
    settings: Settings, run_id: str, number: int, readings: Sequence[StoredReading], now: datetime
) -> dict[str, int]:
    """Append a batch of stories with their statements, and move its entries out of the queue.

    The pages of relevant stories are kept first: a page without its row is harmless, a row without its page is not.
    """
    if settings.keep_pages:
        bodies.keep(settings.data_dir, ((one.fetch, one.body) for one in readings if one.body))
    with Warehouse.open(settings.data_dir) as warehouse:
        added = warehouse.stories.commit_readings(
            f"{run_id}/readings/{number}", run_id, readings, now, extractor_version=extraction.VERSION
        )
    for fetch in (one.fetch for one in readings):
        log.event(
            "page read",
            page=fetch.url,
            outcome=fetch.outcome,
            status=fetch.status,
            ms=fetch.elapsed_ms,
            error=fetch.error,
        )
    stories = [one.extraction for one in readings if one.extraction is not None]
    for found in stories:
        if found.failed:
            log.event("story failed", story=found.story.url, error=found.skipped)
    log.event("batch appended", run=run_id, batch=number, pages=len(readings), **added)
    return {
        "pages": sum(one.fetch.outcome in reading.READ for one in readings),
        "failed_pages": sum(one.fetch.outcome not in {*reading.READ, "held", "deadly"} for one in readings),
        "stories": sum(found.story.kind is StoryKind.STORY for found in stories),
        "kept": sum(found.relevance.relevant for found in stories),
        **added,
    }


def failed_stories(found: Iterable[Extraction]) -> list[str]:
    """A line for each story on which an extractor failed."""
    return [f"{one.story.url}: {one.skipped}; `dateline reprocess` tries it again" for one in found if one.failed]


def publish(settings: Settings) -> bool:
    """Replace the copy that readers open, where the run changed anything. True if it did."""
    return publish_copy(settings.data_dir) is not None


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a run: these plain functions, or the same as Prefect tasks (flows.monitor)."""

    poll: Callable[..., list[PollResult]] = poll
    append_polls: Callable[..., dict[str, int]] = append_polls
    read: Callable[..., list[Reading]] = read
    filter: Callable[..., list[tuple[Reading, Extraction | None]]] = filter
    extract: Callable[..., list[StoredReading]] = extract
    append: Callable[..., dict[str, int]] = append
    publish: Callable[..., bool] = publish
    alert: Callable[..., Alerted] = alert


def run(
    settings: Settings,
    *,
    all_feeds: bool = False,
    steps: Steps | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Callable[[Progress], None] = lambda step: None,
) -> Summary:
    """One run: poll what is due, read what is pending, publish. Raises BusyError where another run is at work, and
    SettingsError, before anything is done, for a wrong topics file or list of actors.

    ``all_feeds`` polls every feed, due or not. A feed, page or story that fails is booked and never stops the run.
    """
    steps = steps or Steps()
    log.start(settings.log)
    rules_of(settings)
    known = actors_of(settings)
    started = clock()
    summary = Summary(run_id(started), started)
    with run_lock(settings.data_dir):
        with Warehouse.open(settings.data_dir) as warehouse:
            warehouse.runs.start(summary.run_id, started, "monitor")
            warehouse.actors.load(known.actors, known.offices)
            states = warehouse.feeds.states()
            polls = site_groups(states if all_feeds else due(settings, states, started))
        summary.add({"answering": sum(not state.failures for _, state in states)})
        with Sandbox() as sandbox:
            for number, group in enumerate(polls, 1):
                results = steps.poll(settings, group, clock(), sandbox)
                summary.add(steps.append_polls(settings, summary.run_id, number, results, clock()))
                summary.failures += [one.poll.error for one in results if polling.failed(one.poll)]
                progress(Progress("poll", number, len(polls)))
        underway = Underway(settings.data_dir / "private" / "underway.json")
        with Warehouse.open(settings.data_dir) as warehouse:
            waiting, suspects, deadly = underway.sorted(warehouse.entries.pending(clock(), settings.pages_per_run))
            feeds = {feed.url: feed for feed in warehouse.feeds.subscribed()}
        if deadly:
            aside = [reading.deadly(entry, clock()) for entry in deadly]
            summary.failures += [one.fetch.error for one in aside]
            stored = [reading.to_store(one, None, clock()) for one in aside]
            summary.add(steps.append(settings, summary.run_id, 0, stored, clock()))
            underway.put_aside(deadly)
        patience = Patience()
        batches = [*groups(waiting, READ_BATCHES), *([one] for one in suspects)]
        for number, entries in enumerate(batches, 1):
            with underway.noted(entries):
                readings = steps.read(settings, entries, clock(), feeds, patience)
                stored = steps.extract(settings, steps.filter(settings, readings), clock())
                summary.add(steps.append(settings, summary.run_id, number, stored, clock()))
            summary.failures += failed_stories(one.extraction for one in stored if one.extraction)
            progress(Progress("read", number, len(batches)))
        summary.finished_at = clock()
        with Warehouse.open(settings.data_dir) as warehouse:
            summary.add({"copies": warehouse.copies.link(summary.run_id, clock())})
            summary.add({"linked": warehouse.utterances.link(summary.run_id, clock())})
            summary.failures += _forget(settings, warehouse, summary.finished_at)
            warehouse.runs.finish(summary.run_id, summary.finished_at, summary.outcome, summary.counts)
        summary.published = steps.publish(settings)
        alerted = steps.alert(settings, clock())
        summary.add({"matched": alerted.matched, "alerts": alerted.sent})
        summary.alert_problems = alerted.problems
        for problem in alerted.problems:
            log.event("alert failed", problem=problem)
    log.event("run done", run=summary.run_id, outcome=summary.outcome, **summary.counts)
    return summary


def _forget(settings: Settings, warehouse: Warehouse, now: datetime) -> list[str]:
    """Delete polls, fetches and pages that are too old; returns why not, nothing where that was done.

    Not where the runs before the last day lie too far back: that is a clock that has jumped ahead, which must not cost
    all that is kept, or a monitor that has stood still for long, whose next day is early enough.
    """
    last = warehouse.runs.last(now - timedelta(days=1))
    if last and now - last > timedelta(days=max(settings.keep_days, NO_GAP_DAYS)):
        return [
            f"{settings.data_dir}: nothing was forgotten, as no run began between {last:%Y-%m-%d} and yesterday; "
            f"is the clock right ({now:%Y-%m-%d %H:%M} UTC)? If it is, tomorrow's runs forget"
        ]
    outlived = now - timedelta(days=settings.keep_days)
    warehouse.runs.prune(outlived)
    bodies.forget(settings.data_dir, outlived)
    return []


def run_id(started: datetime) -> str:
    """``20261122T141500Z-1f03ab``: sorts by time, and is one of its kind where two runs start in one second."""
    return f"{started:%Y%m%dT%H%M%SZ}-{uuid4().hex[:6]}"


def groups(items: Sequence[Item], most: int) -> list[list[Item]]:
    """``items`` in at most ``most`` groups of at least SMALLEST_BATCH each (the last may be shorter)."""
    size = group_size(len(items), most)
    return [list(items[start : start + size]) for start in range(0, len(items), size)]


def group_size(items: int, most: int) -> int:
    """The size of at most ``most`` groups that hold so many items, each worth the cost of a task."""
    return max(SMALLEST_BATCH, ceil(items / most))
