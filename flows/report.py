"""What a run says of itself: one line, a table of statements, a page of Markdown. Pure functions over its summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.table import Table

from flows.pipeline import Summary

COLUMNS = ("day", "basis", "speaker", "cue", "content", "outlet")

Row = Mapping[str, object]


def headline(summary: Summary) -> str:
    """``3 feeds polled (1 failed), 12 entries new, 8 pages read, 6 stories kept, 31 statements appended``."""
    failed = f" ({summary['failed']} failed)" if summary["failed"] else ""
    return (
        f"{_count(summary['feeds'], 'feed')} polled{failed}, {_count(summary['entries'], 'entry', 'entries')} new, "
        f"{_count(summary['pages'], 'page')} read, {_count(summary['kept'], 'story', 'stories')} kept, "
        f"{_count(summary['statements'], 'statement')} appended"
    )


def statement_rows(statements: Sequence[Row]) -> list[dict[str, str]]:
    """The columns that a reader looks at first, as text. A mere publication day is written ``≤ day``."""
    return [{name: _cell(name, row) for name in COLUMNS} for row in statements]


def statement_table(statements: Sequence[Row], title: str = "") -> Table:
    """The same for a terminal."""
    table = Table(title=title or None, title_justify="left", expand=True)
    for name in COLUMNS:
        wide = name == "content"
        table.add_column(name, overflow="ellipsis", no_wrap=not wide, ratio=1 if wide else None)
    for row in statement_rows(statements):
        table.add_row(*(row[name] for name in COLUMNS))
    return table


def summary_markdown(summary: Summary, statements: Sequence[Row]) -> str:
    """A page for Prefect's UI: what was done, what failed, the first statements."""
    lines = [f"# {headline(summary)}", "", f"Run `{summary.run_id}`, outcome **{summary.outcome}**.", ""]
    if summary.failures:
        lines += ["## Feeds that failed", ""]
        lines += [f"- {url}: {error}" for url, error in summary.failures] + [""]
    if statements:
        lines += ["## New statements", "", "| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
        lines += [
            "| " + " | ".join(row[name].replace("|", "\\|") for name in COLUMNS) + " |"
            for row in statement_rows(statements[:50])
        ]
    return "\n".join(lines)


def _cell(name: str, row: Row) -> str:
    value = row.get(name)
    text = "" if value is None else " ".join(str(value).split())
    if name == "day" and row.get("basis") == "published" and text:
        return f"≤ {text}"
    return text


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
