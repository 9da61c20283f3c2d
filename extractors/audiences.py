"""To whom a statement was made, or where: what the parse of its sentence tells."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from extractors.actors import fold
from extractors.candidates import Candidate, hearer
from extractors.contents import Range
from extractors.cues import is_time, lexicon
from extractors.name_words import name_words
from extractors.outlets import is_outlet, is_platform, publishing
from extractors.sources import phrase
from extractors.words import FINITE, NONE, Words

_NEAR = 6
"""Words within which "speaking" has its "to" or "with"."""
_TAKEN_APART = (["dative", "dobj"], ["dobj", "dobj"])
"""What the parse may make of "NATO allies", "the midday briefing" behind "told"."""
_SPEAKING = ("speak", "talk")
_OBJECTS = frozenset(["me", "us", "him", "her", "them", "those"])
_CALLS = frozenset([("call", "on"), ("call", "upon"), ("appeal", "to"), ("turn", "to"), ("plead", "with")])


@dataclass(frozen=True, slots=True)
class AudienceWords:
    informed: frozenset[str]
    addressed: frozenset[str]
    of_persons: frozenset[str]
    to_anybody: frozenset[str]
    listeners: frozenset[str]
    posts: frozenset[str]
    edges: frozenset[str]
    addresses: frozenset[str]
    articles: frozenset[str]
    broadcasts: frozenset[str]
    channels: frozenset[str]
    pages: frozenset[str]
    prints: frozenset[str]
    venues: frozenset[str]
    occasions: frozenset[str]
    opening: frozenset[str]
    held_with: frozenset[str]
    chambers: frozenset[str]
    hearing: frozenset[str]
    aboard: frozenset[str]
    going: frozenset[str]
    holding: frozenset[str]
    seats: frozenset[str]
    beside: frozenset[str]
    asking: frozenset[str]
    writings: frozenset[str]


@cache
def audience_words() -> AudienceWords:
    data = tomllib.loads(files("extractors.lexicons").joinpath("audiences.toml").read_text("utf-8"))
    return AudienceWords(**{name: frozenset(words) for name, words in data.items()})


def audience(words: Words, candidate: Candidate, content: Sequence[Range]) -> Range | None:
    """Who was told, or the outlet, occasion or place where it was said: in the cue's sentence, outside the content.

    Who is told comes before the occasion, and that before whom a demand, a warning or thanks are for: "thanked Oslo in
    a post on X" was said on X.
    """
    told = list(_spoken_to(words, candidate, content))
    if told and candidate.cue.lemma in audience_words().informed:
        return _whole(words, told[0], content)
    held = list(_held(words, candidate, content))
    if told and words.dep[candidate.at] == "conj":  # "wrote on X that all was well and urged residents to stay"
        held = [each for each in held if words.left[candidate.at] <= each[0] <= words.right[candidate.at]]
    offered = [*held, *told] or list(_addresses(words, candidate, content)) or list(_asking(words, candidate, content))
    return _whole(words, offered[0], content) if offered else None


def _whole(words: Words, found: Range, content: Sequence[Range]) -> Range:
    """An audience with the title behind it ("NBC's "Meet the Press""), without the date and without what is spoken or
    who speaks, whom the parse may take in with it."""
    first, last = found
    for start, _ in content:
        if first < start < last:  # "In a talk with the daily Odra, the minister, Ann Hrab, said": the daily alone
            last = next((at for at in range(first, start) if words.lower[at] == ","), last)
    by = (at for at in range(first + 1, last - 1) if words.lower[at] == "by" and words.lower[at + 1] in _MEANS)
    last = _behind_name(words, first, _before_date(words, first, next(by, last)), content)
    for start, end in _titles(words, words.sentence_of(first), content):
        if first <= start <= last <= end or start <= first < end:
            return min(first, start), max(last, end)
    while last > first + 1 and words.lower[last - 1] in (",", ";", ":", "that") and words.quoted[last - 1] == NONE:
        last -= 1
    return first, last


def _behind_name(words: Words, first: int, last: int, content: Sequence[Range]) -> int:
    """The end of "commercial radio station Fala FM", in which the parse may part the name from its kind."""
    kinds = publishing().kinds | audience_words().channels
    if kinds.isdisjoint(words.lower[first:last]):
        return last
    end = words.sentence_of(first)[1]
    while (
        last < end
        and words.pos[last] == "PROPN"
        and not is_time(words.lower[last], "weekdays", "months")
        and not _within(last, content)
    ):
        last += 1
    return last


def _before_date(words: Words, first: int, last: int) -> int:
    """The end of "clients on Thursday", "the weekly Odra in 2022" without the day."""
    near = last
    while near > first + 1 and (is_time(words.lower[near - 1]) or words.text[near - 1].isdigit()):
        near -= 1
    dated = near < last and near > first + 1 and words.lower[near - 1] in _DATED and words.quoted[near - 1] == NONE
    near -= dated
    return near - (words.lower[near - 1] in _AFTER_OCCASION) if dated else last


_MEANS = frozenset(["email", "phone", "telephone", "text", "video"])
_DATED = frozenset(["in", "last", "on", "this"])


def _titles(words: Words, sentence: Range, content: Sequence[Range]) -> Iterator[Range]:
    """Each title of a show or paper in quotation marks outside the content, with its owner or kind: "Fox News Sunday",
    "the channel's show “Night Desk”"."""
    opened = sentence[0]
    for nth in sorted(set(words.quoted[slice(*sentence)]) - {NONE}):
        inside = [at for at in range(*sentence) if words.quoted[at] == nth]
        start, end = inside[0], inside[-1] + 1
        whole = len(inside) < _LONG_TITLE and words.is_mark(start) and words.is_mark(end - 1)
        shown = start > opened and _is_show(words, start - 1)
        if whole and (shown or words.is_in_capitals(nth)) and not any(_within(at, content) for at in inside):
            start -= shown  # "the current affairs show": to the parse a verb
            while start > opened and (words.tag[start - 1] in _OWNER or words.lower[start - 1] in ("'", "’")):
                start -= 1
            yield start, end


def _is_show(words: Words, at: int) -> bool:
    lists = audience_words()
    return words.lower[at] in lists.broadcasts | lists.prints | lists.channels


def _shows(words: Words, candidate: Candidate, content: Sequence[Range]) -> Iterator[Range]:
    """The title of those told ("told "Fox News Sunday"") or where it was said, behind "on" if its kind is not told."""
    for first, last in _titles(words, words.sentence_of(candidate.at), content):
        lead = first - 1
        if lead < 0 or _within(lead, content) or words.quoted[lead] != NONE:
            continue
        above, alone = words.head[lead], words.is_mark(first) or is_outlet(words.text[first])
        appears = above == candidate.at or words.lemma[above] in ("appear", "appearance", "interview")
        # "Speaking on Oslo's "Shield"" tells of what.
        led = words.lower[lead] == "on" and (appears or (alone and words.lemma[above] in _SPEAKING))
        told = lead == candidate.at and candidate.cue.lemma in audience_words().addressed
        kind = words.pos[lead] == "ADP" and any(_is_show(words, at) for at in range(first, last))
        if told or led or kind:
            yield first, last


_LONG_TITLE = 12
"""Words, marks counted."""
_OWNER = frozenset(["NNP", "NNPS", "NN", "NNS", "JJ", "DT", "POS", "CD"])


def _spoken_to(words: Words, candidate: Candidate, content: Sequence[Range]) -> Iterator[Range]:
    """The object of "told", or of "to" behind the cue."""
    at = candidate.at
    if candidate.kind == "phrase":
        return
    if candidate.cue.lemma == "hear" and (heard := hearer(words, at)) != NONE:
        yield _bare(words, heard)
    addressed = candidate.cue.lemma in audience_words().addressed
    for kid in words.kids[at]:
        if addressed and words.dep[kid] == "nsubjpass" and not _within(kid, content):
            yield _bare(words, kid)  # "The committee was told that ..."
        if kid < at:
            continue
        if addressed and words.dep[kid : kid + 2] in _TAKEN_APART and _somebody(words, kid + 1):
            yield words.left[kid], _bare(words, kid + 1)[1]
        if addressed and words.dep[kid] in ("dobj", "dative") and _somebody(words, kid):
            if not _within(kid, content) or _names_listener(words, candidate):
                yield _before_topic(words, candidate, content, _bare(words, kid))
        elif addressed and words.dep[kid] == "ccomp" and (told := _told_to_do(words, candidate, kid)) != NONE:
            yield _bare(words, told)
        elif kid == at + 1 and (candidate.cue.lemma, words.lower[kid]) in _CALLS:
            yield from (_bare(words, below) for below in words.kids[kid] if words.dep[below] == "pobj")
        elif words.lower[kid] == "with" and words.lower[kid - 1] in audience_words().held_with:
            continue  # "said after talks with Riga": said to others
        elif words.dep[kid] in ("prep", "dative") and words.lower[kid] in ("to", "with") and not _within(kid, content):
            yield from (_bare(words, below) for below in words.kids[kid] if _listens(words, below))
            if candidate.cue.lemma in audience_words().to_anybody and words.pos[kid - 1] != "NOUN":
                yield from (_bare(words, below) for below in words.kids[kid] if _is_somebody(words, below))
        elif words.lower[kid] == "for" and not _within(kid, content):  # "commented for Radio Odra"
            yield from (_bare(words, below) for below in words.kids[kid] if _is_medium(words, below))
    start = content[0][0]
    if addressed and candidate.cue.lemma == "tell" and candidate.after < start <= candidate.after + 12:
        last = start - 1
        while last > candidate.after and (words.punct[last] or words.pos[last] == "SCONJ" or words.is_mark(last)):
            last -= 1
        if words.pos[last] in ("NOUN", "PROPN"):
            yield candidate.after, last + 1


def _before_topic(words: Words, candidate: Candidate, content: Sequence[Range], told: Range) -> Range:
    """Those who are told without what: "the students" of "told the students about the loss" and, where the content
    begins with them, "the service" of "informed the service of its plan"."""
    first, last = told
    whole = candidate.cue.lemma in audience_words().informed and _within(first, content)
    for at in range(first + 1, last - 1):
        if words.lower[at] in ("about", "of"):
            opened = words.is_mark(at + 1)
            if at + 1 + opened == content[0][0] or (whole and words.text[at + 1].islower()):
                return first, at
    return told


def _told_to_do(words: Words, candidate: Candidate, verb: int) -> int:
    """The guards of "ordered the guards to open", whom the parse takes for the subject of the infinitive; else NONE."""
    if words.tag[verb] != "VB" or not any(words.lower[kid] == "to" for kid in words.kids[verb] if kid < verb):
        return NONE
    subjects = (kid for kid in words.kids[verb] if words.dep[kid] == "nsubj" and words.left[kid] == candidate.after)
    return next((kid for kid in subjects if _somebody(words, kid)), NONE)


def _somebody(words: Words, at: int) -> bool:
    """Can this object be told something? (In the parse "that troops would stay" may be one.)"""
    clause = words.lower[words.left[at]] == "that" or words.tells(*_bare(words, at))
    return not clause and (words.pos[at] in ("NOUN", "PROPN") or words.lower[at] in _OBJECTS)


def may_listen(words: Words, at: int) -> bool:
    """Is it a word for those who are told, or for where they are: "reporters", "the briefing"?"""
    lists = audience_words()
    return words.lower[at] in lists.listeners | lists.chambers or words.lemma[at] in lists.occasions


def _listens(words: Words, at: int) -> bool:
    if words.dep[at] != "pobj":
        return False
    person = words.lower[at] in _OBJECTS and words.lower[words.head[at]] == "to"  # "put it to me", "wrote to her"
    return person or words.pos[at] == "PROPN" or words.lower[at] in audience_words().listeners or _is_medium(words, at)


def _is_somebody(words: Words, at: int) -> bool:
    """Is it a noun with what describes it ("wrote to the landlord"), unlike "wrote to her last year"?"""
    return words.dep[at] == "pobj" and words.left[at] < at and not is_time(words.lower[at])


def _names_listener(words: Words, candidate: Candidate) -> bool:
    """Is the object audience and content at once: "thanked Oslo for the aid", "urged Congress to act", "asked Bonn for
    guns"?"""
    kids = [kid for kid in words.kids[candidate.at] if kid > candidate.at]
    deps = {words.dep[kid] for kid in kids}
    told = not deps.isdisjoint(("xcomp", "ccomp")) or (
        {"dobj", "dative"} <= deps and not any(words.dep[kid] == "dative" and words.pos[kid] == "ADP" for kid in kids)
    )
    asked = candidate.cue.lemma == "ask" and any(
        words.lower[near] == "for" for kid in kids for near in (kid, *words.kids[kid])
    )
    return told or asked or candidate.cue.lemma in audience_words().of_persons


