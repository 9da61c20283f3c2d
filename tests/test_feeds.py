"""Feed bytes to entries: formats, charsets, dates, identity, and documents that nobody should trust."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from time import process_time
from typing import Any
from zoneinfo import TZPATH

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors import timestamps
from extractors.decoding import decode
from extractors.feeds import FeedDocument, FeedError, plain_text, read_feed
from extractors.links import clean_url, site_of
from extractors.plain_rss import PlainFeed, read_plain_rss
from extractors.timestamps import read_timestamp

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
CASES = Path(__file__).parent / "cases"


def cases(name: str, table: str) -> list[dict[str, Any]]:
    return list(tomllib.loads((CASES / name).read_text("utf-8"))[table])


def read(body: str | bytes, **options: Any) -> FeedDocument:
    raw = body.encode() if isinstance(body, str) else body
    return read_feed(raw, **{"url": "https://news.example/rss", "now": NOW, **options})


def rss(*items: str, head: str = "") -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{head}{inside}</channel></rss>'


def item(number: int, *, guid: str | None = None, link: str | None = None, title: str | None = None) -> str:
    return (
        f"<title>{title or f'Title {number}'}</title><link>{link or f'https://news.example/{number}'}</link>"
        f"<guid isPermaLink='false'>{guid or f'id-{number}'}</guid>"
        f"<pubDate>Sun, 22 Nov 2026 1{number % 5}:05:00 EET</pubDate>"
    )


# Dates


@pytest.mark.parametrize("case", cases("feed_dates.toml", "date"), ids=lambda case: case["raw"])
def test_dates(case: dict[str, Any]) -> None:
    stamp = read_timestamp(case["raw"], now=NOW, time_zone=case.get("zone", ""), day_first=case.get("day_first"))
    assert (stamp.instant.isoformat() if stamp.instant else None) == case.get("is")
    assert stamp.quality == case.get("quality", "exact" if "is" in case else "missing")


@given(st.text(max_size=130))
def test_any_text_is_a_date_or_none(text: str) -> None:
    stamp = read_timestamp(text, now=NOW, time_zone="Europe/Kyiv")
    assert stamp.instant is None or stamp.instant.tzinfo is not None


@given(st.integers(632_000_000, 1_795_000_000), st.integers(-14 * 4, 14 * 4))
def test_dates_written_by_the_standards_are_read_back(seconds: int, quarters: int) -> None:
    wanted = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=quarters * 15)))
    for raw in (f"{wanted:%a, %d %b %Y %H:%M:%S %z}", wanted.isoformat(), f"{wanted:%d %B %Y %H:%M:%S %z}"):
        assert read_timestamp(raw, now=NOW).instant == wanted


WORDS = sorted({word.title() for word in [*timestamps._table().months, *timestamps._table().ignored] if len(word) == 3})
ZONES = sorted({"Z", "XY", "ABCD", "+0200", "-0330", "+9900", *timestamps._table().zones})


@given(
    weekday=st.sampled_from(["", *(f"{word}, " for word in WORDS)]),
    month=st.sampled_from(WORDS),
    clock=st.sampled_from(["12:05:00", "00:00:00", "24:00:00", "25:00:00", "23:59:60"]),
    zone=st.sampled_from(ZONES),
    day=st.integers(0, 32),
    home=st.sampled_from(["", "Europe/Kyiv"]),
)
def test_the_short_way_to_read_a_date_leads_where_the_long_one_does(
    weekday: str, month: str, clock: str, zone: str, day: int, home: str
) -> None:
    text = f"{weekday}{day} {month} 2026 {clock} {zone}"
    results: list[object] = []
    for read_as in (timestamps._mailed, lambda text, home: timestamps._written(text, home, None)):
        try:
            results.append(read_as(text, timestamps._zone(home)))
        except ValueError:
            results.append("no day or time of the calendar")
    short, long = results
    assert short is None or short == (long or "no day or time of the calendar")


def test_a_date_in_the_future_becomes_now_and_is_flagged() -> None:
    (entry,) = read(rss("<title>a</title><pubDate>Thu, 01 Jan 2099 00:00:00 GMT</pubDate>")).entries
    assert (entry.published, entry.date_quality, entry.published_raw) == (
        NOW,
        "future",
        "Thu, 01 Jan 2099 00:00:00 GMT",
    )


def test_no_date_is_no_date() -> None:
    (entry,) = read(rss("<title>a</title><guid>1</guid>")).entries
    assert (entry.published, entry.date_quality, entry.date_source) == (None, "missing", "none")


def test_an_entry_much_older_than_the_newest_is_flagged() -> None:
    old = "<title>b</title><pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate>"
    assert [entry.date_quality for entry in read(rss(item(1), old)).entries] == ["exact", "old"]


# Charsets


@pytest.mark.parametrize(
    "case",
    cases("feed_charsets.toml", "charset"),
    ids=lambda case: f"{case['bytes_in']}-as-{case['xml']}-{case['http']}",
)
def test_bytes_beat_declarations(case: dict[str, Any]) -> None:
    declaration = f' encoding="{case["xml"]}"' if case["xml"] else ""
    feed = rss(f"<title>{case['words']}</title><link>https://a.example/</link>").partition("?>")[2]
    text = f'<?xml version="1.0"{declaration}?>{feed}'
    body = text.encode(case["bytes_in"])
    spoilt = case.get("spoilt", 0)
    if spoilt:
        middle = body.index("</title><link>".encode(case["bytes_in"]))
        body = body[:middle] + b"\xff" * spoilt + body[middle:]
    document = read(body, content_type=case["http"])
    assert document.entries[0].title == case["words"] + "\ufffd" * spoilt
    assert document.replaced == spoilt


@given(st.binary(max_size=400), st.text(max_size=40))
def test_any_bytes_decode(body: bytes, content_type: str) -> None:
    assert isinstance(decode(body, content_type).text, str)


# Formats


def test_rss() -> None:
    document = read(
        rss(
            "<title>A &amp;amp; B &lt;b&gt;bold&lt;/b&gt;</title><link>/story/1?utm_source=rss</link><guid>abc</guid>"
            "<description>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two &lt;i&gt;th&lt;/i&gt;ree"
            "&lt;script&gt;x()&lt;/script&gt;.</description>"
            "<dc:creator xmlns:dc='http://purl.org/dc/elements/1.1/'>Ann Author</dc:creator>"
            "<content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'><![CDATA[<p>Whole text.</p>]]>"
            "</content:encoded><pubDate>Sun, 22 Nov 2026 14:05:00 EET</pubDate>",
            head="<link>https://news.example/</link><language>uk</language><ttl>30</ttl>"
            "<skipHours><hour>1</hour><hour>2</hour></skipHours><skipDays><day>Sunday</day></skipDays>",
        )
    )
    assert (document.version, document.title, document.site, document.language) == (
        *("rss20", "News", "https://news.example/", "uk"),
    )
    assert document.hints.ttl == timedelta(minutes=30)
    assert (document.hints.skip_hours, document.hints.skip_days) == (frozenset({1, 2}), frozenset({6}))
    (entry,) = document.entries
    assert entry.title == "A & B bold"
    assert (entry.url, entry.raw_url) == ("https://news.example/story/1", "https://news.example/story/1?utm_source=rss")
    assert entry.guid == "abc"
    assert entry.summary == "One. Two three."
    assert entry.content == "<p>Whole text.</p>"
    assert entry.author == "Ann Author"
    assert entry.language == "uk"
    assert entry.published and entry.published.isoformat() == "2026-11-22T14:05:00+02:00"


def test_a_guid_that_is_no_url_is_no_link() -> None:
    (entry,) = read(rss("<title>a</title><guid>abc-1</guid>")).entries
    assert entry.url == ""
    (entry,) = read(rss("<title>a</title><guid>https://news.example/1</guid>")).entries
    assert entry.url == "https://news.example/1"


def test_an_address_that_can_be_none_costs_only_itself() -> None:
    document = read(rss(item(1), item(2, link="//[a.example/2"), head="<link>http://[a.example/</link>"))
    assert document.site == ""
    assert [entry.url for entry in document.entries] == ["https://news.example/1", ""]
    assert document.rejected == ()


def test_atom_with_base_and_both_dates() -> None:
    (entry,) = read(
        """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://other.example/dir/"><title>N</title>
        <entry><id>tag:a,2026:1</id><title type="html">&lt;i&gt;T&lt;/i&gt;</title><link href="x/1"/>
        <link rel="enclosure" href="x.mp3"/><updated>2026-11-22T13:00:00Z</updated>
        <published>2026-11-22T12:00:00Z</published><summary>S</summary></entry></feed>"""
    ).entries
    assert (entry.url, entry.title, entry.summary) == ("https://other.example/dir/x/1", "T", "S")
    assert entry.published and entry.updated and (entry.published.hour, entry.updated.hour) == (12, 13)
    assert entry.date_source == "published"


def test_json_feed() -> None:
    document = read(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "N",
                "home_page_url": "https://news.example",
                "items": [
                    {"id": 7, "url": "https://news.example/7", "title": "T", "content_text": "if a < b & c"},
                    "no item",
                    {"id": "8", "url": "/8", "content_html": "<p>x</p>", "date_published": "2026-11-22T12:00:00Z"},
                ],
            }
        )
    )
    assert (document.version, document.site, len(document.rejected)) == ("json", "https://news.example/", 1)
    first, second = document.entries
    assert (first.guid, plain_text(first.content)) == ("7", "if a < b & c")
    assert second.url == "https://news.example/8"


def test_news_sitemap() -> None:
    document = read(
        """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
        xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
        <url><loc>https://news.example/1</loc><n:news>
        <n:publication><n:name>The News</n:name><n:language>en</n:language></n:publication>
        <n:publication_date>2026-11-22T10:00:00+02:00</n:publication_date><n:title>T &amp; U</n:title></n:news></url>
        <url><loc>https://news.example/about</loc></url></urlset>"""
    )
    (entry,) = document.entries
    assert (document.title, entry.title, entry.language, entry.url) == (
        "The News",
        "T & U",
        "en",
        "https://news.example/1",
    )


