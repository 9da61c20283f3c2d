"""Who is "he"? The speaker of each statement by the fullest name that the story has, and what kind of source it is.

A name is looked up among the bearers of the story (``names.cast``). A pronoun or a description ("the minister", "the
Ukrainian leader", "the agency") goes to the most salient bearer that agrees with it in gender, role and country;
salience is that of Lappin and Leass (1994): every mention counts, subjects and earlier speakers more, what stands inside
a quotation less, all of it fading from sentence to sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from extractors import names
from extractors.actors import Actors, fold, listed_actors, significant
from extractors.names import Bearer, Cast
from extractors.records import Span, SpeakerKind, Statement, Story

if TYPE_CHECKING:
    from extractors.parsing import Parsed

SUBJECT, OBJECT, SPOKE = 1.0, 0.5, 1.2
QUOTED = 0.25
"""How much less a mention inside quotation marks counts."""
REPORTED = 0.45
"""The same for one inside reported content."""
FADING = 0.55
"""What is left of a mention's weight a sentence later, for a pronoun; a description reaches farther."""
FADING_ROLE = 0.85
AHEAD = 0.3
"""Weight of a mention after the description: "the ambassador noted. Catherine Godin stated ..." """

_TERM = re.compile(r"[^\W_]+(?:[-.’'][^\W_]+)*")
_HEAD_ENDS = re.compile(
    r",|\(|\s(?:who|whose|which|that|of|for|at|in|from|on|to|with|by|familiar|close|briefed|based|speaking|stationed|said|involved|near|inside|within|under|representing)\s"
)
_OUTLET = re.compile(
    r"(?i)\b(?:news|newspaper|agency|channel|times|post|media|radio|tv|television|outlet|website|magazine|tabloid|broadcaster|publication)\b"
)


@dataclass(frozen=True, slots=True)
class _Source:
    """An answer: the name, the kind, and the bearer where there is one."""

    name: str
    kind: SpeakerKind
    bearer: Bearer | None = None


@dataclass(slots=True)
class _Scene:
    """What is known while going through a story's statements in order."""

    story: Story
    cast: Cast
    actors: Actors
    contents: tuple[Span, ...]
    spoke: list[tuple[int, _Source]] = field(default_factory=list)  # where, who


def resolve(
    story: Story, parsed: Parsed, statements: Sequence[Statement], *, actors: Actors | None = None
) -> list[Statement]:
    """The statements, in their order, with ``speaker_name`` and ``speaker_kind``."""
    if not statements:
        return []
    actors = actors or listed_actors()
    named = [statement.spans.speaker for statement in statements if statement.spans.speaker]
    cast = names.cast(story.text, parsed, story.day, actors, named)
    contents = tuple(span for statement in statements for span in statement.spans.content)
    scene = _Scene(story, cast, actors, contents)
    found: dict[int, _Source] = {}
    for index in sorted(range(len(statements)), key=lambda i: _place(statements[i])):
        statement = statements[index]
        source = _source(statement, scene)
        found[index] = source
        scene.spoke.append((_place(statement), source))
    return [
        replace(statement, speaker_name=found[i].name, speaker_kind=found[i].kind)
        for i, statement in enumerate(statements)
    ]


def _place(statement: Statement) -> int:
    spans = statement.spans
    where = spans.speaker or spans.cue
    return where[0] if where else spans.content[0][0] if spans.content else spans.evidence[0]


def _source(statement: Statement, scene: _Scene) -> _Source:
    mention = " ".join(statement.speaker.split())
    if not mention:
        return _goes_on(statement, scene)
    span = statement.spans.speaker or (_place(statement), _place(statement) + len(statement.speaker))
    low = fold(mention)
    if kind := names.words().pronouns.get(low):
        return _pronoun(kind, span, statement, scene) or _Source("", SpeakerKind.ANONYMOUS)
    return (
        _several(mention, span, scene)
        or _named(mention, span, scene)
        or _described(mention, span, statement, scene)
        or _as_written(mention, scene)
    )


