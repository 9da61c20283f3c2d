"""A small web server on 127.0.0.1 whose routes are scripted by the test, and which keeps what it was asked.

with Loopback() as site:
    site.on("/feed", body=b"<rss/>", headers={"ETag": '"1"'})
    site.on("/drip", reply=lambda exchange: exchange.drip(b"x" * 100, every=0.1))
    ... site.url("/feed") ...
    assert site.asked("/feed")[0].headers["if-none-match"] == '"1"'
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Request:
    path: str
    headers: Mapping[str, str]  # names in lower case


class Exchange:
    """One request being answered. A scripted reply calls one of its methods, or writes to ``wfile`` by itself."""

    def __init__(self, handler: BaseHTTPRequestHandler, request: Request, closing: threading.Event) -> None:
        self.request = request
        self.wfile = handler.wfile
        self._handler = handler
        self._closing = closing

    def send(self, status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.start(status, {"Content-Length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def start(self, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """The status line and exactly these headers; the body is the caller's."""
        self._handler.send_response_only(status)
        for name, value in (headers or {}).items():
            self._handler.send_header(name, value)
        self._handler.end_headers()
        self._handler.close_connection = "Content-Length" not in (headers or {}) and status not in (204, 304)

    def drip(self, body: bytes, *, every: float, headers: Mapping[str, str] | None = None) -> None:
        """One byte at a time, ``every`` seconds apart, until the body or the server ends."""
        self.start(200, {"Content-Length": str(len(body)), **(headers or {})})
        for position in range(len(body)):
            if self._closing.wait(every):
                self._handler.close_connection = True
                return
            self.wfile.write(body[position : position + 1])
            self.wfile.flush()

    def endless(self, chunk: bytes, headers: Mapping[str, str] | None = None) -> None:
        """The chunk again and again, until the client or the server goes away."""
        self.start(200, headers)
        while not self._closing.is_set():
            self.wfile.write(chunk)

    def cut(self, body: bytes, *, announced: int) -> None:
        """Less than was announced, then the connection is closed."""
        self.start(200, {"Content-Length": str(announced)})
        self.wfile.write(body)
        self._handler.close_connection = True

    def reset(self) -> None:
        """Close without a word."""
        self._handler.close_connection = True


class Loopback:
    """``with Loopback() as site``. Unknown paths answer 404."""

    def __init__(self, address: str = "127.0.0.1", *, certificate: Path | None = None) -> None:
        self.requests: list[Request] = []
        self._routes: dict[str, Callable[[Exchange], None]] = {}
        self._closing = threading.Event()
        self._server = _Server((address, 0), _handler_of(self))
        self._scheme = "http"
        if certificate:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(certificate)
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def close(self) -> None:
        """End replies that drip or never end."""
        self._closing.set()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    def on(
        self,
        path: str,
        *,
        status: int = 200,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        reply: Callable[[Exchange], None] | None = None,
        validate: bool = False,
    ) -> None:
        """Answer ``path`` so from now on. ``validate``: 304 where the request's If-None-Match equals our ETag, or
        (without an ETag) its If-Modified-Since our Last-Modified."""
        fixed = dict(headers or {})

        def answer(exchange: Exchange) -> None:
            asked = exchange.request.headers
            same = (
                asked.get("if-none-match") == fixed["ETag"]
                if "ETag" in fixed
                else "Last-Modified" in fixed and asked.get("if-modified-since") == fixed["Last-Modified"]
            )
            if validate and same:
                exchange.start(304, fixed)
            else:
                exchange.send(status, body, fixed)

        self._routes[path] = reply or answer

    def on_gzip(self, path: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.on(path, body=gzip.compress(body), headers={"Content-Encoding": "gzip", **(headers or {})})

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        request = Request(handler.path, {name.lower(): value for name, value in handler.headers.items()})
        self.requests.append(request)
        exchange = Exchange(handler, request, self._closing)
        route = self._routes.get(handler.path) or self._routes.get(handler.path.partition("?")[0])
        with contextlib.suppress(ConnectionError):
            if route is None:
                exchange.send(404, b"not here")
            else:
                route(exchange)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what some tests are about."""


def _handler_of(site: Loopback) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            site.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

        def setup(self) -> None:
            super().setup()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    return Handler