def test_not_well_formed_still_gives_its_items() -> None:
    document = read(rss("<title>A & B&nbsp;C</title><link>https://a.example/?a=1&b=2</link>", item(2)))
    assert document.bozo == "SAXParseException"
    assert [entry.title for entry in document.entries] == ["A & B C", "Title 2"]


def test_characters_that_xml_forbids_are_dropped() -> None:
    assert read(rss("<title>A\x08B</title><guid>1</guid>")).bozo == ""


# Documents that are no feed, or worse


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ("", "empty"),
        (" \n\x00 ", "empty"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "html"),
        ("<!-- cached --><html lang='en'>", "html"),
        ("Too many connections", "not_a_feed"),
        ("<opml version='2.0'><body/></opml>", "not_a_feed"),
        ("{}", "not_a_feed"),
        ("[1", "not_a_feed"),
        (
            "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://a.example/</loc></url></urlset>",
            "not_a_feed",
        ),
        ('<!DOCTYPE r [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><rss version="2.0"><channel/></rss>', "bomb"),
        ("<!DOCTYPE r [" + '<!ENTITY e "x">' * 60 + "]><rss version='2.0'/>", "bomb"),
        (f'<!DOCTYPE r [<!ENTITY a "{"x" * 70_000}">]><rss version="2.0"/>', "bomb"),
        ("x" * 10_000_001, "too_large"),
    ],
    ids=lambda value: value[:40],
)
def test_refused(body: str, outcome: str) -> None:
    with pytest.raises(FeedError) as refused:
        read(body)
    assert refused.value.outcome == outcome


