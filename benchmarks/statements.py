"""How long statements take beside the parse: stories a second, and the ratio of both to the parse alone, in one run.

Two parses of the same texts stand beside it: ours of the paragraphs that can hold a statement, when it has seen the
texts once; and spaCy's own of all paragraphs, without the components that we do not use.

    python -m benchmarks.statements [FOLDER] [--stories N]

FOLDER holds *.txt stories; without it the benchmark writes stories of its own.
"""

from __future__ import annotations

import argparse
import collections
import random
import resource
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks.parse import no_names, seconds
from extractors.parsing import paragraphs, parse
from extractors.ranking import load_trained
from extractors.records import Story, story_id
from extractors.statements import find

SPEAKERS = ("The minister", "Governor Olena Kravets", "A spokesman for the ministry", "Two officials", "Tusk", "She")
SAYINGS = (
    "the bridge would stay closed until the engineers had looked at every pillar",
    "three people were killed when a drone hit a depot near the river on Monday",
    "the next delivery of shells was on its way and would arrive before the end of the month",
    "talks about the exchange of prisoners had not stopped for a day",
)
QUOTED = ("We are not leaving this town", "There is no heat in half of the houses", "Nobody asked us what we need")
CUES = ("said", "announced", "told reporters", "warned", "added", "wrote on Telegram")
PLAIN = (
    "The town lies on a hill above the river and had 14,000 inhabitants before the war.",
    "Trains stopped running in the spring, and the road to the north is open only by day.",
)


def written(seed: int) -> str:
    """A story of about 400 words, a third of its sentences without a cue."""
    draw = random.Random(seed)
    lines = []
    for _ in range(8):
        speaker, saying, quoted, cue = (draw.choice(each) for each in (SPEAKERS, SAYINGS, QUOTED, CUES))
        lines.append(
            draw.choice(
                (
                    f"{speaker} {cue} that {saying}. {draw.choice(PLAIN)}",
                    f"“{quoted},” {speaker} {cue}. “{draw.choice(QUOTED)}.” {draw.choice(PLAIN)}",
                    f"According to {speaker[0].lower() + speaker[1:]}, {saying}. {draw.choice(PLAIN)}",
                    " ".join(PLAIN),
                )
            )
        )
    return "\n".join(lines)


def texts(folder: Path | None, count: int) -> Iterator[str]:
    if folder is None:
        yield from map(written, range(count))
    else:
        yield from islice((path.read_text("utf-8") for path in sorted(folder.glob("**/*.txt"))), count)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path, nargs="?")
    options.add_argument("--stories", type=int, default=200)
    chosen = options.parse_args()
    if not any(texts(chosen.folder, 1)):
        options.error(f"{chosen.folder} holds no *.txt")
    plain = no_names()
    collections.deque(parse(texts(chosen.folder, chosen.stories)), maxlen=0)
    load_trained()
    parsing = finding = bare = 0.0
    stories = words = statements = 0
    parses = parse(texts(chosen.folder, chosen.stories))
    while True:
        began = time.process_time()
        parsed = next(parses, None)
        parsing += time.process_time() - began
        if parsed is None:
            break
        story = Story(story_id(str(stories)), "https://example.org", "", parsed.text)
        began = time.process_time()
        statements += len(find(story, parsed))
        finding += time.process_time() - began
        stories, words = stories + 1, words + len(parsed.text.split())
    for text in texts(chosen.folder, chosen.stories):
        bare += seconds(plain, [text[start:end] for start, end in paragraphs(text)])
    print(f"{stories:,} stories, {words:,} words, {statements:,} statements; CPU seconds of one process")
    print(f"parse     {parsing:7.2f} s  {stories / parsing:7.1f} stories/s")
    print(f"find      {finding:7.2f} s  {stories / finding:7.1f} stories/s")
    both = parsing + finding
    print(f"together  {stories / both:7.1f} stories/s, {both / parsing:.2f} times the parse alone")
    print(f"spaCy's   {bare:7.2f} s  {stories / bare:7.1f} stories/s: together {both / bare:.2f} times that")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
