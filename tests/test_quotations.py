"""Quotation marks: all kinds, unmatched, nested and missing, over one paragraph or several."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.parsing import paragraphs
from extractors.quotations import quotations


def inner(text: str) -> list[str]:
    return [text[each.inner_start : each.inner_end] for each in quotations(text, paragraphs(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"It holds," he said.', ["It holds,"]),
        ("“It holds,” he said. “For now.”", ["It holds,", "For now."]),
        ("«It holds», he said.", ["It holds"]),
        ("„It holds“, he said.", ["It holds"]),
        ("''It holds,'' he said.", ["It holds,"]),
        ("``It holds,'' he said.", ["It holds,"]),
        ("'It holds,' he said.", ["It holds,"]),
        ("‘It holds,’ he said.", ["It holds,"]),
        ('“It holds," he said, ”for now.“', ["It holds,", "for now."]),
        ("The soldiers' boots and the town's road.", []),
        ("He was born in the '90s and the soldiers' boots are old.", []),
        ("It isn't over, he's told us.", []),
        ("\"He told me 'go home' twice,\" she said.", ["He told me 'go home' twice,"]),
        ("“He shouted “go home” twice,” she said.", ["He shouted “go home” twice,"]),
        ('He called it a "mistake".', ["mistake"]),
        ('"It holds, he said.', ["It holds,"]),
        ('It holds," he said.', []),
        ('"It holds. "It will hold," she said.', ["It holds. ", "It will hold,"]),
        ('A 6" pipe burst.', []),
        ('Zelensky ("Ze") spoke.', ["Ze"]),
    ],
)
def test_within_a_paragraph(text: str, expected: list[str]) -> None:
    assert inner(text) == expected


def test_left_open_and_opened_again() -> None:
    text = '"The winter is long.\n"We know it," she said. "We are ready."'
    first, second, third = quotations(text, paragraphs(text))
    assert (first.closed, second.continues, second.closed, third.continues) == (False, True, True, False)


def test_left_open_and_only_closed_later() -> None:
    text = "“The winter is long.\nWe know it,” she said."
    first, second = quotations(text, paragraphs(text))
    assert not first.closed
    assert second.continues
    assert text[second.inner_start : second.inner_end] == "We know it,"


def test_closed_before_the_next_paragraph() -> None:
    text = '"The winter is long."\n"We know it," she said.'
    assert not any(each.continues for each in quotations(text, paragraphs(text)))


MARKS = st.text(alphabet="ab .,\n\"'“”„«»‘’`", max_size=200)


@given(MARKS)
def test_quotations_are_in_order_and_apart(text: str) -> None:
    found = quotations(text, paragraphs(text))
    for each in found:
        assert 0 <= each.start <= each.inner_start <= each.inner_end <= each.end <= len(text)
        assert "\n" not in text[each.start : each.end]
    for one, following in pairwise(found):
        assert one.end <= following.start


def test_time_is_linear_in_the_marks() -> None:
    """A quadratic search would take hours on this, not a second."""
    assert quotations("“" * 100_000 + "”" * 100_000, [(0, 200_000)])
