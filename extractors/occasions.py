"""Which of a story's dates is the day of a saying: statements + timexes → dated statements.

A date belongs to a saying by relation, never by nearness:

* ``explicit``: it modifies the cue's own clause ("said on Tuesday"), the adjunct that tells the occasion ("Speaking in
  Kyiv on Friday, X warned", "in an interview published on Aug. 19"), or a clause that the cue continues ("came to Odesa
  on Saturday and promised"). A date inside the content, or one that dates another's report, never does.
* ``context``: the occasion is dated elsewhere. Two kinds of sentences date a speaker's sayings: one that holds a dated
  saying of the same speaker, and one that tells of an occasion ("Bell spoke of this on Aug. 16"). The last one before
  holds on until the speaker has another; one that follows closely holds for a lead that has none.
* ``published``: the story does not say. Said on or before the day of publication.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

from extractors.parsing import Parsed
from extractors.records import DateBasis, Precision, Span, SpeakerKind, Statement, Story, Timex, TimexType

if TYPE_CHECKING:
    from spacy.tokens import Token

_NEAR = 700  # characters within which an occasion dates the lead before it, or another's words in the same report
_FAR = 1200  # characters after which it grows doubtful that an occasion still holds
_LONGEST = 1_500
"""Characters: a longer sentence (a text without full stops) is taken in pieces, so that time is bounded."""
_MOST_DATES = 12
"""Dates of one sentence, the nearest to a cue, that may be those of its saying: a list of more is no prose, and tells
of no occasion."""
_CARRIES = {"conj", "advcl", "xcomp", "acl", "dep", "pcomp", "prep", "relcl"}
_SENTENCE_END = re.compile(r"(\w{0,5})(?:\.|[!?…])[\"'”’)]*\s+(?=[\"'“‘(]?[A-Z])|\n")
_SHORTENED = re.compile(
    "(?:[a-z]|mrs?|ms|dr|gen|lt|col|maj|sen|rep|gov|st|no|[js]r|adm|brig|capt|prof|vs"
    "|jan|feb|mar|apr|ju[nl]|aug|sept?|oct|nov|dec)",
    re.IGNORECASE,
)  # a full stop after these, all shorter than what _SENTENCE_END looks back, ends no sentence
_PRONOUNS = {"he", "she", "they", "it", "him", "her", "them", "who", "i", "we"}
_DESCRIBED = re.compile(r"[Hh]e|[Ss]he|[Tt]hey|[Tt]he(?: [a-z]+){1,4}")  # whom only the sentence before can tell
_JOINED = re.compile(r",? and |, ")  # each of several speakers
_POSSESSIVE = re.compile(r"['’]s?$")


def date_statements(
    story: Story, parsed: Parsed, statements: Sequence[Statement], timexes: Sequence[Timex]
) -> list[Statement]:
    """The statements with the day they were said, how it is known, and the dates that their content speaks of.

    Speakers are told apart by ``speaker_name`` where it is filled, else by the mention. An interval never reaches
    beyond the day of publication. Confidence falls with the doubt about the day.
    """
    return list(_Dating(story, parsed, statements, timexes).run())


@dataclass(frozen=True, slots=True)
class _Found:
    timex: Timex
    basis: DateBasis
    sureness: float


@dataclass(frozen=True, slots=True)
class _Occasion:
    """A place in the text that dates what some speakers say around it."""

    start: int
    timex: Timex
    names: frozenset[str]
    apart: bool  # introduced as another time: dates nothing before it
    told: bool  # by a sentence of its own, not by a dated saying
    sureness: float = 1.0


class _Occasions:
    """The occasions of a story in its order, to be asked for by the names of those who spoke."""

    def __init__(self, occasions: Sequence[_Occasion]) -> None:
        self.told = [occasion for occasion in occasions if occasion.told]
        self.by_surname: dict[str, list[_Occasion]] = {}
        for occasion in occasions:
            for surname in {name.split()[-1] for name in occasion.names}:
                self.by_surname.setdefault(surname, []).append(occasion)

    def of(self, names: frozenset[str]) -> list[_Occasion]:
        found = [o for surname in {n.split()[-1] for n in names} for o in self.by_surname.get(surname, ())]
        return sorted(found, key=lambda occasion: occasion.start)


@lru_cache(maxsize=1)
def _words() -> dict[str, re.Pattern[str]]:
    data = tomllib.loads(files("extractors.lexicons").joinpath("occasions.toml").read_text(encoding="utf-8"))
    return {name: re.compile(regex, re.IGNORECASE | re.DOTALL) for name, regex in data.items()}


class _Dating:
    """One story's statements on their way to their days. Lists run parallel to ``statements``."""

    def __init__(self, story: Story, parsed: Parsed, statements: Sequence[Statement], timexes: Sequence[Timex]) -> None:
        self.day, self.text, self.statements, self.words = story.day, parsed.text, statements, _words()
        self.all_timexes, self.all_starts = timexes, [t.start for t in timexes]
        self.timexes = [
            t
            for t in timexes
            if t.first
            and t.type in (TimexType.DATE, TimexType.TIME)
            and (story.day is None or t.first <= story.day)
            and not self.words["to_come"].match(t.text)
        ]
        self.ends = list(_sentence_starts(self.text))
        self.tokens: list[Token] = []
        self.starts: list[int] = []
        for paragraph in parsed.paragraphs:
            for token in paragraph.doc or ():
                self.tokens.append(token)
                self.starts.append(paragraph.start + token.idx)
        self.dated_at = [t.start for t in self.timexes]
        self.order = sorted(range(len(statements)), key=lambda i: _place(statements[i]))
        self.places = [_place(statements[i]) for i in self.order]
        self.holders: dict[int, list[tuple[Statement, Span]]] = {}  # start of a date → the contents it stands in
        for statement in statements:
            for span in statement.spans.content:
                for timex in self._timexes_in(span):
                    self.holders.setdefault(timex.start, []).append((statement, span))
        self.names: list[frozenset[str]] = [frozenset()] * len(statements)
        before: int | None = None
        for i in self.order:  # an unresolved "he", or no speaker at all: who spoke last
            self.names[i] = frozenset(_keys(statements[i]))
            if before is not None and (not self.names[i] or self._takes_up(statements[i], statements[before])):
                self.names[i] |= self.names[before]
            before = i
        self.known = sorted(set().union(*self.names))
        self.apart = [self._is_apart(statement) for statement in statements]
        self.found = [self._explicit(statement) for statement in statements]

    def run(self) -> Iterator[Statement]:
        self._share_sentences()
        occasions = self._occasions()
        last: _Found | None = None
        for i in self.order:
            last = self.found[i] = self.found[i] or self._context(i, occasions, last)
        for statement, found in zip(self.statements, self.found, strict=True):
            yield self._dated(statement, found)

    def _takes_up(self, statement: Statement, before: Statement) -> bool:
        """Does "they" mean several who said the thing before, though the two are named by different ones of them?"""
        cue, name = before.spans.cue, statement.speaker_name
        if statement.speaker.lower() != "they" or not name or cue is None:
            return False
        return name in self.text[self._sentence(cue[0])[0] : cue[0]]

    def _share_sentences(self) -> None:
        """Two cues of one speaker in one sentence are one act: "said on Monday that …, adding that …"."""
        for i, j in pairwise(self.order):
            one, other = self.statements[i].spans.cue, self.statements[j].spans.cue
            if one and other and self.names[i] == self.names[j] and self._sentence(one[0]) == self._sentence(other[0]):
                if self.found[j] is None:
                    self.found[j] = self.found[i]
                self.apart[j] = self.apart[j] or self.apart[i]

    # ------------------------------------------------------------ explicit

    def _explicit(self, statement: Statement) -> _Found | None:
        cue = statement.spans.cue
        if cue is None or not any(c.isalpha() for c in self.text[slice(*cue)]):
            return None
        verb = self._token(*cue)
        best: tuple[int, bool, int, Timex] | None = None
        for timex in self._dates_near(cue[0]):
            if self._names_a_thing(timex):
                continue
            if self._inside(timex, statement):
                dates = self._ends_object(timex, statement, verb)
            else:
                dates = self._modifies(timex, statement, verb) and not self._dates_another(timex, statement, verb)
            if dates:
                distance = min(abs(timex.start - cue[1]), abs(cue[0] - timex.end))
                rank = len(self._other_events(timex, verb)), timex.precision is not Precision.DAY, distance
                if best is None or rank < best[:3]:
                    best = *rank, timex
        return _Found(best[3], DateBasis.EXPLICIT, 0.97) if best else None

    def _other_events(self, timex: Timex, verb: Token | None) -> list[Token]:
        """The "after", "before" … by which a date is set against the verb, from within outwards."""
        inner = self._token(timex.start, timex.end)
        chain = [inner, *inner.ancestors] if inner is not None else []
        path = chain[: chain.index(verb)] if verb in chain else chain
        pattern = self.words["other_event"]
        return [t for t in path if t.dep_ in ("prep", "advmod") and pattern.fullmatch(t.text)]

    def _dates_another(self, timex: Timex, statement: Statement, verb: Token | None) -> bool:
        """Is it the date of another event, which the saying only followed or preceded?

        "After a meeting on Monday, X said" was most often said on that Monday; but not where the date is vaguer than a
        day, nor where an outlet reports, nor "two days after the strike on Monday" or "ahead of Monday's vote".
        """
        cue = statement.spans.cue
        events = self._other_events(timex, verb)
        if not events or cue is None:
            return False
        if self._is_nested(events[-1], verb) or events[-1].lower_ == "ahead":
            return True
        measured = any(t.dep_ in ("npadvmod", "nmod", "quantmod") for t in events[-1].lefts)
        vague = timex.precision is not Precision.DAY and timex.end <= cue[0]
        return measured or vague or statement.speaker_kind is SpeakerKind.OUTLET

    def _is_nested(self, event: Token, verb: Token | None) -> bool:
        """Does the other event hang on an adjunct that tells the occasion: "hosting X after a trip on Friday, he said"?

        Who speaks "in Riga after talks on Friday" does so on that Friday.
        """
        outer = next((t for t in [event.head, *event.head.ancestors] if t.pos_ in ("VERB", "AUX")), None)
        if outer is None or outer == verb or self.words["speaking_verb"].fullmatch(outer.text):
            return False
        return outer.dep_ in ("acl", "advcl", "relcl", "pcomp")

    def _names_a_thing(self, timex: Timex) -> bool:
        """A bare year that no preposition puts into the clause: "the 2012 census report", "2016/17"."""
        before = self.text[max(0, timex.start - 8) : timex.start]
        return timex.text[0].isdigit() and timex.precision is Precision.YEAR and not re.search(r"\b[Ii]n $", before)

    def _inside(self, timex: Timex, statement: Statement) -> bool:
        """Is the date part of what was said? (Not where it parts the cue from a clause: "said on Tuesday it …")"""
        cue = statement.spans.cue
        for start, end in statement.spans.content:
            if start <= timex.start < end:
                between = cue and cue[1] <= start and self._beside(timex, cue)
                return not between or self._is_noun(timex)
        return False

    def _is_noun(self, timex: Timex) -> bool:
        """ "said Monday was …"."""
        token = self._token(timex.start, timex.end)
        return token is not None and token.dep_.startswith("nsubj")

    def _ends_object(self, timex: Timex, statement: Statement, verb: Token | None) -> bool:
        """Does a date within a content that is no clause hang on the cue: "announced the handover in May"?"""
        inner = self._token(timex.start, timex.end)
        if verb is None or inner is None or inner.doc is not verb.doc:
            return False
        start, end = next(span for span in statement.spans.content if span[0] <= timex.start < span[1])
        if any(t.dep_ == "ccomp" for t in verb.children) and any(
            t.pos_ in ("VERB", "AUX") for t in self._within(start, end)
        ):
            return False
        chain = [inner, *inner.ancestors]
        path = chain[: chain.index(verb)] if verb in chain else []
        return len(path) in (1, 2) and path[-1].dep_ in ("prep", "npadvmod", "advmod", "tmod")

    def _modifies(self, timex: Timex, statement: Statement, verb: Token | None) -> bool:
        """Does the date belong to the cue, or to a clause that the cue goes on from ("came on Monday and said")?"""
        cue = statement.spans.cue
        assert cue is not None
        inner = self._token(timex.start, timex.end)
        if verb is None or inner is None or inner.doc is not verb.doc:
            return self._beside(timex, cue)
        chain = [inner, *inner.ancestors]
        if verb in chain:
            return self._path_allows(chain[: chain.index(verb)]) or self._beside(timex, cue)
        governor = next((t for t in chain if t.pos_ in ("VERB", "AUX")), None)
        if governor is not None and governor in list(verb.ancestors):
            steps = [verb]
            while steps[-1].head != governor:
                steps.append(steps[-1].head)
            if not all(t.dep_ in _CARRIES for t in steps):
                return self._beside(timex, cue)
            top = steps[-1]
            if any(t.dep_ == "relcl" and not _is_where(t) for t in steps):
                return False
            if top.dep_ == "conj" and inner.i > verb.i:
                return False
            return self._path_allows(chain[: chain.index(governor)])
        return self._beside(timex, cue)

    def _path_allows(self, path: list[Token]) -> bool:
        """Does the date, climbing to the verb, pass only through what tells the occasion?"""
        noun = self.words["occasion_noun"]
        for token in path:
            if len(path) == 1 and token.dep_ in ("nsubj", "nsubjpass", "dobj", "ccomp"):
                return False
            if token.dep_ in ("ccomp", "parataxis"):
                return False
            if token.dep_ == "acl" and token.tag_ == "VBG" and self.words["occasion_verb"].fullmatch(token.text):
                return True  # "X, speaking in Riga on Monday, said"
            if token.dep_ in ("nsubj", "nsubjpass", "relcl", "acl", "dobj", "dative"):
                head = _told_of(token, self.words["occasion_verb"]) if token.dep_ in ("relcl", "acl") else [token]
                if not any(noun.fullmatch(t.text) or noun.fullmatch(t.lemma_) for t in head):
                    return token.dep_ in ("dobj", "dative") and path[0].dep_ in ("prep", "npadvmod", "tmod")
            if token.pos_ in ("VERB", "AUX") and token.dep_ not in ("acl", "relcl", "advcl", "pcomp", "prep"):
                return False
            if token.dep_ == "advcl" and not _tells_occasion(token, self.words["occasion_verb"]):
                return False
        return True

    def _beside(self, timex: Timex, cue: Span) -> bool:
        """A date that touches the cue, but for its preposition: this holds whatever the parse makes of it."""
        if self.text.startswith(("'s", "’s"), timex.end):
            return False
        if timex.start >= cue[1]:
            between = self.text[cue[1] : timex.start]
            return bool(re.fullmatch(r"\s*(?:(?:earlier|late|early|back)\s+)?(?:on|in|at)?\s*", between))
        return bool(re.fullmatch(r"\s*(?:\w+ly\s)?", self.text[timex.end : cue[0]]))

    # ------------------------------------------------------------ context

    def _occasions(self) -> _Occasions:
        """All that dates a speaker's sayings, in the order of the text."""
        occasions = []
        used = set()
        for i, found in enumerate(self.found):
            if found:
                statement = self.statements[i]
                used.add(found.timex.start)
                names = self.names[i] | frozenset(_plain(statement.via))
                place, sureness = _place(statement), min(1.0, 0.4 + statement.confidence)
                occasions.append(_Occasion(place, found.timex, names, self.apart[i], told=False, sureness=sureness))
        for timex in self.timexes:
            if timex.start in used or timex.precision is not Precision.DAY:
                continue
            start, end = self._sentence(timex.start)
            if len(self._timexes_in((start, end))) > _MOST_DATES:
                continue
            sentence = self.text[start:end]
            turn = self.words["turn"].search(sentence)
            if self.words["remarks"].search(sentence):
                names = self._speaker_before(start)
            elif turn:
                names = self._speakers_in(start, sentence, len(sentence)) or self._speaker_before(start)
            elif (verb := self._occasion_verb(timex, start, sentence)) is not None:
                names = self._speakers_in(start, sentence, verb)
            else:
                continue
            if names := names - self._silenced(timex):
                apart = bool(turn or self.words["other_time"].search(sentence))
                occasions.append(_Occasion(start, timex, names, apart, told=True))
        return _Occasions(sorted(occasions, key=lambda occasion: occasion.start))

    def _occasion_verb(self, timex: Timex, start: int, sentence: str) -> int | None:
        """Where in its sentence the verb stands that tells of an occasion and has this date."""
        pattern = self.words["occasion_verb"]
        inner = self._token(timex.start, timex.end)
        if inner is None:  # a paragraph that was not parsed
            return next((m.start() for m in pattern.finditer(sentence)), None)
        governor = next((t for t in inner.ancestors if t.pos_ in ("VERB", "AUX")), None)
        if governor is None or governor.dep_ == "relcl" or not pattern.fullmatch(governor.text):
            return None
        if any(self._is_nested(event, None) for event in self._other_events(timex, governor)):
            return None
        return timex.start + governor.idx - inner.idx - start

    def _silenced(self, timex: Timex) -> set[str]:
        """Whose sayings a date cannot tell of because it stands in what was said: all but those quoted in the same."""
        silenced: set[str] = set()
        for _, (start, end) in self.holders.get(timex.start, ()):
            if any(t.pos_ in ("VERB", "AUX") for t in self._within(start, end)):
                inner = self.order[bisect_left(self.places, start) : bisect_left(self.places, end)]
                cues = [(i, self.statements[i].spans.cue) for i in inner]
                silenced |= set(self.known).difference(
                    n for i, cue in cues if cue and start <= cue[0] < end for n in self.names[i]
                )
        return silenced

    def _context(self, i: int, occasions: _Occasions, last: _Found | None) -> _Found | None:
        """The last occasion of the speaker, or of who carries the saying, before it; else one that closely follows.

        ``last`` is what dates the statement before this one.
        """
        statement, names = self.statements[i], self.names[i]
        if self.apart[i]:
            return None
        place, carrier = _place(statement), frozenset(_plain(statement.via))
        described = bool(_DESCRIBED.fullmatch(statement.speaker))
        told = (
            [o for o in occasions.told if o.start <= place and self._in_sentence_before(o.start, place)]
            if described
            else []
        )
        if told:
            return _Found(told[-1].timex, DateBasis.CONTEXT, 0.9)
        candidates = occasions.of(names | carrier)
        before = [o for o in candidates if o.start <= place]
        if statement.audience[:1].isupper() or statement.audience.startswith("the "):  # "told the BBC": the same talk
            same = [o for o in before if statement.audience in self.text[slice(*self._sentence(o.start))]]
            before = [o for o in same if _same(o.names, names)] or before
        for occasion in reversed(before):
            distance = place - occasion.start
            vague = occasion.timex.precision not in (Precision.DAY, Precision.WEEK)
            goes_on = bool(last and last.timex is occasion.timex and not list(_plain(statement.speaker)))
            if vague and not goes_on and "\n" in self.text[occasion.start : place]:
                continue  # "In 2008, NATO said" is background: the next paragraph is back at the occasion of the story
            if _same(occasion.names, names):
                return _Found(
                    occasion.timex, DateBasis.CONTEXT, occasion.sureness * (0.96 if distance < _FAR else 0.92)
                )
            if distance < _NEAR and _same(occasion.names, carrier):
                return _Found(occasion.timex, DateBasis.CONTEXT, 0.9)
        cue = statement.spans.cue and self._token(*statement.spans.cue)
        if cue is None or cue.pos_ == "NOUN":
            return None
        for occasion in candidates:
            if place < occasion.start <= place + _NEAR and not occasion.apart and _same(occasion.names, names):
                return _Found(occasion.timex, DateBasis.CONTEXT, 0.9)
        return None

    def _in_sentence_before(self, first: int, second: int) -> bool:
        """Does one place lie in the sentence before the other's, of the same paragraph?"""
        start, _ = self._sentence(second)
        return start > 0 and self.text[start - 1] != "\n" and self._sentence(start - 1)[0] <= first < start

    def _is_apart(self, statement: Statement) -> bool:
        """Is it introduced as said at another time: "had earlier said", "has called", "after announcing"?"""
        cue = statement.spans.cue
        if cue is None:
            return False
        verb = self._token(*cue)
        if verb is not None:
            first = verb
            while first.dep_ == "conj" and not any(t.dep_ in ("nsubj", "aux") for t in first.children):
                first = first.head
            if any(t.dep_ == "aux" and t.lemma_ == "have" for t in first.children):
                return True
            if verb.dep_ == "pcomp" and verb.head.lower_ in ("after", "before", "since"):
                return True
            if any(t.dep_ == "mark" and t.lower_ in ("after", "before", "since") for t in verb.children):
                return True
        start, _ = self._sentence(cue[0])
        outside = self.text[start : cue[1]]
        for a, b in statement.spans.content:
            if a < cue[1]:
                outside = outside.replace(self.text[a : min(b, cue[1])], " ")
        return bool(self.words["other_time"].search(outside))

    # ------------------------------------------------------------ names

    def _speakers_in(self, start: int, sentence: str, verb: int) -> frozenset[str]:
        """The speakers that an occasion's sentence tells of: its subject, and at a meeting all who are named."""
        reach = sentence if self.words["meeting_verb"].search(sentence) else sentence[:verb]
        words = {_POSSESSIVE.sub("", word).casefold() for word in re.findall(r"[\w’'-]+", reach)}
        names = {name for name in self.known if _named_in(name, reach.casefold(), words)}
        first, last = bisect_left(self.places, start), bisect_left(self.places, start + len(sentence))
        for i in self.order[first:last]:
            speaker = self.statements[i].spans.speaker
            if speaker and start <= speaker[0] < start + len(reach):
                names |= self.names[i]
        if re.search(r"\b(?:he|she|they)\b", sentence[:verb], re.IGNORECASE):
            names |= self._speaker_before(start)
        return frozenset(names)

    def _speaker_before(self, start: int) -> frozenset[str]:
        """Whom "he" at the head of a sentence means: the first whom the one before names, or who spoke last."""
        before = self.text[slice(*self._sentence(max(0, start - 2)))].casefold()
        named = [(before.find(name.split()[-1]), name) for name in self.known]
        if places := [(place, name) for place, name in named if place >= 0]:
            return frozenset((min(places)[1],))
        earlier = bisect_left(self.places, start)
        return self.names[self.order[earlier - 1]] if earlier else frozenset()

    # ------------------------------------------------------------ places

    def _token(self, start: int, end: int) -> Token | None:
        """The word of a span that governs the others."""
        inside = self._within(start, end)
        return next((t for t in inside if t.head not in inside or t.head == t), None)

    def _within(self, start: int, end: int) -> list[Token]:
        first = bisect_right(self.starts, start) - 1
        if first < 0 or self.starts[first] + len(self.tokens[first]) <= start:
            first += 1
        return self.tokens[first : bisect_left(self.starts, end)]

    def _timexes_in(self, span: Span) -> list[Timex]:
        return self.timexes[bisect_left(self.dated_at, span[0]) : bisect_left(self.dated_at, span[1])]

    def _dates_near(self, place: int) -> list[Timex]:
        """The dates of its sentence, in order; of very many those nearest to it."""
        dates = self._timexes_in(self._sentence(place))
        if len(dates) > _MOST_DATES:
            dates = sorted(dates, key=lambda timex: abs(timex.start - place))[:_MOST_DATES]
            dates.sort(key=lambda timex: timex.start)
        return dates

    def _sentence(self, place: int) -> Span:
        i = bisect_right(self.ends, place)
        return self.ends[i - 1], self.ends[i] if i < len(self.ends) else len(self.text)

    # ------------------------------------------------------------ the outcome

    def _dated(self, statement: Statement, found: _Found | None) -> Statement:
        starts, spans = self.all_starts, statement.spans.content
        mentions = tuple(t for a, b in spans for t in self.all_timexes[bisect_left(starts, a) : bisect_left(starts, b)])
        day = self.day
        if found is None:
            basis = DateBasis.PUBLISHED if day else DateBasis.NONE
            return replace(
                statement, said_from=day, said_to=day, precision=Precision.DAY if day else None,
                date_basis=basis, date_text="", mentions=mentions, confidence=statement.confidence * 0.9,
            )  # fmt: skip
        timex = found.timex
        explicit = found.basis is DateBasis.EXPLICIT
        span = self._date_span(timex)
        return replace(
            statement,
            said_from=timex.first,
            said_to=min(timex.last, day) if timex.last and day else timex.last,
            precision=timex.precision,
            date_basis=found.basis,
            date_text=self.text[slice(*span)] if explicit else "",
            spans=replace(statement.spans, date=span),
            mentions=mentions,
            confidence=statement.confidence * found.sureness,
        )

    def _date_span(self, timex: Timex) -> Span:
        """The date with the words that introduce it and a second writing of it: "on Monday (Feb 28)"."""
        start, end = timex.start, timex.end
        for other in self._timexes_in((start - 40, end + 40)):
            if other.first == timex.first and other.start > end and self.text[end : other.start] == " (":
                end = other.end + self.text.startswith(")", other.end)
            elif other.first == timex.first and other.end < start and self.text[other.end : start] == " (":
                start, end = other.start, end + self.text.startswith(")", end)
        before = self.text[max(0, start - 40) : start]
        match = self.words["introduction"].search(before)
        return start - (len(match[0]) if match else 0), end


