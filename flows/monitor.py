"""The monitor as a Prefect flow: the steps of flows.pipeline as tasks, with artifacts and states for Prefect's UI."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from prefect import flow, runtime, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.context import FlowRunContext
from prefect.events import emit_event
from prefect.states import Completed, Failed
from prefect.tasks import exponential_backoff

from extractors.errors import HeldError
from flows import pipeline, report
from flows.alerts import alert
from flows.settings import Settings, load_settings
from storage import queries
from storage.run_lock import BusyError

PATIENCE = timedelta(minutes=10)
"""A run is not late before: on a busy machine one with a short interval starts later than the next is due."""


def is_held(task: Any, run: Any, state: State[Any]) -> bool:
    """Did a step fail because another process holds the private file? That alone passes by itself within a minute: a
    feed, page or address that fails is booked by its step and has its own next time, and other errors stay."""
    return isinstance(state.result(raise_on_failure=False), HeldError)


def step(function: Any, name: str, *, opens: bool = False) -> Any:
    """A plain step as a task, never cached. One that ``opens`` the private file is tried three times more where it is
    held, after about 10, 20 and 40 seconds, at random; and each attempt waits 15 seconds for the file."""
    again: dict[str, Any] = {
        "retries": 3,
        "retry_delay_seconds": exponential_backoff(10),
        "retry_jitter_factor": 0.5,
        "retry_condition_fn": is_held,
    }
    return task(function, name=name, cache_policy=NO_CACHE, persist_result=False, **(again if opens else {}))


STEPS = pipeline.Steps(
    poll=step(pipeline.poll, "poll", opens=True),
    append_polls=step(pipeline.append_polls, "append polls", opens=True),
    read=step(pipeline.read, "read"),
    filter=step(pipeline.filter, "filter", opens=True),
    extract=step(pipeline.extract, "extract"),
    append=step(pipeline.append, "append", opens=True),
    publish=step(pipeline.publish, "publish", opens=True),
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
    this = _this_run()
    if this and is_late(this.expected_start_time, datetime.now(UTC)) and _later_run_is_due(this):
        return Completed(name="Skipped", message="Late, and a later run is due too: that one does the work.")
    if this and this.auto_scheduled:
        time.sleep(jitter(settings, random.random()))  # noqa: S311 - no secret
        if this.expected_start_time and queries.has_run(settings.data_dir, this.expected_start_time, datetime.now(UTC)):
            return Completed(name="Skipped", message="A run has begun since this one was due, and did its work.")
    try:
        summary = pipeline.run(settings, all_feeds=all_feeds, steps=STEPS)
    except BusyError as error:
        if this and this.auto_scheduled:
            return Completed(name="Skipped", message=str(error))
        raise
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


def is_late(due: datetime | None, now: datetime) -> bool:
    """Was a run due so long ago that the machine must have slept, or the schedule stood still?"""
    return due is not None and now - due > PATIENCE


def jitter(settings: Settings, chance: float) -> float:
    """Seconds that a scheduled run waits, ``chance`` being 0 to 1: many installations do not ask one publisher in the
    same second. At most half an interval, so that a run with a short one still begins before the next."""
    most = settings.jitter_seconds if settings.cron else min(settings.jitter_seconds, settings.interval_minutes * 30)
    return chance * most


def _this_run() -> FlowRun | None:
    context = FlowRunContext.get()
    return context.flow_run if context else None


def _later_run_is_due(this: FlowRun) -> bool:
    """Has the server another run of this deployment, due after this one and by now, that has not ended? So a schedule
    that slept catches up once and not once a missed run, whatever the schedule is and whoever changed it."""
    if this.deployment_id is None or this.expected_start_time is None:
        return False
    open_states = FlowRunFilterStateType(any_=[StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING])
    with get_client(sync_client=True) as client:
        return bool(
            client.read_flow_runs(
                flow_run_filter=FlowRunFilter(
                    id=FlowRunFilterId(not_any_=[this.id]),
                    deployment_id=FlowRunFilterDeploymentId(any_=[this.deployment_id]),
                    state=FlowRunFilterState(type=open_states),
                    expected_start_time=FlowRunFilterExpectedStartTime(
                        # Of two that were due in the same instant neither gives way.
                        after_=cast(Any, this.expected_start_time + timedelta(microseconds=1)),
                        before_=cast(Any, datetime.now(UTC)),
                    ),
                ),
                limit=1,
            )
        )


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
