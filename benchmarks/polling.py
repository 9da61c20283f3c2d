"""What polling costs: 500 feeds of 100 entries on a loopback server, beside bare httpx GETs and beside `reader`.

    python benchmarks/polling.py [--feeds 500] [--entries 100]

Three rounds each: all feeds new, all answering 304, all with a hundred changed entries. CPU seconds are those of the
poller with its parser process, without the server. The row "and appended" commits to a DuckDB warehouse as the
monitor does. `reader` (pip install reader) is measured where it is installed; it stores to SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from multiprocessing.connection import Connection
from pathlib import Path

import httpx

from extractors.records import Feed, FeedState, PollResult
from flows.http import Client
from flows.polling import Shown, new_state, poll_all
from flows.sandbox import Sandbox
from storage.warehouse import Warehouse

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOSTS = 50
GROUP = 50
ROUNDS = ("new", "304", "changed")
SENTENCE = (
    "The ministry said on the day that nothing new was to be told of the matter, and that it would be told soon. "
)


def document(revision: int, entries: int) -> bytes:
    items = "".join(
        f"<item><title>Entry {number} of revision {revision}: what the ministry told</title>"
        f"<link>https://news.example/{revision}/{number}?utm_source=rss</link><guid>https://news.example/{revision}/{number}</guid>"
        f"<pubDate>{format_datetime(START - timedelta(minutes=number))}</pubDate><category>War</category>"
        f"<description>&lt;p&gt;{SENTENCE * 5}&lt;/p&gt;</description></item>"
        for number in range(entries)
    )
    return f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>News</title>
<link>https://news.example/</link><description>News</description>{items}</channel></rss>""".encode()


