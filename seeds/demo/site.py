"""A small news site of our own writing, served on loopback: what ``./run demo`` and the tests poll.

    with serve() as site:
        print(site.opml_url)        # lists every feed of the site
        site.revise()               # one story changes, as stories do

    python -m seeds.demo.site --port 8901

The outlets do not exist. The stories retell public events of 2022 to 2025 in our own words, and their quotations are
paraphrases: they are there to show constructions, and are not citable. ``press.py`` sets the pages, ``expected.toml``
says what a reader finds in each story.

The pages are pure functions of those files and of the base URL, so a second start on the same port answers a
conditional request for an unchanged page with 304.
"""

from __future__ import annotations

import argparse
import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from seeds.demo.press import Resource, build, load_channels


class Site:
    """The running server. Made by ``serve``."""

    def __init__(self, port: int) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.opml_url = f"{self.base_url}/feeds.opml"
        self.feed_urls = tuple(f"{self.base_url}/{channel.outlet}/{channel.path}" for channel in load_channels())
        self.resources = build(self.base_url)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="demo-site", daemon=True)
        self._thread.start()

    def revise(self) -> None:
        """From now on serve the second version of the stories that have one."""
        self.resources = build(self.base_url, revised=True)

    def wait(self) -> None:
        """Block until the server is closed or the process interrupted."""
        self._thread.join()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(body_wanted=True)

            def do_HEAD(self) -> None:
                self._answer(body_wanted=False)

            def _answer(self, *, body_wanted: bool) -> None:
                resource = site.resources.get(self.path.partition("?")[0])
                if resource is None:
                    now = datetime.now(UTC)
                    resource = Resource("text/plain; charset=utf-8", b"no such page\n", now, 404)
                fresh = resource.status == 200 and is_fresh(
                    resource, self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since")
                )
                body = b"" if fresh else resource.body
                self.send_response(304 if fresh else resource.status)
                if resource.status == 200:
                    self.send_header("ETag", resource.etag)
                    self.send_header("Last-Modified", _http_date(resource.modified))
                if not fresh:
                    self.send_header("Content-Type", resource.kind)
                    self.send_header("Vary", "Accept-Encoding")
                    if "gzip" in self.headers.get("Accept-Encoding", ""):
                        body = gzip.compress(body, mtime=0)
                        self.send_header("Content-Encoding", "gzip")
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if body_wanted and body:
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing: the pipeline reports what it fetched."""

        return Handler


def is_fresh(resource: Resource, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Does the client hold this version? The entity tag decides where both are sent (RFC 9110, 13.2.2)."""
    if if_none_match is not None:
        return resource.etag in if_none_match
    return if_modified_since == _http_date(resource.modified)


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


@contextmanager
def serve(port: int = 0) -> Iterator[Site]:
    """Serve the site on 127.0.0.1 for the time of a ``with`` block; port 0 takes a free one."""
    site = Site(port)
    try:
        yield site
    finally:
        site.close()


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m seeds.demo.site", description="Serve the demo site on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=8901, help="0 takes a free one (default: %(default)s)")
    with serve(parser.parse_args(argv).port) as site:
        print(f"{site.base_url}/  feeds: {site.opml_url}  (Ctrl-C stops)", flush=True)
        try:
            site.wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
