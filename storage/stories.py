"""What came of reading pages: tables ``fetches``, ``stories`` and, as these were before, ``story_versions``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from extractors.records import FAILED, Extraction, Fetch, StoredReading, Story, StoryKind
from storage import rows, statements
from storage.entries import settle
from storage.rows import Held, Publication, Row
from storage.tables import Batch, Counts, Tables


class Stories:
    """The stories, with what their pages and the extractors gave, as ``Warehouse.stories`` offers them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def commit_readings(
        self,
        batch_id: str,
        run_id: str,
        readings: Sequence[StoredReading],
        at: datetime,
        *,
        extractor_version: str = "",
    ) -> Counts:
        """Append what came of reading pages, in one transaction: fetches, stories, statements, the entries' status.

        A story whose text or title changed gets a new version, the text before it moves to ``story_versions``.
        A statement that changed moves to ``statement_history`` as it was; one that a story no longer holds is marked
        ``vanished_at``. A story once read is kept as it is where its page later shows less (a wall, a stub), and where
        an extractor fails on it.
        Returns what was added, the same where the batch was committed before.
        """

        def append() -> Counts:
            self._tables.insert("fetches", [rows.fetch_row(one, run_id, batch_id) for one in readings])
            extractions: dict[UUID, Extraction] = {}
            for found in (one.extraction for one in readings if one.extraction is not None):
                before = extractions.get(found.story.id)
                if before is None or _says_more(found, before.story.kind):
                    extractions[found.story.id] = found
            added = self._append(extractions, {"run_id": run_id, "extractor_version": extractor_version}, at)
            settle(self._tables, readings, at)
            return {"fetches": len(readings), **added}

        return self._tables.once(Batch(batch_id, run_id, "readings", at), append)

    def commit_extractions(
        self,
        batch_id: str,
        run_id: str,
        extractions: Sequence[Extraction],
        at: datetime,
        *,
        extractor_version: str = "",
    ) -> Counts:
        """Append what newer extractors say of stored stories, as ``commit_readings`` does of new ones."""
        by_story = {one.story.id: one for one in extractions}
        common = {"run_id": run_id, "extractor_version": extractor_version}
        batch = Batch(batch_id, run_id, "extractions", at)
        return self._tables.once(batch, lambda: self._append(by_story, common, at))

    def _append(self, extractions: Mapping[UUID, Extraction], common: Row, at: datetime) -> Counts:
        known = {
            row["story_id"]: row
            for row in self._tables.known(
                "stories",
                "story_id",
                extractions,
                "story_id, version, kind, first_seen_at, changed_at, digest, text_digest, extractor_version",
            )
        }
        kept = {
            id: extraction
            for id, extraction in extractions.items()
            if id not in known or _says_more(extraction, known[id]["kind"])
        }
        fresh, edited, rejudged, same = [], [], [], []
        versions: dict[UUID, int] = {}
        for id, extraction in kept.items():
            row = {**rows.story_row(extraction), **common, "version": 1, "first_seen_at": at}
            before = known.get(id)
            if before is None:
                fresh.append(row)
            elif before["text_digest"] != row["text_digest"]:
                first = before["first_seen_at"]
                changed_at = max(at, before["changed_at"] or first)
                edited.append(
                    row | {"version": before["version"] + 1, "first_seen_at": first, "changed_at": changed_at}
                )
            elif before["digest"] != row["digest"]:
                rejudged.append(row | {name: before[name] for name in ("version", "first_seen_at", "changed_at")})
            elif before["extractor_version"] != row["extractor_version"]:
                same.append(id)
            versions[id] = before["version"] + (before["text_digest"] != row["text_digest"]) if before else 1
        if edited:
            self._tables.execute(
                "INSERT INTO story_versions "
                "SELECT story_id, version, title, text, coalesce(changed_at, first_seen_at) AS seen_from, "
                "greatest(seen_from, ?::VARCHAR::TIMESTAMPTZ) "
                "FROM stories WHERE story_id IN (SELECT unnest(?::JSON::UUID[]))",
                [at.isoformat(), rows.to_json([row["story_id"] for row in edited])],
            )
        self._tables.delete("stories", "story_id", [row["story_id"] for row in [*edited, *rejudged]])
        self._tables.insert("stories", [*fresh, *edited, *rejudged])
        if same:
            self._tables.execute(
                "UPDATE stories SET extractor_version = ? WHERE story_id IN (SELECT unnest(?::JSON::UUID[]))",
                [common["extractor_version"], rows.to_json(same)],
            )
        first_seen = {id: known[id]["first_seen_at"] for id in kept if id in known}
        return {
            "new_stories": len(fresh),
            "changed_stories": len(edited),
            "failed_stories": sum(extraction.failed for extraction in extractions.values()),
            **statements.append(self._tables, kept, versions, first_seen, common, at),
        }

    def held(self, stories: Collection[UUID]) -> dict[UUID, Held]:
        """Of these stories those that were read whole, with the entries that brought them."""
        entries = self._tables.known("entries", "story_id", stories, "story_id, url, first_seen_at")
        # Nearly no story is older than its entries, and to look through all texts takes long.
        since = min((row["first_seen_at"] for row in entries), default=datetime.now(UTC)) - timedelta(days=2)
        known = self._tables.known(
            "(FROM stories WHERE kind IN ('story', 'live'))",
            "story_id",
            {row["story_id"] for row in entries},
            "story_id, text",
            since=("first_seen_at", since),
        )
        urls: dict[UUID, set[str]] = {row["story_id"]: set() for row in known}
        for row in entries:
            urls.get(row["story_id"], set()).add(row["url"])
        return {row["story_id"]: Held(row["text"], frozenset(urls[row["story_id"]])) for row in known}

    def oldest_first(
        self, since: datetime | None = None, extractor: str = "", *, batch: int = 200
    ) -> Iterator[list[Story]]:
        """Stored stories, oldest first, in lists: those first seen at or after ``since``, and of them those that this
        version of the extractors looked at last, or that extractors have failed on ever since they came. Which they
        are is decided before the first list is given."""
        ids = self._tables.execute(
            "SELECT story_id FROM stories WHERE first_seen_at >= coalesce(?::VARCHAR::TIMESTAMPTZ, '-infinity') "
            "AND (extractor_version = coalesce(nullif(?, ''), extractor_version) OR starts_with(skipped, ?)) "
            "ORDER BY first_seen_at, story_id",
            [since.isoformat() if since else None, extractor, FAILED],
        ).fetchall()
        for start in range(0, len(ids), batch):
            wanted = [id for (id,) in ids[start : start + batch]]
            found = {row["story_id"]: rows.story_of(row) for row in self._tables.known("stories", "story_id", wanted)}
            yield [found[id] for id in wanted]

    def publications(self, ids: Iterable[UUID]) -> dict[UUID, Publication]:
        """Of those of the stories that are stored, by id."""
        columns = "story_id, published, published_offset, day, time_zone, date_source, outlet"
        known = self._tables.known("stories", "story_id", ids, columns)
        return {row["story_id"]: rows.publication_of(row) for row in known}

    def extractors(self) -> dict[str, int]:
        """The versions of the extractors → the number of stories that each looked at last."""
        return {
            row["extractor_version"]: row["stories"]
            for row in self._tables.rows(
                "SELECT extractor_version, count(*) AS stories FROM stories GROUP BY ALL ORDER BY ALL"
            )
        }

    def sources(self, stories: Iterable[UUID]) -> dict[UUID, Fetch]:
        """Story → the fetch that its text was last taken from, for stories read since fetches name them."""
        found = self._tables.known("(FROM fetches WHERE outcome IN ('read', 'live', 'feed_text'))", "story_id", stories)
        latest = {row["story_id"]: row for row in sorted(found, key=lambda row: row["started_at"])}
        return {id: rows.fetch_of(row) for id, row in latest.items()}


def _says_more(found: Extraction, before: str) -> bool:
    """Is what was read worth as much as what was kept of the page before?"""
    whole = (StoryKind.STORY, StoryKind.LIVE)
    return before not in whole or (found.story.kind in whole and not found.failed)
