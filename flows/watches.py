"""Watches: which new statements somebody wants to be told of. What ``watches.toml`` says, and what an alert looks like.

Pure functions; flows.alerts asks the warehouse, sends and writes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree import ElementTree

from storage.alerts import Wanted

NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
CONDITIONS = tuple(field.name for field in fields(Wanted))

IN_A_MESSAGE = 20
"""Statements; what is more goes out in further messages."""

ATOM = "http://www.w3.org/2005/Atom"
NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Watch:
    """A section of ``watches.toml``. ``to``: Apprise URLs, which may hold passwords; none for the Atom file only."""

    name: str
    wanted: Wanted
    to: tuple[str, ...] = ()


WHOLE_FILE = ""
"""The name under which a mistake stands that concerns no single watch."""


def read_watches(text: str) -> tuple[list[Watch], dict[str, str]]:
    """The watches that are right, and one line on each that is not, naming it: watch → line. A text that is no TOML has
    no watch, and its line under WHOLE_FILE."""
    try:
        sections = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [], {WHOLE_FILE: str(error)}
    found: list[Watch] = []
    problems: dict[str, str] = {}
    for name, section in sections.items():
        if problem := _problem(name, section):
            problems[name] = f"watch {name}: {problem}"
        else:
            to = section.get("to", [])
            wanted = Wanted(**{key: section[key].strip() for key in CONDITIONS if key in section})
            found.append(Watch(name, wanted, (to,) if isinstance(to, str) else tuple(to)))
    return found, problems


def _problem(name: str, section: object) -> str:
    if not NAME.fullmatch(name):
        return "a name is lower-case letters, digits and hyphens, because a file is called by it"
    if not isinstance(section, dict):
        return f"write it as a section: [{name}]"
    if unknown := sorted(section.keys() - {*CONDITIONS, "to"}):
        return f"{unknown[0]} is not known; a watch has {', '.join(CONDITIONS)} and to"
    if wrong := [key for key in CONDITIONS if key in section and not str(section[key]).strip()]:
        return f"{wrong[0]} is empty"
    if wrong := [key for key in CONDITIONS if not isinstance(section.get(key, ""), str)]:
        return f"{wrong[0]} is to be a text"
    if not any(key in section for key in CONDITIONS):
        return f"give at least one of {', '.join(CONDITIONS)}"
    to = section.get("to", [])
    if not isinstance(to, str) and not (isinstance(to, list) and all(isinstance(url, str) for url in to)):
        return "to is a list of Apprise URLs"
    return ""


def service(url: str) -> str:
    """What may be shown of an Apprise URL, whose every other part can be a secret: ``slack``, ``mailto``."""
    return url.partition("://")[0] if "://" in url else "?"


def message(watch: str, statements: Sequence[Row]) -> tuple[str, str]:
    """Title and plain text of an alert."""
    count = len(statements)
    title = f"dateline: {watch}, {count} new statement{'' if count == 1 else 's'}"
    return title, "\n\n".join(f"{told(row)}\n{row['outlet']}: {row['url']}" for row in statements)


def told(row: Row) -> str:
    """``2025-08-19 (explicit) Mark Rutte, said: Allies stand ready.``"""
    cue = f", {row['cue']}" if row["cue"] else ""
    return " ".join(f"{row['said_when']} ({row['basis']}) {row['speaker'] or 'unnamed'}{cue}: {row['content']}".split())


def atom(watch: str, matched: Mapping[UUID, datetime], statements: Mapping[UUID, Row], now: datetime) -> bytes:
    """An Atom 1.0 file (RFC 4287) of the statements that a watch matched, in the order given.

    ``matched``: statement → when. A statement that no longer stands is left out. ``now`` dates a feed without entries.
    """
    feed = ElementTree.Element("feed", xmlns=ATOM)
    _add(feed, "id", uuid5(NAMESPACE_URL, f"dateline:watch:{watch}").urn)
    _add(feed, "title", f"dateline: {watch}")
    _add(feed, "updated", max(matched.values(), default=now).isoformat(timespec="seconds"))
    _add(_add(feed, "author"), "name", "dateline")
    for id, moment in matched.items():
        if row := statements.get(id):
            entry = _add(feed, "entry")
            _add(entry, "id", id.urn)
            _add(entry, "title", told(row))
            _add(entry, "updated", moment.isoformat(timespec="seconds"))
            if row["published"]:
                _add(entry, "published", row["published"].isoformat(timespec="seconds"))
            _add(_add(entry, "author"), "name", row["outlet"] or "unknown")
            _add(entry, "link", rel="alternate", href=row["url"])
            for topic in row["topics"]:
                _add(entry, "category", term=topic)
            _add(entry, "summary", f"{row['title']} ({row['outlet']})")
    ElementTree.indent(feed)
    return bytes(ElementTree.tostring(feed, encoding="utf-8", xml_declaration=True)) + b"\n"


def _add(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag, {name: NOT_XML.sub("", value) for name, value in attributes.items()})
    if text:
        child.text = NOT_XML.sub("", text)
    return child
