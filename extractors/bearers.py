"""Persons, bodies and countries of a story as records: who bears a name, where, and beside which titles."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field

from extractors.actors import Actor
from extractors.records import Span, SpeakerKind


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a bearer is named."""

    start: int
    end: int
    text: str  # the name alone, without title
    role: str  # the title or apposition beside it, lower case
    sentence: int
    subject: bool
    leading: bool  # subject of a main clause
    quoted: bool  # inside quotation marks: less likely to go on speaking


@dataclass(slots=True)
class Bearer:
    """A person, body or country of the story."""

    kind: SpeakerKind
    mentions: list[Mention] = field(default_factory=list)
    gender: str = ""
    actors: tuple[Actor, ...] = ()
    roles: set[str] = field(default_factory=set)  # words of titles and appositions, and of the offices held
    past: set[str] = field(default_factory=set)  # words of the offices held before or after
    countries: set[str] = field(default_factory=set)
    of_several: bool = False  # of a body of several countries, by the title: no country's minister
    aliases: set[str] = field(default_factory=set)  # folded

    @property
    def name(self) -> str:
        """The fullest name in the story: most words written out, most words, then the one most used, the longest."""
        if self.kind is SpeakerKind.COUNTRY and self.actors:
            return self.actors[0].name
        texts = Counter(mention.text for mention in self.mentions)
        listed = {name for actor in self.actors for name in actor.names}

        def fullness(text: str) -> tuple[int, int, bool, int, int]:
            words = text.split()
            return sum(word[1:2] != "." for word in words), len(words), text in listed, texts[text], len(text)

        return max(texts, key=fullness)


@dataclass(frozen=True, slots=True)
class Cast:
    """All bearers of a story, and where its sentences and quotations lie."""

    text: str
    bearers: tuple[Bearer, ...]
    sentences: tuple[int, ...]  # where each begins
    quotations: tuple[Span, ...]
    leading: frozenset[int] = frozenset()  # where words of main clauses' subjects begin

    def sentence(self, offset: int) -> int:
        return max(0, bisect_right(self.sentences, offset) - 1)

    def quoted(self, offset: int) -> bool:
        place = bisect_right(self.quotations, (offset, len(self.text)))
        return place > 0 and offset < self.quotations[place - 1][1]

    def within(self, span: Span) -> list[tuple[Mention, Bearer]]:
        """The mentions inside a span, in order."""
        found = [
            (mention, bearer)
            for bearer in self.bearers
            for mention in bearer.mentions
            if span[0] <= mention.start and mention.end <= span[1]
        ]
        return sorted(found, key=lambda pair: pair[0].start)
