"""Which mentions name one bearer, and what is known of each: gender, roles, countries, actors."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from itertools import pairwise

from extractors.actors import Actor, canonical, fold, skeleton
from extractors.bearers import Bearer, Mention
from extractors.mentions import ACRONYM, GENITIVE, LAST_WORD, NOBLE, TERM, Find, Page
from extractors.name_words import name_words
from extractors.records import SpeakerKind

_VOWELS = re.compile(r"[aeiou]")
_AFTER_PREPOSITION = re.compile(
    r"\b(?:of|to|with|by|from|for|in|on|and|against|about|after|before|alongside|behind|beside|unlike)\s+[^,]*$"
)
SHORT = 4
"""Letters: shorter last names that differ in a vowel are different names."""
OPENING = 60
"""Characters: a name so near a sentence's beginning, and after no preposition, stands for its subject."""


def bearers_of(finds: Sequence[Find], page: Page) -> Iterator[Bearer]:
    """Whom the finds name: persons, then bodies and countries."""
    people = [find for find in finds if find.kind is SpeakerKind.PERSON]
    bodies = [find for find in finds if find.kind is not SpeakerKind.PERSON]
    return (_bearer(group, page) for group in (*_people(people), *_bodies(bodies, page)))


def _people(finds: Sequence[Find]) -> Iterator[list[Find]]:
    """The finds of each person: those with a full name first, then the short names, each with the nearest before it."""
    groups: list[list[Find]] = []
    called: list[set[str]] = []  # each group's names
    by_word: dict[str, dict[int, None]] = defaultdict(dict)  # a word of a name → the groups that hold it
    alike: dict[str, dict[int, None]] = defaultdict(dict)  # the consonants of a last name → the groups that have it
    for find in sorted(finds, key=lambda find: -len(find.name.split())):
        parts = _parts(find.name)
        near = [home for home in (by_word[parts[-1]] if parts else ()) if _same_gender(find, groups[home])]
        homes = [home for home in near if any(same_person(find.name, name) for name in called[home])]
        homes = homes or [home for home in near if _called_by_forename(find, groups[home])]
        homes = homes or [home for home in alike[_consonants(find.name)] if _misspells(find, groups[home])]
        if not homes:
            homes = [len(groups)]
            groups.append([])
            called.append(set())
        home = homes[0] if len(homes) == 1 else _likeliest(homes, groups, find)
        groups[home].append(find)
        called[home].add(find.name)
        alike[_consonants(find.name)][home] = None
        for part in parts:
            by_word[part][home] = None
    for group in groups:
        if any(find.sure for find in group):
            yield sorted(group, key=lambda find: find.start)


def _same_gender(find: Find, group: Sequence[Find]) -> bool:
    """May "Ms. Koval" be one of these, as far as honorifics, the forename and "his wife" tell?"""
    own = told_gender(set(_honorific(find)))
    if not own:
        return True
    forename = name_words().forenames.get(fold(group[0].name).split()[0], "") if " " in group[0].name else ""
    theirs = {told_gender(set(TERM.findall(other.role.partition(" , ")[0])[-1:])) for other in group} - {""}
    return own in (theirs or {forename}) or (not theirs and forename in ("", "fm"))


def _honorific(find: Find) -> list[str]:
    """["mr"] of "Mr Koval", else nothing."""
    return [term for term in TERM.findall(find.role.partition(" , ")[0])[-1:] if term in name_words().honorifics]


def _called_by_forename(find: Find, group: Sequence[Find]) -> bool:
    """Is a bare forename one of these? Features call those whom nobody knows so ("Oksana says"), never a politician."""
    described = not name_words().role_words.isdisjoint(TERM.findall(find.role))
    if described or find.name.casefold() not in name_words().forenames or any(other.actors for other in group):
        return False
    return any(other.start < find.start and fold(other.name).split()[0] == fold(find.name) for other in group)


def _misspells(find: Find, group: Sequence[Find]) -> bool:
    """Is a bare last name with the same consonants a slip for one given in full before: Jensen for Nathan Janzen?"""
    full = group[0].name
    if " " in find.name or " " not in full or find.actors or group[0].start > find.start:
        return False
    own, other = skeleton(find.name), skeleton(full).split()[-1]
    return len(own) == len(other) > SHORT


def _consonants(name: str) -> str:
    """The first letter and the consonants of the last name."""
    last = (skeleton(name).split() or [""])[-1]
    return last[:1] + _VOWELS.sub("", last).replace("z", "s")


