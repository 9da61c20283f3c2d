"""Which of a story's dates is the day of a saying: statements + timexes → dated statements.

A date belongs to a saying by relation, never by nearness:

* ``explicit``: it modifies the cue's own clause ("said on Tuesday"), the adjunct that tells the occasion ("Speaking in
  Kyiv on Friday, X warned", "in an interview published on Aug. 19"), or a clause that the cue continues ("came to Odesa
  on Saturday and promised"). A date inside the content, or one that dates another's report, never does.
* ``context``: the occasion is dated elsewhere. Three kinds of sentences date a speaker's sayings: one that holds a
  dated saying of the same speaker, one that tells of an occasion ("Bell spoke of this on Aug. 16"), and one that comes
  back to an occasion by its noun ("during the debate"). The last one before holds on until the speaker has another, or
  the text goes back to times long past; one that follows closely holds for a lead that has none.
* ``published``: the story does not say. Said on or before the day of publication.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

from extractors.parsing import Parsed
from extractors.quotations import quotations
from extractors.records import (
    CueClass,
    DateBasis,
    Precision,
    Span,
    SpeakerKind,
    Statement,
    Story,
    Timex,
    TimexType,
)

if TYPE_CHECKING:
    from spacy.tokens import Token

_NEAR = 700  # characters within which an occasion dates the lead before it, or another's words in the same report
_FAR = 1200  # characters after which it grows doubtful that an occasion still holds
_NEIGHBOURS = 4  # statements before one among which the described source may be that it returns to
_BESIDE = 60  # characters beside a name in which its office may stand
_LONG = 3_000  # characters back to which is searched: for another occasion of the kind, for the start of a quotation
_CLOSE = 250  # characters after a saying within which "he", of whom the text tells no other day, is the same
_LONG_BEFORE = timedelta(days=60)  # how much older a date is that begins another story
_RECENT = timedelta(days=10)  # how long before publication a lead may be dated by what follows it
_LONGEST = 1_500
"""Characters: a longer sentence (a text without full stops) is taken in pieces, so that time is bounded."""
_MOST_DATES = 12
"""Dates of one sentence, the nearest to a cue, that may be those of its saying: a list of more is no prose, and tells
of no occasion."""
_CARRIES = {"conj", "advcl", "xcomp", "acl", "dep", "pcomp", "prep", "relcl"}
_EACH = {"each", "both", "all", "who"}  # who stand for those named before in the sentence
_AT = {"in", "at", "during", "on"}  # what puts a speaker at an occasion, or his words into a document
_SENTENCE_END = re.compile(r"(\w{0,5})(?:\.|[!?…])[\"'”’)]*\s+(?=[\"'“‘(]?[A-Z])|\n")
_SHORTENED = re.compile(
    "(?:[a-z]|mrs?|ms|dr|gen|lt|col|maj|sen|rep|gov|st|no|[js]r|adm|brig|capt|prof|vs"
    "|jan|feb|mar|apr|ju[nl]|aug|sept?|oct|nov|dec)",
    re.IGNORECASE,
)  # a full stop after these, all shorter than what _SENTENCE_END looks back, ends no sentence
_PRONOUNS = {"he", "she", "they", "it", "him", "her", "them", "who", "i", "we"}
_DESCRIBED = re.compile(r"[Hh]e|[Ss]he|[Tt]hey|[Tt]he(?: [a-z]+){1,4}")  # whom only the sentence before can tell
_RESUMED = re.compile(r"[Hh]e|[Ss]he|[Tt]hey|(?:[Tt]he two|[Bb]oth)(?: \w+)?")  # of the text just before
_POSTMODIFIED = re.compile(r",? (?:of|in|at|for|from|with|who|whom|familiar|close|briefed|involved|to|on|near|by)\b|,")
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
def _lexicon() -> tuple[dict[str, re.Pattern[str]], dict[str, re.Pattern[str]]]:
    """The patterns of lexicons/occasions.toml, and those of its kinds of occasion, by name."""
    data = tomllib.loads(files("extractors.lexicons").joinpath("occasions.toml").read_text(encoding="utf-8"))
    kinds: dict[str, str] = data.pop("kind")
    data["taken_up"] = data["taken_up"].replace("{kind}", "|".join(kinds.values()))
    words, kind = (
        {name: re.compile(regex, re.IGNORECASE | re.DOTALL) for name, regex in each.items()} for each in (data, kinds)
    )
    return words, kind


def _kinds_of(word: str) -> Iterator[str]:
    """What kinds of occasion a noun or verb may be: "meeting" and "met" are of one kind, a letter is its own."""
    words, kinds = _lexicon()
    yield from (kind for kind, pattern in kinds.items() if pattern.fullmatch(word))
    if words["document"].fullmatch(f"the {word}"):
        yield word.lower()


def _is_spoken(noun: str) -> bool:
    """Is it the work of one speaker or writer, not a meeting of many?"""
    return any(kind in ("interview", "speech", "briefing", noun.lower()) for kind in _kinds_of(noun))


class _Dating:
    """One story's statements on their way to their days. Lists run parallel to ``statements``."""

    def __init__(self, story: Story, parsed: Parsed, statements: Sequence[Statement], timexes: Sequence[Timex]) -> None:
        self.day, self.text, self.statements, self.words = story.day, parsed.text, statements, _lexicon()[0]
        self.all_timexes, self.all_starts = timexes, [t.start for t in timexes]
        self.timexes = [
            t
            for t in timexes
            if t.first
            and not self.words["period"].fullmatch(t.value)
            and t.type in (TimexType.DATE, TimexType.TIME)
            and (story.day is None or t.first <= story.day)
            and not self.words["to_come"].match(t.text)
        ]
        self.timexes = _outside_speech(self.timexes, parsed, statements)
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
        for place, i in enumerate(self.order):
            for j in reversed(self.order[max(0, place - _NEIGHBOURS) : place]):
                if self._is_of(statements[i], statements[j]):
                    same = self.names[i]
                    for later in self.order[place:]:
                        if later == i or same & self.names[later]:
                            self.names[later] |= self.names[j]
                    break
        self.cues = {statement.spans.cue[0] for statement in statements if statement.spans.cue}
        self.known = sorted(set().union(*self.names))
        self.apart = [self._is_apart(statement) for statement in statements]
        self.found = [self._explicit(statement) for statement in statements]

    def run(self) -> Iterator[Statement]:
        self._share_sentences()
        occasions = self._occasions()
        before: int | None = None
        for i in self.order:
            if before is not None and self.found[before] is None and self._goes_on(i, before):
                self.apart[i] = self.apart[i] or self.apart[before]
            self.found[i] = self.found[i] or self._context(i, occasions, before)
            before = i
        for statement, found in zip(self.statements, self.found, strict=True):
            yield self._dated(statement, found)

    def _goes_on(self, i: int, before: int) -> bool:
        """Does "he", or nobody named, go on with what the same one said in the sentence before?"""
        if any(_plain(self.statements[i].speaker)) or not _same(self.names[i], self.names[before]):
            return False
        start, _ = self._sentence(_place(self.statements[i]))
        return start <= self.statements[before].spans.evidence[1] + 2

    def _takes_up(self, statement: Statement, before: Statement) -> bool:
        """Does "they" mean several who said the thing before, though the two are named by different ones of them?"""
        cue, name = before.spans.cue, statement.speaker_name
        if statement.speaker.lower() != "they" or not name or cue is None:
            return False
        return name in self.text[self._sentence(cue[0])[0] : cue[0]]

    def _is_of(self, statement: Statement, before: Statement) -> bool:
        """Does one who is only described return: as "one of the officials", or with a name?"""
        mention, head = statement.spans.speaker, _head(before.speaker)
        if before.speaker_name not in ("", before.speaker) or not head or mention is None:
            return False
        if not statement.speaker_name:
            of_them = self.words["of_them"].fullmatch(statement.speaker)
            return of_them is not None and of_them["whom"] in (None, head)
        if self._sentence(_place(statement))[0] > before.spans.evidence[1] + 2:
            return False
        around = self.text[max(mention[0] - _BESIDE, 0) : mention[1] + _BESIDE]
        if re.match(r"an? ", before.speaker, re.IGNORECASE) and re.search(rf"\b{re.escape(head)}\b", around):
            return True
        if statement.speaker_kind is not SpeakerKind.PERSON or not self.words["office"].fullmatch(before.speaker):
            return False
        lead = self.text[: before.spans.evidence[1] - 1]
        return "\n" not in lead and statement.speaker_name.split()[-1] not in lead

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
        if events[-1].lower_ == "since":
            return events[-1] not in self._heads(timex)  # "since its independence in 1991", not "since Monday"
        measured = any(t.dep_ in ("npadvmod", "nmod", "quantmod") for t in events[-1].lefts)
        vague = timex.precision is not Precision.DAY and timex.end <= cue[0]
        return measured or vague or statement.speaker_kind is SpeakerKind.OUTLET

    def _heads(self, timex: Timex) -> list[Token]:
        """The words that a date hangs on directly."""
        return [token.head for token in self._within(timex.start, timex.end)]

    def _is_nested(self, event: Token, verb: Token | None) -> bool:
        """Does the other event hang on an adjunct that tells the occasion: "hosting X after a trip on Friday, he said"?

        Who speaks "in Riga after talks on Friday" does so on that Friday.
        """
        outer = next((t for t in [event.head, *event.head.ancestors] if t.pos_ in ("VERB", "AUX")), None)
        if outer is None or outer == verb or self.words["speaking_verb"].fullmatch(outer.text):
            return False
        return outer.dep_ in ("acl", "advcl", "relcl", "pcomp")

    def _names_a_thing(self, timex: Timex) -> bool:
        """A bare year that no preposition puts into the clause: "the 2012 census report", "the 2016/17 season"."""
        if timex.precision is Precision.RANGE and "/" in timex.text:
            return True
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
        if path and path[-1].dep_ in ("prep", "npadvmod", "advmod", "tmod"):
            noun = self.words["occasion_noun"]
            return len(path) <= 2 or all(t.pos_ != "NOUN" or noun.fullmatch(t.text) for t in path[1:])
        if any(t.dep_ == "relcl" for t in path):
            return False
        if any(t.dep_ == "pobj" and t.head.lower_ in _AT and _is_spoken(t.text) for t in path):
            return True  # "rejected the claim in a ruling on Monday": in the parse the ruling may hang on the claim
        last = not re.search(r"\w", self.text[timex.end : end])
        return last and statement.cue_class is CueClass.ANNOUNCE and timex.precision is Precision.DAY

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
        if verb.dep_ == "relcl" and _is_when(verb) and verb.head in chain:
            return True
        governor = next((t for t in chain if t.pos_ in ("VERB", "AUX") and t.dep_ != "acl"), None)
        if governor is not None and governor in list(verb.ancestors):
            steps = [verb]
            while steps[-1].head != governor:
                steps.append(steps[-1].head)
            if not all(t.dep_ in _CARRIES for t in steps):
                return self._beside(timex, cue)
            top = steps[-1]
            if self._tells_of_noun(governor) or any(t.dep_ == "relcl" and not _is_where(t) for t in steps):
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
            if token.dep_ == "advcl" and self._tells_of_noun(token):
                return False
        return True

    def _tells_of_noun(self, clause: Token) -> bool:
        """Does a participle tell of the noun before it: "welcomed the decision, announced on Monday"?"""
        first, finite = clause.left_edge.i, {"nsubj", "nsubjpass", "mark", "aux", "auxpass"}
        if clause.tag_ != "VBN" or clause.dep_ != "advcl" or any(t.dep_ in finite for t in clause.children):
            return False
        before = clause.doc[max(0, first - 1)]
        if before.is_punct:
            before = clause.doc[max(0, first - 2)]
        return before.pos_ in ("NOUN", "PROPN") and not self.words["occasion_noun"].fullmatch(before.text)

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
                if self._is_recounted(i):
                    continue
                names = self.names[i] | frozenset(_plain(statement.via)) | self._met(found.timex)
                if statement.speaker.lower() in _EACH and statement.spans.cue:
                    start, cue = self._sentence(statement.spans.cue[0])[0], statement.spans.cue[0]
                    names |= self._speakers_in(start, self.text[start:cue], cue - start)
                place, sureness = _place(statement), min(1.0, 0.4 + statement.confidence)
                occasions.append(_Occasion(place, found.timex, names, self.apart[i], told=False, sureness=sureness))
        for timex in self.timexes:
            if timex.start in used or timex.precision is not Precision.DAY:
                continue
            start, end = self._sentence(timex.start)
            others = self._timexes_in((start, end))
            if len(others) > _MOST_DATES or any(t.start in used and t.first == timex.first for t in others):
                continue
            sentence = self.text[start:end]
            turn, mood = self.words["turn"].search(sentence), self.words["mood"].search(sentence)
            if self.words["remarks"].search(sentence):
                names = self._speaker_before(start)
            elif turn or mood:
                names = self._speakers_in(start, sentence, len(sentence))
                names = names or (self._speaker_before(start) if turn else frozenset())
            elif (verb := self._occasion_verb(timex, start, sentence)) is not None:
                names = self._speakers_in(start, sentence, verb) or self._speaker_after(sentence, end)
            else:
                continue
            if names := names - self._silenced(timex):
                apart = bool(turn or mood or self.words["other_time"].search(sentence))
                occasions.append(_Occasion(start, timex, names, apart, told=True))
        occasions += self._taken_up()
        return _Occasions(sorted(occasions, key=lambda occasion: occasion.start))

    def _occasion_verb(self, timex: Timex, start: int, sentence: str) -> int | None:
        """Where in its sentence the verb stands that tells of an occasion and has this date."""
        pattern = self.words["occasion_verb"]
        inner = self._token(timex.start, timex.end)
        if inner is None:  # a paragraph that was not parsed
            found = pattern.search(sentence) or self.words["taken_up"].search(sentence)
            return found.start() if found else None
        governor = next((t for t in inner.ancestors if t.pos_ in ("VERB", "AUX")), None)
        if governor is None or governor.dep_ == "relcl" or governor.tag_ in ("VBZ", "VBP"):
            return None  # "hosts a show on Sundays", "meets the envoys on Monday": no account of what has happened
        if not self._is_of_verb(inner, governor):
            return None
        place = timex.start + governor.idx - self._within(timex.start, timex.end)[0].idx
        told = pattern.match(self.text, place) or self._is_spoken_at(inner, governor)
        if not told and not any(_meanwhile(t, governor) and pattern.fullmatch(t.text) for t in governor.subtree):
            return None
        events = self._other_events(timex, governor)
        if any(self._is_nested(event, None) or event.lower_ in ("before", "ahead", "until") for event in events):
            return None
        return None if place in self.cues else place - start

    def _is_of_verb(self, date: Token, verb: Token) -> bool:
        """Is it no date of a noun further in: "offered a contrast with the rally on Monday"?"""
        chain = list(date.ancestors)
        nouns = [t for t in chain[: chain.index(verb)] if t.pos_ in ("NOUN", "PROPN")]
        if len(nouns) < 2 or nouns[0].pos_ == "PROPN":
            return True
        return bool(self.words["occasion_noun"].fullmatch(nouns[-1].text))

    def _is_spoken_at(self, date: Token, verb: Token) -> bool:
        """Is the date that of an occasion to speak at: "opened up in an interview with the broadcaster on Monday"?"""
        if any(t.dep_ == "auxpass" for t in verb.children) and not self.words["asked"].fullmatch(verb.text):
            return False  # "was named in a report on Monday"
        at = {t for t in self._events_of(date) if t.dep_ == "pobj" and t.head.head == verb}
        between = date.doc[verb.i + 1 : date.i]
        if all(t.pos_ not in ("VERB", "AUX") for t in between):  # whatever the parse hangs the occasion on
            at |= {t for t in between if t.dep_ == "pobj"}
        return any(t.head.lower_ in _AT and any(_kinds_of(t.text)) for t in at)

    def _events_of(self, date: Token) -> Iterator[Token]:
        """The occasions to speak at that a date belongs to: "the debate on Monday", "met on Monday for the debate"."""
        for token in date.ancestors:
            yield token
            if token.pos_ in ("VERB", "AUX"):
                held = bool(self.words["held"].fullmatch(token.text))
                yield from (t for t in token.children if t.dep_ == "dobj" or (held and t.dep_.startswith("nsubj")))
                at = [kid for prep in token.children if prep.dep_ == "prep" for kid in prep.children]
                yield from at
                yield from (part for kid in at for part in kid.children if part.dep_ == "compound")
                break

    def _words_of(self, timex: Timex) -> Iterator[tuple[str, bool]]:
        """The words of which a date may be, and whether they stand for something known: "the debate"."""
        inner = self._token(timex.start, timex.end)
        if inner is not None:
            for token in self._events_of(inner):
                yield token.text, any(t.lower_ in ("the", "that", "this") for t in token.lefts)
        else:  # a paragraph that was not parsed
            for match in re.finditer(r"\b(the |that |this )?([a-z-]+)", self.text[slice(*self._sentence(timex.start))]):
                yield match[2], bool(match[1])

    def _met(self, timex: Timex) -> frozenset[str]:
        """With whom a speaker was at the meeting that a date is of: "in a call with Bell on Monday, Lind said"."""
        inner = self._token(timex.start, timex.end)
        words: set[str] = set()
        for event in self._events_of(inner) if inner is not None else ():
            if event.head.lower_ in _AT and self.words["meeting_verb"].fullmatch(event.text):
                with_whom = (t for t in event.children if t.lower_ == "with")
                words |= {t.text.casefold() for prep in with_whom for t in prep.subtree}
        return frozenset(name for name in self.known if name.split()[-1] in words)

    def _taken_up(self) -> Iterator[_Occasion]:
        """Where the text comes back to an occasion that it dates, or comes up to it: "during the debate"."""
        events: dict[str, list[tuple[Timex, bool]]] = {}  # by kind: the dates, and whether the occasion is a known one
        for timex in self.timexes:
            for word, known in self._words_of(timex) if timex.precision is Precision.DAY else ():
                for kind in _kinds_of(word):
                    events.setdefault(kind, []).append((timex, known))
        for i, statement in enumerate(self.statements) if events else ():
            if document := self.words["document"].fullmatch(statement.speaker):
                place = _place(statement)
                before = [timex for timex, _ in events.get(document["noun"].lower(), ()) if timex.end <= place]
                if before and self.names[i]:
                    yield _Occasion(place, before[-1], self.names[i], apart=True, told=True, sureness=0.9)
        for match in self.words["taken_up"].finditer(self.text) if events else ():
            start, end = self._sentence(match.start())
            if self._timexes_in((start, end)) or self._is_said(match.start()):
                continue
            dates = [each for kind in _kinds_of(match["kind"]) for each in events.get(kind, ())]
            date = self._date_of(match, dates, end)
            if date is not None and (names := self._present(start, end)):
                yield _Occasion(start, date, names, apart=True, told=True, sureness=0.9)

    def _present(self, start: int, end: int) -> frozenset[str]:
        """Who is at the occasion that a sentence speaks of: who speaks there; if nobody does, who is named."""
        inside = self.order[bisect_left(self.places, start) : bisect_left(self.places, end)]
        speaking = [self.names[i] for i in inside if not self._is_reported(self.statements[i])]
        return frozenset().union(*speaking) if speaking else self._speakers_in(start, self.text[start:end], end - start)

    def _date_of(self, match: re.Match[str], dates: Sequence[tuple[Timex, bool]], end: int) -> Timex | None:
        """Which of the dates of such occasions is that of the one that the text speaks of in a sentence up to ``end``.

        The last one before, unless another such has been brought in since; else the first one after.
        """
        new = match["the"].lower() in ("a", "an") and not match["kind"].lower().startswith("joint")
        before = [timex for timex, _ in dates if match.start() - _LONG <= timex.end <= match.start()]
        if not before:
            after = (timex for timex, known in dates if end <= timex.start <= end + _NEAR and (known or not new))
            return next(after, None)
        between = self.text[before[-1].end : match.start()]
        another = re.search(rf"\ban? (?:[\w-]+ ){{0,3}}{match['kind']}\b", between, re.IGNORECASE)
        return None if new or another else before[-1]

    def _is_recounted(self, i: int) -> bool:
        """Does it stand in what the same one said: "he said that he had told her on Monday …"?"""
        cue = self.statements[i].spans.cue
        return cue is not None and any(_same(self.names[i], self.names[j]) for j in self._sayers(cue[0]) if j != i)

    def _is_reported(self, statement: Statement) -> bool:
        """Does it stand in what another said?"""
        return statement.spans.cue is not None and self._is_said(statement.spans.cue[0])

    def _is_said(self, place: int) -> bool:
        """Does a place lie in what somebody said?"""
        return any(True for _ in self._sayers(place))

    def _sayers(self, place: int) -> Iterator[int]:
        """The statements begun in the same paragraph in whose content a place lies."""
        first = bisect_left(self.places, self.text.rfind("\n", max(0, place - _LONG), place) + 1 or place - _LONG)
        for i in self.order[first : bisect_right(self.places, place)]:
            if any(start <= place < end for start, end in self.statements[i].spans.content):
                yield i

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

    def _context(self, i: int, occasions: _Occasions, previous: int | None) -> _Found | None:
        """The last occasion of the speaker, or of who carries the saying, before it; else one that closely follows.

        ``previous`` is the statement before this one, whose day is settled.
        """
        statement, names = self.statements[i], self.names[i]
        last = None if previous is None else self.found[previous]
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
        if not candidates and (_RESUMED.fullmatch(statement.speaker) or self._is_office(statement.speaker)):
            return self._unknown(i, occasions, previous)
        before = [o for o in candidates if o.start <= place]
        if statement.audience[:1].isupper() or statement.audience.startswith("the "):  # "told the BBC": the same talk
            same = [o for o in before if statement.audience in self.text[slice(*self._sentence(o.start))]]
            before = [o for o in same if _same(o.names, names)] or before
        for occasion in reversed(before):
            if self._is_history(occasion, place):
                continue
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
            follows = place < occasion.start <= place + _NEAR and self._is_recent(occasion.timex)
            if follows and not occasion.apart and _same(occasion.names, names):
                return _Found(occasion.timex, DateBasis.CONTEXT, 0.9)
        return None

    def _is_history(self, occasion: _Occasion, place: int) -> bool:
        """Has the paragraph of a saying gone back to times long before the occasion: "They met in July 2008 …"?"""
        start, day = self.text.rfind("\n", occasion.start, place) + 1, occasion.timex.first
        earlier = self._timexes_in((start, self._sentence(place)[0])) if start and day else ()
        return any(t.last and day and day - t.last > _LONG_BEFORE and t.start not in self.holders for t in earlier)

    def _is_office(self, mention: str) -> bool:
        """Is it one by his office alone, who need not be new: "the former strategist"?"""
        return bool(self.words["former"].fullmatch(mention))

    def _unknown(self, i: int, occasions: _Occasions, previous: int | None) -> _Found | None:
        """The day of what "he" or "the former strategist" said, who is dated nowhere: that of what precedes."""
        place = _place(self.statements[i])
        for occasion in reversed(occasions.told):
            if occasion.start <= place and self._in_sentence_before(occasion.start, place, over=True):
                return _Found(occasion.timex, DateBasis.CONTEXT, 0.85)
        last = None if previous is None else self.found[previous]
        if previous is None or last is None or last.timex.precision is not Precision.DAY:
            return None
        if self._is_reported(self.statements[previous]):
            return None
        gap = self.text[self.statements[previous].spans.evidence[1] : place]
        if len(gap) > _CLOSE or any(_named(name, gap) for name in self.names[i]):
            return None  # "Novak is a farmer. He said …"
        earlier = self.order[: bisect_left(self.places, place)]
        spoke = any(
            self.found[j] is None and _same(self.names[j], self.names[i]) and not self._is_reported(self.statements[j])
            for j in earlier
        )
        return None if spoke else _Found(last.timex, DateBasis.CONTEXT, 0.85)

    def _is_recent(self, timex: Timex) -> bool:
        """May a story's lead be of that day? An older one dates what the story recalls."""
        if timex.precision is not Precision.DAY or timex.first is None:
            return False
        return self.day is None or self.day - timex.first <= _RECENT

    def _in_sentence_before(self, first: int, second: int, *, over: bool = False) -> bool:
        """Does one place lie in the sentence before the other's, of the same paragraph (``over``: or not)?"""
        start, _ = self._sentence(second)
        return start > 0 and (over or self.text[start - 1] != "\n") and self._sentence(start - 1)[0] <= first < start

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
            if any(t.dep_ == "aux" and t.lemma_ == "have" and not self._is_news(t) for t in first.children):
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

    def _is_news(self, auxiliary: Token) -> bool:
        """Is it the perfect by which a first paragraph tells what is new: "The president has told parliament …"?"""
        return auxiliary.lower_ in ("has", "have") and auxiliary.doc is self.tokens[0].doc

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

    def _speaker_after(self, sentence: str, end: int) -> frozenset[str]:
        """Whom an office at the head of a sentence means that tells of somebody speaking: who speaks in the next."""
        after = bisect_left(self.places, end)
        if after == len(self.order) or not self.words["spoke"].match(sentence):
            return frozenset()
        i = self.order[after]
        is_next = self._sentence(self.places[after])[0] == end
        return self.names[i] if is_next and self.statements[i].speaker_kind is SpeakerKind.PERSON else frozenset()

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


