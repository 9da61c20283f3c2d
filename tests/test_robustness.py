"""Whatever the text: nothing raises, offsets slice, and time grows with the text, not with its square."""

from __future__ import annotations

import random
import re
import time
import tomllib
import tracemalloc
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.dates import tag
from extractors.occasions import date_statements
from extractors.parsing import MOST, parse
from extractors.records import Statement, Story, story_id
from extractors.speakers import resolve
from extractors.statements import MOST_CUES, MOST_CUES_IN_PARAGRAPH, find

DAY = date(2025, 8, 20)
CASES_AT = Path(__file__).parent / "cases"
CASES = tomllib.loads((CASES_AT / "statements.toml").read_text(encoding="utf-8"))["case"]
STORIES = tomllib.loads((CASES_AT / "occasions.toml").read_text(encoding="utf-8"))["story"]
MARKS = "\"'“”„«»‘’—:.,"
FRAGMENTS = [
    "Svyrydenko said on Monday that ",
    "he said ",
    "according to the ministry, ",
    "Reuters reported, citing ",
    "the bridge was closed",
    "We will answer",
    "on Aug. 19 ",
    "Quote: ",
    "😀",
    "مرحبا ",
    "Міністр сказав ",
    "\u200f",
    "\n",
    " ",
    *MARKS,
]


def statements_in(text: str) -> list[Statement]:
    """Through all that reads a story's text, without the net that catches what an extractor raises."""
    (parsed,) = parse([text])
    story = Story(story_id("https://example.org/1"), "https://example.org/1", "", text, day=DAY)
    named = resolve(story, parsed, find(story, parsed))
    return date_statements(story, parsed, named, tag(text, DAY))


def assert_offsets_slice(text: str, found: list[Statement]) -> None:
    for one in found:
        spans = one.spans
        assert one.content == " ".join(text[slice(*part)] for part in spans.content)
        assert all(start < end for start, end in spans.content)
        for words, span in ((one.speaker, spans.speaker), (one.cue, spans.cue), (one.audience, spans.audience)):
            assert words == (text[slice(*span)] if span else "")


@pytest.mark.parametrize(
    "unit",
    [
        "he said that ",
        "on Monday he said ",
        '"a," he said. ',
        "“ he said ",
        "😀 said ",
        "1",
        '" a ',
        '"He said it was so."\n',
        "Svyrydenko said on Monday that it rained.\nSvyrydenko said it was so.\n",
        "We said that we, the ministers, said so. ",
        "Source: a on X on X; ",
        "A medic who gave his name only as Qorv said so.\n",
        "“We said so here today.”\n- Qorv Hrab\n",
        "The minister spoke on Monday. ",
        "\n",
    ],
)
def test_time_grows_with_the_text(unit: str) -> None:
    """Four times the text takes four to six times as long, its square would take sixteen: the limit lies between (CPU
    time, the least of three; a machine that does much else has been seen at six and a half)."""

    def cost(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        taken = []
        for _ in range(3):
            start = time.process_time()
            statements_in(text)
            taken.append(time.process_time() - start)
        return min(taken)

    cost(1_000)
    assert cost(24_000) < 10 * max(cost(6_000), 0.05)


def test_what_is_beyond_the_bounds_is_left_out() -> None:
    assert len(statements_in("he said that it rained and " * 220)) <= MOST_CUES_IN_PARAGRAPH
    assert len(statements_in("He said it rained.\n" * (MOST_CUES + 100))) <= MOST_CUES
    (parsed,) = parse(["He said it rained.\n" * (MOST // 18 + 100)])
    assert sum(each.end - each.start for each in parsed.paragraphs if each.doc is not None) <= MOST
    assert parsed.paragraphs[-1].doc is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_any_mixture_is_read(text: str) -> None:
    assert_offsets_slice(text, statements_in(text))


@pytest.mark.parametrize(
    "text",
    [
        "A clerk posted on X that",
        '"Who will guard the quay?" Harbour master Otto Vink asked',
        "Riga offered a week's pause, a proposal Oslo on Monday dismissed",
        '"The kitchens open at six," said the head of',
        "The ferry will stay, according to a letter from",
        "Port officials reported that two cranes had been damaged, without",
        "The council thanked the diver, who lost",
        "Olga Hrab runs the depot. In her words, even",
        "A Chilean envoy said that the port had, for the second time,",
        "The envoy also drew attention to the fact that",
    ],
)
def test_a_text_may_break_off(text: str) -> None:
    """A feed cuts its summaries, and a headline has no full stop."""
    assert_offsets_slice(text, statements_in(text))


@pytest.mark.long
def test_a_text_may_break_off_anywhere() -> None:
    for case in CASES:
        for word in re.finditer(r"\w+|[^\w\s]", case["text"]):
            text = case["text"][: word.end()]
            assert_offsets_slice(text, statements_in(text))


@pytest.mark.long
def test_mutated_stories_are_read() -> None:
    chance = random.Random(3)
    for _ in range(10_000):
        text = "\n".join(each["text"] for each in chance.sample([*CASES, *STORIES], 2))
        for _ in range(chance.randint(1, 4)):
            first, last = sorted(chance.choices(range(len(text) + 1), k=2))
            swapped = "".join(chance.choice(MARKS) if each in MARKS else each for each in text[first:last])
            text = text[:first] + chance.choice(["", text[first:last] * 2, swapped]) + text[last:]
        assert_offsets_slice(text, statements_in(text))


@pytest.mark.long
def test_memory_stays_flat_over_many_stories() -> None:
    """What Python holds after many stories is about what it held after the first ones."""
    texts = ["\n".join(each["text"] for each in CASES[nth : nth + 5]) for nth in range(0, 100, 5)]
    held = []
    tracemalloc.start()
    try:
        for _ in range(6):
            for text in texts:
                statements_in(text)
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[-1] - held[1] < 4_000_000
