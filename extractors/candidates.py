"""Which words of a paragraph could be cues, and where the clause of each lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from extractors.cues import Cue, is_kind, is_mute, is_quote_label, lexicon, names_nobody
from extractors.records import CueClass
from extractors.words import DASHES, FINITE, NONE, Words

COLON = Cue(":", CueClass.ASSERT, frozenset(["clause", "quote"]), 0.3)
MADE_CLEAR = Cue("make clear", CueClass.ASSERT, frozenset(["clause"]), 0.9)
_LABEL = 10
"""Words: a longer run before a colon is no label."""
_LONGEST_LABEL = 25
"""The same of "Quote from Olena Hrab, head of the board: ..."."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One cue in one paragraph: the word the rules start from, and where its own clause lies."""

    at: int
    kind: str  # verb, noun, phrase, colon
    cue: Cue
    before: int  # the first word of the cue's own clause: what stands before it can be content
    after: int  # the first word after the cue with its particle and a subject that follows it


def candidates(words: Words, first: int = 0, last: int | None = None) -> Iterator[Candidate]:
    """Every word of a paragraph, or of ``words[first:last]``, that could be a cue, in direct quotations or not."""
    listed = lexicon()
    for at in range(first, words.count if last is None else last):
        lower, lemma = words.lower[at], words.lemma[at]
        if lower not in listed.first_words and lemma not in listed.verbs and lemma not in listed.nouns:
            continue
        phrase = _phrase_at(words, at)
        if phrase is not None:
            yield phrase
        elif lemma == "make" and (clear := _made_clear(words, at)) != NONE:
            yield Candidate(at, "verb", MADE_CLEAR, _clause_start(words, at), clear + 1)
        elif words.pos[at] in ("VERB", "AUX") or words.tag[at].startswith("VB"):
            lemma = lemma if lemma in listed.verbs else listed.forms.get(lower, "")
            if lemma in listed.verbs and not _means_something_else(words, at, listed.verbs[lemma]):
                yield Candidate(at, "verb", listed.verbs[lemma], _clause_start(words, at), _after_verb(words, at))
        elif lower == ":" and _label_before(words, at):
            yield Candidate(at, "colon", COLON, 0, at + 1)
        elif words.pos[at] == "NOUN" and words.lemma[at] in listed.nouns and gloss_start(words, at) == NONE:
            yield Candidate(at, "noun", listed.nouns[words.lemma[at]], words.left[at], at + 1)
        elif lower in listed.forms and lower[-1] in "sd" and _in_headline(words, at):
            yield Candidate(at, "verb", listed.verbs[listed.forms[lower]], words.left[at], at + 1)


def gloss_start(words: Words, at: int) -> int:
    """The comma or dash before a noun by which the reporter sums up a clause (", a bold claim that ..."), else NONE."""
    if not is_mute("glosses", words.lemma[at]):
        return NONE
    near = at - 1
    while near > 0 and words.pos[near] in ("ADJ", "ADV"):
        near -= 1
    mark = near - 1
    while mark > 0 and words.is_mark(mark):
        mark -= 1
    opened = mark > 0 and words.lower[near] in ("a", "an") and words.quoted[near] == NONE
    return mark if opened and (words.lower[mark] == "," or words.lower[mark] in DASHES) else NONE


def _means_something_else(words: Words, at: int, cue: Cue) -> bool:
    """Does a particle make it another word ("called in the ambassador"), or is the cue the next word?"""
    if _unsaid(words, at, cue):
        return True
    particles = {words.lower[kid] for kid in words.kids[at] if words.dep[kid] == "prt"}
    return bool(particles - cue.frames - _HARMLESS) or _quotes_another_cue(words, at)


def _made_clear(words: Words, at: int) -> int:
    """The "clear" of "made it clear that" and "made clear on Thursday that"; NONE where the verb is another."""
    near = at + 1 + (words.lower[at + 1 : at + 2] == ["it"])
    told = words.lower[near : near + 8]
    return near if told[:1] == ["clear"] and "that" in told else NONE


