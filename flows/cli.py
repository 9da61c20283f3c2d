"""The ``dateline`` command: a thin skin over the packages. Modules are imported where they are needed, so that
``dateline monitor`` makes its first request within two seconds and ``dateline dates`` starts at once."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from extractors.errors import DatelineError, InputError
from flows.settings import MOST_DAYS, Settings, load_settings

if TYPE_CHECKING:
    from rich.console import Console

    from flows.pipeline import Progress, Summary

app = typer.Typer(
    help="Who said what about Ukraine's security, and when: feeds in, dated statements in a DuckDB warehouse out.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
)
feeds_app = typer.Typer(help="The subscriptions.", no_args_is_help=True, rich_markup_mode="markdown")
actors_app = typer.Typer(
    help="The list of people and bodies that speak.", no_args_is_help=True, rich_markup_mode="markdown"
)
app.add_typer(feeds_app, name="feeds")
watches_app = typer.Typer(
    help="Who is told of which new statements (watches.toml).", no_args_is_help=True, rich_markup_mode="markdown"
)
app.add_typer(actors_app, name="actors")
app.add_typer(watches_app, name="watches")

SHOWN = 25
"""Statements that a run shows of those that it appended."""

PIPE_WIDTH = 140
"""Columns of a table that goes to a file or a pipe."""

Lines = Annotated[
    typer.FileText,
    # Bytes that are no UTF-8 become surrogates, which cost their line alone (flows.filters).
    typer.Argument(
        metavar="[FILE]", help="JSON Lines; - for standard input.", encoding="utf-8-sig", errors="surrogateescape"
    ),
]

Data = Annotated[
    Optional[Path],  # noqa: UP045 - typer reads the annotation
    typer.Option("--data", help="Data directory. Default: $DATELINE_DATA_DIR, else ~/.local/share/dateline."),
]
Private = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--allow-private", help="A loopback or private host that may be fetched, such as 127.0.0.1."),
]
Log = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--log", metavar="text|json", help="A line an outcome on standard error."),
]


def main() -> None:
    """Entry point: errors that a user can meet become one line on standard error and exit code 1."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = app(prog_name="dateline", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone: nothing to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    except (DatelineError, typer.TyperException, OSError) as error:
        if text := explained(error):
            print(f"dateline: {text}", file=sys.stderr)
        code = 1
    sys.exit(code)


def explained(error: Exception) -> str:
    """What went wrong, to what, and what to do, in one line without passwords; "" where help was shown instead."""
    from extractors.links import masked

    text = str(error)
    if isinstance(error, typer.TyperException):
        command = getattr(error, "ctx", None)
        text = error.format_message()
        text += f" (`{command.command_path} --help` shows what it takes)" if text and command else ""
    elif isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return masked(" ".join(text.split()))


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"dateline {version('dateline')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def _terminated(number: int, frame: object) -> None:
    """SIGTERM unwinds the stack as Ctrl-C does, so that a server that we started is stopped too."""
    sys.exit(128 + number)


def settings_of(data: Path | None, allow_private: list[str] | None = None, log: str | None = None) -> Settings:
    return load_settings(data, **_given(allow_private, log))


def console() -> Console:
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH)


def _given(allow_private: list[str] | None, log: str | None) -> dict[str, Any]:
    """The settings that the command line gave, for a flow run, which reads the others by itself."""
    given = {"allow_private_hosts": allow_private, "log": log}
    return {name: value for name, value in given.items() if value}


@contextmanager
def progress_line() -> Iterator[Callable[[Progress], None]]:
    """A progress bar a stage on a terminal; silent in a pipe."""
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        tasks: dict[str, Any] = {}

        def show(step: Progress) -> None:
            if step.stage not in tasks:
                tasks[step.stage] = bars.add_task(step.stage, total=step.of)
            bars.update(tasks[step.stage], completed=step.done, total=step.of)

        yield show


# --- the main job -----------------------------------------------------------------------------------------------------


@app.command()
def monitor(
    data: Data = None,
    allow_private: Private = None,
    all_feeds: Annotated[bool, typer.Option("--all-feeds", help="Poll every feed, due or not.")] = False,
    prefect: Annotated[
        bool, typer.Option("--prefect", help="Record the run in Prefect (README: what that costs).")
    ] = False,
    log: Log = None,
) -> None:
    """One run: poll the feeds that are due, read new pages, append dated statements, publish the copy.

    * `dateline monitor`                  without a server, in seconds
    * `dateline monitor --prefect`        the same as a recorded flow run
    * `dateline monitor --all-feeds`      every feed now
    """
    settings, given = settings_of(data, allow_private, log), _given(allow_private, log)
    summary = _recorded_run(settings, all_feeds, given) if prefect else _plain_run(settings, all_feeds)
    _show(settings, summary)
    raise typer.Exit(1 if summary.outcome == "failed" else 0)


