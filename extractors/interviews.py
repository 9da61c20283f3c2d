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
_QUOTED = re.compile(r"[\"“„«][^\"”»]*[\"”»]?")
_MARKS = frozenset("\"“”«»„‘'–—-")


def answers(text: str, paragraphs: Sequence[Span]) -> frozenset[int]:
    """The paragraphs, by number, that stand behind the questions of an interview; none where the text is none."""
    asked = [nth for nth, span in enumerate(paragraphs[:-1]) if _is_question(text, span)]
    if len(asked) < _LEAST:
        return frozenset()
    behind = [nth + 1 for nth in asked if nth + 1 not in asked and text[paragraphs[nth + 1][0]] not in _MARKS]
    told = [_QUOTED.sub("", text[slice(*paragraphs[nth])]) for nth in behind]
    by_one, of_oneself = (sum(bool(word.search(each)) for each in told) for word in (_ONE, _OF_ONESELF))
    return frozenset(behind if by_one > 1 and of_oneself >= max(_LEAST, _SHARE * len(asked)) else ())


def _is_question(text: str, span: Span) -> bool:
    return bool(_QUESTION.fullmatch(text, *span)) and not _LABEL.match(text, *span)
