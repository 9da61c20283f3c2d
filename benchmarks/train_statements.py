"""Train the statement finder's model on PolNeAR and our own stories, and write extractors/lexicons/statements.npz.

    python -m benchmarks.train_statements POLNEAR/data/train [--annotated FOLDER] [--out FILE]

POLNEAR is a copy of github.com/networkdynamics/PolNeAR. Needs scikit-learn, jax and optax (only here). Weights and
rates are written, none of the corpus's text: see extractors/lexicons/MODEL.md.

PolNeAR puts no statement inside another, ours do: a cue inside the content of another attribution teaches nothing here
and is left out, as are cues inside direct quotations, where nothing is extracted.
"""

from __future__ import annotations

import argparse
import collections
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from benchmarks.corpora import Attribution, Marked, read_annotated, read_polnear
from benchmarks.train_network import Target
from benchmarks.train_network import train as train_network
from extractors.candidates import Candidate, candidates
from extractors.contents import Alternative, alternatives
from extractors.features import cue_features
from extractors.network import MOST, Answer, Network, Question
from extractors.parsing import Parsed, parse
from extractors.ranking import FILE, Model, Offer, content_keys, cue_keys, keep_row, questions, source_row
from extractors.records import Span
from extractors.sources import ANTECEDENT, RELATIVE, Source, sources
from extractors.trees import Trees
from extractors.vocabulary import vocabulary_of
from extractors.windows import KNOWN_WORDS
from extractors.words import Words

FOLDS = 3
SMOOTHING = 8.0
UNKNOWN = 4
"""In one story of so many every cue word is treated as one never seen in training: other fields have other words."""
OURS = 2
"""How often a cue of one of the project's own stories counts: they are few beside PolNeAR's, and nearer to the use."""


@dataclass
class Example:
    """A cue of the corpus, with what the annotators made of it."""

    story: int
    words: Words
    candidate: Candidate
    offered: list[Alternative]
    gold: Attribution | None
    overlap: np.ndarray[Any, Any]  # Jaccard of each alternative with the annotated content
    used: bool = True
    keys: tuple[str, str] = ("", "")
    content_keys: list[list[tuple[str, str]]] = field(default_factory=list)
    cue_row: list[float] = field(default_factory=list)


def examples(stories: Sequence[Marked], parses: Iterable[Parsed]) -> list[Example]:
    """The cues of all stories. Those of stories that may hold statements inside statements count OURS times."""
    made: list[Example] = []
    for nth, (story, parsed) in enumerate(zip(stories, parses, strict=True)):
        for paragraph in parsed.paragraphs:
            if paragraph.doc is not None:
                found = _of_paragraph(nth, Words(paragraph, parsed.quotations), story)
                made += found * (OURS if story.nested else 1)
    return made


def _of_paragraph(story: int, words: Words, marked: Marked) -> list[Example]:
    made = []
    for candidate in candidates(words):
        at = words.start[candidate.at]
        mine = next((each for each in marked.attributions if _covers(each.cue, at)), None)
        inside = any(_covers(each.content, at) for each in marked.attributions if each is not mine)
        if mine is None and ((inside and not marked.nested) or words.in_speech(candidate.at)):
            continue
        offered = alternatives(words, candidate)[:MOST]
        overlap = np.array([_overlap(words, each, mine) if mine else 0.0 for each in offered], dtype=np.float32)
        example = Example(story, words, candidate, offered, mine, overlap)
        example.keys = cue_keys(words, candidate)
        example.cue_row = cue_features(words, candidate)
        example.content_keys = [content_keys(words, candidate, each) for each in offered]
        made.append(example)
    _one_cue_each(made)
    return made


def _one_cue_each(made: list[Example]) -> None:
    """Of several cue words under one annotated cue, the one whose alternatives fit best stands for it."""
    together: dict[int, list[Example]] = collections.defaultdict(list)
    for example in made:
        if example.gold is not None:
            together[id(example.gold)].append(example)
    for same in together.values():
        same.sort(key=lambda each: (-round(float(each.overlap.max(initial=0)), 1), -each.candidate.cue.weight))
        for example in same[1:]:
            example.used = False


