"""Cues whose content their frame alone decides: "as she put it", "put the toll at 9".

They are rare in the ranking's training; the rules overrule it there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from extractors.candidates import CLOSING, QUESTIONS, Candidate
from extractors.contents import Alternative, Range, quotes_after, trim
from extractors.cues import ALWAYS, MOSTLY, is_kind, is_mute, is_time
from extractors.name_words import name_words
from extractors.ranking import Found
from extractors.records import CueClass
from extractors.sources import AGENT, RELATIVE, SUBJECT, Source, sources
from extractors.words import DASHES, FINITE, NONE, Words

SURE = 0.5
"""From this on the ranking knows better what "as" leads to."""
CERTAIN = 0.7
"""The least confidence of a statement that its frame decides."""
_CLAUSES = frozenset(["ccomp", "xcomp", "acl", "parataxis", "oprd"])
_EMPTY = frozenset(["it", "who", "which", "that", "what"])
"""Subjects that tell nothing by themselves."""


def framed(words: Words, found: Found) -> Found:
    """What the ranking found, or what the cue's frame says instead."""
    candidate = found.candidate
    for rule in (_by_age, _by_last, _behind_quotation, _in_gloss):
        if (reported := rule(words, found)) is not None:
            return reported
    if candidate.kind == "phrase":
        ranges, kind = _around_adverb(words, candidate) or _around_phrase(words, candidate, found.content), None
    elif candidate.kind == "verb":
        ranges, kind = _as_told(words, candidate), SUBJECT
        opened = words.lower[words.sentence_of(candidate.at)[0]] == "as"
        if found.probability >= SURE and not opened:
            ranges = []
        if not ranges:
            ranges = _asked_by(words, candidate) or _told_by(words, candidate) or _done_by(words, candidate)
            kind = AGENT
        if not ranges:
            ranges, kind = _how_put(words, candidate) or _put_at(words, candidate), SUBJECT
        if not ranges:
            ranges, kind = _gap(words, candidate) or _gap_of_clause(words, candidate), SUBJECT
    else:
        return found
    if not ranges:
        return found
    source = next((each for each in sources(words, candidate) if each.kind == kind), None) if kind else found.source
    return replace(
        found,
        content=Alternative(tuple(ranges), "after" if ranges[0][0] > candidate.at else "before", 0, 0),
        source=source,
        probability=max(found.probability, CERTAIN),
    )


def _by_age(words: Words, found: Found) -> Found | None:
    """Of ``"It was luck," the 44-year-old said`` the one of that age is the source, for the parse no noun."""
    at = found.candidate.at
    first, ranges = at - len(_AGED), found.content.ranges
    if found.candidate.kind != "verb" or first < 1 or words.lower[first + 2 : at] != _AGED[2:]:
        return None
    if words.lower[first] not in ("a", "the") or words.dep[at - 1] in _SUBJECTS or words.quoted[first] != NONE:
        return None
    said = trim(words, ranges[0][0], first) if ranges[0][0] < first else trim(words, words.sentence_of(at)[0], first)
    if said[0] >= said[1]:
        return None
    parts = (said, *(part for part in ranges[1:] if words.quoted[part[0]] != NONE))
    place = "around" if len(parts) > 1 else "before"
    source = Source(first, at, at - 1, SUBJECT, 0)
    sure = max(found.probability, CERTAIN)
    return replace(found, content=Alternative(parts, place, 0, 0), source=source, probability=sure)


_AGED = ["the", "44", "-", "year", "-", "old"]
"""The words of an age, as the parse parts them."""


def _by_last(words: Words, found: Found) -> Found | None:
    """Of "Two sheds burned and a man was hurt, the port's press centre reported on Monday" the parse can take the last
    verb for a participle of the noun before it."""
    at, noun, cue = found.candidate.at, words.head[found.candidate.at], found.candidate.cue
    sure = cue.weight >= ALWAYS or cue.cue_class is CueClass.REPORT
    if words.tag[at] != "VBN" or words.dep[at] != "acl" or noun != at - 1 or not sure or "clause" not in cue.frames:
        return None
    (opening, end), first = words.sentence_of(at), words.left[noun]
    behind = [near for near in range(at + 1, end) if not words.punct[near]]
    dated = any(is_time(words.lower[near]) for near in behind) or not behind
    if first - 1 <= opening or words.lower[first - 1] != "," or not dated or len(behind) > _LONGEST_DAY:
        return None
    if not {words.lower[noun], words.lemma[noun]} & (name_words().bodies | name_words().groups):
        return None  # "a step announced on Monday"
    if not words.tells(opening, first) or words.tells(first, end) or words.quoted[first] != NONE:
        return None
    said = trim(words, opening, first)
    source = Source(first, at, noun, SUBJECT, 0)
    return replace(found, content=Alternative((said,), "before", 0, 0), source=source, probability=CERTAIN)


