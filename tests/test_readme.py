"""The README cannot rot: its queries and its commands are run against the demo's warehouse."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.settings import Settings
from storage import backup, queries
from tests.conftest import DemoRun

README = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
QUERIES = [text for kind, text in BLOCKS if kind == "sql"]
COMMANDS = [
    line for kind, text in BLOCKS if kind == "bash" for line in text.splitlines() if line.startswith("dateline ")
]
ELSEWHERE = ("dateline serve", "dateline feeds check", "dateline feeds discover")
"""They need a network or do not end by themselves; tests/test_schedule.py and tests/test_polling.py run them."""


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_runs(query: str, demo_run: DemoRun) -> None:
    found = queries.fetch(demo_run.settings.data_dir, query)
    if not any(part in query for part in ("changed_stories", "changed_statements", "first_day > day")):
        assert found, "the demo's warehouse holds an answer"


def test_there_are_at_least_ten_example_queries() -> None:
    assert len(QUERIES) >= 10


@pytest.mark.parametrize("line", [line for line in COMMANDS if not line.startswith(ELSEWHERE)])
def test_a_command_runs(line: str, demo_run: DemoRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    shutil.copytree(demo_run.settings.data_dir, data)
    monkeypatch.setenv("DATELINE_DATA_DIR", str(data))
    monkeypatch.chdir(tmp_path)
    story = {"id": "a", "title": "Kyiv", "published": "2025-08-20", "text": "Ukraine will hold the city, he said."}
    (tmp_path / "stories.jsonl").write_text(json.dumps(story) + "\n")
    (tmp_path / "texts.jsonl").write_text(json.dumps({"id": "a", "dct": "2025-08-20", "text": "on Monday"}) + "\n")
    (tmp_path / "page.html").write_text(
        "<html><body><article><p>" + "A city holds. " * 30 + "</p></article></body></html>"
    )
    (tmp_path / "my-feeds.opml").write_text(
        '<opml version="2.0"><body><outline xmlUrl="https://example.org/a.xml"/></body></opml>'
    )
    command = line.partition("#")[0]
    command, _, given = re.sub(r">\s*\S+", "", command).partition("<")
    if command.startswith("dateline monitor"):
        command += " --allow-private 127.0.0.1"
    if command.startswith("dateline restore"):
        backup.export(data, tmp_path / "backup")
    text = (tmp_path / given.strip()).read_text() if given.strip() else None
    ran = CliRunner().invoke(app, shlex.split(command)[1:], input=text)
    # The demo has two feeds that fail, and those two commands say so by their exit code.
    allowed = (0, 1) if "status" in command else (0,)
    assert ran.exit_code in allowed, ran.output
    assert ran.output.strip() or "--to" in command


def row(name: str) -> str:
    """What the README's table is to say of a setting."""
    field = Settings.model_fields[name]
    default = field.get_default(call_default_factory=True)
    told = {"data_dir": "~/.local/share/dateline", "threshold": "the lexicon's"}
    written = told.get(name) or ("" if default in (None, "", []) else json.dumps(default))
    return f"| {name} | {written} | {field.description} |"


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    rows = {found[1]: found[0].replace("`", "") for found in re.finditer(r"^\| `(\w+)` \|.*$", README, re.MULTILINE)}
    assert rows == {name: row(name) for name in Settings.model_fields}
