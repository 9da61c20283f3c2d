"""URLs as identities: what of a URL names the document, and what only tells where the reader came from."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from tld import get_fld

from extractors.errors import InputError

MAX_URL = 2_048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = r"[-\w\x80-\U0010ffff]{1,63}"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|[\da-f:.]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_USER_AND_PASSWORD = re.compile(r"(?<=://)[^/\s?#]+@")
_SECRET_PARAMETER = re.compile(r"(?i)([?&;][\w.-]*(?:token|key|secret|pass|auth|sig|session)[\w.-]*=)[^&;#\s]+")


@lru_cache(maxsize=8_192)  # the same links come with every poll
def clean_url(url: str) -> str:
    """The URL without fragment, default port and tracking parameters; scheme and host in lower case.

    The path keeps its case and the other parameters their order and their bytes. "" where ``url`` is no http(s) URL.
    """
    parts = _normal(url)
    if parts is None:
        return ""
    kept = "&".join(pair for pair in parts.query.split("&") if pair and not _tracks(pair))
    return urlunsplit(parts._replace(query=kept))


@lru_cache(maxsize=8_192)
def request_url(url: str) -> str:
    """The URL as it is asked for, and as feeds are subscribed to and compared: ``clean_url`` with all its parameters.

    Raises InputError where it can never be asked for.
    """
    if len(url) > MAX_URL:
        raise InputError(f"{masked(url)[:80]}… is longer than {MAX_URL} characters")
    parts = _normal(url)
    if parts is None or parts.port == 0 or not _HOST.fullmatch(parts.hostname or "") or _CONTROL.search(url.strip()):
        raise InputError(f"{masked(url)!r} is no http or https URL, such as https://example.org/rss.xml")
    if "@" in parts.netloc:
        raise InputError(f"{masked(url)} holds a user or password, which is never sent; write it without them")
    return urlunsplit(parts)


def joined(base: str, link: str) -> str:
    """A link as a page or feed at ``base`` writes it, as an absolute URL; "" where it can be none (``http://[x/``).

    >>> joined("https://news.example/feeds/", "../1")
    'https://news.example/1'
    """
    try:
        return urljoin(base, link.strip())
    except ValueError:
        return ""


def masked(text: str) -> str:
    """``text`` without the credentials of the URLs in it: user, password, and parameters named like secrets."""
    return _SECRET_PARAMETER.sub(r"\1***", _USER_AND_PASSWORD.sub("***@", text))


def without_scheme(text: str) -> str:
    """http and https name the same document: ``//host/path``. Anything else is left as it is."""
    scheme, colon, rest = text.partition(":")
    return rest if colon and rest.startswith("//") and scheme.lower() in _DEFAULT_PORTS else text


def moved(before: str, now: str) -> bool:
    """Does an entry that led to one page lead to another one now?

    >>> moved("http://a.example/1", "https://a.example/1"), moved("https://a.example/1", "https://a.example/2")
    (False, True)
    """
    return bool(before and now) and without_scheme(before) != without_scheme(now)


def site_of(url: str) -> str:
    """The registrable domain of a URL (``bbc.co.uk``), or its host where it has none (an address, ``localhost``)."""
    try:
        name = get_fld(url, fail_silently=True, search_private=False)
        return name or (urlsplit(url).hostname or "")
    except ValueError:
        return ""


def _normal(url: str) -> SplitResult | None:
    """Scheme and host in lower case, no default port and no fragment; None where it is no http(s) URL."""
    # What a URL cannot hold is written as browsers would send it.
    url = re.sub(r"[\s<>\"]", lambda found: quote(found.group()), url.strip())
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if scheme not in _DEFAULT_PORTS or not host or len(url) > MAX_URL or "%" in host:
        return None
    place = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        place = f"{place}:{port}"
    if "@" in parts.netloc:
        place = f"{parts.netloc.rpartition('@')[0]}@{place}"
    return SplitResult(scheme, place, parts.path or "/", parts.query, "")


def _tracks(pair: str) -> bool:
    name = pair.partition("=")[0].lower().removeprefix("amp;")
    names, prefixes = _tracking()
    return name in names or name.startswith(prefixes)


@cache
def _tracking() -> tuple[frozenset[str], tuple[str, ...]]:
    data = tomllib.loads(files("extractors.lexicons").joinpath("feeds.toml").read_text("utf-8"))["tracking"]
    return frozenset(data["names"]), tuple(data["prefixes"])
