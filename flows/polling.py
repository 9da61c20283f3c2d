"""Fetching feeds: which are due, what each answer means, and what it changes for the next poll.

    request_of    what to ask, with which validators                          pure
    ask           fetch, parse in the sandbox
    Attempt       what an answer means, the state that it or a failure leaves  pure
    poll_all      many feeds: sites in turn, bounded memory, what is new told from what is known

A poll never raises for what the network or the feed does: it gives a PollResult that says so. State and entries of
a result belong into one transaction, so that a crash reads again and never skips.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import zip_longest

from extractors.errors import FetchError
from extractors.feeds import RULES, FeedDocument, FeedError, read_feed
from extractors.links import moved, site_of, without_scheme
from extractors.outlets import outlet_of
from extractors.records import Entry, Feed, FeedState, Poll, PollResult
from flows.http import FEED, Answer, Client
from flows.outcomes import OUTCOMES, SUCCESSES, UNHEARD, refusal
from flows.rhythm import (
    GONE_PROOF,
    HOUR,
    LIAR_AFTER,
    LIAR_AFTER_AT_LEAST,
    WHOLE_SECONDS,
    Memory,
    due_after_failure,
    freshness,
    has_lasted,
    health,
    next_due,
    retry_after,
    with_arrivals,
    with_hints,
)
from flows.sandbox import OverrunError, Sandbox

Shown = Mapping[str, tuple[str, str]]
"""Key → content hash and link, of a feed's entries that are in the warehouse."""

Known = Callable[[Mapping[str, Collection[str]]], Mapping[str, Shown]]
"""Asked for keys of entries by their feed's URL: those that are in the warehouse, by URL. Asked only
when documents were read, once for many feeds: to look up one key takes as long as to look up ten thousand."""

MAX_VALIDATOR = 2_048
MAX_LINKS = 1_000
LONGEST_TITLE = 100
FEW_LINKS = 2
WORKERS = 64
HELD_BYTES = 16_000_000
"""Documents are held up to so many bytes until the warehouse is asked which of their entries it knows."""
NETWORK_HOSTS, NETWORK_SHARE = 5, 0.5


def new_state(feed: Feed, now: datetime) -> FeedState:
    """The state of a feed that was never polled: due at once."""
    return FeedState(url=feed.url, due_at=now)


def failed(poll: Poll) -> bool:
    return poll.outcome not in (*SUCCESSES, *UNHEARD)


@dataclass(frozen=True, slots=True)
class Asking:
    """A request for a feed. ``validators`` go out as the server sent them, or not at all."""

    url: str
    etag: bytes | None = None
    modified: bytes | None = None

    @property
    def headers(self) -> dict[str, bytes]:
        headers = {}
        if self.etag is not None:
            headers["If-None-Match"] = self.etag
        if self.modified is not None:
            headers["If-Modified-Since"] = self.modified
        if headers:
            headers["A-IM"] = b"feed"  # RFC 3229: only the entries that are new to us will do
        return headers


def request_of(feed: Feed, state: FeedState, now: datetime) -> Asking:
    """What to ask. Once a day a feed that should have news but answers only 304 is asked without validators, once a
    week any other: some servers answer 304 for ever."""
    memory = Memory.of(state)
    address = memory.address or feed.url
    patience = LIAR_AFTER if (memory.usual or 0.0) * 24 > 1.0 else LIAR_AFTER_AT_LEAST
    doubtful = (
        memory.last_full != ""
        and state.last_outcome == "not_modified"
        and now - datetime.fromisoformat(memory.last_full) > patience
    )
    if doubtful or memory.conditional == "none":
        return Asking(address)
    return Asking(address, state.etag if memory.conditional == "both" else None, state.last_modified)


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document that was read, and is still to be compared with what the warehouse knows."""

    attempt: Attempt
    document: FeedDocument
    digest: str
    at: datetime

    @property
    def size(self) -> int:
        return self.attempt._answered.bytes_decoded

    @property
    def keys(self) -> Collection[str]:
        """The keys by which its entries may be known: their own now, and those of the last document's."""
        held = (self.document.held,) if self.document.held else ()
        own = {entry.key for entry in (*self.document.entries, *held)}
        return own.union(Memory.of(self.attempt.state).links.values())

    def compared(self, known: Shown) -> PollResult:
        """``known``: those of ``keys`` that are in the warehouse."""
        try:
            return self.attempt.read(self.document, self.digest, known, self.at)
        except Exception as error:
            return self.attempt.mistaken(error)


