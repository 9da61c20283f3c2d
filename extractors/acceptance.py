"""How sure the ranking must be of a cue with its content, by the form that they have: the least probability of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from extractors.audiences import names_occasion
from extractors.candidates import CLOSING, hearer
from extractors.contents import Range, behind_listener
from extractors.cues import (
    ALWAYS,
    MOSTLY,
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
from extractors.words import FINITE, NONE, Words

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
    if found.candidate.kind == "colon":
        return _of_label(words, found.candidate.at, found.content.ranges[0])
    forms = FORMS[found.candidate.kind]
    return next((probability for holds, probability in forms if holds(words, found)), SURE_ENOUGH)


def _is_in_words(words: Words, found: Found) -> bool:
    """ "In the words of Olena Hrab, ..." """
    return found.candidate.cue.lemma.startswith("in ")


def _is_without_clause(words: Words, found: Found) -> bool:
    """ "Citing a copy of the filing", and nothing else."""
    first, candidate = found.content.ranges[0][0], found.candidate
    return candidate.at < first < candidate.after and words.lower[first - 1] != "that"


def _is_reason(words: Words, found: Found) -> bool:
    """ "Did not say when, citing security"."""
    return is_citing(found.candidate.cue.lemma) and (found.source is None or _is_silence(words, found.candidate.at))


def _is_pointer(words: Words, found: Found) -> bool:
    """ "The statement on that"."""
    return is_mute("pointers", " ".join(words.lower[slice(*found.content.ranges[0])]))


def _is_noun_with_clause(words: Words, found: Found) -> bool:
    """ "A warning that the road was shut"."""
    kids = (kid for kid in words.kids[found.candidate.at] if kid > found.candidate.at)
    clauses = (kid for kid in kids if words.dep[kid] in ("acl", "ccomp"))
    return any(words.lower[words.left[kid]] == "that" for kid in clauses)


def _is_owned_noun(words: Words, found: Found) -> bool:
    """ "Tusk's remark that the road was shut"."""
    source = found.source
    owned = source is not None and source.kind == POSSESSOR and words.pos[source.head] == "PROPN"
    return owned and _is_noun_with_clause(words, found)


def _is_noun_of_somebody(words: Words, found: Found) -> bool:
    """ "The mayor's remark that", "a report by the agency that"."""
    return found.source is not None and _is_noun_with_clause(words, found)


def _is_only_heard(words: Words, found: Found) -> bool:
    """ "Heard from the guard about it"; but "heard from the guard that the road was shut", "the court heard that"."""
    at, cue = found.candidate.at, found.candidate.cue
    told = words.lower[found.content.ranges[0][0] - 1] == "that" or hearer(words, at) != NONE
    return is_kind("hearing", cue) and not told


def _is_quoted(words: Words, found: Found) -> bool:
    """ "The paper quoted Olena Hrab as saying"."""
    return found.source is not None and found.source.kind == QUOTED


def _is_misread(words: Words, found: Found) -> bool:
    """ "The head of a brigade in the north reported in May that the line held"."""
    misread = found.source is not None and found.source.kind == MISREAD
    return misread and is_misread_participle(words, found.candidate.at)


def _is_cited_between(words: Words, found: Found) -> bool:
    """ "Reported, citing two officials, that ...": for the parse the clause can be the officials'."""
    at, behind = found.candidate.at, found.content.ranges[0][0]
    cited = at + 2 < behind and words.lower[at + 1] == "," and is_citing(words.lower[at + 2])
    return cited and found.source is not None and words.is_finite(at)


def _is_ruled_out(words: Words, found: Found) -> bool:
    at = found.candidate.at
    return found.candidate.cue.lemma == "rule" and words.lower[at + 1 : at + 2] == ["out"]


def _is_empty(words: Words, found: Found) -> bool:
    """ "Said so"."""
    return is_mute("contents", " ".join(words.lower[slice(*found.content.ranges[0])]))


def _is_purpose(words: Words, found: Found) -> bool:
    """Is its content what it is written for: "wrote to the EU to warn that the fund was empty"? The warning is said."""
    if found.candidate.cue.lemma != "write":
        return False
    first, last = found.content.ranges[0]
    verbs = (kid for kid in words.kids[found.candidate.at] if words.tag[kid] == "VB" and first < kid < last)
    return any(words.lower[verb - 1] == "to" and words.lemma[verb] in lexicon().verbs for verb in verbs)


