"""Who is "he"? The speaker of each statement by the fullest name that the story has, and what kind of source it is.

A name is looked up among the bearers of the story (``names.cast``). A pronoun or a description ("the minister", "the
Ukrainian leader", "the agency") goes to the most salient bearer that agrees with it in gender, role and country.
Salience is that of Lappin and Leass (1994): every mention counts, subjects and earlier speakers more, what stands
inside a quotation less, all of it fading from sentence to sentence. Who is named in what a pronoun says is hardly meant
by it (Chomsky's Principle C: "He said Rutte would come"). Pronouns and descriptions between the statements
are resolved on the way, so that a speaker who is only "he" for a paragraph stays in mind.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from extractors import names
from extractors.actors import Actors, canonical, fold, listed_actors, significant
from extractors.audiences import carried, is_platform
from extractors.discourse import NOBODY, Discourse, Places, Speaker, by_longest_name, speaker_of
from extractors.names import Bearer, Cast, Mention
from extractors.records import CueClass, Span, SpeakerKind, Statement, Story
from extractors.references import TERM, Reference, bare, head_of
from extractors.transcripts import ANSWER

if TYPE_CHECKING:
    from extractors.parsing import Parsed

SUBJECT, EMBEDDED, OBJECT, OWNER, SPOKE = 1.0, 0.6, 0.4, 0.2, 1.2
"""What a mention counts as the subject of a main clause, of another clause, as anything else, before another who is
his ("Tusk's aide"); and what speaking adds, once a sentence."""
UNSURE = 0.7
"""How well one whose gender nothing tells fits a pronoun."""
LOOSE = 0.15
"""How well a body of another kind fits "the organisation", and one of no known kind "the retailer"."""
NAMED = 0.25
"""How much less one is meant by a pronoun who is named in what is said after it: "He said Rutte would come"."""
UNTOLD = 0.1
"""How well one of whom the story tells no role may fit a role."""
OFFICE = 0.3
"""How well one must at least fit an office of state ("the Hungarian foreign minister"): there is only one of each."""
QUOTED = 0.25
"""How much less a mention inside quotation marks counts."""
REPORTED = 0.45
"""The same for one inside reported content."""
ASKING = 0.1
"""The same for one who puts a question or of whom it asks: whoever answers is another."""
FADING = 0.3
"""What is left of a mention's weight a sentence later, for a pronoun; a description reaches farther."""
FADING_ROLE = 0.85
AHEAD = 0.3
"""Weight of a mention after the description: "the ambassador noted. Catherine Godin stated ..." """
BROAD = 8
"""A role that fits more kinds of office than this ("politician") says little: then the latest mentions count most."""
CROWD = 150
"""Bearers: of more than a story ever has, only those most often named can be meant without a name."""
LATEST = 50
"""Mentions of a bearer that count: earlier ones have faded to nothing."""
LONGEST_LABEL = 120
"""Characters behind a mention in which it may be told what the one is called."""
NEAR = 120
"""Characters before a relative pronoun in which its antecedent stands."""

_Fit = Callable[[Bearer], float]
_ACRONYM = re.compile(r"\s\([A-Z]{2,7}\)$")
_INDEFINITE = re.compile(r"(?i)(?:a|an|another|one)\s")
_ONE = re.compile(r"(?i)(?:(?:a|an|another|one)\s(?!(?:of|second|third|fourth|fifth)\b)|s?he\b)")
THE = re.compile(r"(?i)the\s")
_PRESS = re.compile(r"(?:[Tt]he )?press (?:service|office|centre|center|department) (?:of|for) ")
_ASKED = re.compile(
    r"(?:(?:When|If|Being) )?(?:[Aa]sked|[Pp]ressed|[Qq]uestioned|[Qq]uizzed|[Rr]esponding|[Rr]eplying)\b"
)
_OF_ANOTHER = re.compile(r"\sof\s(?:an?|the|his|her|their|one)\s")
_ITS = re.compile(r"(?i)its\s")
_PAIR = re.compile(r"(?i)(?:(?:the|these) two|both)\s")
OWNER_OF = re.compile(r"(.+?)(?:['’]s|s['’])\s")
_WHOSE = re.compile(r"\s(?:of|for)\s(?:an?\s|the\s)?((?:[A-Z][a-z][\w’'-]*\s?)+)")
_REFLEXIVE = re.compile(r"\s+(?:him|her|it|them)sel(?:f|ves)$")
_PASSIVE = re.compile(
    r"\b(?:(?<![Ii]t )is|are|was|were|be|been|being)(?: (?:\w+ly|also|not|now|still|once|later|first))*\s+\Z"
)
_MODIFYING = re.compile(
    r"['’]s?\s+\w|\s(?!(?:of|from|in|at|for|who|and|or|with|on|to|as|a|an|the|is|was|himself|herself|itself)\b)[a-z]"
)
OWNING = re.compile(r"['’]s?\s")
_OWNED = re.compile(r"['’]s?(?:\s[\w-]+){1,3}")
_IN_PHRASE = re.compile(r"\b(?:of|for|with|from|by|at|under|who|to)\b[^,]*\Z")
_ON_TOPIC = re.compile(r"\b(?:on|about|for|with|to|in|at|against)\b[^,]*\Z")
_JOINT = re.compile(r"\band\s((?:(?!\band\b)[^,])*),?\s?\Z")
_AND_OTHERS = re.compile(r" and (?:[a-z]\S* |[A-Z]\S* ){0,3}[a-z]\S*[a-rt-z]s(?: (?:of|from|in) .+)?")
_OTHERS_AND = re.compile(r"(?:[A-Z]\S* |[a-z]\S* ){0,3}[a-z]\S*[a-rt-z]s and ")
_WE = re.compile(r"\bWe, the ([^,;.\n]{3,120}),")
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
_ANONYMITY = re.compile(r"anonym|not (?:be|to be|being) (?:named|identified)|authori[sz]ed to|declined to be")
_PLAIN = re.compile(r"(?:[Tt]he|[Aa]n?|[Oo]ne|[Aa]nother|[Hh]is|[Hh]er|[Tt]heir)\s[a-z\d]|[a-z\d]")
"""How the description of somebody without a name begins."""
_SENTENCE_END = re.compile(r"[.!?]\s|\n")
_PLACE = r"(?:[Tt]he )?[A-Z][\w.]*(?: [A-Z]\w*)*"
_COUNTRIES = re.compile(rf"{_PLACE}(?:, {_PLACE})*(?:,? and {_PLACE})+")
_OF_COUNTRIES = re.compile(rf"[^,]*\b(?:of|from) {_PLACE}(?:, {_PLACE})+,? and {_PLACE}")
_APPOSED = re.compile(r",\s((?:an?|the)\s[^,]+)")
_ENDS_WITH_CLAUSE = re.compile(r",(?!\s[A-Z])|\s(?:who|which)\s")
_OUTLET = re.compile(
    r"(?i)\b(?:news|newspaper|agency|channel|times|post|media|radio|tv|television|outlet|website|magazine|tabloid"
    r"|broadcaster|publication)\b"
)


