"""Speaker as named, and the day → who that is: a person, a body, a country or an outlet of the lists.

Two lists: ``lexicons/actors.csv`` (who there is, under which names) and ``lexicons/offices.csv`` (who held which
office from when to when). "The NATO chief" in 2023 and in 2025 are two people, so every question takes the day.
What fits several stays open: ``candidates`` names them, ``identify`` fills nothing.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path

from extractors.errors import SettingsError
from extractors.outlets import load_outlets
from extractors.records import SpeakerKind, Statement

COLUMNS = ("id", "name", "kind", "country", "body", "wikidata", "aliases", "adjectives", "gender", "checked", "source")
OFFICE_COLUMNS = ("actor_id", "office", "body", "country", "from", "to", "aliases")
KINDS = (SpeakerKind.PERSON, SpeakerKind.ORGANISATION, SpeakerKind.COUNTRY, SpeakerKind.OUTLET, SpeakerKind.GROUP)
MEDIA = frozenset({"outlet", "wire", "broadcaster"})
"""The kinds of outlets.csv that are news media; the others stand in actors.csv as the bodies that they are."""
GRACE = timedelta(days=3)
"""A story names yesterday's minister by the office lost yesterday."""
TRUSTED = 1
"""Years after the check of a row in which its offices still speak for it: later a description alone names nobody."""

_WORD = re.compile(r"@?[^\W_]+(?:[-.][^\W_]+)*")
_GENITIVE = re.compile(r"['’]s?$")
_MARKS = re.compile(r"['’ʼ](?!s?$)|[\"“”«»]")
_SKELETON = (
    ("kh", "h"), ("zh", "j"), ("shch", "sch"), ("ts", "c"), ("ks", "x"), ("w", "v"), ("ph", "f"), ("ck", "k"),
    ("yu", "iu"), ("ya", "ia"), ("yo", "io"), ("ye", "e"), ("ie", "e"), ("y", "i"), ("j", "i"),
)  # fmt: skip
_SAME = {
    "defense": "defence", "head": "chief", "boss": "chief", "leader": "leader", "pm": "prime minister",
    "premier": "prime minister", "minister's": "minister", "spokesman": "spokesperson", "spokeswoman": "spokesperson",
    "chairman": "chair", "chairwoman": "chair", "chairperson": "chair", "secretary-general": "secretary general",
    "director-general": "director general", "commander-in-chief": "commander in chief", "top": "chief",
    "gen": "general", "col": "colonel", "lt": "lieutenant", "maj": "major", "capt": "captain", "sgt": "sergeant",
    "adm": "admiral", "brig": "brigadier", "gov": "governor", "sen": "senator", "rep": "representative",
    "u.s": "@us", "us": "@us", "uk": "@gb", "ombudswoman": "ombudsman", "presidential": "president",
}  # fmt: skip
_IDLE = frozenset(
    {"the", "a", "an", "of", "for", "to", "in", "on", "and", "affairs", "current", "new", "s", "its", "his", "her"}
    | {"at", "by", "incumbent", "based"}
)


@dataclass(frozen=True, slots=True)
class Office:
    """Who held what, and when. The days are closed; None means not known, or still held."""

    actor_id: str
    office: str
    body: str = ""
    country: str = ""
    first: date | None = None
    last: date | None = None
    aliases: tuple[str, ...] = ()  # an alias that begins with "the" stands alone; any other needs the country or body

    def held(self, day: date | None) -> bool:
        """Was it held on that day? Without a day: is it held still?"""
        if day is None:
            return self.last is None
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last + GRACE)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, body, country or outlet that speaks on Ukraine's security. One row of actors.csv."""

    id: str
    name: str
    kind: SpeakerKind
    country: str = ""  # ISO 3166-1 alpha-2, lower case; "eu" and "" for bodies of several countries
    body: str = ""
    wikidata: str = ""
    aliases: tuple[str, ...] = ()
    adjectives: tuple[str, ...] = ()  # of a country: Ukrainian
    gender: str = ""  # f, m or ""
    checked: str = ""  # the year
    source: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)

    def is_trusted(self, day: date) -> bool:
        """Was the row checked lately enough for a description alone to name its bearer on that day?"""
        return not self.checked or day.year <= int(self.checked) + TRUSTED


