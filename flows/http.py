"""The one polite, bounded, guarded HTTP client. Feeds and pages are fetched by it and by nothing else.

What httpx would do by itself and we must do otherwise is done here: redirects (each hop is guarded and kept),
decompression (bounded), deadlines (httpx has none for a whole request), and the connection (to an address that was
looked at). So requests go straight to httpx's engine, httpcore; httpx itself reads URLs and makes the TLS context.
There are no cookies, no proxies from the environment, no referrer, and nothing is ever added to a URL.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import socket
import ssl
import sys
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib.metadata import version
from types import TracebackType
from typing import Self

import httpcore
import httpx

from extractors.errors import FetchError, InputError
from extractors.links import request_url, site_of

NO_CONTACT = "news feed monitor; its operator left no contact"

Headers = tuple[tuple[bytes, bytes], ...]
Resolver = Callable[[str, int], Awaitable[list[str]]]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
PORTS = frozenset({80, 443})


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one fetch with all its redirects. Seconds and bytes."""

    total: float
    decoded: int
    connect: float = 5.0
    read: float = 15.0
    wire: int = 5_000_000
    ratio: int = 200  # decoded bytes a wire byte, looked at from RATIO_FLOOR on
    headers: int = 64_000
    redirects: int = 5
    accept: str = "*/*"


FEED = Limits(
    total=30.0,
    decoded=10_000_000,
    accept="application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1",
)
PAGE = Limits(total=20.0, decoded=5_000_000, accept="text/html, application/xhtml+xml, */*;q=0.1")

RATIO_FLOOR = 1_000_000
"""Decoded bytes below which a high ratio is no bomb: a page of spaces is only a page of spaces."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One answer on the way: the URL that was asked and the status it gave."""

    url: str
    status: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status. ``body`` is decompressed, not decoded to text."""

    status: int
    raw_headers: Headers
    body: bytes
    hops: tuple[Hop, ...]  # the last one is the answer itself
    bytes_wire: int
    seconds: float  # from the first connection to the last byte, without the waiting for the host's turn
    first_byte_seconds: float
    waited_seconds: float  # for the host's turn

    @property
    def headers(self) -> dict[str, str]:
        """The headers as text, names in lower case; the first where one is repeated."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(self.raw_headers)}

    @property
    def final_url(self) -> str:
        return self.hops[-1].url

    @property
    def bytes_decoded(self) -> int:
        return len(self.body)

    def raw_header(self, name: str) -> bytes | None:
        """The header's bytes as they were received, or None."""
        return _header(self.raw_headers, name)

    def header(self, name: str) -> str:
        """The header as text, "" where absent. Latin-1: ``header(name).encode("latin-1")`` gives the bytes back."""
        value = self.raw_header(name)
        return "" if value is None else value.decode("latin-1")

    @property
    def moved_to(self) -> str:
        """Where permanent redirects (301, 308) lead from the first URL, or "". A temporary one ends the chain."""
        target = ""
        for hop, next_hop in zip(self.hops, self.hops[1:], strict=False):
            if hop.status not in PERMANENT:
                break
            target = next_hop.url
        return target


@cache
def _tls() -> ssl.SSLContext:
    """One for all clients: to read the authorities' certificates takes longer than a dozen polls."""
    return httpx.create_ssl_context(trust_env=False)


class Patience:
    """What each site may take of a run: so many seconds for all its requests and the pauses between them, and so many
    requests that time out. Then it is left for the next run, so that one slow site does not hold up all others."""

    def __init__(self, seconds: float = 300.0, timeouts: int = 3) -> None:
        self._seconds, self._timeouts = seconds, timeouts
        self._spent: dict[str, float] = {}
        self._timed_out: dict[str, int] = {}

    def took(self, site: str, seconds: float, *, timed_out: bool) -> None:
        self._spent[site] = self._spent.get(site, 0.0) + seconds
        self._timed_out[site] = self._timed_out.get(site, 0) + timed_out

    def ended(self, site: str) -> str:
        """Why a site is asked no more, "" where it still is."""
        if self._timed_out.get(site, 0) >= self._timeouts:
            return f"{site} did not answer in time {self._timeouts} times in this run; left for the next"
        if site in self._spent and self._spent[site] >= self._seconds:
            return f"{site} has taken {self._seconds:g} s of this run; left for the next"
        return ""


