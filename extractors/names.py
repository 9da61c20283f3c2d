"""Who is in a story: the people, bodies and countries that it names, each with all its mentions and roles.

No entity model is needed for this: English writes names with capitals, news gives a person's office and full name at
the first mention, and the lists of actors know most of the rest. ``cast`` collects capitalised runs of words, takes
titles off, and puts the mentions of one bearer together ("NATO Secretary General Mark Rutte", "Mark Rutte, the
alliance's chief", "Rutte").
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

from extractors.actors import Actor, Actors, fold, skeleton
from extractors.records import Span, SpeakerKind

if TYPE_CHECKING:
    from extractors.parsing import Parsed

SUBJECTS = frozenset({"nsubj", "nsubjpass", "agent", "ROOT"})
JOINERS = frozenset("of for and".split())
_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[^\W_]+(?:['’ʼ‑-](?=[^\W_])[^\W_]+)*(?:['’](?=\s))?")
_GENITIVE = re.compile(r"(?<=\w)['’][sS]?$")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’»)\]]*\s+(?=[\"“‘«(\[]?[^\W\da-z_])|\n+")
_LAST_WORD = re.compile(r"[\w.'’-]+$")


@dataclass(frozen=True)
class Words:
    """``lexicons/names.toml``, as sets."""

    roles: dict[str, frozenset[str]]
    titles: frozenset[str]
    feminine: frozenset[str]
    masculine: frozenset[str]
    bodies: frozenset[str]
    generic: dict[str, frozenset[str]]
    anonymous: frozenset[str]
    groups: frozenset[str]
    pronouns: dict[str, str]  # he → masculine
    opening: frozenset[str]
    particles: frozenset[str]
    abbreviations: frozenset[str]
    forenames: dict[str, str]  # f, m

    @property
    def role_words(self) -> frozenset[str]:
        return self.titles | self.roles.keys()


@cache
def words() -> Words:
    data = tomllib.loads(files("extractors.lexicons").joinpath("names.toml").read_text("utf-8"))

    def bag(table: str, key: str = "words") -> frozenset[str]:
        return frozenset(data[table][key].split())

    return Words(
        roles={role: frozenset({role, *fits.split()}) for role, fits in data["roles"].items()},
        titles=bag("titles"),
        feminine=bag("titles", "feminine"),
        masculine=bag("titles", "masculine"),
        bodies=bag("bodies"),
        generic={noun: frozenset(fits.split()) for noun, fits in data["bodies"]["generic"].items()},
        anonymous=bag("anonymous"),
        groups=bag("anonymous", "groups"),
        pronouns={word: kind for kind, text in data["pronouns"].items() for word in text.split()},
        opening=bag("opening"),
        particles=bag("particles"),
        abbreviations=bag("abbreviations"),
        forenames={
            name: gender
            for gender, key in (("m", "masculine"), ("f", "feminine"))
            for name in data["forenames"][key].split()
        },
    )


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a bearer is named."""

    start: int
    end: int
    text: str  # the name alone, without title
    role: str  # the title or apposition beside it, lower case
    sentence: int
    subject: bool
    quoted: bool  # inside quotation marks: less likely to go on speaking


@dataclass(slots=True)
class Bearer:
    """A person, body or country of the story."""

    kind: SpeakerKind
    mentions: list[Mention] = field(default_factory=list)
    gender: str = ""
    actors: tuple[Actor, ...] = ()
    roles: set[str] = field(default_factory=set)  # words of titles and appositions, and of the listed offices
    countries: set[str] = field(default_factory=set)
    aliases: set[str] = field(default_factory=set)  # folded

    @property
    def name(self) -> str:
        """The fullest name in the story: most words, then the one most used, then the longest."""
        if self.kind is SpeakerKind.COUNTRY and self.actors:
            return self.actors[0].name
        texts = [mention.text for mention in self.mentions]
        return max(texts, key=lambda text: (len(text.split()), texts.count(text), len(text)))


