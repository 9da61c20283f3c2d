"""Pages and what is read from them: tests/cases/pages.toml; and that no bytes can break the reader."""

from __future__ import annotations

import json
import logging
import re
import sys
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import extractors
from extractors.body import read_fragment
from extractors.errors import InputError
from extractors.pages import Page, full_text, read_page
from extractors.records import Entry

CASES = tomllib.loads((Path(__file__).parent / "cases" / "pages.toml").read_text("utf-8"))
STORY: list[str] = CASES["paragraphs"]
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
URL = "https://www.gazette.example/world/lviv-fund"
REALSITE = Path(__file__).resolve().parents[2] / "shared" / "realsite"

logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


def filled(html: str) -> bytes:
    parts = {
        "{P}": "".join(f"<p>{one}</p>\n" for one in STORY),
        "{W}": "".join(f'<div class="article-widget"><p>{one}</p></div>\n' for one in STORY),
        "{BR}": "<br><br>".join(STORY),
        "{BR1}": "<br>".join(STORY),
        "{LINES}": "\n".join(STORY),
        "{PLAIN}": "\\n".join(STORY),
    }
    for mark, text in parts.items():
        html = html.replace(mark, text)
    return html.strip().encode()


def read(html: str, entry: Entry | None = None, time_zone: str = "") -> Page:
    return read_page(filled(html), url=URL, entry=entry, now=NOW, time_zone=time_zone)


@pytest.mark.parametrize("case", CASES["page"], ids=lambda case: case["name"])
def test_case(case: dict[str, object]) -> None:
    page = read_page(filled(str(case["html"])), url=str(case.get("url", URL)), now=NOW)
    found = {
        "title": page.title,
        "published": page.published.isoformat() if page.published else "",
        "day": page.published_day.isoformat() if page.published_day else "",
        "kind": page.kind.value,
        "text": page.text.split("\n"),
    } | {
        name: getattr(page, name)
        for name in ("date_source", "language", "outlet", "author", "canonical_url", "noindex", "noai")
    }
    lines = case.get("text", [])
    assert isinstance(lines, list)
    expected: dict[str, object] = {"kind": "story", "noindex": False, "noai": False} | {
        name: value for name, value in case.items() if name not in ("name", "url", "html", "text")
    }
    if lines:
        expected["text"] = [part for line in lines for part in (STORY if line == "{P}" else [line])]
    assert {name: found[name] for name in expected} == expected


def test_the_date_of_the_feed_goes_before_a_later_one_of_the_page() -> None:
    html = '<head><meta property="article:published_time" content="2026-03-10T09:30:00Z"></head><article>{P}</article>'
    fed = datetime(2026, 3, 10, 9, tzinfo=UTC)
    page = read(html, Entry("f", "k", URL, published=fed, date_quality="exact"))
    assert (page.published, page.date_source) == (fed, "feed")
    page = read(html, Entry("f", "k", URL, published=fed, date_quality="no_zone"))
    assert (page.published, page.date_source) == (datetime(2026, 3, 10, 9, 30, tzinfo=UTC), "page")


@pytest.mark.parametrize("source", ["published", "updated"])
@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2026-03-02T09:00:00Z">',
        '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2026-03-02T09:00:00Z"}</script>',
        '<script type="application/ld+json">{"@type":"NewsArticle","datePublished":"2026-03-02"}</script>',
    ],
)
def test_a_feed_that_dates_a_story_anew_is_not_believed_before_the_page(head: str, source: str) -> None:
    bumped = Entry(
        "f", "k", URL, published=datetime(2026, 3, 10, 9, tzinfo=UTC), date_source=source, date_quality="exact"
    )
    page = read(f"<head>{head}</head><article>{{P}}</article>", bumped)
    assert (page.published_day, page.date_source) == (date(2026, 3, 2), "page")


def test_a_draft_made_days_before_is_no_publication() -> None:
    head = '<script type="application/ld+json">{"@type":"NewsArticle","dateCreated":"2026-03-02T09:00:00Z"}</script>'
    fed = datetime(2026, 3, 10, 9, tzinfo=UTC)
    page = read(
        f"<head>{head}</head><article>{{P}}</article>", Entry("f", "k", URL, published=fed, date_quality="exact")
    )
    assert (page.published, page.date_source) == (fed, "feed")


def test_a_time_without_a_zone_is_the_outlets() -> None:
    html = '<head><meta property="article:published_time" content="2026-03-10T00:30:00"></head><article>{P}</article>'
    page = read(html, time_zone="Europe/Kyiv")
    assert page.published is not None and page.published.isoformat() == "2026-03-10T00:30:00+02:00"
    page = read(html)
    assert page.published is None and page.published_day is not None and page.published_day.isoformat() == "2026-03-10"


def test_a_date_in_the_future_is_none() -> None:
    written = "2026-04-10T00:30:00Z"
    page = read(f'<head><meta property="article:published_time" content="{written}"></head><article>{{P}}</article>')
    assert (page.published, page.published_day, page.date_source) == (None, None, "none")