def _covers(spans: Iterable[Span], at: int) -> bool:
    return any(first <= at < last for first, last in spans)


def _overlap(words: Words, offered: Alternative, gold: Attribution) -> float:
    said = {at for at in range(words.count) if not words.punct[at] and _covers(gold.content, words.start[at])}
    if said and words.lower[min(said)] == "that":
        said.discard(min(said))
    guessed = {at for first, last in offered.ranges for at in range(first, last) if not words.punct[at]}
    return len(said & guessed) / max(1, len(said | guessed))


def rates_of(made: Sequence[Example]) -> dict[str, float]:
    """How often each cue word, alone and by its complements, reports; and how well each kind of content fits it."""
    hits: collections.defaultdict[str, float] = collections.defaultdict(float)
    seen: collections.Counter[str] = collections.Counter()
    prior: dict[str, float] = {}
    broader: dict[str, str] = {}

    def count(key: str, value: float) -> None:
        hits[key] += value
        seen[key] += 1

    for example in made:
        word, shape = example.keys
        count(word, example.gold is not None)
        count(shape, example.gold is not None)
        prior[word] = example.candidate.cue.weight
        if example.gold is not None:
            for keys, overlap in zip(example.content_keys, example.overlap, strict=True):
                count("content", _worth(overlap))
                for own, any_cue in keys:
                    count(own, _worth(overlap))
                    count(any_cue, _worth(overlap))
                    broader[own] = any_cue
    base = hits["content"] / max(1, seen["content"])
    rates = {word: (hits[word] + SMOOTHING * prior[word]) / (seen[word] + SMOOTHING) for word in prior}
    for example in made:
        word, shape = example.keys
        rates[shape] = (hits[shape] + SMOOTHING * rates[word]) / (seen[shape] + SMOOTHING)
    for key in {*broader.values()}:
        rates[key] = (hits[key] + SMOOTHING * base) / (seen[key] + SMOOTHING)
    for key, any_cue in broader.items():
        rates[key] = (hits[key] + 2 * SMOOTHING * rates[any_cue]) / (seen[key] + 2 * SMOOTHING)
    rates["content"] = base
    return rates


def common_words(made: Sequence[Example]) -> list[str]:
    """The words that the network may know by themselves: those of most stories, names and numbers left out."""
    seen: collections.Counter[str] = collections.Counter()
    paragraphs: dict[int, dict[int, Words]] = {}
    for example in made:
        paragraphs.setdefault(example.story, {})[id(example.words)] = example.words
    for each in paragraphs.values():
        seen.update({word for words in each.values() for word in _lower_words(words)})
    return sorted(word for word, _ in sorted(seen.items(), key=lambda pair: (-pair[1], pair[0]))[:KNOWN_WORDS])


def _lower_words(words: Words) -> Iterator[str]:
    return (
        lower for lower, pos in zip(words.lower, words.pos, strict=True) if pos not in ("PROPN", "NUM", "SPACE", "")
    )


def _worth(overlap: float) -> float:
    """What the ranking of contents is trained towards: much of the content, better all of it."""
    return (float(overlap) + float(overlap == 1)) / 2


def _offer(example: Example, model: Model, odds: float = 0.0) -> Offer:
    """The example as the finder would see it, with the rates of ``model``."""
    rates = model.content_rates(example.words, example.candidate, example.offered)
    row = model.cue_row(example.words, example.candidate)
    return Offer(example.words, example.candidate, example.offered, rates, row, odds)


