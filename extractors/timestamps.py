"""The instants that feeds and pages write: RFC 822, ISO 8601, epochs, asctime, and dates in words.

Strict where a guess would give a wrong day: ``11/12/2026`` is no date here, and a word that is not known makes the
whole text no date. feedparser's own dates are not used: it reads EET, EEST, MSK, CET and BST as UTC without a word.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

FUTURE = timedelta(minutes=15)
"""How far ahead of us a publisher's clock may be."""

EARLIEST = 1990
FARTHEST_OFFSET = 15 * 60


@dataclass(frozen=True, slots=True)
class Timestamp:
    """``instant`` is aware and keeps the offset that was written; None where the text is no date.

    ``quality``: exact, no_zone (the zone is a setting or UTC, or there is no time of day), future, stale (before
    1990), missing.
    """

    instant: datetime | None
    quality: str


MISSING = Timestamp(None, "missing")


def read_timestamp(raw: str, *, now: datetime, time_zone: str = "", day_first: bool | None = None) -> Timestamp:
    """What instant ``raw`` names. ``time_zone`` (IANA) is used where the text gives none or an ambiguous one,
    ``day_first`` where the order of day and month is not to be seen (None: then it is no date).

    A date in the future is kept as ``future``; what to store in its place is the caller's to say.
    """
    text = " ".join(raw.split()).strip(" ,;")
    if not text or len(text) > 120:
        return MISSING
    home = _zone(time_zone)
    try:
        found = _epoch(text) or _iso(text, home) or _mailed(text, home) or _written(text, home, day_first)
    except (ValueError, OverflowError):
        return MISSING
    if found is None:
        return MISSING
    instant, zoned = found
    if instant.year < EARLIEST:
        return Timestamp(instant, "stale")
    if instant > now + FUTURE:
        return Timestamp(instant, "future")
    return Timestamp(instant, "exact" if zoned else "no_zone")


_Found = tuple[datetime, bool]  # the instant, and whether its zone was written


def _epoch(text: str) -> _Found | None:
    if not re.fullmatch(r"\d{9,10}(\.\d+)?|\d{12,13}", text):
        return None
    seconds = float(text)
    return datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC), True


_ISO = re.compile(
    r"""(?P<year>\d{4})
        (?: -?W(?P<week>\d{2}) (?:-?(?P<weekday>[1-7]))?
          | (?P<separator>[-/.]?) (?P<month>\d{2}) (?:(?P=separator) (?P<day>\d{2}))?
          | -?(?P<ordinal>\d{3}) )
        (?: [Tt\s]\s?(?P<hour>\d{2}) (?: :?(?P<minute>\d{2}) (?: :?(?P<second>\d{2}) (?:[.,]\d+)? )? )?
            \s*(?P<zone>\S.*)? )?""",
    re.VERBOSE,
)


def _iso(text: str, home: tzinfo) -> _Found | None:
    parts = _ISO.fullmatch(text)
    if not parts:
        return None
    year = int(parts["year"])
    if parts["week"]:
        day = date.fromisocalendar(year, int(parts["week"]), int(parts["weekday"] or 1))
    elif parts["ordinal"]:
        day = date(year, 1, 1) + timedelta(days=int(parts["ordinal"]) - 1)
        if day.year != year:
            return None
    else:
        if not parts["day"] and not parts["separator"]:
            return None  # 202611 is as likely a number as a month
        day = date(year, int(parts["month"]), int(parts["day"] or 1))
    if not parts["hour"]:
        return _at(day, 0, 0, 0, home), False
    return _instant(
        day, int(parts["hour"]), int(parts["minute"] or 0), int(parts["second"] or 0), parts["zone"] or "", home
    )


_MAIL = re.compile(
    r"(?:([A-Z][a-z]{2}), )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) ([A-Z]{2,4}|Z|[+-]\d{4})", re.ASCII
)


def _mailed(text: str, home: tzinfo) -> _Found | None:
    """RFC 822 to the letter, as nearly all RSS feeds write it. ``_written`` reads it too, in four times the time."""
    parts = _MAIL.fullmatch(text)
    if not parts:
        return None
    weekday, day, name, year, hour, minute, second, zone = parts.groups()
    month = _table().months.get(name.lower())
    if not month or (weekday and weekday.lower() not in _table().ignored):
        return None
    return _instant(date(int(year), month, int(day)), int(hour), int(minute), int(second), zone, home)


_CLOCK = re.compile(
    r"(?<![\d.:])(?P<hour>\d{1,2})(?::(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:[.,]\d+)?)?)?\s?(?P<half>[ap]\.?m\b\.?|[дп]п\b)?"
    r"(?![\d:])",
    re.IGNORECASE,
)
_OFFSET = re.compile(
    r"(?:(?:GMT|UTC|UT|Z)\s?)?(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?", re.IGNORECASE
)
_NUMERIC_DAY = re.compile(r"(?<!\d)(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?!\d)")
_NAME = re.compile(r"[A-Za-z]+(?:/[A-Za-z_]+)+|[^\W\d_]+(?:[.'’][^\W\d_]+)*", re.UNICODE)


