"""Who published this: an outlet by its address or by its name, with its country, time zone and date habit.

The list is ``lexicons/outlets.csv``, one outlet a row: name, other names and domains (each ``|``-separated), country
(ISO 3166-1 alpha-2, lower case), kind, the IANA zone of its head office, and whether it writes the day of a numeric
date first. It was compiled by hand from the outlets' own mastheads. An outlet with several offices dates by its head
office, which is also where its feed's clock stands.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

from extractors.errors import InputError


@dataclass(frozen=True, slots=True)
class Outlet:
    """A publisher: a paper, wire, broadcaster, institution, government or think tank."""

    name: str
    country: str  # ISO 3166-1 alpha-2, lower case
    time_zone: str  # IANA name, of the head office
    kind: str  # outlet, wire, broadcaster, institution, government, think-tank
    day_first: bool  # is 3/4/2024 the third of April?
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()  # the registered domains that it publishes under; their sub-domains are meant too


PUBLISHERS = frozenset({"outlet", "wire", "broadcaster"})
"""The kinds that report what others say."""

_NAME = re.compile(r"\w[\w’'&.-]*")
_BEHIND = re.compile(r",| (?:at|for|from|in|of|on|that|which|who|whose)\b")
_SERVICE = re.compile(r"\bnews (?:agency|service|site)\b")
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)
_KIND = "agency|broadcaster|channel|daily|magazine|network|newspaper|newswire|outlet|paper|portal|site|station|website"
_DESCRIBED = re.compile(rf"(?:\S+ ){{0,3}}(?:{_KIND}) (.+)|(.+?)(?: news)? (?:{_KIND}|news|television|tv)")
"""A name with its description: "american broadcaster PBS", "tass news agency"."""


class Outlets:
    """Outlets that can be looked up. Built once, by ``load_outlets``."""

    def __init__(self, outlets: Iterable[Outlet]) -> None:
        self.outlets = tuple(outlets)
        self._by_domain: dict[str, Outlet] = {}
        self._by_name: dict[str, Outlet] = {}
        for outlet in self.outlets:
            for domain in outlet.domains:
                self._enter(self._by_domain, domain, outlet)
            for name in {_key(outlet.name), *map(_key, outlet.aliases)}:
                self._enter(self._by_name, name, outlet)

    def _enter(self, index: dict[str, Outlet], key: str, outlet: Outlet) -> None:
        if index.setdefault(key, outlet) is not outlet:
            raise InputError(f"outlets.csv: {key!r} is claimed by {index[key].name} and by {outlet.name}")

    def of(self, url_or_name: str) -> Outlet | None:
        host = _host(url_or_name)
        while "." in host:
            if host in self._by_domain:
                return self._by_domain[host]
            host = host.partition(".")[2]
        name = _key(url_or_name)
        if name not in self._by_name and (described := _DESCRIBED.fullmatch(name)):
            name = described[1] or described[2]
        return self._by_name.get(name)


@cache
def load_outlets() -> Outlets:
    text = (files("extractors.lexicons") / "outlets.csv").read_text("utf-8")
    return Outlets(_outlet(row) for row in csv.DictReader(text.splitlines()))


def outlet_of(*urls_or_names: str) -> Outlet | None:
    """The outlet behind a URL (of a page, a feed or a bare host) or a name, or None where it is not in the list.

    Of several, the first that is known counts.

    A URL belongs to the outlet with the longest domain that its host ends with; a name is compared without case
    and a leading "the", and where that fails without a description before or after it ("the news site X").

    >>> outlet_of("https://feeds.bbci.co.uk/news/world/rss.xml").name
    'BBC'
    >>> outlet_of("the Kyiv Independent").time_zone
    'Europe/Kyiv'
    """
    return next(filter(None, map(load_outlets().of, urls_or_names)), None)


@dataclass(frozen=True, slots=True)
class PublishingWords:
    """Words of outlets and platforms (lexicons/publishing.toml), in small letters."""

    kinds: frozenset[str]  # what an outlet calls itself, or is called
    airs: frozenset[str]
    mastheads: frozenset[str]
    platforms: frozenset[str]


@cache
def publishing() -> PublishingWords:
    data = tomllib.loads((files("extractors.lexicons") / "publishing.toml").read_text("utf-8"))
    return PublishingWords(**{name: frozenset(words) for name, words in data.items()})


def is_platform(names: Iterable[str]) -> bool:
    """Is one of these names, in small letters, a place to publish: Telegram, X?"""
    return not publishing().platforms.isdisjoint(names)


@lru_cache(maxsize=10_000)
def is_outlet(mention: str) -> bool:
    """Does this phrase name a paper, wire, broadcaster or site?

    Its head noun tells: "a state television" is one, "a television presenter" is none. A name may follow ("the daily La
    Gazette", "Radio Nistru"), or hold the word of a masthead ("the Sumy Herald").
    """
    # "the diplomat" is a person, The Diplomat a magazine.
    named = outlet_of(mention) if any(map(str.isupper, mention.removeprefix("The "))) else None
    core = _BEHIND.split(mention.strip(), maxsplit=1)[0]
    if (named is not None and named.kind in PUBLISHERS) or _SERVICE.search(core.lower()):
        return True
    words = _NAME.findall(core)
    capital = [word[:1].isupper() or word[:1].isdigit() for word in words]
    if not words:
        return False
    first, last = words[0].lower(), words[-1].lower()
    lists = publishing()
    if last in lists.kinds or (capital[-1] and last in lists.mastheads and (first == "the" or len(words) > 1)):
        return True
    return any(
        word.lower() in lists.kinds
        and (capital[at:] == [False, True, False] or all(capital[at + 1 :]))  # "the daily Nová fronta"
        and (not capital[at] or word.lower() in lists.airs)
        for at, word in enumerate(words)
    )


def _outlet(row: dict[str, str]) -> Outlet:
    return Outlet(
        name=row["name"],
        country=row["country"],
        time_zone=row["time_zone"],
        kind=row["kind"],
        day_first=row["day_first"] == "yes",
        aliases=tuple(filter(None, row["aliases"].split("|"))),
        domains=tuple(row["domains"].split("|")),
    )


def _host(text: str) -> str:
    """The host of a URL or of a bare host name; "" for anything else."""
    text = text.strip()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    return host if _HOST.fullmatch(host) else ""


def _key(name: str) -> str:
    return " ".join(name.replace("’", "'").casefold().split()).removeprefix("the ")
