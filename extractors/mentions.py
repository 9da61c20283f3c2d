"""Where a story names somebody: capitalised runs of words, with the titles before and the appositions behind them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from extractors.actors import Actor, Actors, fold
from extractors.bearers import Cast
from extractors.name_words import JOINERS, SMALL, name_words
from extractors.records import Span, SpeakerKind
from extractors.references import head_of

_TOKEN = re.compile(r"(?:[A-Z]\.){2,}|[^\W_]+(?:['’ʼ‑-](?=[^\W_])[^\W_]+)*(?:['’](?=\s))?")
GENITIVE = re.compile(r"(?<=\w)['’][sS]?$")
LAST_WORD = re.compile(r"[\w.'’-]+$")
TERM = re.compile(r"[\w’'-]+")
_COUNTRY_GENITIVE = re.compile(r"(?:[A-Z][\w-]+ )?[A-Z][\w-]+['’]s? $")
_FIELDS = re.compile(r"(?:, [A-Z][a-z]+(?: [A-Z][a-z]+)?)+,? and [A-Z][a-z]")
_ORDINAL = re.compile(r"\b\d{1,3}(?:st|nd|rd|th) $")
_BASED = re.compile(r"-(?:[a-z]{3,}ed|led|born|run|right|left)$")
"""After a place, or between two words: Oslo-based, centre-right."""
_ARTICLE = re.compile(r"\b[Tt]he \Z")
_CLAUSE = re.compile(r"[.;:!?“”\"()](?=\s)|\n")
_ABBREVIATED = re.compile(r"\b(\w+)\. $")
_APPOSITION = re.compile(
    r"(?:, | \()((?:who (?:is|was|heads|leads|serves as)|the|a|an|head|chief|secretary|deputy|director|spokes\w+|"
    r"commander|president|minister|leader|[A-Z][\w’'-]+)\b[^,.;:()\n“”\"]{0,90})"
)
_BODY_APPOSED = re.compile(
    r"(?:the|an?) (?:[^\W_][\w’'-]* ){0,4}?([\w-]+)(?=$| (?:in|of|for|from|at|on|with|near|close|based|that|which)\b)"
)
GENITIVED = re.compile(r"^.*\w['’]s? ")
_IN_PLACE = re.compile(r" in (?:the )?[A-Z][\w-]+(?: [A-Z][\w-]+)*")
"""Behind an embassy."""
_OF_NATION = re.compile(r"(?: defen[cs]e)? ([a-z]+)")
"""What belongs to it: the General Staff of the Ukrainian military."""
_OF_COUNTRY = re.compile(r" \([A-Z][a-z]")
"""After a delegate in the minutes of a council: "VASSILY NEBENZIA (Russian Federation)"."""
_NICKNAME = re.compile(r"(?<=\w) (?:[\"“«][A-Z][\w-]+[\"”»]|[‘'][A-Z][\w-]+[’']|\([A-Z][\w-]+\)) (?=[A-Z])")
_AGE = re.compile(r", \d{1,3}\b(?=[,.])")
ACRONYM = re.compile(r"[A-Z]{3,7}")
MODIFIER_ENDINGS = ("al", "ian", "ish", "ary", "ive", "er", "ing")
LONGEST_NAME = 5
LONGEST_NICKNAME = 20
LONGEST_RUN = 40
"""Words: what goes on longer in capitals is no name but a headline or a list."""
OPENERS = ('"', "“", "«", "‘", "(", "[")
NOBLE = frozenset({"van", "von", "de", "der", "al", "bin"})
"""Particles that may begin a last name."""
LONGEST_TITLE = 16
LONGEST_ABBREVIATED = 10


class Token(NamedTuple):
    start: int
    end: int
    text: str  # without the genitive
    genitive: bool

    @property
    def low(self) -> str:
        return self.text.casefold().rstrip(".")

    @property
    def capital(self) -> bool:
        return self.text[0].isupper() and not ("-" in self.text and _BASED.search(self.text))

    @property
    def forename(self) -> str:
        """What genders the word tells as a forename: "" where it is none."""
        first = self.low.split("-")[0]
        return name_words().forenames.get(first if first.isascii() else fold(first), "")


@dataclass(frozen=True, slots=True)
class Find:
    """A name as found, before those of one bearer are put together."""

    kind: SpeakerKind
    start: int
    end: int
    name: str
    role: str = ""
    actors: tuple[Actor, ...] = ()
    sure: bool = True  # else only the short form of another's name, or nobody's


@dataclass(frozen=True, slots=True)
class Page:
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
    tokens: tuple[Token, ...]


def found_names(page: Page) -> list[Find]:
    """All names of a text in order, short and doubtful ones too."""
    return _as_bodies(_as_last_names([find for run in _runs(page) for find in _read(run, page)], page))


def _as_last_names(finds: Sequence[Find], page: Page) -> list[Find]:
    """The same, where an outlet's name without "the" is a person's if the story has one of that last name: Hill of
    Karen Hill, not The Hill."""
    full = {
        find.name.split()[-1] for find in finds if find.kind is SpeakerKind.PERSON and find.sure and " " in find.name
    }

    def meant(find: Find) -> Find:
        outlet = find.kind is SpeakerKind.OUTLET and find.name in full
        if not outlet or page.text[max(0, find.start - 4) : find.start].casefold() == "the ":
            return find
        return replace(find, kind=SpeakerKind.PERSON, actors=(), sure=False)

    return [meant(find) for find in finds]


def _as_bodies(finds: Sequence[Find]) -> list[Find]:
    """The same, where a name that could be a person's is a body's: it is told so once ("Hullmark, a consultancy"), or
    begins a company's (Skarvik of Skarvik Systems)."""
    people = [find for find in finds if find.kind is SpeakerKind.PERSON]
    sure = [find.name for find in people if find.sure]
    last = {word for name in sure for word in name.split()[1:]}
    kinds = {find.name: kind for find in people if (kind := _kind_behind(find))}
    for find in finds:
        first = GENITIVED.sub("", find.name).split()[0]
        company = find.name.split()[-1].casefold() in name_words().companies
        if company and find.kind is SpeakerKind.ORGANISATION and first in sure:
            kinds[first] = find.kind

    def meant(find: Find) -> Find:
        if find.kind is not SpeakerKind.PERSON or find.name not in kinds or find.name in last or find.actors:
            return find
        return replace(find, kind=kinds[find.name], role="", sure=False)

    return [meant(find) for find in finds]


