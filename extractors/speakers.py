"""Who is "he"? The speaker of each statement by the fullest name that the story has, and what kind of source it is.

A name is looked up among the bearers of the story (``names.cast``). A pronoun or a description ("the minister", "the
Ukrainian leader", "the agency") goes to the most salient bearer that agrees with it in gender, role and country.
Pronouns and descriptions between the statements are resolved on the way, so that a speaker who is only "he" for a
paragraph stays in mind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from extractors import grouping, names
from extractors.actors import Actors, canonical, fold, listed_actors
from extractors.bearers import Bearer, Cast, Mention
from extractors.descriptions import described, holder, of_its_country
from extractors.discourse import NOBODY, Discourse, Places, Speaker, speaker_of
from extractors.name_words import name_words
from extractors.naming import as_written, called, named, several
from extractors.pronouns import joint, pronoun
from extractors.records import CueClass, Span, SpeakerKind, Statement, Story
from extractors.references import Reference, head_of, owning, pronoun_kind
from extractors.salience import EMBEDDED, REPORTED, SPOKE, SUBJECT, mention_weights
from extractors.speech_acts import carried
from extractors.transcripts import ANSWER

if TYPE_CHECKING:
    from extractors.parsing import Parsed

CROWD = 150
"""Bearers: of more than a story ever has, only those most often named can be meant without a name."""

LONGEST_APPOSED = 60
"""Characters of a name that a description follows."""
_INDEFINITE = re.compile(r"(?i)an?\s")
_ASKED = re.compile(
    r"(?:(?:When|If|Being) )?(?:[Aa]sked|[Pp]ressed|[Qq]uestioned|[Qq]uizzed|[Rr]esponding|[Rr]eplying)\b"
)
_BEFORE_CUE = 120
"""Characters before a cue in which the verb stands that makes it passive."""
_ANSWERS = re.compile(
    r"(?:,[^.?!\n]{3,120},)?(?: (?:has|recently|also|then|later))* "
    r"(?:(?:spoke|speaks|spoken|talked|talks|sat down) (?:to|with)\b|answer(?:s|ed)\b|gave [^.?!\n]{0,40}\binterview)"
)
_INTERVIEW_WITH = re.compile(
    r"\b(?:interview(?:ed|s)?(?: with)?|(?:spoke|speaks|talked|talks|sat down|conversation) (?:to|with))\s"
    r"(?:(?![A-Z][a-z]+ (?:Post|Times)\b)[^.?!,;\n]){0,60}\Z"
)
_QUESTION = re.compile(r"(?i)(?:whether|if|what|when|where|who|why|how|which)\b|.*\?\W*\Z")
_REFLEXIVE = re.compile(r"\s+(?:him|her|it|them)sel(?:f|ves)$")
_CLOCK = re.compile(r"\A\d{1,2}[.:]\d\d(?: ?(?:[AaPp]\.?[Mm]\.?|GMT|BST|CET|EST|EDT))* (?=[^\W\d])")
"""The hour that opens an entry of a live blog: "13.10 Keir Starmer's spokesman"."""
_PASSIVE = re.compile(
    r"\b(?:(?<![Ii]t )is|are|was|were|be|been|being)(?: (?:\w+ly|also|not|now|still|once|later|first))*\s+\Z"
)
_WE = re.compile(r"\bWe, the ([^,;.\n]{3,120}(?:,(?: and)?(?: the)? [A-Z][^,;.\n]{1,80})*),")


def resolve(
    story: Story, parsed: Parsed, statements: Sequence[Statement], *, actors: Actors | None = None
) -> list[Statement]:
    """The statements, in their order, with ``speaker_name`` and ``speaker_kind``; ``audience`` and ``via`` are carried
    over to what a speaker says next in the same speech act.

    ``actors`` are the lists that tell gender, office and country of who is named; the house's own by default.
    """
    if not statements:
        return []
    discourse = _opened(story, parsed, statements, actors or listed_actors())
    found = _gone_through(statements, discourse)
    resolved = [
        replace(statement, speaker_name=found[i].name, speaker_kind=found[i].kind)
        for i, statement in enumerate(statements)
    ]
    return carried(story.text, resolved, story.outlet)


def _opened(story: Story, parsed: Parsed, statements: Sequence[Statement], actors: Actors) -> Discourse:
    """What is known before the first statement."""
    sources = [statement.spans.speaker for statement in statements if statement.spans.speaker]
    contents = Places(span for statement in statements for span in statement.spans.content)
    cast = names.cast(story.text, parsed, story.day, actors, sources)
    declared = [found for found in _WE.finditer(story.text) if not cast.quoted(found.start())]
    discourse = Discourse(story, cast, actors, _pool(cast), declared, sorted(sources), contents)
    discourse.weights = mention_weights(discourse, Places(_asking(statements, cast)))
    return discourse


def _gone_through(statements: Sequence[Statement], discourse: Discourse) -> dict[int, Speaker]:
    """The speaker of each statement, by its number."""
    echoes = _echoes(statements, discourse.cast)
    echo = next(echoes, None)
    found: dict[int, Speaker] = {}
    by_span: dict[Span, Speaker] = {}
    for index in sorted(range(len(statements)), key=lambda i: _place(statements[i])):
        statement = statements[index]
        where, place = statement.spans.speaker, _place(statement)
        while echo and echo.span[0] < place:
            if meant := _anaphor(echo, discourse):
                leading = echo.span[0] in discourse.cast.leading
                discourse.hear(echo.span[0], meant, SUBJECT if leading else EMBEDDED)
            echo = next(echoes, None)
        found[index] = by_span[where] if where in by_span else _speaker(statement, discourse)
        if where:
            by_span[where] = found[index]
        if _is_put(statement, discourse.cast):
            if asked := _asked(statement, discourse):
                discourse.spoke.append((place, asked))
                discourse.hear(place, asked, SUBJECT)
            continue
        told = discourse.contents.hold(place)
        if not told:
            discourse.spoke.append((place, found[index]))
        discourse.hear(place, found[index], SPOKE * REPORTED if told else SPOKE)
    return found


def _pool(cast: Cast) -> list[Bearer]:
    if len(cast.bearers) <= CROWD:
        return list(cast.bearers)
    return sorted(cast.bearers, key=lambda bearer: -len(bearer.mentions))[:CROWD]


def _is_put(statement: Statement, cast: Cast) -> bool:
    """Is it a question put to another, who answers next: "Asked by Olena Hrab whether ..., he said ...", "Hrab asked
    Marek whether ...; he said ..."?"""
    (speaker, cue), heard = (statement.spans.speaker, statement.spans.cue), statement.spans.audience
    if statement.cue_class is not CueClass.ASK or speaker is None or cue is None:
        return False
    if cast.text[cue[1] : speaker[0]].strip() == "by":
        return True
    if heard is None or not _QUESTION.match(statement.content):
        return False
    person = any(bearer.kind is SpeakerKind.PERSON for _, bearer in cast.within(heard))
    return person or pronoun_kind(cast.text[slice(*heard)]) in ("masculine", "feminine")


