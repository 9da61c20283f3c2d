"""Run the extractors over stored stories again, without fetching anything: what a new version of them says is appended,
what the one before said stays in ``statement_history``. Where the pages are kept, the text is taken from them anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from extractors import extraction
from extractors.errors import InputError, WarehouseError
from extractors.records import Story
from flows.lists import actors_of, rules_of
from flows.pipeline import Progress, Summary, failed_stories, first_published, publish, run_id
from flows.reading import reread
from flows.settings import Settings
from storage.bodies import body_of
from storage.run_lock import run_lock
from storage.warehouse import Warehouse, must_exist

BATCH = 200
"""Stories committed together: a run that is killed repeats that many at most."""


def reprocess(
    settings: Settings,
    *,
    since: datetime | None = None,
    extractor: str = "",
    pages: bool = False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Callable[[Progress], None] = lambda step: None,
) -> Summary:
    """Extract anew from the stories first seen at or after ``since`` (None: all).

    ``extractor``: of them only those that this version looked at last ("": any), so that a run that was killed goes on
    where it stopped. ``pages``: take the text anew from the pages that are kept. A story on which an extractor fails
    stays as it is, for the next time; one whose page is damaged keeps its text. ``failures`` names both. Raises
    BusyError beside another run, WarehouseError without a warehouse, and InputError where no story is of that version.
    ``counts``: stories, reread (with ``pages``), kept, failed_stories, statements (new), changed_statements,
    vanished_statements.
    """
    must_exist(settings.data_dir)
    started, rules, known = clock(), rules_of(settings), actors_of(settings)
    summary = Summary(run_id(started), started)
    with run_lock(settings.data_dir):
        with Warehouse.open(settings.data_dir) as warehouse:
            versions = warehouse.stories.extractors()
            if extractor and extractor not in versions:
                there = ", ".join(f"{version} ({stories} stories)" for version, stories in versions.items())
                raise InputError(f"no story was looked at last by version {extractor!r}; there are {there or 'none'}")
            warehouse.runs.start(summary.run_id, started, "reprocess")
            for number, stories in enumerate(warehouse.stories.oldest_first(since, extractor, batch=BATCH), 1):
                if pages:
                    stories, reread_now, damaged = _from_pages(settings, warehouse, stories)
                    summary.add({"reread": reread_now})
                    summary.failures += damaged
                found = list(extraction.extract(stories, rules, known=known))
                added = warehouse.stories.commit_extractions(
                    f"{summary.run_id}/extractions/{number}",
                    summary.run_id,
                    found,
                    clock(),
                    extractor_version=extraction.VERSION,
                )
                kept = sum(one.relevance.relevant for one in found)
                summary.add({"stories": len(found), "kept": kept, **added})
                summary.failures += failed_stories(found)
                progress(Progress("reprocess", number, number))
            summary.add({"copies": warehouse.copies.link(summary.run_id, clock())})
            summary.add({"linked": warehouse.utterances.link(summary.run_id, clock())})
            summary.finished_at = clock()
            outcome = "degraded" if summary.failures else "done"
            warehouse.runs.finish(summary.run_id, summary.finished_at, outcome, summary.counts)
        summary.published = publish(settings)
    return summary


def _from_pages(
    settings: Settings, warehouse: Warehouse, stories: Sequence[Story]
) -> tuple[list[Story], int, list[str]]:
    """The stories, those whose page is kept taken from it anew, how many these are, and a line on each page that is
    damaged. The publication that was known first goes before a later one of the page's."""
    sources = warehouse.stories.sources(story.id for story in stories)
    known = warehouse.stories.publications(story.id for story in stories)
    found, count, damaged = [], 0, []
    for story in stories:
        try:
            fetch = sources.get(story.id)
            body = body_of(settings.data_dir, fetch) if fetch else None
            if fetch and body is not None:
                story, count = first_published(reread(story, fetch, body), known[story.id]), count + 1
        except WarehouseError as error:
            damaged.append(f"{story.url}: {error}")
        except InputError:
            pass  # what this version takes for no page stays as it was read
        found.append(story)
    return found, count, damaged
