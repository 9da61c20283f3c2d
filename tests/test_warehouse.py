"""The writer's warehouse: what is appended is there once, whole, and comes back as it went in."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractors.actors import Actor, Office
from extractors.errors import WarehouseError
from extractors.records import FAILED, Extraction, FeedState, SpeakerKind, StoredReading, StoryKind
from storage.entries import RESTLESS
from storage.opening import private_file
from storage.rows import statement_of
from storage.tables import Tables
from storage.warehouse import Warehouse
from tests.warehouse_samples import (
    FEED,
    IRRELEVANT,
    NOON,
    OTHER_FEED,
    entry,
    feed,
    hours,
    polled,
    reading,
    story,
    verdicts,
)


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with an empty warehouse, to be copied."""
    folder = tmp_path_factory.mktemp("blank")
    Warehouse.open(folder).close()
    return folder


@pytest.fixture
def data(blank: Path, tmp_path: Path) -> Path:
    return shutil.copytree(blank, tmp_path / "data")


@pytest.fixture
def warehouse(data: Path) -> Iterator[Warehouse]:
    with Warehouse.open(data) as opened:
        opened.feeds.add([feed(), feed(OTHER_FEED, "Two")], NOON)
        yield opened


def rows(data: Path, query: str) -> list[tuple[Any, ...]]:
    """Of the private file, as another program would see it."""
    with duckdb.connect(str(private_file(data)), read_only=True) as connection:
        return connection.execute(query).fetchall()


def column(data: Path, query: str) -> list[Any]:
    return [value for (value,) in rows(data, query)]


# --- feeds and their state --------------------------------------------------------------------------------------------


def test_a_feed_is_added_once_and_described_anew(warehouse: Warehouse) -> None:
    assert warehouse.feeds.add([feed(title="One, renamed")], hours(1)) == 0
    assert [found.title for found in warehouse.feeds.subscribed()] == ["One, renamed", "Two"]


def test_a_removed_feed_is_polled_no_more_and_can_come_back(warehouse: Warehouse) -> None:
    assert warehouse.feeds.remove(FEED)
    assert not warehouse.feeds.remove(FEED)
    assert [found.url for found in warehouse.feeds.subscribed()] == [OTHER_FEED]
    assert warehouse.feeds.add([feed()]) == 1
    assert {found.url for found, _ in warehouse.feeds.states()} == {FEED, OTHER_FEED}


def test_a_feed_never_polled_is_due_at_once(warehouse: Warehouse) -> None:
    states = warehouse.feeds.states()
    assert [(found.url, state.due_at) for found, state in states] == [(FEED, NOON), (OTHER_FEED, NOON)]


def test_the_feeds_due_come_most_overdue_first_with_the_state_of_their_last_poll(warehouse: Warehouse) -> None:
    result = polled()
    warehouse.entries.commit_polls("1", "run", [result], {}, NOON)
    assert [found.url for found, _ in warehouse.feeds.states()] == [OTHER_FEED, FEED]
    states: dict[str, FeedState] = {found.url: state for found, state in warehouse.feeds.states()}
    assert states[FEED] == result.state


def test_the_latest_state_replaces_the_one_before(warehouse: Warehouse) -> None:
    warehouse.entries.commit_polls("1", "run", [polled()], {}, NOON)
    later = polled(at=hours(3))
    warehouse.entries.commit_polls("2", "run", [later], {}, hours(3))
    assert {found.url: state for found, state in warehouse.feeds.states()}[FEED] == later.state


# --- the reading queue ------------------------------------------------------------------------------------------------


def test_a_relevant_entry_waits_to_be_read_and_comes_back_as_the_feed_gave_it(warehouse: Warehouse) -> None:
    local = replace(entry(1), published=NOON.astimezone(timezone(timedelta(hours=3))), updated=hours(1))
    added = warehouse.entries.commit_polls("1", "run", [polled(local)], verdicts(local), NOON)
    assert (added["new_entries"], added["queued"]) == (1, 1)
    (found,) = warehouse.entries.pending(NOON, 10)
    assert found == local
    assert found.published is not None
    assert found.published.utcoffset() == timedelta(hours=3)


def test_an_entry_judged_irrelevant_is_known_but_not_read(warehouse: Warehouse) -> None:
    warehouse.entries.commit_polls("1", "run", [polled(entry(1))], {(FEED, "item-1"): IRRELEVANT}, NOON)
    assert warehouse.entries.pending(hours(1), 10) == []
    assert warehouse.entries.known({FEED: ["item-1"]}) == {FEED: {"item-1": ("first", "https://one.example/1")}}


def test_known_entries_are_those_that_are_asked_for(warehouse: Warehouse) -> None:
    warehouse.entries.commit_polls("1", "run", [polled(*(entry(number) for number in range(3)))], {}, NOON)
    other = "https://other.example/rss"
    assert warehouse.entries.known({FEED: {"item-0", "item-2", "item-9"}, other: {"item-1"}}) == {
        FEED: {"item-0": ("first", "https://one.example/0"), "item-2": ("first", "https://one.example/2")},
        other: {},
    }
    assert warehouse.entries.known({}) == {}