def _is_source(words: Words, found: Found) -> bool:
    """Is its content but who told it: "cites sources in the government", not "cited the figure"?"""
    first, last = found.content.ranges[0]
    cites = found.candidate.cue.lemma in ("cite", "quote")
    if not cites or words.quoted[first] != NONE or words.lower[first] == "the":
        return False
    people = name_words().anonymous | name_words().groups
    things = (kid for kid in words.kids[found.candidate.at] if words.dep[kid] == "dobj" and first <= kid < last)
    return any(not people.isdisjoint((words.lower[kid], words.lemma[kid])) for kid in things)


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
    if words.pos[0] == "PROPN" and words.in_speech(content[0]):
        return CERTAIN_FORM
    return LIKELY_FORM if named or words.in_speech(content[0]) or (titled and told) else SURE_ENOUGH


def _is_beside_speech(words: Words, found: Found) -> bool:
    """Is its content only who listens or a thing that is not said: "informed the agency", "observed the truce"?"""
    at, (first, last) = found.candidate.at, found.content.ranges[0]
    cue = found.candidate.cue
    if len(found.content.ranges) > 1 or cue.lemma == "say":
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


def _is_agent(words: Words, found: Found) -> bool:
    """Does its content begin with who says it: "He was echoed by Oslo's envoy, who ..."?"""
    first = found.content.ranges[0][0]
    return any(words.dep[kid] == "agent" and first == kid + 1 for kid in words.kids[found.candidate.at])


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


def _is_unquoted(words: Words, found: Found) -> bool:
    """ "The evacuation continues: 180 people have left": a cue of quotations alone, without one."""
    only = found.candidate.cue.frames == _QUOTE and found.candidate.cue.length == 1
    inside = (at for first, last in found.content.ranges for at in range(first, last))
    return only and found.content.place == "after" and all(words.quoted[at] == NONE for at in inside)


_QUOTE = frozenset(["quote"])


def _is_predicate(words: Words, found: Found) -> bool:
    """Of ``The drill offered by the army "saves lives"`` nobody offers that: it is said of the drill."""
    at, first = found.candidate.at, found.content.ranges[0][0]
    subject = any(words.dep[kid] == "nsubj" and kid > at for kid in words.kids[first])
    given = words.dep[at] == "acl" and words.tag[at] == "VBN" and first > at
    return given and words.tag[first] in ("VBZ", "VBD", "VBP") and not subject


def _is_done_to(words: Words, found: Found) -> bool:
    """Is it a second thing done to somebody: "said the clerk had been held and accused of theft"?"""
    at = found.candidate.at
    if words.tag[at] not in ("VBN", "VBD") or words.dep[at] != "conj":
        return False
    own = {words.dep[kid] for kid in words.kids[at]}
    promises = found.candidate.cue.cue_class is CueClass.PROMISE and "xcomp" in own  # nobody "was promised to pay"
    claims = "ccomp" in own and not is_kind("telling", found.candidate.cue)  # or "was proposed that each pay"
    if own & _OWN_SUBJECTS or promises or claims:
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
    if last > at or not any(words.dep[kid] == "agent" for kid in words.kids[at]):
        return False
    verbs = (kid for kid in words.kids[at] if first <= kid < last and words.dep[kid] in ("ccomp", "parataxis"))
    return any(words.lemma[kid] in lexicon().verbs and words.quoted[kid] == NONE for kid in verbs)


def _is_received(words: Words, found: Found) -> bool:
    """Does the sentence tell only who hears it: "Oslo ignored calls for a truce", "Riga bristles at the claim that"?"""
    at, source = found.candidate.at, found.source
    verb = words.head[words.head[at]] if words.dep[at] == "pobj" else words.head[at]
    heard = words.dep[at] in ("dobj", "pobj") and is_mute("receiving", words.lemma[verb])
    return heard and source is not None and words.dep[source.head] == "nsubj" and words.head[source.head] == verb


def _is_of_nobody(words: Words, found: Found) -> bool:
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
    if found.source is None or cue.cue_class not in _ACTS or cue.weight < MOSTLY:
        return False
    things = [kid for kid in words.kids[at] if words.dep[kid] == "dobj" and words.left[kid] == first and kid < last]
    return words.is_finite(at) and bool(things) and "object" in cue.frames and first == found.candidate.after


