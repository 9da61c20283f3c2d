"""A story that is dated anew, by its feed or by its page, keeps the days of its statements: runs against loopback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from flows import pipeline, subscriptions
from flows.reprocess import reprocess
from flows.settings import Settings, load_settings
from storage import queries
from storage.opening import private_file
from tests.loopback import Loopback

FIRST = datetime(2026, 11, 17, 10, tzinfo=UTC)  # a Tuesday
AGAIN = FIRST + timedelta(days=9)
TITLE = "Kyiv asks for air defence"
TEXT = (
    "Ukraine needs more air defence against Russian missiles, Defence Minister Ann Able said on Monday in Kyiv. "
    "Russian forces struck Kharkiv and Odesa with drones and missiles in the night, the Air Force of Ukraine said. "
    "The ministry said that the war has cost the country a third of its power plants. "
)
HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(declared: str) -> bytes:
    head = f'<meta property="article:published_time" content="{declared}">' if declared else ""
    return (
        f'<html lang="en"><head><title>{TITLE}</title>{head}</head><body><article><h1>{TITLE}</h1>'
        f"<p>{TEXT}</p><p>{TEXT.replace('Monday', 'Monday evening')}</p></article></body></html>"
    ).encode()


def rss(site: Loopback, title: str, published: datetime) -> bytes:
    return (
        '<rss version="2.0"><channel><title>One</title><item><guid>1</guid>'
        f"<title>{title}</title><link>{site.url('/1')}</link>"
        f"<pubDate>{published:%a, %d %b %Y %H:%M:%S} GMT</pubDate></item></channel></rss>"
    ).encode()


def atom(site: Loopback, title: str, updated: datetime) -> bytes:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>One</title><id>f</id><entry><id>1</id>'
        f'<title>{title}</title><link href="{site.url("/1")}"/><updated>{updated:%Y-%m-%dT%H:%M:%SZ}</updated>'
        "</entry></feed>"
    ).encode()


def run(settings: Settings, moment: datetime) -> None:
    pipeline.run(settings, all_feeds=True, clock=lambda: moment)


def monday(settings: Settings) -> set[tuple[str, str]]:
    found = queries.fetch(settings.data_dir, "FROM statements WHERE date_text LIKE '%Monday%' AND vanished_at IS NULL")
    return {(str(row["said_from"]), row["date_basis"]) for row in found}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(tmp_path, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0)


@pytest.mark.parametrize("declared", ["2026-11-17T09:00:00+00:00", ""])
def test_a_feed_that_dates_a_story_anew_moves_no_statement(declared: str, settings: Settings) -> None:
    with Loopback() as site:
        site.on("/feed", body=rss(site, TITLE, FIRST))
        site.on("/1", body=page(declared), headers=HTML)
        subscriptions.add(settings, site.url("/feed"), "", "", "")
        run(settings, FIRST + timedelta(hours=1))
        assert monday(settings) == {("2026-11-16", "explicit")}
        site.on("/feed", body=rss(site, f"{TITLE} (updated)", AGAIN))
        run(settings, AGAIN + timedelta(hours=1))
        assert len(site.asked("/1")) == 2
    assert monday(settings) == {("2026-11-16", "explicit")}


def test_a_page_that_dates_itself_anew_moves_no_statement(settings: Settings) -> None:
    with Loopback() as site:
        site.on("/feed", body=rss(site, TITLE, FIRST))
        site.on("/1", body=page("2026-11-17T09:00:00+00:00"), headers=HTML)
        subscriptions.add(settings, site.url("/feed"), "", "", "")
        run(settings, FIRST + timedelta(hours=1))
        site.on("/feed", body=rss(site, f"{TITLE} (updated)", AGAIN))
        site.on("/1", body=page("2026-11-26T09:00:00+00:00"), headers=HTML)
        run(settings, AGAIN + timedelta(hours=1))
    assert monday(settings) == {("2026-11-16", "explicit")}
    assert reprocess(settings, pages=True)["reread"] == 1
    assert monday(settings) == {("2026-11-16", "explicit")}


@pytest.mark.parametrize("before", ["published = NULL", "published = NULL, day = '2026-11-24'", "day = '2026-11-24'"])
def test_a_better_date_is_taken_from_a_page_that_is_kept(before: str, settings: Settings) -> None:
    """As if an older version had found no date in the page, only a day, or a later one."""
    with Loopback() as site:
        site.on("/feed", body=rss(site, TITLE, FIRST))
        site.on("/1", body=page("2026-11-17T09:00:00+00:00"), headers=HTML)
        subscriptions.add(settings, site.url("/feed"), "", "", "")
        run(settings, FIRST + timedelta(hours=1))
    with duckdb.connect(str(private_file(settings.data_dir))) as connection:
        connection.execute("UPDATE stories SET published = published + INTERVAL 7 DAYS, digest = 0")
        connection.execute(f"UPDATE stories SET {before}")
    reprocess(settings, pages=True)
    [story] = queries.fetch(settings.data_dir, "FROM stories")
    assert (story["published"], story["day"]) == (FIRST - timedelta(hours=1), FIRST.date())
    assert monday(settings) == {("2026-11-16", "explicit")}


def test_a_feed_that_tells_only_updates_goes_behind_the_page(settings: Settings) -> None:
    with Loopback() as site:
        site.on("/feed", body=atom(site, TITLE, AGAIN))
        site.on("/1", body=page("2026-11-17T09:00:00+00:00"), headers=HTML)
        subscriptions.add(settings, site.url("/feed"), "", "", "")
        run(settings, AGAIN + timedelta(hours=1))
    assert monday(settings) == {("2026-11-16", "explicit")}