@dataclass(frozen=True, slots=True)
class Cast:
    """All bearers of a story, and where its sentences and quotations lie."""

    text: str
    bearers: tuple[Bearer, ...]
    sentences: tuple[int, ...]  # where each begins
    quotations: tuple[Span, ...]

    def sentence(self, offset: int) -> int:
        return max(0, bisect_right(self.sentences, offset) - 1)

    def quoted(self, offset: int) -> bool:
        return any(start <= offset < end for start, end in self.quotations)

    def within(self, span: Span) -> list[tuple[Mention, Bearer]]:
        """The mentions inside a span, in order."""
        found = [
            (mention, bearer)
            for bearer in self.bearers
            for mention in bearer.mentions
            if span[0] <= mention.start and mention.end <= span[1]
        ]
        return sorted(found, key=lambda pair: pair[0].start)


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    text: str  # without the genitive
    genitive: bool

    @property
    def low(self) -> str:
        return self.text.casefold().rstrip(".")

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()


def cast(text: str, parsed: Parsed, day: date | None, actors: Actors, speakers: Iterable[Span] = ()) -> Cast:
    """The people, bodies and countries that a story names. ``speakers`` are spans known to name sources:
    a bare name there is a person's even where nothing else shows it."""
    sentences = tuple(sorted({0, *(found.end() for found in _SENTENCE.finditer(text))} - _false_ends(text)))
    frame = Cast(text, (), sentences, tuple(_quotations(text)))
    subjects = _subjects(parsed)
    speaking = tuple(speakers)
    finds = [
        find
        for run in _runs(text, frame)
        for find in _read(run, text, day, actors, any(a <= run[-1].start < b for a, b in speaking))
    ]
    people = _people([find for find in finds if find.kind is SpeakerKind.PERSON], day, actors)
    bearers = []
    for group in (*people, *_bodies([find for find in finds if find.kind is not SpeakerKind.PERSON], text)):
        bearer = Bearer(group[0].kind)
        for find in group:
            bearer.mentions.append(_mention(find, text, frame, subjects))
        _describe(bearer, group, day, actors)
        bearers.append(bearer)
    return Cast(text, tuple(bearers), sentences, frame.quotations)


@dataclass(frozen=True, slots=True)
class _Find:
    """A name as found, before those of one bearer are put together."""

    kind: SpeakerKind
    start: int
    end: int
    name: str
    role: str = ""
    actors: tuple[Actor, ...] = ()
    title: bool = False


def _false_ends(text: str) -> set[int]:
    """Ends that follow an abbreviation: no sentence begins there."""
    false = set()
    for found in _SENTENCE.finditer(text):
        before = _LAST_WORD.search(text, max(0, found.start() - 15), found.start())
        if before and text[found.start() - 1] == "." and "\n" not in found[0]:
            word = before[0].rstrip(".").casefold()
            if word in words().abbreviations or len(word) == 1:
                false.add(found.end())
    return false


def _quotations(text: str) -> Iterator[Span]:
    """What stands in double quotation marks, paragraph by paragraph; an open one runs to the paragraph's end."""
    for line in re.finditer(r"[^\n]+", text):
        start = None
        for mark in re.finditer(r"[\"“”«»„]", line[0]):
            here = line.start() + mark.start()
            if start is None and mark[0] not in "”»":
                start = here
            elif start is not None and mark[0] not in "„«":
                yield start, here
                start = (
                    here
                    if mark[0] == "“" and here + 1 < line.end() and line[0][mark.end() : mark.end() + 1].isalnum()
                    else None
                )
        if start is not None:
            yield start, line.end()


