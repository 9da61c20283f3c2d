"""The monitor as a Prefect flow: the steps of flows.pipeline as tasks, with artifacts and states for Prefect's UI."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from prefect import flow, runtime, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.states import Cancelled, Completed, Failed

from flows import pipeline, report
from flows.alerts import alert
from flows.settings import Settings, load_settings
from storage import queries

PATIENCE = timedelta(minutes=10)
"""A run is not stale before: on a busy machine one with a short interval starts later than the next is due."""


def step(function: Any, name: str) -> Any:
    """A plain step as a task. Never cached and never retried whole: each step books its own failures."""
    return task(function, name=name, cache_policy=NO_CACHE, persist_result=False)


STEPS = pipeline.Steps(
    poll=step(pipeline.poll, "poll"),
    append_polls=step(pipeline.append_polls, "append polls"),
    read=step(pipeline.read, "read"),
    filter=step(pipeline.filter, "filter"),
    extract=step(pipeline.extract, "extract"),
    append=step(pipeline.append, "append"),
    publish=step(pipeline.publish, "publish"),
    alert=step(alert, "alert"),
)


def run_name() -> str:
    return f"monitor {datetime.now(UTC):%Y-%m-%d %H:%M}"


@flow(name="monitor", flow_run_name=run_name, persist_result=False)
def monitor(data_dir: str | None = None, all_feeds: bool = False, options: dict[str, Any] | None = None) -> State[Any]:
    """Poll the feeds that are due, read new pages, append dated statements, publish the copy.

    ``data_dir``: the data directory (default: as the command line takes it). ``all_feeds``: poll also what is not due.
    ``options``: settings by name that go before those of dateline.toml.
    """
    settings = load_settings(Path(data_dir) if data_dir else None, **(options or {}))
    if is_stale(runtime.flow_run.scheduled_start_time, datetime.now(UTC), settings):
        return Cancelled(message="Late by more than an interval: a later run does its work.")
    summary = pipeline.run(settings, all_feeds=all_feeds, steps=STEPS)
    show_in_ui(summary, queries.new_statements(settings.data_dir, summary.run_id))
    if summary.outcome == "failed":
        message = f"{summary.trouble}: {report.headline(summary)}; see `dateline status`"
        return Failed(message=message, data=pipeline.NothingAnswersError(message))
    name = "Degraded" if summary.outcome == "degraded" else "Completed"
    return Completed(name=name, message=report.headline(summary), data=summary)


def recorded_run(settings: Settings, *, all_feeds: bool, options: dict[str, Any]) -> pipeline.Summary:
    """One run now, recorded by the server that PREFECT_API_URL names. Raises what the run raises, and
    NothingAnswersError where no feed answered, or our own network is down."""
    state = monitor(str(settings.data_dir), all_feeds, options, return_state=True)
    result = state.result(raise_on_failure=False)
    if isinstance(result, BaseException):
        raise result
    return cast(pipeline.Summary, result)


def is_stale(scheduled: datetime | None, now: datetime, settings: Settings) -> bool:
    """Was this run due a whole interval ago (the machine slept)? Then the schedule holds a later one that is due too.

    So a schedule that slept catches up once and not once a missed interval. Only for interval schedules.
    """
    limit = max(timedelta(minutes=settings.interval_minutes), PATIENCE)
    return bool(scheduled and not settings.cron and now - scheduled > limit)


def show_in_ui(summary: pipeline.Summary, statements: list[dict[str, Any]]) -> None:
    """The artifacts, the run's name and the event by which Prefect's users see what a run brought."""
    create_markdown_artifact(
        report.summary_markdown(summary, statements), key="monitor-summary", description=report.headline(summary)
    )
    if statements:
        create_table_artifact(
            report.statement_rows(statements), key="new-statements", description="Statements that this run appended"
        )
        emit_event(
            "dateline.statements.appended",
            resource={"prefect.resource.id": "dateline.warehouse"},
            payload={"run": summary.run_id, "statements": len(statements)},
        )
    if runtime.flow_run.id:
        with get_client(sync_client=True) as client:
            client.update_flow_run(
                runtime.flow_run.id,
                name=f"monitor {summary.started_at:%Y-%m-%d %H:%M}, {len(statements)} new statements",
            )
