"""How sure the ranking must be of a cue with its content, by the form that they have: the least probability of each."""

from __future__ import annotations

from extractors.audiences import names_occasion
from extractors.contents import Range, behind_listener
from extractors.cues import (
    ALWAYS,
    MOSTLY,
    Cue,
    is_citing,
    is_kind,
    is_mute,
    is_quote_label,
    is_time,
    lexicon,
    names_words,
)
from extractors.name_words import name_words
from extractors.ranking import Found
from extractors.records import CueClass
from extractors.sources import AGENT, MISREAD, OF, POSSESSOR, QUOTED, SUBJECT, is_misread_participle
from extractors.words import NONE, Words

SURE_ENOUGH = 0.45
"""The least probability at which a cue with its content is a statement."""
LIKELY_FORM = 0.25
"""The same where the form already speaks for it: a name and a colon, a noun with a that-clause, "ruled out"."""
CERTAIN_FORM = 0.05
"""The same of what is nothing else: "in the words of", "told the committee that", "Quote from NAME: ..."."""
LED_FORM = 0.15
"""The same where a verb of speech leads to its content by its own preposition: "admitted to a mistake"."""
OBJECT_FORM = 0.25
"""The same of an act that a thing is the object of: "rejected the charge"."""
POSTPOSED = 0.12
"""The same where the clause stands before a comma, and a verb of speech with its subject ends the sentence."""
SURE_INSIDE = 0.65
"""The same inside another's statement, of a cue without a subject: there it is mostly a part of what is said."""
NEVER = 1.0
"""The same of what is no statement, whatever the ranking thinks of it."""


def least(words: Words, found: Found) -> float:
    """The least probability: less where the form itself says that this is speech, seldom though it is in training."""
    at, kind, cue = found.candidate.at, found.candidate.kind, found.candidate.cue
    first, last = found.content.ranges[0]
    if kind == "colon":
        return _of_label(words, at, (first, last))
    if kind == "phrase" and cue.lemma.startswith("in "):
        return CERTAIN_FORM
    if kind == "phrase" and at < first < found.candidate.after and words.lower[first - 1] != "that":
        return NEVER  # "citing a copy of the filing", and nothing else
    if kind == "phrase" and is_citing(cue.lemma) and (found.source is None or _is_silence(words, at)):
        return NEVER  # "did not say when, citing security"
    if kind == "noun" and is_mute("pointers", " ".join(words.lower[first:last])):
        return NEVER
    if kind == "noun" and (_is_received(words, found) or _is_of_nobody(found)):
        return NEVER
    clauses = [kid for kid in words.kids[at] if words.dep[kid] in ("acl", "ccomp") and kid > at]
    if kind == "noun" and any(words.lower[words.left[kid]] == "that" for kid in clauses):
        if found.source is not None and found.source.kind == POSSESSOR and words.pos[found.source.head] == "PROPN":
            return CERTAIN_FORM  # "Tusk's remark that ..."
        return LIKELY_FORM if found.source is not None else SURE_ENOUGH
    if is_kind("hearing", cue) and words.lower[first - 1] != "that":
        return NEVER
    if found.source is not None and found.source.kind == QUOTED:
        return CERTAIN_FORM
    if found.source is not None and found.source.kind == MISREAD and is_misread_participle(words, at):
        return LED_FORM
    if _is_cited_between(words, found):
        return LED_FORM
    if cue.lemma == "rule" and words.lower[at + 1 : at + 2] == ["out"]:
        return LIKELY_FORM
    if kind == "verb" and is_mute("contents", " ".join(words.lower[first:last])):
        return NEVER
    if kind == "verb" and (_is_purpose(words, found) or _is_source(words, found)):
        return NEVER
    if (led := _led(words, found)) is not None:
        return led
    if words.lower[-1] == ":" and found.content.place == "before" and words.sentence[at] == words.sentence[-1]:
        return NEVER  # "After the vote the speaker said:", and the quotation in the next paragraph
    if (
        _is_telephone(words, found)
        or _is_beside_speech(words, found)
        or _is_agent(words, at, first)
        or _is_done_to(words, found)
        or _is_told_elsewhere(words, found)
        or _is_own_words(words, found)
    ):
        return NEVER
    if _is_of_thing(words, found):
        return OBJECT_FORM
    if _is_told(words, found) or _is_disputed(words, found) or _is_used(words, found):
        return LED_FORM
    if found.source is not None and behind_listener(words, found.candidate) != NONE:
        return CERTAIN_FORM
    if _is_postposed(words, found):
        return POSTPOSED
    if _says_nothing(words, cue, (first, last)):
        return NEVER
    if kind == "verb" and found.source is None and words.lower[first] == "you" and words.quoted[first] == NONE:
        return NEVER  # "Thank you for reading"
    empty = is_mute("contents", words.lower[first]) or is_mute("pointers", words.lower[first])
    said = cue.lemma == "say" and words.is_finite(at) and first == found.candidate.after and not empty
    return LIKELY_FORM if said and found.source is not None and found.source.kind == SUBJECT else SURE_ENOUGH


