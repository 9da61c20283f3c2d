"""The words and phrases that relevance and topics go by: read from the lexicons, and found in a story.

``load_rules`` makes the lexicons and the user's changes into look-up tables by the first two words of each term, so
that finding thousands of terms costs one look-up a word.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from extractors.errors import SettingsError

PARTS = ("title", "summary", "opening", "body")
"""The parts of a story that a term is looked for in."""

OPENING = 60
"""Words of the text that count as its opening."""

STRENGTHS = {"strong": 1.0, "plain": 0.5, "weak": 0.2}
"""What a term of each list of relevance.toml weighs in its group."""

TOPIC_STRENGTHS = {"own": 3.0, "strong": 2.0, "plain": 0.6, "weak": 0.2}
"""What a term of each list of topics.toml weighs for its topic."""

EXTRA = 2.0
"""What a user's extra term weighs in the group "own": one in the title is enough."""

LISTS = tuple(TOPIC_STRENGTHS)
_WORD = re.compile(r"\w+(?:'\w+)?")
_MARKS = re.compile("[\u0300-\u036f]+")
_APOSTROPHES = str.maketrans("’ʼ", "''")


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase, what it says about which group, and about which topics."""

    text: str
    words: tuple[str, ...]  # as ``Rules.reduce`` leaves them
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
    topics_file: Path | None = None,
) -> Rules:
    """The rules of the lexicons with the user's changes.

    ``extra_terms`` name the subject by themselves; written ``"topic: term"`` they speak for that topic as well.
    ``muted_terms`` are forgotten. ``threshold`` (0..1) decides on the full text. ``topics_file`` is a TOML
    file of the same form as ``lexicons/topics.toml``: its sections add topics, or add terms to those of the same name.
    Raises SettingsError, naming the file, section and term.
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
            "text": _threshold(threshold, weights["text"]["threshold"]),
            "entry": float(weights["entry"]["threshold"]),
        },
    )


@dataclass(slots=True)
class Found:
    """The terms of a story, by part."""

    terms: list[list[Term]]  # each once
    words: list[int]  # how many the part has


def find(title: str, summary: str, text: str, rules: Rules) -> Found:
    """The terms of each part of a story; where two overlap, the longer one."""
    words = _words(text)
    opening, body = words[:OPENING], words[OPENING:]
    parts = [_words(title), _words(summary), opening, body]
    return Found([_terms(part, rules) for part in parts], [len(part) for part in parts])


def _terms(words: list[str], rules: Rules) -> list[Term]:
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
    return list(found.values())


def _words(text: str) -> list[str]:
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)))
    return _WORD.findall(text)


def _reduce(word: str, prefixes: tuple[str, ...]) -> str:
    """Case, possessive and plural "s" off; a word that begins with a known stem becomes that stem."""
    word = word.casefold()
    word = word.split("'")[0] or word
    if word.startswith(prefixes):
        return next(prefix for prefix in prefixes if word.startswith(prefix)) + "*"
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
        for strength in LISTS:
            for text in _split(section.get(strength, "")):
                # The more words a term has, the less often it stands there by chance.
                more = min(2, len(re.split(r"[\s\-]+", text)) - 1)
                group, weight = {"own": ("own", 1.0), "strong": ("war", 1.0 if more else 0.5)}.get(strength, ("", 0.0))
                note(text, group, weight, topic, pull * (1 + 0.25 * more) * TOPIC_STRENGTHS[strength])
        for text in section.get("extra", ()):
            note(text, "own", EXTRA, topic, TOPIC_STRENGTHS["own"])
    for group, section in groups.items():
        for strength in LISTS[1:]:
            for text in _split(section.get(strength, "")):
                note(text, group, STRENGTHS[strength])
    # Longer stems first: of two that a word begins with, the longer one stands for it.
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


def _is_list(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _split(listed: str | list[str]) -> list[str]:
    items = listed.split(",") if isinstance(listed, str) else listed
    return [item for item in (" ".join(item.split()) for item in items) if item]


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES))
    return " ".join(_MARKS.sub("", folded).casefold().replace("-", " ").split())


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((files("extractors.lexicons") / name).read_text(encoding="utf-8"))


def _merge(topics: dict[str, Any], own: Mapping[str, Any], where: str) -> dict[str, Any]:
    for name, section in own.items():
        if not isinstance(section, Mapping) or not set(section) <= {"about", "weight", *LISTS}:
            raise SettingsError(f"{where}: section [{name}] may hold about, weight, own, strong, plain and weak")
        known = topics.setdefault(name, {})
        for key, value in section.items():
            if (key == "about" and isinstance(value, str)) or (key == "weight" and isinstance(value, (int, float))):
                known[key] = value
            elif key in LISTS and _is_list(value):
                known[key] = [*_split(known.get(key, "")), *_split(value)]
            else:
                raise SettingsError(f"{where}: [{name}] {key} must be a {'number' if key == 'weight' else 'text'}")
    return topics


def _threshold(value: float | None, default: float) -> float:
    if value is None:
        return float(default)
    if not 0 <= value <= 1:
        raise SettingsError(f"threshold is {value}; it must lie between 0 and 1")
    return value
