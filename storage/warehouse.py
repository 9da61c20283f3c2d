"""The private DuckDB file of the writer: open, migrate, append, feed state, the reading queue.

One process writes at a time. All that a step of a run learned goes in by one transaction, together with a row in
``batches``: a batch that is repeated, after a crash or a retry, changes nothing. Rows have no keys in the database
(an index makes every append dearer as the file grows); what is known is looked up by 128-bit ids before it is added.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

import duckdb

from extractors.actors import Actor, Office
from extractors.duplicates import SCHEME
from extractors.errors import WarehouseError
from extractors.feeds import key_of
from extractors.links import moved
from extractors.records import (
    FAILED,
    Entry,
    Extraction,
    Feed,
    FeedState,
    Fetch,
    PollResult,
    Relevance,
    StoredReading,
    Story,
    StoryKind,
)
from storage import copies, rows
from storage.opening import claim, create, explained, make_directory, open_newest, private_file, release
from storage.rows import Held, Row
from storage.utterances import CANDIDATES, DAYS, links

Counts = dict[str, int]
"""What a batch added, by name: ``new_entries``, ``statements`` (new ones), ``changed_statements`` ..."""


class Warehouse:
    """The writer's connection. A context manager; close it before the copy is published."""

    def __init__(self, path: Path, connection: duckdb.DuckDBPyConnection) -> None:
        """Use ``Warehouse.open``."""
        self.path = path
        self._connection = connection
        self._tables: dict[str, dict[str, str]] = {}
        self._closed = False

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

    # --- feeds --------------------------------------------------------------------------------------------------------

    def add_feeds(self, feeds: Iterable[Feed], at: datetime | None = None) -> int:
        """Subscribe; returns how many are new. What is known of a feed already (title, kind ...) is replaced."""
        given = {feed.url: feed for feed in feeds}
        moment = at or datetime.now(UTC)
        known = {row["url"]: row for row in self._rows("SELECT * FROM feeds")}
        with self._transaction():
            self._delete("feeds", "url", given)
            self._insert(
                "feeds",
                [
                    {**rows.feed_row(feed, moment), "added_at": known.get(url, {}).get("added_at") or moment}
                    for url, feed in given.items()
                ],
            )
        return sum(url not in known or known[url]["removed_at"] is not None for url in given)

    def remove_feed(self, url: str, at: datetime | None = None) -> bool:
        """Unsubscribe; False where there is no such feed. What it brought stays."""
        subscribed = any(feed.url == url for feed in self.feeds())
        with self._transaction():
            self._connection.execute(
                "UPDATE feeds SET removed_at = ?::VARCHAR::TIMESTAMPTZ WHERE url = ? AND removed_at IS NULL",
                [(at or datetime.now(UTC)).isoformat(), url],
            )
            self._connection.execute("DELETE FROM feed_states WHERE url = ?", [url])
        return subscribed

    def feeds(self) -> list[Feed]:
        """The subscriptions, oldest first."""
        return [
            rows.feed_of(row)
            for row in self._rows("SELECT * FROM feeds WHERE removed_at IS NULL ORDER BY added_at, url")
        ]

    def states(self) -> list[tuple[Feed, FeedState]]:
        """Every subscription with its state, most overdue first. A feed never polled was due when it was added."""
        states = {row["url"]: rows.state_of(row) for row in self._rows("SELECT * FROM feed_states")}
        found = [
            (
                rows.feed_of(row),
                states.get(row["url"]) or FeedState(row["url"], rows.utc(row["added_at"]) or datetime.now(UTC)),
            )
            for row in self._rows("SELECT * FROM feeds WHERE removed_at IS NULL")
        ]
        return sorted(found, key=lambda pair: (pair[1].due_at, pair[0].url))

    def known_entries(self, keys: Mapping[str, Collection[str]]) -> dict[str, dict[str, tuple[str, str]]]:
        """``keys``: a feed's URL → keys of entries. URL → key → content hash and link of those that it has shown."""
        pairs = [(url, key) for url, asked in keys.items() for key in asked]
        found: dict[str, dict[str, tuple[str, str]]] = {url: {} for url in keys}
        for feed_url, key, content_hash, url in self._connection.execute(
            "SELECT feed_url, key, content_hash, url FROM entries SEMI JOIN "
            "(SELECT unnest(?::JSON::VARCHAR[]) AS feed_url, unnest(?::JSON::VARCHAR[]) AS key) USING (feed_url, key)",
            [rows.to_json([url for url, _ in pairs]), rows.to_json([key for _, key in pairs])],
        ).fetchall():
            found[feed_url][key] = content_hash, url
        return found

    # --- runs ---------------------------------------------------------------------------------------------------------

    def start_run(self, run_id: str, started_at: datetime, kind: str) -> None:
        """Book a run, under the run lock: one that is still called running has been killed, and is booked as that."""
        with self._transaction():
            self._connection.execute("UPDATE runs SET outcome = 'killed' WHERE outcome = 'running'")
            self._delete("runs", "run_id", [run_id])
            self._insert(
                "runs", [{"run_id": run_id, "kind": kind, "started_at": started_at, "outcome": "running", "counts": {}}]
            )

    def finish_run(self, run_id: str, finished_at: datetime, outcome: str, counts: Mapping[str, int]) -> None:
        """Book a run's end, its outcome (done, nothing new, degraded, failed) and what it did."""
        with self._transaction():
            self._connection.execute(
                "UPDATE runs SET finished_at = ?::VARCHAR::TIMESTAMPTZ, outcome = ?, "
                "counts = ?::JSON::MAP(VARCHAR, BIGINT) WHERE run_id = ?",
                [finished_at.isoformat(), outcome, rows.to_json(dict(counts)), run_id],
            )

    # --- batches ------------------------------------------------------------------------------------------------------

    def commit_polls(
        self,
        batch_id: str,
        run_id: str,
        results: Sequence[PollResult],
        verdicts: Mapping[tuple[str, str], Relevance],
        at: datetime,
    ) -> Counts:
        """Append polls with the state and the entries that they bring, in one transaction.

        ``verdicts`` (feed URL, entry key) → the first judgement: a relevant entry joins the reading queue. An entry
        that changed joins it again, and so does one that was read once. An entry whose page was read for another
        feed takes over what came of it. One that leads to another page than before is a new one, and what is still to
        come of the page before stays in the queue under a key of its own. Returns what was added, the same where the
        batch was committed before.
        """
        with self._transaction():
            if (counts := self._committed(batch_id)) is not None:
                return counts
            self._insert("polls", [rows.poll_row(result.poll, run_id, batch_id) for result in results])
            states = {result.state.url: rows.state_row(result.state) for result in results}
            self._delete("feed_states", "url", states)
            self._insert("feed_states", states.values())
            found = {(entry.feed_url, entry.key): entry for result in results for entry in result.entries}
            fresh, changed = self._sift(found, verdicts, run_id, at)
            self._set_aside([row["entry_id"] for row in fresh if row["moved"]])
            self._delete("entries", "entry_id", [row["entry_id"] for row in changed])
            self._insert("entries", [*fresh, *changed])
            counts = {
                "polls": len(results),
                "new_entries": len(fresh),
                "changed_entries": len(changed),
                "queued": sum(row["status"] == "pending" for row in [*fresh, *changed]),
            }
            self._book(batch_id, run_id, "polls", at, counts)
        return counts

    def _sift(
        self,
        found: Mapping[tuple[str, str], Entry],
        verdicts: Mapping[tuple[str, str], Relevance],
        run_id: str,
        at: datetime,
    ) -> tuple[list[Row], list[Row]]:
        """The rows of the entries that are new, and of those that changed, with their place in the queue."""
        nothing = Relevance(0.0, False)
        judged = [(entry, verdicts.get(key, nothing)) for key, entry in found.items()]
        given = {(row := rows.entry_row(*each, run_id))["entry_id"]: (row, each[1]) for each in judged}
        known = {
            row["entry_id"]: row
            for row in self._known(
                "entries", "entry_id", given, "entry_id, url, content_hash, first_seen_at, read_at, story_id"
            )
        }
        read = {
            row["url_id"]: row
            for row in self._known(
                "(FROM entries WHERE read_at IS NOT NULL)",
                "url_id",
                {row["url_id"] for row, verdict in given.values() if verdict.relevant},
                f"url_id, {', '.join(QUEUE)}",
            )
        }
        fresh, changed = [], []
        for id, (row, verdict) in given.items():
            row |= {**_queued(verdict, at), "first_seen_at": at}
            before, elsewhere = known.get(id), read.get(row["url_id"])
            row["moved"] = before is not None and moved(before["url"], row["url"])
            if before is None or row["moved"]:
                if verdict.relevant and elsewhere:
                    row |= {name: elsewhere[name] for name in QUEUE}
                fresh.append(row)
            elif before["content_hash"] != row["content_hash"]:
                if before["read_at"] is not None:
                    row |= {"status": "pending", "read_due_at": at}
                row |= {name: before[name] for name in ("first_seen_at", "read_at", "story_id")} | {"changed_at": at}
                changed.append(row)
            if row["read_due_at"] is None:
                row["content"] = ""
        self._rest(changed)
        return fresh, changed

    def _set_aside(self, entries: Collection[UUID]) -> None:
        """Give the rows of entries that now lead to another page the key of their link, or let them go where nothing
        came or is to come of them."""
        aside = {}
        for row in self._known("entries", "entry_id", entries):
            if row["read_at"] is not None or row["read_due_at"] is not None:
                key = key_of(row["url"])
                id = rows.entry_id(row["feed_url"], key)
                aside[id] = row | {"key": key, "entry_id": id}
        self._delete("entries", "entry_id", entries)
        known = {row["entry_id"] for row in self._known("entries", "entry_id", aside, "entry_id")}
        self._insert("entries", [row for id, row in aside.items() if id not in known])

    def _rest(self, changed: Iterable[Row]) -> None:
        """Stories that have changed very often are read again once a day at most."""
        stories = {row["story_id"]: row for row in changed if row["story_id"] and row["read_due_at"]}
        for found in self._known("stories", "story_id", stories, "story_id, version"):
            row = stories[found["story_id"]]
            if found["version"] >= RESTLESS:
                row["read_due_at"] = max(row["read_due_at"], row["read_at"] + timedelta(days=1))

    def pending(self, now: datetime, limit: int) -> list[Entry]:
        """The reading queue at ``now``: at most ``limit`` entries, each page once: those never read, then those to be
        read again; of either one of each feed before the second of any, longest due first.

        An entry never tried is due, whatever the clock said when it came, and so is one that waits for longer than any
        rule says.
        """
        found = self._rows(
            "SELECT * FROM entries WHERE read_due_at <= ?::VARCHAR::TIMESTAMPTZ "
            "OR (status = 'pending' AND attempts = 0 AND read_at IS NULL) OR read_due_at > ?::VARCHAR::TIMESTAMPTZ "
            "QUALIFY row_number() OVER (PARTITION BY url_id ORDER BY first_seen_at, entry_id) = 1 "
            "ORDER BY read_at IS NOT NULL, "
            "row_number() OVER (PARTITION BY feed_url, read_at IS NOT NULL "
            "ORDER BY read_due_at, published DESC NULLS LAST, entry_id), "
            "read_due_at, published DESC NULLS LAST, entry_id LIMIT ?",
            [now.isoformat(), (now + LONGEST_WAIT).isoformat(), limit],
        )
        return [rows.entry_of(row) for row in found]

    def held(self, stories: Collection[UUID]) -> dict[UUID, Held]:
        """Of these stories those that were read whole, with the entries that brought them."""
        entries = self._known("entries", "story_id", stories, "story_id, url, first_seen_at")
        # Nearly no story is older than its entries, and to look through all texts takes long.
        since = min((row["first_seen_at"] for row in entries), default=datetime.now(UTC)) - timedelta(days=2)
        known = self._known(
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
        with self._transaction():
            if (counts := self._committed(batch_id)) is not None:
                return counts
            self._insert("fetches", [rows.fetch_row(one, run_id, batch_id) for one in readings])
            extractions: dict[UUID, Extraction] = {}
            for found in (one.extraction for one in readings if one.extraction is not None):
                before = extractions.get(found.story.id)
                if before is None or _says_more(found, before.story.kind):
                    extractions[found.story.id] = found
            common = {"run_id": run_id, "extractor_version": extractor_version}
            counts = {"fetches": len(readings), **self._append_stories(extractions, common, at)}
            self._settle(readings, at)
            self._book(batch_id, run_id, "readings", at, counts)
        return counts

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
        with self._transaction():
            if (counts := self._committed(batch_id)) is not None:
                return counts
            common = {"run_id": run_id, "extractor_version": extractor_version}
            counts = self._append_stories({one.story.id: one for one in extractions}, common, at)
            self._book(batch_id, run_id, "extractions", at, counts)
        return counts

    def _append_stories(self, extractions: Mapping[UUID, Extraction], common: Row, at: datetime) -> Counts:
        known = {
            row["story_id"]: row
            for row in self._known(
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
            self._connection.execute(
                "INSERT INTO story_versions "
                "SELECT story_id, version, title, text, coalesce(changed_at, first_seen_at) AS seen_from, "
                "greatest(seen_from, ?::VARCHAR::TIMESTAMPTZ) "
                "FROM stories WHERE story_id IN (SELECT unnest(?::JSON::UUID[]))",
                [at.isoformat(), rows.to_json([row["story_id"] for row in edited])],
            )
        self._delete("stories", "story_id", [row["story_id"] for row in [*edited, *rejudged]])
        self._insert("stories", [*fresh, *edited, *rejudged])
        if same:
            self._connection.execute(
                "UPDATE stories SET extractor_version = ? WHERE story_id IN (SELECT unnest(?::JSON::UUID[]))",
                [common["extractor_version"], rows.to_json(same)],
            )
        return {
            "new_stories": len(fresh),
            "changed_stories": len(edited),
            "failed_stories": sum(extraction.failed for extraction in extractions.values()),
            **self._append_statements(kept, versions, known, common, at),
        }

    def _append_statements(
        self,
        extractions: Mapping[UUID, Extraction],
        versions: Mapping[UUID, int],
        known: Mapping[UUID, Row],
        common: Row,
        at: datetime,
    ) -> Counts:
        # No statement is older than its story, so rows from before the oldest of these stories need not be looked at.
        again = {id: known[id]["first_seen_at"] for id in extractions if id in known}
        before = {
            row["statement_id"]: row
            for row in self._known(
                "statements",
                "story_id",
                again,
                "statement_id, digest, valid_from, vanished_at",
                since=("valid_from", min(again.values(), default=at)),
            )
        }
        found = {
            statement.id: {
                **rows.statement_row(statement),
                **common,
                "story_version": versions[id],
                "valid_from": max(at, again.get(id, at)),
            }
            for id, extraction in extractions.items()
            for statement in extraction.statements
        }
        for id in found.keys() & before.keys():  # a clock that was put back leaves the order of what was seen
            since = [before[id]["valid_from"], before[id]["vanished_at"]]
            found[id]["valid_from"] = max(found[id]["valid_from"], *filter(None, since))
        changed = {
            id: "vanished" if before[id]["vanished_at"] else "changed"
            for id, row in found.items()
            if id in before and (before[id]["vanished_at"] or before[id]["digest"] != row["digest"])
        }
        vanished = [id for id, row in before.items() if id not in found and row["vanished_at"] is None]
        fresh = [id for id in found if id not in before]
        for ended in ("changed", "vanished"):
            if ids := [id for id, reason in changed.items() if reason == ended]:
                self._connection.execute(
                    "INSERT INTO statement_history BY NAME SELECT * EXCLUDE (vanished_at, repeat_of, outlets), "
                    "greatest(valid_from, coalesce(vanished_at, ?::VARCHAR::TIMESTAMPTZ)) AS valid_to, ? AS ended "
                    "FROM statements WHERE statement_id IN (SELECT unnest(?::JSON::UUID[]))",
                    [at.isoformat(), ended, rows.to_json(ids)],
                )
        self._delete("statements", "statement_id", changed)
        if vanished:
            self._connection.execute(
                "UPDATE statements SET vanished_at = greatest(valid_from, ?::VARCHAR::TIMESTAMPTZ) "
                "WHERE statement_id IN (SELECT unnest(?::JSON::UUID[]))",
                [at.isoformat(), rows.to_json(vanished)],
            )
        self._insert("statements", [found[id] for id in [*fresh, *changed]])
        return {
            "statements": len(fresh),
            "changed_statements": len(changed),
            "vanished_statements": len(vanished),
        }

    def _settle(self, readings: Sequence[StoredReading], at: datetime) -> None:
        """Book what came of reading on the entries, and on those of other feeds that wait for the same page."""
        done: dict[UUID, Row] = {
            rows.entry_id(one.entry.feed_url, one.entry.key): {
                "entry_id": rows.entry_id(one.entry.feed_url, one.entry.key),
                "url_id": rows.url_id(one.entry),
                "status": one.entry_status,
                "read_due_at": one.read_due_at,
                "attempts": one.attempts,
                "read_at": None if one.extraction is None else at,
                "story_id": one.extraction.story.id if one.extraction else None,
            }
            for one in readings
        }
        waiting = self._known(
            "entries", "url_id", [row["url_id"] for row in done.values()], "entry_id, url_id, read_due_at"
        )
        by_url = {row["url_id"]: row for row in done.values()}
        settled = [
            {**done.get(row["entry_id"], by_url[row["url_id"]]), "entry_id": row["entry_id"]}
            for row in waiting
            if row["entry_id"] in done or row["read_due_at"] is not None
        ]
        if settled:
            self._connection.execute(
                "UPDATE entries SET status = r.status, read_due_at = r.read_due_at, attempts = r.attempts, "
                "read_at = coalesce(r.read_at, entries.read_at), story_id = coalesce(r.story_id, entries.story_id), "
                "content = CASE WHEN r.read_due_at IS NULL THEN '' ELSE entries.content END "
                "FROM (SELECT unnest(row) FROM (SELECT unnest(?::JSON::STRUCT(entry_id UUID, url_id UUID, "
                "status VARCHAR, read_due_at TIMESTAMPTZ, attempts INTEGER, read_at TIMESTAMPTZ, story_id UUID)[]) "
                "AS row)) AS r WHERE entries.entry_id = r.entry_id",
                [rows.to_json(settled)],
            )

    # --- copies and utterances ----------------------------------------------------------------------------------------

    def link_copies(self, run_id: str, at: datetime) -> int:
        """Find which new and changed stories are copies of others; returns how many are that were not before.

        New are those of this run, and of runs that were killed before they came to this step. Compared are stories
        published within ``duplicates.LOOK_BACK`` of one another, a day's in one transaction. The story published first
        is the original. Then the statements that several stories of a group hold are marked. To repeat this
        changes nothing.
        """
        behind = self._behind("copies")
        runs = sorted({run_id, *behind})
        linked = 0
        fresh = self._rows(copies.SQL["unsigned"], {"runs": runs})
        for _, stories in groupby(fresh, key=lambda row: row["published_at"].date()):
            with self._transaction():
                linked += self._link_stories({row["story_id"]: row["compared"] for row in stories}, at)
        with self._transaction():
            self._carry({row["story_id"] for row in self._rows(copies.SQL["touched"], {"runs": runs})})
            for run in behind:
                self._book(f"{run}/copies", run, "copies", at, {"copies": linked if run == run_id else 0})
        return linked

    def _link_stories(self, changed: Mapping[UUID, bool], at: datetime) -> int:
        """``changed``: stories whose signature is not that of their text → are they compared still?"""
        family = self._rows(copies.SQL["family"], {"stories": rows.to_json(list(changed))})
        before = {row["story_id"] for row in family if row["story_id"] != row["first_id"]}
        self._delete("copies", "story_id", before)
        self._delete("signatures", "story_id", changed)
        self._sign(id for id, compared in changed.items() if compared)
        members = {row["story_id"] for row in family}
        fresh = {id for id in [*changed, *members] if changed.get(id, True)}
        compared = {"stories": rows.to_json(list(fresh))}
        (span,) = self._rows(copies.SQL["span"], {**compared, "days": DAYS})
        outdated = [row["story_id"] for row in self._rows(copies.SQL["outdated"], {**span, "scheme": SCHEME})]
        self._delete("signatures", "story_id", outdated)
        self._sign(outdated)
        found, moved = copies.grouped(self._rows(copies.SQL["alike"], {**compared, **span}), fresh)
        for first, new in moved.items():
            self._connection.execute("UPDATE copies SET copy_of = ? WHERE copy_of = ?", [new, first])
        self._insert("copies", [copies.copy_row(copy, at) for copy in found])
        self._carry({*members, *(copy.story_id for copy in found)})
        return sum(copy.story_id not in before for copy in found)

    def _sign(self, stories: Iterable[UUID]) -> None:
        wanted = {"stories": rows.to_json(list(stories))}
        (known,) = self._rows(copies.SQL["since"], wanted)
        texts = self._rows(copies.SQL["texts"], {**wanted, **known})
        self._connection.execute(
            copies.SQL["sign"], {"signatures": rows.to_json([copies.signature_row(story) for story in texts])}
        )

    def _carry(self, stories: set[UUID]) -> None:
        """Mark anew the statements that stories, and those of their copy groups, hold in common."""
        family = self._rows(copies.SQL["family"], {"stories": rows.to_json(list(stories))})
        alone = stories - {row["story_id"] for row in family}
        family += [{"story_id": id, "first_id": id} for id in alone]
        if family:
            (known,) = self._rows(copies.SQL["since"], {"stories": rows.to_json([row["story_id"] for row in family])})
            self._connection.execute(copies.SQL["carry"], {"family": rows.to_json(family), **known})

    def link_utterances(self, run_id: str, at: datetime) -> int:
        """Find which new statements report what other statements report too; returns how many do. A run's last step.

        New are those of this run, and of runs that were killed before they came to this step. Compared are statements
        by the same speaker in stories published within ``duplicates.LOOK_BACK`` of one another. The first report gives
        an utterance its id. A statement linked already stays where it is, so to repeat this changes nothing.
        """
        with self._transaction():
            behind = self._behind("links")
            added = links(self._rows(CANDIDATES, {"runs": sorted({run_id, *behind}), "days": DAYS}), at)
            self._insert("utterances", added)
            for run in behind:
                self._book(f"{run}/links", run, "links", at, {"linked": len(added) if run == run_id else 0})
        return len(added)

    def _behind(self, kind: str) -> list[str]:
        """The runs that have appended stories, and no batch of this kind yet."""
        found = self._rows(
            "SELECT DISTINCT run_id FROM batches WHERE kind IN ('readings', 'extractions') AND run_id NOT IN "
            "(SELECT run_id FROM batches WHERE kind = ?)",
            [kind],
        )
        return [row["run_id"] for row in found]

    # --- alerts -------------------------------------------------------------------------------------------------------

    def queue_alerts(
        self, matches: Mapping[str, Collection[UUID]], targets: Mapping[str, int], runs: Sequence[str], at: datetime
    ) -> int:
        """Book what watches matched, in one transaction; returns how many matches are new.

        ``matches``: watch → statements. ``targets``: watch → to how many addresses a match is to be sent.
        ``runs``: those whose statements need not be looked at again. A statement is no news where its repeat in a copy
        of the story was matched before.
        """
        with self._transaction():
            known = {
                (row["watch"], row["statement_id"])
                for row in self._rows(
                    "SELECT watch, statement_id FROM alerts WHERE target = 0 UNION ALL "
                    "SELECT watch, repeat_of FROM alerts JOIN statements USING (statement_id) "
                    "WHERE target = 0 AND repeat_of IS NOT NULL"
                )
            }
            fresh = [(watch, id) for watch, ids in matches.items() for id in ids if (watch, id) not in known]
            self._insert(
                "alerts",
                [
                    {
                        "watch": watch,
                        "target": target,
                        "statement_id": id,
                        "matched_at": at,
                        "sent_at": None if target else at,
                    }
                    for watch, id in fresh
                    for target in range(targets[watch] + 1)
                ],
            )
            for run in runs:
                self._book(f"{run}/alerts", run, "alerts", at, {})
        return len(fresh)

    def end_alerts(self, addresses: Collection[tuple[str, int]] | None) -> int:
        """Book of alerts that wait why they are not to be tried again, if so; returns how many these are.

        ``addresses``: (watch, target) of all that there are, None where that is not known. An alert for any other ends
        for want of an address, one whose statement no longer stands because it vanished.
        """
        known = None if addresses is None else rows.to_json([{"watch": name, "target": to} for name, to in addresses])
        removed = (
            "NOT list_contains($known::JSON::STRUCT(watch VARCHAR, target INTEGER)[], {watch: watch, target: target})"
        )
        vanished = "statement_id IN (SELECT statement_id FROM statements WHERE vanished_at IS NOT NULL)"
        with self._transaction():
            (count,) = self._connection.execute(
                f"UPDATE alerts SET ended = CASE WHEN {removed} THEN 'no address' ELSE 'vanished' END "
                f"WHERE sent_at IS NULL AND ended IS NULL AND ({removed} OR {vanished})",
                {"known": known},
            ).fetchone() or (0,)
        return int(count)

    def waiting_alerts(self, since: datetime) -> list[tuple[str, int, UUID]]:
        """(watch, target, statement) of what was matched after ``since`` and waits to be sent."""
        return [
            (row["watch"], row["target"], row["statement_id"])
            for row in self._rows(
                "SELECT watch, target, statement_id FROM alerts WHERE sent_at IS NULL "
                "AND ended IS NULL AND matched_at > ?::VARCHAR::TIMESTAMPTZ ORDER BY ALL",
                [since.isoformat()],
            )
        ]

    def sent_alerts(self, watch: str, target: int, statements: Sequence[UUID], at: datetime) -> None:
        """Book that statements went out."""
        with self._transaction():
            self._connection.execute(
                "UPDATE alerts SET sent_at = ?::VARCHAR::TIMESTAMPTZ "
                "WHERE watch = ? AND target = ? AND statement_id IN (SELECT unnest(?::JSON::UUID[]))",
                [at.isoformat(), watch, target, rows.to_json(list(statements))],
            )

    def matched(self, watch: str, limit: int) -> dict[UUID, datetime]:
        """The statements that a watch matched last, at most ``limit``, newest first, with the instant."""
        return {
            row["statement_id"]: row["matched_at"].astimezone(UTC)
            for row in self._rows(
                "SELECT statement_id, matched_at FROM alerts WHERE watch = ? AND target = 0 "
                "ORDER BY matched_at DESC, statement_id LIMIT ?",
                [watch, limit],
            )
        }

    # --- upkeep -------------------------------------------------------------------------------------------------------

    def last_run(self, before: datetime) -> datetime | None:
        """When the last of the runs began that began before an instant; None where there is none."""
        (row,) = self._rows(
            "SELECT max(started_at) AS last FROM runs WHERE started_at < ?::VARCHAR::TIMESTAMPTZ", [before.isoformat()]
        )
        return rows.utc(row["last"])

    def prune(self, before: datetime) -> int:
        """Delete the polls and fetches begun before an instant; returns how many. Stories and statements stay."""
        deleted = 0
        with self._transaction():
            for table in ("polls", "fetches"):
                (count,) = self._connection.execute(
                    f"DELETE FROM {table} WHERE started_at < ?::VARCHAR::TIMESTAMPTZ", [before.isoformat()]
                ).fetchone() or (0,)
                deleted += count
        return deleted

    # --- reference data -----------------------------------------------------------------------------------------------

    def load_actors(self, actors: Sequence[Actor], offices: Sequence[Office]) -> bool:
        """Replace the actors and offices by those of the lexicons. False where they are the same already."""
        given = {
            "actors": [rows.actor_row(actor) for actor in actors],
            "offices": [rows.office_row(office) for office in offices],
        }
        if all(
            json.loads(rows.to_json(given[name])) == json.loads(rows.to_json(self._rows(f"SELECT * FROM {name}")))
            for name in given
        ):
            return False
        with self._transaction():
            for name, found in given.items():
                self._connection.execute(f"DELETE FROM {name}")
                self._insert(name, found)
        return True

    def stories(self, since: datetime | None = None, extractor: str = "", *, batch: int = 200) -> Iterator[list[Story]]:
        """Stored stories, oldest first, in lists: those first seen at or after ``since``, and of them those that this
        version of the extractors looked at last, or that extractors have failed on ever since they came. Which they
        are is decided before the first list is given."""
        ids = self._connection.execute(
            "SELECT story_id FROM stories WHERE first_seen_at >= coalesce(?::VARCHAR::TIMESTAMPTZ, '-infinity') "
            "AND (extractor_version = coalesce(nullif(?, ''), extractor_version) OR starts_with(skipped, ?)) "
            "ORDER BY first_seen_at, story_id",
            [since.isoformat() if since else None, extractor, FAILED],
        ).fetchall()
        for start in range(0, len(ids), batch):
            wanted = [id for (id,) in ids[start : start + batch]]
            found = {row["story_id"]: rows.story_of(row) for row in self._known("stories", "story_id", wanted)}
            yield [found[id] for id in wanted]

    def known_stories(self, ids: Iterable[UUID]) -> dict[UUID, Story]:
        """Those of the stories that are stored, by id."""
        return {row["story_id"]: rows.story_of(row) for row in self._known("stories", "story_id", ids)}

    def extractors(self) -> dict[str, int]:
        """The versions of the extractors → the number of stories that each looked at last."""
        return {
            row["extractor_version"]: row["stories"]
            for row in self._rows(
                "SELECT extractor_version, count(*) AS stories FROM stories GROUP BY ALL ORDER BY ALL"
            )
        }

    def sources(self, stories: Iterable[UUID]) -> dict[UUID, Fetch]:
        """Story → the fetch that its text was last taken from, for stories read since fetches name them."""
        found = self._known("(FROM fetches WHERE outcome IN ('read', 'live', 'feed_text'))", "story_id", stories)
        latest = {row["story_id"]: row for row in sorted(found, key=lambda row: row["started_at"])}
        return {id: rows.fetch_of(row) for id, row in latest.items()}

    # --- SQL ----------------------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.begin()
            yield
            self._connection.commit()
        except BaseException as error:
            with suppress(duckdb.Error):  # none is active where BEGIN or COMMIT failed
                self._connection.rollback()
            if isinstance(error, duckdb.Error):
                raise explained(self.path, error) from error
            raise

    def _rows(self, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()) -> list[Row]:
        result = self._connection.execute(sql, parameters)
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def _known(
        self,
        table: str,
        column: str,
        values: Iterable[UUID],
        columns: str = "*",
        *,
        since: tuple[str, datetime] | None = None,
    ) -> list[Row]:
        """The rows of ``table`` whose ``column`` is one of ``values``. ``since``: an instant that a column of all of
        them has reached, which lets the database leave out older parts of the table."""
        wanted = list(values)
        if not wanted:
            return []
        query = f"SELECT {columns} FROM {table} WHERE {column} IN (SELECT unnest(?::JSON::UUID[]))"
        if since is None:
            return self._rows(query, [rows.to_json(wanted)])
        return self._rows(
            f"{query} AND {since[0]} >= ?::VARCHAR::TIMESTAMPTZ", [rows.to_json(wanted), since[1].isoformat()]
        )

    def _insert(self, table: str, given: Iterable[Row]) -> None:
        """Rows go in as one JSON list a column: a hundred times faster than Python values or ``executemany``, and
        a third faster than one list of objects."""
        columns = self._columns(table)
        if listed := list(given):
            lists = ", ".join(f"unnest(?::JSON::{kind}[])" for kind in columns.values())
            self._connection.execute(
                f"INSERT INTO {table} SELECT {lists}",
                [rows.to_json([row.get(name) for row in listed]) for name in columns],
            )

    def _delete(self, table: str, column: str, values: Iterable[object]) -> None:
        if listed := list(values):
            kind = "VARCHAR" if isinstance(listed[0], str) else "UUID"
            self._connection.execute(
                f"DELETE FROM {table} WHERE {column} IN (SELECT unnest(?::JSON::{kind}[]))", [rows.to_json(listed)]
            )

    def _columns(self, table: str) -> dict[str, str]:
        """Column → type."""
        if table not in self._tables:
            self._tables[table] = dict(
                self._connection.execute(
                    "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
                    [table],
                ).fetchall()
            )
        return self._tables[table]

    def _committed(self, batch_id: str) -> Counts | None:
        found = self._connection.execute("SELECT counts FROM batches WHERE batch_id = ?", [batch_id]).fetchone()
        return None if found is None else dict(found[0])

    def _book(self, batch_id: str, run_id: str, kind: str, at: datetime, counts: Counts) -> None:
        self._insert(
            "batches",
            [{"batch_id": batch_id, "run_id": run_id, "kind": kind, "committed_at": at, "counts": counts}],
        )


LONGEST_WAIT = timedelta(days=8)
"""A page waits for a week at most (a site's pause): what is due later was put there by a clock that was ahead."""

RESTLESS = 24
"""Versions from which a story is one that always changes."""

QUEUE = ("status", "read_due_at", "attempts", "read_at", "story_id")
"""The columns of ``entries`` that say what has come of reading the page."""


def _queued(verdict: Relevance, at: datetime) -> Row:
    """The place in the queue of an entry that has not been read."""
    return {
        "status": "pending" if verdict.relevant else "dropped",
        "read_due_at": at if verdict.relevant else None,
        "attempts": 0,
    }


def _says_more(found: Extraction, before: str) -> bool:
    """Is what was read worth as much as what was kept of the page before?"""
    whole = (StoryKind.STORY, StoryKind.LIVE)
    return before not in whole or (found.story.kind in whole and not found.failed)