def test_a_page_that_failed_is_tried_again_when_it_is_due(warehouse: Warehouse) -> None:
    warehouse.entries.commit_polls("1", "run", [polled(entry(1))], verdicts(entry(1)), NOON)
    failed = StoredReading(entry(1), reading(1, []).fetch, None, "failed", hours(2), attempts=1)
    warehouse.stories.commit_readings("2", "run", [failed], NOON)
    assert warehouse.entries.pending(hours(1), 10) == []
    assert [found.attempts for found in warehouse.entries.pending(hours(2), 10)] == [1]
    warehouse.stories.commit_readings("3", "run", [replace(failed, read_due_at=None, attempts=2)], hours(2))
    assert warehouse.entries.pending(hours(9000), 10) == []


def test_an_entry_that_changed_after_it_was_read_is_read_again(warehouse: Warehouse) -> None:
    warehouse.entries.commit_polls("1", "run", [polled(entry(1))], verdicts(entry(1)), NOON)
    warehouse.stories.commit_readings("2", "run", [reading(1, ["aid is on its way"])], NOON)
    assert warehouse.entries.pending(hours(1), 10) == []
    changed = entry(1, content_hash="second")
    added = warehouse.entries.commit_polls("3", "run", [polled(changed)], {}, hours(1))
    assert (added["new_entries"], added["changed_entries"]) == (0, 1)
    assert warehouse.entries.pending(hours(1), 10) == [replace(changed, read_at=NOON)]


@pytest.mark.parametrize("text", ["first", "second"], ids=["the link alone", "link and words"])
def test_an_entry_that_leads_elsewhere_before_it_was_read_loses_no_page(warehouse: Warehouse, text: str) -> None:
    links = [f"https://one.example/briefing-{number}" for number in (1, 2, 1, 2, 3)]
    for turn, link in enumerate(links):
        shown = replace(entry(1, content_hash=text if turn else "first"), url=link)
        warehouse.entries.commit_polls(f"p{turn}", "run", [polled(shown)], verdicts(shown), hours(turn))
    assert sorted(found.url for found in warehouse.entries.pending(hours(9), 10)) == sorted(set(links))
    assert warehouse.entries.known({FEED: ["item-1"]})[FEED]["item-1"] == (text, links[-1])


def test_an_entry_that_leads_elsewhere_after_it_was_read_is_read_there_too(data: Path) -> None:
    with Warehouse.open(data) as warehouse:
        warehouse.entries.commit_polls("1", "run", [polled(entry(1))], verdicts(entry(1)), NOON)
        warehouse.stories.commit_readings("2", "run", [reading(1, ["aid is on its way"])], NOON)
        elsewhere = replace(entry(1), url="https://one.example/2")
        added = warehouse.entries.commit_polls("3", "run", [polled(elsewhere)], verdicts(elsewhere), hours(1))
        assert (added["new_entries"], added["queued"]) == (1, 1)
        assert warehouse.entries.pending(hours(1), 10) == [elsewhere]
    links = "SELECT url, status FROM entries ORDER BY url"
    assert rows(data, links) == [("https://one.example/1", "read"), ("https://one.example/2", "pending")]


def test_a_page_read_can_be_due_again_behind_those_never_read(warehouse: Warehouse) -> None:
    both = [entry(1), entry(2)]
    warehouse.entries.commit_polls("1", "run", [polled(*both)], verdicts(*both), NOON)
    again = replace(reading(1, ["aid is on its way"]), read_due_at=NOON)
    warehouse.stories.commit_readings("2", "run", [again], NOON)
    waiting = warehouse.entries.pending(NOON, 10)
    assert [(found.key, found.read_at) for found in waiting] == [("item-2", None), ("item-1", NOON)]


def test_an_entry_shown_again_unchanged_stays_read(warehouse: Warehouse) -> None:
    warehouse.entries.commit_polls("1", "run", [polled(entry(1))], verdicts(entry(1)), NOON)
    warehouse.stories.commit_readings("2", "run", [reading(1, ["aid is on its way"])], NOON)
    assert warehouse.entries.commit_polls("3", "run", [polled(entry(1))], verdicts(entry(1)), hours(1))["queued"] == 0
    assert warehouse.entries.pending(hours(1), 10) == []


@pytest.mark.parametrize("when", ["before it is read", "after it was read"])
def test_a_page_that_two_feeds_offer_is_read_once_and_is_one_story(data: Path, when: str) -> None:
    here, there = entry(1), entry(1, OTHER_FEED)
    with Warehouse.open(data) as warehouse:
        warehouse.entries.commit_polls("1", "run", [polled(here)], verdicts(here), NOON)
        if when == "before it is read":
            warehouse.entries.commit_polls("2", "run", [polled(there, url=OTHER_FEED)], verdicts(there), NOON)
        assert len(warehouse.entries.pending(NOON, 10)) == 1
        warehouse.stories.commit_readings("3", "run", [reading(1, ["aid is on its way"])], NOON)
        if when == "after it was read":
            warehouse.entries.commit_polls("2", "run", [polled(there, url=OTHER_FEED)], verdicts(there), NOON)
        assert warehouse.entries.pending(hours(1), 10) == []
    assert rows(data, "SELECT count(*), count(DISTINCT story_id), min(status) FROM entries") == [(2, 1, "read")]
    assert rows(data, "SELECT count(*) FROM stories") == [(1,)]


