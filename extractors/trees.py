"""Boosted regression trees in numpy: what a trained ranking or classifier is once training is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]

_ROWS = 4096
"""Rows summed at a time, so that memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Trees:
    """All trees' nodes in one run of arrays. A leaf is its own child on both sides, so that rows that have arrived
    wait there until the deepest has."""

    feature: Integers
    threshold: Floats
    children: Integers  # of node n: at 2n for values up to the threshold, at 2n + 1 for those above
    value: Floats
    roots: Integers
    base: float
    depth: int

    @classmethod
    def read(cls, arrays: Mapping[str, NDArray[np.generic]], name: str) -> Trees:
        """From the arrays ``name.feature``, ``name.threshold`` … of an opened npz file."""

        def whole(part: str) -> Integers:
            return arrays[f"{name}.{part}"].astype(np.int32)

        def real(part: str) -> Floats:
            return arrays[f"{name}.{part}"].astype(np.float32)

        base, depth = arrays[f"{name}.base"].astype(np.float64)
        return cls(
            feature=whole("feature"),
            threshold=real("threshold"),
            children=np.stack([whole("low"), whole("high")], axis=1).ravel(),
            value=real("value"),
            roots=whole("roots"),
            base=float(base),
            depth=int(depth),
        )

    def predict(self, rows: Sequence[Sequence[float]] | Floats) -> Floats:
        """The sum of the trees for each row, in the units that they were trained in (log odds for a classifier)."""
        table = np.asarray(rows, dtype=np.float32)
        if not len(table):
            return np.zeros(0, dtype=np.float32)
        parts = [self._sum(table[first : first + _ROWS]) for first in range(0, len(table), _ROWS)]
        return np.concatenate(parts) + np.float32(self.base)

    def _sum(self, table: Floats) -> Floats:
        flat = table.ravel()
        rows = (np.arange(len(table), dtype=np.int32) * table.shape[1])[:, None]
        at = np.repeat(self.roots[None, :], len(table), axis=0)
        for _ in range(self.depth):
            high = flat.take(rows + self.feature.take(at)) > self.threshold.take(at)
            at = self.children.take(2 * at + high)
        return np.asarray(self.value.take(at).sum(axis=1), dtype=np.float32)
