"""Date expressions of English news prose: found, and resolved against the day of publication.

    >>> tag("Zelensky said on Tuesday that talks begin on Sept. 3.", date(2025, 8, 20))

finds "Tuesday" (2025-08-19) and "Sept. 3" (2025-09-03). Values are those of TIMEX3 (TimeML 1.2.1), intervals ISO 8601
("2025-08-18/2025-08-20"). Words and patterns are data, in lexicons/dates.toml (extractors.date_grammar); this
module is the arithmetic, and extractors.surroundings tells whether a date is past or to come.

How a relative expression is resolved (figures: TimeBank and AQUAINT, 298 weekdays, 151 month-days)

* A bare weekday is the latest such day up to and including the day of publication (right in 91 %; 45 % name that very
  day), or the first from that day on where its own clause looks ahead ("will meet on Monday", "by Friday").
* A month and day without a year take the year that puts them nearest to publication, looking back further than ahead:
  265 days against 100 (97 %; the past alone: 63 %).
* "A year earlier", "the next day" count from the last date that the text named, not from publication.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from extractors.date_grammar import grammar
from extractors.records import Precision, Timex, TimexType
from extractors.surroundings import Surroundings
from extractors.timex import (
    SEASONS,
    Days,
    amount_of,
    clock_time,
    day_or_none,
    duration,
    feast,
    first_after,
    first_from,
    four_digits,
    interval_of,
    kind_of,
    last_before,
    latest,
    leading_number,
    moved,
    week_of,
)

# Words at which an expression can begin. A number after a currency sign, a decimal point or a hyphen is no date.
_WORD = re.compile(
    r"(?<![\w$£€#@&])(?:[A-Za-z]+|(?<![.,:/\-‐-–]\d)(?<!\d[.,:/\-‐-–])(?<![\-/+.,])\d+|(?<=[ (])['’](?=\d))"
)
_MARKS = re.compile(r'["“”\n]')
_BACK, _AHEAD = timedelta(days=265), timedelta(days=100)  # the window for a month and day without a year
_FURTHER = timedelta(days=300)  # how far ahead where the clause looks ahead
_SOON = 3  # months within which what is waited for is the next one, not the last
_GOES_ON = timedelta(days=60)  # how long after a day with its year those without one go on from it
_BESIDE, _FRESH = 60, timedelta(days=30)  # characters behind it, where only a day as near as that is of this year
_WITHIN = 400  # characters after which a clock time no longer belongs to the day named before it


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


class _Undated(Exception):
    """An expression needs the day of publication, and there is none."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A date at its own granularity, for "a year earlier", and the last day named, for "the next day"."""

    value: str = ""
    day: date | None = None
    end: int = 0


