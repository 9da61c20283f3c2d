"""How far a content reaches: what the ranking left out at the end though the speaker said it.

Each rule takes a content (ranges of words) and gives it back, longer where the rule holds; those of what follows a verb
only tell where its last range ends. extractors.tails cuts what the reporter adds.
"""

from __future__ import annotations

from collections.abc import Callable

from extractors.candidates import Candidate
from extractors.contents import Ranges, Rule, trim
from extractors.cues import is_mute
from extractors.words import FINITE, NONE, Words


def _behind_verb(end_of: Callable[[Words, Candidate, int, int], int]) -> Rule:
    """The rule that ends the last range of a content where ``end_of`` says, if that range follows a verb."""

    def rule(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
        first, last = ranges[-1]
        if candidate.kind != "verb" or first < candidate.at:
            return ranges
        end = end_of(words, candidate, first, last)
        return ranges if end == last else (*ranges[:-1], trim(words, first, end))

    return rule


def _clause_of_noun(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """The clause of "his pledge that ..." ends where the noun's own clause ends."""
    first, last = ranges[-1]
    if candidate.kind == "noun" and first > candidate.at:
        for kid in words.kids[candidate.at]:
            if words.dep[kid] in ("acl", "ccomp", "relcl") and words.left[kid] <= first <= kid < last:
                return *ranges[:-1], (first, min(last, words.right[kid] + 1))
    return ranges


def _behind_comma(words: Words, at: int) -> int:
    """The next word that is no comma and no mark of quotation."""
    while at < words.count and (words.lower[at] == "," or words.is_mark(at)):
        at += 1
    return at


def _whole_quotation(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """A content that ends with a sentence inside a quotation takes the rest of the quotation."""
    *before, (first, last) = ranges
    nth = words.quoted[last - 1]
    if nth == NONE or candidate.at >= last:
        return ranges
    end = last
    while end < words.count and (words.quoted[end] == nth or words.punct[end]):
        end += 1
    rest = trim(words, last, end)
    if rest[0] < rest[1] and words.sentence[rest[0]] != words.sentence[last - 1]:
        return *before, (first, rest[1])
    return ranges


@_behind_verb
def _with_series(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """All is said of "urged them to stop, pull back and talk", "called for stopping, pulling back and talking" and
    "asked what was lost, burned and sold"."""
    at = candidate.at
    clause = next((kid for kid in words.kids[at] if words.dep[kid] == "xcomp"), NONE)
    start = first if words.tag[first] == "VBG" else last - 1 if words.tag[last - 1] == "VBN" else clause
    if not at < first <= start < last < words.count or words.tag[start] not in _SERIAL:
        return last
    end = words.sentence_of(first)[1]
    near = last + (words.lower[last] == ",")
    behind = near + (words.lower[near : near + 1] in (["and"], ["or"]))
    while behind < end and words.pos[behind] == "ADV":
        behind += 1
    if not last < behind < end or words.tag[behind] not in _SERIAL[words.tag[start]] or words.quoted[behind] != NONE:
        return last
    joined = next((at for at in range(near, end) if words.lower[at] in ("and", "or")), NONE)
    if joined == NONE or any(words.tag[at] in FINITE and at != behind for at in range(near, joined)):
        return last
    return max(words.right[behind], words.right[words.head[joined]]) + 1


_SERIAL = {"VB": ("VB", "VBP"), "VBG": ("VBG",), "VBN": ("VBN",)}
"""Of a form of the verb, what can follow it in a series: the tagger takes some infinitives for finite."""


@_behind_verb
def _with_predicate(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """Of "said its crews had, for the first time, lost a boat" all is content."""
    kids = words.kids[candidate.at]
    verb = next((kid for kid in kids if first < kid < last - 1 and words.dep[kid] == "ccomp"), NONE)
    aside = verb != NONE and words.lemma[verb] in _AUXILIARIES and words.lower[verb + 1] == ","
    goes_on = aside and words.lower[last : last + 1] == [","] and words.tag[last + 1] in _PREDICATES
    return words.sentence_of(first)[1] if goes_on and words.quoted[last] == NONE else last


_AUXILIARIES = frozenset(["be", "can", "could", "have", "may", "might", "must", "should", "will", "would"])
_PREDICATES = frozenset(["JJ", "RB", "VB", "VBD", "VBG", "VBN"])


@_behind_verb
def _with_reason(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "declared that it was \"no threat\", since it was unarmed" the reason is the speaker's too."""
    near = _behind_comma(words, last)
    if not last <= near < words.count or words.quoted[near] != NONE:
        return last
    ordered = words.lower[near] == "as" and words.tag[near + 1 : near + 2] == ["VBN"]  # ", as agreed in May"
    if not (ordered or words.lower[near] in _REASONS) or words.sentence[near] != words.sentence[last - 1]:
        return last
    clause = words.lower[near] in _CONDITIONS or any(words.pos[at] in ("VERB", "AUX") for at in range(first, last))
    if words.quoted[first] != NONE or not clause:
        return last
    return _with_adverbial(words, candidate, first, last, near)


def _with_adverbial(words: Words, candidate: Candidate, first: int, last: int, near: int) -> int:
    """With the clause or phrase that ``near`` opens, where that hangs on the cue or on what is said."""
    for at in range(near, words.sentence_of(near)[1]):
        held = words.head[at] == candidate.at or first <= words.head[at] < last
        if words.dep[at] in ("advcl", "prep") and words.left[at] <= near <= at and held:
            return words.right[at] + 1
    return last


_CONDITIONS = frozenset(["if", "unless"])
_REASONS = _CONDITIONS | {"because", "since", "so"}


def _resumed(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """Of "The road is open, he said, and would stay so" both predicates are said; so is ", and it would stay so"; so is
    the predicate of "His crews, he wrote in a note, sleep", and the rest of "The road is open, he said; it is wet".
    """
    at = candidate.at
    if candidate.kind != "verb" or len(ranges) > 1 or ranges[0][1] > at:
        return ranges
    if any(words.dep[kid] == "dobj" and words.lower[kid] in ("which", "that") for kid in words.kids[at] if kid < at):
        return ranges  # of "The truce, which Oslo proposed, is dead" the truce
    end = words.sentence_of(at)[1]
    near = next((near for near in range(candidate.after, end) if words.lower[near] in (",", ";")), end)
    told = words.tells(*ranges[0]) or words.quoted[ranges[0][0]] != NONE
    beside = words.is_finite(at) and not words.tells(candidate.after, near)
    goes_on = near + 1 < end and (words.lower[near] == ";" if told else words.tag[near + 1] in FINITE)
    if goes_on and beside and words.quoted[near + 1] == NONE:
        return *ranges, trim(words, near + 1, end)
    if near < end and words.lower[near] == ";":
        return ranges
    if near + 3 >= end or words.lower[near + 1] not in ("and", "but") or words.quoted[near + 2] != NONE:
        return ranges
    verb = near + 2 + (words.lower[near + 2] in ("it", "they") and words.tag[near + 3] == "MD")
    predicate = words.pos[verb] == "AUX" and words.tag[verb] in FINITE
    return (*ranges, trim(words, near + 1, end)) if predicate else ranges


@_behind_verb
def _with_complement(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """Of "denied any part in the raid", "accused Riga of having said that the road was shut" and "thanked Oslo, which
    paid, for the boats" all is content."""
    at = candidate.at
    aside = _aside_end(words, first, last)
    lead = aside if aside < words.count and words.dep[aside] == "prep" and words.head[aside] == at else NONE
    if lead == NONE or words.quoted[lead] != NONE:
        return last
    part = is_mute("shares", words.lower[last - 1]) and words.lower[lead] in _OF_SHARE
    deed = words.lower[lead] == "of" and words.lower[lead] in candidate.cue.frames
    deed = deed and any(words.dep[kid] == "pcomp" for kid in words.kids[lead])
    reason = lead > last and words.lower[lead] in candidate.cue.frames
    return words.right[lead] + 1 if part or deed or reason else last


def _aside_end(words: Words, first: int, last: int) -> int:
    """The word behind the relative clause that commas set off here, or ``last``: "thanked Oslo, which paid, for"."""
    if words.lower[last : last + 1] != [","]:
        return last
    for kid in words.kids[last - 1]:
        if words.dep[kid] == "relcl" and words.left[kid] == last + 1 and words.lower[words.right[kid] + 1] == ",":
            return words.right[kid] + 2
    return last


_OF_SHARE = frozenset(["in", "of", "for", "with"])


@_behind_verb
def _with_name(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """Of "rejected the report as one-sided" what it is called is content."""
    if "as" not in candidate.cue.frames or words.lower[last : last + 1] != ["as"] or words.quoted[last] != NONE:
        return last
    called = last if words.dep[last] == "prep" else words.head[last]
    held = words.head[called] == candidate.at and words.left[called] == last
    clause = any(words.dep[kid] in ("nsubj", "nsubjpass") for kid in words.kids[called])
    return words.right[called] + 1 if held and not clause else last


def _framed_apart(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """Of "described the raid, in a post on Monday, as a crime" the occasion alone is not content."""
    first, last = ranges[0]
    if candidate.kind != "verb" or len(ranges) > 1 or first < candidate.at or "as" not in candidate.cue.frames:
        return ranges
    end = words.sentence_of(candidate.at)[1]
    lead = next((at for at in range(last, min(end, last + _APART)) if words.lower[at] == "as"), NONE)
    between = range(last, max(lead, last))
    if lead == NONE or lead + 1 >= end or words.quoted[lead] != NONE or words.quoted[last - 1] != NONE:
        return ranges
    if any(words.tag[at] in FINITE or words.quoted[at] != NONE for at in between):
        return ranges
    opens = next((at for at in between if words.lower[at] != ","), NONE)
    if opens == NONE or words.pos[opens] != "ADP":
        return ranges
    return *ranges, trim(words, lead, words.right[lead] + 1)


_APART = 14
"""Words between an object and what it is called."""


ENDINGS = (
    _clause_of_noun,
    _whole_quotation,
    _with_series,
    _with_predicate,
    _with_reason,
    _with_complement,
    _resumed,
    _with_name,
    _framed_apart,
)
"""The rules in their order: each sees what the one before it made of the content."""