def test_a_clock_put_back_by_a_day_delays_nothing(warehouse: Warehouse) -> None:
    result = polled(entry(1), at=hours(24))
    warehouse.entries.commit_polls("1", "run", [result], verdicts(entry(1)), hours(24))
    assert [found.key for found in warehouse.entries.pending(NOON, 10)] == ["item-1"]


def test_a_story_that_always_changes_is_read_again_once_a_day(warehouse: Warehouse) -> None:
    warehouse.entries.commit_polls("1", "run", [polled(entry(1))], verdicts(entry(1)), NOON)
    for version in range(RESTLESS):
        read = reading(1, ["aid is on its way"], lead=f"Version {version}. ")
        warehouse.stories.commit_readings(f"r{version}", "run", [read], NOON)
        changed = replace(entry(1), content_hash=f"{version}")
        warehouse.entries.commit_polls(f"p{version}", "run", [polled(changed)], {}, hours(1))
        due = [found.key for found in warehouse.entries.pending(hours(1), 10)]
        assert due == ([] if version == RESTLESS - 1 else ["item-1"]), version
    assert [found.key for found in warehouse.entries.pending(hours(24), 10)] == ["item-1"]


def test_the_queue_gives_no_more_than_is_asked_for(warehouse: Warehouse) -> None:
    many = [entry(number) for number in range(5)]
    warehouse.entries.commit_polls("1", "run", [polled(*many)], verdicts(*many), NOON)
    assert len(warehouse.entries.pending(NOON, 3)) == 3


def test_a_feed_with_many_entries_crowds_out_no_other(warehouse: Warehouse) -> None:
    many, few = [entry(number) for number in range(20)], [entry(number, OTHER_FEED) for number in (30, 31)]
    warehouse.entries.commit_polls("1", "run", [polled(*many)], verdicts(*many), NOON)
    warehouse.entries.commit_polls("2", "run", [polled(*few, url=OTHER_FEED)], verdicts(*few), hours(1))
    feeds = [found.feed_url for found in warehouse.entries.pending(hours(1), 6)]
    assert feeds == [FEED, OTHER_FEED, FEED, OTHER_FEED, FEED, FEED]


# --- stories and statements -------------------------------------------------------------------------------------------


def test_a_statement_is_kept_with_its_evidence(data: Path) -> None:
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_readings(
            "1", "run", [reading(1, ["aid is on its way"])], NOON, extractor_version="1.0"
        )
    assert rows(data, "SELECT speaker, said_when, content, outlet FROM said") == [
        ("Ann Able", "2025-08-19", "aid is on its way", "One")
    ]
    assert rows(data, "SELECT sentence, cue_words, date_words, content_words FROM evidence") == [
        ("Ann Able said on Tuesday: aid is on its way.", "said", "on Tuesday", ["aid is on its way"])
    ]
    assert rows(data, "SELECT extractor_version, run_id FROM statements") == [("1.0", "run")]
    assert rows(data, "SELECT words, value FROM statement_mentions") == [("aid ", "2026")]


def test_a_statement_comes_back_as_it_went_in(warehouse: Warehouse) -> None:
    given = reading(1, ["aid is on its way"]).extraction
    assert given is not None
    warehouse.stories.commit_extractions("1", "run", [given], NOON)
    (row,) = warehouse.tables.rows("FROM statements")
    assert (statement_of(row),) == given.statements


def test_an_edited_story_keeps_its_earlier_text_and_marks_what_vanished(data: Path) -> None:
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_readings("1", "run", [reading(1, ["aid is on its way", "it is late"])], NOON)
        edited = reading(1, ["aid is on its way", "it is early"], lead="Updated. ")
        added = warehouse.stories.commit_readings("2", "run", [edited], hours(1))
    assert (added["changed_stories"], added["statements"], added["vanished_statements"]) == (1, 1, 1)
    assert rows(data, "SELECT version, text LIKE 'Updated.%' FROM story_texts ORDER BY version") == [
        (1, False),
        (2, True),
    ]
    assert rows(data, "SELECT content, vanished_at IS NOT NULL FROM statements ORDER BY content") == [
        ("aid is on its way", False),
        ("it is early", False),
        ("it is late", True),
    ]
    assert column(data, "SELECT sentence FROM evidence ORDER BY sentence") == [
        "Ann Able said on Tuesday: aid is on its way.",
        "Ben Baker said on Tuesday: it is early.",
        "Ben Baker said on Tuesday: it is late.",
    ]
    before = f"SELECT content, spans.evidence.start FROM as_of(TIMESTAMPTZ '{NOON}') ORDER BY content"
    assert rows(data, before) == [("aid is on its way", 0), ("it is late", 45)]
    assert rows(data, "SELECT versions, vanished FROM changed_stories") == [(2, 1)]