def _goes_on(statement: Statement, scene: _Scene) -> _Source:
    """A quotation with no cue: whoever spoke last before it."""
    start = statement.spans.content[0][0] if statement.spans.content else 0
    before = [source for place, source in scene.spoke if place < start]
    return before[-1] if before else _Source("", SpeakerKind.ANONYMOUS)


def _pronoun(kind: str, span: Span, statement: Statement, scene: _Scene) -> _Source | None:
    if kind == "relative":
        return _antecedent(span, scene)
    if kind == "first":
        return _goes_on(statement, scene)
    if kind in ("masculine", "feminine"):
        gender = kind[0]

        def person(bearer: Bearer) -> float:
            if bearer.kind is not SpeakerKind.PERSON or bearer.gender not in ("", gender):
                return 0.0
            return 1.0 if bearer.gender else 0.7

        return _most_salient(person, span, statement, scene, FADING)

    def body(bearer: Bearer) -> float:
        return {SpeakerKind.PERSON: 0.0, SpeakerKind.COUNTRY: 0.6}.get(bearer.kind, 1.0)

    if kind == "plural":
        last = scene.spoke[-1][1] if scene.spoke else None
        if last and last.kind in (
            SpeakerKind.GROUP,
            SpeakerKind.ANONYMOUS,
            SpeakerKind.ORGANISATION,
            SpeakerKind.OUTLET,
        ):
            return last
    return _most_salient(body, span, statement, scene, FADING)


def _antecedent(span: Span, scene: _Scene) -> _Source | None:
    """ "who", "which": the mention that ends just before it."""
    before = [pair for pair in scene.cast.within((max(0, span[0] - 120), span[0]))]
    return _of(before[-1][1]) if before else None


def _several(mention: str, span: Span, scene: _Scene) -> _Source | None:
    """Named sources joined by "and": a group by its names; countries as written."""
    if not re.search(r"\band\b|,", mention):
        return None
    inside = scene.cast.within(span)
    people: list[Bearer] = []
    for _, bearer in inside:
        if bearer.kind is SpeakerKind.PERSON and bearer not in people:
            people.append(bearer)
    joined = (
        re.search(r"\band\b", scene.story.text[inside[0][0].end : inside[-1][0].start]) if len(inside) > 1 else None
    )
    if len(people) > 1 and joined:
        return _Source(" and ".join(bearer.name for bearer in people), SpeakerKind.GROUP)
    countries = [bearer for _, bearer in inside if bearer.kind is SpeakerKind.COUNTRY]
    if len(countries) > 1 and re.fullmatch(
        r"(?:the )?[A-Z][\w. ]*(?:, (?:the )?[A-Z][\w. ]*)*,? and (?:the )?[A-Z][\w. ]*", mention
    ):
        return _Source(mention, SpeakerKind.COUNTRY)
    return None


def _head(mention: str) -> str:
    """The head noun of a description, lower case: "the head of the mission" → head."""
    low = re.sub(r"['’]s?$", "", mention.casefold().strip())
    start = _HEAD_ENDS.split(re.sub(r"^(?:the|a|an)\s", "", low) + " ", maxsplit=1)[0]
    terms = _TERM.findall(start.split("’s ")[-1].split("'s ")[-1])
    return terms[-1] if terms else ""


def _named(mention: str, span: Span, scene: _Scene) -> _Source | None:
    """A mention that holds a name: the person's, else the body's that it is."""
    inside = scene.cast.within(span)
    people = [pair for pair in inside if pair[1].kind is SpeakerKind.PERSON]
    text = scene.story.text
    for found, bearer in reversed(people):
        after = text[found.end : span[1]]
        if re.match(r"['’]s?\s+\w", after):  # Starmer's spokesman is not Starmer
            continue
        if people.index((found, bearer)) and re.search(
            r"\b(?:of|with|from|by|who|to)\b[^,]*$", text[span[0] : found.start]
        ):
            continue
        return _of(bearer)
    plain = re.sub(r"^(?:the|The)\s+", "", mention)
    known = scene.actors.by_name.get(fold(mention), ())
    if len(known) == 1 and known[0].kind is SpeakerKind.COUNTRY:
        return _Source(known[0].name, SpeakerKind.COUNTRY)
    whole = [
        bearer
        for found, bearer in inside
        if found.end - found.start >= len(plain) - 2 and bearer.kind is not SpeakerKind.PERSON
    ]
    if whole:
        return _body(whole[0], plain)
    if len(known) == 1:
        return _Source(plain, known[0].kind)
    return None


