"""How well speakers are named, apart from finding statements: the annotated mentions go in, the names come out.

    python -m benchmarks.speakers [STORIES] [--misses]

STORIES is a folder of annotated stories; those of seeds/annotated/held where none is given. Prints the share of
speakers right, of names right where the mention needs resolving, of names equal letter for letter, of kinds right, and
stories a second, the parse left out.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from benchmarks.corpora import AnnotatedStory, read_annotated
from benchmarks.quality import HELD, same_name, same_speaker
from extractors import parsing, speakers
from extractors.records import CueClass, Form, Spans, Statement, Story, statement_id
from flows.filters import story_of


def annotated(gold: AnnotatedStory, story: Story) -> list[Statement]:
    statements = []
    for number, each in enumerate(gold.statements):
        said, contents = each.said, each.at.content
        statements.append(
            Statement(
                id=statement_id(story.id, said["content"], said["cue"], number),
                story_id=story.id,
                speaker=said["speaker"],
                cue=said["cue"],
                cue_class=CueClass.ASSERT,
                content=said["content"],
                form=Form(said["form"]),
                spans=Spans(contents, (contents[0][0], contents[-1][1]), next(iter(each.at.source), None)),
                audience=said["audience"],
            )
        )
    return statements


def measure(stories: Path) -> tuple[Counter[str], list[str]]:
    """Counts over all stories, with CPU milliseconds, and a line for each name that is not the annotated one."""
    golds = read_annotated(stories)
    count: Counter[str] = Counter(stories=len(golds))
    misses = []
    for gold, parsed in zip(golds, parsing.parse(gold.text for gold in golds), strict=True):
        story = story_of(gold.item)
        statements = annotated(gold, story)
        began = time.process_time_ns()
        resolved = speakers.resolve(story, parsed, statements)
        count["ms"] += (time.process_time_ns() - began) // 1_000_000
        for each, got in zip(gold.statements, resolved, strict=True):
            said, name = each.said, each.said["speaker_name"]
            count["statements"] += 1
            count["speaker"] += same_speaker(each, got)
            if name and name != said["speaker"]:
                count["to resolve"] += 1
                count["resolved"] += same_name(name, got.speaker_name)
            count["same letters"] += name == got.speaker_name
            count["kind"] += said["speaker_kind"] == got.speaker_kind
            if name != got.speaker_name:
                misses.append(f"{gold.item['id']}: {said['speaker']!r} is {name!r}, not {got.speaker_name!r}")
    return count, misses


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("stories", type=Path, nargs="?", default=HELD)
    options.add_argument("--misses", action="store_true", help="print each name that is not the annotated one")
    chosen = options.parse_args()
    count, misses = measure(chosen.stories)
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
