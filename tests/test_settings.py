"""Settings: the command line beats the environment, which beats dateline.toml; a wrong one is named in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from extractors.errors import SettingsError
from flows.settings import load_settings


def test_command_line_beats_environment_beats_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dateline.toml").write_text("interval_minutes = 30\nconcurrency = 4\npages_per_run = 7\n")
    monkeypatch.setenv("DATELINE_CONCURRENCY", "5")
    monkeypatch.setenv("DATELINE_PAGES_PER_RUN", "8")
    settings = load_settings(tmp_path, pages_per_run=9)
    assert (settings.interval_minutes, settings.concurrency, settings.pages_per_run) == (30, 5, 9)
    assert settings.data_dir == tmp_path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("interval_minutes = 0", ["setting interval_minutes", "greater than or equal to 0.25", "dateline.toml"]),
        ("intervall_minutes = 5", ["setting intervall_minutes", "did you mean interval_minutes?", "dateline.toml"]),
        ("mood = 5", ["setting mood", "there is none of that name; the README lists them"]),
        ("threshold = 2.0", ["setting threshold"]),
        ("interval_minutes = ", ["dateline.toml"]),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, content: str, words: list[str]) -> None:
    (tmp_path / "dateline.toml").write_text(content)
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