class Client:
    """``async with Client() as client: answer = await client.get(url)``. Made for one event loop.

    Politeness is held by site (registrable domain): one request at a time and ``host_gap`` seconds between two starts,
    and silence while a site has asked for it (``hold``). ``concurrency`` bounds the requests under way at once.
    ``free_at``: when each site may be asked again, by ``clock``, where several clients share it. ``held``: sites that
    asked for silence before, and how long it still lasts; ``on_hold`` is told of each that does. ``patience``: what
    sites may still take; one that has taken it fails as ``held``, with no traffic.
    """

    def __init__(
        self,
        *,
        contact: str = "",
        allow_private_hosts: Collection[str] = frozenset(),
        concurrency: int = 16,
        host_gap: float = 2.0,
        resolve: Resolver | None = None,
        free_at: dict[str, float] | None = None,
        held: Mapping[str, timedelta] | None = None,
        on_hold: Callable[[str, timedelta], None] = lambda site, pause: None,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.user_agent = f"dateline/{version('dateline')} ({'+' + contact if contact else NO_CONTACT})"
        self._allowed = frozenset(host.lower() for host in allow_private_hosts)
        self._gap = host_gap
        self.clock = clock
        self._sleep = sleep
        self._sites: dict[str, _Site] = {}
        self._free_at = {} if free_at is None else free_at
        self._on_hold = on_hold
        self._patience = patience or Patience(math.inf, sys.maxsize)
        for site, pause in (held or {}).items():
            self._site(site).held_until = clock() + pause.total_seconds()
        self._slots = asyncio.Semaphore(concurrency)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or _tls(),
            max_connections=concurrency * 2,
            max_keepalive_connections=concurrency,
            keepalive_expiry=15.0,
            http2=True,
            network_backend=_GuardedBackend(resolve or _resolve, self._allowed),
        )

    async def __aenter__(self) -> Self:
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.__aexit__(kind, error, trace)

    async def get(self, url: str, *, headers: Mapping[str, bytes] | None = None, limits: Limits = FEED) -> Answer:
        """Fetch ``url`` and follow its redirects. Any status is an Answer; what gives none is a FetchError whose
        outcome is one of flows.outcomes.OUTCOMES. ``headers`` (validators) go out byte for byte."""
        target = self._checked(url)
        hops: list[Hop] = []
        left = limits.total
        waited = spent = 0.0
        while True:
            site = site_of(str(target))
            paced = target.host not in self._allowed and (not hops or site != site_of(hops[-1].url))
            asked = self.clock()
            async with self._turn(site, paced=paced):
                started = self.clock()
                waited += started - asked
                reply = await self._within(left, target, headers or {}, limits)
                used = self.clock() - started
            left -= used
            spent += used
            hops.append(Hop(str(target), reply.status))
            location = _header(reply.headers, "location")
            if reply.status not in REDIRECTS or not location:
                return Answer(
                    status=reply.status,
                    raw_headers=reply.headers,
                    body=reply.body,
                    hops=tuple(hops),
                    bytes_wire=reply.bytes_wire,
                    seconds=spent,
                    first_byte_seconds=reply.first_byte,
                    waited_seconds=waited,
                )
            target = self._next_hop(target, location, hops, limits)

    def held_for(self, url: str) -> timedelta:
        """How long the site of ``url`` is still to be left alone."""
        return timedelta(seconds=max(self._site(site_of(url)).held_until - self.clock(), 0.0))

    def hold(self, url: str, seconds: float) -> None:
        """The site of ``url`` asked us to stay away so long: later requests fail as ``held``, with no traffic."""
        name = site_of(url)
        site = self._site(name)
        site.held_until = max(site.held_until, self.clock() + seconds)
        self._on_hold(name, timedelta(seconds=seconds))

    def slow_down(self, url: str, seconds: float) -> None:
        """Leave at least ``seconds`` (at most 60) between requests to the site of ``url``: a Crawl-delay."""
        self._site(site_of(url)).gap = min(max(seconds, self._gap), 60.0)

    def _site(self, name: str) -> _Site:
        return self._sites.setdefault(name, _Site(self._gap))

    @asynccontextmanager
    async def _turn(self, name: str, *, paced: bool) -> AsyncIterator[None]:
        site = self._site(name)
        async with site.lock:
            now = self.clock()
            if site.held_until > now:
                raise FetchError(
                    "held", f"{name} asked for a pause of another {site.held_until - now:.0f} s; left alone"
                )
            if ended := self._patience.ended(name):
                raise FetchError("held", ended)
            if paced and (free_at := self._free_at.get(name, now)) > now:
                await self._sleep(free_at - now)
            paused = self.clock() - now
            async with self._slots:
                started = self.clock()
                self._free_at[name] = started + (site.gap if paced else 0.0)
                timed_out = False
                try:
                    yield
                except FetchError as error:
                    timed_out = error.outcome == "timeout"
                    raise
                finally:
                    self._patience.took(name, paused + self.clock() - started, timed_out=timed_out)

    async def _within(self, seconds: float, target: httpx.URL, headers: Mapping[str, bytes], limits: Limits) -> _Reply:
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._once(target, headers, limits)
                except _BrokenBeforeAnswerError:
                    await self._sleep(max(2.0, self._gap))
                    return await self._once(target, headers, limits)
        except TimeoutError:
            raise FetchError("timeout", f"{target}: not finished within {limits.total:g} s") from None
        except _BrokenBeforeAnswerError as error:
            raise FetchError(error.outcome, f"{target}: {error}, twice") from None

    async def _once(self, target: httpx.URL, headers: Mapping[str, bytes], limits: Limits) -> _Reply:
        sent = {
            "User-Agent": self.user_agent.encode(),
            "Accept": limits.accept.encode(),
            "Accept-Encoding": b"gzip",
            **headers,
        }
        timeouts = {"connect": limits.connect, "read": limits.read, "write": limits.read, "pool": limits.total}
        started = self.clock()
        answered = False
        try:
            async with self._pool.stream(
                "GET",
                httpcore.URL(scheme=target.raw_scheme, host=target.raw_host, port=target.port, target=target.raw_path),
                headers=[(name.encode(), value) for name, value in sent.items()],
                extensions={"timeout": timeouts},
            ) as response:
                answered = True
                first_byte = self.clock() - started
                received = tuple((name.lower(), value) for name, value in response.headers)
                if sum(len(name) + len(value) for name, value in received) > limits.headers:
                    raise FetchError("too_large", f"{target}: headers above {limits.headers} bytes")
                body, wire = await _read_body(response, received, str(target), limits)
                return _Reply(response.status, received, body, wire, first_byte)
        except httpcore.ConnectTimeout:
            raise FetchError("timeout", f"{target}: no connection within {limits.connect:g} s") from None
        except (httpcore.TimeoutException, TimeoutError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise FetchError("timeout", f"{target}: silent for {limits.read:g} s") from None
        except httpcore.ConnectError as error:
            raise _connect_error(target, error) from None
        except (httpcore.NetworkError, httpcore.RemoteProtocolError) as error:
            raise _broken(target, error, answered=answered) from None
        except (httpcore.LocalProtocolError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            raise FetchError("protocol", f"{target}: {error}") from None

    def _checked(self, url: str) -> httpx.URL:
        try:
            target = httpx.URL(request_url(url))
        except InputError as error:
            raise FetchError("bad_url", str(error)) from None
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchError("bad_url", f"{url}: {error}") from None
        port = target.port or {"http": 80, "https": 443}[target.scheme]
        if port not in PORTS and target.host not in self._allowed:
            raise FetchError("ssrf_refused", f"{target}: port {port} is only used on hosts in allow_private_hosts")
        return target

    def _next_hop(self, target: httpx.URL, location: bytes, hops: list[Hop], limits: Limits) -> httpx.URL:
        # Some servers send the location in raw UTF-8, which is what browsers read.
        written = location.decode("utf-8", "surrogateescape").encode("utf-8", "replace").decode()
        try:
            joined = str(target.join(written.strip()))
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchError("bad_url", f"{target}: redirects to {written[:200]!r}: {error}") from None
        following = self._checked(joined)
        if target.scheme == "https" and following.scheme == "http":
            raise FetchError("downgrade", f"{target}: redirects from https to {following}; refused")
        if len(hops) > limits.redirects:
            raise FetchError(
                "redirects", f"{hops[0].url}: more than {limits.redirects} redirects, the last to {following}"
            )
        if any(hop.url == str(following) for hop in hops):
            raise FetchError("redirects", f"{hops[0].url}: redirects in a circle through {following}")
        return following


def public(address: str) -> bool:
    """Is this an address of the open Internet? Addresses that carry an IPv4 one (mapped, NAT64, 6to4) count as that."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour
        if parsed in _NAT64:
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return public(str(inner))
        if parsed.is_site_local:
            return False
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved)


_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052


@dataclass(slots=True)
class _Site:
    gap: float
    held_until: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    headers: Headers
    body: bytes
    bytes_wire: int
    first_byte: float


class _BrokenBeforeAnswerError(Exception):
    """Worth one more try on a new connection."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that it has looked at. The name is resolved once and the connection goes to what
    came back, so a name that changes its address between look and use gains nothing; TLS still checks the name."""

    def __init__(self, resolve: Resolver, allowed: frozenset[str]) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._addresses(host, port, timeout)
        if host not in self._allowed:
            closed = [address for address in addresses if not public(address)]
            if closed:
                raise FetchError(
                    "ssrf_refused",
                    f"{host} is at {closed[0]}, which is no public address; "
                    "name the host in allow_private_hosts if it is yours",
                )
        share = None if timeout is None else timeout / min(len(addresses), 2)
        for last, address in enumerate(addresses[:3], start=1 - min(len(addresses), 3)):
            try:
                return await self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if last == 0:
                    raise
        raise httpcore.ConnectError(f"{host} has no address")

    async def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        try:
            async with asyncio.timeout(timeout):
                return await self._resolve(host, port)
        except TimeoutError:
            raise FetchError("dns_temp", f"{host}: name server silent for {timeout:g} s") from None
        except socket.gaierror as error:
            if error.errno == socket.EAI_AGAIN:
                raise FetchError("dns_temp", f"{host}: name server failed ({error.strerror})") from None
            raise FetchError("dns_unknown", f"{host}: no such host ({error.strerror})") from None
        except UnicodeError:
            raise FetchError("bad_url", f"{host!r} is no host name") from None


async def _resolve(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


async def _read_body(response: httpcore.Response, headers: Headers, url: str, limits: Limits) -> tuple[bytes, int]:
    declared = _header(headers, "content-length")
    if declared is not None and declared.isdigit() and int(declared) > limits.wire:
        raise FetchError("too_large", f"{url}: announces {int(declared):,} bytes, above {limits.wire:,}")
    coding = (_header(headers, "content-encoding") or b"").decode("latin-1").strip().lower()
    if coding in ("", "identity"):
        decoder = None
    elif coding in ("gzip", "x-gzip", "deflate"):
        decoder = _Inflater(coding, url, limits)
    else:
        raise FetchError("bad_encoding", f"{url}: sent in the encoding {coding!r}, which was not asked for")
    parts: list[bytes] = []
    wire = 0
    async for chunk in response.aiter_stream():
        wire += len(chunk)
        if wire > limits.wire:
            raise FetchError("too_large", f"{url}: more than {limits.wire:,} bytes")
        parts.append(decoder.feed(chunk, wire) if decoder else chunk)
    if decoder and wire and not decoder.complete:
        raise FetchError("truncated", f"{url}: the compressed body ends early, after {wire:,} bytes")
    return b"".join(parts), wire


class _Inflater:
    """gzip or deflate into at most ``limits.decoded`` bytes. A stream may hold several gzip members (RFC 1952)."""

    def __init__(self, coding: str, url: str, limits: Limits) -> None:
        self._url = url
        self._limits = limits
        self._zlib = zlib.decompressobj(wbits=47)
        self._may_be_raw = coding == "deflate"  # zlib by RFC 9110, and raw deflate in some servers
        self._made = 0
        self.complete = False

    def feed(self, chunk: bytes, wire: int) -> bytes:
        parts: list[bytes] = []
        while chunk and not (self.complete and not chunk.startswith(b"\x1f\x8b")):
            if self.complete:
                self._zlib, self.complete = zlib.decompressobj(wbits=47), False
            try:
                made = self._zlib.decompress(chunk, self._limits.decoded - self._made + 1)
            except zlib.error as error:
                if not self._may_be_raw or self._made:
                    raise FetchError("bad_encoding", f"{self._url}: broken compression ({error})") from None
                self._may_be_raw, self._zlib = False, zlib.decompressobj(wbits=-15)
                continue
            parts.append(made)
            self._made += len(made)
            if self._made > RATIO_FLOOR and self._made > wire * self._limits.ratio:
                raise FetchError(
                    "bomb", f"{self._url}: {wire:,} bytes unpack to more than {self._limits.ratio} times as many"
                )
            if self._made > self._limits.decoded:
                raise FetchError("too_large", f"{self._url}: unpacks to more than {self._limits.decoded:,} bytes")
            self.complete, chunk = self._zlib.eof, self._zlib.unused_data
        return b"".join(parts)


def _header(headers: Headers, name: str) -> bytes | None:
    wanted = name.lower().encode()
    return next((value for key, value in headers if key == wanted), None)


def _connect_error(target: httpx.URL, error: Exception) -> FetchError:
    causes = [error]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) is not None and len(causes) < 8:
        causes.append(cause)  # type: ignore[arg-type]
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return FetchError("tls", f"{target}: {error}")
    return FetchError("unreachable", f"{target}: {error}")


def _broken(target: httpx.URL, error: Exception, *, answered: bool) -> Exception:
    text = str(error)
    if "Receive buffer too long" in text:
        return FetchError("too_large", f"{target}: headers without end")
    if not answered and (isinstance(error, httpcore.NetworkError) or "without sending a response" in text):
        return _BrokenBeforeAnswerError(
            "reset", f"the connection broke before an answer ({text or type(error).__name__})"
        )
    if not answered:
        # Or what an answer before this one, such as a 304, sent behind its end.
        return _BrokenBeforeAnswerError("protocol", f"not HTTP ({text})")
    return FetchError("truncated", f"{target}: the body was cut ({text or type(error).__name__})")
