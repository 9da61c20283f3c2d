"""Watches: what matches goes out once to each address, by a real web server on loopback, and into an Atom file."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from flows import alerts, delivery, pipeline, report, subscriptions
from flows.cli import app
from flows.settings import load_settings
from flows.watches import ATOM, IN_A_MESSAGE, WHOLE_FILE, Watch, message, read_watches
from seeds.demo.site import serve
from storage import alerts as stored_alerts
from storage import queries
from storage.alert_queue import AlertQueue
from storage.alerts import KEEP_TRYING, Wanted, waiting
from storage.publish import publish
from storage.warehouse import Warehouse
from tests.conftest import DemoRun
from tests.warehouse_samples import NOON, hours, reading


class Webhook:
    """Takes what Apprise posts to ``json://``, and answers ``status``."""

    def __init__(self) -> None:
        self.status = 200
        self.told: list[str] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.told.append(json.loads(body)["message"])
                self.send_response(hook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self.server.server_address[1]}"


@pytest.fixture
def hook() -> Iterator[Webhook]:
    hook = Webhook()
    thread = threading.Thread(target=hook.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()
    thread.join()


def write(data: Path, text: str) -> None:
    (data / alerts.FILE).write_text(text, "utf-8")


def run(data: Path, number: int, *sayings: str, at: datetime = NOON) -> alerts.Alerted:
    """What the pipeline does with a story of these sayings, from the append on."""
    append(data, number, *sayings, at=at)
    return alerts.alert(load_settings(data), at)


def append(data: Path, number: int, *sayings: str, at: datetime = NOON) -> None:
    with Warehouse.open(data) as warehouse:
        if sayings:
            warehouse.stories.commit_readings(f"run-{number}/1", f"run-{number}", [reading(number, sayings)], at)
    publish(data)


def entries(data: Path, name: str) -> list[str]:
    root = ElementTree.parse(data / alerts.FOLDER / f"{name}.atom").getroot()
    return [entry.findtext(f"{{{ATOM}}}title", "") for entry in root.iter(f"{{{ATOM}}}entry")]


def test_a_match_goes_out_once(tmp_path: Path, hook: Webhook) -> None:
    write(tmp_path, f'[aid]\nwords = "aid"\nto = ["{hook.url}"]\n')
    assert run(tmp_path, 1, "aid is on its way", "talks go on") == alerts.Alerted(matched=1, sent=1)
    assert len(hook.told) == 1
    assert "2025-08-19 (explicit) Ann Able, said: aid is on its way" in hook.told[0]
    assert "https://one.example/1" in hook.told[0]
    assert run(tmp_path, 1) == alerts.Alerted()
    assert run(tmp_path, 2, "the front holds") == alerts.Alerted()
    assert run(tmp_path, 3, "more aid will come") == alerts.Alerted(matched=1, sent=1)
    assert len(hook.told) == 2


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("sql = \"cue_class = 'assert' AND speaker LIKE 'Ben%'\"", ["talks go on"]),
        ("sql = \"content LIKE '%aid%' -- a comment\"", ["aid is on its way"]),
        ('actor = "ben-baker"', ["talks go on"]),
        ('topic = "military-aid"', ["aid is on its way", "talks go on"]),
        ('topic = "sanctions"', []),
        ('words = "way aid"', ["aid is on its way"]),
        ('words = "alk"', []),
        ('words = "talk"', ["talks go on"]),
        ('words = "aid"\nactor = "ben-baker"', []),
    ],
)
def test_what_a_watch_wants(tmp_path: Path, condition: str, found: list[str]) -> None:
    (tmp_path / "dateline.toml").write_text('topics_file = "my-topics.toml"\n')
    (tmp_path / "my-topics.toml").write_text('[military-aid]\nstrong = "howitzers"\n')
    write(tmp_path, f"[some]\n{condition}\n")
    assert run(tmp_path, 1, "aid is on its way", "talks go on").problems == ()
    assert sorted(title.partition(": ")[2] for title in entries(tmp_path, "some")) == found


