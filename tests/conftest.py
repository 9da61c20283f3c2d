"""What several tests stand on: the demo site polled once into a warehouse of its own."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from flows import pipeline, subscriptions
from flows.settings import Settings, load_settings
from seeds.demo.site import serve

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """What these tests start can be interrupted: not so where a script has started them with "&", or xdist."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The labelled data that developers keep beside the project; tests that need it skip where it is missing."""
    if not SHARED.is_dir():
        pytest.skip("the labelled data (../shared) is not beside this checkout")
    return SHARED


@dataclass(frozen=True)
class DemoRun:
    """The demo site polled twice: the settings, and what each run said of itself."""

    settings: Settings
    first: pipeline.Summary
    second: pipeline.Summary


@pytest.fixture(scope="session")
def demo_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoRun]:
    folder = tmp_path_factory.mktemp("demo")
    settings = load_settings(folder, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    with serve(port=0) as site:
        subscriptions.import_opml(settings, site.opml_url)
        first = pipeline.run(settings, all_feeds=True)
        second = pipeline.run(settings, all_feeds=True)
    yield DemoRun(settings, first, second)
