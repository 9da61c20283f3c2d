"""Whom a description means: a person by role ("the minister"), a body by its kind ("the agency"), whoever speaks in a
document, or somebody who stays unnamed."""

from __future__ import annotations

import re
from dataclasses import replace

from extractors.actors import fold
from extractors.agreement import UNTOLD, Fit, in_role, of_country, of_kind
from extractors.bearers import Bearer
from extractors.discourse import NOBODY, Discourse, Speaker, speaker_of
from extractors.documents import issued, issuer
from extractors.name_words import JOINERS, name_words
from extractors.naming import master
from extractors.pronouns import pronoun
from extractors.records import SpeakerKind
from extractors.references import TERM, Reference, bare, head_of
from extractors.salience import FADING, FADING_ROLE, most_salient, salience

OFFICE = 0.3
"""How well one must at least fit an office of state ("the Hungarian foreign minister"): there is only one of each."""
BROAD = 8
"""A role that fits more kinds of office than this ("politician") says little: then the latest mentions count most."""
_INDEFINITE = re.compile(r"(?i)(?:a|an|another|one)\s")
_PRESS = re.compile(r"(?:[Tt]he )?press (?:service|office|centre|center|department) (?:of|for) ")
_OF_ONE = re.compile(r"^[^,]*\s(?:of|for)\san?\s")
_PEOPLE = re.compile(r"^[Tt]he \w+(?:sh|ch|ese|iss)$")
"""A nation: "the French", where one of it is a Frenchman."""
_WHERE = re.compile(r"\s(?:in|at|from)\s")
_BROUGHT = re.compile(r"(?:[Aa]n?|[Aa]nother|[Oo]ne)\s[\w’' -]+?(?=,|\s(?:who|was|is|had|has|in|at|from|with|were)\b)")
_ITS = re.compile(r"(?i)its\s")
_PAIR = re.compile(r"(?i)(?:(?:the|these) two|both)\s")
_ANONYMITY = re.compile(r"anonym|not (?:be|to be|being) (?:named|identified)|authori[sz]ed to|declined to be")


def of_its_country(reference: Reference, discourse: Discourse) -> Reference:
    """The mention of an office or body with the country that "its" means: "Ukraine has agreed. Its president ..." """
    head, lexicon = head_of(reference.text), name_words()
    its = _ITS.match(reference.text) if head in lexicon.roles or head in lexicon.bodies else None
    owner = pronoun("neuter", Reference("it", reference.span), discourse) if its else None
    if not its or not owner or owner.kind is not SpeakerKind.COUNTRY:
        return reference
    return replace(reference, text=f"{owner.name}'s {reference.text[its.end() :]}")


def described(reference: Reference, discourse: Discourse) -> Speaker | None:
    """A description: of a person by role, of a body by its kind, of sources that stay unnamed."""
    lexicon = name_words()
    head = head_of(reference.text)
    if head in lexicon.issued and (found := issued(head, reference, discourse)):
        return found
    if head in lexicon.documents or head in lexicon.messages:
        return issuer(reference, discourse)
    if found := _two(head, reference, discourse):
        return found
    if reference.definite and _is_demonym(reference, discourse):
        if _PEOPLE.search(reference.text):
            return Speaker(bare(reference.text), SpeakerKind.GROUP)
        return most_salient(of_country(reference, discourse), reference, discourse, FADING)
    role = head in lexicon.roles and (reference.definite or head == "year-old")
    if role and not master(reference, discourse):
        return holder(head, reference, discourse)
    office = reference.proper and head in lexicon.roles and lexicon.quantities.isdisjoint(reference.terms)
    if office and (found := most_salient(in_role(head, reference, discourse), reference, discourse, FADING_ROLE)):
        return found
    if head in lexicon.trades and head not in discourse.unnamed and (same := _same_speaker(reference, discourse)):
        return same
    kind = head in lexicon.generic or (head in lexicon.bodies and not _names(reference, discourse))
    if reference.definite and kind and not _belongs_to_unknown(reference, discourse):
        if inner := _served(reference, discourse):
            return inner
        fit = of_kind(head, reference.terms, discourse, names=_names(reference, discourse))
        found = most_salient(fit, reference, discourse, FADING_ROLE, ahead=True)
        return found or (_governed(discourse) if reference.text.casefold() == "the government" else None)
    unnamed = head in lexicon.anonymous or (head in lexicon.roles and _INDEFINITE.match(reference.text))
    if unnamed and (found := _named_below(head, reference, discourse)):
        return found
    if unnamed and not (head in lexicon.groups and _of_country(reference, discourse)):
        discourse.unnamed.update(map(head_of, reference.text.split(", ")))
        return NOBODY
    return None


