"""Date expressions: one example a line in cases/dates.toml, and what must hold on any text."""

from __future__ import annotations

import re
import time
import tomllib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors.dates import local_day, tag
from extractors.records import Precision, TimexType
from extractors.timex import interval_of

PUBLISHED = date(2025, 9, 3)
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
CASES: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parent / "cases" / "dates.toml").read_text(encoding="utf-8")
)
EXAMPLES = [pytest.param(case, id=f"{row}: {case['text']}") for row, cases in CASES.items() for case in cases]


@pytest.mark.parametrize("case", EXAMPLES)
def test_example(case: dict[str, Any]) -> None:
    marked = re.search(r"\[(.+?)\]", case["text"])
    text = re.sub(r"[\[\]]", "", case["text"])
    found = tag(text, case.get("day", PUBLISHED), day_first=case.get("day_first"))
    if marked is None:
        assert found == []
        return
    timex = next((t for t in found if t.start == marked.start()), None)
    assert timex is not None, f"nothing begins there; found {[t.text for t in found]}"
    assert (timex.text, timex.value) == (marked[1], case["value"])
    if "days" in case:
        assert f"{timex.first}/{timex.last}" == case["days"]
    elif timex.type in (TimexType.DURATION, TimexType.SET) or timex.value.endswith("_REF"):
        assert timex.first is None and timex.precision is None
    else:
        assert (timex.first, timex.last, timex.precision) == interval_of(timex.value)


def test_there_are_enough_examples() -> None:
    assert len(EXAMPLES) >= 150


def test_a_story_belongs_to_the_outlets_own_day() -> None:
    assert local_day(datetime(2025, 8, 19, 22, 30, tzinfo=UTC), "Europe/Kyiv") == date(2025, 8, 20)
    assert local_day(datetime(2025, 8, 19, 22, 30, tzinfo=UTC), "America/New_York") == date(2025, 8, 19)
    assert local_day(datetime(2025, 8, 20, 0, 30, tzinfo=ZoneInfo("Europe/Kyiv")), "") == date(2025, 8, 20)


def test_an_instant_without_an_offset_has_no_day() -> None:
    with pytest.raises(ValueError, match="offset"):
        local_day(datetime(2025, 8, 19, 22, 30), "Europe/Kyiv")  # noqa: DTZ001


def test_without_a_day_only_absolute_dates_are_found() -> None:
    found = tag("On 24 February 2022 it began; on Tuesday, last week and on May 5 it went on.", None)
    assert [(t.text, t.value) for t in found] == [("24 February 2022", "2022-02-24")]


@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.sampled_from(WEEKDAYS))
def test_a_saying_on_a_weekday_is_the_latest_such_day(day: date, name: str) -> None:
    [timex] = tag(f"Zelensky said on {name} that the talks went well.", day)
    assert timex.first is not None
    assert timex.first == timex.last
    assert timex.first.weekday() == WEEKDAYS.index(name)
    assert day - timedelta(6) <= timex.first <= day


@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.sampled_from(WEEKDAYS))
def test_a_meeting_to_come_is_the_next_such_day(day: date, name: str) -> None:
    [timex] = tag(f"The ministers will meet on {name}.", day)
    assert timex.first is not None
    assert timex.first.weekday() == WEEKDAYS.index(name)
    assert day <= timex.first <= day + timedelta(6)


@given(st.dates(date(1901, 1, 1), date(2069, 12, 31)))
def test_a_full_date_is_read_in_every_order(day: date) -> None:
    month = f"{day:%B}"
    for written in (
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day:%A}, {month} {day.day}, {day.year}",
        day.isoformat(),
        f"{day.day:02d}.{day.month:02d}.{day.year}",
    ):
        [timex] = tag(f"The order of {written} stands.", date(2025, 9, 3))
        assert (timex.first, timex.last, timex.precision) == (day, day, Precision.DAY)


@given(st.dates(date(1950, 1, 1), date(2090, 12, 31)), st.integers(-99, 99))
def test_a_month_and_day_near_publication_finds_its_year(day: date, distance: int) -> None:
    other = day + timedelta(distance)
    if (other.month, other.day) != (2, 29):
        [timex] = tag(f"The order of {other:%B} {other.day} stands.", day)
        assert timex.first == other


WORDS = st.sampled_from(
    re.split(
        " ",
        "on 3 18-20 2025 Tuesday August Aug. May last next the this a week weeks days ago earlier later before after "
        "two between and from to overnight into night morning at 08:00 p.m. Kyiv time GMT early late mid-November "
        "quarter year year's end of 1990s every daily now , . ( ) \" ' ’ - – 0 99 31 February 29 Easter summer "
        "will said \n",
    )
)


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join)), st.dates() | st.none())
def test_any_text_is_read_without_an_error_and_in_order(text: str, day: date | None) -> None:
    end = 0
    for timex in tag(text, day):
        assert end <= timex.start < timex.end
        assert text[timex.start : timex.end] == timex.text
        assert (timex.first is None) == (timex.last is None) == (timex.precision is None)
        if timex.first and timex.last:
            assert timex.first <= timex.last
        end = timex.end


@pytest.mark.parametrize(
    "unit",
    ["1", "1 ", "on ", "August ", "Monday ", "18, ", "August 1, ", "the last ", "a couple of ", "1,234", "10 Aa Bb "],
)
def test_hostile_text_takes_time_in_proportion(unit: str) -> None:
    """Four times the text may take some eight times as long, not sixteen (CPU time: a busy machine does not matter)."""

    def cost(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        start = time.process_time()
        tag(text, PUBLISHED)
        return time.process_time() - start

    cost(1_000)
    assert cost(40_000) < 8 * max(cost(10_000), 0.01)