_LONGEST_DAY = 4
"""Words: "late on Monday evening"."""


def _behind_quotation(words: Words, found: Found) -> Found | None:
    """Of ``"No mines, no shells," Olena Hrab, a nurse, said`` the parse can take the name for a part of the list; and
    ``"Go home," a man can be heard shouting`` is rare in training."""
    at, cue = found.candidate.at, found.candidate.cue
    if found.candidate.kind != "verb" or "quote" not in cue.frames or cue.weight < MOSTLY or words.quoted[at] != NONE:
        return None
    opening, end = words.sentence_of(at)
    mark = next((near for near in range(at - 1, opening, -1) if words.quoted[near] != NONE), NONE)
    heard = words.dep[at] == "xcomp" and words.tag[at] == "VBG" and words.lemma[words.head[at]] in ("hear", "see")
    spoken = mark != NONE and words.is_mark(mark) and (heard or words.in_speech(mark))
    if not spoken or words.quoted[opening] != words.quoted[mark]:
        return None
    verb = words.head[at] if heard else at
    first, last = mark + 1, verb
    while last > first and words.pos[last - 1] in ("AUX", "ADV"):
        last -= 1
    subject = _subject_alone(words, first, last)
    if subject is None or not words.is_finite(verb) or words.lower[mark - 1] not in CLOSING:
        return None
    start = opening
    while start > 0 and words.quoted[start - 1] == words.quoted[mark]:
        start -= 1
    told = trim(words, start, mark)
    whole = found.content.ranges[0][1] == told[1]
    if told[0] >= told[1] or (whole and found.source is not None and found.source.first == subject[0]):
        return None
    again = next((near for near in range(at + 1, end) if words.quoted[near] != NONE), end)
    goes_on = trim(words, again, max(end if again < end else again, quotes_after(words, end, again)))
    parts = [told, *([goes_on] if goes_on[0] < goes_on[1] else [])]
    named = Source(*subject, subject[1] - 1, SUBJECT, 0)
    content = Alternative(tuple(parts), "around" if len(parts) > 1 else "before", 0, 0)
    return replace(found, content=content, source=named, probability=max(found.probability, CERTAIN))


def _subject_alone(words: Words, first: int, last: int) -> Range | None:
    """The noun phrase that fills these words, but for a relative clause between commas at its end."""
    commas = [near for near in range(first, last) if words.lower[near] == ","]
    if len(commas) > 1 and commas[-1] == last - 1 and words.lower[commas[0] + 1] in RELATIVE:
        last = commas[0]
    inside = trim(words, first, last)
    opens = words.pos[first] in _OPENS_SUBJECT or words.text[first][:1].isupper()
    if inside[0] != first or inside[0] >= inside[1] or not opens or words.tells(*inside):
        return None
    return inside if RELATIVE.isdisjoint(words.lower[slice(*inside)]) else None


_NAMED = frozenset(["NOUN", "PART", "PRON", "PROPN"])
_OPENS_SUBJECT = frozenset(["ADJ", "DET", "NOUN", "NUM", "PRON", "PROPN"])


