"""The command line as a user meets it: help with examples, one line for every error, output that can be piped."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest
import typer.main
from typer.testing import CliRunner

from flows import cli, pipeline, subscriptions
from flows.settings import load_settings
from storage.opening import private_file
from tests.conftest import DemoRun
from tests.loopback import Loopback


class Shell:
    """``shell("dateline status")`` → exit code; what was printed is in ``out`` and ``err``."""

    def __init__(self, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capture = patch, capture
        self.out = self.err = ""

    def __call__(self, line: str) -> int:
        self._patch.setattr(sys, "argv", shlex.split(line))
        before = signal.getsignal(signal.SIGTERM)
        try:
            cli.main()
        except SystemExit as end:
            return int(end.code or 0)
        finally:
            signal.signal(signal.SIGTERM, before)
            self.out, self.err = self._capture.readouterr()
        raise AssertionError("main() always exits")


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATELINE_DATA_DIR", str(tmp_path / "data"))
    return Shell(monkeypatch, capsys)


@pytest.fixture
def filled(shell: Shell, demo_run: DemoRun, tmp_path: Path) -> Shell:
    """A shell whose data directory holds the demo's warehouse."""
    shutil.copytree(demo_run.settings.data_dir, tmp_path / "data")
    return shell


# Help


def commands() -> Iterator[str]:
    root = typer.main.get_command(cli.app)
    for name, command in sorted(root.commands.items()):  # type: ignore[attr-defined]
        children = getattr(command, "commands", {})
        yield from (f"{name} {child}" for child in sorted(children)) if children else [name]


