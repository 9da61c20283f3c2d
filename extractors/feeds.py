"""Feed bytes to entries: RSS, Atom, RDF, CDF by feedparser, JSON Feed and Google News sitemaps by readers of our own.

feedparser is tolerant, and that is what it is kept for; what it is not good at is done here: the charset
(extractors.decoding), the dates (extractors.timestamps), bombs (refused before it sees them), and identity.
It is given bytes in memory only, because a str or bytes that look like a path or URL it would open.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import feedparser
from lxml import etree

from extractors.decoding import decode
from extractors.errors import InputError
from extractors.links import clean_url, joined, without_scheme
from extractors.plain_rss import read_plain_rss
from extractors.records import Entry
from extractors.timestamps import Timestamp, read_timestamp

MAX_BODY = 10_000_000
MAX_ITEMS = 1_000
MAX_TEXT = 200_000
MAX_ENTITIES = 50
MAX_DOCTYPE = 64_000
FULL_TEXT = 1_200
"""A description of so many characters is the story itself."""
LEAD = 500
OLD = timedelta(days=30)

RULES = ("guid", "link", "link_date", "text")
"""What identifies an entry within its feed, best first. A feed whose guids or links repeat falls to the next."""


class FeedError(InputError):
    """A document that is no feed that we can take. ``outcome`` is one of flows.outcomes.OUTCOMES."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(outcome, message)
        self.outcome = outcome

    def __str__(self) -> str:
        return str(self.args[1])


@dataclass(frozen=True, slots=True)
class Hints:
    """What the feed asks of those who poll it. Hours are in GMT, weekdays 0 = Monday (RSS Advisory Board profile)."""

    ttl: timedelta | None = None
    update_period: timedelta | None = None  # sy:updatePeriod / sy:updateFrequency
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FeedDocument:
    """What one feed document holds."""

    version: str  # feedparser's name of the format, "json" or "sitemap-news"
    title: str = ""
    site: str = ""
    language: str = ""
    entries: tuple[Entry, ...] = ()
    rejected: tuple[str, ...] = ()  # why an item is not among the entries
    hints: Hints = field(default_factory=Hints)
    bozo: str = ""  # the class of feedparser's complaint
    encoding: str = ""
    replaced: int = 0  # bytes that were no character
    key_rule: str = "guid"
    held: Entry | None = None  # the last item of a document that was cut within it
    cut: bool = False  # the document does not end


def read_feed(
    body: bytes,
    *,
    url: str,
    feed_url: str = "",
    content_type: str = "",
    now: datetime,
    time_zone: str = "",
    day_first: bool | None = None,
    key_rule: str = "guid",
) -> FeedDocument:
    """The feed in ``body``, fetched from ``url``. Raises FeedError (empty, html, not_a_feed, bomb, too_large, parse).

    ``feed_url`` is the address that the entries are booked under, ``url`` unless given. ``now`` judges dates in the
    future and stands in for them; ``time_zone`` (IANA) is for dates without a zone, ``day_first`` for dates such as
    3/4/2026; ``key_rule`` is the rule that the feed has come down to so far (RULES).
    """
    if len(body) > MAX_BODY:
        raise FeedError("too_large", f"{len(body):,} bytes, above {MAX_BODY:,}")
    decoded = decode(body, content_type)
    text = decoded.text.lstrip("\ufeff \t\r\n")
    if not text.strip("\x00 \t\r\n"):
        raise FeedError("empty", "the body is empty")
    reading = _Reading(url=url, feed_url=feed_url or url, now=now, time_zone=time_zone, day_first=day_first)
    if text[0] in "{[":
        document = _read_json(text, reading)
    else:
        _refuse_bomb(text)
        # What XML forbids would throw feedparser onto its loose path.
        text = _ILLEGAL.sub("", _DECLARATION.sub("", text, count=1))
        if re.match(r"(?:\s|<!--.*?-->)*<urlset\b", text[:4000], re.DOTALL):
            document = _read_sitemap(text, reading)
        elif _is_html(text):
            raise FeedError(
                "html", "an HTML page, no feed: look for the feed's own address with `dateline feeds discover`"
            )
        else:
            document = _read_xml(text, reading)
    entries, rule = keyed(_flag_old(document.entries), key_rule)
    held = entries[-1] if document.held and entries else None
    return replace(
        document,
        entries=_without_doubles(entries[:-1] if held else entries),
        held=held,
        key_rule=rule,
        encoding=decoded.encoding,
        replaced=decoded.replaced,
    )


