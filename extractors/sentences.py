"""Where sentences begin, told by marks and capitals alone: for text that nobody has parsed."""

from __future__ import annotations

import re
from functools import lru_cache

from extractors.name_words import name_words

_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+(?=[\"'“‘«(\[]{0,2}[^\W\da-z_])|\n+")
_LAST_WORD = re.compile(r"[\w.'’-]+$")
_LONGEST_ABBREVIATION = 15
_ON_X = re.compile(r"\b(?:on|via|platform) X$")
"""The platform ends a sentence, an initial does not."""


@lru_cache(maxsize=8)
def sentence_starts(text: str) -> tuple[int, ...]:
    """Where each sentence of a text begins, in order; a line's end ends one too. "Gen." and an initial end none.

    Speakers, audiences and days of a story ask for it in turn.
    """
    ends = (found.end() for found in _END.finditer(text) if not _is_short(text, found))
    return (0, *(end for end in ends if end < len(text)))


def _is_short(text: str, end: re.Match[str]) -> bool:
    """Does the full stop belong to an abbreviation?"""
    if text[end.start()] != "." or "\n" in end[0]:
        return False
    before = _LAST_WORD.search(text, max(0, end.start() - _LONGEST_ABBREVIATION), end.start())
    word = before[0].rstrip(".").casefold() if before else ""
    initial = (
        len(word) == 1
        and word.isalpha()
        and not _ON_X.search(text, max(0, end.start() - _LONGEST_ABBREVIATION), end.start())
    )
    return initial or word in name_words().abbreviations