@pytest.mark.parametrize("command", [*commands()])
def test_help_teaches_by_example(command: str) -> None:
    shown = CliRunner().invoke(cli.app, [*command.split(), "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert f"dateline {command}" in shown.output.partition("Usage")[2].partition("\n")[2]


def test_version(shell: Shell) -> None:
    assert shell("dateline --version") == 0
    assert shell.out == f"dateline {version('dateline')}\n"


def test_an_actor_of_a_list_of_ones_own_is_shown(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "own.csv").write_text("id,name,kind\nolena-bondar,Olena Bondar,person\n")
    (tmp_path / "data" / "dateline.toml").write_text('actor_lists = ["own.csv"]')
    assert shell("dateline actors show bondar") == 0
    assert "olena-bondar: Olena Bondar (person)" in shell.out


# Errors: one line, naming the thing and what to do


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dateline monitr", ["monitr", "Did you mean 'monitor'?"]),
        ("dateline sql --bogus", ["--bogus", "`dateline sql --help`"]),
        ("dateline prune --older-than 1000000", ["--older-than", "36500"]),
        ("dateline prune --older-than 0", ["--older-than", "greater than or equal to 1"]),
        ("dateline reprocess --since yesterday", ["--since yesterday", "2026-11-01"]),
        ("dateline extract none.jsonl", ["none.jsonl", "No such file"]),
        ("dateline dates none.jsonl", ["none.jsonl", "No such file"]),
        ("dateline explain none.jsonl", ["none.jsonl", "No such file"]),
        ("dateline read none.html", ["none.html", "No such file"]),
        ("dateline read empty", ["empty: the page is empty"]),
        ("dateline feeds import none.opml", ["none.opml", "No such file", "give a readable file or a URL"]),
        ("dateline feeds import .", [".: Is a directory", "give a readable file or a URL"]),
        ("dateline feeds import prose", ["prose: ", "is this a subscription list?"]),
        ("dateline feeds add nonsense", ["'nonsense' is no http or https URL"]),
        ("dateline feeds add https://me:hunter2@a.example/x", ["https://***@a.example/x holds a user or password"]),
        ("dateline feeds import https://me:hunter2@a.example/x", ["https://***@a.example/x holds a user or password"]),
        ("dateline feeds import HTTP://127.0.0.1:1/x", ["http://127.0.0.1:1/x", "allow_private_hosts"]),
        ("dateline feeds add https://a.example/x --time-zone Kyiv", ["--time-zone Kyiv", "Europe/Kyiv"]),
        ("dateline feeds add https://a.example/x --country Ukraine", ["--country Ukraine", "ua"]),
        ("dateline feeds add https://a.example/x --country uk", ["--country uk", "gb"]),
        ("dateline feeds discover nonsense", ["nonsense", "no http or https URL"]),
        ("dateline actors show Nobodywhosoever", ["'Nobodywhosoever'"]),
        ("dateline status", ["warehouse.duckdb does not exist yet", "`dateline monitor` makes it"]),
        ("dateline feeds status", ["warehouse.duckdb does not exist yet", "`dateline monitor` makes it"]),
        ('dateline sql "FROM said"', ["warehouse.duckdb does not exist yet", "`dateline monitor` makes it"]),
        ("dateline export backup", ["warehouse.duckdb does not exist yet"]),
        ("dateline restore nothing", ["nothing is no export"]),
        ("dateline monitor --data prose", ["prose is a file", "name a folder"]),
        ("dateline monitor --data prose/below", ["prose/below is a file", "name a folder"]),
        ("dateline monitor --data /proc/none", ["/proc/none", "choose another data directory"]),
    ],
)
def test_an_error_is_one_line_that_says_what_to_do(line: str, words: list[str], shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "prose").write_text("Dear reader, this is no list of anything.\n")
    (tmp_path / "empty").touch()
    assert shell(line) == 1
    assert shell.err.startswith("dateline: ") and shell.err.count("\n") == 1
    for word in words:
        assert word in shell.err
    assert "hunter2" not in shell.err


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELEC 1", ['syntax error at or near "SELEC"']),
        ("FROM nothing", ["Table with name nothing does not exist"]),
        ("DELETE FROM statements", ["read-only"]),
        ("FROM said --format xml", ["no such format: xml", "table, csv, json, parquet"]),
        ("FROM said --format parquet", ["--to FILE"]),
        ("FROM said --format csv --to none/said.csv", ["none/said.csv cannot be written"]),
        ("FROM said --format parquet --to none/said.parquet", ["said.parquet"]),
        ("", ["no query", "--tables"]),
    ],
)
def test_bad_sql_is_told_in_one_line(query: str, words: list[str], filled: Shell) -> None:
    text, dashes, options = query.partition(" --")
    assert filled(f'dateline sql "{text}" {dashes}{options}') == 1
    assert filled.err.startswith("dateline: ") and filled.err.count("\n") == 1
    for word in words:
        assert word in filled.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('interval_minutes = "often"', ["setting interval_minutes", "dateline.toml"]),
        ("intervall = 5", ["setting intervall"]),
        ("threshold = ", ["dateline.toml"]),
        ('topics_file = "none.toml"', ["none.toml"]),
    ],
)
def test_a_wrong_setting_is_named(content: str, words: list[str], filled: Shell, tmp_path: Path) -> None:
    (tmp_path / "data" / "dateline.toml").write_text(content)
    (tmp_path / "one.jsonl").write_text('{"id": 1, "text": "He said so."}')
    assert filled("dateline extract one.jsonl") == 1
    assert filled.err.startswith("dateline: ") and filled.err.count("\n") == 1
    for word in words:
        assert word in filled.err


