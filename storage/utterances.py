"""Which statements report one utterance: rows of ``utterances`` for new statements beside those known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from uuid import UUID

from extractors.duplicates import LOOK_BACK, Utterances, likeness
from extractors.records import Statement
from storage.rows import Row, statement_of

DAYS = LOOK_BACK.days

CANDIDATES = files("storage").joinpath("candidates.sql").read_text(encoding="utf-8")
"""Gives the statements to be compared; takes ``$runs``, whose statements are new, and ``$days``."""


def links(found: Sequence[Row], at: datetime) -> list[Row]:
    """The rows to be added for what ``CANDIDATES`` gave. A statement linked already stays where it is; the first
    report of an utterance gives it its id."""
    utterances, linked = Utterances(), set[UUID]()
    fresh: list[Statement] = []
    for row in found:
        statement = statement_of(row)
        if row["is_new"] and not row["utterance_id"]:
            fresh.append(statement)
        else:
            utterances.add(row["utterance_id"] or statement.id, statement)
        if row["utterance_id"]:
            linked.add(statement.id)
    added: list[Row] = []
    for statement in fresh:
        utterance = utterances.find(statement)
        if utterance is not None:
            first = utterances.reports[utterance][0]
            added += [
                {
                    "utterance_id": utterance,
                    "statement_id": report.id,
                    "similarity": 1.0 if report is first else likeness(first, report),
                    "linked_at": at,
                }
                for report in (first, statement)
                if report.id not in linked
            ]
            linked |= {first.id, statement.id}
        utterances.add(utterance or statement.id, statement)
    return added
