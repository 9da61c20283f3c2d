"""Subscription lists: OPML 2.0 in and out.

What OPML has no attribute for (country, kind, language, time zone) is written in a namespace of ours, and read with
or without it. What one exports, one gets back by importing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from xml.sax.saxutils import quoteattr

from lxml import etree

from extractors.decoding import decode
from extractors.errors import InputError
from extractors.links import clean_url, request_url, without_scheme
from extractors.records import Feed
from extractors.timestamps import is_time_zone

NAMESPACE = "urn:dateline:opml"
OWN = {"country": "country", "kind": "kind", "language": "language", "timeZone": "time_zone"}
"""Our attributes and the fields of Feed that they fill."""

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold."""


def read_opml(data: bytes) -> tuple[list[Feed], list[str]]:
    """The feeds of a list, nested or flat, each URL once, and what is wrong with the others, by line.

    An outline without xmlUrl is a folder; its path ("Ukraine/Agencies") is the category of the feeds within, unless
    they name their own. A time zone that is none is left out, and the feed taken. Raises InputError where
    the document is no OPML at all.
    """
    text = decode(data).text
    if "<!ENTITY" in text[: max(text.find("<opml"), 0)]:
        raise InputError("OPML: entity declarations are refused")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, remove_comments=True)
    root = etree.fromstring(_as_utf8(text), parser) if text.strip() else None
    body = None if root is None or root.tag.lower() != "opml" else root.find("body")
    if body is None:
        raise InputError("OPML: no <opml> with a <body>; is this a subscription list?")
    feeds: dict[str, Feed] = {}
    problems = [f"line {error.line}: {error.message}" for error in parser.error_log]
    for outline in body.iter("outline"):
        where = f"line {outline.sourceline}"
        url = _attribute(outline, "xmlUrl")
        if not url:
            if not len(outline):
                problems.append(f"{where}: outline {_attribute(outline, 'text')!r} has no xmlUrl and holds nothing")
            continue
        try:
            address = request_url(url)
        except InputError as error:
            problems.append(f"{where}: xmlUrl {error}")
            continue
        identity = without_scheme(clean_url(address)).rstrip("/")
        if identity in feeds:
            problems.append(f"{where}: {address} is in the list already")
        else:
            feed = replace(_feed(outline, url), url=address)
            if feed.time_zone and not is_time_zone(feed.time_zone):
                problems.append(
                    f"{where}: {address}: its time zone {feed.time_zone!r} is left out; write an IANA name, such as "
                    "Europe/Kyiv"
                )
                feed = replace(feed, time_zone="")
            feeds[identity] = feed
    return list(feeds.values()), problems


def write_opml(feeds: Iterable[Feed], *, title: str = "dateline") -> bytes:
    """The list as OPML 2.0 in UTF-8, flat, the folders in ``category``."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:d="{NAMESPACE}">',
        f"  <head><title>{quoteattr(title)[1:-1]}</title></head>",
        "  <body>",
    ]
    for feed in feeds:
        attributes = {
            "type": "rss",
            "text": feed.title or feed.url,
            "title": feed.title,
            "xmlUrl": feed.url,
            "htmlUrl": feed.site,
            "category": feed.category,
            **{f"d:{name}": getattr(feed, of) for name, of in OWN.items()},
        }
        written = " ".join(f"{name}={_quoted(value)}" for name, value in attributes.items() if value)
        lines.append(f"    <outline {written}/>")
    lines += ["  </body>", "</opml>", ""]
    return "\n".join(lines).encode()


def _feed(outline: etree._Element, url: str) -> Feed:
    text = _attribute(outline, "text")
    title = _attribute(outline, "title") or ("" if text == url else text)  # text is required, so we write the URL
    folders = [_attribute(above, "text") or _attribute(above, "title") for above in outline.iterancestors("outline")]
    return Feed(
        url=url,
        title=title,
        site=_attribute(outline, "htmlUrl"),
        category=_attribute(outline, "category") or "/".join(filter(None, reversed(folders))),
        **{of: _own(outline, name) for name, of in OWN.items()},
    )


def _attribute(outline: etree._Element, name: str) -> str:
    """Attribute names are written in many cases: xmlUrl, xmlurl, XMLURL."""
    exact = outline.get(name)
    if exact is None:
        return next((str(value).strip() for key, value in outline.items() if str(key).lower() == name.lower()), "")
    return exact.strip()


def _own(outline: etree._Element, name: str) -> str:
    return (outline.get(f"{{{NAMESPACE}}}{name}") or "").strip() or _attribute(outline, name)


def _quoted(value: str) -> str:
    return quoteattr(ILLEGAL.sub("", value), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _as_utf8(text: str) -> bytes:
    start = text.find("<opml")
    lines = text.count("\n", 0, max(start, 0))
    # The declaration goes, because the bytes are UTF-8 now; the line numbers stay.
    text = "\n" * lines + text[start:] if start > 0 else text
    # The commonest fault of these lists: URLs with a bare ampersand.
    text = re.sub(r"&(?!(?:#\d+|#[xX][0-9a-fA-F]+|\w+);)", "&amp;", text)
    return ILLEGAL.sub("", text).encode("utf-8", "replace")