def _in_gloss(words: Words, found: Found) -> Found | None:
    """Of "He accused Oslo of theft, a charge the embassy in Riga called absurd" the charge and what it was called."""
    at, cue = found.candidate.at, found.candidate.cue
    opening, end = words.sentence_of(at)
    comma = max((near for near in range(opening, at) if words.punct[near]), default=NONE)
    noun = comma + 2 + (words.pos[comma + 2] == "ADJ") if comma != NONE and comma + 3 < at else NONE
    if noun == NONE or noun + 1 >= at or words.lower[comma] not in (",", *DASHES) or words.quoted[comma] != NONE:
        return None
    if words.lower[comma + 1] not in ("a", "an") or words.pos[noun] != "NOUN" or words.tag[at] not in FINITE:
        return None
    called = words.lower[at + 1] == "as" if "as" in cue.frames else "complement" in cue.frames
    inside = range(noun + 1, at)
    if not called or words.pos[noun + 1] not in _OPENS_SUBJECT or words.lower[noun + 1] in RELATIVE:
        return None
    if any(words.tag[near] in FINITE or words.quoted[near] != NONE for near in inside) or words.pos[at - 1] == "ADP":
        return None
    behind = next((near for near in range(at + 1, end) if words.lower[near] in (",", ";")), end)
    parts = _trimmed(words, [(comma + 1, noun + 1), (at + 1, behind)])
    if len(parts) < 2:
        return None
    last = at - 1
    while words.pos[last] == "ADV":
        last -= 1
    head = next((near for near in inside if words.pos[near] in _NAMED and words.pos[near + 1] not in _NAMED), last)
    named = Source(noun + 1, last + 1, head, SUBJECT, 0)
    sure = max(found.probability, CERTAIN)
    return replace(found, content=Alternative(tuple(parts), "around", 0, 0), source=named, probability=sure)


def _asked_by(words: Words, candidate: Candidate) -> list[Range]:
    """Of "Asked by the chair whether the bridge would hold, he said" and "was asked by the chair why" the question."""
    at = candidate.at
    if not is_kind("asking", candidate.cue) or words.lower[at + 1 : at + 2] != ["by"]:
        return []
    last, answer = words.sentence_of(at)[1], words.head[at]
    question = next((near for near in range(at + 2, last) if words.lower[near] in QUESTIONS), last)
    subjects = [words.left[kid] for kid in words.kids[answer] if kid > at and words.dep[kid] == "nsubj"]
    if answer > at and subjects and subjects[0] < question:
        return []  # "Asked by a reporter, he declined to say when"
    end = subjects[0] if answer > question and subjects else last
    return _trimmed(words, [(question, end)]) if question < end else []


def _told_by(words: Words, candidate: Candidate) -> list[Range]:
    """ "The strike was confirmed by the staff", "The raid was described by the staff as a success"."""
    kids = words.kids[candidate.at]
    deps = {words.dep[kid]: kid for kid in kids}
    subject, agent = deps.get("nsubjpass"), deps.get("agent")
    if subject is None or agent is None or deps.keys() & _CLAUSES or words.lower[subject] in _EMPTY:
        return []
    if words.tag[subject] == "PRP" and candidate.cue.weight < ALWAYS:
        return []  # "He was echoed by the engineer"
    if not candidate.cue.frames & {"object", "as"} or candidate.cue.weight < MOSTLY:
        return []
    described = [kid for kid in kids if kid > candidate.at and words.dep[kid] == "prep" and words.lower[kid] == "as"]
    parts = [(words.left[subject], words.right[subject] + 1)]
    parts += [(words.left[kid], words.right[kid] + 1) for kid in described[:1] if "as" in candidate.cue.frames]
    return _trimmed(words, parts)


def _done_by(words: Words, candidate: Candidate) -> list[Range]:
    """Of "a truce proposed by the envoys in May" the truce is what they proposed."""
    at, noun = candidate.at, words.head[candidate.at]
    if words.dep[at] != "acl" or words.tag[at] != "VBN" or candidate.cue.cue_class not in _GIVEN:
        return []
    if not _speaks_of_things(candidate):
        return []
    deps = {words.dep[kid] for kid in words.kids[at]}
    if "agent" not in deps or deps & _CLAUSES or "object" not in candidate.cue.frames:
        return []
    return _trimmed(words, [(words.left[noun], words.left[at])])


_GIVEN = frozenset([CueClass.ANNOUNCE, CueClass.PROMISE, CueClass.DEMAND])


