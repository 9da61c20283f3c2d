"""Subscription lists in and out."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from extractors.errors import InputError
from extractors.opml import read_opml, write_opml
from extractors.records import Feed

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<!-- exported by hand -->
<opml version="1.0"><head><title>Mine</title></head><body>
<outline text="Ukraine">
  <outline text="Agencies">
    <outline text="A" xmlUrl="https://a.example/rss" htmlUrl="https://a.example/" country="ua" timeZone="Europe/Kyiv"/>
    <outline text="B" title="Bee" XMLURL="https://b.example/feed?x=1&y=2"/>
  </outline>
  <outline text="broken" xmlUrl="javascript:void(0)"/>
  <outline text="again" xmlUrl="http://a.example/rss?utm_source=opml"/>
  <outline text="nothing"/>
</outline>
<outline xmlUrl="https://c.example/" category="Mine"/>
</body></opml>
"""

words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20).map(
    str.strip
)
feed_lists = st.lists(
    st.builds(
        Feed,
        url=st.from_regex(r"https?://[a-z]{1,8}\.example/[a-z0-9]{0,8}(\?a=[a-z]&b=[a-z])?", fullmatch=True),
        title=words,
        site=st.just("") | st.just("https://news.example/?a=1&b=2"),
        country=st.sampled_from(["", "ua", "us"]),
        kind=words,
        language=st.sampled_from(["", "uk", "en-GB"]),
        time_zone=st.sampled_from(["", "Europe/Kyiv"]),
        category=words,
    ),
    max_size=5,
)


def test_nested_lists_and_what_is_wrong_with_them() -> None:
    feeds, problems = read_opml(LIST.encode())
    assert [feed.url for feed in feeds] == [
        "https://a.example/rss",
        "https://b.example/feed?x=1&y=2",
        "https://c.example/",
    ]
    assert feeds[0] == Feed(
        *("https://a.example/rss", "A", "https://a.example/", "ua"),
        time_zone="Europe/Kyiv",
        category="Ukraine/Agencies",
    )
    assert [feed.title for feed in feeds] == ["A", "Bee", ""]
    assert feeds[2].category == "Mine"
    assert problems == [
        "line 9: xmlUrl 'javascript:void(0)' is no http or https URL, such as https://example.org/rss.xml",
        "line 10: http://a.example/rss?utm_source=opml is in the list already",
        "line 11: outline 'nothing' has no xmlUrl and holds nothing",
    ]


def test_an_unknown_time_zone_costs_only_itself() -> None:
    feeds, problems = read_opml(LIST.replace("Europe/Kyiv", "Europe/Kiyv").encode())
    assert feeds[0] == Feed(
        *("https://a.example/rss", "A", "https://a.example/", "ua"), time_zone="", category="Ukraine/Agencies"
    )
    assert len(feeds) == 3
    [problem] = [one for one in problems if one.startswith("line 6: https://a.example/rss")]
    assert problem.endswith("its time zone 'Europe/Kiyv' is left out; write an IANA name, such as Europe/Kyiv")


def test_other_charsets_and_cut_lists() -> None:
    russian = LIST.replace('"Agencies"', '"Агентства новостей"').replace("UTF-8", "windows-1251").encode("windows-1251")
    assert read_opml(russian)[0][0].category == "Ukraine/Агентства новостей"
    cut = LIST[: LIST.index('<outline text="broken"')]
    feeds, problems = read_opml(cut.encode())
    assert len(feeds) == 2 and problems


@pytest.mark.parametrize(
    "data", [b"", b"<html/>", b"<opml/>", b"\x00\xff", b"<!DOCTYPE o [<!ENTITY a 'b'>]><opml><body/></opml>"]
)
def test_what_is_no_list(data: bytes) -> None:
    with pytest.raises(InputError, match="OPML"):
        read_opml(data)


@given(feed_lists)
def test_what_is_written_is_read_back(feeds: list[Feed]) -> None:
    unique = list({feed.url.partition(":")[2].rstrip("/"): feed for feed in feeds}.values())
    written = write_opml(unique)
    etree.fromstring(written)  # well-formed for others too
    read, problems = read_opml(written)
    assert (read, problems) == (unique, [])


def test_control_characters_do_not_spoil_the_list() -> None:
    (read,), _ = read_opml(write_opml([Feed("https://a.example/", title="a\x08b\nc")]))
    assert read.title == "ab\nc"


def test_our_own_list() -> None:
    feeds, problems = read_opml(files("seeds").joinpath("feeds.opml").read_bytes())
    assert feeds and problems == []
    assert read_opml(write_opml(feeds))[0] == [replace(feed) for feed in feeds]
