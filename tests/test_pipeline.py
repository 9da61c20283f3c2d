"""The main job on the demo site: what it reads is right, and a second run finds nothing new."""

from __future__ import annotations

import shutil
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from extractors.errors import InputError, SettingsError
from extractors.records import PollResult
from flows import cli, pipeline, report, subscriptions
from flows.cli import app
from flows.reprocess import reprocess
from flows.settings import load_settings
from seeds.demo.site import serve
from storage import doctor, queries
from storage.opening import private_file
from tests.conftest import DemoRun


def rows(run: DemoRun, query: str) -> list[dict[str, object]]:
    return queries.fetch(run.settings.data_dir, query)


def test_a_run_polls_reads_keeps_and_appends(demo_run: DemoRun) -> None:
    first = demo_run.first
    assert first["feeds"] == len(rows(demo_run, "FROM feeds"))
    assert first["statements"] == len(rows(demo_run, "FROM statements")) > 40
    assert first.outcome == "degraded"  # one feed of the demo answers 404, one 500
    assert report.headline(first).startswith(f"{first['feeds']} feeds polled (")


def test_a_feed_that_fails_says_what_happened_and_stops_nothing(demo_run: DemoRun) -> None:
    outcomes = {row["outcome"] for row in rows(demo_run, "FROM polls WHERE run_id = " + repr(demo_run.first.run_id))}
    assert {"new", "not_found", "server_error"} <= outcomes
    assert all(error.startswith("http") for error in demo_run.first.failures)


def test_a_second_run_polls_again_and_appends_nothing(demo_run: DemoRun) -> None:
    second = demo_run.second
    assert second["feeds"] == demo_run.first["feeds"]
    assert (second["entries"], second["pages"], second["statements"]) == (0, 0, 0)
    assert second["not_modified"] == second["feeds"] - second["failed"]


def test_each_page_is_read_once_though_two_feeds_carry_it(demo_run: DemoRun) -> None:
    doubled = rows(demo_run, "SELECT url FROM fetches GROUP BY url HAVING count(*) > 1")
    assert doubled == []


def test_only_stories_about_ukraines_security_have_statements(demo_run: DemoRun) -> None:
    expected = {story["slug"]: story["relevant"] for story in expectations()}
    for story in rows(
        demo_run,
        "SELECT url, relevant, (SELECT count(*) FROM statements s WHERE s.story_id = t.story_id) AS n "
        "FROM stories t WHERE kind = 'story'",
    ):
        slug = str(story["url"]).rsplit("/", 1)[-1]
        if slug in expected:
            assert story["relevant"] is expected[slug] or not expected[slug], slug
            assert bool(story["n"]) is bool(story["relevant"]), slug


def test_a_paywalled_page_is_kept_as_a_teaser_without_statements(demo_run: DemoRun) -> None:
    [teaser] = rows(demo_run, "SELECT skipped FROM stories WHERE kind = 'teaser'")
    assert teaser["skipped"] == "teaser"
    assert rows(demo_run, "FROM statements JOIN stories USING (story_id) WHERE kind = 'teaser'") == []


def test_a_syndicated_story_is_linked_and_its_statements_are_shown_once(demo_run: DemoRun) -> None:
    linked = rows(demo_run, "SELECT first_url, url, relation FROM story_copies")
    slugs = [tuple(str(row[name]).rsplit("/", 1)[-1] for name in ("url", "first_url")) for row in linked]
    assert slugs == [(story["slug"], story["copy_of"]) for story in expectations() if "copy_of" in story]
    assert demo_run.first["copies"] == len(linked)
    outlets = rows(demo_run, "SELECT outlet FROM reports WHERE url IN (SELECT url FROM story_copies) GROUP BY outlet")
    shared = rows(demo_run, "FROM said WHERE carried_by > 1")
    assert len(shared) >= 5
    assert {row["outlets"][-1] for row in shared} == {row["outlet"] for row in outlets}  # type: ignore[index]
    assert rows(demo_run, "FROM said WHERE outlet <> first_outlet OR carried_by <> len(outlets)") == []
    for table, times in (("said", 1), ("reports", 2)):
        seen = rows(demo_run, f"SELECT count(*) AS n FROM {table} WHERE content = {quoted(shared[0]['content'])}")
        assert seen == [{"n": times}]


