"""How far a content reaches: what the ranking left out at the end though the speaker said it.

Each rule takes a content (ranges of words) and gives it back, longer where the rule holds; extractors.tails cuts what
the reporter adds.
"""

from __future__ import annotations

from extractors.candidates import Candidate
from extractors.contents import trim
from extractors.tails import Ranges
from extractors.words import FINITE, NONE, Words


def reached(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """The content with all that belongs to it."""
    for rule in (_clause_of_noun, _with_second_clause, _whole_quotation, _whole_object, _with_relative_clause):
        ranges = rule(words, candidate, ranges)
    return ranges


def _clause_of_noun(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """The clause of "his pledge that ..." ends where the noun's own clause ends."""
    first, last = ranges[-1]
    if candidate.kind == "noun" and first > candidate.at:
        for kid in words.kids[candidate.at]:
            if words.dep[kid] in ("acl", "ccomp", "relcl") and words.left[kid] <= first <= kid < last:
                return *ranges[:-1], (first, min(last, words.right[kid] + 1))
    return ranges


def _with_second_clause(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """What follows as "and that ..." is said as well."""
    first, last = ranges[-1]
    if candidate.kind != "verb" or first < candidate.at:
        return ranges
    near = last - 1 if words.lower[last - 1] in ("and", "but") else last
    while near < words.count and (words.lower[near] == "," or words.is_mark(near)):
        near += 1
    if near + 2 < words.count and words.lower[near] in ("and", "but") and words.lower[near + 1] == "that":
        root = next((at for at in range(near + 2, words.count) if words.tag[at] in FINITE), NONE)
        ended = any(words.lower[at] in (".", "!", "?") for at in range(candidate.at, max(root, 0)))
        if words.dep[near + 1] == "mark" and root != NONE and not ended:
            clause = words.head[near + 1]
            return *ranges[:-1], trim(words, first, max(words.right[clause] + 1, root + 1))
    return ranges


def _whole_quotation(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """A content that ends with a sentence inside a quotation takes the rest of the quotation."""
    *before, (first, last) = ranges
    nth = words.quoted[last - 1]
    if nth == NONE or candidate.at >= last:
        return ranges
    end = last
    while end < words.count and (words.quoted[end] == nth or words.pos[end] in ("PUNCT", "SPACE")):
        end += 1
    rest = trim(words, last, end)
    if rest[0] < rest[1] and words.sentence[rest[0]] != words.sentence[last - 1]:
        return *before, (first, rest[1])
    return ranges


def _whole_object(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """An object is content with all that narrows it down, and with what the cue says of it: "hailed the deal reached
    two days earlier", "blamed the blackout on a missile"."""
    first, last = ranges[-1]
    if candidate.kind != "verb" or first < candidate.at or last >= words.count or words.quoted[last - 1] != NONE:
        return ranges
    for kid in words.kids[candidate.at]:
        whole = words.right[kid] + 1
        if words.dep[kid] != "dobj" or words.left[kid] != first or not kid < last <= whole:
            continue
        if words.pos[last] != "PUNCT":
            last = whole
        if last >= words.count:
            return *ranges[:-1], trim(words, first, last)
        aside = words.lower[last] == ","  # "described the exchange, delayed since March, as blackmail"
        framed = next(
            (
                at
                for at in words.kids[candidate.at]
                if words.dep[at] == "prep" and (at == last or (aside and last < at and words.lower[at - 1] == ","))
            ),
            NONE,
        )
        if framed != NONE and words.lower[framed] in candidate.cue.frames:
            last = words.right[framed] + 1
        return *ranges[:-1], trim(words, first, last)
    return ranges


def _with_relative_clause(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """What the last words of an indirect content are told to be belongs to it: ", which offset a drop in mining"."""
    first, last = ranges[-1]
    near = last
    while near < words.count and (words.lower[near] == "," or words.is_mark(near)):
        near += 1
    opened = candidate.kind == "verb" and candidate.at < first and last < near < words.count
    if not opened or words.quoted[near] != NONE or words.sentence[near] != words.sentence[last - 1]:
        return ranges
    ends = [
        words.right[at] + 1
        for at in range(near, words.sentences[words.sentence[near]][1])
        if words.lower[near] in _DESCRIBING
        and words.dep[at] in ("relcl", "prep")
        and words.left[at] <= near
        and first <= words.head[at] < last
    ]
    return (*ranges[:-1], trim(words, first, ends[0])) if ends else ranges


_DESCRIBING = frozenset(["which", "who", "whose", "where", "including"])
