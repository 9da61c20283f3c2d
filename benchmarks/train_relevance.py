"""Learn the weights of ``lexicons/relevance-weights.toml`` from the invented stories in tests/cases/relevance.toml.

    python -m benchmarks.train_relevance           show cross-validated figures and what would be written
    python -m benchmarks.train_relevance --write   write the file

A logistic regression on the strengths of groups of terms (see ``extractors.relevance.FEATURES``), once for the full
text and once for title and summary. Its weights are drawn towards PRIOR, which says what each group should do, so that
a group that the few stories hardly show keeps a sensible weight; signs never change. Trained by Newton's method: the
same stories give the same file.
"""

from __future__ import annotations

import argparse
import math
import tomllib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from extractors import relevance

CASES = Path(__file__).resolve().parents[1] / "tests" / "cases" / "relevance.toml"
OUT = Path(relevance.__file__).parent / "lexicons" / "relevance-weights.toml"

PRIOR = {
    "own": 4.0,
    "ukraine": 1.0,
    "russia": 0.5,
    "war": 1.5,
    "backdrop": -1.0,
    "sport": -5.0,
    "culture": -4.0,
    "domestic": -4.0,
    "business": -4.0,
    "elsewhere": -4.0,
    "politics": -4.0,
    "russian-life": -4.0,
    "other": -4.0,
    "ukraine+war": 4.0,
    "russia+war": 2.5,
    "elsewhere-ukraine": -1.0,
}
BIAS = -1.5
PULL = 0.5
"""How strongly the weights are drawn towards PRIOR (the inverse variance of a Gaussian around it)."""

UNKNOWN = 15
"""Stories without any known term to learn from besides: most of what a general feed carries."""

THRESHOLDS = {"text": 0.42, "entry": 0.35}
"""The first stage leans towards fetching a page: the text decides later."""

HEAD = """\
# Weights of the groups of terms in relevance.toml and topics.toml, for the full text and for title and summary.
# Written by benchmarks/train_relevance.py; the score is 1 / (1 + exp(-(bias + sum of weight x strength))).
# A story is kept from the threshold up.
"""

Array = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description="Learn the weights of the groups of terms.")
    parser.add_argument("--write", action="store_true", help=f"write {OUT.name}")
    write = parser.parse_args().write
    rules = relevance.load_rules()
    stories = tomllib.loads(CASES.read_text(encoding="utf-8"))["story"]
    stories = [story for story in stories if not story.get("held_out")]
    wanted = np.array([float(story["kind"] in rules.topics) for story in stories] + [0.0] * UNKNOWN)
    text = HEAD
    for stage in ("text", "entry"):
        strengths = [
            relevance.features(s["title"], s["summary"], s["text"] if stage == "text" else "", rules) for s in stories
        ]
        table = np.array([[1.0, *(row[name] for name in relevance.FEATURES)] for row in strengths])
        table = np.vstack([table, np.eye(1, table.shape[1]).repeat(UNKNOWN, axis=0)])
        print(f"{stage}: {_cross_validate(table, wanted, THRESHOLDS[stage])}")
        weights = train(table, wanted)
        text += f"\n[{stage}]\nthreshold = {THRESHOLDS[stage]}\n\n[{stage}.weights]\nbias = {weights[0]:.2f}\n"
        for name, weight in zip(relevance.FEATURES, weights[1:], strict=True):
            text += f"{name if '+' not in name else chr(34) + name + chr(34)} = {weight:.2f}\n"
    if write:
        OUT.write_text(text, encoding="utf-8")
    else:
        print(text)


def train(table: Array, wanted: Array) -> Array:
    """Weights (bias first) of the penalised logistic regression."""
    prior = np.array([BIAS, *(PRIOR[name] for name in relevance.FEATURES)])
    weights = prior.copy()
    for _ in range(50):
        chance = 1 / (1 + np.exp(-table @ weights))
        slope = table.T @ (chance - wanted) + PULL * (weights - prior)
        curve = (table * (chance * (1 - chance))[:, None]).T @ table + PULL * np.eye(len(prior))
        step = np.linalg.solve(curve, slope)
        weights -= step
        if float(np.abs(step).max()) < 1e-9:
            break
    same_sign = np.sign(prior[1:]) * np.sign(weights[1:]) >= 0
    weights[1:] = np.where(same_sign, weights[1:], 0.0)
    return weights


def _cross_validate(table: Array, wanted: Array, threshold: float, folds: int = 10) -> str:
    chances = np.empty(len(wanted))
    for fold in range(folds):
        held = np.arange(len(wanted)) % folds == fold
        chances[held] = 1 / (1 + np.exp(-table[held] @ train(table[~held], wanted[~held])))
    kept = chances >= threshold
    right = float((kept & (wanted == 1)).sum())
    precision, recall = right / max(1.0, float(kept.sum())), right / float(wanted.sum())
    loss = -float(np.mean([math.log(c if w else 1 - c) for c, w in zip(chances, wanted, strict=True)]))
    f1 = 2 * precision * recall / (precision + recall)
    return f"10-fold: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}, log loss {loss:.3f}"


if __name__ == "__main__":
    main()
