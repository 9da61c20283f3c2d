"""To whom a statement was made, and which outlet is credited for it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files

from extractors.candidates import Candidate
from extractors.contents import Range
from extractors.cues import is_time
from extractors.outlets import PUBLISHERS, outlet_of
from extractors.records import CueClass, Span, SpeakerKind, Statement
from extractors.sources import phrase
from extractors.words import NONE, Words

_PRONOUNS = frozenset(["he", "she", "they", "it", "him", "her", "them", "who", "which"])
_NEAR = 6
"""Words within which "speaking" has its "to" or "with"."""
FAR = 1_000_000
_SOURCES = re.compile(r"(?m)^Sources?: (.{1,1000})$")
_ENTRY = re.compile(r"[^\s;][^;]*[^\s;.]")
_POSTED = re.compile(r",? (?:on|via) (?:the (?:air of )?)?(?=\w)")
_PRONOUN = re.compile(r"\b(?:[Hh]e|[Ss]he|[Tt]hey|[Ii]t)\b")
_SPEAKING = ("speak", "talk")
_OBJECTS = frozenset(["me", "us", "him", "her", "them", "those"])
_CALLS = frozenset([("call", "on"), ("call", "upon"), ("appeal", "to"), ("turn", "to"), ("plead", "with")])
_AIMED = frozenset([CueClass.DEMAND, CueClass.PRAISE, CueClass.WARN, CueClass.ASK, CueClass.ACCUSE])


@dataclass(frozen=True, slots=True)
class _Lists:
    informed: frozenset[str]
    addressed: frozenset[str]
    of_persons: frozenset[str]
    listeners: frozenset[str]
    posts: frozenset[str]
    edges: frozenset[str]
    addresses: frozenset[str]
    articles: frozenset[str]
    broadcasts: frozenset[str]
    prints: frozenset[str]
    venues: frozenset[str]
    occasions: frozenset[str]
    opening: frozenset[str]
    held_with: frozenset[str]
    platforms: frozenset[str]
    chambers: frozenset[str]
    outlets: frozenset[str]
    writings: frozenset[str]


@cache
def _lists() -> _Lists:
    data = tomllib.loads(files("extractors.lexicons").joinpath("audiences.toml").read_text("utf-8"))
    return _Lists(**{name: frozenset(words) for name, words in data.items()})


def audience(words: Words, candidate: Candidate, content: Sequence[Range]) -> Range | None:
    """Who was told, or the outlet, occasion or place where it was said: in the cue's sentence, outside the content.

    Who is told comes before the occasion, and that before whom a demand, a warning or thanks are for: "thanked Oslo in
    a post on X" was said on X.
    """
    told = list(_spoken_to(words, candidate, content))
    if told and candidate.cue.lemma in _lists().informed:
        return told[0]
    offered = [*_held(words, candidate, content), *told] or list(_addresses(words, candidate, content))
    if not offered:
        return None
    first, last = offered[0]
    while last > first + 1 and words.lower[last - 1] in (",", ";", ":") and words.quoted[last - 1] == NONE:
        last -= 1
    return first, last


def _spoken_to(words: Words, candidate: Candidate, content: Sequence[Range]) -> Iterator[Range]:
    """The object of "told", or of "to" behind the cue."""
    at = candidate.at
    if candidate.kind == "phrase":
        return
    addressed = candidate.cue.lemma in _lists().addressed
    for kid in words.kids[at]:
        if addressed and words.dep[kid] == "nsubjpass" and not _within(kid, content):
            yield _bare(words, kid)  # "The committee was told that ..."
        if kid < at:
            continue
        if addressed and words.dep[kid : kid + 2] == ["dative", "dobj"] and _somebody(words, kid + 1):
            yield words.left[kid], _bare(words, kid + 1)[1]  # "told NATO allies": the parse takes them apart
        if addressed and words.dep[kid] in ("dobj", "dative") and _somebody(words, kid):
            if not _within(kid, content) or _names_listener(words, candidate):
                yield _before_topic(words, candidate, content, _bare(words, kid))
        elif addressed and words.dep[kid] == "ccomp" and (told := _told_to_do(words, candidate, kid)) != NONE:
            yield _bare(words, told)
        elif kid == at + 1 and (candidate.cue.lemma, words.lower[kid]) in _CALLS:
            yield from (_bare(words, below) for below in words.kids[kid] if words.dep[below] == "pobj")
        elif words.lower[kid] == "with" and words.lower[kid - 1] in _lists().held_with:
            continue  # "said after talks with Riga": said to others
        elif words.dep[kid] in ("prep", "dative") and words.lower[kid] in ("to", "with") and not _within(kid, content):
            yield from (_bare(words, below) for below in words.kids[kid] if _listens(words, below))
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
    whole = candidate.cue.lemma in _lists().informed and _within(first, content)
    for at in range(first + 1, last - 1):
        if words.lower[at] in ("about", "of") and (at + 1 == content[0][0] or (whole and words.text[at + 1].islower())):
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


def _listens(words: Words, at: int) -> bool:
    return words.dep[at] == "pobj" and (words.pos[at] == "PROPN" or words.lower[at] in _lists().listeners)


def _names_listener(words: Words, candidate: Candidate) -> bool:
    """Is the object audience and content at once: "thanked Oslo for the aid", "urged Congress to act", "asked Bonn for
    guns"?"""
    kids = [kid for kid in words.kids[candidate.at] if kid > candidate.at]
    deps = {words.dep[kid] for kid in kids}
    told = not deps.isdisjoint(("xcomp", "ccomp")) or {"dobj", "dative"} <= deps
    asked = candidate.cue.lemma == "ask" and any(words.lower[kid + 1 : kid + 2] == ["for"] for kid in kids)
    return told or asked or candidate.cue.lemma in _lists().of_persons


