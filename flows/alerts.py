"""Tell people of new statements: after each run, by what ``<data>/watches.toml`` asks for.

    match → queue → send → book → publish, and <data>/watches/<name>.atom

Matches are queued in the warehouse in one transaction with a mark on the runs that were looked at, so that none is
forgotten where a run dies, and an address that refuses is tried again by the next run. An alert is booked after its
address took it: a process that dies between the two sends it twice rather than never. No protocol of mail or chat could
do better, and who watches would rather read a statement twice than miss it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from extractors.errors import WarehouseError
from flows.delivery import Courier, address_problem
from flows.settings import Settings
from flows.watches import IN_A_MESSAGE, Row, Watch, atom, message, read_watches, service, told
from storage import alerts
from storage.files import put
from storage.publish import publish, published_file
from storage.warehouse import Warehouse

FILE = "watches.toml"
FOLDER = "watches"

IN_A_FEED = 200
"""Statements that an Atom file holds, the last ones."""


@dataclass(frozen=True, slots=True)
class Alerted:
    """What came of it. ``problems``: one line each, without secrets."""

    matched: int = 0
    sent: int = 0
    problems: tuple[str, ...] = ()


def load_watches(data_dir: Path) -> tuple[list[Watch], list[str]]:
    """The watches of a data directory and one line a mistake. No file: no watches."""
    path = data_dir / FILE
    try:
        watches, problems = read_watches(path.read_text("utf-8"))
    except FileNotFoundError:
        return [], []
    except (OSError, UnicodeDecodeError) as error:
        return [], [f"{path}: {error}"]
    return watches, [f"{path}: {problem}" for problem in problems]


def alert(settings: Settings, now: datetime) -> Alerted:
    """Send what watches match of the statements that came since they were last asked. Never raises: what goes wrong is
    a problem to be told of, and is made up for by the next run."""
    try:
        return _alert(settings.data_dir, now)
    except Exception as error:  # the run has done its work, and no alert may make it fail
        return Alerted(problems=(f"alerts: {type(error).__name__}: {' '.join(str(error).split())}",))


def _alert(data_dir: Path, now: datetime) -> Alerted:
    watches, problems = load_watches(data_dir)
    runs = alerts.unwatched_runs(data_dir)
    if not (runs or watches or alerts.waiting(data_dir, now)):
        return Alerted(problems=tuple(problems))
    # Where the file has a mistake, who is missing from it may only be misspelt.
    addresses = None if problems else [(watch.name, to + 1) for watch in watches for to in range(len(watch.to))]
    matches: dict[str, list[UUID]] = {}
    for watch in watches:
        try:
            matches[watch.name] = alerts.new_matches(data_dir, watch.wanted, runs)
        except WarehouseError as error:
            problems.append(f"{data_dir / FILE}: watch {watch.name}: {error}")
    # A run is done with only when every watch was asked: one that is wrong now catches up once it is put right.
    asked = [] if problems else runs
    with Warehouse.open(data_dir) as warehouse:
        matched = warehouse.alerts.add(matches, {watch.name: len(watch.to) for watch in watches}, asked, now)
        ended = warehouse.alerts.end(addresses)
        waiting: dict[tuple[str, int], list[UUID]] = defaultdict(list)
        for name, target, statement in warehouse.alerts.waiting(now - alerts.KEEP_TRYING):
            waiting[name, target].append(statement)
        history = {watch.name: warehouse.alerts.matched(watch.name, IN_A_FEED) for watch in watches}
    wanted = {id for ids in [*waiting.values(), *history.values()] for id in ids}
    rows = alerts.statements(data_dir, wanted) if wanted else {}
    for watch in watches:
        _write_feed(data_dir, watch.name, history[watch.name], rows, now)
    sent = 0
    with Courier() as courier:
        for watch in watches:
            for target, url in enumerate(watch.to, 1):
                ids = waiting[watch.name, target]
                count, problem = _send_all(data_dir, courier, watch, target, url, ids, rows, now)
                sent += count
                if problem:
                    problems.append(problem)
    if matched or sent or ended:
        publish(data_dir)  # what was sent, and what waits, is in the copy before anybody asks for it
    return Alerted(matched, sent, tuple(problems))


def _send_all(
    data_dir: Path,
    courier: Courier,
    watch: Watch,
    target: int,
    url: str,
    ids: Sequence[UUID],
    rows: Mapping[UUID, Row],
    now: datetime,
) -> tuple[int, str]:
    """Send what waits for one address, message by message, and book each. Stops where the address refuses."""
    standing = [id for id in rows if id in set(ids)]
    for start in range(0, len(standing), IN_A_MESSAGE):
        part = standing[start : start + IN_A_MESSAGE]
        if problem := courier.send(url, *message(watch.name, [rows[id] for id in part])):
            return start, f"watch {watch.name}, address {target} ({service(url)}): {problem}; the next run tries again"
        with Warehouse.open(data_dir) as warehouse:
            warehouse.alerts.sent(watch.name, target, part, now)
    return len(standing), ""


def _write_feed(
    data_dir: Path, name: str, matched: Mapping[UUID, datetime], rows: Mapping[UUID, Row], now: datetime
) -> None:
    """The watch's Atom file, replaced whole where it is to say something else."""
    path = data_dir / FOLDER / f"{name}.atom"
    content = atom(name, matched, rows, now)
    if path.exists() and (not matched or path.read_bytes() == content):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    put(path, content)


def show_check(data_dir: Path, topics: Sequence[str], shown: int = 5) -> tuple[list[str], int]:
    """Lines on each watch: what is wrong with it, or what it matches among the last statements; and the number of
    mistakes. ``topics``: those that there are. Before the first run there is no statement, but mistakes are told. Sends
    nothing."""
    watches, problems = load_watches(data_dir)
    lines = list(problems)
    with _copy_or_none_yet(data_dir) as folder:
        for watch in watches:
            where = f"{data_dir / FILE}: watch {watch.name}"
            for target, url in enumerate(watch.to, 1):
                if problem := address_problem(url):
                    problems.append(f"{where}: address {target} ({service(url)}) {problem}")
                    lines.append(problems[-1])
            if watch.wanted.topic and watch.wanted.topic not in topics:
                problems.append(f"{where}: no topic is called {watch.wanted.topic!r}; write one of {', '.join(topics)}")
                lines.append(problems[-1])
                continue
            try:
                found = alerts.last_matches(folder, watch.wanted)
            except WarehouseError as error:
                problems.append(f"{where}: {error}")
                lines.append(problems[-1])
                continue
            addresses = ", ".join(map(service, watch.to)) or "the Atom file only"
            lines.append(f"{watch.name} → {addresses}: {len(found)} of the last {alerts.LOOKED_AT} statements match")
            lines += [f"  {told(row)}" for row in found[:shown]]
    return lines or [f"{data_dir / FILE} holds no watch; docs/operation.md shows how one is written"], len(problems)


@contextmanager
def _copy_or_none_yet(data_dir: Path) -> Iterator[Path]:
    """The folder whose copy can be asked: ``data_dir``, or one with an empty warehouse where nothing is published."""
    if published_file(data_dir).exists():
        yield data_dir
        return
    with TemporaryDirectory() as empty:
        publish(Path(empty))
        yield Path(empty)
