"""A paragraph's parse as plain lists, with the quotation that each word stands in.

spaCy's tokens are slow to ask again and again; the rules ask for the same few things of every word very often.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from extractors.parsing import Paragraph
from extractors.quotations import Quotation

NONE = -1
_SPEECH = 6
"""Words, marks counted: a shorter quotation is a quoted expression, in which the reporter's own cue may stand."""


class Words:
    """Parallel lists over the words of a paragraph. Offsets are into the story's text."""

    def __init__(self, paragraph: Paragraph, quotations: Sequence[Quotation]) -> None:
        doc = paragraph.doc
        assert doc is not None
        self.count = len(doc)
        self.text = [token.text for token in doc]
        self.lower = [text.lower() for text in self.text]
        self.lemma = [token.lemma_.lower() for token in doc]
        self.tag = [token.tag_ for token in doc]
        self.pos = [token.pos_ for token in doc]
        self.dep = [token.dep_ for token in doc]
        self.head = [token.head.i for token in doc]
        self.left = [token.left_edge.i for token in doc]
        self.right = [token.right_edge.i for token in doc]  # the last word of the subtree itself
        self.start = [paragraph.start + token.idx for token in doc]
        self.end = [start + len(text) for start, text in zip(self.start, self.text, strict=True)]
        self.kids: list[list[int]] = [[] for _ in range(self.count)]
        for at, head in enumerate(self.head):
            if head != at:
                self.kids[head].append(at)
        self.sentence = [NONE] * self.count  # which of self.sentences
        self.sentences = [(sentence.start, sentence.end) for sentence in doc.sents]
        for nth, (first, last) in enumerate(self.sentences):
            self.sentence[first:last] = [nth] * (last - first)
        self.quotations = [q for q in quotations if q.start < paragraph.end and q.end > paragraph.start]
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
        return found

    def reach(self, at: int, after: int) -> int:
        """The end of the sentence of ``at``, or of the next where nothing but marks follows ``after`` in its own."""
        nth = self.sentence[at]
        last = self.sentences[nth][1]
        if nth + 1 < len(self.sentences) and all(self.pos[near] in ("PUNCT", "SPACE") for near in range(after, last)):
            return (
                self.sentences[nth + 1][1]
                if self.lower[last - 1] == ":" or self.quoted[last - 1] != self.quoted[at]
                else last
            )
        return last

    def is_mark(self, at: int) -> bool:
        """Is this word one of the marks of the quotation that it stands in?"""
        nth = self.quoted[at]
        if nth == NONE:
            return False
        quotation = self.quotations[nth]
        return self.start[at] < quotation.inner_start or self.start[at] >= quotation.inner_end

    def in_speech(self, at: int) -> bool:
        """Is this word inside somebody's quoted speech, not in a quoted word or two?"""
        nth = self.quoted[at]
        return nth != NONE and self.quotation_sizes[nth] >= _SPEECH
