"""The flow's own decisions; tests/test_schedule.py runs it on a real server."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prefect.states import Failed

from extractors.errors import HeldError, SettingsError, WarehouseError
from flows import monitor as flow
from flows import pipeline
from flows.deployments import deployments, schedule
from flows.monitor import STEPS, is_held, is_late, jitter, monitor, run_name
from flows.settings import Settings, load_settings
from storage import queries
from storage.publish import publish
from storage.run_lock import BusyError
from storage.warehouse import Warehouse

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("late", "told"), [(0 * MINUTE, False), (9 * MINUTE, False), (11 * MINUTE, True)])
def test_a_run_is_late_when_no_busy_machine_explains_it(late: timedelta, told: bool) -> None:
    assert is_late(NOON - late, NOON) is told


def test_a_run_that_nobody_scheduled_is_never_late() -> None:
    assert is_late(None, NOON) is False


def test_of_the_runs_that_were_missed_the_first_works_and_the_others_give_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs of every minute after nine minutes without a server, as they come one after another."""
    now = datetime.now(UTC)
    due = [now - MINUTE * minutes for minutes in range(9, 0, -1)]
    worked: list[datetime] = []

    def work(moment: datetime) -> None:
        monkeypatch.setattr(flow, "_this_run", lambda: SimpleNamespace(auto_scheduled=True, expected_start_time=moment))
        state = monitor.fn(str(tmp_path), options={"jitter_seconds": 0})
        assert state.name == "Skipped"

    def run(settings: Settings, **_: object) -> pipeline.Summary:
        worked.append(due[len(worked)])
        pipeline_run(settings)
        raise BusyError("one is enough to know")

    pipeline_run = pipeline.run
    monkeypatch.setattr(pipeline, "run", run)
    for moment in due:
        work(moment)
    assert worked == due[:1]
    work(datetime.now(UTC))
    assert len(worked) == 2, "one that is due now works"


def test_a_run_that_was_killed_or_is_of_tomorrow_is_none_that_did_the_work(tmp_path: Path) -> None:
    assert queries.has_run(tmp_path, NOON - MINUTE, NOON) is False
    with Warehouse.open(tmp_path) as warehouse:
        warehouse.runs.start("killed", NOON, "monitor")
        warehouse.runs.start("reprocess", NOON, "reprocess")
        warehouse.runs.finish("reprocess", NOON, "done", {})
        warehouse.runs.start("ahead", NOON + 60 * MINUTE, "monitor")
        warehouse.runs.finish("ahead", NOON + 61 * MINUTE, "done", {})
    publish(tmp_path)
    assert queries.has_run(tmp_path, NOON - MINUTE, NOON + MINUTE) is False
    assert queries.has_run(tmp_path, NOON - MINUTE, NOON + 60 * MINUTE) is True


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ({}, 30),
        ({"jitter_seconds": 0}, 0),
        ({"jitter_seconds": 300, "interval_minutes": 20}, 300),
        ({"jitter_seconds": 300, "interval_minutes": 5}, 150),  # at most half an interval
        ({"jitter_seconds": 300, "interval_minutes": 5, "cron": "0 * * * *"}, 300),
    ],
)
def test_a_scheduled_run_starts_up_to_so_much_later(options: dict[str, Any], seconds: float, tmp_path: Path) -> None:
    settings = load_settings(tmp_path, **options)
    assert [jitter(settings, chance) for chance in (0, 0.5, 1)] == [0, seconds / 2, seconds]


def test_a_runs_name_tells_its_minute() -> None:
    assert re.fullmatch(r"monitor 20\d\d-\d\d-\d\d \d\d:\d\d", run_name())


def test_every_step_of_a_run_is_a_task_and_those_are_tried_again_that_open_the_private_file() -> None:
    steps = [getattr(STEPS, name) for name in pipeline.Steps.__dataclass_fields__]
    plain = [getattr(pipeline.Steps(), name) for name in pipeline.Steps.__dataclass_fields__]
    for step, function in zip(steps, plain, strict=True):
        assert (step.fn.__name__, step.persist_result) == (function.__name__, False)
    retried = {step.fn.__name__: (step.retry_delay_seconds, step.retry_jitter_factor) for step in steps if step.retries}
    assert retried == dict.fromkeys(("poll", "append_polls", "filter", "append", "publish"), ([10, 20, 40], 0.5))


@pytest.mark.parametrize(
    ("error", "again"),
    [(HeldError("held"), True), (WarehouseError("the disk is full"), False), (RuntimeError("a bug"), False)],
)
def test_a_step_is_tried_again_where_the_file_is_held_and_there_alone(error: Exception, again: bool) -> None:
    assert is_held(None, None, Failed(data=error)) is again


def test_the_schedule_is_the_interval_or_the_cron_expression(tmp_path: Path) -> None:
    quarter = schedule(load_settings(tmp_path))
    assert (quarter.interval, quarter.anchor_date) == (15 * MINUTE, datetime(2026, 1, 1, tzinfo=UTC))
    hourly = schedule(load_settings(tmp_path, cron="5 * * * *"))
    assert (hourly.cron, hourly.timezone) == ("5 * * * *", "UTC")


@pytest.mark.parametrize("setting", ["cron", "backup_cron"])
def test_what_is_no_cron_expression_is_told_with_its_setting(setting: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"setting {setting}: 'every day'"):
        deployments(load_settings(tmp_path, **{setting: "every day"}), {})


def test_what_is_kept_has_the_settings_of_the_command_line(tmp_path: Path) -> None:
    options = {"allow_private_hosts": ["127.0.0.1"]}
    for deployment in deployments(load_settings(tmp_path, **options), options):
        assert deployment.concurrency_limit is None, "it would outlive a server that dies during a run"
        assert deployment.parameters == {"data_dir": str(tmp_path), "options": options}


def test_a_relative_data_directory_is_told_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for deployment in deployments(load_settings(Path("data")), {}):
        assert deployment.parameters["data_dir"] == str(tmp_path / "data")


@pytest.mark.parametrize(
    ("items", "most", "sizes"),
    [(0, 10, []), (1, 10, [1]), (25, 10, [25]), (26, 10, [25, 1]), (250, 10, [25] * 10), (450, 8, [57] * 7 + [51])],
)
def test_work_is_cut_into_few_batches_of_some_size(items: int, most: int, sizes: list[int]) -> None:
    cut = pipeline.groups(range(items), most)
    assert [len(batch) for batch in cut] == sizes
    assert [item for batch in cut for item in batch] == list(range(items))