def _likeliest(homes: Sequence[int], groups: Sequence[Sequence[Find]], find: Find) -> int:
    """Of several who share a short name: one named before it, of those the one whom the story does not call "Ms" when
    this has no "Ms", and of those the one named in full most often."""
    before = [home for home in homes if any(other.start < find.start for other in groups[home])]

    def rank(home: int) -> tuple[int, int, int]:
        styled = 0 if _honorific(find) else sum(bool(_honorific(other)) for other in groups[home])
        return -styled, _named_before(groups[home], find), _nearest(groups[home], find.start)

    return max(before or homes, key=rank)


def _named_before(group: Sequence[Find], find: Find) -> int:
    """How often a bearer is named before a find by a name fuller than that: the main bearer of a shared name wins."""
    return sum(other.start < find.start and len(other.name) > len(find.name) for other in group)


def _nearest(group: Sequence[Find], offset: int) -> int:
    return max((find.start for find in group if find.start < offset), default=-1)


def _parts(name: str) -> list[str]:
    """["g", "ozols"] of "G. Ozols" and "G.Ozols"."""
    return skeleton(name.replace(".", " ")).split()


def same_person(short: str, full: str) -> bool:
    """May a name be another, as full or fuller: Tusk, D. Tusk, Rafeal Grossi for Donald Tusk, Rafael Mariano Grossi?"""
    a, b = _parts(short), _parts(full)
    if not a or not b:
        return False
    if len(a) == 1:
        return a[0] == b[-1] or (len(b) > 2 and a[0] == b[1]) or (a[0] == b[0] and a[0] not in name_words().forenames)
    if a in (b[-len(a) :], b[: len(a)]):
        return True  # Anuar Sulong, Khairil Anuar for Khairil Anuar Sulong
    return a[-1] == b[-1] and (_close(a[0], b[0]) or _initial(a[0], b[0]) or _initial(b[0], a[0]))


def _initial(letter: str, forename: str) -> bool:
    return len(letter) == 1 and forename.startswith(letter)


def _close(a: str, b: str) -> bool:
    """Forms of one forename: a slip (Rafeal, Rafael) or an ending (Oleks, Oleksandr)."""
    return sorted(a) == sorted(b) or (min(len(a), len(b)) > 3 and (a.startswith(b) or b.startswith(a)))


def _bodies(finds: Sequence[Find], page: Page) -> Iterator[list[Find]]:
    """The finds of each body, outlet and country: by the list, by the acronym in brackets, by a longer name."""
    groups: dict[str, list[Find]] = {}
    for find in finds:
        listed = find.actors[0].id if len(find.actors) == 1 else ""
        name = fold(find.name)
        groups.setdefault(listed or page.spelled.get(name, name), []).append(find)
    by_word: dict[str, list[str]] = defaultdict(list)
    for key in groups:
        for word in set(fold(groups[key][0].name).split()):
            by_word[word].append(key)
    initials = {_initials(group[0].name): key for key, group in groups.items() if " " in group[0].name}
    for key in [key for key in groups if not groups[key][0].actors and ACRONYM.fullmatch(groups[key][0].name)]:
        if (full := initials.get(key)) and full != key:
            groups[full] += groups.pop(key)
    short = {key for key in groups if not groups[key][0].sure}  # Skarvik of Skarvik Systems
    unlisted = [key for key in groups if not groups[key][0].actors]
    for key in [key for key in unlisted if " " in key or key in page.spelled or key in short]:
        others = [other for other in by_word[key.split()[-1]] if other != key and other in groups]
        others = [other for other in others if not _is_foreign(groups[other][0], groups[key][0], page)]
        if longer := [other for other in others if f" {key} " in f" {fold(groups[other][0].name)} "]:
            home = max(longer, key=lambda other: _nearest(groups[other], groups[key][0].start))
            groups[home] += groups.pop(key)
    for group in groups.values():
        yield sorted(group, key=lambda find: find.start)


def _is_foreign(full: Find, short: Find, page: Page) -> bool:
    """Is a body named only later, with its country, so that the one named before without it is another: not "Russia's
    Foreign Ministry", but the ministry at home?"""
    return full.start > short.start and fold(GENITIVE.sub("", full.name.split()[0])) in page.actors.adjectives


def _initials(name: str) -> str:
    """ "Japan Innovation Party" → jip."""
    return "".join(word[0] for word in name.split() if word[0].isupper()).casefold()


