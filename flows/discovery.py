"""For `dateline feeds check` and `dateline feeds discover`: what a feed would give us, and where a site's feeds are."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import html
from lxml.etree import LxmlError

from extractors.decoding import decode
from extractors.feeds import FeedDocument, FeedError, read_feed
from extractors.links import clean_url, joined
from extractors.records import Entry, Feed, PollResult
from flows.http import PAGE, Answer, Client
from flows.outcomes import OUTCOMES, SUCCESSES
from flows.polling import NewDocument, ask, new_state
from flows.rhythm import Memory
from flows.sandbox import CrashError, OverrunError, Sandbox

FEED_TYPES = ("rss+xml", "atom+xml", "rdf+xml", "feed+json")
COMMON_PATHS = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed.json", "/rss/index.rss")
MOST_ASKED = 50
"""Addresses of one site that are asked whether they are feeds: one after another, with a pause between two."""

SHOWN = 5


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What one poll of a URL showed. Nothing of it is stored."""

    result: PollResult
    feed: Feed
    document: FeedDocument | None

    @property
    def ok(self) -> bool:
        return self.result.poll.outcome in SUCCESSES

    def line(self) -> str:
        """One line: verdict, entries, URL, and the error if there is one."""
        poll = self.result.poll
        if not self.ok:
            return f"{poll.outcome:<14} {self.feed.url}: {poll.error}"
        return f"{'ok':<14} {self.feed.url}: {poll.entries_seen} entries in {poll.elapsed_ms} ms"

    def text(self) -> str:
        """The whole explanation, several lines."""
        poll, state = self.result.poll, self.result.state
        lines = [f"{self.feed.url}", f"  outcome    {poll.outcome}: {OUTCOMES[poll.outcome].meaning}"]
        if poll.error:
            lines.append(f"  error      {poll.error}")
        if poll.status is not None:
            moved = f", {poll.hops} redirects to {poll.final_url}" if poll.hops else ""
            lines.append(
                f"  answer     {poll.status} in {poll.elapsed_ms} ms, {poll.bytes_wire:,} bytes"
                f" ({poll.bytes_decoded:,} unpacked){moved}"
            )
        if self.ok:
            validators = [
                name for name, value in (("ETag", state.etag), ("Last-Modified", state.last_modified)) if value
            ]
            lines.append(f"  validators {', '.join(validators) or 'none: every poll will cost the whole document'}")
        if self.document:
            lines += _described(self.document, self.result)
        lines.append(f"  next poll  {_minute(poll.next_due_at)} ({poll.next_reason})")
        if state.health:
            lines.append(f"  health     {', '.join(state.health)}")
        return "\n".join(lines)


def _described(document: FeedDocument, result: PollResult) -> list[str]:
    memory = Memory.of(result.state)
    dates: dict[str, int] = {}
    for entry in result.entries:
        dates[entry.date_quality] = dates.get(entry.date_quality, 0) + 1
    hints = {
        "max-age": memory.max_age,
        "ttl": memory.ttl,
        "update period": memory.update_period,
    }
    lines = [
        f"  feed       {document.version}, {document.encoding or 'utf-8'}: {document.title} ({document.site})",
        f"  entries    {len(result.entries)}, known by their {document.key_rule}; dates: "
        + ", ".join(f"{count} {quality}" for quality, count in sorted(dates.items())),
    ]
    asked = [f"{name} {seconds / 60:.0f} min" for name, seconds in hints.items() if seconds]
    if asked:
        lines.append(f"  it asks    {', '.join(asked)}")
    for problem in (document.bozo, *document.rejected[:SHOWN]):
        if problem:
            lines.append(f"  problem    {problem}")
    if document.replaced:
        lines.append(f"  problem    {document.replaced} bytes were no character")
    return lines + [f"  entry      {_minute(entry.published)} {_shown(entry)}" for entry in result.entries[:SHOWN]]


def _shown(entry: Entry) -> str:
    length = len(entry.content or entry.summary)
    return f"{entry.title[:70]} <{entry.url or 'no link'}> ({length} characters of text)"