def _held(words: Words, candidate: Candidate, content: Sequence[Range]) -> Iterator[Range]:
    """The show, press conference, interview, chamber or platform in which it was said."""
    yield from _shows(words, candidate, content)
    first, last = words.sentence_of(candidate.at)
    yield from _occasions(words, first, last, content, candidate.at)
    before = words.head[candidate.at]
    if words.dep[candidate.at] == "conj" and words.lemma[before] in _SPEAKING and words.tag[before] in FINITE:
        yield from _spoken_with(words, before)


def _addresses(words: Words, candidate: Candidate, content: Sequence[Range]) -> Iterator[Range]:
    """ "His nightly video address", "a video message", where it is told of nobody to whom it went."""
    first, last = words.sentence_of(candidate.at)
    if _ADDRESSES.isdisjoint(words.lower[first:last]):
        return
    for near in range(first, last):
        told = words.lower[near] == "address" or words.lower[near - 1 : near + 1] == ["video", "message"]
        alone = told and words.dep[near] == "pobj" and words.lower[words.head[near]] == "in"
        outside = words.quoted[near] == NONE and not _within(near, content)
        if alone and outside and not _reported(words, near, candidate.at):
            yield _without_date(words, near)


_ADDRESSES = frozenset(["address", "message"])


def _asking(words: Words, candidate: Candidate, content: Sequence[Range]) -> Iterator[Range]:
    """Those to whose question it is the answer: "Asked by the Sumy Herald whether she would run, she said"."""
    lists, above = audience_words(), _above(words, candidate.at)
    for near in range(*words.sentence_of(candidate.at)):
        verb = words.head[near]
        if words.lower[near] != "by" or words.lemma[verb] not in lists.asking or verb in above:
            continue
        for below in words.kids[near]:
            first, last = _bare(words, below)
            last = next((at for at in range(below, last) if words.lower[at] in (",", "about", "on")), last)
            known = words.lower[first] == "the" and last - first == 2  # "the agency", which has a name elsewhere
            asks = words.pos[below] == "PROPN" or (words.lower[below] in lists.listeners and not known)
            if not _within(below, content) and (asks or is_outlet(" ".join(words.text[first:last]))):
                yield first, last


