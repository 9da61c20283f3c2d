"""Stories whose pages name one canonical address: each is kept, unless they are one story."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows import pipeline, subscriptions
from flows.settings import Settings, load_settings
from storage import queries
from tests.loopback import Loopback

SUBJECTS = ("air defence", "drones", "shells", "grain", "prisoners", "sanctions", "loans", "bridges")
STORIES = "SELECT url, title FROM stories ORDER BY title"


def settings_of(folder: Path, **values: object) -> Settings:
    return load_settings(folder, allow_private_hosts=["127.0.0.1"], host_gap_seconds=0.0, **values)


def page(subject: str, canonical: str, paragraphs: int = 5) -> bytes:
    """A story on a subject, with a footer that all stories of its site share."""
    lines = [
        f'"Ukraine needs more than words on {subject}, and the war with Russia makes reason number {number} plain," '
        f"President Volodymyr Zelenskyy said in Kyiv on Monday about {subject}."
        for number in range(paragraphs)
    ]
    body = "".join(f"<p>{line}</p>" for line in [*lines, "Read more of our stories on the war in Ukraine every day."])
    return (
        f'<html lang="en"><head><title>Ukraine and {subject}</title><link rel="canonical" href="{canonical}"></head>'
        f"<body><article><h1>Ukraine and {subject}</h1>{body}</article></body></html>"
    ).encode()


def feed(site: Loopback, items: dict[str, str], name: str = "/rss.xml") -> None:
    """``items``: path → title."""
    written = "".join(
        f"<item><title>{title} in the war with Russia</title><link>{site.url(path.replace('&', '&amp;'))}</link></item>"
        for path, title in items.items()
    )
    body = f'<rss version="2.0"><channel><title>News</title>{written}</channel></rss>'
    site.on(name, body=body.encode(), headers={"Content-Type": "application/rss+xml"})


def publish(site: Loopback, path: str, content: bytes) -> None:
    site.on(path, body=content, headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.mark.parametrize("pages_per_run", [100, 3], ids=["in one run", "in several"])
@pytest.mark.parametrize("canonical", ["/news/", "/news.php"])
def test_stories_that_share_a_canonical_address_are_all_kept(
    canonical: str, pages_per_run: int, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, pages_per_run=pages_per_run)
    paths = {f"/news.php?id={number}": f"Ukraine and {subject}" for number, subject in enumerate(SUBJECTS)}
    with Loopback() as site:
        for path, title in paths.items():
            publish(site, path, page(title.removeprefix("Ukraine and "), site.url(canonical)))
        feed(site, paths)
        subscriptions.add(settings, site.url("/rss.xml"), "", "", "")
        for _ in range(3):
            pipeline.run(settings, all_feeds=True)
        stored = queries.fetch(tmp_path, STORIES)
        assert [row["title"] for row in stored] == sorted(paths.values())
        later = datetime.now(UTC) + timedelta(hours=7)  # all pages are read once more: what was decided stays so
        again = pipeline.run(settings_of(tmp_path), clock=lambda: later)
        assert (again["pages"], again["new_stories"], again["changed_stories"]) == (len(paths), 0, 0)


@pytest.mark.parametrize("again", [False, True])
def test_pages_of_one_story_stay_one_story(again: bool, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    with Loopback() as site:
        for path, paragraphs in (("/1", 5), ("/amp/1", 4)):
            publish(site, path, page("drones", site.url("/1"), paragraphs))
        feed(site, {"/1": "Ukraine and drones"} | ({} if again else {"/amp/1": "Ukraine and drones"}))
        subscriptions.add(settings, site.url("/rss.xml"), "", "", "")
        pipeline.run(settings, all_feeds=True)
        if again:
            feed(site, {"/amp/1": "Ukraine and drones"})
            pipeline.run(settings, all_feeds=True)
        assert [row["url"] for row in queries.fetch(tmp_path, STORIES)] == [site.url("/1")]
