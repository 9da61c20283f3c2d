"""How a saying and a date are worded, as bags of words: a sentence and the words that a weight can be kept by."""

from __future__ import annotations

from datetime import date

import pytest

from extractors.dates import tag
from extractors.parsing import parse
from extractors.records import Statement, Story, story_id
from extractors.scenes import Scene, scene_of
from extractors.speakers import resolve
from extractors.statements import find
from extractors.wording import UNWEIGHED, Weights, of_date, of_near_date, of_saying, of_sequel, way

PUBLISHED = date(2025, 8, 20)


def scene(text: str) -> Scene:
    story = Story(story_id("a"), "", "", text, day=PUBLISHED)
    [parsed] = parse([text])
    return scene_of(story, parsed, resolve(story, parsed, find(story, parsed)), tag(text, PUBLISHED))


def cue_of(told: Scene, statement: Statement) -> str:
    assert statement.spans.cue is not None
    return told.text[slice(*statement.spans.cue)]


def test_a_saying_is_told_by_its_cue_its_first_word_and_who_listens() -> None:
    told = scene("At the summit, Mayor Inna Holub has told reporters that the bridge is open.")
    (statement,) = told.statements
    assert statement.spans.cue is not None
    words = set(of_saying(statement, told.tokens_in(0, 47), told.token(*statement.spans.cue)))
    assert {"cue tell", "tag VBN", "with has", "first at", "first at DET", "summit", "audience reporters"} <= words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Holub spoke in an interview on Monday that lasted an hour.", {"written monday", "told", "above interview"}),
        ("The vote was on 12 May, she said.", {"written 99 may", "on on", "above be"}),
        ("Holub said that the bridge fell on Monday.", {"heard", "fall"}),
    ],
)
def test_a_date_is_told_by_how_it_is_written_and_what_it_hangs_on(text: str, words: set[str]) -> None:
    told = scene(text)
    assert words <= set(of_date(told, told.dates[0]))


def test_no_name_and_no_number_is_among_the_words() -> None:
    told = scene("Inna Holub said in Odesa on 12 May that 40 boats had left. She added on Monday that Sulina was safe.")
    words = [word for timex in told.dates for word in of_date(told, timex)]
    for statement in told.statements:
        assert statement.spans.cue is not None
        words += of_saying(statement, told.tokens_in(*told.sentence(statement.spans.cue[0])), None)
    heard = " ".join(words).lower()
    assert not [name for name in ("holub", "inna", "odesa", "sulina", "12", "40") if name in heard]


def test_a_date_of_the_cue_hangs_on_it() -> None:
    told = scene("Holub said on Monday that the bridge was open.")
    (statement,), timex = told.statements, told.dates[0]
    assert statement.spans.cue is not None
    verb, word = told.token(*statement.spans.cue), told.word_of(timex)
    assert way(word, verb) == (2, 0, "pobj prep ^")
    words = set(of_near_date(statement, verb, timex, word, "after told", way(word, verb)))
    assert {"path pobj prep ^", "after told 2 0", "by on 2 0", "cue say", "written monday"} <= words


def test_what_is_not_parsed_together_is_far_apart() -> None:
    told = scene("The bridge fell on Monday.\nHolub said that it was open.")
    (statement,) = told.statements
    assert statement.spans.cue is not None
    assert cue_of(told, statement) == "said"
    assert way(told.word_of(told.dates[0]), told.token(*statement.spans.cue)) == way(None, None)


def test_a_sequel_is_told_by_both_sayings_and_who_speaks() -> None:
    assert list(of_sequel(["cue add"], ["cue say"], "same", 7)) == [
        "speaker same", "same 3", "same cue add", "same after cue say",
    ]  # fmt: skip


def test_odds_are_those_of_all_and_of_each_word_once() -> None:
    weights = Weights({"": -1.0, "cue add": 0.5}, {}, {}, {})
    assert weights.odds("saying", ["cue add", "cue add", "unknown"]) == -0.5
    assert UNWEIGHED.odds("day", ["cue add"]) == 0.0
