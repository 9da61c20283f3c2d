"""When to poll a feed next, and how it does: pure decisions over what its polls have taught us.

    interval = clamp(half the mean time between new entries, 10 minutes, 6 hours)

raised to what the feed asks for, spread by up to a tenth, doubled for each unit of error weight. Every due time
comes with its reason. What each rule answers is told at its constant; the clock is always an argument.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Self

from extractors.feeds import Hints
from extractors.records import Entry, FeedState
from flows.outcomes import OUTCOMES, SUCCESSES

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

FLOOR = 10 * MINUTE
CEILING = 6 * HOUR
UNKNOWN = HOUR
"""The interval while nothing is known of a feed's rhythm."""
PLAIN_FLOOR = HOUR
"""For servers that cannot answer 304: each of our polls costs them a whole document."""
HINT_CEILING = DAY
"""Feeds ask for years by mistake."""
RETRY_CEILING = timedelta(days=7)
WHOLE_SECONDS = timedelta(seconds=1)
"""Retry-After counts in whole seconds: we come a little later, never a little earlier."""
LIMITED_FIRST, LIMITED_CEILING = 30 * MINUTE, 6 * HOUR
"""After 429 without Retry-After."""
GONE_PROOF, GONE_INTERVAL = DAY, timedelta(days=30)
"""One 410 can be a mistake; a day of them is an answer. Even then we look again now and then."""
LONG_BACK_OFF_WEIGHT, LONG_BACK_OFF = 10.0, timedelta(days=7)
SPREAD = 0.1
MOVED_SIGHTINGS, MOVED_PROOF = 3, timedelta(days=7)
"""A permanent redirect is believed when it lasts: a hotel portal's 301 once wiped subscriptions."""
LIAR_AFTER, LIAR_AFTER_AT_LEAST = DAY, timedelta(days=7)
IGNORED_VALIDATORS = 3

RATE_MEMORY, USUAL_MEMORY = 48.0, 1000.0
"""Hours over which arrivals are averaged: for the rhythm, and for telling silence from it."""

SILENT_LEAST, SILENT_GAPS = timedelta(days=3), 10.0
GAP_SHOWN = timedelta(days=3)
SLOW_SECONDS = 10.0
FARTHEST, FARTHEST_GONE = RETRY_CEILING + DAY, GONE_INTERVAL + DAY
"""What is due later than that was put there by a clock that was ahead."""
FAILING, NEVER_READ = DAY, 3
"""A feed fails that was not read for a day, or not at all at so many attempts."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a feed's polls have taught, beside the columns of FeedState. Plain values, kept as JSON in its ``memory``.

    Instants are ISO texts, spans seconds, rates entries an hour.
    """

    address: str = ""  # where the feed has proved to have moved
    moved_to: str = ""  # where permanent redirects point, not yet believed
    moved_since: str = ""
    moved_seen: int = 0
    moved_proved: bool = False  # it was read there, and shares entries with what we know
    rule: str = "guid"  # extractors.feeds.RULES
    links: Mapping[str, str] = field(default_factory=dict)  # of the last document: link's hash → entry's key
    rate: float | None = None
    usual: float | None = None
    max_age: float = 0.0
    ttl: float = 0.0
    update_period: float = 0.0
    skip_hours: Sequence[int] = ()
    skip_days: Sequence[int] = ()
    conditional: str = "both"  # which validators tell the truth: both, modified, none
    plain: bool = False  # the last 200 brought no validator that can be used
    ignored: int = 0  # answers in a row with the same body though we sent validators
    last_full: str = ""  # the last 200
    limited: int = 0  # 429s in a row
    gone_since: str = ""
    gone: bool = False
    gap_at: str = ""
    held: str = ""  # key and hash of an entry at the cut end of a document
    bad_dates: bool = False
    seconds: float = 0.0  # of the last fetch

    @classmethod
    def of(cls, state: FeedState) -> Self:
        return cls(**{name: value for name, value in state.memory.items() if name in _FRESH})  # type: ignore[arg-type]

    def stored(self) -> dict[str, object]:
        """JSON values, without what is as it was at the beginning."""
        return {name: value for name, fresh in _FRESH.items() if (value := getattr(self, name)) != fresh}


_FRESH = {each.name: getattr(Memory(), each.name) for each in fields(Memory)}


def is_due(state: FeedState, now: datetime, *, tick: timedelta = timedelta()) -> bool:
    """Is a feed to be polled? Also where it was polled later than ``now``, or is due later than any rule of ours says,
    by a clock that has been put back since.

    ``tick``: how often this is asked. Half of it ahead counts as due, or a feed's interval grows by a whole one; but
    not where a failure set the time, nor before the end of what the feed or its server asked for. (The client keeps to
    a site's pause.)
    """
    if state.due_at <= now or (state.last_polled_at is not None and state.last_polled_at > now):
        return True
    if state.due_at > now + (FARTHEST_GONE if Memory.of(state).gone else FARTHEST):
        return True
    if state.due_at > now + tick / 2 or state.last_success_at is None or state.last_outcome not in SUCCESSES:
        return False
    memory = Memory.of(state)
    asked = max(span for span, _ in _asked(memory))
    return now >= state.last_success_at + asked and _past_skipped(now, memory) == now


