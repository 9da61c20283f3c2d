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

from extractors.adjuncts import is_told_of_speaker, other_events
from extractors.casts import Cast, Names, plain
from extractors.clauses import AT, MEANWHILE, is_nested
from extractors.records import DateBasis, Precision, Span, SpeakerKind, Timex
from extractors.scenes import MOST_DATES, Scene, is_document, kinds_of, lexicon, place_of

if TYPE_CHECKING:
    from spacy.tokens import Token

NEAR = 700
"""Characters within which an occasion dates the lead before it, or another's words in the same report."""
_BESIDE = 12  # characters before a date in which it is told to be another time's
_LONG = 3_000  # characters back to which is searched for another occasion of the kind
Events = dict[str, list[tuple[Timex, bool]]]
"""By kind of occasion: the days that are of one, and whether each is of a known one ("the debate")."""
_ANY_DOCUMENT = {"document", "text", "paper"}
_EACH = {"each", "both", "all", "who"}  # who stand for those named before in the sentence


@dataclass(frozen=True, slots=True)
class Found:
    """The day of a saying and how it is known."""

    timex: Timex
    basis: DateBasis
    sureness: float
    audience: Span | None = None  # before whom, where the occasion tells it


@dataclass(frozen=True, slots=True)
class Session:
    """The hearing or debate that a story is about: its day, and before whom it is held."""

    timex: Timex
    audience: Span | None


@dataclass(frozen=True, slots=True)
class Occasion:
    """A place in the text that dates what some speakers say around it."""

    start: int
    timex: Timex
    names: Names
    apart: bool  # introduced as another time: dates nothing before it
    told: bool  # by a sentence of its own, not by a dated saying
    taken_up: bool = False  # by its noun, or as "the same": holds for what is said at it, whenever that was
    sureness: float = 1.0


class Occasions:
    """The occasions of a story in its order, to be asked for by the names of those who spoke.

    ``session``: that which the story is about, if it is about one. ``gatherings``: the dates of the meetings of many.
    """

    def __init__(
        self, occasions: Sequence[Occasion], session: Session | None = None, gatherings: Sequence[Timex] = ()
    ) -> None:
        self.session = session
        self.gatherings = gatherings
        self.all = occasions
        self.starts = [occasion.start for occasion in occasions]
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
        *_the_same(cast),
    ]
    return Occasions(sorted(occasions, key=lambda occasion: occasion.start), _session(cast), list(_gatherings(cast)))


def _dated_sayings(cast: Cast, found: Sequence[Found | None], apart: Sequence[bool]) -> Iterator[Occasion]:
    scene = cast.scene
    dated = frozenset(name for names, each in zip(cast.names, found, strict=True) if each for name in names)
    for i, (statement, each) in enumerate(zip(scene.statements, found, strict=True)):
        if each is None or cast.is_recounted(i) or is_told_of_speaker(scene, statement):
            continue
        others = (_met(cast, each.timex) | cast.told_in_person(i)) - dated  # who has no other day of his own
        names = cast.names[i] | cast.carrier(i) | others
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
        if words["remarks"].search(sentence) or words["made"].search(sentence):
            names = cast.speaker_before(start) if not other_events(scene, timex, None) else frozenset()
        elif turn or mood:
            names = cast.speakers_in(start, sentence, len(sentence))
            names = names or (cast.speaker_before(start) if turn else frozenset())
        elif words["this"].search(sentence):
            names = cast.speakers_in(start, sentence, len(sentence))
            names = names or (cast.speaker_before(start) if words["former"].match(sentence) else frozenset())
        elif (verb := _occasion_verb(scene, timex, start, sentence)) is not None:
            names = cast.speakers_in(start, sentence, verb) or cast.speaker_beside(start, sentence)
            names = names or cast.by_office(sentence)
        elif words["between"].search(sentence) and not other_events(scene, timex, None):
            names = cast.speakers_in(start, sentence, len(sentence))
        else:
            continue
        if not names or (names := names - _silenced(cast, timex)):
            apart = bool(turn or mood or words["other_time"].search(sentence))
            yield Occasion(start, timex, names, apart, told=True)


def _occasion_verb(scene: Scene, timex: Timex, start: int, sentence: str) -> int | None:
    """Where in its sentence the verb stands that tells of an occasion and has this date."""
    pattern = lexicon()["occasion_verb"]
    inner = scene.word_of(timex)
    if inner is None:  # a paragraph that was not parsed
        found = pattern.search(sentence) or lexicon()["taken_up"].search(sentence)
        return found.start() if found else None
    governor = next((t for t in inner.ancestors if t.pos_ in ("VERB", "AUX") and t.dep_ != "prep"), None)
    if governor is None or governor.dep_ == "relcl" or governor.tag_ in ("VBZ", "VBP"):
        return None  # "hosts a show on Sundays", "meets the envoys on Monday": no account of what has happened
    if not _is_of_verb(inner, governor):
        return None
    place = scene.start_of(governor, timex)
    told = pattern.match(scene.text, place) or _is_at_occasion(inner, governor) or _is_asked(governor)
    if not told and not any(_is_meanwhile(t, governor) and pattern.fullmatch(t.text) for t in governor.subtree):
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