def keyed(entries: Sequence[Entry], rule: str) -> tuple[tuple[Entry, ...], str]:
    """The entries with their keys, and the first rule from ``rule`` on under which no two different entries clash."""
    for candidate in RULES[RULES.index(rule) :]:
        with_keys = tuple(replace(entry, key=entry_key(entry, candidate)) for entry in entries)
        if candidate == RULES[-1] or not _clash(with_keys):
            return with_keys, candidate
    raise AssertionError("the last rule always holds")


def entry_key(entry: Entry, rule: str) -> str:
    """The key of an entry under a rule: 24 hexadecimal digits. Where a guid is the link, both rules give the same."""
    text = f"{entry.title}\n{entry.content_hash}"
    if rule == "guid" and entry.guid:
        # A fragment tells the posts of one page apart, so guids with one are taken as they are.
        basis = entry.guid if "#" in entry.guid else clean_url(entry.guid) or entry.guid
    elif rule == "link_date":
        basis = f"{entry.url}\n{entry.published_raw or text}"
    elif rule == "text":
        basis = text
    else:
        basis = entry.url or text
    return key_of(basis)


def key_of(basis: str) -> str:
    """The key of what is known by a guid, a link or its words."""
    return hashlib.sha256(without_scheme(basis).encode()).hexdigest()[:24]


def _clash(entries: Iterable[Entry]) -> bool:
    """Do two entries share a key that do not share link and title?"""
    first: dict[str, Entry] = {}
    return any(
        (other.url, other.title) != (entry.url, entry.title)
        for entry in entries
        if (other := first.setdefault(entry.key, entry)) is not entry
    )


def plain_text(markup: str) -> str:
    """The words of an HTML fragment on one line. Linear in its length, whatever it holds."""
    if "<" in markup:
        parts: list[str] = []
        position, skipped = 0, ""
        for tag in _TAG.finditer(markup):
            if not skipped:
                parts.append(markup[position : tag.start()])
            position = tag.end()
            name = (tag["name"] or "").lower()
            if skipped:
                if tag["end"] and name == skipped:
                    skipped = ""
            elif name in _UNREAD and not tag["end"]:
                skipped = name
            elif name and name not in _INLINE:
                parts.append(" ")
        if not skipped:
            parts.append(markup[position:])
        markup = "".join(parts)
    if "&" in markup:
        markup = html.unescape(markup)
    return " ".join(markup.replace("\u00ad", "").split())