def resolve(
    story: Story, parsed: Parsed, statements: Sequence[Statement], *, actors: Actors | None = None
) -> list[Statement]:
    """The statements, in their order, with ``speaker_name`` and ``speaker_kind``; ``audience`` and ``via`` are carried
    over to what a speaker says next in the same speech act.

    ``actors`` are the lists that tell gender, office and country of who is named; the house's own by default.
    """
    if not statements:
        return []
    actors = actors or listed_actors()
    sources = [statement.spans.speaker for statement in statements if statement.spans.speaker]
    cast = names.cast(story.text, parsed, story.day, actors, sources)
    declared = [found for found in _WE.finditer(story.text) if not cast.quoted(found.start())]
    contents = [span for statement in statements for span in statement.spans.content]
    discourse = Discourse(story, cast, actors, _pool(cast), declared, sorted(sources), Places(contents))
    discourse.weights = _weights(discourse, Places(_asking(statements, cast, story.text)))
    echoes = _echoes(cast, Places([*sources, *contents]))
    echo = next(echoes, None)
    found: dict[int, Speaker] = {}
    by_span: dict[Span, Speaker] = {}
    for index in sorted(range(len(statements)), key=lambda i: _place(statements[i])):
        statement = statements[index]
        while echo and echo.span[0] < _place(statement):
            if source := _anaphor(echo, discourse):
                discourse.hear(echo.span[0], source, SUBJECT if echo.span[0] in cast.leading else EMBEDDED)
            echo = next(echoes, None)
        where = statement.spans.speaker
        found[index] = by_span[where] if where in by_span else _source(statement, discourse)
        if where:
            by_span[where] = found[index]
        if _is_put(statement, story.text):
            continue
        told = discourse.contents.hold(_place(statement))
        if not told:
            discourse.spoke.append((_place(statement), found[index]))
        discourse.hear(_place(statement), found[index], SPOKE * REPORTED if told else SPOKE)
    named = [
        replace(statement, speaker_name=found[i].name, speaker_kind=found[i].kind)
        for i, statement in enumerate(statements)
    ]
    return carried(story.text, named)


def _pool(cast: Cast) -> list[Bearer]:
    if len(cast.bearers) <= CROWD:
        return list(cast.bearers)
    return sorted(cast.bearers, key=lambda bearer: -len(bearer.mentions))[:CROWD]


def _is_put(statement: Statement, text: str) -> bool:
    """Is it a question put to another, who answers next: "Asked by Olena Hrab whether ..., he said ..."?"""
    speaker, cue = statement.spans.speaker, statement.spans.cue
    if statement.cue_class is not CueClass.ASK or speaker is None or cue is None:
        return False
    return text[cue[1] : speaker[0]].strip() == "by"


def _weights(discourse: Discourse, asking: Places) -> dict[int, float]:
    """What each mention counts where it stands. ``asking``: who puts a question and of whom it asks."""

    def weight(mention: Mention) -> float:
        full = SUBJECT if mention.leading else EMBEDDED if mention.subject else OBJECT
        if _owns_person(mention, discourse.story.text):
            full = OWNER
        if asking.hold(mention.start):
            return full * ASKING
        if mention.quoted:
            return full * QUOTED
        return full * REPORTED if discourse.contents.hold(mention.start) else full

    return {mention.start: weight(mention) for bearer in discourse.cast.bearers for mention in bearer.mentions}


def _asking(statements: Sequence[Statement], cast: Cast, text: str) -> Iterator[Span]:
    """Who puts a question that another answers, and what speakers were asked before the answer: "Asked whether Tusk
    would come, she said ..." """
    for statement in statements:
        if not (source := statement.spans.speaker):
            continue
        if _is_put(statement, text):
            yield source
        start = cast.sentences[cast.sentence(source[0])]
        if _ASKED.match(cast.text, start, source[0]):
            yield start, source[0]


