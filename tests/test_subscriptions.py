"""Subscriptions: from an OPML list or one by one, listed, checked, discovered, dropped, and out again as OPML."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from extractors.errors import FetchError, HeldError, InputError
from extractors.opml import read_opml
from extractors.records import Feed
from flows import cli, discovery, pipeline, polling, subscriptions
from flows.http import FEED
from flows.settings import Settings, load_settings
from storage import queries
from storage.publish import published_file
from storage.warehouse import Warehouse
from tests.loopback import Exchange, Loopback

LIST = b"""<?xml version="1.0"?>
<opml version="2.0"><body>
  <outline text="Ports">
    <outline text="Harbour Wire" xmlUrl="https://harbour.example/rss" htmlUrl="https://harbour.example/" country="gb"/>
    <outline text="The same again" xmlUrl="https://harbour.example/rss"/>
  </outline>
  <outline text="Dropped" xmlUrl="gopher://old.example/"/>
</body></opml>
"""
RSS = (
    b'<rss version="2.0"><channel><title>Harbour Wire</title><item><guid>1</guid><title>Shells for Kyiv</title>'
    b"<link>https://harbour.example/1</link><pubDate>Wed, 20 Aug 2025 09:00:00 GMT</pubDate></item></channel></rss>"
)
RSS_TYPE = {"Content-Type": "application/rss+xml"}
HTML_TYPE = {"Content-Type": "text/html"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path / "data", allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)


@pytest.fixture
def site() -> Iterator[Loopback]:
    with Loopback() as loopback:
        yield loopback


def urls(settings: Settings) -> list[str]:
    return [feed.url for feed in subscriptions.feeds(settings)]


def checked(settings: Settings, url: str = "") -> tuple[int, str]:
    screen = Console(file=io.StringIO(), width=200)
    code = subscriptions.check(settings, url, screen)
    return code, screen.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["list.opml", "list.opml.gz"])
def test_a_list_is_imported_once_and_what_is_wrong_with_it_told_by_line(
    name: str, settings: Settings, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(gzip.compress(LIST) if name.endswith(".gz") else LIST)
    added, known, problems = subscriptions.import_opml(settings, str(file))
    assert (added, known) == (1, 0)
    assert any("line 7" in problem and "gopher://old.example/" in problem for problem in problems)
    [feed] = subscriptions.feeds(settings)
    assert (feed.url, feed.title, feed.country) == ("https://harbour.example/rss", "Harbour Wire", "gb")
    assert subscriptions.import_opml(settings, str(file))[:2] == (0, 1)


def test_a_list_is_imported_from_a_url(settings: Settings, site: Loopback) -> None:
    site.on("/feeds.opml", body=LIST, headers={"Content-Type": "text/x-opml"})
    assert subscriptions.import_opml(settings, site.url("/feeds.opml"))[:2] == (1, 0)
    with pytest.raises(InputError, match=r"/none.opml answered 404"):
        subscriptions.import_opml(settings, site.url("/none.opml"))


def test_the_bundled_list_names_feeds_of_many_countries_and_kinds(settings: Settings) -> None:
    added, _, problems = subscriptions.import_opml(settings, "")
    assert added >= 40
    assert problems == []
    feeds = subscriptions.feeds(settings)
    assert len({feed.country for feed in feeds}) >= 10
    assert {"outlet", "wire", "broadcaster", "institution", "government", "think-tank"} <= {feed.kind for feed in feeds}
    assert all(feed.site for feed in feeds)


def test_a_private_address_is_refused_unless_it_is_allowed(site: Loopback, tmp_path: Path) -> None:
    site.on("/feeds.opml", body=LIST)
    with pytest.raises(FetchError, match="allow_private_hosts"):
        subscriptions.import_opml(load_settings(tmp_path), site.url("/feeds.opml"))
    assert site.requests == []


def test_feeds_come_and_go_one_by_one(settings: Settings) -> None:
    url = "https://harbour.example/rss"
    assert subscriptions.add(settings, url, "Harbour Wire", "GB", "Europe/London") == "added"
    assert subscriptions.add(settings, url, "", "", "") == "known already"
    assert subscriptions.add(settings, url, "Harbour Wire", "gb", "") == "known already"
    assert subscriptions.feeds(settings) == [Feed(url, "Harbour Wire", country="gb", time_zone="Europe/London")]
    assert subscriptions.remove(settings, url)
    assert not subscriptions.remove(settings, url)
    assert urls(settings) == []


def test_of_a_feed_that_is_known_what_is_given_is_changed_and_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://harbour.example/rss"
    subscriptions.add(settings, url, "Harbour Wire", "", "")
    command = ["feeds", "add", url, "--time-zone", "Europe/Oslo", "--country", "NO", "--data", str(settings.data_dir)]
    changed = CliRunner().invoke(cli.app, command)
    assert changed.output == "known already; now with country no, time zone Europe/Oslo\n"
    listed = CliRunner().invoke(cli.app, ["feeds", "list", "--data", str(settings.data_dir)])
    assert listed.output == f"{url}\tHarbour Wire\tno\t\tEurope/Oslo\n"
    subscriptions.remove(settings, url)
    assert subscriptions.add(settings, url, "", "", "") == "added"


PAGE = (
    '<html lang="en"><head><title>Shells for Kyiv</title></head><body><article><h1>Shells for Kyiv</h1>'
    + "<p>Ukraine needs shells against Russian missiles, Defence Minister Ann Able said on Monday in Kyiv.</p>" * 4
    + "</article></body></html>"
).encode()


@pytest.mark.parametrize(("given", "outlet"), [("", "Harbour Wire"), ("The Wire", "The Wire")])
def test_an_outlet_is_called_as_its_feed_is_also_when_that_is_removed(
    given: str, outlet: str, settings: Settings, site: Loopback
) -> None:
    url, noon = site.url("/rss"), datetime(2026, 11, 20, 12, tzinfo=UTC)
    site.on("/rss", body=RSS.replace(b"https://harbour.example/1", site.url("/1").encode()), headers=RSS_TYPE)
    site.on("/1", body=PAGE, headers=HTML_TYPE)
    subscriptions.add(settings, url, given, "", "")
    pipeline.run(settings, all_feeds=True, clock=lambda: noon)
    assert [feed.title for feed in subscriptions.feeds(settings)] == [outlet]
    subscriptions.remove(settings, url)
    pipeline.run(settings, clock=lambda: noon + timedelta(hours=7))
    assert len(site.asked("/1")) == 2
    assert [row["outlet"] for row in queries.fetch(settings.data_dir, "FROM stories")] == [outlet]


def test_readers_see_at_once_who_is_subscribed(settings: Settings) -> None:
    def seen() -> list[tuple[str, str]]:
        return [(row["url"], row["last_outcome"]) for row in queries.feed_health(settings.data_dir)]

    one, two = "https://harbour.example/rss", "https://quay.example/rss"
    subscriptions.add(settings, one, "A", "", "")
    assert seen() == [(one, "never polled")]
    subscriptions.add(settings, two, "B", "", "")
    assert seen() == [(one, "never polled"), (two, "never polled")]
    subscriptions.remove(settings, one)
    assert seen() == [(two, "never polled")]


def test_while_a_run_waits_for_the_network_subscriptions_can_be_read_and_changed(
    settings: Settings, site: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The answer comes when three commands have ended, which on a busy machine takes longer than a feed is waited for.
    monkeypatch.setattr(polling, "FEED", replace(FEED, total=600.0, read=600.0))
    late = "https://quay.example/rss"
    ended: dict[str, subprocess.CompletedProcess[str]] = {}

    def answer(exchange: Exchange) -> None:
        for command in (["add", late], ["list"], ["export"]):
            ended[command[0]] = dateline("feeds", *command, "--data", str(settings.data_dir))
        exchange.send(200, RSS, RSS_TYPE)

    site.on("/rss", reply=answer)
    subscriptions.add(settings, site.url("/rss"), "", "", "")
    before = published_file(settings.data_dir).read_bytes()
    halves: list[bool] = []

    def publish(settings: Settings) -> bool:
        halves.append(published_file(settings.data_dir).read_bytes() == before)
        return pipeline.publish(settings)

    summary = pipeline.run(settings, steps=pipeline.Steps(read=lambda *_: [], publish=publish))
    assert [(process.returncode, process.stderr) for process in ended.values()] == [(0, "")] * 3
    assert ended["add"].stdout == "added\n"
    for command in ("list", "export"):
        assert site.url("/rss") in ended[command].stdout and late in ended[command].stdout
    assert (summary["feeds"], summary.outcome) == (1, "done")
    assert halves == [True], "readers see no half of a run"
    assert {row["url"] for row in queries.feed_health(settings.data_dir)} == {site.url("/rss"), late}


RUN = """
import sys
from pathlib import Path
from storage.run_lock import run_lock
from storage.warehouse import Warehouse
with run_lock(Path(sys.argv[1])), Warehouse.open(Path(sys.argv[1])):
    print("at work", flush=True)
    sys.stdin.readline()