_TAG = re.compile(r"<!--(?:(?!-->|<!--).)*+-->|<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)[^<>]*+>", re.DOTALL)
_DIGIT = re.compile(r"\d")
_UNREAD = frozenset({"script", "style", "noscript", "iframe", "svg"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q"}
    | {"s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr"}
)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]{0,500}\?>")
_ITEM_END = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>")
_ITEM_START = re.compile(r"<(?:\w+:)?(?:item|entry)[\s>]")
_ROOT_END = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What every item of a document is read with."""

    url: str
    feed_url: str
    now: datetime
    time_zone: str
    day_first: bool | None

    def entry(
        self,
        *,
        link: str = "",
        guid: str = "",
        title: str = "",
        summary: str = "",
        content: str = "",
        author: str = "",
        language: str = "",
        dates: Iterable[tuple[str, str]] = (),  # (source, raw), the best first
        updated: str = "",
    ) -> Entry:
        raw_url = _absolute(self.url, link.strip())
        lead, body = plain_text(summary[:MAX_TEXT]), content[:MAX_TEXT]
        text = plain_text(body)
        if not body and len(lead) >= FULL_TEXT:
            body, text = summary[:MAX_TEXT], lead
        if len(lead) > LEAD and text.startswith(lead[:LEAD]):
            lead = lead[:LEAD].rsplit(" ", 1)[0] + " …"
        heading = plain_text(title[:MAX_TEXT])
        source, raw = next(((source, raw) for source, raw in dates if raw.strip()), ("none", ""))
        stamp, changed = self._stamp(raw), self._stamp(updated)
        published = stamp.instant
        if stamp.quality == "future":
            published = self.now
        elif stamp.quality == "stale":
            published = None
        return Entry(
            feed_url=self.feed_url,
            key="",
            url=clean_url(raw_url),
            raw_url=raw_url,
            guid=guid.strip()[:2_048],
            title=heading,
            summary=lead,
            content=body,
            author=plain_text(author[:1_000]),
            language=language[:35],
            published=published,
            published_raw=raw.strip()[:120],
            updated=changed.instant if changed.quality in ("exact", "no_zone") else None,
            date_source=source if stamp.instant else "none",
            date_quality=stamp.quality,
            content_hash=_hash(heading, lead, text),
        )

    def _stamp(self, raw: str) -> Timestamp:
        return read_timestamp(raw, now=self.now, time_zone=self.time_zone, day_first=self.day_first)


def _read_xml(text: str, reading: _Reading) -> FeedDocument:
    text, dropped = _first_items(text)
    parsed = read_plain_rss(text) or _parsed(text)
    if not parsed.version:
        raise FeedError("not_a_feed", f"neither RSS nor Atom nor any other feed, but begins {text[:60]!r}")
    feed = parsed.feed
    entries, rejected = _each(parsed.entries, lambda item: _from_feedparser(item, feed, reading))
    if dropped:
        rejected = (*rejected, f"{dropped} items beyond the first {MAX_ITEMS}")
    bozo = type(parsed.bozo_exception).__name__ if parsed.bozo else ""
    cut = bool(bozo) and not _ROOT_END.search(text)
    last_end = max((match.end() for match in _ITEM_END.finditer(text)), default=0)
    within = cut and _ITEM_START.search(text, last_end) is not None
    return FeedDocument(
        version=parsed.version,
        title=plain_text(_text(feed.get("title"))[:MAX_TEXT]),
        site=clean_url(joined(reading.url, _text(feed.get("link")))),
        language=_text(feed.get("language"))[:35],
        entries=entries,
        rejected=rejected,
        hints=_hints(feed, text),
        bozo=bozo,
        held=entries[-1] if within and entries else None,
        cut=cut,
    )


def _parsed(text: str) -> Any:
    try:
        return feedparser.parse(
            io.BytesIO(b'<?xml version="1.0" encoding="utf-8"?>\n' + text.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except Exception as error:  # it has no errors of its own: a broken <width> is a TypeError
        raise FeedError("parse", f"feedparser gave up: {type(error).__name__}: {error}"[:300]) from None


def _from_feedparser(item: Any, feed: Any, reading: _Reading) -> Entry:
    guid = _text(item.get("id"))
    link = _text(item.get("feedburner_origlink")) or _text(item.get("link"))
    if item.get("guidislink") and link == guid and not re.match(r"https?://", guid, re.IGNORECASE):
        link = ""  # isPermaLink defaults to true, so feedparser takes any guid for a link
    if not link:
        links = [_text(each.get("href")) for each in item.get("links", ()) if each.get("rel") == "alternate"]
        link = next(filter(None, links), "")
    contents = [_text(part.get("value")) for part in item.get("content", ())]
    # `in`, because feedparser answers a missing "updated" with "published"
    published = _text(item["published"]) if "published" in item else ""
    updated = _text(item["updated"]) if "updated" in item else ""
    detail = item.get("title_detail") or {}
    return reading.entry(
        link=link,
        guid=guid,
        title=_text(item.get("title")),
        summary=_text(item.get("summary")),
        content=max(contents, key=len, default=""),
        author=_text(item.get("author")),
        language=_text(detail.get("language")) or _text(feed.get("language")),
        dates=[("published", published), ("updated", updated), ("created", _text(item.get("created")))],
        updated=updated,
    )


def _read_json(text: str, reading: _Reading) -> FeedDocument:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FeedError("not_a_feed", f"neither XML nor JSON ({error})") from None
    if not isinstance(data, dict) or "jsonfeed.org" not in _text(data.get("version")):
        raise FeedError("not_a_feed", "JSON, but no JSON Feed (its version names jsonfeed.org)")
    language = _text(data.get("language"))

    def entry(item: Any) -> Entry:
        authors = item.get("authors") or [item.get("author") or {}]
        return reading.entry(
            link=_text(item.get("url")) or _text(item.get("external_url")),
            guid=_text(item.get("id")),
            title=_text(item.get("title")),
            summary=_text(item.get("summary")),
            content=_text(item.get("content_html")) or html.escape(_text(item.get("content_text")), quote=False),
            author=", ".join(filter(None, (_text(author.get("name")) for author in authors))),
            language=_text(item.get("language")) or language,
            dates=[("published", _text(item.get("date_published"))), ("updated", _text(item.get("date_modified")))],
            updated=_text(item.get("date_modified")),
        )

    items = data.get("items")
    items = items if isinstance(items, list) else []
    entries, rejected = _each(items[:MAX_ITEMS], entry)
    if len(items) > MAX_ITEMS:
        rejected = (*rejected, f"{len(items) - MAX_ITEMS} items beyond the first {MAX_ITEMS}")
    return FeedDocument(
        version="json",
        title=plain_text(_text(data.get("title"))[:MAX_TEXT]),
        site=clean_url(_text(data.get("home_page_url"))),
        language=language[:35],
        entries=entries,
        rejected=rejected,
    )


_SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "n": "http://www.google.com/schemas/sitemap-news/0.9"}


def _read_sitemap(text: str, reading: _Reading) -> FeedDocument:
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, remove_comments=True)
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    urls = (
        []
        if root is None
        else [url for url in root.iterfind("s:url", _SITEMAP) if url.find("n:news", _SITEMAP) is not None]
    )
    if root is None or not urls:
        raise FeedError("not_a_feed", "a sitemap without news entries")

    def entry(url: Any) -> Entry:
        def value(path: str) -> str:
            return str(url.findtext(path, "", _SITEMAP)).strip()

        return reading.entry(
            link=value("s:loc"),
            guid=value("s:loc"),
            title=html.escape(value("n:news/n:title"), quote=False),
            language=value("n:news/n:publication/n:language"),
            dates=[("published", value("n:news/n:publication_date")), ("updated", value("s:lastmod"))],
            updated=value("s:lastmod"),
        )

    entries, rejected = _each(urls[:MAX_ITEMS], entry)
    if len(urls) > MAX_ITEMS:
        rejected = (*rejected, f"{len(urls) - MAX_ITEMS} items beyond the first {MAX_ITEMS}")
    name = urls[0].findtext("n:news/n:publication/n:name", "", _SITEMAP).strip()
    cut = not re.search(r"</urlset\s*>", text)
    return FeedDocument(version="sitemap-news", title=name, entries=entries, rejected=rejected, cut=cut)


def _each(items: Sequence[Any], read: Callable[[Any], Entry]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Every item by itself, so that a bad one loses only itself."""
    entries: list[Entry] = []
    rejected: list[str] = []
    for position, item in enumerate(items, 1):
        try:
            entries.append(read(item))
        except Exception as error:
            rejected.append(f"item {position}: {type(error).__name__}: {error}"[:300])
    return tuple(entries), tuple(rejected)


