"""Real publishers' pages and feeds, where the labelled data lies beside the checkout: all are polled and read, once."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from flows import pipeline, subscriptions
from flows.settings import load_settings
from storage import doctor, queries


@pytest.fixture
def site(shared: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(shared / "tools" / "serve_site.py"), "--port", str(port)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                urlopen(f"http://127.0.0.1:{port}/opml", timeout=2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@pytest.mark.shared
def test_real_pages_become_statements_and_are_fetched_once(site: str, tmp_path: Path) -> None:
    settings = load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)
    added, _, problems = subscriptions.import_opml(settings, f"{site}/opml")
    assert added > 10
    assert problems == []
    first = pipeline.run(settings)
    assert first["feeds"] == added
    assert first.failures == []
    assert first["kept"] >= 14
    assert first["statements"] >= 100
    assert doctor.check(tmp_path) == []
    second = pipeline.run(settings, all_feeds=True)
    assert (second["feeds"], second["pages"], second["statements"]) == (added, 0, 0)
    assert queries.fetch(tmp_path, "SELECT url FROM fetches GROUP BY url HAVING count(*) > 1") == []