def _owns_person(mention: Mention, text: str) -> bool:
    """Is it told whose somebody is: "Tusk's closest aide", not "Tusk's phone"?"""
    owned = _OWNED.match(text, mention.end)
    return owned is not None and not names.words().role_nouns.isdisjoint(TERM.findall(owned[0].casefold()))


@cache
def _anaphors() -> re.Pattern[str]:
    """He, she, and definite descriptions of a person by role."""
    roles = "|".join(sorted(map(re.escape, names.words().role_nouns), key=len, reverse=True))
    return re.compile(rf"\b(?:[Hh]e|[Ss]he|[Tt]he (?:[\w’'-]+ ){{0,3}}?(?i:{roles}))\b(?!['’\s]s\b)(?! [A-Z])")


def _echoes(cast: Cast, apart: Places) -> Iterator[Reference]:
    """The pronouns and descriptions, in order, outside quotations and the sources and contents of statements."""
    for found in _anaphors().finditer(cast.text):
        if not apart.hold(found.start()) and not cast.quoted(found.start()):
            yield Reference(found[0], found.span())


def _anaphor(reference: Reference, discourse: Discourse) -> Speaker | None:
    kind = names.words().pronouns.get(reference.text.casefold())
    if kind:
        return _pronoun(kind, reference, discourse)
    head = head_of(reference.text)
    return _holder(head, reference, discourse) if head in names.words().roles else None


def _place(statement: Statement) -> int:
    spans = statement.spans
    where = spans.speaker or spans.cue
    return where[0] if where else spans.content[0][0] if spans.content else spans.evidence[0]


def _source(statement: Statement, discourse: Discourse) -> Speaker:
    mention = _REFLEXIVE.sub("", " ".join(statement.speaker.split()))
    if statement.rule == ANSWER:
        return _interviewed(statement, discourse)
    if not mention:
        silent = _is_of_nobody(statement, discourse.story.text)
        return NOBODY if silent else discourse.last_before(statement.spans.content)
    start = _place(statement)
    span = statement.spans.speaker or (start, start + len(statement.speaker))
    reference = _of_its_country(Reference(mention, span, statement.spans.content, statement.audience), discourse)
    if kind := names.words().pronouns.get(fold(mention)):
        return _pronoun(kind, reference, discourse) or NOBODY
    if _WE.match(mention + ","):
        return _joint(reference, discourse) or NOBODY
    if alias := _alias(reference, statement.spans.cue, discourse):
        return alias
    for read in (_several, _named, _described):
        if found := read(reference, discourse):
            return _met(reference, found, discourse)
    return _met(reference, _as_written(reference, discourse), discourse)


def _alias(reference: Reference, cue: Span | None, discourse: Discourse) -> Speaker | None:
    """Who tells no more than one name: "a medic with the call sign Fox", "a miner, who gave his name as Ivan"."""
    (start, end), text, lexicon = reference.span, discourse.story.text, names.words()
    reach = min(end + LONGEST_LABEL, cue[0] if cue and cue[0] >= end else len(text))
    called = _CALLED.search(text, start, reach)
    if not called or called.start() > end or not _PLAIN.match(reference.text):
        return None
    described = text[start : called.start()]
    head = head_of(described)
    if head in lexicon.bodies or head in lexicon.generic or head in lexicon.groups or _SENTENCE_END.search(called[0]):
        return None
    if _OF_ANOTHER.search(described) and not called[0].startswith(","):
        return None  # "a neighbour of a man known as Ivan"
    known = (bearer for bearer in (*discourse.cast.bearers, *discourse.pool) if bearer.name == called[1])
    bearer = next((each for each in known if each.kind is SpeakerKind.PERSON), None)
    return speaker_of(bearer) if bearer else _introduced(Speaker(called[1], SpeakerKind.PERSON), reference, discourse)


def _met(reference: Reference, source: Speaker, discourse: Discourse) -> Speaker:
    """The same source; a body or the holder of an office who has no other name ("the energy ministry", "the Irish
    envoy") can be meant from here on."""
    office = source.kind is SpeakerKind.PERSON and head_of(reference.text) in names.words().roles
    initials = source.name.isupper() or source.name.islower()
    if source.bearer or initials or not (office or source.kind is SpeakerKind.ORGANISATION):
        return source
    return source if reference.owned else _introduced(source, reference, discourse)


def _introduced(source: Speaker, reference: Reference, discourse: Discourse) -> Speaker:
    """The same source, who is a bearer from here on."""
    (start, end), cast, adjectives = reference.span, discourse.cast, discourse.actors.adjectives
    mention = Mention(
        start, end, source.name, "", cast.sentence(start), subject=True, leading=True, quoted=cast.quoted(start)
    )
    wanted = significant(" ".join(reference.terms), adjectives)
    countries = {word[1:] for word in wanted if word.startswith("@")}
    bearer = Bearer(source.kind, [mention], countries=countries, aliases={fold(source.name)})
    if source.kind is SpeakerKind.PERSON:
        listed = discourse.actors.candidates(source.name, discourse.story.day, source.kind)
        bearer.roles = {*reference.terms, *map(canonical, reference.terms)}
        forename = names.words().forenames.get(fold(source.name), "").replace("fm", "")
        bearer.gender = listed[0].gender if len(listed) == 1 else names.told_gender(bearer.roles) or forename
    discourse.pool.append(bearer)
    discourse.weights[start] = SUBJECT
    return replace(source, bearer=bearer)


