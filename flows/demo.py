"""``dateline demo``: the main job on the bundled site, as a recorded flow run, and what to look at next."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from extractors.errors import SettingsError
from flows import subscriptions
from flows.pipeline import Summary
from flows.server import Server, standing_server
from flows.settings import Settings, default_data_dir, load_settings
from seeds.demo.site import serve

NEXT = """
Query further (read-only, any time):
  {command} sql --tables --data {data}
  {command} sql "SELECT said_when, basis, speaker, content, url FROM latest" --data {data}
  {command} status --data {data}
Run the demo again: it polls again and finds nothing new."""


def run(data: Path | None, *, keep: bool, port: int, show: Callable[[Settings, Summary], None]) -> None:
    """Serve the site, subscribe to its feeds, make one recorded run, show it; with ``keep`` leave Prefect's UI up."""
    folder = data or default_data_dir().with_name("dateline-demo")
    options = {"allow_private_hosts": ["127.0.0.1"], "host_gap_seconds": 0.0}
    settings = load_settings(folder, **options)
    with ExitStack() as running:
        try:
            site = running.enter_context(serve(port=port))
        except OSError as error:
            raise SettingsError(f"port {port} of 127.0.0.1: {error.strerror}; name another with --port") from None
        server = running.enter_context(standing_server(settings, notice=_notice))
        added, _, _ = subscriptions.import_opml(settings, site.opml_url)
        _notice(f"demo site at {site.base_url}: texts written for this demo; two of its feeds fail on purpose")
        _notice(f"{added} of {len(site.feed_urls)} feeds added, data in {folder}")
        from flows.monitor import recorded_run

        show(settings, recorded_run(settings, all_feeds=True, options=options))
        command = "./run dateline" if Path("run").exists() else "dateline"
        print(NEXT.format(command=command, data=folder))
        if keep:
            print(f"\nPrefect's UI: {server.api_url.removesuffix('/api')}   (Ctrl-C ends it)", flush=True)
            _wait_for_interrupt(server)


def _notice(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _wait_for_interrupt(server: Server) -> None:
    try:
        while True:
            server.check()
            time.sleep(1)
    except KeyboardInterrupt:
        return
