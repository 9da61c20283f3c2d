"""Settings: the command line beats the environment, which beats dateline.toml; a wrong one is named in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from prefect.schedules import Cron

from extractors.errors import SettingsError
from flows.settings import load_settings


def test_command_line_beats_environment_beats_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dateline.toml").write_text("interval_minutes = 30\nconcurrency = 4\npages_per_run = 7\n")
    monkeypatch.setenv("DATELINE_CONCURRENCY", "5")
    monkeypatch.setenv("DATELINE_PAGES_PER_RUN", "8")
    settings = load_settings(tmp_path, pages_per_run=9)
    assert (settings.interval_minutes, settings.concurrency, settings.pages_per_run) == (30, 5, 9)
    assert settings.data_dir == tmp_path


def test_the_environment_beats_the_file_in_any_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dateline.toml").write_text("threshold = 0.9\n")
    monkeypatch.setenv("dateline_threshold", "0.3")
    monkeypatch.setenv("Dateline_Data_Dir", str(tmp_path))
    settings = load_settings()
    assert (settings.threshold, settings.data_dir) == (0.3, tmp_path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("interval_minutes = 0", ["setting interval_minutes", "greater than or equal to 0.25", "dateline.toml"]),
        ("intervall_minutes = 5", ["setting intervall_minutes", "did you mean interval_minutes?", "dateline.toml"]),
        ("mood = 5", ["setting mood", "there is none of that name; the README lists them"]),
        ("threshold = 2.0", ["setting threshold"]),
        ("interval_minutes = ", ["dateline.toml"]),
        ("keep_days = 1000000", ["setting keep_days", "less than or equal to 36500", "dateline.toml"]),
        ("keep_days = 0", ["setting keep_days", "greater than or equal to 1"]),
        ("interval_minutes = inf", ["setting interval_minutes", "less than or equal to 525600"]),
        ('cron = "bad"', ["setting cron: 'bad' is no cron expression", '"5 * * * *"', "dateline.toml"]),
        ('cron = "* * * * * *"', ["setting cron: '* * * * * *' is no cron expression of five fields"]),
        ('backup_cron = "60 2 * * *"', ["setting backup_cron: '60 2 * * *'", "dateline.toml"]),
        ('backup_cron = "r 2 * * *"', ["setting backup_cron: 'r 2 * * *'"]),
        ('data_dir = "/srv"', ["setting data_dir", "dateline.toml", "set DATELINE_DATA_DIR or give --data"]),
        ('topics_file = "~nobody-of-that-name/a.toml"', ["~nobody-of-that-name/a.toml", "write the whole path"]),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, content: str, words: list[str]) -> None:
    (tmp_path / "dateline.toml").write_text(content)
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("expression", ["5 * * * *", "0 6-20/2 * * mon-fri", "@hourly", "0 0 L * *"])
def test_what_prefect_takes_for_a_schedule_is_one(expression: str, tmp_path: Path) -> None:
    settings = load_settings(tmp_path, cron=expression, backup_cron=expression)
    assert Cron(settings.cron).cron == settings.backup_cron == expression


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "DATELINE_HOST_GAP",
            ["setting host_gap: there is none", "did you mean host_gap_seconds?", "DATELINE_HOST_GAP"],
        ),
        ("dateline_mood", ["setting mood", "there is none of that name; the README lists them", "DATELINE_MOOD"]),
    ],
)
def test_a_variable_that_is_no_setting_is_named_in_one_line(
    name: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("DATELINE_PORT_4200_TCP", "tcp://10.0.0.1:4200")
    load_settings(tmp_path)
    monkeypatch.setenv(name, "5")
    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_a_config_that_is_missing_is_an_error_only_when_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(tmp_path).interval_minutes == 15
    monkeypatch.setenv("DATELINE_CONFIG", str(tmp_path / "none.toml"))
    with pytest.raises(SettingsError, match=r"none\.toml"):
        load_settings(tmp_path)


def test_the_home_directory_is_known_in_paths_and_an_empty_one_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DATELINE_DATA_DIR", "~/news")
    monkeypatch.setenv("DATELINE_TOPICS_FILE", "~/topics.toml")
    settings = load_settings()
    assert (settings.data_dir, settings.topics_file) == (tmp_path / "news", tmp_path / "topics.toml")
    assert load_settings(Path("~/other")).data_dir == tmp_path / "other"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("DATELINE_DATA_DIR", "")
    monkeypatch.setenv("DATELINE_TOPICS_FILE", "")
    settings = load_settings()
    assert (settings.data_dir, settings.topics_file) == (tmp_path / "share" / "dateline", None)


def test_files_of_ones_own_are_looked_for_beside_the_settings_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = 'topics_file = "topics.toml"\nactor_lists = ["lists/actors.csv", "/etc/offices.csv"]\n'
    for folder in (tmp_path / "data", tmp_path / "etc"):
        folder.mkdir()
        (folder / "dateline.toml").write_text(content)

    def files() -> list[Path | None]:
        settings = load_settings(tmp_path / "data")
        return [settings.topics_file, *settings.actor_lists]

    monkeypatch.chdir(tmp_path)
    beside = tmp_path / "data"
    assert files() == [beside / "topics.toml", beside / "lists" / "actors.csv", Path("/etc/offices.csv")]
    monkeypatch.setenv("DATELINE_CONFIG", str(tmp_path / "etc" / "dateline.toml"))
    beside = tmp_path / "etc"
    assert files() == [beside / "topics.toml", beside / "lists" / "actors.csv", Path("/etc/offices.csv")]