def _occasions(
    words: Words, first: int, last: int, content: Sequence[Range], cue: int | None = None
) -> Iterator[Range]:
    """Each occasion, hall, platform or outlet of ``words[first:last]``, outside quotations and ``content``."""
    for near in range(first, last):
        if words.quoted[near] != NONE or _within(near, content):
            continue
        yield from _speeches(words, near, first, cue)
        joined = is_platform([words.lower[near]]) and _is_joined(words, near)
        if not (joined or words.dep[near] == "pobj") or (cue is not None and _reported(words, near, cue)):
            continue
        if joined:
            yield near, near + 1
        else:
            yield from _media(words, near)
            yield from _venues(words, near, cue)


def _speeches(words: Words, at: int, first: int, cue: int | None) -> Iterator[Range]:
    """Those who are spoken to by another verb than the cue: "speaking to", "briefing", "addressing"."""
    lists = audience_words()
    if words.lemma[at] in _SPEAKING and words.tag[at] == "VBG":
        yield from _speaking(words, at)
    if words.lower[at] == "briefing" and (at == first or words.lower[at - 1] == ","):
        yield from _briefed(words, at)
    addressed = words.dep[at] == "dobj" and words.lemma[words.head[at]] == "address"
    if addressed and words.lower[at] in lists.listeners | lists.chambers | lists.occasions:
        yield _bare(words, at)


