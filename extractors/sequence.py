"""A story's sayings one after another, each beside the days that the story names: what a choice between them looks at.

To which day a saying belongs shows in how the text goes on: who speaks and has spoken, how far back the day was told,
what is told beside it, and to which days the sayings before belong. All of that is put in numbers here, from what has
been settled so far; extractors.belonging decides by them, and benchmarks/train_days.py learns how. The numbers are a
part of the trained file: change one, and train again.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray
from spacy.tokens import Token

from extractors.adjuncts import outside_contents
from extractors.carrying import Ruled
from extractors.casts import Names, plain, same
from extractors.events import Occasion
from extractors.records import CueClass, Form, SpeakerKind, Statement, Timex
from extractors.scenes import MOST_DATES, lexicon, place_of
from extractors.vocabulary import is_listed, listed_vectors
from extractors.wording import UNWEIGHED, Weights, of_date, of_near_date, of_saying, of_sequel, way

Day = tuple[date | None, date | None]
"""A day, or an interval of days; none reaches beyond the day of publication."""
Vector = NDArray[np.float32]

_BEFORE, _AFTER = 16, 6
"""Dates before a saying, and after it, of whose days it may be: the nearest."""
_LAST = 12
"""Sayings of a day, or of a speaker, that are looked back at."""
_TOLD, _SAID = 4, 3
"""The last dates and the last sayings of a day beside whose words a saying's are held."""
_FAR = 99_999
_UNNAMED = 2_000
"""Characters before a saying in which the name of its speaker is looked for."""
_KINDS, _FORMS, _CLASSES = ({value: code for code, value in enumerate(kind)} for kind in (SpeakerKind, Form, CueClass))
_TENSES = {"VBD": 1, "VBZ": 2, "VBP": 3, "VBG": 4, "VBN": 5, "VB": 6, "NN": 7, "NNS": 7}
_NO_CUE = 8
_MODAL = frozenset(["would", "could", "will", "may", "might"])
_TELLING = frozenset(["NOUN", "VERB", "ADJ", "PROPN"])
_CAPITAL, _SMALL = re.compile(r"\b[A-Z]"), re.compile(r"\b[a-z]")
_LEAST_WORD = 3
_NOT_NEAR = (-12.0, (0, 0, _FAR, *way(None, None)[:2], 0, 0))
"""Of a day that no date of the saying's sentences tells."""


@dataclass(frozen=True, slots=True)
class Near:
    """A date in the sentence of a saying."""

    timex: Timex
    day: Day
    heard: bool  # does it stand in a content?
    words: tuple[str, ...]  # by which weights of words are kept
    facts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Saying:
    """What of one statement tells its day, whatever was said before."""

    place: int
    end: int
    paragraph: int
    names: Names
    own: Day | None  # by its own date words
    ruled: Day | None  # by the rules of extractors.carrying
    near: tuple[Near, ...]
    tense: int
    telling: frozenset[str]  # the words that tell of it, outside all contents
    vector: Vector  # and the mean of their vectors
    words: tuple[str, ...]  # by which weights of words are kept
    facts: tuple[float, ...]


@dataclass(slots=True)
class Told:
    """One of the story's days: the dates that tell it, and the sayings that have been settled to be of it."""

    timexes: list[Timex] = field(default_factory=list)
    words: list[tuple[str, ...]] = field(default_factory=list)  # of each date, by which weights of words are kept
    odds: list[float] = field(default_factory=list)  # of each date, what these tell
    places: list[int] = field(default_factory=list)
    paragraphs: list[int] = field(default_factory=list)
    telling: list[frozenset[str]] = field(default_factory=list)  # of the sentence of each date
    vectors: list[Vector] = field(default_factory=list)
    heard: bool = True  # do all its dates stand in contents?
    dates_saying: bool = False  # are they some saying's own words?
    interview: bool = False  # does a sentence that tells it tell of an interview?
    early: bool = False  # does one of the first two paragraphs tell it?
    own: list[int] = field(default_factory=list)  # the sayings that are of it by their own words
    sayings: list[int] = field(default_factory=list)
    speakers: set[Names] = field(default_factory=set)
    tenses: set[int] = field(default_factory=set)


