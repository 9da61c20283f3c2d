"""A small news site of our own writing, served on loopback: what ``./run demo`` and the tests poll.

    with serve() as site:
        print(site.opml_url)        # lists every feed of the site
        site.revise()               # one story changes, as stories do

    python -m seeds.demo.site --port 8901

The outlets do not exist. The stories retell public events of 2022 to 2025 in our own words, and their quotations are
paraphrases: they are there to show constructions, and are not citable. ``outlets.toml`` says what each feed shows,
``stories/*.toml`` hold the texts, ``templates/`` the markup, ``expected.toml`` what a reader finds in each story.

The pages are pure functions of those files and of the base URL, so a second start on the same port answers a
conditional request for an unchanged page with 304.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from string import Template
from threading import Thread
from typing import Any

HERE = files("seeds.demo")


@dataclass(frozen=True, slots=True)
class Article:
    """A story of the demo. ``published`` and ``updated`` carry the outlet's own offset."""

    slug: str
    outlet: str  # its key in outlets.toml
    section: str
    title: str
    summary: str
    author: str
    published: datetime
    updated: datetime
    paragraphs: tuple[str, ...]
    pub_date: str | None = None  # what the feed says, where that is not RFC 822 of ``published``; "" for nothing
    paywall: bool = False

    @property
    def path(self) -> str:
        return f"/{self.outlet}/{self.published:%Y/%m/%d}/{self.slug}"

    @property
    def text(self) -> str:
        """The body as the pipeline stores it: one paragraph a line."""
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True)
class Channel:
    """A feed of the demo: an outlet's stories, or some of them, in one format."""

    outlet: str
    path: str
    format: str  # rss, atom, json
    stories: tuple[str, ...] = ()  # slugs; all of the outlet's where empty
    query: str = ""  # tracking parameters at the end of each link
    malformed: bool = False
    status: int = 200  # what the server answers instead of the feed, where not 200


@dataclass(frozen=True, slots=True)
class Resource:
    kind: str
    body: bytes
    modified: datetime
    status: int = 200

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


