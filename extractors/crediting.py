"""Which outlet, office or paper a sentence credits for what another said: ", Reuters reports", "as quoted by DPA", "As
reported by DPA, ...", "The mayor, quoted by DPA, ..."."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from extractors.contents import Range
from extractors.cues import is_time, lexicon
from extractors.name_words import name_words
from extractors.outlets import PUBLISHERS, is_outlet, outlet_of
from extractors.sources import RELATIVE
from extractors.words import FINITE, NONE, Words

_REPORTING = frozenset(["report", "write", "say", "quote", "cite"])
_CARRIED = frozenset(["quoted", "cited", "reported", "carried", "relayed", "published"])
"""Participles behind which "by" leads to the one who is credited."""
_QUOTED = frozenset(["quoted", "cited"])
_SPOKEN = frozenset(["comment", "remark", "speech"])
_BY_NAME = frozenset(["reports", "reported", "writes", "wrote"])
"""Verbs by which a name alone, of which nothing is known, is an outlet's."""
_LATEST = 4
"""Words behind the verb: "reported late on Monday"."""
_LONGEST_NAME = 4


class Credit(NamedTuple):
    """A part of a sentence that does no more than credit ``words[source]``."""

    first: int
    last: int
    source: Range


@lru_cache(maxsize=64)
def credits_of(words: Words, sentence: Range) -> tuple[Credit, ...]:
    """The parts of a sentence that credit somebody for the rest: between its commas, or behind "in comments".

    Each statement of the sentence asks for them, one behind the other.
    """
    return tuple(_credits(words, sentence))


def _credits(words: Words, sentence: Range) -> Iterator[Credit]:
    first, last = sentence
    while last > first and (words.punct[last - 1] or words.is_mark(last - 1)):
        last -= 1
    commas = [at for at in range(first, last) if words.lower[at] == "," and words.quoted[at] == NONE]
    for before, behind in pairwise([first - 1, *commas, last]):
        start = before + 1
        while start < behind and words.is_mark(start):
            start += 1
        if start == behind or words.quoted[start] != NONE:
            continue
        source = _carrier(words, start, behind) or _reporter(words, start, behind, first, last)
        if source is not None:
            yield Credit(max(first, before), behind, source)
    for at in range(first, last - 2):
        noun = words.head[at]
        if words.lower[at] in _CARRIED and words.dep[at] == "acl" and words.quoted[at] == NONE:
            source = _carrier(words, at, next((comma for comma in commas if comma > at), last))
            if source is not None and words.lower[words.head[noun]] == "in" and words.lemma[noun] in _sayings():
                yield Credit(words.head[noun], source[1], source)
            elif words.lower[at] in _QUOTED and words.lower[at - 1] != "," and words.dep[noun] in ("nsubj", "pobj"):
                outlet = _carrier(words, at, words.right[at] + 1)
                if outlet and (words.lemma[noun] == "source" or _is_reporter(words, outlet, "")):
                    yield Credit(at, outlet[1], outlet)  # "sources cited by Delta24 said"


def _sayings() -> frozenset[str]:
    return name_words().documents | name_words().messages | _SPOKEN


def _carrier(words: Words, first: int, last: int) -> Range | None:
    """Of "as quoted by DPA" and "quoted on Monday by DPA" whoever is named there."""
    by = next((at for at in range(first + 1, last - 1) if words.lower[at] == "by"), NONE)
    verb = next((at for at in range(first, by) if words.lower[at] in _CARRIED), NONE)
    leads = words.lower[first] == "as" or (verb == first and words.tag[verb] == "VBN")
    return _named(words, by + 1, last) if leads and verb != NONE and by - first <= _LATEST else None


def _reporter(words: Words, first: int, last: int, opening: int, end: int) -> Range | None:
    """Of "Reuters reports", "reported the agency TASS on Monday" at the end of the sentence, or "as DPA reported"."""
    start = first + (words.lower[first] == "as")
    if start == opening:
        return None
    verbs = [at for at in range(start, last) if words.tag[at] in FINITE or words.lower[at] in _BY_NAME]
    if len(verbs) != 1 or lexicon().forms.get(words.lower[verbs[0]]) not in _REPORTING:
        return None
    at = verbs[0]
    source = _named(words, at + 1, last) if at == start else (start, at)
    late = at > start and last - at > _LATEST + 1
    inside = start == first and last < end  # there "the paper says" may mean a document
    if not source or (inside and "PROPN" not in words.pos[slice(*source)]):
        return None
    return source if not late and _is_reporter(words, source, words.lower[at]) else None


def _named(words: Words, first: int, last: int) -> Range | None:
    """A name without the day or the clause behind it."""
    ends = (at for at in range(first + 1, last) if is_time(words.lower[at]) or words.lower[at] in RELATIVE)
    dated = next(ends, last)
    while dated - 1 > first and words.pos[dated - 1] in ("ADP", "ADV"):
        dated -= 1
    return (first, dated) if first < dated and words.pos[first] != "PRON" else None


def _is_reporter(words: Words, source: Range, verb: str) -> bool:
    """Is it an outlet, an agency, or a name of one or two words of which only "reports" tells that it is one?"""
    first, last = source
    named = " ".join(words.text[first:last])
    if is_outlet(named) or "agency" in words.lower[first:last]:
        return True
    known = outlet_of(named)
    if verb not in _BY_NAME or last - first > _LONGEST_NAME or (known is not None and known.kind not in PUBLISHERS):
        return False
    lone = all(words.pos[at] == "PROPN" or words.text[at] == "-" for at in range(first, last))
    return lone and words.lower[first] not in name_words().forenames