def test_the_text_that_a_feed_carries() -> None:
    html = f"<p>{STORY[0]}</p><figure><figcaption>A hall.</figcaption></figure><p>{STORY[1]} <a href='/x'>Map</a></p>"
    assert full_text(html) == f"{STORY[0]}\n{STORY[1]} Map"
    assert full_text(html + "<p>The post Fund agreed appeared first on The Gazette.</p>") == ""
    assert full_text(f"<p>{STORY[0]} […]</p>") == ""
    assert read_fragment("") == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251", "koi8-u"])
@pytest.mark.parametrize("declared", ["", "text/html; charset=utf-8", "text/html; charset=windows-1251"])
def test_the_bytes_are_believed_before_the_declared_charset(encoding: str, declared: str) -> None:
    text = "Міністри оборони одинадцяти країн зустрілися у Львові, щоб домовитися про спільний фонд."
    html = f"<html><body><article><h1>Міністри домовилися</h1><p>{text}</p><p>{text[::-1]}</p></article></body></html>"
    assert read_page(html.encode(encoding), url=URL, content_type=declared, now=NOW).title == "Міністри домовилися"


@pytest.mark.parametrize(
    "html",
    [
        b"<div>" * 100_000 + b"x",
        b"<p>" + b"<span>" * 50_000 + b"x",
        b'<script type="application/ld+json">' + b"[" * 100_000 + b"</script><p>x</p>",
        b'<script type="application/ld+json">{"@type":"NewsArticle","headline":{"a":1},"author":[1,null],'
        b'"publisher":"x","datePublished":5,"articleBody":{"x":1}}</script><p>x</p>',
        b"<article>" + b"<p>A paragraph of a page that does not end, and goes on in the same manner.</p>" * 20_000,
        b"<title>" + b"x - " * 100_000 + b"</title><p>x</p>",
        b'<div class="' + b"a-related " * 100_000 + b'">x</div>',
        b"<p>" + b"(" * 300_000,
        b"%PDF-1.7 x",
        b"<frameset><frame src=x></frameset>",
        b'<?xml version="1.0"?><rss><channel><item><title>a</title></item></channel></rss>',
    ],
    ids=lambda html: html[:20].decode(),
)
def test_monsters_are_read(html: bytes) -> None:
    assert isinstance(read_page(html, url=URL, now=NOW), Page)


@pytest.mark.parametrize("html", [b"", b"\0\0\0", b"   \n", b"<!-- only this -->"])
def test_what_is_no_page(html: bytes) -> None:
    with pytest.raises(InputError):
        read_page(html, url=URL, now=NOW)


PIECES = [
    "<p>",
    "</p>",
    "<div class='related'>",
    "</div>",
    "<article>",
    "</article>",
    "<h1>",
    "<a href=x>",
    "</a>",
    "<br>",
]
PIECES += [
    "<!--",
    "-->",
    "<script>",
    "</script>",
    '<script type="application/ld+json">',
    "{",
    "}",
    '"@type":"NewsArticle"',
]
PIECES += [
    "<table>",
    "<td>",
    "<meta property='og:title' content='",
    "'>",
    "<time datetime='",
    "&#0;",
    "&amp;",
    "\0",
    *STORY,
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.binary(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map(lambda p: "".join(p).encode())
    )
)
def test_any_bytes_are_read_or_refused(html: bytes) -> None:
    try:
        page = read_page(html, url=URL, content_type="text/html; charset=x", now=NOW)
    except InputError:
        return
    assert "\n\n" not in page.text and page.text == page.text.strip()


@pytest.mark.parametrize("case", CASES["page"][:8], ids=lambda case: case["name"])
def test_a_cut_page_is_read(case: dict[str, object]) -> None:
    html = filled(str(case["html"]))
    for cut in range(len(html) // 10, len(html), len(html) // 10):
        assert isinstance(read_page(html[:cut], url=URL, now=NOW), Page)


@pytest.mark.shared
@pytest.mark.skipif(not REALSITE.exists(), reason="the real pages are not beside the project")
def test_real_pages_beside_trafilatura() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from benchmarks.pages import measure, ours, peer

    pages = [json.loads(line) for line in (REALSITE / "expected.jsonl").read_text("utf-8").splitlines()]
    mine, other = measure(ours, pages, REALSITE), measure(peer, pages, REALSITE)

    def mean(rows: list[dict[str, float]], name: str) -> float:
        return sum(row[name] for row in rows) / len(rows)

    assert mean(mine, "f1") >= mean(other, "f1") + 0.03
    assert mean(mine, "f1") >= 0.985
    assert mean(mine, "title") >= 0.97
    assert mean(mine, "day") >= 0.97


def test_no_extractor_reads_the_clock() -> None:
    for file in Path(extractors.__file__).parent.glob("*.py"):
        assert not re.search(
            r"\b(?:datetime|date|time)\.(?:now|today|utcnow|time|monotonic)\(", file.read_text("utf-8")
        ), file