@dataclass(frozen=True)
class Actors:
    """The lists, indexed by name, by transliteration and by office."""

    actors: tuple[Actor, ...]
    offices: tuple[Office, ...]

    @cached_property
    def by_id(self) -> dict[str, Actor]:
        return {actor.id: actor for actor in self.actors}

    @cached_property
    def by_name(self) -> dict[str, tuple[Actor, ...]]:
        return _index((fold(name), actor) for actor in self.actors for name in actor.names)

    @cached_property
    def by_skeleton(self) -> dict[str, tuple[Actor, ...]]:
        return _index(
            (skeleton(name), actor)
            for actor in self.actors
            if actor.kind is SpeakerKind.PERSON
            for name in actor.names
            if " " in name
        )

    @cached_property
    def by_last_name(self) -> dict[str, tuple[Actor, ...]]:
        return _index(
            (skeleton(name.split()[-1]), actor)
            for actor in self.actors
            if actor.kind is SpeakerKind.PERSON
            for name in actor.names
            if " " in name
        )

    @cached_property
    def adjectives(self) -> dict[str, str]:
        """What names a country in a description → its code: ukrainian, ukraine, kyiv → ua."""
        return {
            fold(word): actor.country
            for actor in self.actors
            if actor.kind is SpeakerKind.COUNTRY
            for word in (*actor.names, *actor.adjectives)
        }

    @cached_property
    def by_actor(self) -> dict[str, tuple[Office, ...]]:
        found = defaultdict(list)
        for office in self.offices:
            found[office.actor_id].append(office)
        return {actor: tuple(offices) for actor, offices in found.items()}

    @cached_property
    def by_office(self) -> dict[frozenset[str], tuple[Office, ...]]:
        found: dict[frozenset[str], list[Office]] = defaultdict(list)
        for office in self.offices:
            for key in _office_keys(office, self.adjectives):
                if office not in found[key]:
                    found[key].append(office)
        return {key: tuple(offices) for key, offices in found.items()}

    def offices_on(self, actor_id: str, day: date | None) -> tuple[Office, ...]:
        return tuple(office for office in self.by_actor.get(actor_id, ()) if office.held(day))

    def candidates(self, name: str, day: date | None, kind: SpeakerKind | None = None) -> tuple[Actor, ...]:
        """All of whom a name or description can be on that day: one is an answer, several an open question."""
        named = self.by_name.get(fold(name), ()) or self.by_skeleton.get(skeleton(name), ())
        if not named and " " not in fold(name) and kind in (None, SpeakerKind.PERSON):
            known = self.by_last_name.get(skeleton(name), ())
            named = tuple(actor for actor in known if self.offices_on(actor.id, day))
        if len(named) > 1:
            serving = tuple(actor for actor in named if self.offices_on(actor.id, day))
            named = serving if len(serving) == 1 else named
        return named or self.holders(name, day)

    def is_office(self, description: str) -> bool:
        """Does a description name an office that somebody of the list has held: "the Ukrainian defence minister"?"""
        return significant(description, self.adjectives) in self.by_office

    def holders(self, description: str, day: date | None) -> tuple[Actor, ...]:
        """Who holds the office that a description names: "the Ukrainian defence minister"."""
        offices = self.by_office.get(significant(description, self.adjectives), ())
        ids = {office.actor_id: None for office in offices if office.held(day)}
        holders = (self.by_id[actor_id] for actor_id in ids if actor_id in self.by_id)
        return tuple(actor for actor in holders if day is None or actor.is_trusted(day))

    def lapsed(self, day: date) -> tuple[Actor, ...]:
        """Who holds an office on that day by rows checked too long before it: no description of it names them."""
        holders = (self.by_id[actor_id] for actor_id in self.by_actor if self.offices_on(actor_id, day))
        return tuple(actor for actor in holders if not actor.is_trusted(day))


def identify(statements: Sequence[Statement], day: date | None, actors: Actors) -> list[Statement]:
    """The statements with ``actor_id`` where exactly one actor fits the speaker on the day it was said.

    ``day`` is the publication day in the outlet's zone; it stands in for statements that are not dated.
    """
    return [replace(statement, actor_id=_actor_id(statement, day, actors)) for statement in statements]


def _actor_id(statement: Statement, day: date | None, actors: Actors) -> str:
    name = statement.speaker_name
    if not name or statement.speaker_kind in (SpeakerKind.ANONYMOUS, SpeakerKind.GROUP):
        return ""
    found = actors.candidates(name, statement.said_to or day, statement.speaker_kind)
    if len(found) == 1 and _agree(found[0].kind, statement.speaker_kind):
        return found[0].id
    return ""


def _agree(listed: SpeakerKind, named: SpeakerKind) -> bool:
    return listed is named or SpeakerKind.PERSON not in (listed, named)


_WHOLE = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
"""Letters that Unicode does not take for one with an accent."""


@lru_cache(maxsize=50_000)
def fold(name: str) -> str:
    """A name without case, accents, apostrophes, outer marks, an article or a genitive: how names are looked up."""
    plain = name.strip().casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.translate(_WHOLE))
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = _GENITIVE.sub("", _MARKS.sub("", plain))
    return " ".join(plain.replace("-", " ").split()).removeprefix("the ").strip(" .,")