def _sentence_starts(text: str) -> Iterator[int]:
    """Where the sentences of a text begin, and the pieces of those over _LONGEST."""
    before = 0
    yield before
    ends = (m.end() for m in _SENTENCE_END.finditer(text) if not _SHORTENED.fullmatch(m[1] or ""))
    for end in (*ends, len(text)):
        yield from range(before + _LONGEST, end, _LONGEST)
        if end < len(text):
            yield end
        before = end


def _place(statement: Statement) -> int:
    spans = statement.spans
    starts = [a for a, _ in spans.content]
    return min(starts + ([spans.cue[0]] if spans.cue else []))


def _keys(statement: Statement) -> Iterator[str]:
    yield from _plain(statement.speaker_name or statement.speaker)
    if " and " in statement.speaker:
        for each in _JOINED.split(statement.speaker):
            yield from _plain(each)


def _plain(name: str) -> Iterator[str]:
    """A name to compare by; nothing for a pronoun."""
    plain = re.sub(r"^(?:the|a|an)\s+", "", _POSSESSIVE.sub("", name.strip()).casefold())
    if plain and plain not in _PRONOUNS:
        yield plain


def _same(one: frozenset[str], other: frozenset[str]) -> bool:
    return any(_alike(a, b) for a in one for b in other)


