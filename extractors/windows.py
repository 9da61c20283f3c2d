"""What the network sees of a paragraph around a cue: for each word near it, what it is and how it lies to the cue.

All are small whole numbers, by which the network looks up what it has learnt. Beside them stand the parser's own vector
of the word, which knows its neighbours, and that of extractors.vocabulary, which knows what it means elsewhere. The
codes are a part of the trained file: change one, and train again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.candidates import Candidate
from extractors.cues import lexicon
from extractors.features import DEPS, POS
from extractors.vocabulary import SIZE, Vocabulary
from extractors.words import NONE, Words

BEFORE, AFTER = 48, 80
"""Words on the two sides of a cue that are looked at: contents that reach farther are left to the rules."""
WIDTH = BEFORE + AFTER
VECTOR = 96 + SIZE
"""Numbers in the parser's vector of a word and the vocabulary's."""

_TAG_NAMES = """VBD VBZ VBP VB VBG VBN MD NN NNS NNP NNPS PRP PRP$ DT IN CC CD JJ JJR JJS RB RBR RBS RP TO WDT WP WP$
WRB EX FW PDT POS UH SYM HYPH NFP ADD AFX $ `` '' , . : -LRB- -RRB- _SP"""
_TAGS = {tag: code for code, tag in enumerate(_TAG_NAMES.split(), 1)}
_DEPS = len(DEPS) + 1
_BELOW, _SELF, _UNDER, _OVER = _DEPS + 1, _DEPS + 2, _DEPS + 4, _DEPS + 10
_LONGEST_CHAIN = 12
KNOWN_WORDS = 800
"""Common words that have a code of their own in the view "word", from 1; all others share 0."""

SIZES = {
    "pos": len(POS) + 2,
    "dep": _DEPS + 1,
    "tag": len(_TAGS) + 2,
    "quote": 4,
    "cue": 2,
    "word": KNOWN_WORDS + 1,
    "branch": _DEPS + 16,
    "twig": _DEPS + 2,
    "distance": 32,
    "setting": 30,
}
"""How many codes each view has. The first six are the word's own, the others tell how it lies to the cue."""
OWN_VIEWS, CUE_VIEWS = tuple(SIZES)[:6], tuple(SIZES)[6:]

Codes = NDArray[np.uint8 | np.uint16]


@dataclass(frozen=True, slots=True)
class Views:
    """A paragraph's words by their own views, and what the views of a cue are made of."""

    own: Codes  # a row a word, a column a view of OWN_VIEWS
    sentence: NDArray[np.int32]
    quoted: NDArray[np.int32]
    vectors: NDArray[np.float32]  # a row a word


@dataclass(frozen=True, slots=True)
class Window:
    """The words of a paragraph from ``first`` on as one cue sees them."""

    views: Views  # of the whole paragraph
    first: int
    at: int  # the cue's place in the window
    codes: Codes  # a row a word of the window, a column a view of CUE_VIEWS


def views(words: Words, vocabulary: Vocabulary) -> Views:
    """What each word of a paragraph is by itself, for all cues of the paragraph."""
    count = words.count
    quoted = np.array(words.quoted[:count], dtype=np.int32)
    marks = np.zeros(count, dtype=bool)
    for at in np.flatnonzero(quoted != NONE).tolist():
        marks[at] = words.is_mark(at)
    opening = marks & (quoted != np.concatenate([[NONE], quoted[:-1]]))
    quote = np.where(quoted == NONE, 0, np.where(opening, 3, np.where(marks, 2, 1)))
    forms = lexicon().forms
    own = np.array(
        [
            [POS.get(each, len(POS) + 1) for each in words.pos[:count]],
            [DEPS.get(each, len(DEPS)) for each in words.dep[:count]],
            [_TAGS.get(each, 0) for each in words.tag[:count]],
            quote,
            [each in forms for each in words.lower[:count]],
            [vocabulary.code(each) for each in words.lower[:count]],
        ],
        dtype=np.uint16,
    )
    vectors = np.concatenate([words.vectors, vocabulary.vectors(words.lower[:count])], axis=1)
    return Views(own.T, np.array(words.sentence, dtype=np.int32), quoted, vectors)


def window(words: Words, seen: Views, candidate: Candidate) -> Window:
    """The paragraph's words around a cue: how each lies to the cue."""
    at = candidate.at
    first, last = max(0, at - BEFORE), min(words.count, at + AFTER)
    branch, twig = _branches(words, seen, at)
    sentence = np.clip(seen.sentence[first:last] - seen.sentence[at], -2, 2) + 2
    quoted = seen.quoted[first:last]
    speech = np.where(quoted == NONE, 0, np.where(quoted == seen.quoted[at], 1, 2))
    setting = (sentence * 3 + speech) * 2
    setting[max(candidate.before - first, 0) : candidate.after - first] += 1  # the cue's own clause
    distance = _DISTANCES[BEFORE + first - at : BEFORE + last - at]
    codes = np.stack([branch[first:last], twig[first:last], distance, setting], 1).astype(np.uint8)
    return Window(seen, first, at - first, codes)


def _branches(words: Words, seen: Views, at: int) -> tuple[Codes, Codes]:
    """By which of the cue's kids each word hangs on it, and by which of theirs (labels); above the cue, how far up."""
    branch = np.zeros(words.count, dtype=np.uint8)
    twig = np.zeros(words.count, dtype=np.uint8)
    labels = seen.own[:, 1]
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


def _distances() -> Codes:
    """Of each distance from a cue, from BEFORE words before it on: its step, in ever wider steps."""
    widening = ((1, 9), (4, 2), (8, 2), (16, 2), (AFTER, 1))  # steps of so many words each, and how many of them
    steps = np.repeat(np.arange(16), [width for width, count in widening for _ in range(count)])
    return np.concatenate([steps[BEFORE:0:-1] + 16, steps[:AFTER]]).astype(np.uint8)


_DISTANCES = _distances()
