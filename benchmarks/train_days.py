"""Train the choice of extractors.belonging: to which of a story's days does a saying belong?

    python -m benchmarks.train_days POLNEAR/data/train [--annotated FOLDER] [--out FILE]

Examples are the sayings that do not tell their own day and that people have marked, in annotated stories, in those of
PolNeAR for which FOLDER/polnear.csv tells the days, and in the cases of the tests, each beside every day that its story
offers. The first round learns with what people have marked of the sayings before, the later ones with what the round
before would have settled in stories that it had not seen. Needs scikit-learn (only here).
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.corpora import DAYS, AnnotatedStory, read_annotated, read_polnear_days
from benchmarks.quality import paired
from benchmarks.train_statements import chosen_options, flatten, write
from extractors import actors, parsing, speakers, statements
from extractors.belonging import FILE, Model, settle_all
from extractors.carrying import Ruled, ruled
from extractors.extraction import timexes_of
from extractors.parsing import Parsed
from extractors.records import Statement, Story, story_id
from extractors.scenes import scene_of
from extractors.sequence import Day, Sayings
from extractors.timex import interval_of
from extractors.trees import Trees
from extractors.wording import QUESTIONS, Weights
from flows.filters import story_of

FOLDS, ROUNDS, SEEDS = 4, 3, 3
LEAST_SEEN = 3
"""How often a word must be seen to be learnt."""
CASES = Path("tests/cases/occasions.toml")
OFTEN = 3
"""How often a case counts: each stands for its kind, of which the stories may hold few."""
STRICTNESS = 0.05
"""Of the words' weights (scikit-learn's C)."""
Asked = tuple[tuple[str, ...], bool]
"""The words of what is asked of, and the answer."""


@dataclass(frozen=True)
class Example:
    """A story as the rules leave it, and for each saying in order: is it marked, and with which interval of days?"""

    ruled: Ruled
    marked: tuple[bool, ...]
    wanted: tuple[Day | None, ...]

    def is_of(self, nth: int, day: Day) -> bool:
        wanted = self.wanted[nth]
        if wanted is None or None in (*wanted, *day):
            return False
        return bool(wanted[0] <= day[0] and day[1] <= wanted[1])  # type: ignore[operator]

    @cached_property
    def sayings(self) -> Sayings:
        """The story's sayings, none of them settled, for what does not hang on weights: never settle these."""
        return Sayings(self.ruled)

    @property
    def asked(self) -> list[int]:
        """The sayings to learn from, by number."""
        return [nth for nth, each in enumerate(self.sayings.all) if self.marked[nth] and each.own is None]


def examples(stories: Sequence[AnnotatedStory]) -> Iterator[Example]:
    """Annotated stories, each statement that is found paired with the marked one that it is."""
    known = actors.listed_actors()
    items = [story_of(each.item) for each in stories]
    for annotated, story, parsed in zip(stories, items, parsing.parse(each.text for each in items), strict=True):
        found = speakers.resolve(story, parsed, statements.find(story, parsed), actors=known)
        said = {id(pair.found): pair.marked.said["date"] for pair in paired(annotated, found).pairs}
        yield _example(story, parsed, found, [said.get(id(each)) for each in found])


def written_examples(cases: Path) -> Iterator[Example]:
    """The invented stories by which the rules are tested: of each only some statements are marked."""
    written = tomllib.loads(cases.read_text(encoding="utf-8"))["story"]
    items = [Story(story_id(each["name"]), "", "", each["text"], day=each["day"]) for each in written]
    for case, story, parsed in zip(written, items, parsing.parse(each.text for each in items), strict=True):
        found = speakers.resolve(story, parsed, statements.find(story, parsed))
        yield _example(story, parsed, found, [_written(case, each) for each in found])


def _written(case: dict[str, Any], found: Statement) -> str | None:
    """The day of a statement that a case names, "" where it has none; None for the others."""
    said = (each for each in case["said"] if each["holds"] in found.content and each.get("by", "") in found.speaker)
    return next((each["date"] if each["basis"] in ("explicit", "context") else "" for each in said), None)


def _example(story: Story, parsed: Parsed, found: Sequence[Statement], said: Sequence[str | None]) -> Example:
    scene = scene_of(story, parsed, found, timexes_of(story))
    in_order = [said[i] for i in scene.order]
    days = [interval_of(each) if each else None for each in in_order]
    return Example(
        ruled(scene), tuple(each is not None for each in in_order), tuple(day[:2] if day else None for day in days)
    )


def marked_days(example: Example) -> list[Day | None]:
    """What people have marked; where they have marked nothing, what the rules give."""
    sayings = example.sayings
    return [
        each.own or (next((day for day in sayings.told if example.is_of(nth, day)), None) if marked else each.ruled)
        for nth, (each, marked) in enumerate(zip(sayings.all, example.marked, strict=True))
    ]


def word_weights(made: Sequence[Example]) -> Weights:
    """What words tell, by logistic regression, each question from the examples of which people have said."""
    return Weights(
        *(_learnt([asked for each in made for asked in ask(each)]) for ask in (_sayings, _own, _days, _sequels))
    )


def _sayings(example: Example) -> Iterator[Asked]:
    return ((example.sayings.all[nth].words, example.wanted[nth] is not None) for nth in example.asked)


def _own(example: Example) -> Iterator[Asked]:
    for nth in example.asked:
        yield from ((near.words, example.is_of(nth, near.day)) for near in example.sayings.all[nth].near)


def _days(example: Example) -> Iterator[Asked]:
    for day, told in example.sayings.told.items():
        right = any(example.is_of(nth, day) for nth in example.asked)
        yield from ((words, right) for words in told.words)