def _target(example: Example, question: Question) -> Target:
    """What the network is to say of each word of its window and of each alternative."""
    seen = range(question.window.first, question.window.first + len(question.window.codes))
    starts = [example.words.start[at] for at in seen]
    gold = example.gold
    content, source = (gold.content, gold.source) if gold else ((), ())
    return Target(
        reports=gold is not None,
        content=np.array([_covers(content, start) for start in starts], np.float32),
        source=np.array([_covers(source, start) for start in starts], np.float32),
        counts=np.array([0.15 if example.words.punct[at] else 1.0 for at in seen], np.float32),
        worth=np.array([_worth(each) for each in example.overlap], np.float32),
    )


def _regressor(rounds: int, leaves: int) -> HistGradientBoostingRegressor:
    return HistGradientBoostingRegressor(
        max_iter=rounds, learning_rate=0.08, max_leaf_nodes=leaves, max_depth=7, min_samples_leaf=30, random_state=0
    )


def _classifier(rounds: int, leaves: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=rounds, learning_rate=0.06, max_leaf_nodes=leaves, max_depth=6, min_samples_leaf=25, random_state=0,
        l2_regularization=1.0,
    )  # fmt: skip


def train(made: Sequence[Example]) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of the model file. Rates, and the scores that a later step learns from, are always of other stories
    than those they are applied to."""
    made = [example for example in made if example.used]
    fold = [example.story % FOLDS for example in made]
    offers: list[Offer] = []
    for part in range(FOLDS):
        rates = rates_of([each for each, where in zip(made, fold, strict=True) if where != part])
        model = _rates_only(rates)
        unknown = _rates_only({key: rate for key, rate in rates.items() if " any|" in key or key == "content"})
        offers += [
            _offer(example, unknown if example.story % UNKNOWN == 0 else model)
            for example, where in zip(made, fold, strict=True)
            if where == part
        ]
    order = [nth for part in range(FOLDS) for nth in range(len(made)) if fold[nth] == part]
    offers = [offer for _, offer in sorted(zip(order, offers, strict=True), key=lambda pair: pair[0])]
    common = common_words(made)
    asked = questions(offers, vocabulary_of(common))
    targets = [_target(example, question) for example, question in zip(made, asked, strict=True)]

    answers: dict[int, Answer] = {}
    for part in range(FOLDS):
        rest = [nth for nth in range(len(made)) if fold[nth] != part]
        held = [nth for nth in range(len(made)) if fold[nth] == part]
        if not held:
            continue
        cue = _fit_cue(made, offers, rest)
        print(f"network {part + 1} of {FOLDS + 1}", file=sys.stderr)
        network = Network(train_network([asked[nth] for nth in rest], [targets[nth] for nth in rest], seed=part))
        answers.update(zip(held, network.ask([asked[nth] for nth in held]), strict=True))
        for nth in held:
            odds = float(cue.decision_function(np.array([offers[nth].cue_row]))[0])
            offers[nth] = replace(offers[nth], odds=odds)
    print(f"network {FOLDS + 1} of {FOLDS + 1}", file=sys.stderr)
    weights = train_network(asked, targets, seed=FOLDS)

    keeps, keep_right = [], []
    for nth, example in enumerate(made):
        if len(example.offered):
            keeps.append(keep_row(offers[nth], answers[nth]))
            right = example.overlap[answers[nth].best] >= 0.5
            keep_right.append(bool(example.gold is not None and right))
    keep = _classifier(150, 12).fit(np.array(keeps, dtype=np.float32), np.array(keep_right))
    rates = rates_of(made)
    return {
        **flatten(_fit_cue(made, offers, range(len(made))), "cue"),
        **{f"network.{name}": values.astype(np.float16) for name, values in weights.items()},
        **flatten(keep, "keep"),
        **flatten(_fit_source(made, answers), "source"),
        "words": np.array(common),
        "rates.keys": np.array(list(rates)),
        "rates.values": np.array(list(rates.values()), dtype=np.float32),
    }


def _rates_only(rates: dict[str, float]) -> Model:
    empty, none = np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int32)
    nothing = Trees(none, empty, none, empty, none, base=0.0, depth=0)
    return Model(nothing, Network({}), nothing, nothing, rates, vocabulary_of([]))


def _fit_cue(made: Sequence[Example], offers: Sequence[Offer], which: Sequence[int]) -> HistGradientBoostingClassifier:
    rows = np.array([offers[nth].cue_row for nth in which], dtype=np.float32)
    return _classifier(150, 16).fit(rows, np.array([made[nth].gold is not None for nth in which]))


def _fit_source(made: Sequence[Example], answers: dict[int, Answer]) -> HistGradientBoostingRegressor:
    rows, right = [], []
    for nth, example in enumerate(made):
        if example.gold is not None and example.overlap.max(initial=0) >= 0.5:
            content = example.offered[int(example.overlap.argmax())]
            for source in sources(example.words, example.candidate):
                rows.append(source_row(example.words, example.candidate, source, content, answers[nth]))
                right.append(_is_source(example.words, source, example.gold))
    return _regressor(150, 16).fit(np.array(rows, dtype=np.float32), np.array(right, dtype=float))


def _is_source(words: Words, source: Source, gold: Attribution) -> bool:
    """The annotators' source holds the head of the phrase, or is the relative pronoun that stands for it."""
    if any(_covers(gold.source, words.start[at]) and words.lower[at] in RELATIVE for at in range(words.count)):
        return source.kind == ANTECEDENT or _covers(gold.source, words.start[source.head])
    return _covers(gold.source, words.start[source.head])