def _media(words: Words, at: int) -> Iterator[Range]:
    """The page, post, outlet, show or letter that a preposition leads to."""
    lists, lower, preposition = audience_words(), words.lower[at], words.lower[words.head[at]]
    owned = any(words.dep[kid] == "poss" for kid in words.kids[at])
    if preposition in ("on", "in", "via") and lower in lists.pages and owned:
        yield _bare(words, at)
    elif lower in lists.posts and (platform := _platform(words, at)):
        yield platform
    elif preposition == "on" and lower in lists.edges:
        yield from _objects(words, at, ("of",))
    elif preposition in ("in", "on") and words.tag[at] in ("NNP", "NNPS") and _is_aired(words, at):
        yield _bare(words, at)
    elif preposition == "in" and words.lemma[at] in lists.addresses:
        yield from _recipients(words, at, ("to",))
    elif preposition == "in" and words.lemma[at] in lists.articles:
        yield from _recipients(words, at, ("for", "in"))
    elif (preposition == "on" and (lower in lists.broadcasts or _is_channel(words, at))) or (
        preposition == "in" and lower in lists.prints
    ):
        yield _bare(words, at)


def _venues(words: Words, at: int, cue: int | None) -> Iterator[Range]:
    """The platform, chamber or occasion that a preposition leads to, or with whom it was held."""
    lists, preposition = audience_words(), words.lower[words.head[at]]
    plain = words.lower[at].rstrip(".")  # "on X." is one word to the parser
    if is_platform((plain, f"{words.lower[at - 1]} {plain}")):
        named = preposition in ("on", "via", "to") and (plain not in _CAPITAL or words.text[at][0].isupper())
        if named or (preposition == "in" and plain not in _CAPITAL):  # "wrote in Telegram"
            yield (at if is_platform([plain]) else at - 1), at + 1
    elif preposition == "on" and words.lower[at] == "floor" and _is_of_chamber(words, at, cue):
        yield words.left[at], words.right[at] + 1
    elif _is_chamber(words, at) or (words.lower[at - 1 : at + 1] == ["in", "court"] and words.head[at - 1] == cue):
        yield _bare(words, at)
    elif preposition in ("in", "at", "during", "on"):
        partner = _partner(words, at) if words.lemma[at] in lists.held_with else None
        held = preposition != "on" and _is_occasion(words, at) and not _is_any_interview(words, at)
        if partner is not None:
            yield partner
        elif held and words.lemma[words.head[words.head[at]]] not in lists.going:
            yield _without_date(words, at)


