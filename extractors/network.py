"""A small network that reads the words around a cue: which of them it reports, who said them, whether it reports.

Each word comes as the sum of what was learnt for its views (extractors.windows) and of the parser's vector of it; three
layers then let every word see its neighbours; small heads score each alternative for the content, each word as part of
the source, and the cue itself. ``forward`` is written for numpy and for jax.numpy alike, so that the code that predicts
is the code that was trained (benchmarks/train_network.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractors.contents import Alternative
from extractors.windows import CUE_VIEWS, OWN_VIEWS, Window

Array = Any  # of numpy or jax
Floats = NDArray[np.float32]
Weights = Mapping[str, Array]

STEPS = (1, 2, 4)
"""How far each layer's neighbours stand."""
MOST = 50
"""Alternatives of one cue that are scored, from the first."""
NARROWEST = 8
"""Words: the least width of a batch, so that every layer has neighbours to look at."""
PLACES = ("after", "before", "around")
END_KINDS = 24
_TOGETHER = 64
"""Cues that go through the network together, of like width."""


@dataclass(frozen=True, slots=True)
class Question:
    """A cue with its window, its own numbers, and the alternatives for its content with their rates."""

    window: Window
    kind: int
    cue_row: Sequence[float]
    contents: Sequence[Alternative]
    rates: Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Answer:
    contents: Floats  # log odds of each alternative against the others
    source: Floats  # log odds of each word of the window
    first: int  # the window's first word
    reports: float  # log odds that the cue reports a statement


Batch = dict[str, NDArray[Any]]


def batch(questions: Sequence[Question], width: int, most: int = MOST) -> Batch:
    """The questions as arrays: cues × ``width`` words × ..., windows from their first word on, then blank."""
    count = len(questions)
    views = len(OWN_VIEWS) + len(CUE_VIEWS)
    made: Batch = {
        "vectors": np.zeros((count, width, questions[0].window.vectors.shape[1]), np.float32),
        "codes": np.zeros((count, views, width), np.int32),
        "mask": np.zeros((count, width), np.float32),
        "at": np.zeros(count, np.int32),
        "kind": np.array([each.kind for each in questions], np.int32),
        "cue_row": np.array([each.cue_row for each in questions], np.float32),
        "edges": np.zeros((count, most, 4), np.int32),
        "shapes": np.zeros((count, most, 3), np.int32),
        "rates": np.zeros((count, most, 2), np.float32),
        "offered": np.zeros((count, most), np.float32),
    }
    for nth, each in enumerate(questions):
        seen = each.window.last - each.window.first
        made["vectors"][nth, :seen] = each.window.vectors
        made["codes"][nth, :, :seen] = each.window.codes
        made["mask"][nth, :seen] = 1
        made["at"][nth] = each.window.at
        few = min(most, len(each.contents))
        for place, content in enumerate(each.contents[:few]):
            (first, last), (again, end) = content.ranges[0], content.ranges[-1]
            again = again if len(content.ranges) > 1 else end
            made["edges"][nth, place] = (first, last, again, end)
            shape = PLACES.index(content.place), content.start_kind, min(content.end_kind, END_KINDS - 1)
            made["shapes"][nth, place] = shape
        made["edges"][nth] = np.clip(made["edges"][nth] - each.window.first, 0, seen)
        if few:
            made["rates"][nth, :few] = each.rates[:few]
        made["offered"][nth, :few] = 1
    return made


def _same(values: Array, nth: int) -> Array:
    return values