"""


def test_while_a_run_writes_the_published_subscriptions_are_read_and_a_change_is_put_off(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://harbour.example/rss"
    subscriptions.add(settings, url, "Harbour Wire", "gb", "Europe/London")
    monkeypatch.setattr(subscriptions, "PATIENCE", 0.0)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    run = subprocess.Popen([sys.executable, "-c", RUN, str(settings.data_dir)], **pipes)  # type: ignore[call-overload]
    assert run.stdout.readline() == "at work\n"
    try:
        assert subscriptions.feeds(settings) == [Feed(url, "Harbour Wire", country="gb", time_zone="Europe/London")]
        with pytest.raises(HeldError, match=rf"a run \(process {run.pid}\) is at work.*try again") as refused:
            Warehouse.open(settings.data_dir, wait=0.0)
        assert "close" not in str(refused.value)
        published_file(settings.data_dir).unlink()
        with pytest.raises(HeldError, match="at work"):
            subscriptions.feeds(settings)
    finally:
        run.communicate("\n")


def dateline(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flows.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("HTTP://Harbour.Example", "http://harbour.example/"),
        ("https://harbour.example:443/a.xml#news", "https://harbour.example/a.xml"),
        ("http://127.0.0.1:08977/a.xml", "http://127.0.0.1:8977/a.xml"),
        (" https://harbour.example./Rss?utm_source=a&b= ", "https://harbour.example/Rss?utm_source=a&b="),
        ("http://[::1]:80/a b", "http://[::1]/a%20b"),
        ("https://भारत.example/", "https://भारत.example/"),
    ],
)
def test_a_feed_is_known_however_its_url_is_spelt(written: str, url: str, settings: Settings) -> None:
    assert subscriptions.add(settings, written, "", "", "") == "added"
    assert subscriptions.add(settings, url, "", "", "") == "known already"
    assert urls(settings) == [url]
    assert subscriptions.remove(settings, written)
    assert urls(settings) == []


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http://exa mple/x",
        "http://a..example/x",
        "http://a$b.example/x",
        "http://a.example:0/x",
        "http://a.example:port/x",
        "http://a.example/\x7f",
        "ftp://a.example/x",
        "https://a.example/" + "x" * 3_000,
    ],
)
def test_what_can_never_be_polled_is_not_subscribed_to(url: str, settings: Settings) -> None:
    with pytest.raises(InputError, match=r"is no http or https URL, such as|is longer than 2048 characters"):
        subscriptions.add(settings, url, "", "", "")
    assert not settings.data_dir.exists()


def test_a_password_is_refused_and_not_shown(settings: Settings, tmp_path: Path) -> None:
    url = "https://me:hunt@er2@harbour.example/rss"
    with pytest.raises(InputError) as caught:
        subscriptions.add(settings, url, "", "", "")
    (tmp_path / "list.opml").write_bytes(LIST.replace(b"gopher://old.example/", url.encode()))
    _, _, problems = subscriptions.import_opml(settings, str(tmp_path / "list.opml"))
    told = "https://***@harbour.example/rss holds a user or password, which is never sent; write it without them"
    assert str(caught.value) == told
    assert f"line 7: xmlUrl {told}" in problems
    assert urls(settings) == ["https://harbour.example/rss"]


def test_a_feed_that_an_older_version_took_by_another_spelling_stays_one(settings: Settings) -> None:
    with Warehouse.open(settings.data_dir) as warehouse:
        warehouse.feeds.add([Feed("https://Harbour.example", country="gb"), Feed("https://me:hunter2@old.example/")])
    told = subscriptions.add(settings, "https://harbour.example/", "Harbour Wire", "", "")
    assert told == "known already; now with title Harbour Wire"
    old, _ = sorted(subscriptions.feeds(settings), key=lambda feed: feed.url)
    assert old == Feed("https://Harbour.example", title="Harbour Wire", country="gb")
    assert subscriptions.remove(settings, "https://Harbour.example")
    assert subscriptions.remove(settings, "https://me:hunter2@old.example/")
    assert urls(settings) == []


def test_what_is_exported_is_what_was_imported(settings: Settings, tmp_path: Path) -> None:
    subscriptions.import_opml(settings, "")
    exported = subscriptions.export_opml(settings)
    feeds, problems = read_opml(exported)
    assert problems == []
    assert sorted(feeds, key=lambda feed: feed.url) == sorted(subscriptions.feeds(settings), key=lambda feed: feed.url)


def test_a_check_tells_which_feeds_answer_and_stores_nothing(settings: Settings, site: Loopback) -> None:
    site.on("/rss", body=RSS, headers=RSS_TYPE)
    for path in ("/rss", "/none"):
        subscriptions.add(settings, site.url(path), "", "", "")
    code, shown = checked(settings)
    assert code == 1
    assert f"{site.url('/rss')}: 1 entries" in shown
    assert f"not_found      {site.url('/none')}" in shown
    subscriptions.remove(settings, site.url("/none"))
    assert checked(settings)[0] == 0
    assert len(site.asked("/rss")) == 2
    assert "if-none-match" not in site.asked("/rss")[1].headers  # nothing was remembered of the first check


def test_a_check_of_one_feed_shows_what_would_be_stored(settings: Settings, site: Loopback) -> None:
    site.on("/rss", body=RSS, headers={**RSS_TYPE, "ETag": '"1"'})
    code, shown = checked(settings, site.url("/rss"))
    assert code == 0
    for words in ("Harbour Wire", "Shells for Kyiv", "<https://harbour.example/1>", "ETag", "next poll"):
        assert words in shown


def test_a_site_names_its_feeds(settings: Settings, site: Loopback) -> None:
    head = '<link rel="alternate" type="application/rss+xml" href="/news.xml">'
    site.on("/", body=f"<html><head>{head}</head><body>News</body></html>".encode(), headers=HTML_TYPE)
    site.on("/news.xml", body=RSS, headers=RSS_TYPE)
    assert subscriptions.discover(settings, site.url("/")) == ([site.url("/news.xml")], [])


def test_only_what_answers_as_a_feed_is_shown_and_what_was_not_asked_is_told(
    settings: Settings, site: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "MOST_ASKED", 3)
    links = "".join(f'<a href="{path}">RSS</a>' for path in ("/news-feed", "/rss-policy.pdf", "/a.rss", "/b.rss"))
    site.on("/", body=f"<html><body>{links}</body></html>".encode(), headers=HTML_TYPE)
    site.on("/rss-policy.pdf", body=b"%PDF-1.7", headers={"Content-Type": "application/pdf"})
    site.on("/a.rss", body=RSS, headers=RSS_TYPE)
    command = ["feeds", "discover", site.url("/"), "--allow-private", "127.0.0.1", "--data", str(settings.data_dir)]
    shown = CliRunner().invoke(cli.app, command, env={"DATELINE_HOST_GAP_SECONDS": "0"})
    assert shown.exit_code == 0
    assert shown.stdout == f"{site.url('/a.rss')}\n"
    assert shown.stderr == f"not asked: {site.url('/b.rss')}\n"


def test_a_site_that_names_none_is_tried_at_the_usual_addresses(settings: Settings, site: Loopback) -> None:
    site.on("/", body=b"<html><body>News</body></html>", headers=HTML_TYPE)
    with pytest.raises(InputError, match="names no feed"):
        subscriptions.discover(settings, site.url("/"))
    site.on("/rss.xml", body=RSS, headers=RSS_TYPE)
    assert subscriptions.discover(settings, site.url("/")) == ([site.url("/rss.xml")], [])
