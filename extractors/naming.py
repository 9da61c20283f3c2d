"""Who is meant by a mention that holds a name: a person's or a body's, several joined, the one name that somebody
tells, or the mention itself where the story has no better name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from extractors import grouping
from extractors.actors import canonical, fold
from extractors.agreement import titled
from extractors.bearers import Bearer, Mention
from extractors.discourse import NOBODY, Discourse, Speaker, by_longest_name, speaker_of
from extractors.name_words import name_words
from extractors.records import Span, SpeakerKind
from extractors.references import TERM, Reference, bare, head_of, pronoun_kind
from extractors.salience import FADING_ROLE, most_salient

LONGEST_LABEL = 120
"""Characters behind a mention in which it may be told what the one is called."""
_ACRONYM = re.compile(r"\s\([A-Z]{2,7}\)$")
_MODIFYING = re.compile(
    r"['’]s?\s+\w|\s(?!(?:of|from|in|at|for|who|and|or|with|on|to|as|a|an|the|is|was|himself|herself|itself)\b)[a-z]"
)
_IN_PHRASE = re.compile(r"(?<!\S)(?:of|for|with|from|by|at|in|near|under|against|who|to)(?!\S)[^,]*\Z")
_INDEFINITE = re.compile(r"(?i)(?:an?|one|another)\s")
_BODY_OF = re.compile(r"\b(?!Office|Administration|Cabinet|Team)([A-Z]\w+) \Z")
_ARTICLE = re.compile(r"(?i)(?:an?|the|one|another|his|her|their|its)\s")
_PREPOSITION = re.compile(r"(?:of|for|with|from|by|at|in|near|under|against|to)$")
_COUNTED = re.compile(r"\d[\d.,]*(?:%?\s[a-z]|%\Z)")
_PARTICIPLE = re.compile(r"late$|former$|[a-z]+ed$")
_JOINT = re.compile(r"\band\s((?:(?!\band\b)[^,])*),?\s?\Z")
_AND_OTHERS = re.compile(r" and (?:[a-z]\S* |[A-Z]\S* ){0,3}[a-z]\S*[a-rt-z]s(?: (?:of|from|in) .+)?")
_OTHERS_AND = re.compile(r"(?:[A-Z]\S* |[a-z]\S* ){0,3}[a-z]\S*[a-rt-z]s and ")
_PLACE = r"(?:[Tt]he )?[A-Z][\w.]*(?: [A-Z]\w*)*"
_COUNTRIES = re.compile(rf"{_PLACE}(?:, {_PLACE})*(?:,? and {_PLACE})+")
_OF_COUNTRIES = re.compile(rf"[^,]*\b(?:of|from) {_PLACE}(?:, {_PLACE})+,? and {_PLACE}")
_CALLED = re.compile(
    r"""(?x) ,? \s (?:who\s)? (?:
      (?:gave|giving|provided|asked \s that) \s [a-z ]*? name ,? \s [a-z ]*?
    | (?:introduced|introducing|identified|identifying|presented) \s (?:him|her)self \s [a-z ]*?
    | (?:asked|asks|wished|wanted|preferred|requested) \s to \s be \s (?:identified|named|called|known) \s [a-z, ]*?
    | (?:known|identified) \s (?:only\s)? as \s
    | (?:called|named) \s
    | (?:[a-z]+\s){0,5}? (?:call\s?sign|code\s?name|nickname|nom\sde\sguerre) ,? \s [a-z ]*?
    ) ["“'‘]? ([^\W\d_a-z](?:[\w’'-]|(?<=\b\w)\.\s)*\w(?:\s[^\W\d_a-z][\w’'-]*\w){0,2})"""
)
_PLAIN = re.compile(r"(?:[Aa]n?|[Oo]ne|[Aa]nother)\s|(?:[Tt]he|[Hh]is|[Hh]er|[Tt]heir)\s[a-z\d]|[a-z\d]")
"""How the description of somebody without a name begins."""
_SENTENCE_END = re.compile(r"[.!?]\s|\n")
_OF_ANOTHER = re.compile(r"\sof\s(?:an?|the|his|her|their|one)\s")
_APPOSED = re.compile(r",\s((?:an?|the)\s[^,]+)")
_ENDS_WITH_CLAUSE = re.compile(r",(?!\s[A-Z])|\s(?:who|which)\s")
_OUTLET = re.compile(
    r"(?i)\b(?:news|newspaper|channel|times|post|media|radio|tv|television|outlet|website|magazine|tabloid"
    r"|broadcaster|publication)\b"
)


