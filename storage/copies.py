"""Which stories are copies of others: rows of ``signatures`` and ``copies`` for new stories beside those known.

The first of a copy group is the story published first, whenever it was read; of several the one first read. A group
whose stories change is formed anew, by the signatures that are stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from uuid import UUID

from extractors.duplicates import SCHEME, Carried, Copy, Signature, bands, find_copies, signature
from storage.rows import Row, utc

SQL: Mapping[str, str] = dict(
    re.findall(
        r"^-- (\w+): .+\n((?:.+\n)+)",
        files("storage").joinpath("copies.sql").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)
"""The queries of copies.sql by name."""


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
