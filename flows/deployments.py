"""The flows with their schedules: ``dateline serve`` runs them here, prefect.yaml declares them for a work pool."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from prefect import serve as serve_deployments
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Interval, Schedule

from flows.monitor import monitor
from flows.settings import Settings


def schedule(settings: Settings) -> Schedule:
    """The cron expression where one is set, else every ``interval_minutes``, on the quarter, half or full hour."""
    if settings.cron:
        return Cron(settings.cron, timezone="UTC")
    return Interval(timedelta(minutes=settings.interval_minutes), anchor_date=datetime(2026, 1, 1, tzinfo=UTC))


def deployments(settings: Settings, options: dict[str, Any]) -> list[RunnerDeployment]:
    scheduled = monitor.to_deployment(
        name="scheduled",
        schedule=schedule(settings),
        parameters={"data_dir": str(settings.data_dir), "options": options},
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        tags=["dateline"],
        description="Poll the feeds that are due, read new pages, append dated statements, publish the copy.",
    )
    return [cast(RunnerDeployment, scheduled)]  # a coroutine only inside an event loop, where we are not


def serve(settings: Settings, options: dict[str, Any]) -> None:
    """Run the schedules until stopped. One run at a time; a stop does not pause the schedule.

    ``options``: settings by name that go before those of dateline.toml.
    """
    Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
    serve_deployments(*deployments(settings, options), pause_on_shutdown=False, limit=1)