def test_a_body_is_never_taken_for_a_path(tmp_path: Path) -> None:
    feed = tmp_path / "local.xml"
    feed.write_text(rss(item(1)))
    with pytest.raises(FeedError, match="neither RSS"):
        read(str(feed))


def test_files_named_by_entities_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    doctype = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{secret}">]>'
    document = read(doctype + rss("<title>[&x;]</title><guid>1</guid>")[21:])
    assert "secret" not in document.entries[0].title


def test_a_hundred_thousand_items_are_a_thousand() -> None:
    document = read(rss(*(f"<title>{number}</title><guid>{number}</guid>" for number in range(100_000))))
    assert (len(document.entries), document.entries[-1].title) == (1_000, "999")
    assert document.rejected == ("99000 items beyond the first 1000",)


def test_hostile_nesting_is_read_in_linear_time() -> None:
    started = process_time()
    plain_text("<script>" * 20_000 + "<!--" * 20_000 + "<a href='" * 20_000)
    assert process_time() - started < 5  # quadratic would be minutes


def test_a_document_cut_within_an_item_holds_that_item_back() -> None:
    whole = rss(item(1), item(2), item(3))
    cut = read(whole[: whole.index("id-3")])
    assert [entry.title for entry in cut.entries] == ["Title 1", "Title 2"]
    assert cut.cut and cut.held and cut.held.title == "Title 3"
    between = read(whole[: whole.index("<item><title>Title 3")])
    assert between.cut and between.held is None and len(between.entries) == 2
    assert not read(whole).cut