def load_articles(*, revised: bool = False) -> dict[str, Article]:
    """The stories by slug; ``revised`` gives those that have a second version as they stand after it."""
    raw = {
        file.name.removesuffix(".toml"): tomllib.loads(file.read_text("utf-8"))
        for file in sorted((HERE / "stories").iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    }
    return {slug: _article(slug, raw, revised) for slug in raw}


def _article(slug: str, raw: dict[str, dict[str, Any]], revised: bool) -> Article:
    data = raw[slug]
    paragraphs = _paragraphs(data["text"])
    if "copy_of" in data:
        paragraphs = _paragraphs(raw[data["copy_of"]]["text"])[: data["copied_paragraphs"]] + paragraphs
    article = Article(
        slug=slug,
        paragraphs=paragraphs,
        updated=data["published"],
        pub_date=data.get("pub_date"),
        paywall=data.get("paywall", False),
        **{key: data[key] for key in ("outlet", "section", "title", "summary", "author", "published")},
    )
    if not revised or "revised" not in data:
        return article
    change = data["revised"]
    return replace(
        article,
        title=change["title"],
        updated=change["updated"],
        paragraphs=paragraphs + _paragraphs(change["append"]),
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.strip())


def load_outlets() -> dict[str, dict[str, Any]]:
    return tomllib.loads((HERE / "outlets.toml").read_text("utf-8"))


def load_channels() -> list[Channel]:
    return [
        Channel(outlet=key, stories=tuple(feed.get("stories", ())), **{k: v for k, v in feed.items() if k != "stories"})
        for key, outlet in load_outlets().items()
        for feed in outlet["feeds"]
    ]


def build(base_url: str, *, revised: bool = False) -> dict[str, Resource]:
    """Every answer of the site by path."""
    press = _Press(base_url, load_outlets(), load_articles(revised=revised))
    newest = max(article.updated for article in press.articles.values())
    resources = {article.path: press.page(article) for article in press.articles.values()}
    for channel in press.channels:
        resources[press.channel_path(channel)] = press.feed(channel)
    resources["/"] = Resource("text/html; charset=utf-8", press.front().encode(), newest)
    resources["/feeds.opml"] = Resource("text/x-opml; charset=utf-8", press.opml().encode(), newest)
    resources["/robots.txt"] = Resource("text/plain; charset=utf-8", b"User-agent: *\nAllow: /\n", newest)
    return resources


class _Press:
    """Sets outlets and articles in the templates."""

    def __init__(self, base_url: str, outlets: dict[str, dict[str, Any]], articles: dict[str, Article]) -> None:
        self.base_url = base_url
        self.outlets = outlets
        self.articles = articles
        self.channels = load_channels()
        self.templates = {
            file.name: Template(file.read_text("utf-8").removesuffix("\n")) for file in (HERE / "templates").iterdir()
        }

    def set(self, template: str, **values: str) -> str:
        return self.templates[template].substitute(values)

    def page(self, article: Article) -> Resource:
        others = [a for a in self.articles.values() if a.outlet == article.outlet and a != article]
        related = [f'<li><a href="{self.base_url}{a.path}">{escape(a.title)}</a></li>' for a in others]
        words = self.words(article)
        html = self.set(
            "page.html",
            **words,
            url=words["link"],
            section=escape(article.section),
            date_markup=self.date_markup(article),
            shown=f"{article.published:%d %B %Y, %H:%M}",
            body="\n".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in article.paragraphs),
            paywall=self.set("paywall.html", home=words["home"]) if article.paywall else "",
            related="\n".join(related),
        )
        return Resource("text/html; charset=utf-8", html.encode(), article.updated)

    def date_markup(self, article: Article) -> str:
        published, updated = article.published.isoformat(), article.updated.isoformat()
        if self.outlets[article.outlet]["page_date"] == "meta":
            return (
                f'<meta property="article:published_time" content="{published}">\n'
                f'<meta property="article:modified_time" content="{updated}">'
            )
        linked = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": article.title,
            "datePublished": published,
            "dateModified": updated,
            "author": {"@type": "Person", "name": article.author},
            "publisher": {"@type": "Organization", "name": self.outlets[article.outlet]["name"]},
        }
        return f'<script type="application/ld+json">{json.dumps(linked, ensure_ascii=False)}</script>'

    def words(self, article: Article) -> dict[str, str]:
        """What a template may say of an article, escaped."""
        outlet = self.outlets[article.outlet]
        pub_date = format_datetime(article.published) if article.pub_date is None else article.pub_date
        return {
            "title": escape(article.title),
            "summary": escape(article.summary),
            "author": escape(article.author),
            "outlet": escape(outlet["name"]),
            "tagline": escape(outlet["tagline"]),
            "home": f"{self.base_url}/{article.outlet}/",
            "link": self.base_url + article.path,
            "guid": f"tag:demo.example,{article.published:%Y-%m-%d}:{article.slug}",
            "iso": article.published.isoformat(),
            "updated": article.updated.isoformat(),
            "pub_date": f"<pubDate>{pub_date}</pubDate>" if pub_date else "",
        }

    def channel_path(self, channel: Channel) -> str:
        return f"/{channel.outlet}/{channel.path}"

    def shown_in(self, channel: Channel) -> list[Article]:
        shown = [
            article
            for article in self.articles.values()
            if article.outlet == channel.outlet and (not channel.stories or article.slug in channel.stories)
        ]
        return sorted(shown, key=lambda article: article.published, reverse=True)

    def feed(self, channel: Channel) -> Resource:
        articles = self.shown_in(channel)
        updated = max((article.updated for article in articles), default=datetime(2025, 1, 1, tzinfo=UTC))
        if channel.status != 200:
            answer = f"{channel.status}\n".encode()
            return Resource("text/plain; charset=utf-8", answer, updated, channel.status)
        if channel.format == "json":
            body = json.dumps(self.json_feed(channel, articles), ensure_ascii=False, indent=1)
            return Resource("application/feed+json; charset=utf-8", body.encode(), updated)
        item = {"rss": "rss_item.xml", "atom": "atom_entry.xml"}[channel.format]
        words = [self.words(article) for article in articles]
        for each in words:
            each["link"] += escape(channel.query)
        outlet = self.outlets[channel.outlet]
        body = self.set(
            f"{channel.format}.xml",
            items="\n".join(self.set(item, **each) for each in words),
            outlet=escape(outlet["name"]),
            tagline=escape(outlet["tagline"]),
            home=f"{self.base_url}/{channel.outlet}/",
            url=self.base_url + self.channel_path(channel),
            updated=updated.isoformat(),
        )
        data = body.encode()
        if channel.malformed:
            data = data.replace(b"&amp;", b"&").replace(b"&#x27;", b"\x92", 1)
        return Resource(f"application/{channel.format}+xml; charset=utf-8", data, updated)

    def json_feed(self, channel: Channel, articles: Sequence[Article]) -> dict[str, object]:
        return {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.outlets[channel.outlet]["name"],
            "home_page_url": f"{self.base_url}/{channel.outlet}/",
            "feed_url": self.base_url + self.channel_path(channel),
            "language": "en",
            "items": [
                {
                    "id": self.words(article)["guid"],
                    "url": self.base_url + article.path + channel.query,
                    "title": article.title,
                    "summary": article.summary,
                    "content_html": f"<p>{escape(article.summary, quote=False)}</p>",
                    "date_published": article.published.isoformat(),
                    "authors": [{"name": article.author}],
                }
                for article in articles
            ],
        }

    def front(self) -> str:
        feeds = [self.base_url + self.channel_path(channel) for channel in self.channels]
        return self.set(
            "front.html",
            feeds="\n".join(f'<li><a href="{url}">{url}</a></li>' for url in feeds),
            stories="\n".join(
                f'<li>{escape(self.outlets[a.outlet]["name"])}: <a href="{a.path}">{escape(a.title)}</a></li>'
                for a in self.articles.values()
            ),
        )

    def opml(self) -> str:
        outlines = [
            self.set(
                "outline.xml",
                outlet=escape(outlet["name"]),
                path=channel.path,
                url=self.base_url + self.channel_path(channel),
                home=f"{self.base_url}/{channel.outlet}/",
                country=outlet["country"],
                time_zone=outlet["time_zone"],
            )
            for channel in self.channels
            for outlet in [self.outlets[channel.outlet]]
        ]
        return self.set("opml.xml", outlines="\n".join(outlines))


