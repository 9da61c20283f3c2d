"""The day of a saying that its own sentence does not tell: carried to it from an occasion that the story dates.

The last occasion of the speaker before it holds on until he has another, or the text goes back to times long past; one
that follows closely holds for a lead that has none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from extractors.adjuncts import is_apart, is_aside, outside_contents, own_date
from extractors.casts import Cast, cast_of, is_named, plain, same
from extractors.events import NEAR, Found, Occasion, Occasions, occasions_of
from extractors.outlets import is_outlet, is_platform
from extractors.records import DateBasis, Form, Precision, SpeakerKind, Timex
from extractors.scenes import Scene, lexicon, place_of

_FAR = 1200  # characters after which it grows doubtful that an occasion still holds
_CLOSE = 250  # characters after a saying within which "he", of whom the text tells no other day, is the same
_LONG_BEFORE = timedelta(days=60)  # how much older a date is that begins another story
_RECENT = timedelta(days=10)  # how long before publication a lead may be dated by what follows it
_BREAK = re.compile(r"\n+")  # of paragraphs
_DESCRIBED = re.compile(r"[Hh]e|[Ii]t|[Ss]he|[Tt]hey|[Tt]he(?: [a-z]+){1,4}")  # whom only the sentence before can tell
_RESUMED = re.compile(r"[Hh]e|[Ss]he|[Tt]hey|(?:[Tt]he two|[Bb]oth)(?: \w+)?")  # of the text just before


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rules make of a story: all but ``cast`` and ``occasions`` run parallel to the scene's statements."""

    cast: Cast
    occasions: Occasions
    own: Sequence[Found | None]  # by the date words of the saying's own sentence
    apart: Sequence[bool]  # is it introduced as said at another time?
    carried: Sequence[Found | None]  # ``own``, and the days that the occasions give to the others


def ruled(scene: Scene) -> Ruled:
    cast = cast_of(scene)
    dates = [own_date(scene, statement) for statement in scene.statements]
    own, apart = _shared(
        cast,
        [Found(timex, DateBasis.EXPLICIT, 0.97) if timex else None for timex in dates],
        [is_apart(scene, statement) for statement in scene.statements],
    )
    occasions = occasions_of(cast, own, apart)
    return Ruled(cast, occasions, own, apart, _carried(cast, occasions, own, apart))


def _shared(cast: Cast, found: Sequence[Found | None], apart: Sequence[bool]) -> tuple[list[Found | None], list[bool]]:
    """Two cues of one speaker in one sentence are one act: "said on Monday that …, adding that …"."""
    scene, found, apart = cast.scene, list(found), list(apart)
    for i, j in pairwise(scene.order):
        one, other = scene.statements[i].spans.cue, scene.statements[j].spans.cue
        if not one or not other or cast.names[i] != cast.names[j] or scene.sentence(one[0]) != scene.sentence(other[0]):
            continue
        if not is_aside(scene, one, other):
            found[j] = found[j] or found[i]
            apart[j] = apart[j] or apart[i]
    return found, apart


def _carried(
    cast: Cast, occasions: Occasions, found: Sequence[Found | None], apart: Sequence[bool]
) -> list[Found | None]:
    """``found`` with the days that the occasions give to the others; what is said ``apart`` gets none from them."""
    found, apart = list(found), list(apart)
    before: int | None = None
    for i in cast.scene.order:
        if before is not None and found[before] is None and _goes_on(cast, i, before):
            apart[i] = apart[i] or apart[before]
        if found[i] is None and apart[i]:
            found[i] = _at_it(cast, i, occasions)
        elif found[i] is None:
            found[i] = _beside(cast, i, found, before) or _context(cast, i, occasions, found, before)
            if found[i] is None and _may_be_present(cast, i):
                found[i] = (
                    _in_session(cast, i, occasions)
                    or _at_meeting(cast, i, found)
                    or _at_gathering(cast, i, occasions.gatherings, found)
                )
        before = i
    return found


def _at_it(cast: Cast, i: int, occasions: Occasions) -> Found | None:
    """The day of what is said at an occasion that its own sentence takes up: "in the same interview, X had said"."""
    start, end = cast.scene.sentence(place_of(cast.scene.statements[i]))
    at = [o for o in occasions.of(cast.names[i]) if o.taken_up and start <= o.start < end]
    return Found(at[-1].timex, DateBasis.CONTEXT, at[-1].sureness) if at else None


def _beside(cast: Cast, i: int, found: Sequence[Found | None], before: int | None) -> Found | None:
    """The day of what precedes, for one who is told to be there too: "Reed, standing beside her, thanked Riga"."""
    scene, statement = cast.scene, cast.scene.statements[i]
    last = None if before is None else found[before]
    if last is None or last.timex.precision is not Precision.DAY or cast.is_reported(i):
        return None
    start, end = scene.sentence(place_of(statement))
    told = lexicon()["beside"].search(outside_contents(scene, statement, start, end))
    return Found(last.timex, DateBasis.CONTEXT, 0.9) if told and not scene.told_in((start, end)) else None