def _plain_run(settings: Settings, all_feeds: bool) -> Summary:
    from flows import pipeline

    with progress_line() as show:
        return pipeline.run(settings, all_feeds=all_feeds, progress=show)


def _recorded_run(settings: Settings, all_feeds: bool, given: dict[str, Any]) -> Summary:
    from flows.server import standing_server

    with standing_server(settings, notice=lambda line: print(line, file=sys.stderr)):
        from flows.monitor import recorded_run

        return recorded_run(settings, all_feeds=all_feeds, options=given)


def _show(settings: Settings, summary: Summary) -> None:
    from flows import report, subscriptions
    from storage import queries

    screen = console()
    screen.print(report.headline(summary))
    if summary.trouble:
        screen.print(f"  failed: {summary.trouble}", markup=False, highlight=False, soft_wrap=True)
    for error in summary.failures:
        screen.print(f"  failed: {error}", markup=False, highlight=False, soft_wrap=True)
    for problem in summary.alert_problems:
        screen.print(f"  alert: {problem}", markup=False, highlight=False, soft_wrap=True)
    if summary["statements"]:
        rows = queries.new_statements(settings.data_dir, summary.run_id)
        if rows:
            screen.print(report.statement_table(rows[:SHOWN]))
        if rest := report.left_out(summary["statements"], len(rows), len(rows[:SHOWN])):
            screen.print(rest, markup=False, highlight=False, soft_wrap=True)
    else:
        screen.print("Nothing new: no statement was appended.")
    if not summary["feeds"] and not queries.fetch(settings.data_dir, "FROM feeds WHERE removed_at IS NULL LIMIT 1"):
        print(subscriptions.NONE_YET, file=sys.stderr)


@app.command()
def serve(data: Data = None, allow_private: Private = None, log: Log = None) -> None:
    """Keep Prefect's server and the schedule running until stopped (Ctrl-C or SIGTERM).

    The interval is `interval_minutes` of dateline.toml (15), or `cron`. The UI is at http://127.0.0.1:4200.

    * `dateline serve`
    * `DATELINE_INTERVAL_MINUTES=30 dateline serve`
    """
    settings = settings_of(data, allow_private, log)
    from flows.server import prepare, standing_server

    prepare(settings)
    from flows import deployments

    kept = deployments.deployments(settings, _given(allow_private, log))
    with standing_server(settings, notice=lambda line: print(line, file=sys.stderr)) as server:
        deployments.refuse_anothers(server, settings)
        every = "minute" if settings.interval_minutes == 1 else f"{settings.interval_minutes:g} minutes"
        rhythm = f"by cron {settings.cron!r}" if settings.cron else f"every {every}"
        print(
            f"Serving: a run {rhythm}; UI at {server.api_url.removesuffix('/api')}; data in {settings.data_dir}. "
            "Stop with Ctrl-C.",
            flush=True,
        )
        deployments.serve(kept, server.check)


@app.command()
def demo(
    data: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--data", help="Data directory. Default: dateline-demo beside that of your own feeds."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the server running to look at the UI, until Ctrl-C.")
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the demo site on 127.0.0.1.")] = 8901,
) -> None:
    """Run the main job on the bundled demo site and show the statements. A second demo finds nothing new.

    * `dateline demo`           the recorded flow on the bundled site
    * `dateline demo --keep`    the same, and Prefect's UI stays up until Ctrl-C
    """
    from flows import demo as demo_run

    demo_run.run(data, keep=keep, port=port, show=_show)


# --- extraction as filters --------------------------------------------------------------------------------------------


@app.command()
def extract(
    source: Lines = "-",  # type: ignore[assignment]
    everything: Annotated[bool, typer.Option("--all", help="Extract from stories judged not relevant too.")] = False,
    data: Data = None,
) -> None:
    """Stories in, statements out, one JSON object a line, in the same order.

    In: `{"id", "title", "outlet", "url", "published", "text"}`.
    Out: `{"id", "relevant", "relevance", "topics", "statements": [...]}`.

    * `dateline extract < stories.jsonl > statements.jsonl`
    * `dateline extract --all stories.jsonl | jq '.statements[].speaker'`
    """
    from flows import filters

    raise typer.Exit(0 if filters.extract(source, sys.stdout, settings_of(data), everything=everything) else 1)


