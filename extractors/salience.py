"""Who stands out most where a pronoun or a description stands.

Salience is that of Lappin and Leass (1994): every mention counts, subjects and earlier speakers more, what stands
inside a quotation less, all of it fading from sentence to sentence. Who is named in what a pronoun says is hardly meant
by it (Chomsky's Principle C: "He said Rutte would come").
"""

from __future__ import annotations

import re
from bisect import bisect_left

from extractors.agreement import Fit
from extractors.bearers import Bearer, Mention
from extractors.discourse import Discourse, Places, Speaker, speaker_of
from extractors.name_words import name_words
from extractors.references import TERM, Reference

SUBJECT, EMBEDDED, OBJECT, OWNER, SPOKE = 1.0, 0.6, 0.4, 0.2, 1.2
"""What a mention counts as the subject of a main clause, of another clause, as anything else, before another who is
his ("Tusk's aide"); and what speaking adds, once a sentence."""
NAMED = 0.25
"""How much less one is meant by a pronoun who is named in what is said after it: "He said Rutte would come"."""
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
LATEST = 50
"""Mentions of a bearer that count: earlier ones have faded to nothing."""
_FRONTED = re.compile(r"[A-Z][a-z]+ing\s[^.;\n]*,\s\Z")
"""Before a pronoun that is none of the objects there: "Addressing the board after Grossi, he said"."""
_SUBORDINATE = re.compile(
    r"(?:But |And |Yet )?(?:Even )?"
    r"(?i:after|although|as|because|before|despite|if|once|since|though|until|when|while)\s[^,;\n]*\Z"
)
"""Before a pronoun in a clause ahead of the main one, whose subject it may mean: "Even as he left, Macron said"."""
_OWNED = re.compile(r"['’]s?(?:\s[\w-]+){1,3}")


def mention_weights(discourse: Discourse, asking: Places) -> dict[int, float]:
    """What each mention counts where it stands. ``asking``: who puts a question and of whom it asks."""

    def weight(mention: Mention) -> float:
        full = SUBJECT if mention.leading else EMBEDDED if mention.subject else OBJECT
        if _owns_person(mention, discourse.text):
            full = OWNER
        if asking.hold(mention.start):
            return full * ASKING
        if mention.quoted:
            return full * QUOTED
        return full * REPORTED if discourse.contents.hold(mention.start) else full

    return {mention.start: weight(mention) for bearer in discourse.cast.bearers for mention in bearer.mentions}


def _owns_person(mention: Mention, text: str) -> bool:
    """Is it told whose somebody is: "Tusk's closest aide", not "Tusk's phone"?"""
    owned = _OWNED.match(text, mention.end)
    return owned is not None and not name_words().role_nouns.isdisjoint(TERM.findall(owned[0].casefold()))


def most_salient(
    fit: Fit, reference: Reference, discourse: Discourse, fading: float, *, ahead: bool = False
) -> Speaker | None:
    """The bearer that fits and stands out most where the mention is; ``ahead``: also one named just after it."""
    best, best_score = None, 0.0
    for bearer in discourse.pool:
        if weight := fit(bearer):
            score = weight * salience(bearer, reference, discourse, fading, ahead=ahead)
            if score > best_score:
                best, best_score = bearer, score
    return speaker_of(best) if best else None


def salience(
    bearer: Bearer, reference: Reference, discourse: Discourse, fading: float, *, ahead: bool = False
) -> float:
    """How much a bearer stands out there: what the mentions count, and where it was heard, faded since."""
    place = reference.span[0]
    here = discourse.cast.sentence(place)
    acting = reference.text.casefold() in ("he", "she")
    fronted = acting and _SUBORDINATE.match(discourse.text, discourse.cast.sentences[here], place)
    total, named = 0.0, 1.0
    after = bisect_left(bearer.mentions, place, key=lambda found: found.start)
    for found in bearer.mentions[max(0, after - LATEST) : after + LATEST]:
        if any(start <= found.start < end for start, end in reference.contents):
            if found.start > place and reference.pronoun and not discourse.owns(found):
                named = NAMED
            continue
        if found.start < place and reference.pronoun and found.sentence == here and not found.subject:
            begins = discourse.cast.sentences[here]
            named = NAMED if _FRONTED.match(discourse.text, begins, place) else named
        if found.start < place:
            total += discourse.weights[found.start] * fading ** (here - found.sentence)
        elif acting and found.sentence == here and not discourse.owns(found):
            if fronted and found.leading:
                total += discourse.weights[found.start]
            elif not fronted:
                named = NAMED
        elif ahead and found.sentence - here <= 1:
            total += AHEAD * (SUBJECT if found.subject else OBJECT)
    for sentence, weight in list(discourse.heard.get(id(bearer), {}).items())[-LATEST:]:
        total += weight * fading ** (here - sentence)
    return total * named
