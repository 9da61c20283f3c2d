"""The client against a server that misbehaves: every answer ends inside its bounds, with an outcome of its own."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import subprocess
import time
import zlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

from extractors.errors import FetchError
from flows.http import FEED, Answer, Client, Limits, Patience, public
from flows.outcomes import OUTCOMES, SUCCESSES
from tests.loopback import Exchange, Loopback

BRISK = replace(FEED, total=1.5, read=0.7, connect=0.5)


@pytest.fixture
def site() -> Iterator[Loopback]:
    with Loopback() as server:
        yield server


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@asynccontextmanager
async def client(**options: Any) -> AsyncIterator[Client]:
    clock = Clock()
    async with Client(
        **{"allow_private_hosts": {"127.0.0.1"}, "clock": clock, "sleep": clock.sleep, **options}
    ) as made:
        yield made


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def get(url: str, *, limits: Limits = BRISK, headers: dict[str, bytes] | None = None, **options: Any) -> Answer:
    async def once() -> Answer:
        async with client(**options) as opened:
            return await opened.get(url, headers=headers, limits=limits)

    answer: Answer = run(once())
    return answer


def outcome(url: str, *, limits: Limits = BRISK, **options: Any) -> str:
    with pytest.raises(FetchError) as raised:
        get(url, limits=limits, **options)
    assert raised.value.outcome in OUTCOMES and raised.value.outcome not in SUCCESSES
    assert "\n" not in str(raised.value)
    return raised.value.outcome


# What is asked and what comes back


def test_a_request_says_who_asks_and_nothing_else(site: Loopback) -> None:
    site.on("/feed", body=b"hello", headers={"ETag": 'W/"\xe9"', "Set-Cookie": "a=1"})
    url = site.url("/feed?a=%D0%B0&b=")
    answer = get(url, headers={"If-None-Match": b'"x"'}, contact="desk@news.example")
    (request,) = site.requests
    assert request.path == "/feed?a=%D0%B0&b="
    assert request.headers.keys() == {"host", "user-agent", "accept", "accept-encoding", "if-none-match"}
    assert request.headers["user-agent"].startswith("dateline/")
    assert "desk@news.example" in request.headers["user-agent"]
    assert request.headers["accept-encoding"] == "gzip"
    assert (answer.status, answer.body, answer.final_url, answer.bytes_wire) == (200, b"hello", url, 5)
    assert answer.raw_header("ETag") == 'W/"\xe9"'.encode("latin-1")


def test_cookies_are_not_kept(site: Loopback) -> None:
    site.on("/", headers={"Set-Cookie": "a=1; Path=/"})

    async def twice() -> None:
        async with client() as opened:
            await opened.get(site.url("/"))
            await opened.get(site.url("/"))

    run(twice())
    assert all("cookie" not in request.headers for request in site.requests)


@pytest.mark.parametrize("status", [200, 204, 206, 304, 400, 401, 403, 404, 410, 418, 429, 500, 503, 599])
def test_every_status_is_an_answer(site: Loopback, status: int) -> None:
    site.on("/", reply=lambda exchange: exchange.start(status, {"Content-Length": "0"}))
    assert get(site.url("/")).status == status


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data)[2:-4]),  # raw, as some servers mean it
        ("gzip", lambda data: gzip.compress(data[:500]) + gzip.compress(data[500:])),
        ("gzip", lambda data: gzip.compress(data) + b"\0\0\0"),
        ("identity", bytes),
    ],
)
def test_compression(site: Loopback, coding: str, pack: Callable[[bytes], bytes]) -> None:
    data = bytes(range(256)) * 40
    site.on("/", body=pack(data), headers={"Content-Encoding": coding})
    answer = get(site.url("/"))
    assert answer.body == data
    assert answer.bytes_wire == len(pack(data))


# Redirects


def test_redirects_are_followed_and_kept(site: Loopback) -> None:
    site.on("/a", status=301, headers={"Location": "/b?x=1"})
    site.on("/b", status=308, headers={"Location": site.url("/c")})
    site.on("/c", status=302, headers={"Location": "d"})
    site.on("/d", body=b"here")
    answer = get(site.url("/a"))
    assert [hop.status for hop in answer.hops] == [301, 308, 302, 200]
    assert answer.final_url == site.url("/d")
    assert answer.moved_to == site.url("/c"), "the first temporary redirect ends the permanent chain"


def test_a_temporary_redirect_moves_nothing(site: Loopback) -> None:
    site.on("/a", status=302, headers={"Location": "/b"})
    site.on("/b", status=301, headers={"Location": "/c"})
    site.on("/c", body=b"here")
    assert get(site.url("/a")).moved_to == ""


def test_redirects_end(site: Loopback) -> None:
    site.on("/a", status=302, headers={"Location": "/b"})
    site.on("/b", status=302, headers={"Location": "/a"})
    assert outcome(site.url("/a")) == "redirects"
    for number in range(9):
        site.on(f"/{number}", status=302, headers={"Location": f"/{number + 1}"})
    assert outcome(site.url("/0")) == "redirects"
    assert len(site.asked("/6")) == 0


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("http://10.0.0.1/", "ssrf_refused"),
        ("http://[::ffff:10.0.0.1]/", "ssrf_refused"),
        ("http://169.254.169.254/latest/meta-data", "ssrf_refused"),
        ("http://inside.example/", "ssrf_refused"),
        ("http://outside.example:22/", "ssrf_refused"),
        ("ftp://outside.example/", "bad_url"),
        ("file:///etc/passwd", "bad_url"),
        ("http://[bad/", "bad_url"),
        ("http://me:hunter2@outside.example/", "bad_url"),
    ],
)
def test_redirects_are_guarded(site: Loopback, location: str, expected: str) -> None:
    site.on("/", status=302, headers={"Location": location})

    async def resolve(host: str, port: int) -> list[str]:
        return [{"inside.example": "10.1.2.3"}.get(host, host)]

    assert outcome(site.url("/"), resolve=resolve) == expected


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "64:ff9b:1::1"),
        *("::ffff:127.0.0.1", "::ffff:100.64.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "::7f00:1"),
    ],
)
def test_closed_addresses(address: str) -> None:
    assert not public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_open_addresses(address: str) -> None:
    assert public(address)


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/"),
        *("http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://0/"),
    ],
)
def test_every_way_to_write_our_own_address_is_refused(url: str) -> None:
    assert outcome(url, allow_private_hosts=()) == "ssrf_refused"


def test_one_closed_address_among_open_ones_is_enough(site: Loopback) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "10.0.0.1"]

    assert outcome("http://mixed.example/", resolve=resolve) == "ssrf_refused"


def test_a_name_that_changes_its_address_after_the_look_gains_nothing(site: Loopback) -> None:
    """DNS rebinding: the connection goes to what was looked at; the name is not resolved again."""
    looks: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        looks.append(host)
        return ["127.0.0.1"] if len(looks) == 1 else ["10.0.0.1"]

    site.on("/", body=b"here")
    answer = get(site.url("/", host="news.example"), resolve=resolve, allow_private_hosts={"news.example"})
    assert (answer.body, looks) == (b"here", ["news.example"])
    assert site.requests[0].headers["host"] == f"news.example:{site.port}"
    assert (
        outcome(site.url("/", host="rebound.example").replace(f":{site.port}", ""), resolve=resolve) == "ssrf_refused"
    )


@pytest.mark.parametrize(
    ("error", "expected"), [(socket.EAI_AGAIN, "dns_temp"), (socket.EAI_NONAME, "dns_unknown")], ids=str
)
def test_names_that_do_not_resolve(error: int, expected: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(error, "no")

    assert outcome("http://news.example/", resolve=resolve) == expected


def test_a_silent_name_server(site: Loopback) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    assert outcome("http://news.example/", resolve=resolve) == "dns_temp"


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert outcome(f"http://127.0.0.1:{taken.getsockname()[1]}/") == "unreachable"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "news.example/feed",
        "ftp://news.example/",
        "http://",
        "http://a b/",
        "http://[x/",
        "http://a..b/",
        "http://a$b/",
        "http://127.0.0.1:0/",
        "http://me@127.0.0.1/",
    ],
)
def test_what_is_no_url(url: str) -> None:
    assert outcome(url) == "bad_url"


def test_a_url_without_end() -> None:
    assert outcome("http://127.0.0.1/" + "a" * 3_000) == "bad_url"


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for news.example that signs itself, with its key."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=news.example"
    command += " -addext subjectAltName=DNS:news.example"
    try:
        subprocess.run(
            [*command.split(), "-keyout", "key", "-out", "cert"], cwd=folder, check=True, capture_output=True
        )
    except OSError as error:
        pytest.skip(f"openssl is not here: {error}")
    (folder / "both.pem").write_text((folder / "key").read_text() + (folder / "cert").read_text())
    return folder / "both.pem"


async def loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def test_tls_is_checked_by_name(certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    hosts = {"news.example", "other.example"}
    with Loopback(certificate=certificate) as site:
        site.on("/", body=b"here")
        site.on("/down", status=301, headers={"Location": "http://news.example/"})
        ours = site.url("/", host="news.example")
        assert get(ours, resolve=loopback, allow_private_hosts=hosts, tls=trusting).body == b"here"
        assert outcome(ours, resolve=loopback, allow_private_hosts=hosts) == "tls", "nobody vouches for it"
        other = site.url("/", host="other.example")
        assert outcome(other, resolve=loopback, allow_private_hosts=hosts, tls=trusting) == "tls", "another's name"
        down = site.url("/down", host="news.example")
        assert outcome(down, resolve=loopback, allow_private_hosts=hosts, tls=trusting) == "downgrade"


class SpeaksHttp2(asyncio.Protocol):
    """Answers every request with its own path."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.connection = H2Connection(H2Configuration(client_side=False))
        self.connection.initiate_connection()
        transport.write(self.connection.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self.connection.receive_data(data):
            if isinstance(event, RequestReceived) and event.stream_id and event.headers:
                asked = {bytes(name): bytes(value) for name, value in event.headers}
                tag = asked.get(b"if-none-match", b"none")
                self.connection.send_headers(event.stream_id, [(b":status", b"200"), (b"etag", tag)])
                self.connection.send_data(event.stream_id, asked[b":path"], end_stream=True)
        self.transport.write(self.connection.data_to_send())


def test_http_2_is_spoken_where_the_server_does(certificate: Path) -> None:
    ours, theirs = ssl.create_default_context(cafile=str(certificate)), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate)
    theirs.set_alpn_protocols(["h2"])

    async def work() -> list[Answer]:
        server = await asyncio.get_running_loop().create_server(SpeaksHttp2, "127.0.0.1", 0, ssl=theirs)
        origin = f"https://news.example:{server.sockets[0].getsockname()[1]}"
        async with server, client(resolve=loopback, allow_private_hosts={"news.example"}, tls=ours) as opened:
            return [await opened.get(origin + path, headers={"If-None-Match": b'W/"1"'}) for path in ("/a", "/b")]

    answers: list[Answer] = run(work())
    assert [(answer.status, answer.body, answer.header("ETag")) for answer in answers] == [
        (200, b"/a", 'W/"1"'),
        (200, b"/b", 'W/"1"'),
    ]