def _minute(at: datetime | None) -> str:
    return "no date         " if at is None else f"{at:%Y-%m-%d %H:%M%z}"


async def check_all(client: Client, urls: Sequence[str], now: datetime | None = None) -> list[CheckReport]:
    """Poll each URL as if it were a new subscription, and tell what we would store and when we would come back."""
    now = now or datetime.now(UTC)

    async def one(url: str) -> CheckReport:
        feed = Feed(url)
        found = await ask(client, feed, new_state(feed, now), now, sandbox=sandbox)
        if isinstance(found, NewDocument):
            return CheckReport(found.compared({}), feed_from_document(url, found.document), found.document)
        return CheckReport(found, feed, None)

    with Sandbox() as sandbox:
        return list(await asyncio.gather(*map(one, urls)))


def feed_from_document(url: str, document: FeedDocument) -> Feed:
    """The subscription that a document describes."""
    return Feed(url, title=document.title, site=document.site, language=document.language)


async def discover(client: Client, url: str) -> tuple[list[str], list[str]]:
    """The feeds of a site, best first: the URL itself if it is one; else those that answer as feeds of what the page or
    its headers name; else of the common paths of its host. Beside them what is named behind the first MOST_ASKED, which
    was not asked. Raises FetchError where the page cannot be fetched."""
    answer = await client.get(url, limits=PAGE)
    with Sandbox() as sandbox:
        if await _is_feed(sandbox, answer):
            return [answer.final_url], []
    named = feeds_of_page(answer.body, url=answer.final_url, headers=answer.headers)
    found = await _feeds_among(client, named[:MOST_ASKED])
    if not found:
        found = await _feeds_among(client, [joined(answer.final_url, path) for path in COMMON_PATHS])
    return found, named[MOST_ASKED:]


async def _feeds_among(client: Client, urls: Sequence[str]) -> list[str]:
    """Where those that answer as feeds were found, in their order."""
    reports = await check_all(client, urls)
    return list(dict.fromkeys(report.result.poll.final_url for report in reports if report.ok))


def feeds_of_page(body: bytes, *, url: str, headers: dict[str, str]) -> list[str]:
    """The feeds that a page names in its Link header, its <link rel="alternate"> and its links, in this order."""
    found = [
        target
        for target, parameters in re.findall(r"<([^<>]+)>([^<]*)", headers.get("link", ""))
        if "alternate" in parameters and any(kind in parameters for kind in FEED_TYPES)
    ]
    try:
        page = html.document_fromstring(decode(body, headers.get("content-type", "")).text.encode(), parser=_PARSER)
    except (LxmlError, ValueError):
        return _absolute(found, url)
    base = page.find(".//base[@href]")
    if base is not None:
        url = joined(url, base.get("href") or "") or url
    for link in page.iterfind(".//link[@href]"):
        kind, relation = (link.get("type") or "").lower(), (link.get("rel") or "").lower().split()
        if ("alternate" in relation and any(each in kind for each in FEED_TYPES)) or "feed" in relation:
            found.append(link.get("href") or "")
    for anchor in page.iterfind(".//a[@href]"):
        if re.search(r"(?:^|[/.?=_-])(?:rss|atom|feeds?)(?:[/.?&=_-]|\d|xml|$)", (anchor.get("href") or "").lower()):
            found.append(anchor.get("href") or "")
    return _absolute(found, url)


_PARSER = html.HTMLParser(encoding="utf-8", no_network=True)


def _absolute(found: list[str], url: str) -> list[str]:
    targets = (joined(url, target) for target in found)
    return list(dict.fromkeys(target for target in targets if clean_url(target)))


async def _is_feed(sandbox: Sandbox, answer: Answer) -> bool:
    if answer.status != 200:
        return False
    try:
        await sandbox.run(
            read_feed,
            answer.body,
            url=answer.final_url,
            content_type=answer.header("content-type"),
            now=datetime.now(UTC),
        )
    except (FeedError, OverrunError, CrashError):
        return False
    return True