def _is_cited_between(words: Words, found: Found) -> bool:
    """ "Reported, citing two officials, that ...": for the parse the clause can be the officials'."""
    at, behind = found.candidate.at, found.content.ranges[0][0]
    cited = words.lower[at + 1] == "," and is_citing(words.lower[at + 2]) if at + 2 < behind else False
    return cited and found.source is not None and words.is_finite(at)


def _is_purpose(words: Words, found: Found) -> bool:
    """Is its content what it is written for: "wrote to the EU to warn that the fund was empty"? The warning is said."""
    (first, last), at = found.content.ranges[0], found.candidate.at
    aims = (
        kid for kid in words.kids[at] if words.tag[kid] == "VB" and words.lower[kid - 1] == "to" and first < kid < last
    )
    return any(words.lemma[kid] in lexicon().verbs for kid in aims) if found.candidate.cue.lemma == "write" else False


def _is_source(words: Words, found: Found) -> bool:
    """Is its content but who told it: "cites sources in the government"?"""
    names, (first, last) = name_words(), found.content.ranges[0]
    told = names.anonymous | names.groups
    things = (kid for kid in words.kids[found.candidate.at] if words.dep[kid] == "dobj" and first <= kid < last)
    cites = found.candidate.cue.lemma in ("cite", "quote") and words.quoted[first] == NONE
    cites = cites and words.lower[first] != "the"  # "cited the figure" is no person
    return cites and any(not told.isdisjoint((words.lower[kid], words.lemma[kid])) for kid in things)


def _is_silence(words: Words, at: int) -> bool:
    """Does the verb above, or one above that, tell of silence: "did not say when", "declined to give a date"?"""
    while (verb := words.head[at]) != at:
        negated = any(words.dep[kid] == "neg" for kid in words.kids[verb])
        if is_mute("refusals", words.lemma[verb]) or (negated and words.lemma[verb] in lexicon().verbs):
            return True
        at = verb
    return False


def _of_label(words: Words, colon: int, content: Range) -> float:
    """Of a colon: what is before it must look like a name, or what is behind it like speech."""
    if is_quote_label(words.text[0]):
        return CERTAIN_FORM
    if words.lower[0] == "on" and not words.in_speech(content[0]):
        return NEVER  # "On the budget: ..."
    named = all(words.pos[near] == "PROPN" for near in range(colon))
    titled = words.lower[0] != "the" and all(
        words.text[near].istitle() and len(words.text[near]) > 1 for near in range(colon)
    )
    told = words.tells(content[0] + 1, content[1])
    return LIKELY_FORM if named or words.in_speech(content[0]) or (titled and told) else SURE_ENOUGH


def _is_beside_speech(words: Words, found: Found) -> bool:
    """Is its content only who listens or a thing that is not said: "informed the agency", "observed the truce"?"""
    at, (first, last) = found.candidate.at, found.content.ranges[0]
    cue = found.candidate.cue
    if found.candidate.kind != "verb" or len(found.content.ranges) > 1 or cue.lemma == "say":
        return False
    if last == first + 1 and is_mute("listeners", words.lower[first]):
        return cue.cue_class not in _JUDGED
    if "object" in cue.frames:
        return False
    things = [kid for kid in words.kids[at] if words.dep[kid] in ("dobj", "dative") and words.left[kid] == first]
    whole = any(kid < last <= words.right[kid] + 1 for kid in things)
    inside = range(first, last)
    led = any(words.lower[near] in cue.frames for near in inside)  # "informed Oslo of the delay"
    told = words.tells(first, last) or any(words.quoted[near] != NONE for near in inside)
    return whole and not led and not told


def _is_agent(words: Words, at: int, first: int) -> bool:
    """Does its content begin with who says it: "He was echoed by Oslo's envoy, who ..."?"""
    return any(words.dep[kid] == "agent" and first == kid + 1 for kid in words.kids[at])


