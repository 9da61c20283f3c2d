"""A story laid out for dating: its sentences, words, dates and statements, to be asked for by their place.

A place is a character offset into the story's text. A statement's place is where its content or its cue begins,
whichever comes first.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

from extractors.parsing import Parsed
from extractors.records import Span, Statement, Story, Timex, TimexType
from extractors.sentences import sentence_starts

if TYPE_CHECKING:
    from spacy.tokens import Token

_LONGEST = 1_500
"""Characters: a longer sentence (a text without full stops) is taken in pieces, so that time is bounded."""
_CLOCK = 400
"""Characters after which a clock time no longer belongs to the day named before it."""
MOST_DATES = 12
"""Dates of one sentence, the nearest to a cue, that may be those of its saying: a list of more is no prose, and tells
of no occasion."""


@lru_cache(maxsize=1)
def _lexicon() -> tuple[dict[str, re.Pattern[str]], dict[str, re.Pattern[str]]]:
    data = tomllib.loads(files("extractors.lexicons").joinpath("occasions.toml").read_text(encoding="utf-8"))
    kinds: dict[str, str] = data.pop("kind")
    parts: dict[str, str] = {**data, "kind": "|".join(kinds.values())}

    def whole(regex: str) -> str:
        return re.sub(r"\{([a-z_]+)\}", lambda named: whole(parts[named[1]]), regex)

    def compiled(regex: str) -> re.Pattern[str]:
        return re.compile(whole(regex), re.IGNORECASE | re.DOTALL)

    words, kind = ({name: compiled(regex) for name, regex in each.items()} for each in (data, kinds))
    return words, kind


def lexicon() -> dict[str, re.Pattern[str]]:
    """The patterns of lexicons/occasions.toml by name."""
    return _lexicon()[0]


def kinds_of(word: str) -> Iterator[str]:
    """What kinds of occasion a noun or verb may be: "meeting" and "met" are of one kind, a letter is its own."""
    _, kinds = _lexicon()
    yield from (kind for kind, pattern in kinds.items() if pattern.fullmatch(word))
    if is_document(word):
        yield word.lower()


def is_document(noun: str) -> bool:
    return bool(lexicon()["document_noun"].fullmatch(noun))


def is_spoken(noun: str) -> bool:
    """Is it the work of one speaker or writer, not a meeting of many?"""
    return any(kind in ("interview", "speech", "briefing", noun.lower()) for kind in kinds_of(noun))


def place_of(statement: Statement) -> int:
    spans = statement.spans
    starts = [a for a, _ in spans.content]
    return min(starts + ([spans.cue[0]] if spans.cue else []))


@dataclass(frozen=True, slots=True)
class Scene:
    """One story. ``order`` holds the indices of its statements by place, ``places`` these places."""

    day: date | None
    text: str
    statements: Sequence[Statement]
    timexes: Sequence[Timex]
    dates: Sequence[Timex]  # of the timexes those that may be the day of a saying
    order: Sequence[int]
    places: Sequence[int]
    holders: dict[int, list[tuple[Statement, Span]]]  # start of a date → the contents it stands in
    cue_starts: frozenset[int]
    _timex_starts: Sequence[int]
    _date_starts: Sequence[int]
    _sentence_starts: Sequence[int]
    _tokens: Sequence[Token]
    _token_starts: Sequence[int]

    def timexes_in(self, span: Span) -> Sequence[Timex]:
        return self.timexes[bisect_left(self._timex_starts, span[0]) : bisect_left(self._timex_starts, span[1])]

    def dates_in(self, span: Span) -> Sequence[Timex]:
        return self.dates[bisect_left(self._date_starts, span[0]) : bisect_left(self._date_starts, span[1])]

    def told_in(self, span: Span) -> list[Timex]:
        """The dates of a span that the reporter tells: those that stand in nothing said."""
        return [timex for timex in self.dates_in(span) if timex.start not in self.holders]

    def dates_near(self, place: int) -> list[Timex]:
        """The dates of its sentence, in order; of very many those nearest to it."""
        dates = list(self.dates_in(self.sentence(place)))
        if len(dates) > MOST_DATES:
            dates = sorted(dates, key=lambda timex: abs(timex.start - place))[:MOST_DATES]
            dates.sort(key=lambda timex: timex.start)
        return dates

    def said_in(self, span: Span) -> Sequence[int]:
        """The indices of the statements whose place lies in a span, in order."""
        return self.order[bisect_left(self.places, span[0]) : bisect_left(self.places, span[1])]

    def sentence(self, place: int) -> Span:
        i = bisect_right(self._sentence_starts, place)
        starts = self._sentence_starts
        return starts[i - 1], starts[i] if i < len(starts) else len(self.text)

    def in_sentence_before(self, first: int, second: int, *, over: bool = False) -> bool:
        """Does one place lie in the sentence before the other's, of the same paragraph (``over``: or not)?"""
        start, _ = self.sentence(second)
        return start > 0 and (over or self.text[start - 1] != "\n") and self.sentence(start - 1)[0] <= first < start

    def token(self, start: int, end: int) -> Token | None:
        """The word of a span that governs the others."""
        inside = self.tokens_in(start, end)
        return next((t for t in inside if t.head not in inside or t.head == t), None)

    def word_of(self, timex: Timex) -> Token | None:
        """The word of a date that governs the others; None where its paragraph was not parsed."""
        return self.token(timex.start, timex.end)

    def tokens_in(self, start: int, end: int) -> Sequence[Token]:
        first = bisect_right(self._token_starts, start) - 1
        if first < 0 or self._token_starts[first] + len(self._tokens[first]) <= start:
            first += 1
        return self._tokens[first : bisect_left(self._token_starts, end)]

    def placed_in(self, start: int, end: int) -> Iterator[tuple[int, Token]]:
        """The words that begin in a span, each with its place."""
        first, last = bisect_left(self._token_starts, start), bisect_left(self._token_starts, end)
        return zip(self._token_starts[first:last], self._tokens[first:last], strict=True)

    def start_of(self, token: Token, beside: Timex) -> int:
        """Where a word begins that stands in the paragraph of a date."""
        return beside.start + token.idx - self.tokens_in(beside.start, beside.end)[0].idx

    def is_in_lead(self, token: Token) -> bool:
        """Does a word stand in the first paragraph that was parsed?"""
        return token.doc is self._tokens[0].doc


