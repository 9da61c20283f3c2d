"""Cues that their form alone makes statements: with their content and source, whatever the ranking thinks of them.

Most are too rare in its training for it to keep them: "denied press reports that ...", "rejected that", "posted two
words: ...".
"""

from __future__ import annotations

from collections.abc import Iterator

from extractors.candidates import Candidate, closes_sentence, hearer
from extractors.contents import Alternative, Range, trim
from extractors.cues import MOSTLY, lexicon, names_words
from extractors.outlets import is_outlet
from extractors.ranking import Found
from extractors.records import CueClass
from extractors.sources import OBJECT, OF, POSSESSOR, SUBJECT, Source, is_of_nobody, is_owner, phrase, sources
from extractors.words import FINITE, NONE, Words

CERTAIN = 0.7
"""The confidence of a statement that its form decides."""
_SUBJECTS = frozenset(["nsubj", "nsubjpass", "expl", "csubj"])
_LEAST_CLAUSE = 3
"""Words: a shorter clause tells nothing."""


def formed(words: Words, candidate: Candidate) -> Found | None:
    """The statement that the form of a cue makes, if it makes one."""
    for rule in (_of_another, _in_words, _of_that, _at_hearing, _of_nobody, _at_end, _per):
        if (made := rule(words, candidate)) is not None:
            part, source = made
            place = "after" if part[0] > candidate.at else "before"
            return Found(candidate, Alternative((part,), place, 0, 0), source, CERTAIN)
    return None


def _of_another(words: Words, candidate: Candidate) -> tuple[Range, Source] | None:
    """Of "denied press reports that ..." and "rejected a claim by the governor that ..." the clause is the word of the
    press and of the governor."""
    if candidate.kind != "noun" or words.quoted[candidate.at] != NONE:
        return None
    owner = owner_of(words, candidate.at)
    clause = clause_of(words, candidate.at)
    return (clause, owner) if owner is not None and clause is not None and owner.last < clause[0] else None


def clause_of(words: Words, noun: int) -> Range | None:
    """The clause of "a report that the bridge was open", without its "that"."""
    for kid in words.kids[noun]:
        first, last = words.left[kid], words.right[kid] + 1
        told = any(words.dep[below] in _SUBJECTS and below > first for below in words.kids[kid])
        if kid > noun and words.dep[kid] in _CLAUSES and words.lower[first] == "that" and told:
            part = trim(words, first + 1, next(_remarks(words, first + 1, last), last))
            gap = words.tag[first] == "WDT" and words.dep[first] != "dative"  # "a claim by Oslo that he read"
            things = [below for below in words.kids[words.head[first]] if words.dep[below] == "dobj"]
            gap = gap and len(things) < 2  # but "reports that Kyiv had agreed to shut the dam" leave none
            return part if part[1] - part[0] >= _LEAST_CLAUSE and not gap else None
    return None


def _remarks(words: Words, first: int, last: int) -> Iterator[int]:
    """The commas of a clause behind which whoever tells of it goes on: "that the bridge was shut, calling it a lie"."""
    for near in range(first, last - 1):
        if words.lower[near] == "," and words.tag[near + 1] == "VBG" and words.lemma[near + 1] in lexicon().verbs:
            yield near


_CLAUSES = frozenset(["acl", "ccomp", "relcl"])


def owner_of(words: Words, noun: int) -> Source | None:
    """Whose word a noun is, where a name or a body tells: "Tusk's remark", "a claim by the governor", "press reports",
    "reports in the Italian press"."""
    for kid in words.kids[noun]:
        if is_owner(words, kid) and words.pos[kid] in ("NOUN", "PROPN"):
            return phrase(words, kid, POSSESSOR, 0)
        if words.dep[kid] in ("compound", "amod") and kid < noun and (_is_name(words, kid) or _is_outlet(words, kid)):
            return Source(words.left[kid], kid + 1, kid, POSSESSOR, 0)
        for below in words.kids[kid] if kid > noun and words.lower[kid] in ("by", "from", "in") else ():
            if words.dep[below] == "pobj" and (words.lower[kid] != "in" or _is_outlet(words, below)):
                return phrase(words, below, OF, 0)
    return None


def _is_name(words: Words, at: int) -> bool:
    """ "U.S." and "Russian" of "U.S. accusations", "Russian claims"."""
    return words.tag[at] in ("JJ", "NNP") and words.text[at][:1].isupper()


def _is_outlet(words: Words, at: int) -> bool:
    return is_outlet(" ".join(words.text[words.left[at] : at + 1]))