def several(reference: Reference, discourse: Discourse) -> Speaker | None:
    """Named sources joined by "and": people as a group by their names, countries as written."""
    inside = discourse.cast.within(reference.span)
    kinds = {bearer.kind for _, bearer in inside}
    if inside[1:] and kinds == {SpeakerKind.COUNTRY} and _COUNTRIES.fullmatch(reference.text):
        return Speaker(reference.text, SpeakerKind.COUNTRY)
    people = [pair for pair in inside if pair[1].kind is SpeakerKind.PERSON]
    joined = [bearer for _, bearer in people[:1]]
    for (last, _), (found, bearer) in pairwise(people):
        joint = _JOINT.search(discourse.text, last.end, found.start)
        another = bearer not in joined and not _MODIFYING.match(discourse.text, found.end, reference.span[1])
        if joint and another and all(map(_is_title, TERM.findall(joint[1].casefold()))):
            joined.append(bearer)
    if joined[1:]:
        return Speaker(" and ".join(bearer.name for bearer in joined), SpeakerKind.GROUP)
    return _with_others(people, reference, discourse.text)


def _with_others(people: Sequence[tuple[Mention, Bearer]], reference: Reference, text: str) -> Speaker | None:
    """ "Macron and other leaders", "local deputies and Macron": a group, as it is written but for the full name."""
    if len({bearer.name for _, bearer in people}) != 1:
        return None
    found, bearer = people[0]
    before, after = text[reference.span[0] : found.start], text[found.end : reference.span[1]]
    if _AND_OTHERS.fullmatch(after) and all(map(_is_title, TERM.findall(before.casefold()))):
        return Speaker(bearer.name + after, SpeakerKind.GROUP)
    if _OTHERS_AND.fullmatch(before) and not after:
        return Speaker(before + bearer.name, SpeakerKind.GROUP)
    return None


def _is_title(term: str) -> bool:
    lexicon = name_words()
    return term in lexicon.role_words or term in lexicon.bodies or term in ("his", "her", "wife", "husband", "the")


def named(reference: Reference, discourse: Discourse) -> Speaker | None:
    """A mention that holds a name: the person's, else the body's that it is."""
    plain = _ACRONYM.sub("", bare(reference.text))
    if plain.casefold() in name_words().generic or plain in name_words().roles:
        return None
    if plain.isupper() and (styled := most_salient(titled(plain.casefold()), reference, discourse, FADING_ROLE)):
        return styled
    inside, text = discourse.cast.within(reference.span), discourse.text
    people = [pair for pair in inside if pair[1].kind is SpeakerKind.PERSON]
    standing = [pair for pair in people if not _MODIFYING.match(text, pair[0].end, reference.span[1])]
    leading = [pair for pair in standing if not _IN_PHRASE.search(text, reference.span[0], pair[0].start)]
    titled_so = [pair for pair in standing if not leading and _behind_its_title(pair, reference, discourse)]
    if chosen := leading or titled_so:
        return speaker_of(next((bearer for found, bearer in chosen if " " in found.text), chosen[0][1]))
    if people and master(reference, discourse):
        return None  # an adviser to Macron is not he
    if reference.proper and not people and head_of(plain) in name_words().role_nouns:
        return None  # the Defence Secretary
    known = discourse.actors.by_name.get(fold(reference.text), ())
    if len(known) == 1 and known[0].kind is SpeakerKind.COUNTRY:
        return Speaker(known[0].name, SpeakerKind.COUNTRY)
    for found, bearer in inside:
        if bearer.kind is not SpeakerKind.PERSON and found.end - found.start >= len(plain) - 2:
            return by_longest_name(bearer, plain)
        if bearer.kind is not SpeakerKind.PERSON and _apposed(found, bearer.kind, reference, text):
            return by_longest_name(bearer, found.text)
        if bearer.kind is SpeakerKind.ORGANISATION and _qualified(found, reference, text):
            return speaker_of(bearer)
    for bearer in discourse.cast.bearers:
        short = not people and plain[:1].isupper() and " " not in plain and bearer.kind is SpeakerKind.PERSON
        if short and grouping.same_person(plain, bearer.name):
            return speaker_of(bearer)
        if known and bearer.actors == known[:1]:
            return by_longest_name(bearer, plain)
    return Speaker(plain, known[0].kind) if len(known) == 1 else None