def forward(xp: Any, weights: Weights, seen: Batch, drop: Callable[[Array, int], Array] = _same) -> dict[str, Array]:
    """Scores of alternatives, log odds of words (content, source) and of cues. ``drop``: for training, by chance."""
    w = weights
    count = len(seen["mask"])
    rows = xp.arange(count)
    vectors = (seen["vectors"] - w["vector.mean"]) / w["vector.spread"]
    cue = drop(vectors[rows, seen["at"]], 0) @ w["cue.vector"] + w["cue.kind"][seen["kind"]] + w["bias"]
    word = drop(vectors, 1) @ w["vector"] + cue[:, None]
    for nth, view in enumerate((*OWN_VIEWS, *CUE_VIEWS)):
        word = word + w[f"view.{view}"][seen["codes"][:, nth]]
    mask = seen["mask"][:, :, None]
    word = xp.maximum(word, 0) * mask
    for nth, step in enumerate(STEPS):
        dropped = drop(word, 2 + nth)
        blank = xp.zeros((count, step, word.shape[2]), dtype=word.dtype)
        left = xp.concatenate([blank, dropped[:, :-step]], 1)
        right = xp.concatenate([dropped[:, step:], blank], 1)
        mixed = left @ w[f"layer{nth}.left"] + dropped @ w[f"layer{nth}.here"] + right @ w[f"layer{nth}.right"]
        word = (word + xp.maximum(mixed + w[f"layer{nth}.bias"], 0)) * mask
    odds = drop(word, 5) @ w["words"] + w["words.bias"]  # content, source

    share = mask / (1 + xp.exp(-odds))
    parts = [(word * share[:, :, n : n + 1]).sum(1) / (share[:, :, n : n + 1].sum(1) + 0.5) for n in (0, 1)]
    known = (seen["cue_row"] - w["cue_row.mean"]) / w["cue_row.spread"]
    told = xp.concatenate([word[rows, seen["at"]], *parts], 1) @ w["reports.words"] + known @ w["reports.cue"]
    reports = drop(xp.maximum(told + w["reports.bias"], 0), 6) @ w["reports.out"] + w["reports.out.bias"]

    first, last, again, end = (seen["edges"][:, :, n] for n in range(4))
    counted = seen["mask"]
    said = _sums(xp, odds[:, :, 0] * counted)
    words = _sums(xp, counted)
    unsaid = (xp.logaddexp(0, odds[:, :, 0]) * counted).sum(1)[:, None]
    inside = _between(xp, said, first, last) + _between(xp, said, again, end)
    size = _between(xp, words, first, last) + _between(xp, words, again, end)
    facts = xp.stack(
        [
            (inside - unsaid) / 10,
            (inside - unsaid) / xp.maximum(size, 1),
            inside / xp.maximum(size, 1),
            xp.log1p(size),
        ],
        2,
    )
    edge = xp.pad(word, ((0, 0), (1, 1), (0, 0)))
    closing = xp.where(end > again, end, last)
    scored = (
        _at(xp, edge, first + 1) @ w["edge.first"]
        + _at(xp, edge, first) @ w["edge.before"]
        + _at(xp, edge, closing) @ w["edge.last"]
        + _at(xp, edge, closing + 1) @ w["edge.behind"]
        + facts @ w["edge.facts"]
        + seen["rates"] @ w["edge.rates"]
        + w["edge.bias"]
    )
    for nth, shape in enumerate(("place", "start", "end")):
        scored = scored + w[f"edge.{shape}"][seen["shapes"][:, :, nth]]
    scored = drop(xp.maximum(scored, 0), 7) @ w["edge.hidden"] + w["edge.hidden.bias"]
    contents = (xp.maximum(scored, 0) @ w["edge.out"])[:, :, 0]
    return {"contents": contents, "content": odds[:, :, 0], "source": odds[:, :, 1], "reports": reports[:, 0]}


def _sums(xp: Any, values: Array) -> Array:
    return xp.pad(xp.cumsum(values, 1), ((0, 0), (1, 0)))


def _between(xp: Any, sums: Array, first: Array, last: Array) -> Array:
    return xp.take_along_axis(sums, last, 1) - xp.take_along_axis(sums, first, 1)


def _at(xp: Any, rows: Array, places: Array) -> Array:
    return xp.take_along_axis(rows, places[:, :, None], 1)


@dataclass(frozen=True, slots=True)
class Network:
    weights: Mapping[str, Floats]

    @classmethod
    def read(cls, arrays: Mapping[str, NDArray[np.generic]], name: str) -> Network:
        """From the arrays ``name.…`` of an opened npz file."""
        start = f"{name}."
        return cls({key.removeprefix(start): arrays[key].astype(np.float32) for key in arrays if key.startswith(start)})

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """The answer to each question, in order."""
        answers: dict[int, Answer] = {}
        for together in self._alike(questions):
            asked = [questions[nth] for nth in together]
            width = max(NARROWEST, *(each.window.last - each.window.first for each in asked))
            most = min(MOST, max(len(each.contents) for each in asked))
            found = forward(np, self.weights, batch(asked, width, max(most, 1)))
            for row, (nth, question) in enumerate(zip(together, asked, strict=True)):
                seen = question.window.last - question.window.first
                answers[nth] = Answer(
                    found["contents"][row, : min(most, len(question.contents))],
                    found["source"][row, :seen],
                    question.window.first,
                    float(found["reports"][row]),
                )
        return [answers[nth] for nth in range(len(questions))]

    @staticmethod
    def _alike(questions: Sequence[Question]) -> Iterator[list[int]]:
        order = sorted(range(len(questions)), key=lambda nth: questions[nth].window.last - questions[nth].window.first)
        for first in range(0, len(order), _TOGETHER):
            yield order[first : first + _TOGETHER]