def _is_telephone(words: Words, found: Found) -> bool:
    """ "Called Tusk for the first time in years", "called him on Friday to thank him"; but "called Tusk a liar"."""
    deps = [(words.dep[kid], kid) for kid in words.kids[found.candidate.at] if kid > found.candidate.at]
    things = [kid for dep, kid in deps if dep in ("dobj", "oprd")]
    if found.candidate.cue.lemma != "call" or len(things) != 1 or any(dep in _NAMED for dep, _ in deps):
        return False
    behind = words.right[things[0]] + 1
    apart = behind < words.count and (words.pos[behind] in ("ADP", "PART") or is_time(words.lower[behind]))
    person = words.pos[things[0]] in ("NOUN", "PROPN", "PRON") and words.lower[words.left[things[0]]] not in ("a", "an")
    named = words.lower[behind : behind + 1] == ["as"] or not person
    return apart and not named and all(words.quoted[near] == NONE for near in range(*found.content.ranges[-1]))


_NAMED = frozenset(["ccomp", "xcomp", "attr", "acomp"])


def _is_done_to(words: Words, found: Found) -> bool:
    """Is it a second thing done to somebody: "said the clerk had been held and accused of theft"?"""
    at = found.candidate.at
    if words.tag[at] not in ("VBN", "VBD") or words.dep[at] != "conj" or found.candidate.kind != "verb":
        return False
    own = {words.dep[kid] for kid in words.kids[at]}
    promises = found.candidate.cue.cue_class is CueClass.PROMISE and "xcomp" in own  # nobody "was promised to pay"
    if own & _OWN_SUBJECTS or promises:
        return False
    first = words.head[at]
    while words.dep[first] == "conj":
        first = words.head[first]
    deps = {words.dep[kid]: kid for kid in words.kids[first]}
    if "nsubjpass" not in deps or "auxpass" not in deps:
        return False
    named = words.pos[deps["nsubjpass"]] == "PROPN" and words.lower[deps["auxpass"]] == "been"
    return words.tag[at] == "VBN" or named  # of a thing: "said a shed had been hit and promised details"


def _is_told_elsewhere(words: Words, found: Found) -> bool:
    """Is its content the saying that it is told by: "In May, she reminded reporters, Oslo had been warned by Riga"?"""
    at, (first, last) = found.candidate.at, found.content.ranges[-1]
    if found.candidate.kind != "verb" or last > at or not any(words.dep[kid] == "agent" for kid in words.kids[at]):
        return False
    verbs = (kid for kid in words.kids[at] if first <= kid < last and words.dep[kid] in ("ccomp", "parataxis"))
    return any(words.lemma[kid] in lexicon().verbs and words.quoted[kid] == NONE for kid in verbs)


def _is_received(words: Words, found: Found) -> bool:
    """Does the sentence tell only who hears it: "Oslo ignored calls for a truce", "Riga faces demands to pay"?"""
    verb, source = words.head[found.candidate.at], found.source
    heard = words.dep[found.candidate.at] == "dobj" and is_mute("receiving", words.lemma[verb])
    return heard and source is not None and words.dep[source.head] == "nsubj" and words.head[source.head] == verb


def _is_of_nobody(found: Found) -> bool:
    """ "Declined to comment on reports that the bridge was shut": the one who declines did not report it."""
    named = found.source is not None and found.source.kind in (POSSESSOR, OF)
    return found.candidate.cue.cue_class is CueClass.REPORT and not named


def _is_told(words: Words, found: Found) -> bool:
    """ "Had been told by the ministry, at a closed hearing, that ...": by whom, and a clause."""
    at, source = found.candidate.at, found.source
    first = found.content.ranges[0][0]
    clause = words.lower[first - 1] == "that" and at < first
    return clause and source is not None and source.kind == AGENT and is_kind("telling", found.candidate.cue)


def _is_disputed(words: Words, found: Found) -> bool:
    """ "A claim Oslo denies", "a figure which the ministry disputes"."""
    at, source = found.candidate.at, found.source
    glossed = words.dep[at] == "relcl" or words.lower[found.content.ranges[0][0]] in ("a", "an")
    denied = glossed and found.candidate.cue.cue_class is CueClass.DENY
    return denied and source is not None and source.kind == SUBJECT and found.content.ranges[-1][1] <= source.first


def _is_used(words: Words, found: Found) -> bool:
    """ "Used the speech to call for talks", "wrote to the EU to ask for shells": where one speaks, and what for."""
    at = found.candidate.at
    first = words.head[at] if words.dep[at] == "conj" else at
    verb = words.head[first]
    aim = words.dep[first] in ("advcl", "xcomp") and words.tag[at] == "VB" and words.lower[at - 1] == "to"
    if aim and words.lemma[verb] == "write" and verb < at:
        return True
    used = words.dep[first] == "xcomp" and words.lemma[verb] == "use"
    things = [kid for kid in words.kids[verb] if words.dep[kid] == "dobj"] if used else []
    return any(names_occasion(words, range(words.left[kid], words.right[kid] + 1)) for kid in things)