def _held(words: Words, candidate: Candidate, content: Sequence[Range]) -> Iterator[Range]:
    """The press conference, interview, chamber or platform in which it was said."""
    first, last = words.sentence_of(candidate.at)
    yield from _occasions(words, first, last, content, candidate.at)


def _addresses(words: Words, candidate: Candidate, content: Sequence[Range]) -> Iterator[Range]:
    """ "His nightly video address", where it is told of nobody to whom it went."""
    first, last = words.sentence_of(candidate.at)
    for near in range(first, last) if "address" in words.lower[first:last] else ():
        alone = words.lower[near] == "address" and words.dep[near] == "pobj" and words.lower[words.head[near]] == "in"
        outside = words.quoted[near] == NONE and not _within(near, content)
        if alone and outside and not _reported(words, near, candidate.at):
            yield _without_date(words, near)


def _occasions(
    words: Words, first: int, last: int, content: Sequence[Range], cue: int | None = None
) -> Iterator[Range]:
    lists = _lists()
    halls = lists.listeners | lists.chambers | lists.occasions
    for near in range(first, last):
        if words.quoted[near] != NONE or _within(near, content):
            continue
        if words.lemma[near] in _SPEAKING and words.tag[near] == "VBG":
            yield from _speaking(words, near)
        if words.dep[near] == "dobj" and words.lemma[words.head[near]] == "address" and words.lower[near] in halls:
            yield _bare(words, near)
        joined = words.lower[near] in lists.platforms and _is_joined(words, near)
        if not (joined or words.dep[near] == "pobj") or (cue is not None and _reported(words, near, cue)):
            continue
        if joined:
            yield near, near + 1
            continue
        lower, preposition = words.lower[near], words.lower[words.head[near]]
        if lower in lists.posts and (platform := _platform(words, near)):
            yield platform
        elif preposition == "on" and lower == "channel" and words.tag[words.left[near]] == "PRP$":
            yield _bare(words, near)
        elif preposition == "on" and lower in lists.edges:
            yield from _objects(words, near, ("of",))
        elif preposition in ("in", "on") and words.tag[near] in ("NNP", "NNPS") and _is_medium(words, near):
            yield _bare(words, near)
        elif preposition == "in" and words.lemma[near] in lists.addresses:
            yield from _objects(words, near, ("to",))
        elif preposition == "in" and words.lemma[near] in lists.articles:
            yield from _objects(words, near, ("for", "in"))
        elif (preposition == "on" and lower in lists.broadcasts) or (preposition == "in" and lower in lists.prints):
            yield _bare(words, near)
        plain = lower.rstrip(".")  # "on X." is one word to the parser
        if plain in lists.platforms or f"{words.lower[near - 1]} {plain}" in lists.platforms:
            if preposition in ("on", "via", "to") and (plain not in _CAPITAL or words.text[near][0].isupper()):
                yield _bare(words, near)
        elif preposition == "on" and lower == "floor" and _is_of_chamber(words, near, cue):
            yield words.left[near], words.right[near] + 1
        elif lower in lists.chambers and preposition in ("in", "to", "before") and words.tag[near] in ("NNP", "NNPS"):
            yield _bare(words, near)
        elif words.lemma[near] in lists.held_with or words.lemma[near] in lists.occasions:
            if preposition not in ("in", "at", "during", "on"):
                continue
            partner = _partner(words, near)
            if partner is not None and words.lemma[near] in lists.held_with:
                yield partner
            elif words.lemma[near] in lists.occasions and preposition in ("in", "at", "during"):
                yield _without_date(words, near)


