"""Page bytes → story text and metadata.

The text is body.py's; what the page says about itself is markup.py's; here the two are weighed: which title, which
date, and whether the page is a story at all or a teaser, a consent wall, a live blog, a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from urllib.parse import urljoin, urlsplit

import htmldate

from extractors.body import letters, lexicon, read_body, read_fragment
from extractors.links import clean_url, site_of
from extractors.markup import Markup, plain, read_markup
from extractors.records import Entry, StoryKind
from extractors.timestamps import read_timestamp

SHORTEST = 250
"""Characters below which a text is no story."""

LONGEST_FRAGMENT = 500_000
"""Characters of HTML that are taken from a feed's item."""

LONGEST_WALL = 4_000
"""Characters that a consent wall's own text may have."""

LONGEST_TEASER = 2_500
"""Characters below which a page that asks for a subscription, and says that it is not free, is a teaser."""

LISTS = frozenset({"CollectionPage", "SearchResultsPage", "ProfilePage"})


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says. ``text`` has one paragraph a line."""

    title: str
    text: str
    published: datetime | None  # aware, with the offset that was written; None where no time or no zone is given
    published_day: date | None  # the day, as the page writes it, also where no time is given
    date_source: str  # feed, page, url, none
    language: str  # ISO 639-1, "" where the page does not say
    kind: StoryKind
    canonical_url: str  # on the site of the page's own URL, else that URL
    outlet: str
    author: str
    description: str = ""
    noindex: bool = False
    noai: bool = False


def read_page(
    html: bytes,
    *,
    url: str,
    content_type: str = "",
    entry: Entry | None = None,
    now: datetime | None = None,
    time_zone: str = "",
) -> Page:
    """Read a page. ``entry``: the feed's item for it, whose date goes first. ``time_zone`` (IANA): the outlet's, for
    times without one. Raises InputError where the bytes are no page."""
    now = now or datetime.now(UTC)
    markup = read_markup(html, content_type)
    outlet = _outlet(markup)
    title = _title(markup, outlet)
    description = markup.first("og:description", "description", "twitter:description")
    text = read_body(
        markup.tree,
        url=url,
        site=site_of(url),
        titles=[title, *_titles(markup)],
        description=description,
        article_body=_article_body(markup),
    )
    published, day, source = _date(markup, url, entry, now, time_zone)
    robots = markup.first("robots").lower()
    return Page(
        title=title,
        text=text,
        published=published,
        published_day=day,
        date_source=source,
        language=_language(markup),
        kind=_kind(markup, url, title, text),
        canonical_url=_canonical(markup, url),
        outlet=outlet,
        author=_author(markup),
        description=description,
        noindex="noindex" in robots,
        noai="noai" in robots,
    )


def full_text(fragment: str) -> str:
    """The text of the HTML that a feed carries, one paragraph a line; "" where it is only the story's beginning."""
    if _search(lexicon()["paywall"]["cut_end"], plain(fragment[-2_000:])):
        return ""
    return read_fragment(fragment[:LONGEST_FRAGMENT]) if fragment.strip() else ""


def _article_body(markup: Markup) -> str:
    return max((_prose(found.get("articleBody")) for found in markup.articles), key=len, default="")


def _prose(value: object) -> str:
    return value if isinstance(value, str) else ""


def _titles(markup: Markup) -> list[str]:
    named = [plain(found.get("headline")) or plain(found.get("name")) for found in markup.articles]
    heads = [" ".join(h1.text_content().split()) for h1 in markup.tree.iter("h1")]
    return [one for one in [*named, *markup.meta.get("og:title", ()), *heads, _document_title(markup)] if one]


def _document_title(markup: Markup) -> str:
    return next((" ".join((one.text or "").split()) for one in markup.tree.iter("title")), "")


def _title(markup: Markup, outlet: str) -> str:
    """The headline. JSON-LD's, unless the page shows a much longer one that og:title agrees with: search engines cut
    headlines, so publishers write a short one for them."""

    def without_tail(text: str) -> str:
        return _without_outlet(text, outlet)

    headline = next((plain(found.get("headline")) for found in markup.articles if found.get("headline")), "")
    shown = [without_tail(" ".join(h1.text_content().split())) for h1 in markup.tree.iter("h1")]
    shared = without_tail(markup.first("og:title", "twitter:title"))
    headline = without_tail(headline)
    if headline and shared and letters(shared) in map(letters, shown) and len(shared) > 1.3 * len(headline):
        return shared
    return headline or shared or next((one for one in shown if one), "") or without_tail(_document_title(markup))


def _without_outlet(title: str, outlet: str) -> str:
    """``Talks resume - The Gazette`` → ``Talks resume``."""
    tails = {letters(outlet), *_tails()} - {""}
    while True:
        head, mark, tail = _last_part(title)
        reduced = letters(tail)
        if not mark or not head or not (reduced in tails or (outlet and reduced and reduced in letters(outlet))):
            return title
        title = head


def _last_part(title: str) -> tuple[str, str, str]:
    found = re.match(r"(.*\S)\s+([|·•»–—-])\s+(.+)$", title) or re.match(r"(.*\S)\s*([|])\s*(.+)$", title)
    return (found[1], found[2], found[3]) if found else (title, "", "")


@cache
def _tails() -> frozenset[str]:
    return frozenset(letters(one) for one in lexicon()["outlets"]["title_tails"])


def _outlet(markup: Markup) -> str:
    publishers = (found.get("publisher") for found in markup.articles)
    named = next((plain(one.get("name")) for one in publishers if isinstance(one, dict) and one.get("name")), "")
    return markup.first("og:site_name") or named or markup.first("application-name", "cre")


