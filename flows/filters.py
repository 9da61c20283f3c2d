"""The filters of the command line: JSON Lines in, JSON Lines out, in the same order; a bad line costs only itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO

from extractors.errors import InputError
from extractors.records import Extraction, Spans, Statement, Story, story_id
from flows.settings import Settings

CHUNK = 32
"""Lines worked on together: as many as the parser takes at a time."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of input: its number (from 1), its id where it has one, and its object or what is wrong with it."""

    number: int
    id: Any
    item: dict[str, Any]
    error: str = ""


STORY_FIELDS = ("id", "title", "outlet", "url", "published", "text", "summary", "language")
TEXT_FIELDS = ("id", "dct", "day_first", "text")


def lines(source: Iterable[str], known: Sequence[str]) -> Iterator[Line]:
    """The lines of input. ``known``: the fields that are read; any other is told of once, as it may be misspelt."""
    told: set[str] = set()
    for number, text in enumerate(source, 1):
        if not text.strip():
            continue
        try:
            item = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            yield Line(number, None, {}, f"not JSON: {error}")
            continue
        if not isinstance(item, dict):
            yield Line(number, None, {}, "not a JSON object")
            continue
        if not _is_text(item):
            yield Line(number, None, {}, "holds bytes or escapes that are no Unicode text; write UTF-8")
            continue
        for name in sorted(item.keys() - {*known} - told):
            print(f'line {number}: "{name}" is not read, here and below; what is: {", ".join(known)}', file=sys.stderr)
            told.add(name)
        identity = item.get("id")
        text_given = item.get("text")
        if not isinstance(text_given, str):
            yield Line(number, identity, item, '"text" is missing or no string')
        else:
            yield Line(number, identity, item)