def _asked(statement: Statement, discourse: Discourse) -> Speaker | None:
    """Who was asked, and goes on."""
    if (heard := statement.spans.audience) is None:
        return None
    if kind := pronoun_kind(text := discourse.text[slice(*heard)]):
        return pronoun(kind, Reference(text, heard), discourse)
    people = (bearer for _, bearer in discourse.cast.within(heard) if bearer.kind is SpeakerKind.PERSON)
    return next(map(speaker_of, people), None)


def _asking(statements: Sequence[Statement], cast: Cast) -> Iterator[Span]:
    """Who puts a question that another answers, and what speakers were asked before the answer: "Asked whether Tusk
    would come, she said ..." """
    for statement in statements:
        if not (source := statement.spans.speaker):
            continue
        if _is_put(statement, cast):
            yield source
        start = cast.sentences[cast.sentence(source[0])]
        if _ASKED.match(cast.text, start, source[0]):
            yield start, source[0]


@cache
def _anaphors() -> re.Pattern[str]:
    """He, she, and descriptions of a person by role."""
    roles = "|".join(sorted(map(re.escape, name_words().role_nouns), key=len, reverse=True))
    described = rf"(?:[Tt]he|[Aa]n?|[Aa]nother|[Oo]ne) (?:[\w’'-]+ ){{0,3}}?(?i:{roles})"
    return re.compile(rf"\b(?:[Hh]e|[Ss]he|{described})\b(?!['’\s]s\b)(?! [A-Z])")


def _echoes(statements: Sequence[Statement], cast: Cast) -> Iterator[Reference]:
    """The pronouns and descriptions, in order, outside quotations and the sources and contents of statements."""
    spans = (each.spans for each in statements)
    apart = Places(span for each in spans for span in (each.speaker, *each.content) if span)
    for found in _anaphors().finditer(cast.text):
        if not apart.hold(found.start()) and not cast.quoted(found.start()):
            yield Reference(found[0], found.span())


def _anaphor(reference: Reference, discourse: Discourse) -> Speaker | None:
    if kind := pronoun_kind(reference.text):
        return pronoun(kind, reference, discourse)
    if not reference.articled:
        return _brought_in(reference, discourse)
    head = head_of(reference.text)
    return holder(head, reference, discourse) if head in name_words().roles else None


def _brought_in(reference: Reference, discourse: Discourse) -> Speaker | None:
    """Who acts first as "a medic", and is called something there, or stays unnamed."""
    start, end = reference.span
    apposed = any(found.end == start - len(", ") for found, _ in discourse.cast.within((max(0, start - 40), start)))
    if apposed or discourse.cast.leading.isdisjoint(range(start, end)):
        return None
    alias = called(reference, None, discourse)
    if alias:
        return alias if alias.bearer else _introduced(reference, alias, discourse)
    discourse.acted = start
    return None


def _place(statement: Statement) -> int:
    spans = statement.spans
    where = spans.speaker or spans.cue
    return where[0] if where else spans.content[0][0] if spans.content else spans.evidence[0]