@app.command()
def dates(
    source: Lines = "-",  # type: ignore[assignment]
) -> None:
    """Texts in, date expressions out, one JSON object a line.

    In: `{"id", "dct", "text"}`, `dct` being the day of the text. Out: `{"id", "dct", "timexes": [...]}`.
    With `"day_first": true` 03/09/2025 is 3 September, with `false` March 9; without it, the nearest before `dct`.

    * `echo '{"id": "a", "dct": "2025-08-20", "text": "He said so on Monday."}' | dateline dates`
    """
    from flows import filters

    raise typer.Exit(0 if filters.dates(source, sys.stdout) else 1)


@app.command()
def read(
    target: Annotated[str, typer.Argument(metavar="URL|FILE", help="A page's URL, or a file of HTML (.gz too).")],
    url: Annotated[str, typer.Option(help="The URL that the file came from.")] = "",
    data: Data = None,
    allow_private: Private = None,
) -> None:
    """The story on a page, as one JSON line: title, published, language, kind, text ...

    * `dateline read https://example.org/news/1`
    * `dateline read page.html --url https://example.org/news/1`
    """
    from flows import filters

    filters.read(target, url, sys.stdout, settings_of(data, allow_private))


@app.command()
def explain(
    source: Lines = "-",  # type: ignore[assignment]
    data: Data = None,
) -> None:
    """Why a story was kept or dropped, and the rule that made each statement. Takes what `dateline extract` takes.

    * `dateline explain stories.jsonl`
    * `head -1 stories.jsonl | dateline explain`
    """
    from flows import filters

    raise typer.Exit(0 if filters.explain(source, sys.stdout, settings_of(data)) else 1)


# --- the warehouse ----------------------------------------------------------------------------------------------------


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SQL query; none with --tables.")] = "",
    output: Annotated[str, typer.Option("--format", "-f", help="table, csv, json or parquet.")] = "table",
    to: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--to", "-o", help="Write to this file (parquet needs one), in place of one that is there."),
    ] = None,
    tables: Annotated[
        bool, typer.Option("--tables", help="List tables, views and macros with what they hold.")
    ] = False,
    data: Data = None,
) -> None:
    """Query the published copy, read-only.

    * `dateline sql --tables`
    * `dateline sql "SELECT day, speaker, content FROM latest LIMIT 10"`
    * `dateline sql "FROM timeline('mark-rutte')" -f csv`
    * `dateline sql "FROM statements" -f parquet -o statements.parquet`
    """
    from storage import queries

    settings = settings_of(data)
    if tables:
        query = queries.DICTIONARY
    if not query:
        raise InputError('no query: `dateline sql "FROM latest LIMIT 10"`; `dateline sql --tables` lists what there is')
    queries.run_sql(settings.data_dir, query, output, to, console())


@app.command()
def status(
    data: Data = None,
    metrics: Annotated[bool, typer.Option("--metrics", help="Print Prometheus' text form; exit code 0.")] = False,
) -> None:
    """Feeds due and failing, alerts that wait, the last runs, row counts, the copy's age.

    Exit code 1 where a feed has failed for a day, an address of a watch has not taken what it was sent, the last run
    failed, runs no longer come or do not end, or watches.toml has a mistake.

    * `dateline status`
    * `dateline status > /dev/null || mail -s "dateline: look after it" me@example.org < /dev/null`
    """
    if metrics:
        from flows.metrics import exposition
        from storage import alerts, queries

        folder, now = settings_of(data).data_dir, datetime.now(UTC)
        print(exposition(queries.status(folder, now), alerts.waiting(folder, now)), end="")
        return
    from flows import status as status_page

    raise typer.Exit(status_page.show(settings_of(data), datetime.now(UTC), console()))


@app.command()
def doctor(data: Data = None) -> None:
    """Check the warehouse's invariants: no doubles, no orphans, every column commented, pins right.

    * `dateline doctor`    prints what is wrong, if anything; exit code 1 where something is
    """
    from storage import doctor as checks

    problems = checks.check(settings_of(data).data_dir)
    for problem in problems:
        print(problem)
    print(f"Problems: {len(problems)}." if problems else "All well.")
    raise typer.Exit(1 if problems else 0)


