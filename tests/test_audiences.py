"""To whom it was said, and who is credited: each case is a story with its answers (cases/audiences.toml)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from extractors import parsing, speakers, statements
from extractors.records import Story, story_id

CASES = tomllib.loads((Path(__file__).parent / "cases" / "audiences.toml").read_text("utf-8"))["story"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_each_statement_has_its_audience_and_its_outlet(case: dict[str, Any]) -> None:
    text = case["text"].strip()
    story = Story(story_id(case["name"]), "https://example.org/", "", text, outlet=case.get("outlet", ""))
    (parsed,) = parsing.parse([text])
    found = speakers.resolve(story, parsed, statements.find(story, parsed))
    assert [[one.speaker_name, one.audience, one.via] for one in found] == case["statements"]
    for one in found:
        for words, span in ((one.audience, one.spans.audience), (one.via, one.spans.via)):
            assert words == (text[slice(*span)] if span else "")