def _refuse_bomb(text: str) -> None:
    start = re.search(r"<!DOCTYPE\b", text[:MAX_DOCTYPE], re.IGNORECASE)
    if not start:
        return
    subset = re.compile(r"[^\[>]*+(?:>|\[)").match(text, start.end())
    if subset and subset.group().endswith(">"):
        return
    end = re.compile(r"\]\s*>").search(text, start.end())
    if end is None and len(text) - start.start() <= MAX_DOCTYPE:
        return  # a cut document
    if end is None or end.end() - start.start() > MAX_DOCTYPE:
        raise FeedError("bomb", f"a DOCTYPE of more than {MAX_DOCTYPE:,} characters")
    declared = dict(
        re.findall(r"<!ENTITY\s+(?:%\s+)?([^\s\"'>]+)\s+(\"[^\"]*\"|'[^']*')", text[start.end() : end.end()])
    )
    if text.count("<!ENTITY", start.end(), end.end()) > MAX_ENTITIES:
        raise FeedError("bomb", f"more than {MAX_ENTITIES} entities declared")
    if any(name in declared for value in declared.values() for name in re.findall(r"[&%]([^;&%\s]{1,100});", value)):
        raise FeedError("bomb", "entities made of entities")


def _is_html(text: str) -> bool:
    start = re.match(
        r"(?:\s|<!--.*?-->|<\?[^>]*>)*<(!DOCTYPE\s+html\b|html[\s>])", text[:20_000], re.IGNORECASE | re.DOTALL
    )
    return start is not None and not re.search(r"<(?:\w+:)?(?:rss|feed|rdf)[\s>]", text[:20_000], re.IGNORECASE)