def test_a_server_without_tls(site: Loopback) -> None:
    assert outcome(site.url("/").replace("http:", "https:")) == "tls"


# Bounds


def test_a_slow_drip_ends_at_the_deadline(site: Loopback) -> None:
    site.on("/", reply=lambda exchange: exchange.drip(b"x" * 1_000, every=0.1))
    assert outcome(site.url("/")) == "timeout"


def test_a_silent_server_ends_at_the_read_limit(site: Loopback) -> None:
    site.on("/", reply=lambda exchange: exchange.drip(b"x" * 10, every=5))
    assert outcome(site.url("/"), limits=replace(BRISK, total=60)) == "timeout"


def test_redirects_share_one_deadline(site: Loopback) -> None:
    def slowly(exchange: Exchange) -> None:
        number = int(exchange.request.path[1:])
        time.sleep(0.5)
        exchange.send(302, headers={"Location": f"/{number + 1}"})

    for number in range(6):
        site.on(f"/{number}", reply=slowly)
    assert outcome(site.url("/0"), limits=replace(FEED, total=1.0), clock=time.monotonic) == "timeout"
    assert len(site.requests) < 4


def test_an_endless_body(site: Loopback) -> None:
    site.on("/", reply=lambda exchange: exchange.endless(b"x" * 65_536))
    assert outcome(site.url("/")) == "too_large"


