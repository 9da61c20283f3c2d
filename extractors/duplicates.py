"""The same text, or the same utterance, carried by several outlets.

Texts
-----
A story becomes a signature: 128 minima of hashes of its 3-word shingles (MinHash, by the library ``rensa``), after
case, accents of punctuation, bylines and agency lines are taken off. Equal minima estimate the share of shingles that
two texts have in common (Jaccard). 32 bands of 4 minima make keys: two texts that share no key are hardly alike
(at 0.4 in common 56 of 100 pairs share one, at 0.6 99, at 0.8 all), so only pairs that share one need be compared.
Texts below 48 words are copies only where title and text are equal to the word.

A signature is bytes that can be stored. It names its scheme; signatures of different schemes are never alike, and are
to be made anew.

Utterances
----------
Two statements report one utterance where the speaker is the same, the days may be the same, and the same words stand
in quotation marks or the content is nearly the same. In doubt they are two.
"""

from __future__ import annotations

import hashlib
import re
import struct
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from rensa import RMinHash

from extractors.records import DateBasis, Form, SpeakerKind, Statement

PERMUTATIONS = 128
BANDS = 32
SHINGLE = 3
MIN_WORDS = 48
SEED = 42
SCHEME = f"minhash-{RMinHash.ALGORITHM_VERSION}-{PERMUTATIONS}-{SHINGLE}-1"
"""Changes whenever signatures of the same text would: the library's algorithm, sizes, and our own cleaning (last)."""

SAME, DERIVED, CONTAINED = 0.8, 0.4, 0.85
LOOK_BACK = timedelta(days=14)
LEAST_IN_COMMON = 3
"""Telling words that two reports of one utterance share at least."""


class Relation(StrEnum):
    """How one text is like another."""

    SAME = "same"  # at least 0.8 in common: a copy, perhaps with small edits
    CUT = "cut"  # the shorter one is nearly all in the longer one: a part of it, or its source
    DERIVED = "derived"  # at least 0.4 in common: rewritten in part
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Signature:
    """What is kept of a text to compare it with others."""

    scheme: str
    exact: bytes  # 16 bytes: hash of the normalised title and text
    size: int = 0  # number of distinct shingles; 0 where the text is too short to be compared by them
    minima: bytes = b""  # 128 little-endian uint32, or nothing

    def pack(self) -> bytes:
        """As one value for storage; ``Signature.unpack`` reads it."""
        scheme = self.scheme.encode()
        return struct.pack("<B16sI", len(scheme), self.exact, self.size) + scheme + self.minima

    @classmethod
    def unpack(cls, packed: bytes) -> Signature:
        length, exact, size = struct.unpack_from("<B16sI", packed)
        start = struct.calcsize("<B16sI")
        return cls(packed[start : start + length].decode(), exact, size, packed[start + length :])


@dataclass(frozen=True, slots=True)
class Carried:
    """A story as the search for copies sees it."""

    story_id: UUID
    signature: Signature
    published: datetime | None = None
    copy_of: UUID | None = None  # what it is known to be a copy of


@dataclass(frozen=True, slots=True)
class Copy:
    """That a story is a copy, and of which: the first one of its group that was known."""

    story_id: UUID
    copy_of: UUID
    relation: Relation
    similarity: float