# Identity


def keys(*items: str, rule: str = "guid") -> tuple[list[str], str]:
    document = read(rss(*items), key_rule=rule)
    return [entry.key for entry in document.entries], document.key_rule


def test_an_entry_is_its_guid_whatever_its_link() -> None:
    one, _ = keys(item(1, guid="x", link="https://news.example/old"))
    other, rule = keys(item(1, guid="x", link="https://news.example/new-slug"))
    assert (one, rule) == (other, "guid")


def test_http_and_tracking_do_not_change_an_identity() -> None:
    one, _ = keys(item(1, guid="http://news.example/1?utm_source=a"))
    other, _ = keys(item(1, guid="https://news.example/1"))
    link, _ = keys(item(1, link="https://news.example/1?fbclid=2"), rule="link")
    assert one == other == link


def test_a_guid_on_many_items_gives_way_to_links() -> None:
    found, rule = keys(item(1, guid="same"), item(2, guid="same"), item(3, guid="same"))
    assert (len(set(found)), rule) == (3, "link")


def test_one_guid_and_link_on_many_items_gives_way_to_dates_then_to_text() -> None:
    home = "https://news.example/"
    found, rule = keys(item(1, guid="same", link=home), item(2, guid="same", link=home))
    assert (len(set(found)), rule) == (2, "link_date")
    found, rule = keys(item(1, guid="same", link=home), item(6, guid="same", link=home))
    assert (len(set(found)), rule) == (2, "text")


def test_an_item_listed_twice_is_one_entry_and_no_reason_to_change_the_rule() -> None:
    found, rule = keys(item(1), item(2), item(1))
    assert (len(found), rule) == (2, "guid")


def test_a_rule_never_goes_back() -> None:
    assert keys(item(1), item(2), rule="link")[1] == "link"


@pytest.mark.parametrize(
    "before, after, same",
    [
        ("The port is open. 12 comments", "The port is open. 1,340 comments", True),
        ("5 minutes ago The port is open.", "3 hours ago The port is open.", True),
        (
            "The port is open. Last updated: 22 November 2026, 14:05 EET",
            "The port is open. Last updated: 23 November 2026, 09:10 EET",
            True,
        ),
        ("Переглядів: port, 120 переглядів", "Переглядів: port, 121 переглядів", True),
        ("It passed with 226 votes.", "It passed with 230 votes.", False),
        ("3 people were hurt on Monday.", "5 people were hurt on Monday.", False),
        ("The talks begin at 14:05.", "The talks begin at 15:05.", False),
    ],
)
def test_counters_and_clocks_are_no_change(before: str, after: str, same: bool) -> None:
    first, second = (
        read(rss(f"<guid>1</guid><description>{text}</description>")).entries[0].content_hash
        for text in (before, after)
    )
    assert (first == second) == same


def test_spaces_do_not_change_the_content_hash_and_words_do() -> None:
    one, spaced, other = (
        read(rss(f"<guid>1</guid><title>A story</title><description>{text}</description>")).entries[0].content_hash
        for text in ("Five were told.", "&lt;p&gt; Five\n were told. ", "Seven were told.")
    )
    assert one == spaced != other


@pytest.mark.parametrize("case", cases("feed_links.toml", "link"), ids=lambda case: case["raw"])
def test_links(case: dict[str, str]) -> None:
    assert clean_url(case["raw"]) == case["is"]
    assert clean_url(case["is"]) == case["is"]


@given(st.text(max_size=60))
def test_any_text_is_a_link_or_none(text: str) -> None:
    for url in (text, f"https://{text}", f"https://news.example/{text}"):
        assert clean_url(clean_url(url)) == clean_url(url)
        assert isinstance(site_of(url), str)


def test_the_site_is_the_registrable_domain() -> None:
    assert site_of("https://www.mil.gov.ua/news/1") == "mil.gov.ua"
    assert site_of("https://feeds.bbci.co.uk/x") == "bbci.co.uk"
    assert site_of("http://127.0.0.1:80/x") == "127.0.0.1"


# Anything at all


