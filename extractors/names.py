"""Who is in a story: the people, bodies and countries that it names, each with all its mentions and roles.

No entity model is needed for this: English writes names with capitals, news gives a person's office and full name at
the first mention, and the lists of actors know most of the rest. ``cast`` collects capitalised runs of words, takes
titles off, and puts the mentions of one bearer together ("NATO Secretary General Mark Rutte", "Mark Rutte, the
alliance's chief", "Rutte").
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from extractors.actors import Actor, Actors, canonical, fold, skeleton
from extractors.records import Span, SpeakerKind

if TYPE_CHECKING:
    from extractors.parsing import Parsed

INNER = frozenset({"compound", "flat", "appos", "amod"})
"""Dependents that belong to the name or noun that they hang on."""
NOUNS = frozenset({"NN", "NNS"})
SUBJECTS = frozenset({"nsubj", "nsubjpass", "agent", "ROOT"})
JOINERS = frozenset({"of", "for", "and"})
_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[^\W_]+(?:['’ʼ‑-](?=[^\W_])[^\W_]+)*(?:['’](?=\s))?")
_GENITIVE = re.compile(r"(?<=\w)['’][sS]?$")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"”’»)\]]*\s+(?=[\"“‘«(\[]?[^\W\da-z_])|\n+")
_LAST_WORD = re.compile(r"[\w.'’-]+$")
_TERM = re.compile(r"[\w’'-]+")
_HEAD_END = re.compile(r",|\s?\(|\s(?:who|whose|of|for|at|in|from|on|to|with|by)\s")
_OWNED = re.compile(r"\s(?:of|for)\s[^,(]*?\w['’]s?\s")
_COUNTRY_GENITIVE = re.compile(r"(?:[A-Z][\w-]+ )?[A-Z][\w-]+['’]s? $")
_VOWELS = re.compile(r"[aeiou]")
_ARTICLE = re.compile(r"\b[Tt]he \Z")
_CLAUSE = re.compile(r"[.;:!?“”\"()](?=\s)|\n")
_ABBREVIATED_TITLE = re.compile(r"\b(?i:Rep|Sen|Gen|Col|Lt|Gov|Dr|Mr|Mrs|Ms|Maj|Adm|Prof|Capt)\. $")
_APPOSITION = re.compile(
    r"(?:, | \()((?:who (?:is|was|heads|leads|serves as)|the|a|an|head|chief|secretary|deputy|director|spokes\w+|"
    r"commander|president|minister|leader|[A-Z][\w’'-]+)\b[^,.;:()\n“”\"]{0,90})"
)
_OF_COUNTRY = re.compile(r" \([A-Z][a-z]")
"""After a delegate in the minutes of a council: "VASSILY NEBENZIA (Russian Federation)"."""
_NICKNAME = re.compile(r"(?<=\w) (?:[\"“«][A-Z][\w-]+[\"”»]|[‘'][A-Z][\w-]+[’']|\([A-Z][\w-]+\)) (?=[A-Z])")
_AGE = re.compile(r", \d{1,3}\b(?=[,.])")
_AFTER_PREPOSITION = re.compile(
    r"\b(?:of|to|with|by|from|for|in|on|and|against|about|after|before|alongside|behind|beside|unlike)\s+[^,]*$"
)
_SPELLED = r"(?:[A-Z][\w’'-]+)(?: (?:[A-Z][\w’'-]+|of|for|and|the|on|to)){1,9}"
_ACRONYM_AFTER = re.compile(rf"({_SPELLED}) \(([A-Z]{{2,7}})s?\)")
_ACRONYM = re.compile(r"[A-Z]{3,7}")
_KNOWN_AS = re.compile(rf"({_SPELLED}),? (?:also |better )?known as (?:the )?([A-Z][\w-]+)")
_ACRONYM_BEFORE = re.compile(rf"\b([A-Z]{{2,7}}) \(({_SPELLED})\)")
SMALL = JOINERS | {"the", "to", "in", "at", "on", "who", "a", "an", "former", "then", "senior", "is"}
"""Words that a title may hold besides capitals and role words."""
MODIFIER_ENDINGS = ("al", "ian", "ish", "ary", "ive", "er", "ing")
LONGEST_NAME = 5
LONGEST_NICKNAME = 20
SHORT = 4
"""Letters: shorter last names that differ in a vowel are different names."""
LONGEST_RUN = 40
"""Words: what goes on longer in capitals is no name but a headline or a list."""
LONGEST_STORY = 60_000
"""Characters in which names are looked for: far more than any story has, and a bound on time for what is none."""
OPENING = 60
"""Characters: a name so near a sentence's beginning, and after no preposition, stands for its subject."""
OPENERS = ('"', "“", "«", "‘", "(", "[")
NOBLE = frozenset({"van", "von", "de", "der", "al", "bin"})
"""Particles that may begin a last name."""
LONGEST_TITLE = 16


