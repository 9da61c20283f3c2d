"""Story in, extraction out: relevance, then statements with their speakers, days and actors.

The one place that knows the order of the extractors. Stories go through in batches, so that the parser
works on many paragraphs at a time, and come out in the order in which they came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import version
from itertools import islice
from typing import TypeVar

from extractors import actors, dates, occasions, parsing, relevance, speakers, statements
from extractors.language import is_english
from extractors.outlets import outlet_of
from extractors.records import FAILED, Extraction, Relevance, Statement, Story, StoryKind, Timex

BATCH = 32
"""Stories parsed together: more gains no speed, and memory stays flat."""

VERSION = version("dateline")
"""Written beside every statement, so that a later version's answers can be told from this one's."""

BUGS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a mistake in an extractor raises. A broken installation (OSError, ImportError) is not among them."""

Item = TypeVar("Item")


def extract(
    stories: Iterable[Story],
    rules: relevance.Rules,
    *,
    known: actors.Actors | None = None,
    everything: bool = False,
) -> Iterator[Extraction]:
    """The extraction of each story, in order: ``assess``, then ``add_statements``. A story that cannot be judged has
    ``failed`` set, like one whose statements cannot be told."""
    return add_statements((_assessed(story, rules, everything) for story in stories), rules, known=known)


def _assessed(story: Story, rules: relevance.Rules, everything: bool) -> Extraction:
    try:
        return assess(story, rules, everything=everything)
    except BUGS as error:
        return Extraction(story, Relevance(0.0, relevant=False), skipped=_failure(error))


def assess(story: Story, rules: relevance.Rules, *, everything: bool = False) -> Extraction:
    """The story's relevance, and why no statements are to be looked for, if so (``Extraction.skipped``).

    They are looked for in English prose that ``rules`` judge relevant, or in all of it where ``everything`` is set.
    """
    verdict = relevance.judge(story.title, story.summary, story.text, rules)
    skipped = ""
    if story.kind not in (StoryKind.STORY, StoryKind.LIVE):
        skipped = story.kind.value
    elif not (verdict.relevant or everything):
        skipped = "not relevant"
    elif not is_english(story.text):
        skipped = "not English"
    return Extraction(story, verdict, skipped=skipped)


def add_statements(
    extractions: Iterable[Extraction], rules: relevance.Rules, *, known: actors.Actors | None = None
) -> Iterator[Extraction]:
    """The same extractions in the same order, with the statements of those that are not skipped.

    ``known``: who may speak; the lists that come with the house where it is None. A story on which an extractor
    fails gets no statements and has ``failed`` set: it must not stop the others, run after run.
    """
    known = known or actors.listed_actors()
    for batch in batched(extractions, BATCH):
        parses = parsing.parse(extraction.story.text for extraction in batch if not extraction.skipped)
        for extraction in batch:
            if extraction.skipped:
                yield extraction
                continue
            parsed = next(parses)
            try:
                yield replace(extraction, statements=_statements(extraction, parsed, rules, known))
            except BUGS as error:
                yield replace(extraction, skipped=_failure(error))


def _failure(error: Exception) -> str:
    return f"{FAILED}{type(error).__name__}: {error}"


def _statements(
    extraction: Extraction, parsed: parsing.Parsed, rules: relevance.Rules, known: actors.Actors
) -> tuple[Statement, ...]:
    story = extraction.story
    found = speakers.resolve(story, parsed, statements.find(story, parsed), actors=known)
    dated = occasions.date_statements(story, parsed, found, timexes_of(story))
    identified = actors.identify(dated, story.day, known)
    return tuple(
        replace(one, topics=relevance.judge("", one.content, "", rules).topics or extraction.relevance.topics)
        for one in identified
    )


def timexes_of(story: Story) -> list[Timex]:
    """The date expressions of a story, read as its outlet writes them: day or month first."""
    outlet = outlet_of(story.url, story.outlet)
    return dates.tag(story.text, story.day, day_first=outlet.day_first if outlet else None)


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of ``size`` items, the last one shorter."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch
