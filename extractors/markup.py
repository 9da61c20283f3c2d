"""What a page says about itself in its markup: JSON-LD, meta elements, links and headings. Nothing is guessed here."""

from __future__ import annotations

import html as entities
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from extractors.decoding import decode
from extractors.errors import InputError

ARTICLE_TYPES = frozenset(
    {
        "Article",
        "NewsArticle",
        "ReportageNewsArticle",
        "AnalysisNewsArticle",
        "AskPublicNewsArticle",
        "BackgroundNewsArticle",
        "OpinionNewsArticle",
        "ReviewNewsArticle",
        "AdvertiserContentArticle",
        "SatiricalArticle",
        "BlogPosting",
        "LiveBlogPosting",
        "SocialMediaPosting",
        "Report",
        "TechArticle",
        "ScholarlyArticle",
    }
)
"""schema.org Article and what is derived from it, as far as publishers use it."""

LARGEST = 5_000_000
DEEPEST = 200
MOST = 50_000
LONGEST_NAMES = 2_000
"""Bytes, levels and elements of a page (news pages have up to 2 million, 60 and 5,000), and characters of a class:
what is beyond is cut, so that no page takes long or recurses deep."""


@dataclass(frozen=True, slots=True)
class Markup:
    """A parsed page. ``meta``: lower-case name, property or itemprop → contents in order.
    ``articles``: the JSON-LD objects that describe an article, the page's own first."""

    tree: HtmlElement
    meta: dict[str, list[str]] = field(default_factory=dict)
    articles: tuple[dict[str, Any], ...] = ()
    types: frozenset[str] = frozenset()  # every @type of the page's JSON-LD
    pages: tuple[dict[str, Any], ...] = ()  # JSON-LD WebPage objects

    def first(self, *names: str) -> str:
        """The first content that one of the meta names has, "" if none."""
        for name in names:
            for value in self.meta.get(name, ()):
                if value:
                    return value
        return ""


def read_markup(html: bytes, content_type: str = "") -> Markup:
    """Parse a page. Raises InputError where there is nothing to parse."""
    body = html[:LARGEST]
    text = decode(body, content_type if "charset" in content_type.lower() else _declared(body)).text
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
    # A declaration inside a str makes lxml refuse it, and the charset it names is not ours any more.
    text = re.sub(r"^\s*<\?xml[^>]*>", "", text)
    if not text.strip():
        raise InputError("the page is empty")
    try:
        tree = document_fromstring(
            text.encode("utf-8", "replace"),
            parser=HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=False),
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise InputError(f"the page is no HTML: {error}") from None
    _bound(tree)
    objects = [found for script in tree.iter("script") for found in _linked_data(script)]
    articles = [found for found in objects if kinds_of(found) & ARTICLE_TYPES]
    return Markup(
        tree=tree,
        meta=_meta(tree),
        articles=tuple(articles),
        types=frozenset(kind for found in objects for kind in kinds_of(found)),
        pages=tuple(found for found in objects if "WebPage" in kinds_of(found)),
    )


def kinds_of(thing: dict[str, Any]) -> frozenset[str]:
    """The @type of a JSON-LD object, as a set and without its schema.org prefix."""
    kinds = thing.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return frozenset(kind.rsplit("/", 1)[-1].rsplit(":", 1)[-1] for kind in named if isinstance(kind, str))


def plain(value: object) -> str:
    """A JSON-LD or meta value as one line of text: tags and entities resolved (some sites escape twice)."""
    if isinstance(value, list):
        value = next((one for one in value if isinstance(one, str)), "")
    if not isinstance(value, str):
        return ""
    text = entities.unescape(entities.unescape(value)) if "&" in value else value
    return " ".join(re.sub(r"<[a-zA-Z/][^<>]{0,500}>", " ", text).split())


def _declared(body: bytes) -> str:
    found = re.search(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", body[:8192], re.I)
    return f"text/html; charset={found[1].decode('ascii')}" if found else ""


def _bound(tree: HtmlElement) -> None:
    """Cut what lies deeper, or comes later, than any article does."""
    depth = 0
    deep: list[HtmlElement] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start":
            if depth == DEEPEST:
                deep.append(element)
            for name in ("class", "id"):
                if len(element.get(name) or "") > LONGEST_NAMES:
                    del element.attrib[name]
    for element in deep:
        for child in list(element):
            element.remove(child)
    cut_after(tree, MOST)


def cut_after(tree: HtmlElement, count: int) -> None:
    """Keep the first ``count`` elements in document order."""
    for element in reversed(list(islice(tree.iter(), count, None))):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)


def _meta(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for element in tree.iter("meta"):
        content = element.get("content")
        if content is None:
            continue
        for attribute in ("property", "name", "itemprop", "http-equiv"):
            name = (element.get(attribute) or "").strip().lower()
            if name:
                found.setdefault(name, []).append(plain(content))
    return found


def _linked_data(script: HtmlElement) -> Iterator[dict[str, Any]]:
    if "ld+json" not in (script.get("type") or "").lower():
        return
    text = re.sub(r"^\s*(?:<!--|<!\[CDATA\[|//\s*<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$", "", script.text or "")
    try:
        data = json.loads(text.strip().rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        return
    # Breadth first: the page's own article stands above those that it mentions.
    queue: deque[tuple[object, int]] = deque([(data, 0)])
    for _ in range(MOST_THINGS):
        if not queue:
            return
        thing, depth = queue.popleft()
        if isinstance(thing, dict):
            yield thing
            below: Iterable[object] = (value for key, value in thing.items() if key not in MENTIONS)
        else:
            below = thing if isinstance(thing, list) else ()
        if depth < 6:
            queue.extend((one, depth + 1) for one in below if isinstance(one, (dict, list)))


MOST_THINGS = 2_000
"""JSON-LD objects and lists that are looked at in a script."""

MENTIONS = frozenset(
    {
        "hasPart",
        "liveBlogUpdate",
        "mentions",
        "about",
        "citation",
        "itemListElement",
        "isPartOf",
        "relatedLink",
        "comment",
    }
)
"""Properties whose values are other works than the page's own."""