@app.command()
def reprocess(
    since: Annotated[str, typer.Option(help="Only stories first seen on or after this day, such as 2026-11-01.")] = "",
    extractor: Annotated[
        str, typer.Option(metavar="VERSION", help="Only stories that this version of dateline looked at last.")
    ] = "",
    pages: Annotated[bool, typer.Option("--pages", help="Take the text anew from the pages that are kept.")] = False,
    data: Data = None,
) -> None:
    """Run this version's extractors over the stored stories again, and say what changed.

    What older versions said stays: in `statement_history`, in `FROM as_of(...)`, and beside what is said now in
    `changed_statements`.

    * `dateline reprocess`
    * `dateline reprocess --since 2026-11-01`
    * `dateline reprocess --extractor 0.1.0`    after an upgrade; once more where it was stopped
    * `dateline reprocess --since 2026-11-01 --pages`
    """
    from flows import report
    from flows import reprocess as again
    from storage import queries

    try:
        first = datetime.strptime(since, "%Y-%m-%d").replace(tzinfo=UTC) if since else None
    except ValueError:
        raise InputError(f"--since {since}: write a day, such as 2026-11-01") from None
    settings = settings_of(data)
    with progress_line() as show:
        summary = again.reprocess(settings, since=first, extractor=extractor, pages=pages, progress=show)
    read_anew = f", {summary['reread']} of them taken from their pages anew" if pages else ""
    print(
        f"{summary['stories']} stories{read_anew}: {summary['statements']} statements new, "
        f"{summary['changed_statements']} changed, {summary['vanished_statements']} vanished"
    )
    for failure in summary.failures:
        print(f"  failed: {failure}")
    changed = queries.changed_statements(
        settings.data_dir, summary.started_at, summary.finished_at or datetime.now(UTC)
    )
    if changed:
        print(f"What changed: {report.changes(changed) or 'nothing of those that stay'}")
        console().print(report.change_table(changed[:SHOWN]))
    if len(changed) > SHOWN:
        print(f'... and {len(changed) - SHOWN} more: dateline sql "FROM changed_statements"')


@app.command()
def export(target: Annotated[Path, typer.Argument(metavar="DIR")], data: Data = None) -> None:
    """The warehouse as Parquet files by month, brought up to date: a backup that anything can read.

    DIR is new, empty, or holds an export already.

    * `dateline export ~/backup/dateline`
    """
    from storage import backup

    found = backup.export(settings_of(data).data_dir, target)
    print(f"{found.rows:,} rows in {found.files} files, {found.written} of them written anew")


@app.command()
def restore(source: Annotated[Path, typer.Argument(metavar="DIR")], data: Data = None) -> None:
    """Make the warehouse of an empty data directory from an export: `dateline restore ~/backup/dateline --data new`."""
    from storage import backup, publish

    folder = settings_of(data).data_dir
    print(f"{backup.restore(folder, source):,} rows restored")
    publish.publish(folder)


@app.command()
def prune(
    older_than: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, max=MOST_DAYS, help="Days. Default: keep_days."),
    ] = None,
    data: Data = None,
) -> None:
    """Forget polls, page fetches and kept pages older than some days. Stories and statements stay, always.

    Each run does so with those older than the setting `keep_days` (90).

    * `dateline prune --older-than 30`
    """
    from datetime import timedelta

    from storage import bodies
    from storage.publish import publish as publish_copy
    from storage.run_lock import run_lock
    from storage.warehouse import Warehouse, must_exist

    settings = settings_of(data)
    must_exist(settings.data_dir)
    folder, before = settings.data_dir, datetime.now(UTC) - timedelta(days=older_than or settings.keep_days)
    with run_lock(folder):
        with Warehouse.open(folder) as warehouse:
            deleted = warehouse.runs.prune(before)
        days = bodies.forget(folder, before)
        publish_copy(folder)
    print(f"{deleted:,} polls and fetches and the pages of {days} days forgotten")


# --- feeds ------------------------------------------------------------------------------------------------------------


@feeds_app.command("import")
def feeds_import(
    source: Annotated[str, typer.Argument(metavar="FILE|URL", help="An OPML list.")] = "",
    data: Data = None,
    allow_private: Private = None,
) -> None:
    """Subscribe to the feeds of an OPML list; without one, to the bundled list.

    * `dateline feeds import`                       the bundled list (over a hundred feeds)
    * `dateline feeds import my-feeds.opml`
    * `dateline feeds import https://example.org/feeds.opml`
    """
    from flows import subscriptions

    added, known, problems = subscriptions.import_opml(settings_of(data, allow_private), source)
    for problem in problems:
        print(f"{source or 'seeds/feeds.opml'}: {problem}", file=sys.stderr)
    print(f"{added} feeds added, {known} known already, {len(problems)} problems")
    raise typer.Exit(0 if added or known else 1)


