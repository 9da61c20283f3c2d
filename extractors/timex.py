"""Arithmetic on TIMEX3 values: what days they name, moving them, writing them. Knows no language but numbers.

Values: ``2025-08-19`` (also with ``T14:53`` or a part of the day: ``TMO``, ``TNI``), ``2025-W34``, ``2025-W34-WE``,
``2025-08``, ``2025-Q3``, ``2025-H1``, ``2025-SU``, ``2025``, ``199`` (a decade), ``19`` (a century), ``P2W``, ``PXY``,
``XXXX-WXX-2``, ``PAST_REF``, and closed intervals of any that name days: ``2025-08-18/2025-08-20``.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from extractors.records import Precision, TimexType

Days = tuple[date, date, Precision]
"""First day, last day (both belong to it), and how wide that is."""

SEASONS = {"SP": (3, 5), "SU": (6, 8), "FA": (9, 11), "WI": (12, 14)}
"""First and last month of the northern seasons; 13 is the next year's January."""

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def interval_of(value: str) -> Days | None:
    """First day, last day and precision of a TIMEX3 value or an interval of days; None where it names no days."""
    try:
        return _interval_of(value)
    except (ValueError, OverflowError):
        return None


def _interval_of(value: str) -> Days | None:
    if "/" in value:
        first, last = (_interval_of(part) for part in value.split("/"))
        return (first[0], last[1], Precision.RANGE) if first and last and first[0] <= last[1] else None
    if _ISO_DAY.match(value):
        day = date.fromisoformat(value[:10])
        return day, day, Precision.DAY
    if match := re.fullmatch(r"(\d{4})-W(\d\d)(-WE)?", value):
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        if match[3]:
            return monday + timedelta(5), monday + timedelta(6), Precision.RANGE
        return monday, monday + timedelta(6), Precision.WEEK
    if match := re.fullmatch(r"(\d{2,4})(?:-(\d\d|Q\d|H\d|[SFW][PUAI]))?", value):
        head, part = match[1], match[2]
        if len(head) < 4:
            span = 10 ** (4 - len(head))
            return date(int(head) * span, 1, 1), date(int(head) * span + span - 1, 12, 31), Precision.RANGE
        year = int(head)
        if part is None:
            return date(year, 1, 1), date(year, 12, 31), Precision.YEAR
        if part.isdigit():
            return _months(year, int(part), int(part), Precision.MONTH)
        if part[0] == "Q":
            return _months(year, 3 * int(part[1]) - 2, 3 * int(part[1]), Precision.RANGE)
        if part[0] == "H":
            return _months(year, 6 * int(part[1]) - 5, 6 * int(part[1]), Precision.RANGE)
        return _months(year, *SEASONS[part], Precision.RANGE)
    return None


def _months(year: int, first: int, last: int, precision: Precision) -> Days:
    end_year, end_month = year + (last - 1) // 12, (last - 1) % 12 + 1
    return date(year, first, 1), month_end(end_year, end_month), precision


def month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(1)