def _sequels(example: Example) -> Iterator[Asked]:
    for nth in example.asked:
        if nth and example.marked[nth - 1] and example.wanted[nth - 1] is not None:
            yield example.sayings.sequel(nth), example.wanted[nth] == example.wanted[nth - 1]


def _learnt(asked: Sequence[Asked]) -> dict[str, float]:
    """Log odds of "" and of each word that is seen often enough."""
    seen = Counter(word for words, _ in asked for word in set(words))
    columns = DictVectorizer()
    table = columns.fit_transform([{word: 1 for word in words if seen[word] >= LEAST_SEEN} for words, _ in asked])
    learnt = LogisticRegression(C=STRICTNESS, max_iter=500).fit(table, [right for _, right in asked])
    weights = dict(zip(columns.get_feature_names_out().tolist(), learnt.coef_[0].tolist(), strict=True))
    return {"": float(learnt.intercept_[0]), **weights}


@dataclass(frozen=True)
class Table:
    rows: np.ndarray[Any, Any]
    right: np.ndarray[Any, Any]
    story: np.ndarray[Any, Any]


def table(made: Sequence[Example], settled: Sequence[Sequence[Day | None]], models: Sequence[Model]) -> Table:
    """A row for each day that a saying could be of, the days before it settled as given; ``models`` know its words."""
    rows, right, story = [], [], []
    for number, (example, days, model) in enumerate(zip(made, settled, models, strict=True)):
        sayings = Sayings(example.ruled, model.weights)
        asked = set(example.asked)
        for nth, day in enumerate(days):
            for offered, row in sayings.rows() if nth in asked else ():
                rows.append(row)
                right.append(example.is_of(nth, offered))
                story.append(number)
            sayings.settle(day)
    return Table(np.array(rows, np.float32), np.array(right), np.array(story))


def fit(rows: np.ndarray[Any, Any], right: np.ndarray[Any, Any], seeds: int) -> dict[str, np.ndarray[Any, Any]]:
    """The mean of ``seeds`` ensembles, as one, in the arrays that extractors.trees reads."""
    grown = [
        HistGradientBoostingClassifier(
            max_iter=200, learning_rate=0.06, max_depth=7, max_leaf_nodes=24, min_samples_leaf=20,
            l2_regularization=1.0, max_features=0.4, random_state=seed,
        ).fit(rows, right)
        for seed in range(seeds)
    ]  # fmt: skip
    each = [flatten(trees, "days") for trees in grown]
    places = np.cumsum([0, *(len(arrays["days.value"]) for arrays in each)])
    joined = {name: np.concatenate([arrays[name] for arrays in each]) for name in each[0] if name != "days.base"}
    for name in ("days.low", "days.high", "days.roots"):
        joined[name] = np.concatenate([a[name] + at for a, at in zip(each, places, strict=False)]).astype(np.int32)
    joined["days.value"] = joined["days.value"] / np.float32(seeds)
    bases = np.array([arrays["days.base"] for arrays in each])
    return joined | {"days.base": np.array([bases[:, 0].mean(), bases[:, 1].max()])}


def share_right(made: Sequence[Example], settled: Sequence[Sequence[Day | None]]) -> float:
    """Of all that is marked: the day, or that there is none."""
    counts = Counter(
        example.is_of(nth, day) if day else example.wanted[nth] is None
        for example, days in zip(made, settled, strict=True)
        for nth, day in enumerate(days)
        if example.marked[nth]
    )
    return counts[True] / counts.total()


def train(made: Sequence[Example]) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of the model file."""
    fold = np.random.default_rng(0).permutation(len(made)) % FOLDS
    others = [word_weights([each for each, at in zip(made, fold, strict=True) if at != part]) for part in range(FOLDS)]
    settled = [marked_days(example) for example in made]
    print(f"by the rules {share_right(made, [_ruled_days(each) for each in made]):.1%}")
    unseen = [Model(_NOTHING, others[part], 0) for part in fold]
    for turn in range(ROUNDS):
        told = table(made, settled, unseen)
        if turn + 1 < ROUNDS:
            grown = [
                Trees.read(fit(told.rows[keep], told.right[keep], 1), "days")
                for keep in (fold[told.story] != part for part in range(FOLDS))
            ]
            unseen = [Model(grown[part], others[part], told.rows.shape[1]) for part in fold]
            settled = [
                [day for day, _ in settle_all(model, Sayings(example.ruled, model.weights))]
                for model, example in zip(unseen, made, strict=True)
            ]
            print(f"round {turn + 1}: {share_right(made, settled):.1%} of stories not seen", flush=True)
    weights = word_weights(made)
    return {
        **fit(told.rows, told.right, SEEDS),
        "width": np.array(told.rows.shape[1]),
        **{f"{name}.words": np.array(list(getattr(weights, name))) for name in QUESTIONS},
        **{f"{name}.odds": np.array(list(getattr(weights, name).values()), np.float32) for name in QUESTIONS},
    }


_NONE, _EMPTY = np.zeros(0, np.int32), np.zeros(0, np.float32)
_NOTHING = Trees(_NONE, _EMPTY, _NONE, _EMPTY, _NONE, base=0.0, depth=0)
"""In the place of trees where only the words' weights are asked for."""


def _ruled_days(example: Example) -> list[Day | None]:
    return [each.ruled for each in example.sayings.all]


def main() -> None:
    chosen = chosen_options(__doc__, FILE)
    made = [
        *examples(read_annotated(chosen.annotated)),
        *examples(read_polnear_days(chosen.corpus, chosen.annotated / DAYS)),
        *(each for each in written_examples(CASES) for _ in range(OFTEN)),
    ]
    write(chosen.out, train(made), len(made))


if __name__ == "__main__":
    main()
