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
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from extractors.errors import SettingsError
from extractors.records import Reason, Relevance

PARTS = ("title", "summary", "opening", "body")
OPENING = 60
"""Words of the text that count as its opening."""

STRENGTHS = {"own": 1.0, "strong": 1.0, "plain": 0.5, "weak": 0.2}
TOPIC_STRENGTHS = {"own": 3.0, "strong": 2.0, "plain": 0.6, "weak": 0.2}
AGAINST = ("backdrop", "sport", "culture", "domestic", "business", "elsewhere", "politics", "russian-life", "other")
GROUPS = ("own", "ukraine", "russia", "war", *AGAINST)
PAIRS = {
    "ukraine+war": "Ukraine and war together",
    "russia+war": "Russia and war together",
    "elsewhere-ukraine": "more of another region than of Ukraine",
}
FEATURES = (*GROUPS, *PAIRS)

_SHARES = {False: (0.35, 0.10, 0.25, 0.30), True: (0.65, 0.35, 0.0, 0.0)}
_TOPIC_SHARES = (3.0, 1.5, 1.25, 1.0)
_FULL_AT = {"title": 1.0, "summary": 1.2, "opening": 2.0, "body": 2.0}
_WORD = re.compile(r"\w+(?:'\w+)?")
_MARKS = re.compile("[\u0300-\u036f]+")
_LISTS = ("own", "strong", "plain", "weak")


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase, what it says about which group, and about which topics."""

    text: str
    words: tuple[str, ...]  # as ``_Words`` reduces them
    cased: tuple[str, ...] = ()  # the words as they must stand in the text, "" where case does not matter
    groups: tuple[tuple[str, float], ...] = ()
    topics: tuple[tuple[str, float], ...] = ()


@dataclass(slots=True)
class Rules:
    """All that a judgement needs, ready for look-ups. Make it with ``load_rules`` and use it for many stories."""

    terms: Mapping[str, Mapping[str, tuple[Term, ...]]]
    """By first and second word; "" holds the terms of one word. Longest first, those that mind case before others."""
    stages: Mapping[str, Mapping[str, float]]  # "text" and "entry": feature -> weight, with "bias"
    thresholds: Mapping[str, float]
    prefixes: tuple[str, ...]
    topics: tuple[str, ...]
    _reduced: dict[str, str] = field(default_factory=dict, repr=False)

    def reduce(self, word: str) -> str:
        known = self._reduced.get(word)
        if known is None:
            if len(self._reduced) > 200_000:
                self._reduced.clear()
            known = self._reduced[word] = _reduce(word, self.prefixes)
        return known


def load_rules(
    *,
    extra_terms: Sequence[str] = (),
    muted_terms: Sequence[str] = (),
    threshold: float | None = None,
    first_threshold: float | None = None,
    topics_file: Path | None = None,
) -> Rules:
    """The rules of this house with the user's changes.

    ``extra_terms`` name the subject by themselves; written ``"topic: term"`` they speak for that topic as well.
    ``muted_terms`` are forgotten. ``threshold`` (0..1) decides on the full text, ``first_threshold`` on title and
    summary. ``topics_file`` is a TOML file of the same form as ``lexicons/topics.toml``: its sections add topics, or
    add terms to those of the same name. Raises SettingsError, naming the file, section and term.
    """
    topics = _load("topics.toml")
    if topics_file is not None:
        try:
            own = tomllib.loads(topics_file.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{topics_file}: cannot be read as topics: {error}") from error
        topics = _merge(topics, own, str(topics_file))
    for written in extra_terms:
        name, colon, text = written.rpartition(":")
        name = name.strip()
        if not text.strip() or (colon and name not in topics):
            raise SettingsError(
                f"extra term {written!r}: write a term, or 'topic: term' with one of {', '.join(topics)}"
            )
        topics.setdefault(name, {}).setdefault("extra", []).append(text.strip())
    groups = _load("relevance.toml")
    weights = _load("relevance-weights.toml")
    return _compile(
        topics,
        groups,
        muted={_plain(t) for t in muted_terms},
        stages={stage: {k: float(v) for k, v in weights[stage]["weights"].items()} for stage in ("text", "entry")},
        thresholds={
            "text": _in_range("threshold", threshold, weights["text"]["threshold"]),
            "entry": _in_range("first_threshold", first_threshold, weights["entry"]["threshold"]),
        },
    )


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
    return _strengths(_find(title, summary, text, rules), not text.strip())[0]


@dataclass(slots=True)
class _Found:
    terms: list[dict[int, Term]]  # by part: distinct terms
    words: list[int]  # by part: number of words


def _judge(title: str, summary: str, text: str, rules: Rules, stage: str) -> Relevance:
    found = _find(title, summary, text, rules)
    strengths, shares = _strengths(found, stage == "entry")
    weights = rules.stages[stage]
    score = 1 / (1 + math.exp(-weights["bias"] - sum(weights[name] * strengths[name] for name in FEATURES)))
    return Relevance(
        score=round(score, 4),
        relevant=score >= rules.thresholds[stage],
        topics=_topics(found, rules),
        reasons=_reasons(strengths, shares, weights),
    )


def _find(title: str, summary: str, text: str, rules: Rules) -> _Found:
    words = _words(text)
    opening, body = words[:OPENING], words[OPENING:]
    parts = [_words(title), _words(summary), opening, body]
    return _Found([_terms(part, rules) for part in parts], [len(part) for part in parts])


def _terms(words: list[str], rules: Rules) -> dict[int, Term]:
    known = rules._reduced
    reduced = [known.get(word) or rules.reduce(word) for word in words]
    reduced.append("")
    starts = rules.terms
    found: dict[int, Term] = {}
    end = 0
    for at, word in enumerate(reduced):
        starting = starts.get(word)
        if starting is None or at < end:
            continue
        candidates = starting.get("", ())
        phrases = starting.get(reduced[at + 1])
        if phrases is not None and phrases is not candidates:
            candidates = phrases + candidates
        for term in candidates:
            length = len(term.words)
            if length > 2 and tuple(reduced[at : at + length]) != term.words:
                continue
            if term.cased and not _same_case(words[at : at + length], term.cased):
                continue
            found[id(term)] = term
            end = at + length
            break
    return found


def _strengths(found: _Found, entry: bool) -> tuple[dict[str, float], dict[tuple[str, str, str], float]]:
    """The features, and how much of each group's strength each (group, term, part) gave."""
    strengths = dict.fromkeys(FEATURES, 0.0)
    given: dict[tuple[str, str, str], float] = {}
    shares = _SHARES[entry]
    present = [share if count else 0.0 for share, count in zip(shares, found.words, strict=True)]
    whole = sum(present) or 1.0
    for part, terms, share, count in zip(PARTS, found.terms, present, found.words, strict=True):
        if not share:
            continue
        share /= whole
        # A long body holds more terms of every kind: what counts is how dense they stand.
        full = _FULL_AT[part] * max(1.0, (count / 100) ** 0.7 if part == "body" else 1.0)
        masses: dict[str, float] = {}
        for term in terms.values():
            for group, weight in term.groups:
                masses[group] = masses.get(group, 0.0) + weight
        factors = {group: share * (1 - math.exp(-mass / full)) / mass for group, mass in masses.items()}
        for group, mass in masses.items():
            strengths[group] += factors[group] * mass
        for term in terms.values():
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