def scene_of(story: Story, parsed: Parsed, statements: Sequence[Statement], timexes: Sequence[Timex]) -> Scene:
    begins = parsed.paragraphs[0].start if parsed.paragraphs else 0  # behind the place line, whose day is the desk's
    possible = [t for t in _with_day(timexes, story.day) if t.start >= begins and _may_date(t, story.day)]
    dates = _outside_speech(possible, parsed, statements)
    date_starts = [timex.start for timex in dates]
    words = [(p.start + token.idx, token) for p in parsed.paragraphs for token in p.doc or ()]
    order = sorted(range(len(statements)), key=lambda i: place_of(statements[i]))
    holders: dict[int, list[tuple[Statement, Span]]] = {}
    for statement in statements:
        for span in statement.spans.content:
            for timex in dates[bisect_left(date_starts, span[0]) : bisect_left(date_starts, span[1])]:
                holders.setdefault(timex.start, []).append((statement, span))
    return Scene(
        story.day, parsed.text, statements, timexes, dates, order, [place_of(statements[i]) for i in order], holders,
        frozenset(one.spans.cue[0] for one in statements if one.spans.cue),
        [timex.start for timex in timexes], date_starts, list(_sentence_starts(parsed.text)),
        [token for _, token in words], [start for start, _ in words],
    )  # fmt: skip


def _may_date(timex: Timex, day: date | None) -> bool:
    """Is it a time that has come, and not one that figures are of?"""
    if not timex.first or timex.type not in (TimexType.DATE, TimexType.TIME) or (day and timex.first > day):
        return False
    return not (lexicon()["period"].fullmatch(timex.value) or lexicon()["to_come"].match(timex.text))


def _with_day(timexes: Sequence[Timex], day: date | None) -> Iterator[Timex]:
    """The dates without the clock times of which the text names no day: "wrote at 02:40" need not be today."""
    named: dict[date | None, int] = {}  # day → where the text named it last
    for timex in timexes:
        bare = lexicon()["clock"].search(timex.value) and not lexicon()["day_word"].search(timex.text)
        if not bare:
            named[timex.first] = timex.end
        elif timex.first == day and timex.start - named.get(timex.first, -_CLOCK) >= _CLOCK:
            continue
        yield timex


def _outside_speech(timexes: list[Timex], parsed: Parsed, statements: Sequence[Statement]) -> list[Timex]:
    """The dates that the reporter gives: what stands in a quotation is dated by nobody's saying but one inside it."""
    cues = sorted(one.spans.cue[0] for one in statements if one.spans.cue)
    spoken = [
        (each.start, each.end)
        for each in parsed.quotations
        if each.double and bisect_left(cues, each.start) == bisect_left(cues, each.end)
    ]
    starts = [start for start, _ in spoken]

    def is_quoted(timex: Timex) -> bool:
        nth = bisect_right(starts, timex.start) - 1
        return nth >= 0 and timex.end <= spoken[nth][1]

    return [timex for timex in timexes if not is_quoted(timex)]


def _sentence_starts(text: str) -> Iterator[int]:
    """Where the sentences of a text begin, and the pieces of those over _LONGEST."""
    for first, last in pairwise((*sentence_starts(text), len(text))):
        yield from range(first, last, _LONGEST)
