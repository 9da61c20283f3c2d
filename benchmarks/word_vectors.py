"""Make the word vectors that extractors.vocabulary reads from the GloVe vectors of six billion words.

    python -m benchmarks.word_vectors glove.6B.50d.txt

The file has a word and 50 numbers a line, the most frequent word first. Kept are the first 30,000 words, turned to
their 24 main axes and rounded to a byte a number; the row behind them, for all other words, is the mean of the rarer
half. The vectors are in the public domain (Open Data Commons PDDL 1.0).
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractors.vocabulary import FILE, SIZE

WORDS = 30_000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("glove", type=Path)
    options.add_argument("--out", type=Path, default=Path("extractors/lexicons") / FILE)
    chosen = options.parse_args()
    words, table = read(chosen.glove)
    turned = main_axes(table)
    whole = np.concatenate([turned, turned[len(turned) // 2 :].mean(axis=0, keepdims=True)])
    steps = (np.abs(whole).max(axis=0) / 127).astype(np.float32)
    np.savez_compressed(
        chosen.out,
        words=np.frombuffer("\n".join(words).encode(), dtype=np.uint8),
        values=np.round(whole / steps).astype(np.int8),
        steps=steps,
    )


def read(glove: Path) -> tuple[list[str], NDArray[np.float32]]:
    """The first WORDS words of a file, and a row of numbers for each."""
    with glove.open(encoding="utf-8") as file:
        lines = [line.rstrip("\n").split(" ") for line in islice(file, WORDS)]
    return [word for word, *_ in lines], np.array([row for _, *row in lines], dtype=np.float32)


def main_axes(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows around their mean, turned to the SIZE axes along which they differ most."""
    middle = table - table.mean(axis=0)
    _, _, axes = np.linalg.svd(middle, full_matrices=False)
    turned: NDArray[np.float32] = middle @ axes[:SIZE].T
    return turned


if __name__ == "__main__":
    main()
