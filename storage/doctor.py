"""Invariants of an installation: no doubles, no orphans, everything commented, offsets right, pins kept."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files
from pathlib import Path

import duckdb
from packaging.requirements import Requirement

from extractors.errors import HeldError, WarehouseError
from storage.files import abandoned
from storage.migrate import VIEWS, applied, migrations, views
from storage.opening import claim, look, private_file, release
from storage.publish import DRAFT, published_file
from storage.queries import open_published

READERS = ("extractors.feeds", "extractors.pages", "extractors.extraction")
"""Modules that a run reads with. They import packages that others bring along, whose absence no version tells."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that should not be, and where."""

    what: str
    examples: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.what}: {', '.join(self.examples)}" if self.examples else self.what


def check(data_dir: Path) -> list[Problem]:
    """All that is wrong, by the published copy (the writer is not disturbed), the files and the installed packages. The
    private file is only opened, and not where somebody is at work on it."""
    folder = Path(data_dir).absolute()
    found = [*_packages(), *_modules(), *_leftovers(folder), *_private(private_file(folder))]
    try:
        with open_published(data_dir) as connection:
            found += _schema(connection) or _invariants(connection)
    except WarehouseError as error:
        found.append(Problem(str(error)))
    return found


def invariants() -> list[tuple[str, str]]:
    """What can be wrong, with the query that gives the rows of which it is true."""
    text = files("storage").joinpath("checks.sql").read_text(encoding="utf-8")
    return re.findall(r"^-- (.+)\n((?:[^-\n].*\n)+)", text, re.MULTILINE)


def _invariants(connection: duckdb.DuckDBPyConnection) -> list[Problem]:
    found = []
    for what, query in invariants():
        try:
            offenders = connection.execute(query).fetchall()
        except duckdb.Error as error:
            found.append(Problem(f"cannot find out whether {what}: {error}"))
            continue
        if offenders:
            examples = tuple(" ".join(map(str, row)) for row in offenders[:3])
            found.append(Problem(f"{len(offenders)} {what}", examples))
    return found


def _schema(connection: duckdb.DuckDBPyConnection) -> list[Problem]:
    done = applied(connection)
    wanted = {migration.version: migration.sha256 for migration in (*migrations(), views())}
    if done == wanted:
        return []
    if done.keys() == wanted.keys() and all(done[number] == wanted[number] for number in done if number != VIEWS):
        return [Problem("the copy has the views of another version; the next run makes them anew")]
    return [Problem(f"the copy has schema {max(done)}, this program writes {max(wanted)}; the next run upgrades it")]


def _private(path: Path) -> list[Problem]:
    """Why the writer's own file cannot be opened."""
    if not path.exists():  # it is made anew of the copy
        return []
    now = time.monotonic()
    try:
        claim(path, now)
        try:
            look(path, now)
        finally:
            release(path)
    except HeldError:  # who is at work on it has opened it
        return []
    except WarehouseError as error:
        return [Problem(str(error))]
    return []


def _leftovers(data_dir: Path) -> list[Problem]:
    private = private_file(data_dir).parent
    found = [
        Problem("a file was left by a run that died; it can be deleted", (str(file),))
        for file in sorted(abandoned([*data_dir.glob(f"{DRAFT}*"), *private.glob(".new-*")]))
    ]
    if (log := published_file(data_dir).with_name(published_file(data_dir).name + ".wal")).exists():
        found.append(Problem("somebody has the published copy open for writing; the next run replaces it", (str(log),)))
    if private.exists() and private.stat().st_mode & 0o077:
        found.append(Problem(f"others can look into {private}, and block the writer: chmod 700 {private}"))
    return found


def _packages() -> list[Problem]:
    """Packages that are installed in a version that does not work."""
    found = []
    try:
        requirements = [Requirement(line) for line in requires("dateline") or ()]
    except PackageNotFoundError:
        return []
    for requirement in requirements:
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            found.append(Problem(f"{requirement} is not installed"))
            continue
        if not requirement.specifier.contains(installed, prereleases=True):
            found.append(Problem(f"{requirement.name} is {installed}, dateline needs {requirement.specifier}"))
    return found


def _modules() -> list[Problem]:
    """Modules that a run needs and that cannot be imported."""
    found = []
    for module in READERS:
        try:
            import_module(module)
        except ImportError as error:
            text = " ".join(str(error).split())
            found.append(Problem(f"{module} cannot be imported, and no run can begin: {text}"))
    return found