def _may_be_present(cast: Cast, i: int) -> bool:
    """Is it a person who speaks for himself, and whom his own sentence puts neither elsewhere nor at another time?"""
    scene, statement = cast.scene, cast.scene.statements[i]
    if statement.speaker_kind is not SpeakerKind.PERSON or cast.is_reported(i) or statement.via:
        return False
    if is_platform([statement.audience.casefold()]) or is_outlet(statement.audience):
        return False
    start, end = scene.sentence(place_of(statement))
    words = outside_contents(scene, statement, start, end)
    elsewhere = lexicon()["elsewhere"].search(words) or lexicon()["other_place"].match(words)
    return not elsewhere and all(timex.precision is not Precision.DAY for timex in scene.told_in((start, end)))


def _in_session(cast: Cast, i: int, occasions: Occasions) -> Found | None:
    """The day of the hearing that the story is about, at which each named person speaks."""
    session = occasions.session
    if session is None or not cast.scene.statements[i].speaker_name[:1].isupper():
        return None
    return Found(session.timex, DateBasis.CONTEXT, 0.85, session.audience)


def _at_meeting(cast: Cast, i: int, found: Sequence[Found | None]) -> Found | None:
    """The day of the meeting of which the paragraph told before: "told the council on Monday … Its chair replied"."""
    scene = cast.scene
    place = place_of(scene.statements[i])
    first = scene.text.rfind("\n", 0, place) + 1
    begins = scene.sentence(place)[0]
    for j in reversed(scene.said_in((first, place))):
        last = found[j]
        if scene.statements[j].spans.evidence[1] + 2 < begins:
            return None  # the text has turned to something else
        begins = min(begins, scene.sentence(place_of(scene.statements[j]))[0])
        if last is None or last.timex.precision is not Precision.DAY or cast.is_reported(j):
            continue
        told = outside_contents(scene, scene.statements[j], *scene.sentence(place_of(scene.statements[j])))
        if lexicon()["session"].search(told) or lexicon()["meeting_verb"].search(told):
            return Found(last.timex, DateBasis.CONTEXT, 0.85)
    return None


def _at_gathering(cast: Cast, i: int, gatherings: Sequence[Timex], found: Sequence[Found | None]) -> Found | None:
    """The day of the debate or talks that the story told last, unless it has turned to another day since.

    Where only a saying tells it ("told a hearing on Friday"), "he" is there who has spoken there by name, or tells
    it somebody.
    """
    scene = cast.scene
    place = place_of(scene.statements[i])
    last = next((timex for timex in reversed(gatherings) if timex.end <= place), None)
    if last is None or last.first is None:
        return None
    between = _BREAK.findall(scene.text, last.end, place)
    if len(between) > 2 and len(_BREAK.findall(scene.text, 0, last.start)) > 1:
        return None  # of one that the story is not about, the next two paragraphs may still tell
    of_saying = any(each and each.basis is DateBasis.EXPLICIT and each.timex.start == last.start for each in found)
    if of_saying and not any(plain(scene.statements[i].speaker)) and not scene.statements[i].audience:
        there = (j for j in scene.said_in((last.start, place)) if same(cast.names[i], cast.names[j]))
        if not any((at := found[j]) and at.timex.first == last.first for j in there):
            return None
    opened = lexicon()["taken_up"].match(scene.text, scene.sentence(place)[0])
    if opened and opened["the"].lower() in ("a", "an"):
        return None  # "In a debate on fisheries, X said"
    for timex in scene.told_in((last.end, place)):
        other = timex.first if timex.precision is Precision.DAY else None
        if other and other != last.first and abs(other - last.first) <= _LONG_BEFORE:
            return None
    return Found(last, DateBasis.CONTEXT, 0.8)


def _goes_on(cast: Cast, i: int, before: int) -> bool:
    """Does "he", or nobody named, go on with what the same one said in the sentence before?"""
    statements = cast.scene.statements
    if any(plain(statements[i].speaker)) or not same(cast.names[i], cast.names[before]):
        return False
    start, _ = cast.scene.sentence(place_of(statements[i]))
    return start <= statements[before].spans.evidence[1] + 2