def test_what_copies_repeat_is_counted_beside_the_table(demo_run: DemoRun, capsys: pytest.CaptureFixture[str]) -> None:
    shown = len(queries.new_statements(demo_run.settings.data_dir, demo_run.first.run_id))
    repeated = len(rows(demo_run, "FROM reports WHERE repeat_of IS NOT NULL"))
    assert shown + repeated == demo_run.first["statements"]
    cli._show(demo_run.settings, demo_run.first)
    told = capsys.readouterr().out.splitlines()[-1]
    assert told == report.left_out(shown + repeated, shown, cli.SHOWN)
    assert f"and {repeated} repeated in copies" in told


def quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def test_statements_are_found_with_their_speakers_and_days(demo_run: DemoRun) -> None:
    """By recall over what a reader finds; the measure over labelled stories is the scorers'."""
    found = rows(demo_run, "SELECT url, t.* FROM statements t JOIN stories USING (story_id)")
    says = [(story["slug"], one) for story in expectations() if story["relevant"] for one in story.get("says", [])]
    hits = [(slug, one, match) for slug, one in says if (match := _match(found, slug, one))]
    assert len(hits) >= 0.8 * len(says), [one["content"] for slug, one in says if not _match(found, slug, one)]
    named = [one for _, one, match in hits if one["speaker"] and match["speaker_name"] == one["speaker"]]
    assert len(named) >= 0.8 * sum(bool(one["speaker"]) for _, one, _ in hits)


def test_the_doctor_finds_nothing(demo_run: DemoRun) -> None:
    assert doctor.check(demo_run.settings.data_dir) == []