def _topics(found: _Found, rules: Rules) -> tuple[str, ...]:
    """The main topic, and a second one where it is nearly as strong."""
    masses = topic_masses(found, rules)
    ranked = sorted(masses.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < 2.0:
        return ()
    best = ranked[0][1]
    return tuple(name for name, mass in ranked[:2] if mass >= 0.95 * best)


def topic_masses(found: _Found, rules: Rules) -> dict[str, float]:
    masses: dict[str, float] = {}
    for terms, share, count in zip(found.terms, _TOPIC_SHARES, found.words, strict=True):
        dense = share / max(1.0, (count / 100) ** 0.5)
        for term in terms.values():
            for topic, weight in term.topics:
                masses[topic] = masses.get(topic, 0.0) + dense * weight
    return masses


def _words(text: str) -> list[str]:
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text.replace("’", "'")))
    return _WORD.findall(text)


def _reduce(word: str, prefixes: tuple[str, ...]) -> str:
    """Case, possessive and plural "s" off; a word that begins with a known stem becomes that stem."""
    word = word.casefold()
    word = word.split("'")[0] or word
    for prefix in prefixes:
        if word.startswith(prefix):
            return prefix + "*"
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _same_case(words: Sequence[str], cased: Sequence[str]) -> bool:
    return all(not wanted or word.startswith(wanted) for word, wanted in zip(words, cased, strict=True))