async def _compared(found: Sequence[NewDocument], known: Known) -> list[PollResult]:
    if not found:
        return []
    # In a thread, because it may wait for the file, and the requests under way are not to time out meanwhile.
    by_feed = await asyncio.to_thread(known, {one.attempt.feed.url: one.keys for one in found})
    return [one.compared(by_feed.get(one.attempt.feed.url, {})) for one in found]


async def ask(
    client: Client,
    feed: Feed,
    state: FeedState,
    now: datetime,
    *,
    sandbox: Sandbox,
    subscribed: Collection[str] = (),
) -> PollResult | NewDocument:
    """One attempt on a feed at ``now``: its result, or where the answer brings a document, that one, still to be
    compared with what is known. Documents are parsed in ``sandbox``.

    ``subscribed``: the URLs of all feeds; a feed that moves to one of them is not followed there, but shown as
    ``moved`` in its health, so that its owner can drop one of the two.
    """
    try:
        return await _ask(client, feed, state, now, sandbox=sandbox, subscribed=subscribed)
    except Exception as error:
        return Attempt(feed, state, Asking(feed.url), now).mistaken(error)


async def _ask(
    client: Client,
    feed: Feed,
    state: FeedState,
    now: datetime,
    *,
    sandbox: Sandbox,
    subscribed: Collection[str],
) -> PollResult | NewDocument:
    asking = request_of(feed, state, now)
    began = client.clock()

    def at() -> datetime:
        return now + timedelta(seconds=client.clock() - began)

    attempt = Attempt(feed, state, asking, now, subscribed=subscribed)
    try:
        answer = await client.get(asking.url, headers=asking.headers, limits=FEED)
    except FetchError as error:
        if error.outcome == "held":
            return attempt.held(str(error), at(), client.held_for(asking.url))
        return attempt.failed(error.outcome, str(error), at())
    attempt = replace(attempt, answer=answer)
    refused = refusal_of(answer, asking, at(), gone_since=Memory.of(state).gone_since)
    if refused:
        wait = retry_after(answer.headers, at()) if refused[0] in ("rate_limited", "unavailable") else None
        result = attempt.failed(*refused, at(), wait=wait)
        if refused[0] == "rate_limited":
            client.hold(answer.final_url, (result.state.due_at - at()).total_seconds())
        return result
    if answer.status == 304:
        return attempt.not_modified(at())
    digest = hashlib.sha256(answer.body).hexdigest()
    if digest == state.body_sha256:
        return attempt.unchanged(at())
    parsing = client.clock()
    outlet = outlet_of(feed.url)
    try:
        document = await sandbox.run(
            read_feed,
            answer.body,
            url=answer.final_url,
            feed_url=feed.url,
            content_type=answer.header("content-type"),
            now=at(),
            time_zone=feed.time_zone or (outlet.time_zone if outlet else ""),
            day_first=outlet.day_first if outlet else None,
            key_rule=Memory.of(state).rule,
        )
    except FeedError as error:
        return attempt.failed(error.outcome, f"{asking.url}: {error}", at())
    except OverrunError as error:
        return attempt.failed("parse_timeout", f"{asking.url}: {error}", at())
    except Exception as error:  # whatever a document does to the parser, the other feeds go on
        return attempt.failed("parse", f"{asking.url}: {type(error).__name__}: {error}", at())
    attempt = replace(attempt, parse_seconds=client.clock() - parsing)
    return NewDocument(attempt, document, digest, at())