def _behind_its_title(pair: tuple[Mention, Bearer], reference: Reference, discourse: Discourse) -> bool:
    """Is a name behind a preposition that of the source: "President of Ukraine Volodymyr Zelensky"? In "the adviser to
    President Zelensky" it is that of another, unless the list gives the first office to whom it names."""
    found, bearer = pair
    between = _IN_PHRASE.search(discourse.text, reference.span[0], found.start)
    inner = between[0].split()[1:] if between else []
    while inner[1:] and inner[-1].rstrip(".").casefold() in name_words().ranks and not _ARTICLE.match(reference.text):
        inner.pop()  # Commander of the Third Brigade Col. Andriy Koval
    head = head_of(reference.text)
    if between is None or not inner or head in name_words().kin or head.endswith("s"):
        return False
    if not any(map(_is_office, inner, (*inner[1:], ""))):
        return _is_thing(inner) or (head == "minister" and not _PREPOSITION.match(inner[-1]))
    if _INDEFINITE.match(reference.text):
        return False
    if body := _BODY_OF.search(discourse.text, reference.span[0], found.start - len(between[0])):
        if not any(map(_PREPOSITION.match, inner)) and not _is_office(inner[0], "".join(inner[1:2])):
            return True  # Bank of Canada chief economist Nathan Janzen
        if not _is_office(body[1], ""):
            return False
    if len(holders := discourse.actors.holders(" ".join(inner), discourse.story.day)) == 1:
        return bearer.actors != holders  # adviser to the President of Ukraine Dmytro Lytvyn
    if not bearer.actors and " " in found.text and not _ARTICLE.match(reference.text):
        return _is_office_alone(inner)  # Head of the Office of the President Andriy Koval
    offices = (
        office for actor in bearer.actors for office in discourse.actors.offices_on(actor.id, discourse.story.day)
    )
    return any(canonical(head) in map(canonical, office.office.casefold().split()) for office in offices)


def _is_office(word: str, following: str) -> bool:
    """Is it a word for a person, as "Senator" or "Mr.", not that of a thing, as "Defence" or "General Staff"?"""
    lexicon, plain = name_words(), word.casefold().rstrip(".")
    if plain == "general":
        return following.casefold() != "staff"
    return (plain in lexicon.role_words and plain not in lexicon.fields) or plain in lexicon.honorifics


def _is_office_alone(inner: Sequence[str]) -> bool:
    """Does a phrase end with an office that leads to no name: "the Ombudsman", "the Minister of Defence", not
    "President", "the Estonian President"?"""
    if not _is_office(inner[-1], ""):
        return _is_thing(inner)
    return inner[-1][0].isupper() and (inner[-2:-1] == ["the"] or inner[-3:-1] == ["the", "Prime"])


def _is_thing(inner: Sequence[str]) -> bool:
    """Does a phrase name a place or body, or one thing: "Kherson", "the ship", not "the late", "Ukrainian boxer"?"""
    last = inner[-1]
    if _PREPOSITION.match(last) or _PARTICIPLE.match(last) or last.endswith(("'s", "’s")):
        return False
    named = last[0].isupper() or last in name_words().bodies
    return named or (len(inner) > 1 and inner[0].casefold() == "the")


def master(reference: Reference, discourse: Discourse) -> Bearer | None:
    """The person to whom the one belongs who is meant: Macron of "an adviser to Macron", "Macron's adviser"."""
    for found, bearer in discourse.cast.within(reference.span):
        behind = _IN_PHRASE.search(discourse.text, reference.span[0], found.start)
        alone = behind and not _MODIFYING.match(discourse.text, found.end, reference.span[1])
        if bearer.kind is SpeakerKind.PERSON and (alone or discourse.owns(found)):
            return bearer
    return None


def _apposed(found: Mention, kind: SpeakerKind, reference: Reference, text: str) -> bool:
    """Is a name all of a mention but for its kind? "a trade body, Makers UK", "the Bloomberg news agency"."""
    before = text[reference.span[0] : found.start].split()[-1:]
    after = text[found.end : reference.span[1]].casefold()
    kinds = name_words().generic
    behind = kind is SpeakerKind.OUTLET and after.strip() in kinds
    ahead = not after and any(word.casefold() in kinds or word.rstrip(",") in kinds for word in before)
    return behind or (ahead and not _IN_PHRASE.search(text, reference.span[0], found.start))


