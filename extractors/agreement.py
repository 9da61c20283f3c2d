"""How well a bearer agrees with a pronoun or a description, in gender, role, kind and country: from 0, not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set

from extractors.actors import canonical, significant
from extractors.bearers import Bearer
from extractors.discourse import Discourse
from extractors.name_words import name_words
from extractors.outlets import is_platform
from extractors.records import SpeakerKind
from extractors.references import TERM, Reference, owning

UNSURE = 0.7
"""How well one whose gender nothing tells fits a pronoun."""
LOOSE = 0.15
"""How well a body of another kind fits "the organisation", and one of no known kind "the retailer"."""
UNTOLD = 0.1
"""How well one of whom the story tells no role may fit a role."""
VAGUE = 0.1
"""What an office counts by itself beside each of the words that tell which: "the special envoy", "the first aide"."""
HARDLY = 0.01
"""How well one of no known country fits "the Ukrainian"."""
Fit = Callable[[Bearer], float]
"""How well a bearer fits what is sought: 0 for not at all."""
_WHOSE = re.compile(r"\s(?:of|for)\s(?:an?\s|the\s)?((?:(?:[A-Z][a-z]|\d)[\w’'-]*\s?)+)")
_COMPLEMENT = re.compile(
    r"\s(?:of|for)\s(?:(an?)\s|the\s)?([\w’' -]+?)(?=\s(?:of|for|in|at|from|on|to|who|that|\w+ing)\s|[,(]|\Z)"
)
"""Of what the one is, and whether of one that nobody knows yet: "the spokesman for the railway", "of a brigade"."""
_PARTS = re.compile(r",|\sand\s")
_INNER = re.compile(r"\s(?:of|for|to|in|at)\s")
_DEPUTIES = frozenset({"deputy", "vice"})
_ONCE = frozenset({"former", "ex", "then"})


def of_gender(gender: str) -> Fit:
    """A person, of that gender or of one that nothing tells."""

    def fit(bearer: Bearer) -> float:
        if bearer.kind is not SpeakerKind.PERSON or (gender and bearer.gender not in ("", gender)):
            return 0.0
        return 1.0 if bearer.gender else UNSURE

    return fit


def of_country(reference: Reference, discourse: Discourse) -> Fit:
    """A person of the country that "the Ukrainian" tells, or of none that the story tells."""
    _, countries = discourse.significant(" ".join(reference.terms))

    def fit(bearer: Bearer) -> float:
        if bearer.kind is not SpeakerKind.PERSON or (
            countries and bearer.countries and not countries & bearer.countries
        ):
            return 0.0
        return 1.0 if countries & bearer.countries or not countries else HARDLY

    return fit


def impersonal(bearer: Bearer) -> float:
    """Whom "it" or "they" can mean: a body, less a country or an outlet."""
    if is_platform(bearer.aliases):
        return 0.0
    return {SpeakerKind.PERSON: 0.0, SpeakerKind.COUNTRY: 0.6, SpeakerKind.OUTLET: 0.6}.get(bearer.kind, 1.0)


def titled(title: str) -> Fit:
    """ "The MEC" is whoever the story calls so: MEC Jacob Mamabolo; not the IMF of its chief economist."""

    def fit(bearer: Bearer) -> float:
        titles = (found.role.partition(" , ")[0].split()[-1:] for found in bearer.mentions)
        return float(bearer.kind is SpeakerKind.PERSON and [title] in titles)

    return fit


def in_role(head: str, reference: Reference, discourse: Discourse) -> Fit:
    """How well a person of the story fits a description by role: 0 for not at all."""
    lexicon, terms = name_words(), reference.terms
    fits = lexicon.roles[head]
    wanted, countries = discourse.significant(" ".join(terms))
    former, below = not {"former", "ex"}.isdisjoint(terms), not _DEPUTIES.isdisjoint(terms)
    others = wanted - significant(head, {}) - _ONCE - {"senior"}
    clash = _clash(reference, others, discourse)
    gender = "f" if head in lexicon.feminine else "m" if head in lexicon.masculine else ""
    whose = {term.casefold() for found in _WHOSE.finditer(reference.text) for term in TERM.findall(found[1])} & others
    whose |= {term.casefold() for term in TERM.findall(reference.owner) if term[0].isupper()} & others

    def fit(bearer: Bearer) -> float:
        if bearer.kind is not SpeakerKind.PERSON or (gender and bearer.gender not in ("", gender)):
            return 0.0
        if countries and not countries & bearer.countries and (bearer.countries or bearer.of_several):
            return 0.0
        roles = bearer.roles | bearer.past if former else bearer.roles
        if whose and roles.isdisjoint(whose):
            return 0.0
        if "then" in terms and head in roles and roles.isdisjoint(_ONCE):
            return 0.0  # the then minister is not the one of today
        if not below and not fits.isdisjoint(roles):
            roles = _own(bearer, discourse) | (roles & bearer.past if former else set())
        if "ANY" in fits and reference.owned and countries.isdisjoint(bearer.countries):
            return 0.0  # his U.S. counterpart
        if "ANY" in fits and (countries or not reference.owned):
            return 1.0 if gender == bearer.gender else UNSURE
        if clash(roles):
            return 0.0
        if head in roles or (" " in head and fits & roles):
            score = 1.0
        elif fits & roles:
            score = 0.0 if reference.owned else 0.8
        elif bearer.roles & lexicon.roles.keys():
            return 0.0
        else:
            score = 0.0 if reference.owned else _untold(bearer, reference, discourse, bool(countries))
        if countries and not bearer.countries:
            score *= 0.6
        return score * (VAGUE + len(others & roles)) / (VAGUE + len(others))

    return fit


def _own(bearer: Bearer, discourse: Discourse) -> set[str]:
    """The words of the bearer's roles, less those of others whom a title names: the president whose aide or deputy one
    is. The last word before the name is one's own: "Chief of Staff General Koval", not "head of the Office of the
    President"."""
    own: set[str] = set()
    titles = [found.role.partition(" , ") for found in bearer.mentions]
    phrases = [(title, True) for title, _, _ in titles] + [(apposed, False) for _, _, apposed in titles]
    if len(bearer.actors) == 1:
        held = discourse.actors.offices_on(bearer.actors[0].id, discourse.story.day)
        phrases += [(name.casefold(), False) for office in held for name in (office.office, *office.aliases)]
    for phrase, before_name in phrases:
        for part in _PARTS.split(phrase):
            first, *inner = (TERM.findall(piece) for piece in _INNER.split(part))
            if before_name and inner and inner[-1] and inner[-1][-2:-1] != ["the"]:
                first += inner[-1][-2:]
            pairs = zip(["", *first], first, strict=False)
            own.update(term for before, term in pairs if before not in _DEPUTIES or term not in name_words().deputised)
    own |= {part for term in own if term.endswith("-general") for part in term.split("-")}
    own |= {canonical(term) for term in own - {"presidential"}}
    return {word for word in bearer.roles if word in own or word not in name_words().role_words}