_CAPITAL = frozenset(["max", "x"])
"""Platforms that are words or letters of another meaning."""


def _is_of_chamber(words: Words, floor: int, cue: int | None) -> bool:
    """Is it a legislature's: "on the Senate floor", "on the floor of the House", just "said on the floor"?"""
    named = any(words.lower[at] in _lists().chambers for at in range(words.left[floor], words.right[floor] + 1))
    return named or (words.left[floor] == floor - 1 and words.head[words.head[floor]] == cue)


def _is_joined(words: Words, at: int) -> bool:
    """Does the parse join the X of "In a post on X, Poland's embassy said" to the name behind the comma?"""
    named = words.text[at][0].isupper() and words.lower[at - 1] in ("on", "via")
    if not named or words.lower[at + 1 : at + 2] != [","]:
        return False
    return words.head[at] > at + 1 or any(words.dep[kid] == "appos" for kid in words.kids[at])


def _is_medium(words: Words, at: int) -> bool:
    """Does this name a known outlet: "on CNN", "in The Times"?"""
    first, last = _bare(words, at)
    named = outlet_of(" ".join(words.text[first:last]))
    return named is not None and named.kind in PUBLISHERS


def _reported(words: Words, at: int, cue: int) -> bool:
    """Does a phrase belong to a clause that only another cue reports, or that only describes a noun?"""
    above = {cue}
    while words.head[cue] not in above:
        cue = words.head[cue]
        above.add(cue)
    while at not in above and words.head[at] != at:
        if words.dep[at] in ("ccomp", "relcl"):
            return True
        at = words.head[at]
    return False


def _speaking(words: Words, at: int) -> Iterator[Range]:
    """Of "speaking to reporters", "speaking by phone with Tusk", "speaking in the Oval Office"."""
    for near in range(at, min(words.right[at] + 1, at + _NEAR)):
        if words.lower[near] in ("of", "about"):
            break  # "speaking of an invitation to Paris"
        if words.lemma[near] in _lists().occasions - _lists().held_with:
            break  # "speaking at a conference with her guest"
        yield from _objects(words, near, ("to", "with"))
    for first, last in _objects(words, at, ("in", "at", "from")):
        if any(words.lower[near] in _lists().venues for near in range(first, last)):
            yield first, last


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
            if last <= at and name in _lists().platforms and (name != "x" or words.text[first] == "X"):
                return first, last
    return None


def names_occasion(words: Words, inside: Sequence[int]) -> bool:
    """Does a phrase name a platform, an occasion or an interview, in which something is said?"""
    nouns = _lists().occasions | _lists().held_with | _lists().writings
    numbered = {at for at in inside if "".join(words.text[at + 1 : at + 2]).isdigit()}  # "Article 4" of a treaty
    return any(words.lemma[at] in nouns and at not in numbered for at in inside) or names_platform(words, inside)


def names_platform(words: Words, inside: Sequence[int]) -> bool:
    """Is one of these words the name of a place to publish, such as Telegram?"""
    names = [at for at in inside if words.lower[at] not in _CAPITAL or words.text[at][0].isupper()]
    return is_platform(name for at in names for name in (words.lower[at], " ".join(words.lower[at : at + 2])))


