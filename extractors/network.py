"""A small network that reads the words around a cue: which of them it reports, who said them, whether it reports.

Each word comes as the sum of what was learnt for its views (extractors.windows) and of the parser's vector of it; three
layers then let every word see its neighbours; small heads score each alternative for the content, each word as part of
the source, and the cue itself. ``own_states`` and ``forward`` are written for numpy and for jax.numpy alike, so that
the code that predicts is the code that was trained (benchmarks/train_network.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractors.contents import PLACES, Alternative
from extractors.windows import CUE_VIEWS, OWN_VIEWS, Window

Array = Any  # of numpy or jax
Floats = NDArray[np.float32]
Weights = Mapping[str, Array]

STEPS = (1, 2, 4)
"""How far each layer's neighbours stand."""
BLANK = max(STEPS)
"""Blank words behind each window, so that no layer sees from one window into the next."""
MOST = 50
"""Alternatives of one cue that are scored, from the first."""
END_KINDS = 24
_TOGETHER = 32
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
    contents: list[float]  # log odds of each alternative against the others
    source: list[float]  # log odds of each word of the window
    first: int  # the window's first word
    reports: float  # log odds that the cue reports a statement

    @property
    def best(self) -> int:
        """Which of the alternatives is the content; the first of equals."""
        return self.contents.index(max(self.contents))


Batch = dict[str, NDArray[Any]]


def batch(questions: Sequence[Question], width: int) -> Batch:
    """The questions as arrays: cues × ``width`` words, each window from its first word on, then blank; alternatives of
    all cues in one row, each with the number of its cue as ``owner``."""
    count = len(questions)
    codes = np.zeros((count, width, len(CUE_VIEWS)), np.uint8)
    mask = np.zeros((count, width), np.float32)
    for nth, each in enumerate(questions):
        codes[nth, : len(each.window.codes)] = each.window.codes
        mask[nth, : len(each.window.codes)] = 1
    owned = [(nth, content) for nth, each in enumerate(questions) for content in each.contents[:MOST]]
    owner = np.array([nth for nth, _ in owned], np.int32)
    edges = np.array([_edges(content) for _, content in owned], np.int32).reshape(-1, 4)
    first = np.array([each.window.first for each in questions], np.int32)
    seen = np.array([len(each.window.codes) for each in questions], np.int32)
    return {
        "vector": np.array([each.window.views.vectors[each.window.first + each.window.at] for each in questions]),
        "codes": codes,
        "mask": mask,
        "at": np.array([each.window.at for each in questions], np.int32),
        "kind": np.array([each.kind for each in questions], np.int32),
        "cue_row": np.array([each.cue_row for each in questions], np.float32),
        "owner": owner,
        "edges": np.clip(edges - first[owner, None], 0, seen[owner, None]),
        "shapes": np.array([_shape(content) for _, content in owned], np.int32).reshape(-1, 3),
        "rates": np.array([rate for each in questions for rate in each.rates[:MOST]], np.float32).reshape(-1, 2),
    }


def _edges(content: Alternative) -> tuple[int, int, int, int]:
    """First and end of the content's first range and of its second, which is empty where there is one."""
    (first, last), (again, end) = content.ranges[0], content.ranges[-1]
    return (first, last, again, end) if len(content.ranges) > 1 else (first, last, end, end)


def _shape(content: Alternative) -> tuple[int, int, int]:
    return PLACES.index(content.place), content.start_kind, min(content.end_kind, END_KINDS - 1)


def _same(values: Array, nth: int) -> Array:
    return values


def own_states(weights: Weights, vectors: Array, codes: Array, drop: Callable[[Array, int], Array] = _same) -> Array:
    """What was learnt of words as they are by themselves, whatever the cue: of the parser's vector of each word and of
    its own views (words × OWN_VIEWS)."""
    state = drop((vectors - weights["vector.mean"]) / weights["vector.spread"], 1) @ weights["vector"]
    for nth, view in enumerate(OWN_VIEWS):
        state = state + weights[f"view.{view}"][codes[..., nth]]
    return state


