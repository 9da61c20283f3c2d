"""Interviews without labels and quotation marks: which paragraphs are answers?"""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractors.records import Span

_LEAST = 3
_SHARE = 0.6
"""So many questions, and so much of all, are answered by one who speaks of himself: an explainer's are not. Since an
outlet may say "we" of itself, one says "I" more than once."""
_QUESTION = re.compile(r"[^\n\"“”«»]{8,400}\?")
_LABEL = re.compile(r"(?:[A-Z][\w.’'-]*\s?){1,5}:\s")
"""Who speaks, before a turn of a transcript (extractors.transcripts)."""
_ONE = re.compile(r"\b(?:I|[Mm]y)\b")
_OF_ONESELF = re.compile(r"\b(?:I|[Mm]y|[Ww]e|[Oo]ur)\b")
_TO_ONE = re.compile(r"\b(?:[Yy]ou|[Yy]our)\b")
QUOTED = re.compile(r"[\"“„«][^\"”»]*[\"”»]?")
_MARKS = frozenset("\"“”«»„‘'–—-")


def answers(text: str, paragraphs: Sequence[Span]) -> frozenset[int]:
    """The paragraphs, by number, that stand behind the questions of an interview; none where the text is none."""
    asked = [nth for nth, span in enumerate(paragraphs[:-1]) if _is_question(text, span)]
    if len(asked) < _LEAST:
        return frozenset()
    behind = _behind(text, paragraphs, asked)
    told = [QUOTED.sub("", text[slice(*paragraphs[nth])]) for nth in behind]
    by_one, of_oneself = (sum(bool(word.search(each)) for each in told) for word in (_ONE, _OF_ONESELF))
    if by_one <= 1 or of_oneself < max(_LEAST, _SHARE * len(asked)):
        return frozenset()
    addressed = [nth for nth in range(asked[0], asked[-1]) if nth not in behind and _addresses(text, paragraphs[nth])]
    return frozenset((*behind, *_behind(text, paragraphs, sorted({*asked, *addressed}))))


def _behind(text: str, paragraphs: Sequence[Span], asked: Sequence[int]) -> list[int]:
    return [nth + 1 for nth in asked if nth + 1 not in asked and text[paragraphs[nth + 1][0]] not in _MARKS]


def _addresses(text: str, span: Span) -> bool:
    """Is this, where it is known for an interview, a question with a quotation in it, or one that is none in form ("You
    mentioned insurance. Critics accuse you ...")?"""
    told = QUOTED.sub("", text[slice(*span)])
    return bool(_TO_ONE.search(told)) and not _ONE.search(told) and not _LABEL.match(text, *span)


def _is_question(text: str, span: Span) -> bool:
    return bool(_QUESTION.fullmatch(text, *span)) and not _LABEL.match(text, *span)