def _written(text: str, home: tzinfo, day_first: bool | None) -> _Found | None:
    comment = re.search(r"\s*\(([^()]*)\)$", text)  # +0200 (EET)
    if comment:
        text = text[: comment.start()]
    clock = next((match for match in _CLOCK.finditer(text) if match["minute"] or match["half"]), None)
    zone = ""
    if clock:
        after = text[clock.end() :]
        # The zone follows the time, but asctime puts the year between or behind them.
        offset = re.match(rf"\s*(?P<zone>{_OFFSET.pattern})(?![\d:])", after, re.IGNORECASE)
        name = re.match(r"\s*,?\s*(?P<zone>[A-Za-z]+(?:/[A-Za-z_]+)*)", after)
        if offset:
            zone, after = offset["zone"], after[offset.end() :]
        elif name and (name["zone"].upper() in _table().zones or "/" in name["zone"]):
            zone, after = name["zone"], after[name.end() :]
            trailing = re.match(rf"\s*(?P<zone>{_OFFSET.pattern})(?![\d:])", after, re.IGNORECASE)
            if trailing:  # Sun Nov 22 14:05:00 GMT +0200 2026
                zone, after = trailing["zone"], after[trailing.end() :]
        elif name and re.fullmatch("[A-Z]{2,5}", name["zone"]):  # a zone that we do not know
            after = after[name.end() :]
        if not zone and comment:
            zone = comment[1]
        text = f"{text[: clock.start()]} {after}"
    day = _day(text, day_first)
    if day is None:
        return None
    if clock is None:
        return _at(day, 0, 0, 0, home), False
    hour = int(clock["hour"])
    half = (clock["half"] or "").lower().rstrip(".")
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half in _table().after_noon else 0)
    return _instant(day, hour, int(clock["minute"] or 0), int(clock["second"] or 0), zone, home)


def _day(text: str, day_first: bool | None) -> date | None:
    """The day in a text whose time and zone were taken out."""
    numeric = _NUMERIC_DAY.search(text)
    if numeric:
        first, mark, second, year = int(numeric[1]), numeric[2], int(numeric[3]), int(numeric[4])
        if not _only_fillers(text[: numeric.start()] + " " + text[numeric.end() :]):
            return None
        if mark == "." or first > 12 or first == second:
            day_first = True
        elif second > 12:
            day_first = False
        if day_first is None:
            return None
        return date(year, second, first) if day_first else date(year, first, second)
    words = [word.group() for word in _NAME.finditer(text)]
    months = [(word, month) for word in words if (month := _table().months.get(word.lower()))]
    if len(months) != 1 or not all(word == months[0][0] or word.lower() in _table().ignored for word in words):
        return None
    numbers = re.findall(r"\d+", text)
    if len(numbers) != 2:
        return None
    first, second = numbers
    if len(first) == 4 or int(first) > 31:
        first, second = second, first
    if len(first) > 2 or len(second) not in (2, 4):
        return None
    year = int(second)
    if len(second) == 2:  # RFC 822; the pivot is POSIX's
        year += 1900 if year > 68 else 2000
    return date(year, months[0][1], int(first))


def _only_fillers(text: str) -> bool:
    return not re.search(r"\d", text) and all(word.group().lower() in _table().ignored for word in _NAME.finditer(text))


def _instant(day: date, hour: int, minute: int, second: int, zone: str, home: tzinfo) -> _Found | None:
    if not 0 <= hour <= 24 or (hour == 24 and (minute or second)) or minute > 59 or second > 60:
        return None
    if hour == 24:
        day, hour = day + timedelta(days=1), 0
    second = min(second, 59)  # a leap second
    local = _at(day, hour, minute, second, home)
    if not zone:
        return local, False
    written = _OFFSET.fullmatch(zone.strip())
    if written:
        minutes = int(written["hours"]) * 60 + int(written["minutes"] or 0)
        if minutes > FARTHEST_OFFSET:
            return None
        return _at(day, hour, minute, second, _fixed(minutes if written["sign"] == "+" else -minutes)), True
    name = zone.strip().split(" ")[0]
    if "/" in name:
        named = _zone(name)
        return (_at(day, hour, minute, second, named), True) if named is not UTC else (local, False)
    meanings = _table().zones.get(name.upper())
    if not meanings:
        return local, False
    if len(meanings) > 1:
        at_home = local.utcoffset() or timedelta()
        known = home is not UTC
        if known and at_home not in [timedelta(minutes=minutes) for minutes in meanings]:
            return local, False
        if known:
            return local, True
        return _at(day, hour, minute, second, _fixed(meanings[0])), False
    return _at(day, hour, minute, second, _fixed(meanings[0])), True


def _at(day: date, hour: int, minute: int, second: int, zone: tzinfo) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)


@cache
def _fixed(minutes: int) -> tzinfo:
    return timezone(timedelta(minutes=minutes))


@cache
def _zone(name: str) -> tzinfo:
    if not name:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def is_time_zone(name: str) -> bool:
    """Is it an IANA name of a zone, such as Europe/Kyiv?"""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def month_words() -> dict[str, int]:
    """Month word in lower case → number."""
    return _table().months


@dataclass(frozen=True, slots=True)
class _Table:
    zones: dict[str, tuple[int, ...]]
    months: dict[str, int]
    ignored: frozenset[str]
    after_noon: frozenset[str]


@cache
def _table() -> _Table:
    data = tomllib.loads(files("extractors.lexicons").joinpath("feeds.toml").read_text("utf-8"))
    return _Table(
        zones={
            name: tuple(minutes) if isinstance(minutes, list) else (minutes,) for name, minutes in data["zones"].items()
        },
        months={word: int(month) for month, words in data["months"].items() for word in words},
        ignored=frozenset(data["words"]["ignored"]),
        after_noon=frozenset(data["words"]["after_noon"]),
    )