def test_a_body_that_announces_too_much_is_not_begun(site: Loopback) -> None:
    site.on("/", reply=lambda exchange: exchange.cut(b"", announced=6_000_000))
    assert outcome(site.url("/")) == "too_large"


def test_a_body_that_unpacks_to_too_much(site: Loopback) -> None:
    noise = bytes((value * 7919 >> 3) & 255 for value in range(100_000))
    site.on_gzip("/", noise * 110)
    assert outcome(site.url("/")) == "too_large"


def test_a_gzip_bomb(site: Loopback) -> None:
    site.on_gzip("/", bytes(40_000_000))
    site.on("/twice", body=gzip.compress(gzip.compress(bytes(40_000_000))), headers={"Content-Encoding": "gzip, gzip"})
    assert outcome(site.url("/")) == "bomb"
    assert outcome(site.url("/twice")) == "bad_encoding"


def test_headers_without_end(site: Loopback) -> None:
    site.on("/many", headers={f"X-{number}": "x" * 1_000 for number in range(70)})
    site.on("/endless", reply=lambda exchange: exchange.start(200, {"X-Big": "x" * 200_000}))
    assert outcome(site.url("/many")) == "too_large"
    assert outcome(site.url("/endless")) == "too_large"


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "nonsense"])
def test_an_encoding_that_was_not_asked_for(site: Loopback, coding: str) -> None:
    site.on("/", body=b"abc", headers={"Content-Encoding": coding})
    assert outcome(site.url("/")) == "bad_encoding"