def interval_of(memory: Memory) -> tuple[timedelta, str]:
    """The interval that a feed's own rhythm gives, and the reason."""
    if memory.rate is None:
        return UNKNOWN, "rhythm not known yet"
    if memory.rate * CEILING / HOUR <= 0.5:
        return CEILING, f"rhythm: {memory.rate * 24:.2g} entries a day"
    return max(0.5 * HOUR / memory.rate, FLOOR), f"rhythm: {memory.rate:.2g} entries an hour"


def next_due(url: str, memory: Memory, now: datetime) -> tuple[datetime, timedelta, str]:
    """After a success: when to poll next, the interval (without what the feed asks for), and the reason.

    max-age and the like are obeyed to the letter; ttl and sy:updatePeriod are hints for a list that is read in time,
    so they yield where it would turn over in between. Source of the rules: RFC 9111, RSS 2.0, the RSS Advisory
    Board's profile, and the Open RSS guide.
    """
    interval, reason = interval_of(memory)
    if memory.plain or memory.ignored >= IGNORED_VALIDATORS:
        interval, reason = max((interval, reason), (PLAIN_FLOOR, "the server does not answer 304"))
    wait = interval
    for span, why in _asked(memory):
        if span > wait:
            wait, reason = span, why
    due = now + wait * (1 + SPREAD * _share(url, now))
    opened = _past_skipped(due, memory)
    if opened != due:
        due, reason = opened, f"{reason}; skipHours or skipDays"
    return due, interval, reason


def _asked(memory: Memory) -> list[tuple[timedelta, str]]:
    """How long the feed and its server ask us to wait, and in what words."""
    turnover = timedelta.max
    if memory.rate and memory.links:
        turnover = min(0.5 * len(memory.links) / memory.rate, 1e6) * HOUR
    return [
        (_span(memory.max_age, HINT_CEILING), f"max-age {memory.max_age:.0f} s"),
        (min(_span(memory.ttl, HINT_CEILING), turnover), f"ttl {memory.ttl / 60:.0f} min"),
        (
            min(_span(memory.update_period, HINT_CEILING), turnover),
            f"updated every {memory.update_period / 3600:.3g} h",
        ),
    ]


def due_after_failure(
    state: FeedState, memory: Memory, outcome: str, now: datetime, *, retry_after: timedelta | None = None
) -> tuple[datetime, str]:
    """After a failure: when to try again, and the reason. ``state`` and ``memory`` count this failure already."""
    if retry_after is not None:
        wait = min(retry_after, RETRY_CEILING) + WHOLE_SECONDS
        return now + wait, f"Retry-After: {retry_after.total_seconds():.0f} s"
    if memory.gone:
        return now + GONE_INTERVAL, "gone (410)"
    if outcome == "rate_limited":
        wait = min(LIMITED_FIRST * 2 ** min(memory.limited - 1, 10), LIMITED_CEILING)
        return now + wait, f"429 without Retry-After, {memory.limited} in a row"
    ceiling = LONG_BACK_OFF if state.error_weight >= LONG_BACK_OFF_WEIGHT else OUTCOMES[outcome].ceiling
    wait = min(state.interval * 2 ** min(state.error_weight, 20.0), ceiling)
    due = now + wait * (1 + SPREAD * _share(state.url, now))
    return (
        due,
        f"back-off after {outcome} (weight {state.error_weight:g})" if state.error_weight else f"after {outcome}",
    )


def with_arrivals(memory: Memory, new: Sequence[Entry], document: Sequence[Entry], hours: float | None) -> Memory:
    """The rates after a poll that brought ``new`` entries ``hours`` after the last success (None: the first poll).

    At the first poll the dates within the document stand in for arrivals that we did not see.
    """
    if hours is None or memory.rate is None or memory.usual is None:
        rate = _rate_of_dates(document)
        return memory if rate is None else replace(memory, rate=rate, usual=rate)
    hours = max(hours, 1 / 60)

    def averaged(before: float, span: float) -> float:
        kept = math.exp(-hours / span)
        return before * kept + len(new) / hours * (1 - kept)

    return replace(memory, rate=averaged(memory.rate, RATE_MEMORY), usual=averaged(memory.usual, USUAL_MEMORY))


def with_hints(memory: Memory, hints: Hints) -> Memory:
    return replace(
        memory,
        ttl=hints.ttl.total_seconds() if hints.ttl else 0.0,
        update_period=hints.update_period.total_seconds() if hints.update_period else 0.0,
        skip_hours=sorted(hints.skip_hours),
        skip_days=sorted(hints.skip_days),
    )


