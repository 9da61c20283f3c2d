"""Run the extractors over stored stories again, without fetching anything: what a new version of them says is appended,
what the one before said stays in ``statement_history``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from extractors import extraction
from extractors.errors import InputError
from flows.pipeline import Progress, Summary, actors_of, publish, rules_of, run_id
from flows.settings import Settings
from storage.run_lock import run_lock
from storage.warehouse import Warehouse

BATCH = 200
"""Stories committed together: a run that is killed repeats that many at most."""


def reprocess(
    settings: Settings,
    *,
    since: datetime | None = None,
    extractor: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    progress: Callable[[Progress], None] = lambda step: None,
) -> Summary:
    """Extract anew from the stories first seen at or after ``since`` (None: all).

    ``extractor``: of them only those that this version looked at last ("": any), so that a run that was killed goes on
    where it stopped. Raises BusyError beside another run, and InputError where no story is of that version.
    ``counts``: stories, kept, statements (new), changed_statements, vanished_statements.
    """
    started, rules = clock(), rules_of(settings)
    summary = Summary(run_id(started), started)
    with run_lock(settings.data_dir):
        with Warehouse.open(settings.data_dir) as warehouse:
            versions = warehouse.extractors()
            if extractor and extractor not in versions:
                there = ", ".join(f"{version} ({stories} stories)" for version, stories in versions.items())
                raise InputError(f"no story was looked at last by version {extractor!r}; there are {there or 'none'}")
            warehouse.start_run(summary.run_id, started, "reprocess")
            for number, stories in enumerate(warehouse.stories(since, extractor, batch=BATCH), 1):
                found = list(extraction.extract(stories, rules, known=actors_of(settings)))
                added = warehouse.commit_extractions(
                    f"{summary.run_id}/extractions/{number}",
                    summary.run_id,
                    found,
                    clock(),
                    extractor_version=extraction.VERSION,
                )
                kept = sum(one.relevance.relevant for one in found)
                summary.add({"stories": len(found), "kept": kept, **added})
                progress(Progress("reprocess", number, number))
            summary.add({"copies": warehouse.link_copies(summary.run_id, clock())})
            summary.add({"linked": warehouse.link_utterances(summary.run_id, clock())})
            summary.finished_at = clock()
            warehouse.finish_run(summary.run_id, summary.finished_at, "done", summary.counts)
        summary.published = publish(settings)
    return summary