def _subjects(parsed: Parsed) -> frozenset[int] | None:
    """Offsets of the ends of tokens that are, or belong to, a subject."""
    found = set()
    for paragraph in parsed.paragraphs:
        if paragraph.doc is None:
            continue
        for token in paragraph.doc:
            head = token
            while head.dep_ in ("compound", "flat", "appos", "amod") and head.head is not head:
                head = head.head
            if head.dep_ in SUBJECTS:
                found.add(paragraph.start + token.idx)
    return frozenset(found)


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        whole = found[0]
        cut = _GENITIVE.search(whole)
        core = whole[: cut.start()] if cut else whole
        if core:
            yield _Token(found.start(), found.start() + len(core), core, bool(cut))


def _runs(text: str, frame: Cast) -> Iterator[list[_Token]]:
    """Sequences of capitalised words, with "of", "for", "and" and particles between them."""
    lexicon = words()
    starts = set(frame.sentences)
    run: list[_Token] = []
    pending: list[_Token] = []
    for token in _tokens(text):
        last = (pending or run or [None])[-1]
        gap = text[last.end : token.start] if last else ""
        joined = last is not None and (
            gap in (" ", "\xa0") or (gap in (". ", ".") and (last.low in lexicon.abbreviations or len(last.text) == 1))
        )
        if run and (not joined or run[-1].genitive):
            yield run
            run, pending = [], []
        elif not joined:
            pending = []
        if token.capital:
            if run and pending and not _joins(run, pending, token):
                yield run
                run, pending = [], []
            begins = not run and (
                token.start in starts or text[max(0, token.start - 1) : token.start] in tuple('"“«‘([')
            )
            if begins and token.low in lexicon.opening:
                continue
            run += [*pending, token] if run else [token]
            pending = []
        elif (
            run
            and (token.low in JOINERS or token.low in lexicon.particles or (pending and token.low == "the"))
            and not token.genitive
        ):
            pending.append(token)
        elif run:
            yield run
            run, pending = [], []
    if run:
        yield run


def _joins(run: Sequence[_Token], pending: Sequence[_Token], token: _Token) -> bool:
    """May a run go on over small words? "Security Service of Ukraine" may, "Rutte and President Duda" may not."""
    lexicon = words()
    between = {part.low for part in pending}
    if "and" in between:
        known = {part.low for part in run}
        return (
            bool(known & (lexicon.bodies | {"minister", "secretary"}))
            and len(run) > 1
            and token.low not in lexicon.titles | lexicon.forenames.keys()
            and not token.text.isupper()
        )
    if between & JOINERS:
        return not run[-1].text[-1].isdigit()
    return run[-1].low in lexicon.forenames or len(run) > 1 or pending[0].low in ("van", "von", "de", "der", "bin")


def _read(run: list[_Token], text: str, day: date | None, actors: Actors, speaking: bool) -> Iterator[_Find]:
    """The names in a run of capitalised words: a person with a title, a body, a country."""
    lexicon = words()
    while run and not run[-1].capital:
        run = run[:-1]
    if not run:
        return
    cut = next((i for i, token in enumerate(run) if token.low in JOINERS), None)
    if cut and cut + 1 < len(run) and (head := _person(run[:cut], text, day, actors, False)):
        yield head
        yield from _read(_after_joiner(run[cut + 1 :]), text, day, actors, speaking)
        return
    if known := _known_body(run, text, actors):
        yield known
        return
    if person := _person(run, text, day, actors, speaking):
        yield person
        return
    low = {token.low for token in run}
    if low & lexicon.bodies or any(token.text.isupper() and len(token.text) > 1 for token in run):
        if not (run[-1].low in lexicon.roles and not low & lexicon.bodies):
            yield _Find(SpeakerKind.ORGANISATION, *_with_genitive(run, text, actors))
        return
    for token in run:
        if found := actors.by_name.get(fold(token.text)):
            if found[0].kind is SpeakerKind.COUNTRY:
                yield _Find(SpeakerKind.COUNTRY, token.start, token.end, found[0].name, actors=found)


def _after_joiner(tokens: list[_Token]) -> list[_Token]:
    return tokens[1:] if tokens and tokens[0].low == "the" else tokens


