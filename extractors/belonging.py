"""To which of the story's days a saying belongs that does not tell its own: a trained choice, saying by saying.

The rules of extractors.carrying propose; small ensembles of trees (extractors.trees) weigh the day that they give and
every other day around, by the numbers of extractors.sequence. What is settled for one saying is known to the next, so
an occasion goes on as the text goes on. benchmarks/train_days.py makes the file; lexicons/MODEL.md tells from what.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from extractors.carrying import Ruled
from extractors.events import Found
from extractors.records import DateBasis
from extractors.sequence import Day, Saying, Sayings
from extractors.trees import Trees
from extractors.wording import QUESTIONS, Weights

FILE = "days.npz"
LEAST, LEAST_RULED = 0.55, 0.35
"""Probabilities from which a day is taken: any, and the one that the rules give."""


@dataclass(frozen=True, slots=True)
class Model:
    trees: Trees
    weights: Weights
    width: int
    """Numbers in a row that the trees were grown on: what ``Sayings.rows`` must give."""


def settled(ruled: Ruled, *, model: Model | None = None) -> list[Found | None]:
    """The day of each of a scene's statements: its own, else the likeliest of the story's, if one is likely enough."""
    model = model or load_trained()
    sayings = Sayings(ruled, model.weights)
    chosen: list[Found | None] = [None] * len(ruled.own)
    for i, saying, (day, probability) in zip(
        ruled.cast.scene.order, sayings.all, settle_all(model, sayings), strict=True
    ):
        chosen[i] = _found(sayings, saying, day, [ruled.own[i], ruled.carried[i]], probability) if day else None
    return chosen


def settle_all(model: Model, sayings: Sayings) -> list[tuple[Day | None, float]]:
    """Settle the sayings one by one: the day of each, its own or the likeliest, and how likely that is."""
    taken = []
    for saying in sayings.all:
        taken.append((saying.own, 1.0) if saying.own else likeliest(model, sayings))
        sayings.settle(taken[-1][0])
    return taken


def likeliest(model: Model, sayings: Sayings) -> tuple[Day | None, float]:
    """The day to which the next saying belongs, and how likely that is; none where none is likely enough."""
    saying = sayings.all[len(sayings.settled)]
    rows = sayings.rows()
    odds = model.trees.predict([row for _, row in rows]).tolist()
    weighed = [(1 / (1 + math.exp(-each)), day) for each, (day, _) in zip(odds, rows, strict=True)]
    likely = [
        (probability - least, probability, day)
        for probability, day in weighed
        if probability >= (least := LEAST_RULED if day == saying.ruled else LEAST)
    ]
    _, probability, day = max(likely, key=lambda each: each[:2], default=(0.0, 0.0, None))
    return day, probability


def _found(sayings: Sayings, saying: Saying, day: Day, ruled: Sequence[Found | None], probability: float) -> Found:
    """By which date the day is told: as the rules say, in the saying's own sentence, or in the text before."""
    for found in ruled:
        if found is not None and sayings.interval(found.timex) == day:
            return found
    sureness = 0.8 + 0.2 * probability
    for near in saying.near:
        if near.day == day and not near.heard:
            return Found(near.timex, DateBasis.EXPLICIT, sureness)
    return Found(sayings.timex_of(day, saying.place), DateBasis.CONTEXT, sureness)


def read_model(data: bytes) -> Model:
    """From the bytes of a model file."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        told = (
            dict(zip(arrays[f"{each}.words"].tolist(), arrays[f"{each}.odds"].tolist(), strict=True))
            for each in QUESTIONS
        )
        return Model(Trees.read(arrays, "days"), Weights(*told), int(arrays["width"]))


@cache
def load_trained() -> Model:
    """The model that travels with the package. Read once a process."""
    return read_model(files("extractors.lexicons").joinpath(FILE).read_bytes())
