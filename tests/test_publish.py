"""The copy that readers open: whole, current, and out of the writer's way."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from extractors.actors import Actor
from extractors.errors import WarehouseError
from extractors.records import SpeakerKind
from storage import publish as publishing
from storage import queries
from storage.doctor import check
from storage.migrate import migrate
from storage.opening import private_file
from storage.publish import publish, published_file
from storage.warehouse import Warehouse
from tests.processes import gone
from tests.warehouse_samples import FEED, NOON, entry, feed, hours, polled, reading, verdicts


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with a feed, two stories and three statements, published."""
    folder = tmp_path_factory.mktemp("filled")
    with Warehouse.open(folder) as warehouse:
        warehouse.feeds.add([feed()], NOON)
        warehouse.actors.load([Actor("ann-able", "Ann Able", SpeakerKind.PERSON)], [])
        warehouse.runs.start("run", NOON, "monitor")
        warehouse.entries.commit_polls("1", "run", [polled(entry(1), entry(2))], verdicts(entry(1), entry(2)), NOON)
        warehouse.stories.commit_readings(
            "2", "run", [reading(1, ["aid is on its way", "it is late"]), reading(2, ["talks go on"])], NOON
        )
        warehouse.runs.finish("run", hours(1), "done", {"statements": 3})
    assert publish(folder)
    return folder


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / "data")


def append(data: Path, number: int) -> None:
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_readings(f"more/{number}", "later", [reading(number, ["more"])], hours(2))


def statements(data: Path) -> int:
    (row,) = queries.fetch(data, "SELECT count(*) AS n FROM statements")
    return int(row["n"])


# --- publishing -------------------------------------------------------------------------------------------------------


def test_nothing_is_published_where_nothing_changed(data: Path) -> None:
    before = published_file(data).stat()
    assert publish(data) is None
    assert published_file(data).stat() == before
    append(data, 7)
    assert publish(data)
    assert statements(data) == 4


def test_an_open_session_keeps_its_state_and_does_not_delay_the_writer(data: Path) -> None:
    with queries.open_published(data) as session:
        append(data, 7)
        assert publish(data)
        assert session.execute("SELECT count(*) FROM statements").fetchall() == [(3,)]
    assert statements(data) == 4