def _gap(words: Words, candidate: Candidate) -> list[Range]:
    """Of "a levy which the minister has proposed" the levy is what he proposed; of "a word that she called mild" the
    complement too."""
    at, noun = candidate.at, words.head[candidate.at]
    if words.dep[at] != "relcl" or words.pos[noun] not in ("NOUN", "PROPN", "NUM") or not _speaks_of_things(candidate):
        return []
    deps = {words.dep[kid]: kid for kid in words.kids[at]}
    gap, subject = deps.get("dobj"), deps.get("nsubj")
    leads = [kid for kid in words.kids[at] if kid > at and words.dep[kid] == "prep"]
    if gap is None or subject is None or words.lower[gap] not in ("which", "that") or gap > at:
        return []
    blamed = "on" if candidate.cue.lemma == "blame" else "as"  # "a raid that Oslo blamed on Riga"
    if any(words.lower[kid] in candidate.cue.frames - {"as", blamed} for kid in leads):
        return []  # "a man that they accused of theft": the theft is content
    called = next((kid for kid in leads if words.lower[kid] in ("as", blamed)), deps.get("oprd"))
    if called is None and "object" not in candidate.cue.frames:
        return []
    event = _whole_event(words, noun, gap) if called is None else None
    parts = [event or (_start(words, noun), words.left[at])]
    return _trimmed(words, [*parts, *([(words.left[called], words.right[called] + 1)] if called is not None else [])])


def _whole_event(words: Words, noun: int, gap: int) -> Range | None:
    """Of "The boats will go to Riga, which Oslo announced in May" all is announced: nobody announces a town."""
    named = words.pos[noun] == "PROPN" and words.lower[gap - 1 : gap + 1] == [",", "which"]
    first = words.sentence_of(gap)[0]
    return (first, gap - 1) if named and words.quoted[first] == NONE and words.tells(first, gap - 1) else None


def _gap_of_clause(words: Words, candidate: Candidate) -> list[Range]:
    """Of "a bank that the treasury says had paid for the drones" the bank, and what it had done."""
    at, noun = candidate.at, words.head[candidate.at]
    if words.dep[at] != "relcl" or words.pos[noun] not in ("NOUN", "PROPN") or "clause" not in candidate.cue.frames:
        return []
    deps = {words.dep[kid]: kid for kid in words.kids[at]}
    clause, subject = deps.get("ccomp"), deps.get("nsubj")
    if clause is None or subject is None or words.lower[subject] in _EMPTY or clause < at:
        return []
    behind = [kid for kid in words.kids[clause] if kid > at]
    opening = min([clause, *(words.left[kid] for kid in behind)])
    if any(words.dep[kid] in _SUBJECTS for kid in behind) or words.tag[opening] not in FINITE:
        return []
    return _trimmed(words, [(_start(words, noun), words.left[at]), (opening, words.right[clause] + 1)])


def _start(words: Words, noun: int) -> int:
    """Where a noun phrase begins, without a preposition that the parse hangs on it."""
    start = noun
    for kid in reversed(words.kids[noun]):
        if kid < noun and words.dep[kid] not in _BEFORE_NOUN:
            break
        start = min(start, words.left[kid])
    return start


_BEFORE_NOUN = frozenset(["det", "predet", "poss", "amod", "compound", "nmod", "nummod", "quantmod", "advmod"])


_SUBJECTS = frozenset(["nsubj", "nsubjpass", "expl", "csubj"])


def _how_put(words: Words, candidate: Candidate) -> list[Range]:
    """``"It will be a long night," is how a nurse put it``, ``"Long" was how she described it``."""
    at, kids = candidate.at, words.kids[candidate.at]
    being = words.head[at]
    how = any(words.lower[kid] == "how" and kid < at for kid in kids)
    it = any(words.lower[kid] == "it" and words.dep[kid] == "dobj" for kid in kids)
    if not (how and it) or words.lemma[being] != "be" or being > at:
        return []
    return _trimmed(words, [(words.sentence_of(at)[0], being)])