def _partner(words: Words, at: int) -> Range | None:
    """With whom or for whom: of "an interview with the BBC", "an interview given to the BBC"."""
    given = [below for kid in words.kids[at] if words.dep[kid] == "acl" for below in words.kids[kid]]
    for kid in (*words.kids[at], *given):
        if words.dep[kid] in ("prep", "dative") and words.lower[kid] in ("with", "to", "for"):
            for below in words.kids[kid]:
                if words.dep[below] == "pobj":
                    return _bare(words, below)
    return None


def _bare(words: Words, head: int) -> Range:
    found = phrase(words, head, 0, 0)
    return found.first, _behind_place(words, head, _before_clause(words, head, found.last))


def _before_clause(words: Words, head: int, last: int) -> int:
    """The end of "the newspaper Isar Courier that the bridge was shut" without what the newspaper was told."""
    clauses = (at for at in range(head + 1, last) if words.lower[at] == "that" and words.dep[at] == "mark")
    return next(clauses, last)


def _behind_place(words: Words, head: int, last: int) -> int:
    """The end of "reporters in Riga", "the parliament in Ankara", which the parse may hang on the verb."""
    named = words.tag[head] in ("NNP", "NNPS") and words.lower[head] not in _lists().chambers
    if named or words.pos[head] == "PRON" or last + 1 >= words.count or words.lower[last] not in _WHERE:
        return last
    for kid in words.kids[last]:
        inside = range(last + 1, words.right[kid] + 1)
        placed = words.tag[kid] in ("NNP", "NNPS") or words.lower[kid] in _lists().venues
        timed = names_occasion(words, inside) or any(is_time(words.lower[at]) for at in inside)
        if words.dep[kid] == "pobj" and placed and not timed and words.quoted[kid] == words.quoted[head]:
            return phrase(words, kid, 0, 0).last
    return last


_WHERE = frozenset(["in", "at", "outside", "aboard"])


def _without_date(words: Words, head: int) -> Range:
    """A phrase without the day or the clause behind it."""
    first, last = words.left[head], words.right[head] + 1
    clauses = [words.left[kid] for kid in words.kids[head] if kid > head and words.dep[kid] == "relcl"]
    last = min([last, *clauses])
    last = next(
        (near for near in range(head + 1, last) if is_time(words.lower[near])), _before_clause(words, head, last)
    )
    dated = last < words.count and is_time(words.lower[last])
    last -= dated and last - 2 > head and words.text[last - 1].isdigit()  # "on 21 November"
    while last - 1 > head and (words.pos[last - 1] in ("ADP", "SCONJ") or words.lower[last - 1] in _BESIDE_DATE):
        last -= 1
    return first, last


_BESIDE_DATE = frozenset(["early", "earlier", "late", "later", "mid"])


def _within(at: int, content: Sequence[Range]) -> bool:
    return any(first <= at < last for first, last in content)


def setting(words: Words, sentence: Range) -> Range | None:
    """The audience that a sentence without a statement sets the scene with: "He talked to reporters on Sunday".

    Of those who meet, the other side is the audience of what either says of the meeting ("as she met with the envoy").
    """
    first, last = sentence
    for at in range(first, last):
        if words.lemma[at] in _lists().opening or words.lower[at] in _lists().opening:
            for kid in words.kids[at]:
                if words.dep[kid] == "prep" and words.lower[kid] in ("to", "with"):
                    for below in words.kids[kid]:
                        if words.dep[below] == "pobj" and words.lower[below] in _lists().listeners:
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


def is_platform(names: Iterable[str]) -> bool:
    """Is one of these names, in small letters, a place to publish: Telegram, X?"""
    return not _lists().platforms.isdisjoint(names)


@lru_cache(maxsize=10_000)
def is_outlet(mention: str) -> bool:
    """Does this phrase name a paper, wire, broadcaster or site?"""
    last = re.split(r"\W+", mention.strip().lower())
    # "the diplomat" is a person, The Diplomat a magazine.
    named = outlet_of(mention) if any(map(str.isupper, mention.removeprefix("The "))) else None
    return (
        (named is not None and named.kind in PUBLISHERS)
        or any(word in _lists().outlets for word in last[-2:])
        or ("news agency" in mention.lower() or any(word in ("channel", "newspaper", "broadcaster") for word in last))
    )


