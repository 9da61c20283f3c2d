"""Is a story mainly about Ukraine's security, how surely, why, and on which topics?

A story is read once. Terms of the lexicons are found in its four parts: title, summary, opening (the first 60 words
of the text) and body. Each group of terms (Ukraine, Russia, war, terms that name this war by themselves, sport,
business, other wars ...) gets a strength in 0..1; a logistic function of the strengths is the score. That a word of
war stands in a story counts for little by itself: it counts together with Ukraine or with Russia.

The words are data: ``lexicons/topics.toml`` and ``lexicons/relevance.toml``; the weights of the groups are in
``lexicons/relevance-weights.toml``, learnt by ``benchmarks/train_relevance.py``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from extractors.records import Reason, Relevance
from extractors.terms import PARTS, Found, Rules, find, load_rules

__all__ = ["FEATURES", "Rules", "explain", "features", "judge", "load_rules", "preselect", "topic_masses"]

AGAINST = ("backdrop", "sport", "culture", "domestic", "business", "elsewhere", "politics", "russian-life", "other")
"""Groups of terms that speak against a story: what else it may be about."""

GROUPS = ("own", "ukraine", "russia", "war", *AGAINST)
PAIRS = {
    "ukraine+war": "Ukraine and war together",
    "russia+war": "Russia and war together",
    "elsewhere-ukraine": "more of another region than of Ukraine",
}
"""What groups say together, and how that is told to the user."""

FEATURES = (*GROUPS, *PAIRS)
"""The names of what the score is made of."""

SHARES = {"text": (0.35, 0.10, 0.25, 0.30), "entry": (0.65, 0.35, 0.0, 0.0)}
"""What title, summary, opening and body count for; the shares of parts that are missing go to the others."""

FULL_AT = (1.0, 1.2, 2.0, 2.0)
"""The mass of terms at which a group is 63 % of what it can be in title, summary, opening and body."""

TOPIC_SHARES = (3.0, 1.5, 1.25, 1.0)
"""What a term in title, summary, opening and body counts for its topic."""

LEAST = 2.0
"""The mass below which a topic is not named: about one strong term."""

NEARLY = 0.95
"""A second topic is named from this share of the main one's mass."""


def judge(title: str, summary: str, text: str, rules: Rules) -> Relevance:
    """The decision on a whole story, with its topics (the main one first) and the reasons, heaviest first."""
    return _judge(title, summary, text, rules, "text" if text.strip() else "entry")


def preselect(title: str, summary: str, rules: Rules) -> Relevance:
    """The first stage, on what a feed shows: is the page worth fetching? Leans towards yes."""
    return _judge(title, summary, "", rules, "entry")


def explain(relevance: Relevance) -> str:
    """The judgement in plain words, one reason a line."""
    verdict = "kept" if relevance.relevant else "dropped"
    lines = [
        f"{verdict}: score {relevance.score:.2f}"
        + (f", topics {', '.join(relevance.topics)}" if relevance.topics else "")
    ]
    lines += [f"  {reason.weight:+6.2f}  {reason.term}  ({reason.place})" for reason in relevance.reasons]
    return "\n".join(lines)


def features(title: str, summary: str, text: str, rules: Rules) -> dict[str, float]:
    """The strengths (0..1) that the score is made of, by the names in ``FEATURES``."""
    return _strengths(find(title, summary, text, rules), "text" if text.strip() else "entry")[0]


def _judge(title: str, summary: str, text: str, rules: Rules, stage: str) -> Relevance:
    found = find(title, summary, text, rules)
    strengths, shares = _strengths(found, stage)
    weights = rules.stages[stage]
    score = 1 / (1 + math.exp(-weights["bias"] - sum(weights[name] * strengths[name] for name in FEATURES)))
    return Relevance(
        score=round(score, 4),
        relevant=score >= rules.thresholds[stage],
        topics=_topics(found),
        reasons=_reasons(strengths, shares, weights),
    )


def _strengths(found: Found, stage: str) -> tuple[dict[str, float], dict[tuple[str, str, str], float]]:
    """The features, and how much of each group's strength each (group, term, part) gave."""
    strengths = dict.fromkeys(FEATURES, 0.0)
    given: dict[tuple[str, str, str], float] = {}
    present = [share if count else 0.0 for share, count in zip(SHARES[stage], found.words, strict=True)]
    whole = sum(present) or 1.0
    for part, terms, share, count, full in zip(PARTS, found.terms, present, found.words, FULL_AT, strict=True):
        # A long body holds more terms of every kind: what counts is how dense they stand.
        full *= max(1.0, (count / 100) ** 0.7) if part == "body" else 1.0
        masses: dict[str, float] = {}
        for term in terms:
            for group, weight in term.groups:
                masses[group] = masses.get(group, 0.0) + weight
        factors = {group: share / whole * (1 - math.exp(-mass / full)) / mass for group, mass in masses.items()}
        for group, mass in masses.items():
            strengths[group] += factors[group] * mass
        for term in terms:
            for group, weight in term.groups:
                given[(group, term.text, part)] = given.get((group, term.text, part), 0.0) + factors[group] * weight
    strengths["ukraine+war"] = math.sqrt(strengths["ukraine"] * strengths["war"])
    strengths["russia+war"] = math.sqrt(strengths["russia"] * strengths["war"])
    strengths["elsewhere-ukraine"] = max(0.0, strengths["elsewhere"] - strengths["ukraine"] - strengths["own"])
    return strengths, given


def _reasons(
    strengths: Mapping[str, float], given: Mapping[tuple[str, str, str], float], weights: Mapping[str, float]
) -> tuple[Reason, ...]:
    reasons: dict[tuple[str, str], float] = {}
    for (group, term, part), strength in given.items():
        reasons[(term, part)] = reasons.get((term, part), 0.0) + weights[group] * strength
    for pair, name in PAIRS.items():
        reasons[(name, "rule")] = weights[pair] * strengths[pair]
    ranked = sorted(reasons.items(), key=lambda item: (-abs(item[1]), item[0]))
    return tuple(Reason(term, place, round(weight, 2)) for (term, place), weight in ranked[:12] if abs(weight) >= 0.05)


def _topics(found: Found) -> tuple[str, ...]:
    """The main topic, and a second one where it is nearly as strong."""
    masses = topic_masses(found)
    ranked = sorted(masses.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < LEAST:
        return ()
    best = ranked[0][1]
    return tuple(name for name, mass in ranked[:2] if mass >= NEARLY * best)


def topic_masses(found: Found) -> dict[str, float]:
    """How much of the story speaks for each topic."""
    masses: dict[str, float] = {}
    for terms, share, count in zip(found.terms, TOPIC_SHARES, found.words, strict=True):
        dense = share / max(1.0, (count / 100) ** 0.5)
        for term in terms:
            for topic, weight in term.topics:
                masses[topic] = masses.get(topic, 0.0) + dense * weight
    return masses