def _kind_behind(find: Find) -> SpeakerKind | None:
    """What a name is by the word for a body behind it, where no forename or title tells that it is a person's."""
    title, _, apposition = find.role.partition(" , ")
    told = _BODY_APPOSED.match(apposition)
    fits = name_words().generic.get(told[1].casefold()) if told else None
    first = fold(find.name).split()[0]
    if fits is None or first in name_words().forenames or not name_words().role_words.isdisjoint(TERM.findall(title)):
        return None
    return SpeakerKind.OUTLET if "OUTLET" in fits else SpeakerKind.ORGANISATION


def _start(token: Token) -> int:
    return token.start


def tokens(text: str, first: int = 0) -> Iterator[Token]:
    for found in _TOKEN.finditer(text, first):
        cut = GENITIVE.search(found[0])
        core = found[0][: cut.start()] if cut else found[0]
        if core:
            yield Token(found.start(), found.start() + len(core), core, bool(cut))


def _runs(page: Page) -> Iterator[list[Token]]:
    """Sequences of capitalised words, with "of", "for", "and" and particles between them."""
    lexicon = name_words()
    starts = set(page.cast.sentences)
    run: list[Token] = []
    small: list[Token] = []
    for token in page.tokens:
        close = run and (_adjoins((small or run)[-1], token, page.text) or _is_listed(run, token, page))
        if run and (len(run) == LONGEST_RUN or not close):
            yield run
            run, small = [], []
        if token.capital:
            if small and not _joins(run, small, token):
                yield run
                run, small = [], []
            opens = not run and (token.start in starts or page.text[max(0, token.start - 1) : token.start] in OPENERS)
            if not (opens and token.low in lexicon.opening and not _is_forename(token, page)):
                run += [*small, token]
            small = []
        elif run and not token.genitive and (token.low in lexicon.joiners or (small and token.low == "the")):
            small.append(token)
        elif run:
            yield run
            run, small = [], []
    if run:
        yield run