@dataclass(frozen=True)
class Words:
    """``lexicons/names.toml``, as sets."""

    roles: dict[str, frozenset[str]]
    role_nouns: frozenset[str]  # those of the roles that can stand for a person: "the minister", not "the first"
    titles: frozenset[str]
    honorifics: frozenset[str]  # those that stand directly before a name: Mrs
    fields: frozenset[str]  # those that tell what an office is for, or of which rank
    feminine: frozenset[str]
    masculine: frozenset[str]
    bodies: frozenset[str]
    generic: dict[str, frozenset[str]]
    of_several: frozenset[str]  # words for bodies of several countries
    demonyms: frozenset[str]
    trades: frozenset[str]
    documents: frozenset[str]
    messages: frozenset[str]
    anonymous: frozenset[str]
    groups: frozenset[str]
    kin: frozenset[str]
    quantities: frozenset[str]
    pronouns: dict[str, str]  # he → masculine
    opening: frozenset[str]
    particles: frozenset[str]
    abbreviations: frozenset[str]
    forenames: dict[str, str]  # folded → f, m, or "fm" where the name tells neither

    role_words: frozenset[str]  # any word of an office or role
    not_names: frozenset[str]  # words that are no one's name, though they may begin with a capital
    offices: frozenset[str]  # words of roles and bodies: those that a title is made of
    joiners: frozenset[str]  # words that stand between the parts of one name
    descriptions: frozenset[str]  # a single one of these is no name of a body
    only_bodies: frozenset[str]  # words before a name that is not a person's
    sentence_openers: frozenset[str]  # words of no title, though they stand before a name with a capital


