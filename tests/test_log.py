"""Logs on request, a line an outcome, and metrics: what monitoring reads, and that no secret is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from extractors.records import Feed
from flows import log, pipeline
from flows.cli import app
from flows.settings import load_settings
from storage.warehouse import Warehouse
from tests.conftest import DemoRun
from tests.loopback import Loopback

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
RSS = """<rss version="2.0"><channel><title>One</title><item><title>Ukraine asks for Patriot missiles</title>
<link>{link}</link><guid>1</guid></item></channel></rss>"""


@pytest.fixture(autouse=True)
def silence() -> Iterator[None]:
    yield
    log.start("")


def run(data: Path, kind: str) -> None:
    """A run over a feed that answers, with a page that does not, and one that refuses."""
    settings = load_settings(data, log=kind, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    with Loopback() as site, Warehouse.open(data) as warehouse:
        site.on("/feed", body=RSS.format(link=site.url("/gone?session=hunter2")).encode())
        site.on("/secret", status=500)
        warehouse.feeds.add([Feed(site.url("/feed?token=hunter2")), Feed(site.url("/secret?api_key=hunter2&a=b"))])
        warehouse.close()
        pipeline.run(settings, all_feeds=True)


def test_every_outcome_is_an_object_of_json_without_secrets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, "json")
    text = capsys.readouterr().err
    events = [json.loads(line) for line in text.splitlines()]
    assert [one["event"] for one in events] == ["feed polled"] * 2 + ["page read", "batch appended", "run done"]
    polled = {one["outcome"]: one for one in events[:2]}
    assert polled["new"]["feed"].endswith("/feed?token=***")
    assert polled["server_error"]["feed"].endswith("/secret?api_key=***&a=b")
    assert events[2]["outcome"] == "not_found"
    assert (events[-1]["outcome"], events[-1]["feeds"], events[-1]["failed"]) == ("degraded", 2, 1)
    assert "hunter2" not in text


def test_text_is_one_line_an_outcome(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, "text")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert " run done run=20" in lines[-1]


def test_nothing_is_written_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, "")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"feed": "https://example.org/a", "status": 200}, "feed=https://example.org/a status=200"),
        ({"error": 'no "feed" here', "status": None, "page": ""}, 'error="no \\"feed\\" here"'),
        ({"error": "line\nbreak"}, 'error="line\\nbreak"'),
        ({"feed": "https://ann:pass@example.org/a?b=c&auth=x#y"}, "feed=https://***@example.org/a?b=c&auth=***#y"),
    ],
)
def test_a_line_of_text(fields: dict[str, object], text: str) -> None:
    assert log.line("text", NOON, "page read", fields) == f"2026-11-22T12:00:00Z page read {text}"


def test_a_kind_of_log_that_there_is_not_is_refused(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["monitor", "--log", "xml", "--data", str(tmp_path)])
    assert ran.exit_code == 1
    assert "setting log" in str(ran.exception)


def test_metrics_are_what_prometheus_reads(demo_run: DemoRun) -> None:
    ran = CliRunner().invoke(app, ["status", "--metrics", "--data", str(demo_run.settings.data_dir)])
    assert ran.exit_code == 0, ran.output
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(ran.output)
        for sample in family.samples
    }
    assert found["dateline_runs_total", "degraded"] == 2
    assert found["dateline_feeds",] == demo_run.first["feeds"]
    assert found["dateline_feeds_failing",] == demo_run.first["failed"]
    assert found["dateline_alerts_waiting",] == 0
    assert found["dateline_rows", "statements"] == demo_run.first["statements"]
    assert found["dateline_last_run_timestamp_seconds",] == pytest.approx(demo_run.second.started_at.timestamp())
    assert found["dateline_copy_age_seconds",] >= 0
    assert found["dateline_copy_bytes",] > 0
