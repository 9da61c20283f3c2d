"""How right the statements of annotated stories are: what is found against what people have marked.

    python -m benchmarks.quality [FOLDER ...] [--polnear POLNEAR/data/train] [--misses]

FOLDER holds annotated stories (seeds/annotated/README.md); without one, those of seeds/annotated/held, from which
nothing was learnt. Contents are compared as sets of words and paired one to one, best overlap first (words shared, of
the words in either); a pair counts from a half up. Two speakers are the same where one name holds the other or the last
words agree. With ``--polnear`` the stories are those of that corpus of which FOLDER/polnear.csv tells days and
speakers, and only these are measured: not all their statements are marked.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpora import DAYS, AnnotatedStatement, AnnotatedStory, read_annotated, read_polnear_days
from extractors.extraction import extract
from extractors.records import DateBasis, Span, Statement
from extractors.relevance import load_rules
from flows.filters import story_of

HELD = Path("seeds/annotated/held")
MATCH = 0.5
"""The least overlap of two contents that are the same statement's."""
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_UNDATED = (DateBasis.PUBLISHED, DateBasis.NONE)


@dataclass(frozen=True)
class Pair:
    """A marked statement, the found one that is it, and the share of words that their contents share."""

    marked: AnnotatedStatement
    found: Statement
    overlap: float


@dataclass(frozen=True)
class Outcome:
    """What became of one story's statements."""

    story: AnnotatedStory
    pairs: tuple[Pair, ...]
    missed: tuple[AnnotatedStatement, ...]
    false: tuple[Statement, ...]


def outcomes(stories: Sequence[AnnotatedStory]) -> Iterator[Outcome]:
    """Each story with its statements as they are found today, whether it is relevant or not."""
    found = extract((story_of(each.item) for each in stories), load_rules(), everything=True)
    for story, extraction in zip(stories, found, strict=True):
        yield paired(story, extraction.statements)


def paired(story: AnnotatedStory, found: Sequence[Statement]) -> Outcome:
    words = [each.start() for each in _WORD.finditer(story.text)]
    wanted = [_inside(story.text, words, each.at.content) for each in story.statements]
    got = [_inside(story.text, words, each.spans.content) for each in found]
    shares = {
        (i, j): len(mine & theirs) / len(mine | theirs)
        for i, mine in enumerate(wanted)
        for j, theirs in enumerate(got)
        if mine & theirs
    }
    best = sorted(
        shares, key=lambda pair: (-shares[pair], not same_speaker(story.statements[pair[0]], found[pair[1]]), pair)
    )
    left, free = dict(enumerate(story.statements)), dict(enumerate(found))
    pairs = [
        Pair(left.pop(i), free.pop(j), shares[i, j])
        for i, j in best
        if shares[i, j] >= MATCH and i in left and j in free
    ]
    return Outcome(story, tuple(pairs), tuple(left.values()), tuple(free.values()))


def _inside(text: str, words: Sequence[int], spans: Iterable[Span]) -> frozenset[int]:
    """The words of a content, by their starts, a leading "that" left out."""
    held = sorted({at for first, last in spans for at in words if first <= at < last})
    if len(held) > 1 and text[held[0] : held[0] + 5].lower().strip() == "that":
        held = held[1:]
    return frozenset(held)


def same_speaker(marked: AnnotatedStatement, found: Statement) -> bool:
    names = [marked.said[key] for key in ("speaker_name", "speaker") if marked.said[key]]
    given = [each for each in (found.speaker_name, found.speaker) if each]
    return any(same_name(one, other) for one in names for other in given) if names else not given


def same_name(one: str, other: str) -> bool:
    """Does one name hold the other, or do their last words agree?"""
    a, b = _folded(one), _folded(other)
    return f" {a} " in f" {b} " or f" {b} " in f" {a} " or a.split()[-1] == b.split()[-1]


def _folded(name: str) -> str:
    return " ".join(re.sub(r"['’]s$", "", word) for word in _WORD.findall(name.lower())) or "-"


def _same_day(marked: AnnotatedStatement, found: Statement) -> bool:
    """Is the day the annotated one or within it; where none is annotated, is none claimed?"""
    day = marked.said["date"][:10]
    if not day:
        return found.date_basis in _UNDATED
    first, last = (each.isoformat() if each else "" for each in (found.said_from, found.said_to))
    start, _, end = marked.said["date"].partition("/")
    return bool(first) and start <= first[: len(start)] and last[: len(end or start)] <= (end or start)