def _interviewed(statement: Statement, discourse: Discourse) -> Speaker:
    """Who answers in an interview: the first person who acts in the text before."""
    place = _place(statement)
    first = [
        (mention.start, bearer)
        for bearer in discourse.cast.bearers
        for mention in bearer.mentions[:1]
        if bearer.kind is SpeakerKind.PERSON and mention.leading and mention.start < place
    ]
    return speaker_of(min(first, key=lambda found: found[0])[1]) if first else NOBODY


def _is_of_nobody(statement: Statement, text: str) -> bool:
    """Does its cue keep silent on who says it: "it was announced that", "has been told of", "reportedly"? "It is noted
    that" goes on with whom the story quotes."""
    cue = statement.spans.cue
    if cue is None:
        return False
    return statement.rule.startswith("phrase") or bool(_PASSIVE.search(text, max(0, cue[0] - NEAR), cue[0]))


def _joint(reference: Reference, discourse: Discourse) -> Speaker | None:
    """Who speaks as "we" in a declaration that began so: "We, the ministers of the North, …"."""
    before = bisect_right(discourse.declared, reference.span[0], key=lambda found: found.start())
    return Speaker(discourse.declared[before - 1][1], SpeakerKind.GROUP) if before and reference.plural else None


def _outlet_itself(reference: Reference, discourse: Discourse) -> Speaker | None:
    """Who "we" are whom nobody quotes: the outlet, "as we reported on Friday"."""
    place, outlet = reference.span[0], discourse.story.outlet
    if not reference.plural or discourse.cast.quoted(place) or discourse.contents.hold(place):
        return None
    return Speaker(outlet, SpeakerKind.OUTLET) if outlet else NOBODY


