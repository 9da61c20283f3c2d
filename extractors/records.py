"""The vocabulary of the house: what feeds, entries, stories, statements and dates are made of.

Every record is frozen and holds plain values, so that it can be compared, pickled and written to a row.

Conventions
-----------
* Offsets are half-open character offsets ``(start, end)`` into ``Story.text``.
* Instants are aware ``datetime`` values; days are ``date`` values in the outlet's own time zone.
* Intervals of days are closed: ``said_from`` and ``said_to`` both belong to it.
* A text that is not known is ``""``; a value that is not known is ``None``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

Span = tuple[int, int]
"""Half-open character offsets into a story's text."""


class StoryKind(StrEnum):
    """What a page turned out to be."""

    STORY = "story"
    TEASER = "teaser"  # no or too little text: a paywall, a video page, a stub
    CONSENT = "consent"  # a cookie or consent wall
    LIVE = "live"  # a live blog, whose posts have times of their own
    INDEX = "index"  # a list of links, not one story


class SpeakerKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"
    COUNTRY = "country"
    OUTLET = "outlet"
    ANONYMOUS = "anonymous"
    GROUP = "group"


class Form(StrEnum):
    """How the content is given: in quotation marks, in the reporter's words, or both."""

    DIRECT = "direct"
    INDIRECT = "indirect"
    MIXED = "mixed"


class CueClass(StrEnum):
    """What kind of act the cue names."""

    ASSERT = "assert"
    ANNOUNCE = "announce"
    PROMISE = "promise"
    DEMAND = "demand"
    WARN = "warn"
    DENY = "deny"
    ACCUSE = "accuse"
    PRAISE = "praise"
    ASK = "ask"
    REPORT = "report"


class DateBasis(StrEnum):
    """How the day of a statement is known."""

    EXPLICIT = "explicit"  # its own date words
    CONTEXT = "context"  # the occasion is dated elsewhere in the story
    PUBLISHED = "published"  # the story does not say: said on or before the publication day
    NONE = "none"  # not even a publication day is known


class Precision(StrEnum):
    """How wide the interval of a date is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    RANGE = "range"


class TimexType(StrEnum):
    """TIMEX3 types (TimeML 1.2.1)."""

    DATE = "DATE"
    TIME = "TIME"
    DURATION = "DURATION"
    SET = "SET"


@dataclass(frozen=True, slots=True)
class Feed:
    """A subscription, as an OPML outline describes it."""

    url: str
    title: str = ""
    site: str = ""  # the outlet's home page
    country: str = ""  # ISO 3166-1 alpha-2, lower case
    kind: str = ""  # outlet, wire, broadcaster, institution, government, think-tank
    language: str = ""
    time_zone: str = ""  # IANA name; "" means the outlet's zone from lexicons/outlets.csv, else UTC
    category: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item of a feed. ``key`` identifies it within its feed (see extractors.feeds)."""

    feed_url: str
    key: str
    url: str  # cleaned: no tracking parameters, no fragment
    raw_url: str = ""
    guid: str = ""
    title: str = ""
    summary: str = ""  # plain text
    content: str = ""  # HTML of the full text where the feed carries it
    author: str = ""
    language: str = ""
    published: datetime | None = None  # keeps the offset that the feed gave
    published_raw: str = ""
    updated: datetime | None = None
    date_source: str = "none"  # published, updated, created, none
    date_quality: str = "missing"  # exact, old (long before the feed's newest), no_zone, future, stale, missing
    content_hash: str = ""  # of title, summary and content without whitespace: tells a changed entry
    attempts: int = 0  # readings of its page that failed in a row
    read_at: datetime | None = None  # when its page was last read; None: never


@dataclass(frozen=True, slots=True)
class Story:
    """An article's text with its metadata. Paragraphs of ``text`` are separated by ``"\\n"``."""

    id: UUID  # story_id(url)
    url: str  # canonical
    title: str
    text: str
    outlet: str = ""
    published: datetime | None = None  # aware; keeps its own offset
    day: date | None = None  # the publication day in the outlet's own time zone
    time_zone: str = ""  # IANA name, or "" where only the offset of ``published`` is known
    language: str = ""
    kind: StoryKind = StoryKind.STORY
    summary: str = ""
    author: str = ""
    date_source: str = "none"  # feed, page, url, none


