"""Every schema that was ever released opens, with its rows; what cannot be upgraded is left alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from extractors.errors import WarehouseError
from storage import migrate
from storage.doctor import check
from storage.migrate import Migration, migrations, newest
from storage.opening import private_file
from storage.publish import publish, published_file
from storage.warehouse import Warehouse
from tests.warehouse_samples import NOON, entry, feed, hours, polled, reading, verdicts

ADD_MOOD = Migration(newest() + 1, "mood", "ALTER TABLE statements ADD COLUMN mood VARCHAR DEFAULT 'unknown';")


def fill(data: Path) -> None:
    with Warehouse.open(data) as warehouse:
        warehouse.feeds.add([feed()], NOON)
        warehouse.entries.commit_polls("1", "run", [polled(entry(1))], verdicts(entry(1)), NOON)
        warehouse.stories.commit_readings("2", "run", [reading(1, ["aid is on its way"])], NOON)


def query(file: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [migration.version for migration in migrations()] == list(range(1, newest() + 1))


@pytest.mark.parametrize("version", [migration.version for migration in migrations()])
def test_a_warehouse_of_every_schema_is_upgraded_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    with monkeypatch.context() as past:
        past.setattr(migrate, "migrations", lambda: migrations()[:version])
        past.setattr(migrate, "views", lambda: Migration(0, "views", "SELECT 1;"))
        fill(tmp_path)
    before = contents(private_file(tmp_path))
    assert before["statements"] and before["stories"] and before["entries"] and before["polls"]
    with Warehouse.open(tmp_path) as warehouse:
        feed = "https://one.example/feed"
        assert warehouse.entries.known({feed: ["item-1"]}) == {feed: {"item-1": ("first", "https://one.example/1")}}
        warehouse.stories.commit_readings("3", "run", [reading(2, ["talks go on"])], hours(1))
        warehouse.copies.link("run", hours(1))
        warehouse.utterances.link("run", hours(1))
    after = contents(private_file(tmp_path))
    for table, old in before.items():
        kept = [{name: row.get(name) for name in old[0]} for row in after[table]] if old else []
        assert all(row in kept for row in old), table
    publish(tmp_path)
    assert query(published_file(tmp_path), "SELECT content FROM said ORDER BY ALL") == [
        ("aid is on its way",),
        ("talks go on",),
    ]
    assert check(tmp_path) == []


def contents(file: Path) -> dict[str, list[dict[str, object]]]:
    """The rows of each table, but of that in which migrations are booked."""
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
        found: dict[str, list[dict[str, object]]] = {}
        for (table,) in tables:
            if table != "schema_migrations":
                result = connection.execute(f"FROM {table}")
                names = [column[0] for column in result.description]
                found[table] = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return found


def test_an_upgrade_keeps_the_rows_and_the_old_file_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    monkeypatch.setattr(migrate, "migrations", lambda: (*migrations(), ADD_MOOD))
    with Warehouse.open(tmp_path) as warehouse:
        assert warehouse.entries.known({feed().url: ["item-1"]}) == {
            feed().url: {"item-1": ("first", "https://one.example/1")}
        }
    file = private_file(tmp_path)
    assert query(file, "SELECT content, mood FROM statements") == [("aid is on its way", "unknown")]
    assert query(file, "SELECT content FROM said") == [("aid is on its way",)]
    beside = file.with_name(f"{file.name}.v{newest() - 1:03d}")
    assert query(beside, "SELECT content FROM said") == [("aid is on its way",)]
    assert beside.stat().st_mode & 0o777 == file.stat().st_mode & 0o777


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tmp_path)
    bad = Migration(newest() + 1, "bad", "ALTER TABLE statements DROP COLUMN rule; SELECT no_such_function();")
    with monkeypatch.context() as future:
        future.setattr(migrate, "migrations", lambda: (*migrations(), bad))
        with pytest.raises(WarehouseError, match="no_such_function"):
            Warehouse.open(tmp_path)
    with Warehouse.open(tmp_path) as warehouse:
        warehouse.stories.commit_readings("3", "run", [reading(2, ["talks go on"])], hours(1))
    assert query(private_file(tmp_path), "SELECT content, rule FROM statements ORDER BY content") == [
        ("aid is on its way", "sample"),
        ("talks go on", "sample"),
    ]


def untouched(data: Path, match: str) -> None:
    before = {file: file.read_bytes() for file in private_file(data).parent.iterdir()}
    with pytest.raises(WarehouseError, match=match):
        Warehouse.open(data)
    assert {file: file.read_bytes() for file in private_file(data).parent.iterdir()} == before


def test_a_warehouse_of_a_newer_schema_is_refused_untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as future:
        future.setattr(migrate, "migrations", lambda: (*migrations(), ADD_MOOD))
        fill(tmp_path)
    untouched(tmp_path, f"has schema {newest() + 1}.*upgrade")


def test_a_migration_applied_with_another_text_is_refused_untouched(tmp_path: Path) -> None:
    fill(tmp_path)
    with duckdb.connect(str(private_file(tmp_path))) as connection:
        connection.execute("UPDATE schema_migrations SET sha256 = 'x' WHERE version = 1")
    untouched(tmp_path, "applied with another text")


def test_views_are_made_anew_where_their_text_changed(tmp_path: Path) -> None:
    fill(tmp_path)
    with duckdb.connect(str(private_file(tmp_path))) as connection:
        connection.execute("UPDATE schema_migrations SET sha256 = 'old' WHERE version = 0")
        connection.execute("CREATE OR REPLACE VIEW latest AS SELECT 1 AS stale")
        connection.execute("CREATE VIEW dropped_since AS SELECT 1 AS stale")
    Warehouse.open(tmp_path).close()
    file = private_file(tmp_path)
    assert query(file, "SELECT content FROM latest") == [("aid is on its way",)]
    assert query(file, "SELECT count(*) FROM duckdb_views() WHERE view_name = 'dropped_since'") == [(0,)]
    assert list(file.parent.glob("*.v*")) == []