def _adjoins(last: Token, token: Token, text: str) -> bool:
    """Does a token follow another within one name? "Vladimir] Putin" is one with a word put in."""
    gap = text[last.end : token.start]
    if gap == " & " or (len(gap) == 2 and _nicknamed(last, token, text)):
        return True
    abbreviated = last.low in name_words().abbreviations or len(last.text) == 1
    return not last.genitive and (gap in (" ", "\xa0", "] ") or (gap in (". ", ".") and abbreviated))


def _is_listed(run: Sequence[Token], token: Token, page: Page) -> bool:
    """Is this the next of several fields of one body: Ministry of Economy, [Environment] and Agriculture?"""
    kinds, low = name_words().generic["ministry"], [part.low for part in run]
    if not any(kind in kinds and joiner in JOINERS for kind, joiner in pairwise(low)):
        return False
    known = (
        any(fold(part.text) in page.actors.adjectives for part in run[2:]) or fold(token.text) in page.actors.by_name
    )
    return not known and not token.forename and bool(_FIELDS.match(page.text, run[-1].end))


def _is_forename(token: Token, page: Page) -> bool:
    """Is a word that opens sentences a forename, or its initial: "Jan Novak said", "A. Novak", not "Will he"?"""
    initial = len(token.text) == 1 and page.text[token.end : token.end + 1] == "."
    return initial or (bool(token.forename) and token.start in page.subjects)


def _nicknamed(last: Token, token: Token, text: str) -> bool:
    """Is this the nickname of Robert "Madyar" Brovdi, or the name behind it?"""
    near = max(0, last.start - 2)
    return any(
        found.start() == last.end or found.end() == token.start
        for found in _NICKNAME.finditer(text, near, token.end + 2 + LONGEST_NICKNAME)
    )


def _joins(run: Sequence[Token], small: Sequence[Token], token: Token) -> bool:
    """May a run go on over small words? "Security Service of Ukraine" may, "Rutte and President Duda" may not."""
    lexicon = name_words()
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


def _read(run: list[Token], page: Page) -> Iterator[Find]:
    """The names in a run of capitalised words: a person with a title, a body, a country."""
    run = run[: max((i + 1 for i, token in enumerate(run) if token.capital), default=0)]
    if run[1:] and run[0].text.isupper() and run[0].low in name_words().generic and not run[1].text.isupper():
        run = run[1:]  # NGO Uwazi
    if (
        len(run) > 2
        and run[-1].text.isupper()
        and run[-1].low in name_words().titles
        and run[-2].low not in name_words().titles
    ):
        run = run[:-1]  # Colin Oakes MP
    joiner = next((i for i, token in enumerate(run) if token.low in JOINERS), 0)
    if joiner and (first := _person(run[:joiner], page)):
        yield first
        rest = run[joiner + 1 :]
        yield from _read(rest[1:] if rest[:1] and rest[0].low == "the" else rest, page)
    elif (found := _listed_body(run, page) or _person(run, page)) and (found.sure or not _is_body(run, page)):
        yield found
    elif run and _is_body(run, page):
        start, end = _body_start(run[0].start, page), run[-1].end
        if run[-1].low in name_words().abroad and (place := _IN_PLACE.match(page.text, end)):
            end = place.end()
        nation = run[2:] and run[-2].low == "the" and fold(run[-1].text) in page.actors.adjectives
        if nation and (owned := _OF_NATION.match(page.text, end)) and owned[1] not in SMALL:
            end = owned.end() if owned[1] in name_words().offices | name_words().generic.keys() else end
        yield Find(SpeakerKind.ORGANISATION, start, end, page.text[start:end])
    else:
        for token in run:
            for actor in page.actors.by_name.get(fold(token.text), ())[:1]:
                if actor.kind is SpeakerKind.COUNTRY:
                    yield Find(SpeakerKind.COUNTRY, token.start, token.end, actor.name, actors=(actor,))