@dataclass(frozen=True, slots=True)
class Timex:
    """A date expression. ``value`` is TIMEX3; ``first``..``last`` the closed interval of days, None for
    durations, sets and references such as PAST_REF."""

    start: int
    end: int
    text: str
    type: TimexType
    value: str
    first: date | None = None
    last: date | None = None
    precision: Precision | None = None


@dataclass(frozen=True, slots=True)
class Spans:
    """Where the parts of a statement lie in the story's text."""

    content: tuple[Span, ...]
    evidence: Span  # the sentence or sentences that hold speaker, cue and content
    speaker: Span | None = None
    cue: Span | None = None
    date: Span | None = None
    audience: Span | None = None
    via: Span | None = None

    def in_content(self, place: int) -> bool:
        """Does a place lie in the content?"""
        return any(start <= place < end for start, end in self.content)


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that one source is reported to have said in one reporting act.

    ``extractors.statements`` fills the words and the offsets, ``extractors.speakers`` the name and kind,
    ``extractors.occasions`` the day, ``extractors.actors`` the actor.
    """

    id: UUID  # statement_id(story id, content, cue, nth)
    story_id: UUID
    speaker: str  # as the text names it beside the cue; "" where a quotation has no cue
    cue: str
    cue_class: CueClass
    content: str  # verbatim; parts joined by a space
    form: Form
    spans: Spans
    speaker_name: str = ""  # the fullest name in the story; "" where anonymous
    speaker_kind: SpeakerKind = SpeakerKind.PERSON
    actor_id: str = ""  # an id of lexicons/actors.csv
    audience: str = ""
    via: str = ""
    said_from: date | None = None
    said_to: date | None = None
    precision: Precision | None = None
    date_basis: DateBasis = DateBasis.NONE
    date_text: str = ""
    confidence: float = 0.0  # 0..1: that the statement is one, and that its parts are right
    rule: str = ""  # the rule that found it
    topics: tuple[str, ...] = ()
    mentions: tuple[Timex, ...] = ()  # the dates that the content speaks of

    @property
    def date(self) -> str:
        """As the labelled data write it: ``2025-08-19``, ``2025-08``, ``2025``, ``2025-08-18/2025-08-20`` or ``""``."""
        return written_date(self.said_from, self.said_to, self.precision)


def written_date(first: date | None, last: date | None, precision: Precision | None) -> str:
    if first is None or last is None:
        return ""
    if precision is Precision.YEAR:
        return f"{first.year:04d}"
    if precision is Precision.MONTH:
        return f"{first.year:04d}-{first.month:02d}"
    return first.isoformat() if first == last else f"{first.isoformat()}/{last.isoformat()}"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a story was kept or dropped: a term or rule, where it stood, and what it added to the score."""

    term: str
    place: str  # title, summary, opening, body, rule
    weight: float


@dataclass(frozen=True, slots=True)
class Relevance:
    """Is a story about Ukraine's security? ``score`` in 0..1."""

    score: float
    relevant: bool
    topics: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()


FAILED = "failed: "
"""What ``Extraction.skipped`` begins with, before the error, where an extractor failed."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that the extractors say about one story."""

    story: Story
    relevance: Relevance
    statements: tuple[Statement, ...] = ()
    skipped: str = ""  # why no statements were looked for: "not relevant", "not English", "teaser" ... or FAILED ...

    @property
    def failed(self) -> bool:
        """Did an extractor fail on it? What the story says is then not known, which is not to say nothing."""
        return self.skipped.startswith(FAILED)


