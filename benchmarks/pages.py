"""How well story pages are read, beside trafilatura with its precision setting on the same pages.

    python benchmarks/pages.py FOLDER [--all]

FOLDER holds ``expected.jsonl`` (one page a line: file, url, title, published, body) and ``pages/`` with the files named
there, gzip-compressed or not. Body: F1 over the multiset of lower-case words. Title: right where its words are the
expected ones, or all of either within the other. Day: the first ten characters of ``published``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from trafilatura import bare_extraction
from trafilatura.settings import Document

from extractors.pages import read_page

Result = tuple[str, str, str]  # title, day, text


def ours(html: bytes, url: str) -> Result:
    page = read_page(html, url=url, now=datetime.now(UTC))
    day = page.published.date() if page.published else page.published_day
    return page.title, day.isoformat() if day else "", page.text


def peer(html: bytes, url: str) -> Result:
    found = bare_extraction(
        html,
        url=url,
        favor_precision=True,
        include_comments=False,
        include_tables=False,
        with_metadata=True,
        date_extraction_params={
            "extensive_search": False,
            "original_date": True,
            "max_date": datetime.now(UTC).date().isoformat(),
        },
    )
    return (found.title or "", found.date or "", found.text or "") if isinstance(found, Document) else ("", "", "")


def tokens(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def overlap(found: str, expected: str) -> tuple[float, float, float]:
    """F1, precision and recall of the words."""
    left, right = Counter(tokens(found)), Counter(tokens(expected))
    common = sum((left & right).values())
    if not common:
        return 0.0, 0.0, 0.0
    precision, recall = common / sum(left.values()), common / sum(right.values())
    return 2 * precision * recall / (precision + recall), precision, recall


def same_title(found: str, expected: str) -> bool:
    left, right = " ".join(tokens(found)), " ".join(tokens(expected))
    return bool(left) and (left in right or right in left)


def measure(read: Callable[[bytes, str], Result], pages: list[dict[str, str]], folder: Path) -> list[dict[str, float]]:
    rows = []
    for page in pages:
        body = (folder / "pages" / page["file"]).read_bytes()
        html = gzip.decompress(body) if page["file"].endswith(".gz") else body
        started = time.process_time()
        title, day, text = read(html, page["url"])
        seconds = time.process_time() - started
        f1, precision, recall = overlap(text, page["body"])
        rows.append(
            {
                "f1": f1,
                "precision": precision,
                "recall": recall,
                "title": same_title(title, page["title"]),
                "exact": tokens(title) == tokens(page["title"]),
                "day": day == page["published"][:10],
                "seconds": seconds,
            }
        )
    return rows


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--all", action="store_true", help="a line a page")
    options = arguments.parse_args()
    logging.disable(logging.CRITICAL)
    pages = [json.loads(line) for line in (options.folder / "expected.jsonl").read_text("utf-8").splitlines()]
    results = {"dateline": measure(ours, pages, options.folder), "trafilatura": measure(peer, pages, options.folder)}
    if options.all:
        for page, mine, other in zip(pages, *results.values(), strict=True):
            flags = "".join(name[0] if mine[name] else "-" for name in ("title", "exact", "day"))
            print(
                f"{page['file'][:36]:36} {mine['f1']:.3f} (p {mine['precision']:.2f} r {mine['recall']:.2f}) {flags}"
                f"   {other['f1']:.3f} (p {other['precision']:.2f} r {other['recall']:.2f})"
            )
    print(f"{len(pages)} pages      body F1  precision  recall  title  exact title    day   pages/s")
    for name, rows in results.items():
        mean = {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]}
        print(
            f"{name:15}  {mean['f1']:.4f}     {mean['precision']:.4f}  {mean['recall']:.4f}  {mean['title']:.3f}"
            f"        {mean['exact']:.3f}  {mean['day']:.3f}  {1 / mean['seconds']:8.1f}"
        )


if __name__ == "__main__":
    main()