def signature(title: str, text: str) -> Signature:
    """The signature of a story. Deterministic: the same words give the same bytes on every machine."""
    words = _words(strip(text))
    exact = hashlib.sha256(" ".join([*_words(title), "\n", *words]).encode()).digest()[:16]
    if len(words) < MIN_WORDS:
        return Signature(SCHEME, exact)
    shingles = {" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    sketch.update(sorted(shingles))
    return Signature(SCHEME, exact, len(shingles), struct.pack(f"<{PERMUTATIONS}I", *sketch.digest()))


def bands(signature: Signature) -> tuple[int, ...]:
    """Keys (unsigned 64-bit) that two alike texts share at least one of: 32, or one for a short text."""
    parts = [signature.exact]
    if signature.minima:
        width = len(signature.minima) // BANDS
        parts = [signature.minima[at * width : (at + 1) * width] for at in range(BANDS)]
    return tuple(
        int.from_bytes(hashlib.blake2b(part, digest_size=8, key=f"{signature.scheme}/{at}".encode()).digest(), "little")
        for at, part in enumerate(parts)
    )


def similarity(a: Signature, b: Signature) -> float:
    """The estimated share of shingles in common, 0..1 (standard error at most 0.044)."""
    if a.scheme != b.scheme:
        return 0.0
    if a.exact == b.exact:
        return 1.0
    if not (a.minima and b.minima):
        return 0.0
    ours, theirs = memoryview(a.minima).cast("I"), memoryview(b.minima).cast("I")
    return sum(map(int.__eq__, ours, theirs)) / PERMUTATIONS


def relation(a: Signature, b: Signature) -> Relation:
    """How alike two texts are. The order does not matter."""
    return _relation(a, b, similarity(a, b))


def _relation(a: Signature, b: Signature, common: float) -> Relation:
    if common >= SAME:
        return Relation.SAME
    if common >= DERIVED / 2 and min(a.size, b.size) <= SAME * max(a.size, b.size):
        shared = common / (1 + common) * (a.size + b.size)
        if shared >= CONTAINED * min(a.size, b.size):
            return Relation.CUT
    return Relation.DERIVED if common >= DERIVED else Relation.NONE


def find_copies(new: Sequence[Carried], known: Iterable[Carried]) -> list[Copy]:
    """Which of the ``new`` stories are copies of ``known`` ones, or of each other.

    ``known`` are the stories of the last ``LOOK_BACK`` before the new ones; how far back is the caller's choice. A
    copy of a copy counts as a copy of the first. Among the new ones the one published first is the first; a known
    story stays the first of its group even where a new one turns out to have been published before it.
    """
    keys = {story.story_id: bands(story.signature) for story in new}
    wanted = {key for story_keys in keys.values() for key in story_keys}
    index: dict[int, list[Carried]] = {}
    fresh = set(keys)
    for story in known:
        if story.story_id not in fresh:
            for key in bands(story.signature):
                if key in wanted:
                    index.setdefault(key, []).append(story)
    found: list[Copy] = []
    for story in sorted(new, key=lambda s: (s.published is None, s.published, s.story_id.hex)):
        candidates = {other.story_id: other for key in keys[story.story_id] for other in index.get(key, ())}
        best = _best(story, candidates.values())
        if best is not None:
            found.append(best)
            story = Carried(story.story_id, story.signature, story.published, best.copy_of)
        for key in keys[story.story_id]:
            index.setdefault(key, []).append(story)
    return found


def _best(story: Carried, candidates: Iterable[Carried]) -> Copy | None:
    best: tuple[float, str] | None = None
    copy = None
    for other in candidates:
        common = similarity(story.signature, other.signature)
        kind = _relation(story.signature, other.signature, common)
        # The most alike; of several the one that is no copy itself, then by id, so that the order does not matter.
        rank = (common - 1e-6 * (other.copy_of is not None), other.story_id.hex)
        if kind is not Relation.NONE and (best is None or rank > best):
            best = rank
            copy = Copy(story.story_id, other.copy_of or other.story_id, kind, round(common, 4))
    return copy


def same_utterance(a: Statement, b: Statement) -> bool:
    """Do two statements report one utterance? In doubt, no."""
    return likeness(a, b) > 0


def likeness(a: Statement, b: Statement) -> float:
    """How alike two reports of one utterance are, up to 1; 0 where they are not of one utterance.

    ``said_to`` of an undated statement may hold the publication day, with ``date_basis`` PUBLISHED or NONE: it was
    then said on that day or one of the two before. Without any day only long quotations tell. Statements of one story,
    and those of anonymous sources, are never joined.
    """
    if a.story_id == b.story_id:
        return 0.0
    days = _days(a), _days(b)
    dated = days[0] is not None and days[1] is not None
    if days[0] is not None and days[1] is not None and (days[0][0] > days[1][1] or days[1][0] > days[0][1]):
        return 0.0
    if not _same_speaker(a, b):
        return 0.0
    ours, theirs = _content(a.content), _content(b.content)
    if ours.negated != theirs.negated or not (ours.numbers <= theirs.numbers or theirs.numbers <= ours.numbers):
        return 0.0
    shared = len(ours.telling & theirs.telling)
    if shared < LEAST_IN_COMMON:
        return 0.0
    run = _longest_run(ours.words, theirs.words)
    telling = len({word for word in run if word not in _common()})
    smaller = min(len(ours.telling), len(theirs.telling)) or 1
    quoted = Form.INDIRECT not in (a.form, b.form)
    alike = (
        telling >= 8
        or (dated and telling >= (3 if quoted else 5) and len(run) >= 6)
        # What the shorter one has of its own parts two statements on one matter: "exports of sea drones" and
        # "production of interceptors" may share all other words.
        or (dated and shared >= 5 and smaller - shared <= 1)
        or (dated and shared >= 8 and smaller - shared <= 2)
        or (dated and len(ours.telling | theirs.telling) == shared)
    )
    return round(max(shared / smaller, len(run) / min(len(ours.words), len(theirs.words))), 4) if alike else 0.0


class Utterances:
    """Known utterances, to which new statements are joined one by one."""

    def __init__(self) -> None:
        self.reports: dict[UUID, list[Statement]] = {}
        self._by_word: dict[tuple[str, str], list[UUID]] = {}  # (speaker, telling word) -> utterances

    def add(self, utterance: UUID, statement: Statement) -> None:
        """Book a statement as a report of an utterance."""
        self.reports.setdefault(utterance, []).append(statement)
        for key in _speaker_keys(statement):
            for word in _content(statement.content).telling:
                self._by_word.setdefault((key, word), []).append(utterance)

    def find(self, statement: Statement) -> UUID | None:
        """The utterance that a statement reports: the one most of whose reports it is like, and at least half of
        them. None where it is the first report."""
        # Only utterances of the same speaker that share words enough to be alike are compared: the rest is most.
        common = Counter(
            utterance
            for key in _speaker_keys(statement)
            for word in sorted(_content(statement.content).telling)
            for utterance in self._by_word.get((key, word), ())
        )
        best, most = None, 0
        for utterance in (one for one, words in common.items() if words >= LEAST_IN_COMMON):
            reports = self.reports[utterance]
            count = sum(same_utterance(report, statement) for report in reports)
            if count > most and 2 * count >= len(reports):
                best, most = utterance, count
        return best


def _speaker_keys(statement: Statement) -> list[str]:
    return [key for key in (statement.actor_id, _surname(statement)) if key]


@dataclass(frozen=True, slots=True)
class _Content:
    """The words of a statement's content, as they are compared."""

    words: list[str]
    telling: frozenset[str]  # stems of the words that do not stand everywhere, and the numbers
    numbers: frozenset[str]
    negated: bool


@lru_cache(maxsize=16_384)
def _content(text: str) -> _Content:
    words = _words(text)
    plain = [word.removesuffix("'s") for word in words]
    digits = _numbers()
    numbers = frozenset(digits.get(word, word) for word in plain if word in digits or word[0].isdigit())
    stems = frozenset(_stem(word) for word in plain if word not in _common())
    return _Content(words, stems | numbers, numbers, any(word in _negations() for word in plain))


def _same_speaker(a: Statement, b: Statement) -> bool:
    if SpeakerKind.ANONYMOUS in (a.speaker_kind, b.speaker_kind):
        return False
    if a.actor_id and b.actor_id:
        return a.actor_id == b.actor_id
    ours, theirs = _name(a.speaker_name), _name(b.speaker_name)
    return bool(ours and theirs) and ours[-1] == theirs[-1] and (set(ours) <= set(theirs) or set(theirs) <= set(ours))


@lru_cache(maxsize=4096)
def _name(name: str) -> tuple[str, ...]:
    return tuple(_words(name))


def _surname(statement: Statement) -> str:
    words = _name(statement.speaker_name)
    return words[-1] if words and statement.speaker_kind is not SpeakerKind.ANONYMOUS else ""


def _days(statement: Statement) -> tuple[date, date] | None:
    if statement.said_to is None:
        return None
    if statement.date_basis in (DateBasis.PUBLISHED, DateBasis.NONE):
        return statement.said_to - timedelta(days=2), statement.said_to
    first = statement.said_from or statement.said_to
    # "in 2023" is no day on which two reports could agree.
    return (first, statement.said_to) if statement.said_to - first <= timedelta(days=7) else None


def _longest_run(ours: list[str], theirs: list[str]) -> list[str]:
    """The longest run of words that both have, stock phrases not counted."""
    longest = SequenceMatcher(None, ours, theirs, autojunk=False).find_longest_match()
    run = ours[longest.a : longest.a + longest.size]
    text = f" {' '.join(run)} "
    for phrase in _stock():
        text = text.replace(f" {phrase} ", " ")
    return text.split()


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= (3 if ending == "s" else 4) and not word.endswith("ss"):
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e") if len(word) > 4 else word


@cache
def _numbers() -> Mapping[str, str]:
    return dict(_lists()["numbers"])


@cache
def _common() -> frozenset[str]:
    return frozenset(str(_lists()["common"]).split())


@cache
def _negations() -> frozenset[str]:
    return frozenset(str(_lists()["negations"]).split())


@cache
def _stock() -> tuple[str, ...]:
    return tuple(sorted((" ".join(_words(phrase)) for phrase in _lists()["stock"]), key=len, reverse=True))


def strip(text: str) -> str:
    """The text without bylines, agency marks, copyright lines and the like."""
    whole, openings, closings = _marks()
    lines = [line.strip() for line in text.splitlines()]
    text = "\n".join(line for line in lines if line and not (len(line) < 240 and whole.fullmatch(line)))
    for pattern in openings:
        text = pattern.sub("", text, count=1)
    for pattern in closings:
        text = pattern.sub("", text, count=1)
    return text


@cache
def _lists() -> Mapping[str, Any]:
    return tomllib.loads((files("extractors.lexicons") / "copies.toml").read_text(encoding="utf-8"))


@cache
def _marks() -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...], tuple[re.Pattern[str], ...]]:
    lists = _lists()
    return (
        re.compile("|".join(f"(?:{line})" for line in lists["lines"])),
        tuple(re.compile(rf"\A(?:{opening})") for opening in lists["openings"]),
        tuple(re.compile(closing) for closing in lists["closings"]),
    )


_WORD = re.compile(r"\w+(?:'\w+)*")


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("ʼ", "'"))
