"""Records to rows and back. A row is a dict of JSON values; the warehouse casts them to the types of its table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import orjson

from extractors.actors import Actor, Office
from extractors.records import (
    CueClass,
    DateBasis,
    Entry,
    Extraction,
    Feed,
    FeedState,
    Fetch,
    Form,
    Poll,
    Precision,
    Relevance,
    Span,
    Spans,
    SpeakerKind,
    Statement,
    StoredReading,
    Story,
    StoryKind,
    Timex,
    TimexType,
    story_id,
)

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Held:
    """A story in the warehouse: its text, and the URLs of the entries whose pages it was taken from."""

    text: str
    urls: frozenset[str]


@dataclass(frozen=True, slots=True)
class Publication:
    """When a story in the warehouse was published, and by whom, as its columns of these names say."""

    published: datetime | None
    day: date | None
    time_zone: str
    date_source: str
    outlet: str


def to_json(value: object) -> str:
    """JSON text of rows. A lone surrogate, which no UTF-8 text can hold, becomes "?", so that offsets stay right."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value, default=_plain, ensure_ascii=False).encode("utf-8", "replace").decode()


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    raise TypeError(f"{type(value).__name__} has no place in a row")


def fetched(result: duckdb.DuckDBPyConnection) -> list[Row]:
    """All rows of a result, as dicts by the names of its columns; instants are as duckdb gives them."""
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def digest(row: Mapping[str, Any]) -> int:
    """64 bits that tell whether a row's values changed; the same on every machine and version."""
    text = json.dumps(row, default=_plain, sort_keys=True, ensure_ascii=True)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def entry_id(feed_url: str, key: str) -> UUID:
    """The id of an entry: its feed and its key there."""
    return UUID(bytes=hashlib.sha256(f"entry\x1f{feed_url}\x1f{key}".encode("utf-8", "replace")).digest()[:16])


def url_id(entry: Entry) -> UUID:
    """The id of the page that an entry leads to."""
    return story_id(entry.url)


# --- rows -------------------------------------------------------------------------------------------------------------


def _flat(record: Any) -> Row:
    return {name: getattr(record, name) for name in _names(record.__class__)}