def _is_text(item: dict[str, Any]) -> bool:
    """Can it be written again? Lone surrogates, by escape or from bytes that are no UTF-8, cannot."""
    try:
        json.dumps(item, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def extract(source: Iterable[str], out: TextIO, settings: Settings, *, everything: bool = False) -> bool:
    """Stories in, statements out (``dateline extract``). False where every line is bad."""
    good: list[bool] = []
    for line, found in extractions(source, settings, everything=everything):
        good.append(found is not None)
        if found is None:
            _report(line, out)
        else:
            _write(out, {"id": line.id, **as_json(found)})
    return any(good) or not good


def extractions(
    source: Iterable[str], settings: Settings, *, everything: bool = False
) -> Iterator[tuple[Line, Extraction | None]]:
    """Each line with its extraction; None where the line is bad (``Line.error`` says how)."""
    from extractors import extraction
    from flows.lists import actors_of, rules_of

    rules = rules_of(settings)
    for chunk in extraction.batched(lines(source, STORY_FIELDS), CHUNK):
        stories: list[Story | None] = []
        for place, line in enumerate(chunk):
            try:
                stories.append(None if line.error else story_of(line.item))
            except InputError as error:
                stories.append(None)
                chunk[place] = Line(line.number, line.id, line.item, str(error))
        good = [story for story in stories if story]
        found = extraction.extract(good, rules, known=actors_of(settings), everything=everything)
        for line, story in zip(chunk, stories, strict=True):
            yield line, next(found) if story else None


def story_of(item: dict[str, Any]) -> Story:
    """A story from its JSON object. Raises InputError naming the field that is wrong."""
    words = {}
    for name in (one for one in STORY_FIELDS if one not in ("id", "text")):
        value = item.get(name) or ""
        if not isinstance(value, str):
            raise InputError(f'"{name}" is no string')
        words[name] = value.strip()
    instant, day = read_published(words["published"])
    return Story(
        id=story_id(words["url"] or str(item.get("id"))),
        url=words["url"],
        title=words["title"],
        text=item["text"],
        outlet=words["outlet"],
        published=instant,
        day=day or (publication_day(instant, words["url"], words["outlet"]) if instant else None),
        language=words["language"],
        summary=words["summary"],
    )


def publication_day(instant: datetime, url: str, outlet: str) -> date:
    """The day in the outlet's own zone, or by the instant's own offset where the outlet is not listed. Raises
    InputError where there is no such day."""
    from extractors.dates import local_day
    from extractors.outlets import outlet_of

    known = outlet_of(url, outlet)
    try:
        return local_day(instant, known.time_zone if known else "")
    except OverflowError:
        raise InputError(f'"published" is {instant.isoformat()}, before or after all days; correct it') from None


def read_published(text: str, field: str = "published") -> tuple[datetime | None, date | None]:
    """An instant where the text has a time with its zone, else a day, else neither. Raises InputError, naming the
    ``field`` of the line that holds it."""
    if not text:
        return None, None
    try:
        if len(text) == len("2025-08-20"):
            return None, date.fromisoformat(text)
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(f'"{field}" is {text!r}; write 2025-08-20 or 2025-08-20T14:05:00+03:00') from None
    return (instant, None) if instant.tzinfo else (None, instant.date())


def as_json(found: Extraction) -> dict[str, Any]:
    """An extraction as `dateline extract` writes it."""
    written: dict[str, Any] = {
        "relevant": found.relevance.relevant,
        "relevance": round(found.relevance.score, 3),
        "topics": list(found.relevance.topics),
        "statements": [statement_json(statement) for statement in found.statements],
    }
    if found.skipped:
        written["skipped"] = found.skipped
    return written


def statement_json(statement: Statement) -> dict[str, Any]:
    return {
        "id": str(statement.id),
        "speaker": statement.speaker,
        "speaker_name": statement.speaker_name,
        "speaker_kind": statement.speaker_kind.value,
        "actor_id": statement.actor_id,
        "cue": statement.cue,
        "cue_class": statement.cue_class.value,
        "content": statement.content,
        "form": statement.form.value,
        "audience": statement.audience,
        "via": statement.via,
        "date": statement.date,
        "date_basis": statement.date_basis.value,
        "date_text": statement.date_text,
        "precision": statement.precision.value if statement.precision else "",
        "confidence": round(statement.confidence, 3),
        "topics": list(statement.topics),
        "mentions": [
            {"start": mention.start, "end": mention.end, "text": mention.text, "value": mention.value}
            for mention in statement.mentions
        ],
        "rule": statement.rule,
        "spans": spans_json(statement.spans),
    }


def spans_json(spans: Spans) -> dict[str, Any]:
    return {
        "speaker": spans.speaker,
        "cue": spans.cue,
        "content": list(spans.content),
        "date": spans.date,
        "audience": spans.audience,
        "via": spans.via,
        "evidence": spans.evidence,
    }


def dates(source: Iterable[str], out: TextIO) -> bool:
    """Texts in, date expressions out (``dateline dates``). False where every line is bad."""
    from extractors.dates import tag

    good: list[bool] = []
    for line in lines(source, TEXT_FIELDS):
        try:
            if line.error:
                raise InputError(line.error)
            given, day_first = line.item.get("dct") or "", line.item.get("day_first")
            if not (day_first is None or isinstance(day_first, bool)):
                raise InputError(f'"day_first" is {day_first!r}; write true, false or null')
            instant, day = read_published(str(given), "dct")
            found = tag(line.item["text"], day or (instant.date() if instant else None), day_first=day_first)
        except InputError as error:
            _report(Line(line.number, line.id, line.item, str(error)), out)
            good.append(False)
            continue
        good.append(True)
        timexes = [
            {"start": one.start, "end": one.end, "text": one.text, "type": one.type.value, "value": one.value}
            for one in found
        ]
        _write(out, {"id": line.id, "dct": line.item.get("dct"), "timexes": timexes})
    return any(good) or not good


def read(target: str, url: str, out: TextIO, settings: Settings) -> None:
    """The story on a page as one JSON line (``dateline read``). Raises FetchError or InputError."""
    from extractors.links import request_url
    from extractors.pages import read_page
    from flows.sources import bytes_of_file, bytes_of_url, is_url

    if is_url(target):
        body, url, content_type = bytes_of_url(target, settings)
    else:
        url = url and request_url(url)
        body, content_type = bytes_of_file(Path(target)), ""
    try:
        page = read_page(body, url=url, content_type=content_type, now=datetime.now(UTC))
    except InputError as error:
        raise InputError(f"{target}: {error}") from None
    published = page.published or page.published_day
    _write(
        out,
        {
            "url": page.canonical_url or url,
            "title": page.title,
            "published": published.isoformat() if published else "",
            "date_source": page.date_source,
            "language": page.language,
            "kind": page.kind.value,
            "outlet": page.outlet,
            "author": page.author,
            "text": page.text,
        },
    )


def explain(source: Iterable[str], out: TextIO, settings: Settings) -> bool:
    """Why each story was kept or dropped, and the rule behind each statement (``dateline explain``). False where every
    line is bad."""
    from extractors import relevance

    good: list[bool] = []
    for line, found in extractions(source, settings):
        good.append(found is not None)
        if found is None:
            print(f"line {line.number}: {line.error}", file=sys.stderr)
            continue
        print(f"{line.id}: {found.story.title}", file=out)
        print(relevance.explain(found.relevance), file=out)
        if found.skipped:
            print(f"no statements looked for: {found.skipped}", file=out)
        for one in found.statements:
            name = f"{one.speaker or '(goes on)'}" + (
                f" = {one.speaker_name}" if one.speaker_name != one.speaker else ""
            )
            day = f"{one.date or '?'} ({one.date_basis.value}{f': {one.date_text!r}' if one.date_text else ''})"
            print(f"  [{one.rule} {one.confidence:.2f}] {name} | {one.cue} | {day}\n      {one.content}", file=out)
        print(file=out)
    return any(good) or not good


def _report(line: Line, out: TextIO) -> None:
    print(f"line {line.number}: {line.error}", file=sys.stderr)
    _write(out, {"id": line.id, "error": f"line {line.number}: {line.error}"})


def _write(out: TextIO, item: dict[str, Any]) -> None:
    out.write(json.dumps(item, ensure_ascii=False) + "\n")