def _compile(
    topics: Mapping[str, Any],
    groups: Mapping[str, Any],
    *,
    muted: set[str],
    stages: Mapping[str, Mapping[str, float]],
    thresholds: Mapping[str, float],
) -> Rules:
    entries: dict[str, tuple[dict[str, float], dict[str, float]]] = {}

    def note(text: str, group: str, weight: float, topic: str = "", topic_weight: float = 0.0) -> None:
        by_group, by_topic = entries.setdefault(text, ({}, {}))
        if group:
            by_group[group] = max(weight, by_group.get(group, 0.0))
        if topic:
            by_topic[topic] = max(topic_weight, by_topic.get(topic, 0.0))

    for topic, section in topics.items():
        pull = float(section.get("weight", 1.0))
        for strength in _LISTS:
            for text in _split(section.get(strength, "")):
                # The more words a term has, the less often it stands there by chance.
                more = min(2, len(re.split(r"[\s\-]+", text)) - 1)
                group, weight = {"own": ("own", 1.0), "strong": ("war", 1.0 if more else 0.5)}.get(strength, ("", 0.0))
                note(text, group, weight, topic, pull * (1 + 0.25 * more) * TOPIC_STRENGTHS[strength])
        for text in section.get("extra", ()):
            note(text, "own", 2.0, topic, TOPIC_STRENGTHS["own"])
    for group, section in groups.items():
        for strength in _LISTS[1:]:
            for text in _split(section.get(strength, "")):
                note(text, group, STRENGTHS[strength])
    # Longer stems first, so that "ukrain*" never hides "ukrainsk*".
    prefixes = tuple(
        sorted(
            {_plain(word)[:-1] for text in entries for word in text.split() if word.endswith("*")},
            key=lambda p: (-len(p), p),
        )
    )
    merged: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, dict[str, float], dict[str, float]]] = {}
    for text, (by_group, by_topic) in entries.items():
        raw = [w for w in re.split(r"[\s\-]+", text) if w]
        words = tuple(_plain(w) if w.endswith("*") else _reduce(_plain(w), prefixes) for w in raw)
        cased = tuple(w if w != w.casefold() else "" for w in raw)
        key = (words, cased if any(cased) else ())
        if _plain(text) in muted or " ".join(words) in muted:
            continue
        _, all_groups, all_topics = merged.setdefault(key, (text, {}, {}))
        for name, weight in by_group.items():
            all_groups[name] = max(weight, all_groups.get(name, 0.0))
        for name, weight in by_topic.items():
            all_topics[name] = max(weight, all_topics.get(name, 0.0))
    # A phrase hides the words in it: it keeps what they say about Ukraine, Russia and the war.
    single = {words: by_group for (words, cased), (_, by_group, _) in merged.items() if len(words) == 1 and not cased}
    found: list[Term] = []
    for (words, cased), (text, by_group, by_topic) in merged.items():
        if len(words) > 1 and "backdrop" not in by_group:
            for word in words:
                for name, weight in single.get((word,), {}).items():
                    if name in ("ukraine", "russia", "war"):
                        by_group[name] = max(weight, by_group.get(name, 0.0))
        found.append(Term(text, words, cased, tuple(by_group.items()), tuple(by_topic.items())))
    terms: dict[str, dict[str, tuple[Term, ...]]] = {}
    for term in sorted(found, key=lambda t: (-len(t.words), not t.cased)):
        first, second = (*term.words, "")[:2]
        seconds = terms.setdefault(first, {})
        seconds[second] = (*seconds.get(second, ()), term)
    return Rules(
        terms=terms,
        stages=stages,
        thresholds=thresholds,
        prefixes=prefixes,
        topics=tuple(name for name in topics if name),
    )


def _split(listed: str | list[str]) -> Iterable[str]:
    items = listed.split(",") if isinstance(listed, str) else listed
    return [item for item in (" ".join(item.split()) for item in items) if item]


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return " ".join(_MARKS.sub("", folded).casefold().replace("-", " ").split())


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((files("extractors.lexicons") / name).read_text(encoding="utf-8"))


def _merge(topics: dict[str, Any], own: Mapping[str, Any], where: str) -> dict[str, Any]:
    for name, section in own.items():
        if not isinstance(section, Mapping) or not set(section) <= {"about", "weight", *_LISTS}:
            raise SettingsError(f"{where}: section [{name}] may hold about, weight, own, strong, plain and weak")
        known = topics.setdefault(name, {})
        for key, value in section.items():
            if (key == "about" and isinstance(value, str)) or (key == "weight" and isinstance(value, (int, float))):
                known[key] = value
            elif key in _LISTS and isinstance(value, (str, list)):
                known[key] = [*_split(known.get(key, "")), *_split(value)]
            else:
                raise SettingsError(f"{where}: [{name}] {key} must be a {'number' if key == 'weight' else 'text'}")
    return topics


def _in_range(name: str, value: float | None, default: float) -> float:
    if value is None:
        return float(default)
    if not 0 <= value <= 1:
        raise SettingsError(f"{name} is {value}; it must lie between 0 and 1")
    return value
