"""What a run is about to read, noted before and struck out when it is booked: a page that ends the process is found
by its notes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from extractors.errors import DatelineError
from extractors.records import Entry
from storage.files import put
from storage.opening import explained

ENOUGH = 2
"""Runs that end over a page before it is put aside."""


class Underway:
    """Pages and how many runs ended over them, in ``file`` (JSON), which need not exist yet."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._ended = _remembered(file)

    def sorted(self, entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry], list[Entry]]:
        """Those that nothing speaks against; those to be read alone, as a run ended over them or others of their batch;
        and those over which ENOUGH runs have ended."""
        by_notes: tuple[list[Entry], list[Entry], list[Entry]] = ([], [], [])
        for entry in entries:
            by_notes[min(self._ended.get(_name(entry), 0), ENOUGH)].append(entry)
        return by_notes

    @contextmanager
    def noted(self, entries: Sequence[Entry]) -> Iterator[None]:
        """Note that these are read from here to the end of the block. What a run tells of, or its user ends, is no
        page's fault."""
        self._note({_name(entry): self._ended.get(_name(entry), 0) + 1 for entry in entries})
        try:
            yield
        except (DatelineError, KeyboardInterrupt, SystemExit):
            self._note({_name(entry): 0 for entry in entries})
            raise
        self._note({_name(entry): 0 for entry in entries})

    def put_aside(self, entries: Sequence[Entry]) -> None:
        """These were booked as deadly. When they are tried again one more run is enough."""
        self._note({_name(entry): ENOUGH - 1 for entry in entries})

    def _note(self, ended: dict[str, int]) -> None:
        self._ended = {name: count for name, count in {**self._ended, **ended}.items() if count}
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            put(self._file, json.dumps(self._ended).encode())
        except OSError as error:
            raise explained(self._file, error) from error


def _name(entry: Entry) -> str:
    return entry.url or entry.key


def _remembered(file: Path) -> dict[str, int]:
    """A damaged file is an empty one."""
    try:
        stored = json.loads(file.read_bytes())
        return {str(name): int(count) for name, count in stored.items() if int(count) > 0}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
