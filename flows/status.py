"""``dateline status`` and ``dateline feeds status``: what is due, what fails, what waits, what the last runs did.

Tables for people, an exit code for scripts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from extractors.actors import TRUSTED, Actors
from flows.alerts import check
from flows.lists import actors_of
from flows.outcomes import NO_ANSWER, OWN_NETWORK
from flows.rhythm import RED
from flows.settings import Settings
from storage import alerts, queries

PATIENCE = 4
"""How many times the usual pause between runs may pass without one."""
LEAST_PATIENCE, FIRST_PATIENCE = timedelta(hours=1), timedelta(days=2)
"""How long at least, and how long where only one run is known."""
LIST_NOTICE = timedelta(days=60)
"""How long before rows of the lists of actors are too old ``dateline status`` says so."""


def show(settings: Settings, now: datetime, screen: Console) -> int:
    """Feeds due and failing, alerts that wait, the last runs, row counts, the age of the copy. 1 where a feed has
    failed for long, an alert waits, the last run failed, runs no longer come or end, or watches.toml has a mistake,
    else 0."""
    state, waiting = queries.status(settings.data_dir, now), alerts.waiting(settings.data_dir, now)
    screen.print(
        f"{state.copy}: {state.size / 1e6:.1f} MB, published {_span(state.age)} ago", markup=False, soft_wrap=True
    )
    # The table of feeds holds those that were removed too.
    screen.print(", ".join(f"{count:,} {name}" for name, count in state.rows.items() if name != "feeds"))
    screen.print(
        f"{state.feeds} feeds, {state.due} due, {len(state.failing)} failing; {state.waiting} pages to be read, "
        f"{state.again} to be tried again later, {state.given_up} given up within a week"
    )
    troubles = [*_last_failure(state.runs), *_missing_runs(state, now), *check(settings).problems]
    for trouble in troubles:
        screen.print(f"  {trouble}", markup=False, highlight=False, soft_wrap=True)
    for feed in state.failing:
        _show_error(screen, feed, "  ")
    if note := _unchecked(actors_of(settings), now.date()):
        screen.print(f"  {note}", markup=False, highlight=False, soft_wrap=True)
    for alert in waiting:
        screen.print(
            f"  alert: watch {alert['watch']}, address {alert['target']}: {alert['statements']} waiting, "
            f"the oldest for {_span(now - alert['since'])}; each run tries again",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    table = Table(
        "run", "outcome", "feeds", "entries", "pages", "kept", "statements", title="Last runs", title_justify="left"
    )
    for run in state.runs:
        counts = run["counts"]
        numbers = [str(counts.get(name, 0)) for name in ("feeds", "entries", "pages", "kept", "statements")]
        if counts.get("failed_pages"):
            numbers[2] += f" ({counts['failed_pages']} failed)"
        table.add_row(f"{run['started_at']:%Y-%m-%d %H:%M:%S}", run["outcome"], *numbers)
    screen.print(table)
    return 1 if any(map(_is_ill, state.failing)) or waiting or troubles else 0


def _missing_runs(state: queries.Status, now: datetime) -> list[str]:
    """Lines where no run has begun for much longer than is usual, and where what runs write is not published."""
    begun = sorted((run["started_at"] for run in state.runs if run["kind"] == "monitor"), reverse=True)
    told = []
    if begun:
        usual = sorted(later - earlier for later, earlier in pairwise(begun))
        patience = max(LEAST_PATIENCE, PATIENCE * usual[len(usual) // 2]) if usual else FIRST_PATIENCE
        if now - begun[0] > patience:
            told.append(
                f"the last run began {_span(now - begun[0])} ago: look whether `dateline serve`, or what calls "
                "`dateline monitor`, still does; `dateline monitor` says what keeps it from running"
            )
    if state.behind > LEAST_PATIENCE:
        told.append(
            f"the writer's file was changed {_span(state.behind)} after the copy was published: unless a long run is "
            "at work, runs do not come to their end; `dateline monitor` and `dateline doctor` say why"
        )
    return told


def _is_ill(feed: Mapping[str, Any]) -> bool:
    """Does a feed show a sign by which stories are missed, or has it only failed? One bad answer of a hundred feeds
    is no reason to send anybody a mail."""
    return bool(RED.intersection(feed["health"]) or (feed["failures"] and feed["last_success_at"] is None))


def _unchecked(actors: Actors, today: date) -> str:
    """A line where many of the lists' rows are, or will soon be, too old to tell who holds an office."""
    soon = today + LIST_NOTICE
    lapsed = actors.lapsed(soon)
    if not lapsed:
        return ""
    ends = min(int(actor.checked) for actor in lapsed) + TRUSTED
    return (
        f"the lists of actors: {len(lapsed)} who hold an office were last checked too long ago; after {ends} a "
        'description such as "the Ukrainian defence minister" names none of them. A newer release of dateline, or rows '
        "of your own (docs/tuning.md), mend that"
    )


def _last_failure(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line where the last run that came to its end failed. ``runs``: newest first."""
    last = next((run for run in runs if run["finished_at"]), None)
    if last is None or last["outcome"] != "failed":
        return []
    why = OWN_NETWORK if last["counts"].get("own_network") else NO_ANSWER
    return [f"the last run failed: {why}"]


def show_feeds(settings: Settings, now: datetime, screen: Console) -> int:
    """Each feed with its health, and the errors of those that fail. 1 where one has failed for long, or shows a sign by
    which stories are missed, or where most of its pages could not be read; else 0."""
    table = Table("feed", "health", "last poll", "last new", "next", "why then", expand=True)
    ill = 0
    feeds = queries.feed_health(settings.data_dir)
    for feed in feeds:
        flags = [*feed["health"], *([feed["last_outcome"]] if feed["failures"] else [])]
        if feed["unread_week"]:
            flags.append(f"{feed['unread_week']} of {feed['pages_week']} pages unread")
        ill += _is_ill(feed) or _mostly_unread(feed)
        table.add_row(
            escape(feed["title"] or feed["url"]),
            ", ".join(flags) or "ok",
            _ago(now, feed["last_polled_at"]),
            _ago(now, feed["last_new_at"]),
            _until(now, feed["due_at"]),
            feed["due_reason"],
        )
    screen.print(table)
    for feed in feeds:
        if feed["failures"]:
            _show_error(screen, feed)
        elif _mostly_unread(feed):
            screen.print(f"unread, such as {feed['page_error']}", markup=False, highlight=False, soft_wrap=True)
    return 1 if ill else 0


def _mostly_unread(feed: Mapping[str, Any]) -> bool:
    """Could more pages of a feed not be read last week than could?"""
    return bool(feed["unread_week"] * 2 > feed["pages_week"])


def _show_error(screen: Console, feed: Mapping[str, Any], indent: str = "") -> None:
    error = f"{indent}{feed['last_outcome']}: {feed['last_error']}"
    screen.print(error, markup=False, highlight=False, soft_wrap=True)


def _ago(now: datetime, moment: datetime | None) -> str:
    return "never" if moment is None else f"{_span(now - moment)} ago"


def _until(now: datetime, moment: datetime | None) -> str:
    if moment is None:
        return "at once"
    return "now" if moment <= now else f"in {_span(moment - now)}"


def _span(time: timedelta) -> str:
    minutes = max(0, round(time.total_seconds() / 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} d"