def _known_body(run: list[_Token], text: str, actors: Actors) -> _Find | None:
    """A run that is, as a whole, a name of a listed body, outlet or country."""
    for start in range(min(2, len(run))):
        whole = text[run[start].start : run[-1].end]
        found = tuple(a for a in actors.by_name.get(fold(whole), ()) if a.kind is not SpeakerKind.PERSON)
        if found:
            name = found[0].name if found[0].kind is SpeakerKind.COUNTRY else whole
            return _Find(found[0].kind, run[start].start, run[-1].end, name, actors=found)
    return None


def _with_genitive(run: list[_Token], text: str, actors: Actors) -> tuple[int, int, str]:
    """A body's name with the country in the genitive before it: Moldova’s Ministry of Foreign Affairs."""
    start = run[0].start
    before = re.search(r"(?:[A-Z][\w-]+ )?[A-Z][\w-]+['’]s? $", text[max(0, start - 40) : start])
    if before and fold(before[0].strip()) in actors.adjectives:
        start -= len(before[0])
    return start, run[-1].end, text[start : run[-1].end]


def _person(run: list[_Token], text: str, day: date | None, actors: Actors, speaking: bool) -> _Find | None:
    """The person at the end of a run, with the title before: [Polish Prime Minister] Donald Tusk."""
    lexicon = words()
    tail: list[_Token] = []
    for token in reversed(run):
        low = token.low
        if low in lexicon.particles and tail:
            tail.insert(0, token)
        elif not token.capital or low in lexicon.bodies or (low in lexicon.titles and low not in lexicon.forenames):
            break
        elif fold(token.text) in actors.adjectives and not _forename_before(run, token):
            break
        else:
            tail.insert(0, token)
    while tail and not tail[0].capital and tail[0].low not in ("de", "van", "von", "al", "der"):
        tail = tail[1:]
    for i, token in enumerate(tail):
        if token.low.split("-")[0] in lexicon.forenames and i + 1 < len(tail):
            tail = tail[i:]
            break
    if not tail or len(tail) > 5:
        return None
    name = text[tail[0].start : tail[-1].end]
    role = _title(text, tail[0].start)
    titled = bool(set(re.findall(r"[\w-]+", role)) & lexicon.role_words)
    forename = len(tail) > 1 and tail[0].low.split("-")[0] in lexicon.forenames
    listed = tuple(a for a in actors.candidates(name, day, SpeakerKind.PERSON) if a.kind is SpeakerKind.PERSON)
    apposed = _apposition(text, tail[-1].end)
    appositive = bool(set(re.findall(r"[\w-]+", apposed)[:12]) & lexicon.role_words) and len(tail) > 1
    shouted = all(token.text.isupper() and len(token.text) > 1 for token in tail)
    if shouted and not (titled and len(tail) > 1):
        return None
    if titled or forename or listed or appositive or speaking:
        if len(tail) == 1 and not (titled or listed or speaking):
            return None
        if len(tail) == 1 and tail[0].low in lexicon.opening:
            return None
        return _Find(SpeakerKind.PERSON, tail[0].start, tail[-1].end, name, f"{role} , {apposed}", listed, titled)
    return None


def _forename_before(run: list[_Token], token: _Token) -> bool:
    place = run.index(token)
    return place > 0 and run[place - 1].low in words().forenames