def refusal_of(answer: Answer, asking: Asking, now: datetime, *, gone_since: str = "") -> tuple[str, str] | None:
    """Outcome and message of an answer that brings no document; None for one that does, or says "not modified".

    ``gone_since``: when the feed answered 410 for the first time, "" if it did not.
    """
    if answer.status == 304 and asking.headers:
        return None
    outcome = refusal(answer)
    if not outcome:
        return None
    if outcome == "gone" and not (gone_since and now - datetime.fromisoformat(gone_since) >= GONE_PROOF):
        outcome = "gone_once"
    advice = OUTCOMES[outcome].advice
    return (
        outcome,
        f"{answer.final_url}: answered {answer.status}, {OUTCOMES[outcome].meaning}{'; ' + advice if advice else ''}",
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt under way, and the results that it can end in. Pure: the instants are arguments."""

    feed: Feed
    state: FeedState
    asking: Asking
    started: datetime
    answer: Answer | None = None
    parse_seconds: float = 0.0
    subscribed: Collection[str] = ()

    def failed(self, outcome: str, message: str, now: datetime, *, wait: timedelta | None = None) -> PollResult:
        """``wait``: how long we were asked to stay away."""
        memory = Memory.of(self.state)
        failures = self.state.failures + 1
        if outcome == "rate_limited":
            memory = replace(memory, limited=memory.limited + 1)
        elif outcome == "gone_once":
            memory = replace(memory, gone_since=memory.gone_since or now.isoformat())
        elif outcome == "gone":
            memory = replace(memory, gone=True)
        state = self.state
        if memory.address and failures >= 3:
            # What was believed of a redirect was wrong, or is no longer so. Validators belong to an address.
            memory = replace(memory, address="")
            state = replace(state, etag=None, last_modified=None, body_sha256="")
        state = replace(
            state,
            error_weight=state.error_weight + OUTCOMES[outcome].weight,
            failures=failures,
            last_polled_at=self.started,
            last_outcome=outcome,
            last_error=message,
        )
        due, reason = due_after_failure(state, memory, outcome, now, retry_after=wait)
        return self._result(replace(state, due_at=due, due_reason=reason), memory, now, error=message)

    def held(self, message: str, now: datetime, wait: timedelta) -> PollResult:
        """The site wants to be left alone for so long, and nobody was asked: what the feed last answered stands."""
        due, reason = now + wait + WHOLE_SECONDS, f"the site's pause: {wait.total_seconds():.0f} s"
        state = replace(self.state, due_at=due, due_reason=reason)
        result = self._result(state, Memory.of(self.state), now, error=message)
        return replace(result, poll=replace(result.poll, outcome="held"))

    def mistaken(self, error: Exception) -> PollResult:
        """A mistake of ours costs this feed its poll, not the others theirs."""
        return self.failed("parse", f"{self.feed.url}: {type(error).__name__}: {error}", self.started)

    def not_modified(self, now: datetime) -> PollResult:
        """304: what we know is still so. New validators and lifetimes can come with it (RFC 9110, 15.4.5)."""
        answer = self._answered
        state = replace(
            self.state,
            etag=_validator(answer, "etag") or self.state.etag,
            last_modified=_validator(answer, "last-modified") or self.state.last_modified,
        )
        memory = replace(self._moved(self._lasting(now), proved=True, now=now), ignored=0)
        return self._succeeded("not_modified", state, with_arrivals(memory, (), (), self._hours(now)), now)

    def unchanged(self, now: datetime) -> PollResult:
        """The same bytes again. The validators are the new ones all the same, or we would send dead ones for ever."""
        memory = self._moved(self._lasting(now, full=True), proved=True, now=now)
        memory = replace(memory, ignored=memory.ignored + bool(self.asking.headers))
        state = self._with_validators()
        return self._succeeded("unchanged", state, with_arrivals(memory, (), (), self._hours(now)), now)

    def read(self, document: FeedDocument, digest: str, known: Shown, now: datetime) -> PollResult:
        """A document was read. ``known``: its entries that are in the warehouse."""
        partial = self._answered.status == 226
        memory = self._lasting(now, full=not partial)
        released = (document.held,) if document.held and _token(document.held) == memory.held else ()
        entries, unstable = identified((*document.entries, *released), memory.links, known)
        new = tuple(entry for entry in entries if entry.key not in known)
        changed = changed_of(entries, known)
        overlaps = any(entry.key in known or entry.key in memory.links.values() for entry in entries)
        memory = self._moved(memory, proved=overlaps, now=now)
        if entries and memory.links and not overlaps and not partial:
            memory = replace(memory, gap_at=now.isoformat())
        if self._lied(new):
            memory = replace(memory, conditional="modified" if memory.conditional == "both" else "none")
        bad_dates = sum(entry.date_quality in ("missing", "future") for entry in entries)
        links = {_short(entry.url): entry.key for entry in entries[:MAX_LINKS] if entry.url}
        memory = with_hints(with_arrivals(memory, new, entries, self._hours(now)), document.hints)
        memory = replace(
            memory,
            rule=RULES[max(RULES.index(document.key_rule), int(unstable))],
            links={**memory.links, **links} if partial else links,
            held=_token(document.held) if document.held and not released else "",
            bad_dates=bool(entries) and bad_dates * 2 >= len(entries),
        )
        first = self.state.last_success_at is None
        newest = max((entry.published for entry in entries if entry.published), default=now)
        state = replace(self.state, last_new_at=(min(newest, now) if first else now) if new else self.state.last_new_at)
        if not document.cut:
            # A document that was cut is asked for again, with what we knew before it.
            state = replace(self._with_validators(state), body_sha256="" if partial else digest)
        return self._succeeded(
            "new" if new or changed else "nothing_new",
            state,
            memory,
            now,
            entries=(*new, *changed),
            document=document,
            counts=(len(entries), len(new), len(changed)),
        )

    @property
    def _answered(self) -> Answer:
        assert self.answer is not None, "a result with content needs an answer"
        return self.answer

    def _hours(self, now: datetime) -> float | None:
        before = self.state.last_success_at
        return None if before is None else (now - before) / HOUR

    def _with_validators(self, state: FeedState | None = None) -> FeedState:
        """Both as this 200 gave them; one that is absent is cleared."""
        answer = self._answered
        return replace(
            state or self.state,
            etag=_validator(answer, "etag"),
            last_modified=_validator(answer, "last-modified"),
        )

    def _lasting(self, now: datetime, *, full: bool = False) -> Memory:
        """What the headers of a success change. A lifetime that a 304 does not repeat stays (RFC 9111, 4.3.4)."""
        answer, memory = self._answered, Memory.of(self.state)
        fresh = freshness(answer.headers, now)
        memory = replace(memory, limited=0, gone=False, gone_since="", seconds=answer.seconds)
        if fresh is not None or full:
            memory = replace(memory, max_age=fresh.total_seconds() if fresh else 0.0)
        if full:
            usable = {"both": ("etag", "last-modified"), "modified": ("last-modified",), "none": ()}[memory.conditional]
            plain = not any(_validator(answer, name) for name in usable)
            memory = replace(memory, last_full=now.isoformat(), plain=plain)
        return memory

    def _moved(self, memory: Memory, *, proved: bool, now: datetime) -> Memory:
        """What permanent redirects of this answer mean. ``proved``: the document there is the feed that we know."""
        target = self._answered.moved_to
        if not target:
            return replace(memory, moved_to="", moved_since="", moved_seen=0, moved_proved=False)
        if without_scheme(target) == without_scheme(self.asking.url):
            return replace(memory, address=target)  # http to https
        if target != memory.moved_to:
            return replace(memory, moved_to=target, moved_since=now.isoformat(), moved_seen=1, moved_proved=proved)
        memory = replace(memory, moved_seen=memory.moved_seen + 1, moved_proved=memory.moved_proved or proved)
        if has_lasted(memory, now) and memory.moved_proved and target not in self.subscribed:
            return replace(memory, address=target, moved_to="", moved_since="", moved_seen=0, moved_proved=False)
        return memory

    def _lied(self, new: Sequence[Entry]) -> bool:
        """Did the server hide news behind 304s? Only a request without validators can show it."""
        state = self.state
        if self.asking.headers or not new or state.last_outcome != "not_modified" or state.last_polled_at is None:
            return False
        before = state.last_polled_at - timedelta(minutes=10)
        same_tag = state.etag is not None and _validator(self._answered, "etag") == state.etag
        return same_tag or any(entry.published and entry.published < before for entry in new)

    def _succeeded(
        self,
        outcome: str,
        state: FeedState,
        memory: Memory,
        now: datetime,
        *,
        entries: tuple[Entry, ...] = (),
        document: FeedDocument | None = None,
        counts: tuple[int, int, int] = (0, 0, 0),
    ) -> PollResult:
        due, interval, reason = next_due(self.feed.url, memory, now)
        state = replace(
            state,
            due_at=due,
            due_reason=reason,
            interval=interval,
            error_weight=0.0,
            failures=0,
            last_polled_at=self.started,
            last_success_at=now,
            last_outcome=outcome,
            last_error="",
        )
        return self._result(state, memory, now, entries=entries, document=document, counts=counts)

    def _result(
        self,
        state: FeedState,
        memory: Memory,
        now: datetime,
        *,
        error: str = "",
        entries: tuple[Entry, ...] = (),
        document: FeedDocument | None = None,
        counts: tuple[int, int, int] = (0, 0, 0),
    ) -> PollResult:
        state = replace(state, memory=memory.stored())
        state = replace(state, health=health(state, now))
        answer = self.answer
        poll = Poll(
            feed_url=self.feed.url,
            started_at=self.started,
            outcome=state.last_outcome,
            error=error,
            elapsed_ms=round((now - self.started) / timedelta(milliseconds=1)),
            parse_ms=round(self.parse_seconds * 1000),
            etag_sent=_written(self.asking.etag),
            modified_sent=_written(self.asking.modified),
            next_due_at=state.due_at,
            next_reason=state.due_reason,
        )
        if answer is not None:
            poll = replace(
                poll,
                status=answer.status,
                final_url=answer.final_url,
                elapsed_ms=round(answer.seconds * 1000),  # without the waiting for the site's turn
                wait_ms=round(answer.waited_seconds * 1000),
                first_byte_ms=round(answer.first_byte_seconds * 1000),
                hops=len(answer.hops) - 1,
                bytes_wire=answer.bytes_wire,
                bytes_decoded=answer.bytes_decoded,
                etag_received=answer.header("etag"),
                modified_received=answer.header("last-modified"),
            )
        if document is not None:
            poll = replace(
                poll,
                entries_seen=counts[0],
                entries_new=counts[1],
                entries_changed=counts[2],
                entries_rejected=len(document.rejected),
                bozo=document.bozo,
            )
        title = document.title[:LONGEST_TITLE] if document and not self.feed.title else ""
        return PollResult(poll=poll, state=state, entries=entries, title=title)


def changed_of(entries: Sequence[Entry], known: Shown) -> tuple[Entry, ...]:
    """The known entries that say something else, or lead to another page.

    Where most links change at once and no word with them, the site has moved or its links count its readers: no story
    changed.
    """
    both = [(entry, *known[entry.key]) for entry in entries if entry.key in known]
    led = {entry.key for entry, _, link in both if moved(link, entry.url)}
    if len(led) > FEW_LINKS and len(led) * 2 > len(both):
        led = set()
    return tuple(entry for entry, before, _ in both if before != entry.content_hash or entry.key in led)


def identified(
    entries: Sequence[Entry], links: Mapping[str, str], known: Collection[str]
) -> tuple[tuple[Entry, ...], bool]:
    """The entries under the keys that they had, and whether the feed's guids change for the same links.

    Publishers change guids (a new revision number, http to https, another system), and one article must not become
    two. So an entry that is not known by its key, but whose link was in the last document, keeps the key of then.
    ``links``: hash of a link → key, of the last document.
    """
    counts = Counter(entry.url for entry in entries)
    taken = {entry.key for entry in entries}
    result: list[Entry] = []
    met = changed = 0
    for entry in entries:
        before = links.get(_short(entry.url)) if entry.url and counts[entry.url] == 1 else None
        if before is not None:
            met += 1
            if before != entry.key and entry.key not in known and before not in taken:
                changed += 1
                entry = replace(entry, key=before)
        result.append(entry)
    return tuple(result), met >= 5 and changed > met * 0.2


async def poll_all(
    client: Client,
    due: Sequence[tuple[Feed, FeedState]],
    now: datetime,
    known: Known,
    *,
    sandbox: Sandbox,
    subscribed: Collection[str] = (),
) -> AsyncIterator[PollResult]:
    """Poll every feed of ``due`` in a pass that starts at ``now``, and give each result as it comes.

    Sites take turns, the most overdue feed first, so that a site with many feeds holds up itself alone. New documents
    wait for others, so that the warehouse is asked seldom (HELD_BYTES). Feeds that no network answer came from are
    given last: if most sites failed so, our own network is down, and it counts against no feed. ``sandbox`` and
    ``subscribed`` as for ``ask``.
    """
    began = client.clock()
    found: asyncio.Queue[tuple[PollResult | NewDocument, Feed, FeedState] | None] = asyncio.Queue(WORKERS)
    waiting = iter(in_turns(due))

    async def work() -> None:
        for feed, state in waiting:
            at = now + timedelta(seconds=client.clock() - began)
            await found.put((await ask(client, feed, state, at, sandbox=sandbox, subscribed=subscribed), feed, state))

    async def pass_over() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(WORKERS, len(due))):
                    group.create_task(work())
        finally:
            await found.put(None)

    running = asyncio.create_task(pass_over())
    documents: list[NewDocument] = []
    unreached: list[tuple[PollResult, FeedState]] = []
    reached: dict[str, bool] = {}
    try:
        while (item := await found.get()) is not None:
            one, feed, before = item
            site = site_of(feed.url)
            offline = isinstance(one, PollResult) and OUTCOMES[one.poll.outcome].network
            reached[site] = reached.get(site, False) or not offline
            if isinstance(one, NewDocument):
                documents.append(one)
                if sum(each.size for each in documents) >= HELD_BYTES:
                    for result in await _compared(documents, known):
                        yield result
                    documents.clear()
            elif offline:
                unreached.append((one, before))
            else:
                yield one
        await running
    finally:
        running.cancel()
        if running.done() and not running.cancelled():
            running.exception()  # looked at, or asyncio writes of it where a signal ended the run just there
    for result in await _compared(documents, known):
        yield result
    down = own_network_down(reached)
    for result, before in unreached:
        yield _unharmed(result, before) if down else result


def own_network_down(reached: Mapping[str, bool]) -> bool:
    """Site → did anything there answer. True if more than half of at least five sites did not."""
    return len(reached) >= NETWORK_HOSTS and sum(not each for each in reached.values()) > NETWORK_SHARE * len(reached)


def in_turns(due: Iterable[tuple[Feed, FeedState]]) -> list[tuple[Feed, FeedState]]:
    """The most overdue first, but one of each site before the second of any."""
    sites: dict[str, list[tuple[Feed, FeedState]]] = defaultdict(list)
    for feed, state in sorted(due, key=lambda pair: pair[1].due_at):
        sites[site_of(feed.url)].append((feed, state))
    return [pair for turn in zip_longest(*sites.values()) for pair in turn if pair is not None]


def _unharmed(result: PollResult, before: FeedState) -> PollResult:
    """The result as one of our own network's: the feed's state is as it was, and it is due again after its interval."""
    due = result.poll.started_at + before.interval
    reason = "own network was down"
    poll = replace(result.poll, outcome="own_network", next_due_at=due, next_reason=reason)
    return PollResult(poll, replace(before, due_at=due, due_reason=reason))


def _validator(answer: Answer, name: str) -> bytes | None:
    value = answer.raw_header(name)
    return value if value and len(value) <= MAX_VALIDATOR else None


def _written(value: bytes | None) -> str:
    return "" if value is None else value.decode("latin-1")


def _token(entry: Entry) -> str:
    return f"{entry.key} {entry.content_hash}"


def _short(url: str) -> str:
    return hashlib.sha256(without_scheme(url).encode()).hexdigest()[:12]