def _kind_before(run: Sequence[Token], page: Page) -> bool:
    """Is a name told to be a body's by the word before it: "the rights group Uwazi", "a rights group, Uwazi"?"""
    start, kinds = run[0].start, name_words().generic
    if run[0].forename or run[0].low in name_words().role_words:
        return False
    if source := _described_before(run, page):
        return head_of(page.text[source[0] : start]) in kinds
    before = LAST_WORD.search(page.text, max(0, start - 20), max(0, start - 1))
    acronym = before is not None and before[0].isupper() and not run[0].text.isupper()
    return before is not None and (before[0].casefold() if acronym else before[0]) in kinds


def _is_body(run: Sequence[Token], page: Page) -> bool:
    lexicon = name_words()
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
    acronym = any(token.text.isupper() and len(token.text) > 1 for token in run) and not _in_heading(run[0], page.text)
    shouted = len(run) > 1 and all(token.text.isupper() for token in run)
    return not shouted and ((acronym and lexicon.role_words.isdisjoint(low)) or not lexicon.bodies.isdisjoint(low))


def _in_heading(token: Token, text: str) -> bool:
    """Is the whole line in capitals, so that they tell of no acronym?"""
    end = text.find("\n", token.end)
    line = text[text.rfind("\n", 0, token.start) + 1 : end if end >= 0 else len(text)]
    return " " in line and line.isupper()


def _listed_body(run: list[Token], page: Page) -> Find | None:
    """A run that is, as a whole or without its first word, a name of a listed body, outlet or country."""
    if not run:
        return None
    entire = _is_full_name(run) or _kind_before(run, page) or _in_heading(run[0], page.text)
    for start in range(1 if entire else min(2, len(run))):
        whole = page.text[run[start].start : run[-1].end]
        found = tuple(a for a in page.actors.by_name.get(fold(whole), ()) if a.kind is not SpeakerKind.PERSON)
        if found:
            name = found[0].name if found[0].kind is SpeakerKind.COUNTRY else whole
            return Find(found[0].kind, run[start].start, run[-1].end, name, actors=found)
    return None


def _is_full_name(run: Sequence[Token]) -> bool:
    """Is a last name that an outlet bears, too, behind a forename: Karen Hill, not The Hill?"""
    return len(run) == 2 and bool(run[0].forename) and run[0].low not in name_words().opening and run[1].text.istitle()


def _body_start(start: int, page: Page) -> int:
    """Where a body's name begins, with its number and the country in the genitive before it: the 14th Brigade,
    Moldova’s Ministry of Foreign Affairs."""
    if number := _ORDINAL.search(page.text, max(0, start - 6), start):
        start = number.start()
    before = _COUNTRY_GENITIVE.search(page.text[max(0, start - 40) : start])
    return start - len(before[0]) if before and fold(before[0].strip()) in page.actors.adjectives else start