def _is_occasion(words: Words, at: int) -> bool:
    names = (words.lemma[at], " ".join(words.lower[at - 1 : at + 1]))  # "hearing", "question time"
    return not audience_words().occasions.isdisjoint(names)


def _is_any_interview(words: Words, at: int) -> bool:
    """Is it "an interview", that tells nothing of with whom?"""
    before = set(words.lower[words.left[at] : at])
    return words.lower[at] == "interview" and before <= {"a", "an", "the", "that", "this"}


_CAPITAL = frozenset(["max", "x"])
"""Platforms that are words or letters of another meaning."""


def _is_chamber(words: Words, at: int) -> bool:
    """Is it a legislature's name behind "in", or one who hears, behind "before"?"""
    lower, preposition, lists = words.lower[at], words.lower[words.head[at]], audience_words()
    if preposition == "before":
        return lower in lists.chambers | lists.hearing
    return lower in lists.chambers and preposition in ("in", "to") and words.tag[at] in ("NNP", "NNPS")


def _is_of_chamber(words: Words, floor: int, cue: int | None) -> bool:
    """Is it a legislature's: "on the Senate floor", "on the floor of the House", just "said on the floor"?"""
    named = any(words.lower[at] in audience_words().chambers for at in range(words.left[floor], words.right[floor] + 1))
    return named or (words.left[floor] == floor - 1 and words.head[words.head[floor]] == cue)


def _is_joined(words: Words, at: int) -> bool:
    """Does the parse join the X of "In a post on X, Poland's embassy said" and "On X Ann Hrab said" to the name?"""
    named = words.text[at][0].isupper() and words.lower[at - 1] in ("on", "via") and at + 1 < words.count
    if not named or (words.lower[at + 1] != "," and fold(words.text[at + 1]) not in name_words().forenames):
        return False
    return words.head[at] > at + 1 or any(words.dep[kid] == "appos" for kid in words.kids[at])