def test_a_full_disk_leaves_the_copy_before(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    append(data, 7)
    monkeypatch.setattr(publishing, "clone", full)
    with pytest.raises(WarehouseError, match="disk is full"):
        publish(data)
    assert statements(data) == 3
    assert [file.name for file in data.iterdir() if file.name.startswith(".")] == []


def test_what_a_dead_publisher_left_is_removed_and_nothing_else(data: Path) -> None:
    left, at_work = data / f".publishing-{gone()}.duckdb", data / f".publishing-{os.getpid()}.duckdb"
    others = [data / f".publishing-{name}" for name in ("abc.duckdb", "0.duckdb", "99999999999999999999.duckdb", "")]
    for file in (left, at_work, *others):
        file.write_bytes(b"half")
    publish(data)
    assert not left.exists()
    assert all(file.exists() for file in (at_work, *others))


def test_what_a_dead_restore_or_first_start_left_is_removed(data: Path) -> None:
    folder = private_file(data).parent
    left = [folder / f".new-{gone()}-warehouse.duckdb{log}" for log in ("", ".wal")]
    at_work = folder / f".new-{os.getpid()}-warehouse.duckdb"
    for file in (*left, at_work):
        file.touch()
    publish(data)
    assert [file.exists() for file in (*left, at_work)] == [False, False, True]


def test_a_log_that_another_program_left_beside_the_copy_does_no_harm(data: Path) -> None:
    file = published_file(data)
    script = (
        "import duckdb, os, sys\n"
        "connection = duckdb.connect(sys.argv[1])\n"
        "connection.execute('CREATE TABLE mine AS SELECT 1 AS a')\n"
        "os._exit(0)"
    )
    file.chmod(0o644)
    subprocess.run([sys.executable, "-c", script, file], check=True)
    log = file.with_name(file.name + ".wal")
    assert log.exists()
    append(data, 7)
    assert publish(data)
    assert not log.exists()
    assert statements(data) == 4


def test_nobody_can_write_the_copy(data: Path) -> None:
    assert published_file(data).stat().st_mode & 0o222 == 0
    with pytest.raises(WarehouseError, match="read-only"):
        queries.fetch(data, "CREATE TABLE mine (a INTEGER)")


PUBLISHER = """
import sys, time
from pathlib import Path
from storage.doctor import check
from storage.migrate import migrate
from storage.publish import publish
from storage.warehouse import Warehouse
from tests.warehouse_samples import NOON, reading

while True:
    with Warehouse.open(Path(sys.argv[1])) as warehouse:
        number = time.time_ns()
        warehouse.stories.commit_readings(str(number), "run", [reading(number, ["this is so"])], NOON)
    publish(Path(sys.argv[1]))
    print("published", flush=True)
"""


def test_a_killed_publisher_leaves_a_whole_copy(data: Path) -> None:
    chance = random.Random(7)
    for _ in range(4):
        publisher = subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, data],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            stdout=subprocess.PIPE,
        )
        assert publisher.stdout is not None
        publisher.stdout.readline()
        time.sleep(chance.uniform(0, 0.15))
        publisher.kill()
        publisher.communicate()
        assert [str(problem) for problem in check(data) if "left by a run that died" not in str(problem)] == []
    publish(data)
    assert check(data) == []
    (row,) = queries.fetch(data, "SELECT sum(counts['statements']) AS booked FROM batches")
    assert statements(data) == row["booked"]


# --- asking the copy --------------------------------------------------------------------------------------------------


def test_a_query_before_the_first_run_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="dateline monitor"):
        queries.fetch(tmp_path, "SELECT 1")


def test_a_damaged_copy_says_what_to_do(data: Path) -> None:
    file = published_file(data)
    file.chmod(0o644)
    file.write_bytes(b"x" * 20_000)
    with pytest.raises(WarehouseError, match="next run publishes it anew"):
        queries.fetch(data, "SELECT 1")
    file.unlink()
    assert publish(data)
    assert statements(data) == 3


def test_a_wrong_query_is_answered_in_the_databases_words(data: Path) -> None:
    with pytest.raises(WarehouseError, match=r"saids.*does not exist"):
        queries.run_sql(data, "FROM saids")


