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
from extractors.vocabulary import vocabulary_of
from extractors.windows import AFTER, BEFORE, CUE_VIEWS, OWN_VIEWS, SIZES, views, window
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
    return questions(offers, model.vocabulary)


def test_every_word_of_a_window_has_a_code_of_each_view() -> None:
    for question in asked_of(STORY):
        seen = question.window
        own = seen.views.own[seen.first : seen.first + len(seen.codes)]
        assert len(own) == len(seen.codes)
        for names, codes in ((OWN_VIEWS, own), (CUE_VIEWS, seen.codes)):
            assert codes.shape[1] == len(names)
            assert all(codes[:, nth].max() < SIZES[name] for nth, name in enumerate(names))


def test_a_window_is_bounded_and_holds_its_cue() -> None:
    for words in paragraphs_of(STORY):
        for cue in candidates(words):
            seen = window(words, views(words, vocabulary_of([])), cue)
            assert len(seen.codes) <= BEFORE + AFTER
            assert seen.first + seen.at == cue.at
            assert seen.first + len(seen.codes) <= words.count


def test_a_common_word_is_known_by_itself_and_a_rare_one_is_not() -> None:
    (words,) = paragraphs_of("The mayor said that Zhovtneve was empty.")
    known = views(words, vocabulary_of(["was", "that"])).own[:, OWN_VIEWS.index("word")]
    assert dict(zip(words.lower[: words.count], known.tolist(), strict=True)) == {
        **dict.fromkeys(["the", "mayor", "said", "zhovtneve", "empty", "."], 0),
        "was": 1,
        "that": 2,
    }


def test_the_model_knows_common_words_and_no_more_than_it_has_codes_for() -> None:
    codes = load_trained().vocabulary.codes
    assert {"that", "said", "while", "because"} <= codes.keys()
    assert len(codes) == max(codes.values()) < SIZES["word"]


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
