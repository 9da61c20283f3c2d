"""Train the network of extractors.network: its own ``forward``, differentiated by JAX. For benchmarks.train_statements.

Needs jax and optax (only here). The loss asks for three things at once: which words of the window are content and which
are source (binary cross entropy a word), which alternative is the content (cross entropy against its overlap with the
annotated one), and whether the cue reports at all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

from extractors.contents import PLACES
from extractors.features import KINDS
from extractors.network import BLANK, END_KINDS, MOST, STEPS, Batch, Question, batch, forward, own_states
from extractors.windows import CUE_VIEWS, OWN_VIEWS, SIZES, VECTOR, WIDTH

HIDDEN = 48
EPOCHS = 12
TOGETHER = 64
RATE = 3e-3
DROPPED = 0.25
DECAY = 1e-3
SHARPNESS = 12
"""How much more a better alternative is asked for than a worse one: the softmax of overlap times this is the target."""
STARTS = 16

Weights = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Target:
    """What the annotators made of a cue: of each word of its window, and of each alternative."""

    reports: bool
    content: NDArray[np.float32]
    source: NDArray[np.float32]
    counts: NDArray[np.float32]  # 1 for words, less for punctuation
    worth: NDArray[np.float32]  # of each alternative: 1 for the annotated content, less for a part of it


def start(questions: Sequence[Question], seed: int) -> Weights:
    """Weights to begin with; the means and spreads of what comes in are measured and not trained."""
    draw = np.random.default_rng(seed)

    def normal(*shape: int, spread: float = 0.0) -> NDArray[np.float32]:
        return (draw.normal(size=shape) * (spread or 1 / np.sqrt(shape[0]))).astype(np.float32)

    vectors = np.concatenate([each.window.views.vectors for each in questions[::7]])
    rows = np.array([each.cue_row for each in questions], np.float32)
    known = rows.shape[1]
    made: Weights = {
        "vector": normal(VECTOR, HIDDEN),
        "vector.mean": vectors.mean(0).astype(np.float32),
        "vector.spread": vectors.std(0).astype(np.float32) + 1e-3,
        "cue.vector": normal(VECTOR, HIDDEN),
        "cue.kind": normal(len(KINDS), HIDDEN, spread=0.1),
        "cue_row.mean": rows.mean(0),
        "cue_row.spread": rows.std(0) + 0.05,
        "words": normal(HIDDEN, 2),
        "words.bias": np.array([-1, -2], np.float32),
        "reports.words": normal(3 * HIDDEN, 32),
        "reports.cue": normal(known, 32),
        "reports.out": normal(32, 1),
        "edge.facts": normal(4, HIDDEN),
        "edge.rates": normal(2, HIDDEN),
        "edge.place": normal(len(PLACES), HIDDEN, spread=0.3),
        "edge.start": normal(STARTS, HIDDEN, spread=0.3),
        "edge.end": normal(END_KINDS, HIDDEN, spread=0.3),
        "edge.hidden": normal(HIDDEN, 32),
        "edge.out": normal(32, 1),
    }
    spreads = {view: 0.03 if view == "word" else 0.3 for view in (*OWN_VIEWS, *CUE_VIEWS)}
    made |= {f"view.{view}": normal(SIZES[view], HIDDEN, spread=spread) for view, spread in spreads.items()}
    made |= {f"edge.{place}": normal(HIDDEN, HIDDEN, spread=0.06) for place in ("first", "before", "last", "behind")}
    for nth in range(len(STEPS)):
        made |= {f"layer{nth}.{side}": normal(HIDDEN, HIDDEN, spread=0.07) for side in ("left", "here", "right")}
    biases = {"bias": HIDDEN, "reports.bias": 32, "reports.out.bias": 1, "edge.bias": HIDDEN, "edge.hidden.bias": 32}
    biases |= {f"layer{nth}.bias": HIDDEN for nth in range(len(STEPS))}
    return made | {name: np.zeros(size, np.float32) for name, size in biases.items()}


def _arrays(questions: Sequence[Question], targets: Sequence[Target]) -> Batch:
    """All examples at once, in small types; alternatives as examples × MOST."""
    width = WIDTH + BLANK
    made = batch(questions, width)
    count, owner = len(questions), made.pop("owner")
    place = np.arange(len(owner)) - np.searchsorted(owner, owner)
    made["offered"] = np.zeros((count, MOST), np.float32)
    made["offered"][owner, place] = 1
    for name, kind in (("edges", np.uint8), ("shapes", np.uint8), ("rates", np.float32)):
        rows = made.pop(name)
        made[name] = np.zeros((count, MOST, rows.shape[1]), kind)
        made[name][owner, place] = rows
    made["vectors"] = np.zeros((count, width, VECTOR), np.float16)
    made["own"] = np.zeros((count, width, len(OWN_VIEWS)), np.uint16)
    wanted: Batch = {name: np.zeros((count, width), np.float32) for name in ("content", "source", "counts")} | {
        "worth": np.zeros((count, MOST), np.float32)
    }
    for nth, (question, target) in enumerate(zip(questions, targets, strict=True)):
        window = question.window
        words = slice(window.first, window.first + len(window.codes))
        made["vectors"][nth, : len(window.codes)] = window.views.vectors[words]
        made["own"][nth, : len(window.codes)] = window.views.own[words]
        for name in ("content", "source", "counts"):
            wanted[name][nth, : len(window.codes)] = getattr(target, name)
        wanted["worth"][nth, : len(target.worth[:MOST])] = target.worth[:MOST]
    wanted["reported"] = np.array([each.reports for each in targets], np.float32)
    return made | wanted


def _loss(weights: Any, seen: Any, drop: Callable[[Any, int], Any]) -> Any:
    own = own_states(weights, seen["vectors"], seen["own"], drop)
    count = len(seen["reported"])
    flat = {name: seen[name].reshape(count * MOST, -1) for name in ("edges", "shapes", "rates")}
    found = forward(jnp, weights, own, seen | flat | {"owner": jnp.repeat(jnp.arange(count), MOST)}, drop)
    entropy = optax.sigmoid_binary_cross_entropy
    reported = seen["reported"]
    weighed = seen["counts"] * reported[:, None]
    words = (entropy(found["content"], seen["content"]) + 2 * entropy(found["source"], seen["source"])) * weighed
    scores = jnp.where(seen["offered"] > 0, found["contents"].reshape(count, MOST), -1e9)
    wanted = jax.nn.softmax(jnp.where(seen["offered"] > 0, seen["worth"] * SHARPNESS, -1e9), 1)
    ranked = -(wanted * jax.nn.log_softmax(scores, 1)).sum(1)
    findable = (seen["worth"].max(1) >= 0.25) * reported
    return (
        words.sum() / len(reported) / 20
        + entropy(found["reports"], reported).mean()
        + 2 * (ranked * findable).sum() / (findable.sum() + 1)
    )


def train(questions: Sequence[Question], targets: Sequence[Target], seed: int = 0) -> Weights:
    """The weights after EPOCHS rounds through the examples; the same each time on one machine."""
    weights: Any = {name: jnp.asarray(values) for name, values in start(questions, seed).items()}
    fixed = [name for name in weights if name.endswith((".mean", ".spread"))]
    steps = EPOCHS * (len(questions) // TOGETHER)
    schedule = optax.warmup_cosine_decay_schedule(0, RATE, steps // 20, steps)
    optimizer = optax.chain(optax.clip_by_global_norm(5.0), optax.adamw(schedule, weight_decay=DECAY))
    state = optimizer.init(weights)

    @jax.jit
    def step(weights: Any, state: Any, seen: Any, key: Any) -> Any:
        keys = jax.random.split(key, 8)

        def drop(values: Any, nth: int) -> Any:
            return values * jax.random.bernoulli(keys[nth], 1 - DROPPED, values.shape) / (1 - DROPPED)

        loss, slope = jax.value_and_grad(_loss)(weights, seen, drop)
        slope |= {name: jnp.zeros_like(slope[name]) for name in fixed}
        change, state = optimizer.update(slope, state, weights)
        moved = optax.apply_updates(weights, change)
        return moved | {name: weights[name] for name in fixed}, state, loss

    examples = _arrays(questions, targets)
    wide = {"vectors": np.float32, "edges": np.int32}
    draw, key = np.random.default_rng(seed), jax.random.PRNGKey(seed)
    for epoch in range(EPOCHS):
        order, losses = draw.permutation(len(questions)), []
        for first in range(0, len(order) - TOGETHER + 1, TOGETHER):
            picked = order[first : first + TOGETHER]
            key, now = jax.random.split(key)
            seen = {name: values[picked].astype(wide.get(name, values.dtype)) for name, values in examples.items()}
            weights, state, loss = step(weights, state, seen, now)
            losses.append(loss)
        mean = float(np.mean([float(each) for each in losses]))
        print(f"  round {epoch + 1} of {EPOCHS}: loss {mean:.3f}", file=sys.stderr)
    return {name: np.asarray(values) for name, values in weights.items()}