def serve(entries: int, control: Connection) -> None:
    """Every path is a feed; the revision is what the control pipe last said."""
    revision = 0
    body = document(revision, entries)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                tag = b'"%d"' % revision
                if b"if-none-match: " + tag in request.lower():
                    writer.write(b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\n\r\n" % tag)
                else:
                    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nETag: %s\r\nContent-Length: %d\r\n\r\n"
                    writer.write(head % (tag, len(body)) + body)
                await writer.drain()
        writer.close()

    async def run() -> None:
        nonlocal revision, body
        server = await asyncio.start_server(answer, [f"127.0.0.{n}" for n in range(1, HOSTS + 1)], 0)
        # One port a host: they are chosen by the system.
        control.send([socket.getsockname() for socket in server.sockets])
        loop = asyncio.get_running_loop()
        while (revision := await loop.run_in_executor(None, control.recv)) >= 0:
            body = document(revision, entries)
            control.send(revision)

    asyncio.run(run())


def spent() -> float:
    """CPU seconds of this process and of its children that ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


class Ours:
    def __init__(self, urls: list[str], warehouse: Warehouse | None = None) -> None:
        self.due: list[tuple[Feed, FeedState]] = [(Feed(url), new_state(Feed(url), START)) for url in urls]
        self.hashes: dict[str, dict[str, tuple[str, str]]] = {url: {} for url in urls}
        self.warehouse = warehouse
        self.rounds = 0
        self.outcomes: set[str] = set()
        if warehouse:
            warehouse.feeds.add([feed for feed, _ in self.due])

    def round(self) -> None:
        """In groups, each committed before the next, and with one sandbox, as the monitor does."""
        self.rounds += 1
        now = START + timedelta(days=self.rounds)
        self.outcomes = set()
        with Sandbox() as sandbox:
            for first in range(0, len(self.due), GROUP):
                results = asyncio.run(self._poll(self.due[first : first + GROUP], now, sandbox))
                if self.warehouse:
                    self.warehouse.entries.commit_polls(f"bench/{self.rounds}/{first}", "bench", results, {}, now)
                states = {result.state.url: result.state for result in results}
                for at in range(first, first + len(results)):
                    feed, _ = self.due[at]
                    self.due[at] = feed, states[feed.url]
                for result in results:
                    self.hashes[result.poll.feed_url].update(
                        {one.key: (one.content_hash, one.url) for one in result.entries}
                    )
                self.outcomes |= {result.poll.outcome for result in results}

    async def _poll(self, due: list[tuple[Feed, FeedState]], now: datetime, sandbox: Sandbox) -> list[PollResult]:
        hosts = {url.split("/")[2].partition(":")[0] for url in self.hashes}
        known = self.warehouse.entries.known if self.warehouse else self._known
        async with Client(allow_private_hosts=hosts) as client:
            return [result async for result in poll_all(client, due, now, known, sandbox=sandbox)]

    def _known(self, keys: Mapping[str, Collection[str]]) -> Mapping[str, Shown]:
        return {url: self.hashes[url] for url in keys}


class Plain:
    """asyncio and httpx, nothing else: one GET a feed, sixteen at a time."""

    def __init__(self, urls: list[str]) -> None:
        self.urls = urls
        self.tags: dict[str, str] = {}

    def round(self) -> None:
        asyncio.run(self._get())

    async def _get(self) -> None:
        slots = asyncio.Semaphore(16)

        async def one(url: str) -> None:
            async with slots:
                answer = await client.get(url, headers={"If-None-Match": self.tags.get(url, "")})
                self.tags[url] = answer.headers.get("etag", "")

        async with httpx.AsyncClient(trust_env=False) as client:
            await asyncio.gather(*map(one, self.urls))


class Reader:
    def __init__(self, urls: list[str], path: str) -> None:
        from reader import make_reader

        self.reader = make_reader(path)
        for url in urls:
            self.reader.add_feed(url)

    def round(self) -> None:
        self.reader.update_feeds(scheduled=False, workers=16)


def run_peer(name: str, urls: list[str], control: Connection, result: Connection) -> None:
    """In a process of its own: the CPU seconds of each round, and the largest resident set in MB."""
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        makers: dict[str, Callable[[], Plain | Ours | Reader]] = {
            "httpx": lambda: Plain(urls),
            "dateline": lambda: Ours(urls),
            "dateline, and appended": lambda: Ours(urls, stack.enter_context(Warehouse.open(Path(folder)))),
            "reader": lambda: Reader(urls, f"{folder}/reader.sqlite"),
        }
        try:
            peer = makers[name]()
        except ImportError:
            result.send(None)
            return
        costs = {}
        for revision, round_name in zip((0, 0, 1), ROUNDS, strict=True):
            control.send(revision)
            control.recv()
            cpu, wall = spent(), time.perf_counter()
            peer.round()
            costs[round_name] = (spent() - cpu, time.perf_counter() - wall)
            if isinstance(peer, Ours):
                assert peer.outcomes == {"not_modified" if round_name == "304" else "new"}, peer.outcomes
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        result.send((costs, peak / 1024))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--feeds", type=int, default=500)
    arguments.add_argument("--entries", type=int, default=100)
    options = arguments.parse_args()
    processes = multiprocessing.get_context("spawn")
    control, there = processes.Pipe()
    server = processes.Process(target=serve, args=(options.entries, there), daemon=True)
    server.start()
    addresses = control.recv()
    urls = ["http://{}:{}/feed/{}".format(*addresses[number % HOSTS], number) for number in range(options.feeds)]
    cpu: dict[str, dict[str, float]] = {}
    for name in ("httpx", "dateline", "dateline, and appended", "reader"):
        result, theirs = processes.Pipe()
        process = processes.Process(target=run_peer, args=(name, urls, control, theirs))
        process.start()
        theirs.close()
        measured = result.recv()
        process.join()
        if measured is None:
            print(f"{name:<24} not installed")
            continue
        costs, peak = measured
        cpu[name] = {round_name: seconds for round_name, (seconds, _) in costs.items()}
        rounds = "   ".join(f"{round_name} {own:6.2f} s CPU {wall:6.2f} s" for round_name, (own, wall) in costs.items())
        print(f"{name:<24} {rounds}   {peak:4.0f} MB", flush=True)
    server.terminate()
    print(f"304 round: {cpu['dateline']['304'] / cpu['httpx']['304']:.2f} times bare httpx")
    for round_name, seconds in cpu.get("reader", {}).items():
        alone, appended = cpu["dateline"][round_name], cpu["dateline, and appended"][round_name]
        print(
            f"{round_name} round: reader takes {seconds / alone:.1f} times ours, {seconds / appended:.1f} with append"
        )


if __name__ == "__main__":
    main()
