"""Which stories are copies of others: rows of ``signatures`` and ``copies`` for new stories beside those known.

The first of a copy group is the story published first, whenever it was read; of several the one first read. A group
whose stories change is formed anew, by the signatures that are stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from itertools import groupby
from uuid import UUID

from extractors.duplicates import LOOK_BACK, SCHEME, Carried, Copy, Signature, bands, find_copies, signature
from storage.rows import Row, to_json, utc
from storage.tables import Batch, Tables

SQL: Mapping[str, str] = dict(
    re.findall(
        r"^-- (\w+): .+\n((?:.+\n)+)",
        files("storage").joinpath("copies.sql").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)
"""The queries of copies.sql by name."""


class Copies:
    """The copy groups, as ``Warehouse.copies`` offers them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def link(self, run_id: str, at: datetime) -> int:
        """Find which new and changed stories are copies of others; returns how many are that were not before.

        New are those of this run, and of runs that were killed before they came to this step. Compared are stories
        published within ``duplicates.LOOK_BACK`` of one another, a day's in one transaction. The story published first
        is the original. Then the statements that several stories of a group hold are marked. To repeat this
        changes nothing.
        """
        behind = self._tables.runs_behind("copies")
        runs = sorted({run_id, *behind})
        linked = 0
        fresh = self._tables.rows(SQL["unsigned"], {"runs": runs})
        for _, stories in groupby(fresh, key=lambda row: row["published_at"].date()):
            with self._tables.transaction():
                linked += self._link_stories({row["story_id"]: row["compared"] for row in stories}, at)
        with self._tables.transaction():
            self._carry({row["story_id"] for row in self._tables.rows(SQL["touched"], {"runs": runs})})
            for run in behind:
                self._tables.book(Batch(f"{run}/copies", run, "copies", at), {"copies": linked if run == run_id else 0})
        return linked

    def _link_stories(self, changed: Mapping[UUID, bool], at: datetime) -> int:
        """``changed``: stories whose signature is not that of their text → are they compared still?"""
        family = self._tables.rows(SQL["family"], {"stories": to_json(list(changed))})
        before = {row["story_id"] for row in family if row["story_id"] != row["first_id"]}
        self._tables.delete("copies", "story_id", before)
        self._tables.delete("signatures", "story_id", changed)
        self._sign(id for id, compared in changed.items() if compared)
        members = {row["story_id"] for row in family}
        fresh = {id for id in [*changed, *members] if changed.get(id, True)}
        compared = {"stories": to_json(list(fresh))}
        (span,) = self._tables.rows(SQL["span"], {**compared, "days": LOOK_BACK.days})
        outdated = [row["story_id"] for row in self._tables.rows(SQL["outdated"], {**span, "scheme": SCHEME})]
        self._tables.delete("signatures", "story_id", outdated)
        self._sign(outdated)
        found, moved = grouped(self._tables.rows(SQL["alike"], {**compared, **span}), fresh)
        for first, new in moved.items():
            self._tables.execute("UPDATE copies SET copy_of = ? WHERE copy_of = ?", [new, first])
        self._tables.insert("copies", [copy_row(copy, at) for copy in found])
        self._carry({*members, *(copy.story_id for copy in found)})
        return sum(copy.story_id not in before for copy in found)

    def _sign(self, stories: Iterable[UUID]) -> None:
        wanted = {"stories": to_json(list(stories))}
        (known,) = self._tables.rows(SQL["since"], wanted)
        texts = self._tables.rows(SQL["texts"], {**wanted, **known})
        self._tables.execute(SQL["sign"], {"signatures": to_json([signature_row(story) for story in texts])})

    def _carry(self, stories: set[UUID]) -> None:
        """Mark anew the statements that stories, and those of their copy groups, hold in common."""
        family = self._tables.rows(SQL["family"], {"stories": to_json(list(stories))})
        alone = stories - {row["story_id"] for row in family}
        family += [{"story_id": id, "first_id": id} for id in alone]
        if family:
            (known,) = self._tables.rows(SQL["since"], {"stories": to_json([row["story_id"] for row in family])})
            self._tables.execute(SQL["carry"], {"family": to_json(family), **known})


def signature_row(story: Row) -> Row:
    """The signature of a story's title and text, its bytes in hexadecimal."""
    made = signature(story["title"], story["text"])
    return {
        "story_id": story["story_id"],
        "published_at": story["published_at"],
        "text_digest": story["text_digest"],
        "scheme": SCHEME,
        "signature": made.pack().hex(),
        "bands": bands(made),
    }


def grouped(found: Sequence[Row], fresh: set[UUID]) -> tuple[list[Copy], dict[UUID, UUID]]:
    """Which of the ``fresh`` stories among those that ``alike`` gave are copies, of the first of their group.

    Also the groups that have a new first, because one of the fresh ones was published before theirs: first → new first.
    Where a story becomes the first of a group that was known, what was the first is its copy in as far as it was its.
    """
    stories = {
        row["story_id"]: Carried(
            row["story_id"], Signature.unpack(row["signature"]), utc(row["published_at"]), row["copy_of"]
        )
        for row in found
    }
    turns = {row["copy_of"]: (row["first_at"], row["first_seen_at"]) for row in found if row["copy_of"]}
    turns |= {row["story_id"]: (row["published_at"], row["seen_at"]) for row in found}
    copies = find_copies(
        [stories[id] for id in stories if id in fresh], [stories[id] for id in stories if id not in fresh]
    )
    firsts = {copy.copy_of: copy.copy_of for copy in copies}
    for copy in copies:
        first = firsts[copy.copy_of]
        firsts[copy.copy_of] = min(first, copy.story_id, key=lambda id: (*turns[id], id.hex))
    return [
        replace(copy, story_id=copy.copy_of if copy.story_id == first else copy.story_id, copy_of=first)
        for copy in copies
        for first in (firsts[copy.copy_of],)
    ], {first: new for first, new in firsts.items() if first != new}


def copy_row(copy: Copy, at: datetime) -> Row:
    return {
        "story_id": copy.story_id,
        "copy_of": copy.copy_of,
        "relation": copy.relation,
        "similarity": copy.similarity,
        "linked_at": at,
    }