def flatten(model: Any, name: str) -> dict[str, np.ndarray[Any, Any]]:
    """scikit-learn's trees as the arrays that extractors.trees reads."""
    columns: dict[str, list[float]] = {part: [] for part in ("feature", "threshold", "low", "high", "value")}
    roots, depth = [], 0
    for (tree,) in model._predictors:
        first = len(columns["value"])
        roots.append(first)
        depth = max(depth, int(tree.nodes["depth"].max()))
        for nth, node in enumerate(tree.nodes):
            leaf = bool(node["is_leaf"])
            columns["feature"].append(0 if leaf else node["feature_idx"])
            columns["threshold"].append(0 if leaf else node["num_threshold"])
            columns["low"].append(first + (nth if leaf else node["left"]))
            columns["high"].append(first + (nth if leaf else node["right"]))
            columns["value"].append(node["value"] if leaf else 0)
    kinds: dict[str, Any] = {
        "feature": np.int16,
        "threshold": np.float32,
        "low": np.int32,
        "high": np.int32,
        "value": np.float32,
    }
    return {
        **{f"{name}.{part}": np.array(values, dtype=kinds[part]) for part, values in columns.items()},
        f"{name}.roots": np.array(roots, dtype=np.int32),
        f"{name}.base": np.array([float(np.ravel(model._baseline_prediction)[0]), depth]),
    }


def chosen_options(doc: str | None, file: str) -> argparse.Namespace:
    """What a training is told: PolNeAR's folder, the annotated stories, and where the model's file goes."""
    options = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("corpus", type=Path)
    options.add_argument("--annotated", type=Path, default=Path("seeds/annotated"))
    options.add_argument("--out", type=Path, default=Path("extractors/lexicons") / file)
    return options.parse_args()


def write(out: Path, arrays: dict[str, np.ndarray[Any, Any]], stories: int) -> None:
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    print(f"{out}: {out.stat().st_size:,} bytes, from {stories} stories")


def main() -> None:
    chosen = chosen_options(__doc__, FILE)
    stories = [*read_polnear(chosen.corpus), *(each.marked for each in read_annotated(chosen.annotated))]
    if all(story.nested for story in stories):
        sys.exit(f"{chosen.corpus} has no text/*.txt: give PolNeAR's data/train")
    write(chosen.out, train(examples(stories, parse(each.text for each in stories))), len(stories))


if __name__ == "__main__":
    main()
