"""Who is "he"? The speaker of each statement by the fullest name that the story has, and what kind of source it is.

A name is looked up among the bearers of the story (``names.cast``). A pronoun or a description ("the minister", "the
Ukrainian leader", "the agency") goes to the most salient bearer that agrees with it in gender, role and country.
Salience is that of Lappin and Leass (1994): every mention counts, subjects and earlier speakers more, what stands
inside a quotation less, all of it fading from sentence to sentence.
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

BROAD = 12
"""A role that fits more kinds of office than this ("politician") says little: then the latest mentions count most."""

_Fit = Callable[[Bearer], float]
_TERM = re.compile(r"[^\W_]+(?:[-.’'][^\W_]+)*")
_HEAD_ENDS = re.compile(
    r",|\(|\s(?:who|whose|which|that|of|for|at|in|from|on|to|with|by|familiar|close|briefed|based|speaking|stationed|said|involved|near|inside|within|under|representing)\s"
)
_ARTICLE = re.compile(r"(?i)^(?:the|a|an)\s+")
_DEFINITE = re.compile(r"(?i)(?:the|his|her|its|their|this|that)\b|.*['’]s?\s")
_GENITIVE = re.compile(r"['’]s?\s")
_OF_STATE = re.compile(r"\bhead of (?:state|government)\b")
_MODIFYING = re.compile(r"['’]s?\s+\w|\s(?!(?:of|from|in|at|for|who|and|or|with|on|to|as|a|an|the|is|was)\b)[a-z]")
_IN_PHRASE = re.compile(r"\b(?:of|for|with|from|by|at|under|who|to)\b[^,]*\Z")
_JOINT = re.compile(r"\band\s((?:(?!\band\b)[^,])*),?\s?\Z")
_PLACE = r"(?:[Tt]he )?[A-Z][\w.]*(?: [A-Z]\w*)*"
_COUNTRIES = re.compile(rf"{_PLACE}(?:, {_PLACE})*,? and {_PLACE}")
_OUTLET = re.compile(
    r"(?i)\b(?:news|newspaper|agency|channel|times|post|media|radio|tv|television|outlet|website|magazine|tabloid|broadcaster|publication)\b"
)


@dataclass(frozen=True, slots=True)
class _Source:
    """An answer: the name, the kind, and the bearer where there is one."""

    name: str
    kind: SpeakerKind
    bearer: Bearer | None = None


_NOBODY = _Source("", SpeakerKind.ANONYMOUS)


@dataclass(slots=True)
class _Scene:
    """What is known while going through a story's statements in order."""

    story: Story
    cast: Cast
    actors: Actors
    contents: tuple[Span, ...]
    spoke: list[tuple[int, _Source]] = field(default_factory=list)  # where, who
    unnamed: set[str] = field(default_factory=set)  # what anonymous sources were called: "official"


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
        place = statement.spans.speaker
        known = next((found[i] for i in found if place and statements[i].spans.speaker == place), None)
        found[index] = known or _source(statement, scene)
        scene.spoke.append((_place(statement), found[index]))
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
        return _pronoun(kind, span, statement, scene) or _NOBODY
    return (
        _several(mention, span, scene)
        or _named(mention, span, scene)
        or _described(mention, span, statement, scene)
        or _as_written(mention, span, scene)
    )


def _goes_on(statement: Statement, scene: _Scene) -> _Source:
    """A quotation with no cue: whoever spoke last before it."""
    start = statement.spans.content[0][0] if statement.spans.content else 0
    before = [source for place, source in scene.spoke if place < start]
    return before[-1] if before else _NOBODY


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
    before = scene.cast.within((max(0, span[0] - 120), span[0]))
    return _of(before[-1][1]) if before else None


def _several(mention: str, span: Span, scene: _Scene) -> _Source | None:
    """Named sources joined by "and": people as a group by their names, countries as written."""
    if _COUNTRIES.fullmatch(mention):
        inside = [bearer for _, bearer in scene.cast.within(span)]
        if len(inside) > 1 and all(bearer.kind is SpeakerKind.COUNTRY for bearer in inside):
            return _Source(mention, SpeakerKind.COUNTRY)
    people = [pair for pair in scene.cast.within(span) if pair[1].kind is SpeakerKind.PERSON]
    named: list[Bearer] = []
    for (found, bearer), (last, _) in zip(people[1:], people, strict=False):
        joint = _JOINT.search(scene.story.text, last.end, found.start)
        titles = _TERM.findall(joint[1].casefold()) if joint else []
        if joint and (found.start - joint.end() <= 0) and all(_is_title(term) for term in titles):
            named += [other for other in (people[0][1], bearer) if other not in named]
    return _Source(" and ".join(bearer.name for bearer in named), SpeakerKind.GROUP) if named[1:] else None


def _is_title(term: str) -> bool:
    lexicon = names.words()
    return term in lexicon.role_words or term in lexicon.bodies or term in ("his", "her", "wife", "husband", "the")