def _is_at_occasion(date: Token, verb: Token) -> bool:
    """Is the date that of an occasion to speak at: "opened up in an interview with the broadcaster on Monday"?"""
    if any(t.dep_ == "auxpass" for t in verb.children) and not lexicon()["heard"].fullmatch(verb.text):
        return False  # "was named in a report on Monday"
    at = {t for t in _events_of(date) if t.dep_ == "pobj" and t.head.head == verb}
    between = date.doc[verb.i + 1 : date.i]
    if all(t.pos_ not in ("VERB", "AUX") for t in between):  # whatever the parse hangs the occasion on
        at |= {t for t in between if t.dep_ == "pobj"}
    return any(t.head.lower_ in AT and any(kinds_of(t.text)) for t in at)


def _is_asked(verb: Token) -> bool:
    """ "Was asked about it on Monday"."""
    return any(t.dep_ == "auxpass" for t in verb.children) and bool(lexicon()["questioned"].fullmatch(verb.text))


def _is_meanwhile(clause: Token, verb: Token) -> bool:
    """ "Sounded the alarm on Monday as he addressed the council": hung on the verb, or by mistake on the alarm."""
    if clause.dep_ != "advcl" or (clause.head != verb and clause.head.pos_ != "NOUN"):
        return False
    return any(t.lower_ in MEANWHILE for t in clause.children)


def _silenced(cast: Cast, timex: Timex) -> set[str]:
    """Whose sayings a date cannot tell of because it stands in what was said: all but those quoted in the same."""
    scene = cast.scene
    silenced: set[str] = set()
    for holder, (start, end) in scene.holders.get(timex.start, ()):
        if holder.speaker_kind is SpeakerKind.OUTLET:  # "X spoke on Monday, the agency reports": all but its own
            silenced |= {*plain(holder.speaker_name), *plain(holder.speaker)}
            continue
        if any(t.pos_ in ("VERB", "AUX") for t in scene.tokens_in(start, end)):
            cues = [(i, scene.statements[i].spans.cue) for i in scene.said_in((start, end))]
            silenced |= set(cast.known - cast.reported).difference(
                n for i, cue in cues if cue and start <= cue[0] < end for n in cast.names[i]
            )
    return silenced


def _session(cast: Cast) -> Session | None:
    """The hearing or debate that a story opens with, on the one day of its first paragraph, if that or the next speaks
    of one."""
    scene = cast.scene
    lead = scene.text.find("\n")
    second = scene.text.find("\n", lead + 1)
    second = second if second >= 0 else len(scene.text)
    days = {timex.first: timex for timex in scene.dates_in((0, lead)) if timex.precision is Precision.DAY}
    day = next(iter(days.values())) if len(days) == 1 else None
    if day is None or day.start in scene.holders:
        return None
    if lexicon()["other_time"].search(scene.text, max(0, day.start - _BESIDE), day.end):
        return None  # "back on May 3, at a forum in Riga"
    held = (found.start() for found in lexicon()["session"].finditer(scene.text, 0, second))
    if all(cast.is_said(place) or _is_of_another(scene, place, day) for place in held):
        return None
    heard = (scene.statements[i].spans.audience for i in scene.said_in((0, second)))
    told = (span for span in heard if span and lexicon()["session"].search(f"before {scene.text[slice(*span)]}"))
    return Session(day, next(told, None))


def _is_of_another(scene: Scene, place: int, day: Timex) -> bool:
    """Does the sentence of a place tell another day?"""
    told = [each.first for each in scene.told_in(scene.sentence(place)) if each.precision is Precision.DAY]
    return bool(told) and day.first not in told


def _gatherings(cast: Cast) -> Iterator[Timex]:
    """The days of meetings at which many speak: a debate, or talks of which the sentence names nobody who speaks."""
    scene, words = cast.scene, lexicon()
    for timex in scene.dates:
        if timex.precision is not Precision.DAY or timex.start in scene.holders:
            continue
        of = [word for word, _ in _words_of(scene, timex)]
        start, _ = scene.sentence(timex.start)
        assembly = any(words["assembly"].fullmatch(word) for word in of) or words["session"].search(
            scene.text, start, timex.end
        )
        if not assembly and not any(words["gathering"].fullmatch(word) for word in of):
            continue
        if any(other_events(scene, timex, None)) or _is_ahead(scene, timex):
            continue  # "lost supporters after the debate on Saturday"
        if words["other_time"].search(scene.text, max(0, timex.start - _BESIDE), timex.end):
            continue  # "back on May 3, at a forum in Riga"
        if assembly:
            yield timex
        else:
            start, end = scene.sentence(timex.start)
            if not cast.persons & cast.speakers_in(start, scene.text[start:end], end - start):
                yield timex


