"""What is exported can be read by anything, is written once, and makes the same warehouse again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from extractors.errors import WarehouseError
from storage import backup
from storage.backup import export, restore
from storage.doctor import check
from storage.opening import private_file
from storage.publish import publish
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


def test_an_export_makes_the_same_warehouse_again(data: Path, tmp_path: Path) -> None:
    export(data, tmp_path / "export")
    rows = restore(tmp_path / "again", tmp_path / "export")
    assert contents(tmp_path / "again") == contents(data)
    assert rows == sum(map(len, contents(data).values()))
    with Warehouse.open(tmp_path / "again") as warehouse:
        assert warehouse.commit_readings("2", "run", [], NOON)["statements"] == 2
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
    with Warehouse.open(data) as warehouse:
        warehouse.add_feeds([feed("https://three.example/feed", "Three")], NOON)
    publish(data)
    assert export(data, target).written == 1
    assert len(list(target.glob("feeds/*.parquet"))) == 1


def test_an_export_cut_short_leaves_the_one_before(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "export"
    export(data, target)
    before = contents(data)
    with Warehouse.open(data) as warehouse:
        warehouse.commit_readings("9", "run", [reading(3, ["more"])], NOON)
    publish(data)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(backup, "applied", killed)
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


@pytest.mark.parametrize(
    ("damage", "match"), [("nothing", "no export"), ("newer", "newer dateline"), ("missing", "misses 1 of its files")]
)
def test_a_bad_export_is_refused(data: Path, tmp_path: Path, damage: str, match: str) -> None:
    target = tmp_path / "export"
    export(data, target)
    manifest = json.loads((target / "manifest.json").read_text())
    if damage == "nothing":
        (target / "manifest.json").unlink()
    elif damage == "newer":
        (target / "manifest.json").write_text(json.dumps(manifest | {"schema": 999}))
    else:
        (target / manifest["files"][0]).unlink()
    with pytest.raises(WarehouseError, match=match):
        restore(tmp_path / "again", target)
    assert not private_file(tmp_path / "again").exists()
