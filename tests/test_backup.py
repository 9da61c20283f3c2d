"""What is exported can be read by anything, is written once, and makes the same warehouse again."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from extractors.errors import WarehouseError
from storage import backup
from storage.backup import export, restore
from storage.doctor import check
from storage.opening import private_file
from storage.publish import publish, published_file
from storage.run_lock import BusyError, lock
from storage.warehouse import Warehouse
from tests.warehouse_samples import NOON, append_two_stories, feed, reading


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stories, one of which was edited, published."""
    folder = tmp_path_factory.mktemp("filled")
    with Warehouse.open(folder) as warehouse:
        append_two_stories(warehouse)
    publish(folder)
    return folder


@pytest.fixture
def data(filled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(filled, tmp_path / "data")


def contents(data: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(str(private_file(data)), read_only=True) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
        return {
            table: sorted(connection.execute(f"FROM {table}").fetchall(), key=repr)
            for (table,) in tables
            if table != "schema_migrations"
        }


def add_a_feed(data: Path, number: int = 1) -> None:
    with Warehouse.open(data) as warehouse:
        warehouse.feeds.add([feed(f"https://more.example/{number}", f"More {number}")], NOON)
    publish(data)


def files(target: Path) -> set[str]:
    return {str(file.relative_to(target)) for file in target.rglob("*") if file.is_file()}


def manifest_of(target: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((target / "manifest.json").read_text())
    return manifest


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_export_makes_the_same_warehouse_again(data: Path, tmp_path: Path) -> None:
    export(data, tmp_path / "export")
    rows = restore(tmp_path / "again", tmp_path / "export")
    assert contents(tmp_path / "again") == contents(data)
    assert rows == sum(map(len, contents(data).values()))
    with Warehouse.open(tmp_path / "again") as warehouse:
        assert warehouse.stories.commit_readings("2", "run", [], NOON)["statements"] == 2
    publish(tmp_path / "again")
    assert check(tmp_path / "again") == []


def test_anything_can_read_the_files_by_month(data: Path, tmp_path: Path) -> None:
    export(data, tmp_path / "export")
    found = duckdb.sql(
        f"SELECT month, content FROM '{tmp_path}/export/statements/*/*.parquet' "
        "WHERE vanished_at IS NULL ORDER BY content"
    ).fetchall()
    assert found == [("2025-08", "aid is on its way"), ("2025-08", "it is early"), ("2025-08", "talks go on")]


def test_only_months_that_changed_are_written_again(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "export"
    first = export(data, target)
    assert first.written == first.files
    assert export(data, target).written == 0
    add_a_feed(data)
    assert export(data, target).written == 1
    assert len(list(target.glob("feeds/*.parquet"))) == 1


def test_equal_changes_of_two_rows_are_seen(data: Path, tmp_path: Path) -> None:
    with Warehouse.open(data) as warehouse:
        statements = [row["statement_id"] for row in warehouse.tables.rows("FROM statements LIMIT 2")]
        warehouse.alerts.add({"aid": statements}, {"aid": 1}, {}, NOON)
    publish(data)
    export(data, tmp_path / "export")
    with Warehouse.open(data) as warehouse:
        assert warehouse.alerts.end([]) == 2
    publish(data)
    assert export(data, tmp_path / "export").written == 1
    restore(tmp_path / "again", tmp_path / "export")
    assert contents(tmp_path / "again") == contents(data)


@pytest.mark.parametrize(
    "damage",
    [lambda whole: b"", lambda whole: whole[: len(whole) // 2], lambda whole: bytes(len(whole))],
    ids=["emptied", "cut", "zeros"],
)
def test_a_damaged_file_is_written_anew(data: Path, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    target = tmp_path / "export"
    export(data, target)
    [file] = target.glob("statements/*/*.parquet")
    file.write_bytes(damage(file.read_bytes()))
    assert export(data, target).written == 1
    restore(tmp_path / "again", target)
    assert contents(tmp_path / "again") == contents(data)


def test_every_file_is_on_the_disk_before_the_manifest_names_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "export"
    synced: set[int] = set()  # inodes
    fsync = os.fsync

    def noted(handle: int) -> None:
        if not (target / "manifest.json").exists():
            synced.add(os.fstat(handle).st_ino)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    export(data, target)
    written = [target / file for file in manifest_of(target)["files"]]
    folders = {target, *(file.parent for file in written), *(target.glob("*/"))}
    assert synced >= {each.stat().st_ino for each in [*written, *folders]}


def test_an_export_cut_short_leaves_the_one_before(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "export"
    export(data, target)
    before = contents(data)
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_readings("9", "run", [reading(3, ["more"])], NOON)
    publish(data)

    def killed_before_the_manifest(file: Path, _: object) -> None:
        if file.name == "manifest.json":
            killed()

    monkeypatch.setattr(backup, "_put", killed_before_the_manifest)
    with pytest.raises(KeyboardInterrupt):
        export(data, target)
    restore(tmp_path / "again", target)
    assert contents(tmp_path / "again") == before


def test_a_restore_never_overwrites(data: Path, tmp_path: Path) -> None:
    export(data, tmp_path / "export")
    before = private_file(data).read_bytes()
    with pytest.raises(WarehouseError, match="is there already"):
        restore(data, tmp_path / "export")
    assert private_file(data).read_bytes() == before


DAMAGED = [
    (lambda manifest: [], "no export"),
    (lambda manifest: None, "no export"),
    (lambda manifest: manifest | {"schema": "two"}, "no export"),
    (lambda manifest: manifest | {"schema": 0}, "no export"),
    (lambda manifest: manifest | {"schema": 999}, "newer dateline"),
    (lambda manifest: manifest | {"rows": "many"}, "no export"),
    (lambda manifest: {name: manifest[name] for name in ("schema", "files")}, "no export"),
    (lambda manifest: manifest | {"files": {}}, "no export"),
    (lambda manifest: manifest | {"files": [7]}, "no export"),
    (lambda manifest: manifest | {"files": ["../feeds/a.parquet"]}, "no export"),
    (lambda manifest: manifest | {"rows": manifest["rows"] + 1}, "is damaged: its files hold"),
    (lambda manifest: manifest | {"files": manifest["files"][-1:]}, "is damaged: its files hold"),
    (lambda manifest: manifest | {"files": ["feeds/none.parquet"]}, "misses 1 of its files, such as feeds/none"),
]


@pytest.mark.parametrize(("damage", "match"), DAMAGED)
def test_a_bad_manifest_is_refused(
    data: Path, tmp_path: Path, damage: Callable[[dict[str, Any]], object], match: str
) -> None:
    target = tmp_path / "export"
    export(data, target)
    file = target / "manifest.json"
    manifest = file.read_text()
    file.write_text(json.dumps(damage(json.loads(manifest))))
    with pytest.raises(WarehouseError, match=match) as error:
        restore(tmp_path / "again", target)
    assert str(target) in str(error.value)
    file.write_text(manifest)
    restore(tmp_path / "again", target)
    assert contents(tmp_path / "again") == contents(data)


def test_a_folder_without_a_readable_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match=r"no export of dateline \(it has no manifest"):
        restore(tmp_path / "again", tmp_path)
    (tmp_path / "manifest.json").write_bytes(b"\xff")
    with pytest.raises(WarehouseError, match=r"no export of dateline \(its manifest\.json cannot be read"):
        restore(tmp_path / "again", tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"no Parquet",
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:8] + b"Z" * (len(whole) // 2) + whole[8 + len(whole) // 2 :],
    ],
    ids=["other", "cut", "overwritten"],
)
def test_a_damaged_file_is_named_and_nothing_is_left(
    data: Path, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    target = tmp_path / "export"
    export(data, target)
    [file] = target.glob("statements/*/*.parquet")
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    with pytest.raises(WarehouseError, match=f"^{re.escape(str(file))} cannot be restored"):
        restore(tmp_path / "again", target)
    assert [each for each in (tmp_path / "again").rglob("*") if each.is_file()] == []
    file.write_bytes(whole)
    restore(tmp_path / "again", target)
    assert contents(tmp_path / "again") == contents(data)


# --- other people's files, and other exports --------------------------------------------------------------------------


def test_a_folder_that_holds_something_else_is_refused_and_left_as_it_is(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "theirs"
    (target / "sales").mkdir(parents=True)
    (target / "sales" / "2025.parquet").write_bytes(b"theirs")
    with pytest.raises(WarehouseError, match="theirs is no export of dateline, and not empty; choose another folder"):
        export(data, target)
    (target / "manifest.json").write_text('{"name": "an app"}')
    with pytest.raises(WarehouseError, match=r"theirs is no export of dateline \(its manifest\.json does not"):
        export(data, target)
    assert sorted(file.name for file in target.rglob("*") if file.is_file()) == ["2025.parquet", "manifest.json"]
    with pytest.raises(WarehouseError, match="Not a directory"):
        export(data, target / "manifest.json")


def test_files_that_no_export_wrote_are_never_deleted(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "export"
    export(data, target)
    [feeds] = target.glob("feeds/*.parquet")
    theirs = [
        target / "notes.parquet",
        target / "sales" / "2025.parquet",
        target / "feeds" / "mine.parquet",
        target / "feeds" / ".mine.part",
        feeds.parent / "month=2025-08" / feeds.name,
    ]
    for file in theirs:
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"theirs")
    (target / "sales" / "month=2025-08").mkdir()
    add_a_feed(data)
    export(data, target)
    assert not feeds.exists()
    assert all(file.exists() for file in [*theirs, target / "sales" / "month=2025-08"])


def test_a_month_that_is_gone_leaves_no_folder(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "export"
    export(data, target)
    [month] = target.glob("polls/*")
    with Warehouse.open(data) as warehouse:
        assert warehouse.runs.prune(NOON + timedelta(days=900))
    publish(data)
    export(data, target)
    assert not month.exists()


def test_two_exports_into_one_folder_do_not_meet(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "export"
    export(data, target)
    add_a_feed(data)
    before = files(target)
    with (
        lock(target / ".lock", "export", target),
        pytest.raises(BusyError, match=rf"another export \(process {os.getpid()}\) is at work on {target}"),
    ):
        export(data, target)
    assert files(target) == before
    assert export(data, target).written == 1


EXPORTER = """
import sys
from pathlib import Path
from storage.backup import export
print("begins", flush=True)
export(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_exports_killed_at_any_instant_leave_a_whole_one_and_the_next_leaves_no_trace_of_them(
    data: Path, tmp_path: Path
) -> None:
    target, chance = tmp_path / "export", random.Random(7)
    for number in range(5):
        add_a_feed(data, number)
        exporter = subprocess.Popen(
            [sys.executable, "-c", EXPORTER, data, target],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            stdout=subprocess.PIPE,
        )
        assert exporter.stdout is not None
        exporter.stdout.readline()
        time.sleep(chance.uniform(0, 0.3))
        exporter.kill()
        exporter.communicate()
        if (target / "manifest.json").exists():
            restore(tmp_path / f"again-{number}", target)
    export(data, target)
    assert files(target) == {*manifest_of(target)["files"], "manifest.json", ".lock"}


@pytest.mark.parametrize("step", ["_put", "_write", "_tidy"])
def test_an_export_that_died_is_tidied_up_by_the_next(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    target = tmp_path / "export"
    export(data, target)
    add_a_feed(data)

    with monkeypatch.context() as patched:
        patched.setattr(backup, step, killed)
        with pytest.raises(KeyboardInterrupt):
            export(data, target)
    for folder in (target / "feeds", *target.glob("stories/*")):
        (folder / f".{'0' * 32}.part").write_bytes(b"half")
    add_a_feed(data, 2)
    export(data, target)
    assert files(target) == {*manifest_of(target)["files"], "manifest.json", ".lock"}


def test_a_restore_replaces_no_published_copy(data: Path, tmp_path: Path) -> None:
    export(data, tmp_path / "out")
    shutil.rmtree(data / "private")
    before = published_file(data).read_bytes()
    with pytest.raises(WarehouseError, match=r"warehouse.duckdb is there already: move it away"):
        restore(data, tmp_path / "out")
    assert published_file(data).read_bytes() == before


def test_an_empty_warehouse_replaces_no_backup_that_has_statements(data: Path, tmp_path: Path) -> None:
    export(data, tmp_path / "out")
    before = files(tmp_path / "out")
    with Warehouse.open(tmp_path / "empty"):
        pass
    publish(tmp_path / "empty")
    with pytest.raises(WarehouseError, match=r"has no statements, but the backup in .*dateline restore"):
        export(tmp_path / "empty", tmp_path / "out")
    assert files(tmp_path / "out") == before
    export(data, tmp_path / "out")
