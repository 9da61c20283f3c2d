"""Who speaks in a story, for dating: by which names each statement's speaker goes, and who is at an occasion.

Speakers are told apart by ``speaker_name`` where it is filled, else by the mention. An unresolved "he" is who spoke
last; "one of the officials" are the officials; an office alone in a lead is the one whom the next sentence names.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extractors.records import SpeakerKind, Statement
from extractors.scenes import Scene, lexicon, place_of

_NEIGHBOURS = 4  # statements before one among which the described source may be that it returns to
_BESIDE = 60  # characters beside a name in which its office may stand
_SENTENCES_BACK = 3
_GOES_ON = re.compile(r"\W*(?:s?he|they)\b")
_LONG = 3_000  # characters back to which is searched for the start of a quotation
_PRONOUNS = {"he", "she", "they", "it", "him", "her", "them", "who", "i", "we"}
_JOINED = re.compile(r",? and |, ")  # each of several speakers
_POSSESSIVE = re.compile(r"['’]s?$")

Names = frozenset[str]
"""What one or more speakers are called, in lower case."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The speakers of a scene. ``names`` runs parallel to its statements; ``known`` are all of them."""

    scene: Scene
    names: Sequence[Names]
    known: Names
    persons: Names  # of the known those of single persons
    reported: Names  # of the known those who speak in what others say, and nowhere else
    main: Names  # the person who says half of all that is said or more, if there is one

    def speakers_in(self, start: int, sentence: str, verb: int) -> Names:
        """The speakers that an occasion's sentence tells of: its subject, and at a meeting all who are named."""
        reach = sentence if lexicon()["meeting_verb"].search(sentence) else sentence[:verb]
        words = {_POSSESSIVE.sub("", word).casefold() for word in re.findall(r"[\w’'-]+", reach)}
        names = {name for name in self.known if _is_among(name, reach.casefold(), words)}
        for i in self.scene.said_in((start, start + len(sentence))):
            speaker = self.scene.statements[i].spans.speaker
            if speaker and start <= speaker[0] < start + len(reach):
                names |= self.names[i]
        if re.search(r"\b(?:he|she|they)\b", sentence[:verb], re.IGNORECASE):
            names |= self.speaker_before(start)
        return frozenset(names)

    def speaker_before(self, start: int) -> Names:
        """Whom "he" at the head of a sentence means: the first whom the one before names, or the one before that where
        it goes on with "he"; else who spoke last."""
        place = start
        for _ in range(_SENTENCES_BACK):
            if not place:
                break
            place, end = self.scene.sentence(max(0, place - 2))
            before = self.scene.text[place:end].casefold()
            named = [(before.find(name.split()[-1]), name) for name in self.known]
            if places := [(at, name) for at, name in named if at >= 0]:
                return frozenset((min(places)[1],))
            if not _GOES_ON.match(before):
                break
        earlier = bisect_left(self.scene.places, start)
        return self.names[self.scene.order[earlier - 1]] if earlier else frozenset()

    def speaker_beside(self, start: int, sentence: str) -> Names:
        """Whom an office at the head of a sentence means that tells of somebody speaking.

        It is the person who speaks in the next, or who has spoken in the one before.
        """
        if not lexicon()["spoke"].match(sentence):
            return frozenset()
        scene, end = self.scene, start + len(sentence)
        before, _ = scene.sentence(max(0, start - 1))
        beside = (*scene.said_in((end, scene.sentence(end)[1]))[:1], *scene.said_in((before, start))[-1:])
        persons = (self.names[i] for i in beside if scene.statements[i].speaker_kind is SpeakerKind.PERSON)
        return next(persons, frozenset())

    def by_office(self, sentence: str) -> Names:
        """Whom an office at the head of a sentence means that tells of an interview: the one who says most."""
        told = lexicon()["office"].match(sentence) and lexicon()["interviewed"].search(sentence)
        return self.main if told else frozenset()

    def present(self, start: int, end: int) -> Names:
        """Who is at the occasion that a sentence speaks of: who speaks there; if nobody does, who is named."""
        inside = self.scene.said_in((start, end))
        speaking = [self.names[i] for i in inside if not self.is_reported(i)]
        if speaking:
            return frozenset().union(*speaking)
        return self.speakers_in(start, self.scene.text[start:end], end - start)

    def told_in_person(self, i: int) -> Names:
        """The persons to whom a person says something: "told President Bell" (no body, to which one writes)."""
        statement = self.scene.statements[i]
        if statement.speaker_kind is not SpeakerKind.PERSON or not statement.audience:
            return frozenset()
        told = set(statement.audience.casefold().split())
        return frozenset(name for name in self.persons if name.split()[-1] in told)

    def is_recounted(self, i: int) -> bool:
        """Does it stand in what the same one said: "he said that he had told her on Monday …"?"""
        cue = self.scene.statements[i].spans.cue
        return cue is not None and any(same(self.names[i], self.names[j]) for j in self._sayers(cue[0]) if j != i)

    def is_reported(self, i: int) -> bool:
        """Does it stand in what another said?"""
        cue = self.scene.statements[i].spans.cue
        return cue is not None and self.is_said(cue[0])

    def carrier(self, i: int) -> Names:
        """The outlet through which somebody speaks, which then speaks too; not where another tells of it."""
        via = self.scene.statements[i].via
        return frozenset(plain(via)) if via and not self.is_reported(i) else frozenset()

    def is_said(self, place: int) -> bool:
        """Does a place lie in what somebody said?"""
        return any(True for _ in self._sayers(place))

    def _sayers(self, place: int) -> Iterator[int]:
        """The statements begun in the same paragraph in whose content a place lies."""
        first = self.scene.text.rfind("\n", max(0, place - _LONG), place) + 1 or place - _LONG
        for i in self.scene.said_in((first, place + 1)):
            if self.scene.statements[i].spans.in_content(place):
                yield i