def _body(bearer: Bearer, plain: str) -> _Source:
    texts = {re.sub(r"^(?:the|The)\s+", "", found.text) for found in bearer.mentions} | {plain}
    if bearer.kind is SpeakerKind.COUNTRY:
        return _of(bearer)
    name = max(texts, key=lambda text: (len(text.split()), len(text), text))
    return _Source(name, bearer.kind, bearer)


def _described(mention: str, span: Span, statement: Statement, scene: _Scene) -> _Source | None:
    """A description: of a person by role, of a body by its kind, of sources that stay unnamed."""
    lexicon = names.words()
    head = _head(mention)
    definite = bool(re.match(r"(?i)(?:the|his|her|its|their|this|that)\b|.*['’]s?\s", mention))
    holders = {actor.id for actor in scene.actors.holders(mention, scene.story.day)}
    if len(holders) == 1:
        for bearer in scene.cast.bearers:
            if {actor.id for actor in bearer.actors} == holders:
                return _of(bearer)
    terms = [re.sub(r"['’]s?$", "", term) for term in _TERM.findall(mention.casefold())]
    if head in lexicon.roles and definite and not _possessor_is_person(mention, span, scene):
        fits = lexicon.roles[head]
        if found := _most_salient(_role(head, fits, terms, scene), span, statement, scene, FADING_ROLE, ahead=True):
            return found
        if len(holders) == 1:
            return _Source(scene.actors.by_id[holders.pop()].name, SpeakerKind.PERSON)
        if head not in lexicon.anonymous:
            return _Source(re.sub(r"^(?:the|The)\s+", "", mention), SpeakerKind.PERSON)
    if head in lexicon.anonymous and not (head in lexicon.groups and _whose(terms, scene)):
        return _Source("", SpeakerKind.ANONYMOUS)
    if definite and head in lexicon.generic:
        fits = lexicon.generic[head]
        if found := _most_salient(_bodily(head, fits, terms, scene), span, statement, scene, FADING_ROLE, ahead=True):
            return found
    return None


def _possessor_is_person(mention: str, span: Span, scene: _Scene) -> bool:
    return any(
        bearer.kind is SpeakerKind.PERSON and re.match(r"['’]s?\s", scene.story.text[found.end : found.end + 3])
        for found, bearer in scene.cast.within(span)
    )


def _whose(terms: Sequence[str], scene: _Scene) -> bool:
    return any(term in scene.actors.adjectives for term in terms)


def _role(head: str, fits: frozenset[str], terms: Sequence[str], scene: _Scene) -> Callable[[Bearer], float]:
    """How well a person of the story fits a description by role: 0 for not at all."""
    wanted = significant(" ".join(terms), scene.actors.adjectives)
    countries = {word[1:] for word in wanted if word.startswith("@")}
    others = {word for word in wanted if not word.startswith("@")} - {head, *significant(head, {})}
    lexicon = names.words()
    gender = "f" if head in lexicon.feminine else "m" if head in lexicon.masculine else ""

    def fit(bearer: Bearer) -> float:
        if bearer.kind is not SpeakerKind.PERSON or (gender and bearer.gender not in ("", gender)):
            return 0.0
        if countries and bearer.countries and not countries & bearer.countries:
            return 0.0
        roles = bearer.roles | significant(" ".join(bearer.roles), {})
        if head in roles:
            score = 1.0
        elif fits & roles:
            score = 0.8
        else:
            return 0.0 if bearer.roles & lexicon.roles.keys() else 0.1
        if countries and not bearer.countries:
            score *= 0.6
        if others:
            score *= (0.3 + len(others & roles)) / (0.3 + len(others))
        return score

    return fit


