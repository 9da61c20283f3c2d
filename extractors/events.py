"""The occasions of a story: the places in its text that date what some speakers say around them.

Three kinds of sentences do: one that holds a dated saying of the same speaker, one that tells of an occasion ("Bell
spoke of this on Aug. 16", "The remarks came on Monday"), and one that comes back to an occasion by its noun ("during
the debate").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from extractors.adjuncts import AT, is_nested, other_events
from extractors.casts import Cast, Names, plain
from extractors.records import DateBasis, Precision, Timex
from extractors.scenes import MOST_DATES, Scene, kinds_of, lexicon, place_of

if TYPE_CHECKING:
    from spacy.tokens import Token

NEAR = 700
"""Characters within which an occasion dates the lead before it, or another's words in the same report."""
_LONG = 3_000  # characters back to which is searched for another occasion of the kind
Events = dict[str, list[tuple[Timex, bool]]]
"""By kind of occasion: the days that are of one, and whether each is of a known one ("the debate")."""
_EACH = {"each", "both", "all", "who"}  # who stand for those named before in the sentence


@dataclass(frozen=True, slots=True)
class Found:
    """The day of a saying and how it is known."""

    timex: Timex
    basis: DateBasis
    sureness: float


@dataclass(frozen=True, slots=True)
class Occasion:
    """A place in the text that dates what some speakers say around it."""

    start: int
    timex: Timex
    names: Names
    apart: bool  # introduced as another time: dates nothing before it
    told: bool  # by a sentence of its own, not by a dated saying
    sureness: float = 1.0


class Occasions:
    """The occasions of a story in its order, to be asked for by the names of those who spoke."""

    def __init__(self, occasions: Sequence[Occasion]) -> None:
        self.told = [occasion for occasion in occasions if occasion.told]
        self._by_surname: dict[str, list[Occasion]] = {}
        for occasion in occasions:
            for surname in {name.split()[-1] for name in occasion.names}:
                self._by_surname.setdefault(surname, []).append(occasion)

    def of(self, names: Names) -> list[Occasion]:
        found = [o for surname in {n.split()[-1] for n in names} for o in self._by_surname.get(surname, ())]
        return sorted(found, key=lambda occasion: occasion.start)


def occasions_of(cast: Cast, found: Sequence[Found | None], apart: Sequence[bool]) -> Occasions:
    """All that dates a speaker's sayings. ``found`` and ``apart`` run parallel to the scene's statements."""
    used = {each.timex.start for each in found if each}
    events = _events_by_kind(cast.scene)
    occasions = [
        *_dated_sayings(cast, found, apart),
        *_told(cast, used),
        *_documents(cast, events),
        *_taken_up(cast, events),
    ]
    return Occasions(sorted(occasions, key=lambda occasion: occasion.start))


def _dated_sayings(cast: Cast, found: Sequence[Found | None], apart: Sequence[bool]) -> Iterator[Occasion]:
    scene = cast.scene
    for i, (statement, each) in enumerate(zip(scene.statements, found, strict=True)):
        if each is None or cast.is_recounted(i):
            continue
        names = cast.names[i] | frozenset(plain(statement.via)) | _met(cast, each.timex)
        if statement.speaker.lower() in _EACH and statement.spans.cue:
            start, cue = scene.sentence(statement.spans.cue[0])[0], statement.spans.cue[0]
            names |= cast.speakers_in(start, scene.text[start:cue], cue - start)
        sureness = min(1.0, 0.4 + statement.confidence)
        yield Occasion(place_of(statement), each.timex, names, apart[i], told=False, sureness=sureness)


def _told(cast: Cast, used: set[int]) -> Iterator[Occasion]:
    """The sentences that tell of an occasion by a date that is no saying's own (``used``: where those start)."""
    scene, words = cast.scene, lexicon()
    for timex in scene.dates:
        if timex.start in used or timex.precision is not Precision.DAY:
            continue
        start, end = scene.sentence(timex.start)
        others = scene.dates_in((start, end))
        if len(others) > MOST_DATES or any(t.start in used and t.first == timex.first for t in others):
            continue
        sentence = scene.text[start:end]
        turn, mood = words["turn"].search(sentence), words["mood"].search(sentence)
        if words["remarks"].search(sentence):
            names = cast.speaker_before(start)
        elif turn or mood:
            names = cast.speakers_in(start, sentence, len(sentence))
            names = names or (cast.speaker_before(start) if turn else frozenset())
        elif (verb := _occasion_verb(scene, timex, start, sentence)) is not None:
            names = cast.speakers_in(start, sentence, verb) or cast.speaker_after(sentence, end)
        else:
            continue
        if names := names - _silenced(cast, timex):
            apart = bool(turn or mood or words["other_time"].search(sentence))
            yield Occasion(start, timex, names, apart, told=True)