def cast_of(scene: Scene) -> Cast:
    statements, order = scene.statements, scene.order
    names: list[Names] = [frozenset()] * len(statements)
    before: int | None = None
    for i in order:  # an unresolved "he", or no speaker at all: who spoke last
        names[i] = frozenset(_keys(statements[i]))
        if before is not None and (not names[i] or _takes_up(scene, statements[i], statements[before])):
            names[i] |= names[before]
        before = i
    for place, i in enumerate(order):
        for j in reversed(order[max(0, place - _NEIGHBOURS) : place]):
            if _is_of(scene, statements[i], statements[j]):
                same_ones = names[i]
                for later in order[place:]:
                    if later == i or same_ones & names[later]:
                        names[later] = names[j] | {one for one in names[later] if not _is_tail(one, names[j])}
                break
    persons = [each for one, each in zip(statements, names, strict=True) if one.speaker_kind is SpeakerKind.PERSON]
    counted = Counter(persons).most_common(1)
    main = counted[0][0] if counted and 2 * counted[0][1] >= len(statements) else frozenset()
    cast = Cast(scene, names, frozenset().union(*names), frozenset().union(*persons), frozenset(), main)
    heard = (each for i, each in enumerate(names) if not cast.is_reported(i))
    return replace(cast, reported=cast.known.difference(*heard))


def plain(name: str) -> Iterator[str]:
    """A name to compare by; nothing for a pronoun."""
    bare = re.sub(r"^(?:the|a|an)\s+", "", _POSSESSIVE.sub("", name.strip()).casefold())
    if bare and bare not in _PRONOUNS:
        yield bare


def same(one: Names, other: Names) -> bool:
    return any(_alike(a, b) for a in one for b in other)


def is_named(name: str, text: str) -> bool:
    return name.split()[-1] in text.casefold()


def _keys(statement: Statement) -> Iterator[str]:
    yield from plain(statement.speaker_name or statement.speaker)
    if " and " in statement.speaker:
        for each in _JOINED.split(statement.speaker):
            yield from plain(each)


def _alike(a: str, b: str) -> bool:
    """One name as the end of the other: a surname, or a name without its title. "Ukraine" is no "army of Ukraine"."""
    short, long = sorted((a.split(), b.split()), key=len)
    return long == short or (long[-len(short) :] == short and "of" not in long)


def _is_tail(name: str, names: Names) -> bool:
    """Is it what one of the names ends with: "official" for the "city official" who is meant, and for others?"""
    return any(other.endswith(f" {name}") for other in names)


def _is_among(name: str, folded: str, words: set[str]) -> bool:
    return name in folded if " of " in name else name.split()[-1] in words


def _takes_up(scene: Scene, statement: Statement, before: Statement) -> bool:
    """Does "they" mean several who said the thing before, though the two are named by different ones of them?"""
    cue, name = before.spans.cue, statement.speaker_name
    if statement.speaker.lower() != "they" or not name or cue is None:
        return False
    return name in scene.text[scene.sentence(cue[0])[0] : cue[0]]


def _is_of(scene: Scene, statement: Statement, before: Statement) -> bool:
    """Does one who is only described return: as "one of the officials", or with a name?"""
    mention, head = statement.spans.speaker, _head(before.speaker)
    if not _is_described(before) or not head or mention is None:
        return False
    if _is_described(statement):
        of_them = lexicon()["of_them"].fullmatch(statement.speaker)
        return of_them is not None and of_them["whom"] in (None, head)
    if scene.sentence(place_of(statement))[0] > before.spans.evidence[1] + 2:
        return False
    begins, _ = scene.sentence(mention[0])
    around = scene.text[max(mention[0] - _BESIDE, begins) : mention[1] + _BESIDE]
    if re.match(r"an? ", before.speaker, re.IGNORECASE) and re.search(rf"\b{re.escape(head)}\b", around):
        return True
    if statement.speaker_kind is not SpeakerKind.PERSON or not lexicon()["office"].fullmatch(before.speaker):
        return False
    lead = scene.text[: before.spans.evidence[1] - 1]
    return "\n" not in lead and statement.speaker_name.split()[-1] not in lead


def _is_described(statement: Statement) -> bool:
    """Is the speaker told by what he is alone, without a name?"""
    name = statement.speaker_name
    return not name or (name[:1].islower() and list(plain(name)) == list(plain(statement.speaker)))


def _head(description: str) -> str:
    """The noun of a description: "two senior officials familiar with the talks" are officials."""
    words = lexicon()["postmodifier"].split(description, maxsplit=1)[0].split()
    return words[-1] if words and words[-1].islower() else ""