class Sayings:
    """The sayings of a story in the order of the text, to be settled one by one: ``rows``, then ``settle``."""

    def __init__(self, ruled: Ruled, weights: Weights = UNWEIGHED) -> None:
        scene = ruled.cast.scene
        self.scene, self.occasions = scene, ruled.occasions
        self._lines = [each.start() for each in re.finditer("\n", scene.text)]
        self._sentences: dict[int, tuple[frozenset[str], Vector]] = {}
        self._date_places = [timex.start for timex in scene.dates]
        self.told = self._told([each.timex for each in ruled.own if each])
        single = sorted((day for day in self.told if day[0] == day[1]), key=str, reverse=True)
        self._rank = {day: rank for rank, day in enumerate(single)}
        self.all = [self._saying(ruled, i) for i in scene.order]
        self._common = Counter(word for each in self.all for word in each.telling)
        self._own_of: dict[str, set[Day]] = {}
        for nth, each in enumerate(self.all):
            if each.own is not None:
                self.told[each.own].own.append(nth)
                for name in _surnames(each.names):
                    self._own_of.setdefault(name, set()).add(each.own)
        self._has_day = [weights.odds("saying", each.words) for each in self.all]
        self._near = [_likeliest(weights, each.near) for each in self.all]
        self._goes_on = [weights.odds("sequel", self.sequel(nth)) for nth in range(len(self.all))]
        for told in self.told.values():
            told.odds = [weights.odds("day", words) for words in told.words]
        self._share_own = sum(each.own is not None for each in self.all) / max(1, len(self.all))
        self.settled: list[Day | None] = []
        self._counts: Counter[Day | None] = Counter()
        self._of_speaker: dict[str, list[int]] = {}

    def interval(self, timex: Timex) -> Day:
        day = self.scene.day
        return timex.first, min(timex.last, day) if timex.last and day else timex.last

    def timex_of(self, day: Day, place: int) -> Timex:
        """The date by which the text tells a day: the last before a place, else the first."""
        told = self.told[day]
        return told.timexes[max(0, bisect_left(told.places, place) - 1)]

    def settle(self, day: Day | None) -> None:
        """Tell to which day the next saying belongs."""
        nth = len(self.settled)
        saying = self.all[nth]
        self.settled.append(day)
        self._counts[day] += 1
        for name in _surnames(saying.names):
            self._of_speaker.setdefault(name, []).append(nth)
        if day is not None and day in self.told:
            told = self.told[day]
            told.sayings.append(nth)
            told.speakers.add(saying.names)
            told.tenses.add(saying.tense)

    def rows(self) -> list[tuple[Day, list[float]]]:
        """The days to which the next saying may belong, each with its row of numbers."""
        nth = len(self.settled)
        saying = self.all[nth]
        mine = self._earlier_of(saying)
        facts = [*saying.facts, *self._around(nth, mine), self._has_day[nth], self._goes_on[nth]]
        spoken = [each for each in self.occasions.of(saying.names) if same(each.names, saying.names)]
        earlier = bisect_left(self.occasions.starts, saying.place + 1)
        last = self.interval(self.occasions.all[earlier - 1].timex) if earlier else None
        own = {day for name in _surnames(saying.names) for day in self._own_of.get(name, ())}
        return [(day, [*facts, *self._beside(nth, day, mine, spoken, last, own)]) for day in self._offered(saying)]

    # ---------------------------------------------------------------- what stands before anything is settled

    def _told(self, own: Sequence[Timex]) -> dict[Day, Told]:
        """The days of the story's dates, and those that are only counted from one ("a day later")."""
        scene, days, used = self.scene, dict[Day, Told](), {timex.start for timex in own}
        second = self._lines[1] if len(self._lines) > 1 else len(scene.text)
        named = {self.interval(timex) for timex in scene.dates}
        counted = [timex for timex in own if self.interval(timex) not in named]
        for timex in sorted([*scene.dates, *counted], key=lambda each: each.start):
            told = days.setdefault(self.interval(timex), Told())
            words, vector = self._sentence(timex.start)
            told.timexes.append(timex)
            told.words.append(tuple(of_date(scene, timex)))
            told.places.append(timex.start)
            told.paragraphs.append(self._paragraph(timex.start))
            told.telling.append(words)
            told.vectors.append(vector)
            told.heard &= timex.start in scene.holders
            told.dates_saying |= timex.start in used
            told.interview |= bool(lexicon()["interviewed"].search(scene.text, *scene.sentence(timex.start)))
            told.early |= timex.start < second
        return days

    def sequel(self, nth: int) -> tuple[str, ...]:
        """The words of a saying as one that follows another."""
        if not nth:
            return ()
        saying, before = self.all[nth], self.all[nth - 1]
        speaker = "same" if same(saying.names, before.names) else "other" if saying.names else "unnamed"
        return tuple(of_sequel(saying.words, before.words, speaker, saying.paragraph - before.paragraph))

    def _paragraph(self, place: int) -> int:
        return bisect_left(self._lines, place)

    def _sentence(self, place: int) -> tuple[frozenset[str], Vector]:
        """The telling words of the sentence of a place, and the mean of their vectors."""
        start, end = self.scene.sentence(place)
        if start not in self._sentences:
            tokens = self.scene.tokens_in(start, end)
            self._sentences[start] = _telling(tokens), _vector(tokens)
        return self._sentences[start]

    def _saying(self, ruled: Ruled, i: int) -> Saying:
        scene, statement, cast = self.scene, self.scene.statements[i], ruled.cast
        own, carried = ruled.own[i], ruled.carried[i]
        place, cue = place_of(statement), statement.spans.cue
        start, end = scene.sentence(place)
        if cue is not None:
            first, last = scene.sentence(cue[0])
            start, end = min(start, first), max(end, last)
        outside = outside_contents(scene, statement, start, end)
        tokens = [token for at, token in scene.placed_in(start, end) if outside[at - start] != " "]
        verb = scene.token(*cue) if cue else None
        tense = _NO_CUE if verb is None else _TENSES.get(verb.tag_, 0)
        mention, words = statement.speaker, outside.lstrip()
        paragraph = self._paragraph(place)
        return Saying(
            place=place,
            end=statement.spans.evidence[1],
            paragraph=paragraph,
            names=cast.names[i],
            own=self.interval(own.timex) if own else None,
            ruled=self.interval(carried.timex) if carried else None,
            near=() if own else tuple(self._near_dates(statement, verb, start, end)),
            tense=tense,
            telling=_telling(tokens),
            vector=_vector(tokens),
            words=tuple(of_saying(statement, tokens, verb)),
            facts=(
                _perfect(verb),
                ruled.apart[i],
                cast.is_reported(i),
                _KINDS[statement.speaker_kind],
                not any(plain(mention)),
                _FORMS[statement.form],
                _CLASSES[statement.cue_class],
                paragraph / (len(self._lines) + 1),
                len(scene.statements),
                statement.confidence,
                self._since_named(statement, place),
                len(_CAPITAL.findall(mention)),
                len(_SMALL.findall(mention)),
                lexicon()["other_place"].match(words) is not None,
                lexicon()["elsewhere"].search(words) is not None,
                carried.sureness if carried else 0,
            ),
        )

    def _near_dates(self, statement: Statement, verb: Token | None, start: int, end: int) -> Iterator[Near]:
        """The dates of the sentences of a saying, of very many those nearest to its cue."""
        scene, cue = self.scene, statement.spans.cue
        place = cue[0] if cue else place_of(statement)
        dates = sorted(scene.dates_in((start, end)), key=lambda timex: abs(timex.start - place))[:MOST_DATES]
        for timex in dates:
            word, heard = scene.word_of(timex), timex.start in scene.holders
            between = scene.text[min(timex.end, place) : max(timex.start, place)]
            side = "before" if timex.start < place else "after"
            inside, bound = statement.spans.in_content(timex.start), way(word, verb)
            where = f"{side} {'inside' if inside else 'heard' if heard else 'told'}"
            words = tuple(of_near_date(statement, verb, timex, word, where, bound))
            facts = (inside, heard, timex.start - place, *bound[:2], between.count(","), len(dates))
            yield Near(timex, self.interval(timex), heard, words, facts)

    def _since_named(self, statement: Statement, place: int) -> int:
        """Characters since the text named the speaker before this saying."""
        start = statement.spans.speaker[0] if statement.spans.speaker else place
        words = (statement.speaker_name or statement.speaker).split()
        named = self.scene.text.rfind(words[-1], max(0, start - _UNNAMED), start) if words else -1
        return _UNNAMED if named < 0 else start - named

    # ---------------------------------------------------------------- what has been settled so far

    def _earlier_of(self, saying: Saying) -> list[int]:
        """The last sayings of the same speaker before, in order."""
        near = {nth for name in _surnames(saying.names) for nth in self._of_speaker.get(name, ())[-_LAST:]}
        return sorted(nth for nth in near if same(self.all[nth].names, saying.names))

    def _around(self, nth: int, mine: Sequence[int]) -> list[float]:
        saying = self.all[nth]
        before = self.all[nth - 1] if nth else None
        after = self.all[nth + 1] if nth + 1 < len(self.all) else None
        dated = after is not None and after.own is not None
        return [
            len(mine),
            before is not None and before.own is not None,
            saying.place - before.end if before else _FAR,
            saying.paragraph - before.paragraph if before else _FAR,
            dated,
            dated and after is not None and same(after.names, saying.names),
            self.settled[mine[-1]] is not None if mine else -1,
            1 - self._counts[None] / max(1, nth),
            self._share_own,
        ]

    def _offered(self, saying: Saying) -> list[Day]:
        """The days of the dates in and around a saying, of the sayings before it, and the one that the rules give."""
        at = bisect_left(self._date_places, saying.place)
        near = self.scene.dates[max(0, at - _BEFORE) : at + _AFTER]
        days = dict.fromkeys(self.interval(timex) for timex in near)
        days.update(dict.fromkeys(day for day in self.settled[-_LAST:] if day in self.told))
        days.update(dict.fromkeys(each.day for each in saying.near))
        if saying.ruled in self.told:
            days[saying.ruled] = None
        return [day for day in days if day is not None]

    def _beside(
        self, nth: int, day: Day, mine: Sequence[int], spoken: Sequence[Occasion], last: Day | None, own: Set[Day]
    ) -> list[float]:
        """What tells whether the saying is of this day."""
        saying, told = self.all[nth], self.told[day]
        count = bisect_left(told.places, saying.place)  # dates of the day before the saying
        place = told.places[count - 1] if count else None
        ahead = told.places[count] if count < len(told.places) else None
        members = told.sayings[-_LAST:]
        latest = self.all[members[-1]] if members else None
        behind = [(place, told.paragraphs[count - 1])] if place is not None else []
        behind += [(latest.end, latest.paragraph)] if latest else []
        near, paragraph = (
            max((each for each, _ in behind), default=None),
            max((each for _, each in behind), default=-_FAR),
        )
        speaking = [each for each in members if same(self.all[each].names, saying.names)]
        of_it = [each for each in spoken if self.interval(each.timex) == day]
        before = [each for each in of_it if each.start <= saying.place]
        odds, near_facts = self._near[nth].get(day, _NOT_NEAR)
        shared, likeness = self._likeness(saying, told, count, members)
        first, end = day
        published = self.scene.day
        return [
            saying.ruled == day,
            odds,
            *near_facts,
            sum(each > nth for each in told.own),
            sum(each < nth for each in told.own),
            saying.place - near if near is not None else _FAR,
            saying.paragraph - paragraph,
            ahead - saying.place if ahead is not None else _FAR,
            told.paragraphs[count] - saying.paragraph if ahead is not None else _FAR,
            saying.place - place if place is not None else _FAR,
            saying.paragraph - told.paragraphs[count - 1] if count else _FAR,
            told.early,
            max(told.odds),
            told.odds[max(0, count - 1)],
            saying.paragraph in told.paragraphs,
            (published - first).days if published and first else -1,
            (end - first).days if first and end else -1,
            self._rank.get(day, 99),
            day in own,
            len(of_it),
            saying.place - before[-1].start if before else _FAR,
            day == last,
            told.heard,
            told.dates_saying,
            told.interview,
            bool(members) and members[-1] == nth - 1,
            nth - 1 - members[-1] if members else 99,
            saying.place - latest.end if latest else _FAR,
            len(speaking),
            bool(speaking) and speaking[-1] == members[-1],
            len(told.speakers),
            len(shared),
            sum(1 / self._common[word] for word in shared if self._common[word]),
            likeness,
            saying.tense in told.tenses,
            self.settled[mine[-1]] == day if mine else -1,
            nth - members[0] if members else 99,
            self._counts[day] / max(1, nth),
        ]

    def _likeness(self, saying: Saying, told: Told, count: int, members: Sequence[int]) -> tuple[frozenset[str], float]:
        """The words that a saying shares with what tells the day, and the cosine of their mean vectors."""
        said = [self.all[each] for each in members[-_SAID:]]
        telling = told.telling[max(0, count - _TOLD) : count] + [each.telling for each in said]
        if not telling:
            return frozenset(), 0.0
        vector = np.mean(told.vectors[max(0, count - _TOLD) : count] + [each.vector for each in said], axis=0)
        length = float(np.linalg.norm(vector) * np.linalg.norm(saying.vector))
        likeness = float(vector @ saying.vector) / length if length else 0.0
        return saying.telling & frozenset().union(*telling), likeness


