"""The doctor finds each thing that it looks for, and nothing in a sound warehouse."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from storage.doctor import check, invariants
from storage.opening import private_file
from storage.publish import publish, published_file
from storage.warehouse import Warehouse
from tests.processes import gone
from tests.warehouse_samples import append_two_stories, hours, reading

SICK = {
    "feeds are subscribed twice": "INSERT INTO feeds FROM feeds",
    "feeds have more than one state": "INSERT INTO feed_states FROM feed_states",
    "entries are there twice": "INSERT INTO entries FROM entries",
    "stories are there twice": "INSERT INTO stories FROM stories",
    "URLs have more than one story": "INSERT INTO stories SELECT * REPLACE (uuid() AS story_id) FROM stories",
    "story versions are there twice": "INSERT INTO story_versions FROM story_versions",
    "statements are there twice": "INSERT INTO statements FROM statements",
    "batches were committed twice": "INSERT INTO batches FROM batches",
    "runs are there twice": "INSERT INTO runs FROM runs",
    "actors are there twice": "INSERT INTO actors SELECT 'a', 'A', '', '', '', '', [], [], '', '', '' FROM range(2)",
    "statements have no story": "DELETE FROM stories",
    "statements refer to a version of their story that is not there": "UPDATE statements SET story_version = 9",
    "statements are older than their story": "UPDATE statements SET valid_from = TIMESTAMPTZ '2000-01-01'",
    "earlier versions have no story": "UPDATE story_versions SET story_id = uuid()",
    "earlier statements have no statement": "UPDATE statement_history SET statement_id = uuid()",
    "statements of one utterance are not there": "INSERT INTO utterances VALUES (uuid(), uuid(), 1, now())",
    "alerts are there twice": "INSERT INTO alerts SELECT 'w', 0, statement_id, now(), now(), NULL FROM said, range(2)",
    "alerts have no statement": "INSERT INTO alerts VALUES ('w', 0, uuid(), now(), now(), NULL)",
    "stories have two signatures": "INSERT INTO signatures FROM signatures",
    "signatures have no story": "UPDATE signatures SET story_id = uuid()",
    "stories are copies of two stories": "INSERT INTO copies FROM copies",
    "copies or their originals are not there": "UPDATE copies SET copy_of = uuid()",
    "stories are copies of a copy": "UPDATE copies SET copy_of = story_id",
    "statements repeat one that is not shown": "UPDATE statements SET repeat_of = uuid()",
    "entries were read into stories that are not there": "UPDATE entries SET story_id = uuid()",
    "entries came from feeds that were never subscribed to": "DELETE FROM feeds",
    "offices are held by actors that are not listed": "INSERT INTO offices VALUES ('x', 'x', '', '', NULL, NULL, [])",
    "intervals of days end before they begin": "UPDATE statements SET said_to = DATE '2000-01-01'",
    "entries wait to be read without a time": "UPDATE entries SET status = 'pending', read_due_at = NULL",
    "statements (of 2000 tried) do not stand": "UPDATE statements SET content = 'something else'",
    "tables, views, macros or columns have no comment": "COMMENT ON COLUMN stories.text IS NULL",
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stories, one of which was edited, and a copy of the other, published."""
    folder = tmp_path_factory.mktemp("sound")
    with Warehouse.open(folder) as warehouse:
        append_two_stories(warehouse)
        twin = reading(3, ["talks go on"])
        assert twin.extraction is not None
        same_words = replace(twin.extraction.story, title="Story 2")
        twin = replace(twin, extraction=replace(twin.extraction, story=same_words))
        warehouse.stories.commit_readings("4", "run", [twin], hours(2))
        assert warehouse.copies.link("run", hours(2)) == 1
    publish(folder)
    return folder


@pytest.fixture
def data(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "data")


def test_a_sound_warehouse_has_no_problem(data: Path) -> None:
    assert [str(problem) for problem in check(data)] == []


def test_each_invariant_is_tried_here() -> None:
    assert len(SICK) == len(invariants())
    assert all(any(what.startswith(known) for known in SICK) for what, _ in invariants())


@pytest.mark.parametrize("what", SICK)
def test_the_doctor_sees_that(data: Path, what: str) -> None:
    published_file(data).chmod(0o644)
    with duckdb.connect(str(published_file(data))) as connection:
        connection.execute(SICK[what])
    assert any(what in str(problem) for problem in check(data)), check(data)


def test_leftovers_and_open_doors_are_reported(data: Path) -> None:
    dead = gone()
    left = [data / f".publishing-{dead}.duckdb", private_file(data).with_name(f".new-{dead}-warehouse.duckdb")]
    left.append(left[1].with_name(left[1].name + ".wal"))
    for file in left:
        file.touch()
    private_file(data).parent.chmod(0o755)
    problems = " ".join(map(str, check(data)))
    assert all(part in problems for part in (*map(str, left), "chmod 700"))


def test_a_draft_that_somebody_is_at_work_on_is_no_leftover(data: Path) -> None:
    (data / f".publishing-{os.getpid()}.duckdb").touch()
    private_file(data).with_name(f".new-{os.getpid()}-warehouse.duckdb").touch()
    assert check(data) == []


DOCTOR = """
import sys
from pathlib import Path
from storage.doctor import check
print(*check(Path(sys.argv[1])), sep="\\n")
"""


def test_a_package_behind_the_packages_that_is_missing_is_reported(data: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "lxml_html_clean.py").write_text("raise ImportError('not installed')")
    path = os.pathsep.join([str(hidden), str(Path(__file__).parents[1])])
    command = [sys.executable, "-c", DOCTOR, str(data)]
    told = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(told) == 1
    assert told[0].startswith("extractors.pages cannot be imported")
    assert "lxml_html_clean" in told[0]


def test_a_copy_of_another_version_is_reported(data: Path) -> None:
    published_file(data).chmod(0o644)
    with duckdb.connect(str(published_file(data))) as connection:
        connection.execute("UPDATE schema_migrations SET sha256 = 'x' WHERE version = 0")
    assert "views of another version" in " ".join(map(str, check(data)))


def test_a_private_file_that_cannot_be_opened_is_reported(data: Path) -> None:
    file = private_file(data)
    whole = file.read_bytes()
    for harmed in (whole[:5000], b"", b"\0" * len(whole)):
        file.write_bytes(harmed)
        [problem] = map(str, check(data))
        assert str(file) in problem, harmed[:20]
        assert file.read_bytes() == harmed
    file.write_bytes(whole)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "INSERT INTO schema_migrations SELECT * REPLACE (900 AS version) FROM schema_migrations LIMIT 1"
        )
    [problem] = map(str, check(data))
    assert "newer" in problem


def test_a_private_file_that_somebody_is_at_work_on_is_left_alone(data: Path) -> None:
    with Warehouse.open(data):
        assert check(data) == []


def test_a_missing_copy_is_reported(tmp_path: Path) -> None:
    assert ["dateline monitor" in str(problem) for problem in check(tmp_path)] == [True]
