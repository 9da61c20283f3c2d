"""robots.txt: may a page be read, and how long to wait between two requests (RFC 9309).

A copy is believed for a day. 4xx: everything is allowed. 5xx: nothing is for a day, and after that what the last copy
said, if there is one; so with 429, which silences the whole site as well. No answer: nothing is read now, and nothing
is concluded for later.
"""

from __future__ import annotations

import json
from asyncio import Lock
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from protego import Protego
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from extractors.decoding import decode
from flows.http import PAGE, Client
from flows.rhythm import pause_after_429
from storage.files import put

BELIEVED = timedelta(hours=24)
LONGEST = 500_000
"""Characters of a robots.txt that are read: what RFC 9309 asks for at least."""

AGENT = "dateline"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a host's robots.txt says. ``fetched_at``: when it, or a failure, was last seen."""

    fetched_at: AwareDatetime
    text: str = ""  # the last copy
    known: bool = False  # was there ever one, or the answer that there is none?
    failing: bool = False  # did the last attempt fail?
    trusted: bool = True  # False for the first day of failing


RULES = TypeAdapter(Rules)


class Robots:
    """The rules of many hosts, kept between runs in ``file`` (JSON) where one is given."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._rules = {} if file is None else _remembered(file)
        self._parsed: dict[str, Protego] = {}
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)

    async def refusal(self, client: Client, url: str, now: datetime) -> str:
        """ "" where ``url`` may be read; else ``robots``, or ``robots_unavailable`` where the host cannot say.

        Fetches the host's robots.txt where our copy is older than a day, or of a clock that was ahead, and tells
        ``client`` of a Crawl-delay.
        Raises FetchError where no answer comes.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        async with self._locks[origin]:
            rules = self._rules.get(origin)
            if rules is None or not timedelta() <= now - rules.fetched_at < BELIEVED:
                rules = self._rules[origin] = await _fetch(client, origin, rules, now)
                self._parsed.pop(origin, None)
        if not rules.trusted:
            return "robots_unavailable"
        parsed = self._parsed.get(origin)
        if parsed is None:
            parsed = self._parsed[origin] = Protego.parse(rules.text)
        delay = parsed.crawl_delay(AGENT)
        if delay:
            client.slow_down(url, float(delay))
        return "" if parsed.can_fetch(url, AGENT) else "robots"

    def save(self, now: datetime) -> None:
        """Write what is known to the file, if there is one; what is a month old is forgotten."""
        if self._file is None:
            return
        kept = {
            origin: RULES.dump_python(rules, mode="json")
            for origin, rules in self._rules.items()
            if now - rules.fetched_at < timedelta(days=30)
        }
        put(self._file, json.dumps(kept).encode())


def _remembered(file: Path) -> dict[str, Rules]:
    """The rules by origin that a file of ours holds. What of it is damaged, or cannot be read, is fetched anew."""
    try:
        stored = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    rules = {}
    for origin, entry in stored.items() if isinstance(stored, dict) else ():
        with suppress(ValidationError):
            rules[origin] = RULES.validate_python(entry)
    return rules


async def _fetch(client: Client, origin: str, before: Rules | None, now: datetime) -> Rules:
    before = before or Rules(now)
    answer = await client.get(f"{origin}/robots.txt", limits=replace(PAGE, accept="text/plain, */*;q=0.1"))
    status = answer.status
    if status == 200:
        text = decode(answer.body[:LONGEST], answer.header("content-type")).text
        # A page in its place: the host has none.
        return Rules(now, "" if text.lstrip().startswith("<") else text, known=True)
    if 300 <= status < 500 and status != 429:
        return Rules(now, known=True)
    if status == 429:
        client.hold(answer.final_url, pause_after_429(answer.headers, now).total_seconds())
    # The first failure shuts a host for a day; where it goes on, the last copy holds.
    return replace(before, fetched_at=now, failing=True, trusted=before.failing and before.known)