@given(st.binary(max_size=600))
def test_any_bytes_are_a_feed_or_an_error_of_ours(body: bytes) -> None:
    for prefix in (b"", b"<rss version='2.0'><channel><item><title>", b'{"version":"https://jsonfeed.org/version/1",'):
        try:
            read(prefix + body)
        except FeedError as error:
            assert error.outcome in {"empty", "html", "not_a_feed", "bomb", "too_large", "parse"}


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    """feedparser's own test documents, from its source distribution."""
    folder = tmp_path_factory.mktemp("feedparser")
    version = feedparser.__version__
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--no-binary",
        ":all:",
        "--no-build-isolation",
    ]
    try:
        subprocess.run([*command, "-d", folder, f"feedparser=={version}"], check=True, capture_output=True, timeout=300)
    except (subprocess.SubprocessError, OSError) as error:
        pytest.skip(f"feedparser's source distribution cannot be downloaded: {error}")
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        members = [member for member in opened if re.search(r"/tests/.*\.xml$", member.name)]
        return [(member.name, file.read()) for member in members if (file := opened.extractfile(member))]


@pytest.mark.long
def test_the_corpus_of_feedparser_gives_the_entries_that_feedparser_gives(corpus: list[tuple[str, bytes]]) -> None:
    assert len(corpus) > 2_000
    for name, body in corpus:
        header = re.search(rb"Header:\s*Content-type:\s*([^\r\n]+)", body, re.IGNORECASE)
        content_type = header[1].decode().strip() if header else ""
        theirs = feedparser.parse(io.BytesIO(body), response_headers={"content-type": content_type} if header else {})
        try:
            ours = read(body, content_type=content_type)
        except FeedError as error:
            assert (error.outcome, theirs.version) == ("not_a_feed", ""), name
            continue
        distinct = {entry.get("id") or (entry.get("link"), entry.get("title")) for entry in theirs.entries}
        found = len(ours.entries) + len(ours.rejected) + (ours.held is not None)
        assert len(distinct) <= found <= len(theirs.entries), name


@pytest.mark.long
def test_the_reader_of_plain_rss_says_what_feedparser_says(
    corpus: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = [read_plain(body) for _, body in corpus]
    assert sum(document is not None for document in plain) > 250
    monkeypatch.setattr("extractors.feeds.read_plain_rss", lambda text: None)
    for (name, body), document in zip(corpus, plain, strict=True):
        if document is not None:
            assert read(body) == document, name


def read_plain(body: bytes) -> FeedDocument | None:
    """The document, if it is one that the reader of plain RSS takes."""
    taken: list[bool] = []

    def spy(text: str) -> PlainFeed | None:
        found = read_plain_rss(text)
        taken.append(found is not None)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("extractors.feeds.read_plain_rss", spy)
        try:
            document = read(body)
        except FeedError:
            return None
    return document if any(taken) else None


def test_plain_rss_is_taken_and_anything_else_declined() -> None:
    assert read_plain(rss(item(1), item(2)).encode()) == read(rss(item(1), item(2)))
    for unusual in (
        "<title>a</title><title>b</title>",
        "<title>a &nbsp; b</title>",
        "<title>a<b>c</b></title>",
        "<title>\u00e2\u0080\u00a6</title>",
        "<summary>a</summary>",
        "<link xml:base='https://other.example/'>a</link>",
    ):
        assert read_plain(rss(unusual).encode()) is None, unusual


def mutations(body: bytes) -> Iterator[tuple[bytes, str]]:
    yield from ((body[: len(body) * tenth // 10], "text/xml") for tenth in range(1, 10))
    for bit in range(3):
        at = len(body) * (bit + 1) // 4
        yield body[:at] + bytes([body[at] ^ 1 << bit]) + body[at + 1 :], ""
    yield from ((body, f"application/rss+xml; charset={name}") for name in ("koi8-r", "utf-16", "shift_jis"))


@pytest.mark.long
def test_the_corpus_of_feedparser_mutated_neither_crashes_nor_hangs(corpus: list[tuple[str, bytes]]) -> None:
    opened: list[tuple[str, str]] = []
    watching = True

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if watching and event in ("open", "socket.connect", "socket.getaddrinfo"):
            opened.append((event, str(arguments[0])))

    read(rss(item(1)))  # its data files are read once
    sys.addaudithook(watch)
    try:
        for name, body in corpus:
            for mutant, content_type in mutations(body):
                started = process_time()
                try:
                    document = read(mutant, content_type=content_type)
                except FeedError:
                    continue
                assert all(
                    entry.published <= NOW + timedelta(minutes=15) for entry in document.entries if entry.published
                )
                assert process_time() - started < 1, name
    finally:
        watching = False
    # Python reads its own codecs and zones when they are first used.
    own = (sys.base_prefix, sys.prefix, *TZPATH)
    assert [each for each in opened if not each[1].startswith(own)] == []
