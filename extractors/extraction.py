"""Story in, extraction out: relevance, then statements with their speakers, days and actors.

The one place that knows the order of the extractors. Stories go through in batches, so that the parser
works on many paragraphs at a time, and come out in the order in which they came in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from itertools import islice
from typing import TypeVar

from extractors import actors, dates, occasions, parsing, relevance, speakers, statements
from extractors.language import is_english
from extractors.records import Extraction, Statement, Story, StoryKind

BATCH = 32
"""Stories parsed together: more gains no speed, and memory stays flat."""

VERSION = version("dateline")
"""Written beside every statement, so that a later version's answers can be told from this one's."""

Item = TypeVar("Item")


def extract(stories: Iterable[Story], rules: relevance.Rules, *, everything: bool = False) -> Iterator[Extraction]:
    """The extraction of each story, in order: ``assess``, then ``add_statements``."""
    return add_statements((assess(story, rules, everything=everything) for story in stories), rules)


def assess(story: Story, rules: relevance.Rules, *, everything: bool = False) -> Extraction:
    """The story's relevance, and why no statements are to be looked for, if so (``Extraction.skipped``).

    They are looked for in English prose that ``rules`` judge relevant, or in all of it where ``everything`` is set.
    """
    verdict = relevance.judge(story.title, story.summary, story.text, rules)
    skipped = ""
    if story.kind not in (StoryKind.STORY, StoryKind.LIVE, StoryKind.TEASER):
        skipped = story.kind.value
    elif not (verdict.relevant or everything):
        skipped = "not relevant"
    elif not is_english(story.text):
        skipped = "not English"
    return Extraction(story, verdict, skipped=skipped)


def add_statements(extractions: Iterable[Extraction], rules: relevance.Rules) -> Iterator[Extraction]:
    """The same extractions in the same order, with the statements of those that are not skipped."""
    for batch in batched(extractions, BATCH):
        found = _statements([extraction.story for extraction in batch if not extraction.skipped], rules)
        for extraction in batch:
            yield extraction if extraction.skipped else replace(extraction, statements=next(found))


def _statements(stories: Sequence[Story], rules: relevance.Rules) -> Iterator[tuple[Statement, ...]]:
    for story, parsed in zip(stories, parsing.parse(story.text for story in stories), strict=True):
        found = speakers.resolve(story, parsed, statements.find(story, parsed))
        dated = occasions.date_statements(story, parsed, found, dates.tag(story.text, story.day))
        known = actors.identify(dated, story.day, actors.listed_actors())
        yield tuple(replace(one, topics=relevance.judge("", one.content, "", rules).topics) for one in known)


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Lists of ``size`` items, the last one shorter."""
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch
