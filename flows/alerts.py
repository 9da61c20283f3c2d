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
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from extractors.errors import InputError, WarehouseError
from flows.delivery import Courier, address_problem
from flows.lists import rules_of
from flows.settings import Settings
from flows.watches import IN_A_MESSAGE, WHOLE_FILE, Row, Watch, atom, message, read_watches, service, told
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


@dataclass(frozen=True, slots=True)
class Checked:
    """What watches.toml holds. ``watches``: those that have the form of one. ``last``: what those that can be asked
    match among the last statements. ``wrong``: the others, with one line on why; WHOLE_FILE where nothing can be read.
    ``unknown``: the addresses that nothing can be sent to, by watch and place in its list, with one line on each."""

    watches: Sequence[Watch] = ()
    last: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[tuple[str, int], str] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        return [*self.wrong.values(), *self.unknown.values()]

    @property
    def addresses(self) -> list[tuple[str, int]] | None:
        """All addresses that there are; None where a section that has no form may hold others."""
        if self.wrong.keys() - {watch.name for watch in self.watches}:
            return None
        return [(watch.name, target) for watch in self.watches for target in range(1, len(watch.to) + 1)]


def check(settings: Settings) -> Checked:
    """Look at each watch of a data directory: form, addresses, topic, condition. No file: no watches. Sends and writes
    nothing. Before the first run there is no statement, but mistakes are found. Raises SettingsError for a wrong topics
    file."""
    path = settings.data_dir / FILE
    try:
        watches, misshapen = read_watches(path.read_text("utf-8"))
    except FileNotFoundError:
        return Checked()
    except (OSError, UnicodeDecodeError) as error:
        return Checked(wrong={WHOLE_FILE: f"{path}: {error}"})
    wrong = {name: f"{path}: {problem}" for name, problem in misshapen.items()}
    last: dict[str, Sequence[Row]] = {}
    with _copy_or_none_yet(settings.data_dir) as folder:
        for watch in watches:
            try:
                _check_topic(watch.wanted.topic, settings)
                last[watch.name] = alerts.last_matches(folder, watch.wanted)
            except (InputError, WarehouseError) as error:
                wrong[watch.name] = _mistake(settings, watch, error)
    unknown = {
        (watch.name, target): _mistake(settings, watch, f"address {target} ({service(url)}) {problem}")
        for watch in watches
        for target, url in enumerate(watch.to, 1)
        if (problem := address_problem(url))
    }
    return Checked(watches, last, wrong, unknown)


def _check_topic(topic: str, settings: Settings) -> None:
    if topic and topic not in (topics := rules_of(settings).topics):
        raise InputError(f"no topic is called {topic!r}; write one of {', '.join(topics)}")


def _mistake(settings: Settings, watch: Watch, problem: object) -> str:
    return f"{settings.data_dir / FILE}: watch {watch.name}: {problem}"


def alert(settings: Settings, now: datetime) -> Alerted:
    """Send what watches match of the statements that came since they were last asked. Never raises: what goes wrong is
    a problem to be told of, and is made up for by the next run."""
    try:
        return _alert(settings, now)
    except Exception as error:  # the run has done its work, and no alert may make it fail
        return Alerted(problems=(f"alerts: {type(error).__name__}: {' '.join(str(error).split())}",))


def _alert(settings: Settings, now: datetime) -> Alerted:
    data_dir, checked = settings.data_dir, check(settings)
    watches, wrong = checked.watches, dict(checked.wrong)
    if WHOLE_FILE in wrong:  # nobody knows who is to be asked: all of them, once it is put right
        return Alerted(problems=tuple(checked.problems))
    unwatched = alerts.unwatched_runs(data_dir)
    if not (unwatched or watches or alerts.waiting(data_dir, now)):
        return Alerted(problems=tuple(checked.problems))
    matches: dict[str, list[UUID]] = {}
    for watch in watches:
        if watch.name in wrong:
            continue
        runs = [run for run, missed_by in unwatched.items() if missed_by is None or watch.name in missed_by]
        try:
            matches[watch.name] = alerts.new_matches(data_dir, watch.wanted, runs)
        except WarehouseError as error:
            wrong[watch.name] = _mistake(settings, watch, error)
    # Who could not be asked catches up once it is put right; the others are done with these runs.
    missed = {
        run: [name for name in wrong if missed_by is None or name in missed_by] for run, missed_by in unwatched.items()
    }
    problems = [*wrong.values(), *checked.unknown.values()]
    with Warehouse.open(data_dir) as warehouse:
        matched = warehouse.alerts.add(matches, {watch.name: len(watch.to) for watch in watches}, missed, now)
        ended = warehouse.alerts.end(checked.addresses)
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
                if (watch.name, target) in checked.unknown:
                    continue
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
    waiting = set(ids)
    standing = [id for id in rows if id in waiting]
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


def show_check(settings: Settings, shown: int = 5) -> tuple[list[str], int]:
    """Lines on each watch: what is wrong with it, or what it matches among the last statements; and the number of
    mistakes."""
    checked = check(settings)
    lines = checked.problems
    for watch in checked.watches:
        if watch.name in checked.last:
            found = checked.last[watch.name]
            addresses = ", ".join(map(service, watch.to)) or "the Atom file only"
            lines.append(f"{watch.name} → {addresses}: {len(found)} of the last {alerts.LOOKED_AT} statements match")
            lines += [f"  {told(row)}" for row in found[:shown]]
    nothing = f"{settings.data_dir / FILE} holds no watch; docs/operation.md shows how one is written"
    return lines or [nothing], len(checked.problems)


@contextmanager
def _copy_or_none_yet(data_dir: Path) -> Iterator[Path]:
    """The folder whose copy can be asked: ``data_dir``, or one with an empty warehouse where nothing is published."""
    if published_file(data_dir).exists():
        yield data_dir
        return
    with TemporaryDirectory() as empty:
        publish(Path(empty))
        yield Path(empty)