def test_a_statement_that_comes_back_stands_again(data: Path) -> None:
    once = reading(1, ["aid is on its way"])
    with Warehouse.open(data) as warehouse:
        for number, sayings in enumerate([["aid is on its way"], [], ["aid is on its way"]]):
            warehouse.stories.commit_readings(str(number), "run", [reading(1, sayings)], hours(number))
    assert once.extraction is not None
    assert column(data, "SELECT statement_id FROM said") == [once.extraction.statements[0].id]
    assert column(data, f"SELECT count(*) FROM as_of(TIMESTAMPTZ '{hours(1.5)}')") == [0]


def test_a_story_read_again_after_the_clock_was_put_back_is_not_doubled(data: Path) -> None:
    with Warehouse.open(data) as warehouse:
        for number, (moment, sayings) in enumerate([(48, ["a b c"]), (0, ["a b c", "d e f"]), (1, ["a b c", "d e f"])]):
            warehouse.stories.commit_readings(str(number), "run", [reading(1, sayings)], hours(moment))
    assert column(data, "SELECT content FROM statements ORDER BY content") == ["a b c", "d e f"]


def test_a_clock_that_was_put_back_leaves_history_in_order(data: Path) -> None:
    turns = [(48, ["a b c", "d e f"]), (0, ["a b c"]), (1, ["d e f"]), (2, ["a b c", "d e f"]), (72, [])]
    with Warehouse.open(data) as warehouse:
        for number, (moment, sayings) in enumerate(turns):
            warehouse.stories.commit_readings(
                str(number), "run", [reading(1, sayings, lead=f"{number}. ")], hours(moment)
            )
    spans = {
        "story_versions": "seen_from, seen_to",
        "statement_history": "valid_from, valid_to",
        "statements": "valid_from, vanished_at",
    }
    for table, columns in spans.items():
        for first, last in (found := rows(data, f"SELECT {columns} FROM {table}")):
            assert first <= last, table
        assert found
    ends = "SELECT max(valid_to) FROM statement_history AS h WHERE h.statement_id = s.statement_id"
    assert column(data, f"SELECT valid_from >= ({ends}) FROM statements AS s") == [True, True]


def test_a_page_that_a_clock_far_ahead_put_off_is_due(warehouse: Warehouse) -> None:
    warehouse.entries.commit_polls("1", "run", [polled(entry(1))], verdicts(entry(1)), NOON)
    failed = replace(reading(1, []), extraction=None, entry_status="pending", attempts=1)
    for days, due in ((300, ["item-1"]), (7, [])):
        again = replace(failed, read_due_at=hours(24 * days))
        warehouse.stories.commit_readings(str(days), "run", [again], NOON)
        assert [found.key for found in warehouse.entries.pending(NOON, 10)] == due


def test_a_story_is_kept_where_its_page_later_shows_a_wall(data: Path) -> None:
    walled, _ = story(1, [])
    wall = replace(
        reading(1, []), extraction=Extraction(replace(walled, text="Subscribe", kind=StoryKind.TEASER), IRRELEVANT)
    )
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_readings("1", "run", [reading(1, ["aid is on its way"])], NOON)
        warehouse.stories.commit_readings("2", "run", [wall], hours(1))
    assert rows(data, "SELECT kind, version FROM stories") == [("story", 1)]
    assert column(data, "SELECT count(*) FROM said") == [1]


def test_a_newer_extractor_changes_statements_and_leaves_the_text(data: Path) -> None:
    first = reading(1, ["aid is on its way", "it is late"]).extraction
    assert first is not None
    better = replace(first, statements=(replace(first.statements[0], via="Reuters"),))
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_extractions("1", "run", [first], NOON, extractor_version="1")
        added = warehouse.stories.commit_extractions("2", "run", [better], hours(1), extractor_version="2")
        assert [found for batch in warehouse.stories.oldest_first() for found in batch] == [first.story]
    assert (added["changed_statements"], added["vanished_statements"]) == (1, 1)
    assert rows(data, "SELECT via, extractor_version FROM statements WHERE vanished_at IS NULL") == [("Reuters", "2")]
    assert rows(data, "SELECT version FROM stories") == [(1,)]
    changed = "SELECT change, what, cause, speaker_before, speaker FROM changed_statements ORDER BY change"
    assert rows(data, changed) == [
        ("changed", ["via"], "newer extractors", "Ann Able", "Ann Able"),
        ("vanished", [], "newer extractors", "Ben Baker", None),
    ]


def unread(number: int, lead: str = "") -> Extraction:
    """The story of ``reading`` where an extractor failed on it."""
    found = reading(number, ["aid is on its way"], lead).extraction
    assert found is not None
    return replace(found, statements=(), skipped=f"{FAILED}ValueError: odd")


