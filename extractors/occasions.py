"""Which of a story's dates is the day of a saying: statements + timexes → dated statements.

A date belongs to a saying by relation, never by nearness:

* ``explicit``: the saying's own sentence gives it (``adjuncts``). A date inside the content, or one that dates
  another's report, never does.
* ``context``: the occasion is dated elsewhere (``events``) and holds for the saying (``carrying``, ``belonging``).
* ``published``: the story does not say. Said on or before the day of publication.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from extractors.adjuncts import POSSESSIVE
from extractors.belonging import settled
from extractors.carrying import ruled
from extractors.events import Found
from extractors.parsing import Parsed
from extractors.records import DateBasis, Precision, Span, Statement, Story, Timex
from extractors.scenes import Scene, lexicon, scene_of

_BESIDE = 40  # characters beside a date in which stand what introduces it and a second writing of it


def date_statements(
    story: Story, parsed: Parsed, statements: Sequence[Statement], timexes: Sequence[Timex]
) -> list[Statement]:
    """The statements with the day they were said, how it is known, and the dates that their content speaks of; with the
    audience of the hearing or debate at which they were said, where they have none of their own.

    Speakers are told apart by ``speaker_name`` where it is filled, else by the mention. An interval never reaches
    beyond the day of publication. Confidence falls with the doubt about the day.
    """
    scene = scene_of(story, parsed, statements, timexes)
    days = settled(ruled(scene))
    return [_dated(scene, statement, each) for statement, each in zip(statements, days, strict=True)]


def _dated(scene: Scene, statement: Statement, found: Found | None) -> Statement:
    day = scene.day
    if found is not None and found.basis is DateBasis.EXPLICIT:
        statement = _without(scene, statement, _date_span(scene, found.timex))
    mentions = tuple(timex for span in statement.spans.content for timex in scene.timexes_in(span))
    if found is None:
        basis = DateBasis.PUBLISHED if day else DateBasis.NONE
        return replace(
            statement, said_from=day, said_to=day, precision=Precision.DAY if day else None,
            date_basis=basis, date_text="", mentions=mentions, confidence=statement.confidence * 0.9,
        )  # fmt: skip
    if found.audience and not statement.audience:
        heard = replace(statement.spans, audience=found.audience)
        statement = replace(statement, audience=scene.text[slice(*found.audience)], spans=heard)
    timex = found.timex
    explicit = found.basis is DateBasis.EXPLICIT
    span = _date_span(scene, timex)
    return replace(
        statement,
        said_from=timex.first,
        said_to=min(timex.last, day) if timex.last and day else timex.last,
        precision=timex.precision,
        date_basis=found.basis,
        date_text=scene.text[slice(*span)] if explicit else "",
        spans=replace(statement.spans, date=span),
        mentions=mentions,
        confidence=statement.confidence * found.sureness,
    )


def _without(scene: Scene, statement: Statement, date: Span) -> Statement:
    """The statement without its own date words where its content ends with them."""
    parts = []
    for start, end in statement.spans.content:
        if start < date[0] and date[1] <= end and not re.search(r"\w", scene.text[date[1] : end]):
            end = start + len(scene.text[start : date[0]].rstrip(" ,"))
        parts.append((start, end))
    if tuple(parts) == statement.spans.content:
        return statement
    content = " ".join(scene.text[slice(*part)] for part in parts)
    return replace(statement, content=content, spans=replace(statement.spans, content=tuple(parts)))


def _date_span(scene: Scene, timex: Timex) -> Span:
    """The date with the words that introduce it and a second writing of it: "on Monday (Feb 28)"."""
    start, end, text = timex.start, timex.end, scene.text
    for other in scene.dates_in((start - _BESIDE, end + _BESIDE)):
        if other.first == timex.first and other.start > end and text[end : other.start] == " (":
            end = other.end + text.startswith(")", other.end)
        elif other.first == timex.first and other.end < start and text[other.end : start] == " (":
            start, end = other.start, end + text.startswith(")", end)
    if text.startswith(POSSESSIVE, end) and not timex.text.lower().startswith("eve"):
        return start, end + len(POSSESSIVE[0])  # "at Monday's briefing", but "on the eve of Monday"
    match = lexicon()["introduction"].search(text[max(0, start - _BESIDE) : start])
    return start - (len(match[0]) if match else 0), end