@pytest.mark.parametrize("output", ["table", "csv", "json"])
def test_results_are_written_as(data: Path, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    queries.run_sql(data, "SELECT day, content, topics FROM search('aid WAY');", output)
    printed = capsys.readouterr().out
    assert "aid is on its way" in printed
    if output == "csv":
        assert printed == 'day,content,topics\n2025-08-19,aid is on its way,"[""military-aid""]"\n'
    if output == "json":
        assert json.loads(printed) == {
            "day": "2025-08-19",
            "content": "aid is on its way",
            "topics": ["military-aid"],
        }


@pytest.mark.parametrize("output", ["csv", "json"])
def test_an_instant_as_printed_is_one_to_ask_for(
    tmp_path: Path, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    moment = NOON + timedelta(microseconds=765_432)
    with Warehouse.open(tmp_path) as warehouse:
        warehouse.stories.commit_readings("1", "run", [reading(1, ["aid is on its way"])], moment)
    publish(tmp_path)
    queries.run_sql(tmp_path, "SELECT valid_from FROM statements", output)
    printed = capsys.readouterr().out.splitlines()[-1]
    instant = json.loads(printed)["valid_from"] if output == "json" else printed
    assert len(queries.fetch(tmp_path, f"FROM as_of(TIMESTAMPTZ '{instant}')")) == 1


def test_no_word_is_cut_off_and_no_rows_are_said_to_be_none(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queries.run_sql(data, "SELECT statement_id, valid_from, said_when, speaker, content, url FROM said")
    printed = capsys.readouterr().out
    assert "…" not in printed
    assert "2025-08-20T12:00:00+00:00" in printed
    queries.run_sql(data, "FROM about('sport')")
    assert capsys.readouterr().out == "No rows.\n"


def test_many_columns_are_written_one_under_another(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queries.run_sql(data, "FROM search('aid way')")
    lines = [[cell.strip() for cell in line.split("│")[1:-1]] for line in capsys.readouterr().out.splitlines()]
    assert ["content", "aid is on its way"] in lines


def test_parquet_goes_to_a_file(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.parquet"
    queries.run_sql(data, "FROM said;", "parquet", target)
    assert duckdb.sql(f"SELECT count(*) FROM '{target}'").fetchall() == [(3,)]
    with pytest.raises(WarehouseError, match="--to"):
        queries.run_sql(data, "FROM said", "parquet")


def test_json_holds_every_column_and_proper_values(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query = (
        "SELECT a.title, b.title, 3 AS title_1, 'nan'::DOUBLE AS none, 1.50 AS price, '\\x00x'::BLOB AS bytes, "
        "2::HUGEINT AS n, [1.5, 'inf'::DOUBLE] AS list, MAP {DATE '2025-08-20': 1.5} AS map, "
        "TIMESTAMPTZ '2025-08-20 12:00:00+00' AS at, NULL AS no, true AS yes "
        "FROM stories a JOIN stories b USING (story_id) LIMIT 1"
    )
    queries.run_sql(data, query, "json")
    row = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert row.pop("title") == row.pop("title_2")
    assert row == {
        "title_1": 3,
        "none": None,
        "price": 1.5,
        "bytes": "0078",
        "n": 2,
        "list": [1.5, None],
        "map": {"2025-08-20": 1.5},
        "at": "2025-08-20T12:00:00+00:00",
        "no": None,
        "yes": True,
    }


@pytest.mark.parametrize("output", queries.FORMATS)
@pytest.mark.parametrize("end", ["", " -- all", "; -- all", ";;"])
def test_a_query_may_end_in_a_comment(data: Path, tmp_path: Path, output: str, end: str) -> None:
    queries.run_sql(data, f"SELECT 12345 AS n{end}", output, tmp_path / "out")
    if output == "parquet":
        assert duckdb.sql(f"FROM read_parquet('{tmp_path / 'out'}')").fetchall() == [(12345,)]
    else:
        assert "12345" in (tmp_path / "out").read_text()


@pytest.mark.parametrize("output", queries.FORMATS)
@pytest.mark.parametrize(("text", "number"), [("FROM said; FROM daily_counts", 2), ("-- nothing", 0)])
def test_one_query_is_answered_at_a_time(data: Path, tmp_path: Path, output: str, text: str, number: int) -> None:
    with pytest.raises(WarehouseError, match=f"one query at a time.*holds {number}"):
        queries.run_sql(data, text, output, tmp_path / "out")
    assert list(tmp_path.glob("*out*")) == []


@pytest.mark.parametrize("output", queries.FORMATS)
@pytest.mark.parametrize(
    "text",
    [
        "COPY (FROM said) TO '{0}/made.csv'",
        "EXPLAIN ANALYZE COPY (FROM said) TO '{0}/made.csv'",
        "explain (analyze, format json) COPY (FROM said) TO '{0}/made.csv'",
        "EXPORT DATABASE '{0}/made'",
        "ATTACH '{0}/made.duckdb'",
        "SET threads = 1",
    ],
)
def test_a_query_writes_no_file(data: Path, tmp_path: Path, output: str, text: str) -> None:
    with pytest.raises(WarehouseError, match=r"read-only.*--to FILE"):
        queries.run_sql(data, text.format(tmp_path), output, tmp_path / "out")
    assert [*tmp_path.glob("*made*"), *tmp_path.glob("*out*")] == []


def test_a_query_reads_a_list_of_ones_own(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.csv").write_text("speaker,desk\nAnn Able,north\n")
    queries.run_sql(data, f"SELECT DISTINCT desk FROM said JOIN '{tmp_path}/mine.csv' USING (speaker)", "csv")
    assert capsys.readouterr().out == "desk\nnorth\n"


@pytest.mark.parametrize("text", ["EXPLAIN FROM said", "explain analyze SELECT 1", "DESCRIBE said", "SHOW TABLES"])
def test_a_query_may_ask_how_it_is_answered(data: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    queries.run_sql(data, text, "csv")
    assert capsys.readouterr().out


@pytest.mark.parametrize("output", ["csv", "parquet"])
def test_that_a_file_was_replaced_is_told(
    data: Path, tmp_path: Path, output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out"
    queries.run_sql(data, "FROM said", output, target)
    assert capsys.readouterr().err == ""
    queries.run_sql(data, "FROM said", output, target)
    assert capsys.readouterr().err == f"{target} was there already: it was replaced\n"


@pytest.mark.parametrize("name", ["warehouse.duckdb", "private/warehouse.duckdb", "private/new.csv"])
def test_no_file_of_the_warehouse_is_replaced(data: Path, name: str) -> None:
    with pytest.raises(WarehouseError, match="belongs to the warehouse"):
        queries.run_sql(data, "FROM said", "csv", data / name)
    assert statements(data) == 3


def test_a_pivot_is_one_query(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    queries.run_sql(data, "PIVOT statements ON cue USING count(*) GROUP BY form", "json")
    assert json.loads(capsys.readouterr().out) == {"form": "indirect", "said": 3}


@pytest.mark.parametrize("output", ["csv", "parquet"])
def test_a_file_in_a_folder_that_is_not_there_is_named(data: Path, tmp_path: Path, output: str) -> None:
    with pytest.raises(WarehouseError, match=r"none/out cannot be written: there is no folder .*none"):
        queries.run_sql(data, "FROM said", output, tmp_path / "none" / "out")


def test_a_query_that_fails_leaves_no_file(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    with pytest.raises(WarehouseError):
        queries.run_sql(data, "SELECT error('no') FROM said", "csv", target)
    assert [file.name for file in tmp_path.iterdir() if "out.csv" in file.name] == []


def test_the_statements_of_a_run(data: Path) -> None:
    append(data, 7)
    publish(data)
    assert [row["content"] for row in queries.new_statements(data, "later")] == ["more"]
    (row, *_) = queries.new_statements(data, "run")
    assert (row["day"], row["basis"], row["speaker"], row["outlet"]) == ("2025-08-19", "explicit", "Ann Able", "One")


def test_the_status_tells_what_is_due_and_what_fails(data: Path) -> None:
    failed = polled(at=hours(3))
    state = failed.state.__class__(FEED, due_at=hours(9), failures=2, last_outcome="timeout", last_error="no answer")
    with Warehouse.open(data) as warehouse:
        warehouse.entries.commit_polls("9", "run", [type(failed)(failed.poll, state)], {}, hours(3))
    publish(data)
    found = queries.status(data, hours(4))
    assert (found.feeds, found.due, found.waiting) == (1, 0, 0)
    assert [(row["url"], row["last_error"]) for row in found.failing] == [(FEED, "no answer")]
    assert [(row["run_id"], row["outcome"], row["finished_at"]) for row in found.runs] == [("run", "done", hours(1))]
    assert (found.rows["statements"], found.rows["stories"]) == (3, 2)
    assert found.age >= timedelta(0)
    assert found.size == found.copy.stat().st_size


QUERIES = [
    ("FROM timeline('ann-able')", 2),
    ("FROM timeline('ANN ABLE')", 2),
    ("FROM timeline('nobody')", 0),
    ("FROM said_by('baker')", 1),
    ("FROM said_between(DATE '2025-08-19', DATE '2025-08-19')", 3),
    ("FROM said_between(DATE '2025-08-20', DATE '2025-08-21')", 0),
    ("FROM about('military-aid')", 3),
    ("FROM about('sport')", 0),
    ("FROM search('way aid')", 1),
    ("FROM search('aid talks')", 0),
    ("FROM on_record('ann-able', 'talks')", 1),
    ("FROM on_record('Ann Able', 'talks')", 1),
    ("FROM latest LIMIT 2", 2),
    ("FROM daily_counts WHERE statements = 3 AND speakers = 2 AND dated = 3", 1),
    ("FROM silence('ann-able') WHERE days_silent = 1 AND statements = 2", 1),
    ("FROM silence('nobody') WHERE last_heard IS NULL AND statements = 0", 1),
    ("FROM changed_stories", 0),
    ("FROM changed_statements", 0),
    ("FROM editions WHERE valid_to IS NULL", 3),
    ("FROM feed_health", 1),
    ("FROM evidence WHERE contains(sentence, list_extract(content_words, 1))", 3),
    ("FROM as_of(TIMESTAMPTZ '2025-08-20 12:00:00+00')", 3),
    ("FROM as_of(TIMESTAMPTZ '2025-08-20 11:59:59+00')", 0),
    ("FROM carried_by('00000000-0000-0000-0000-000000000000')", 0),
    ("FROM dictionary WHERE name = 'timeline(who)' AND contains(holds, 'oldest first')", 1),
]


@pytest.mark.parametrize(("query", "expected"), QUERIES, ids=[query.split("(")[0][:40] for query, _ in QUERIES])
def test_what_analysts_ask(filled: Path, query: str, expected: int) -> None:
    assert len(queries.fetch(filled, query)) == expected


def test_the_list_of_tables_says_what_each_holds(filled: Path) -> None:
    listed = {row["name"]: row["holds"] for row in queries.fetch(filled, queries.DICTIONARY)}
    assert all(listed.values())
    assert {"said", "statements", "search(words)", "stories"} <= listed.keys()


# --- a copy without its private file ----------------------------------------------------------------------------------


def test_a_copy_that_is_put_back_becomes_the_warehouse(
    filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "again"
    data.mkdir()
    shutil.copy(published_file(filled), published_file(data))
    append(data, 3)
    assert "made anew from the published copy" in capsys.readouterr().err
    assert publish(data)
    assert statements(data) == statements(filled) + 1
    assert check(data) == []
    assert (data / "private" / "warehouse.duckdb").stat().st_mode & 0o777 == 0o600


def test_a_lost_private_folder_costs_nothing_that_was_published(data: Path) -> None:
    before = statements(data)
    shutil.rmtree(data / "private")
    with Warehouse.open(data) as warehouse:
        warehouse.feeds.add([feed("https://more.example/feed")], NOON)
    publish(data)
    assert statements(data) == before


def test_a_copy_of_an_older_schema_is_upgraded_as_it_is_put_back(tmp_path: Path) -> None:
    with duckdb.connect(str(published_file(tmp_path))) as connection:
        migrate(connection, NOON, upto=1)
    with Warehouse.open(tmp_path):
        pass
    assert (tmp_path / "private" / "warehouse.duckdb.v001").exists()


def test_a_copy_that_cannot_be_read_is_left_as_it_is(tmp_path: Path) -> None:
    published_file(tmp_path).write_bytes(b"no database" * 1000)
    with pytest.raises(WarehouseError, match=r"warehouse.duckdb cannot take its place.*move it away"):
        Warehouse.open(tmp_path)
    assert published_file(tmp_path).read_bytes() == b"no database" * 1000
    assert not list((tmp_path / "private").iterdir())