@cache
def words() -> Words:
    data = tomllib.loads(files("extractors.lexicons").joinpath("names.toml").read_text("utf-8"))

    def bag(table: str, key: str = "words") -> frozenset[str]:
        return frozenset(data[table][key].split())

    titles = bag("titles")
    roles = {role: frozenset({*role.split(), *fits.split()}) for role, fits in data["roles"].items()}
    roles = {title: frozenset({title}) for title in titles} | roles
    generic = {noun: frozenset(fits.split()) for noun, fits in data["bodies"]["generic"].items()}
    unnamed = bag("anonymous") | bag("anonymous", "groups")
    role_words, bodies, opening = titles | roles.keys(), bag("bodies"), bag("opening")
    return Words(
        roles=roles,
        role_nouns=frozenset(data["roles"]),
        titles=titles,
        honorifics=bag("titles", "honorifics"),
        fields=bag("titles", "fields"),
        feminine=bag("titles", "feminine"),
        masculine=bag("titles", "masculine"),
        bodies=bodies,
        generic=generic,
        of_several=bag("bodies", "of_several"),
        demonyms=bag("demonyms"),
        trades=bag("trades"),
        documents=bag("documents"),
        messages=bag("documents", "messages"),
        anonymous=bag("anonymous"),
        groups=bag("anonymous", "groups"),
        kin=bag("anonymous", "kin"),
        quantities=bag("anonymous", "quantities"),
        pronouns={word: kind for kind, text in data["pronouns"].items() for word in text.split()},
        opening=opening,
        particles=bag("particles"),
        abbreviations=bag("abbreviations"),
        forenames={
            fold(name): gender
            for gender, key in (("m", "masculine"), ("f", "feminine"), ("fm", "both"))
            for name in data["forenames"][key].split()
        },
        role_words=role_words,
        not_names=unnamed | generic.keys() | roles.keys() | opening | bag("anonymous", "quantities"),
        offices=SMALL | role_words | bodies,
        joiners=JOINERS | bag("particles"),
        descriptions=frozenset(generic.keys() | roles.keys()),
        only_bodies=JOINERS | bodies - titles,
        sentence_openers=opening - SMALL - titles,
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
        """The fullest name in the story: most words, then the one most used, then the longest."""
        if self.kind is SpeakerKind.COUNTRY and self.actors:
            return self.actors[0].name
        texts = Counter(mention.text for mention in self.mentions)
        listed = {name for actor in self.actors for name in actor.names}
        return max(texts, key=lambda text: (len(text.split()), text in listed, texts[text], len(text)))


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


class _Token(NamedTuple):
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

    @property
    def forename(self) -> str:
        """What genders the word tells as a forename: "" where it is none."""
        first = self.low.split("-")[0]
        return words().forenames.get(first if first.isascii() else fold(first), "")


@dataclass(frozen=True, slots=True)
class _Find:
    """A name as found, before those of one bearer are put together."""

    kind: SpeakerKind
    start: int
    end: int
    name: str
    role: str = ""
    actors: tuple[Actor, ...] = ()
    sure: bool = True  # else only the short form of another's name, or nobody's


@dataclass(frozen=True, slots=True)
class _Page:
    """What reading a story's names needs to look at."""

    text: str
    day: date | None
    actors: Actors
    cast: Cast
    subjects: frozenset[int]  # where words begin that belong to a subject
    common: frozenset[int]  # where common nouns begin
    heads: frozenset[int]  # where the head words of sources end
    sources: tuple[Span, ...]
    spelled: dict[str, str]  # short name of a body → its full name, both folded
    tokens: tuple[_Token, ...]


def cast(text: str, parsed: Parsed, day: date | None, actors: Actors, speakers: Iterable[Span] = ()) -> Cast:
    """The people, bodies and countries that a story names.

    ``speakers`` are spans known to name sources: a bare name there is a person's even where nothing else shows it.
    """
    text = text[:LONGEST_STORY]
    sentences = tuple(sorted({0, *(found.end() for found in _SENTENCE.finditer(text))} - _false_ends(text)))
    subjects, leading, common = _grammar(parsed)
    empty = Cast(text, (), sentences, tuple(_quotations(text)), leading)
    sources = tuple(speakers)
    heads = frozenset(_head_end(text, span) for span in sources)
    page = _Page(text, day, actors, empty, subjects, common, heads, sources, dict(_spelled(text)), tuple(_tokens(text)))
    finds = _as_last_names([find for run in _runs(page) for find in _read(run, page)], page)
    people = [find for find in finds if find.kind is SpeakerKind.PERSON]
    bodies = [find for find in finds if find.kind is not SpeakerKind.PERSON]
    groups = (*_people(people), *_bodies(bodies, page))
    return replace(empty, bearers=tuple(_bearer(group, page) for group in groups))


def _as_last_names(finds: Sequence[_Find], page: _Page) -> list[_Find]:
    """The same, where an outlet's name without "the" is a person's if the story has one of that last name: Hill of
    Karen Hill, not The Hill."""
    full = {
        find.name.split()[-1] for find in finds if find.kind is SpeakerKind.PERSON and find.sure and " " in find.name
    }

    def meant(find: _Find) -> _Find:
        outlet = find.kind is SpeakerKind.OUTLET and find.name in full
        if not outlet or page.text[max(0, find.start - 4) : find.start].casefold() == "the ":
            return find
        return replace(find, kind=SpeakerKind.PERSON, actors=(), sure=False)

    return [meant(find) for find in finds]


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
    """What stands in double quotation marks, paragraph by paragraph; an open one runs to the paragraph's end.

    A mark closes where it touches a word on its left alone, whatever its shape: “like this“.
    """
    for line in re.finditer(r"[^\n]+", text):
        start = None
        for mark in re.finditer(r"[\"“”«»„]", line[0]):
            here = line.start() + mark.start()
            closes = mark.start() > 0 and not line[0][mark.start() - 1].isspace()
            opens = line[0][mark.end() : mark.end() + 1].isalnum()
            if start is None:
                start = None if mark[0] in "”»" else here
            elif mark[0] in '"”»' or (closes and not opens):
                yield start, here
                start = None
        if start is not None:
            yield start, line.end()


def _grammar(parsed: Parsed) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """Where words of subjects, of main clauses' subjects, and common nouns begin, in what was parsed."""
    subjects, leading, common = set(), set(), set()
    for paragraph in parsed.paragraphs:
        doc = paragraph.doc
        if doc is None:
            continue
        strings = doc.vocab.strings
        inner, subject, noun = ({strings[name] for name in names} for names in (INNER, SUBJECTS, NOUNS))
        conjunct, root = strings["conj"], strings["ROOT"]
        columns = doc.to_array(["DEP", "HEAD", "IDX", "TAG"])  # asking token by token is slow
        deps, steps, places, tags = (columns[:, nth].astype(int).tolist() for nth in range(4))
        for at, (dep, place, tag) in enumerate(zip(deps, places, tags, strict=True)):
            head = at
            while dep in inner and steps[head]:
                head += steps[head]
                dep = deps[head]
            if dep in subject:
                subjects.add(paragraph.start + place)
                verb = head + steps[head]
                while deps[verb] == conjunct:
                    verb += steps[verb]
                if deps[verb] == root:
                    leading.add(paragraph.start + place)
            if tag in noun:
                common.add(paragraph.start + place)
    return frozenset(subjects), frozenset(leading), frozenset(common)


def _head_end(text: str, span: Span) -> int:
    """Where the head of a source ends: "Peskov, the spokesman" → after Peskov. The head of "Bank of Canada’s chief
    economist" is no name that ends before "of": -1."""
    found = _HEAD_END.search(text, span[0] + 1, span[1])
    if found and _OWNED.match(text, found.start(), span[1]):
        return -1
    return found.start() if found else span[1]


def _start(token: _Token) -> int:
    return token.start


def _tokens(text: str) -> Iterator[_Token]:
    for found in _TOKEN.finditer(text):
        cut = _GENITIVE.search(found[0])
        core = found[0][: cut.start()] if cut else found[0]
        if core:
            yield _Token(found.start(), found.start() + len(core), core, bool(cut))


def _runs(page: _Page) -> Iterator[list[_Token]]:
    """Sequences of capitalised words, with "of", "for", "and" and particles between them."""
    lexicon = words()
    starts = set(page.cast.sentences)
    run: list[_Token] = []
    small: list[_Token] = []
    for token in page.tokens:
        if run and (len(run) == LONGEST_RUN or not _adjoins((small or run)[-1], token, page.text)):
            yield run
            run, small = [], []
        if token.capital:
            if small and not _joins(run, small, token):
                yield run
                run, small = [], []
            opens = not run and (token.start in starts or page.text[max(0, token.start - 1) : token.start] in OPENERS)
            if not (opens and token.low in lexicon.opening):
                run += [*small, token]
            small = []
        elif run and not token.genitive and (token.low in lexicon.joiners or (small and token.low == "the")):
            small.append(token)
        elif run:
            yield run
            run, small = [], []
    if run:
        yield run


def _adjoins(last: _Token, token: _Token, text: str) -> bool:
    """Does a token follow another within one name? "Vladimir] Putin" is one with a word put in."""
    gap = text[last.end : token.start]
    if gap == " & " or (len(gap) == 2 and _nicknamed(last, token, text)):
        return True
    abbreviated = last.low in words().abbreviations or len(last.text) == 1
    return not last.genitive and (gap in (" ", "\xa0", "] ") or (gap in (". ", ".") and abbreviated))


def _nicknamed(last: _Token, token: _Token, text: str) -> bool:
    """Is this the nickname of Robert "Madyar" Brovdi, or the name behind it?"""
    near = max(0, last.start - 2)
    return any(
        found.start() == last.end or found.end() == token.start
        for found in _NICKNAME.finditer(text, near, token.end + 2 + LONGEST_NICKNAME)
    )


def _joins(run: Sequence[_Token], small: Sequence[_Token], token: _Token) -> bool:
    """May a run go on over small words? "Security Service of Ukraine" may, "Rutte and President Duda" may not."""
    lexicon = words()
    between = {part.low for part in small}
    if "and" in between:
        known = {part.low for part in run}
        person = token.low in lexicon.titles or token.forename or token.text.isupper()
        return (
            len(run) > 1
            and not (lexicon.bodies.isdisjoint(known) and known.isdisjoint(("minister", "secretary")))
            and not person
        )
    if between & JOINERS:
        return any(part.low in lexicon.bodies or part.low in lexicon.role_words or part.text.isupper() for part in run)
    return bool(run[-1].forename) or len(run) > 1 or small[0].low in NOBLE


def _read(run: list[_Token], page: _Page) -> Iterator[_Find]:
    """The names in a run of capitalised words: a person with a title, a body, a country."""
    run = run[: max((i + 1 for i, token in enumerate(run) if token.capital), default=0)]
    if len(run) > 2 and run[-1].text.isupper() and run[-1].low in words().titles and run[-2].low not in words().titles:
        run = run[:-1]  # Colin Oakes MP
    joiner = next((i for i, token in enumerate(run) if token.low in JOINERS), 0)
    if joiner and (first := _person(run[:joiner], page)):
        yield first
        rest = run[joiner + 1 :]
        yield from _read(rest[1:] if rest[:1] and rest[0].low == "the" else rest, page)
    elif (found := _listed_body(run, page) or _person(run, page)) and (found.sure or not _is_body(run, page)):
        yield found
    elif run and _is_body(run, page):
        start = _with_country(run[0].start, page)
        yield _Find(SpeakerKind.ORGANISATION, start, run[-1].end, page.text[start : run[-1].end])
    else:
        for token in run:
            for actor in page.actors.by_name.get(fold(token.text), ())[:1]:
                if actor.kind is SpeakerKind.COUNTRY:
                    yield _Find(SpeakerKind.COUNTRY, token.start, token.end, actor.name, actors=(actor,))


def _kind_before(run: Sequence[_Token], page: _Page) -> bool:
    """Is a name told to be a body's by the word before it: "the rights group Uwazi"?"""
    before = _LAST_WORD.search(page.text, max(0, run[0].start - 20), max(0, run[0].start - 1))
    return bool(
        before and before[0] in words().generic and not run[0].forename and run[0].low not in words().role_words
    )


def _is_body(run: Sequence[_Token], page: _Page) -> bool:
    lexicon = words()
    if _kind_before(run, page):
        return True
    low = [token.low for token in run]
    if " & " in page.text[run[0].start : run[-1].end]:
        return True
    if fold(page.text[run[0].start : run[-1].end]) in page.spelled:
        return True
    if len(run) == 1 and low[0] in lexicon.descriptions:
        return False
    if low[-1] in lexicon.role_nouns and JOINERS.isdisjoint(low):
        return False  # the Defence Secretary
    acronym = any(token.text.isupper() and len(token.text) > 1 for token in run)
    shouted = len(run) > 1 and all(token.text.isupper() for token in run)
    return not shouted and ((acronym and lexicon.role_words.isdisjoint(low)) or not lexicon.bodies.isdisjoint(low))


def _listed_body(run: list[_Token], page: _Page) -> _Find | None:
    """A run that is, as a whole or without its first word, a name of a listed body, outlet or country."""
    for start in range(1 if _is_full_name(run) else min(2, len(run))):
        whole = page.text[run[start].start : run[-1].end]
        found = tuple(a for a in page.actors.by_name.get(fold(whole), ()) if a.kind is not SpeakerKind.PERSON)
        if found:
            name = found[0].name if found[0].kind is SpeakerKind.COUNTRY else whole
            return _Find(found[0].kind, run[start].start, run[-1].end, name, actors=found)
    return None


def _is_full_name(run: Sequence[_Token]) -> bool:
    """Is a last name that an outlet bears, too, behind a forename: Karen Hill, not The Hill?"""
    return len(run) == 2 and bool(run[0].forename) and run[0].low not in words().opening and run[1].text.istitle()


def _with_country(start: int, page: _Page) -> int:
    """Where a body's name begins, with the country in the genitive before it: Moldova’s Ministry of Foreign Affairs."""
    before = _COUNTRY_GENITIVE.search(page.text[max(0, start - 40) : start])
    return start - len(before[0]) if before and fold(before[0].strip()) in page.actors.adjectives else start


def _person(run: list[_Token], page: _Page) -> _Find | None:
    """The person at the end of a run, whatever title stands before: [Polish Prime Minister] Donald Tusk."""
    lexicon = words()
    tail = _tail(run, page)
    if not tail or len(tail) > LONGEST_NAME or " & " in page.text[run[0].start : run[-1].end]:
        return None  # Marlowe & Kean
    before = run[run.index(tail[0]) - 1].low if len(run) > len(tail) else ""
    if before in lexicon.only_bodies and not (tail[0].forename and tail[1:]):
        return None  # Secretary of State, Daily Caller
    if len(tail) == LONGEST_NAME and all(token.low not in lexicon.particles for token in tail):
        return None  # Veto Power Impedes Peace Efforts
    text, start, end = page.text, tail[0].start, tail[-1].end
    name = _NICKNAME.sub(" ", text[start:end]).replace("]", "")
    if fold(name) in page.spelled or _kind_before(run, page):
        return None
    title, apposition = _title(page, start), _apposition(text, end)
    terms = _TERM.findall(title)
    titled = not lexicon.role_words.isdisjoint(terms if tail[1:] else terms[-1:])
    people = page.actors.candidates(name, page.day, SpeakerKind.PERSON)
    listed = tuple(actor for actor in people if actor.kind is SpeakerKind.PERSON)
    source = (end in page.heads or _apposed(tail, page)) and not _ARTICLE.search(text, max(0, start - 5), start)
    shouted = all(token.text.isupper() for token in tail)
    delegate = source and shouted and bool(tail[0].forename or _OF_COUNTRY.match(text, end))
    apposed = not lexicon.role_words.isdisjoint(_TERM.findall(apposition)[:12])
    if len(tail) > 1:
        aged = _AGE.match(text, end)
        sure = bool(titled or tail[0].forename or listed or apposed or source or aged)
        sure = sure and (titled or delegate or not shouted)
    elif (shouted and not (titled and source)) or tail[0].low in lexicon.not_names:
        return None
    else:
        named = listed or source or (tail[0].forename and (apposed or _AGE.match(text, end)))
        sure = bool(titled or (named and start not in page.common))
    return _Find(SpeakerKind.PERSON, start, end, name, f"{title} , {apposition}", listed, sure)


def _apposed(tail: Sequence[_Token], page: _Page) -> bool:
    """Is this the full name behind the description of a source: "one of the women, Halyna Bilyk, 42"?"""
    start, end = tail[0].start, tail[-1].end
    if len(tail) < 2 or page.text[max(0, start - 2) : start] != ", ":
        return False
    return any(
        first < start and (end == last or (end < last and page.text[end] == ",")) for first, last in page.sources
    )


def _tail(run: Sequence[_Token], page: _Page) -> list[_Token]:
    """The words at the end of a run that can be a person's name, from its forename on where one is known."""
    lexicon = words()
    tail: list[_Token] = []
    for i in range(len(run) - 1, -1, -1):
        token = run[i]
        if not (token.low in lexicon.particles and tail):
            title = token.low in lexicon.titles and not token.forename
            forename = token.forename and len(tail) == 1
            country = fold(token.text) in page.actors.adjectives and not (i and (run[i - 1].forename or forename))
            opening = token.low in lexicon.opening and not token.forename
            if not token.capital or token.low in lexicon.bodies or title or country or opening:
                break
        tail.insert(0, token)
    while tail and not tail[0].capital and tail[0].low not in NOBLE:
        tail = tail[1:]
    if tail[1:] and _ACRONYM.fullmatch(tail[0].text) and not tail[1].text.isupper():
        tail = tail[1:]
    first = next((i for i, token in enumerate(tail[:-1]) if token.forename), 0)
    while first < len(tail) - 2 and tail[first].start in page.common:
        first += 1
    return tail[first:]


def _title(page: _Page, start: int) -> str:
    """The words of a title or description that lead up to a name: "the head of the UN mission in Ukraine, "."""
    lexicon = words()
    text, first = page.text, max(0, start - 140)
    if not _ABBREVIATED_TITLE.search(text, first, start):
        first = max((found.end() for found in _CLAUSE.finditer(text, first, start)), default=first)
    taken: list[str] = []
    comma = False
    following = start
    place = bisect_left(page.tokens, start, key=_start) - 1
    while place >= 0 and (token := page.tokens[place]).start >= first:
        place -= 1
        gap = text[token.end + 2 * token.genitive : following].strip()
        following = token.start
        if gap == "," and not taken:
            comma = True
        elif gap not in ("", ".", "—", "–", "-"):
            break
        if token.capital and token.low in lexicon.sentence_openers:
            break
        fits = token.capital or token.genitive or token.low in lexicon.offices
        if not fits and not comma and not token.low.endswith(MODIFIER_ENDINGS):
            break
        before = page.tokens[place].low if place >= 0 and page.tokens[place].start >= first else ""
        if token.low == "and" and not (before in lexicon.role_words or before in lexicon.bodies):
            break
        if (comma and not taken and token.forename) or len(taken) == LONGEST_TITLE:
            break
        taken.insert(0, token.low + "'s" * token.genitive)
    if comma:
        role = next((i for i, word in enumerate(taken) if word in lexicon.role_words), None)
        if role is None or (role > 3 and taken[0] not in ("the", "a", "an")):
            return ""
    return " ".join(taken)


def _apposition(text: str, end: int) -> str:
    """What follows a name to say who that is: ", the alliance's chief," or ", who is …" or "(head of …)"."""
    found = _APPOSITION.match(text, end, end + 130)
    return found[1].casefold() if found else ""


def _people(finds: Sequence[_Find]) -> Iterator[list[_Find]]:
    """The finds of each person: those with a full name first, then the short names, each with the nearest before it."""
    groups: list[list[_Find]] = []
    called: list[set[str]] = []  # each group's names
    by_word: dict[str, dict[int, None]] = defaultdict(dict)  # a word of a name → the groups that hold it
    alike: dict[str, dict[int, None]] = defaultdict(dict)  # the consonants of a last name → the groups that have it
    for find in sorted(finds, key=lambda find: -len(find.name.split())):
        parts = skeleton(find.name).split()
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


def _same_gender(find: _Find, group: Sequence[_Find]) -> bool:
    """May "Ms. Koval" be one of these, as far as honorifics, the forename and "his wife" tell?"""
    own = told_gender(set(_honorific(find)))
    if not own:
        return True
    forename = words().forenames.get(fold(group[0].name).split()[0], "") if " " in group[0].name else ""
    theirs = {told_gender(set(_TERM.findall(other.role.partition(" , ")[0])[-1:])) for other in group} - {""}
    return own in (theirs or {forename}) or (not theirs and forename in ("", "fm"))


def _honorific(find: _Find) -> list[str]:
    """["mr"] of "Mr Koval", else nothing."""
    return [term for term in _TERM.findall(find.role.partition(" , ")[0])[-1:] if term in words().honorifics]


def _called_by_forename(find: _Find, group: Sequence[_Find]) -> bool:
    """Is a bare forename one of these? Features call those whom nobody knows so ("Oksana says"), never a politician."""
    described = not words().role_words.isdisjoint(_TERM.findall(find.role))
    if described or find.name.casefold() not in words().forenames or any(other.actors for other in group):
        return False
    return any(other.start < find.start and fold(other.name).split()[0] == fold(find.name) for other in group)


def _misspells(find: _Find, group: Sequence[_Find]) -> bool:
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


def _likeliest(homes: Sequence[int], groups: Sequence[Sequence[_Find]], find: _Find) -> int:
    """Of several who share a short name: one named before it, of those the one whom the story does not call "Ms" when
    this has no "Ms", and of those the one named in full most often."""
    before = [home for home in homes if any(other.start < find.start for other in groups[home])]

    def rank(home: int) -> tuple[int, int, int]:
        styled = 0 if _honorific(find) else sum(bool(_honorific(other)) for other in groups[home])
        return -styled, _named_before(groups[home], find), _nearest(groups[home], find.start)

    return max(before or homes, key=rank)


def _named_before(group: Sequence[_Find], find: _Find) -> int:
    """How often a bearer is named before a find by a name fuller than that: the main bearer of a shared name wins."""
    return sum(other.start < find.start and len(other.name) > len(find.name) for other in group)


def _nearest(group: Sequence[_Find], offset: int) -> int:
    return max((find.start for find in group if find.start < offset), default=-1)


def same_person(short: str, full: str) -> bool:
    """May a name be another, as full or fuller: Tusk or Rafeal Grossi for Donald Tusk, Rafael Mariano Grossi?"""
    a, b = skeleton(short).split(), skeleton(full).split()
    if not a or not b:
        return False
    if len(a) == 1:
        return a[0] == b[-1] or (len(b) > 2 and a[0] == b[1]) or (a[0] == b[0] and a[0] not in words().forenames)
    if a == b[-len(a) :]:
        return True
    return a[-1] == b[-1] and (_close(a[0], b[0]) or (len(a[0]) == 1 and b[0].startswith(a[0])))


def _close(a: str, b: str) -> bool:
    """Forms of one forename: a slip (Rafeal, Rafael) or an ending (Oleks, Oleksandr)."""
    return sorted(a) == sorted(b) or (min(len(a), len(b)) > 3 and (a.startswith(b) or b.startswith(a)))


def _bodies(finds: Sequence[_Find], page: _Page) -> Iterator[list[_Find]]:
    """The finds of each body, outlet and country: by the list, by the acronym in brackets, by a longer name."""
    groups: dict[str, list[_Find]] = {}
    for find in finds:
        listed = find.actors[0].id if len(find.actors) == 1 else ""
        name = fold(find.name)
        groups.setdefault(listed or page.spelled.get(name, name), []).append(find)
    by_word: dict[str, list[str]] = defaultdict(list)
    for key in groups:
        for word in set(fold(groups[key][0].name).split()):
            by_word[word].append(key)
    initials = {_initials(group[0].name): key for key, group in groups.items() if " " in group[0].name}
    for key in [key for key in groups if not groups[key][0].actors and _ACRONYM.fullmatch(groups[key][0].name)]:
        if (full := initials.get(key)) and full != key:
            groups[full] += groups.pop(key)
    for key in [key for key in groups if not groups[key][0].actors and (" " in key or key in page.spelled)]:
        others = (other for other in by_word[key.split()[-1]] if other != key and other in groups)
        if longer := [other for other in others if f" {key} " in f" {fold(groups[other][0].name)} "]:
            home = max(longer, key=lambda other: _nearest(groups[other], groups[key][0].start))
            groups[home] += groups.pop(key)
    for group in groups.values():
        yield sorted(group, key=lambda find: find.start)


def _initials(name: str) -> str:
    """ "Japan Innovation Party" → jip."""
    return "".join(word[0] for word in name.split() if word[0].isupper()).casefold()


def _spelled(text: str) -> Iterator[tuple[str, str]]:
    """(short, full), folded, from "National Intelligence Service (NIS)" and "SBU (Security Service of Ukraine)"."""
    for found in _ACRONYM_AFTER.finditer(text):
        name = found[1].split()
        first = next((i for i, word in enumerate(name) if word[0] == found[2][0]), None)
        if first is not None and len(name) - first <= len(found[2]) + 4:
            yield fold(found[2]), fold(" ".join(name[first:]))
    for found in _ACRONYM_BEFORE.finditer(text):
        yield fold(found[1]), fold(found[2])
    for found in _KNOWN_AS.finditer(text):
        yield fold(found[2]), fold(found[1])


def _bearer(group: Sequence[_Find], page: _Page) -> Bearer:
    """One bearer from its finds: mentions, gender, roles and countries, by titles, appositions, forename and list."""
    actors = page.actors
    bearer = Bearer(group[0].kind, [_mention(find, page) for find in group])
    listed = {actor.id: actor for find in group for actor in find.actors}
    if bearer.kind is SpeakerKind.PERSON:
        full = actors.candidates(bearer.name, page.day, SpeakerKind.PERSON)
        listed = {actor.id: actor for actor in full if actor.kind is SpeakerKind.PERSON} or listed
    bearer.actors = tuple(listed.values())
    bearer.aliases = {fold(find.name) for find in group}
    for find in group:
        terms = _TERM.findall(find.role)
        own = {term for term in terms if not _GENITIVE.search(term)} - words().honorifics
        own.update(words().honorifics.intersection(_TERM.findall(find.role.partition(" , ")[0])[-1:]))
        bearer.roles.update(own, map(canonical, own))
        plain = [_GENITIVE.sub("", term) for term in terms]
        phrases = (*plain, *(f"{a} {b}" for a, b in pairwise(plain)))
        bearer.countries.update(actors.adjectives[key] for key in map(fold, phrases) if key in actors.adjectives)
        bearer.of_several |= not words().of_several.isdisjoint(plain)
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
        parts = [fold(part) for find in group for part in find.name.split()]
        bearer.countries.update(actors.adjectives[part] for part in parts if part in actors.adjectives)
    return bearer


def _gender(bearer: Bearer) -> str:
    """f, m, or "" where neither the list nor an honorific nor the forename nor a title tells."""
    lexicon = words()
    if len(bearer.actors) == 1 and bearer.actors[0].gender:
        return bearer.actors[0].gender
    first, *rest = fold(bearer.name).split() or [""]
    bare = lexicon.role_words.isdisjoint(bearer.roles)
    forename = lexicon.forenames.get(first, "") if rest or bare else ""
    forename = forename if forename != "fm" else ""
    return told_gender(bearer.roles & lexicon.honorifics) or forename or told_gender(bearer.roles)


def told_gender(roles: Set[str]) -> str:
    """f of spokeswoman, m of king, "" of a minister."""
    lexicon = words()
    genders = [gender for gender, told in (("f", lexicon.feminine), ("m", lexicon.masculine)) if roles & told]
    return genders[0] if len(genders) == 1 else ""


def _mention(find: _Find, page: _Page) -> Mention:
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


def _with_particles(find: _Find, text: str) -> tuple[int, str]:
    """Where a person's name begins, and the name, with the particles before a last name alone: "von der Leyen"."""
    if find.kind is not SpeakerKind.PERSON or " " in find.name:
        return find.start, find.name
    first = find.start
    while (word := _LAST_WORD.search(text, max(0, first - 5), first - 1)) and word[0] in NOBLE:
        first = word.start()
    return first, text[first : find.start] + find.name
