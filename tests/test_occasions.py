"""When things were said: invented stories in cases/occasions.toml, through the parser and the finder of statements."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.dates import tag
from extractors.occasions import date_statements
from extractors.parsing import Parsed, parse
from extractors.records import DateBasis, Statement, Story, story_id
from extractors.speakers import resolve
from extractors.statements import find

STORIES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "cases" / "occasions.toml").read_text(encoding="utf-8")
)["story"]


def read(text: str, day: date | None) -> tuple[Story, Parsed, list[Statement]]:
    story = Story(story_id("https://example.org/story"), "https://example.org/story", "", text, day=day)
    [parsed] = parse([text])
    return story, parsed, resolve(story, parsed, find(story, parsed))


def dated(text: str, day: date | None) -> list[Statement]:
    story, parsed, statements = read(text, day)
    return date_statements(story, parsed, statements, tag(text, day))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: str(story["name"]))
def test_story(story: dict[str, Any]) -> None:
    statements = dated(story["text"], story["day"])
    for expected in story["said"]:
        by = expected.get("by", "")
        statement = next((s for s in statements if expected["holds"] in s.content and by in s.speaker), None)
        assert statement is not None, f"no statement holds {expected['holds']!r}"
        assert (statement.date, statement.date_basis.value, statement.date_text) == (
            expected["date"],
            expected["basis"],
            expected.get("words", ""),
        ), expected["holds"]


def test_without_a_day_of_publication_nothing_is_claimed() -> None:
    [statement] = dated("President Volodymyr Zelensky said on Tuesday that Ukraine needs more interceptors.", None)
    assert (statement.date_basis, statement.said_from, statement.said_to) == (DateBasis.NONE, None, None)


def test_without_a_day_of_publication_a_full_date_still_dates() -> None:
    [statement] = dated("President Volodymyr Zelensky said on 19 August 2025 that Ukraine needs interceptors.", None)
    assert (statement.date_basis, statement.date) == (DateBasis.EXPLICIT, "2025-08-19")


def test_the_dates_that_the_content_speaks_of_are_kept() -> None:
    text = "Chancellor Friedrich Merz said on Monday that the missiles would arrive in October, before Nov. 3."
    [statement] = dated(text, date(2025, 8, 20))
    assert [(t.text, t.value) for t in statement.mentions] == [("October", "2025-10"), ("Nov. 3", "2025-11-03")]
    assert all(text[t.start : t.end] == t.text for t in statement.mentions)


def test_what_is_said_at_a_hearing_is_said_to_whom_it_is_held_before() -> None:
    text = (
        "Minister Carla Voss told the Defence Committee on Monday that the shells were few.\n"
        "General Martin Hale said the front had bent.\n"
        "Senator Dale Whitcomb told Voss that he was tired.\n"
        "In Warsaw, Foreign Minister Adam Wilk said the bill was late."
    )
    heard = {statement.content: statement.audience for statement in dated(text, date(2025, 8, 20))}
    assert heard == {
        "the shells were few": "the Defence Committee",
        "the front had bent": "the Defence Committee",
        "he was tired": "Voss",
        "the bill was late": "",
    }
    for statement in dated(text, date(2025, 8, 20)):
        span = statement.spans.audience
        assert statement.audience == (text[slice(*span)] if span else "")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: str(story["name"]))
def test_offsets_and_intervals_hold(story: dict[str, Any]) -> None:
    for statement in dated(story["text"], story["day"]):
        assert statement.said_from is not None and statement.said_to is not None
        assert statement.said_from <= statement.said_to <= story["day"]
        assert 0 <= statement.confidence <= 1
        span, content = statement.spans.date, statement.spans.content
        assert statement.content == " ".join(story["text"][slice(*part)] for part in content)
        if statement.date_basis is DateBasis.EXPLICIT:
            assert span is not None
            assert story["text"][slice(*span)] == statement.date_text
            assert not any(span[0] <= first < span[1] or span[0] < last <= span[1] for first, last in content)
        elif statement.date_basis is DateBasis.PUBLISHED:
            assert span is None


@pytest.mark.parametrize("story", STORIES[:4], ids=lambda story: str(story["name"]))
def test_the_order_of_the_statements_does_not_matter(story: dict[str, Any]) -> None:
    record, parsed, statements = read(story["text"], story["day"])
    timexes = tag(story["text"], story["day"])
    shuffled = statements[:]
    Random(3).shuffle(shuffled)
    straight = {s.id: s for s in date_statements(record, parsed, statements, timexes)}
    assert {s.id: s for s in date_statements(record, parsed, shuffled, timexes)} == straight


@settings(max_examples=25, deadline=None)
@given(
    st.dates(date(1990, 1, 1), date(2060, 12, 31)),
    st.sampled_from(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]),
)
def test_a_saying_on_a_weekday_was_on_that_day_and_not_after_publication(day: date, name: str) -> None:
    [statement] = dated(f"President Volodymyr Zelensky said on {name} that Ukraine needs more interceptors.", day)
    assert statement.said_from is not None
    assert statement.said_from == statement.said_to
    assert f"{statement.said_from:%A}" == name
    assert day - timedelta(6) <= statement.said_from <= day