class _Reader:
    """Reads one text from left to right, remembering what it has named.

    A method ``_<reading>`` takes the match of a pattern and returns a TIMEX3 value, or None: no date after all.
    """

    def __init__(self, text: str, day: date | None, day_first: bool | None) -> None:
        self.text, self.day_or_none, self.day_first = text, day, day_first
        self.grammar = grammar()
        self.about = Surroundings(text, self.grammar)
        self.last = self.last_told = _Named()  # the last date, and the last that anybody may come back to
        self.last_quarter = ""
        self.quoting = self.quoted = False  # does what was read last stand in a quotation, and does the last date?
        self.marked = 0  # up to where quotation marks are counted
        self.last_dated: date | None = None  # the last day written with its year, and where
        self.last_dated_end = 0

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
        kind = kind_of(value)
        days = interval_of(value) if kind in (TimexType.DATE, TimexType.TIME) else None
        first, last, precision = days or (None, None, None)
        if days:
            self._remember(reading, value, days, end)
        return Timex(start, end, self.text[start:end], kind, value, first, last, precision)

    def _remember(self, reading: str, value: str, days: Days, end: int) -> None:
        if "Q" in value:
            if reading == "quarter":
                self.last_quarter = value
            return
        if reading == "clock":
            return
        self.quoted = self._is_quoted(end)
        day = days[0] if days[2] is Precision.DAY else None
        self.last = _Named(value, day or self.last.day, end)
        if not self.quoted and not (self.day_or_none and days[0] > self.day_or_none):
            self.last_told = _Named(value, day or self.last_told.day, end)

    def _anchor(self, m: re.Match[str]) -> _Named:
        """What "the next day" counts from: the last date, but neither one of a quotation before it nor a coming one.

        Within a quotation, and where the clause looks ahead, it is the last date of all.
        """
        if self.last.end == self.last_told.end:
            return self.last_told
        if self._is_quoted(m.start()):
            return self.last
        if not self.quoted and self.about.looks_ahead(m):
            return self.last
        return self.last_told if m.start() - self.last_told.end < _WITHIN else _Named()

    def _is_quoted(self, place: int) -> bool:
        """Does a place stand in a quotation? Asked in the order of the text, each mark is looked at once."""
        for mark in _MARKS.finditer(self.text, self.marked, max(place, self.marked)):
            self.quoting = mark[0] == "“" or (mark[0] == '"' and not self.quoting)
        self.marked = max(place, self.marked)
        return self.quoting

    # -------------------------------------------------------- days

    def _iso(self, m: re.Match[str]) -> str:
        day = date(int(m["year"]), int(m["month"]), int(m["day"]))
        return f"{day}T{m['clock']}" if m["clock"] else day.isoformat()

    def _numeric(self, m: re.Match[str]) -> str | None:
        one, two, year = int(m["one"]), int(m["two"]), int(m["year"])
        if year < 100:
            year += 2000 if year < 70 else 1900
        readings = [d for d in (day_or_none(year, two, one), day_or_none(year, one, two)) if d]
        if m["sep"] == "." or self.day_first is True:
            readings = readings[:1] if day_or_none(year, two, one) or m["sep"] == "." else readings
        elif self.day_first is False:
            readings = readings[-1:]
        if not readings or (m["sep"] == "." and not day_or_none(year, two, one)):
            return None
        if len(readings) > 1:  # 03/09/2025 of an unknown outlet: month first unless only the other is not yet to come
            readings.sort(key=lambda d: (d > self.day, self.day - d if d <= self.day else d - self.day))
        return self._at(readings[0], m["clock"])

    def _hyphened(self, m: re.Match[str]) -> str:
        return date(int(m["year"]), self._month_number(m["month"]), leading_number(m["day"])).isoformat()

    def _parted(self, m: re.Match[str]) -> str | None:
        if not self.about.before(m, "on"):
            return None  # "in August, 22 drones came"
        month, number = self._month_number(m["month"]), leading_number(m["day"])
        day = date(int(m["year"]), month, number) if m["year"] else self._nearest(month, number, m)
        return day.isoformat()

    def _calendar(self, m: re.Match[str]) -> str:
        month, number = self._month_number(m["month"] or m["month2"]), leading_number(m["day"] or m["day2"])
        if m["year"]:
            day = date(int(m["year"]), month, number)
            self.last_dated, self.last_dated_end = day, m.end()
        elif m["rel"]:
            day = date(self.day.year + self._shift_of(m["rel"]), month, number)
        else:
            day = self._nearest(month, number, m, (m["mod"] or "").lower())
            beside = m.start() - self.last_dated_end < _BESIDE
            if abs(self.day - day) > (_FRESH if beside else _GOES_ON):
                day = self._in_told_year(month, number, m) or day
        return self._at(day, m["clock"] or m["clock2"], m["part"] or m["part2"] or m["part3"])

    def _days(self, m: re.Match[str]) -> str | None:
        groups = m.groupdict()
        month = self._month_number(m["month"] or m["month2"])
        last_month = groups.get("lastmonth") or groups.get("lastmonth2")
        last_number = leading_number(m["last"] or m["last2"])
        end_month = self._month_number(last_month) if last_month else month
        last = date(int(m["year"]), end_month, last_number) if m["year"] else self._nearest(end_month, last_number, m)
        first = date(last.year - (month > end_month), month, leading_number(m["day"] or m["day2"]))
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

    def _weekday(self, m: re.Match[str]) -> str | None:
        wanted, mod = self.grammar.weekday[m["weekday"].lower()], (m["mod"] or "").lower()
        before = m[0][: m.start("weekday") - m.start()].lower()
        if self.about.before(m, "weekago") or self.about.after(m, "weekago"):
            return latest(self.day - timedelta(7), wanted).isoformat()
        if before.startswith("following") or self.about.before(m, "named"):
            return None  # "following Monday's talks": after them; "the Mail on Sunday", "Black Friday"
        if m["week"]:
            monday = self.day - timedelta(self.day.weekday()) + timedelta(7 * self._shift_of(m["week"]))
            day = monday + timedelta(wanted)
        elif mod in ("previous", "preceding"):
            day = last_before(self._anchor(m).day or self.day, wanted)
        elif mod == "following":
            day = first_after(self._anchor(m).day or self.day, wanted)
        elif mod == "last":
            day = last_before(self.day - timedelta(1), wanted)  # of yesterday nobody says "last Monday"
        elif mod in ("next", "coming", "upcoming"):
            day = first_after(self.day, wanted)
        elif mod == "this" or "this" in before:
            day = (
                latest(self.day, wanted) if mod == "past" or self.about.looks_back(m) else first_from(self.day, wanted)
            )
        else:
            day = self._resolve_weekday(m["weekday"], m)
        return self._at(day, m["clock"] or m["clock2"], m["part"])

    def _deictic(self, m: re.Match[str]) -> str | None:
        if m["word"][0].isupper() and self.about.before(m, "title"):
            return None  # USA Today, the Today programme
        word = " ".join(m["word"].lower().split())
        if word == "the eve":  # "On the eve, the ministry said": the day before; "the eve of the vote" is a relation
            return (self.day - timedelta(1)).isoformat() if self.about.before(m, "on") else None
        if word == "today" and self.about.after(m, "nowadays"):
            return "PRESENT_REF"
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
            if not self.about.after(m, "relation_end"):
                return None  # "the day before the vote" is a relation, not a date
            shift = 1 if m["way"].lower() == "after" else -1
            if m["stretch"]:
                figures = m["stretch"] == "year" and m[0][0] == "t"  # "from 450 million the year before"
                return None if figures else self._stretch_beside(m, shift, m["stretch"].lower())
            return (self._named_day(m, shift) + timedelta(shift)).isoformat()
        mod, unit = m["mod"].lower().split()[-1], m["unit"].lower()
        if mod == "that" and self.about.before(m, "saying"):
            return None  # "says that day by day ..."
        shift = {"next": 1, "following": 1, "previous": -1, "preceding": -1}.get(mod, 0)
        if unit in ("week", "month", "year"):
            return self._stretch_beside(m, shift, unit)
        if mod == "the" and not self._anchor(m).day:  # "earlier in the day"
            return self.day.isoformat()
        return self._at(self._named_day(m, shift) + timedelta(shift), None, None if unit == "day" else unit)

    def _stretch_beside(self, m: re.Match[str], shift: int, unit: str) -> str | None:
        """ "The week before", "the following year"; with nothing named, the one before publication."""
        named = self._anchor(m).value or (self.day.isoformat() if shift < 0 else "")
        return moved(named, shift, unit[0].upper())

    def _named_day(self, m: re.Match[str], shift: int) -> date:
        """The day that "the day before" counts from; with none named, it counts from publication."""
        if named := self._anchor(m).day:
            return named
        if shift < 0:
            return self.day
        raise _Undated

    def _holiday(self, m: re.Match[str]) -> str:
        name = " ".join(m["name"].lower().replace("’", "'").split())

        def on(year: int) -> date:
            if name == "new year's" and self.about.after(m, "eve"):
                return date(year, 12, 31)
            if fixed := self.grammar.words["holiday"].get(name) or self.grammar.words["anniversary"].get(name):
                return date.fromisoformat(f"{year}-{fixed}")
            return feast(self.grammar.words["movable"][name], year)

        if year := m.groupdict().get("year"):
            return on(int(year)).isoformat()
        days = [on(self.day.year + i) for i in (-1, 0, 1)]
        past, future = [d for d in days if d <= self.day], [d for d in days if d > self.day]
        mod = (m.groupdict().get("mod") or "").lower()
        if mod in ("", "this"):
            return self._in_window(past[-1], future[0], m).isoformat()
        return (future[0] if mod == "next" else max(d for d in past if d < self.day)).isoformat()

    def _clock(self, m: re.Match[str]) -> str | None:
        if not m["clock"][0].isdigit() and not self.about.before(m, "at"):
            return None  # "High Noon"
        named = self._anchor(m)
        near = named.day if m.start() - named.end < _WITHIN else None
        if self.text[m.start() - 1 : m.start()] in ("", "\n"):
            near = None  # "8:15 The mayor has arrived": an entry of a live report, of its day
        value = self._at(near or self.day, m["clock"])
        if (m["part"] or "").lower() in ("afternoon", "evening", "night") and (hour := int(value[11:13])) < 12:
            return f"{value[:11]}{hour + 12}{value[13:]}"
        return value

    # -------------------------------------------------------- weeks, months, quarters, years

    def _weekof(self, m: re.Match[str]) -> str:
        month, number = self._month_number(m["month"] or m["month2"]), leading_number(m["day"] or m["day2"])
        day = date(int(m["year"]), month, number) if m["year"] else self._nearest(month, number, m)
        return week_of(day)

    def _weekend(self, m: re.Match[str]) -> str | None:
        if m["weekday"]:
            return (last_before(self.day, self.grammar.weekday[m["weekday"].lower()]) - timedelta(7)).isoformat()
        if m["unit"]:
            return moved(self.day.isoformat(), -2, self.grammar.words["unit"][m["unit"].lower()])
        week = self.day if self.day.weekday() >= 5 or self.about.looks_ahead(m) else self.day - timedelta(7)
        return week_of(week) + "-WE"

    def _month(self, m: re.Match[str]) -> str | None:
        month = self._month_number(m["month"])
        word = m["month"].lower()
        if m[0] == m["month"]:
            if len(word.rstrip(".")) < 4 and word != "may" and not word.endswith("."):
                return None  # a name: Jan, Mar
            if not self.about.before(m, "month") and (word in ("may", "march") or self._is_forename(m)):
                return None
        mod, rel = (m["mod"] or "").lower(), (m["rel"] or "").lower()
        if m["year"]:
            year = int(m["year"])
        elif m["short"]:
            year = four_digits(int(m["short"]))
        elif rel and rel not in ("last", "this", "next"):
            anchor = interval_of(self._anchor(m).value)
            year = (anchor[0] if anchor else self.day).year + {"following": 1, "previous": -1}.get(rel.split()[-1], 0)
        elif rel:
            year = self.day.year + self._shift_of(rel)
        elif mod in ("last", "past", "this past"):
            year = self.day.year - (month >= self.day.month)
        elif mod in ("next", "this coming"):
            year = self.day.year + (month <= self.day.month)
        elif mod == "this":
            year = self.day.year
        elif mod == "that":
            anchor = interval_of(self._anchor(m).value)
            year = (anchor[0] if anchor else self.day).year
        else:
            year = self.day.year - (month > self.day.month)
            if month != self.day.month and (self.about.looks_ahead(m) or self._is_soon(month, m)):
                year += 1
        return f"{year:04d}-{month:02d}"

    def _is_forename(self, m: re.Match[str]) -> bool:
        """ "April Glaspie", but "the June European Council"."""
        return m[0] in ("April", "June", "August") and self.about.after(m, "surname")

    def _is_soon(self, month: int, m: re.Match[str]) -> bool:
        """ "Ahead of the June summit": in spring that is the next June, whatever the clause tells."""
        return 0 < (month - self.day.month) % 12 <= _SOON and self.about.before(m, "awaiting")

    def _months(self, m: re.Match[str]) -> str:
        year, first, last = int(m["year"]), self._month_number(m["month"]), self._month_number(m["last"])
        return f"{year - (first > last):04d}-{first:02d}/{year:04d}-{last:02d}"

    def _season(self, m: re.Match[str]) -> str | None:
        code: str = self.grammar.words["season"][m["season"].lower()]
        word, mod, rel = m["season"].lower(), (m["mod"] or "").lower(), m["rel"]
        if m["year"]:
            return f"{m['year']}-{code}"
        if word in ("fall", "spring") and not (mod or rel or m["the"] or self.about.before(m, "season")):
            return None  # the verbs
        if m[0][0].isupper() and m[0] == m["season"] and not self.about.before(m, "season"):
            return None  # Karl Winter
        if word == "fall" and m["the"] and not mod:
            return None  # "the fall of Mariupol"
        first, last = SEASONS[code]
        this = self.day.year - (code == "WI" and self.day.month < 3)
        if rel:
            return f"{self.day.year + self._shift_of(rel)}-{code}"
        if mod in ("last", "past", "this past", "previous"):
            ended = (this, last) < (self.day.year, self.day.month)
            return f"{this if ended else this - 1}-{code}"
        if mod in ("next", "this coming", "coming", "following"):
            begun = (this, first) <= (self.day.year, self.day.month)
            return f"{this + 1 if begun else this}-{code}"
        if mod == "this" or self.about.looks_ahead(m):
            return f"{this}-{code}"
        begun = (this, first) <= (self.day.year, self.day.month)
        return f"{this if begun else this - 1}-{code}"

    def _shifted(self, m: re.Match[str]) -> str | None:
        mod, unit = m["mod"].lower().split()[-1], m["unit"].lower()
        shift = self._shift_of(mod)
        seasons = self.grammar.words["season"]
        stretch = unit in ("week", "month", "year", "decade", "century", "quarter", "day") and not m["fiscal"]
        if m["the"] and stretch and mod in ("last", "past", "next", "coming"):
            return duration(1, self.grammar.words["unit"][unit])
        if mod == "past" and unit != "weekend" and "this" not in m[0].lower() and unit not in seasons:
            return duration(1, self.grammar.words["unit"][unit])
        if mod in ("previous", "preceding", "following", "same") and unit not in seasons:
            named = self._anchor(m).value
            if not named or unit == "day":
                return None
            return moved(named, shift, self.grammar.words["unit"][unit])
        if unit == "day" or unit in seasons:
            return None
        code = self.grammar.words["unit"][unit]
        if m["nth"]:
            return f"{self.day.year + shift}-Q{self.grammar.words['ordinal'][m['nth'].lower()]}"
        return moved(self.day.isoformat(), shift, code)

    def _edge(self, m: re.Match[str]) -> str | None:
        if m["yearend"]:
            return f"{self.day.year:04d}"
        if m["year"]:
            return m["year"]
        if m["unit"].lower() == "day":
            return self.day.isoformat()
        return moved(self.day.isoformat(), self._shift_of(m["mod"]), m["unit"][0].upper())

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
        this = self.day.year if begun or self.about.looks_ahead(m) else self.day.year - 1
        return f"{this - bool(m['prior'])}-{unit}{nth}"

    def _period(self, m: re.Match[str]) -> str | None:
        groups = m.groupdict()
        year, quarter = divmod(self.day.year * 4 + (self.day.month - 1) // 3 - 1, 4)
        latest = self.last_quarter or f"{year:04d}-Q{quarter + 1}"
        if groups.get("prior") or groups.get("rel"):
            return moved(latest, -1, "Y")
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
        if self.about.after(m, "year_ending"):
            return "P1Y"
        return f"{self.day.year:04d}" if self.about.before(m, "results") else None

    def _spelled(self, m: re.Match[str]) -> str:
        numbers = self.grammar.words["number"]
        if m["thousand"]:
            return f"{2000 + numbers.get((m['unit'] or '').lower(), 0)}"
        return (
            f"{100 * numbers[m['century'].lower()] + sum(numbers[w] for w in re.findall('[a-z]+', m['year'].lower()))}"
        )

    def _year(self, m: re.Match[str]) -> str | None:
        if m["short"]:
            return f"{four_digits(int(m['short']))}"
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
        if self.about.before(m, "year"):
            return True
        return 1800 <= number <= 2069 and not self.about.after(m, "counted") and not self.about.before(m, "name")

    # -------------------------------------------------------- durations, sets, references

    def _counted(self, m: re.Match[str]) -> str | None:
        way, code, amount = m["way"].lower(), self._unit(m["unit"]), self._how_many(m)
        if amount is None:
            return None
        backward = way in ("ago", "earlier", "before", "previously", "prior")
        if way in ("before", "after", "prior", "previously") and not self.about.after(m, "relation_end"):
            return None  # "two days before the vote" is a relation, not a date
        if isinstance(amount, str):
            return "PAST_REF" if backward else "FUTURE_REF"
        by = -round(amount) if backward else round(amount)
        if by == -1 and code == "Y" and way in ("ago", "earlier") and self.last_quarter:
            return moved(self.last_quarter, -1, "Y")
        if way in ("ago", "from now", "hence"):
            return moved(self.day.isoformat(), by, code)
        named = self._anchor(m).value
        if code in ("D", "W") and re.fullmatch(r"\d{4}(-(\d\d|[A-Z]{2}))?", named):
            if backward and by == -1 and code == "D":
                return moved(self.day.isoformat(), by, code)  # "a day earlier" is told of what is news
            return named  # "in 2023 ... two days later": in 2023 still, for all that is told
        if named:
            return moved(named, by, code, keep=True)
        return moved(self.day.isoformat(), by, code) if backward else None

    def _yearago(self, m: re.Match[str]) -> str | None:
        return moved(self.last_quarter or f"{self.day.year:04d}", -1, "Y")

    def _duration(self, m: re.Match[str]) -> str | None:
        unit, code, amount = m["unit"].lower(), self._unit(m["unit"]), self._how_many(m)
        if amount is None or unit == "second":
            return None
        if isinstance(amount, str):
            return duration(amount, code)
        plain = amount == 1 and not (m["about"] or m["window"] or m["orso"])
        if plain and (unit in ("quarter", "night", "generation") or self.about.before(m, "rate")):
            return None  # "a quarter of", "two million barrels a day"
        if code == "Q" and self.text[m.end() : m.end() + 3] == " of":
            return None
        return duration(amount + (0.5 if m["half"] else 0), code)

    def _unit(self, word: str) -> str:
        words, word = self.grammar.words, word.lower()
        return str(words["unit"].get(word) or words["plural"].get(word) or words["shortunit"].get(word))

    def _how_many(self, m: re.Match[str]) -> float | str | None:
        return "X" if m["vaguely"] else amount_of(m["count"], self.grammar.words["number"])

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
        return "FUTURE_REF" if recent.endswith("coming") else duration("X", code)

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
            amount = amount_of(m["count"], words["number"])
            return duration(amount, words["plural"][m["unit2"].lower()]) if amount else None
        unit = (m["unit"] or m["unit3"]).lower()
        return duration(2 if m["skip"] and m["skip"].lower() in ("other", "second") else 1, words["unit"][unit])

    def _reference(self, m: re.Match[str]) -> str:
        word = " ".join(m["word"].lower().split())
        return str(self.grammar.words["reference"][word])

    # -------------------------------------------------------- arithmetic

    def _month_number(self, word: str) -> int:
        return self.grammar.month[word.rstrip(".").lower()]

    def _shift_of(self, word: str) -> int:
        return int(self.grammar.words["shift"].get(word.lower().split()[-1], 0))

    def _at(self, day: date, clock: str | None, part: str | None = None) -> str:
        if clock:
            return f"{day}T{clock_time(clock, self.grammar.words['number'])}"
        return f"{day}{self.grammar.words['part'][part.lower()]}" if part else day.isoformat()

    def _resolve_weekday(self, word: str, m: re.Match[str]) -> date:
        wanted = self.grammar.weekday[word.lower()]
        return (
            first_from(self.day, wanted)
            if self.about.looks_ahead(m) or self.about.goes(m)
            else latest(self.day, wanted)
        )

    def _nearest(self, month: int, number: int, m: re.Match[str], mod: str = "") -> date:
        """A month and day without a year: the one within the window about the day of publication."""
        reach = 8 if (month, number) == (2, 29) else 1
        years = range(self.day.year - reach, self.day.year + reach + 1)
        days = [d for d in (day_or_none(year, month, number) for year in years) if d]
        past, future = [d for d in days if d <= self.day], [d for d in days if d > self.day]
        backward = mod in ("last", "past", "this past")
        if backward:
            past = [d for d in past if d < self.day]
        if not past or not future:
            raise ValueError(f"No year near {self.day} has the day {month}-{number}.")
        if backward:
            return past[-1]
        if mod == "next":
            return future[0]
        return self._in_window(past[-1], future[0], m)

    def _in_told_year(self, month: int, number: int, m: re.Match[str]) -> date | None:
        """The year of "on June 30" soon after "on June 29, 2021", where its own nearest one is long past."""
        told = self.last_dated
        if told is None or m["mod"] or m.start() - self.last_dated_end > _WITHIN:
            return None
        day = day_or_none(told.year, month, number)
        return day if day and timedelta() <= day - told <= _GOES_ON else None

    def _in_window(self, past: date, future: date, m: re.Match[str]) -> date:
        if self.about.before(m, "ended"):
            return past
        ahead = future - self.day
        if (ahead <= _AHEAD and self.day - past > _BACK) or (ahead <= _FURTHER and self.about.looks_ahead(m)):
            return future
        return past