@dataclass(frozen=True, slots=True)
class _Scene:
    """A sentence that tells of an occasion: from its place in the text on, its audience is that of those it names."""

    start: int
    names: frozenset[str]  # empty where it names nobody, and so goes on with the speaker before
    audience: Span


def _scene(words: Words, sentence: Range) -> _Scene | None:
    found = setting(words, sentence)
    if found is None:
        return None
    outside = [at for at in range(*sentence) if not found[0] <= at < found[1]]
    names = frozenset(words.lower[at] for at in outside if words.tag[at] in ("NNP", "NNPS"))
    return _Scene(words.start[sentence[0]], names, (words.start[found[0]], words.end[found[1] - 1]))


def audience_spans(
    told: Sequence[tuple[int, str, Span | None]], silent: Sequence[tuple[Words, Range]]
) -> list[Span | None]:
    """Each statement's audience: its own, or that of the speech act that it goes on with.

    ``told``: where each statement stands, its speaker as named, its own audience, in the order of the text. ``silent``:
    the sentences without a statement, some of which set a scene. A pronoun or a description ("the minister") is taken
    for the speaker before; an audience holds for its speaker until the next.
    """
    scenes = [scene for scene in (_scene(*each) for each in silent) if scene is not None]
    waiting = sorted(scenes, key=lambda each: each.start)
    by_speaker: dict[str, Span] = {}
    speaker, found = "", []
    for place, mention, own in told:
        while waiting and waiting[0].start < place:
            opened = waiting.pop(0)
            for name in opened.names or {speaker}:
                by_speaker[name] = opened.audience
        speaker = _key(mention) or speaker
        if own is not None:
            by_speaker[speaker] = own
        found.append(own or by_speaker.get(speaker))
    return found


def carried(text: str, statements: Sequence[Statement]) -> list[Statement]:
    """The statements, in their order, each with the audience and the outlet of the speech act that it goes on with.

    Now that the speakers have their names, what ``audience_spans`` took for one speaker can be told apart: an audience
    goes on for whoever has it, by any name, and never from one speaker to another. Whom a demand or thanks are for are
    not told what comes next.
    """
    owners: dict[Span, Statement] = {}
    for one in statements:
        span = one.spans.audience
        if span and _beside(one) < min(_beside(owners[span]) if span in owners else FAR, FAR):
            owners[span] = one
    heard, author, outlet = _source_line(text, statements)
    made: list[Statement] = []
    for one in statements:
        span, name = one.spans.audience, one.speaker_name
        source = owners.get(span) if span else None
        if span and source is not one:
            same = _same_speaker(source, one) and _goes_on(source) if source else _tells_of(text, span, name)
            span = span if same else None
        before = heard.get(name)
        if not span or (before and _is_described(text[slice(*span)]) and is_outlet(text[slice(*before)])):
            span = before  # "the newspaper" is the one named before
        if span and name and (span not in owners or _goes_on(owners[span])):
            heard[name] = span
        if span and text[slice(*span)] == "X.":
            span = span[0], span[1] - 1
        via = _credited(text, one, made) or (outlet if name == author else None)
        if (span, via) != (one.spans.audience, one.spans.via):
            spans = replace(one.spans, audience=span, via=via)
            one = replace(one, audience=_words(text, span), via=_words(text, via), spans=spans)
        made.append(one)
    return made


def _source_line(text: str, statements: Sequence[Statement]) -> tuple[dict[str, Span], str, Span | None]:
    """Of a line such as "Source: the Air Force on Telegram; NewsMaker, with reference to the ministry": where each
    speaker after it said it; the first of them, with the outlet credited if the line begins with one."""
    line = _SOURCES.search(text)
    after = [one for one in statements if line and one.speaker_name and one.spans.evidence[0] > line.start()]
    given = [each.span() for each in _ENTRY.finditer(text, line.start(1), line.end(1))] if line else []
    if not after or not given:
        return {}, "", None
    published = [(start, place) for start, end in given if (place := _published(text, start, end))]
    heard = {
        one.speaker_name: place for one in after for start, place in published if _is_among(one, text[start : place[0]])
    }
    if len(given) == len(published) == 1:
        heard.setdefault(after[0].speaker_name, published[0][1])  # whatever the line calls him
    start, end = given[0]
    first = start, start + len(re.split(",|" + _POSTED.pattern, text[start:end], maxsplit=1)[0])
    return heard, after[0].speaker_name, first if is_outlet(text[slice(*first)]) else None


