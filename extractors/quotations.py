"""Where a text is in quotation marks: pairs of all kinds, tolerant of marks that are missing, nested or of mixed kinds.

A quotation that a paragraph leaves open goes on in the next paragraph when that opens with a mark again, or closes one
that it never opened. Quotations inside a quotation are part of it. One pass, linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MARK = re.compile(r"''|``|,,(?=\w)|[\"“”„‟«»‹›‘’‚‛'`＂]")
_DOUBLE = frozenset(['"', "“", "”", "„", "‟", "«", "»", "''", "``", ",,", "＂"])
_ALWAYS_OPEN = frozenset(["„", "``", ",,", "‚", "‛"])
_CUE = re.compile(r"[,!?](\s)(?:he|she|they|(?:[A-Z][\w.-]+\s){1,4})\s?(?:said|says|added|told|wrote)\b")
"""What ends a quotation whose closing mark is missing."""
_LEFT = " \t\xa0([{—–-/…:"
_SINGLE_REACH = 400
"""Characters: a single mark farther from its partner is an apostrophe."""


@dataclass(frozen=True, slots=True)
class Quotation:
    """``text[start:end]`` with its marks, ``text[inner_start:inner_end]`` without."""

    start: int
    end: int
    inner_start: int
    inner_end: int
    double: bool  # in double marks or guillemets, not single ones
    closed: bool = True
    continues: bool = False  # goes on from the quotation before it, which its paragraph left open


def quotations(text: str, paragraphs: Iterable[tuple[int, int]]) -> list[Quotation]:
    """The outermost quotations of each paragraph ``text[start:end]``, in order. Never raises."""
    found: list[Quotation] = []
    pending = False
    for start, end in paragraphs:
        inside = list(_in_paragraph(text, start, end, pending))
        found += inside
        pending = bool(inside) and inside[-1].double and not inside[-1].closed
    return found


def _in_paragraph(text: str, start: int, end: int, pending: bool) -> Iterator[Quotation]:
    marks = [(found.start(), found.end(), found[0]) for found in _MARK.finditer(text, start, end)]
    roles = [_role(text, start, end, *mark) for mark in marks]
    goes_on = False
    opened: tuple[int, int, str] | None = None
    depth = 0  # of quotations inside the quotation
    if pending and marks:
        first = next((role for mark, role in zip(marks, roles, strict=True) if mark[2] in _DOUBLE), "")
        if marks[0][0] == start and marks[0][2] in _DOUBLE:
            goes_on = True
        elif first == "close":
            opened, goes_on = (start, start, "”"), True
    for at, (mark, role) in enumerate(zip(marks, roles, strict=True)):
        first_char, after, kind = mark
        if role == "apostrophe":
            continue
        if opened is None:
            if role == "close" or (kind not in _DOUBLE and not _single_partner(text, marks, roles, at)):
                continue
            opened = mark
        elif (kind in _DOUBLE) == (opened[2] in _DOUBLE):
            if role == "open" and kind in _DOUBLE:
                if _closes_before_opening(marks, roles, at + 1):
                    depth += 1
                    continue
                yield _quotation(opened, first_char, first_char, goes_on, closed=False)
                opened, goes_on = mark, False
            elif role != "open" and depth:
                depth -= 1
            elif role != "open":
                yield _quotation(opened, first_char, after, goes_on)
                opened, goes_on = None, False
    if opened is not None and opened[2] in _DOUBLE:
        cue = _CUE.search(text, opened[1], end)
        stop = cue.start(1) if cue else end
        yield _quotation(opened, stop, stop, goes_on, closed=cue is not None)


def _quotation(
    opened: tuple[int, int, str], inner_end: int, end: int, continues: bool, *, closed: bool = True
) -> Quotation:
    start, inner_start, kind = opened
    return Quotation(start, end, inner_start, max(inner_start, inner_end), kind in _DOUBLE, closed, continues)


def _role(text: str, start: int, end: int, first: int, after: int, kind: str) -> str:
    """open, close, either or apostrophe, by the mark's kind and by what stands on its two sides."""
    before = text[first - 1] if first > start else " "
    behind = text[after] if after < end else " "
    if kind in _ALWAYS_OPEN:
        return "open"
    if kind in "'’‘`" and before.isalnum() and behind.isalnum():
        return "apostrophe"
    if kind in "'’‘" and behind.isdigit() and text[after + 2 : after + 3] == "s":
        return "apostrophe"  # the '90s
    loose_left = before in _LEFT or before in "\"“„«‘'"
    loose_right = not behind.isalnum() and behind not in "$£€(["
    if kind in ("“", "«", "‹", "‘"):
        return "close" if kind == "“" and before not in _LEFT and loose_right else "open"
    if kind in ("”", "»", "›"):
        return "open" if before.isspace() and behind.isalnum() and kind == "”" else "close"
    if kind == "’":
        return "open" if loose_left and not loose_right and not behind.isdigit() else "close"
    if before.isspace() and not behind.isspace():
        return "open"
    if behind.isspace() and not before.isspace():
        return "close"
    if loose_left and not loose_right:
        return "open"
    if loose_right and not loose_left:
        return "close"
    return "either"


def _single_partner(text: str, marks: list[tuple[int, int, str]], roles: list[str], at: int) -> bool:
    """Does a closing single mark follow within reach, so that this one is no apostrophe?"""
    for (start, _, kind), role in zip(marks[at + 1 : at + 9], roles[at + 1 : at + 9], strict=True):
        if start - marks[at][1] > _SINGLE_REACH:
            return False
        if kind not in _DOUBLE and role in ("close", "either"):
            return (
                text[start - 1] != "s" or not text[start + 1 : start + 3].strip().isalpha() or start - marks[at][1] < 80
            )
    return False


def _closes_before_opening(marks: list[tuple[int, int, str]], roles: list[str], at: int) -> bool:
    """After an opening mark inside a quotation: do two closing marks come before the next opening one?"""
    closing = 0
    for (_, _, kind), role in zip(marks[at : at + 6], roles[at : at + 6], strict=True):
        if kind in _DOUBLE:
            if role == "open":
                return False
            closing += 1
            if closing == 2:
                return True
    return False
