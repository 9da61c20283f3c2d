"""What polls bring, and which pages are to be read: table ``entries``, which is the reading queue too.

An entry is a feed's word of a page. Pages are known by the id of their URL: several feeds may lead to one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from extractors.feeds import key_of
from extractors.links import moved
from extractors.records import Entry, PollResult, Relevance, StoredReading
from storage import rows
from storage.rows import Row
from storage.tables import Batch, Counts, Tables

LONGEST_WAIT = timedelta(days=8)
"""A page waits for a week at most (a site's pause): what is due later was put there by a clock that was ahead."""

RESTLESS = 24
"""Versions from which a story is one that always changes."""

QUEUE = ("status", "read_due_at", "attempts", "read_at", "story_id")
"""The columns of ``entries`` that say what has come of reading the page."""


class Entries:
    """The entries that feeds have shown, as ``Warehouse.entries`` offers them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def known(self, keys: Mapping[str, Collection[str]]) -> dict[str, dict[str, tuple[str, str]]]:
        """``keys``: a feed's URL → keys of entries. URL → key → content hash and link of those that it has shown."""
        pairs = [(url, key) for url, asked in keys.items() for key in asked]
        found: dict[str, dict[str, tuple[str, str]]] = {url: {} for url in keys}
        for feed_url, key, content_hash, url in self._tables.execute(
            "SELECT feed_url, key, content_hash, url FROM entries SEMI JOIN "
            "(SELECT unnest(?::JSON::VARCHAR[]) AS feed_url, unnest(?::JSON::VARCHAR[]) AS key) USING (feed_url, key)",
            [rows.to_json([url for url, _ in pairs]), rows.to_json([key for _, key in pairs])],
        ).fetchall():
            found[feed_url][key] = content_hash, url
        return found

    def commit_polls(
        self,
        batch_id: str,
        run_id: str,
        results: Sequence[PollResult],
        verdicts: Mapping[tuple[str, str], Relevance],
        at: datetime,
    ) -> Counts:
        """Append polls with the state and the entries that they bring, in one transaction. A subscription without a
        title takes the feed's own.

        ``verdicts`` (feed URL, entry key) → the first judgement: a relevant entry joins the reading queue. An entry
        that changed joins it again, and so does one that was read once. An entry whose page was read for another
        feed takes over what came of it. One that leads to another page than before is a new one, and what is still to
        come of the page before stays in the queue under a key of its own. Returns what was added, the same where the
        batch was committed before.
        """
        batch = Batch(batch_id, run_id, "polls", at)
        return self._tables.once(batch, lambda: self._append(batch, results, verdicts))

    def _append(
        self, batch: Batch, results: Sequence[PollResult], verdicts: Mapping[tuple[str, str], Relevance]
    ) -> Counts:
        self._tables.insert("polls", [rows.poll_row(result.poll, batch.run_id, batch.id) for result in results])
        states = {result.state.url: rows.state_row(result.state) for result in results}
        self._tables.delete("feed_states", "url", states)
        self._tables.insert("feed_states", states.values())
        for result in results:
            if result.title:
                self._tables.execute(
                    "UPDATE feeds SET title = ? WHERE url = ? AND title = ''", [result.title, result.state.url]
                )
        found = {(entry.feed_url, entry.key): entry for result in results for entry in result.entries}
        fresh, changed = self._sift(found, verdicts, batch)
        self._set_aside([row["entry_id"] for row in fresh if row["moved"]])
        self._tables.delete("entries", "entry_id", [row["entry_id"] for row in changed])
        self._tables.insert("entries", [*fresh, *changed])
        return {
            "polls": len(results),
            "new_entries": len(fresh),
            "changed_entries": len(changed),
            "queued": sum(row["status"] == "pending" for row in [*fresh, *changed]),
        }

    def _sift(
        self,
        found: Mapping[tuple[str, str], Entry],
        verdicts: Mapping[tuple[str, str], Relevance],
        batch: Batch,
    ) -> tuple[list[Row], list[Row]]:
        """The rows of the entries that are new, and of those that changed, with their place in the queue."""
        nothing = Relevance(0.0, False)
        judged = [(entry, verdicts.get(key, nothing)) for key, entry in found.items()]
        given = {(row := rows.entry_row(*each, batch.run_id))["entry_id"]: (row, each[1]) for each in judged}
        known = {
            row["entry_id"]: row
            for row in self._tables.known(
                "entries", "entry_id", given, "entry_id, url, content_hash, first_seen_at, read_at, story_id"
            )
        }
        read = {
            row["url_id"]: row
            for row in self._tables.known(
                "(FROM entries WHERE read_at IS NOT NULL)",
                "url_id",
                {row["url_id"] for row, verdict in given.values() if verdict.relevant},
                f"url_id, {', '.join(QUEUE)}",
            )
        }
        fresh, changed = [], []
        for id, (row, verdict) in given.items():
            row |= {**_queued(verdict, batch.at), "first_seen_at": batch.at}
            before, elsewhere = known.get(id), read.get(row["url_id"])
            row["moved"] = before is not None and moved(before["url"], row["url"])
            if before is None or row["moved"]:
                if verdict.relevant and elsewhere:
                    row |= {name: elsewhere[name] for name in QUEUE}
                fresh.append(row)
            elif before["content_hash"] != row["content_hash"]:
                if before["read_at"] is not None:
                    row |= {"status": "pending", "read_due_at": batch.at}
                row |= {name: before[name] for name in ("first_seen_at", "read_at", "story_id")} | {
                    "changed_at": batch.at
                }
                changed.append(row)
            if row["read_due_at"] is None:
                row["content"] = ""
        self._rest(changed)
        return fresh, changed

    def _set_aside(self, entries: Collection[UUID]) -> None:
        """Give the rows of entries that now lead to another page the key of their link, or let them go where nothing
        came or is to come of them."""
        aside = {}
        for row in self._tables.known("entries", "entry_id", entries):
            if row["read_at"] is not None or row["read_due_at"] is not None:
                key = key_of(row["url"])
                id = rows.entry_id(row["feed_url"], key)
                aside[id] = row | {"key": key, "entry_id": id}
        self._tables.delete("entries", "entry_id", entries)
        known = {row["entry_id"] for row in self._tables.known("entries", "entry_id", aside, "entry_id")}
        self._tables.insert("entries", [row for id, row in aside.items() if id not in known])

    def _rest(self, changed: Iterable[Row]) -> None:
        """Stories that have changed very often are read again once a day at most."""
        stories = {row["story_id"]: row for row in changed if row["story_id"] and row["read_due_at"]}
        for found in self._tables.known("stories", "story_id", stories, "story_id, version"):
            row = stories[found["story_id"]]
            if found["version"] >= RESTLESS:
                row["read_due_at"] = max(row["read_due_at"], row["read_at"] + timedelta(days=1))

    def pending(self, now: datetime, limit: int) -> list[Entry]:
        """The reading queue at ``now``: at most ``limit`` entries, each page once: those never read, then those to be
        read again; of either one of each feed before the second of any, longest due first.

        An entry never tried is due, whatever the clock said when it came, and so is one that waits for longer than any
        rule says.
        """
        found = self._tables.rows(
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


def settle(tables: Tables, readings: Sequence[StoredReading], at: datetime) -> None:
    """Book what came of reading on the entries, and on those of other feeds that wait for the same page, inside the
    transaction that brings the readings."""
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
    waiting = tables.known(
        "entries", "url_id", [row["url_id"] for row in done.values()], "entry_id, url_id, read_due_at"
    )
    by_url = {row["url_id"]: row for row in done.values()}
    settled = [
        {**done.get(row["entry_id"], by_url[row["url_id"]]), "entry_id": row["entry_id"]}
        for row in waiting
        if row["entry_id"] in done or row["read_due_at"] is not None
    ]
    if settled:
        tables.execute(
            "UPDATE entries SET status = r.status, read_due_at = r.read_due_at, attempts = r.attempts, "
            "read_at = coalesce(r.read_at, entries.read_at), story_id = coalesce(r.story_id, entries.story_id), "
            "content = CASE WHEN r.read_due_at IS NULL THEN '' ELSE entries.content END "
            "FROM (SELECT unnest(row) FROM (SELECT unnest(?::JSON::STRUCT(entry_id UUID, url_id UUID, "
            "status VARCHAR, read_due_at TIMESTAMPTZ, attempts INTEGER, read_at TIMESTAMPTZ, story_id UUID)[]) "
            "AS row)) AS r WHERE entries.entry_id = r.entry_id",
            [rows.to_json(settled)],
        )


def _queued(verdict: Relevance, at: datetime) -> Row:
    """The place in the queue of an entry that has not been read."""
    return {
        "status": "pending" if verdict.relevant else "dropped",
        "read_due_at": at if verdict.relevant else None,
        "attempts": 0,
    }