_JUDGED = frozenset([CueClass.ACCUSE, CueClass.DENY, CueClass.PRAISE])
"""What is done to persons too: "echoed her" tells nothing, "condemned them" tells what is condemned."""
_ACTS = frozenset([CueClass.DENY, CueClass.PROMISE, CueClass.PRAISE, CueClass.ACCUSE, CueClass.WARN, CueClass.DEMAND])


def _is_surely_led(words: Words, found: Found) -> bool:
    """Does a finite verb of speech lead to its content by its own preposition ("warns of") or by a gerund ("reported
    hearing"), or does it do so from an aside ("As the paper reported, ...")?"""
    at, cue, first = found.candidate.at, found.candidate.cue, found.content.ranges[0][0]
    if not _leads(words, found):
        return False
    aside = words.dep[at] == "advcl" and words.lower[words.left[at]] == "as" and at < first
    gerund = "gerund" in cue.frames and words.tag[first] == "VBG" and first == at + 1
    if gerund or (aside and words.tells(first, found.content.ranges[-1][1])):
        return True
    return _is_led(words, found) and cue.weight >= ALWAYS and _lead(words, found) == at + 1 and cue.lemma != "ask"


def _is_led(words: Words, found: Found) -> bool:
    """The same also where days and the like stand between ("argued in May for a lower toll"), not "called Oslo for the
    first time"."""
    at, lead = found.candidate.at, _lead(words, found)
    if not _leads(words, found) or words.lower[lead] not in found.candidate.cue.frames:
        return False
    between = (kid for kid in words.kids[at] if at < kid < lead)
    return lead == at + 1 or (words.head[lead] == at and all(words.dep[kid] in _BETWEEN for kid in between))


def _leads(words: Words, found: Found) -> bool:
    """Is it a finite verb of speech with a subject, not "has been accused of theft"?"""
    at, cue = found.candidate.at, found.candidate.cue
    if found.source is None or cue.weight < MOSTLY:
        return False
    if not (words.is_finite(at) or _is_only_verb(words, found)):
        return False
    asks = cue.lemma == "ask" and words.lower[at + 1] != "for"
    return not asks and all(words.dep[kid] != "auxpass" for kid in words.kids[at])


def _is_only_verb(words: Words, found: Found) -> bool:
    """Is it what the tagger takes for a participle though the sentence has no other verb: "Their side informed about
    the repair."? Not "A man accused of theft."."""
    at, cue_class = found.candidate.at, found.candidate.cue.cue_class
    first, last = words.sentence_of(at)
    alone = not any(words.tag[near] in FINITE for near in range(first, at)) and words.lower[last - 1] == "."
    top = words.dep[at] == "ROOT" or (words.dep[at] == "acl" and words.dep[words.head[at]] == "ROOT")
    return words.tag[at] == "VBN" and top and alone and cue_class not in _JUDGED


def _lead(words: Words, found: Found) -> int:
    """The word that leads to the content, or begins it."""
    first = found.content.ranges[0][0]
    return first if first == found.candidate.at + 1 and words.dep[first] == "prep" else first - 1


_BETWEEN = frozenset(["advmod", "npadvmod", "prep"])


def _is_postposed(words: Words, found: Found) -> bool:
    """Is it a clause, a comma, a subject and a finite verb of speech: "The road is open, the mayor has told us"?"""
    at, cue, parts = found.candidate.at, found.candidate.cue, found.content.ranges
    before = found.candidate.before - 1
    if found.source is None or len(parts) > 1 or parts[0][1] > at:
        return False
    (first, last), *_ = parts
    comma = before > 0 and words.lower[before] == "," and last >= before - 1
    reports = cue.cue_class is CueClass.REPORT and any(words.dep[kid] == "nsubj" for kid in words.kids[at])
    verb = words.is_finite(at) and (cue.weight >= ALWAYS or reports) and "clause" in cue.frames
    headline = at + 1 == words.count and any(tag in ("VBN", "VBG") for tag in words.tag[first:last])
    return comma and verb and (headline or words.tells(first + 1, last))  # "Debris found in Oslo, police say"


def _is_inverted(words: Words, found: Found) -> bool:
    """``"Not today," repeated Olena Hrab``: a quotation, a verb of speech and its subject."""
    at, source = found.candidate.at, found.source
    behind = found.content.place == "before" and at > 1 and words.is_mark(at - 1)
    told = behind and words.lower[at - 2] in CLOSING and "quote" in found.candidate.cue.frames
    return told and source is not None and source.first == at + 1 and words.text[source.head][:1].isupper()