def _governed(discourse: Discourse) -> Speaker | None:
    """The country whose government is meant, where the story names only one."""
    countries = [bearer for bearer in discourse.cast.bearers if bearer.kind is SpeakerKind.COUNTRY]
    return speaker_of(countries[0]) if len(countries) == 1 else None


def _same_speaker(reference: Reference, discourse: Discourse) -> Speaker | None:
    """The person who spoke last, just before: what a description then tells of him is news to the reader."""
    last = discourse.last
    if last is None or last.kind is not SpeakerKind.PERSON or not reference.articled:
        return None
    place = reference.span[0]
    if discourse.in_last_paragraph(place):
        return last
    return last if _is_news(reference, discourse) else None


def _is_news(reference: Reference, discourse: Discourse) -> bool:
    """May what a description tells be new of one who spoke just before: "Adelson smiled. ... the gambling tycoon said";
    no word by which the story would have told of another already?"""
    head, place, last = head_of(reference.text), reference.span[0], discourse.last
    if head in name_words().role_nouns or reference.owner or reference.proper or last is None or not last.bearer:
        return False
    since = TERM.findall(discourse.text[discourse.spoke[-1][0] : place].casefold())
    here = discourse.cast.sentence(place)
    if head in since or any(found.sentence == here for found in last.bearer.mentions):
        return False  # "Hult smiled after the favourite had said no"
    return discourse.goes_on(last.bearer, place)