def test_an_address_that_refuses_is_tried_again_and_the_others_are_not(tmp_path: Path, hook: Webhook) -> None:
    hook.status = 500
    write(tmp_path, f'[aid]\nwords = "aid"\nto = ["{hook.url}/secret-token", "{hook.url}"]\n')
    failed = run(tmp_path, 1, "aid is on its way")
    assert (failed.matched, failed.sent, len(failed.problems)) == (1, 0, 2)
    assert "watch aid, address 1 (json)" in failed.problems[0]
    assert "500" in failed.problems[0]
    assert "secret-token" not in "".join(failed.problems)
    assert [tuple(row.values()) for row in waiting(tmp_path, hours(1))] == [("aid", 1, 1, NOON), ("aid", 2, 1, NOON)]
    assert waiting(tmp_path, NOON + KEEP_TRYING) == []
    hook.told.clear()
    hook.status = 200
    assert run(tmp_path, 2, "the front holds", at=hours(1)) == alerts.Alerted(sent=2)
    assert len(hook.told) == 2
    assert waiting(tmp_path, hours(1)) == []
    assert run(tmp_path, 3, "the front still holds", at=hours(2)) == alerts.Alerted()


def test_an_address_that_nobody_listens_at_is_told_without_the_form_of_a_log(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    write(tmp_path, f'[aid]\nwords = "aid"\nto = "json://127.0.0.1:{port}/secret-token"\n')
    [problem] = run(tmp_path, 1, "aid is on its way").problems
    start, end = "watch aid, address 1 (json): A Connection error occurred", "; the next run tries again"
    assert problem.startswith(start) and problem.endswith(end)
    assert "secret-token" not in problem and ".;" not in problem


def test_an_address_that_never_ends_its_answer_holds_up_nothing(
    tmp_path: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LONGEST", 8.0)
    with socket.create_server(("127.0.0.1", 0)) as endless:
        threading.Thread(target=_drip, args=[endless], daemon=True).start()
        url = f"json://127.0.0.1:{endless.getsockname()[1]}"
        write(tmp_path, f'[aid]\nwords = "aid"\nto = ["{url}", "{hook.url}"]\n')
        told = run(tmp_path, 1, "aid is on its way")
    assert (told.matched, told.sent) == (1, 1)
    [problem] = told.problems
    assert "watch aid, address 1 (json): did not take it within 8 s; the next run tries again" in problem
    assert [row["target"] for row in waiting(tmp_path, hours(1))] == [1]


def _drip(server: socket.socket) -> None:
    """An answer without end, a byte at a time, to who asks first."""
    with suppress(OSError):
        client, _ = server.accept()
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            client.sendall(b"x")
            time.sleep(0.2)


def test_what_a_run_has_no_time_to_send_waits_for_the_next(
    tmp_path: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, f'[aid]\nwords = "aid"\nto = "{hook.url}"\n')
    with monkeypatch.context() as short:
        short.setattr(delivery, "BUDGET", -1.0)
        told = run(tmp_path, 1, "aid is on its way")
    assert (told.sent, hook.told) == (0, [])
    assert "not tried" in told.problems[0]
    assert run(tmp_path, 2) == alerts.Alerted(sent=1)


def test_an_address_that_is_down_for_a_week_is_not_flooded(tmp_path: Path, hook: Webhook) -> None:
    hook.status = 500
    write(tmp_path, f'[aid]\nwords = "aid"\nto = "{hook.url}"\n')
    run(tmp_path, 1, "aid is on its way")
    hook.status = 200
    assert run(tmp_path, 1, at=NOON + KEEP_TRYING) == alerts.Alerted()
    assert len(entries(tmp_path, "aid")) == 1


@pytest.mark.parametrize(
    "after",
    ["", '[other]\nwords = "aid"\nto = "{url}"\n', '[aid]\nwords = "aid"\nto = ["{url}"]\n', '[aid]\nwords = "aid"\n'],
    ids=["no watch", "another watch", "one address fewer", "no address"],
)
def test_what_waits_for_a_removed_address_waits_no_more(tmp_path: Path, hook: Webhook, after: str) -> None:
    hook.status = 500
    write(tmp_path, f'[aid]\nwords = "aid"\nto = ["{hook.url}", "{hook.url}"]\n')
    run(tmp_path, 1, "aid is on its way")
    hook.told.clear()
    write(tmp_path, "[aid\n")
    assert run(tmp_path, 1, at=hours(1)).problems
    assert len(waiting(tmp_path, hours(1))) == 2, "a file with a mistake does not say who was removed"
    write(tmp_path, after.format(url=hook.url))
    hook.status = 200
    left = after.count("[aid]") and after.count("to =")
    assert run(tmp_path, 1, at=hours(2)) == alerts.Alerted(sent=left)
    assert len(hook.told) == left
    assert waiting(tmp_path, hours(2)) == []
    ended = queries.fetch(tmp_path, "SELECT ended FROM alerts WHERE target > 0 AND sent_at IS NULL")
    assert [row["ended"] for row in ended] == ["no address"] * (2 - left)
    write(tmp_path, f'[aid]\nwords = "aid"\nto = ["{hook.url}", "{hook.url}"]\n')
    assert run(tmp_path, 1, at=hours(3)) == alerts.Alerted()


def test_what_vanished_before_its_address_recovered_waits_no_more(tmp_path: Path, hook: Webhook) -> None:
    hook.status = 500
    write(tmp_path, f'[aid]\nwords = "aid"\nto = "{hook.url}"\n')
    run(tmp_path, 1, "aid is on its way", "more aid will come")
    hook.told.clear()
    with Warehouse.open(tmp_path) as warehouse:
        warehouse.stories.commit_readings(
            "run-2/1", "run-2", [reading(1, ["aid is on its way"], lead="Updated. ")], hours(1)
        )
    publish(tmp_path)
    assert alerts.alert(load_settings(tmp_path), hours(1)).problems
    assert [row["statements"] for row in waiting(tmp_path, hours(1))] == [1]
    hook.status = 200
    assert run(tmp_path, 1, at=hours(2)) == alerts.Alerted(sent=1)
    assert "on its way" in hook.told[-1] and "more aid" not in hook.told[-1]
    assert waiting(tmp_path, hours(2)) == []
    ended = queries.fetch(
        tmp_path, "SELECT content, ended FROM alerts JOIN statements USING (statement_id) WHERE ended IS NOT NULL"
    )
    assert ended == [{"content": "more aid will come", "ended": "vanished"}]


def test_a_run_that_died_before_its_alerts_is_made_up_for(tmp_path: Path, hook: Webhook) -> None:
    write(tmp_path, f'[aid]\nwords = "aid"\nto = "{hook.url}"\n')
    append(tmp_path, 1, "aid is on its way")
    assert run(tmp_path, 2, "aid is late").sent == 2


def test_a_death_between_sending_and_booking_sends_twice_rather_than_never(
    tmp_path: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, f'[aid]\nwords = "aid"\nto = "{hook.url}"\n')

    def die(*_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as killed:
        killed.setattr(AlertQueue, "sent", die)
        assert run(tmp_path, 1, "aid is on its way").problems == ("alerts: RuntimeError: killed",)
    assert run(tmp_path, 1, at=hours(1)) == alerts.Alerted(sent=1)
    assert run(tmp_path, 1, at=hours(2)) == alerts.Alerted()
    assert len(hook.told) == 2


def test_a_new_watch_and_an_upgrade_tell_nothing_of_the_past(tmp_path: Path, hook: Webhook) -> None:
    run(tmp_path, 1, "aid is on its way")
    write(tmp_path, f'[aid]\nwords = "aid"\nto = "{hook.url}"\n')
    assert run(tmp_path, 2, "the front holds") == alerts.Alerted()
    assert entries(tmp_path, "aid") == []


def test_an_edited_story_tells_only_what_it_newly_says(tmp_path: Path, hook: Webhook) -> None:
    write(tmp_path, f'[all]\nsql = "true"\nto = "{hook.url}"\n')
    run(tmp_path, 1, "aid is on its way")
    with Warehouse.open(tmp_path) as warehouse:
        edited = reading(1, ["aid is on its way", "it is early"], lead="Updated. ")
        warehouse.stories.commit_readings("run-2/1", "run-2", [edited], hours(1))
    publish(tmp_path)
    assert alerts.alert(load_settings(tmp_path), hours(1)).sent == 1
    assert "it is early" in hook.told[-1]
    assert "on its way" not in hook.told[-1]


def test_what_vanished_before_it_was_told_and_came_back_is_told(tmp_path: Path, hook: Webhook) -> None:
    write(tmp_path, f'[aid]\nwords = "aid"\nto = "{hook.url}"\n')
    both, less = ["talks go on", "aid is late"], ["talks go on"]
    told = []
    # The first run dies before its alerts.
    for number, (sayings, alerting) in enumerate(
        [(both, False), (less, True), (both, True), (less, True), (both, True)]
    ):
        with Warehouse.open(tmp_path) as warehouse:
            warehouse.stories.commit_readings(f"{number}/1", f"run-{number}", [reading(1, sayings)], hours(number))
        publish(tmp_path)
        if alerting:
            told.append(alerts.alert(load_settings(tmp_path), hours(number)).sent)
    assert told == [0, 1, 0, 0]


def test_an_original_that_comes_after_its_copy_is_no_news(tmp_path: Path, hook: Webhook) -> None:
    write(tmp_path, f'[all]\nsql = "true"\nto = "{hook.url}"\n')
    sayings = [f"brigade {number} will get {number} more air defence systems before winter" for number in range(12)]
    assert run(tmp_path, 1, *sayings).sent == 12
    again = reading(2, sayings)
    assert again.extraction
    story = replace(again.extraction.story, published=hours(-5))
    with Warehouse.open(tmp_path) as warehouse:
        warehouse.stories.commit_readings(
            "run-2/1", "run-2", [replace(again, extraction=replace(again.extraction, story=story))], hours(1)
        )
        assert warehouse.copies.link("run-2", hours(1)) == 1
    publish(tmp_path)
    assert {row["story_id"] for row in queries.fetch(tmp_path, "FROM said")} == {story.id}
    assert alerts.alert(load_settings(tmp_path), hours(1)) == alerts.Alerted()
    assert len(entries(tmp_path, "all")) == 12


@pytest.mark.parametrize("condition", ["speeker = 'Ann Able'", "true); DELETE FROM said; (", "speaker = 'Ann"])
def test_a_wrong_condition_is_named_silences_no_other_and_catches_up(tmp_path: Path, condition: str) -> None:
    write(tmp_path, f'[wrong]\nsql = "{condition}"\n[aid]\nwords = "aid"\n')
    first = run(tmp_path, 1, "aid is on its way")
    assert entries(tmp_path, "aid") == ["2025-08-19 (explicit) Ann Able, said: aid is on its way"]
    assert len(first.problems) == 1
    assert f"{alerts.FILE}: watch wrong: " in first.problems[0]
    write(tmp_path, '[wrong]\nsql = "true"\n[aid]\nwords = "aid"\n')
    second = run(tmp_path, 2, "the front holds")
    assert (second.matched, second.problems) == (2, ())
    assert len(queries.fetch(tmp_path, "FROM statements")) == 2


@pytest.mark.parametrize(
    "mistake",
    ['sql = "no_such_column"', 'topic = "ferries"', 'wrods = "aid"', 'sql = "error(content)"'],
    ids=["condition", "topic", "form", "condition that only data show wrong"],
)
def test_only_the_watch_that_is_wrong_is_asked_later(
    tmp_path: Path, mistake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    real = stored_alerts.new_matches

    def noted(data: Path, wanted: Wanted, runs: Sequence[str]) -> list[UUID]:
        asked.append([*runs])
        return real(data, wanted, runs)

    good = '[aid]\nwords = "aid"\n'
    write(tmp_path, f"{good}[late]\n{mistake}\n")
    for number in (1, 2):
        told = run(tmp_path, number, f"aid number {number} is on its way", at=hours(number))
        assert (told.matched, len(told.problems)) == (1, 1)
    write(tmp_path, f'{good}[late]\nsql = "true"\n')
    monkeypatch.setattr(stored_alerts, "new_matches", noted)
    assert run(tmp_path, 3, "the front holds", at=hours(3)).matched == 3
    assert sorted(asked, key=len) == [["run-3"], ["run-1", "run-2", "run-3"]]
    asked.clear()
    assert run(tmp_path, 4, "rain falls", at=hours(4)).matched == 1
    assert asked == [["run-4"], ["run-4"]]


def test_who_is_wrong_and_then_removed_leaves_nothing_to_be_asked(tmp_path: Path) -> None:
    write(tmp_path, '[wrong]\nsql = "no_such_column"\n')
    assert run(tmp_path, 1, "aid is on its way").problems
    assert stored_alerts.unwatched_runs(tmp_path) == {"run-1": None}, "the copy is that of before the alerts"
    publish(tmp_path)
    assert stored_alerts.unwatched_runs(tmp_path) == {"run-1": frozenset({"wrong"})}
    write(tmp_path, '[aid]\nwords = "aid"\n')
    assert run(tmp_path, 2, at=hours(1)) == alerts.Alerted()
    publish(tmp_path)
    assert stored_alerts.unwatched_runs(tmp_path) == {}


def test_an_address_that_is_none_is_told_also_where_nothing_matches(tmp_path: Path, hook: Webhook) -> None:
    write(tmp_path, f'[aid]\nwords = "aid"\nto = ["nosuch://x", "{hook.url}"]\n')
    [problem] = run(tmp_path, 1, "the front holds").problems
    assert problem.endswith("watches.toml: watch aid: address 1 (nosuch) is no address that Apprise knows")
    told = run(tmp_path, 2, "aid is on its way", at=hours(1))
    assert (told.matched, told.sent, told.problems) == (1, 1, (problem,))
    write(tmp_path, f'[aid]\nwords = "aid"\nto = ["{hook.url}", "{hook.url}"]\n')
    assert run(tmp_path, 3, at=hours(2)) == alerts.Alerted(sent=1)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[Aid]\nwords = "aid"', "watch Aid: a name is lower-case"),
        ('[aid]\nto = "json://127.0.0.1"', "watch aid: give at least one of sql, actor, topic, words"),
        ('[aid]\nword = "aid"', "watch aid: word is not known"),
        ('[aid]\nwords = " "', "watch aid: words is empty"),
        ("[aid]\nwords = 3", "watch aid: words is to be a text"),
        ('[aid]\nwords = "aid"\nto = [1]', "watch aid: to is a list of Apprise URLs"),
        ("aid = 1", "watch aid: write it as a section"),
    ],
)
def test_a_mistake_in_the_file_is_named(text: str, problem: str) -> None:
    watches, found = read_watches(text + '\n[good]\nwords = "aid"\n')
    [(name, line)] = found.items()
    assert name.lower() == "aid" and line.startswith(problem)
    assert watches == [Watch("good", Wanted(words="aid"))]


def test_a_file_that_is_no_toml_is_one_line() -> None:
    watches, problems = read_watches("[aid\n")
    assert (watches, [*problems]) == ([], [WHOLE_FILE])
    assert "line 1" in problems[WHOLE_FILE]


def test_an_atom_file_holds_what_xml_can_hold(tmp_path: Path) -> None:
    write(tmp_path, '[all]\nsql = "true"\n')
    run(tmp_path, 1, "a <b> & \x0b c")
    assert entries(tmp_path, "all") == ["2025-08-19 (explicit) Ann Able, said: a <b> & c"]


def test_a_message_names_what_it_is_about() -> None:
    row = {"said_when": "≤ 2025-08-20", "basis": "published", "speaker": "", "cue": "", "content": "a\nb"}
    title, body = message("aid", [row | {"outlet": "One", "url": "https://one.example/1"}])
    assert title == "dateline: aid, 1 new statement"
    assert body == "≤ 2025-08-20 (published) unnamed: a b\nOne: https://one.example/1"


def test_a_run_alerts_and_no_watch_can_make_it_fail(tmp_path: Path, hook: Webhook) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    write(tmp_path, f'[all]\nsql = "true"\nto = "{hook.url}"\n[wrong]\nsql = "no_such_column"\n')
    with serve(port=0) as site:
        subscriptions.import_opml(settings, site.opml_url)
        first = pipeline.run(settings, all_feeds=True)
        second = pipeline.run(settings, all_feeds=True)
    assert first.outcome == "degraded"
    assert first["matched"] == first["alerts"] > IN_A_MESSAGE
    assert first["alerts"] == len(queries.fetch(tmp_path, "FROM said"))  # a repeat in a copy is no news
    assert len(hook.told) == math.ceil(first["alerts"] / IN_A_MESSAGE)
    assert second["alerts"] == 0
    for summary in (first, second):
        [problem] = summary.alert_problems
        assert "watch wrong: Binder Error" in problem
        assert problem in report.summary_markdown(summary, [])


def test_before_the_first_run_the_file_is_checked_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, '[a]\nsql = "no_such_column"\n[b]\nwords = "aid"\n')
    bad = CliRunner().invoke(app, ["watches", "check", "--data", str(tmp_path)])
    assert bad.exit_code == 1
    assert "watch a: Binder Error" in bad.output
    assert "b → the Atom file only: 0 of the last" in bad.output
    write(tmp_path, '[b]\nwords = "aid"\n')
    assert CliRunner().invoke(app, ["watches", "check", "--data", str(tmp_path)]).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == [alerts.FILE], "a check makes nothing"


def test_a_topic_that_there_is_not_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "dateline.toml").write_text('topics_file = "my-topics.toml"\n')
    (tmp_path / "my-topics.toml").write_text('[demining]\nstrong = "mine clearance"\n')
    write(tmp_path, '[a]\ntopic = "cheese"\n[b]\ntopic = "aid"\n[c]\ntopic = "demining"\n')
    bad = CliRunner().invoke(app, ["watches", "check", "--data", str(tmp_path)])
    assert bad.exit_code == 1
    assert "watch a: no topic is called 'cheese'; write one of front, aid," in bad.output
    assert "b → the Atom file only" in bad.output and "c → the Atom file only" in bad.output


def test_check_shows_matches_and_mistakes_and_sends_nothing(demo_run: DemoRun, tmp_path: Path, hook: Webhook) -> None:
    data = demo_run.settings.data_dir
    try:
        write(data, f'[zelensky]\nactor = "volodymyr-zelenskyy"\nto = "{hook.url}"\n')
        good = CliRunner().invoke(app, ["watches", "check", "--data", str(data)])
        assert good.exit_code == 0, good.output
        assert "zelensky → json: " in good.output
        assert "Zelensky" in good.output.partition("\n")[2]
        write(data, '[a]\nsql = "no_such_column"\n[b]\nwords = "aid"\nto = "nonsense://x"\n')
        bad = CliRunner().invoke(app, ["watches", "check", "--data", str(data)])
        assert bad.exit_code == 1
        assert "watch a: Binder Error" in bad.output
        assert "watch b: address 1 (nonsense) is no address that Apprise knows" in bad.output
    finally:
        (data / alerts.FILE).unlink()
    assert hook.told == []