def moved(value: str, by: int, code: str, *, keep: bool = False) -> str | None:
    """``value`` moved by so many units, at the unit's granularity (``keep``: at the value's own)."""
    days = interval_of(value)
    if days is None:
        return None
    first, _, precision = days
    if code in ("TS", "TM", "TH"):
        return first.isoformat() if by == 0 else None
    if code == "D":
        return (first + timedelta(by)).isoformat()
    if code in ("W", "2W", "WE"):
        moved = first + timedelta(7 * by * (2 if code == "2W" else 1))
        return (
            moved.isoformat()
            if keep and precision is Precision.DAY
            else week_of(moved) + ("-WE" if code == "WE" else "")
        )
    if code == "M":
        year, month = divmod(first.year * 12 + first.month - 1 + by, 12)
        if keep and precision is Precision.DAY and (day := day_or_none(year, month + 1, first.day)):
            return day.isoformat()
        return f"{year:04d}-{month + 1:02d}"
    if code == "Q":
        year, quarter = divmod(first.year * 4 + (first.month - 1) // 3 + by, 4)
        return f"{year:04d}-Q{quarter + 1}"
    if code == "DE":
        decade = first.year // 10 + by
        return f"{decade:03d}" if not keep else f"{first.year + 10 * by:04d}"
    if code == "CE":
        return f"{first.year // 100 + by:02d}"
    year = first.year + by
    if year < 1:
        return "PAST_REF"
    if keep or "Q" in value:
        if "Q" in value or "H" in value:
            return f"{year:04d}{value[4:]}"
        if precision is Precision.MONTH:
            return f"{year:04d}-{first.month:02d}"
        if precision is Precision.DAY and (day := day_or_none(year, first.month, first.day)):
            return day.isoformat()
    return f"{year:04d}"


def kind_of(value: str) -> TimexType:
    if value.startswith("XXXX"):
        return TimexType.SET
    if value[0] == "P" and (value[1].isdigit() or value[1] in "XT"):
        return TimexType.DURATION
    return TimexType.TIME if "T" in value[4:] and value[0].isdigit() else TimexType.DATE


def leading_number(text: str) -> int:
    return int(re.match(r"\d+", text)[0])  # type: ignore[index]


def day_or_none(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def four_digits(two_digits: int) -> int:
    return two_digits + (2000 if two_digits < 50 else 1900)


def week_of(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def latest(day: date, weekday: int) -> date:
    return day - timedelta((day.weekday() - weekday) % 7)


def first_from(day: date, weekday: int) -> date:
    return day + timedelta((weekday - day.weekday()) % 7)


def last_before(day: date, weekday: int) -> date:
    return latest(day - timedelta(1), weekday)


def first_after(day: date, weekday: int) -> date:
    return first_from(day + timedelta(1), weekday)


def clock_time(clock: str, numbers: dict[str, int]) -> str:
    word = clock.lower().split()[0]
    if word in ("noon", "midday"):
        return "12:00"
    if word == "midnight":
        return "24:00"
    if word in numbers:
        return f"{numbers[word]:02d}:00"
    match = re.match(r"(\d\d)(\d\d)\b|(\d{1,2})(?:[:.](\d\d))?(?::\d\d)?\s?([ap]?)", clock, re.IGNORECASE)
    if match is None:
        raise ValueError(clock)
    if match[1]:
        return f"{match[1]}:{match[2]}"
    hour, minute, half = int(match[3]), int(match[4] or 0), match[5].lower()
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    return f"{hour:02d}:{minute:02d}"


def amount_of(count: str, numbers: dict[str, int]) -> float | None:
    """ "two", "a couple of", "5 1/2", "1,000", "thirty-six", "half an" as a number."""
    words = re.findall(r"\d+(?:,\d{3})*(?:\.\d+)?(?:/\d)?|[a-z]+|[½¼¾]", count.lower())
    total = 0.0
    if words[:1] == ["half"]:
        return 0.5
    for i, word in enumerate(words):
        if word in ("of", "and", "or", "to"):
            if word in ("or", "to"):
                return total
        elif "/" in word:
            total += int(word[0]) / int(word[-1])
        elif word in "½¼¾":
            total += {"½": 0.5, "¼": 0.25, "¾": 0.75}[word]
        elif word == "half":
            total = total - 1 + 0.5 if total == 1 and i == 1 else total + 0.5
        elif word[0].isdigit():
            total += float(word.replace(",", ""))
        elif word in ("hundred", "dozen", "couple", "pair"):
            total = max(total, 1) * numbers[word]
        elif word in ("a", "an") and total:
            continue
        elif word in numbers:
            total += numbers[word]
    return total or None


def duration(amount: float | str, code: str) -> str:
    """TIMEX3 of so many units: P2W, PT5H30M, P2Y6M; an amount "X" is a vague one."""
    factor, unit = {"DE": (10, "Y"), "CE": (100, "Y"), "GE": (25, "Y"), "2W": (2, "W")}.get(code, (1, code))
    time = "T" if unit[0] == "T" else ""
    unit = unit.removeprefix("T")
    if isinstance(amount, str):
        return f"P{time}X{unit}"
    amount *= factor
    whole = int(amount)
    rest = ""
    if amount != whole and (smaller := {"TH": (60, "M"), "TM": (60, "S"), "Y": (12, "M")}.get(time + unit)):
        rest = f"{round((amount - whole) * smaller[0])}{smaller[1]}"
    elif amount != whole:
        return f"P{time}{amount:g}{unit}"
    return f"P{time}{whole}{unit}{rest}" if whole else f"P{time}{rest}"


def feast(rule: str, year: int) -> date:
    """A feast whose day changes: "easter -2", "orthodox 0", or "11 3 4" (the fourth Thursday of November)."""
    name, *numbers = rule.split()
    if name in ("easter", "orthodox"):
        return _easter(year, orthodox=name == "orthodox") + timedelta(int(numbers[0]))
    month, weekday, nth = int(name), int(numbers[0]), int(numbers[1])
    if nth < 0:
        return latest(month_end(year, month), weekday)
    return first_from(date(year, month, 1), weekday) + timedelta(7 * (nth - 1))


def _easter(year: int, *, orthodox: bool) -> date:
    """Easter Sunday: the Gregorian computus, or the Julian one in the Gregorian calendar (valid 1900 to 2099)."""
    if orthodox:
        a, b, c = year % 4, year % 7, year % 19
        d = (19 * c + 15) % 30
        e = (2 * a + 4 * b - d + 34) % 7
        month, day = divmod(d + e + 114, 31)
        return date(year, month, day + 1) + timedelta(13)
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)
