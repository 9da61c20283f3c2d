"""The cue lexicon: which words can report speech, what kind of act each names, and what can be its content."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from extractors.records import CueClass

MOSTLY, ALWAYS = 0.6, 0.85
"""The weight of a cue that is mostly speech, and of one that is hardly ever anything else."""


@dataclass(frozen=True, slots=True)
class Cue:
    lemma: str
    cue_class: CueClass
    frames: frozenset[str] = frozenset()  # see lexicons/cues.toml
    weight: float = 1.0  # how often the word reports speech at all

    @property
    def length(self) -> int:
        """Of how many words it is: "according to", "shoot back"."""
        return self.lemma.count(" ") + 1


@dataclass(frozen=True, slots=True)
class Lexicon:
    verbs: dict[str, Cue]
    nouns: dict[str, Cue]
    phrasals: dict[str, list[Cue]]  # verbs with the words behind them, by the verb, longest first
    forms: dict[str, str]  # every inflected form of the verbs, with its lemma
    phrases_by_first: dict[str, list[tuple[str, Cue]]]  # longest first
    first_words: frozenset[str]  # every word, in small letters, that a cue can begin with
    lemmas: frozenset[str]  # of verbs and nouns


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(files("extractors.lexicons").joinpath("cues.toml").read_text("utf-8"))


@cache
def lexicon() -> Lexicon:
    data = _data()
    verbs, nouns = ({row["lemma"]: _cue(row) for row in data[kind]} for kind in ("verbs", "nouns"))
    phrases = {row["text"]: Cue(row["text"], CueClass(row["class"])) for row in data["phrases"]}
    phrasals: dict[str, list[Cue]] = {}
    for row in data["phrasals"]:
        phrasals.setdefault(row["lemma"].split()[0], []).append(_cue(row))
    for same in phrasals.values():
        same.sort(key=lambda cue: -cue.length)
    forms = {form: lemma for lemma in verbs for form in inflections(lemma, data["irregular"].get(lemma, []))}
    opening = {form for verb in phrasals for form in inflections(verb, data["irregular"].get(verb, []))}
    by_first: dict[str, list[tuple[str, Cue]]] = {}
    for text in sorted(phrases, key=len, reverse=True):
        by_first.setdefault(text.split()[0], []).append((text, phrases[text]))
    first_words = frozenset([*forms, *by_first, *opening, ":"])
    return Lexicon(verbs, nouns, phrasals, forms, by_first, first_words, frozenset([*verbs, *nouns]))


def _cue(row: dict[str, object]) -> Cue:
    frames, weight = row["frames"], row["weight"]
    assert isinstance(frames, list) and isinstance(weight, float)
    return Cue(str(row["lemma"]), CueClass(str(row["class"])), frozenset(frames), weight)


def inflections(verb: str, irregular: list[str]) -> set[str]:
    """The forms of an English verb by its spelling rules, its irregular past forms besides."""
    if verb.endswith("e"):
        return {verb, verb + "s", verb + "d", verb[:-1] + "ing", *irregular}
    if re.search(r"[^aeiou]y$", verb):
        return {verb, verb[:-1] + "ies", verb[:-1] + "ied", verb + "ing", *irregular}
    doubled = (
        {verb + verb[-1] + end for end in ("ed", "ing")} if re.search(r"[^aeiou][aeiou][bdgmnprt]$", verb) else set()
    )
    ending = "es" if re.search(r"(?:s|sh|ch|x|z|o)$", verb) else "s"
    return {verb, verb + ending, verb + "ed", verb + "ing", *doubled, *irregular}


@cache
def _cue_words() -> frozenset[str]:
    words = lexicon()
    nouns = {noun + end for noun in words.nouns for end in ("", "s")}
    return words.first_words | nouns


_WORD = re.compile(r"[a-z]+")
_MARK = re.compile(r"[\"“”„‟«»‹›‘‚‛]|(?<!\w)'|[:–—](?:\s|$)|\s[-‒−]\s")


def may_hold_statement(paragraph: str) -> bool:
    """Does it hold a cue word, a quotation mark, or a colon or dash that can stand for a cue?"""
    return bool(_MARK.search(paragraph)) or not _cue_words().isdisjoint(_WORD.findall(paragraph.lower()))


def is_label(text: str, start: int, end: int) -> bool:
    """Does a paragraph open with a label that leads to no statement: "Source: ...", "Read also: ..."?"""
    label, colon, _ = text[start : min(end, start + 40)].partition(":")
    return bool(colon) and label.strip().lower() in _words("labels", "skipped")


def names_nobody(word: str) -> bool:
    """Is this the "Details" of "Details: ...", a label that is no speaker?"""
    return word.lower() in _words("labels", "other")


def is_quote_label(word: str) -> bool:
    """Is this the "Quote" of "Quote: ...", which stands for a cue?"""
    return word.lower() in _words("labels", "quote")


def is_question_label(label: str) -> bool:
    """Is this the "Question" or "Reporter" of a transcript, who asks for the reader and says nothing?"""
    return label.lower() in _words("labels", "question")


def is_answer_label(label: str) -> bool:
    """Is this the "Answer" of an interview, which names nobody?"""
    return label.lower() in _words("labels", "answer")


def is_mute(kind: str, word: str) -> bool:
    """Can it not be speech? ``kind`` names a list of the table."""
    return word.lower() in _words("mute", kind)


def names_words(noun: str) -> bool:
    """Is it a noun for the words themselves: "phrase", "answer", "claim"?"""
    return any(is_mute(kind, noun) for kind in ("wordings", "speeches", "glosses"))


def is_kind(kind: str, cue: Cue) -> bool:
    """Is it a cue of this kind? ``kind`` names a list of the table "kinds"."""
    return cue.lemma in _words("kinds", kind)


def is_citing(phrase: str) -> bool:
    """Does it name whose word a report goes by: "citing", "with reference to"?"""
    return phrase.lower() in _words("kinds", "citing")


def is_time(word: str, *kinds: str) -> bool:
    """Is it a word of the calendar? ``kinds`` name lists of the table; without any, those of which dates are made."""
    return word.lower() in _calendar(kinds or _DATE_WORDS)


_DATE_WORDS = ("weekdays", "months", "days", "periods")


@cache
def _calendar(kinds: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(_words("calendar", kind) for kind in kinds))


@cache
def _words(table: str, key: str) -> frozenset[str]:
    return frozenset(_data()[table][key])