def _put_at(words: Words, candidate: Candidate) -> list[Range]:
    """Of "put the figure at 300" the number, of "put the number of boats at 51" all."""
    if candidate.cue.lemma != "put":
        return []
    behind = [kid for kid in words.kids[candidate.at] if kid > candidate.at]
    thing = next((kid for kid in behind if words.dep[kid] == "dobj"), None)
    if thing is None:
        return []
    ends = words.right[thing]  # "the number of boats sunk in May at 51": the parse can hang the "at" on a word in it
    inner = [near for near in range(thing + 1, ends) if words.right[near] == ends]
    lead = next((kid for kid in (*behind, *inner) if words.dep[kid] == "prep" and words.lower[kid] == "at"), None)
    if lead is None or lead + 1 >= words.count:
        return []
    inside = range(lead + 1, words.right[lead] + 1)
    if not any(words.pos[at] == "NUM" for at in inside):
        return []
    if words.pos[thing] == "PRON" or (words.lemma[thing] in _COUNTS and words.right[thing] == thing):
        return _trimmed(words, [(lead + 1, words.right[lead] + 1)])
    return _trimmed(words, [(words.left[thing], words.right[lead] + 1)])


_COUNTS = frozenset(["figure", "number", "toll", "total", "sum"])


def _speaks_of_things(candidate: Candidate) -> bool:
    """Is it speech when its object is a thing: "proposed a truce", not "offered a flat" or "posted a photo"?"""
    return candidate.cue.weight >= MOSTLY and not is_mute("with_things", candidate.cue.lemma)


def _as_told(words: Words, candidate: Candidate) -> list[Range]:
    """ "Fuel is short, as a nurse told the BBC", "The town, as its mayor put it, is full", "As reported, ..."."""
    at = candidate.at
    kids = words.kids[at]
    opening = next((kid for kid in kids if words.lower[kid] == "as" and kid < at), None)
    deps = {words.dep[kid] for kid in kids}
    if opening is None or words.dep[at] != "advcl" or deps & _CLAUSES or words.head[at] == at:
        return []
    things = [kid for kid in kids if words.dep[kid] == "dobj"]
    put = candidate.cue.lemma == "put" and any(words.lower[kid] == "it" for kid in things)
    if not put and (candidate.cue.weight < ALWAYS or (things and candidate.cue.lemma not in ("tell", "inform"))):
        return []
    if "nsubj" not in deps and (words.tag[at] != "VBN" or candidate.cue.cue_class is not CueClass.REPORT):
        return []
    first, last = words.sentence_of(at)
    return _trimmed(words, [(first, words.left[at]), (words.right[at] + 1, last)])


def _around_adverb(words: Words, candidate: Candidate) -> list[Range]:
    """Of "North Korea has reportedly sent engineers" all but the adverb is content."""
    at, verb = candidate.at, words.head[candidate.at]
    if candidate.after > at + 1 or words.pos[verb] not in ("VERB", "AUX"):
        return []
    subject = next((kid for kid in words.kids[verb] if words.dep[kid] in ("nsubj", "nsubjpass") and kid < at), None)
    if subject is None or words.lower[subject] in _EMPTY:
        return []
    return _trimmed(words, [(words.left[subject], at), (at + 1, words.right[verb] + 1)])


def _around_phrase(words: Words, candidate: Candidate, content: Alternative) -> list[Range]:
    """Of "The chief, according to two clerks, has left" and "The winter was, in the words of the mayor, a siege" both
    sides are content, where neither is a sentence by itself."""
    at, (first, last) = candidate.at, words.sentence_of(candidate.at)
    first = max((near + 1 for near in range(first, at) if words.lower[near] == ";"), default=first)
    behind = candidate.after - (words.lower[candidate.after - 1] == ",")  # the parse can hang the comma on the source
    apart = at > first + 1 and words.lower[at - 1] == "," and behind < last
    if behind <= at + 1 or not apart or words.lower[behind] != ",":
        return []
    if words.lower[at - 2] in _EMPTY:  # "a fleet that, according to the navy, carries arms"
        clause = next((near for near in range(behind, last) if words.dep[near] == "relcl"), None)
        if clause is None or words.head[clause] >= at:
            return []
        return _trimmed(words, [(words.left[words.head[clause]], at), (behind, words.right[clause] + 1)])
    if content.place == "around" and content.ranges[0][0] >= first:
        return []
    subject_only = not words.tells(first, at)
    verb_only = words.dep[at - 2] in ("ROOT", "aux", "ccomp") and words.pos[at - 2] in ("VERB", "AUX")
    return _trimmed(words, [(first, at), (behind, last)]) if subject_only or verb_only else []


def _trimmed(words: Words, parts: Iterable[Range]) -> list[Range]:
    return [each for each in (trim(words, *part) for part in parts) if each[0] < each[1]]