def _opens_quotation(words: Words, found: Found) -> bool:
    """ "After the vote the speaker said:", and the quotation in the next paragraph."""
    ends = words.lower[words.count - 1] == ":" and words.sentence[found.candidate.at] == words.sentence[-1]
    return ends and found.content.place == "before"


def _tells_listener(words: Words, found: Found) -> bool:
    """ "Told the committee that the road was shut"."""
    return found.source is not None and behind_listener(words, found.candidate) != NONE


def _says_nothing(words: Words, found: Found) -> bool:
    """ "Said nothing to the soldiers", "said goodbye", "said so"; but "called herself a witness" is said."""
    first, last = found.content.ranges[0]
    if last > first + 1 and found.candidate.cue.frames & {"complement", "as"}:
        return False
    clause = words.tells(first, last)
    return is_mute("openings", words.lower[first]) and words.quoted[first] == NONE and not clause


def _is_to_reader(words: Words, found: Found) -> bool:
    """ "Thank you for reading", "Recall that the bridge was shut in May"."""
    at, first = found.candidate.at, found.content.ranges[0][0]
    opens = words.tag[at] == "VB" and at == words.sentence_of(at)[0]
    recalls = opens and words.lower[at : at + 2] == ["recall", "that"]
    return found.source is None and (words.lower[first] == "you" or recalls) and words.quoted[first] == NONE


def _is_plainly_said(words: Words, found: Found) -> bool:
    """ "The mayor said the road was shut"."""
    at, first, source = found.candidate.at, found.content.ranges[0][0], found.source
    said = found.candidate.cue.lemma == "say" and words.is_finite(at) and first == found.candidate.after
    empty = is_mute("contents", words.lower[first]) or is_mute("pointers", words.lower[first])
    return said and not empty and source is not None and source.kind == SUBJECT


Form = tuple[Callable[[Words, Found], bool], float]
_FORMS: Sequence[tuple[str, *Form]] = (
    ("phrase", _is_in_words, CERTAIN_FORM),
    ("phrase", _is_without_clause, NEVER),
    ("phrase", _is_reason, NEVER),
    ("noun", _is_pointer, NEVER),
    ("noun", _is_received, NEVER),
    ("noun", _is_of_nobody, NEVER),
    ("noun", _is_owned_noun, CERTAIN_FORM),
    ("noun", _is_noun_of_somebody, LIKELY_FORM),
    ("noun", _is_noun_with_clause, SURE_ENOUGH),
    ("", _is_only_heard, NEVER),
    ("", _is_quoted, CERTAIN_FORM),
    ("", _is_misread, CERTAIN_FORM),
    ("", _is_cited_between, LED_FORM),
    ("", _is_ruled_out, LIKELY_FORM),
    ("verb", _is_empty, NEVER),
    ("verb", _is_purpose, NEVER),
    ("verb", _is_source, NEVER),
    ("verb", _is_surely_led, LED_FORM),
    ("verb", _is_led, LIKELY_FORM),
    ("verb", _is_inverted, LED_FORM),
    ("", _opens_quotation, NEVER),
    ("", _is_telephone, NEVER),
    ("verb", _is_beside_speech, NEVER),
    ("", _is_agent, NEVER),
    ("", _is_predicate, NEVER),
    ("verb", _is_unquoted, NEVER),
    ("verb", _is_done_to, NEVER),
    ("verb", _is_told_elsewhere, NEVER),
    ("", _is_own_words, NEVER),
    ("verb", _is_of_thing, OBJECT_FORM),
    ("", _is_told, LED_FORM),
    ("", _is_disputed, LED_FORM),
    ("", _is_used, LED_FORM),
    ("", _tells_listener, CERTAIN_FORM),
    ("verb", _is_postposed, POSTPOSED),
    ("", _says_nothing, NEVER),
    ("verb", _is_to_reader, NEVER),
    ("", _is_plainly_said, LIKELY_FORM),
)
"""The kind of cue that a form is of (none: of any), the form, and what it asks for. The first that holds decides."""
FORMS: Mapping[str, Sequence[Form]] = {
    kind: [(holds, probability) for of, holds, probability in _FORMS if of in ("", kind)]
    for kind in ("verb", "noun", "phrase")
}