def _alike(a: str, b: str) -> bool:
    """One name as the end of the other: a surname, or a name without its title. "Ukraine" is no "army of Ukraine"."""
    short, long = sorted((a.split(), b.split()), key=len)
    return long == short or (long[-len(short) :] == short and "of" not in long)


def _named_in(name: str, folded: str, words: set[str]) -> bool:
    return name in folded if " of " in name else name.split()[-1] in words


def _is_where(token: Token) -> bool:
    return any(
        t.lower_ in ("where", "when", "whereupon") for t in token.subtree if t.head == token or t.head.head == token
    )


def _told_of(clause: Token, verbs: re.Pattern[str]) -> list[Token]:
    """The nouns that a clause may belong to: "an interview with the paper published on Monday" leaves the choice."""
    heads = [clause.head]
    while verbs.fullmatch(clause.text) and heads[-1].dep_ == "pobj" and heads[-1].head.head.pos_ in ("NOUN", "PROPN"):
        heads.append(heads[-1].head.head)
    return heads


def _tells_occasion(token: Token, verbs: re.Pattern[str]) -> bool:
    """An adverbial clause that tells the occasion: "Speaking on Monday", "as she met him on Monday"."""
    marks = {t.lower_ for t in token.children if t.dep_ in ("mark", "advmod")}
    if marks & {"because", "if", "after", "before", "since", "although", "though", "until", "unless"}:
        return False
    return token.tag_ in ("VBG", "VBN") or bool(verbs.fullmatch(token.text)) or bool(marks & {"as", "when", "while"})
