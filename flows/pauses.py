"""Until when a site wants to be left alone (429), remembered from one run to the next."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from storage.files import put

DAY = timedelta(days=1)
LONGEST = timedelta(days=7)


class Pauses:
    """Sites and the instants until which they are left alone, in ``file`` (JSON), which need not exist yet."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def left(self, now: datetime) -> dict[str, timedelta]:
        """Site → how long it is still to be left alone, at most a week. A damaged file is an empty one, and a pause
        that is longer by days was written by a clock that was ahead."""
        try:
            stored = json.loads(self._file.read_text("utf-8"))
            pauses = {site: datetime.fromisoformat(until) - now for site, until in stored.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
        return {site: min(left, LONGEST) for site, left in pauses.items() if timedelta() < left < LONGEST + DAY}

    def keep(self, site: str, pause: timedelta, now: datetime) -> None:
        """Leave ``site`` alone for so long from ``now`` on. Written at once, so that a run that is killed remembers."""
        left = self.left(now)
        left[site] = max(min(pause, LONGEST), left.get(site, timedelta()))
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        put(self._file, json.dumps({name: (now + span).isoformat() for name, span in left.items()}).encode())