@pytest.mark.parametrize("lead", ["", "Updated. "])
def test_a_known_story_on_which_an_extractor_fails_stays_as_it_is(data: Path, lead: str) -> None:
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_readings("1", "run", [reading(1, ["aid is on its way"])], NOON, extractor_version="1")
        added = warehouse.stories.commit_extractions("2", "run", [unread(1, lead)], hours(1), extractor_version="2")
        assert (added["failed_stories"], added["vanished_statements"], added["changed_stories"]) == (1, 0, 0)
        assert len(list(warehouse.stories.oldest_first(extractor="1"))) == 1
    assert rows(data, "SELECT content, vanished_at FROM statements") == [("aid is on its way", None)]
    assert rows(data, "SELECT version, skipped, extractor_version FROM stories") == [(1, "", "1")]


def test_a_new_story_on_which_an_extractor_fails_is_kept_and_looked_at_by_every_later_version(data: Path) -> None:
    found = reading(1, ["aid is on its way"]).extraction
    assert found is not None
    with Warehouse.open(data) as warehouse:
        added = warehouse.stories.commit_extractions("1", "run", [unread(1)], NOON, extractor_version="2")
        assert (added["new_stories"], added["failed_stories"]) == (1, 1)
        assert list(warehouse.stories.oldest_first(extractor="1")) == [[found.story]]
        warehouse.stories.commit_extractions("2", "run", [found], hours(1), extractor_version="3")
        assert list(warehouse.stories.oldest_first(extractor="1")) == []
    assert rows(data, "SELECT content, skipped FROM said JOIN stories USING (story_id)") == [("aid is on its way", "")]


def test_the_whole_story_is_kept_in_place_of_a_stub_though_an_extractor_fails_on_it(data: Path) -> None:
    whole = unread(1)
    stub = Extraction(replace(whole.story, text="Subscribe", kind=StoryKind.TEASER), IRRELEVANT, skipped="teaser")
    with Warehouse.open(data) as warehouse:
        for number, found in enumerate([stub, whole]):
            warehouse.stories.commit_extractions(str(number), "run", [found], hours(number))
    assert rows(data, "SELECT kind, text, version FROM stories") == [("story", whole.story.text, 2)]


def test_stories_are_told_by_the_version_that_looked_at_them_last(data: Path) -> None:
    first, second = (reading(number, ["aid is on its way"]).extraction for number in (1, 2))
    assert first is not None
    assert second is not None
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_extractions("1", "run", [first, second], NOON, extractor_version="1")
        assert warehouse.stories.extractors() == {"1": 2}
        warehouse.stories.commit_extractions("2", "run", [first], hours(1), extractor_version="2")
        assert warehouse.stories.extractors() == {"1": 1, "2": 1}
        assert list(warehouse.stories.oldest_first(extractor="1")) == [[second.story]]
    # Nothing was found otherwise, so the statement is still the first version's.
    assert column(data, "SELECT DISTINCT extractor_version FROM statements") == ["1"]
    assert rows(data, "FROM changed_statements") == []


def test_what_an_edit_changed_is_told_and_what_only_moved_is_not(data: Path) -> None:
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_readings("1", "run", [reading(1, ["aid is on its way", "it is late"])], NOON)
        edited = reading(1, ["aid is on its way", "it is early"], lead="Updated. ")
        warehouse.stories.commit_readings("2", "run", [edited], hours(1))
        warehouse.stories.commit_readings("3", "run", [reading(1, ["aid is on its way", "it is late"])], hours(2))
    assert rows(data, "SELECT content, change, cause FROM changed_statements ORDER BY changed_at") == [
        ("it is late", "vanished", "story edited"),
        ("it is early", "vanished", "story edited"),
    ]


@pytest.mark.parametrize("words", ["null \0 inside", "emoji 😀 and é́", "lone \ud800 half", "quote ' \" \\ end"])
def test_any_text_goes_in_and_offsets_stay_right(data: Path, words: str) -> None:
    given = reading(1, [words])
    assert given.extraction is not None
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_readings("1", "run", [given], NOON)
    kept = words.encode("utf-8", "replace").decode()
    assert rows(data, "SELECT content, content_words FROM said JOIN evidence USING (statement_id)") == [(kept, [kept])]


def test_actors_are_replaced_as_a_whole(data: Path) -> None:
    ann = Actor("ann-able", "Ann Able", SpeakerKind.PERSON, country="gb", aliases=("A. Able",))
    office = Office("ann-able", "minister", country="gb", first=NOON.date())
    with Warehouse.open(data) as warehouse:
        assert warehouse.actors.load([ann], [office])
        assert not warehouse.actors.load([ann], [office])
        assert warehouse.actors.load([replace(ann, name="Dame Ann Able")], [office])
        warehouse.stories.commit_readings("1", "run", [reading(1, ["aid is on its way"])], NOON)
    assert column(data, "SELECT speaker FROM timeline('ann-able')") == ["Dame Ann Able"]
    assert rows(data, "SELECT office, first_day FROM offices") == [("minister", NOON.date())]