def _in_words(words: Words, candidate: Candidate) -> tuple[Range, Source] | None:
    """Of ``posted two words on X: "Not yet"`` and ``has a stock reply: "We obey the law"`` the quotation."""
    at = candidate.at
    if candidate.kind != "verb" or words.quoted[at] != NONE or not words.is_finite(at):
        return None
    named = False
    for near in range(candidate.after, min(words.count - 1, at + _NEAR_SPEECH)):
        if words.lower[near] == ":":
            break
        if words.quoted[near] != NONE or words.tag[near] in FINITE or words.lower[near] in (".", ";", ","):
            return None
        named = named or (words.pos[near] == "NOUN" and names_words(words.lemma[near]))
    else:
        return None
    nth = words.quoted[near + 1]
    source = next((each for each in sources(words, candidate) if each.kind == SUBJECT), None)
    if not named or nth == NONE or source is None:
        return None
    last = near + 1
    while last < words.count and words.quoted[last] == nth:
        last += 1
    part = trim(words, near + 1, last)
    return (part, source) if part[0] < part[1] else None


_NEAR_SPEECH = 20
"""Words between a verb and the quotation that it leads to."""


def _of_that(words: Words, candidate: Candidate) -> tuple[Range, Source] | None:
    """Of "Moscow denied that on Monday" what was told before."""
    at = candidate.at
    if candidate.kind != "verb" or candidate.cue.cue_class is not CueClass.DENY or not words.is_finite(at):
        return None
    behind = at + candidate.cue.length
    pointed = words.lower[behind : behind + 1] in (["that"], ["this"])
    if not pointed or "object" not in candidate.cue.frames or words.quoted[at] != NONE:
        return None
    if words.dep[behind] not in ("dobj", "pobj") or any(words.dep[kid] in _CONTENTS for kid in words.kids[at]):
        return None
    source = next((each for each in sources(words, candidate) if each.kind == SUBJECT), None)
    return ((behind, behind + 1), source) if source is not None else None


_CONTENTS = frozenset(["acl", "ccomp", "xcomp", "relcl", "parataxis"])


def _at_hearing(words: Words, candidate: Candidate) -> tuple[Range, None] | None:
    """Of "The crew was paid, the court heard", "... a court has been told" and "The inquest heard that the mast was
    rotten" what they listened to; whose word it is nobody tells."""
    at, (first, last) = candidate.at, words.sentence_of(candidate.at)
    heard = hearer(words, at) if candidate.kind == "verb" and words.quoted[at] == NONE else NONE
    kids = words.kids[at]
    if heard == NONE or any(words.lower[kid] in ("by", "from") for kid in kids):
        return None
    comma = words.left[heard] - 1
    verbal = any(tag in FINITE or tag == "VBN" for tag in words.tag[first:comma])  # "A man held in May fled, the ..."
    if comma > first and words.lower[comma] == "," and verbal and not words.tells(at + 1, last):
        return trim(words, first, comma), None
    clause = next((kid for kid in kids if kid > at and words.dep[kid] == "ccomp"), at)
    opening = words.left[clause]
    if candidate.cue.lemma != "hear" or clause == at or words.lower[opening] not in ("how", "that"):
        return None
    return trim(words, opening + (words.lower[opening] == "that"), words.right[clause] + 1), None


def _of_nobody(words: Words, candidate: Candidate) -> tuple[Range, None] | None:
    """Of "The crew fled when questioned, it was claimed in court" what stands before."""
    at, comma = candidate.at, candidate.before - 1
    if candidate.kind != "verb" or words.lower[comma : comma + 2] != [",", "it"] or not is_of_nobody(words, at):
        return None
    first, last = words.sentence_of(at)
    apart = comma > first and words.quoted[comma] == NONE and not words.tells(at + 1, last)
    told = candidate.cue.weight >= MOSTLY and "clause" in candidate.cue.frames
    return (trim(words, first, comma), None) if apart and told else None


def _at_end(words: Words, candidate: Candidate) -> tuple[Range, Source] | None:
    """Of "Losses reach a billion, the institute estimates" and "All is well, he assures us" what stands before."""
    at = candidate.at
    if candidate.kind != "verb":
        return None
    comma = closes_sentence(words, at)
    told = words.sentence_of(at)[0]
    if comma == NONE:
        return None
    part, subject = trim(words, told, comma), trim(words, comma + 1, at)
    return (part, Source(*subject, subject[1] - 1, SUBJECT, 0)) if part[0] < part[1] else None


def _per(words: Words, candidate: Candidate) -> tuple[Range, Source] | None:
    """Of "The talks are off, per two diplomats." what stands before; but nobody is the source of "four crowns, per
    person"."""
    at, (first, last) = candidate.at, words.sentence_of(candidate.at)
    if candidate.cue.lemma != "per" or at < first + 2 or words.lower[at - 1] != "," or words.quoted[at] != NONE:
        return None
    source = next((each for each in sources(words, candidate) if each.kind == OBJECT), None)
    ends = all(words.punct[near] for near in range(candidate.after, last))
    if source is None or not ends or not words.tells(first, at):
        return None
    named = source.last > source.first + 1 or words.pos[source.head] == "PROPN"
    return (trim(words, first, at), source) if named else None
