"""What the network sees of a paragraph around a cue: for each word near it, what it is and how it lies to the cue.

All are small whole numbers, by which the network looks up what it has learnt; the parser's own vector of the word,
which knows its neighbours, stands beside them. The codes are a part of the trained file: change one, and train again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.candidates import Candidate
from extractors.cues import lexicon
from extractors.features import DEPS, POS
from extractors.words import NONE, Words

BEFORE, AFTER = 48, 80
"""Words on the two sides of a cue that are looked at: contents that reach farther are left to the rules."""
WIDTH = BEFORE + AFTER
VECTOR = 96
"""Numbers in the parser's vector of a word."""

_TAG_NAMES = """VBD VBZ VBP VB VBG VBN MD NN NNS NNP NNPS PRP PRP$ DT IN CC CD JJ JJR JJS RB RBR RBS RP TO WDT WP WP$
WRB EX FW PDT POS UH SYM HYPH NFP ADD AFX $ `` '' , . : -LRB- -RRB- _SP"""
_FORM_GROUPS = """, ; : -|–|—|-- .|?|! that and but as who|which on in to while|when after because if he she they it
i|we|you ( ) by with for of about at from or"""
_TAGS = {tag: code for code, tag in enumerate(_TAG_NAMES.split(), 1)}
_FORM_WORDS = {word: code for code, group in enumerate(_FORM_GROUPS.split(), 1) for word in group.split("|")}
_DEPS = len(DEPS) + 1
_BELOW, _SELF, _UNDER, _OVER = _DEPS + 1, _DEPS + 2, _DEPS + 4, _DEPS + 10
_LONGEST_CHAIN = 12

SIZES = {
    "pos": len(POS) + 2,
    "dep": _DEPS + 1,
    "tag": len(_TAGS) + 2,
    "quote": 4,
    "cue": 2,
    "form": len(set(_FORM_WORDS.values())) + 2,
    "branch": _DEPS + 16,
    "twig": _DEPS + 2,
    "distance": 32,
    "sentence": 5,
    "same_quote": 3,
    "own": 2,
}
"""How many codes each view has. The first six are the word's own, the others tell how it lies to the cue."""
OWN_VIEWS, CUE_VIEWS = tuple(SIZES)[:6], tuple(SIZES)[6:]

Codes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Views:
    """A paragraph's words by their own views, and what the views of a cue are made of."""

    own: Codes  # a row a view of OWN_VIEWS, a column a word
    sentence: NDArray[np.int32]
    quoted: NDArray[np.int32]
    vectors: NDArray[np.float32]  # a row a word


@dataclass(frozen=True, slots=True)
class Window:
    """The words ``first`` to ``last`` of a paragraph as one cue sees them."""

    first: int
    last: int
    at: int  # the cue's place in the window
    codes: Codes  # a row a view of SIZES, a column a word
    vectors: NDArray[np.float32]


def views(words: Words) -> Views:
    """What each word of a paragraph is by itself, for all cues of the paragraph."""
    count = words.count
    quoted = np.array(words.quoted, dtype=np.int32)
    marks = np.zeros(count, dtype=bool)
    for at in np.flatnonzero(quoted != NONE).tolist():
        marks[at] = words.is_mark(at)
    opening = marks & (quoted != np.concatenate([[NONE], quoted[:-1]]))
    quote = np.where(quoted == NONE, 0, np.where(opening, 3, np.where(marks, 2, 1)))
    forms = lexicon().forms
    own = np.array(
        [
            [POS.get(each, len(POS) + 1) for each in words.pos],
            [DEPS.get(each, len(DEPS)) for each in words.dep],
            [_TAGS.get(each, 0) for each in words.tag],
            quote,
            [each in forms for each in words.lower],
            [_FORM_WORDS.get(each, 0) for each in words.lower],
        ],
        dtype=np.uint8,
    )
    return Views(own, np.array(words.sentence, dtype=np.int32), quoted, words.vectors)


def window(words: Words, seen: Views, candidate: Candidate) -> Window:
    """The paragraph's words around a cue, each with its own views and with how it lies to the cue."""
    at = candidate.at
    first, last = max(0, at - BEFORE), min(words.count, at + AFTER)
    branch, twig = _branches(words, seen, at)
    apart = np.arange(first, last) - at
    own = np.zeros(words.count, dtype=np.uint8)
    own[candidate.before : candidate.after] = 1
    quoted = seen.quoted[first:last]
    relative = np.stack(
        [
            branch[first:last],
            twig[first:last],
            _distance(apart),
            np.clip(seen.sentence[first:last] - seen.sentence[at], -2, 2) + 2,
            np.where(quoted == NONE, 0, np.where(quoted == seen.quoted[at], 1, 2)),
            own[first:last],
        ]
    ).astype(np.uint8)
    codes = np.concatenate([seen.own[:, first:last], relative])
    return Window(first, last, at - first, codes, seen.vectors[first:last])


def _branches(words: Words, seen: Views, at: int) -> tuple[Codes, Codes]:
    """By which of the cue's kids each word hangs on it, and by which of theirs (labels); above the cue, how far up."""
    branch = np.zeros(words.count, dtype=np.uint8)
    twig = np.zeros(words.count, dtype=np.uint8)
    labels = seen.own[1]
    chain = []
    up = at
    for _ in range(_LONGEST_CHAIN):
        if words.head[up] == up:
            break
        up = words.head[up]
        chain.append(up)
    for step in range(len(chain) - 1, -1, -1):
        branch[words.left[chain[step]] : words.right[chain[step]] + 1] = _UNDER + min(step, 5)
    branch[words.left[at] : words.right[at] + 1] = _BELOW
    for kid in words.kids[at]:
        branch[words.left[kid] : words.right[kid] + 1] = labels[kid] + 1
        for below in words.kids[kid]:
            twig[words.left[below] : words.right[below] + 1] = labels[below] + 1
    branch[at] = _SELF
    for step, above in enumerate(chain):
        branch[above] = _OVER + min(step, 3)
    return branch, twig


def _distance(apart: NDArray[np.int64]) -> NDArray[np.int64]:
    """Distances in words in ever wider steps, those before the cue behind those after it."""
    far = np.abs(apart)
    steps = _STEPS[np.minimum(far, len(_STEPS) - 1)]
    return np.where(apart < 0, steps + 16, steps)


_WIDENING = ((1, 9), (4, 2), (8, 2), (16, 2))
"""Steps of so many words each, and how many of them."""
_STEPS = np.repeat(np.arange(16), [width for width, count in (*_WIDENING, (1, 1)) for _ in range(count)])