def test_a_list_in_the_environment_is_json(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATELINE_EXTRA_TERMS", "Kharkiv, Sumy")
    assert shell("dateline status") == 1
    assert "extra_terms" in shell.err and '["one", "two"]' in shell.err


def test_a_port_that_is_taken_is_named(shell: Shell) -> None:
    with Loopback() as site:
        assert shell(f"dateline demo --port {site.port}") == 1
    assert f"port {site.port} of 127.0.0.1" in shell.err and "--port" in shell.err


def test_a_new_user_is_told_where_to_begin(shell: Shell) -> None:
    assert shell("dateline feeds list") == 1
    assert "`dateline feeds import`" in shell.err
    assert shell("dateline monitor") == 0
    assert "`dateline feeds import`" in shell.err
    assert shell("dateline feeds list") == 0
    assert "`dateline feeds import`" in shell.err
    assert shell("dateline feeds check") == 1
    assert shell.err.startswith("dateline: no feed is subscribed yet: `dateline feeds import`")
    for url in ("https://a.example/x", "https://me:hunter2@a.example/x"):
        assert shell(f"dateline feeds remove {url}") == 1
        assert shell.err == (
            f"dateline: {url.replace('me:hunter2', '***')} is not subscribed; `dateline feeds list` shows what is\n"
        )


@pytest.mark.parametrize(
    "command",
    [
        *("status", "feeds status", "feeds list", "feeds export", "feeds check", "feeds remove https://a.example/x"),
        *("prune", "reprocess", "reprocess --extractor 0.1.0"),
    ],
)
def test_a_mistyped_folder_is_told_and_not_made(command: str, shell: Shell, tmp_path: Path) -> None:
    assert shell(f"dateline {command} --data typo") == 1
    copy = tmp_path / "typo" / "warehouse.duckdb"
    assert shell.err.startswith(f"dateline: {copy} does not exist yet: `dateline ") and shell.err.count("\n") == 1
    assert not any(tmp_path.iterdir())


# A warehouse that cannot be used is refused, and left as it is


def spoil(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[:8192] = b"\x00" * 8192
    file.write_bytes(bytes(content))


def make_newer(file: Path) -> None:
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "INSERT INTO schema_migrations SELECT * REPLACE (900 AS version) FROM schema_migrations LIMIT 1"
        )


@pytest.mark.parametrize(
    ("harm", "words"), [(spoil, ["cannot be read", "left as it is", "restore"]), (make_newer, ["900", "newer"])]
)
@pytest.mark.parametrize("line", ["dateline monitor", "dateline feeds list", "dateline prune", "dateline reprocess"])
def test_a_corrupt_or_newer_warehouse_is_refused_and_not_changed(
    harm: object, words: list[str], line: str, filled: Shell, tmp_path: Path
) -> None:
    file = private_file(tmp_path / "data")
    harm(file)  # type: ignore[operator]
    before = file.read_bytes()
    published = (tmp_path / "data" / "warehouse.duckdb").read_bytes()
    assert filled(line) == 1
    assert filled.err.startswith("dateline: ") and filled.err.count("\n") == 1
    for word in words:
        assert word in filled.err
    assert file.read_bytes() == before
    assert (tmp_path / "data" / "warehouse.duckdb").read_bytes() == published


# Pipes and signals


def dateline(*arguments: str, data: Path) -> list[str]:
    return [sys.executable, "-m", "flows.cli", *arguments, "--data", str(data)]


@pytest.mark.parametrize("kilobytes", [100, 700], ids=["at the first commit", "at a later one"])
def test_a_file_that_cannot_grow_is_not_called_damaged(kilobytes: int, tmp_path: Path) -> None:
    command = dateline("feeds", "import", data=tmp_path)
    limited = ["bash", "-c", f'ulimit -f {kilobytes}; exec "$@"', "limited", *command]
    failed = subprocess.run(limited, capture_output=True, text=True)
    assert failed.returncode == 1
    assert "could not be written" in failed.stderr and "cannot be read" not in failed.stderr
    assert "Traceback" not in failed.stderr
    again = subprocess.run(command, capture_output=True, text=True)
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.startswith("125 feeds added") or "125 known already" in again.stdout


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_reader_that_leaves_is_no_error(form: str, demo_run: DemoRun) -> None:
    command = dateline("sql", "SELECT * FROM range(900)", "--format", form, data=demo_run.settings.data_dir)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_ends_quietly_and_the_next_one_works(number: int, code: int, tmp_path: Path) -> None:
    environment = {**os.environ, "DATELINE_ALLOW_PRIVATE_HOSTS": '["127.0.0.1"]'}
    with Loopback() as site:
        site.on("/rss", reply=lambda exchange: exchange.drip(b"<rss>" * 1000, every=0.2))
        settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"])
        subscriptions.add(settings, site.url("/rss"), "", "", "")
        process = subprocess.Popen(
            dateline("monitor", data=tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        while not site.asked("/rss"):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        out, err = process.communicate()
        assert (process.returncode, out, err) == (code, b"", b"")
        site.on("/rss", status=404)
        assert pipeline.run(settings).counts["failed"] == 1


# Filters


def test_bytes_that_are_no_text_cost_their_line_alone(shell: Shell, tmp_path: Path) -> None:
    good = json.dumps({"id": "good", "text": "on Monday", "dct": "2025-08-20"}).encode()
    lines = [good, b'{"id": "latin", "text": "caf\xe9"}', b'{"id": "half", "text": "\\ud83d"}', good]
    (tmp_path / "texts.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\n".join(lines))
    assert shell("dateline dates texts.jsonl") == 0
    found = [json.loads(line) for line in shell.out.splitlines()]
    assert ["timexes" in one for one in found] == [True, False, False, True]
    assert [line.partition(":")[0] for line in shell.err.splitlines()] == ["line 2", "line 3"]
