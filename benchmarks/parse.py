"""How much faster the model is than as spaCy loads it, at equal output.

    python benchmarks/parse.py [--rounds 5] [--texts FILE.jsonl]

Parses the same paragraphs with several set-ups in turn and prints the CPU time of each as a ratio to ``spacy.load`` of
the whole model: ratios of one run hold where seconds do not. Every set-up that keeps a component must give what the
whole model gives, token by token, or the run fails. ``--texts`` takes stories as JSON Lines with a "text"; without it
the demo's stories are parsed, which are few: repeat them with ``--repeat``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: threads would spin on matrices as small as these
os.environ.setdefault("OMP_NUM_THREADS", "1")

import spacy
from spacy.language import Language
from thinc.api import use_ops

from extractors.model import load
from extractors.parsing import MODELS, UNUSED
from seeds.demo.press import load_articles

NAME = next(filter(spacy.util.is_package, MODELS))


def whole() -> Language:
    return spacy.load(NAME)


def no_names() -> Language:
    return spacy.load(NAME, exclude=list(UNUSED))


def numpys_blas() -> Language:
    with use_ops("numpy", use_blis=False):
        return spacy.load(NAME, exclude=list(UNUSED))


def ours() -> Language:
    return load(NAME, exclude=UNUSED)


SET_UPS: dict[str, Callable[[], Language]] = {
    "spacy.load": whole,
    "without names": no_names,
    "and numpy's BLAS": numpys_blas,
    "extractors.model": ours,
}


def told(nlp: Language, texts: list[str]) -> list[tuple[Any, ...]]:
    return [(t.head.i, t.dep, t.tag, t.pos, t.lemma, str(t.morph)) for doc in nlp.pipe(texts) for t in doc]


def seconds(nlp: Language, texts: list[str]) -> float:
    start = time.process_time()
    for _ in nlp.pipe(texts):
        pass
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeat", type=int, default=1, help="parse the texts this many times a round")
    parser.add_argument("--texts", type=Path)
    options = parser.parse_args()
    if options.texts:
        stories = [json.loads(line)["text"] for line in options.texts.read_text("utf-8").splitlines()]
    else:
        stories = [article.text for article in load_articles().values()]
    texts = [paragraph for story in stories for paragraph in story.splitlines() if paragraph.strip()] * options.repeat
    models = {name: build() for name, build in SET_UPS.items()}

    expected = told(models["spacy.load"], texts)
    for name, nlp in models.items():
        if told(nlp, texts) != expected:
            raise SystemExit(f"{name}: the output differs from spacy.load's")
    print(f"{len(stories)} stories, {len(texts)} paragraphs, {len(expected)} tokens; output equal in all set-ups\n")

    rounds = [{name: seconds(nlp, texts) for name, nlp in models.items()} for _ in range(options.rounds)]
    print(f"{'set-up':<18}{'CPU s':>8}{'tokens/s':>10}{'times faster than spacy.load':>30}  (median of {len(rounds)})")
    for name in models:
        taken = statistics.median(each[name] for each in rounds)
        gains = sorted(each["spacy.load"] / each[name] for each in rounds)
        spread = f"{statistics.median(gains):.2f} ({gains[0]:.2f}-{gains[-1]:.2f})"
        print(f"{name:<18}{taken:>8.2f}{len(expected) / taken:>10,.0f}{spread:>30}")


if __name__ == "__main__":
    main()
