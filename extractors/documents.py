"""Who speaks in a document or a message: "a Pentagon memo", "the Finnish guidance", "the note"."""

from __future__ import annotations

import re
from collections.abc import Set

from extractors.actors import fold
from extractors.agreement import Fit
from extractors.bearers import Bearer
from extractors.discourse import NOBODY, Discourse, Speaker, speaker_of
from extractors.name_words import name_words
from extractors.outlets import is_platform
from extractors.pronouns import pronoun
from extractors.records import SpeakerKind
from extractors.references import Reference, bare, head_of, pronoun_kind
from extractors.salience import FADING, FADING_ROLE, most_salient

LONGEST_ISSUER = 100
"""Characters of a name."""
_ON_TOPIC = re.compile(r"\b(?:on|about|for|with|to|in|at|against)\b[^,]*\Z")
_ISSUED = re.compile(
    r"(?:\s(?:drafted|prepared|issued|released|published|written|produced|compiled|drawn up|circulated|tabled|sent))+"
    r"\sby\s(?:the\s)?"
)
"""Between a document and its issuer: "an options paper drafted by the Commission and seen by Reuters"."""


def issued(head: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """Whose a document is told to be, there or where it was brought in: not the outlet's that has seen it."""
    text, (start, end) = discourse.text, reference.span
    for found in re.compile(rf"\b{re.escape(head)}\b").finditer(text, 0 if reference.articled else start, end):
        if told := _ISSUED.match(text, found.end()):
            named = discourse.cast.within((told.end(), told.end() + LONGEST_ISSUER))
            return next((speaker_of(bearer) for name, bearer in named if name.start == told.end()), None)
    return None


def issuer(reference: Reference, discourse: Discourse) -> Speaker | None:
    """Whom the description of a document names, else the body or country that was quoted last."""
    plain = bare(reference.text)
    if plain.startswith("joint "):
        group = discourse.last if discourse.last and discourse.last.kind is SpeakerKind.GROUP else None
        return group or Speaker(plain, SpeakerKind.GROUP)
    if whose := pronoun_kind(plain.split()[0]):
        return pronoun(whose, reference, discourse)
    for found, bearer in discourse.cast.within(reference.span):
        on_topic = _ON_TOPIC.search(discourse.text, reference.span[0], found.start)
        if bearer.kind is not SpeakerKind.COUNTRY and not on_topic:
            return speaker_of(bearer)
    owner = reference.owner
    if owner[:1].isupper() and fold(owner) not in discourse.actors.adjectives:
        return Speaker(owner, SpeakerKind.ORGANISATION)
    _, countries = discourse.significant(plain)
    if not reference.definite or (not countries and not plain.islower()):
        return None
    if countries:
        return most_salient(_of_countries(countries), reference, discourse, FADING_ROLE)
    last = next((speaker for _, speaker in reversed(discourse.spoke) if speaker.kind is not SpeakerKind.OUTLET), NOBODY)
    if head_of(reference.text) in name_words().messages:
        return last if last is not NOBODY else most_salient(_sender, reference, discourse, FADING)
    return last if last.kind in (SpeakerKind.ORGANISATION, SpeakerKind.COUNTRY) else None


def _of_countries(countries: Set[str]) -> Fit:
    """A body of one of the countries, less the country itself."""

    def fit(bearer: Bearer) -> float:
        weight = {SpeakerKind.ORGANISATION: 1.0, SpeakerKind.COUNTRY: 0.5}.get(bearer.kind, 0.0)
        return weight * float(not countries.isdisjoint(bearer.countries))

    return fit


def _sender(bearer: Bearer) -> float:
    """One who may send a message; an outlet and a country only carry it."""
    return float(bearer.kind in (SpeakerKind.PERSON, SpeakerKind.ORGANISATION) and not is_platform(bearer.aliases))