class Site:
    """The running server. Made by ``serve``."""

    def __init__(self, port: int) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.opml_url = f"{self.base_url}/feeds.opml"
        self.feed_urls = tuple(f"{self.base_url}/{channel.outlet}/{channel.path}" for channel in load_channels())
        self.resources = build(self.base_url)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="demo-site", daemon=True)
        self._thread.start()

    def revise(self) -> None:
        """From now on serve the second version of the stories that have one."""
        self.resources = build(self.base_url, revised=True)

    def wait(self) -> None:
        """Block until the server is closed or the process interrupted."""
        self._thread.join()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(body_wanted=True)

            def do_HEAD(self) -> None:
                self._answer(body_wanted=False)

            def _answer(self, *, body_wanted: bool) -> None:
                resource = site.resources.get(self.path.partition("?")[0])
                if resource is None:
                    now = datetime.now(UTC)
                    resource = Resource("text/plain; charset=utf-8", b"no such page\n", now, 404)
                fresh = resource.status == 200 and is_fresh(
                    resource, self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
                )
                body = b"" if fresh else resource.body
                self.send_response(304 if fresh else resource.status)
                if resource.status == 200:
                    self.send_header("ETag", resource.etag)
                    self.send_header("Last-Modified", _http_date(resource.modified))
                if not fresh:
                    self.send_header("Content-Type", resource.kind)
                    self.send_header("Vary", "Accept-Encoding")
                    if "gzip" in self.headers.get("Accept-Encoding", ""):
                        body = gzip.compress(body, mtime=0)
                        self.send_header("Content-Encoding", "gzip")
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if body_wanted and body:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: the pipeline reports what it fetched."""

        return Handler


def is_fresh(resource: Resource, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Does the client hold this version? The entity tag decides where both are sent (RFC 9110, 13.2.2)."""
    if if_none_match is not None:
        return resource.etag in if_none_match
    return if_modified_since == _http_date(resource.modified)


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


@contextmanager
def serve(port: int = 0) -> Iterator[Site]:
    """Serve the site on 127.0.0.1 for the time of a ``with`` block; port 0 takes a free one."""
    site = Site(port)
    try:
        yield site
    finally:
        site.close()


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m seeds.demo.site", description="Serve the demo site on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=8901, help="0 takes a free one (default: %(default)s)")
    with serve(parser.parse_args(argv).port) as site:
        print(f"{site.base_url}/  feeds: {site.opml_url}  (Ctrl-C stops)", flush=True)
        try:
            site.wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
