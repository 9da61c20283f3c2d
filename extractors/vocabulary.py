"""What is known of words by themselves, before any story is read: which are common, and which are used alike.

The vectors were learnt from the company that words keep in six billion words of text (GloVe: Pennington, Socher,
Manning, EMNLP 2014), so that what the network learns of "shelled" holds for "bombarded". lexicons/MODEL.md tells where
they come from; benchmarks/word_vectors.py makes the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

FILE = "vectors.npz"
SIZE = 24
"""Numbers in a word's vector."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    codes: Mapping[str, int]
    """Of the most common words, from 1; all others share 0."""
    places: Mapping[str, int]
    """Of each word that has a vector: its row in ``table``."""
    table: NDArray[np.float32]
    """A row a word, SIZE columns, and a last row for all other words."""

    def code(self, word: str) -> int:
        return self.codes.get(word, 0)

    def vectors(self, words: Sequence[str]) -> NDArray[np.float32]:
        """A row a word. Words in small letters."""
        other = len(self.places)
        return self.table[[self.places.get(word, other) for word in words]]


def vocabulary_of(common: Sequence[str]) -> Vocabulary:
    """With these words as the most common ones, and the vectors that travel with the package."""
    return Vocabulary({word: code for code, word in enumerate(common, 1)}, *_read())


def is_listed(word: str) -> bool:
    """Is it one of the words that have a vector, the most frequent of English? In small letters."""
    return word in _read()[0]


def listed_vectors(words: Sequence[str]) -> NDArray[np.float32]:
    """A row a word, SIZE columns. Raises KeyError for a word that is not listed."""
    places, table = _read()
    return table[[places[word] for word in words]] if words else table[:0]


@cache
def _read() -> tuple[dict[str, int], NDArray[np.float32]]:
    """The rows by word, and the table. Read once a process."""
    with files("extractors.lexicons").joinpath(FILE).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        words = arrays["words"].tobytes().decode().split("\n")
        return {word: row for row, word in enumerate(words)}, arrays["values"] * arrays["steps"]