def _title(text: str, start: int) -> str:
    """The words of a title or description that lead up to a name: "the head of the UN mission in Ukraine, "."""
    lexicon = words()
    left = text[max(0, start - 140) : start]
    left = (
        re.split(r"[.;:!?\n“”\"()](?=\s)|\n", left)[-1]
        if not re.search(r"\b(?:Rep|Sen|Gen|Col|Lt|Gov|Dr|Mr|Mrs|Ms|Maj)\. $", left)
        else left
    )
    tokens = list(_tokens(left))
    taken: list[str] = []
    comma = False
    for i in range(len(tokens) - 1, -1, -1):
        token = tokens[i]
        gap = left[token.end : tokens[i + 1].start] if i + 1 < len(tokens) else left[token.end :]
        gap = _GENITIVE.sub("", gap.strip()).strip("’'s ")
        if gap == "," and not comma and not taken:
            comma = True
        elif gap not in ("", ".", "—", "–", "-", "-general"):
            break
        small = token.low in JOINERS | {
            "the",
            "to",
            "in",
            "at",
            "on",
            "who",
            "a",
            "an",
            "former",
            "then",
            "senior",
            "is",
        }
        if not (token.capital or token.genitive or small or token.low in lexicon.role_words | lexicon.bodies):
            if not (comma or token.low.endswith(("al", "ian", "ish", "ary", "ive", "er", "ing"))):
                break
        if comma and not taken and token.low in lexicon.forenames:
            break
        taken.insert(0, token.low)
        if len(taken) > 16:
            break
    if comma:
        role = [i for i, word in enumerate(taken) if word in lexicon.role_words]
        if not role or (taken and taken[0] not in ("the", "a", "an") and role[0] > 3):
            return ""
    return " ".join(taken)


def _apposition(text: str, end: int) -> str:
    """What follows a name to say who that is: ", the alliance's chief," or ", who is secretary of …" or "(head of …)"."""
    found = re.match(
        r"(?:, | \()((?:who (?:is|was|heads|leads|serves as)|the|a|an|head|chief|secretary|deputy|director|spokes\w+|"
        r"commander|president|minister|leader|[A-Z][\w’'-]+)\b[^,.;:()\n“”\"]{0,90})",
        text[end : end + 130],
    )
    return found[1].casefold() if found else ""


def _people(finds: list[_Find], day: date | None, actors: Actors) -> list[list[_Find]]:
    """The finds of each person: by last name, a full name's first word being the same or close to it."""
    groups: list[list[_Find]] = []
    full = [find for find in finds if " " in find.name]
    for find in full:
        home = next((group for group in groups if any(_same_person(find, other) for other in group)), None)
        if home is None:
            groups.append([find])
        else:
            home.append(find)
    for find in (find for find in finds if " " not in find.name):
        homes = [group for group in groups if any(_short_for(find.name, other.name) for other in group)]
        before = [group for group in homes if any(other.start < find.start for other in group)]
        homes = before or homes
        if homes:
            max(homes, key=lambda group: _nearest(group, find.start)).append(find)
        else:
            groups.append([find])
    return [sorted(group, key=lambda find: find.start) for group in groups]


def _nearest(group: list[_Find], offset: int) -> int:
    return max((find.start for find in group if find.start < offset), default=-1)


def _same_person(one: _Find, other: _Find) -> bool:
    a, b = (skeleton(find.name).split() for find in (one, other))
    if a == b:
        return True
    if one.actors and other.actors:
        return one.actors[0].id == other.actors[0].id
    if len(b) == 1 or len(a) == 1:
        return False
    return a[-1] == b[-1] and (a[0] == b[0] or _close(a[0], b[0]) or (len(a[0]) == 1 and b[0].startswith(a[0])))


def _close(a: str, b: str) -> bool:
    """Forms of one forename: Rafeal for Rafael, Oleksandr for Alexander are not our work, a slip or an ending is."""
    return sorted(a) == sorted(b) or (min(len(a), len(b)) > 3 and (a.startswith(b) or b.startswith(a)))


def _short_for(short: str, full: str) -> bool:
    """Is a single word the last name (or, where the family name stands first, the first) of a full one?"""
    parts = skeleton(full).split()
    word = skeleton(short)
    if not parts or not word:
        return False
    if word == parts[-1] or (len(parts) > 2 and word in (parts[1], " ".join(parts[-2:]))):
        return True
    return word == parts[0] and parts[0] not in words().forenames


