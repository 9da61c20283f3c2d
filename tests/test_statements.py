"""Statements: one construction a case (cases/statements.toml), and what must hold for any text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extractors import dates, occasions, speakers
from extractors.parsing import LONGEST, paragraphs, parse
from extractors.records import Statement, Story, story_id
from extractors.statements import find

CASES: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "cases" / "statements.toml").read_text("utf-8"))[
    "case"
]
ANSWERS = {
    "speaker": lambda one: one.speaker,
    "cue": lambda one: one.cue,
    "content": lambda one: one.content,
    "form": lambda one: one.form.value,
    "class": lambda one: one.cue_class.value,
    "audience": lambda one: one.audience,
    "via": lambda one: one.via,
    "name": lambda one: one.speaker_name,
    "kind": lambda one: one.speaker_kind.value,
    "date": lambda one: one.date,
    "basis": lambda one: one.date_basis.value,
}
OUTER = " .,:;…\"'“”‘’„«»"


def found_in(text: str) -> list[Statement]:
    (parsed,) = parse([text])
    return find(Story(story_id("https://example.org/1"), "https://example.org/1", "", text), parsed)


def named_and_dated(text: str, day: date | None, outlet: str = "") -> list[Statement]:
    (parsed,) = parse([text])
    story = Story(story_id("https://example.org/1"), "https://example.org/1", "", text, day=day, outlet=outlet)
    named = speakers.resolve(story, parsed, find(story, parsed))
    return occasions.date_statements(story, parsed, named, dates.tag(text, day))


def _of_case(case: dict[str, Any]) -> list[Statement]:
    return named_and_dated(case["text"], case.get("day"), case.get("outlet", ""))


def bare(content: str) -> str:
    """Without what is a matter of taste: blanks, and the marks around it."""
    return " ".join(content.split()).strip(OUTER)


def told(statement: Statement, keys: Iterable[str]) -> dict[str, str]:
    return tidy({key: ANSWERS[key](statement) for key in keys})


def tidy(answers: dict[str, str]) -> dict[str, str]:
    return answers | {"content": bare(answers["content"]), "speaker": answers["speaker"].rstrip(",")}


def marked(case: dict[str, Any]) -> Any:
    """A construction not yet mastered must fail, so that its mark goes when it is."""
    missed = [pytest.mark.xfail(reason=case["misses"], strict=True)] if "misses" in case else []
    return pytest.param(case, id=case["name"], marks=missed)


@pytest.mark.parametrize("case", [marked(case) for case in CASES])
def test_construction(case: dict[str, Any]) -> None:
    found = {(bare(one.content), one.cue): one for one in _of_case(case)}
    expected = {(bare(want["content"]), want["cue"]): want for want in case.get("statements", [])}
    assert found.keys() >= expected.keys()
    for key, want in expected.items():
        assert told(found[key], want) == tidy(want)
    if case.get("complete", True):
        assert found.keys() == expected.keys()


def test_cases_say_what_they_ask() -> None:
    assert len(CASES) >= 200
    assert len({case["name"] for case in CASES}) == len(CASES)
    for case in CASES:
        assert case.get("nothing", False) != bool(case.get("statements"))
        for want in case.get("statements", []):
            assert {"speaker", "cue", "content", "form"} <= set(want) <= set(ANSWERS)
            assert all(want[part] in case["text"] for part in ("speaker", "cue", "audience", "via") if part in want)


def spans_hold(text: str, statement: Statement) -> None:
    spans = statement.spans
    assert statement.content == " ".join(text[start:end] for start, end in spans.content)
    assert all(0 <= start < end <= len(text) for start, end in spans.content)
    assert statement.cue == (text[slice(*spans.cue)] if spans.cue else "")
    assert statement.speaker == (text[slice(*spans.speaker)] if spans.speaker else "")
    assert statement.audience == (text[slice(*spans.audience)] if spans.audience else "")
    assert statement.via == (text[slice(*spans.via)] if spans.via else "")
    first, last = spans.evidence
    for start, end in (*spans.content, *(each for each in (spans.cue, spans.speaker) if each)):
        assert first <= start and end <= last
    assert 0 <= statement.confidence <= 1
    assert statement.rule


PHRASES = [
    *("The minister said", "he added", "according to the ministry", "that the bridge was closed", "told reporters"),
    *("and", "we will fight", "on Monday", "who", "(AP) —", "warned of", "called on", "Quote:", "Source:", "Tusk"),
    *("Міністр сказав", "قال الوزير", "🚀", "\u200f", "\xa0", "x" * 40),
]
MARKS = [",", ".", ": ", ' "', '" ', "“", "”", "«", "»", "''", "'", "‘", "’", "\n", "\n\n", " – ", " - ", "?", "!", "("]
PIECES = st.sampled_from(PHRASES + MARKS)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=40).map(" ".join))
def test_spans_slice_the_text(text: str) -> None:
    for statement in found_in(text):
        spans_hold(text, statement)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    for statement in found_in(text):
        spans_hold(text, statement)


@pytest.mark.parametrize("case", CASES[::7], ids=[case["name"] for case in CASES[::7]])
def test_spans_of_cases(case: dict[str, Any]) -> None:
    for statement in found_in(case["text"]):
        spans_hold(case["text"], statement)


def test_same_text_gives_same_ids() -> None:
    text = 'The mayor said the bridge was closed. "It is closed," he repeated. The mayor said the bridge was closed.'
    once, again = found_in(text), found_in(text)
    assert [each.id for each in once] == [each.id for each in again]
    assert len({each.id for each in once}) == len(once) == 3


def test_nothing_is_found_in_ukrainian() -> None:
    assert found_in("Міністр сказав, що міст закрито. «Він закритий», — додав мер.") == []


def test_long_paragraphs_are_cut_at_sentences() -> None:
    text = "The mayor said the bridge was closed. " * 1000
    places = list(paragraphs(text))
    assert all(end - start <= LONGEST for start, end in places)
    assert "".join(text[start:end] for start, end in places) == text.rstrip()
    assert all(text[start:end].rstrip().endswith(".") for start, end in places)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n",
        '"' * 2000,
        "“" * 2000,
        "”" * 2000,
        "'" * 2000,
        "said " * 500,
        "🚀" * 500,
        "“a ” b “" * 300,
        "." * 2000,
    ],
    ids=["empty", "space", "line", "quotes", "opening", "closing", "apostrophes", "cues", "emoji", "mixed", "stops"],
)
def test_odd_texts(text: str) -> None:
    for statement in found_in(text):
        spans_hold(text, statement)


@pytest.mark.long
def test_a_megabyte_without_a_full_stop() -> None:
    text = "the minister said that the bridge was closed and " * 21_000
    assert len(text) > 1_000_000
    for statement in found_in(text)[:200]:
        spans_hold(text, statement)


@pytest.mark.long
def test_many_nested_quotations() -> None:
    found_in("“ he said " * 50_000 + " ” he said" * 50_000)


def test_nested_statements_can_be_left_out() -> None:
    text = "The spokesman said that Warsaw had promised that the brigade would come."
    (parsed,) = parse([text])
    story = Story(story_id("https://example.org/1"), "https://example.org/1", "", text)
    assert [each.cue for each in find(story, parsed)] == ["said", "promised"]
    assert [each.cue for each in find(story, parsed, nested=False)] == ["said"]


def test_evidence_is_the_sentence() -> None:
    text = "It rained. The mayor said the bridge was closed. Nobody crossed it."
    (statement,) = found_in(text)
    assert text[slice(*statement.spans.evidence)] == "The mayor said the bridge was closed."


def test_every_cue_is_a_word_of_its_statement() -> None:
    for case in CASES[::11]:
        for statement in found_in(case["text"]):
            assert statement.cue == "" or re.search(re.escape(statement.cue), case["text"])
