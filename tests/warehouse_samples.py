"""Feeds, entries, stories and statements to fill a warehouse with: invented, numbered, the same at every call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

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
    PollResult,
    Precision,
    Relevance,
    Spans,
    SpeakerKind,
    Statement,
    StoredReading,
    Story,
    Timex,
    TimexType,
    statement_id,
    story_id,
)
from storage.warehouse import Warehouse

NOON = datetime(2025, 8, 20, 12, tzinfo=UTC)
FEED = "https://one.example/feed"
OTHER_FEED = "https://two.example/feed"
RELEVANT = Relevance(0.9, True, ("military-aid",))
IRRELEVANT = Relevance(0.1, False)
SPEAKERS = ("Ann Able", "Ben Baker", "Cem Cook")


def hours(number: float) -> datetime:
    return NOON + timedelta(hours=number)


def feed(url: str = FEED, title: str = "One") -> Feed:
    return Feed(url, title=title, site="https://one.example", country="gb", kind="outlet")


def entry(number: int, feed_url: str = FEED, content_hash: str = "first") -> Entry:
    return Entry(
        feed_url=feed_url,
        key=f"item-{number}",
        url=f"https://one.example/{number}",
        title=f"Story {number}",
        content=f"<p>Story {number}</p>",
        published=NOON,
        content_hash=content_hash,
    )


def polled(*entries: Entry, url: str = FEED, at: datetime = NOON) -> PollResult:
    state = FeedState(
        url,
        due_at=at + timedelta(hours=1),
        etag=b'W/"\xe9"',
        last_outcome="new",
        health=("slow",),
        memory={"days": [1, None]},
    )
    return PollResult(Poll(url, at, "new", 200, entries_new=len(entries)), state, entries)


def verdicts(*entries: Entry) -> dict[tuple[str, str], Relevance]:
    return {(entry.feed_url, entry.key): RELEVANT for entry in entries}


def story(number: int, sayings: Sequence[str], lead: str = "") -> tuple[Story, tuple[Statement, ...]]:
    """A story in which the three speakers take turns: ``Ann Able said on Tuesday: …``."""
    url = f"https://one.example/{number}"
    id = story_id(url)
    text, statements = lead, []
    for turn, saying in enumerate(sayings):
        speaker = SPEAKERS[turn % len(SPEAKERS)]
        start = len(text)
        text += f"{speaker} said on Tuesday: {saying}.\n"
        words = start + len(f"{speaker} said on Tuesday: ")
        cue = start + len(speaker) + 1
        statements.append(
            Statement(
                id=statement_id(id, saying, "said"),
                story_id=id,
                speaker=speaker,
                speaker_name=speaker,
                speaker_kind=SpeakerKind.PERSON,
                actor_id=speaker.lower().replace(" ", "-"),
                cue="said",
                cue_class=CueClass.ASSERT,
                content=saying,
                form=Form.INDIRECT,
                spans=Spans(
                    content=((words, words + len(saying)),),
                    evidence=(start, len(text) - 1),
                    speaker=(start, start + len(speaker)),
                    cue=(cue, cue + 4),
                    date=(cue + 5, cue + 15),
                ),
                said_from=date(2025, 8, 19),
                said_to=date(2025, 8, 19),
                precision=Precision.DAY,
                date_basis=DateBasis.EXPLICIT,
                date_text="on Tuesday",
                confidence=0.8,
                rule="sample",
                topics=("military-aid",),
                mentions=(Timex(words, words + 4, saying[:4], TimexType.DATE, "2026", precision=Precision.YEAR),),
            )
        )
    return (
        Story(id, url, f"Story {number}", text, outlet="One", published=NOON, day=NOON.date(), language="en"),
        tuple(statements),
    )


def reading(number: int, sayings: Sequence[str], lead: str = "", feed_url: str = FEED) -> StoredReading:
    """The page of ``entry(number)`` read, with a statement for each saying."""
    found, statements = story(number, sayings, lead)
    return StoredReading(
        entry=entry(number, feed_url),
        fetch=Fetch(found.url, NOON, "read", 200),
        extraction=Extraction(found, RELEVANT, statements),
        entry_status="read",
        read_due_at=None,
    )


def append_two_stories(warehouse: Warehouse) -> None:
    """A run that read two stories, one of which was edited an hour later."""
    warehouse.feeds.add([feed()], NOON)
    warehouse.runs.start("run", NOON, "monitor")
    warehouse.entries.commit_polls("1", "run", [polled(entry(1), entry(2))], verdicts(entry(1), entry(2)), NOON)
    warehouse.stories.commit_readings(
        "2", "run", [reading(1, ["aid is on its way"]), reading(2, ["talks go on"])], NOON
    )
    edited = reading(1, ["aid is on its way", "it is early"], lead="Updated. ")
    warehouse.stories.commit_readings("3", "run", [edited], hours(1))
