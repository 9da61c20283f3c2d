"""How fast dates are found, beside dateparser.search_dates in the same run: `python -m benchmarks.dates`.

Prints documents of 2 KB per CPU second for both, their ratio, and the CPU time of a cold start. The prose is made here,
with more dates than news has, so that anyone can repeat it. Ratios carry over between machines; rates do not.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from dateparser.search import search_dates

from extractors.dates import tag

SIZE = 2048  # characters: a short news story
STORIES = 200
PEER_STORIES = 20  # dateparser is slow
PUBLISHED = date(2025, 9, 3)

DATED = (
    "The general staff said as of 08:00 on {day} {month} that 120 clashes had been counted along the front.",
    "A spokesman told reporters on {weekday} that the convoy had reached the town without losses.",
    "According to the ministry, the contract of {month} {day}, {year} covers two thousand rounds.",
    "The two sides are expected to meet again on {weekday}, officials in both capitals said.",
    "Air defence crews shot down thirty drones overnight, and debris fell on a warehouse by the river.",
    "The plant has been without its main power line for {count} days, the inspectors noted.",
    "Aid fell by a tenth last year and may fall further in the first quarter of {year}.",
    "The bridge was hit three weeks ago; a day later the railway opened a diversion.",
)
PLAIN = (
    "Residents may return once the mines have been cleared, the governor of the region added.",
    "The prime minister thanked the crews and said that the repairs would go on through the winter.",
    "No power would be spared to bring the prisoners home, she promised their families in the square.",
    "Engineers laid a second pipe under the river so that the hospital would not depend on a single station.",
    "The committee heard from four witnesses, none of whom had been asked to speak in public before.",
    "Its chairman called the draft a fair basis for talks, though several members wanted stronger guarantees.",
)


def stories(count: int) -> list[str]:
    """That many different stories of about SIZE characters; the same ones in every run."""
    random, made = Random(4), []
    for _ in range(count):
        story = ""
        while len(story) < SIZE:
            day = PUBLISHED - timedelta(random.randrange(300))
            story += random.choice(DATED if random.random() < 0.3 else PLAIN).format(
                day=day.day, month=f"{day:%B}", year=day.year, weekday=f"{day:%A}", count=random.randrange(2, 99)
            )
            story += random.choice((" ", " ", "\n"))
        made.append(story[:SIZE])
    return made


def rate(read: Callable[[str], object], texts: list[str]) -> float:
    """Documents per CPU second."""
    read(texts[0])
    start = time.process_time()
    for text in texts:
        read(text)
    return len(texts) / (time.process_time() - start)


def cold_start() -> float:
    """CPU seconds from nothing to the first answer, less what an empty interpreter takes."""
    measure = "import time, datetime; {}; print(time.process_time())"
    ready = measure.format("from extractors.dates import tag; tag('on Tuesday', datetime.date(2025, 9, 3))")
    used = [float(subprocess.check_output([sys.executable, "-c", code])) for code in (ready, measure.format("pass"))]
    return used[0] - used[1]


def peer(text: str) -> object:
    base = datetime(PUBLISHED.year, PUBLISHED.month, PUBLISHED.day)  # noqa: DTZ001
    return search_dates(text, languages=["en"], settings={"RELATIVE_BASE": base, "PREFER_DATES_FROM": "past"})


def main() -> None:
    texts = stories(STORIES)
    ours, theirs = rate(lambda text: tag(text, PUBLISHED), texts), rate(peer, texts[:PEER_STORIES])
    found = sum(len(tag(text, PUBLISHED)) for text in texts) / len(texts)
    print(f"dateline                 {ours:8.0f} documents of 2 KB per CPU second, {found:.1f} expressions each")
    print(f"dateparser.search_dates  {theirs:8.1f}")
    print(f"ratio                    {ours / theirs:8.0f}")
    print(f"cold start               {cold_start():8.2f} CPU seconds")


if __name__ == "__main__":
    main()