def test_a_changed_story_is_read_again_when_its_feed_says_so(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    with serve(port=0) as site:
        subscriptions.add(settings, f"{site.base_url}/wire/atom.xml", "", "", "")
        pipeline.run(settings, all_feeds=True)
        site.revise()
        again = pipeline.run(settings, all_feeds=True)
    assert again["changed_stories"] == 1
    assert (again["entries"], again["changed_entries"]) == (0, 1)
    assert ", 0 entries new, 1 changed, " in report.headline(again)
    assert len(queries.fetch(tmp_path, "FROM story_versions")) == 1


def test_a_run_that_dies_while_reading_is_finished_by_the_next(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)

    def dies(*_: object) -> list[PollResult]:
        raise KeyboardInterrupt

    with serve(port=0) as site:
        subscriptions.add(settings, f"{site.base_url}/lantern/rss.xml", "", "", "")
        with pytest.raises(KeyboardInterrupt):
            pipeline.run(settings, all_feeds=True, steps=pipeline.Steps(read=dies))  # type: ignore[arg-type]
        whole = pipeline.run(settings)
    assert (whole["feeds"], whole["entries"], whole["pages"]) == (0, 0, 2)
    assert whole["statements"] > 0


@pytest.mark.parametrize("wrong", [{"topics_file": "none.toml"}, {"actor_lists": ["none.csv"]}])
def test_a_list_that_is_missing_stops_a_run_before_it_begins(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"{tmp_path}/none"):
        pipeline.run(load_settings(tmp_path, **wrong))
    assert not any(tmp_path.iterdir())


def test_to_keep_for_ever_forgets_nothing(demo_run: DemoRun, tmp_path: Path) -> None:
    data = shutil.copytree(demo_run.settings.data_dir, tmp_path / "data")
    before = queries.fetch(data, "SELECT count(*) AS polls FROM polls")
    summary = pipeline.run(load_settings(data, keep_days=36_500), steps=pipeline.Steps(read=lambda *_: []))
    assert (summary.outcome, summary.published) == ("nothing new", True)
    ran = CliRunner().invoke(app, ["prune", "--older-than", "36500", "--data", str(data)])
    assert ran.output == "0 polls and fetches and the pages of 0 days forgotten\n"
    assert queries.fetch(data, "SELECT count(*) AS polls FROM polls") == before


def test_reprocessing_with_the_same_extractors_changes_nothing(demo_run: DemoRun) -> None:
    before = rows(demo_run, "SELECT * EXCLUDE (run_id) FROM statements ORDER BY statement_id")
    summary = reprocess(demo_run.settings)
    assert summary["stories"] == len(rows(demo_run, "FROM stories"))
    assert (summary["statements"], summary["changed_statements"], summary["vanished_statements"]) == (0, 0, 0)
    assert rows(demo_run, "SELECT * EXCLUDE (run_id) FROM statements ORDER BY statement_id") == before


def test_reprocessing_says_what_changed_and_can_be_kept_to_one_version(demo_run: DemoRun, tmp_path: Path) -> None:
    data = shutil.copytree(demo_run.settings.data_dir, tmp_path / "data")
    with duckdb.connect(str(private_file(data))) as connection:
        # As if an older version had taken one statement for somebody else's.
        connection.execute(
            "UPDATE statements SET speaker_name = 'Nobody', actor_id = '', digest = 0, extractor_version = '0.0.1' "
            "WHERE statement_id = (SELECT min(statement_id) FROM said WHERE actor_id = 'mark-rutte')"
        )
        connection.execute(
            "UPDATE stories SET extractor_version = '0.0.1' "
            "WHERE story_id IN (SELECT story_id FROM statements WHERE speaker_name = 'Nobody')"
        )
    command = ["reprocess", "--data", str(data), "--extractor"]
    ran = CliRunner().invoke(app, [*command, "0.0.1"])
    assert ran.exit_code == 0, ran.output
    assert "1 stories: 0 statements new, 1 changed, 0 vanished" in ran.output
    assert "What changed: speaker 1" in ran.output
    assert "Nobody → Mark Rutte" in ran.output
    again = CliRunner().invoke(app, [*command, "0.0.1"])
    assert isinstance(again.exception, InputError)
    assert str(again.exception).startswith("no story was looked at last by version '0.0.1'; there are ")
    [row] = queries.fetch(data, "FROM changed_statements")
    assert (row["what"], row["cause"], row["speaker"]) == (["speaker"], "newer extractors", "Mark Rutte")


def test_stories_on_which_an_extractor_fails_stay_and_are_tried_again(
    demo_run: DemoRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = shutil.copytree(demo_run.settings.data_dir, tmp_path / "data")
    with duckdb.connect(str(private_file(data))) as connection:
        connection.execute(
            "UPDATE stories SET extractor_version = '0.0.1' WHERE story_id IN "
            "(SELECT story_id FROM said GROUP BY story_id ORDER BY count(*) DESC, story_id LIMIT 3)"
        )
    before = queries.fetch(data, "FROM said ORDER BY statement_id")

    def fails(*_: object) -> tuple[()]:
        raise ValueError("odd")

    command = ["reprocess", "--data", str(data), "--extractor", "0.0.1"]
    with monkeypatch.context() as broken:
        broken.setattr("extractors.extraction._statements", fails)
        ran = CliRunner().invoke(app, command)
    assert ran.exit_code == 0, ran.output
    assert "3 stories: 0 statements new, 0 changed, 0 vanished" in ran.output
    assert ran.output.count("failed: ValueError: odd; `dateline reprocess` tries it again") == 3
    assert queries.fetch(data, "FROM said ORDER BY statement_id") == before
    [row] = queries.fetch(data, "SELECT outcome, counts FROM runs ORDER BY started_at DESC LIMIT 1")
    assert (row["outcome"], row["counts"]["failed_stories"]) == ("degraded", 3)
    again = CliRunner().invoke(app, command)
    assert "3 stories: 0 statements new, 0 changed, 0 vanished" in again.output
    assert "failed" not in again.output
    assert isinstance(CliRunner().invoke(app, command).exception, InputError)


def test_a_story_on_which_an_extractor_fails_is_told_of_and_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0, log="json")

    def fails(*_: object) -> tuple[()]:
        raise ValueError("odd")

    with serve(port=0) as site, monkeypatch.context() as broken:
        broken.setattr("extractors.extraction._statements", fails)
        subscriptions.add(settings, f"{site.base_url}/lantern/rss.xml", "", "", "")
        summary = pipeline.run(settings, all_feeds=True)
    assert (summary.outcome, summary["statements"]) == ("degraded", 0)
    assert summary["failed_stories"] == len(summary.failures) == summary["kept"] > 0
    assert f"{summary['kept']} stories kept ({summary['kept']} failed)" in report.headline(summary)
    assert summary.failures[0] in report.summary_markdown(summary, [])
    assert capsys.readouterr().err.count('"event": "story failed"') == summary["kept"]
    assert reprocess(settings)["statements"] > 0


def _match(found: list[dict[str, object]], slug: str, one: dict[str, str]) -> dict[str, object] | None:
    wanted = " ".join(one["content"].split()).casefold()
    for row in found:
        words = " ".join(str(row["content"]).split()).casefold()
        if str(row["url"]).endswith("/" + slug) and (words.startswith(wanted) or wanted in words):
            return row
    return None


def expectations() -> list[dict[str, Any]]:
    text = (files("seeds.demo") / "expected.toml").read_text("utf-8")
    stories: list[dict[str, Any]] = tomllib.loads(text)["story"]
    return stories