def test_one_utterance_in_several_outlets_is_linked(data: Path) -> None:
    words = "the new air defence systems will reach the eastern cities before the first frost"
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_readings("1", "first", [reading(1, [words]), reading(2, ["talks go on"])], NOON)
        assert warehouse.utterances.link("first", NOON) == 0
        warehouse.stories.commit_readings("2", "killed", [reading(3, [words])], hours(1))
        warehouse.stories.commit_readings("3", "third", [reading(4, [words])], hours(2))
        assert warehouse.utterances.link("third", hours(2)) == 3
        assert warehouse.utterances.link("third", hours(2)) == 0
    assert rows(
        data, "SELECT count(*), count(DISTINCT utterance_id), count(DISTINCT statement_id) FROM utterances"
    ) == [(3, 1, 3)]
    carried = "SELECT url FROM carried_by((SELECT min(statement_id) FROM utterances)) ORDER BY url"
    assert column(data, carried) == [f"https://one.example/{number}" for number in (1, 3, 4)]


def test_a_run_is_booked_with_what_it_did(data: Path) -> None:
    with Warehouse.open(data) as warehouse:
        warehouse.runs.start("a", NOON, "monitor")
        warehouse.runs.start("b", hours(1), "monitor")
        warehouse.runs.finish("b", hours(2), "done", {"statements": 3})
    assert rows(data, "SELECT run_id, outcome, counts['statements'] FROM runs ORDER BY run_id") == [
        ("a", "killed", None),  # as another has begun
        ("b", "done", 3),
    ]


def test_pruning_takes_old_polls_and_fetches_only(data: Path) -> None:
    with Warehouse.open(data) as warehouse:
        for number in (0, 48):
            warehouse.entries.commit_polls(f"polls/{number}", "run", [polled(at=hours(number))], {}, hours(number))
        warehouse.stories.commit_readings("readings", "run", [reading(1, ["aid is on its way"])], NOON)
        assert warehouse.runs.prune(hours(24)) == 2
    assert column(data, "SELECT count(*) FROM polls") == [1]
    assert column(data, "SELECT count(*) FROM said") == [1]


# --- batches: once, whole, in any order -------------------------------------------------------------------------------


def test_a_repeated_batch_changes_nothing_and_says_again_what_it_did(data: Path) -> None:
    with Warehouse.open(data) as warehouse:
        for _ in range(2):
            polls = warehouse.entries.commit_polls("1", "run", [polled(entry(1))], verdicts(entry(1)), NOON)
            readings = warehouse.stories.commit_readings("2", "run", [reading(1, ["aid is on its way"])], NOON)
    assert (polls["new_entries"], readings["statements"]) == (1, 1)
    for table in ("polls", "fetches", "entries", "stories", "statements"):
        assert column(data, f"SELECT count(*) FROM {table}") == [1], table
    assert column(data, "SELECT count(*) FROM batches") == [2]


Step = tuple[str, list[int]]
STEPS = st.lists(
    st.tuples(st.sampled_from(["polls", "readings"]), st.lists(st.integers(0, 6), min_size=1, max_size=4)),
    min_size=1,
    max_size=5,
)


class CutShortError(Exception):
    """The process ends here."""


def apply(warehouse: Warehouse, number: int, step: Step) -> None:
    kind, numbers = step
    if kind == "polls":
        entries = [entry(one) for one in numbers]
        warehouse.entries.commit_polls(f"polls/{number}", "run", [polled(*entries)], verdicts(*entries), NOON)
    else:
        readings = [reading(one, [f"saying {one} of {turn}" for turn in range(one % 3 + 1)]) for one in numbers]
        warehouse.stories.commit_readings(f"readings/{number}", "run", readings, NOON)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, seed=st.integers(0, 2**16))
def test_batches_in_any_order_repeated_or_cut_short_give_the_same_set(
    blank: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[Step], seed: int
) -> None:
    chance = random.Random(seed)
    plan = list(enumerate(steps))
    plan += chance.choices(plan, k=2)
    chance.shuffle(plan)
    data = shutil.copytree(blank, tmp_path_factory.mktemp("any") / "data")
    with Warehouse.open(data) as warehouse, pytest.MonkeyPatch.context() as patch:
        for number, step in plan:
            if chance.random() < 0.3:
                with patch.context() as cut:
                    cut.setattr(Tables, "book", cut_short)
                    with pytest.raises(CutShortError):
                        if warehouse.tables.booked(f"{step[0]}/{number}") is not None:
                            raise CutShortError
                        apply(warehouse, number, step)
            apply(warehouse, number, step)
    read = {one for kind, numbers in steps if kind == "readings" for one in numbers}
    shown = {one for kind, numbers in steps if kind == "polls" for one in numbers}
    assert sorted(column(data, "SELECT url FROM stories")) == [f"https://one.example/{one}" for one in sorted(read)]
    expected = sorted(f"saying {one} of {turn}" for one in read for turn in range(one % 3 + 1))
    assert sorted(column(data, "SELECT content FROM said")) == expected
    assert sorted(column(data, "SELECT key FROM entries")) == [f"item-{one}" for one in sorted(shown)]
    assert column(data, "SELECT count(*) FROM batches") == [len(steps)]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(editions=st.lists(st.lists(st.sampled_from("abcd"), max_size=3, unique=True), min_size=1, max_size=5))