@cache
def _names(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


def feed_row(feed: Feed, moment: datetime) -> Row:
    return {**_flat(feed), "added_at": moment, "removed_at": None}


def state_row(state: FeedState) -> Row:
    row = _flat(state)
    row["interval_seconds"] = row.pop("interval").total_seconds()
    for name in ("etag", "last_modified"):
        row[name] = None if row[name] is None else row[name].decode("latin-1")
    return row


def poll_row(poll: Poll, run_id: str, batch_id: str) -> Row:
    return {**_flat(poll), "run_id": run_id, "batch_id": batch_id}


def fetch_row(reading: StoredReading, run_id: str, batch_id: str) -> Row:
    return {
        **_flat(reading.fetch),
        "story_id": reading.extraction.story.id if reading.extraction else None,
        "feed_url": reading.entry.feed_url,
        "run_id": run_id,
        "batch_id": batch_id,
    }


def entry_row(entry: Entry, verdict: Relevance, run_id: str) -> Row:
    """What the feed says of the entry; its place in the reading queue is the warehouse's."""
    return {
        **_flat(entry),
        "attempts": 0,
        "read_at": None,
        "entry_id": entry_id(entry.feed_url, entry.key),
        "url_id": url_id(entry),
        "published_offset": _offset(entry.published),
        "updated_offset": _offset(entry.updated),
        "relevance": verdict.score,
        "run_id": run_id,
    }


def story_row(extraction: Extraction) -> Row:
    """What was read and judged; versions and times are the warehouse's."""
    row = _flat(extraction.story)
    row["story_id"] = row.pop("id")
    verdict = extraction.relevance
    row |= {
        "published_offset": _offset(extraction.story.published),
        "relevant": verdict.relevant,
        "relevance": verdict.score,
        "topics": verdict.topics,
        "reasons": [_flat(reason) for reason in verdict.reasons],
        "skipped": extraction.skipped,
    }
    return {**row, "digest": digest(row), "text_digest": digest({"title": row["title"], "text": row["text"]})}


def statement_row(statement: Statement) -> Row:
    """What was found; version and validity are the warehouse's."""
    row = _flat(statement)
    row["statement_id"] = row.pop("id")
    row["spans"] = {
        "content": [_span(span) for span in statement.spans.content],
        **{
            name: _span(getattr(statement.spans, name))
            for name in ("evidence", "speaker", "cue", "date", "audience", "via")
        },
    }
    row["mentions"] = [
        {
            "start": timex.start,
            "stop": timex.end,
            "text": timex.text,
            "type": timex.type,
            "value": timex.value,
            "first_day": timex.first,
            "last_day": timex.last,
            "precision": timex.precision,
        }
        for timex in statement.mentions
    ]
    return {**row, "digest": digest(row)}


def actor_row(actor: Actor) -> Row:
    row = _flat(actor)
    row["actor_id"] = row.pop("id")
    return row


def office_row(office: Office) -> Row:
    row = _flat(office)
    row["first_day"], row["last_day"] = row.pop("first"), row.pop("last")
    return row


def _span(span: Span | None) -> dict[str, int] | None:
    return None if span is None else {"start": span[0], "stop": span[1]}


def _offset(moment: datetime | None) -> int | None:
    """The minutes that an instant's own zone is ahead of UTC."""
    offset = moment.utcoffset() if moment else None
    return None if offset is None else round(offset.total_seconds() / 60)


# --- records ----------------------------------------------------------------------------------------------------------


def feed_of(row: Row) -> Feed:
    return Feed(**_only(Feed, row))


def state_of(row: Row) -> FeedState:
    values = _only(FeedState, row)
    for name in ("etag", "last_modified"):
        values[name] = None if row[name] is None else row[name].encode("latin-1")
    for name in ("due_at", "last_polled_at", "last_success_at", "last_new_at"):
        values[name] = utc(row[name])
    values["interval"] = timedelta(seconds=row["interval_seconds"])
    values["health"] = tuple(row["health"])
    values["memory"] = json.loads(row["memory"])
    return FeedState(**values)


def fetch_of(row: Row) -> Fetch:
    values = _only(Fetch, row)
    values["started_at"] = utc(row["started_at"])
    values["content_type"] = row["content_type"] or ""
    return Fetch(**values)


def entry_of(row: Row) -> Entry:
    values = _only(Entry, row)
    values["published"] = _own(row["published"], row["published_offset"])
    values["updated"] = _own(row["updated"], row["updated_offset"])
    values["read_at"] = utc(row["read_at"])
    return Entry(**values)


def publication_of(row: Row) -> Publication:
    published = _own(row["published"], row["published_offset"])
    return Publication(published, row["day"], row["time_zone"], row["date_source"], row["outlet"])


def story_of(row: Row) -> Story:
    values = _only(Story, row)
    values["id"] = row["story_id"]
    values["kind"] = StoryKind(row["kind"])
    values["published"] = _own(row["published"], row["published_offset"])
    return Story(**values)


def statement_of(row: Row) -> Statement:
    spans, mentions = row["spans"], row["mentions"]
    return Statement(
        **{
            **_only(Statement, row),
            "id": row["statement_id"],
            "cue_class": CueClass(row["cue_class"]),
            "form": Form(row["form"]),
            "speaker_kind": SpeakerKind(row["speaker_kind"]),
            "precision": _precision(row["precision"]),
            "date_basis": DateBasis(row["date_basis"]),
            "topics": tuple(row["topics"]),
            "spans": Spans(
                content=tuple((span["start"], span["stop"]) for span in spans["content"]),
                **{name: span and (span["start"], span["stop"]) for name, span in spans.items() if name != "content"},
            ),
            "mentions": tuple(
                Timex(
                    start=timex["start"],
                    end=timex["stop"],
                    text=timex["text"],
                    type=TimexType(timex["type"]),
                    value=timex["value"],
                    first=timex["first_day"],
                    last=timex["last_day"],
                    precision=_precision(timex["precision"]),
                )
                for timex in mentions
            ),
        }
    )


def _precision(value: str | None) -> Precision | None:
    return None if value is None else Precision(value)


def _only(record: type, row: Row) -> Row:
    return {name: row[name] for name in _names(record) if name in row}


def utc(moment: datetime | None) -> datetime | None:
    """The same instant in the standard library's UTC: duckdb hands out pytz's."""
    return None if moment is None else moment.astimezone(UTC)


def _own(moment: datetime | None, offset: int | None) -> datetime | None:
    """The instant with the offset that its source gave."""
    zone = UTC if not offset else timezone(timedelta(minutes=offset))
    return None if moment is None else moment.astimezone(zone)
