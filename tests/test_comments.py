"""The comments in the database name what the code writes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from extractors.feeds import read_feed
from extractors.records import StoryKind
from extractors.terms import PARTS
from flows.outcomes import OUTCOMES, SUCCESSES, UNHEARD
from flows.rhythm import SIGNS

COMMENTS = dict(
    re.findall(
        r"^COMMENT ON COLUMN (\S+) IS '(.+)';$", files("storage").joinpath("comments.sql").read_text("utf-8"), re.M
    )
)


def words(column: str) -> set[str]:
    return set(re.findall(r"\w+", COMMENTS[column]))


@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("stories.reasons", {*PARTS, "rule"}),
        ("stories.kind", {*StoryKind}),
        ("polls.outcome", {*SUCCESSES, *UNHEARD}),
        ("fetches.outcome", {"read", "feed_text", "held", "robots", *StoryKind} - {StoryKind.STORY}),
        ("feed_states.health", {*SIGNS}),
    ],
)
def test_a_comment_names_what_is_written(column: str, written: set[str]) -> None:
    assert written <= words(column)
    assert words(column) & OUTCOMES.keys() <= written


@pytest.mark.parametrize("field", ["published", "updated", "created"])
def test_the_source_of_an_entrys_date_is_named(field: str) -> None:
    body = (
        f'<feed xmlns="http://purl.org/atom/ns#" version="0.3"><entry><title>A</title><id>1</id>'
        f"<{field}>2026-11-20T10:00:00Z</{field}></entry></feed>"
    )
    [entry] = read_feed(body.encode(), url="https://news.example/rss", now=datetime(2026, 11, 22, tzinfo=UTC)).entries
    assert entry.date_source == field
    assert field in words("entries.date_source")
