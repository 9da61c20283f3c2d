"""What of a page's markup is believed: its headline, date, author, outlet, language and address.

Several of them are written in several places that disagree: JSON-LD, Open Graph, meta names, the headline shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import htmldate
from lxml.html import HtmlElement

from extractors.body import letters, lexicon, read_fragment
from extractors.links import clean_url, site_of
from extractors.markup import Markup, plain
from extractors.records import Entry
from extractors.timestamps import read_timestamp

MUCH_LONGER = 1.3
"""How much longer than JSON-LD's the shown headline must be to be the real one."""

NEAR, LONGEST_DATE = 60, 60
"""Elements after the headline that may show the date, and characters that such a line has."""

DATE_NAMES = (
    *("article:published_time", "og:published_time", "og:article:published_time", "datepublished", "parsely-pub-date"),
    *("sailthru.date", "cxenseparse:publishtime", "cxenseparse:recs:publishtime", "article.published", "published_at"),
    *("pubdate", "publish-date", "publishdate", "publish_date", "published-date", "publication_date"),
    *("dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dc.date.created", "prism.publicationdate"),
    *("datecreated", "article_date_original", "date"),
)
"""Meta names that give the publication date, the most specific first."""


def own_articles(markup: Markup) -> tuple[dict[str, Any], ...]:
    """The JSON-LD articles that are the page's own: those with its headline, where a page describes others too."""
    heads = {letters(one) for one in [*_shown(markup), *markup.meta.get("og:title", ())]}
    own = [found for found in markup.articles if letters(plain(found.get("headline"))) in heads]
    return tuple(own) if own and len(markup.articles) > 2 else markup.articles


def title_of(markup: Markup, url: str) -> str:
    """The headline, without the outlet's name.

    JSON-LD's, unless the page shows a much longer one that og:title agrees with: search engines cut headlines, so
    publishers write a short one for them.
    """
    names = {outlet_of_page(markup), site_of(url).partition(".")[0]}
    given = next((plain(found.get("headline")) for found in own_articles(markup) if found.get("headline")), "")
    headline = without_outlet(given, names)
    shown = [without_outlet(one, names) for one in _shown(markup)]
    shared = without_outlet(markup.first("og:title", "twitter:title"), names)
    if headline and shared and letters(shared) in map(letters, shown) and len(shared) > MUCH_LONGER * len(headline):
        return shared
    return (
        headline or shared or next((one for one in shown if one), "") or without_outlet(_document_title(markup), names)
    )


def titles_of(markup: Markup) -> list[str]:
    """All that the page's headline is known as."""
    named = [plain(found.get("headline")) or plain(found.get("name")) for found in markup.articles]
    return [one for one in [*named, *markup.meta.get("og:title", ()), *_shown(markup), _document_title(markup)] if one]


def without_outlet(title: str, names: set[str]) -> str:
    """The title without the outlet's ``names`` and sections at its end.

    >>> without_outlet("Talks resume in Vienna | World News | The Gazette", {"The Gazette"})
    'Talks resume in Vienna'
    """
    known = {letters(name).replace(" ", "").removeprefix("the") for name in names} - {""}
    sections = {letters(one) for one in lexicon()["outlets"]["title_tails"]}
    while found := re.match(r"(.*\S)(?:\s+([·•»–—-])\s+|\s*(\|)\s*)(.+)$", title):
        tail = letters(found[4])
        joined = tail.replace(" ", "").removeprefix("the")
        outlet = bool(joined) and any(joined == one or (len(joined) > 3 and one.startswith(joined)) for one in known)
        if not (
            outlet or (found[3] and tail in sections) or re.fullmatch(r"[\w-]+\.(?:com|org|net|ua|[a-z]{2})", found[4])
        ):
            return title
        title = found[1]
    return title


def outlet_of_page(markup: Markup) -> str:
    """The outlet as the page names it."""
    publishers = (found.get("publisher") for found in markup.articles)
    named = next((plain(one.get("name")) for one in publishers if isinstance(one, dict) and one.get("name")), "")
    return markup.first("og:site_name") or named or markup.first("application-name", "cre")


def author_of(markup: Markup) -> str:
    """The authors' names, separated by commas."""
    for found in own_articles(markup):
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


def language_of(markup: Markup) -> str:
    """The ISO 639-1 code that the page declares, or ""."""
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