def _person(run: list[Token], page: Page) -> Find | None:
    """The person at the end of a run, whatever title stands before: [Polish Prime Minister] Donald Tusk."""
    lexicon = name_words()
    tail = _tail(run, page)
    if not tail or len(tail) > LONGEST_NAME or " & " in page.text[run[0].start : run[-1].end]:
        return None  # Marlowe & Kean
    tail = _without_place(run, tail)
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
    terms = TERM.findall(title)
    titled = not lexicon.role_words.isdisjoint(terms if tail[1:] else terms[-1:])
    people = page.actors.candidates(name, page.day, SpeakerKind.PERSON)
    listed = tuple(actor for actor in people if actor.kind is SpeakerKind.PERSON)
    source = end in page.heads or bool(tail[1:] and _described_before(tail, page))
    source = source and not _ARTICLE.search(text, max(0, start - 5), start)
    shouted = all(token.text.isupper() for token in tail)
    delegate = source and shouted and bool(tail[0].forename or _OF_COUNTRY.match(text, end))
    apposed = not (lexicon.role_words | lexicon.trades).isdisjoint(TERM.findall(apposition)[:12])
    if len(tail) > 1:
        aged = _AGE.match(text, end)
        sure = bool(titled or tail[0].forename or listed or apposed or source or aged)
        sure = sure and (titled or delegate or not shouted)
    elif (shouted and not (titled and source)) or tail[0].low in lexicon.not_names:
        return None
    else:
        scene = start in page.subjects and not page.cast.quoted(start)  # "Nataliia lives on the fifth floor."
        named = listed or source or (tail[0].forename and (apposed or scene or _AGE.match(text, end)))
        sure = bool(titled or (named and start not in page.common))
    return Find(SpeakerKind.PERSON, start, end, name, f"{title} , {apposition}", listed, sure)


def _without_place(run: Sequence[Token], tail: list[Token]) -> list[Token]:
    """A name without that of the place before it: Minister of [State] Niamh Cotter, Mayor of [Kherson] Kalev Ilves."""
    first = run.index(tail[0])
    of_place = first > 1 and run[first - 1].low == "of" and run[first - 2].low in name_words().role_words
    return tail[1:] if of_place and len(tail) > 2 and not tail[0].forename else tail


def _described_before(tail: Sequence[Token], page: Page) -> Span | None:
    """The source of which this is the name behind the description: "one of the women, Halyna Bilyk, 42"."""
    start, end = tail[0].start, tail[-1].end
    if page.text[max(0, start - 2) : start] != ", ":
        return None
    spans = ((first, last) for first, last in page.sources if first < start)
    return next(((a, b) for a, b in spans if end == b or (end < b and page.text[end] == ",")), None)


def _tail(run: Sequence[Token], page: Page) -> list[Token]:
    """The words at the end of a run that can be a person's name, from its forename on where one is known."""
    lexicon = name_words()
    tail: list[Token] = []
    for i in range(len(run) - 1, -1, -1):
        token = run[i]
        if not (token.low in lexicon.particles and tail):
            title = token.low in (lexicon.told if tail[1:] else lexicon.titles) and not token.forename
            forename = token.forename and len(tail) == 1
            country = fold(token.text) in page.actors.adjectives and not (i and (run[i - 1].forename or forename))
            opening = token.low in lexicon.opening and not token.forename and not _is_forename(token, page)
            if not token.capital or token.low in lexicon.bodies or title or country or opening:
                break
        tail.insert(0, token)
    while tail and not tail[0].capital and tail[0].low not in NOBLE:
        tail = tail[1:]
    if tail[1:] and ACRONYM.fullmatch(tail[0].text) and not tail[1].text.isupper():
        tail = tail[1:]
    first = next((i for i, token in enumerate(tail[:-1]) if token.forename), 0)
    while first < len(tail) - 2 and tail[first].start in page.common:
        first += 1
    return tail[first:]


def _title(page: Page, start: int) -> str:
    """The words of a title or description that lead up to a name: "the head of the UN mission in Ukraine, "."""
    lexicon = name_words()
    text, first = page.text, max(0, start - 140)
    short = _ABBREVIATED.search(text, max(first, start - LONGEST_ABBREVIATED), start)
    title = short[1].casefold() if short else ""
    if title not in lexicon.titles or title not in lexicon.abbreviations:
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
