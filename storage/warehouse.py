"""The private DuckDB file of the writer, open: a room for each thing that is kept, in a file of its own.

One process writes at a time. All that a step of a run learned goes in by one transaction, together with a row in
``batches``: a batch that is repeated, after a crash or a retry, changes nothing. Rows have no keys in the database
(an index makes every append dearer as the file grows); what is known is looked up by 128-bit ids before it is added.
"""

from __future__ import annotations

import time
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from extractors.errors import WarehouseError
from storage.actors import Actors
from storage.alert_queue import AlertQueue
from storage.copies import Copies
from storage.entries import Entries
from storage.feeds import Feeds
from storage.opening import FILE, claim, create, explained, make_directory, open_newest, private_file, release
from storage.runs import Runs
from storage.stories import Stories
from storage.tables import Tables
from storage.utterances import Utterances


def must_exist(data_dir: Path) -> None:
    """Raises WarehouseError where a folder holds no warehouse: a mistyped name must not make one."""
    copy = data_dir / FILE
    if not copy.exists() and not private_file(data_dir).exists():
        raise WarehouseError(f"{copy} does not exist yet: `dateline feeds import` and `dateline monitor` make it")


class Warehouse:
    """The writer's connection, with a room for each thing that is kept. A context manager; close it before the copy is
    published.

    The rooms take and give aware instants. What changes the warehouse does so in one transaction (``copies.link``: in
    several, and may be repeated), and raises WarehouseError, which says what to do, where that fails; nothing of it is
    in the warehouse then. ``tables`` is what the rooms work with.
    """

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """Use ``Warehouse.open``."""
        self.path = path
        self._connection = connection
        self._closed = False
        self.tables = Tables(path, connection)
        self.feeds = Feeds(self.tables)
        self.entries = Entries(self.tables)
        self.stories = Stories(self.tables)
        self.copies = Copies(self.tables)
        self.utterances = Utterances(self.tables)
        self.alerts = AlertQueue(self.tables)
        self.actors = Actors(self.tables)
        self.runs = Runs(self.tables)

    @classmethod
    def open(cls, data_dir: Path, *, wait: float = 15.0) -> Warehouse:
        """Open the warehouse of ``data_dir``, made (of the published copy where one stands) or
        brought to the newest schema where needed.

        Where another process holds the file, tries again for ``wait`` seconds. Raises WarehouseError, naming that
        process, or saying what else is wrong (corrupt, newer schema, not writable, disk full) and what to do; the
        file is then as it was.
        """
        path = private_file(Path(data_dir).absolute())
        deadline = time.monotonic() + wait
        claim(path, deadline)
        try:
            make_directory(path.parent)
            if not path.exists():
                create(path)
            connection = open_newest(path, deadline)
        except BaseException as error:
            release(path)
            if isinstance(error, OSError):
                raise explained(path, error) from error
            raise
        return cls(path, connection)

    def close(self) -> None:
        """Write everything to the one file (no write-ahead log is left) and let go of it. May be called twice."""
        if self._closed:
            return
        self._closed = True
        try:
            self.checkpoint()
        finally:
            self._connection.close()
            release(self.path)

    def checkpoint(self) -> None:
        """Write everything to the one file; the write-ahead log is then empty."""
        try:
            self._connection.execute("CHECKPOINT")
        except duckdb.Error as error:
            raise explained(self.path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.close()
        except WarehouseError:
            if error is None:
                raise
