"""The fast model says what the plain one says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
import spacy
from spacy.language import Language

from extractors.model import load
from extractors.parsing import MODELS, UNUSED
from seeds.demo.press import load_articles

NAME = next(filter(spacy.util.is_package, MODELS))

# Words and word pairs that the rules for parts of speech single out, doubled blanks, and text that is no prose.
AWKWARD = [
    "They ain't gonna say who's got to go, y'all, so let's go.",
    "I gotta go; c'mon, it's nothin' that we couldn't've done, said he.",
    "There is no doubt that there are those who do what I did, and it was he that I saw.",
    "He said  that  she 'd have to do it,\twhich she did n't.",
    "Nothin' doin', nuthin' at all: that which is, is. Whose is this? Theirs.",
    "🙂🙂 «Так», сказав він. — שלום ... ??? !!! 1,000.50 %",
    "x",
    "   ",
    "",
]


@pytest.fixture(scope="module")
def plain() -> Language:
    return spacy.load(NAME, exclude=list(UNUSED))


@pytest.fixture(scope="module")
def fast() -> Language:
    return load(NAME, exclude=UNUSED)


def told(nlp: Language, texts: Iterable[str]) -> list[list[tuple[Any, ...]]]:
    return [
        [(t.text, t.head.i, t.dep_, t.tag_, t.pos_, t.lemma_, str(t.morph), t.is_sent_start) for t in doc]
        for doc in nlp.pipe(texts)
    ]


def test_equal_on_the_demo_stories_before_and_after_the_rules_are_remembered(plain: Language, fast: Language) -> None:
    paragraphs = [paragraph for article in load_articles().values() for paragraph in article.paragraphs]
    expected = told(plain, paragraphs)
    assert told(fast, paragraphs) == expected
    assert told(fast, reversed(paragraphs)) == expected[::-1]


def test_equal_on_the_words_that_the_rules_single_out_in_any_company(plain: Language, fast: Language) -> None:
    pairs = [f"{one} {other}" for one in AWKWARD for other in AWKWARD]
    expected = told(plain, AWKWARD + pairs)
    assert told(fast, AWKWARD + pairs) == expected
    assert told(fast, AWKWARD + pairs) == expected


def test_a_model_that_is_not_installed_is_an_oserror() -> None:
    with pytest.raises(OSError, match="en_core_web_nowhere"):
        load("en_core_web_nowhere")
