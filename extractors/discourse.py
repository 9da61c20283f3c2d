"""What is known while a story's statements are gone through: who is in it, who spoke, who was meant, and where."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from extractors.actors import Actors, significant
from extractors.bearers import Bearer, Cast, Mention
from extractors.name_words import JOINERS
from extractors.records import Span, SpeakerKind, Story
from extractors.references import TERM, bare

NEAR = 3
"""Sentences after which one who spoke may go on under another description."""
_OWNING = re.compile(r"['’]s?\s")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks: the name, the kind, and the bearer where there is one."""

    name: str
    kind: SpeakerKind
    bearer: Bearer | None = None


NOBODY = Speaker("", SpeakerKind.ANONYMOUS)
"""Whose name the story does not tell."""


class Places:
    """Spans of the text, among which one is found that holds a place."""

    def __init__(self, spans: Iterable[Span]) -> None:
        in_order = sorted(spans)
        self._starts = [start for start, _ in in_order]
        self._reach = list(accumulate((end for _, end in in_order), max))  # how far each or one before it goes

    def hold(self, place: int) -> bool:
        before = bisect_right(self._starts, place)
        return before > 0 and self._reach[before - 1] > place


@dataclass(slots=True)
class Discourse:
    """What is known while going through a story in order."""

    story: Story
    cast: Cast
    actors: Actors
    pool: list[Bearer]  # those whom a pronoun or a description can mean
    declared: list[re.Match[str]]  # "We, the ministers of the North, …", in order
    sources: list[Span]  # where the statements name who speaks, in order
    contents: Places  # what the statements say
    weights: dict[int, float] = field(default_factory=dict)  # where a mention begins → what it counts before it fades
    spoke: list[tuple[int, Speaker]] = field(default_factory=list)  # where, who; not those reported by another
    heard: dict[int, dict[int, float]] = field(default_factory=dict)  # bearer → sentence → weight, in order
    acted: int = -1  # where somebody without a name was brought in last
    unnamed: set[str] = field(default_factory=set)  # what anonymous sources were called: "official"

    @property
    def text(self) -> str:
        return self.story.text

    def hear(self, place: int, speaker: Speaker, weight: float) -> None:
        """Remember that one spoke, or was meant by a pronoun or description, at a place."""
        if speaker.bearer:
            heard, sentence = self.heard.setdefault(id(speaker.bearer), {}), self.cast.sentence(place)
            heard[sentence] = max(weight, heard.get(sentence, 0.0))

    def significant(self, description: str) -> tuple[set[str], set[str]]:
        """The words of a description that count, and the countries apart: "Polish envoy" → {"envoy"}, {"pl"}."""
        found = significant(description, self.actors.adjectives)
        countries = {word for word in found if word.startswith("@")}
        return set(found - countries), {word[1:] for word in countries}

    @property
    def last(self) -> Speaker | None:
        """Who spoke last."""
        return self.spoke[-1][1] if self.spoke else None

    def last_before(self, contents: Sequence[Span]) -> Speaker:
        """Who spoke last before something is said: whose words a quotation with no cue are."""
        before = (speaker for place, speaker in reversed(self.spoke) if contents and place < contents[0][0])
        return next(before, NOBODY)

    def in_last_paragraph(self, place: int) -> bool:
        """Was the last statement made in this paragraph? Somebody must have spoken."""
        return "\n" not in self.text[self.spoke[-1][0] : place]

    def goes_on(self, bearer: Bearer, place: int) -> bool:
        """Did this one, whom the story names, speak last and just before?"""
        where, last = self.spoke[-1] if self.spoke else (0, None)
        if last is None or last.bearer is not bearer or self.cast.sentence(place) - self.cast.sentence(where) > NEAR:
            return False
        return any(named is bearer for named in self.cast.bearers)

    def owns(self, mention: Mention) -> bool:
        """Does what is somebody's follow: "Starmer's spokesman"?"""
        return bool(_OWNING.match(self.text, mention.end))

    def is_source(self, mention: Mention) -> bool:
        """Is somebody named there as the one who speaks?"""
        place = bisect_right(self.sources, (mention.start, len(self.text)))
        return place > 0 and mention.start < self.sources[place - 1][1]


def speaker_of(bearer: Bearer) -> Speaker:
    """A bearer by the fullest name that the story has."""
    if bearer.kind in (SpeakerKind.PERSON, SpeakerKind.COUNTRY):
        return Speaker(bearer.name, bearer.kind, bearer)
    return by_longest_name(bearer, bearer.name)


def by_longest_name(bearer: Bearer, plain: str) -> Speaker:
    """A body by its longest name in the story; a description in small letters is no name where there is a better."""
    if bearer.kind is SpeakerKind.COUNTRY:
        return speaker_of(bearer)
    texts = {bare(found.text) for found in bearer.mentions}
    if not texts or all(term[0].isupper() or term in JOINERS | {"the"} for term in TERM.findall(plain)):
        texts.add(plain)
    name = max(texts, key=lambda text: (len(text.split()), len(text), text))
    return Speaker(name, bearer.kind, bearer)
