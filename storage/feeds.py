"""The subscriptions, and what polling each has taught: tables ``feeds`` and ``feed_states``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from extractors.records import Feed, FeedState
from storage import rows
from storage.tables import Tables


class Feeds:
    """The subscriptions, as ``Warehouse.feeds`` offers them."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, feeds: Iterable[Feed], at: datetime | None = None) -> int:
        """Subscribe, at an instant (default: now); returns how many are new. What is known of a feed already (title,
        kind ...) is replaced."""
        given = {feed.url: feed for feed in feeds}
        moment = at or datetime.now(UTC)
        known = {row["url"]: row for row in self._tables.rows("SELECT * FROM feeds")}
        with self._tables.transaction():
            self._tables.delete("feeds", "url", given)
            self._tables.insert(
                "feeds",
                [
                    {**rows.feed_row(feed, moment), "added_at": known.get(url, {}).get("added_at") or moment}
                    for url, feed in given.items()
                ],
            )
        return sum(url not in known or known[url]["removed_at"] is not None for url in given)

    def remove(self, url: str, at: datetime | None = None) -> bool:
        """Unsubscribe; False where there is no such feed. What it brought stays."""
        subscribed = any(feed.url == url for feed in self.subscribed())
        with self._tables.transaction():
            self._tables.execute(
                "UPDATE feeds SET removed_at = ?::VARCHAR::TIMESTAMPTZ WHERE url = ? AND removed_at IS NULL",
                [(at or datetime.now(UTC)).isoformat(), url],
            )
            self._tables.execute("DELETE FROM feed_states WHERE url = ?", [url])
        return subscribed

    def subscribed(self) -> list[Feed]:
        """The subscriptions, oldest first."""
        return [
            rows.feed_of(row)
            for row in self._tables.rows("SELECT * FROM feeds WHERE removed_at IS NULL ORDER BY added_at, url")
        ]

    def states(self) -> list[tuple[Feed, FeedState]]:
        """Every subscription with its state, most overdue first. A feed never polled was due when it was added."""
        states = {row["url"]: rows.state_of(row) for row in self._tables.rows("SELECT * FROM feed_states")}
        found = [
            (
                rows.feed_of(row),
                states.get(row["url"]) or FeedState(row["url"], rows.utc(row["added_at"]) or datetime.now(UTC)),
            )
            for row in self._tables.rows("SELECT * FROM feeds WHERE removed_at IS NULL")
        ]
        return sorted(found, key=lambda pair: (pair[1].due_at, pair[0].url))
