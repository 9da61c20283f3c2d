"""Sentences that only tell whose words the sentence before was: "This was reported by the air force on Telegram"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.candidates import Candidate, candidates
from extractors.contents import Alternative, Range
from extractors.ranking import Model
from extractors.records import Span
from extractors.sources import Source
from extractors.words import NONE, Words

_POINTERS = frozenset(["this", "that"])
_ABOUT = frozenset(["about", "of", "on"])
_BE = frozenset(["is", "was", "'s", "’s", "has", "were", "are"])
_CLAUSES = frozenset(["ccomp", "xcomp", "parataxis"])
_LEAST_WEIGHT = 0.6
"""Of a cue: "this was added" seldom tells who spoke."""
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”»’]?\s+(?=[\"“„«A-ZА-ЯІЇЄ])")
_REACH = 400
"""Characters: a longer sentence is no single report."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A cue whose content is the sentence before its own, with its source."""

    words: Words
    candidate: Candidate
    source: Source
    sentence: Range


def pointers(words: Words, model: Model) -> Iterator[Pointer]:
    """The sentences of a paragraph that name the source of the sentence before."""
    for first, last in words.sentences:
        for candidate in candidates(words, first, last):
            if words.quoted[candidate.at] == NONE and _points(words, candidate, first):
                content = Alternative(((first, first + 1),), "before", 0, 0)
                source = model.source_of(words, candidate, content)
                if source is not None and words.lower[source.head] not in _POINTERS:
                    yield Pointer(words, candidate, source, (first, last))
                break


def _points(words: Words, candidate: Candidate, first: int) -> bool:
    at = candidate.at
    opens = words.lower[first] in _POINTERS and words.lower[first + 1] in _BE
    if candidate.kind == "phrase":
        return opens and at == first + 2 and candidate.after > at + 1  # "That is according to ..."
    if candidate.kind != "verb" or candidate.cue.weight < _LEAST_WEIGHT:
        return False
    kids = words.kids[at]
    if any(words.dep[kid] in _CLAUSES and kid > at for kid in kids):
        return False
    if any(words.dep[kid] == "nsubjpass" and words.lower[kid] in _POINTERS for kid in kids):
        return opens and any(words.lower[kid] == "by" for kid in kids)
    for kid in kids:
        if kid > at and words.dep[kid] == "dobj" and words.lower[kid] in _POINTERS:
            return True
        if kid > at and words.lower[kid] in _ABOUT and [words.lower[below] for below in words.kids[kid]] in _ALONE:
            return candidate.cue.lemma in ("write", "report", "speak", "tell", "say", "post")
    return False


_ALONE = (["this"], ["that"])


def sentence_before(text: str, start: int, earlier: Span | None) -> Span | None:
    """The sentence that ends before ``start`` in its paragraph, else the last one of the ``earlier`` paragraph."""
    if earlier is None:
        return None
    first, last = earlier
    last = min(last, start)
    cuts = [found.end() for found in _SENTENCE.finditer(text, first, last)]
    cuts = [cut for cut in cuts if text[cut:last].strip()]
    first = cuts[-1] if cuts else first
    while last > first and text[last - 1] in " \t\xa0.…":
        last -= 1
    while first < last and text[first].isspace():
        first += 1
    return (first, last) if 0 < last - first <= _REACH else None