def _pronoun(kind: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    if kind == "relative":
        before = discourse.cast.within((max(0, reference.span[0] - NEAR), reference.span[0]))
        return speaker_of(before[-1][1]) if before else None
    if kind == "first":
        we = _joint(reference, discourse) or _outlet_itself(reference, discourse)
        return we or discourse.last_before(reference.contents)
    if kind in ("masculine", "feminine"):
        if unnamed := _unnamed_one(kind[0], reference, discourse):
            return unnamed
        meant = _most_salient(_of_gender(kind[0]), reference, discourse, FADING)
        return meant or _of_himself(kind[0], reference, discourse)
    last = discourse.last
    if kind == "plural" and last and last.kind not in (SpeakerKind.PERSON, SpeakerKind.COUNTRY):
        return last
    nameless = last and last.kind is SpeakerKind.ORGANISATION and not last.bearer
    if nameless and discourse.in_last_paragraph(reference.span[0]):
        return last
    return _most_salient(_no_person, reference, discourse, FADING)


def _unnamed_one(gender: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """One without a name, who spoke last and goes on ("One pilot said ... He added"), unless a sentence since then
    began with somebody else."""
    if discourse.last is not NOBODY:
        return None
    place = discourse.spoke[-1][0]
    if not _ONE.match(discourse.story.text, place):
        return None
    if discourse.story.text.count("\n", place, reference.span[0]) > 1:
        return None
    fit, sentence = _of_gender(gender), discourse.cast.sentence(place)
    named = discourse.cast.within((place + 1, reference.span[0]))
    meant = (one for bearer in discourse.pool if fit(bearer) for one in discourse.heard.get(id(bearer), {}).items())
    others = any(fit(bearer) and discourse.weights[found.start] >= SUBJECT for found, bearer in named)
    return None if others or any(at > sentence and weight >= SUBJECT for at, weight in meant) else NOBODY


def _of_himself(gender: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """Where nobody was named before: of whom he tells himself ("Bell visited the mill, he said"), if of one alone."""
    fit, place = _of_gender(gender), reference.span[0]
    told = [pair for start, end in reference.contents for pair in discourse.cast.within((start, min(end, place)))]
    people = {id(bearer): bearer for found, bearer in told if fit(bearer) and not found.quoted}
    return speaker_of(*people.values()) if len(people) == 1 else None


def _same_speaker(reference: Reference, discourse: Discourse) -> Speaker | None:
    """The person who spoke last, in the same paragraph: what a description then tells of him is news to the reader."""
    last = discourse.last
    if last is None or last.kind is not SpeakerKind.PERSON or not THE.match(reference.text):
        return None
    return last if discourse.in_last_paragraph(reference.span[0]) else None


def _of_gender(gender: str) -> _Fit:
    def fit(bearer: Bearer) -> float:
        if bearer.kind is not SpeakerKind.PERSON or (gender and bearer.gender not in ("", gender)):
            return 0.0
        return 1.0 if bearer.gender else UNSURE

    return fit


def _no_person(bearer: Bearer) -> float:
    if is_platform(bearer.aliases):
        return 0.0
    return {SpeakerKind.PERSON: 0.0, SpeakerKind.COUNTRY: 0.6, SpeakerKind.OUTLET: 0.6}.get(bearer.kind, 1.0)


def _sender(bearer: Bearer) -> float:
    """One who may send a message; an outlet and a country only carry it."""
    return float(bearer.kind in (SpeakerKind.PERSON, SpeakerKind.ORGANISATION) and not is_platform(bearer.aliases))


def _several(reference: Reference, discourse: Discourse) -> Speaker | None:
    """Named sources joined by "and": people as a group by their names, countries as written."""
    inside = discourse.cast.within(reference.span)
    kinds = {bearer.kind for _, bearer in inside}
    if inside[1:] and kinds == {SpeakerKind.COUNTRY} and _COUNTRIES.fullmatch(reference.text):
        return Speaker(reference.text, SpeakerKind.COUNTRY)
    people = [pair for pair in inside if pair[1].kind is SpeakerKind.PERSON]
    joined = [bearer for _, bearer in people[:1]]
    for (last, _), (found, bearer) in pairwise(people):
        joint = _JOINT.search(discourse.story.text, last.end, found.start)
        another = bearer not in joined and not _MODIFYING.match(discourse.story.text, found.end, reference.span[1])
        if joint and another and all(map(_is_title, TERM.findall(joint[1].casefold()))):
            joined.append(bearer)
    if joined[1:]:
        return Speaker(" and ".join(bearer.name for bearer in joined), SpeakerKind.GROUP)
    return _with_others(people, reference, discourse.story.text)


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
    lexicon = names.words()
    return term in lexicon.role_words or term in lexicon.bodies or term in ("his", "her", "wife", "husband", "the")


def _named(reference: Reference, discourse: Discourse) -> Speaker | None:
    """A mention that holds a name: the person's, else the body's that it is."""
    plain = _ACRONYM.sub("", bare(reference.text))
    if plain.casefold() in names.words().generic or plain in names.words().roles:
        return None
    if plain.isupper() and (styled := _most_salient(_titled(plain.casefold()), reference, discourse, FADING_ROLE)):
        return styled
    inside, text = discourse.cast.within(reference.span), discourse.story.text
    people = [pair for pair in inside if pair[1].kind is SpeakerKind.PERSON]
    standing = [pair for pair in people if not _MODIFYING.match(text, pair[0].end, reference.span[1])]
    leading = [pair for pair in standing if not _IN_PHRASE.search(text, reference.span[0], pair[0].start)]
    if chosen := leading or standing:
        return speaker_of(next((bearer for found, bearer in chosen if " " in found.text), chosen[0][1]))
    if reference.proper and not people and head_of(plain) in names.words().role_nouns:
        return None  # the Defence Secretary
    known = discourse.actors.by_name.get(fold(reference.text), ())
    if len(known) == 1 and known[0].kind is SpeakerKind.COUNTRY:
        return Speaker(known[0].name, SpeakerKind.COUNTRY)
    for found, bearer in inside:
        if bearer.kind is not SpeakerKind.PERSON and found.end - found.start >= len(plain) - 2:
            return by_longest_name(bearer, plain)
        if bearer.kind is SpeakerKind.OUTLET and _apposed(found, reference, text):
            return by_longest_name(bearer, found.text)
        if bearer.kind is SpeakerKind.ORGANISATION and _qualified(found, reference, text):
            return speaker_of(bearer)
    for bearer in discourse.cast.bearers:
        short = not people and plain[:1].isupper() and " " not in plain and bearer.kind is SpeakerKind.PERSON
        if short and names.same_person(plain, bearer.name):
            return speaker_of(bearer)
        if known and bearer.actors == known[:1]:
            return by_longest_name(bearer, plain)
    return Speaker(plain, known[0].kind) if len(known) == 1 else None


def _apposed(found: Mention, reference: Reference, text: str) -> bool:
    """Is a name all of a mention but for its kind? "state news agency TASS", "the Bloomberg news agency"."""
    before = text[reference.span[0] : found.start].casefold().split()
    after = text[found.end : reference.span[1]].casefold()
    kinds = names.words().generic
    return (not after and before[-1:] != [] and before[-1] in kinds) or after.strip() in kinds


def _qualified(found: Mention, reference: Reference, text: str) -> bool:
    """Is a name the whole mention but for a quality before it: "the independent Supreme Audit Office"?"""
    before = bare(text[reference.span[0] : found.start]).split()
    plain = all(word.islower() and word not in names.words().roles for word in before)
    return plain and found.end == reference.span[1] and not _IN_PHRASE.search(text, reference.span[0], found.start)


def _titled(title: str) -> _Fit:
    """ "The MEC" is whoever the story calls so: MEC Jacob Mamabolo; not the IMF of its chief economist."""

    def fit(bearer: Bearer) -> float:
        titles = (found.role.partition(" , ")[0].split()[-1:] for found in bearer.mentions)
        return float(bearer.kind is SpeakerKind.PERSON and [title] in titles)

    return fit


def _described(reference: Reference, discourse: Discourse) -> Speaker | None:
    """A description: of a person by role, of a body by its kind, of sources that stay unnamed."""
    lexicon = names.words()
    head = head_of(reference.text)
    if head in lexicon.documents or head in lexicon.messages:
        return _issuer(reference, discourse)
    if found := _two(head, reference, discourse):
        return found
    if reference.definite and _is_demonym(reference, discourse):
        return _most_salient(_of_gender(""), reference, discourse, FADING)
    role = head in lexicon.roles and (reference.definite or head == "year-old")
    if role and not _belongs_to_person(reference, discourse):
        return _holder(head, reference, discourse)
    office = reference.proper and head in lexicon.roles and lexicon.quantities.isdisjoint(reference.terms)
    if office and (holder := _most_salient(_role(head, reference, discourse), reference, discourse, FADING_ROLE)):
        return holder
    if head in lexicon.trades and head not in discourse.unnamed and (same := _same_speaker(reference, discourse)):
        return same
    kind = head in lexicon.generic or (head in lexicon.bodies and _unnamed(reference, discourse))
    if reference.definite and kind and not _belongs_to_unknown(reference, discourse):
        if inner := _served(reference, discourse):
            return inner
        return _most_salient(_bodily(head, reference.terms, discourse), reference, discourse, FADING_ROLE, ahead=True)
    whose = any(term in discourse.actors.adjectives for term in reference.terms)
    unnamed = head in lexicon.anonymous or (head in lexicon.roles and _INDEFINITE.match(reference.text))
    if unnamed and (named := _named_below(head, reference, discourse)):
        return named
    if unnamed and not (head in lexicon.groups and whose):
        discourse.unnamed.update(map(head_of, reference.text.split(", ")))
        return NOBODY
    return None


def _of_its_country(reference: Reference, discourse: Discourse) -> Reference:
    """The mention of an office with the country that "its" means: "Ukraine has agreed. Its president ..." """
    its = _ITS.match(reference.text) if head_of(reference.text) in names.words().roles else None
    owner = _pronoun("neuter", Reference("it", reference.span), discourse) if its else None
    if not its or not owner or owner.kind is not SpeakerKind.COUNTRY:
        return reference
    return replace(reference, text=f"{owner.name}'s {reference.text[its.end() :]}")


def _named_below(head: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """Whom a lead brings in as "a senior Turkish official", and the next paragraph by name and such an office."""
    text = discourse.story.text
    lead = text.find("\n")
    if not 0 <= reference.span[0] < lead or head not in names.words().roles or not _INDEFINITE.match(reference.text):
        return None
    below = text.find("\n", lead + 1)
    below = below if below >= 0 else len(text)
    of_country = any(term in discourse.actors.adjectives for term in reference.terms)
    if not of_country or _ANONYMITY.search(text, 0, below):
        return None
    fit = _role(head, reference, discourse)
    for bearer in discourse.pool:
        first = bearer.mentions[0]
        named = lead < first.start < below and first.leading
        if named and bearer.kind is SpeakerKind.PERSON and fit(bearer) > UNTOLD:
            return speaker_of(bearer)
    return None


def _unnamed(reference: Reference, discourse: Discourse) -> bool:
    """Has a description no name in it but a country's: "the Danish headquarters", not "the Trump campaign"?"""
    capitals = (term for term in TERM.findall(bare(reference.text)) if term[0].isupper())
    return all(fold(term) in discourse.actors.adjectives for term in capitals)


def _is_demonym(reference: Reference, discourse: Discourse) -> bool:
    """ "The Swede", "the Ukrainian", not "the Swedes"."""
    word = bare(reference.text)
    if word.casefold() in names.words().demonyms:
        return True
    return word.istitle() and fold(word) in discourse.actors.adjectives and fold(word) not in discourse.actors.by_name


def _issuer(reference: Reference, discourse: Discourse) -> Speaker | None:
    """Who speaks in a document: whom its description names ("a Pentagon memo", "the Finnish guidance"), else the body
    or country that was quoted last."""
    plain = bare(reference.text)
    whose = names.words().pronouns.get(plain.split()[0].casefold())
    if whose:
        return _pronoun(whose, reference, discourse)
    owner = OWNER_OF.match(plain)
    text = discourse.story.text
    for found, bearer in discourse.cast.within(reference.span):
        if bearer.kind is not SpeakerKind.COUNTRY and not _ON_TOPIC.search(text, reference.span[0], found.start):
            return speaker_of(bearer)
    if owner and owner[1][0].isupper() and fold(owner[1]) not in discourse.actors.adjectives:
        return Speaker(owner[1], SpeakerKind.ORGANISATION)
    wanted = significant(plain, discourse.actors.adjectives)
    countries = {word[1:] for word in wanted if word.startswith("@")}
    last = next((source for _, source in reversed(discourse.spoke) if source.kind is not SpeakerKind.OUTLET), NOBODY)
    if not reference.definite or (not countries and not plain.islower()):
        return None
    if not countries and head_of(reference.text) in names.words().messages:
        return last if last is not NOBODY else _most_salient(_sender, reference, discourse, FADING)
    if not countries:
        return last if last.kind in (SpeakerKind.ORGANISATION, SpeakerKind.COUNTRY) else None

    def of_country(bearer: Bearer) -> float:
        weight = {SpeakerKind.ORGANISATION: 1.0, SpeakerKind.COUNTRY: 0.5}.get(bearer.kind, 0.0)
        return weight * float(not countries.isdisjoint(bearer.countries))

    return _most_salient(of_country, reference, discourse, FADING_ROLE)


def _served(reference: Reference, discourse: Discourse) -> Speaker | None:
    """ "The press service of Ukrenergo" speaks for Ukrenergo."""
    if not _PRESS.match(reference.text):
        return None
    bodies = [bearer for _, bearer in discourse.cast.within(reference.span) if bearer.kind is SpeakerKind.ORGANISATION]
    return speaker_of(bodies[0]) if bodies else None


def _two(head: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """ "The two men", "both leaders": the two who fit and stand out most, in the order of the story."""
    role = {"men": "man", "women": "woman"}.get(head, head.removesuffix("s"))
    if not _PAIR.match(reference.text) or " and " in reference.text or role not in names.words().roles:
        return None
    fit = _role(role, replace(reference, text=role), discourse)
    scores = [fit(bearer) * _salience(bearer, reference, discourse, FADING, False) for bearer in discourse.pool]
    pair = sorted((score, nth) for nth, score in enumerate(scores) if score)[-2:]
    if len(pair) < 2:
        return None
    first, second = sorted((discourse.pool[nth] for _, nth in pair), key=lambda bearer: bearer.mentions[0].start)
    return Speaker(f"{first.name} and {second.name}", SpeakerKind.GROUP)


def _belongs_to_person(reference: Reference, discourse: Discourse) -> bool:
    """Starmer's spokesman is somebody else, whom no role of the story's people names."""
    return any(
        bearer.kind is SpeakerKind.PERSON and OWNING.match(discourse.story.text, found.end)
        for found, bearer in discourse.cast.within(reference.span)
    )


def _belongs_to_unknown(reference: Reference, discourse: Discourse) -> bool:
    """Harris' team is no body that the story names otherwise; South Korea's spy agency may be."""
    owner = OWNER_OF.match(bare(reference.text))
    return owner is not None and fold(owner[1]) not in discourse.actors.adjectives


def _holder(head: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """Whom a description by role means: the one whom the list gives the office, if the story names that person; an
    unnamed source that was described so before; the most salient person of the story that agrees."""
    lexicon = names.words()
    listed = discourse.actors.holders(reference.text, discourse.story.day)
    for bearer in discourse.cast.bearers:
        if len(listed) == 1 and bearer.actors == listed:
            return speaker_of(bearer)
    goes_on = discourse.last is NOBODY
    if head in discourse.unnamed and (goes_on or not any(head in bearer.roles for bearer in discourse.cast.bearers)):
        return NOBODY
    broad = len(lexicon.roles[head]) > BROAD or "ANY" in lexicon.roles[head]
    fading = FADING if broad else FADING_ROLE
    fit = _role(head, reference, discourse)
    if discourse.actors.is_office(reference.text) and discourse.story.text.find("\n", 0, reference.span[0]) >= 0:
        fit = _above(OFFICE, fit)  # whom a lead tells of by the office the next sentence may name
    told = head in lexicon.trades and not any(fit(bearer) > UNTOLD for bearer in discourse.pool)
    if told and (same := _same_speaker(reference, discourse)):
        return same
    if found := _most_salient(fit, reference, discourse, fading, ahead=True):
        return found
    if len(listed) == 1:
        return Speaker(listed[0].name, SpeakerKind.PERSON)
    return Speaker(bare(reference.text), SpeakerKind.PERSON) if head in lexicon.anonymous else None


def _above(least: float, fit: _Fit) -> _Fit:
    """The same, and 0 for who does not fit that well."""

    def strict(bearer: Bearer) -> float:
        weight = fit(bearer)
        return weight if weight >= least else 0.0

    return strict


def _role(head: str, reference: Reference, discourse: Discourse) -> _Fit:
    """How well a person of the story fits a description by role: 0 for not at all."""
    lexicon, terms = names.words(), reference.terms
    fits = lexicon.roles[head]
    wanted = significant(" ".join(terms), discourse.actors.adjectives)
    countries = {word[1:] for word in wanted if word.startswith("@")}
    former = not {"former", "ex"}.isdisjoint(terms)
    others = {word for word in wanted if not word.startswith("@")} - significant(head, {}) - {"former", "ex"}
    gender = "f" if head in lexicon.feminine else "m" if head in lexicon.masculine else ""
    whose = {term.casefold() for found in _WHOSE.finditer(reference.text) for term in TERM.findall(found[1])} & others

    def fit(bearer: Bearer) -> float:
        if bearer.kind is not SpeakerKind.PERSON or (gender and bearer.gender not in ("", gender)):
            return 0.0
        if countries and not countries & bearer.countries and (bearer.countries or bearer.of_several):
            return 0.0
        roles = bearer.roles | bearer.past if former else bearer.roles
        if whose and roles.isdisjoint(whose):
            return 0.0
        if "ANY" in fits and (countries or not reference.owned):
            return 1.0 if gender == bearer.gender else UNSURE
        if all(word in roles for word in head.split()):
            score = 1.0
        elif fits & roles:
            score = 0.8
        elif bearer.roles & lexicon.roles.keys():
            return 0.0
        else:
            score = 0.0 if reference.owned else _untold(bearer, reference, discourse, bool(countries))
        if countries and not bearer.countries:
            score *= 0.6
        return score * (0.3 + len(others & roles)) / (0.3 + len(others))

    return fit


def _untold(bearer: Bearer, reference: Reference, discourse: Discourse, of_country: bool) -> float:
    """How well one of whom no role is told fits a description: who speaks next, as a lead's ambassador does; who acted
    before, where the office is nobody's in particular ("the minister"). An office of a country's or a body's is only
    of whom the sentence before tells ("Hora has flown to Oslo. The Ukrainian envoy ..."), never that of an owner
    ("Austria's envoy") nor one written as a name ("the Parliamentary Budget Officer")."""
    place, text = reference.span[0], discourse.story.text
    first = bearer.mentions[0]
    if reference.proper:
        return 0.0
    if first.start > place:
        return UNTOLD if first.leading and discourse.is_source(first) else 0.0
    acting = [found for found in bearer.mentions if found.leading]
    if of_country or OWNER_OF.match(reference.text) or " of " in reference.text:
        here = discourse.cast.sentence(place)
        acting = [found for found in acting if here - found.sentence == 1 and "\n" not in text[found.start : place]]
        return UNTOLD if acting and THE.match(reference.text) and not OWNER_OF.match(reference.text) else 0.0
    return UNTOLD if acting else 0.0


def _bodily(head: str, terms: Sequence[str], discourse: Discourse) -> _Fit:
    """How well a body of the story fits a description by its kind: 0 for not at all."""
    fits = names.words().generic.get(head, frozenset({head}))
    others = set(terms) - {head, "the"}
    wanted = significant(" ".join(terms), discourse.actors.adjectives)
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
            return 1.0 + len(others & held)
        if fits & held:
            return 0.8
        loose = "ANY" in fits or ("BARE" in fits and held.isdisjoint(names.words().bodies))
        return LOOSE if loose and bearer.kind is SpeakerKind.ORGANISATION else 0.0

    return fit


def _addressed(reference: Reference, discourse: Discourse) -> list[Bearer]:
    """Those to whom it is said, by name or role: they are not the one who says it."""
    if not reference.audience:
        return []
    people = [bearer for bearer in discourse.cast.bearers if bearer.kind is SpeakerKind.PERSON]
    audience = Reference(reference.audience, reference.span)
    text = fold(reference.audience)
    named = [bearer for bearer in people if any(fold(found.text) in text for found in bearer.mentions)]
    head = head_of(reference.audience)
    if named or head not in names.words().roles:
        return named
    fit = _role(head, audience, discourse)
    best = max(map(fit, people), default=0.0)
    return [bearer for bearer in people if fit(bearer) == best > 0.5]


def _most_salient(
    fit: _Fit, reference: Reference, discourse: Discourse, fading: float, *, ahead: bool = False
) -> Speaker | None:
    """The bearer that fits and stands out most where the mention is; ``ahead``: also one named just after it."""
    best, best_score = None, 0.0
    addressed = _addressed(reference, discourse)
    for bearer in discourse.pool:
        if (weight := fit(bearer)) and bearer not in addressed:
            score = weight * _salience(bearer, reference, discourse, fading, ahead)
            if score > best_score:
                best, best_score = bearer, score
    return speaker_of(best) if best else None


def _salience(bearer: Bearer, reference: Reference, discourse: Discourse, fading: float, ahead: bool) -> float:
    place = reference.span[0]
    here = discourse.cast.sentence(place)
    total, named = 0.0, 1.0
    after = bisect_left(bearer.mentions, place, key=lambda found: found.start)
    for found in bearer.mentions[max(0, after - LATEST) : after + LATEST]:
        if any(start <= found.start < end for start, end in reference.contents):
            if found.start > place and reference.pronoun and not OWNING.match(discourse.story.text, found.end):
                named = NAMED
            continue
        if found.start < place:
            total += discourse.weights[found.start] * fading ** (here - found.sentence)
        elif ahead and found.sentence - here <= 1:
            total += AHEAD * (SUBJECT if found.subject else OBJECT)
    for sentence, weight in list(discourse.heard.get(id(bearer), {}).items())[-LATEST:]:
        total += weight * fading ** (here - sentence)
    return total * named


def _as_written(reference: Reference, discourse: Discourse) -> Speaker:
    """A source that is its own name: "the Belarusian military", "Russian media", "pro-war bloggers"."""
    lexicon = names.words()
    listed = _OF_COUNTRIES.match(reference.text)
    plain = bare(listed[0] if listed else _ENDS_WITH_CLAUSE.split(reference.text, maxsplit=1)[0])
    terms = TERM.findall(plain)
    if not terms or terms[0].casefold() in lexicon.quantities:
        return NOBODY
    head = head_of(plain)
    opens = reference.span[0] in discourse.cast.sentences and reference.text.startswith(plain)
    proper = any(term[0].isupper() for term in terms[opens:]) or not terms[0][1:].islower()
    whose = any(fold(term) in discourse.actors.adjectives for term in terms)
    if head in lexicon.groups and head != "media":
        return Speaker(plain, SpeakerKind.GROUP) if proper or whose or terms[1:] else NOBODY
    if _OUTLET.search(plain):
        return Speaker(plain, SpeakerKind.OUTLET)
    if head in lexicon.bodies or _is_body_by_apposition(reference.text.partition(plain)[2]):
        return Speaker(plain, SpeakerKind.ORGANISATION)
    if terms[-1][0].islower() and head.endswith("s") and terms[1:]:
        return Speaker(plain, SpeakerKind.GROUP)
    if len(terms) == 1 and terms[0].istitle():
        return Speaker(plain, SpeakerKind.PERSON) if not head.endswith("s") or not opens else NOBODY
    if not proper:
        return Speaker(plain, SpeakerKind.PERSON) if head in lexicon.roles and (whose or not opens) else NOBODY
    return Speaker(plain, SpeakerKind.PERSON if head in lexicon.roles else SpeakerKind.ORGANISATION)


def _is_body_by_apposition(rest: str) -> bool:
    """Does what follows a name tell that it is no person: "Rubizh, a monitoring group close to the army"?"""
    told = _APPOSED.match(rest)
    return told is not None and head_of(told[1]) in names.words().bodies