def address_of(markup: Markup, url: str) -> str:
    """The canonical URL, where it lies on the site of ``url`` and is no home page (a template's mistake)."""
    links = [one.get("href") or "" for one in markup.tree.iter("link") if "canonical" in (one.get("rel") or "").lower()]
    at_home = not urlsplit(url).path.strip("/")
    for written in filter(None, (one.strip() for one in [*links, markup.first("og:url")])):
        try:
            target = clean_url(urljoin(url, written))
        except ValueError:
            continue
        if target and site_of(target) == site_of(url) and (at_home or urlsplit(target).path.strip("/")):
            return target
    return clean_url(url)


def article_body(markup: Markup) -> str:
    """The text that JSON-LD gives as the article's, one paragraph a line."""
    given = max(
        (one for found in own_articles(markup) if isinstance(one := found.get("articleBody"), str)), key=len, default=""
    )
    if re.search(r"<(?:p|br)\b", given):
        return read_fragment(given)
    return "\n".join(filter(None, (plain(line) for line in given.split("\n"))))


def date_of(
    markup: Markup, url: str, entry: Entry | None, now: datetime, time_zone: str, day_first: bool | None
) -> tuple[datetime | None, date | None, str]:
    """The publication instant, or only its day, and where it is from (feed, page, url, none).

    The feed's goes first, then JSON-LD's and the meta elements' with time and zone, then what is less exact: a feed's
    without a zone, a page's day, the day in the URL, and what htmldate finds without guessing.
    """
    fed = entry.published if entry is not None else None
    quality = entry.date_quality if entry is not None else "missing"
    if fed is not None and quality == "exact":
        return fed, fed.date(), "feed"
    naive: datetime | None = None
    day: date | None = None
    for written in _written_dates(markup):
        stamp = read_timestamp(written, now=now, time_zone=time_zone, day_first=day_first)
        if stamp.instant is None or stamp.quality not in ("exact", "no_zone"):
            continue
        if stamp.quality == "exact":
            return stamp.instant, stamp.instant.date(), "page"
        if time_zone and re.search(r"\d:\d\d", written):
            naive = naive or stamp.instant
        day = day or stamp.instant.date()
    if naive:
        return naive, naive.date(), "page"
    if fed is not None and quality == "no_zone":
        return fed, fed.date(), "feed"
    if day:
        return None, day, "page"
    latest = (now + timedelta(days=1)).date()
    if (named := _day_in(url)) and named <= latest:
        return None, named, "url"
    guessed = _guessed_day(markup, url, latest)
    return None, guessed, "page" if guessed else "none"


def _shown(markup: Markup) -> list[str]:
    return [" ".join(h1.text_content().split()) for h1 in markup.tree.iter("h1")]


def _document_title(markup: Markup) -> str:
    return next((" ".join((one.text or "").split()) for one in markup.tree.iter("title")), "")


def _written_dates(markup: Markup) -> Iterator[str]:
    for found in own_articles(markup):
        yield plain(found.get("datePublished")) or plain(found.get("dateCreated"))
    for name in DATE_NAMES:
        yield from markup.meta.get(name, ())
    for found in markup.pages:
        yield plain(found.get("datePublished"))
    for element in markup.tree.iter("time"):
        if element.get("itemprop") == "datePublished" or element.get("pubdate") is not None:
            yield element.get("datetime") or ""
    yield from _dates_shown(markup)


def _dates_shown(markup: Markup) -> Iterator[str]:
    """What stands near the only headline: the first time element, then the first lines that may be dates."""
    heads = list(markup.tree.iter("h1"))
    if len(heads) != 1:
        return
    near = list(heads[0].iterancestors())[:3]
    yield from next(filter(None, ([one.get("datetime") or "" for one in e.iter("time")][:1] for e in near)), ())
    after = heads[0].xpath("following::*[not(self::script or self::style)]")
    for element in after[:NEAR] if isinstance(after, list) else ():
        line = " ".join(element.text_content().split()) if isinstance(element, HtmlElement) else ""
        if len(line) <= LONGEST_DATE and re.search(r"(?:19|20)\d\d", line):
            yield line


def _day_in(url: str) -> date | None:
    found = re.search(r"/((?:19|20)\d\d)[/-](\d{1,2})[/-](\d{1,2})(?:/|-|$)", urlsplit(url).path)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _guessed_day(markup: Markup, url: str, latest: date) -> date | None:
    try:
        found = htmldate.find_date(
            markup.tree, url=url, extensive_search=False, original_date=True, max_date=latest.isoformat()
        )
    except Exception:
        # Other people's code over other people's markup: where it breaks, the date is not known.
        return None
    return date.fromisoformat(found) if found else None
