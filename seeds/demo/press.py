"""The demo site's answers: outlets, stories and templates set into feeds and pages. Pure functions of those files.

``outlets.toml`` says what each feed shows, ``stories/*.toml`` hold the texts, ``templates/`` the markup.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from importlib.resources import files
from string import Template
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