def _occasion_verb(scene: Scene, timex: Timex, start: int, sentence: str) -> int | None:
    """Where in its sentence the verb stands that tells of an occasion and has this date."""
    pattern = lexicon()["occasion_verb"]
    inner = scene.token(timex.start, timex.end)
    if inner is None:  # a paragraph that was not parsed
        found = pattern.search(sentence) or lexicon()["taken_up"].search(sentence)
        return found.start() if found else None
    governor = next((t for t in inner.ancestors if t.pos_ in ("VERB", "AUX")), None)
    if governor is None or governor.dep_ == "relcl" or governor.tag_ in ("VBZ", "VBP"):
        return None  # "hosts a show on Sundays", "meets the envoys on Monday": no account of what has happened
    if not _is_of_verb(inner, governor):
        return None
    place = timex.start + governor.idx - scene.tokens_in(timex.start, timex.end)[0].idx
    told = pattern.match(scene.text, place) or _is_spoken_at(inner, governor)
    if not told and not any(_meanwhile(t, governor) and pattern.fullmatch(t.text) for t in governor.subtree):
        return None
    events = other_events(scene, timex, governor)
    if any(is_nested(event, None) or event.lower_ in ("before", "ahead", "until") for event in events):
        return None
    return None if place in scene.cue_starts else place - start


def _is_of_verb(date: Token, verb: Token) -> bool:
    """Is it no date of a noun further in: "offered a contrast with the rally on Monday"?"""
    chain = list(date.ancestors)
    nouns = [t for t in chain[: chain.index(verb)] if t.pos_ in ("NOUN", "PROPN")]
    if len(nouns) < 2 or nouns[0].pos_ == "PROPN":
        return True
    return bool(lexicon()["occasion_noun"].fullmatch(nouns[-1].text))


def _is_spoken_at(date: Token, verb: Token) -> bool:
    """Is the date that of an occasion to speak at: "opened up in an interview with the broadcaster on Monday"?"""
    if any(t.dep_ == "auxpass" for t in verb.children) and not lexicon()["asked"].fullmatch(verb.text):
        return False  # "was named in a report on Monday"
    at = {t for t in _events_of(date) if t.dep_ == "pobj" and t.head.head == verb}
    between = date.doc[verb.i + 1 : date.i]
    if all(t.pos_ not in ("VERB", "AUX") for t in between):  # whatever the parse hangs the occasion on
        at |= {t for t in between if t.dep_ == "pobj"}
    return any(t.head.lower_ in AT and any(kinds_of(t.text)) for t in at)


def _meanwhile(clause: Token, verb: Token) -> bool:
    """ "Sounded the alarm on Monday as he addressed the council": hung on the verb, or by mistake on the alarm."""
    if clause.dep_ != "advcl" or (clause.head != verb and clause.head.pos_ != "NOUN"):
        return False
    return any(t.lower_ in ("as", "when", "while") for t in clause.children)


def _silenced(cast: Cast, timex: Timex) -> set[str]:
    """Whose sayings a date cannot tell of because it stands in what was said: all but those quoted in the same."""
    scene = cast.scene
    silenced: set[str] = set()
    for _, (start, end) in scene.holders.get(timex.start, ()):
        if any(t.pos_ in ("VERB", "AUX") for t in scene.tokens_in(start, end)):
            cues = [(i, scene.statements[i].spans.cue) for i in scene.said_in((start, end))]
            silenced |= set(cast.known).difference(
                n for i, cue in cues if cue and start <= cue[0] < end for n in cast.names[i]
            )
    return silenced


# ---------------------------------------------------------------- taken up by a noun