@dataclass(frozen=True, slots=True)
class Poll:
    """One attempt on a feed and what came back. One row of ``polls``."""

    feed_url: str
    started_at: datetime
    outcome: str  # one of flows.outcomes.OUTCOMES
    status: int | None = None  # HTTP status of the last hop
    error: str = ""  # one line: what happened and what to do
    final_url: str = ""
    hops: int = 0
    elapsed_ms: int = 0
    wait_ms: int = 0  # for the site's turn
    first_byte_ms: int = 0  # of elapsed_ms, until the answer began
    parse_ms: int = 0
    bytes_wire: int = 0
    bytes_decoded: int = 0
    etag_sent: str = ""
    etag_received: str = ""
    modified_sent: str = ""
    modified_received: str = ""
    entries_seen: int = 0
    entries_new: int = 0
    entries_changed: int = 0
    entries_rejected: int = 0
    bozo: str = ""  # feedparser's complaint, by class
    next_due_at: datetime | None = None
    next_reason: str = ""


@dataclass(frozen=True, slots=True)
class FeedState:
    """What the next poll of a feed must know. Stored in the transaction of the poll that made it."""

    url: str  # the feed's own (subscribed) URL
    due_at: datetime
    due_reason: str = "new feed"
    interval: timedelta = timedelta(minutes=60)
    etag: bytes | None = None  # byte for byte as received
    last_modified: bytes | None = None
    body_sha256: str = ""
    error_weight: float = 0.0  # sum of the weights of the failures since the last success
    failures: int = 0  # polls failed in a row
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    last_outcome: str = ""
    last_error: str = ""
    health: tuple[str, ...] = ()  # the signs of flows.rhythm.health
    memory: dict[str, object] = field(default_factory=dict)  # the rest, JSON values only: flows.rhythm.Memory


@dataclass(frozen=True, slots=True)
class PollResult:
    """A poll with the state it leaves and the entries that are new or changed. Committed together."""

    poll: Poll
    state: FeedState
    entries: tuple[Entry, ...] = ()
    title: str = ""  # the feed's own, where the subscription has none


@dataclass(frozen=True, slots=True)
class Fetch:
    """One attempt to read a page. One row of ``fetches``."""

    url: str
    started_at: datetime
    outcome: str  # see flows.reading.read
    status: int | None = None
    error: str = ""
    final_url: str = ""
    elapsed_ms: int = 0
    bytes_wire: int = 0
    bytes_decoded: int = 0
    body_sha256: str = ""  # of the page, or of the HTML that the feed carried
    content_type: str = ""
    noindex: bool | None = None  # what the page asks of robots, in its markup or its X-Robots-Tag; None: not read
    noai: bool | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """An entry, one attempt to read its page, and the story that came of it. ``story`` is None where none did."""

    entry: Entry
    fetch: Fetch
    story: Story | None
    body: bytes = b""  # what the story was taken from, packed (storage.bodies)
    not_before: datetime | None = None  # the site asked to be left alone until then


@dataclass(frozen=True, slots=True)
class StoredReading:
    """What came of reading an entry's page, as it is appended. ``extraction`` is None where no story came of it."""

    entry: Entry
    fetch: Fetch
    extraction: Extraction | None
    entry_status: str  # read, not_relevant, teaser, failed, or pending where it is to be tried again
    read_due_at: datetime | None  # when the page is to be read again; None: not until the feed says that it changed
    attempts: int = 0  # readings that failed in a row, this one included
    body: bytes = (
        b""  # what is to be kept of the page, packed (storage.bodies); nothing where the story is not relevant
    )


def story_id(url: str) -> UUID:
    """The stable id of the story at a canonical URL."""
    return _uuid("story", url)


def statement_id(story: UUID, content: str, cue: str, nth: int = 0) -> UUID:
    """The stable id of a statement: its story, the words of its content, its cue (two cues may share a content),
    and ``nth`` where a story holds the same words under the same cue more than once.

    Words, not offsets, so that a statement keeps its id when the story around it is edited.
    """
    return _uuid("statement", str(story), " ".join(content.split()).casefold(), cue.casefold(), str(nth))


def _uuid(*parts: str) -> UUID:
    return UUID(bytes=hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).digest()[:16])