def _is_own_words(words: Words, found: Found) -> bool:
    """Is its content but a noun for the words themselves: "a sentence that he has repeated", "a claim she made"?"""
    at, (first, last) = found.candidate.at, found.content.ranges[0]
    if found.candidate.cue.cue_class is CueClass.DENY:
        return False  # "a claim that the envoy dismissed"
    short = len(found.content.ranges) == 1 and last - first <= _SHORT_NOUN and last <= at
    return short and words.dep[at] == "relcl" and words.quoted[first] == NONE and names_words(words.lemma[last - 1])


_SHORT_NOUN = 3
"""Words: "an old claim"; a longer phrase tells what was claimed."""
_OWN_SUBJECTS = frozenset(["nsubj", "nsubjpass", "aux", "auxpass", "agent"])


def _is_of_thing(words: Words, found: Found) -> bool:
    """Is it an act on a thing that words alone can do: "rejected the charge", "promised a vote"?"""
    at, cue, (first, last) = found.candidate.at, found.candidate.cue, found.content.ranges[0]
    if found.candidate.kind != "verb" or found.source is None or cue.cue_class not in _ACTS or cue.weight < MOSTLY:
        return False
    things = [kid for kid in words.kids[at] if words.dep[kid] == "dobj" and words.left[kid] == first and kid < last]
    return words.is_finite(at) and bool(things) and "object" in cue.frames and first == found.candidate.after


_JUDGED = frozenset([CueClass.ACCUSE, CueClass.DENY, CueClass.PRAISE])
"""What is done to persons too: "echoed her" tells nothing, "condemned them" tells what is condemned."""
_ACTS = frozenset([CueClass.DENY, CueClass.PROMISE, CueClass.PRAISE, CueClass.ACCUSE, CueClass.WARN, CueClass.DEMAND])


def _led(words: Words, found: Found) -> float | None:
    """How sure one must be of a finite verb of speech that leads to its content by its own preposition ("warns of"), by
    a gerund ("reported hearing"), or from an aside ("As the paper reported, ..."); None of others."""
    at, cue, first = found.candidate.at, found.candidate.cue, found.content.ranges[0][0]
    if found.candidate.kind != "verb" or found.source is None or not words.is_finite(at):
        return None
    if cue.weight < MOSTLY or (cue.lemma == "ask" and words.lower[at + 1] != "for"):
        return None
    if any(words.dep[kid] == "auxpass" for kid in words.kids[at]):
        return None  # "has been accused of theft"
    aside = words.dep[at] == "advcl" and words.lower[words.left[at]] == "as" and at < first
    gerund = "gerund" in cue.frames and words.tag[first] == "VBG" and first == at + 1
    if gerund or (aside and words.tells(first, found.content.ranges[-1][1])):
        return LED_FORM
    lead = first if first == at + 1 and words.dep[first] == "prep" else first - 1
    apart = lead != at + 1  # "argued in May for a lower toll", not "called Oslo for the first time"
    things = apart and any(words.dep[kid] not in _BETWEEN for kid in words.kids[at] if at < kid < lead)
    if words.lower[lead] not in cue.frames or things or (apart and words.head[lead] != at):
        return None
    return LED_FORM if cue.weight >= ALWAYS and not apart and cue.lemma != "ask" else LIKELY_FORM


_BETWEEN = frozenset(["advmod", "npadvmod", "prep"])


def _is_postposed(words: Words, found: Found) -> bool:
    """Is it a clause, a comma, a subject and a finite verb of speech: "The road is open, the mayor has told us"?"""
    at, cue, parts = found.candidate.at, found.candidate.cue, found.content.ranges
    before = found.candidate.before - 1
    if found.candidate.kind != "verb" or found.source is None or len(parts) > 1 or parts[0][1] > at:
        return False
    (first, last), *_ = parts
    comma = before > 0 and words.lower[before] == "," and last >= before - 1
    reports = cue.cue_class is CueClass.REPORT and any(words.dep[kid] == "nsubj" for kid in words.kids[at])
    verb = words.is_finite(at) and (cue.weight >= ALWAYS or reports) and "clause" in cue.frames
    return comma and verb and words.tells(first + 1, last)


def _says_nothing(words: Words, cue: Cue, part: Range) -> bool:
    """ "Said nothing to the soldiers", "said goodbye", "said so"; but "called herself a witness" is said."""
    first, last = part
    if last > first + 1 and cue.frames & {"complement", "as"}:
        return False
    clause = words.tells(first, last)
    return is_mute("openings", words.lower[first]) and words.quoted[first] == NONE and not clause