def _in_headline(words: Words, at: int) -> bool:
    """A verb that the tagger took for a noun, since the sentence has no other ("Minister slams ...")."""
    first, last = words.sentences[words.sentence[at]]
    return words.pos[at] in ("NOUN", "PROPN") and not any(
        words.tag[near] in ("VBD", "VBZ", "VBP", "MD") for near in range(first, last)
    )


def _unsaid(words: Words, at: int, cue: Cue) -> bool:
    """Is it only planned ("will announce"), asked without an asker, or a mere name ("a town called ...")?"""
    kids = words.kids[at]
    auxiliaries = {words.lower[kid] for kid in kids if words.dep[kid] == "aux"}
    own_subject = any(words.dep[kid] in ("nsubj", "aux") for kid in kids)
    subject = next((words.lemma[kid] for kid in kids if words.dep[kid] == "nsubj"), "")
    if words.dep[at] == "acl" and words.tag[at] == "VBG" and not subject:
        subject = words.lemma[words.head[at]]  # "a map showing"
    if subject == "this" or (cue.lemma == "continue" and any(words.dep[kid] == "xcomp" for kid in kids)):
        return True  # "this says a lot", "they continued to hear"
    if is_mute("subjects", subject) and is_mute("shows", cue.lemma):
        return True
    if any(words.lower[kid] in ("if", "whether") and words.dep[kid] == "mark" and kid < at for kid in kids) and (
        cue.lemma != "ask"
    ):
        return True  # "if Moscow says so": nobody has said it
    if any(words.dep[kid] == "neg" and at - _NEGATED <= kid < at for kid in kids) and cue.lemma != "rule":
        return True  # "did not respond", "has not said whether", "never apologised": nothing is said
    if any(words.dep[kid] == "nsubj" and _is_nobody(words, kid) for kid in kids) or (
        cue.lemma == "say" and words.lower[max(0, at - 2) : at] == ["not", "to"]
    ):
        return True  # "nobody could say", "which is not to say"
    if cue.lemma == "recall" and any(is_mute("recalled", words.lower[kid]) for kid in kids if words.dep[kid] == "dobj"):
        return True
    if any(words.lower[kid] == "what" and words.dep[kid] == "dobj" and kid < at for kid in kids):
        return True  # "what she called a war"
    if cue.lemma in ("ask", "request", "insist") and any(
        is_mute("anonymity", near) for near in words.lower[at + 1 : at + 8]
    ):
        return True  # "who asked not to be named"
    if auxiliaries & {"will", "'ll", "’ll", "shall"} or ("would" in auxiliaries and cue.lemma in _ONCE_DONE):
        return True
    if cue.lemma == "find" and auxiliaries - {"has", "have", "had", "'ve", "’ve"}:
        return True  # "would find it hard", "to find a way"
    if words.dep[at] == "pcomp" and words.lower[words.head[at]] == "without":
        return True  # "left without saying when"
    if is_mute("with_things", cue.lemma) and _has_thing(words, at):
        return True
    if cue.lemma in _GIVINGS and any(words.dep[kid] == "dobj" and words.lower[words.left[kid]] == "no" for kid in kids):
        return True  # "offered no reason"
    if words.tag[at] == "VB" and "to" in auxiliaries and is_mute("plans", words.lemma[words.head[at]]):
        return True
    aside = words.tag[at] in ("VBD", "VBN") and at > 0 and words.lower[at - 1] == "," and words.dep[at] != "ROOT"
    if aside and not own_subject and _FILLED.isdisjoint(words.dep[kid] for kid in kids):
        return True  # "the decision, announced late on Monday, on the boats"
    if words.lower[at] in _OCCASIONS and words.dep[at] not in ("ROOT", "conj") and not own_subject:
        return True  # "Asked by DPA about the mast, the mayor said", "Commenting on the raid, he added"
    if words.lower[at] == "asked" and at and words.lower[at - 1] == "," and _goes_on_to_answer(words, at):
        return True  # "the mayor, asked about the mast, said"
    if words.tag[at] == "VBN" and not own_subject and "agent" not in {words.dep[kid] for kid in kids}:
        return cue.lemma == "ask" or (is_kind("naming", cue) and words.dep[at] in ("acl", "amod"))
    return False