def _bearer(group: Sequence[Find], page: Page) -> Bearer:
    """One bearer from its finds: mentions, gender, roles and countries, by titles, appositions, forename and list."""
    actors = page.actors
    bearer = Bearer(group[0].kind, [_mention(find, page) for find in group])
    listed = {actor.id: actor for find in group for actor in find.actors}
    if bearer.kind is SpeakerKind.PERSON:
        full = actors.candidates(bearer.name, page.day, SpeakerKind.PERSON)
        listed = {actor.id: actor for actor in full if actor.kind is SpeakerKind.PERSON} or listed
        listed = {id: actor for id, actor in listed.items() if _may_be(actor, bearer.name)}
    bearer.actors = tuple(listed.values())
    bearer.aliases = {fold(find.name) for find in group}
    for find in group:
        terms = TERM.findall(find.role)
        own = {term for term in terms if not GENITIVE.search(term)} - name_words().honorifics
        own.update(name_words().honorifics.intersection(TERM.findall(find.role.partition(" , ")[0])[-1:]))
        bearer.roles.update(own, map(canonical, own))
        plain = [GENITIVE.sub("", term) for term in terms]
        phrases = (*plain, *(f"{a} {b}" for a, b in pairwise(plain)))
        bearer.countries.update(actors.adjectives[key] for key in map(fold, phrases) if key in actors.adjectives)
        bearer.of_several |= not name_words().of_several.isdisjoint(plain)
    if len(bearer.actors) == 1:
        actor = bearer.actors[0]
        bearer.aliases.update(map(fold, actor.names))
        bearer.countries.update({actor.country} - {""})
        for office in actors.by_actor.get(actor.id, ()):
            terms = fold(" ".join((office.office, office.body, *office.aliases))).split()
            terms += [canonical(term) for term in terms]
            (bearer.roles if office.held(page.day) else bearer.past).update(terms)
    if bearer.kind is SpeakerKind.PERSON:
        bearer.gender = _gender(bearer)
    else:
        parts = [fold(part) for find in group for part in find.name.partition(" in ")[0].split()]
        bearer.countries.update(actors.adjectives[part] for part in parts if part in actors.adjectives)
    return bearer


def _may_be(actor: Actor, name: str) -> bool:
    """May somebody of the list be whom the story calls so, not a namesake: Halyna Kostenko is not Roman Kostenko?"""
    full = [other for other in actor.names if " " in other]
    return " " not in name or not full or any(same_person(name, other) for other in full)


def _gender(bearer: Bearer) -> str:
    """f, m, or "" where neither the list nor an honorific nor the name nor a title tells."""
    lexicon = name_words()
    if len(bearer.actors) == 1 and bearer.actors[0].gender:
        return bearer.actors[0].gender
    first, *rest = fold(bearer.name).split() or [""]
    bare = lexicon.role_words.isdisjoint(bearer.roles)
    forename = lexicon.forenames.get(first, "") if rest or bare else ""
    last = rest[-1] if rest else ""
    ending = "f" if last.endswith(lexicon.feminine_endings) else ""
    named = lexicon.last_names.get(last) or forename.replace("fm", "") or ending
    return told_gender(bearer.roles & lexicon.honorifics) or named or told_gender(bearer.roles)


def told_gender(roles: Set[str]) -> str:
    """f of spokeswoman, m of king, "" of a minister."""
    lexicon = name_words()
    genders = [gender for gender, told in (("f", lexicon.feminine), ("m", lexicon.masculine)) if roles & told]
    return genders[0] if len(genders) == 1 else ""


def _mention(find: Find, page: Page) -> Mention:
    start, name = _with_particles(find, page.text)
    sentence = page.cast.sentence(start)
    before = page.text[page.cast.sentences[sentence] : start].casefold()
    places = range(start, find.end)
    opening = len(before) < OPENING and not _AFTER_PREPOSITION.search(before)
    return Mention(
        start,
        find.end,
        name,
        find.role,
        sentence,
        subject=opening or not page.subjects.isdisjoint(places),
        leading=opening or not page.cast.leading.isdisjoint(places),
        quoted=page.cast.quoted(start),
    )


def _with_particles(find: Find, text: str) -> tuple[int, str]:
    """Where a person's name begins, and the name, with the particles before a last name alone: "von der Leyen"."""
    if find.kind is not SpeakerKind.PERSON or " " in find.name:
        return find.start, find.name
    first = find.start
    while (word := LAST_WORD.search(text, max(0, first - 5), first - 1)) and word[0] in NOBLE:
        first = word.start()
    return first, text[first : find.start] + find.name
