"""What a run says of itself: one line, a table of statements, a page of Markdown. Pure functions over its summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import cast

from rich import box
from rich.markup import escape
from rich.table import Table

from flows.pipeline import Summary

COLUMNS = ("said_when", "basis", "speaker", "cue", "content", "outlet")
"""Columns of the view ``said``, those that a reader looks at first."""

HEADINGS = {"said_when": "day"}
WIDTHS = {"said_when": 12, "basis": 9, "speaker": 14, "cue": 9, "outlet": 9}
"""Characters in a terminal; the content takes what is left."""

UNANSWERED = {"failed": "failed", "own_network": "cut off with our own network"}

PAGE_ROWS = 50
"""Statements on the page for Prefect's UI."""

Row = Mapping[str, object]


def headline(summary: Summary) -> str:
    """``3 feeds polled (1 failed), 12 entries new, 8 pages read, 6 stories kept, 31 statements appended``; where there
    are some, feeds held at their site's wish, entries changed, and pages and stories that failed too."""
    polled = f"{_count(summary['feeds'] - summary['held'], 'feed')} polled"
    if unanswered := [f"{summary[name]} {words}" for name, words in UNANSWERED.items() if summary[name]]:
        polled += f" ({', '.join(unanswered)})"
    failed = f" ({summary['failed_stories']} failed)" if summary["failed_stories"] else ""
    unread = f" ({summary['failed_pages']} failed)" if summary["failed_pages"] else ""
    parts = [
        polled,
        f"{summary['held']} held" if summary["held"] else "",
        f"{_count(summary['entries'], 'entry', 'entries')} new",
        f"{summary['changed_entries']} changed" if summary["changed_entries"] else "",
        f"{_count(summary['pages'], 'page')} read{unread}",
        f"{_count(summary['kept'], 'story', 'stories')} kept{failed}",
        f"{_count(summary['statements'], 'statement')} appended",
    ]
    return ", ".join(filter(None, parts))


def left_out(appended: int, found: int, shown: int) -> str:
    """What a table of ``shown`` statements leaves out of those ``appended``, ``found`` being those that are in the view
    ``said``: ``... and 5 more, and 2 repeated in copies of their stories (see the view reports)``; "" for nothing."""
    parts = [
        f"{found - shown} more" if found > shown else "",
        f"{appended - found} repeated in copies of their stories (see the view reports)" if appended > found else "",
    ]
    told = ", and ".join(filter(None, parts))
    return f"... and {told}" if told else ""


def statement_rows(statements: Sequence[Row]) -> list[dict[str, str]]:
    """The columns that a reader looks at first, as text on one line each, and the story's address."""
    return [{name: " ".join(str(row[name] or "").split()) for name in (*COLUMNS, "url")} for row in statements]


def statement_table(statements: Sequence[Row]) -> Table:
    """The same for a terminal."""
    table = Table(expand=True, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name in COLUMNS:
        width = WIDTHS.get(name)
        table.add_column(HEADINGS.get(name, name), width=width, ratio=None if width else 1)
    for row in statement_rows(statements):
        table.add_row(*(escape(row[name]) for name in COLUMNS))
    return table


def changes(rows: Sequence[Row]) -> str:
    """Which parts of how many statements changed: ``speaker 12, day 3, confidence 40``; "" where none did."""
    counted = Counter(part for row in rows for part in cast(Sequence[str], row["what"]))
    return ", ".join(f"{part} {count}" for part, count in counted.most_common())


def change_table(rows: Sequence[Row]) -> Table:
    """Statements that changed or vanished, for a terminal: what it was, and what it is."""
    table = Table(expand=True, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for name, width in (("change", 10), ("speaker", 24), ("day", 27), ("content", None)):
        table.add_column(name, width=width, ratio=None if width else 1)
    for row in rows:
        what = cast(Sequence[str], row["what"])
        pairs = [(row["speaker_before"], row["speaker"]), (row["said_when_before"], row["said_when"])]
        cells = [str(was) if is_now in (was, None) else f"{was} → {is_now}" for was, is_now in pairs]
        content = " ".join(str(row["content"]).split())
        table.add_row(*map(escape, (", ".join(what) or str(row["change"]), *cells, content)))
    return table


def summary_markdown(summary: Summary, statements: Sequence[Row]) -> str:
    """A page for Prefect's UI: what was done, what failed, the first statements."""
    lines = [f"# {headline(summary)}", "", f"Run `{summary.run_id}`, outcome **{summary.outcome}**.", ""]
    if summary.failures:
        lines += ["## What failed", ""]
        lines += [*(f"- {error}" for error in summary.failures), ""]
    if summary.alert_problems:
        lines += ["## Alerts that failed", "", *(f"- {problem}" for problem in summary.alert_problems), ""]
    if statements:
        lines += [
            "## New statements",
            "",
            "| " + " | ".join(HEADINGS.get(name, name) for name in COLUMNS) + " |",
            "|" + " --- |" * len(COLUMNS),
        ]
        lines += [
            "| " + " | ".join(cell.replace("|", "\\|") for cell in _linked(row)) + " |"
            for row in statement_rows(statements[:PAGE_ROWS])
        ]
    if rest := left_out(summary["statements"], len(statements), min(len(statements), PAGE_ROWS)):
        lines += ["", rest]
    return "\n".join(lines)


def _linked(row: dict[str, str]) -> list[str]:
    """The cells of a row of Markdown; the outlet is a link to the story."""
    return [f"[{row[name]}](<{row['url']}>)" if name == "outlet" and row["url"] else row[name] for name in COLUMNS]


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