def _outside_speech(timexes: list[Timex], parsed: Parsed, statements: Sequence[Statement]) -> list[Timex]:
    """The dates that the reporter gives: what stands in a quotation is dated by nobody's saying but one inside it."""
    cues = sorted(one.spans.cue[0] for one in statements if one.spans.cue)
    spoken = [
        (each.start, each.end)
        for each in quotations(parsed.text, [(each.start, each.end) for each in parsed.paragraphs])
        if each.double and bisect_left(cues, each.start) == bisect_left(cues, each.end)
    ]
    starts = [start for start, _ in spoken]

    def is_spoken(timex: Timex) -> bool:
        nth = bisect_right(starts, timex.start) - 1
        return nth >= 0 and timex.end <= spoken[nth][1]

    return [timex for timex in timexes if not is_spoken(timex)]


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


def _head(description: str) -> str:
    """The noun of a description: "two senior officials familiar with the talks" are officials."""
    words = _POSTMODIFIED.split(description, maxsplit=1)[0].split()
    return words[-1] if words and words[-1].islower() else ""


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


def _meanwhile(clause: Token, verb: Token) -> bool:
    """ "Sounded the alarm on Monday as he addressed the council": hung on the verb, or by mistake on the alarm."""
    if clause.dep_ != "advcl" or (clause.head != verb and clause.head.pos_ != "NOUN"):
        return False
    return any(t.lower_ in ("as", "when", "while") for t in clause.children)


def _named(name: str, text: str) -> bool:
    return name.split()[-1] in text.casefold()


def _is_where(token: Token) -> bool:
    return any(
        t.lower_ in ("where", "when", "whereupon") for t in token.subtree if t.head == token or t.head.head == token
    )


def _is_when(clause: Token) -> bool:
    """ "A visit in August, when he told …", "a call on Sunday in which he told …"."""
    return any(
        (t.lower_ in ("when", "where") and t.dep_ == "advmod")
        or (t.dep_ == "prep" and any(kid.lower_ == "which" for kid in t.children))
        for t in clause.children
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
