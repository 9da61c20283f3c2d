"""Whom a pronoun means: "he", "it", "who", and "we" in a declaration or of an outlet."""

from __future__ import annotations

import re
from bisect import bisect_right

from extractors.agreement import impersonal, of_gender
from extractors.discourse import NOBODY, Discourse, Speaker, speaker_of
from extractors.records import SpeakerKind
from extractors.references import Reference
from extractors.salience import FADING, SUBJECT, most_salient

_NEAR = 120
"""Characters before a relative pronoun in which its antecedent stands."""
_ONE = re.compile(
    r"(?i)(?:i (?:asked|told|questioned|interviewed) )?"
    r"(?:(?:a|an|another|one)\s(?!(?:of|second|third|fourth|fifth)\b)|(?:his|her)\s[a-z]|s?he\b"
    r"|(?-i:(?:[A-Z][\w’'-]+\s){0,3}[A-Z][\w-]+['’]s?\s[a-z]|[Tt]he\s(?:[a-z-]+\s){1,4}(?:of|for|to)\s(?:an?\s|[A-Z])))"
)
"""How one without a name is brought in, and goes on; or whom the reporter asked."""


def pronoun(kind: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """Whom a pronoun means. ``kind``: relative, first (person), masculine, feminine, neuter or plural."""
    if kind == "relative" and discourse.last is NOBODY and reference.text.casefold().endswith("latter"):
        return NOBODY
    if kind == "relative":
        before = discourse.cast.within((max(0, reference.span[0] - _NEAR), reference.span[0]))
        return speaker_of(before[-1][1]) if before else None
    if kind == "first":
        we = joint(reference, discourse) or _who_tells(reference, discourse)
        return we or discourse.last_before(reference.contents)
    if kind in ("masculine", "feminine"):
        if unnamed := _unnamed_one(kind[0], reference, discourse):
            return unnamed
        meant = most_salient(of_gender(kind[0]), reference, discourse, FADING)
        if meant and meant.bearer and not meant.bearer.gender:
            meant.bearer.gender = kind[0]  # who was "she" once is never "he"
        return meant or _of_himself(kind[0], reference, discourse)
    last = discourse.last
    if kind == "plural" and last and last.kind not in (SpeakerKind.PERSON, SpeakerKind.COUNTRY):
        return last
    nameless = last and last.kind is SpeakerKind.ORGANISATION and not last.bearer
    if nameless and discourse.in_last_paragraph(reference.span[0]):
        return last
    return most_salient(impersonal, reference, discourse, FADING)


def joint(reference: Reference, discourse: Discourse) -> Speaker | None:
    """Who speaks as "we" in a declaration that began so: "We, the ministers of the North, …"."""
    before = bisect_right(discourse.declared, reference.span[0], key=lambda found: found.start())
    return Speaker(discourse.declared[before - 1][1], SpeakerKind.GROUP) if before and reference.plural else None


def _who_tells(reference: Reference, discourse: Discourse) -> Speaker | None:
    """Who "we" are whom nobody quotes: the outlet, "as we reported on Friday"; "I" is a reporter without a name."""
    place, outlet = reference.span[0], discourse.story.outlet
    if discourse.cast.quoted(place) or discourse.contents.hold(place):
        return None
    return Speaker(outlet, SpeakerKind.OUTLET) if outlet and reference.plural else NOBODY


def _unnamed_one(gender: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """One without a name, who acted or spoke last and goes on ("One pilot laughed. He said"), unless a sentence since
    then began with somebody else."""
    place = max(discourse.acted, discourse.spoke[-1][0] if discourse.last is NOBODY else -1)
    if place < 0:
        return None
    if not _ONE.match(discourse.text, place) or discourse.text.count("\n", place, reference.span[0]) > 1:
        return None
    fit, sentence = of_gender(gender), discourse.cast.sentence(place)
    named = discourse.cast.within((place + 1, reference.span[0]))
    meant = (one for bearer in discourse.pool if fit(bearer) for one in discourse.heard.get(id(bearer), {}).items())
    others = any(fit(bearer) and discourse.weights[found.start] >= SUBJECT for found, bearer in named)
    return None if others or any(at > sentence and weight >= SUBJECT for at, weight in meant) else NOBODY


def _of_himself(gender: str, reference: Reference, discourse: Discourse) -> Speaker | None:
    """Where nobody was named before: of whom he tells himself ("Bell visited the mill, he said"), if of one alone."""
    fit, place = of_gender(gender), reference.span[0]
    told = [pair for start, end in reference.contents for pair in discourse.cast.within((start, min(end, place)))]
    people = {id(bearer): bearer for found, bearer in told if fit(bearer) and not found.quoted}
    return speaker_of(*people.values()) if len(people) == 1 else None