@lru_cache(maxsize=50_000)
def skeleton(name: str) -> str:
    """What the transliterations of a name have in common: Zelensky, Zelenskyy, Zelenskiy → zelenski."""
    plain = fold(name)
    for old, new in _SKELETON:
        plain = plain.replace(old, new)
    return re.sub(r"(.)\1+", r"\1", plain)


def significant(description: str, adjectives: dict[str, str]) -> frozenset[str]:
    """The words of a description that count, countries as ``@ua``: "Ukraine's president" → {"@ua", "president"}."""
    words = _WORD.findall(fold(re.sub(r"['’]s?\b", "", description)))
    found = set()
    place = 0
    while place < len(words):
        for size in (3, 2, 1):
            phrase = " ".join(words[place : place + size])
            if phrase in adjectives:
                found.add(f"@{adjectives[phrase]}")
                break
        else:
            found.update(canonical(words[place]).split())
        place += size
    return frozenset(found - _IDLE)


def canonical(term: str) -> str:
    """A word of an office as descriptions are compared: defense → defence, spokeswoman → spokesperson."""
    return _SAME.get(term, term)


def _office_keys(office: Office, adjectives: dict[str, str]) -> Iterator[frozenset[str]]:
    place = significant(office.body, adjectives) | ({f"@{office.country}"} if office.country else set())
    country = {f"@{office.country}"} if office.country else set()
    for phrase in (office.office, *office.aliases):
        words = significant(phrase, adjectives)
        yield words | place
        if country and not (office.body and phrase == office.office):
            yield words | country
        if phrase.startswith("the "):
            yield words


def _index(pairs: Iterable[tuple[str, Actor]]) -> dict[str, tuple[Actor, ...]]:
    found: dict[str, dict[str, Actor]] = defaultdict(dict)
    for key, actor in pairs:
        found[key][actor.id] = actor
    return {key: tuple(actors.values()) for key, actors in found.items()}


@cache
def listed_actors() -> Actors:
    """The lists that come with the house. Read once a process."""
    return load_actors()


def load_actors(*paths: Path) -> Actors:
    """The lists of the house, the user's own after them (a row with a known id replaces that actor), and the outlets.

    A path is a CSV file with the columns of actors.csv or of offices.csv. Raises SettingsError where a
    file has problems.
    """
    lexicons = files("extractors.lexicons")
    actors = {actor.id: actor for actor in map(_actor, _rows(lexicons.joinpath("actors.csv").read_text("utf-8")))}
    offices = [_office(row) for row in _rows(lexicons.joinpath("offices.csv").read_text("utf-8"))]
    for path in paths:
        if problems := check(path, *paths):
            raise SettingsError(f"{path}: {problems[0]}" + (f" (and {len(problems) - 1} more)" if problems[1:] else ""))
        rows = list(_rows(path.read_text("utf-8-sig")))
        if rows and "actor_id" in rows[0]:
            offices += map(_office, rows)
        else:
            actors |= {actor.id: actor for actor in map(_actor, rows)}
    known = {fold(name) for actor in actors.values() for name in actor.names}
    actors |= {actor.id: actor for actor in _outlets(known) if actor.id not in actors}
    return Actors(tuple(actors.values()), tuple(offices))


def _outlets(known: Set[str]) -> Iterator[Actor]:
    """The media of outlets.csv as actors, under those of their names that the list of actors does not hold."""
    for outlet in load_outlets().outlets:
        names = [name for name in (outlet.name, *outlet.aliases) if fold(name) not in known]
        if outlet.kind in MEDIA and names and fold(outlet.name) not in known:
            slug = re.sub(r"[^a-z0-9]+", "-", fold(outlet.name)).strip("-")
            country = outlet.country
            yield Actor(slug, outlet.name, SpeakerKind.OUTLET, country, aliases=tuple(names[1:]), source="outlets.csv")


