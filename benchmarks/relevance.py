"""How well and how fast relevance is judged, beside two plain rules.

    python -m benchmarks.relevance [STORIES.jsonl]

Quality on the invented stories of tests/cases/relevance.toml (those that the weights were learnt from, and those held
out), and on STORIES.jsonl where given: JSON Lines with title, summary, text, relevant and kind, the topic of a relevant
story. Speed on one core, on stories of 400 words. The plain rules are what one would write first: "ukrain" anywhere in
the text, and a word of each of two short lists.
"""

from __future__ import annotations

import json
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from extractors.relevance import judge, load_rules, preselect

CASES = Path(__file__).resolve().parents[1] / "tests" / "cases" / "relevance.toml"
COUNTRY = ("ukrain", "kyiv", "zelensk", "russia", "putin", "kremlin")
WAR = ("war", "attack", "missile", "drone", "troops", "sanction", "weapon", "nato", "ceasefire", "soldier")

Story = dict[str, Any]
Rule = Callable[[Story], bool]
rules = load_rules()


def main() -> None:
    stories = tomllib.loads(CASES.read_text(encoding="utf-8"))["story"]
    for story in stories:
        story["relevant"] = story["kind"] in rules.topics
    sets = {
        "learnt from": [story for story in stories if not story.get("held_out")],
        "held out": [story for story in stories if story.get("held_out")],
    }
    for path in map(Path, sys.argv[1:]):
        sets[path.name] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    judged: dict[str, Rule] = {
        '"ukrain" in the text': lambda s: "ukrain" in whole(s),
        "a word of each of two lists": lambda s: (
            any(w in whole(s) for w in COUNTRY) and any(w in whole(s) for w in WAR)
        ),
        "title and summary": lambda s: preselect(s["title"], s["summary"], rules).relevant,
        "full text": lambda s: judge(s["title"], s["summary"], s["text"], rules).relevant,
    }
    for name, found in sets.items():
        print(f"{name}: {len(found)} stories, {sum(s['relevant'] for s in found)} relevant")
        for label, rule in judged.items():
            print(f"  {label:28} {figures(found, rule)}")
        print(f"  {'topics':28} {topics([s for s in found if s['relevant']])}")
    print(f"speed: {speed(stories):,.0f} stories of 400 words a second")


def whole(story: Story) -> str:
    return f"{story['title']} {story['summary']} {story['text']}".casefold()


def figures(stories: list[Story], rule: Rule) -> str:
    kept = [story for story in stories if rule(story)]
    right = sum(story["relevant"] for story in kept)
    return written(right, len(kept), sum(story["relevant"] for story in stories))


def topics(stories: list[Story]) -> str:
    """Micro-averaged over sets: each story has one topic, up to two are given."""
    given = [judge(story["title"], story["summary"], story["text"], rules).topics for story in stories]
    right = sum(story["kind"] in found for story, found in zip(stories, given, strict=True))
    return written(right, sum(map(len, given)), len(stories))


def written(right: int, given: int, wanted: int) -> str:
    return f"P {right / given:.3f}  R {right / wanted:.3f}  F1 {2 * right / (given + wanted):.3f}"


def speed(stories: list[Story]) -> float:
    """Stories a second, in CPU time; the texts are strung together to 400 words each."""
    words = " ".join(story["text"] for story in stories).split()
    texts = [" ".join(words[at : at + 400]) for at in range(0, len(words) - 400, 40)]
    started = time.process_time()
    for text, story in zip(texts, stories, strict=False):
        judge(story["title"], story["summary"], text, rules)
    return min(len(texts), len(stories)) / (time.process_time() - started)


if __name__ == "__main__":
    main()
