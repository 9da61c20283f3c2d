"""The demo site and the feed list: what a new installation starts with."""

from __future__ import annotations

import gzip
import tomllib
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest

from extractors.opml import read_opml
from extractors.outlets import outlet_of
from seeds.demo.press import build, load_articles, load_channels
from seeds.demo.site import Site, serve
from tests.test_outlets import KINDS

EXPECTED: list[dict[str, Any]] = tomllib.loads((files("seeds.demo") / "expected.toml").read_text("utf-8"))["story"]


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


def get(site: Site, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=10)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def path_of(slug: str) -> str:
    return load_articles()[slug].path


def test_opml_lists_every_feed_and_each_answers_as_outlets_toml_says(site: Site) -> None:
    _, opml = get(site, "/feeds.opml")
    listed = [outline.attrib["xmlUrl"] for outline in ElementTree.fromstring(opml).iter("outline")]
    assert tuple(listed) == site.feed_urls
    statuses = [get(site, url.removeprefix(site.base_url))[0].status for url in listed]
    assert statuses == [channel.status for channel in load_channels()]
    assert {200, 404, 500} == set(statuses)


def test_every_story_is_in_a_feed_under_its_own_address(site: Site) -> None:
    feeds = b"".join(get(site, url.removeprefix(site.base_url))[1] for url in site.feed_urls)
    for article in load_articles().values():
        assert (site.base_url + article.path).encode() in feeds
        answer, page = get(site, article.path)
        assert answer.status == 200
        assert article.published.isoformat().encode() in page


@pytest.mark.parametrize("path", ["/wire/atom.xml", "/courier/rss.xml", path_of("kakhovka-dam")])
def test_a_validator_of_either_kind_is_answered_with_304(site: Site, path: str) -> None:
    first, body = get(site, path)
    assert body
    etag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for validator in ({"If_None_Match": etag}, {"If_Modified_Since": modified}):
        again, nothing = get(site, path, **validator)
        assert (again.status, nothing) == (304, b"")
    other, _ = get(site, path, If_None_Match='"another"', If_Modified_Since=modified)
    assert other.status == 200, "the entity tag decides where both are sent"


def test_a_second_start_on_the_same_port_serves_the_same_bytes() -> None:
    assert build("http://127.0.0.1:8901") == build("http://127.0.0.1:8901")


def test_gzip_only_where_the_client_takes_it(site: Site) -> None:
    plain, body = get(site, "/wire/atom.xml")
    packed, small = get(site, "/wire/atom.xml", Accept_Encoding="gzip, br")
    assert plain.headers["Content-Encoding"] is None
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small) == body
    assert len(small) < len(body)


def test_a_revised_story_changes_its_page_and_its_feed_and_nothing_else(site: Site) -> None:
    before = dict(site.resources)
    old = get(site, "/wire/atom.xml")[0].headers["ETag"]
    site.revise()
    assert get(site, "/wire/atom.xml", If_None_Match=old)[0].status == 200
    changed = {path for path, resource in site.resources.items() if resource.body != before[path].body}
    same_outlet = {article.path for article in load_articles().values() if article.outlet == "wire"}
    assert {path_of("truce-conditions"), "/wire/atom.xml"} <= changed
    assert changed <= same_outlet | {"/wire/atom.xml", "/"}, "other pages of the outlet link to the new headline"


def test_the_malformed_feed_is_malformed_and_the_others_are_not(site: Site) -> None:
    for channel in load_channels():
        if channel.status != 200 or channel.format == "json":
            continue
        _, body = get(site, f"/{channel.outlet}/{channel.path}")
        if channel.malformed:
            with pytest.raises(ElementTree.ParseError):
                ElementTree.fromstring(body)
            with pytest.raises(UnicodeDecodeError):
                body.decode("utf-8")
        else:
            ElementTree.fromstring(body)


def test_the_front_page_says_that_nothing_is_citable(site: Site) -> None:
    assert b"nothing here may be cited" in get(site, "/")[1]


def test_expected_covers_every_story_and_keeps_the_mixture() -> None:
    assert [story["slug"] for story in EXPECTED if story["slug"] not in load_articles()] == []
    assert {story["slug"] for story in EXPECTED} == set(load_articles())
    relevant = sum(story["relevant"] for story in EXPECTED)
    assert 0.6 <= relevant / len(EXPECTED) <= 0.75


@pytest.mark.parametrize("story", EXPECTED, ids=lambda story: story["slug"])
def test_expected_statements_are_in_the_text(story: dict[str, Any]) -> None:
    for says in story.get("says", []):
        article = load_articles(revised=says.get("revised", False))[story["slug"]]
        for part in ("content", "cue", "audience", "via"):
            assert says.get(part, "") in article.text, (part, says)
        for speaker in says["speaker"].split(" and "):
            assert speaker in article.text
        assert ("date" in says) == ("basis" in says)
        if "basis" in says:
            assert (says["basis"] == "none") == (says["date"] == "")
            first = says["date"][:10]
            assert first <= article.updated.date().isoformat()


SEEDS = (files("seeds") / "feeds.opml").read_bytes()


def test_the_feed_list_is_read_whole_and_without_a_complaint() -> None:
    feeds, problems = read_opml(SEEDS)
    outlines = [outline for outline in ElementTree.fromstring(SEEDS).iter("outline") if "xmlUrl" in outline.attrib]
    assert problems == []
    assert len(feeds) == len(outlines) >= 40, "no URL twice"
    assert all(feed.category for feed in feeds)


def test_every_feed_of_the_list_says_whose_it_is_and_agrees_with_the_outlets() -> None:
    feeds, _ = read_opml(SEEDS)
    assert {feed.kind for feed in feeds} == KINDS
    for feed in feeds:
        outlet = outlet_of(feed.site)
        assert outlet is not None, feed
        assert feed.title.startswith(outlet.name)
        assert (feed.country, feed.kind, feed.time_zone) == (outlet.country, outlet.kind, outlet.time_zone)
        assert feed.language == "en"
        ZoneInfo(feed.time_zone)


def test_the_feed_list_covers_the_field() -> None:
    countries = {feed.country for feed in read_opml(SEEDS)[0]}
    assert {"ua", "us", "gb", "de", "fr", "pl", "ee", "lv", "lt", "fi", "jp", "kr", "in", "au", "be", "ru"} <= countries