def _author(markup: Markup) -> str:
    for found in markup.articles:
        authors = found.get("author")
        names = [
            plain(one.get("name") if isinstance(one, dict) else one)
            for one in (authors if isinstance(authors, list) else [authors])
        ]
        joined = ", ".join(dict.fromkeys(name for name in names if name and not name.startswith("http")))
        if joined:
            return joined
    named = markup.first("author", "article:author", "parsely-author", "dc.creator", "byl")
    return "" if named.startswith("http") else named


def _language(markup: Markup) -> str:
    root = markup.tree.getroottree().getroot()
    declared = (
        root.get("lang")
        or root.get("{http://www.w3.org/XML/1998/namespace}lang")
        or root.get("xml:lang")
        or next((plain(found.get("inLanguage")) for found in markup.articles if found.get("inLanguage")), "")
        or markup.first("og:locale", "content-language", "dc.language", "language")
    )
    found = re.match(r"[a-z]{2}(?![a-z])", declared.strip().lower())
    return found[0] if found else ""


def _canonical(markup: Markup, url: str) -> str:
    links = [one.get("href") or "" for one in markup.tree.iter("link") if "canonical" in (one.get("rel") or "").lower()]
    for written in [*links, markup.first("og:url")]:
        if written.strip():
            try:
                target = urljoin(url, written.strip())
                path = urlsplit(target).path.strip("/")
            except ValueError:
                continue
            # A canonical link to the home page is a template's mistake.
            if (
                target.startswith("http")
                and site_of(target) == site_of(url)
                and (path or not urlsplit(url).path.strip("/"))
            ):
                return clean_url(target)
    return clean_url(url)


def _date(
    markup: Markup, url: str, entry: Entry | None, now: datetime, time_zone: str
) -> tuple[datetime | None, date | None, str]:
    fed = entry.published if entry is not None else None
    quality = entry.date_quality if entry is not None else "missing"
    if fed is not None and quality == "exact":
        return fed, fed.date(), "feed"
    day: date | None = None
    for written in _written_dates(markup):
        stamp = read_timestamp(written, now=now, time_zone=time_zone)
        if stamp.instant is None or stamp.quality in ("future", "stale", "missing"):
            continue
        if stamp.quality == "exact" or (time_zone and re.search(r"\d:\d\d", written)):
            return stamp.instant, stamp.instant.date(), "page"
        day = day or stamp.instant.date()
    if fed is not None and quality == "no_zone":
        return fed, fed.date(), "feed"
    if day:
        return None, day, "page"
    return None, *_guessed_day(markup, url, now)


def _written_dates(markup: Markup) -> Iterator[str]:
    for found in markup.articles:
        yield plain(found.get("datePublished")) or plain(found.get("dateCreated"))
    for name in (
        "article:published_time",
        "og:published_time",
        "og:article:published_time",
        "datepublished",
        "parsely-pub-date",
        "sailthru.date",
        "cxenseparse:publishtime",
        "cxenseparse:recs:publishtime",
        "article.published",
        "published_at",
        "pubdate",
        "publish-date",
        "publishdate",
        "publish_date",
        "published-date",
        "publication_date",
        "dc.date.issued",
        "dcterms.issued",
        "dcterms.created",
        "dc.date",
        "dc.date.created",
        "prism.publicationdate",
        "datecreated",
        "article_date_original",
        "date",
    ):
        yield from markup.meta.get(name, ())
    for found in markup.pages:
        yield plain(found.get("datePublished"))
    for element in markup.tree.iter("time"):
        if element.get("itemprop") == "datePublished" or element.get("pubdate") is not None:
            yield element.get("datetime") or ""
    heads = list(markup.tree.iter("h1"))
    if len(heads) == 1:
        # The first time that stands near the headline is the story's.
        near = heads[0]
        for _ in range(3):
            near = near.getparent() if near.getparent() is not None else near
            times = [one.get("datetime") or "" for one in near.iter("time")]
            if times:
                yield times[0]
                break


def _guessed_day(markup: Markup, url: str, now: datetime) -> tuple[date | None, str]:
    found = re.search(r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?:/|-|$)", urlsplit(url).path)
    latest = (now + timedelta(days=1)).date()
    if found:
        try:
            day = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            pass
        else:
            if day <= latest:
                return day, "url"
    try:
        guessed = htmldate.find_date(
            markup.tree, url=url, extensive_search=False, original_date=True, max_date=latest.isoformat()
        )
        return (date.fromisoformat(guessed), "page") if guessed else (None, "none")
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None, "none"


def _kind(markup: Markup, url: str, title: str, text: str) -> StoryKind:
    lists = lexicon()
    path = urlsplit(url).path
    shown = " ".join(markup.tree.text_content().split())[:50_000]
    if len(text) < LONGEST_WALL and not markup.articles:
        asked = sum(_search(phrase, shown) for phrase in lists["consent"]["phrases"])
        if asked >= 3 or (len(text) < SHORTEST and _search(lists["challenge"]["phrase"], f"{title} {shown[:2000]}")):
            return StoryKind.CONSENT
    if (
        "LiveBlogPosting" in markup.types
        or _search(lists["live"]["url"], path)
        or _search(lists["live"]["title"], title)
    ):
        return StoryKind.LIVE
    if not path.strip("/") or (not markup.articles and markup.types & LISTS):
        return StoryKind.INDEX
    if len(text) < SHORTEST:
        return StoryKind.TEASER
    closed = any(str(found.get("isAccessibleForFree")).lower() == "false" for found in markup.articles)
    if len(text) < (LONGEST_TEASER if closed else SHORTEST * 4) and any(
        _search(phrase, shown) for phrase in lists["paywall"]["phrases"]
    ):
        return StoryKind.TEASER
    return StoryKind.STORY


def _search(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.I) is not None
