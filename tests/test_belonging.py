"""To which of a story's days a saying belongs: what the choice looks at, and what it makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from extractors.belonging import LEAST, Model, likeliest, load_trained, settled
from extractors.carrying import Ruled, ruled
from extractors.dates import tag
from extractors.parsing import parse
from extractors.records import DateBasis, Story, story_id
from extractors.scenes import scene_of
from extractors.sequence import Day, Sayings
from extractors.speakers import resolve
from extractors.statements import find
from extractors.trees import Trees
from extractors.wording import UNWEIGHED

PUBLISHED = date(2025, 8, 20)
MONDAY, TUESDAY = date(2025, 8, 18), date(2025, 8, 19)
PANEL = (
    "Deputy minister Olha Hrabar opened a conference in Constanta on Monday and said the corridor would stay open.\n"
    "“No ship has turned back,” Hrabar told the delegates.\n"
    "Mircea Danescu, who runs the port, countered that rates had doubled. He said two lines had stopped.\n"
    "On Tuesday the ministry in Kyiv said the rates would fall."
)


def rules_of(text: str, day: date | None = PUBLISHED) -> Ruled:
    story = Story(story_id("https://example.org/story"), "https://example.org/story", "", text, day=day)
    [parsed] = parse([text])
    return ruled(scene_of(story, parsed, resolve(story, parsed, find(story, parsed)), tag(text, day)))


def constant(odds: float) -> Model:
    """A model that gives every day the same log odds, whatever it is asked."""
    none = np.zeros(0, np.int32)
    leaf = Trees(none, np.zeros(0, np.float32), none, np.zeros(0, np.float32), none, base=odds, depth=0)
    return Model(leaf, UNWEIGHED, width=0)


def days_of(text: str, model: Model | None = None) -> list[date | None]:
    found = settled(rules_of(text), model=model)
    return [each.timex.first if each else None for each in found]


def test_a_speaker_goes_on_at_the_occasion_that_the_text_has_dated() -> None:
    first, second, *_, last = days_of(PANEL)
    assert (first, second, last) == (MONDAY, MONDAY, TUESDAY)


def test_a_saying_keeps_its_own_day_whatever_the_model_says() -> None:
    never = constant(-20.0)
    assert days_of(PANEL, never) == [MONDAY, None, None, None, TUESDAY]
    found = settled(rules_of(PANEL), model=constant(20.0))
    assert [each and each.basis for each in found].count(DateBasis.EXPLICIT) == 2


def test_a_day_that_is_not_likely_enough_is_not_taken() -> None:
    just_less = float(np.log(LEAST / (1 - LEAST))) - 0.01
    text = "Mayor Inna Holub spoke on Monday. The bridge is open, an engineer said."
    given = rules_of(text)
    assert given.carried == [None]
    sayings = Sayings(given)
    assert likeliest(constant(just_less), sayings) == (None, 0.0)
    assert likeliest(constant(just_less + 0.02), sayings)[0] == (MONDAY, MONDAY)


def test_the_day_that_the_rules_give_needs_less() -> None:
    half = constant(0.0)
    given = rules_of(PANEL)
    sayings = Sayings(given)
    sayings.settle(sayings.all[0].own)
    assert sayings.all[1].ruled == (MONDAY, MONDAY)
    assert likeliest(half, sayings) == ((MONDAY, MONDAY), 0.5)


def test_where_no_day_is_told_there_is_none_to_choose() -> None:
    assert days_of("The bridge is open, Mayor Inna Holub said. “It will stay so,” she added.", constant(20.0)) == [
        None,
        None,
    ]


def test_an_interval_ends_with_the_day_of_publication() -> None:
    given = rules_of("Holub said last week that the road was open. She added this month that the bridge was, too.")
    offered: set[Day] = set(Sayings(given).told)
    assert all(last <= PUBLISHED for _, last in offered if last)


def test_what_is_settled_before_is_among_what_is_looked_at() -> None:
    first, other = Sayings(rules_of(PANEL)), Sayings(rules_of(PANEL))
    first.settle((MONDAY, MONDAY))
    other.settle(None)
    assert dict(first.rows()).keys() == dict(other.rows()).keys()
    assert first.rows() != other.rows()


def test_every_row_is_as_long_as_the_model_expects() -> None:
    model = load_trained()
    sayings = Sayings(rules_of(PANEL))
    for saying in sayings.all:
        rows = [row for _, row in sayings.rows()]
        assert all(len(row) == model.width > model.trees.feature.max() for row in rows)
        assert all(np.isfinite(row).all() for row in rows)
        sayings.settle(saying.own)


def test_names_are_no_words_that_the_model_knows() -> None:
    given = rules_of(PANEL)
    words = {word for each in Sayings(given).all for word in each.words}
    assert not words & {"hrabar", "danescu", "speaker hrabar", "constanta"}
    assert "cue counter" in words


@pytest.mark.parametrize("count", [0, 1])
def test_a_story_without_statements_or_with_one_is_settled(count: int) -> None:
    given = rules_of("Holub said on Monday that the bridge was open." if count else "The bridge is open.")
    assert len(settled(given)) == count


def test_confidence_falls_where_only_the_model_knows_the_day() -> None:
    given = rules_of(PANEL)
    without = replace(given, carried=given.own)
    sure = [each.sureness for each in settled(without, model=constant(3.0)) if each and each.basis is DateBasis.CONTEXT]
    assert sure and all(0.9 < each < 1 for each in sure)