def _is_aired(words: Words, at: int) -> bool:
    """Is it an outlet, or where somebody appears: "in a televised intervention on Odra 1"?"""
    on = words.head[at]
    appears = words.lower[on] == "on" and words.lemma[words.head[on]] in ("appearance", "intervention")
    return (appears and not is_time(words.lower[at])) or _is_medium(words, at)


def _is_channel(words: Words, at: int) -> bool:
    """Is it the channel or programme that somebody speaks on: "said on the Nistru 4 channel"?"""
    speaking = words.lemma[words.head[words.head[at]]]
    lists = audience_words()
    return words.lower[at] in lists.channels and (speaking in _SPEAKING or speaking in lexicon().verbs)


def _is_medium(words: Words, at: int) -> bool:
    """Does this name an outlet, or a programme of one: "in The Times", "on Radio Nistru", "on CNN's First Light"?"""
    first, last = _bare(words, at)
    owner = next((kid + 1 for kid in words.kids[at] if words.dep[kid] == "poss" and words.tag[at] == "NNP"), first)
    return any(is_outlet(" ".join(words.text[first:end])) for end in (last, owner) if end > first)


def _reported(words: Words, at: int, cue: int) -> bool:
    """Does a phrase belong to a clause that only another cue reports, or that only describes a noun?"""
    above = _above(words, cue)
    while at not in above and words.head[at] != at:
        if words.lower[at] == "according":
            return True  # "According to a report in the Times, the mayor said"
        if words.dep[at] in ("ccomp", "relcl") and not _is_own_speech(words, at, cue):
            return True
        if words.dep[at] == "conj" and any(words.dep[kid] == "nsubj" for kid in words.kids[at]):
            return True  # "Oslo pledged help, and its envoy spoke at a summit"
        at = words.head[at]
    return _is_of_others(words, cue, at)


def _is_of_others(words: Words, cue: int, met: int) -> bool:
    """Does another say it than who speaks at ``met``: "answered the remarks of Hrab, who said"?"""
    while cue != met:
        noun = words.head[cue]
        told = words.dep[cue] == "relcl" and words.dep[noun] not in ("nsubj", "nsubjpass", "appos")
        if told and any(words.lower[kid] == "who" and words.dep[kid] == "nsubj" for kid in words.kids[cue]):
            return True
        cue = noun
    return False


def _is_own_speech(words: Words, verb: int, cue: int) -> bool:
    """ "Ann Hrab, who spoke at the forum, said": the same one, at the same place."""
    spoke = words.dep[verb] == "relcl" and words.lemma[verb] in (*_SPEAKING, "appear")
    spoke = spoke and any(words.lower[kid] == "who" for kid in words.kids[verb])
    return spoke and words.dep[words.head[verb]] == "nsubj" and words.head[words.head[verb]] == cue


def _above(words: Words, at: int) -> set[int]:
    """A word and those on which it hangs."""
    above = {at}
    while words.head[at] not in above:
        at = words.head[at]
        above.add(at)
    return above


def _spoken_with(words: Words, at: int) -> Iterator[Range]:
    """Of "spoke by telephone with Tusk and thanked the crews": who was on the line."""
    for near in (at, *words.kids[at]):
        yield from _objects(words, near, ("to", "with"))


def _speaking(words: Words, at: int) -> Iterator[Range]:
    """Of "speaking to reporters", "speaking by phone with Tusk", "speaking in the Oval Office"."""
    for near in range(at, min(words.right[at] + 1, at + _NEAR)):
        if words.lower[near] in ("of", "about", "after", "before"):
            break  # "speaking of an invitation to Paris", "after talks with Riga"
        if words.lemma[near] in audience_words().occasions - audience_words().held_with:
            break  # "speaking at a conference with her guest"
        yield from _objects(words, near, ("to", "with"))
    for first, last in _objects(words, at, ("in", "at", "from")):
        if any(words.lower[near] in audience_words().venues for near in range(first, last)):
            yield first, last


