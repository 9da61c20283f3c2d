"""The words that show who is named, and as what: lexicons/names.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from extractors.actors import fold

JOINERS = frozenset({"of", "for", "and"})
SMALL = JOINERS | {"the", "to", "in", "at", "on", "who", "a", "an", "former", "then", "senior", "is"}
"""Words that a title may hold besides capitals and role words."""


@dataclass(frozen=True)
class NameWords:
    """``lexicons/names.toml``, as sets."""

    roles: dict[str, frozenset[str]]
    role_nouns: frozenset[str]  # those of the roles that can stand for a person: "the minister", not "the first"
    told_offices: frozenset[str]  # roles of nobody of whom the story does not tell them: "the mayor"
    portfolios: frozenset[str]  # what a minister is for: one for finance is no foreign minister
    deputised: frozenset[str]  # offices of which a deputy is never called the holder
    places: frozenset[str]  # of which any office may be, whatever else tells of it: "the head of the region"
    titles: frozenset[str]
    honorifics: frozenset[str]  # those that stand directly before a name: Mrs
    fields: frozenset[str]  # those that tell what an office is for, or of which rank
    ranks: frozenset[str]
    feminine: frozenset[str]
    masculine: frozenset[str]
    bodies: frozenset[str]
    generic: dict[str, frozenset[str]]
    companies: frozenset[str]  # last words of companies' names, which are called by their first
    abroad: frozenset[str]  # bodies that are told apart by where they are
    of_several: frozenset[str]  # words for bodies of several countries
    demonyms: frozenset[str]
    trades: frozenset[str]
    documents: frozenset[str]
    messages: frozenset[str]
    issued: frozenset[str]  # these and more: what somebody may be told to have written
    anonymous: frozenset[str]
    groups: frozenset[str]
    institutions: frozenset[str]  # groups that are never anonymous
    kin: frozenset[str]
    quantities: frozenset[str]
    pronouns: dict[str, str]  # he → masculine
    opening: frozenset[str]
    particles: frozenset[str]
    abbreviations: frozenset[str]
    short_titles: frozenset[str]  # abbreviations before a name that the parser does not know
    forenames: dict[str, str]  # folded → f, m, or "fm" where the name tells neither
    last_names: dict[str, str]  # folded → f or m, whatever the forename
    feminine_endings: tuple[str, ...]  # of last names, folded

    told: frozenset[str]  # words that tell what somebody is, before a name of two words
    role_words: frozenset[str]  # any word of an office or role
    not_names: frozenset[str]  # words that are no one's name, though they may begin with a capital
    offices: frozenset[str]  # words of roles and bodies: those that a title is made of
    joiners: frozenset[str]  # words that stand between the parts of one name
    descriptions: frozenset[str]  # a single one of these is no name of a body
    only_bodies: frozenset[str]  # words before a name that is not a person's
    sentence_openers: frozenset[str]  # words of no title, though they stand before a name with a capital


@cache
def name_words() -> NameWords:
    data = tomllib.loads(files("extractors.lexicons").joinpath("names.toml").read_text("utf-8"))

    def bag(table: str, key: str = "words") -> frozenset[str]:
        return frozenset(data[table][key].split())

    titles = bag("titles")
    roles = {role: frozenset({role, *fits.split()}) for role, fits in data["roles"].items()}
    roles = {title: frozenset({title}) for title in titles} | roles
    generic = {noun: frozenset(fits.split()) for noun, fits in data["bodies"]["generic"].items()}
    unnamed = bag("anonymous") | bag("anonymous", "groups")
    role_words, bodies, opening = titles | roles.keys(), bag("bodies"), bag("opening")
    return NameWords(
        roles=roles,
        role_nouns=frozenset(data["roles"]),
        told_offices=bag("offices"),
        portfolios=bag("offices", "portfolios"),
        deputised=bag("offices", "deputised"),
        places=bag("offices", "places"),
        titles=titles,
        honorifics=bag("titles", "honorifics"),
        fields=bag("titles", "fields"),
        ranks=bag("titles", "ranks"),
        feminine=bag("titles", "feminine"),
        masculine=bag("titles", "masculine"),
        bodies=bodies,
        generic=generic,
        companies=bag("bodies", "companies"),
        abroad=bag("bodies", "abroad"),
        of_several=bag("bodies", "of_several"),
        demonyms=bag("demonyms"),
        trades=bag("trades"),
        documents=bag("documents"),
        messages=bag("documents", "messages"),
        issued=bag("documents") | bag("documents", "messages") | bag("documents", "issued"),
        anonymous=bag("anonymous"),
        groups=bag("anonymous", "groups"),
        institutions=bag("anonymous", "institutions"),
        kin=bag("anonymous", "kin"),
        quantities=bag("anonymous", "quantities"),
        pronouns={word: kind for kind, text in data["pronouns"].items() for word in text.split()},
        opening=opening,
        particles=bag("particles"),
        abbreviations=bag("abbreviations") | bag("abbreviations", "titles"),
        short_titles=bag("abbreviations", "titles"),
        forenames={
            fold(name): gender
            for gender, key in (("m", "masculine"), ("f", "feminine"), ("fm", "both"))
            for name in data["forenames"][key].split()
        },
        last_names={
            name: gender
            for gender, key in (("m", "masculine"), ("f", "feminine"))
            for name in data["last_names"][key].split()
        },
        feminine_endings=tuple(data["last_names"]["feminine_endings"].split()),
        told=titles | data["roles"].keys() | bag("trades"),
        role_words=role_words,
        not_names=unnamed | generic.keys() | roles.keys() | opening | bag("anonymous", "quantities"),
        offices=SMALL | role_words | bodies,
        joiners=JOINERS | bag("particles"),
        descriptions=frozenset(generic.keys() | roles.keys()),
        only_bodies=JOINERS | bodies - titles,
        sentence_openers=opening - SMALL - titles,
    )
