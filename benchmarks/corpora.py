"""What people have marked in stories: PolNeAR's attributions, and the annotated stories of this project."""

from __future__ import annotations

import collections
import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extractors.errors import InputError
from extractors.records import Span

DAYS = "polnear.csv"
"""The file beside annotated stories that tells days and speakers of PolNeAR's."""


@dataclass(frozen=True)
class Attribution:
    """A statement by the offsets of its parts in the story's text. Parts that are not marked are empty."""

    source: tuple[Span, ...]
    cue: tuple[Span, ...]
    content: tuple[Span, ...]


@dataclass(frozen=True)
class Marked:
    """A story's text with all that was marked in it."""

    text: str
    attributions: tuple[Attribution, ...]
    nested: bool  # are statements marked that lie inside another's content?


@dataclass(frozen=True)
class AnnotatedStatement:
    """A statement as it is annotated (strings, see seeds/annotated/README.md) and where its words stand."""

    said: dict[str, str]
    at: Attribution


@dataclass(frozen=True)
class AnnotatedStory:
    """A story of our own with all its statements. ``item``: what ``dateline extract`` reads."""

    item: dict[str, Any]
    statements: tuple[AnnotatedStatement, ...]

    @property
    def text(self) -> str:
        return str(self.item["text"])

    @property
    def marked(self) -> Marked:
        """As training data: the statements that have a cue."""
        return Marked(self.text, tuple(each.at for each in self.statements if each.at.cue), nested=True)


def read_polnear(folder: Path) -> list[Marked]:
    """A part of PolNeAR (``data/train``): of several annotators of a story the first. Nothing is nested there."""
    stories = []
    for path in sorted((folder / "text").glob("*.txt")):
        text = path.read_bytes().decode()
        stories.append(Marked(text, tuple(_attributions(folder, path.stem)), nested=False))
    return stories


def read_polnear_days(folder: Path, days: Path) -> list[AnnotatedStory]:
    """The stories of a part of PolNeAR of whose statements ``days`` tells when they were said and by whom (see
    seeds/annotated/README.md): the others among its attributions are left out. Raises InputError where the corpus does
    not hold a story or a statement."""
    rows: dict[str, list[dict[str, str]]] = {}
    with days.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            rows.setdefault(row["story"], []).append(row)
    stories = []
    for name, told in rows.items():
        path = folder / "text" / f"{name}.txt"
        if not path.is_file():
            raise InputError(f"{folder} does not hold the story {name!r} of {days}: give PolNeAR's data/train")
        text = path.read_bytes().decode()
        marked = {(each.cue[0][0], each.content[0][0]): each for each in _attributions(folder, name) if each.cue}
        statements = []
        for row in told:
            at = marked.get((int(row["cue"]), int(row["content"])))
            if at is None:
                raise InputError(
                    f"{name} of {folder} has no attribution with its cue at {row['cue']}: is it PolNeAR 1.0?"
                )
            statements.append(_dated(text, row, at))
        published = re.search(r"_(\d{4}-\d\d-\d\d)_", name)
        item = {"id": name, "published": published[1] if published else "", "text": text}
        stories.append(AnnotatedStory(item, tuple(statements)))
    return stories


def _dated(text: str, row: dict[str, str], at: Attribution) -> AnnotatedStatement:
    words = {
        role: " ".join(text[slice(*span)] for span in spans)
        for role, spans in (("speaker", at.source), ("cue", at.cue), ("content", at.content))
    }
    told = {key: row[key] for key in ("date", "date_basis", "speaker_name")}
    return AnnotatedStatement(
        dict.fromkeys(("speaker_kind", "form", "audience", "via", "date_text"), "") | words | told, at
    )


def _attributions(folder: Path, name: str) -> list[Attribution]:
    """Of several annotators the first one's."""
    marks = sorted((folder / "attributions").glob(f"{_escaped(name)}_????.ann"))
    return list(_standoff(marks[0].read_bytes().decode()))


def _escaped(name: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", name)


def _standoff(lines: str) -> Iterator[Attribution]:
    spans: dict[str, tuple[Span, ...]] = {}
    for line in lines.split("\n"):
        if found := re.match(r"(T\d+)\t\S+ ([\d ;]+)", line):
            spans[found[1]] = tuple((int(a), int(b)) for a, b in (part.split() for part in found[2].split(";")))
    for line in lines.split("\n"):
        if re.match(r"E\d+\t", line):
            parts: dict[str, list[Span]] = collections.defaultdict(list)
            for role, _, reference in (part.partition(":") for part in line.split()[1:]):
                parts[role.rstrip("12").lower()] += spans.get(reference, ())
            if parts["content"] and parts["cue"]:
                yield Attribution(*(tuple(sorted(parts[role])) for role in ("source", "cue", "content")))


def read_annotated(folder: Path) -> list[AnnotatedStory]:
    """The stories of ``folder`` (*.json, see seeds/annotated/README.md). Raises InputError where the words of a
    statement are not in its story."""
    return [_annotated(json.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.json"))]


def _annotated(item: dict[str, Any]) -> AnnotatedStory:
    return AnnotatedStory(
        item, tuple(AnnotatedStatement(each, _worded(item["text"], each)) for each in item["statements"])
    )


def _worded(text: str, said: dict[str, str]) -> Attribution:
    """Where the words of a statement stand: the content and the cue that lie nearest together, the speaker nearest to
    the cue. A content is one piece of the text, or several joined by a space."""
    contents = list(_located(text, said["content"]))
    if not contents:
        raise InputError(f"the text does not hold the content {said['content']!r}: copy it from the text")
    cues = list(_found(text, said["cue"]))
    _, content, cue = (
        min((_apart(cue, content), content, (cue,)) for content in contents for cue in cues)
        if cues
        else (0, contents[0], ())
    )
    source = sorted(_found(text, said["speaker"]), key=lambda span: _apart(span, cue or content))[:1]
    return Attribution(tuple(source), cue, content)


def _located(text: str, content: str, *, most: int = 3) -> Iterator[tuple[Span, ...]]:
    """Every place of a content that stands in one piece; else one way to find its ``most`` pieces, longest first."""
    whole = [(span,) for span in _found(text, content)]
    yield from whole
    if not whole and (pieces := _pieces(text, content.split(" "), 0, most)):
        yield pieces


def _pieces(text: str, words: Sequence[str], after: int, most: int) -> tuple[Span, ...]:
    for count in range(len(words), 0, -1):
        piece = " ".join(words[:count])
        for span in _found(text, piece, after):
            if count == len(words):
                return (span,)
            if most > 1 and (rest := _pieces(text, words[count:], span[1], most - 1)):
                return (span, *rest)
    return ()


def _found(text: str, words: str, after: int = 0) -> Iterator[Span]:
    """Where ``words`` stand in the text, not inside longer words; nowhere, if there are none."""
    pattern = rf"(?<!\w){re.escape(words)}(?!\w)" if words[:1].isalnum() and words[-1:].isalnum() else re.escape(words)
    return (found.span() for found in re.compile(pattern).finditer(text, after) if words)


def _apart(span: Span, others: Sequence[Span]) -> int:
    """Characters between a span and others; far where it lies inside one of them."""
    (first, _), (_, last) = others[0], others[-1]
    if any(start <= span[0] < end for start, end in others):
        return last - first + 1_000
    return first - span[1] if span[1] <= first else max(span[0] - last, 0)
