"""What of a page's markup is believed: its headline, date, author, outlet, language and address.

Several of them are written in several places that disagree: JSON-LD, Open Graph, meta names, the headline shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import htmldate
from lxml.html import HtmlElement

from extractors.body import letters, lexicon, read_fragment
from extractors.links import clean_url, joined, site_of, without_scheme
from extractors.markup import Markup, plain
from extractors.records import Entry
from extractors.timestamps import month_words, read_timestamp

MUCH_LONGER = 1.3
"""How much longer than JSON-LD's the shown headline must be to be the real one."""

SHORTEST_TITLE = 15
"""Characters from which a heading is believed to be the headline that a longer title begins or ends with."""

MOST_TAILS = 5
"""Names of outlets and sections at the end of a title."""

NEAR, LONGEST_DATE, FEW = 60, 160, 10
"""Elements after the headline that may show the date, and the characters and other words that such a line may have."""

DATE_NAMES = (
    *("article:published_time", "og:published_time", "og:article:published_time", "datepublished", "parsely-pub-date"),
    *("sailthru.date", "cxenseparse:publishtime", "cxenseparse:recs:publishtime", "article.published", "published_at"),
    *("pubdate", "publish-date", "publishdate", "publish_date", "published-date", "publication_date"),
    *("dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "dc.date.created", "prism.publicationdate"),
    *("datecreated", "article_date_original", "date"),
)
"""Meta names that give the publication date, the most specific first."""


PUBLISHED_NAMES = tuple(name for name in DATE_NAMES if "publish" in name or "pub-date" in name or "pubdate" in name)
"""Those of them that say publication, and not a first draft's time or any other."""


def own_articles(markup: Markup, url: str) -> tuple[dict[str, Any], ...]:
    """The JSON-LD articles that are the page's own: those with its headline or its address, where it describes others
    too."""
    if len(markup.articles) < 2:
        return markup.articles
    heads = {letters(one) for one in [*_shown(markup), *markup.meta.get("og:title", ())]} - {""}
    places = {without_scheme(clean_url(url)), without_scheme(address_of(markup, url))} - {""}
    own = tuple(
        found
        for found in markup.articles
        if letters(plain(found.get("headline"))) in heads or places.intersection(_places_of(found))
    )
    return own or markup.articles


def _places_of(article: dict[str, Any]) -> Iterator[str]:
    """The addresses that a JSON-LD article gives as its own."""
    for name in ("url", "@id", "mainEntityOfPage"):
        value = article.get(name)
        written = value.get("@id") or value.get("url") if isinstance(value, dict) else value
        if isinstance(written, str):
            yield without_scheme(clean_url(written))


def title_of(markup: Markup, url: str) -> str:
    """The headline, without the outlet's name.

    JSON-LD's, unless the page shows a much longer one that og:title agrees with: search engines cut headlines, so
    publishers write a short one for them.
    """
    names = {outlet_of_page(markup), site_of(url).partition(".")[0]}
    shown = [without_outlet(one, names) for one in _shown(markup)]

    def cleaned(title: str) -> str:
        return _as_shown(without_outlet(title, names), shown)

    own = own_articles(markup, url)
    headline = cleaned(next((plain(found.get("headline")) for found in own if found.get("headline")), ""))
    shared = cleaned(markup.first("og:title", "twitter:title"))
    if headline and shared and letters(shared) in map(letters, shown) and len(shared) > MUCH_LONGER * len(headline):
        return shared
    return (
        headline
        or shared
        or plain(markup.first("headline", "dc.title"))
        or next((one for one in shown if one and letters(one) not in map(letters, names)), "")
        or cleaned(_document_title(markup))
    )


def _as_shown(title: str, shown: Sequence[str]) -> str:
    """The title as a heading shows it, where it only adds names of outlets or sections to one end of that."""
    for heading in sorted(shown, key=len, reverse=True):
        if len(heading) >= SHORTEST_TITLE and heading != title:
            added = title.removeprefix(heading) if title.startswith(heading) else ""
            before = title.removesuffix(heading) if title.endswith(heading) else ""
            if re.match(r"(?:\s+[·•»–—-]+\s|\s*\|)\s*\S", added) or re.search(
                r"\S(?:\s+[·•»–—-]+|\s*[|:])\s+$", before
            ):
                return heading
    return title


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
    for _ in range(MOST_TAILS):
        found = re.match(r"(.*\S)(?:\s+([·•»–—-])\s+|\s*(\|)\s*)(.+)$", title)
        if found is None:
            break
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


def author_of(markup: Markup, url: str) -> str:
    """The authors' names, separated by commas."""
    for found in own_articles(markup, url):
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
    """The canonical URL, where it lies on the site of ``url`` and is no home page (a template's mistake).

    Where several pages name the same other page, only the one who has read them can tell (flows.reading).
    """
    links = [one.get("href") or "" for one in markup.tree.iter("link") if "canonical" in (one.get("rel") or "").lower()]
    at_home = not urlsplit(url).path.strip("/")
    for written in filter(None, (one.strip() for one in [*links, markup.first("og:url")])):
        target = clean_url(joined(url, written))
        if target and site_of(target) == site_of(url) and (at_home or urlsplit(target).path.strip("/")):
            return target
    return clean_url(url)


def article_body(markup: Markup, url: str) -> str:
    """The text that JSON-LD gives as the article's, one paragraph a line."""
    given = max(
        (one for found in own_articles(markup, url) if isinstance(one := found.get("articleBody"), str)),
        key=len,
        default="",
    )
    if re.search(r"<(?:p|br)\b", given):
        return read_fragment(given)
    return "\n".join(filter(None, (plain(line) for line in given.split("\n"))))


def date_of(
    markup: Markup, url: str, entry: Entry | None, now: datetime, time_zone: str, day_first: bool | None
) -> tuple[datetime | None, date | None, str]:
    """The publication instant, or only its day, and where it is from (feed, page, url, none).

    The feed's goes first, unless the page declares an earlier publication, or the feed's is one of an update; then
    JSON-LD's and the meta elements' with time and zone, then what is less exact: a feed's without a zone, a page's day,
    the day in the URL, and what htmldate finds without guessing.
    """
    fed = entry.published if entry is not None else None
    quality = entry.date_quality if entry is not None else "missing"
    if entry is not None and fed is not None and quality in ("exact", "old"):
        declared = _declared(markup, url, now, time_zone, day_first)
        return _earlier(declared, fed, bumped=entry.date_source == "updated") or (fed, fed.date(), "feed")
    naive: datetime | None = None
    day: date | None = None
    for written in _written_dates(markup, url):
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


def _declared(
    markup: Markup, url: str, now: datetime, time_zone: str, day_first: bool | None
) -> tuple[datetime | None, date] | None:
    """The publication that the page itself declares: its instant, and its day; None where it declares none."""
    written = [
        *(_written(found.get("datePublished")) for found in own_articles(markup, url)),
        *(one for name in PUBLISHED_NAMES for one in markup.meta.get(name, ())),
    ]
    for one in written:
        stamp = read_timestamp(one, now=now, time_zone=time_zone, day_first=day_first)
        if stamp.instant is not None and stamp.quality in ("exact", "no_zone"):
            timed = stamp.quality == "exact" or (time_zone and re.search(r"\d:\d\d", one))
            return stamp.instant if timed else None, stamp.instant.date()
    return None


def _earlier(
    declared: tuple[datetime | None, date] | None, fed: datetime, *, bumped: bool
) -> tuple[datetime | None, date, str] | None:
    """The declared publication where it goes before the feed's: it is earlier, or the feed gives only the time of an
    update (``bumped``). Of a day alone nobody knows the zone, so beside a true publication it must lie more than a day
    back."""
    if declared is None:
        return None
    instant, day = declared
    if instant is not None:
        return (instant, day, "page") if bumped or instant < fed else None
    return (None, day, "page") if day < fed.date() - timedelta(days=0 if bumped else 1) else None


def _written_dates(markup: Markup, url: str) -> Iterator[str]:
    for found in own_articles(markup, url):
        yield _written(found.get("datePublished")) or _written(found.get("dateCreated"))
    for name in DATE_NAMES:
        yield from markup.meta.get(name, ())
    for found in markup.pages:
        yield _written(found.get("datePublished"))
    for element in markup.tree.iter("time"):
        if element.get("itemprop") == "datePublished" or element.get("pubdate") is not None:
            yield element.get("datetime") or ""
    for element in _elements(markup.tree, "//*[@itemprop='datePublished' and not(self::meta or self::time)]"):
        yield element.get("content") or element.get("datetime") or " ".join(element.text_content().split())
    yield from _dates_shown(markup, title_of(markup, url))


def _written(value: object) -> str:
    """A date of JSON-LD's: text, or an epoch as a number."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else plain(value)


def _dates_shown(markup: Markup, title: str) -> Iterator[str]:
    """The first date that stands near the headline and is not one of an update: in a time element, or in a line."""
    head = _headline(markup, title)
    if head is None:
        return
    above = list(head.iterancestors())[:3]
    after = _elements(head, "following::*[not(self::script or self::style or ancestor-or-self::figure)]")[:NEAR]
    inside = [element for element in after if above and above[0] in element.iterancestors()]
    # Above the headline only beside it: a site's own bar there shows the day of today.
    beside = _elements(head, "preceding-sibling::*[not(self::header or self::nav)]/descendant-or-self::*")[-NEAR:]
    anywhere = islice((time for e in above for time in e.iter("time")), NEAR)
    for element in [*inside, *reversed(beside), *after, *anywhere]:
        written = element.get("datetime") if element.tag == "time" else ""
        names = element.get("class") or ""
        if written and ("publish" in names or not _LATER.search(names)):
            yield written
            return
        line = " ".join(element.text_content().split())
        if len(line) <= LONGEST_DATE and (found := dates_in(line)):
            holder = next(iter(element.iter("time")), None)
            yield (holder.get("datetime") if holder is not None else "") or found[0]
            return


def _elements(element: HtmlElement, path: str) -> list[HtmlElement]:
    found = element.xpath(path)
    return [one for one in found if isinstance(one, HtmlElement)] if isinstance(found, list) else []


def _headline(markup: Markup, title: str) -> HtmlElement | None:
    """The element that shows the headline."""
    wanted = letters(title)
    heads = list(markup.tree.iter("h1"))
    for element in [*heads, *markup.tree.iter("h2", "h3")]:
        if wanted and letters(element.text_content()) == wanted:
            return element
    return heads[0] if len(heads) == 1 else None


def dates_in(line: str) -> list[str]:
    """The dates that a line under a headline shows, those of publication before those of an update; none where the
    line is a sentence.

    >>> dates_in("Ann Lee | Updated 11 March 2026; published 10 March 2026, 17:42 EET")
    ['10 March 2026, 17:42 EET', '11 March 2026']
    """
    found = list(_shown_date().finditer(line))
    others = len(re.findall(r"\w+", _shown_date().sub(" ", line)))
    if not found or others > FEW or (others > 2 and re.search(r"\w[.!?][”\"]?$", line)):
        return []
    ends = [0, *(one.end() for one in found)]
    later = [bool(_LATER.search(line[end : one.start()])) for end, one in zip(ends, found, strict=False)]
    return [one["date"] for _, one in sorted(zip(later, found, strict=True), key=lambda pair: pair[0])]


_LATER = re.compile(r"updat|modif|edit|chang|оновлен|обновлен|змінен|изменен", re.I)


@cache
def _shown_date() -> re.Pattern[str]:
    months = "|".join(sorted(map(re.escape, month_words()), key=len, reverse=True))
    month, day, year = rf"(?:{months})\.?", r"\d{1,2}(?:st|nd|rd|th)?", r"(?:19|20)\d\d"
    clock = r"\d{1,2}[:.]\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?"
    zone = r"(?:\s?\(?(?:(?:GMT|UTC)\s?[+-]\d{1,2}(?::?\d\d)?|[A-Z]{2,5}\b|[+-]\d\d:?\d\d|Z)\)?)?"
    return re.compile(
        rf"""(?<![\w/.-])(?P<date>
            (?:{clock}{zone}[\s,·|–—-]+)?
            (?: {year}-\d\d-\d\d | {day}\.?[\s,-]+(?:of\s)?{month}[\s,-]+{year} | {month}\s+{day}[\s,]+{year}
              | \d{{1,2}}([./-])\d{{1,2}}\2{year} | {year}\s{month}\s{day} )
            (?![\w/])
            (?: (?:[\s,·|–—@T-]|\bat\b|\bоб?\b|\bв\b)+{clock}{zone} )?
        )""",
        re.I | re.X,
    )


def _shown(markup: Markup) -> list[str]:
    return [" ".join(h1.text_content().split()) for h1 in markup.tree.iter("h1")]


def _document_title(markup: Markup) -> str:
    return next((" ".join((one.text or "").split()) for one in markup.tree.iter("title")), "")


def _day_in(url: str) -> date | None:
    """The day that an address gives: ``/2026/03/10/``, ``/2026/mar/10/``, ``-2026-03-10.html``, ``/20260310-``."""
    path = urlsplit(url).path.lower()
    for found in _DAY_IN_PATH.finditer(path):
        year, month, day = (part for part in found.groups() if part)
        number = int(month) if month.isdigit() else month_words().get(month, 0)
        try:
            return date(int(year), number, int(day))
        except ValueError:
            continue
    return None


_DAY_IN_PATH = re.compile(
    r"(?<!\d)(20\d\d)(?:[/_-](\d{1,2}|[a-z]{3,9})[/_-](\d{1,2})|([01]\d)([0-3]\d))(?!\d)", re.ASCII
)


def _guessed_day(markup: Markup, url: str, latest: date) -> date | None:
    try:
        found = htmldate.find_date(
            markup.tree, url=url, extensive_search=False, original_date=True, max_date=latest.isoformat()
        )
    except Exception:
        # Other people's code over other people's markup: where it breaks, the date is not known.
        return None
    return date.fromisoformat(found) if found else None
