"""The network that reads the words around a cue: what it is shown, and what its answers depend on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.candidates import candidates
from extractors.contents import alternatives
from extractors.network import MOST, Question
from extractors.parsing import parse
from extractors.quotations import quotations
from extractors.ranking import Offer, load_trained, questions
from extractors.windows import AFTER, BEFORE, OWN_VIEWS, SIZES, views, window
from extractors.words import Words

STORY = (
    "Governor Petro Zalizniak said on Monday that the northern road was open again.\n"
    "“We have shells for a month,” Colonel Iryna Bondar told reporters, adding that more were on the way.\n"
    "According to two officials, the envoy had warned that talks could fail.\n"
    + "The road is long and " * 60
    + "the mayor said no."
)


def paragraphs_of(text: str) -> list[Words]:
    (parsed,) = parse([text])
    marked = quotations(parsed.text, [(each.start, each.end) for each in parsed.paragraphs])
    return [Words(each, marked) for each in parsed.paragraphs if each.doc is not None]


def asked_of(text: str) -> list[Question]:
    model = load_trained()
    offers = []
    for words in paragraphs_of(text):
        for cue in candidates(words):
            if offered := alternatives(words, cue)[:MOST]:
                rates = model.content_rates(words, cue, offered)
                offers.append(Offer(words, cue, offered, rates, model.cue_row(words, cue), 0.0))
    return questions(offers)


def test_every_word_of_a_window_has_a_code_of_each_view() -> None:
    for question in asked_of(STORY):
        codes = question.window.codes
        assert codes.shape == (len(SIZES), question.window.last - question.window.first)
        assert all(row.max(initial=0) < size for row, size in zip(codes, SIZES.values(), strict=True))


def test_a_window_is_bounded_and_holds_its_cue() -> None:
    for words in paragraphs_of(STORY):
        for cue in candidates(words):
            seen = window(words, views(words), cue)
            assert seen.last - seen.first <= BEFORE + AFTER
            assert seen.first + seen.at == cue.at
            assert len(seen.vectors) == seen.last - seen.first
            assert (seen.codes[: len(OWN_VIEWS)] == views(words).own[:, seen.first : seen.last]).all()


def test_an_answer_depends_on_its_own_question_alone() -> None:
    asked, network = asked_of(STORY), load_trained().network
    together = network.ask(asked)
    assert len(together) == len(asked) > 4
    for question, answer in zip(asked, together, strict=True):
        (alone,) = network.ask([question])
        assert answer.contents == pytest.approx(alone.contents, abs=1e-3)
        assert answer.source == pytest.approx(alone.source, abs=1e-3)
        assert answer.reports == pytest.approx(alone.reports, abs=1e-3)
        assert len(answer.contents) == len(question.contents)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.sampled_from(["said", "he", "that", '"', ",", "Kyiv", "warned", ":", ".", "according to", "€", "\n"]),
        max_size=60,
    )
)
def test_any_words_get_finite_answers(pieces: list[str]) -> None:
    for answer in load_trained().network.ask(asked_of(" ".join(pieces))):
        assert np.isfinite(answer.contents).all()
        assert np.isfinite(answer.source).all()
        assert np.isfinite(answer.reports)
