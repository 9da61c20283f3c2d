"""Page bytes → story text and metadata.

The text is body.py's, what is believed of the markup metadata.py's; here it is judged whether the page is a story at
all, or a teaser, a consent wall, a live blog, a list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from extractors import metadata
from extractors.body import Body, letters, lexicon, read_body, read_fragment, visible_text
from extractors.links import site_of
from extractors.markup import Markup, plain, read_markup
from extractors.outlets import outlet_of
from extractors.records import Entry, StoryKind

SHORTEST = 250
"""Characters below which a text is no story."""

LONGEST_FRAGMENT = 500_000
"""Characters of HTML that are taken from a feed's item."""

LONGEST_WALL = 4_000
"""Characters that a consent wall's own text may have."""

LONGEST_TEASER, LONGEST_CLOSED_TEASER = 1_000, 2_500
"""Characters below which a page that asks for a subscription is a teaser, the second where it says that it is not
free."""

MOST_LINKED = 0.3
"""Share of links in a text from which it is no story's (38 real ones have at most 0.09)."""

TITLE_WORDS = 5
"""Words of a title from which its text must hold one of them."""

FEWEST_HEADLINES = 5
"""Linked headlines from which an undated page that nothing describes as an article is a list."""

MOST_HEADLINES = 30
"""Headlines that are looked at."""

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
    now: datetime,
    time_zone: str = "",
) -> Page:
    """Read a page. ``entry``: the feed's item for it, whose date goes first. ``now``: dates behind it are not believed.
    ``time_zone`` (IANA): for times without one, "" for that of the listed outlet. Raises InputError where the bytes are
    no page."""
    markup = read_markup(html, content_type)
    listed = outlet_of(url)
    time_zone = time_zone or (listed.time_zone if listed else "")
    day_first = listed.day_first if listed else None
    title, author = metadata.title_of(markup, url), metadata.author_of(markup, url)
    description = markup.first("og:description", "description", "twitter:description")
    body = read_body(
        markup.tree,
        url=url,
        site=site_of(url),
        titles=[title, *metadata.titles_of(markup)],
        description=description,
        author=author,
        article_body=metadata.article_body(markup, url),
    )
    published, day, source = metadata.date_of(markup, url, entry, now, time_zone, day_first)
    robots = markup.first("robots").lower()
    return Page(
        title=title,
        text=body.text,
        published=published,
        published_day=day,
        date_source=source,
        language=metadata.language_of(markup),
        kind=_kind(markup, url, title, body, dated=source != "none"),
        canonical_url=metadata.address_of(markup, url),
        outlet=metadata.outlet_of_page(markup),
        author=author,
        description=description,
        noindex="noindex" in robots,
        noai="noai" in robots,
    )


def full_text(fragment: str) -> str:
    """The text of the HTML that a feed carries, one paragraph a line; "" where it is only the story's beginning."""
    if _search(lexicon()["paywall"]["cut_end"], plain(fragment[-2_000:])):
        return ""
    return read_fragment(fragment[:LONGEST_FRAGMENT]) if fragment.strip() else ""


def _kind(markup: Markup, url: str, title: str, body: Body, *, dated: bool) -> StoryKind:
    lists, text = lexicon(), body.text
    path = urlsplit(url).path
    short = len(text) < SHORTEST
    shown = visible_text(markup.tree) if len(text) < LONGEST_WALL else ""
    if shown and not markup.articles:
        asked = sum(_search(phrase, shown if short else text) for phrase in lists["consent"]["phrases"])
        if asked >= 3 or (short and _search(lists["challenge"]["phrase"], f"{title} {shown[:2000]}")):
            return StoryKind.CONSENT
    live = lists["live"]
    if "LiveBlogPosting" in markup.types or _search(live["url"], path) or _search(live["title"], title):
        return StoryKind.LIVE
    described = dated or bool(markup.articles) or markup.first("og:type").lower() == "article"
    if _is_home(url) or (not described and _lists_stories(markup, text)):
        return StoryKind.INDEX
    closed = any(str(found.get("isAccessibleForFree")).lower() == "false" for found in markup.articles)
    longest = LONGEST_CLOSED_TEASER if closed else LONGEST_TEASER
    asks = any(_search(phrase, shown) for phrase in lists["paywall"]["phrases"])
    walled = len(text) < longest and (asks or (closed and len(text) < LONGEST_TEASER))
    doubtful = body.linked > MOST_LINKED or not _on_its_title(title, text)
    return StoryKind.TEASER if short or walled or doubtful else StoryKind.STORY


def _on_its_title(title: str, text: str) -> bool:
    """Does the text hold a word of its title? One that holds none of several is that of a box or of another page.

    Words count by their first letters, as forms differ.
    """
    wanted = {word[:5] for word in letters(title).split() if len(word) >= 5}
    return len(wanted) < TITLE_WORDS or not wanted.isdisjoint(word[:5] for word in letters(text).split())


def _is_home(url: str) -> bool:
    """An address without a path, and without a number in its query: ``/?p=123`` is a story's. Of a page whose address
    is not known nobody can tell."""
    parts = urlsplit(url)
    return bool(parts.netloc) and not parts.path.strip("/") and not re.search(r"\d{2}", parts.query)


def _lists_stories(markup: Markup, text: str) -> bool:
    """Does the page say that it is a list, or show a headline of another page for every two of its lines?

    A story may have a list beside it: the headlines of a list stand over the lines themselves.
    """
    headlines = [
        heading
        for heading in markup.tree.iter("h2", "h3", "h4")
        if heading.find(".//a") is not None or _within_link(heading)
    ]
    if len(headlines) < max(FEWEST_HEADLINES, text.count("\n") / 2):
        return bool(markup.types & LISTS)
    lines = {letters(line) for line in text.split("\n")}
    shown = [letters(_below(heading)) for heading in headlines[:MOST_HEADLINES]]
    return len(text) < SHORTEST or sum(one in lines for one in shown) * 2 >= len(lines)


def _below(heading: HtmlElement) -> str:
    """The first paragraph after a heading."""
    found = heading.xpath("string(following::p[1])")
    return " ".join(found.split()) if isinstance(found, str) else ""


def _within_link(element: HtmlElement) -> bool:
    return next(element.iterancestors("a"), None) is not None


def _search(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.I) is not None
