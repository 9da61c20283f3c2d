"""How many near-copies are found, what is joined wrongly, and how fast.

    python -m benchmarks.duplicates [STORIES]

Texts: STORIES (default 5,000) made-up stories of 400 words, drawn as words are (a few often, many seldom), and a
changed copy of one in ten by each kind of change. Utterances: the pairs of tests/cases/copies.toml.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable
from itertools import combinations

from extractors.duplicates import Carried, find_copies, same_utterance, signature
from extractors.records import story_id
from tests.test_duplicates import reports

CHANGES: dict[str, Callable[[list[str], random.Random], list[str]]] = {
    "none": lambda words, dice: words,
    "2 % of words": lambda words, dice: edited(words, 0.02, dice),
    "10 % of words": lambda words, dice: edited(words, 0.10, dice),
    "25 % of words": lambda words, dice: edited(words, 0.25, dice),
    "cut to 60 %": lambda words, dice: words[: len(words) * 6 // 10],
    "40 words more": lambda words, dice: words + drawn(40, dice),
    "agency line, byline": lambda words, dice: ["KYIV", "(AP)", "—", *words, "\n(Reporting by Ada Lund)"],
}


def main() -> None:
    dice = random.Random(11)
    texts = [drawn(400, dice) for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)]
    started = time.process_time()
    known = [carried(f"known/{at}", words) for at, words in enumerate(texts)]
    print(f"signatures: {len(known) / (time.process_time() - started):,.0f} stories of 400 words a second")
    for change, apply in CHANGES.items():
        new = [carried(f"{change}/{at}", apply(texts[at], dice)) for at in range(0, len(texts), 10)]
        started = time.process_time()
        found = {copy.story_id: copy for copy in find_copies(new, known)}
        seconds = time.process_time() - started
        right = [
            found[story.story_id].relation.value
            for at, story in zip(range(0, len(texts), 10), new, strict=True)
            if story.story_id in found and found[story.story_id].copy_of == known[at].story_id
        ]
        kinds = {kind: right.count(kind) for kind in sorted(set(right))}
        print(
            f"  {change:20} found {len(right) / len(new):.3f}  wrong {len(found) - len(right)}  {kinds}  "
            f"({len(new)} against {len(known)} in {seconds:.2f} s)"
        )
    joined = wrong = missed = 0
    for (number, a), (other, b) in combinations(reports(), 2):
        same = same_utterance(a, b)
        joined += same
        wrong += same and number != other
        missed += not same and number == other
    print(f"utterances: {joined} pairs joined, {wrong} of them wrong; {missed} missed")


def carried(url: str, words: list[str]) -> Carried:
    return Carried(story_id(url), signature("A title", " ".join(words)))


def drawn(count: int, dice: random.Random) -> list[str]:
    return [f"word{int(dice.paretovariate(0.9))}" for _ in range(count)]


def edited(words: list[str], share: float, dice: random.Random) -> list[str]:
    return [f"edit{dice.randrange(9999)}" if dice.random() < share else word for word in words]


if __name__ == "__main__":
    main()