def _recipients(words: Words, at: int, prepositions: Collection[str]) -> Iterator[Range]:
    """For whom a letter or an article is: "a letter to the council", "an op-ed published in the Times"."""
    found = [each for under in (at, *_participles(words, at)) for each in _objects(words, under, prepositions)]
    if not found and words.lower[at + 1] in prepositions:  # to the parse it may be the verb's
        found += [_bare(words, below) for below in words.kids[at + 1] if words.dep[below] == "pobj"]
    for first, last in found:
        asked = next((near for near in range(first, last) if words.lemma[near] in _QUESTIONS), NONE)
        if asked != NONE:  # "in reply to the Times's questions", "to a question from the Times"
            if words.tag[asked - 1] == "POS":
                yield first, asked - 1
            yield from (each for each in _objects(words, asked, ("from", "of")) if _listens(words, each[1] - 1))
        elif words.lemma[at] != "response":  # that may be to an attack
            # "In a statement to the Times, the minister said": to the parse the minister is the paper.
            yield first, next((near for near in range(first, last) if words.lower[near] == ","), last)


_QUESTIONS = frozenset(["inquiry", "query", "question", "request"])


def _briefed(words: Words, at: int) -> Iterator[Range]:
    """The reporters of "briefing reporters by phone", of which the parse may make one noun."""
    for kid in (*words.kids[at], words.head[at]):
        if at < kid and (words.dep[kid] == "dobj" or (words.dep[at] == "compound" and kid == words.head[at])):
            yield at + 1, _behind_place(words, kid, kid + 1)


def _objects(words: Words, at: int, prepositions: Collection[str]) -> Iterator[Range]:
    """The phrases that hang on a word by one of these prepositions."""
    for kid in words.kids[at]:
        if words.dep[kid] in ("prep", "dative") and words.lower[kid] in prepositions:
            yield from (_bare(words, below) for below in words.kids[kid] if words.dep[below] == "pobj")


def _platform(words: Words, at: int) -> Range | None:
    """The platform of "a Truth Social post", "its Telegram channel"."""
    for first in range(words.left[at], at):
        for last in (first + 2, first + 1):
            name = " ".join(words.lower[first:last])
            if last <= at and is_platform([name]) and (name != "x" or words.text[first] == "X"):
                return first, last
    return None


def names_occasion(words: Words, inside: Sequence[int]) -> bool:
    """Does a phrase name a platform, an occasion or an interview, in which something is said?"""
    nouns = audience_words().occasions | audience_words().held_with | audience_words().writings
    numbered = {at for at in inside if "".join(words.text[at + 1 : at + 2]).isdigit()}  # "Article 4" of a treaty
    return any(words.lemma[at] in nouns and at not in numbered for at in inside) or names_platform(words, inside)


def names_platform(words: Words, inside: Sequence[int]) -> bool:
    """Is one of these words the name of a place to publish, such as Telegram?"""
    names = [at for at in inside if words.lower[at] not in _CAPITAL or words.text[at][0].isupper()]
    return is_platform(name for at in names for name in (words.lower[at], " ".join(words.lower[at : at + 2])))


def _participles(words: Words, at: int) -> Iterator[int]:
    """Those behind a noun: "given" of "an interview given to the BBC"."""
    return (kid for kid in words.kids[at] if words.dep[kid] == "acl" and words.tag[kid] == "VBN")


def _partner(words: Words, at: int) -> Range | None:
    """With whom or for whom: of "an interview with the BBC", "an interview given to the BBC", "published by it"."""
    for under in (at, *_participles(words, at)):
        for kid in words.kids[under]:
            led = words.lower[kid] in ("with", "to", "for") or (words.dep[kid] == "agent" and under != at)
            for below in words.kids[kid] if led and words.dep[kid] in ("prep", "dative", "agent") else ():
                if words.dep[below] == "pobj":
                    return _bare(words, below)
    aired = (kid for kid in words.kids[at] if words.dep[kid] == "relcl")  # "an interview that Radio Odra aired"
    by = (kid for verb in aired for kid in words.kids[verb] if words.dep[kid] == "nsubj" and _is_medium(words, kid))
    return next((_bare(words, kid) for kid in by), None)


def _bare(words: Words, head: int) -> Range:
    found = phrase(words, head, 0, 0)
    return found.first, _behind_place(words, head, _before_clause(words, head, found.last))


