"""What a run says of itself: a line, a table, a page of Markdown."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from flows import report
from flows.pipeline import Summary

STATEMENT = {
    "said_when": "2025-08-18",
    "basis": "explicit",
    "speaker": "Anna Berg",
    "cue": "said",
    "content": "two more [air defence] systems would reach\nUkraine | before winter",
    "outlet": "Harbour Wire",
    "url": "https://harbour.example/1",
}


def summary(**counts: int) -> Summary:
    return Summary("20250820T120000Z-abcdef", datetime(2025, 8, 20, 12, tzinfo=UTC), counts)


@pytest.mark.parametrize(
    ("counts", "line"),
    [
        ({}, "0 feeds polled, 0 entries new, 0 pages read, 0 stories kept, 0 statements appended"),
        (
            {"feeds": 1, "entries": 1, "pages": 1, "kept": 1, "statements": 1},
            "1 feed polled, 1 entry new, 1 page read, 1 story kept, 1 statement appended",
        ),
        (
            {"feeds": 3, "failed": 2, "entries": 12, "pages": 8, "kept": 6, "statements": 31},
            "3 feeds polled (2 failed), 12 entries new, 8 pages read, 6 stories kept, 31 statements appended",
        ),
        (
            {"feeds": 1, "entries": 8, "failed_pages": 8},
            "1 feed polled, 8 entries new, 0 pages read (8 failed), 0 stories kept, 0 statements appended",
        ),
        (
            {"feeds": 9, "failed": 1, "held": 2, "own_network": 5, "changed_entries": 1},
            "7 feeds polled (1 failed, 5 cut off with our own network), 2 held, 0 entries new, 1 changed, "
            "0 pages read, 0 stories kept, 0 statements appended",
        ),
    ],
)
def test_the_headline_counts(counts: dict[str, int], line: str) -> None:
    assert report.headline(summary(**counts)) == line


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [
        ({}, "nothing new"),
        ({"feeds": 4}, "nothing new"),
        ({"feeds": 4, "entries": 2}, "done"),
        ({"pages": 2}, "done"),
        ({"pages": 2, "failed_pages": 1}, "done"),
        ({"entries": 8, "failed_pages": 8}, "degraded"),
        ({"feeds": 4, "entries": 2, "failed": 1}, "degraded"),
        ({"feeds": 4, "failed": 4}, "failed"),
        ({"feeds": 4, "failed": 4, "pages": 2}, "failed"),
        ({"feeds": 2, "failed": 2, "failed_again": 2, "answering": 7}, "degraded"),
        ({"feeds": 2, "failed": 2, "failed_again": 1, "answering": 7}, "failed"),
        ({"feeds": 2, "failed": 2, "failed_again": 2, "answering": 0}, "failed"),
        ({"feeds": 9, "own_network": 6, "entries": 2}, "failed"),
        ({"feeds": 3, "held": 3}, "nothing new"),
        ({"feeds": 3, "held": 2, "failed": 1}, "failed"),
        ({"feeds": 4, "held": 2, "failed": 1}, "degraded"),
        ({"feeds": 1, "changed_entries": 1}, "done"),
    ],
)
def test_the_outcome_of_a_run(counts: dict[str, int], outcome: str) -> None:
    assert summary(**counts).outcome == outcome


@pytest.mark.parametrize(
    ("appended", "found", "shown", "line"),
    [
        (8, 8, 8, ""),
        (30, 30, 25, "... and 5 more"),
        (8, 6, 6, "... and 2 repeated in copies of their stories (see the view reports)"),
        (32, 30, 25, "... and 5 more, and 2 repeated in copies of their stories (see the view reports)"),
    ],
)
def test_what_a_table_leaves_out_is_told(appended: int, found: int, shown: int, line: str) -> None:
    assert report.left_out(appended, found, shown) == line


def test_a_row_holds_what_a_reader_looks_at_first_on_one_line() -> None:
    [row] = report.statement_rows([{**STATEMENT, "speaker": None}])
    assert list(row) == ["said_when", "basis", "speaker", "cue", "content", "outlet", "url"]
    assert (row["speaker"], row["content"]) == (
        "",
        "two more [air defence] systems would reach Ukraine | before winter",
    )


@pytest.mark.parametrize("width", [80, 140])
def test_the_table_fits_its_terminal_and_keeps_every_word(width: int) -> None:
    screen = Console(file=io.StringIO(), width=width)
    screen.print(report.statement_table([STATEMENT]))
    shown = screen.file.getvalue()  # type: ignore[attr-defined]
    assert max(map(len, shown.splitlines())) <= width
    for word in ("day", "2025-08-18", "explicit", "Anna", "Berg", "said", *str(STATEMENT["content"]).split(), "Wire"):
        assert word in shown


def test_the_page_shows_what_failed_and_what_is_new() -> None:
    one = summary(feeds=2, failed=1, entries=1, statements=60)
    one.failures.append("https://a.example/rss: answered 404")
    page = report.summary_markdown(one, [STATEMENT] * 60)
    assert page.startswith("# 2 feeds polled (1 failed)")
    assert "outcome **degraded**" in page
    assert "- https://a.example/rss: answered 404" in page
    rows = [line for line in page.splitlines() if "Anna Berg" in line]
    assert len(rows) == 50
    assert "... and 10 more" in page
    assert r"reach Ukraine \| before winter" in rows[0]
    assert f"[{STATEMENT['outlet']}](<{STATEMENT['url']}>)" in rows[0]


def test_the_page_of_a_quiet_run_is_two_lines() -> None:
    page = report.summary_markdown(summary(feeds=2), [])
    assert "What failed" not in page and "New statements" not in page
