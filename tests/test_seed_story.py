"""The document that the project started from gives its statements, with their days and how these are known."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from flows import filters
from flows.settings import load_settings

PUBLISHED = "2025-08-20"

EXPECTED = [
    # speaker, cue, day, basis, audience, via
    ("Shigeru Ishiba", "said", "2025-08-19", "explicit", "", ""),
    ("Shigeru Ishiba", "told", "2025-08-19", "context", "reporters", "the Japan Times"),
    ("Mark Rutte", "told", "2025-08-18", "explicit", "Fox News", ""),
    ("Kremlin", "warned", PUBLISHED, "published", "", ""),
    ("Donald Trump", "claimed", "2025-08-18", "explicit", "", ""),
    ("Donald Trump", "pledged", "2025-08-18", "context", "", ""),
    ("Donald Trump", "told", "2025-08-18", "context", "reporters", ""),
    # The Tuesday in its content is what was reported, not when: the report is dated by nothing but the story.
    ("Bloomberg", "reported", PUBLISHED, "published", "", ""),
]


@pytest.fixture(scope="module")
def found(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    text = (shared / "seeds" / "japan-security-guarantees.txt").read_text("utf-8").replace(f" date {PUBLISHED} ", "", 1)
    out = io.StringIO()
    filters.extract(
        [json.dumps({"id": "seed", "published": PUBLISHED, "text": text})],
        out,
        load_settings(tmp_path_factory.mktemp("seed")),
    )
    item: dict[str, Any] = json.loads(out.getvalue())
    return item


@pytest.mark.shared
def test_the_seed_story_is_relevant(found: dict[str, Any]) -> None:
    assert found["relevant"] is True
    assert found["topics"][0] == "guarantees"


@pytest.mark.shared
@pytest.mark.parametrize("expected", EXPECTED, ids=[f"{row[0]} {row[1]}" for row in EXPECTED])
def test_the_seed_story_gives(found: dict[str, Any], expected: tuple[str, ...]) -> None:
    speaker, cue, *rest = expected
    matches = [
        [one["date"], one["date_basis"], one["audience"], one["via"]]
        for one in found["statements"]
        if (one["speaker_name"], one["cue"]) == (speaker, cue)
    ]
    assert matches == [rest]
