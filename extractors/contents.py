"""Which words are the content of a cue: the alternatives that the parse and the quotation marks offer.

A content is one range of words, or two where the cue breaks it. The alternatives of a cue are every sensible start with
every sensible end; extractors.ranking chooses among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from extractors.candidates import CLOSING, Candidate
from extractors.cues import is_kind
from extractors.words import NONE, Words

Range = tuple[int, int]
"""Half-open range of words of one paragraph."""
Ranges = tuple[Range, ...]
Rule = Callable[[Words, Candidate, Ranges], Ranges]
"""What sets a content right: its ranges, or others (extractors.openings, extractors.endings)."""

_COMPLEMENTS = frozenset(
    [
        "ccomp",
        "xcomp",
        "dobj",
        "attr",
        "oprd",
        "parataxis",
        "acomp",
        "advcl",
        "nsubjpass",
        "pobj",
        "pcomp",
        "acl",
        "relcl",
        "appos",
        "obj",
    ]
)
REMARKS = frozenset(["citing", "quoting", "speaking", "referring"])
"""Participles by which the reporter tells how the speaker came to say it."""
_LEADS = frozenset([",", ":", "that", "-", "–", "—", "--", ";"])
PLACES = ("after", "before", "around")
"""Where a content can lie to its cue."""
_MOST_STARTS, _MOST_ENDS = 7, 9
_FAR = 60


class Alternative(NamedTuple):
    ranges: Ranges
    place: str  # one of PLACES
    start_kind: int
    end_kind: int


def alternatives(words: Words, candidate: Candidate) -> list[Alternative]:
    """What the content of this cue can be. Empty where nothing can."""
    found: dict[Ranges, Alternative] = {}
    spoken_before = _quotation_before(words, candidate)
    told = behind_listener(words, candidate) if not spoken_before else NONE
    for made in (*_following(words, candidate), *_preceding(words, candidate)):
        first = made.ranges[0][0]
        if any(start <= candidate.at < end for start, end in made.ranges):
            continue
        if told != NONE and first < told:
            continue
        if made.place == "after" and words.lower[first] in REMARKS and words.quoted[first] == NONE:
            continue
        if made.place == "after" and words.quotations and _is_venue(words, candidate, first):
            continue
        ranges = tuple(kept for kept in (trim(words, *each) for each in made.ranges) if kept[0] < kept[1])
        if spoken_before and made.place == "after" and all(words.quoted[first] == NONE for first, _ in ranges):
            continue
        if ranges and ranges not in found:
            found[ranges] = Alternative(ranges, made.place, made.start_kind, made.end_kind)
    return list(found.values())


def _is_venue(words: Words, candidate: Candidate, first: int) -> bool:
    """Does this begin with the title of a show before the clause: "said on CBS' "Face the Nation" that ..."?"""
    near, end = first, words.reach(candidate.at, candidate.after)
    while near < end and words.quoted[near] == NONE and words.tag[near] not in _CLAUSAL:
        near += 1
    if near == end or "on" not in words.lower[candidate.after : near] or (nth := words.quoted[near]) == NONE:
        return False
    behind = next((at for at in range(near, end) if words.quoted[at] != nth), NONE)
    return behind != NONE and words.lower[behind] == "that" and words.is_title(nth)


def _quotation_before(words: Words, candidate: Candidate) -> bool:
    """Does a quotation of some length end right before the cue (``"Never again!" shouted ...``), or one that opens the
    sentence before its subject (``"Never again," the mayor told a crowd that ...``)?"""
    if candidate.kind != "verb" or not candidate.at:
        return False
    nth = words.quoted[candidate.at - 1]
    outside = nth not in (NONE, words.quoted[candidate.at])
    goes_on = words.tag[candidate.at] == "VBG" and words.lower[candidate.after : candidate.after + 1] == ["that"]
    if outside and not goes_on and words.quotation_sizes[nth] >= 4 and not words.is_title(nth):
        return True
    last, first = candidate.before - 1, words.sentence_of(candidate.at)[0]
    nth = words.quoted[last] if last > first else NONE
    whole = nth != NONE and words.quoted[first] == nth and words.is_mark(last) and words.in_speech(last)
    return whole and words.lower[last - 1] in CLOSING


def behind_listener(words: Words, candidate: Candidate) -> int:
    """Where the clause begins in "informed members of the group that ...", "told RMF FM that ..."; else NONE."""
    if candidate.kind != "verb" or not is_kind("telling", candidate.cue):
        return NONE
    last = min(words.reach(candidate.at, candidate.after), candidate.after + _LONGEST_LISTENER)
    for near in range(candidate.after, last):
        if words.lower[near] == "that" and near > candidate.after:
            return near + 1 if words.dep[near] != "nsubj" and words.pos[candidate.after] != "ADP" else NONE
        if (
            words.tag[near] in _CLAUSAL
            or words.pos[near] in ("PUNCT", "SCONJ")
            or words.quoted[near] != words.quoted[candidate.at]
        ):
            return NONE
    return NONE


_CLAUSAL = frozenset(["VBD", "VBZ", "VBP", "MD", "VBG", "VB"])
_LONGEST_LISTENER = 15
"""Words between the verb and its "that"."""


def trim(words: Words, first: int, last: int) -> Range:
    """Without the punctuation at its ends, marks of quotation and a leading "that" included."""
    while first < last and (words.punct[first] or (words.lower[first] == "that" and words.dep[first] == "mark")):
        first += 1
    while last > first and words.punct[last - 1]:
        last -= 1
    return first, last


# Starts: how a content can begin after its cue

AFTER_CUE, CHILD, AFTER_PREPOSITION, QUOTE, AFTER_THAT, GRANDCHILD = range(6)


def _following(words: Words, candidate: Candidate) -> Iterator[Alternative]:
    starts = _starts(words, candidate)
    for start, start_kind in starts.items():
        for end, end_kind in _ends(words, candidate, start).items():
            if end > start:
                yield Alternative(((start, end),), "after", start_kind, end_kind)


def _starts(words: Words, candidate: Candidate) -> dict[int, int]:
    """The words with which a content behind the cue can begin, and how each is found."""
    last = words.reach(candidate.at, candidate.after)
    found: dict[int, int] = {}
    for start, kind in (*_below(words, candidate), *_behind(words, candidate, last)):
        while start < last and (words.lower[start] in _LEADS or words.is_mark(start)):
            start += 1
        if start < last and len(found) < _MOST_STARTS:
            found.setdefault(start, kind)
    return found


def _below(words: Words, candidate: Candidate) -> Iterator[tuple[int, int]]:
    """Where the phrases begin that hang on the cue in the parse."""
    for child in words.kids[candidate.at]:
        if child < candidate.at:
            continue
        if words.dep[child] in _COMPLEMENTS:
            yield max(words.left[child], candidate.after), CHILD
        elif words.dep[child] in ("prep", "agent", "dative"):
            if candidate.kind != "verb" or words.lower[child] in ("as", "like"):
                yield words.left[child], CHILD
            yield child + 1, AFTER_PREPOSITION
            yield from ((below + 1, AFTER_PREPOSITION) for below in words.kids[child] if words.dep[below] == "prep")
        for below in words.kids[child] if words.dep[child] in _HOLDING else ():
            if below > child and words.dep[below] in _HELD:
                yield words.left[below], GRANDCHILD
                if words.dep[below] == "prep":
                    yield below + 1, GRANDCHILD


_HOLDING = frozenset(["dobj", "ccomp", "attr", "oprd", "xcomp"])
_HELD = frozenset(["acl", "relcl", "ccomp", "prep", "xcomp", "advcl"])
"""What can hang on one of these and be the content."""


def _behind(words: Words, candidate: Candidate, last: int) -> Iterator[tuple[int, int]]:
    """The first word behind the next "that", the next quotation, and the word behind the cue."""
    after, own = candidate.after, words.quoted[candidate.at]
    for near in range(after, min(last, after + 25)):
        if words.lower[near] == "that" and words.dep[near] in _THAT:
            yield near + 1, AFTER_THAT
            break
    for near in range(after, min(last, after + 40)):
        if words.quoted[near] not in (NONE, own):
            yield near, QUOTE
            break
    yield after, AFTER_CUE


_THAT = frozenset(["mark", "det", "nsubj", "advmod", "pobj", "dobj", "nsubjpass"])
"""How a "that" hangs in the parse which opens a clause: the parse takes it for much else."""


# Ends: how far it can reach

SENTENCE_END, CHILD_END, COMMA, QUOTE_END, QUOTES_AFTER, NOUN_END = range(6)


def _ends(words: Words, candidate: Candidate, start: int) -> dict[int, int]:
    at = candidate.at
    last = words.reach(at, candidate.after)
    found: dict[int, int] = {}

    def add(end: int, kind: int) -> None:
        while end > start and words.punct[end - 1]:
            end -= 1
        if end > start and len(found) < _MOST_ENDS:
            found.setdefault(end, kind)

    add(last, SENTENCE_END)
    quote = words.quoted[start]
    # Behind indirect speech a quotation is a statement of its own.
    beyond = quotes_after(words, last, start) if quote != NONE else last
    if beyond > last:
        add(beyond, QUOTES_AFTER)
    if quote != NONE:
        end = start
        while end < words.count and words.quoted[end] == quote:
            end += 1
        add(end, QUOTE_END)
    for child in words.kids[at]:
        if words.right[child] >= start and words.right[child] + 1 < last:
            add(words.right[child] + 1, CHILD_END)
    # The subtrees that the first word opens: the word's own phrase, and the phrases that hold it below the cue.
    up = start
    for _ in range(12):
        if words.head[up] == up or up == at:
            break
        if words.left[up] >= start and words.right[up] + 1 < last:
            add(words.right[up] + 1, NOUN_END)
        up = words.head[up]
    for near in range(start + 1, min(last, start + _FAR)):
        if words.lower[near] in (",", "—", "–", "--", ";", ":", "-") and words.quoted[near] in (NONE, words.quoted[at]):
            add(near, COMMA)
    return found


def quotes_after(words: Words, end: int, start: int) -> int:
    """Where a content that ends with its sentence ends when the wholly quoted sentences after it belong to it too."""
    reach = end
    for first, last in words.sentences[words.sentence[end - 1] + 1 :]:
        inside = [at for at in range(first, last) if not words.punct[at]]
        if not inside:
            continue
        if any(words.quoted[at] == NONE for at in inside):
            break
        reach = last
    return reach


# Contents before their cue, or broken by it

SENTENCE_START, QUOTE_START, QUOTES_BEFORE, CHILD_START, AFTER_COMMA = range(6, 11)


def _preceding(words: Words, candidate: Candidate) -> Iterator[Alternative]:
    end = candidate.before
    first, last = words.sentence_of(candidate.at)
    if words.lower[first : first + 2] == ["as", "for"] and words.head[first] == candidate.at:
        return  # "As for the lock, she told the board that it was shut": a topic, and no clause
    starts: dict[int, int] = {}
    if end > first:
        starts[first] = SENTENCE_START
    before = quotes_before(words, candidate)
    if before < first or (end <= first and before < end):
        starts[before] = QUOTES_BEFORE
    near = end - 1
    while near >= first and words.punct[near] and words.quoted[near] == NONE:
        near -= 1
    if near >= first and words.quoted[near] != NONE:
        opening = near
        while opening > 0 and words.quoted[opening - 1] == words.quoted[near]:
            opening -= 1
        starts.setdefault(opening, QUOTE_START)
    for child in words.kids[candidate.at]:
        if (
            words.dep[child] in ("ccomp", "parataxis", "advcl", "nsubjpass", "dobj", "nsubj")
            and words.left[child] < end
        ):
            starts.setdefault(words.left[child], CHILD_START)
    for comma in range(end - 2, max(first - 1, end - _FAR), -1):
        if (
            words.lower[comma] in (",", "that", "—", "–", ":", "--", "but", "and")
            and words.quoted[comma] == NONE
            and len(starts) < _MOST_STARTS
        ):
            starts.setdefault(comma + 1, AFTER_COMMA)
    for start, kind in starts.items():
        if start >= end:
            continue
        yield Alternative(((start, end),), "before", kind, CHILD_END)
        for again, again_kind in _resumptions(words, candidate).items():
            if again >= last and words.quoted[start] == NONE:
                continue  # behind indirect speech a quotation is a statement of its own
            reaches = {quotes_after(words, last, again): QUOTES_AFTER, last: SENTENCE_END}
            for reach, reach_kind in reaches.items():
                if reach > again:
                    yield Alternative(((start, end), (again, reach)), "around", kind, reach_kind + 6 * again_kind)


def quotes_before(words: Words, candidate: Candidate) -> int:
    """Where the wholly quoted sentences that run up to this cue's sentence begin."""
    reach = min(candidate.before, words.sentence_of(candidate.at)[0])
    for first, last in reversed(words.sentences[: words.sentence[candidate.at]]):
        inside = [at for at in range(first, last) if not words.punct[at]]
        if inside and any(words.quoted[at] == NONE for at in inside):
            break
        reach = first
    return reach


def _resumptions(words: Words, candidate: Candidate) -> dict[int, int]:
    """Where a content that its cue has broken can go on."""
    _, last = words.sentence_of(candidate.at)
    found: dict[int, int] = {}
    for near in range(candidate.after, min(last, candidate.after + 40)):
        if words.quoted[near] != NONE and words.quoted[near] != words.quoted[candidate.at]:
            found.setdefault(near, 1)
            break
    for near in range(candidate.after, min(last, candidate.after + 25)):
        if words.lower[near] in (",", "—", "–", "--") and words.quoted[near] == NONE:
            found.setdefault(near + 1, 0)
            if len(found) > 2:
                break
    if quotes_after(words, last, last) > last:
        found.setdefault(last, 1)
    return found
