"""Where sentences begin, told by marks and capitals alone."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.sentences import sentence_starts


@pytest.mark.parametrize(
    "sentences",
    [
        ["The bridge is shut. ", "It will open in May."],
        ["“The bridge is shut.” ", "“Since when?” ", "Nobody knew."],
        ["Gen. Ida Berg and Lt. Col. Jon P. Voss met at 5 p.m. in St. Malo."],
        ["The U.S. Navy left on Oct. 3. ", "It came back on Nov. 9."],
        ["She wrote so on X. ", "He did not."],
        ["A headline without a stop\n", "By Our Own Reporter\n\n", "The text begins. ", "Ґанок is a word, too."],
        ["It fell by 3.5 percent … and rose again. ", "(Prices follow.)"],
    ],
)
def test_sentences(sentences: list[str]) -> None:
    text = "".join(sentences)
    assert [text[first:last] for first, last in pairwise([*sentence_starts(text), len(text)])] == sentences


@given(st.text(alphabet='aA.!? \n"“”X', max_size=60))
def test_each_sentence_begins_once_and_inside_the_text(text: str) -> None:
    starts = sentence_starts(text)
    assert starts[0] == 0 and all(earlier < later for earlier, later in pairwise(starts))
    assert all(start < len(text) for start in starts[1:])
