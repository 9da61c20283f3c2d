"""Quotations beyond the sentence of a cue: those that run on over paragraphs, and those that have no cue at all."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from itertools import pairwise

from extractors.candidates import candidates
from extractors.contents import Alternative
from extractors.drafts import Draft, by_paragraph, overlaps, span, subject_of, without_cue
from extractors.outlets import is_outlet
from extractors.quotations import Quotation
from extractors.ranking import Model
from extractors.records import Span
from extractors.words import NONE, Words

_BARE = "bare quotation"
"""The rule of a quotation without a cue."""
_WORD = r"[^\W\d_a-z](?:\.|[\w’'-]*\w)"
_NAME = rf"{_WORD}(?: (?:[a-z]{{1,3}} )?{_WORD}){{0,4}}"
_SIGNATURE = re.compile(rf"[^\S\n]*\n\s*([-–—]) ?({_NAME}(?:, [^\n.]{{1,80}})?)\.?[^\S\n]*(?:\n|$)")
"""From the end of a paragraph to that of the next, which holds no more than a dash and a name."""
_LEAST_BARE = 4
"""Words: a shorter quotation without a cue is no statement."""


def run_on(text: str, marked: Sequence[Quotation], each: Draft, taken: Set[Quotation]) -> tuple[Span, ...]:
    """A quotation that a paragraph leaves open takes in those that go on from it, up to one that has a cue."""
    parts = list(each.parts)
    words = each.words
    first, last = words.quoted[each.ranges[0][0]], words.quoted[each.ranges[-1][1] - 1]
    if last != NONE and not words.quotations[last].closed:
        for nth in range(_place(marked, words.quotations[last]) + 1, len(marked)):
            following = marked[nth]
            if not following.continues or following in taken:
                break
            if (part := _inner(text, following))[0] < part[1]:
                parts[-1] = _with_stop(text, parts[-1])
                parts.append(part)
            if following.closed:
                break
    if first != NONE and words.quotations[first].continues:
        for nth in range(_place(marked, words.quotations[first]) - 1, -1, -1):
            if marked[nth].closed or marked[nth] in taken:
                break
            if (part := _inner(text, marked[nth]))[0] < part[1]:
                parts.insert(0, _with_stop(text, part))
            if not marked[nth].continues:
                break
    return tuple(parts)


def _place(marked: Sequence[Quotation], quotation: Quotation) -> int:
    return bisect_left(marked, quotation.start, key=lambda each: each.start)


def _with_stop(text: str, part: Span) -> Span:
    """A part that another paragraph follows keeps its full stop."""
    start, end = part
    return (start, end + 1) if text[end : end + 1] == "." else part


def _inner(text: str, quotation: Quotation) -> Span:
    """A whole quotation without its marks and the comma or full stop before the last."""
    start, end = quotation.inner_start, quotation.inner_end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1] in ".,; \t":
        end -= 1
    return start, end


def bare_paragraphs(text: str, worded: Sequence[Words | None], drafts: Sequence[Draft], model: Model) -> list[Draft]:
    """Paragraphs that are a quotation: of the cue that ended the paragraph before with a colon, or with none, where the
    speaker before goes on. One that a paragraph leaves open takes in those that go on from it."""
    parts_taken = sorted(part for each in drafts for part in each.parts)
    earliest = min((each.paragraph for each in drafts), default=len(worded))
    made: list[Draft] = []
    latest = NONE  # the last paragraph that is part of one
    for nth, words in enumerate(worded):
        if words is None:
            continue
        spoken = [each for each in words.quotations if each.double]
        if not spoken or spoken[0].start != words.start[0] or _any_within(parts_taken, words):
            continue
        introduced, signature = _introduced(worded, nth), _signature(text, words)
        if not (earliest < nth or made or introduced or signature):
            continue
        inside = [at for at in range(words.count) if not words.punct[at]]
        quoted = [at for at in inside if words.quoted[at] != NONE]
        parts = tuple(part for part in (_inner(text, each) for each in spoken) if part[0] < part[1])
        if spoken[0].continues and latest == nth - 1 and made and parts:
            before = made[-1].parts
            made[-1] = replace(made[-1], parts=(*before[:-1], _with_stop(text, before[-1]), *parts))
            latest = nth
            continue
        if len(quoted) < max(_LEAST_BARE, 0.8 * len(inside)) or not parts:
            continue
        bare = without_cue(nth, words, (quoted[0], quoted[-1] + 1), parts, _BARE)
        if signature:
            bare = replace(bare, cue=signature.span(1), speaker=signature.span(2), confidence=0.8, rule="dash")
        elif introduced:
            bare = _with_cue(bare, worded[nth - 1], drafts, model)
        made.append(bare)
        latest = nth
    return made


def bare_within(text: str, worded: Sequence[Words | None], drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Quotations of whole sentences behind a statement of their paragraph, without a cue: its speaker goes on."""
    first = min((each.paragraph for each in drafts), default=len(worded))
    begun = {same[0].paragraph: same for same in by_paragraph(drafts)}
    for nth, words in enumerate(worded):
        same = begun.get(nth)
        if words is None or not words.quotations or (same and same[0].at == NONE):
            continue
        if same:
            earliest = min(each.parts[0][0] for each in same)
        elif nth <= first or (begins := _behind_gesture(words)) is None:
            continue
        else:
            earliest = begins
        told: list[list[int]] = [[] for _ in words.quotations]
        for at in range(words.count):
            if words.quoted[at] != NONE and not words.punct[at]:
                told[words.quoted[at]].append(at)
        for quotation, inside in zip(words.quotations, told, strict=True):
            if len(inside) < _LEAST_BARE or not quotation.double or quotation.start < earliest:
                continue
            place = _inner(text, quotation)
            stopped = text[quotation.inner_end - 1] in ".!?…" or text[quotation.end : quotation.end + 1] == "."
            whole = stopped and _is_of_whole_sentences(words, inside)
            if whole and not any(overlaps(each, place) for each in drafts):
                yield without_cue(nth, words, (inside[0], inside[-1] + 1), (place,), _BARE)