def check(path: Path, *beside: Path) -> list[str]:
    """What is wrong with a user's list, a line each, beginning with the line's number: empty where all is well.

    ``beside``: lists that go with it, whose actors may hold its offices.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        return [f"cannot be read as UTF-8 text: {error}"]
    reader = csv.DictReader(text.splitlines())
    names = tuple(reader.fieldnames or ())
    columns = OFFICE_COLUMNS if "actor_id" in names else COLUMNS
    needed = ("actor_id", "office") if "actor_id" in names else ("id", "name", "kind")
    if missing := [name for name in needed if name not in names]:
        return [f"line 1: no column {', '.join(missing)}; the columns are {', '.join(columns)}"]
    problems = [f"line 1: unknown column {name!r}" for name in names if name not in columns]
    seen: dict[str, int] = {}
    known = listed_actors().by_id.keys() | {id for other in beside for id in _ids(other)}
    for row in reader:
        line = reader.line_num
        if None in row:
            problems.append(f"line {line}: more cells than columns; put names that hold a comma in quotation marks")
        problems += [f"line {line}: {name} is empty" for name in needed if not (row[name] or "").strip()]
        if columns is COLUMNS:
            problems += (f"line {line}: {problem}" for problem in _actor_problems(row, seen, line))
        else:
            problems += (f"line {line}: {problem}" for problem in _office_problems(row, known))
    return problems


def _actor_problems(row: dict[str, str], seen: dict[str, int], line: int) -> Iterator[str]:
    if row["id"] in seen:
        yield f"id {row['id']!r} stands in line {seen[row['id']]} already"
    seen[row["id"]] = line
    if row["id"] and not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", row["id"]):
        yield f"id {row['id']!r} must be lower-case words joined by hyphens"
    if row["kind"] and row["kind"] not in KINDS:
        yield f"kind {row['kind']!r} must be one of {', '.join(KINDS)}"
    if not re.fullmatch(r"(?:[a-z]{2})?", row.get("country") or ""):
        yield f"country {row['country']!r} must be an ISO 3166-1 code of two lower-case letters, or empty"
    if not re.fullmatch(r"(?:Q[1-9]\d*)?", row.get("wikidata") or ""):
        yield f"wikidata {row['wikidata']!r} must look like Q42, or be empty"
    if not re.fullmatch(r"(?:\d{4})?", row.get("checked") or ""):
        yield f"checked {row['checked']!r} must be a year, or empty"
    if (row.get("gender") or "") not in ("", "f", "m"):
        yield f"gender {row['gender']!r} must be f, m or empty"


def _ids(path: Path) -> set[str]:
    """The ids of a list of actors; none where it is none, or cannot be read, which its own check tells."""
    try:
        return {row.get("id") or "" for row in _rows(path.read_text("utf-8-sig"))}
    except (OSError, UnicodeDecodeError):
        return set()


def _office_problems(row: dict[str, str], known: Set[str]) -> Iterator[str]:
    if row["actor_id"] and row["actor_id"] not in known:
        yield f"actor_id {row['actor_id']!r} is in no list of actors; name the file that holds it beside this one"
    days = []
    for name, last in (("from", False), ("to", True)):
        try:
            days.append(_day(row.get(name) or "", last=last))
        except ValueError:
            yield f"{name} {row[name]!r} must be YYYY-MM-DD, YYYY-MM, YYYY or empty"
    if len(days) == 2 and days[0] and days[1] and days[0] > days[1]:
        yield f"from {row['from']} is after to {row['to']}"


def show(query: str, actors: Actors) -> list[str]:
    """What the lists say of the actors whose name, alias or office holds the query, a few lines each."""
    wanted = fold(query)
    lines = []
    for actor in actors.actors:
        offices = actors.by_actor.get(actor.id, ())
        texts = (*actor.names, *(f"{office.office} {office.body}" for office in offices))
        if actor.id != query and not any(wanted in fold(text) for text in texts):
            continue
        lines.append(
            f"{actor.id}: {actor.name} ({', '.join(filter(None, (actor.kind, actor.country, actor.wikidata)))})"
        )
        if actor.aliases:
            lines.append(f"  also {'; '.join(actor.aliases)}")
        for office in offices:
            title = (
                f"{office.office}, {office.body or office.country}" if office.body or office.country else office.office
            )
            lines.append(f"  {office.first or '?'} to {office.last or 'now or unknown'}: {title}")
    return lines


def _rows(text: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(text.splitlines())


def _actor(row: dict[str, str]) -> Actor:
    return Actor(
        id=row["id"],
        name=row["name"],
        kind=SpeakerKind(row["kind"]),
        country=row.get("country") or "",
        body=row.get("body") or "",
        wikidata=row.get("wikidata") or "",
        aliases=_parts(row.get("aliases")),
        adjectives=_parts(row.get("adjectives")),
        gender=row.get("gender") or "",
        checked=row.get("checked") or "",
        source=row.get("source") or "",
    )


def _office(row: dict[str, str]) -> Office:
    return Office(
        actor_id=row["actor_id"],
        office=row["office"],
        body=row.get("body") or "",
        country=row.get("country") or "",
        first=_day(row.get("from") or "", last=False),
        last=_day(row.get("to") or "", last=True),
        aliases=_parts(row.get("aliases")),
    )


def _parts(cell: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (cell or "").split(";") if part.strip())


def _day(written: str, *, last: bool) -> date | None:
    """2024-10-01, 2024-10 or 2024 as the first or the last day that it can mean."""
    if not written:
        return None
    if not (found := re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", written)):
        raise ValueError(written)
    year, month, day = (int(part) if part else 0 for part in found.groups())
    if day:
        return date(year, month, day)
    if not last:
        return date(year, month or 1, 1)
    following = date(year + (month in (0, 12)), month % 12 + 1 if month else 1, 1)
    return following - timedelta(days=1)