def _head(mention: str) -> str:
    """The head of a description, lower case: "the Estonian head of government" → head of government."""
    lexicon = names.words()
    low = re.sub(r"['’]s?$", "", mention.casefold().strip())
    if found := _OF_STATE.search(low):
        return found[0]
    plain = _HEAD_ENDS.split(_ARTICLE.sub("", low) + " ", maxsplit=1)[0]
    terms = _TERM.findall(plain.split("’s ")[-1].split("'s ")[-1])
    pair = " ".join(terms[-2:])
    return pair if pair in lexicon.generic or pair in lexicon.roles else terms[-1] if terms else ""


def _named(mention: str, span: Span, scene: _Scene) -> _Source | None:
    """A mention that holds a name: the person's, else the body's that it is."""
    inside = scene.cast.within(span)
    people = [pair for pair in inside if pair[1].kind is SpeakerKind.PERSON]
    text = scene.story.text
    if _ARTICLE.sub("", mention).casefold() in names.words().generic:
        return None
    standing = [pair for pair in people if not _modifies(pair[0].end, span, text)]
    leading = [pair for pair in standing if not _IN_PHRASE.search(text, span[0], pair[0].start)]
    if chosen := leading or standing:
        return _of(next((bearer for found, bearer in chosen if " " in found.text), chosen[0][1]))
    plain = _ARTICLE.sub("", mention)
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
    if not people and plain[:1].isupper() and " " not in plain:
        for bearer in scene.cast.bearers:
            if bearer.kind is SpeakerKind.PERSON and names.same_person(plain, bearer.name):
                return _of(bearer)
    if len(known) == 1:
        same = next((bearer for bearer in scene.cast.bearers if bearer.actors == known), None)
        return _body(same, plain) if same else _Source(plain, known[0].kind)
    return None


def _modifies(end: int, span: Span, text: str) -> bool:
    """Does a name go on to another noun? "Starmer's spokesman", "the Obama administration"."""
    return bool(_MODIFYING.match(text, end, span[1]))


def _body(bearer: Bearer, plain: str) -> _Source:
    """A body by its longest name in the story; a description in small letters is no name where there is a better."""
    if bearer.kind is SpeakerKind.COUNTRY:
        return _of(bearer)
    texts = {_ARTICLE.sub("", found.text) for found in bearer.mentions}
    if not texts or all(term[0].isupper() or term in names.JOINERS | {"the"} for term in _TERM.findall(plain)):
        texts.add(plain)
    name = max(texts, key=lambda text: (len(text.split()), len(text), text))
    return _Source(name, bearer.kind, bearer)


def _described(mention: str, span: Span, statement: Statement, scene: _Scene) -> _Source | None:
    """A description: of a person by role, of a body by its kind, of sources that stay unnamed."""
    lexicon = names.words()
    head = _head(mention)
    terms = [re.sub(r"['’]s?$", "", term) for term in _TERM.findall(mention.casefold())]
    definite = bool(_DEFINITE.match(mention))
    whose = any(term in scene.actors.adjectives for term in terms)
    if not definite and head in lexicon.anonymous and not (head in lexicon.groups and whose):
        scene.unnamed.add(head)
        return _NOBODY
    if definite and head in lexicon.roles and not _possessor_is_person(span, scene):
        return _holder(mention, head, terms, span, statement, scene)
    if definite and head in lexicon.generic:
        fit = _bodily(head, terms, scene)
        return _most_salient(fit, span, statement, scene, FADING_ROLE, ahead=True)
    return _NOBODY if head in lexicon.anonymous and not (head in lexicon.groups and whose) else None


def _holder(
    mention: str, head: str, terms: Sequence[str], span: Span, statement: Statement, scene: _Scene
) -> _Source | None:
    """Whom a description by role means: the one whom the list gives the office, if the story names that person; an
    unnamed source that was described so before; the most salient person of the story that agrees."""
    lexicon = names.words()
    listed = scene.actors.holders(mention, scene.story.day)
    for bearer in scene.cast.bearers:
        if len(listed) == 1 and bearer.actors == listed:
            return _of(bearer)
    if head in scene.unnamed and not any(head in bearer.roles for bearer in scene.cast.bearers):
        return _NOBODY
    fading = FADING if len(lexicon.roles[head]) > BROAD else FADING_ROLE
    if found := _most_salient(_role(head, terms, scene), span, statement, scene, fading, ahead=True):
        return found
    if len(listed) == 1:
        return _Source(listed[0].name, SpeakerKind.PERSON)
    return None if head not in lexicon.anonymous else _Source(_ARTICLE.sub("", mention), SpeakerKind.PERSON)


def _possessor_is_person(span: Span, scene: _Scene) -> bool:
    """Starmer's spokesman is somebody else, whom no role of the story's people names."""
    return any(
        bearer.kind is SpeakerKind.PERSON and _GENITIVE.match(scene.story.text, found.end)
        for found, bearer in scene.cast.within(span)
    )