def forward(
    xp: Any, weights: Weights, own: Array, seen: Batch, drop: Callable[[Array, int], Array] = _same
) -> dict[str, Array]:
    """Scores of alternatives, log odds of words (content, source) and of cues.

    ``own``: ``own_states`` of the windows' words, cues × width × hidden. ``drop``: for training, by chance."""
    w = weights
    count, width, size = own.shape
    rows = xp.arange(count)
    vector = (seen["vector"] - w["vector.mean"]) / w["vector.spread"]
    cue = drop(vector, 0) @ w["cue.vector"] + w["cue.kind"][seen["kind"]] + w["bias"]
    word = own + cue[:, None]
    for nth, view in enumerate(CUE_VIEWS):
        word = word + w[f"view.{view}"][seen["codes"][:, :, nth]]
    mask = seen["mask"].reshape(-1, 1)
    flat = xp.maximum(word.reshape(-1, size), 0) * mask  # one window behind the other, blanks between
    for nth, step in enumerate(STEPS):
        here = drop(flat, 2 + nth)
        blank = xp.zeros((step, size), dtype=flat.dtype)
        wide = xp.concatenate([blank, here, blank])
        mixed = here @ w[f"layer{nth}.here"] + w[f"layer{nth}.bias"]
        mixed = mixed + wide[: -2 * step] @ w[f"layer{nth}.left"] + wide[2 * step :] @ w[f"layer{nth}.right"]
        flat = (flat + xp.maximum(mixed, 0)) * mask
    word = flat.reshape(count, width, size)
    odds = (drop(flat, 5) @ w["words"] + w["words.bias"]).reshape(count, width, 2)  # content, source

    share = seen["mask"][:, :, None] / (1 + xp.exp(-odds))
    parts = xp.matmul(xp.swapaxes(share, 1, 2), word) / (share.sum(1)[:, :, None] + 0.5)
    known = (seen["cue_row"] - w["cue_row.mean"]) / w["cue_row.spread"]
    told = xp.concatenate([word[rows, seen["at"]], parts[:, 0], parts[:, 1]], 1) @ w["reports.words"]
    told = told + known @ w["reports.cue"] + w["reports.bias"]
    reports = drop(xp.maximum(told, 0), 6) @ w["reports.out"] + w["reports.out.bias"]

    owner = seen["owner"]
    first, last, again, end = (seen["edges"][:, nth] for nth in range(4))
    said = _sums(xp, odds[:, :, 0] * seen["mask"])
    unsaid = (xp.logaddexp(0, odds[:, :, 0]) * seen["mask"]).sum(1)[owner]
    inside = said[owner, last] - said[owner, first] + said[owner, end] - said[owner, again]
    length = xp.maximum(last - first + end - again, 0).astype(odds.dtype)
    facts = xp.stack(
        [
            (inside - unsaid) / 10,
            (inside - unsaid) / xp.maximum(length, 1),
            inside / xp.maximum(length, 1),
            xp.log1p(length),
        ],
        1,
    )
    edge = xp.concatenate([xp.zeros((1, size), dtype=flat.dtype), flat])
    at = owner * width  # the word n of its window is edge[at + n + 1]
    closing = at + xp.where(end > again, end, last)
    scored = (
        edge[at + first + 1] @ w["edge.first"]
        + edge[at + first] @ w["edge.before"]
        + edge[closing] @ w["edge.last"]
        + edge[closing + 1] @ w["edge.behind"]
        + facts @ w["edge.facts"]
        + seen["rates"] @ w["edge.rates"]
        + w["edge.bias"]
    )
    for nth, shape in enumerate(("place", "start", "end")):
        scored = scored + w[f"edge.{shape}"][seen["shapes"][:, nth]]
    scored = drop(xp.maximum(scored, 0), 7) @ w["edge.hidden"] + w["edge.hidden.bias"]
    contents = (xp.maximum(scored, 0) @ w["edge.out"])[:, 0]
    return {"contents": contents, "content": odds[:, :, 0], "source": odds[:, :, 1], "reports": reports[:, 0]}


def _sums(xp: Any, values: Array) -> Array:
    return xp.pad(xp.cumsum(values, 1), ((0, 0), (1, 0)))


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
        if not questions:
            return []
        paragraphs = {id(each.window.views): each.window.views for each in questions}
        ends = accumulate(len(each.own) for each in paragraphs.values())
        starts = {each: end - len(paragraphs[each].own) for each, end in zip(paragraphs, ends, strict=True)}
        vectors = np.concatenate([each.vectors for each in paragraphs.values()])
        codes = np.concatenate([each.own for each in paragraphs.values()])
        states = own_states(self.weights, vectors, codes)
        answers: dict[int, Answer] = {}
        for together in _alike(questions):
            asked = [questions[nth] for nth in together]
            width = max(len(each.window.codes) for each in asked) + BLANK
            begins = np.array([starts[id(each.window.views)] + each.window.first for each in asked])
            own = states[np.minimum(begins[:, None] + np.arange(width), len(states) - 1)]
            found = forward(np, self.weights, own, batch(asked, width))
            contents, source, reports = (found[name].tolist() for name in ("contents", "source", "reports"))
            ends = accumulate(min(MOST, len(each.contents)) for each in asked)
            for row, (nth, question, end) in enumerate(zip(together, asked, ends, strict=True)):
                answers[nth] = Answer(
                    contents[end - min(MOST, len(question.contents)) : end],
                    source[row][: len(question.window.codes)],
                    question.window.first,
                    reports[row],
                )
        return [answers[nth] for nth in range(len(questions))]


def _alike(questions: Sequence[Question]) -> Iterator[list[int]]:
    order = sorted(range(len(questions)), key=lambda nth: len(questions[nth].window.codes))
    for first in range(0, len(order), _TOGETHER):
        yield order[first : first + _TOGETHER]