def counted(story: Outcome) -> Counter[str]:
    """The story's counts by name. "wanted", "given" and "matched" are the three of which shares are made."""
    counts: Counter[str] = Counter(
        wanted=len(story.pairs) + len(story.missed), given=len(story.pairs) + len(story.false), matched=len(story.pairs)
    )
    for pair in story.pairs:
        said, found = pair.marked.said, pair.found
        speaker, day = same_speaker(pair.marked, found), _same_day(pair.marked, found)
        counts.update(
            exact=pair.overlap == 1,
            whole=speaker and (day or not said["date"]),
            speaker=speaker,
            form=said["form"] == found.form,
            audience=_folded(said["audience"]) == _folded(found.audience),
            via=_folded(said["via"]) == _folded(found.via),
            dated=bool(said["date"]),
            day=day and bool(said["date"]),
            told=day and bool(said["date"]) and found.date_basis not in _UNDATED,
            undated=not said["date"],
            left=day and not said["date"],
        )
    return counts


def shown(counts: Counter[str]) -> Iterator[str]:
    """The figures as lines to read."""
    for name, label in (("matched", "matched"), ("exact", "exact"), ("whole", "content, speaker and day")):
        precision, recall = counts[name] / max(1, counts["given"]), counts[name] / max(1, counts["wanted"])
        f1 = 2 * counts[name] / max(1, counts["given"] + counts["wanted"])
        yield f"{label:<28} P {precision:6.1%}  R {recall:6.1%}  F1 {f1:6.1%}"
    for name in ("form", "audience", "via"):
        yield f"{name:<28} {counts[name] / max(1, counts['matched']):6.1%} of {counts['matched']} matched"
    yield from shown_of_pairs(counts)


def shown_of_pairs(counts: Counter[str]) -> Iterator[str]:
    """Of them those that need no more than the paired statements."""
    yield f"{'speaker':<28} {counts['speaker'] / max(1, counts['matched']):6.1%} of {counts['matched']} matched"
    for name, label in (("told", "day found"), ("day", "day, or that of publication")):
        yield f"{label:<28} {counts[name] / max(1, counts['dated']):6.1%} of {counts['dated']} that have one"
    yield f"{'no day claimed':<28} {counts['left'] / max(1, counts['undated']):6.1%} of {counts['undated']} without one"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folders", type=Path, nargs="*", default=[HELD])
    options.add_argument("--polnear", type=Path, help="the corpus of FOLDER/polnear.csv")
    options.add_argument("--misses", action="store_true", help="print what is missed, wrong or not quite the content")
    chosen = options.parse_args()
    for folder in chosen.folders:
        if chosen.polnear:
            results = list(outcomes(read_polnear_days(chosen.polnear, folder / DAYS)))
        else:
            results = list(outcomes(read_annotated(folder)))
        print(f"{folder}: {len(results)} stories")
        for result in results if chosen.misses else ():
            print("\n".join(_told(result)))
        counts: Counter[str] = sum((counted(each) for each in results), Counter())
        print("\n".join(shown_of_pairs(counts) if chosen.polnear else shown(counts)))


def _told(result: Outcome) -> Iterator[str]:
    yield f"== {result.story.item['id']}"
    for missed in result.missed:
        yield f"  missed: {missed.said['speaker']} | {missed.said['cue']} | {missed.said['content']}"
    for false in result.false:
        yield f"  false: {false.speaker} | {false.cue} | {false.content} ({false.rule}, {false.confidence:.2f})"
    for pair in result.pairs:
        said, found = pair.marked.said, pair.found
        if not same_speaker(pair.marked, found):
            yield f"  speaker: {found.speaker_name} for {said['speaker_name']} | {said['cue']} | {said['content']}"
        if pair.overlap < 1:
            yield f"  content: {found.content}\n      for: {said['content']}"
        if not _same_day(pair.marked, found):
            yield f"  day: {found.said_from} {found.date_basis} for {said['date'] or 'none'} | {said['content']}"


if __name__ == "__main__":
    main()
