"""Boosted regression trees in numpy: what a trained ranking or classifier is once training is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Trees:
    """All trees' nodes in one run of arrays. A leaf is its own child on both sides, so that rows that have arrived
    wait there until the deepest has."""

    feature: Integers
    threshold: Floats
    low: Integers  # the node for values up to the threshold
    high: Integers
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
            low=whole("low"),
            high=whole("high"),
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
        at = np.broadcast_to(self.roots, (len(table), len(self.roots)))
        for _ in range(self.depth):
            low = np.take_along_axis(table, self.feature[at], axis=1) <= self.threshold[at]
            at = np.where(low, self.low[at], self.high[at])
        return np.asarray(self.value[at].sum(axis=1) + self.base, dtype=np.float32)