def _published(text: str, start: int, end: int) -> Span | None:
    """The platform or outlet at the end of "Danylo Hora, Head of Sumy Oblast, on Telegram"."""
    places = [each.end() for each in _POSTED.finditer(text, start, end)]
    place = (places[-1], end) if places else None
    named = text[slice(*place)] if place else ""
    return place if is_platform([named.casefold()]) or is_outlet(named) else None


def _is_among(one: Statement, mention: str) -> bool:
    """Is it this speaker whom a list names: by the surname, or by all words of the name in another order?"""
    words = set(re.findall(r"[\w-]+", mention.casefold()))
    name = [word for word in re.findall(r"[\w-]+", one.speaker_name.casefold()) if word not in ("the", "of")]
    return bool(name) and (words.issuperset(name) or (one.speaker_kind is SpeakerKind.PERSON and name[-1] in words))


def _credited(text: str, one: Statement, before: Sequence[Statement]) -> Span | None:
    """The outlet credited: that of the same speaker's last words in this paragraph, and the one meant by "it"."""
    via = one.spans.via
    last = before[-1] if before else None
    if via and text[slice(*via)].casefold() == "it":
        return last.spans.via if last else None
    if via or not last or not last.spans.via or not _same_speaker(last, one):
        return via
    if _beside(one) < FAR and not _is_public(one.audience):
        return None  # told in private, whoever reported what came before
    return None if "\n" in text[last.spans.evidence[0] : one.spans.evidence[0]] else last.spans.via


def _words(text: str, span: Span | None) -> str:
    return text[slice(*span)] if span else ""


def _beside(one: Statement) -> int:
    """How far the cue is from the audience, in characters; FAR where it does not stand in the statement's sentence."""
    span, cue, (start, end) = one.spans.audience, one.spans.cue, one.spans.evidence
    return abs(span[0] - cue[0]) if span and cue and start <= span[0] < end else FAR


def _same_speaker(source: Statement, one: Statement) -> bool:
    """Have both the same name, or the same word for one who stays unnamed: "a source in Paris", "the source"?"""
    if source.speaker_name or one.speaker_name:
        return source.speaker_name == one.speaker_name
    return set(one.speaker.casefold().split()[-1:]) <= set(source.speaker.casefold().split())


def _tells_of(text: str, span: Span, name: str) -> bool:
    """Does the sentence that sets the scene name this speaker, or him or her by a pronoun?"""
    start = max(text.rfind(end, 0, span[0]) for end in ("\n", ". ")) + 1
    end = min((found for mark in ("\n", ". ") if (found := text.find(mark, span[1])) >= 0), default=len(text))
    sentence = text[start:end]
    return _PRONOUN.search(sentence) is not None or any(word in sentence for word in name.split() if word[0].isupper())


def _goes_on(one: Statement) -> bool:
    """Is the audience of this statement told what its speaker says next?"""
    return one.cue_class not in _AIMED or _is_public(one.audience)


def _is_described(audience: str) -> bool:
    """Is it "the newspaper", one outlet without its name? "The press" is all of them."""
    the, *kind = audience.casefold().split()
    return the == "the" and len(kind) == 1 and kind[0] in _lists().outlets - _MANY


_MANY = frozenset(["media", "news", "press", "radio", "television", "tv"])


def _is_public(audience: str) -> bool:
    """Is it an occasion, a platform, an outlet or a public that listens?"""
    public = _lists().occasions | _lists().platforms | _lists().outlets | _lists().listeners | _lists().chambers
    return not public.isdisjoint(audience.casefold().split()) or is_outlet(audience)


def _key(speaker: str) -> str:
    """The name that tells a speaker from others; "" for pronouns and descriptions in small letters."""
    words = [word for word in re.split(r"[^\w’'-]+", speaker) if word]
    if is_outlet(speaker):
        return speaker.lower()
    names = [word for word in words if word[:1].isupper() and word.lower() not in _PRONOUNS and word.lower() != "the"]
    return names[-1].lower() if names else ""