def _speaker(statement: Statement, discourse: Discourse) -> Speaker:
    mention = _CLOCK.sub("", _REFLEXIVE.sub("", " ".join(statement.speaker.split())))
    if statement.rule == ANSWER:
        return _interviewed(statement, discourse)
    if not mention:
        silent = _is_of_nobody(statement, discourse.text)
        return NOBODY if silent else discourse.last_before(statement.spans.content)
    start = _place(statement)
    span = statement.spans.speaker or (start, start + len(statement.speaker))
    reference = of_its_country(Reference(mention, span, statement.spans.content), discourse)
    if kind := pronoun_kind(mention):
        return pronoun(kind, reference, discourse) or NOBODY
    if told := _apposed(reference, discourse):
        return told
    if _WE.match(mention + ","):
        return joint(reference, discourse) or NOBODY
    if alias := called(reference, statement.spans.cue, discourse):
        return alias if alias.bearer else _introduced(reference, alias, discourse)
    for read in (several, named, described):
        if found := read(reference, discourse):
            return _met(reference, found, discourse)
    return _met(reference, as_written(reference, discourse), discourse)


def _apposed(reference: Reference, discourse: Discourse) -> Speaker | None:
    """Of whom a description tells what he is, where only that was taken for the source: "Hult, [a senator], said"."""
    (start, end), text = reference.span, discourse.text
    if not _INDEFINITE.match(reference.text) or text[end : end + 1] != ",":
        return None
    for found, bearer in discourse.cast.within((max(0, start - LONGEST_APPOSED), start)):
        if found.end == start - len(", ") and found.leading and bearer.kind is not SpeakerKind.COUNTRY:
            return speaker_of(bearer)
    return None


def _met(reference: Reference, speaker: Speaker, discourse: Discourse) -> Speaker:
    """The same speaker; a body or the holder of an office who has no other name ("the energy ministry", "the Irish
    envoy") can be meant from here on."""
    office = speaker.kind is SpeakerKind.PERSON and head_of(reference.text) in name_words().roles
    initials = speaker.name.isupper() or speaker.name.islower()
    if speaker.bearer or initials or not (office or speaker.kind is SpeakerKind.ORGANISATION):
        return speaker
    return speaker if reference.owned else _introduced(reference, speaker, discourse)


def _introduced(reference: Reference, speaker: Speaker, discourse: Discourse) -> Speaker:
    """The same speaker, whom a pronoun can mean from here on; not a description: of the same office further on it may
    well be somebody whom the story names there."""
    (start, end), name, cast = reference.span, speaker.name, discourse.cast
    mention = Mention(start, end, name, "", cast.sentence(start), subject=True, leading=True, quoted=cast.quoted(start))
    _, countries = discourse.significant(owning(reference.terms))
    bearer = Bearer(speaker.kind, [mention], countries=countries, aliases={fold(name)})
    if speaker.kind is SpeakerKind.PERSON:
        listed = discourse.actors.candidates(name, discourse.story.day, speaker.kind)
        told = grouping.told_gender({*reference.terms, *map(canonical, reference.terms)})
        forename = name_words().forenames.get(fold(name), "").replace("fm", "")
        bearer.gender = listed[0].gender if len(listed) == 1 else told or forename
    discourse.pool.append(bearer)
    discourse.weights[start] = SUBJECT
    return replace(speaker, bearer=bearer)


def _interviewed(statement: Statement, discourse: Discourse) -> Speaker:
    """Who answers in an interview: the person who gives it in the text before the questions, else the first who acts
    there."""
    place, text = _place(statement), discourse.text
    told = [
        (mention, bearer)
        for bearer in discourse.cast.bearers
        for mention in bearer.mentions
        if bearer.kind is SpeakerKind.PERSON and mention.start < place
        if not discourse.contents.hold(mention.start) and not _is_asked(text, mention.end)
    ]
    told.sort(key=lambda found: found[0].start)
    giving = [bearer for mention, bearer in told if _gives_interview(text, mention)]
    acting = [bearer for mention, bearer in told if mention.leading and bearer.mentions[0] is mention]
    return speaker_of((giving or acting)[0]) if giving or acting else NOBODY


def _is_asked(text: str, place: int) -> bool:
    """Does the paragraph end as a question?"""
    end = text.find("\n", place)
    return text[place : end if end >= 0 else len(text)].rstrip().endswith("?")


def _gives_interview(text: str, mention: Mention) -> bool:
    """ "Hill spoke with the Post", "in an interview with Hill"."""
    near = slice(max(0, mention.start - _BEFORE_CUE), mention.start)
    return bool(_ANSWERS.match(text, mention.end) or _INTERVIEW_WITH.search(text[near]))


def _is_of_nobody(statement: Statement, text: str) -> bool:
    """Does its cue keep silent on who says it: "it was announced that", "has been told of", "reportedly"? "It is noted
    that" goes on with whom the story quotes."""
    cue = statement.spans.cue
    if cue is None:
        return False
    return statement.rule.startswith("phrase") or bool(_PASSIVE.search(text, max(0, cue[0] - _BEFORE_CUE), cue[0]))