def _before_clause(words: Words, head: int, last: int) -> int:
    """The end of "the newspaper Isar Courier that the bridge was shut" without what the newspaper was told."""
    for at in range(head + 1, last):
        if words.lower[at] == "that" and words.dep[at] == "mark":
            return at
        if words.lower[at] == "," and words.tag[at + 1] == "VBN":
            return at  # "the daily Odra, recorded in Brussels"
    return last


def _behind_place(words: Words, head: int, last: int) -> int:
    """The end of "reporters in Riga", "the parliament in Ankara", which the parse may hang on the verb."""
    lists = audience_words()
    named = words.tag[head] in ("NNP", "NNPS") and words.lower[head] not in lists.chambers | lists.listeners
    if named or words.pos[head] == "PRON" or last + 1 >= words.count or words.lower[last] not in _WHERE:
        return last
    for kid in words.kids[last]:
        inside = range(last + 1, words.right[kid] + 1)
        placed = words.tag[kid] in ("NNP", "NNPS") or words.lower[kid] in audience_words().venues
        called = words.lower[last] == "on" and words.lower[kid] in audience_words().aboard
        timed = not called and (names_occasion(words, inside) or any(is_time(words.lower[at]) for at in inside))
        if words.dep[kid] == "pobj" and (called or placed) and not timed and words.quoted[kid] == words.quoted[head]:
            return kid + 1 if words.lower[kid] == "call" else phrase(words, kid, 0, 0).last
    return last


_WHERE = frozenset(["in", "at", "on", "outside", "aboard"])


def _without_date(words: Words, head: int) -> Range:
    """A phrase without the day or the clause behind it."""
    first, last = words.left[head], words.right[head] + 1
    clauses = [words.left[kid] for kid in words.kids[head] if kid > head and words.dep[kid] == "relcl"]
    clauses += [near for near in range(head + 1, last) if words.lower[near] in _AFTER_OCCASION]
    clauses += [words.left[near] for near in range(head + 1, last) if words.dep[near] == "npadvmod"]  # "the next day"
    last = min([last, *(each for each in clauses if each > head)])
    last = next(
        (near for near in range(head + 1, last) if is_time(words.lower[near])), _before_clause(words, head, last)
    )
    dated = last < words.count and is_time(words.lower[last])
    last -= dated and last - 2 > head and words.text[last - 1].isdigit()  # "on 21 November"
    while last - 1 > head and (
        words.pos[last - 1] in ("ADP", "SCONJ") or words.lower[last - 1] in _BESIDE_DATE or words.tag[last - 1] == "VBN"
    ):
        last -= 1
    return first, last


_AFTER_OCCASION = frozenset(["alongside", "broadcast", "here"])
_BESIDE_DATE = frozenset(["early", "earlier", "last", "late", "later", "mid", "noon", "that", "this"])


def _within(at: int, content: Sequence[Range]) -> bool:
    return any(first <= at < last for first, last in content)


def setting(words: Words, sentence: Range) -> Range | None:
    """The audience that a sentence without a statement sets the scene with: "He talked to reporters on Sunday".

    Of those who meet, the other side is the audience of what either says of the meeting ("as she met with the envoy").
    """
    first, last = sentence
    for at in range(first, last):
        if words.lemma[at] in audience_words().opening or words.lower[at] in audience_words().opening:
            for kid in words.kids[at]:
                if words.dep[kid] == "prep" and words.lower[kid] in ("to", "with"):
                    for below in words.kids[kid]:
                        if words.dep[below] == "pobj" and words.lower[below] in audience_words().listeners:
                            return _bare(words, below)
            found = next(_occasions(words, first, last, ()), None) or _met(words, first, last)
            if found is not None:
                return found
    return None


def _met(words: Words, first: int, last: int) -> Range | None:
    for at in range(first, last):
        if words.lemma[at] == "meet":
            for kid in words.kids[at]:
                if kid > at and words.dep[kid] == "dobj":
                    return _bare(words, kid)
                if words.lower[kid] == "with":
                    return next((_bare(words, below) for below in words.kids[kid] if words.dep[below] == "pobj"), None)
    return None
