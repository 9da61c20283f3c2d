"""Date expressions of English news prose: found, and resolved against the day of publication.

    >>> tag("Zelensky said on Tuesday that talks begin on Sept. 3.", date(2025, 8, 20))

finds "Tuesday" (2025-08-19) and "Sept. 3" (2025-09-03). Values are those of TIMEX3 (TimeML 1.2.1), intervals ISO 8601
("2025-08-18/2025-08-20"). Words and patterns are data, in lexicons/dates.toml; this module is the arithmetic.

How a relative expression is resolved (figures: TimeBank and AQUAINT, 298 weekdays, 151 month-days)

* A bare weekday is the latest such day up to and including the day of publication (right in 91 %; 45 % name that very
  day), or the first from that day on where its own clause looks ahead ("will meet on Monday", "by Friday").
* A month and day without a year take the year that puts them nearest to publication, looking back further than ahead:
  265 days against 100 (97 %; the past alone: 63 %).
* "A year earlier", "the next day" count from the last date that the text named, not from publication.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from extractors.records import Precision, Timex, TimexType

# Words at which an expression can begin. A number after a currency sign, a decimal point or a hyphen is no date.
_WORD = re.compile(
    r"(?<![\w$£€#@&])(?:[A-Za-z]+|(?<![.,:/\-‐-–]\d)(?<!\d[.,:/\-‐-–])(?<![\-/+.,])\d+|(?<=[ (])['’](?=\d))"
)
_SPACE = r"(?:[^\S\n]{1,3}|\n)"
_SHORTHAND = re.compile(r"\[[^\]]*\]|[ _']")
_LOOK_BACK, _LOOK_AHEAD = 160, 90  # characters read for tense: more than the clause of a date, and bounded
_BACK, _AHEAD = timedelta(days=265), timedelta(days=100)  # the window for a month and day without a year
_FURTHER = timedelta(days=300)  # how far ahead where the clause looks ahead
_WITHIN = 400  # characters after which a clock time no longer belongs to the day named before it

_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_SEASONS = {"SP": (3, 5), "SU": (6, 8), "FA": (9, 11), "WI": (12, 14)}
_ENDS_RELATION = re.compile(r"\s*(?:[.,;:!?)\n\"”’—–]|$)|\s+(?:and|but)\b")


def local_day(published: datetime, time_zone: str) -> date:
    """The calendar day of an instant in an outlet's IANA zone; in the instant's own offset where ``time_zone`` is "".

    A story of 22:30 UTC belongs to the next day in Kyiv. Raises ``zoneinfo.ZoneInfoNotFoundError`` for an unknown zone
    and ``ValueError`` for a naive instant, whose day nobody can tell.
    """
    if published.tzinfo is None:
        raise ValueError(
            f"The instant {published.isoformat()} has no UTC offset; give it one before asking for its day."
        )
    return published.astimezone(ZoneInfo(time_zone)).date() if time_zone else published.date()


def tag(text: str, day: date | None, *, day_first: bool | None = None) -> list[Timex]:
    """The date expressions of ``text`` in order, without overlaps, resolved against ``day`` (the outlet's local day).

    Every Timex that names days has ``first``, ``last`` (closed) and ``precision``; durations, sets and references
    ("now", "recently") have none. Without ``day`` only expressions that need none are found. ``day_first`` says how the
    outlet writes 03/09/2025; unknown, the reading nearest before ``day`` is taken. Takes time linear in the text.
    """
    return list(_Reader(text, day, day_first).read())


def interval_of(value: str) -> tuple[date, date, Precision] | None:
    """First day, last day and precision of a TIMEX3 value or an interval of days; None where it names no days."""
    try:
        return _interval_of(value)
    except (ValueError, OverflowError):
        return None


def _interval_of(value: str) -> tuple[date, date, Precision] | None:
    if "/" in value:
        first, last = (_interval_of(part) for part in value.split("/"))
        return (first[0], last[1], Precision.RANGE) if first and last else None
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
        return _months(year, *_SEASONS[part], Precision.RANGE)
    return None


def _months(year: int, first: int, last: int, precision: Precision) -> tuple[date, date, Precision]:
    end_year, end_month = year + (last - 1) // 12, (last - 1) % 12 + 1
    return date(year, first, 1), _month_end(end_year, end_month), precision


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(1)


# ---------------------------------------------------------------- the grammar: lexicons/dates.toml, compiled


class _Pattern:
    """A pattern and the method that reads it. Compiled at its first opener, so that a short text starts fast."""

    __slots__ = ("match", "reading", "regex")

    def __init__(self, reading: str, regex: str) -> None:
        self.reading, self.regex = reading, regex
        self.match: Callable[..., re.Match[str] | None] = self._first

    def _first(self, text: str, start: int) -> re.Match[str] | None:
        self.match = _compiled(self.regex).match
        return self.match(text, start)


@dataclass(frozen=True, slots=True)
class _Grammar:
    at: dict[str, tuple[_Pattern, ...]]  # opener → the patterns to try there, in the file's order
    month: dict[str, int]
    weekday: dict[str, int]
    words: dict[str, dict[str, Any]]
    tense: dict[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def _grammar() -> _Grammar:
    data = tomllib.loads(files("extractors.lexicons").joinpath("dates.toml").read_text(encoding="utf-8"))
    numbered = {
        name: {word.lower(): i for i, row in enumerate(rows) for word in row} for name, rows in data["tables"].items()
    }
    words: dict[str, dict[str, Any]] = {
        **numbered,
        **data["values"],
        **{k: dict.fromkeys(v) for k, v in data["words"].items()},
    }
    macros = {name: _alternatives(table) for name, table in words.items()}
    for name in numbered:  # names are capitalised: "may", "march", "sun" are other words
        shorts = {word for row in data["tables"][name] for word in row[1:]} if name == "month" else set()
        forms = [
            f"{w}\\.?" if w in shorts else w for row in data["tables"][name] for w in sorted(row, key=len, reverse=True)
        ]
        macros[name] = "(?-i:" + "|".join([*forms, *(form.upper().replace("\\.", "\\.") for form in forms)]) + ")"
    for name, regex in data["macros"].items():
        macros[name] = _filled(regex, macros)

    at: dict[str, list[_Pattern]] = {}
    for row in data["pattern"]:
        pattern = _Pattern(row["reading"], _filled(row["regex"], macros))
        for opener in row["openers"]:
            table, _, tail = opener[1:].partition("}")
            names = [word + tail for word in words[table]] if opener.startswith("{") else [opener]
            for name in names:
                first = re.split(r"[\s'-]", name)[0]
                rows = at.setdefault("#" if first[:1].isdigit() else first, [])
                if pattern not in rows:
                    rows.append(pattern)
    return _Grammar(
        at={opener: tuple(rows) for opener, rows in at.items()},
        month={word: i + 1 for word, i in numbered["month"].items()},
        weekday={**numbered["shortday"], **numbered["weekday"]},
        words=words,
        tense={name: _compiled(regex) for name, regex in data["tense"].items()},
    )


def _alternatives(table: dict[str, Any]) -> str:
    return "(?:" + "|".join(sorted(table, key=len, reverse=True)) + r")\b"


def _filled(regex: str, macros: dict[str, str]) -> str:
    return re.sub(r"\{([a-z]+)\}", lambda m: macros[m[1]], regex)


def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(_SHORTHAND.sub(_longhand, regex), re.IGNORECASE)


def _longhand(m: re.Match[str]) -> str:
    if m[0][0] == "[":  # a character class knows no repetition
        return m[0].replace("'", "'’").replace(" ", r"\s")
    return {" ": _SPACE, "_": f"(?:[-‐-–]|{_SPACE})", "'": "['’]"}[m[0]]


# ---------------------------------------------------------------- reading a text


class _Undated(Exception):
    """An expression needs the day of publication, and there is none."""


class _Reader:
    """Reads one text from left to right, remembering what it has named.

    A method ``_<reading>`` takes the match of a pattern and returns a TIMEX3 value, or None: no date after all.
    """

    def __init__(self, text: str, day: date | None, day_first: bool | None) -> None:
        self.text, self.day_or_none, self.day_first = text, day, day_first
        self.grammar = _grammar()
        self.last_day: date | None = None  # the last day named, for "the next day"
        self.last_value = ""  # the last date named, at its own granularity, for "a year earlier"
        self.last_quarter = ""
        self.last_end = 0

    @property
    def day(self) -> date:
        if self.day_or_none is None:
            raise _Undated
        return self.day_or_none

    def read(self) -> Iterator[Timex]:
        at, text, done = self.grammar.at, self.text, 0
        for word in _WORD.finditer(text):
            start = word.start()
            if start < done:
                continue
            first = word[0]
            key = "#" if first[0].isdigit() else "'" if first in "'’" else first.lower()
            for pattern in at.get(key, ()):
                match = pattern.match(text, start)
                if match and (timex := self._timex(pattern.reading, match)):
                    yield timex
                    done = timex.end
                    break

    def _timex(self, reading: str, match: re.Match[str]) -> Timex | None:
        handler: Callable[[re.Match[str]], str | None] = getattr(self, "_" + reading)
        try:
            value = handler(match)
        except (_Undated, ValueError, OverflowError):
            return None
        if not value:
            return None
        start, end = match.span()
        kind = _kind(value)
        days = interval_of(value) if kind in (TimexType.DATE, TimexType.TIME) else None
        first, last, precision = days or (None, None, None)
        if days:
            self._remember(reading, value, days, end)
        return Timex(start, end, self.text[start:end], kind, value, first, last, precision)

    def _remember(self, reading: str, value: str, days: tuple[date, date, Precision], end: int) -> None:
        if "Q" in value:
            if reading == "quarter":
                self.last_quarter = value
            return
        if reading == "clock":
            return
        self.last_value, self.last_end = value, end
        if days[2] is Precision.DAY:
            self.last_day = days[0]

    # -------------------------------------------------------- days

    def _iso(self, m: re.Match[str]) -> str:
        day = date(int(m["year"]), int(m["month"]), int(m["day"]))
        return f"{day}T{m['clock']}" if m["clock"] else day.isoformat()

    def _numeric(self, m: re.Match[str]) -> str | None:
        one, two, year = int(m["one"]), int(m["two"]), int(m["year"])
        if year < 100:
            year += 2000 if year < 70 else 1900
        readings = [d for d in (_date(year, two, one), _date(year, one, two)) if d]
        if m["sep"] == "." or self.day_first is True:
            readings = readings[:1] if _date(year, two, one) or m["sep"] == "." else readings
        elif self.day_first is False:
            readings = readings[-1:]
        if not readings or (m["sep"] == "." and not _date(year, two, one)):
            return None
        if len(readings) > 1:  # 03/09/2025 of an unknown outlet: month first unless only the other is not yet to come
            readings.sort(key=lambda d: (d > self.day, self.day - d if d <= self.day else d - self.day))
        return self._at(readings[0], m["clock"])

    def _calendar(self, m: re.Match[str]) -> str:
        month, number = self._month_number(m["month"] or m["month2"]), _number(m["day"] or m["day2"])
        if m["year"]:
            day = date(int(m["year"]), month, number)
        elif m["rel"]:
            day = date(self.day.year + self._shift_of(m["rel"]), month, number)
        else:
            day = self._nearest(month, number, m, (m["mod"] or "").lower())
        return self._at(day, m["clock"] or m["clock2"], m["part"] or m["part2"] or m["part3"])

    def _days(self, m: re.Match[str]) -> str | None:
        groups = m.groupdict()
        month = self._month_number(m["month"] or m["month2"])
        last_month = groups.get("lastmonth") or groups.get("lastmonth2")
        last_number = _number(m["last"] or m["last2"])
        end_month = self._month_number(last_month) if last_month else month
        last = date(int(m["year"]), end_month, last_number) if m["year"] else self._nearest(end_month, last_number, m)
        first = date(last.year - (month > end_month), month, _number(m["day"] or m["day2"]))
        return f"{first}/{last}" if first < last else None

    def _weekdays(self, m: re.Match[str]) -> str | None:
        lead, link = (m["lead"] or "").strip().lower(), (m["link"] or "").lower()
        if m["last"] is None:
            if not lead.endswith("into") and not ("overnight" in lead and "early" in lead):
                return None
            last = self._resolve_weekday(m["weekday"], m)
            return f"{last - timedelta(1)}/{last}"
        if (link == "and" and lead != "between") or (link == "to" and not lead):
            return None
        last = self._resolve_weekday(m["last"], m)
        first = last - timedelta((last.weekday() - self.grammar.weekday[m["weekday"].lower()]) % 7)
        return f"{first}/{last}" if first < last else None

    def _weekday(self, m: re.Match[str]) -> str:
        wanted, mod = self.grammar.weekday[m["weekday"].lower()], (m["mod"] or "").lower()
        before = m[0][: m.start("weekday") - m.start()].lower()
        if m["week"]:
            monday = self.day - timedelta(self.day.weekday()) + timedelta(7 * self._shift_of(m["week"]))
            day = monday + timedelta(wanted)
        elif mod in ("previous", "preceding"):
            day = _before(self.last_day or self.day, wanted)
        elif mod == "following":
            day = _after(self.last_day or self.day, wanted)
        elif mod == "last":
            day = _before(self.day, wanted)
        elif mod in ("next", "coming", "upcoming"):
            day = _after(self.day, wanted)
        elif mod == "this" or "this" in before:
            day = _latest(self.day, wanted) if mod == "past" or self._looks_back(m) else _first(self.day, wanted)
        else:
            day = self._resolve_weekday(m["weekday"], m)
        return self._at(day, m["clock"] or m["clock2"], m["part"])

    def _deictic(self, m: re.Match[str]) -> str | None:
        if m["word"][0].isupper() and _TITLE_BEFORE.search(self.text[max(0, m.start() - 16) : m.start()]):
            return None  # USA Today
        word = " ".join(m["word"].lower().split())
        if "before yesterday" in word:
            return (self.day - timedelta(2)).isoformat()
        if "after tomorrow" in word:
            return (self.day + timedelta(2)).isoformat()
        if word.startswith("overnight"):
            return f"{self.day - timedelta(1)}/{self.day}"
        if word == "tonight":
            return self._at(self.day, m["clock"] or m["clock2"], "night")
        if word == "last night":
            return self._at(self.day - timedelta(1), None, "night")
        if word.startswith("this "):
            return self._at(self.day, m["clock"] or m["clock2"], word.split()[1])
        shift = {"today": 0, "yesterday": -1, "tomorrow": 1}[word.split()[0]]
        return self._at(self.day + timedelta(shift), m["clock"] or m["clock2"], m["part"])

    def _anaphor(self, m: re.Match[str]) -> str | None:
        if m["way"]:
            if not _ENDS_RELATION.match(self.text, m.end()):
                return None  # "the day before the vote" is a relation, not a date
            shift = 1 if m["way"].lower() == "after" else -1
            return (self._named_day(shift) + timedelta(shift)).isoformat()
        mod, unit = m["mod"].lower().split()[-1], m["unit"].lower()
        if mod == "that" and _SAYS_BEFORE.search(self.text[max(0, m.start() - 10) : m.start()]):
            return None  # "says that day by day ..."
        shift = {"next": 1, "following": 1, "previous": -1, "preceding": -1}.get(mod, 0)
        if unit in ("week", "month", "year"):
            return self._moved(self.last_value, shift, unit[0].upper()) if self.last_value else None
        if mod == "the" and not self.last_day:  # "earlier in the day"
            return self.day.isoformat()
        return self._at(self._named_day(shift) + timedelta(shift), None, None if unit == "day" else unit)

    def _named_day(self, shift: int) -> date:
        """The day that "the day before" counts from; with none named, it counts from publication."""
        if self.last_day:
            return self.last_day
        if shift < 0:
            return self.day
        raise _Undated

    def _holiday(self, m: re.Match[str]) -> str:
        name = " ".join(m["name"].lower().replace("’", "'").split())

        def on(year: int) -> date:
            if fixed := self.grammar.words["holiday"].get(name) or self.grammar.words["anniversary"].get(name):
                return date.fromisoformat(f"{year}-{fixed}")
            return _movable(self.grammar.words["movable"][name], year)

        if year := m.groupdict().get("year"):
            return on(int(year)).isoformat()
        days = [on(self.day.year + i) for i in (-1, 0, 1)]
        past, future = [d for d in days if d <= self.day], [d for d in days if d > self.day]
        mod = (m.groupdict().get("mod") or "").lower()
        if mod in ("", "this"):
            return self._in_window(past[-1], future[0], m).isoformat()
        return (future[0] if mod == "next" else max(d for d in past if d < self.day)).isoformat()

    def _clock(self, m: re.Match[str]) -> str | None:
        if not m["clock"][0].isdigit() and not _AT_BEFORE.search(self.text[max(0, m.start() - 8) : m.start()]):
            return None  # "High Noon"
        near = self.last_day if self.last_day and m.start() - self.last_end < _WITHIN else None
        value = self._at(near or self.day, m["clock"])
        if (m["part"] or "").lower() in ("afternoon", "evening", "night") and (hour := int(value[11:13])) < 12:
            return f"{value[:11]}{hour + 12}{value[13:]}"
        return value

    # -------------------------------------------------------- weeks, months, quarters, years

    def _weekof(self, m: re.Match[str]) -> str:
        month, number = self._month_number(m["month"] or m["month2"]), _number(m["day"] or m["day2"])
        day = date(int(m["year"]), month, number) if m["year"] else self._nearest(month, number, m)
        return _week(day)

    def _weekend(self, m: re.Match[str]) -> str:
        week = self.day if self.day.weekday() >= 5 or self._looks_ahead(m) else self.day - timedelta(7)
        return _week(week) + "-WE"

    def _month(self, m: re.Match[str]) -> str | None:
        month = self._month_number(m["month"])
        word = m["month"].lower()
        if m[0] == m["month"]:
            if len(word.rstrip(".")) < 4 and word != "may" and not word.endswith("."):
                return None  # a name: Jan, Mar
            if word in ("may", "march") and not _TEMPORAL_BEFORE.search(self.text[max(0, m.start() - 16) : m.start()]):
                return None
        mod, rel = (m["mod"] or "").lower(), (m["rel"] or "").lower()
        if m["year"]:
            year = int(m["year"])
        elif m["short"]:
            year = _century(int(m["short"]))
        elif rel and rel not in ("last", "this", "next"):
            anchor = interval_of(self.last_value)
            year = (anchor[0] if anchor else self.day).year + {"following": 1, "previous": -1}.get(rel.split()[1], 0)
        elif rel:
            year = self.day.year + self._shift_of(rel)
        elif mod in ("last", "past", "this past"):
            year = self.day.year - (month >= self.day.month)
        elif mod in ("next", "this coming"):
            year = self.day.year + (month <= self.day.month)
        elif mod == "this":
            year = self.day.year
        elif mod == "that":
            anchor = interval_of(self.last_value)
            year = (anchor[0] if anchor else self.day).year
        else:
            year = self.day.year - (month > self.day.month)
            if month != self.day.month and self._looks_ahead(m):
                year += 1
        return f"{year:04d}-{month:02d}"

    def _months(self, m: re.Match[str]) -> str:
        return f"{m['year']}-{self._month_number(m['month']):02d}/{m['year']}-{self._month_number(m['last']):02d}"

    def _season(self, m: re.Match[str]) -> str | None:
        code: str = self.grammar.words["season"][m["season"].lower()]
        word, mod, rel = m["season"].lower(), (m["mod"] or "").lower(), m["rel"]
        if m["year"]:
            return f"{m['year']}-{code}"
        bare = not (mod or rel or m["the"])
        if (
            bare
            and word in ("fall", "spring")
            and not _SEASON_BEFORE.search(self.text[max(0, m.start() - 8) : m.start()])
        ):
            return None  # the verbs
        if word == "fall" and m["the"] and not mod:
            return None  # "the fall of Mariupol"
        first, last = _SEASONS[code]
        this = self.day.year - (code == "WI" and self.day.month < 3)
        if rel:
            return f"{self.day.year + self._shift_of(rel)}-{code}"
        if mod in ("last", "past", "this past", "previous"):
            ended = (this, last) < (self.day.year, self.day.month)
            return f"{this if ended else this - 1}-{code}"
        if mod in ("next", "this coming", "coming", "following"):
            begun = (this, first) <= (self.day.year, self.day.month)
            return f"{this + 1 if begun else this}-{code}"
        if mod == "this" or self._looks_ahead(m):
            return f"{this}-{code}"
        begun = (this, first) <= (self.day.year, self.day.month)
        return f"{this if begun else this - 1}-{code}"

    def _shifted(self, m: re.Match[str]) -> str | None:
        mod, unit = m["mod"].lower().split()[-1], m["unit"].lower()
        shift = self._shift_of(mod)
        stretch = unit in ("week", "month", "year", "decade", "century", "quarter", "day") and not m["fiscal"]
        if m["the"] and stretch and mod in ("last", "past", "next", "coming"):
            return _duration(1, self.grammar.words["unit"][unit])
        if mod == "past" and unit != "weekend" and "this" not in m[0].lower() and unit not in _SEASON_WORDS:
            return _duration(1, self.grammar.words["unit"][unit])
        if mod in ("previous", "preceding", "following", "same") and unit not in _SEASON_WORDS:
            if not self.last_value or unit == "day":
                return None
            return self._moved(self.last_value, shift, self.grammar.words["unit"][unit])
        if unit == "day":
            return None
        if unit in _SEASON_WORDS:
            return None
        if unit == "quarter":
            value = self._moved(f"{self.day.year}-Q{(self.day.month + 2) // 3}", shift, "Q")
            return value
        code = self.grammar.words["unit"][unit]
        if m["nth"]:
            return f"{self.day.year + shift}-Q{self.grammar.words['ordinal'][m['nth'].lower()]}"
        return self._moved(self.day.isoformat(), shift, code)

    def _edge(self, m: re.Match[str]) -> str | None:
        if m["yearend"]:
            return f"{self.day.year:04d}"
        if m["year"]:
            return m["year"]
        if m["unit"].lower() == "day":
            return self.day.isoformat()
        return self._moved(self.day.isoformat(), self._shift_of(m["mod"]), m["unit"][0].upper())

    def _quarter(self, m: re.Match[str]) -> str | None:
        if m["digit"]:
            nth, unit = int(m["digit"]), "Q"
        else:
            word = m["nth"].lower()
            unit = "Q" if m["unit"].lower() == "quarter" else "H"
            if word in ("last", "latter"):
                if unit == "Q":
                    return None
                nth = 2
            else:
                nth = self.grammar.words["ordinal"][word]
            if unit == "H" and (nth > 2 or not (m["year"] or m["rel"] or m["theyear"] or m["year2"])):
                return None
        year = m["year"] or m["year2"]
        if year:
            return f"{year}-{unit}{nth}"
        if m["rel"]:
            return f"{self.day.year + self._shift_of(m['rel'])}-{unit}{nth}"
        begun = (self.day.month - 1) // (3 if unit == "Q" else 6) + 1 >= nth
        this = self.day.year if begun or self._looks_ahead(m) else self.day.year - 1
        return f"{this - bool(m['prior'])}-{unit}{nth}"

    def _period(self, m: re.Match[str]) -> str | None:
        groups = m.groupdict()
        year, quarter = divmod(self.day.year * 4 + (self.day.month - 1) // 3 - 1, 4)
        latest = self.last_quarter or f"{year:04d}-Q{quarter + 1}"
        if groups.get("prior") or groups.get("rel"):
            return self._moved(latest, -1, "Y")
        return latest

    def _decade(self, m: re.Match[str]) -> str | None:
        if m["full"]:
            return m["full"]
        if m["short"]:
            return "19" + m["short"] if int(m["short"]) > 2 else "20" + m["short"]
        if m["word"]:
            return f"19{self.grammar.words['tens'][m['word'].lower()]}" if m[0].lower().startswith("the ") else None
        nth = int(m["century"]) if m["century"] else self.grammar.words["rank"][m["nth"].lower()]
        return f"{nth - 1:02d}" if 10 <= nth <= 22 else None

    def _theyear(self, m: re.Match[str]) -> str | None:
        if re.match(r"\s(?:ended|ending|to|before|after|since)\b", self.text[m.end() : m.end() + 8]):
            return "P1Y"
        return f"{self.day.year:04d}" if _YEAR_OF.search(self.text[max(0, m.start() - 16) : m.start()]) else None

    def _spelled(self, m: re.Match[str]) -> str:
        numbers = self.grammar.words["number"]
        if m["thousand"]:
            return f"{2000 + numbers.get((m['unit'] or '').lower(), 0)}"
        return (
            f"{100 * numbers[m['century'].lower()] + sum(numbers[w] for w in re.findall('[a-z]+', m['year'].lower()))}"
        )

    def _year(self, m: re.Match[str]) -> str | None:
        if m["short"]:
            return f"{_century(int(m['short']))}"
        if m["last"]:
            year, last = int(m["year"]), int(m["last"])
            if last < 100:
                last += year // 100 * 100
            return f"{year}/{last}" if year < last < year + 100 else None
        if not m["fiscal"] and not self._is_year(m):
            return None
        return m["year"]

    def _is_year(self, m: re.Match[str]) -> bool:
        """A bare four-digit number is a year unless it counts or names something."""
        number = int(m["year"])
        before = self.text[max(0, m.start() - 24) : m.start()]
        after = self.text[m.end() : m.end() + 24]
        if _IN_BEFORE.search(before):
            return True
        if _COUNTED_AFTER.match(after) or _NAME_BEFORE.search(before):
            return False
        return 1800 <= number <= 2069

    # -------------------------------------------------------- durations, sets, references

    def _counted(self, m: re.Match[str]) -> str | None:
        way, code, amount = m["way"].lower(), self._unit(m["unit"]), self._how_many(m)
        if amount is None:
            return None
        backward = way in ("ago", "earlier", "before", "previously", "prior")
        if way in ("before", "after", "prior", "previously") and not _ENDS_RELATION.match(self.text, m.end()):
            return None  # "two days before the vote" is a relation, not a date
        if isinstance(amount, str):
            return "PAST_REF" if backward else "FUTURE_REF"
        by = -round(amount) if backward else round(amount)
        if by == -1 and code == "Y" and way in ("ago", "earlier") and self.last_quarter:
            return self._moved(self.last_quarter, -1, "Y")
        if way in ("ago", "from now", "hence"):
            return self._moved(self.day.isoformat(), by, code)
        if self.last_value:
            return self._moved(self.last_value, by, code, keep=True)
        return self._moved(self.day.isoformat(), by, code) if backward else None

    def _yearago(self, m: re.Match[str]) -> str | None:
        return self._moved(self.last_quarter or f"{self.day.year:04d}", -1, "Y")

    def _duration(self, m: re.Match[str]) -> str | None:
        unit, code, amount = m["unit"].lower(), self._unit(m["unit"]), self._how_many(m)
        if amount is None or unit == "second":
            return None
        if isinstance(amount, str):
            return _duration(amount, code)
        if amount == 1 and not (m["about"] or m["window"] or m["orso"]):
            before = self.text[max(0, m.start() - 16) : m.start()]
            if unit in ("quarter", "night", "generation") or _RATE_BEFORE.search(before):
                return None  # "a quarter of", "two million barrels a day"
        if code == "Q" and self.text[m.end() : m.end() + 3] == " of":
            return None
        return _duration(amount + (0.5 if m["half"] else 0), code)

    def _unit(self, word: str) -> str:
        words, word = self.grammar.words, word.lower()
        return str(words["unit"].get(word) or words["plural"].get(word) or words["shortunit"].get(word))

    def _how_many(self, m: re.Match[str]) -> float | str | None:
        return "X" if m["vaguely"] else _amount(m["count"], self.grammar.words["number"])

    def _plural(self, m: re.Match[str]) -> str | None:
        unit, way = m["unit"].lower(), (m["way"] or "").lower()
        recent = (m["recent"] or "").lower()
        if way == "ago":
            return "PAST_REF"
        if not recent and unit not in ("years", "months", "weeks", "days"):
            return None
        code = self.grammar.words["plural"][unit]
        if recent.endswith("recent") and code == "D":
            return "PAST_REF"
        return "FUTURE_REF" if recent.endswith("coming") else _duration("X", code)

    def _while(self, m: re.Match[str]) -> str:
        return "PXX"

    def _often(self, m: re.Match[str]) -> str | None:
        words = self.grammar.words
        if m["word"]:
            return str(words["often"][m["word"].lower()])
        weekday = m["weekday"] or m["weekday2"]
        if weekday:
            return f"XXXX-WXX-{self.grammar.weekday[weekday.lower()] + 1}"
        if m["month"]:
            return f"XXXX-{self._month_number(m['month']):02d}"
        if m["part"]:
            return f"XXXX-XX-XX{words['part'][m['part'].lower()]}"
        if m["season"]:
            return f"XXXX-{words['season'][m['season'].lower()]}"
        if m["unit2"]:
            amount = _amount(m["count"], words["number"])
            return _duration(amount, words["plural"][m["unit2"].lower()]) if amount else None
        unit = (m["unit"] or m["unit3"]).lower()
        return _duration(2 if m["skip"] and m["skip"].lower() in ("other", "second") else 1, words["unit"][unit])

    def _reference(self, m: re.Match[str]) -> str | None:
        word = " ".join(m["word"].lower().split())
        extra = {"current": "PRESENT_REF", "recent": "PAST_REF", "future": "FUTURE_REF"}
        return self.grammar.words["reference"].get(word) or extra.get(word)

    # -------------------------------------------------------- arithmetic

    def _month_number(self, word: str) -> int:
        return self.grammar.month[word.rstrip(".").lower()]

    def _shift_of(self, word: str) -> int:
        return int(self.grammar.words["shift"].get(word.lower().split()[-1], 0))

    def _at(self, day: date, clock: str | None, part: str | None = None) -> str:
        if clock:
            return f"{day}T{_time(clock, self.grammar.words['number'])}"
        return f"{day}{self.grammar.words['part'][part.lower()]}" if part else day.isoformat()

    def _resolve_weekday(self, word: str, m: re.Match[str]) -> date:
        wanted = self.grammar.weekday[word.lower()]
        return _first(self.day, wanted) if self._looks_ahead(m) else _latest(self.day, wanted)

    def _nearest(self, month: int, number: int, m: re.Match[str], mod: str = "") -> date:
        """A month and day without a year: the one within the window about the day of publication."""
        years = (self.day.year - 1, self.day.year, self.day.year + 1)
        days = [d for d in (_date(year, month, number) for year in years) if d]
        past, future = [d for d in days if d <= self.day], [d for d in days if d > self.day]
        if mod in ("last", "past", "this past"):
            return next(d for d in reversed(days) if d < self.day)
        if mod == "next":
            return future[0]
        if not past or not future:  # 29 February
            return date(self.day.year - self.day.year % 4, month, number) if month == 2 and number == 29 else days[0]
        return self._in_window(past[-1], future[0], m)

    def _in_window(self, past: date, future: date, m: re.Match[str]) -> date:
        if _ENDED_BEFORE.search(self.text[max(0, m.start() - 8) : m.start()]):
            return past
        ahead = future - self.day
        if (ahead <= _AHEAD and self.day - past > _BACK) or (ahead <= _FURTHER and self._looks_ahead(m)):
            return future
        return past

    def _moved(self, value: str, by: int, code: str, *, keep: bool = False) -> str | None:
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
                else _week(moved) + ("-WE" if code == "WE" else "")
            )
        if code == "M":
            year, month = divmod(first.year * 12 + first.month - 1 + by, 12)
            if keep and precision is Precision.DAY and (day := _date(year, month + 1, first.day)):
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
        if keep or "Q" in value:
            if "Q" in value or "H" in value:
                return f"{year:04d}{value[4:]}"
            if precision is Precision.MONTH:
                return f"{year:04d}-{first.month:02d}"
            if precision is Precision.DAY and (day := _date(year, first.month, first.day)):
                return day.isoformat()
        return f"{year:04d}"

    # -------------------------------------------------------- the clause around a date

    def _clause(self, m: re.Match[str]) -> str:
        """What stands before the date in its own clause."""
        before = self.text[max(0, m.start() - _LOOK_BACK) : m.start()]
        cut = 0
        for cut_at in self.grammar.tense["cut"].finditer(before):
            cut = cut_at.end()
        return before[cut:]

    def _looks_ahead(self, m: re.Match[str]) -> bool:
        """Does the date's clause speak of what is to come?"""
        tense, clause = self.grammar.tense, self._clause(m)
        after = self.text[m.end() : m.end() + _LOOK_AHEAD]
        if re.match(r"['’]s?\b", after):
            return False
        if tense["target"].match(after):
            return True
        if tense["deadline"].search(clause):
            return not re.search(r"\bhad\b[^,]*$", clause) and not re.match(r", \w+ had\b", after)
        if re.search(r"\b(?:since|ended|ending)\s$", clause):
            return False
        if cues := list(tense["ahead"].finditer(clause)):
            return not self._has_past(clause[cues[-1].end() :])
        if self._has_past(clause):
            return False
        if cut := tense["cut"].search(after):
            after = after[: cut.start()]
        cue = tense["opening"].search(after)
        return bool(cue) and not self._has_past(after[: cue.start()]) if cue else False

    def _looks_back(self, m: re.Match[str]) -> bool:
        return not self._looks_ahead(m) and self._has_past(self._clause(m))

    def _has_past(self, words: str) -> bool:
        """Does it hold a finite past verb? A participle ("will be named") tells nothing."""
        participle = self.grammar.tense["participle"]
        return any(not participle.search(words[: verb.start()]) for verb in self.grammar.tense["past"].finditer(words))


_ENDED_BEFORE = re.compile(r"\b(?:since|ended)\s$")
_RATE_BEFORE = re.compile(
    r"(?<!\b[ai]s)(?<!\bwas)(?<!\bhas)(?<!\bthis)(?<!days)(?<!weeks)(?<!months)(?:s|%|percent|once|twice|people|million|billion|\d)\s$"
)
_SAYS_BEFORE = re.compile(r"\b(?:say|says|said|adds|added|saying|believes?|thinks?)\s$")
_YEAR_OF = re.compile(r"\b(?:for|in|during|throughout|(?:rest|months|half|part|quarters?|remainder|course) of)\s$")
_TITLE_BEFORE = re.compile(r"\b[A-Z]\w*\s$")
_AT_BEFORE = re.compile(r"\b(?:at|by|until|till|around|about|before|after|since|from)\s$", re.IGNORECASE)
_SEASON_BEFORE = re.compile(r"\b(?:in|by|since|until|during|late|early)\s$", re.IGNORECASE)
_SEASON_WORDS = frozenset(("spring", "springtime", "summer", "summertime", "fall", "autumn", "winter", "wintertime"))
_TEMPORAL_BEFORE = re.compile(
    r"\b(?:in|on|of|by|since|until|till|through|from|to|for|during|before|after|between|and|or|late|early|mid|last|this|next|since|the)[\s-]$",
    re.IGNORECASE,
)
_IN_BEFORE = re.compile(r"\b(?:in|since|by|until|till|during|early|late|mid)[\s-]$", re.IGNORECASE)
_NAME_BEFORE = re.compile(
    r"(?:\b(?:at|about|around|nearly|almost|over|more than|some|least|No\.?|Mi|Boeing|Resolution)\s|[A-Z]-?)$"
)
_COUNTED_AFTER = re.compile(
    r"\s(?:[a-z]{1,20}\s)?(?:people|troops|soldiers|men|women|children|miles|kilomet\w+|km|met\w+|tons|tonnes|dollars|"
    r"euros|pounds|points|shares|cases|deaths|prisoners|civilians|drones|missiles|tanks|vehicles|jobs|workers|members|"
    r"votes|square|feet|barrels|units|times|percent)\b|\s(?!was\b|is\b|has\b|as\b|does\b|this\b)[a-z]{2,}(?<![su])s\b"
)


def _kind(value: str) -> TimexType:
    if value.startswith("XXXX"):
        return TimexType.SET
    if value[0] == "P" and (value[1].isdigit() or value[1] in "XT"):
        return TimexType.DURATION
    return TimexType.TIME if "T" in value[4:] and value[0].isdigit() else TimexType.DATE


def _number(text: str) -> int:
    return int(re.match(r"\d+", text)[0])  # type: ignore[index]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _century(two_digits: int) -> int:
    return two_digits + (2000 if two_digits < 50 else 1900)


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def _latest(day: date, weekday: int) -> date:
    return day - timedelta((day.weekday() - weekday) % 7)


def _first(day: date, weekday: int) -> date:
    return day + timedelta((weekday - day.weekday()) % 7)


def _before(day: date, weekday: int) -> date:
    return _latest(day - timedelta(1), weekday)


def _after(day: date, weekday: int) -> date:
    return _first(day + timedelta(1), weekday)


def _time(clock: str, numbers: dict[str, int]) -> str:
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


def _amount(count: str, numbers: dict[str, int]) -> float | None:
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


def _duration(amount: float | str, code: str) -> str:
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


def _movable(rule: str, year: int) -> date:
    """A feast whose day changes: "easter -2", "orthodox 0", or "11 3 4" (the fourth Thursday of November)."""
    name, *numbers = rule.split()
    if name in ("easter", "orthodox"):
        return _easter(year, orthodox=name == "orthodox") + timedelta(int(numbers[0]))
    month, weekday, nth = int(name), int(numbers[0]), int(numbers[1])
    if nth < 0:
        return _latest(_month_end(year, month), weekday)
    return _first(date(year, month, 1), weekday) + timedelta(7 * (nth - 1))


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