def _likeliest(weights: Weights, near: Sequence[Near]) -> dict[Day, tuple[float, tuple[float, ...]]]:
    """Of each day the date that is most likely the saying's own by its words: how likely, and its facts."""
    found: dict[Day, tuple[float, tuple[float, ...]]] = {}
    for each in near:
        odds = weights.odds("own", each.words)
        if each.day not in found or odds > found[each.day][0]:
            found[each.day] = odds, each.facts
    return found


def _surnames(names: Names) -> Iterator[str]:
    return iter({name.split()[-1] for name in names})


def _telling(tokens: Sequence[Token]) -> frozenset[str]:
    return frozenset(
        token.lemma_.lower()
        for token in tokens
        if token.pos_ in _TELLING and not token.is_stop and len(token) >= _LEAST_WORD
    )


def _vector(tokens: Sequence[Token]) -> Vector:
    known = [
        token.lower_
        for token in tokens
        if token.pos_ in _TELLING and token.pos_ != "PROPN" and not token.is_stop and is_listed(token.lower_)
    ]
    return listed_vectors(known).mean(axis=0) if known else _NOTHING


_NOTHING: Vector = np.zeros(listed_vectors([]).shape[1], dtype=np.float32)


def _perfect(verb: Token | None) -> int:
    """1 for "has said", 2 for "had said", 3 for "would say"."""
    auxiliaries = {each.lower_ for each in verb.children if each.dep_ == "aux"} if verb is not None else frozenset()
    if not auxiliaries.isdisjoint(("has", "have")):
        return 1
    return 2 if "had" in auxiliaries else 3 * (not auxiliaries.isdisjoint(_MODAL))