def test_the_warehouse_can_say_what_it_said_at_any_moment(
    blank: Path, tmp_path_factory: pytest.TempPathFactory, editions: list[list[str]]
) -> None:
    data = shutil.copytree(blank, tmp_path_factory.mktemp("any") / "data")
    with Warehouse.open(data) as warehouse:
        for number, sayings in enumerate(editions):
            warehouse.stories.commit_readings(
                str(number), "run", [reading(1, [f"saying {one}" for one in sayings])], hours(number)
            )
    for number, sayings in enumerate(editions):
        then = rows(
            data,
            "SELECT a.content, piece(t.text, a.spans.content[1]) "
            f"FROM as_of(TIMESTAMPTZ '{hours(number + 0.5)}') AS a "
            "JOIN story_texts AS t ON a.story_id = t.story_id AND a.story_version = t.version ORDER BY ALL",
        )
        assert then == [(f"saying {one}", f"saying {one}") for one in sorted(sayings)]


def cut_short(*_: object) -> None:
    raise CutShortError


@pytest.mark.parametrize(
    ("who", "actor"),
    [
        ("mark-rutte", "mark-rutte"),
        ("Mark Rutte", "mark-rutte"),
        ("rutte", "mark-rutte"),
        ("Ukraine", "ukraine"),
        ("Smith", None),  # two of that name
        ("nobody", None),
    ],
)
def test_an_actor_is_meant_by_id_or_by_any_name(data: Path, who: str, actor: str | None) -> None:
    listed = [
        Actor("mark-rutte", "Mark Rutte", SpeakerKind.PERSON, aliases=("Rutte",)),
        Actor("ukraine", "Ukraine", SpeakerKind.COUNTRY, aliases=("Kyiv",)),
        Actor("kyiv-council", "Kyiv Council", SpeakerKind.ORGANISATION, aliases=("Kyiv", "Ukraine")),
        Actor("ann-smith", "Ann Smith", SpeakerKind.PERSON, aliases=("Smith",)),
        Actor("ben-smith", "Ben Smith", SpeakerKind.PERSON, aliases=("Smith",)),
    ]
    with Warehouse.open(data) as warehouse:
        warehouse.actors.load(listed, [])
    assert column(data, f"SELECT actor_named('{who}')") == [actor]


@pytest.mark.parametrize(
    ("text", "words", "held"),
    [
        ("Aid is on its way", "aid", True),
        ("nobody is afraid", "aid", False),
        ("its aid came late", "LATE aid", True),
        ("its aid came late", "aid soon", False),
        ("“Drones” fly", "drone", True),
        ("a drone’s wing", "drone", True),
        ("a drone", "drones", False),
        ("must, the U.N. says", "US", False),
        ("the U.S. and others", "U.S.", True),
        ("the U.N., Ukraine's friend", "U.S.", False),
        ("long-range fire", "long-range", True),
        ("long-range fire", "range", True),
        ("Orbán spoke", "orbán", True),
        ("Orbán spoke", "orb", False),
        ("дрони летять", "дрони", True),
        ("дрони летять", "дрон", False),
        ("a line\nbreak", "line break", True),
        ("bread & salt", "bread & salt", True),
        ("anything", "", True),
    ],
)
def test_words_are_whole_words_or_have_an_s_behind(data: Path, text: str, words: str, held: bool) -> None:
    with duckdb.connect(str(private_file(data)), read_only=True) as connection:
        assert connection.execute("SELECT has_words(?, ?)", [text, words]).fetchall() == [(held,)]


# --- other processes --------------------------------------------------------------------------------------------------

WRITER = """
import sys
from pathlib import Path
from typing import Any
from storage.rows import statement_of
from storage.warehouse import Warehouse
from tests.warehouse_samples import NOON, entry, polled, reading, verdicts

data, acknowledged, batches = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
with acknowledged.open("a") as log:
    for number in range(batches):
        with Warehouse.open(data) as warehouse:
            entries = [entry(10 * number + one) for one in range(10)]
            warehouse.entries.commit_polls(f"polls/{number}", "run", [polled(*entries)], verdicts(*entries), NOON)
            found = [reading(10 * number + one, ["this is so", "that is not"]) for one in range(10)]
            warehouse.stories.commit_readings(f"readings/{number}", "run", found, NOON)
            print(number, file=log, flush=True)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def killed_writers(data: Path, acknowledged: Path, kills: int, batches: int) -> None:
    """Kill the writer at random instants; after each, all that it had acknowledged is there, whole."""
    chance = random.Random(20250820)
    acknowledged.touch()
    for _ in range(kills):
        writer = start(WRITER, data, acknowledged, batches)
        seen = len(acknowledged.read_text().split())
        patience = time.monotonic() + 60
        while len(acknowledged.read_text().split()) == seen and writer.poll() is None and time.monotonic() < patience:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 0.2))
        writer.kill()
        writer.communicate()
        Warehouse.open(data).close()
        told = set(map(int, acknowledged.read_text().split()))
        committed = column(data, "SELECT split_part(batch_id, '/', 2)::INTEGER FROM batches WHERE kind = 'readings'")
        assert told <= set(committed)
        assert column(data, "SELECT count(*) FROM statements") == [20 * len(committed)]


@pytest.mark.parametrize("kills", [5, pytest.param(60, marks=pytest.mark.long)])
def test_a_killed_writer_loses_nothing_and_doubles_nothing(tmp_path: Path, kills: int) -> None:
    data, acknowledged, batches = tmp_path / "data", tmp_path / "acknowledged", 6
    killed_writers(data, acknowledged, kills, batches)
    last = start(WRITER, data, acknowledged, batches)
    _, errors = last.communicate(timeout=120)
    assert last.returncode == 0, errors
    for table, id, expected in [
        ("entries", "entry_id", 60),
        ("stories", "story_id", 60),
        ("statements", "statement_id", 120),
        ("batches", "batch_id", 12),
    ]:
        assert rows(data, f"SELECT count(*), count(DISTINCT {id}) FROM {table}") == [(expected, expected)], table


HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.readline()
"""


