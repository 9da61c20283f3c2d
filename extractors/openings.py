"""Where a content begins: without what still belongs to the cue, with what the ranking left out though it was said.

Each rule takes a content (ranges of words) and gives it back, begun elsewhere where the rule holds; most tell no more
than where its first range starts. Those that look into the middle part it there ("accused them Tuesday of theft").
"""

from __future__ import annotations

from collections.abc import Callable

from extractors.audiences import audience_words, may_listen
from extractors.candidates import Candidate
from extractors.contents import Ranges, Rule, trim
from extractors.cues import is_kind, is_mute, is_time, lexicon
from extractors.outlets import is_outlet
from extractors.words import DASHES, FINITE, NONE, Words


def _starting(start_of: Callable[[Words, Candidate, int, int], int]) -> Rule:
    """The rule that starts the first range of a content where ``start_of`` says, if that leaves something of it."""

    def rule(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
        first, last = ranges[0]
        start = start_of(words, candidate, first, last)
        begun = trim(words, start, last) if start != first else ranges[0]
        return ranges if begun[0] == begun[1] else (begun, *ranges[1:])

    return rule


@_starting
def _before_colon(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """Of ``told us that it was the third case: "We count them"`` and ``promised to stay: "We can"`` all is said."""
    colon = first - 1 - words.is_mark(first - 1)
    if candidate.kind != "verb" or colon <= candidate.after or words.quoted[first] == NONE or words.lower[colon] != ":":
        return first
    for near in range(candidate.after, colon):  # the parse can hang the clause on the quotation's verb
        clause = words.dep[near] in ("ccomp", "xcomp") and not candidate.after <= words.head[near] < colon
        if clause and words.left[near] >= candidate.after:
            return _with_listener(words, candidate, words.left[near])
    return first


def _with_listener(words: Words, candidate: Candidate, start: int) -> int:
    """Where "Oslo to act" of "urged Oslo to act" begins; not of "told Oslo to act"."""
    asked = words.lower[start] == "to" and not is_kind("telling", candidate.cue)
    kids = words.kids[candidate.at] if asked else []
    return next((words.left[kid] for kid in kids if words.dep[kid] == "dobj" and words.right[kid] + 1 == start), start)


@_starting
def _without_day(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "said on Sunday its forces had left" and "told us on 5 May Riga would pay" the day is when it was said, even
    where the parse makes one name of "May Riga" and begins the clause behind it."""
    if candidate.kind != "verb" or first < candidate.after or words.quoted[first] != NONE:
        return first
    comma = next((near for near in range(first + 1, min(first + 4, last - 2)) if words.lower[near] == ","), NONE)
    dated = words.lower[candidate.after] == "in" and first <= candidate.after + 1
    if dated and comma != NONE and _is_date(words, comma - 1):
        return comma + 1  # "reported in 2022, the guns ..."
    for near in range(candidate.after, min(first + 1, candidate.after + _NEAR_DAY)):
        if words.tag[near] in FINITE or words.punct[near]:
            return first
        behind = _behind_day(words, near)
        if behind == near:
            continue
        if behind + 1 >= last or words.pos[behind] in _NO_SUBJECT:
            return first  # "Monday's strike was ...", "on Monday to reporters"
        subject = words.tag[first] in FINITE and all(words.pos[at] in _NOMINAL for at in range(behind, first))
        return behind if first < behind or (behind < first and subject) else first
    return first


_NEAR_DAY = 8
"""Words between the cue and a day: who is told, or where."""
_NO_SUBJECT = frozenset(["PUNCT", "VERB", "AUX", "ADP", "PART", "SCONJ"])
_NOMINAL = frozenset(["NOUN", "PROPN", "ADJ", "DET", "NUM", "PRON", "PART"])


def _behind_day(words: Words, at: int) -> int:
    """The word behind a day that begins here ("late on Monday evening", "May 5", "this week"), or the word itself."""
    if is_time(" ".join(words.lower[at : at + 3]), "occasions"):
        return at + 3
    near = at
    while words.lower[near] in _BEFORE_DAY and near + 2 < words.count:
        near += 1
    here, behind = words.lower[near], words.lower[near + 1]
    if is_time(here, "weekdays", "days"):
        return near + 1 + is_time(behind, "parts_of_day")
    if near > at and words.lower[near - 1] in ("this", "last") and is_time(here, "parts_of_day", "periods"):
        return near + 1
    dated = (is_time(here, "months") and behind.isdigit()) or (here.isdigit() and is_time(behind, "months"))
    return near + 2 if dated else at


_BEFORE_DAY = frozenset(["on", "late", "early", "earlier", "this", "last"])


@_starting
def _behind_setting(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "warned at the summit of a long war" and "promised during the race to cut tolls" only the rest is told."""
    lead, frames = candidate.after, candidate.cue.frames
    if candidate.kind != "verb" or first != lead + 1 or words.pos[lead] != "ADP" or words.lower[lead] in frames:
        return first
    for near in range(first + 1, last - 1):
        if words.pos[near] in ("VERB", "AUX") or words.punct[near] or words.quoted[near] != NONE:
            break
        infinitive = words.lower[near] == "to" and words.tag[near + 1] == "VB" and "infinitive" in frames
        if infinitive:
            return near if words.lower[lead] != "to" else first  # "appealed to both sides to talk"
        if words.pos[near] == "ADP" and words.lower[near] in frames:
            return near + 1
    return first


@_starting
def _behind_preposition(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "insisted on a seat" and "voiced concern over the flights" the preposition belongs to the cue."""
    if candidate.kind != "verb" or first != candidate.after or words.quoted[first] != NONE:
        return first
    leading = words.pos[first] == "ADP" or words.dep[first] == "mark"  # "called for the levy to end": a mark
    if leading and words.lower[first] in candidate.cue.frames and first + 1 < last:
        return first + 1
    if candidate.cue.length > 1 and "that" in words.lower[first : min(last, first + 7)]:
        return words.lower.index("that", first)
    if is_kind("light", candidate.cue):
        noun = next((kid for kid in words.kids[candidate.at] if kid >= first and words.dep[kid] == "dobj"), NONE)
        leads = [kid for kid in words.kids[noun] if kid > noun] if noun != NONE and words.quoted[noun] == NONE else []
        for lead in leads:
            start = lead if words.dep[lead] == "prep" else words.left[lead]
            if words.dep[lead] in ("prep", "acl", "ccomp") and start == noun + 1 and start + 1 < last:
                return start + (words.dep[lead] == "prep")
    return first


def _with_thing_called(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """Of ``condemned as "theft" the levy on boats`` the levy is content, and what it is called."""
    lead, end = candidate.after, words.sentence_of(candidate.at)[1]
    called = candidate.kind == "verb" and words.lower[lead : lead + 1] == ["as"] and "as" in candidate.cue.frames
    if not called or any(words.dep[kid] == "nsubjpass" for kid in words.kids[candidate.at]):
        return ranges
    for near in range(lead + 2, min(end, lead + _LONGEST_LEAD)):
        if words.lower[near] in (",", ";", ":") or words.tag[near] in FINITE:
            break
        opens = words.pos[near] == "DET" and words.pos[near - 1] in _ENDS_CALLING
        opens = words.quoted[near] == NONE and (opens or (words.is_mark(near - 1) and words.pos[near] in _NOMINAL))
        thing = next((at for at in range(near + 1, end) if words.pos[at] == "NOUN" and words.left[at] == near), NONE)
        if opens and thing != NONE and not is_time(words.lemma[thing]):
            behind = words.right[thing] + 1  # of "null and void the decree on" the parse hangs the "on" on "void"
            more = behind < end and words.dep[behind] == "prep" and lead < words.head[behind] < near
            return (trim(words, lead, words.right[behind] + 1 if more else behind),)
    return ranges


_ENDS_CALLING = frozenset(["ADJ", "NOUN", "PROPN", "PUNCT", "VERB"])


def _behind_source(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """In "According to the mayor, half of the town is dry" the parse can take the half for a part of the source."""
    first, last = ranges[0]
    opening = words.sentence_of(candidate.at)[0]
    verb = first + (words.pos[first] == "ADV")
    if candidate.kind != "phrase" or candidate.at != opening or len(ranges) > 1 or words.tag[verb] not in FINITE:
        return ranges
    comma = next((at for at in range(candidate.at + 2, first - 1) if words.lower[at] == ","), NONE)
    return ranges if comma == NONE else (trim(words, comma + 1, last),)


@_starting
def _behind_name(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "According to the mayor, Petro Hrab, 12 houses burned" the name is the source's."""
    if candidate.kind != "phrase" or first < candidate.at + 3 or words.lower[first - 1] != ",":
        return first
    end = first
    while end < last and words.tag[end] == "NNP":
        end += 1
    named = first + 1 < end < last - 2 and words.lower[end] == "," and words.tag[end + 1] not in FINITE
    titled = words.pos[first - 2] == "NOUN" or words.pos[candidate.at + 2] == "DET"
    if not named or not titled:
        return first
    verb = next((at for at in range(end + 1, last) if words.tag[at] in FINITE), last)
    described = "," in words.lower[end + 1 : verb] or words.lower[end + 2] in ("and", ",")  # "Petro Hrab, a nurse, has"
    return first if described else end + 1


def _around_aside(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """Of "The ferry, its captain confirmed, will sail" the ferry is content."""
    first, last = ranges[0]
    start = words.sentence_of(candidate.at)[0]
    if candidate.kind != "verb" or len(ranges) > 1 or first < candidate.at or words.tag[first] not in FINITE:
        return ranges
    comma = next((at for at in range(candidate.at - 1, start, -1) if words.lower[at] == ","), NONE)
    behind = first - 1 - words.is_mark(first - 1)
    if comma == NONE or words.lower[behind] != "," or words.quoted[behind] != NONE:
        return ranges
    if any(words.tag[at] in FINITE or words.lower[at] == "," or words.quoted[at] != NONE for at in range(start, comma)):
        return ranges
    return trim(words, start, comma), (first, last)


def _before_semicolon(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """Of "The road is open, he noted; it is wet" all is told."""
    first, last = ranges[0]
    start, before = words.sentence_of(candidate.at)[0], candidate.before - 1
    apart = len(ranges) == 1 and first - 1 > candidate.at and words.lower[first - 1] == ";"
    if not apart or before <= start or words.lower[before] != "," or words.quoted[before] != NONE:
        return ranges
    if candidate.kind != "verb" or not words.tells(start, before) or ":" in words.lower[start:before]:
        return ranges
    return trim(words, start, before), (first, last)


@_starting
def _with_subject(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "told us on a call the new curbs would hurt" the curbs are content."""
    if candidate.kind != "verb" or first - 1 <= candidate.at or words.tag[first] not in FINITE:
        return first
    if words.pos[first - 1] not in ("NOUN", "PROPN") or words.quoted[first - 1] != NONE:
        return first
    for near in range(first - 2, max(candidate.at, first - _LONGEST_SUBJECT), -1):
        if words.lower[near] == "," or words.tag[near] in FINITE:
            break
        if words.tag[near] in ("DT", "PRP$"):
            return near
    return first


_LONGEST_SUBJECT = 6
"""Words."""


@_starting
def _behind_listener(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "told the BBC in a talk aired that day that fuel was short" and "told the court he had fled" who listens is no
    content."""
    setting = words.pos[first] == "ADP" and words.lower[first - 1] != "that" and first > candidate.at
    told = is_kind("telling", candidate.cue) and (first == candidate.after or setting)
    if not told or words.quoted[first] != NONE:
        return first
    listener = next((kid for kid in words.kids[candidate.at] if words.left[kid] == first < candidate.after + 1), NONE)
    comma = words.right[listener] + 1 if listener != NONE and words.dep[listener] in ("dobj", "dative") else last
    if comma < last - 1 and words.lower[comma] == "," and words.tells(comma, last):
        return comma + 1  # "In May, she reminded us, the road was shut"
    for at in range(first + 1, min(last - 2, first + _LISTENER)):
        if (
            words.quoted[at] != NONE
            or words.lower[at] in (",", ":")
            or words.tag[at] in ("TO", "VB", "MD", "VBZ", "VBP")
        ):
            return first
        if words.lower[at] == "that" and words.pos[first] in ("PROPN", "ADP") and words.dep[at] != "nsubj":
            return at + 1
        if words.tag[at] == "PRP" and words.pos[at - 1] in ("NOUN", "PROPN") and words.tag[at + 1] in FINITE:
            described = "of" in words.lower[first:at]  # "informed Oslo of the plan it had made"
            return first if described else at
    return first


@_starting
def _beside_listener(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "told Reuters Kyiv was ready" and "told a briefing troops had left" the parse can join who listens to those
    who are told of."""
    start = candidate.after
    verb = next((at for at in range(start, last) if words.tag[at] in FINITE or words.pos[at] not in _NOMINAL), last)
    told = candidate.kind == "verb" and is_kind("telling", candidate.cue)
    if not told or not start <= first <= verb or verb == last or words.tag[verb] not in FINITE:
        return first
    for near in range(start + 1, verb) if first in (start, verb) else ():
        outlet = is_outlet(" ".join(words.text[start:near])) and not is_outlet(words.text[near])
        if outlet and words.lemma[near] not in audience_words().occasions:  # "a news conference"
            return near
    least = start if first == verb else first
    return next((near for near in range(verb - 1, least, -1) if may_listen(words, near - 1)), first)


@_starting
def _behind_preposed(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "informed Oslo of the delay" and "assured us of help" the matter is content."""
    told = is_kind("telling", candidate.cue) and candidate.cue.lemma not in ("tell", "warn")
    if not told or first != candidate.after or words.quoted[first] != NONE:
        return first
    for kid in words.kids[candidate.at]:
        if words.dep[kid] in ("dobj", "dative") and words.left[kid] == first and kid + 2 < last:
            name = kid == first and words.pos[kid] in ("PROPN", "PRON")  # the parse hangs "of" on a name
            lead = kid + 1 if name else words.right[kid] + 1
            if lead + 1 < last and words.lower[lead] in ("of", "about") and words.lower[lead] in candidate.cue.frames:
                return lead + 1
    return first


_LISTENER = 12
"""Words: who is told, where and when."""


def _around_day(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """Of "accused the troops on May 3 of looting" the day is when it was said."""
    first, last = ranges[0]
    if candidate.kind != "verb" or first < candidate.at or len(ranges) > 1:
        return ranges
    leads = candidate.cue.frames | {"to"}
    for near in range(first + 1, last - 2):
        behind = _behind_day(words, near)
        if words.tag[near] in FINITE or words.quoted[near] != NONE:
            break
        dated = near < behind < last - 1 and words.quoted[behind] == NONE and words.pos[near - 1] != "ADP"
        if dated and words.lower[behind] in leads and leads.isdisjoint(words.lower[first:near]):
            return (first, near), (behind, last)
    return ranges


@_starting
def _behind_semicolon(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """Of "The dam holds; the mill is lost, he said" only the second half is told."""
    if candidate.kind != "verb" or last > candidate.at:
        return first
    for near in range(last - 2, first, -1):
        if words.lower[near] == ";" and words.quoted[near] == NONE:
            return near + 1
    return first


@_starting
def _behind_being(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """Of "in what the council said was a raid on the port" the raid alone is content."""
    before = candidate.before - 1
    what = before >= 0 and words.lower[before] == "what"
    if what and first > candidate.at and words.lemma[first] == "be" and first + 1 < last:
        return first + 1
    return first


@_starting
def _around_dashes(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """Of "The fleet — it had eight ships — is gone, he said" all is told."""
    start = words.sentence_of(first)[0]
    if candidate.kind != "verb" or last > candidate.at or first - 1 <= start or words.lower[first - 1] not in DASHES:
        return first
    dashed = any(words.lower[at] in DASHES and words.quoted[at] == NONE for at in range(first, last))
    return start if dashed and words.quoted[start] == NONE else first


@_starting
def _only_quotation(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In ``He was clear: "It bends," he said`` the quotation alone is the content of "said"."""
    if first > candidate.at or words.quoted[first] != NONE or words.quoted[last - 1] == NONE:
        return first
    colons = [near for near in range(first + 1, last - 1) if words.lower[near] == ":" and words.quoted[near] == NONE]
    for near in colons:
        told = words.tells(first, near)
        if told and words.quoted[near + 1] == words.quoted[last - 1]:
            return near + 1
    return first


def _with_passive_subject(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """Of "The captain was accused of cutting the cable" the captain is part of the content."""
    first, last = ranges[0]
    kids = words.kids[candidate.at]
    subject = next((kid for kid in kids if words.dep[kid] == "nsubjpass" and kid < candidate.at), NONE)
    if candidate.kind != "verb" or subject == NONE or len(ranges) > 1 or first < candidate.at:
        return ranges
    if words.lower[subject] in ("it", "who", "which", "that") or candidate.cue.lemma in ("tell", "quote"):
        return ranges
    if is_kind("asking", candidate.cue):
        return ranges
    if any(words.dep[kid] == "ccomp" and first <= kid < last for kid in kids):
        return ranges
    return trim(words, words.left[subject], words.right[subject] + 1), (first, last)


def _is_date(words: Words, at: int) -> bool:
    return is_time(words.lower[at]) or (len(words.text[at]) == 4 and words.text[at].isdigit())


@_starting
def _whole_clause(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """Of ``said on May 3 that Riga "will not yield to anybody"`` the subject is content, though it is not quoted."""
    if candidate.kind != "verb" or first <= candidate.after + 1 or words.quoted[first] == NONE:
        return first
    if words.quoted[first - 1] == words.quoted[first] and not words.is_mark(first - 1):
        return first
    verb = first if words.pos[first] == "VERB" or words.tag[first] in FINITE else words.head[first]
    verb = words.head[first] if words.dep[first] in ("aux", "auxpass") else verb
    subjects = [kid for kid in words.kids[verb] if words.dep[kid] in ("nsubj", "nsubjpass") and kid < first]
    if subjects and words.left[subjects[0]] >= candidate.after:
        between = range(words.right[subjects[0]] + 1, first)
        if all(words.pos[at] in ("ADV", "AUX", "PART") or words.is_mark(at) for at in between):
            return words.left[subjects[0]]  # "said the board “has been clear”", "said the crews had “dug in”"
    colon = first - 1 - words.is_mark(first - 1)  # "noted that it was the third case: "We count them""
    behind = colon if words.lower[colon] == ":" and words.lower[candidate.after] == "that" else first
    for near in range(behind - 1, max(candidate.after, behind - _LONGEST_LEAD) - 1, -1):
        if words.lower[near] == "that" and words.dep[near] == "mark":
            return near + 1
        outside = words.quoted[near] == NONE or (near == first - 1 and words.is_mark(near))
        reports = words.pos[near] == "VERB" and words.lower[near] in lexicon().forms
        if not outside or words.lower[near] in (":", ";", ".") or reports:
            return first
    return first


_LONGEST_LEAD = 12
"""Words between "that" and a quotation that ends its clause."""


@_starting
def _with_demonstrative(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """Of "disputed that account" the "that" is content: it points, and opens no clause."""
    before = first - 1
    points = before > candidate.at and words.lower[before] == "that" and words.dep[before] == "det"
    return before if points and first <= words.head[before] < last and not words.tells(first, last) else first


@_starting
def _behind_span(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """Of "has pleaded for weeks for a truce" the truce is content; of "denied for two days that it sank", the loss."""
    period = first + (words.pos[first] in ("NUM", "ADJ"))
    told = words.lower[first - 1] == "for" and period + 2 < last and words.lower[period + 1] == "that"
    if told and (is_time(words.lemma[period], "periods") or is_time(words.lower[period], "spans")):
        return period + 2
    spanned = first + 2 < last and words.lower[first - 1] == words.lower[first + 1] == "for"
    return first + 2 if spanned and is_time(words.lemma[first], "periods", "spans") else first


@_starting
def _without_linker(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """ "However, the road is open, he said": the reporter links it to what was told before."""
    opens = first == words.sentence_of(first)[0] and words.quoted[first] == NONE
    if opens and words.lower[first] in ("but", "and") and first + 2 < last <= candidate.at:
        return first + 1
    if opens and words.lower[first] == "as" and last <= candidate.at:
        comma = next((at for at in range(first + 2, min(first + _LONGEST_LEAD, last - 2)) if words.lower[at] == ","), 0)
        learned = words.lemma[comma - 1]
        if comma and (learned in lexicon().verbs or learned == "learn"):
            return comma + 1  # "As the Bulletin learned, the road is open, he said"
    for near in range(first + 1, min(first + _LONGEST_LINKER, last - 2)):
        linked = words.lower[near] == "," and is_mute("linkers", " ".join(words.lower[first:near]))
        if linked and words.quoted[first] == NONE:
            return near + 1
    return first


_LONGEST_LINKER = 5
"""Words and a comma: "at the same time,"."""


OPENINGS = (
    _before_colon,
    _without_day,
    _behind_setting,
    _behind_preposition,
    _with_thing_called,
    _behind_source,
    _behind_name,
    _around_aside,
    _before_semicolon,
    _behind_being,
    _with_subject,
    _behind_listener,
    _beside_listener,
    _behind_preposed,
    _around_day,
    _behind_semicolon,
    _around_dashes,
    _only_quotation,
    _with_passive_subject,
    _whole_clause,
    _with_demonstrative,
    _behind_span,
    _without_linker,
)
"""The rules in their order: each sees what the one before it made of the content."""
