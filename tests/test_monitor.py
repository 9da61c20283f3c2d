"""The flow's own decisions; tests/test_schedule.py runs it on a real server."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extractors.errors import SettingsError
from flows import pipeline
from flows.deployments import deployments, schedule
from flows.monitor import STEPS, is_stale, run_name
from flows.settings import load_settings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("options", "late", "stale"),
    [
        ({}, 0 * MINUTE, False),
        ({}, 15 * MINUTE, False),
        ({}, 16 * MINUTE, True),
        ({"interval_minutes": 60}, 16 * MINUTE, False),
        ({"interval_minutes": 60}, 61 * MINUTE, True),
        ({"interval_minutes": 1}, 5 * MINUTE, False),  # a busy machine, no sleep
        ({"interval_minutes": 1}, 11 * MINUTE, True),
        ({"cron": "0 6 * * *"}, 600 * MINUTE, False),  # the next may be a day away
    ],
)
def test_a_run_is_stale_when_a_later_one_is_due_too(
    options: dict[str, object], late: timedelta, stale: bool, tmp_path: Path
) -> None:
    assert is_stale(NOON - late, NOON, load_settings(tmp_path, **options)) is stale


def test_a_run_that_nobody_scheduled_is_never_stale(tmp_path: Path) -> None:
    assert is_stale(None, NOON, load_settings(tmp_path)) is False


def test_a_runs_name_tells_its_minute() -> None:
    assert re.fullmatch(r"monitor 20\d\d-\d\d-\d\d \d\d:\d\d", run_name())


def test_every_step_of_a_run_is_a_task_that_is_never_retried_or_cached() -> None:
    steps = [getattr(STEPS, name) for name in pipeline.Steps.__dataclass_fields__]
    plain = [getattr(pipeline.Steps(), name) for name in pipeline.Steps.__dataclass_fields__]
    for step, function in zip(steps, plain, strict=True):
        assert (step.fn.__name__, step.retries, step.persist_result) == (function.__name__, 0, False)


def test_the_schedule_is_the_interval_or_the_cron_expression(tmp_path: Path) -> None:
    quarter = schedule(load_settings(tmp_path))
    assert (quarter.interval, quarter.anchor_date) == (15 * MINUTE, datetime(2026, 1, 1, tzinfo=UTC))
    hourly = schedule(load_settings(tmp_path, cron="5 * * * *"))
    assert (hourly.cron, hourly.timezone) == ("5 * * * *", "UTC")


@pytest.mark.parametrize("setting", ["cron", "backup_cron"])
def test_what_is_no_cron_expression_is_told_with_its_setting(setting: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"setting {setting}: 'every day'"):
        deployments(load_settings(tmp_path, **{setting: "every day"}), {})


def test_one_scheduled_run_at_a_time_with_the_settings_of_the_command_line(tmp_path: Path) -> None:
    options = {"allow_private_hosts": ["127.0.0.1"]}
    scheduled, nightly = deployments(load_settings(tmp_path, **options), options)
    assert scheduled.concurrency_limit == 1
    for deployment in (scheduled, nightly):
        assert deployment.parameters == {"data_dir": str(tmp_path), "options": options}


@pytest.mark.parametrize(
    ("items", "most", "sizes"),
    [(0, 10, []), (1, 10, [1]), (25, 10, [25]), (26, 10, [25, 1]), (250, 10, [25] * 10), (450, 8, [57] * 7 + [51])],
)
def test_work_is_cut_into_few_batches_of_some_size(items: int, most: int, sizes: list[int]) -> None:
    cut = pipeline.groups(range(items), most)
    assert [len(batch) for batch in cut] == sizes
    assert [item for batch in cut for item in batch] == list(range(items))