def test_what_is_called_gzip_and_is_not(site: Loopback) -> None:
    site.on("/", body=b"<rss/>", headers={"Content-Encoding": "gzip"})
    assert outcome(site.url("/")) == "bad_encoding"


def test_cut_bodies(site: Loopback) -> None:
    packed = gzip.compress(bytes(range(256)) * 100)
    site.on("/length", reply=lambda exchange: exchange.cut(b"abc", announced=100))
    site.on("/gzip", body=packed[: len(packed) // 2], headers={"Content-Encoding": "gzip"})
    site.on("/chunked", reply=cut_chunks)
    for path in ("/length", "/gzip", "/chunked"):
        assert outcome(site.url(path)) == "truncated"


def cut_chunks(exchange: Exchange) -> None:
    exchange.start(200, {"Transfer-Encoding": "chunked"})
    exchange.wfile.write(b"5\r\nhello\r\n64\r\nwor")


def test_what_is_not_http(site: Loopback) -> None:
    def babble(exchange: Exchange) -> None:
        exchange.wfile.write(b"220 mail ready\r\n\r\n")
        exchange.reset()

    site.on("/", reply=babble)
    assert outcome(site.url("/")) == "protocol"


def test_what_a_304_sends_behind_its_end_costs_the_next_request_nothing(site: Loopback) -> None:
    def bodied(exchange: Exchange) -> None:
        exchange.start(304, {"ETag": '"1"'})
        exchange.wfile.write(b"<html>Not modified, says this page.</html>\r\n")

    site.on("/feed", reply=bodied)
    site.on("/page", body=b"here")

    async def both() -> list[int]:
        async with client() as ours:
            return [(await ours.get(site.url(path))).status for path in ("/feed", "/page", "/feed", "/page")]

    assert asyncio.run(both()) == [304, 200, 304, 200]


def test_a_reset_is_tried_once_more_after_a_pause(site: Loopback) -> None:
    replies: Iterator[Callable[[Exchange], None]] = iter([Exchange.reset, lambda exchange: exchange.send(200, b"here")])
    site.on("/once", reply=lambda exchange: next(replies)(exchange))
    site.on("/ever", reply=Exchange.reset)
    clock = Clock()
    assert get(site.url("/once"), clock=clock, sleep=clock.sleep).body == b"here"
    assert clock.now >= 1002.0
    assert outcome(site.url("/ever")) == "reset"
    assert len(site.asked("/ever")) == 2


# Manners


def test_a_site_that_has_timed_out_three_times_is_left_for_the_next_run(site: Loopback) -> None:
    site.on("/slow", reply=lambda exchange: exchange.drip(b"x" * 100, every=0.1))
    site.on("/", body=b"here")

    async def all_of_them() -> list[str]:
        outcomes = []
        async with Client(allow_private_hosts={"127.0.0.1"}, patience=Patience()) as ours:
            for path in ("/slow", "/slow", "/", "/slow", "/slow", "/"):
                try:
                    await ours.get(site.url(path), limits=replace(BRISK, total=0.3))
                    outcomes.append("")
                except FetchError as error:
                    outcomes.append(error.outcome)
        return outcomes

    assert asyncio.run(all_of_them()) == ["timeout", "timeout", "", "timeout", "held", "held"]
    assert len(site.requests) == 4


def test_a_site_takes_no_more_of_a_run_than_its_time() -> None:
    patience = Patience(seconds=300.0)
    for _ in range(5):
        assert patience.ended("slow.example") == ""
        patience.took("slow.example", 60.0, timed_out=False)
    assert patience.ended("slow.example") == "slow.example has taken 300 s of this run; left for the next"
    assert patience.ended("other.example") == ""


def starts(site: Loopback, urls: list[str], **options: Any) -> list[float]:
    clock = Clock()
    began: list[float] = []

    def note(exchange: Exchange) -> None:
        began.append(clock.now)
        exchange.send(200)

    site.on("/", reply=note)

    async def all_at_once() -> None:
        async with client(clock=clock, sleep=clock.sleep, resolve=loopback, **options) as opened:
            await asyncio.gather(*map(opened.get, urls))

    run(all_at_once())
    return [start - 1000 for start in began]


def test_an_allowed_host_is_not_paced(site: Loopback) -> None:
    assert starts(site, [site.url("/")] * 4) == [0, 0, 0, 0]


def test_a_site_is_asked_one_at_a_time_with_a_gap(monkeypatch: pytest.MonkeyPatch, site: Loopback) -> None:
    monkeypatch.setattr("flows.http.PORTS", frozenset({site.port}))
    monkeypatch.setattr("flows.http.public", lambda address: True)
    urls = [site.url("/", host=f"{name}.example.com") for name in ("a", "b", "a")]
    assert starts(site, urls, host_gap=3.0) == [0, 3, 6]


def test_the_gap_is_kept_from_one_client_to_the_next(monkeypatch: pytest.MonkeyPatch, site: Loopback) -> None:
    monkeypatch.setattr("flows.http.public", lambda address: True)
    monkeypatch.setattr("flows.http.PORTS", frozenset({site.port}))
    url, shared = site.url("/", host="a.example.com"), dict[str, float]()
    assert starts(site, [url], host_gap=3.0, free_at=shared) == [0]
    assert starts(site, [url], host_gap=3.0, free_at=shared) == [3]


def test_a_site_that_asked_for_a_pause_is_left_alone(site: Loopback) -> None:
    site.on("/")

    async def work() -> None:
        async with client() as opened:
            opened.hold(site.url("/x"), 60)
            with pytest.raises(FetchError) as held:
                await opened.get(site.url("/"))
            assert held.value.outcome == "held"
            assert opened.held_for(site.url("/")).total_seconds() == 60

    run(work())
    assert site.requests == []


def test_requests_under_way_are_bounded() -> None:
    most = now = 0

    async def work() -> None:
        async def resolve(host: str, port: int) -> list[str]:
            nonlocal most, now
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            now -= 1
            raise socket.gaierror(socket.EAI_NONAME, "no")

        async with client(resolve=resolve, concurrency=3) as opened:
            urls = [f"http://host{number}.example/" for number in range(20)]
            await asyncio.gather(*map(opened.get, urls), return_exceptions=True)

    run(work())
    assert most == 3
