"""A paragraph's parse as plain lists, with the quotation that each word stands in.

spaCy's tokens are slow to ask again and again; the rules ask for the same few things of every word very often.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from spacy.strings import StringStore
from spacy.tokens import Doc

from extractors.parsing import Paragraph
from extractors.quotations import Quotation

NONE = -1
FINITE = frozenset(["VBD", "VBZ", "VBP", "MD"])
"""The tags of finite verbs."""
DASHES = frozenset(["-", "–", "—", "--"])
_LONGEST = 160
"""Words: a longer sentence (a table, a text without full stops) is taken in pieces, so that time is bounded."""
_SPEECH = 6
"""Words, marks counted: a shorter quotation is a quoted expression, in which the reporter's own cue may stand."""


_AHEAD = 4
"""Empty words behind the last, so that a rule may look that far ahead at the end of a text that breaks off."""
_COLUMNS: list[int | str] = ["ORTH", "LOWER", "LEMMA", "TAG", "POS", "DEP", "HEAD", "IDX", "LENGTH", "SENT_START"]
_MOST_NAMES = 200_000


class _Names(dict[int, str]):
    """The strings that ids of the model's vocabulary stand for: its ids are hashes, the same in every vocabulary."""

    strings: StringStore

    def __missing__(self, id_: int) -> str:
        self[id_] = name = self.strings[id_]
        return name


_names = _Names()


def _start(quotation: Quotation) -> int:
    return quotation.start


def _named(doc: Doc, columns: NDArray[Any]) -> list[list[str]]:
    """The strings that columns of ids stand for."""
    if len(_names) > _MOST_NAMES:
        _names.clear()
    _names.strings = doc.vocab.strings
    return [[_names[each] for each in column] for column in columns.tolist()]


def _edges(heads: list[int]) -> tuple[list[int], list[int]]:
    """The first and the last word of each word's subtree."""
    left, right = list(range(len(heads))), list(range(len(heads)))
    for at, head in enumerate(heads):
        while left[head] > at:
            left[head] = at
            head = heads[head]
    for at in range(len(heads) - 1, -1, -1):
        head = heads[at]
        while right[head] < at:
            right[head] = at
            head = heads[head]
    return left, right


class Words:
    """Parallel lists over the ``count`` words of a paragraph, those of strings and quotations with a few empty words
    behind. Offsets are into the story's text."""

    def __init__(self, paragraph: Paragraph, quotations: Sequence[Quotation]) -> None:
        doc = paragraph.doc
        assert doc is not None
        self.count = len(doc)
        self.vectors: NDArray[Any] = doc.tensor  # float32, the parser's of each word: a row a word
        columns = doc.to_array(_COLUMNS).T
        self.text, self.lower, lemmas, self.tag, self.pos, self.dep = (
            each + [""] * _AHEAD for each in _named(doc, columns[:6])
        )
        self.lemma = [lemma.lower() for lemma in lemmas]
        self.punct = [pos in ("PUNCT", "SPACE") for pos in self.pos]  # punctuation marks and blanks
        heads, starts, lengths, opens = (each.astype(np.int64) for each in columns[6:])
        self.head: list[int] = (heads + np.arange(self.count)).tolist()
        self.start: list[int] = (starts + paragraph.start).tolist()
        self.end: list[int] = (starts + paragraph.start + lengths).tolist()
        self.left, self.right = _edges(self.head)  # of each word's subtree; the right edge is its last word
        self.kids: list[list[int]] = [[] for _ in range(self.count + _AHEAD)]
        for at, head in enumerate(self.head):
            if head != at:
                self.kids[head].append(at)
        firsts = [at for at, opened in enumerate(opens.tolist()) if opened == 1 or not at]
        self.sentences = [
            (start, min(start + _LONGEST, last))
            for first, last in pairwise([*firsts, self.count])
            for start in range(first, last, _LONGEST)
        ]
        self.sentence = [nth for nth, (first, last) in enumerate(self.sentences) for _ in range(first, last)]
        first, last = (bisect_left(quotations, at, key=_start) for at in (paragraph.start, paragraph.end))
        self.quotations = list(quotations[first:last])
        self.quotation_sizes = [0] * len(self.quotations)
        self.quoted = self._quoted()  # which of self.quotations, marks included; NONE outside

    def _quoted(self) -> list[int]:
        starts = [q.start for q in self.quotations]
        found = []
        for start in self.start:
            nth = bisect_right(starts, start) - 1
            found.append(nth if nth >= 0 and start < self.quotations[nth].end else NONE)
            if found[-1] != NONE:
                self.quotation_sizes[nth] += 1
        return found + [NONE] * _AHEAD

    def sentence_of(self, at: int) -> tuple[int, int]:
        """The sentence of a word, as a half-open range of words."""
        return self.sentences[self.sentence[at]]

    def reach(self, at: int, after: int) -> int:
        """The end of the sentence of ``at``, or of the next where nothing but marks follows ``after`` in its own."""
        nth = self.sentence[at]
        last = self.sentences[nth][1]
        if nth + 1 < len(self.sentences) and all(self.punct[near] for near in range(after, last)):
            return (
                self.sentences[nth + 1][1]
                if self.lower[last - 1] == ":" or self.quoted[last - 1] != self.quoted[at]
                else last
            )
        return last

    def tells(self, first: int, last: int) -> bool:
        """Does a finite verb stand in ``words[first:last]``?"""
        return any(tag in FINITE for tag in self.tag[first:last])

    def is_finite(self, at: int) -> bool:
        """Is this verb finite, or an auxiliary of it before it?"""
        return self.tag[at] in FINITE or any(self.tag[kid] in FINITE for kid in self.kids[at] if kid < at)

    def is_mark(self, at: int) -> bool:
        """Is this word one of the marks of the quotation that it stands in?"""
        nth = self.quoted[at]
        if nth == NONE:
            return False
        quotation = self.quotations[nth]
        return self.start[at] < quotation.inner_start or self.start[at] >= quotation.inner_end

    def is_title(self, nth: int) -> bool:
        """Is this quotation the title of a programme or book, all in capitals behind its owner or kind or "on": NBC's
        "Meet the Press"?"""
        first = bisect_left(self.start, self.quotations[nth].start)
        led = first > 0 and (
            self.tag[first - 1] == "POS"
            or self.dep[first - 1] in ("pobj", "compound")
            or self.lower[first - 1] in ("on", "'", "’")
        )
        return led and self.is_in_capitals(nth)

    def is_in_capitals(self, nth: int) -> bool:
        """Have all words of this quotation capitals, but the small ones: "Face the Nation"?"""
        first = bisect_left(self.start, self.quotations[nth].start)
        inside = [at for at in range(first, first + self.quotation_sizes[nth]) if not self.punct[at]]
        return (
            bool(inside)
            and self.text[inside[0]][:1].isupper()
            and all(
                self.text[at][:1].isupper() or self.pos[at] in ("ADP", "DET", "CCONJ") or self.lower[at] == "the"
                for at in inside
            )
        )

    def in_speech(self, at: int) -> bool:
        """Is this word inside somebody's quoted speech, not in a quoted word or two?"""
        nth = self.quoted[at]
        return nth != NONE and self.quotation_sizes[nth] >= _SPEECH