def _clash(reference: Reference, others: Set[str], discourse: Discourse) -> Callable[[Set[str]], bool]:
    """Is an office, by what the description tells of it, another than that of somebody with these roles: the finance
    minister's, where that one is the interior minister; the spokesman's for the railway or of a brigade, where that
    one is the army's?"""
    lexicon = name_words()
    fields = others & lexicon.portfolios
    told = _COMPLEMENT.search(reference.text)
    unknown, phrase = (bool(told[1]), told[2]) if told else (False, reference.owner)
    of_what, _ = discourse.significant(phrase.casefold())
    kinds = lexicon.generic.get(phrase.split()[-1], frozenset()) if of_what else frozenset()
    vague = phrase.isupper() or not (kinds | of_what).isdisjoint(lexicon.places | {"ANY", "BARE", "OUTLET"})

    def clash(roles: Set[str]) -> bool:
        if fields and roles.isdisjoint(fields) and not roles.isdisjoint(lexicon.portfolios):
            return True
        if not of_what or not roles.isdisjoint(of_what | kinds):
            return False
        return unknown or (not vague and not roles.isdisjoint(lexicon.only_bodies))

    return clash


def _untold(bearer: Bearer, reference: Reference, discourse: Discourse, of_country: bool) -> float:
    """How well one of whom no role is told fits a description: who speaks next, as a lead's ambassador does; who acted
    before, where the office is nobody's in particular ("the minister", not "the mayor" or "the press secretary", of
    whom a story tells it where it names them, unless they spoke just before). An office of a country's or a body's is
    only of whom the sentence before tells ("Hora has flown to Oslo. The Ukrainian envoy ..."), never that of an owner
    ("Austria's envoy") nor one written as a name ("the Parliamentary Budget Officer")."""
    place, text = reference.span[0], discourse.text
    first = bearer.mentions[0]
    if reference.proper:
        return 0.0
    if first.start > place:
        return UNTOLD if first.leading and discourse.is_source(first) else 0.0
    acting = [found for found in bearer.mentions if found.leading]
    if of_country or reference.owner or " of " in reference.text:
        here = discourse.cast.sentence(place)
        acting = [found for found in acting if here - found.sentence == 1 and "\n" not in text[found.start : place]]
        near = acting or (not of_country and discourse.goes_on(bearer, place))
        return UNTOLD if near and reference.articled and not reference.owner else 0.0
    if reference.terms[-1] in name_words().told_offices:
        return UNTOLD if reference.articled and discourse.goes_on(bearer, place) else 0.0
    return UNTOLD if acting else 0.0


def of_kind(head: str, terms: Sequence[str], discourse: Discourse, *, names: Set[str]) -> Fit:
    """How well a body of the story fits a description by its kind: 0 for not at all. ``names``: what is in it of names
    but countries', as in "the U.N. mission", which is no mission of others."""
    fits = name_words().generic.get(head, frozenset({head}))
    others = set(terms) - {head, "the"}
    _, countries = discourse.significant(owning(terms))
    before, _ = discourse.significant(" ".join(terms).partition(head)[0])
    besides = names - {head}
    bare = not names and not before  # "the agency", not "the air traffic agency"
    told = "ANY" in fits and not names and bool(before)  # "the rights body": Human Rights Watch

    def fit(bearer: Bearer) -> float:
        if bearer.kind in (SpeakerKind.PERSON, SpeakerKind.COUNTRY):
            return 0.0
        if countries and bearer.countries and not countries & bearer.countries:
            return 0.0
        if "OUTLET" in fits:
            return 1.0 if bearer.kind is SpeakerKind.OUTLET else 0.0
        held = {word for found in bearer.mentions for word in found.text.casefold().split()}
        held |= {word for alias in bearer.aliases for word in alias.split()}
        if besides and held.isdisjoint(besides):
            return 0.0
        if head in held:
            return 1.0 + len(others & held)
        if fits & held or (told and before <= held and bearer.kind is SpeakerKind.ORGANISATION):
            return 0.8
        loose = bare and ("ANY" in fits or ("BARE" in fits and held.isdisjoint(name_words().bodies)))
        return LOOSE if loose and bearer.kind is SpeakerKind.ORGANISATION else 0.0

    return fit