def _first_items(text: str) -> tuple[str, int]:
    """The document without the items beyond the first MAX_ITEMS, and how many those are."""
    if text.count("<item") + text.count("<entry") <= MAX_ITEMS:
        return text, 0
    ends = [match.end() for match in _ITEM_END.finditer(text)]
    if len(ends) <= MAX_ITEMS:
        return text, 0
    return text[: ends[MAX_ITEMS - 1]] + text[ends[-1] :], len(ends) - MAX_ITEMS


_PERIODS = {
    "always": timedelta(0),
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "dayly": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _hints(feed: Any, text: str) -> Hints:
    period = _PERIODS.get(_text(feed.get("sy_updateperiod")).strip().lower())
    times = _number(_text(feed.get("sy_updatefrequency")) or "1")
    ttl = _number(_text(feed.get("ttl")))
    # feedparser keeps only the last hour and day.
    first = _ITEM_START.search(text)
    head = text[: first.start()] if first else text[:MAX_TEXT]
    hours = re.findall(r"<hour>\s*(\d{1,2})\s*</hour>", head, re.IGNORECASE)
    days = re.findall(r"<day>\s*(\w+)\s*</day>", head, re.IGNORECASE)
    return Hints(
        ttl=timedelta(minutes=min(ttl, 1e6)) if ttl > 0 else None,
        update_period=period / times if period and times > 0 else None,
        skip_hours=frozenset(int(hour) % 24 for hour in hours),
        skip_days=frozenset(_WEEKDAYS.index(day.lower()) for day in days if day.lower() in _WEEKDAYS),
    )


def _flag_old(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries much older than the newest, posts that stay at the top say: exact, but they tell nothing of the feed's
    pace."""
    newest = max((entry.published for entry in entries if entry.published), default=None)
    return tuple(
        replace(entry, date_quality="old")
        if newest and entry.published and entry.published < newest - OLD and entry.date_quality == "exact"
        else entry
        for entry in entries
    )


def _without_doubles(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.key, entry)
    return tuple(first.values())


def _hash(*parts: str) -> str:
    """What tells a changed entry: its words, without spaces, and without what counts or dates its readers."""
    parts = tuple(_unsteady().sub("", part) if _DIGIT.search(part) else part for part in parts)
    return hashlib.sha256("\x1f".join("".join(part.split()) for part in parts).encode()).hexdigest()[:24]


@cache
def _unsteady() -> re.Pattern[str]:
    data = tomllib.loads(files("extractors.lexicons").joinpath("feeds.toml").read_text("utf-8"))
    return re.compile("|".join(f"(?:{one})" for one in data["unsteady"]["patterns"]), re.IGNORECASE)


def _number(text: str) -> float:
    try:
        value = float(text.strip())
    except ValueError:
        return 0.0
    return value if 0 < value < 1e9 else 0.0


def _absolute(base: str, link: str) -> str:
    """The link as an absolute URL, which most are; "" where there is none."""
    return link if not link or link.startswith(("https://", "http://")) else joined(base, link)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
