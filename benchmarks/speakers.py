"""How well speakers are named, apart from finding statements: the annotated mentions go in, the names come out.

    python -m benchmarks.speakers STORIES SCORER [--misses]

STORIES is a folder of annotated stories (one JSON file each), SCORER the script score_statements.py that comes with
them and says when two names are the same. Prints the share of speakers right, of names right where the mention needs
resolving, of names equal letter for letter, of kinds right, and stories a second, the parse left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import time
from collections import Counter
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

from extractors import parsing, speakers
from extractors.records import CueClass, Form, Span, Spans, Statement, Story, statement_id, story_id


def load_scorer(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("scorer", path)
    assert spec and spec.loader
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    return scorer


def located(content: str, text: str) -> tuple[Span, ...]:
    """Where a content lies: in one piece, or in two around its cue."""
    pieces = content.split(" ")
    for cut in range(len(pieces), 0, -1):
        first, second = " ".join(pieces[:cut]), " ".join(pieces[cut:])
        start = text.find(first)
        rest = text.find(second, start + len(first)) if second else start
        if start >= 0 and rest >= 0:
            whole = (start, start + len(first))
            return (whole, (rest, rest + len(second))) if second else (whole,)
    return ((0, 0),)


def mention_span(mention: str, cue: str, contents: tuple[Span, ...], text: str) -> Span:
    """The mention outside the content that stands nearest to the cue, or to the content where no cue is given."""
    edges = [edge for span in contents for edge in span]
    cues = [found.start() for found in re.finditer(re.escape(cue), text)] if cue else edges
    place = min(cues, key=lambda at: min(abs(at - edge) for edge in edges))
    starts = [found.start() for found in re.finditer(rf"(?<!\w){re.escape(mention)}(?!\w)", text)]
    outside = [at for at in starts if not any(first <= at < last for first, last in contents)]
    start = min(outside or starts, key=lambda at: abs(at - place))
    return start, start + len(mention)


def annotated(gold: dict[str, Any], story: Story) -> list[Statement]:
    statements = []
    for number, said in enumerate(gold["statements"]):
        contents = located(said["content"], story.text)
        mention = said["speaker"]
        span = mention_span(mention, said["cue"], contents, story.text) if mention else None
        statements.append(
            Statement(
                id=statement_id(story.id, said["content"], said["cue"], number),
                story_id=story.id,
                speaker=mention,
                cue=said["cue"],
                cue_class=CueClass.ASSERT,
                content=said["content"],
                form=Form(said["form"]),
                spans=Spans(contents, (contents[0][0], contents[-1][1]), span),
                audience=said["audience"],
            )
        )
    return statements


def measure(stories: Path, scorer: Path) -> tuple[Counter[str], list[str]]:
    """Counts over all stories, with CPU milliseconds, and a line for each name that is not the annotated one."""
    rules = load_scorer(scorer)
    golds = [json.loads(path.read_text("utf-8")) for path in sorted(stories.glob("*.json"))]
    count: Counter[str] = Counter(stories=len(golds))
    misses = []
    for gold, parsed in zip(golds, parsing.parse(gold["text"] for gold in golds), strict=True):
        day = date.fromisoformat(gold["published"][:10]) if gold["published"] else None
        story = Story(story_id(gold["url"]), gold["url"], gold["title"], gold["text"], day=day)
        statements = annotated(gold, story)
        began = time.process_time_ns()
        resolved = speakers.resolve(story, parsed, statements)
        count["ms"] += (time.process_time_ns() - began) // 1_000_000
        for said, got in zip(gold["statements"], resolved, strict=True):
            name = said["speaker_name"]
            count["statements"] += 1
            count["speaker"] += rules.speaker_right(said, {"speaker": got.speaker, "speaker_name": got.speaker_name})
            if name and rules.words(name) != rules.words(said["speaker"]):
                count["to resolve"] += 1
                count["resolved"] += rules.same_speaker(name, got.speaker_name)
            count["same letters"] += name == got.speaker_name
            count["kind"] += said["speaker_kind"] == got.speaker_kind
            if name != got.speaker_name:
                misses.append(f"{gold['id']}: {said['speaker']!r} is {name!r}, not {got.speaker_name!r}")
    return count, misses


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("stories", type=Path)
    options.add_argument("scorer", type=Path)
    options.add_argument("--misses", action="store_true", help="print each name that is not the annotated one")
    chosen = options.parse_args()
    count, misses = measure(chosen.stories, chosen.scorer)
    if chosen.misses:
        print("\n".join(misses))
    total = count["statements"]
    print(
        f"{count['stories']} stories, {total} statements, {1000 * count['stories'] / count['ms']:.0f} stories a second"
    )
    print(f"speaker      {count['speaker'] / total:.1%}")
    print(f"name         {count['resolved'] / count['to resolve']:.1%} of {count['to resolve']} that need resolving")
    print(f"same letters {count['same letters'] / total:.1%}")
    print(f"kind         {count['kind'] / total:.1%}")


if __name__ == "__main__":
    main()
