"""The subscriptions: import, add, remove, export, check, discover."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from extractors.errors import HeldError, InputError, WarehouseError
from extractors.links import request_url
from extractors.opml import read_opml, write_opml
from extractors.records import Feed
from extractors.timestamps import is_time_zone
from flows import discovery
from flows.pipeline import client_of
from flows.settings import Settings
from flows.sources import bytes_of_file, bytes_of_url, is_url
from storage import queries, rows
from storage.opening import private_file
from storage.publish import publish, published_file
from storage.run_lock import BusyError, run_lock
from storage.warehouse import Warehouse, must_exist

if TYPE_CHECKING:
    from rich.console import Console

PATIENCE = 2.0
"""Seconds that who only reads the subscriptions waits for the private file."""

NONE_YET = "no feed is subscribed yet: `dateline feeds import` takes the bundled list"


def import_opml(settings: Settings, source: str) -> tuple[int, int, list[str]]:
    """Subscribe to the feeds of an OPML list at a path or URL; ``""``: the bundled list.

    Gives how many were added, how many known already, and what is wrong with its outlines, by line.
    """
    if not source:
        data = files("seeds").joinpath("feeds.opml").read_bytes()
    elif is_url(source):
        data, _, _ = bytes_of_url(source, settings)
    else:
        data = bytes_of_file(Path(source))
    try:
        found, problems = read_opml(data)
    except InputError as error:
        raise InputError(f"{source or 'the bundled list'}: {error}") from None
    with Warehouse.open(settings.data_dir) as warehouse:
        added = _subscribe(warehouse, found)
    _publish(settings)
    return added, len(found) - added, problems


def add(settings: Settings, url: str, title: str, country: str, time_zone: str) -> str:
    """Subscribe to one feed; where it is known already, take what is newly said of it. Tells what came of it, in words.
    Raises InputError for a URL that can never be polled, no ISO 3166-1 code or no IANA zone."""
    address = request_url(url)
    if country and country.upper() not in _countries():
        raise InputError(f"--country {country}: write a code of ISO 3166-1, such as ua (or gb, not uk)")
    if time_zone and not is_time_zone(time_zone):
        raise InputError(f"--time-zone {time_zone}: write an IANA name, such as Europe/Kyiv")
    given = Feed(address, title=title, country=country.lower(), time_zone=time_zone)
    with Warehouse.open(settings.data_dir) as warehouse:
        before = next((feed for feed in warehouse.feeds.subscribed() if _normal(feed.url) == address), None)
        _subscribe(warehouse, [given])
    _publish(settings)
    if before is None:
        return "added"
    changed = [
        f"{name.replace('_', ' ')} {value}"
        for name, value in asdict(given).items()
        if value and name != "url" and value != getattr(before, name)
    ]
    return f"known already; now with {', '.join(changed)}" if changed else "known already"


@cache
def _countries() -> frozenset[str]:
    table = files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    return frozenset(line[:2] for line in table.splitlines() if not line.startswith("#"))


def _subscribe(warehouse: Warehouse, given: list[Feed]) -> int:
    """Add feeds, and to those that are known what is newly said of them; how many are new. A feed that is known by
    another spelling of its URL, as older versions took them, keeps that one."""
    known = {_normal(feed.url): feed for feed in warehouse.feeds.subscribed()}
    return warehouse.feeds.add(
        replace(
            known.get(feed.url, feed),
            **{name: value for name, value in asdict(feed).items() if value and name != "url"},
        )
        for feed in given
    )


def _normal(url: str) -> str:
    try:
        return request_url(url)
    except InputError:
        return url


def remove(settings: Settings, url: str) -> bool:
    """Unsubscribe; False where there is no such feed. Raises WarehouseError without a warehouse."""
    must_exist(settings.data_dir)
    with Warehouse.open(settings.data_dir) as warehouse:
        removed = warehouse.feeds.remove(url) or warehouse.feeds.remove(_normal(url))
    _publish(settings)
    return removed


def _publish(settings: Settings) -> None:
    """Show what changed in the copy that readers open. A run that is at work does so at its end, and its half is not to
    be seen."""
    with suppress(BusyError), run_lock(settings.data_dir):
        publish(settings.data_dir)


def feeds(settings: Settings) -> list[Feed]:
    """The subscriptions, oldest first; as they were last published where somebody holds the private file, or where we
    may not write it. Raises WarehouseError without a warehouse."""
    must_exist(settings.data_dir)
    try:
        with Warehouse.open(settings.data_dir, wait=PATIENCE) as warehouse:
            return warehouse.feeds.subscribed()
    except WarehouseError as error:
        readable = isinstance(error, HeldError) or not os.access(private_file(settings.data_dir), os.W_OK)
        if not (readable and published_file(settings.data_dir).exists()):
            raise
        found = queries.fetch(settings.data_dir, "FROM feeds WHERE removed_at IS NULL ORDER BY added_at, url")
        return [rows.feed_of(row) for row in found]


def export_opml(settings: Settings) -> bytes:
    return write_opml(feeds(settings))


def check(settings: Settings, url: str, screen: Console) -> int:
    """Ask one feed, or every subscribed one, what it answers; stores nothing. The exit code: 1 where one does not."""
    now = datetime.now(UTC)

    async def ask(urls: list[str]) -> list[discovery.CheckReport]:
        async with client_of(settings) as client:
            return await discovery.check_all(client, urls, now)

    urls = [url] if url else [feed.url for feed in feeds(settings)]
    if not urls:
        raise InputError(NONE_YET)
    reports = asyncio.run(ask(urls))
    for report in reports:
        screen.print(report.text() if url else report.line(), markup=False, highlight=False, soft_wrap=True)
    return 0 if all(report.ok for report in reports) else 1


def discover(settings: Settings, url: str) -> tuple[list[str], list[str]]:
    """The addresses of a site's feeds, best first, and those that it names beside them but that were not asked. Raises
    FetchError, and InputError where there is none."""

    async def look() -> tuple[list[str], list[str]]:
        async with client_of(settings) as client:
            return await discovery.discover(client, url)

    found, unasked = asyncio.run(look())
    if not found:
        raise InputError(f"{url} names no feed, and none answers at the usual addresses; look at the site yourself")
    return found, unasked
