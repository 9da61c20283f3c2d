"""Who speaks: each case is a story with its sources marked, as the head of cases/speakers.toml explains."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quality import HELD
from benchmarks.speakers import measure
from extractors import parsing, speakers
from extractors.records import SpeakerKind
from tests.marked_stories import read

CASES = tomllib.loads((Path(__file__).parent / "cases" / "speakers.toml").read_text("utf-8"))["story"]
WORDS = ["Kyiv", "Mr", "Rutte", "Mark Rutte", "NATO", "the", "minister", "he", "of", "and", "Ministry", "U.S.", "said"]
MARKS = ["’s", "(", ")", ",", ". ", "“", "”", '"', "\n", " ", "🇺🇦", "Служба", "head of state", "SBU (Security Service)"]
PIECES = st.sampled_from([*WORDS, *MARKS])


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_speaker_has_the_fullest_name_in_the_story(case: dict[str, Any]) -> None:
    story, statements, expected = read(case)
    resolved = speakers.resolve(story, next(parsing.parse([story.text])), statements)
    found = [(s.speaker, s.speaker_name, s.speaker_kind.value) for s in resolved]
    assert found == [(s.speaker, name, kind.value) for s, (name, kind) in zip(statements, expected, strict=True)]


@given(st.lists(st.lists(PIECES, max_size=12).map(" ".join), min_size=3, max_size=9))
def test_any_text_yields_a_name_and_a_kind_for_each_statement(pieces: list[str]) -> None:
    """Sources and contents anywhere, in a text without a parse: nothing raises, and no anonymous source has a name."""
    triples = zip(pieces[::3], pieces[1::3], pieces[2::3], strict=False)
    marked = "".join(f"{before}[{source} = ]{{{said}}}" for before, source, said in triples)
    story, statements, _ = read({"name": "any", "text": "x" + marked, "day": None})
    unparsed = parsing.Parsed(story.text, (parsing.Paragraph(0, len(story.text), None),))
    resolved = speakers.resolve(story, unparsed, statements)
    assert [one.id for one in resolved] == [one.id for one in statements]
    assert all((one.speaker_kind is SpeakerKind.ANONYMOUS) == (not one.speaker_name) for one in resolved)


def test_annotated_mentions_get_their_names() -> None:
    count, misses = measure(HELD)
    assert count["resolved"] >= 0.88 * count["to resolve"] > 0, misses
    assert count["speaker"] >= 0.97 * count["statements"]


@pytest.mark.shared
def test_annotated_mentions_get_their_names_in_shared_stories(shared: Path) -> None:
    count, _ = measure(shared / "gold" / "stories")
    assert count["resolved"] >= 0.9 * count["to resolve"] > 0
    assert count["speaker"] >= 0.93 * count["statements"]