def _behind_gesture(words: Words) -> int | None:
    """Where the speaker goes on behind no more than a gesture: ``She shrugs. "What can you do?"``."""
    for (first, last), (behind, _) in pairwise(words.sentences):
        short = words.lower[first] in ("he", "she") and last - first <= _LONGEST_GESTURE
        if short and words.quoted[first] == NONE and words.quoted[behind] != NONE:
            return words.start[behind]
    return None


_LONGEST_GESTURE = 6
"""Words and a full stop: "She looks at her boots."."""


def _is_of_whole_sentences(words: Words, inside: Sequence[int]) -> bool:
    """Do these words of a quotation begin a sentence and end one?"""
    opens = words.sentence_of(inside[0])[0]
    closes = words.sentence_of(inside[-1])[1]
    behind = range(inside[-1] + 1, closes)
    return _leads_on(words, opens, inside[0]) and all(words.punct[at] for at in behind)


def _leads_on(words: Words, first: int, last: int) -> bool:
    """Is before the quotation nothing, or but when or how its speaker goes on: ``Then, after a while: "..."``?"""
    inside = [at for at in range(first, last) if not words.punct[at] and words.lower[at] not in _ONWARD]
    if not inside:
        return True
    colon = last - 1 - words.is_mark(last - 1)
    return words.lower[colon] == ":" and words.pos[inside[0]] in ("ADP", "ADV") and not words.tells(first, colon)


_ONWARD = frozenset(["and", "but", "then"])


def _signature(text: str, words: Words) -> re.Match[str] | None:
    """The dash and the name with which the next paragraph signs this one: "- Olena Hrab, the mayor".

    One word alone signs where the text has it behind a forename or title: "- Hrab", not "- Photo".
    """
    found = _SIGNATURE.match(text, words.end[-1])
    if found is None or is_outlet(found[2]):
        return None
    surname = rf"[a-z,] [^\W\d_a-z][\w’'-]+ {re.escape(found[2])}\b"
    return found if " " in found[2] or re.search(surname, text) else None


def _any_within(parts: Sequence[Span], words: Words) -> bool:
    """Does any of the sorted parts lie in this paragraph?"""
    nth = bisect_left(parts, (words.start[0], 0))
    return nth < len(parts) and parts[nth][0] < words.end[-1]


def _introduced(worded: Sequence[Words | None], nth: int) -> bool:
    """Does the paragraph before end with a colon?"""
    before = worded[nth - 1] if nth else None
    return before is not None and before.lower[before.count - 1] == ":"


def _with_cue(bare: Draft, before: Words | None, drafts: Sequence[Draft], model: Model) -> Draft:
    """The quotation with the last cue of the paragraph before, where that has no content of its own."""
    assert before is not None
    taken = {each.at for each in drafts if each.words is before}
    first = before.sentences[-1][0]
    cues = [each for each in candidates(before, first) if each.kind == "verb" and each.cue.weight >= 0.4]
    if not cues:
        return _with_subject(bare, before)
    if cues[-1].at in taken or before.in_speech(cues[-1].at):
        return bare
    cue = cues[-1]
    source = model.source_of(before, cue, Alternative(((before.count - 1, before.count),), "after", 0, 0))
    return replace(
        bare,
        cue=(before.start[cue.at], before.end[cue.at]),
        cue_class=cue.cue.cue_class,
        speaker=span(before, (source.first, source.last)) if source else None,
        confidence=0.8,
        rule="quotation after a colon",
    )


def _with_subject(bare: Draft, before: Words) -> Draft:
    """The quotation with the colon as its cue: "The chief did not hide his worry:"."""
    subject = subject_of(before)
    if subject is None:
        return bare
    colon = before.start[-1], before.end[-1]
    return replace(bare, cue=colon, speaker=subject, confidence=0.7, rule="quotation after a colon")