def _is_ahead(scene: Scene, timex: Timex) -> bool:
    """ "Will hold a hearing on Tuesday"."""
    inner = scene.word_of(timex)
    verb = next((t for t in inner.ancestors if t.pos_ in ("VERB", "AUX")), None) if inner is not None else None
    return verb is not None and any(t.tag_ == "MD" for t in verb.children)


# ---------------------------------------------------------------- taken up by a noun


def _noun(start: int, date: Timex, names: Names) -> Occasion:
    return Occasion(start, date, names, apart=True, told=True, taken_up=True, sureness=0.9)


def _documents(cast: Cast, events: Events) -> Iterator[Occasion]:
    """Where a document speaks that the text has dated: "in a letter sent on Monday … The letter says"."""
    scene = cast.scene
    for i, statement in enumerate(scene.statements) if events else ():
        if document := lexicon()["document"].fullmatch(statement.speaker):
            place = place_of(statement)
            before = [timex for timex in _days_of(events, document["noun"].lower()) if timex.end <= place]
            if before and cast.names[i]:
                yield _noun(place, before[-1], cast.names[i])


def _days_of(events: Events, document: str) -> list[Timex]:
    """The days that are of such a document; any may be called one: "a position paper on Friday … The document says"."""
    kinds = [document]
    if document in _ANY_DOCUMENT and document not in events:
        kinds = [kind for kind in events if is_document(kind)]
    return sorted((timex for kind in kinds for timex, _ in events.get(kind, ())), key=lambda timex: timex.start)


def _taken_up(cast: Cast, events: Events) -> Iterator[Occasion]:
    """Where the text comes back to an occasion that it dates, or comes up to it: "during the debate"."""
    scene = cast.scene
    patterns = (lexicon()["taken_up"], lexicon()["in_document"]) if events else ()
    for match in (each for pattern in patterns for each in pattern.finditer(scene.text)):
        start, end = scene.sentence(match.start())
        if scene.told_in((start, end)) or cast.is_said(match.start()):
            continue
        dates = [each for kind in kinds_of(match["kind"]) for each in events.get(kind, ())]
        date = _date_of(scene, match, dates, end)
        if date is not None and (names := cast.present(start, end)):
            yield _noun(start, date, names)


def _the_same(cast: Cast) -> Iterator[Occasion]:
    """Where the text goes on at the occasion that it named last: "on the same show", "addressing the same meeting"."""
    scene = cast.scene
    for match in lexicon()["same"].finditer(scene.text):
        start, end = scene.sentence(match.start())
        before = scene.dates_in((max(0, match.start() - NEAR), match.start()))
        before = [timex for timex in before if timex.precision is Precision.DAY]
        if before and not scene.dates_in((start, end)) and not cast.is_said(match.start()):
            yield _noun(start, before[-1], cast.present(start, end))


def _events_by_kind(scene: Scene) -> Events:
    events: Events = {}
    for timex in scene.dates:
        for word, known in _words_of(scene, timex) if timex.precision is Precision.DAY else ():
            for kind in kinds_of(word):
                events.setdefault(kind, []).append((timex, known))
    return events


def _words_of(scene: Scene, timex: Timex) -> Iterator[tuple[str, bool]]:
    """The words of which a date may be, and whether they stand for something known: "the debate"."""
    inner = scene.word_of(timex)
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
            if token.dep_ in ("acl", "relcl"):
                yield token.head  # "a letter sent on Monday"
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
    inner = cast.scene.word_of(timex)
    words: set[str] = set()
    for event in _events_of(inner) if inner is not None else ():
        if event.head.lower_ in AT and lexicon()["met_at"].fullmatch(event.text):
            with_whom = (t for t in event.children if t.lower_ in ("with", "alongside", "beside"))
            words |= {t.text.casefold() for prep in with_whom for t in prep.subtree}
        if event.pos_ == "VERB" and lexicon()["met"].fullmatch(event.text):
            whom = (t for t in event.children if t.dep_ == "dobj" or t.lower_ == "with")
            words |= {part.text.casefold() for t in whom for part in t.subtree}
        if lexicon()["telephone"].fullmatch(event.text):  # "told Bell by phone on Monday"
            told = (t for t in event.head.head.children if t.dep_ in ("dobj", "dative"))
            words |= {part.text.casefold() for t in told for part in t.subtree}
    return frozenset(name for name in cast.known if name.split()[-1] in words)