@feeds_app.command("add")
def feeds_add(
    url: str,
    title: Annotated[
        str, typer.Option(help="Its name, which stories of outlets that are not listed bear. Default: the feed's own.")
    ] = "",
    country: Annotated[str, typer.Option(help="ISO 3166-1 code, such as ua.")] = "",
    time_zone: Annotated[str, typer.Option(help="IANA name, such as Europe/Kyiv.")] = "",
    data: Data = None,
) -> None:
    """Subscribe to one feed: `dateline feeds add https://example.org/rss.xml --time-zone Europe/Kyiv`.

    Of a feed that is known already it changes what is given.
    """
    from flows import subscriptions

    print(subscriptions.add(settings_of(data), url, title, country, time_zone))


@feeds_app.command("remove")
def feeds_remove(url: str, data: Data = None) -> None:
    """Unsubscribe from a feed: `dateline feeds remove https://example.org/rss.xml`. Its stories and statements stay."""
    from flows import subscriptions

    if not subscriptions.remove(settings_of(data), url):
        raise InputError(f"{url} is not subscribed; `dateline feeds list` shows what is")
    print("removed")


@feeds_app.command("list")
def feeds_list(data: Data = None) -> None:
    """The subscriptions, one a line: URL, title, country, kind, time zone. `dateline feeds list | cut -f1`"""
    from flows import subscriptions

    subscribed = subscriptions.feeds(settings_of(data))
    for feed in subscribed:
        print("\t".join((feed.url, feed.title, feed.country, feed.kind, feed.time_zone)))
    if not subscribed:
        print(subscriptions.NONE_YET, file=sys.stderr)


@feeds_app.command("export")
def feeds_export(data: Data = None) -> None:
    """The subscriptions as OPML: `dateline feeds export > feeds.opml`."""
    from flows import subscriptions

    sys.stdout.buffer.write(subscriptions.export_opml(settings_of(data)))


@feeds_app.command("status")
def feeds_status(data: Data = None) -> None:
    """Every feed's health. Exit code 1 where one is not well.

    * `dateline feeds status`
    """
    from flows import status as status_page

    raise typer.Exit(status_page.show_feeds(settings_of(data), datetime.now(UTC), console()))


@feeds_app.command("check")
def feeds_check(
    url: Annotated[str, typer.Argument(help="A feed's URL; without one, every subscribed feed.")] = "",
    data: Data = None,
    allow_private: Private = None,
) -> None:
    """What a feed answers, what would be stored, when it would be polled next and why. Stores nothing.

    * `dateline feeds check`                                which of the subscribed feeds answer
    * `dateline feeds check https://example.org/rss.xml`    one feed in full
    """
    from flows import subscriptions

    raise typer.Exit(subscriptions.check(settings_of(data, allow_private), url, console()))


@feeds_app.command("discover")
def feeds_discover(url: str, data: Data = None, allow_private: Private = None) -> None:
    """The feeds of a site, each asked whether it is one: `dateline feeds discover https://example.org`."""
    from flows import subscriptions

    found, unasked = subscriptions.discover(settings_of(data, allow_private), url)
    for address in found:
        print(address)
    for address in unasked:
        print(f"not asked: {address}", file=sys.stderr)


# --- actors -----------------------------------------------------------------------------------------------------------


@actors_app.command("show")
def actors_show(
    name: Annotated[str, typer.Argument(help="A name or part of one.")],
    data: Data = None,
) -> None:
    """Who the lists know by a name, those of your settings among them: `dateline actors show Rutte`."""
    from extractors import actors
    from flows.lists import actors_of

    found = actors.show(name, actors_of(settings_of(data)))
    if not found:
        raise InputError(f"no actor is known as {name!r}; try a part of the name")
    print("\n".join(found))


@actors_app.command("check")
def actors_check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV lists of your own.")],
) -> None:
    """Validate lists of your own that go together: `dateline actors check my-actors.csv my-offices.csv`."""
    from extractors import actors

    problems = [f"{file}: {problem}" for file in files for problem in actors.check(file, *files)]
    for problem in problems:
        print(problem)
    fine = "The list is fine." if len(files) == 1 else "The lists are fine."
    print(f"Problems: {len(problems)}." if problems else fine)
    raise typer.Exit(1 if problems else 0)


# --- watches ----------------------------------------------------------------------------------------------------------


@watches_app.command("check")
def watches_check(data: Data = None) -> None:
    """Check watches.toml, and show what each watch matches among the last statements. Sends nothing.

    * `dateline watches check`
    """
    from flows import alerts

    lines, problems = alerts.show_check(settings_of(data))
    print("\n".join(lines))
    raise typer.Exit(1 if problems else 0)


if __name__ == "__main__":
    main()
