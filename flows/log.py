"""One line an outcome on standard error, for who asks (``--log``, ``DATELINE_LOG``): text, or an object of JSON a line.

    2026-11-22T14:15:03Z feed polled feed=https://example.org/rss.xml outcome=new status=200 entries=3 ms=412

The events: feed polled, page read, batch appended, story failed, alert failed, run done. Nothing secret is in them.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any

from extractors.links import masked

logger = logging.getLogger("dateline")


def line(kind: str, at: datetime, event: str, fields: dict[str, Any]) -> str:
    """An event as a line. ``kind``: text or json. A field without a value is left out."""
    given = {
        name: masked(value) if isinstance(value, str) else value
        for name, value in fields.items()
        if value is not None and value != ""
    }
    moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if kind == "json":
        return json.dumps({"at": moment, "event": event, **given}, ensure_ascii=False, default=str)
    return " ".join([moment, event, *(f"{name}={_word(value)}" for name, value in given.items())])


def _word(value: object) -> str:
    """A value without spaces, or as a JSON string."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r'[\s"]', text) else text


class _Lines(logging.Formatter):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        return line(self.kind, at, record.getMessage(), getattr(record, "fields", {}))


def start(kind: str) -> None:
    """Write events to standard error from now on, as ``text`` or ``json``; with ``""`` to nowhere."""
    logger.handlers.clear()
    logger.propagate = False
    logger.setLevel(logging.INFO)
    handler: logging.Handler = logging.NullHandler()
    if kind:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_Lines(kind))
    logger.addHandler(handler)


def event(name: str, **fields: Any) -> None:
    """Something came to an outcome."""
    logger.info(name, extra={"fields": fields})