def _context(
    cast: Cast, i: int, occasions: Occasions, found: Sequence[Found | None], previous: int | None
) -> Found | None:
    """The last occasion of the speaker, or of who carries the saying, before it; else one that closely follows.

    ``previous`` is the statement before this one, whose day is settled in ``found``.
    """
    scene = cast.scene
    statement, names = scene.statements[i], cast.names[i]
    last = None if previous is None else found[previous]
    place, carrier = place_of(statement), cast.carrier(i)
    if _DESCRIBED.fullmatch(statement.speaker):
        told = [o for o in occasions.told if o.start <= place and scene.in_sentence_before(o.start, place)]
        if told:
            return Found(told[-1].timex, DateBasis.CONTEXT, 0.9)
    candidates = occasions.of(names | carrier)
    if not candidates and (_RESUMED.fullmatch(statement.speaker) or _is_office(statement.speaker)):
        return _unknown(cast, i, occasions, found, previous)
    before = [o for o in candidates if o.start <= place]
    if statement.audience[:1].isupper() or statement.audience.startswith("the "):  # "told the BBC": the same talk
        to_it = [o for o in before if statement.audience in scene.text[slice(*scene.sentence(o.start))]]
        before = [o for o in to_it if same(o.names, names)] or before
    for occasion in reversed(before):
        if _is_history(scene, occasion, place) or _is_over(cast, occasion, place):
            continue
        distance = place - occasion.start
        goes_on = last is not None and last.timex is occasion.timex and _follows(scene, i, previous)
        if _is_background(occasion.timex, scene.day) and not goes_on and "\n" in scene.text[occasion.start : place]:
            continue  # "In 2008, NATO said": the next paragraph is back at the occasion of the story
        if same(occasion.names, names):
            doubt = 0.96 if distance < _FAR else 0.92
            return Found(occasion.timex, DateBasis.CONTEXT, occasion.sureness * doubt)
        if distance < NEAR and same(occasion.names, carrier):
            return Found(occasion.timex, DateBasis.CONTEXT, 0.9)
    cue = statement.spans.cue and scene.token(*statement.spans.cue)
    if cue is None or cue.pos_ == "NOUN":
        return None
    for occasion in candidates:
        follows = place < occasion.start <= place + NEAR and _is_recent(scene, occasion.timex)
        if follows and not occasion.apart and same(occasion.names, names):
            return Found(occasion.timex, DateBasis.CONTEXT, 0.9)
    return None


def _unknown(
    cast: Cast, i: int, occasions: Occasions, found: Sequence[Found | None], previous: int | None
) -> Found | None:
    """The day of what "he" or "the former strategist" said, who is dated nowhere: that of what precedes."""
    scene = cast.scene
    place = place_of(scene.statements[i])
    for occasion in reversed(occasions.told):
        if occasion.start <= place and scene.in_sentence_before(occasion.start, place, over=True):
            return Found(occasion.timex, DateBasis.CONTEXT, 0.85)
    last = None if previous is None else found[previous]
    if previous is None or last is None or last.timex.precision is not Precision.DAY or cast.is_reported(previous):
        return None
    gap = scene.text[scene.statements[previous].spans.evidence[1] : place]
    if len(gap) > _CLOSE or any(is_named(name, gap) for name in cast.names[i]):
        return None  # "Novak is a farmer. He said …"
    earlier = scene.order[: bisect_left(scene.places, place)]
    spoke = any(found[j] is None and same(cast.names[j], cast.names[i]) and not cast.is_reported(j) for j in earlier)
    return None if spoke else Found(last.timex, DateBasis.CONTEXT, 0.85)


def _is_over(cast: Cast, occasion: Occasion, place: int) -> bool:
    """Has another spoken since what was said at another time: "had proposed on Monday"? Then the text is back."""
    if not occasion.apart or occasion.taken_up or "\n" not in cast.scene.text[occasion.start : place]:
        return False
    return any(not same(cast.names[i], occasion.names) for i in cast.scene.said_in((occasion.start, place)))


def _is_background(timex: Timex, day: date | None) -> bool:
    """Is it too vague or too long past to be the occasion of a story?"""
    if timex.precision not in (Precision.DAY, Precision.WEEK):
        return True
    return bool(day and timex.last and day - timex.last > _LONG_BEFORE)


def _follows(scene: Scene, i: int, previous: int | None) -> bool:
    """Does "he" go on, or a quotation of somebody named follow directly on what he said?"""
    statement = scene.statements[i]
    if previous is None or not any(plain(statement.speaker)):
        return True
    gap = scene.text[scene.statements[previous].spans.evidence[1] : place_of(statement)]
    return "\n" not in gap or (statement.form is Form.DIRECT and not re.search(r"\w", gap))


def _is_history(scene: Scene, occasion: Occasion, place: int) -> bool:
    """Has the paragraph of a saying gone back to times long before the occasion: "They met in July 2008 …"?"""
    start, day = scene.text.rfind("\n", occasion.start, place) + 1, occasion.timex.first
    earlier = scene.told_in((start, scene.sentence(place)[0])) if start and day else ()
    return any(t.last and day and day - t.last > _LONG_BEFORE for t in earlier)


def _is_office(mention: str) -> bool:
    """Is it one by his office alone, who need not be new: "the former strategist"?"""
    return bool(lexicon()["former"].fullmatch(mention))


def _is_recent(scene: Scene, timex: Timex) -> bool:
    """May a story's lead be of that day? An older one dates what the story recalls."""
    if timex.precision is not Precision.DAY or timex.first is None:
        return False
    return scene.day is None or scene.day - timex.first <= _RECENT