def _bodies(finds: list[_Find], text: str) -> list[list[_Find]]:
    """The finds of each body, outlet and country: by the list, by the acronym in brackets, by the name."""
    same = dict(_acronyms(text))
    groups: dict[str, list[_Find]] = {}
    for find in finds:
        key = find.actors[0].id if len(find.actors) == 1 else fold(find.name)
        key = same.get(key, key)
        groups.setdefault(key, []).append(find)
    for short, long in same.items():
        if short in groups and long in groups and short != long:
            groups[long] += groups.pop(short)
    merged = list(groups.values())
    return [sorted(group, key=lambda find: find.start) for group in merged]


def _acronyms(text: str) -> Iterator[tuple[str, str]]:
    """(acronym, name), folded, from "National Intelligence Service (NIS)" and "SBU (Security Service of Ukraine)"."""
    for found in re.finditer(
        r"((?:[A-Z][\w’'-]+|of|for|and|the|on|to)(?: (?:[A-Z][\w’'-]+|of|for|and|the|on|to))+) \(([A-Z]{2,7}s?)\)", text
    ):
        name = found[1].split()
        initials = [word[0] for word in name if word[0].isupper()]
        for cut in range(len(name)):
            tail = name[cut:]
            if (
                tail[0][0].isupper()
                and "".join(w[0] for w in tail if w[0].isupper())[:1] == found[2][0]
                and len(tail) <= len(found[2]) + 4
            ):
                yield fold(found[2]), fold(" ".join(tail))
                break
        del initials
    for found in re.finditer(r"\b([A-Z]{2,7}) \(((?:[A-Z][\w’'-]+)(?: (?:[A-Z][\w’'-]+|of|for|and|the))+)\)", text):
        yield fold(found[1]), fold(found[2])


def _mention(find: _Find, text: str, frame: Cast, subjects: frozenset[int] | None) -> Mention:
    sentence = frame.sentence(find.start)
    first = text[frame.sentences[sentence] : find.start]
    subject = bool(subjects) and any(offset in subjects for offset in range(find.start, find.end))
    if not subject:
        subject = len(first) < 60 and not re.search(
            r"\b(?:of|to|with|by|from|for|in|on|and|against|about)\s+[^,]*$", first.casefold()
        )
    return Mention(find.start, find.end, find.name, find.role, sentence, subject, frame.quoted(find.start))


def _describe(bearer: Bearer, group: list[_Find], day: date | None, actors: Actors) -> None:
    """Gender, roles and countries of a bearer, from its titles, its appositions, its forename and the list."""
    lexicon = words()
    bearer.aliases = {fold(find.name) for find in group}
    listed = {actor.id: actor for find in group for actor in find.actors}
    if bearer.kind is SpeakerKind.PERSON:
        full = {
            a.id: a for a in actors.candidates(bearer.name, day, SpeakerKind.PERSON) if a.kind is SpeakerKind.PERSON
        }
        listed = full or listed
    bearer.actors = tuple(listed.values())
    for find in group:
        terms = re.findall(r"[\w’'-]+", find.role)
        bearer.roles.update(re.sub(r"['’]s?$", "", term) for term in terms)
        for phrase in (*terms, *(f"{a} {b}" for a, b in pairwise(terms))):
            if code := actors.adjectives.get(fold(phrase)):
                bearer.countries.add(code)
    if bearer.roles & lexicon.feminine:
        bearer.gender = "f"
    elif bearer.roles & lexicon.masculine:
        bearer.gender = "m"
    if bearer.kind is SpeakerKind.PERSON and not bearer.gender:
        bearer.gender = lexicon.forenames.get(fold(bearer.name).split()[0], "") if " " in bearer.name else ""
    if len(bearer.actors) == 1:
        actor = bearer.actors[0]
        bearer.gender = actor.gender or bearer.gender
        if actor.country:
            bearer.countries.add(actor.country)
        for name in actor.names:
            bearer.aliases.add(fold(name))
        for office in actors.offices_on(actor.id, day):
            for phrase in (office.office, office.body, *office.aliases):
                bearer.roles.update(fold(phrase).split())