def test_a_held_file_is_waited_for_and_its_holder_named(data: Path) -> None:
    holder = start(HOLDER, private_file(data))
    assert holder.stdout is not None
    assert holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(WarehouseError, match=f"held by process {holder.pid}.*nothing was lost"):
        Warehouse.open(data, wait=0.1)
    holder.stdin.write("\n")
    holder.stdin.flush()
    with Warehouse.open(data, wait=60) as warehouse:
        assert warehouse.feeds.subscribed() == []
    holder.communicate()


def test_a_second_writer_in_the_same_process_waits_too(data: Path) -> None:
    with Warehouse.open(data), pytest.raises(WarehouseError, match="open already in this process"):
        Warehouse.open(data, wait=0.1)
    Warehouse.open(data, wait=0.1).close()


def test_two_writers_that_make_the_warehouse_at_once_make_one(tmp_path: Path) -> None:
    data, acknowledged = tmp_path / "data", tmp_path / "acknowledged"
    writers = [start(WRITER, data, acknowledged, 3) for _ in range(2)]
    for writer in writers:
        _, errors = writer.communicate(timeout=120)
        assert writer.returncode == 0, errors
    assert column(data, "SELECT count(*) FROM statements") == [60]


@pytest.mark.long
def test_a_full_disk_stops_the_writer_and_loses_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can make a small disk")
    try:
        acknowledged = tmp_path / "acknowledged"
        writer = start(
            WRITER.replace('"this is so"', "f'{number} {one} ' + __import__('os').urandom(2000).hex()"),
            disk / "data",
            acknowledged,
            400,
        )
        _, errors = writer.communicate(timeout=300)
        assert "the disk is full; free some space" in errors
        subprocess.run(["mount", "-o", "remount,size=60m", disk], check=True)
        Warehouse.open(disk / "data").close()
        committed = column(disk / "data", "SELECT batch_id FROM batches WHERE kind = 'readings'")
        assert set(acknowledged.read_text().split()) <= {batch.removeprefix("readings/") for batch in committed}
        assert column(disk / "data", "SELECT count(*) FROM statements") == [20 * len(committed)]
    finally:
        subprocess.run(["umount", disk], check=True)


# --- files that cannot be used ----------------------------------------------------------------------------------------


def refused(data: Path, match: str) -> None:
    """Opening fails with words to that effect, and changes nothing."""

    def state() -> Sequence[tuple[str, bytes]]:
        return sorted((file.name, file.read_bytes()) for file in private_file(data).parent.iterdir())

    before = state()
    with pytest.raises(WarehouseError, match=match):
        Warehouse.open(data, wait=0.1)
    assert state() == before


@pytest.mark.parametrize("damage", ["empty", "noise", "cut", "flipped"])
def test_a_corrupt_file_is_refused_with_what_to_do(data: Path, damage: str) -> None:
    file = private_file(data)
    whole = file.read_bytes()
    file.write_bytes(
        {
            "empty": b"",
            "noise": random.Random(1).randbytes(20_000),
            "cut": whole[:20_000],
            "flipped": whole[:4096] + bytes(byte ^ 0xFF for byte in whole[4096:12_288]) + whole[12_288:],
        }[damage]
    )
    refused(data, "left as it is.*the last published state.*dateline restore")


def test_a_read_that_fails_says_what_to_do(data: Path) -> None:
    with Warehouse.open(data) as warehouse:
        for table in ("feeds", "entries", "stories"):
            warehouse.tables.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
        for read in (
            warehouse.feeds.subscribed,
            lambda: warehouse.entries.pending(NOON, 10),
            lambda: warehouse.stories.held([uuid4()]),
        ):
            with pytest.raises(WarehouseError, match=r"warehouse\.duckdb: .*does not exist"):
                read()


def test_another_duckdb_file_is_refused(data: Path) -> None:
    private_file(data).unlink()
    with duckdb.connect(str(private_file(data))) as connection:
        connection.execute("CREATE TABLE mine (a INTEGER)")
    refused(data, "no dateline warehouse")


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WarehouseError, match="cannot be made"):
        Warehouse.open(tmp_path / "file")


def test_only_the_owner_can_look_into_the_private_directory(tmp_path: Path) -> None:
    Warehouse.open(tmp_path / "new").close()
    assert private_file(tmp_path / "new").parent.stat().st_mode & 0o777 == 0o700