def holder(head: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """Whom a description by role means: the one whom the list gives the office, if the story names that person; an
    unnamed source that was described so before; the most salient person of the story that agrees. An office whose
    holder the story does not name stays as it is written."""
    lexicon = name_words()
    listed = discourse.actors.holders(reference.text, discourse.story.day)
    for bearer in discourse.cast.bearers:
        if len(listed) == 1 and bearer.actors == listed:
            return speaker_of(bearer)
    goes_on = discourse.last is NOBODY
    if head in discourse.unnamed and (goes_on or not any(head in bearer.roles for bearer in discourse.cast.bearers)):
        return NOBODY
    if _brought_in(head, reference, discourse):
        return NOBODY
    broad = len(lexicon.roles[head]) > BROAD or "ANY" in lexicon.roles[head]
    fading = FADING if broad else FADING_ROLE
    fit = _another(reference, discourse, in_role(head, reference, discourse))
    if discourse.actors.is_office(reference.text) and discourse.text.find("\n", 0, reference.span[0]) >= 0:
        fit = _at_least(OFFICE, fit, _following(reference, discourse))  # in a lead anybody may be named later
    told = head in lexicon.trades and not any(fit(bearer) > UNTOLD for bearer in discourse.pool)
    if told and (same := _same_speaker(reference, discourse)):
        return same
    if found := most_salient(fit, reference, discourse, fading, ahead=True):
        return found
    if len(listed) == 1:
        later = _named_later(_at_least(OFFICE, fit), reference, discourse)
        return later or Speaker(bare(reference.text), SpeakerKind.PERSON)
    if (reference.owned and head in lexicon.anonymous) or _OF_ONE.search(reference.text):
        discourse.unnamed.add(head)
        return NOBODY  # his aide, the commander of a battalion: whom the story does not name
    return Speaker(bare(reference.text), SpeakerKind.PERSON) if head in lexicon.anonymous else None


def _brought_in(head: str, reference: Reference, discourse: Discourse) -> bool:
    """Was one without a name who is called so the last to act: "A senior official was blunter. ... the official"?"""
    text, (place, _) = discourse.text, reference.span
    if discourse.acted < 0 or not reference.articled or text.count("\n", discourse.acted, place) > 1:
        return False
    found = _BROUGHT.match(text, discourse.acted)
    return found is not None and head_of(found[0]) == head and head in name_words().anonymous


def _another(reference: Reference, discourse: Discourse, fit: Fit) -> Fit:
    """The same for "his aide", who is not he, and is called by that very word; any for what is nobody's."""
    whose = name_words().pronouns.get(reference.terms[0], "") if reference.owned else ""
    person = whose in ("masculine", "feminine")
    its = whose == "neuter" and head_of(reference.text) in name_words().roles
    owner = pronoun(whose, Reference(reference.terms[0], reference.span), discourse) if person or its else None
    if not owner or not owner.bearer or (its and owner.kind is not SpeakerKind.ORGANISATION):
        return fit
    whom = owner.bearer

    def other(bearer: Bearer) -> float:
        return 0.0 if bearer is whom or (its and not _serves(bearer, whom)) else fit(bearer)

    return other


def _serves(bearer: Bearer, body: Bearer) -> bool:
    """May somebody be of a body, as far as is told: not who is of a country and of nothing in the body's name?"""
    words = {word for alias in body.aliases for word in alias.split()} - JOINERS
    return not bearer.countries or not words.isdisjoint(bearer.roles)


def _named_later(fit: Fit, reference: Reference, discourse: Discourse) -> Speaker | None:
    """Whom the story names further on as the holder of an office, whoever the list has for it."""
    _, countries = discourse.significant(reference.text)
    later = (bearer for bearer in discourse.pool if bearer.mentions[0].start > reference.span[0])
    held = [bearer for bearer in later if countries and fit(bearer)]
    first = min(held, key=lambda bearer: bearer.mentions[0].start, default=None)
    return speaker_of(first) if first else None


def _following(reference: Reference, discourse: Discourse) -> int:
    """The next sentence, -1 where the paragraph ends before: "..., Norway's envoy said. Kalle Berg told us ..." """
    place, cast = reference.span[0], discourse.cast
    following = cast.sentence(place) + 1
    ends = following == len(cast.sentences) or "\n" in discourse.text[place : cast.sentences[following]]
    return -1 if ends else following


def _at_least(least: float, fit: Fit, following: int = -1) -> Fit:
    """The same, and 0 for who does not fit that well, but for one whom the ``following`` sentence is the first to
    name."""

    def strict(bearer: Bearer) -> float:
        weight = fit(bearer)
        return weight if weight >= least or bearer.mentions[0].sentence == following else 0.0

    return strict


def _named_below(head: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """Whom a lead brings in as "a senior Turkish official", and the next paragraph by name and such an office."""
    text = discourse.text
    lead = text.find("\n")
    if not 0 <= reference.span[0] < lead or head not in name_words().roles or not _INDEFINITE.match(reference.text):
        return None
    below = text.find("\n", lead + 1)
    below = below if below >= 0 else len(text)
    if not _of_country(reference, discourse) or _ANONYMITY.search(text, 0, below):
        return None
    fit = in_role(head, reference, discourse)
    for bearer in discourse.pool:
        first = bearer.mentions[0]
        named = lead < first.start < below and first.leading
        if named and bearer.kind is SpeakerKind.PERSON and fit(bearer) > UNTOLD:
            return speaker_of(bearer)
    return None


def _of_country(reference: Reference, discourse: Discourse) -> bool:
    """Does a word tell of which country: "a Turkish official"?"""
    return any(term in discourse.actors.adjectives for term in reference.terms)


def _names(reference: Reference, discourse: Discourse) -> set[str]:
    """The names in a description but for a country's: "trump" of "the Trump campaign", none of "the Danish army" or
    of "the Oslo-based bank in Riga"."""
    told = _WHERE.split(bare(reference.text), maxsplit=1)[0]
    capitals = [term for term in TERM.findall(told) if term[0].isupper() and "-" not in term]
    kinds = {fold(term) for term in capitals if term.isupper()} & name_words().generic.keys()  # the NGO
    return {fold(term) for term in capitals} - kinds - discourse.actors.adjectives.keys()


def _is_demonym(reference: Reference, discourse: Discourse) -> bool:
    """ "The Swede", "the Ukrainian", not "the Swedes"."""
    word = bare(reference.text)
    if word.casefold() in name_words().demonyms:
        return True
    return word.istitle() and fold(word) in discourse.actors.adjectives and fold(word) not in discourse.actors.by_name


def _served(reference: Reference, discourse: Discourse) -> Speaker | None:
    """ "The press service of Ukrenergo" speaks for Ukrenergo."""
    if not _PRESS.match(reference.text):
        return None
    bodies = [bearer for _, bearer in discourse.cast.within(reference.span) if bearer.kind is SpeakerKind.ORGANISATION]
    return speaker_of(bodies[0]) if bodies else None


def _two(head: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """ "The two men", "both leaders": the two who fit and stand out most, in the order of the story."""
    role = {"men": "man", "women": "woman"}.get(head, head.removesuffix("s"))
    if not _PAIR.match(reference.text) or " and " in reference.text or role not in name_words().roles:
        return None
    fit = in_role(role, replace(reference, text=role), discourse)
    scores = [fit(bearer) * salience(bearer, reference, discourse, FADING) for bearer in discourse.pool]
    pair = sorted((score, nth) for nth, score in enumerate(scores) if score)[-2:]
    if len(pair) < 2:
        return None
    first, second = sorted((discourse.pool[nth] for _, nth in pair), key=lambda bearer: bearer.mentions[0].start)
    return Speaker(f"{first.name} and {second.name}", SpeakerKind.GROUP)


def _belongs_to_unknown(reference: Reference, discourse: Discourse) -> bool:
    """Harris' team is no body that the story names otherwise; South Korea's spy agency may be."""
    return bool(reference.owner) and fold(reference.owner) not in discourse.actors.adjectives
