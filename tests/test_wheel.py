"""The installed wheel works from any folder: lexicons, SQL and seeds travel inside it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed wheel alone, built from a copy of the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    ignored = shutil.ignore_patterns(".*", "*.egg-info", "build", "dist", "tests", "benchmarks", "__pycache__")
    shutil.copytree(ROOT, folder / "source", ignore=ignored)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(folder / "source")]
    subprocess.run([*pip, *build], check=True, capture_output=True)
    [wheel] = folder.glob("dateline-*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(folder / "site"), str(wheel)], check=True)
    return folder / "site"


def run(installed: Path, cwd: Path, *arguments: str, given: str = "") -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed), "DATELINE_DATA_DIR": str(cwd / "data")}
    command = [sys.executable, "-m", "flows.cli", *arguments]
    ran = subprocess.run(command, cwd=cwd, env=environment, input=given, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_command_comes_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = "import flows.cli, extractors, storage, seeds; print(flows.cli.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert Path(shown.stdout.strip()).is_relative_to(installed)


def test_lexicons_travel(installed: Path, tmp_path: Path) -> None:
    story = {"id": "a", "title": "Kyiv", "published": "2025-08-20", "text": "The army will hold Pokrovsk, he said."}
    found = json.loads(run(installed, tmp_path, "extract", "--all", given=json.dumps(story)))
    assert found["statements"][0]["cue"] == "said"
    assert "Rutte" in run(installed, tmp_path, "actors", "show", "Rutte")


def test_sql_and_seeds_travel(installed: Path, tmp_path: Path) -> None:
    assert "feeds added" in run(installed, tmp_path, "feeds", "import")
    assert len(run(installed, tmp_path, "feeds", "list").splitlines()) >= 40
    code = "from seeds.demo.site import serve\nwith serve(port=0) as site: print(len(site.feed_urls))"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert int(shown.stdout) >= 5, shown.stderr
