"""Where a content ends and the reporter goes on: what the ranking took in at the end though the speaker did not say it.

Each rule takes the last range of a content and gives the end that it should have. None looks into quotations.
"""

from __future__ import annotations

from extractors.audiences import audience_words, names_occasion, names_platform
from extractors.candidates import Candidate, gloss_start
from extractors.contents import REMARKS, Ranges, trim
from extractors.cues import MOSTLY, is_mute, is_time, lexicon
from extractors.outlets import is_outlet
from extractors.records import CueClass
from extractors.words import DASHES, FINITE, NONE, Words

_OBJECTS = frozenset(["dobj", "attr", "oprd", "pobj"])


def without_tail(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """The content without what the reporter adds behind it. Contents before their cue have no tail."""
    if candidate.kind == "phrase" and ranges[0][0] > candidate.at:
        first, last = ranges[-1]
        return *ranges[:-1], trim(words, first, _gloss(words, candidate, first, last))
    if candidate.kind != "verb" or ranges[-1][0] < candidate.at:
        return ranges
    ranges = _beside_quotation(words, candidate, ranges)
    around = len(ranges) > 1 and ranges[0][1] <= candidate.at  # "The cap is old, he said, and weak; it will go": all is
    for rule in _TAILS:
        first, last = ranges[-1]
        if around and rule is _other_half:
            continue
        if (end := rule(words, candidate, first, last)) != last:
            ranges = *ranges[:-1], trim(words, first, end)
    return ranges


def _other_half(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "said two hamlets were lost; Kyiv was silent" the speaker says no more than the first half.

    In PolNeAR's train part 94 contents end before a semicolon and 21 go on behind it; in our stories 21 and none.
    """
    halves = (near for near in range(first + 1, last - 2) if words.lower[near] == ";" and words.quoted[near] == NONE)
    return next((near for near in halves if words.tells(near + 1, last)), last)


def _remark(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "said the road was open, speaking to reporters" what follows the comma is the reporter's."""
    for near in range(first + 2, last - 1):
        if words.lower[near] != "," or words.quoted[near + 1] != NONE:
            continue
        remark = words.lower[near + 1] in REMARKS or _gestures(words, near + 1) or _weighs(words, near, last)
        if remark or _judges(words, near, last):
            return near
        if _tells_how(words, near, last) and all(words.lower[at] != "," for at in range(near + 1, last)):
            return near
    return last


def _judges(words: Words, comma: int, last: int) -> bool:
    """ ", the most open threat yet", ", with the minister praising it"."""
    behind = range(comma + 3, last)
    if words.lower[comma + 1] == "with":
        return any(words.tag[at] == "VBG" and words.lemma[at] in lexicon().verbs for at in behind)
    return words.lower[comma + 1 : comma + 3] == ["the", "most"] and words.pos[comma + 3 : comma + 4] == ["ADJ"]


def _weighs(words: Words, comma: int, last: int) -> bool:
    """ ", raising new doubts about the deal", ", sending oil lower", ", in a blow to Riga": what the news means."""
    lead = comma + 1
    noun = next((at for at in range(lead + 1, min(last, lead + _NEAR_NOUN)) if words.pos[at] == "NOUN"), NONE)
    return noun != NONE and is_mute("verdicts", f"{words.lower[lead]} {words.lemma[noun]}")


_NEAR_NOUN = 5
"""Words: "dealing a new and heavy blow"."""


def _tells_how(words: Words, comma: int, last: int) -> bool:
    """ ", without saying when", ", in what he called a first", ", in an interview"."""
    lead, *behind = words.lower[comma + 1 : comma + 3]
    if lead == "without":
        return words.tag[comma + 2] == "VBG"
    held = lead in _HELD and names_occasion(words, range(comma + 1, min(last, comma + 5)))
    return held or (lead == "in" and behind == ["what"])


def _beside_quotation(words: Words, candidate: Candidate, ranges: Ranges) -> Ranges:
    """In ``"We failed," said an envoy, granted anonymity to speak freely`` only the quotation is content."""
    if len(ranges) < 2 or ranges[0][1] > candidate.at:
        return ranges
    told = [at for at in range(*ranges[0]) if not words.punct[at]]
    again, end = ranges[1]
    reported = any(words.tag[at] in FINITE and words.lemma[at] in lexicon().verbs for at in range(again, end))
    beside = words.quoted[again] == NONE and (reported or all(words.quoted[at] == NONE for at in range(again, end)))
    if beside and all(words.quoted[at] != NONE for at in told):
        return ranges[:1]
    if words.lower[again : again + 2] == ["even", "as"] or _is_manner(words, candidate, again, end):
        return ranges[:1]
    if words.quoted[again] != NONE and words.is_title(words.quoted[again]):
        return ranges[:1]
    if words.quoted[again] != NONE and any(words.lower[at] == ";" for at in range(candidate.after, again)):
        return ranges[:1]  # "The road is shut, he said; his deputy called it “a disgrace”"
    if is_time(words.lower[again], "spans") and words.lower[again + 1] in ("after", "before"):
        return ranges[:1]  # "The bridge is shut, the mayor said, hours after the flood reached it"
    return ranges


def _silence(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "said two men were hurt but did not elaborate" and "said it was safe, offering no proof" the reporter tells
    what the speaker left unsaid."""
    for near in range(first + 1, last - 1):
        leads = words.lower[near] in ("and", "but", "while", ",") or _is_without(words, near, first, last)
        if leads and words.quoted[near] == NONE:
            verb = _withheld(words, near)
            if verb != NONE and not _speaks(words, verb, first):
                return near
    return last


def _is_without(words: Words, at: int, first: int, last: int) -> bool:
    """Does "without ..." end a clause? Not in "said a deal without naming the guilty was worthless"."""
    ends = words.lower[at] == "without" and words.right[at] + 2 >= last
    return ends and (words.punct[at - 1] or words.tells(first, at))


def _withheld(words: Words, lead: int) -> int:
    """The verb behind this word by which nothing is told ("but would not say", "and declined to give his name",
    "without naming them"); else NONE."""
    if words.lower[lead + 1 : lead + 4] in _PASSING_OVER:
        return lead + 1
    near = lead + 1
    near += not _PRONOUNS.isdisjoint(words.lower[near : near + 1])
    end = min(words.sentence_of(lead)[1], near + _LONGEST_VERB)
    unsaid = (at for at in range(near, end) if is_mute("unsaid", words.lemma[at]) or is_mute("unsaid", words.lower[at]))
    verb = next(unsaid, NONE)
    before = words.lower[near:verb] if verb != NONE else []
    if verb == NONE or any(words.pos[at] not in ("AUX", "PART", "ADV", "VERB") for at in range(near, verb)):
        return NONE
    negated = not _NEGATIONS.isdisjoint(before) and _NEGATED.isdisjoint(before[:1])
    to = before.index("to") if "to" in before else 0  # "declined to be drawn"
    refused = to > 0 and is_mute("refusals", words.lemma[near + to - 1])
    silent = negated or refused or words.lower[lead] == "without"
    if not is_mute("giving", words.lemma[verb]):
        return verb if silent else NONE
    things = [kid for kid in words.kids[verb] if kid > verb and is_mute("particulars", words.lemma[kid])]
    none = words.lower[verb + 1 : verb + 2] in _NONE_OF
    return verb if (silent and things) or (none and (things or verb + 2 >= end)) else NONE


def _speaks(words: Words, verb: int, first: int) -> bool:
    """Is this verb of silence a second act of one who speaks or refuses in what is said: "said the crew had asked for
    help but gave no details"?"""
    up = words.head[verb]
    while first <= up < verb and words.head[up] != up:
        cue = lexicon().verbs.get(words.lemma[up])
        speech = (cue is not None and cue.weight >= MOSTLY) or is_mute("refusals", words.lemma[up])
        if speech and any(words.dep[kid] == "nsubj" for kid in words.kids[up]):
            return True
        up = words.head[up]
    return False


_PRONOUNS = frozenset(["he", "she", "it", "they"])
_NEGATIONS = frozenset(["not", "n't", "n’t", "never"])
_NEGATED = frozenset(["could", "can"])
"""What a speaker himself says that he cannot tell: "but could not say when"."""
_PASSING_OVER = (["made", "no", "mention"], ["stopped", "short", "of"], ["stopping", "short", "of"])
_NONE_OF = (["no"], ["few"], ["little"], ["nothing"], ["scant"])
_LONGEST_VERB = 5
"""Words up to the verb: "but has so far declined to say"."""


def _is_manner(words: Words, candidate: Candidate, again: int, end: int) -> bool:
    """Does the reporter tell how it was said: ", he said, holding up a photo", ", he said, without giving proof",
    ", two envoys said, with one noting that nobody had signed"?"""
    comma, gerund = again - 1, words.tag[again] == "VBG"
    if words.lower[comma] != "," or words.quoted[again] != NONE:
        return False
    silent = _withheld(words, again if words.lower[again] == "without" else comma) != NONE
    told = silent or _judges(words, comma, end) or _gestures(words, again)
    return told or (gerund and words.head[again] == candidate.at)


def _gestures(words: Words, at: int) -> bool:
    """ "Holding up a photo", "pointing to a chart"."""
    return is_mute("gestures", words.lower[at]) or is_mute("gestures", " ".join(words.lower[at : at + 2]))


def _meanwhile(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "said the town was safe even as shells fell on it" and "denied aiming at towns despite all proof" the reporter
    holds something against it."""
    denied = candidate.cue.cue_class is CueClass.DENY and not words.tells(first, last)
    for near in range(first + 2, last - 2):
        beside = words.lower[near : near + 2] == ["even", "as"] and words.lower[near - 1] not in DASHES
        beside = beside or (denied and words.lower[near] == "despite")
        if beside and words.quoted[near] == NONE:
            return near
    return last


def _since_then(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "said it would sign, and has since signed" the reporter tells what came of it: the speaker's words, told as
    past, have no "has"."""
    told = words.tag[candidate.at] == "VBD" and words.quoted[first] == NONE
    for near in range(first + 2, last - 2) if told else ():
        verb = near + 1 + 2 * (words.tag[near + 1] == "PRP$")  # ", and its fleet has since sailed"
        leads = words.lower[near] in ("and", "but") and words.lower[near - 1] == ","
        goes_on = leads and verb < last and words.lower[verb] == "has"
        before = words.tag[first:near]
        if goes_on and words.tells(first, near) and not {"VBZ", "VBP"} & set(before) and words.quoted[near] == NONE:
            return near
    return last


def _attribution(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "said the depot was empty, according to two officials" the officials are the source of the whole report."""
    for near in range(first + 3, last - 2):
        phrase = words.lower[near : near + 2] == ["according", "to"] and words.quoted[near] == NONE
        comma = near - 1
        while comma > first and words.is_mark(comma):
            comma -= 1
        if phrase and words.lower[comma] == "," and all(words.lower[at] != "," for at in range(near, last)):
            return near
    return last


def _gloss(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "said the mast fell by itself, a claim that engineers doubt" the reporter judges from the comma on."""
    for head in range(first + 5, last - 1):
        mark = gloss_start(words, head)
        if mark <= first + 2:
            continue
        described = any(words.dep[kid] == "relcl" and kid > head for kid in words.kids[head])
        if described or words.lower[head + 1] in _LINKS or words.tag[head + 1] in ("VBN", "RB"):
            return mark
    return last


_LINKS = frozenset(["that", "which", "he", "she", "they", "it", "the", "by", "of", "made", "for", "in"])


def _setting(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "repeated the offer on Wednesday" and "thanked the crew in a post on X" only the object is content."""
    at = candidate.at
    objects = _objects(words, candidate, first, last)
    if not objects or words.quoted[last - 1] != NONE:
        return last
    for kid in words.kids[at]:
        behind = objects[0] < kid and first < words.left[kid] < last <= words.right[kid] + 2
        inside = range(words.left[kid], min(last, words.right[kid] + 1))
        led = words.lower[kid] in candidate.cue.frames and not names_platform(words, inside)
        if not behind or words.quoted[kid] != NONE or led or words.lower[kid] in DUE:
            continue
        day = any(is_time(words.lower[near]) for near in inside)
        dated = words.dep[kid] == "npadvmod" or (words.dep[kid] in ("prep", "advmod") and len(inside) <= _SHORT)
        if (day and dated) or (words.dep[kid] == "prep" and names_occasion(words, inside)):
            return words.left[kid]
    return last


def _setting_of_object(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """The same where the parse hangs it on the object: "ruled out a withdrawal in his evening address"."""
    objects = _objects(words, candidate, first, last)
    if not objects or words.quoted[last - 1] != NONE or words.tells(first, last):
        return last
    for near in range(objects[0] + 1, last - 1):
        held = words.lower[near] in _HELD and words.pos[near + 1] in ("DET", "PRON") and words.pos[near] == "ADP"
        if words.lower[near] in ("on", "via") and last - near <= 3 and names_platform(words, range(near + 1, last)):
            return near
        if held and names_occasion(words, range(near + 1, min(last, near + 5))):
            return near
        if words.lower[near] in ("on", "to") and words.tag[near + 1] != "VB":
            end = next((at for at in range(near + 2, last) if words.pos[at] == "ADP"), last)
            if _is_outlet(words, near + 1, end) and (end == last or names_occasion(words, range(end + 1, last))):
                return near
    return last


def _is_outlet(words: Words, first: int, last: int) -> bool:
    """ "Defence Weekly" of "confirmed the order to Defence Weekly", "Riga's breakfast show"; not "the programme"."""
    broadcast = "PROPN" in words.pos[first:last] and words.lemma[last - 1] in audience_words().broadcasts
    return broadcast or is_outlet(" ".join(words.text[first:last]))


def _objects(words: Words, candidate: Candidate, first: int, last: int) -> list[int]:
    """The nouns of a content that the cue has for its object, by its preposition too: "hinted at a deal"."""
    kids = words.kids[candidate.at]
    led = [kid for kid in kids if words.dep[kid] == "prep" and words.lower[kid] in candidate.cue.frames]
    things = (*kids, *(below for kid in led for below in words.kids[kid]))
    return [kid for kid in things if words.dep[kid] in _OBJECTS and first <= kid < last]


def _said_when(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "rejected the plan outright" and "repeated that the next day" only the thing is content."""
    if words.quoted[last - 1] != NONE or not {"VERB", "AUX"}.isdisjoint(words.pos[first:last]):
        return last  # "promised to pay the next day"
    if (day := _past_day(words, candidate, first, last)) != last:
        return day
    for near in range(max(first + 1, last - _LONGEST_WHEN), last):
        told = " ".join(words.lower[near:last])
        if is_mute("manners", told) or is_time(told, "occasions"):
            return near
        if words.lower[near] == "since" and any(words.lemma[kid] == "have" for kid in words.kids[candidate.at]):
            return near  # "has called for a ban since the spring"
    return last


def _past_day(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "rejected a plan for a summit in May 2025" and "denied the report on Monday" where the day begins. Not in
    "called for a summit in May": what is held has a day of its own."""
    near = last - 1 - (words.lower[last - 1].isdigit() or is_time(words.lower[last - 1], "parts_of_day"))
    lead = near - 1
    thing = next((at for at in range(first + 1, lead) if words.pos[at] == "ADP"), lead)
    if lead <= first or words.tag[candidate.at] not in ("VBD", "VBN") or names_occasion(words, range(first, thing)):
        return last
    dated = words.lower[lead] == "in" and is_time(words.lower[near], "months")
    asked = candidate.cue.cue_class is CueClass.DEMAND  # "demanded a reply on Monday"
    dated = dated or (words.lower[lead] == "on" and is_time(words.lower[near], "weekdays") and not asked)
    dated = dated or (words.lower[lead] == "last" and is_time(words.lower[near], "periods", "weekdays"))
    if not dated:
        return last
    return lead - (words.lower[lead - 1] in ("back", "late", "early"))


_LONGEST_WHEN = 4
"""Words."""


def _main_clause(words: Words, candidate: Candidate, first: int, last: int) -> int:
    """In "Before she said that the road was open, nobody drove there" the second half is the reporter's."""
    at = candidate.at
    end = words.right[at] + 1
    hung = words.dep[at] in ("advcl", "ccomp") and words.head[at] >= end  # behind "a day after" the parse takes either
    if not hung or not first < end < last or words.quoted[end] != NONE:
        return last
    comma = words.lower[end] == "," or words.lower[end - 1] == ","
    opened = any(words.lower[kid] in _OPENERS for kid in words.kids[at] if kid < at)
    return end if comma and opened else last


_OPENERS = frozenset(
    ["after", "although", "because", "before", "once", "since", "though", "until", "when", "whenever", "while"]
)


_TAILS = (
    _main_clause,
    _other_half,
    _remark,
    _silence,
    _meanwhile,
    _since_then,
    _attribution,
    _gloss,
    _said_when,
    _setting,
    _setting_of_object,
)
"""The rules in their order: each sees what the one before it left."""
DUE = frozenset(["by", "until", "before", "from"])
"""Before a day: when something is to be, not when it was said."""
_HELD = frozenset(["in", "at", "during"])
"""What leads to an occasion of speech."""
_SHORT = 8
"""Words: a longer phrase with a day in it tells more than when."""
