"""The flows with their schedules: ``dateline serve`` runs them here, prefect.yaml declares them for a work pool."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from prefect.client.orchestration import get_client
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectNotFound
from prefect.runner import Runner
from prefect.schedules import Cron, Interval, Schedule
from prefect.types.entrypoint import EntrypointType

from flows.maintenance import backup
from flows.monitor import monitor
from flows.server import RESTART_LIMIT, Server, ServerError
from flows.settings import Settings


def schedule(settings: Settings) -> Schedule:
    """The cron expression where one is set, else every ``interval_minutes``, on the quarter, half or full hour."""
    if settings.cron:
        return Cron(settings.cron, timezone="UTC")
    return Interval(timedelta(minutes=settings.interval_minutes), anchor_date=datetime(2026, 1, 1, tzinfo=UTC))


def deployments(settings: Settings, options: dict[str, Any]) -> list[RunnerDeployment]:
    """What is kept. ``options``: settings by name that go before those of dateline.toml."""
    scheduled = monitor.to_deployment(
        name="scheduled",
        schedule=schedule(settings),
        parameters={"data_dir": str(settings.data_dir), "options": options},
        # The run lock keeps two runs apart. Prefect's own limit would, for ever, where its server died during a run.
        concurrency_limit=None,
        tags=["dateline"],
        # By its module, so that an installed dateline runs the same, and the folder of http.py stays off the path.
        entrypoint_type=EntrypointType.MODULE_PATH,
        description="Poll the feeds that are due, read new pages, append dated statements, publish the copy.",
    )
    nightly = backup.to_deployment(
        name="nightly",
        schedule=Cron(settings.backup_cron, timezone="UTC") if settings.backup_cron else None,
        parameters={"data_dir": str(settings.data_dir), "options": options},
        tags=["dateline"],
        entrypoint_type=EntrypointType.MODULE_PATH,
        description="Bring the Parquet backup in <data>/backup up to date, and check the warehouse.",
    )
    # Coroutines only inside an event loop, where we are not.
    return [cast(RunnerDeployment, scheduled), cast(RunnerDeployment, nightly)]


def refuse_anothers(server: Server, settings: Settings) -> None:
    """Raises ServerError where a server that stood before keeps the schedule of another data directory: both runners
    would take up its runs, and the other directory would get none."""
    if server.child is not None:
        return
    with get_client(sync_client=True) as client:
        try:
            parameters = client.read_deployment_by_name("monitor/scheduled").parameters
        except ObjectNotFound:
            return
    theirs = parameters.get("data_dir")
    if theirs and Path(theirs).resolve() != settings.data_dir.resolve():
        raise ServerError(
            f"the Prefect server at {server.api_url} keeps the schedule of {theirs}; give {settings.data_dir} one of "
            "its own by the setting prefect_port (DATELINE_PREFECT_PORT=4201), or by PREFECT_API_URL. Where the other "
            f"is served no more, delete its schedule: PREFECT_API_URL={server.api_url} prefect deployment delete "
            "monitor/scheduled"
        )


def serve(kept: Sequence[RunnerDeployment], check: Callable[[], None]) -> None:
    """Run their schedules until SIGINT or SIGTERM. One run at a time; a stop does not pause the schedule.

    ``check`` is called every second; what it raises ends the runner, and the run that is at work.
    """
    asyncio.run(_told(kept, check))


async def _told(kept: Sequence[RunnerDeployment], check: Callable[[], None]) -> None:
    """``_serve``; where Prefect stumbles over its server's end, ``check`` says so, if not at once."""
    try:
        await _serve(kept, check)
    except ServerError:
        raise
    except Exception:
        for _ in range(int(RESTART_LIMIT) + 3):
            await _checked(check)
            await asyncio.sleep(1)
        raise


async def _serve(kept: Sequence[RunnerDeployment], check: Callable[[], None]) -> None:
    """What prefect.serve does, but that a signal ends it in order and not by an exception in its event loop."""
    runner = Runner(pause_on_shutdown=False, limit=1)
    for deployment in kept:
        await runner.aadd_deployment(deployment)
    running = asyncio.create_task(runner.start())
    while not runner.started and not running.done():
        await asyncio.sleep(0.05)
    stopping: set[asyncio.Task[None]] = set()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(number, lambda: stopping.add(asyncio.ensure_future(runner.astop())))
    while not running.done():
        await _checked(check)
        await asyncio.wait([running], timeout=1)
    await running


async def _checked(check: Callable[[], None]) -> None:
    try:
        await asyncio.to_thread(check)  # it may wait for the network
    except ServerError:
        # How Prefect's own tasks stumble over the server's end says nothing more.
        logging.getLogger("asyncio").setLevel(logging.CRITICAL)
        raise