def has_lasted(memory: Memory, now: datetime) -> bool:
    """Has a permanent redirect been seen often enough, over long enough, to be meant?"""
    if memory.moved_seen < MOVED_SIGHTINGS:
        return False
    return now - datetime.fromisoformat(memory.moved_since) >= MOVED_PROOF


def health(state: FeedState, now: datetime) -> tuple[str, ...]:
    """What is wrong with a feed, worst first, by the names in SIGNS.

    ``moved``: a permanent redirect has lasted but is not followed, because nothing there is known from here, or
    because it leads to another subscription. ``false_304``: the server answered "not modified" though there was news,
    so it is not sent the validators that proved false.
    """
    memory = Memory.of(state)
    if state.last_success_at is None:
        failing = state.failures >= NEVER_READ
    else:
        failing = state.failures > 0 and now - state.last_success_at > FAILING
    patience = SILENT_LEAST
    if memory.usual:
        patience = max(SILENT_LEAST, min(SILENT_GAPS / memory.usual, 24 * 90) * HOUR)
    since = state.last_new_at
    signs = {
        "gone": memory.gone,
        "failing": failing and not memory.gone,
        "gap": bool(memory.gap_at) and now - datetime.fromisoformat(memory.gap_at) < GAP_SHOWN,
        "silent": since is not None and not failing and now - since > patience,
        "moved": has_lasted(memory, now),
        "stale_date": memory.bad_dates,
        "fallback_rule": memory.rule != "guid",
        "false_304": memory.conditional != "both",
        "slow": memory.seconds > SLOW_SECONDS,
    }
    return tuple(name for name in SIGNS if signs[name])


SIGNS = ("gone", "failing", "gap", "silent", "moved", "stale_date", "fallback_rule", "false_304", "slow")

RED = frozenset({"gone", "failing", "gap", "silent"})
"""The signs by which `dateline feeds status` exits with an error."""


def freshness(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long an answer is fresh by Cache-Control or Expires (RFC 9111), None where it does not say.

    no-cache and no-store mean "ask again", which a conditional request does.
    """
    directives = {
        name.strip().lower(): value.strip().strip('"')
        for name, _, value in (part.partition("=") for part in headers.get("cache-control", "").split(","))
    }
    if "no-cache" in directives or "no-store" in directives:
        return timedelta()
    max_age = _whole(directives.get("max-age", ""))
    if max_age is not None:
        return _span(max_age - (_whole(headers.get("age", "")) or 0), timedelta(days=365))
    if "expires" in headers:
        expires = _http_date(headers["expires"])
        if expires is None:
            return timedelta()  # "0" and the like: expired
        return max(expires - (_http_date(headers.get("date", "")) or now), timedelta())
    return None


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The span that a 429 or 503 asks us to wait: seconds, or a date relative to the server's own clock."""
    value = headers.get("retry-after", "").strip()
    seconds = _whole(value)
    if seconds is not None:
        return _span(seconds, RETRY_CEILING)
    until = _http_date(value)
    if until is None:
        return None
    return min(max(until - (_http_date(headers.get("date", "")) or now), timedelta()), RETRY_CEILING)


def pause_after_429(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long the site of a page or a robots.txt is left alone that answered 429."""
    asked = retry_after(headers, now)
    return (LIMITED_FIRST if asked is None else asked) + WHOLE_SECONDS


def _http_date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _whole(text: str) -> int | None:
    return int(text[:40]) if re.fullmatch(r"\s*[0-9]+\s*", text) else None


def _span(seconds: float, ceiling: timedelta) -> timedelta:
    return timedelta(seconds=min(max(seconds, 0.0), ceiling.total_seconds()))


def _share(url: str, now: datetime) -> float:
    """0 to 1 by chance, but the same for the same poll: a crowd of feeds spreads, and a test can be repeated."""
    return int.from_bytes(hashlib.sha256(f"{url} {now.isoformat()}".encode()).digest()[:4]) / 2**32


def _past_skipped(due: datetime, memory: Memory) -> datetime:
    """The first open hour, at most CEILING later. Skipped hours and days are in GMT."""
    if len(set(memory.skip_hours)) >= 24 or len(set(memory.skip_days)) >= 7:
        return due
    at, latest = due.astimezone(UTC), due + CEILING
    while at.hour in memory.skip_hours or at.weekday() in memory.skip_days:
        at = at.replace(minute=0, second=0, microsecond=0) + HOUR
        if at > latest:
            return latest
    return max(at, due)


def _rate_of_dates(document: Sequence[Entry]) -> float | None:
    times = sorted(
        entry.published for entry in document if entry.published and entry.date_quality in ("exact", "no_zone")
    )
    if len(times) < 3 or times[-1] == times[0]:
        return None
    return (len(times) - 1) / max((times[-1] - times[0]) / HOUR, 1.0)