def _bodily(head: str, fits: frozenset[str], terms: Sequence[str], scene: _Scene) -> Callable[[Bearer], float]:
    """How well a body of the story fits a description by its kind: 0 for not at all."""
    wanted = significant(" ".join(terms), scene.actors.adjectives)
    countries = {word[1:] for word in wanted if word.startswith("@")}

    def fit(bearer: Bearer) -> float:
        if bearer.kind in (SpeakerKind.PERSON, SpeakerKind.COUNTRY):
            return 0.0
        if countries and bearer.countries and not countries & bearer.countries:
            return 0.0
        held = {
            word
            for alias in (*bearer.aliases, *(found.text.casefold() for found in bearer.mentions))
            for word in alias.split()
        }
        if head in held:
            return 1.0
        if "OUTLET" in fits:
            return 0.9 if bearer.kind is SpeakerKind.OUTLET else 0.0
        if fits & held:
            return 0.8
        if head in ("agency", "team", "mission", "watchdog", "organisation", "organization", "service", "body"):
            return (
                0.3
                if bearer.kind is SpeakerKind.ORGANISATION or (head == "agency" and bearer.kind is SpeakerKind.OUTLET)
                else 0.0
            )
        return 0.0

    return fit


def _most_salient(
    fit: Callable[[Bearer], float],
    span: Span,
    statement: Statement,
    scene: _Scene,
    fading: float,
    *,
    ahead: bool = False,
) -> _Source | None:
    """The bearer that fits and stands out most where the mention is."""
    best, best_score = None, 0.0
    for bearer in scene.cast.bearers:
        if weight := fit(bearer):
            score = weight * _salience(bearer, span, statement, scene, fading, ahead)
            if score > best_score:
                best, best_score = bearer, score
    return _of(best) if best else None


def _salience(bearer: Bearer, span: Span, statement: Statement, scene: _Scene, fading: float, ahead: bool) -> float:
    here = scene.cast.sentence(span[0])
    total = 0.0
    for found in bearer.mentions:
        if any(start <= found.start < end for start, end in statement.spans.content):
            continue
        if found.start > span[0]:
            if ahead and found.sentence - here <= 1:
                total += AHEAD * SUBJECT if found.subject else AHEAD * OBJECT
            continue
        weight = SUBJECT if found.subject else OBJECT
        if found.quoted:
            weight *= QUOTED
        elif any(start <= found.start < end for start, end in scene.contents):
            weight *= REPORTED
        total += weight * fading ** (here - found.sentence)
    for place, source in scene.spoke:
        if source.bearer is bearer and place < span[0]:
            total += SPOKE * fading ** (here - scene.cast.sentence(place))
    return total


def _of(bearer: Bearer) -> _Source:
    name = bearer.name if bearer.kind in (SpeakerKind.PERSON, SpeakerKind.COUNTRY) else _body(bearer, "").name
    return _Source(name, bearer.kind, bearer)


def _as_written(mention: str, scene: _Scene) -> _Source:
    """A source that is its own name: "the Belarusian military", "Russian media", "pro-war bloggers"."""
    lexicon = names.words()
    plain = re.sub(r"^(?:the|a|an)\s+", "", mention, flags=re.IGNORECASE)
    head = _head(mention)
    if head in lexicon.groups and head not in ("media",):
        return _Source(plain, SpeakerKind.GROUP)
    if head in lexicon.bodies and not _OUTLET.search(plain):
        return _Source(plain, SpeakerKind.ORGANISATION)
    if _OUTLET.search(plain):
        return _Source(plain, SpeakerKind.OUTLET)
    if not any(term[0].isupper() for term in _TERM.findall(plain)):
        return _Source("", SpeakerKind.ANONYMOUS) if head not in lexicon.roles else _Source(plain, SpeakerKind.PERSON)
    if plain.isupper() or head not in lexicon.roles:
        return _Source(plain, SpeakerKind.ORGANISATION)
    return _Source(plain, SpeakerKind.PERSON)