def _qualified(found: Mention, reference: Reference, text: str) -> bool:
    """Is a name the whole mention but for a quality before it: "the independent Supreme Audit Office"?"""
    before = bare(text[reference.span[0] : found.start]).split()
    plain = all(word.islower() and word not in name_words().roles for word in before)
    return plain and found.end == reference.span[1] and not _IN_PHRASE.search(text, reference.span[0], found.start)


def called(reference: Reference, cue: Span | None, discourse: Discourse) -> Speaker | None:
    """Who tells no more than one name: "a medic with the call sign Fox", "a miner, who gave his name as Ivan"."""
    (start, end), text, lexicon = reference.span, discourse.text, name_words()
    reach = min(end + LONGEST_LABEL, cue[0] if cue and cue[0] >= end else len(text))
    told = _CALLED.search(text, start, reach)
    if not told or told.start() > end or not _PLAIN.match(reference.text):
        return None
    described = text[start : told.start()]
    head = head_of(described)
    if head in lexicon.bodies or head in lexicon.generic or head in lexicon.groups or _SENTENCE_END.search(told[0]):
        return None
    another = _OF_ANOTHER.search(described)
    if another and not told[0].startswith(",") and is_person(described[another.end() :]):
        return None  # "a neighbour of a man known as Ivan"
    known = (bearer for bearer in (*discourse.cast.bearers, *discourse.pool) if bearer.name == told[1])
    bearer = next((each for each in known if each.kind is SpeakerKind.PERSON), None)
    return speaker_of(bearer) if bearer else Speaker(told[1], SpeakerKind.PERSON)


def is_person(description: str) -> bool:
    """Does a description tell of one human being: "a man", "the old captain", not "the 12th brigade"?"""
    lexicon, head = name_words(), head_of(description)
    return head in lexicon.role_nouns or head in lexicon.trades or head in lexicon.anonymous or head in lexicon.kin


def as_written(reference: Reference, discourse: Discourse) -> Speaker:
    """A source that is its own name: "the Belarusian military", "Russian media", "pro-war bloggers"."""
    lexicon = name_words()
    listed = _OF_COUNTRIES.match(reference.text)
    plain = bare(listed[0] if listed else _ENDS_WITH_CLAUSE.split(reference.text, maxsplit=1)[0])
    terms = TERM.findall(plain)
    if not terms or terms[0].casefold() in lexicon.quantities or terms[-1] in ("one", "ones"):
        return NOBODY  # some of them, an Italian one
    if _COUNTED.match(plain) or (not terms[1:] and terms[0].casefold() in lexicon.opening):
        return NOBODY  # 58.3 percent of respondents; "There has been criticism that ..."
    head = head_of(plain)
    if pronoun_kind(terms[0]) == "neuter" and head in lexicon.roles:
        return NOBODY  # its leader
    opens = reference.span[0] in discourse.cast.sentences and reference.text.startswith(plain)
    proper = any(term[0].isupper() for term in terms[opens:]) or not terms[0][1:].islower()
    whose = any(fold(term) in discourse.actors.adjectives for term in terms)
    if head in lexicon.groups and head != "media":
        known = proper or whose or terms[1:] or head in lexicon.institutions
        return Speaker(plain, SpeakerKind.GROUP) if known else NOBODY
    if _OUTLET.search(plain):
        return Speaker(plain, SpeakerKind.OUTLET)
    if head in lexicon.bodies or _is_body_by_apposition(reference.text.partition(plain)[2]):
        return Speaker(plain, SpeakerKind.ORGANISATION)
    if head.endswith("s") and terms[1:] and (terms[-1][0].islower() or master(reference, discourse)):
        return Speaker(plain, SpeakerKind.GROUP)
    if head in lexicon.kin and master(reference, discourse):
        return NOBODY
    if len(terms) == 1 and terms[0].istitle():
        return Speaker(plain, SpeakerKind.PERSON) if not head.endswith("s") or not opens else NOBODY
    if not proper:
        return Speaker(plain, SpeakerKind.PERSON) if head in lexicon.roles and (whose or not opens) else NOBODY
    return Speaker(plain, SpeakerKind.PERSON if head in lexicon.roles else SpeakerKind.ORGANISATION)


def _is_body_by_apposition(rest: str) -> bool:
    """Does what follows a name tell that it is no person: "Rubizh, a monitoring group close to the army"?"""
    told = _APPOSED.match(rest)
    head = head_of(told[1]) if told else ""
    return head in name_words().bodies or head in name_words().generic