def _is_nobody(words: Words, at: int) -> bool:
    return words.lower[at] in ("nobody", "none") or words.lower[max(0, at - 1) : at + 1] == ["no", "one"]


def _goes_on_to_answer(words: Words, at: int) -> bool:
    """Does a finite verb follow behind a comma of the sentence?"""
    last = words.sentences[words.sentence[at]][1]
    commas = (near for near in range(at + 2, last - 1) if words.lower[near] == ",")
    return any(words.tag[comma + 1] in FINITE and words.quoted[comma + 1] == NONE for comma in commas)


def _has_thing(words: Words, at: int) -> bool:
    """Is its only object a plain noun outside quotation marks?"""
    deps = {words.dep[kid]: kid for kid in words.kids[at]}
    thing = deps.get("dobj", NONE)
    return thing > at and words.quoted[thing] == NONE and words.pos[thing] == "NOUN" and not deps.keys() & CLAUSES


CLAUSES = frozenset(["ccomp", "xcomp", "parataxis"])
_GIVINGS = frozenset(["offer", "express", "voice", "issue"])
_NEGATED = 4
"""Words: a "not" farther before the verb is the speaker's."""
_OCCASIONS = frozenset(["asked", "commenting"])
_FILLED = CLAUSES | {"dobj", "agent", "dative", "advcl"}
_ONCE_DONE = frozenset(["announce", "welcome"])
_HARMLESS = frozenset(["back", "out", "on"])


def _quotes_another_cue(words: Words, at: int) -> bool:
    """Is this the "quoted" of "was quoted as saying", whose cue is "saying"?"""
    return words.lemma[at] in ("quote", "cite") and any(
        words.lower[kid] == "as" and any(words.tag[below] == "VBG" for below in words.kids[kid])
        for kid in words.kids[at]
    )


def _label_before(words: Words, at: int) -> bool:
    """Is what stands before this colon a name or label that opens the paragraph: "Shmyhal: ...", "Quote: ..."?"""
    return (
        0 < at <= (_LONGEST_LABEL if is_quote_label(words.text[0]) else _LABEL)
        and not names_nobody(words.text[at - 1])
        and not any(words.pos[before] in ("VERB", "AUX") or words.quoted[before] != NONE for before in range(at))
    )


def _phrase_at(words: Words, at: int) -> Candidate | None:
    for phrase, cue in lexicon().phrases_by_first.get(words.lower[at], ()):
        parts = phrase.split()
        if words.lower[at : at + len(parts)] == parts:
            last = at + len(parts) - 1
            if any(is_mute("standards", words.lower[kid]) for kid in words.kids[last] if kid > last):
                return None
            return Candidate(at, "phrase", cue, at, _object_end(words, at, last))
    return None


def _object_end(words: Words, at: int, last: int) -> int:
    """The end of what follows a phrase such as "according to"."""
    ends = [
        words.right[kid] + 1 for kid in words.kids[last] if kid > last and words.dep[kid] in ("pobj", "pcomp", "dobj")
    ]
    return max(ends, default=last + 1)


_OWN = frozenset(["nsubj", "nsubjpass", "aux", "auxpass", "neg", "advmod", "expl", "mark", "csubj"])


def _clause_start(words: Words, at: int) -> int:
    if words.lower[words.head[at]] == "as" and words.lemma[words.head[words.head[at]]] in ("quote", "cite"):
        return _clause_start(words, words.head[words.head[at]])  # "the agency quotes him as saying"
    start = at
    for kid in reversed(words.kids[at]):
        if kid < at and words.dep[kid] in _OWN and words.right[kid] + 1 >= start - 1:
            start = min(start, words.left[kid])
    return start


def _after_verb(words: Words, at: int) -> int:
    after = at + 1
    for kid in words.kids[at]:
        if kid == after and words.dep[kid] in ("prt", "advmod") and words.tag[kid] in ("RP", "RB"):
            after = kid + 1
        elif kid > at and words.dep[kid] in ("nsubj", "nsubjpass") and words.left[kid] <= after + 1:
            after = max(after, words.right[kid] + 1)
    return after