def _role(head: str, terms: Sequence[str], scene: _Scene) -> _Fit:
    """How well a person of the story fits a description by role: 0 for not at all."""
    lexicon = names.words()
    fits = lexicon.roles[head]
    wanted = significant(" ".join(terms), scene.actors.adjectives)
    countries = {word[1:] for word in wanted if word.startswith("@")}
    former = not {"former", "ex"}.isdisjoint(terms)
    others = {word for word in wanted if not word.startswith("@")} - significant(head, {}) - {"former", "ex"}
    gender = "f" if head in lexicon.feminine else "m" if head in lexicon.masculine else ""

    def fit(bearer: Bearer) -> float:
        if bearer.kind is not SpeakerKind.PERSON or (gender and bearer.gender not in ("", gender)):
            return 0.0
        if countries and bearer.countries and not countries & bearer.countries:
            return 0.0
        plain = bearer.roles | bearer.past if former else bearer.roles
        roles = plain | significant(" ".join(plain), {})
        if head in roles or all(word in roles for word in head.split()):
            score = 1.0
        elif fits & roles:
            score = 0.8
        elif bearer.roles & lexicon.roles.keys():
            return 0.0
        else:
            score = 0.1
        if countries and not bearer.countries:
            score *= 0.6
        if others:
            score *= (0.3 + len(others & roles)) / (0.3 + len(others))
        return score

    return fit


def _bodily(head: str, terms: Sequence[str], scene: _Scene) -> _Fit:
    """How well a body of the story fits a description by its kind: 0 for not at all."""
    fits = names.words().generic[head]
    wanted = significant(" ".join(terms), scene.actors.adjectives)
    countries = {word[1:] for word in wanted if word.startswith("@")}

    def fit(bearer: Bearer) -> float:
        if bearer.kind in (SpeakerKind.PERSON, SpeakerKind.COUNTRY):
            return 0.0
        if countries and bearer.countries and not countries & bearer.countries:
            return 0.0
        if "OUTLET" in fits:
            return 1.0 if bearer.kind is SpeakerKind.OUTLET else 0.0
        held = {word for found in bearer.mentions for word in found.text.casefold().split()}
        held |= {word for alias in bearer.aliases for word in alias.split()}
        if head in held:
            return 1.0
        if fits & held:
            return 0.8
        return 0.3 if "ANY" in fits and bearer.kind is SpeakerKind.ORGANISATION else 0.0

    return fit


def _addressed(statement: Statement, scene: _Scene) -> list[Bearer]:
    """Those to whom it is said, by name or role: they are not the one who says it."""
    if not statement.audience:
        return []
    text = fold(statement.audience)
    people = [bearer for bearer in scene.cast.bearers if bearer.kind is SpeakerKind.PERSON]
    named = [bearer for bearer in people if any(fold(found.text) in text for found in bearer.mentions)]
    head = _head(statement.audience)
    if named or head not in names.words().roles:
        return named
    fit = _role(head, [re.sub(r"['’]s?$", "", term) for term in _TERM.findall(statement.audience.casefold())], scene)
    best = max(map(fit, people), default=0.0)
    return [bearer for bearer in people if fit(bearer) == best > 0.5]


def _most_salient(
    fit: _Fit,
    span: Span,
    statement: Statement,
    scene: _Scene,
    fading: float,
    *,
    ahead: bool = False,
) -> _Source | None:
    """The bearer that fits and stands out most where the mention is."""
    best, best_score = None, 0.0
    addressed = _addressed(statement, scene)
    for bearer in scene.cast.bearers:
        if (weight := fit(bearer)) and bearer not in addressed:
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
    if bearer.kind in (SpeakerKind.PERSON, SpeakerKind.COUNTRY):
        return _Source(bearer.name, bearer.kind, bearer)
    return _body(bearer, bearer.name)


def _as_written(mention: str, span: Span, scene: _Scene) -> _Source:
    """A source that is its own name: "the Belarusian military", "Russian media", "pro-war bloggers"."""
    lexicon = names.words()
    plain = _ARTICLE.sub("", re.split(r",|\s(?:who|which)\s", mention, maxsplit=1)[0])
    terms = _TERM.findall(plain)
    if not terms or terms[0].casefold() in lexicon.quantities:
        return _NOBODY
    head = _head(plain)
    opens = span[0] in scene.cast.sentences and plain == mention[: len(plain)]
    proper = [term for i, term in enumerate(terms) if term[0].isupper() and (i or not opens)]
    whose = any(fold(term) in scene.actors.adjectives for term in terms)
    if head in lexicon.groups and head != "media":
        return _Source(plain, SpeakerKind.GROUP) if proper or whose or terms[1:] else _NOBODY
    if _OUTLET.search(plain):
        return _Source(plain, SpeakerKind.OUTLET)
    if head in lexicon.bodies:
        return _Source(plain, SpeakerKind.ORGANISATION)
    if _last_is_small(terms) and head.endswith("s") and terms[1:]:
        return _Source(plain, SpeakerKind.GROUP)
    if len(terms) == 1 and terms[0].istitle() and not head.endswith("s"):
        return _Source(plain, SpeakerKind.PERSON)
    if not proper:
        return _Source(plain, SpeakerKind.PERSON) if head in lexicon.roles and not opens else _NOBODY
    return _Source(plain, SpeakerKind.PERSON if head in lexicon.roles else SpeakerKind.ORGANISATION)


def _last_is_small(terms: Sequence[str]) -> bool:
    return terms[-1][0].islower()