def _documents(cast: Cast, events: Events) -> Iterator[Occasion]:
    """Where a document speaks that the text has dated: "in a letter sent on Monday … The letter says"."""
    scene = cast.scene
    for i, statement in enumerate(scene.statements) if events else ():
        if document := lexicon()["document"].fullmatch(statement.speaker):
            place = place_of(statement)
            before = [timex for timex, _ in events.get(document["noun"].lower(), ()) if timex.end <= place]
            if before and cast.names[i]:
                yield Occasion(place, before[-1], cast.names[i], apart=True, told=True, sureness=0.9)


def _taken_up(cast: Cast, events: Events) -> Iterator[Occasion]:
    """Where the text comes back to an occasion that it dates, or comes up to it: "during the debate"."""
    scene = cast.scene
    for match in lexicon()["taken_up"].finditer(scene.text) if events else ():
        start, end = scene.sentence(match.start())
        if scene.dates_in((start, end)) or cast.is_said(match.start()):
            continue
        dates = [each for kind in kinds_of(match["kind"]) for each in events.get(kind, ())]
        date = _date_of(scene, match, dates, end)
        if date is not None and (names := cast.present(start, end)):
            yield Occasion(start, date, names, apart=True, told=True, sureness=0.9)


def _events_by_kind(scene: Scene) -> Events:
    events: Events = {}
    for timex in scene.dates:
        for word, known in _words_of(scene, timex) if timex.precision is Precision.DAY else ():
            for kind in kinds_of(word):
                events.setdefault(kind, []).append((timex, known))
    return events


def _words_of(scene: Scene, timex: Timex) -> Iterator[tuple[str, bool]]:
    """The words of which a date may be, and whether they stand for something known: "the debate"."""
    inner = scene.token(timex.start, timex.end)
    if inner is not None:
        for token in _events_of(inner):
            yield token.text, any(t.lower_ in ("the", "that", "this") for t in token.lefts)
    else:  # a paragraph that was not parsed
        sentence = scene.text[slice(*scene.sentence(timex.start))]
        for match in re.finditer(r"\b(the |that |this )?([a-z-]+)", sentence):
            yield match[2], bool(match[1])


def _events_of(date: Token) -> Iterator[Token]:
    """The occasions to speak at that a date belongs to: "the debate on Monday", "met on Monday for the debate"."""
    for token in date.ancestors:
        yield token
        if token.pos_ in ("VERB", "AUX"):
            held = bool(lexicon()["held"].fullmatch(token.text))
            yield from (t for t in token.children if t.dep_ == "dobj" or (held and t.dep_.startswith("nsubj")))
            at = [kid for prep in token.children if prep.dep_ == "prep" for kid in prep.children]
            yield from at
            yield from (part for kid in at for part in kid.children if part.dep_ == "compound")
            break


def _date_of(scene: Scene, match: re.Match[str], dates: Sequence[tuple[Timex, bool]], end: int) -> Timex | None:
    """Which of the dates of such occasions is that of the one that the text speaks of in a sentence up to ``end``.

    The last one before, unless another such has been brought in since; else the first one after.
    """
    new = match["the"].lower() in ("a", "an") and not match["kind"].lower().startswith("joint")
    before = [timex for timex, _ in dates if match.start() - _LONG <= timex.end <= match.start()]
    if not before:
        after = (timex for timex, known in dates if end <= timex.start <= end + NEAR and (known or not new))
        return next(after, None)
    between = scene.text[before[-1].end : match.start()]
    another = re.search(rf"\ban? (?:[\w-]+ ){{0,3}}{match['kind']}\b", between, re.IGNORECASE)
    return None if new or another else before[-1]


def _met(cast: Cast, timex: Timex) -> Names:
    """With whom a speaker was at the meeting that a date is of: "in a call with Bell on Monday, Lind said"."""
    inner = cast.scene.token(timex.start, timex.end)
    words: set[str] = set()
    for event in _events_of(inner) if inner is not None else ():
        if event.head.lower_ in AT and lexicon()["meeting_verb"].fullmatch(event.text):
            with_whom = (t for t in event.children if t.lower_ == "with")
            words |= {t.text.casefold() for prep in with_whom for t in prep.subtree}
    return frozenset(name for name in cast.known if name.split()[-1] in words)
