"""Copies are linked to the story published first; what several of them hold is shown once, with its outlets."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from extractors.records import Extraction, Fetch, Relevance, StoredReading
from storage import migrate, queries
from storage.doctor import check
from storage.migrate import Migration
from storage.opening import private_file
from storage.publish import publish
from storage.warehouse import Warehouse
from tests.warehouse_samples import NOON, entry, hours, story

DAM = (
    "Engineers were still counting the damage on Wednesday after water burst through the gates of the reservoir above "
    "the town of Velyka Hora and ran into its lower streets. Rescue crews in rubber boats brought old people down from "
    "their roofs, and a school on the hill was opened to those who had lost their beds. Two bridges are closed. The "
    "railway expects that trains to the south will have to take the longer way by the coast until the end of May, "
    "and farmers fear for the seed that they put into the fields along the river only a week ago.\n"
)
DAM_AGAIN = (
    "A reservoir failed overnight and left half of Velyka Hora under water, the second flood there in three years. "
    "Families spent the morning carrying furniture into attics while soldiers laid sandbags around the power station. "
    "Nobody has been reported dead. Insurers put the first losses at forty million, which leaves out the crops, "
    "and the province has asked the capital for tents, pumps and diesel before the next rain, which is forecast for "
    "Friday. Shops in the upper town sold out of bread and candles by noon.\n"
)
VIEWS = files("storage").joinpath("views.sql").read_text("utf-8")
GATES = "the gates were opened by hand"
PUMPS = "more pumps are on their way"
ROAD = "the coast road stays shut"


def words(seed: int, count: int = 120) -> str:
    """A text like no other."""
    dice = random.Random(seed)
    return " ".join("".join(dice.choices("abcdefgh", k=6)) for _ in range(count)) + ".\n"


def told(
    number: int, lead: str, *sayings: str, outlet: str, at: datetime = NOON, skipped: str = "", after: str = ""
) -> StoredReading:
    """The page of ``entry(number)``: ``lead``, what its speakers say, and ``after``."""
    found, statements = story(number, sayings, lead)
    page = replace(found, text=found.text + after, outlet=outlet, published=at, day=at.date())
    extraction = Extraction(page, Relevance(0.9, not skipped), () if skipped else statements, skipped)
    return StoredReading(entry(number), Fetch(found.url, at, "read", 200), extraction, "read", None)


def day_alone(reading: StoredReading, day: date) -> StoredReading:
    """The reading of a page that gives no time of its publication."""
    assert reading.extraction is not None
    page = replace(reading.extraction.story, published=None, day=day)
    return replace(reading, extraction=replace(reading.extraction, story=page))


def read(data: Path, run: str, *readings: StoredReading, at: datetime = NOON) -> int:
    """A run that reads these pages; how many copies it finds. What it leaves must be sound."""
    with Warehouse.open(data) as warehouse:
        warehouse.stories.commit_readings(f"{run}/readings", run, readings, at)
        linked = warehouse.copies.link(run, at)
        assert warehouse.copies.link(run, at) == 0
    publish(data)
    assert check(data) == []
    return linked


def links(data: Path) -> set[tuple[str, str, str]]:
    """(original, copy, relation)"""
    found = queries.fetch(data, "SELECT first_outlet, outlet, relation FROM story_copies")
    return {(row["first_outlet"], row["outlet"], row["relation"]) for row in found}


def shown(data: Path) -> dict[str, list[list[str]]]:
    """Statement → its outlets, for each time that it is in ``said``."""
    found: dict[str, list[list[str]]] = {}
    for row in queries.fetch(data, "FROM said ORDER BY content, published, outlet"):
        assert (row["first_outlet"], row["carried_by"]) == (row["outlets"][0], len(row["outlets"]))
        found.setdefault(row["content"], []).append(row["outlets"])
    return found


def test_a_syndicated_story_is_linked_and_its_statements_are_shown_once(tmp_path: Path) -> None:
    wire = told(1, DAM, GATES, PUMPS, outlet="Wire")
    paper = told(2, DAM, GATES, PUMPS, ROAD, outlet="Paper", at=hours(3))
    assert read(tmp_path, "run", paper, wire) == 1
    assert links(tmp_path) == {("Wire", "Paper", "same")}
    assert shown(tmp_path) == {GATES: [["Wire", "Paper"]], PUMPS: [["Wire", "Paper"]], ROAD: [["Paper"]]}
    held = queries.fetch(tmp_path, "SELECT outlet, content_words FROM reports JOIN evidence USING (statement_id)")
    assert sorted((row["outlet"], *row["content_words"]) for row in held) == sorted(
        [("Wire", GATES), ("Wire", PUMPS), ("Paper", GATES), ("Paper", PUMPS), ("Paper", ROAD)]
    )


@pytest.mark.parametrize(
    ("lead", "after", "relation"),
    [
        ("VELYKA HORA (Wire) - " + DAM, "", "same"),
        (DAM, "(Reporting by the Wire; writing by Dana Dale)\n", "same"),
        (DAM.replace("Two bridges are closed.", "Two bridges over the Mala are closed."), "", "same"),
        (DAM, words(3, 70), "cut"),
        (DAM[: DAM.index("The railway")], "", "cut"),
        (words(4, 25) + DAM[DAM.index("Rescue crews") :], "", "derived"),
    ],
    ids=["agency line", "closing line", "edited", "longer", "cut", "rewritten in part"],
)
def test_a_text_carried_with_changes_is_a_copy(tmp_path: Path, lead: str, after: str, relation: str) -> None:
    read(tmp_path, "first", told(1, DAM, GATES, outlet="Wire"))
    assert read(tmp_path, "second", told(2, lead, GATES, outlet="Paper", at=hours(3), after=after)) == 1
    assert links(tmp_path) == {("Wire", "Paper", relation)}
    assert shown(tmp_path) == {GATES: [["Wire", "Paper"]]}


def test_two_accounts_of_one_event_stay_apart(tmp_path: Path) -> None:
    both = told(1, DAM, GATES, outlet="Wire"), told(2, DAM_AGAIN, GATES, outlet="Paper", at=hours(1))
    assert read(tmp_path, "run", *both) == 0
    assert shown(tmp_path) == {GATES: [["Wire"], ["Paper"]]}


def test_a_text_published_again_long_after_is_no_copy(tmp_path: Path) -> None:
    late = NOON + timedelta(days=30)
    assert read(tmp_path, "run", told(1, DAM, outlet="Wire"), told(2, DAM, outlet="Paper", at=late)) == 0


def test_a_statement_that_only_copies_hold_is_shown_once_too(tmp_path: Path) -> None:
    wire = told(1, DAM, GATES, outlet="Wire")
    others = [told(n, DAM, GATES, PUMPS, outlet=name, at=hours(n)) for n, name in [(2, "Paper"), (3, "Post")]]
    assert read(tmp_path, "run", wire, *others) == 2
    assert shown(tmp_path) == {GATES: [["Wire", "Paper", "Post"]], PUMPS: [["Paper", "Post"]]}


def test_the_same_words_of_another_speaker_are_another_statement(tmp_path: Path) -> None:
    read(tmp_path, "run", told(1, DAM, GATES, PUMPS, outlet="Wire"), told(2, DAM, PUMPS, outlet="Paper", at=hours(1)))
    assert shown(tmp_path) == {GATES: [["Wire"]], PUMPS: [["Wire"], ["Paper"]]}


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 1, 0)], ids=str)
def test_the_original_is_the_story_published_first_in_whatever_order_they_are_read(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    outlets = ["Wire", "Paper", "Post"]
    for number in order:
        read(tmp_path, f"run {number}", told(number, DAM, GATES, outlet=outlets[number], at=hours(number)))
    assert links(tmp_path) == {("Wire", "Paper", "same"), ("Wire", "Post", "same")}
    assert shown(tmp_path) == {GATES: [outlets]}


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
@pytest.mark.parametrize(
    ("day", "first_outlet"),
    [(NOON - timedelta(days=2), "Wire"), (NOON - timedelta(days=1), "Wire"), (NOON, "Paper")],
    ids=["two days before", "the day before", "the same day"],
)
def test_a_day_alone_counts_to_its_end(
    tmp_path: Path, day: datetime, first_outlet: str, order: tuple[int, ...]
) -> None:
    pages = [day_alone(told(1, DAM, GATES, outlet="Wire"), day.date()), told(2, DAM, GATES, outlet="Paper")]
    for number in order:
        read(tmp_path, f"run {number}", pages[number], at=hours(24 + number))
    second_outlet = "Paper" if first_outlet == "Wire" else "Wire"
    assert links(tmp_path) == {(first_outlet, second_outlet, "same")}
    assert shown(tmp_path) == {GATES: [[first_outlet, second_outlet]]}


def test_a_story_counts_as_published_when_it_was_first_read_though_its_day_is_not_over(tmp_path: Path) -> None:
    read(tmp_path, "1", day_alone(told(1, DAM, GATES, outlet="Wire"), NOON.date()), at=NOON)
    read(tmp_path, "2", told(2, DAM, GATES, outlet="Paper", at=hours(1)), at=hours(2))
    assert shown(tmp_path) == {GATES: [["Wire", "Paper"]]}


def test_what_an_older_version_ordered_by_the_first_reading_is_put_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = day_alone(told(1, DAM, GATES, outlet="Wire"), (NOON - timedelta(days=2)).date())
    alone = day_alone(told(3, DAM_AGAIN, PUMPS, outlet="Post"), (NOON - timedelta(days=2)).date())
    with monkeypatch.context() as before:
        macro = "CREATE MACRO published_by(published, day, first_seen_at) AS coalesce(published, first_seen_at);"
        before.setattr(migrate, "views", lambda: Migration(0, "views", macro + VIEWS))
        with Warehouse.open(tmp_path) as warehouse:
            pages = [wire, told(2, DAM, GATES, outlet="Paper"), alone]
            warehouse.stories.commit_readings("1/readings", "1", pages, hours(24))
            assert warehouse.copies.link("1", hours(24)) == 1
        publish(tmp_path)
        assert shown(tmp_path) == {GATES: [["Paper", "Wire"]], PUMPS: [["Post"]]}
    assert read(tmp_path, "2", at=hours(25)) == 1
    assert links(tmp_path) == {("Wire", "Paper", "same")}
    assert shown(tmp_path) == {GATES: [["Wire", "Paper"]], PUMPS: [["Post"]]}


def test_a_changed_story_is_linked_anew(tmp_path: Path) -> None:
    wire = told(1, DAM, GATES, outlet="Wire")
    paper, post = (told(n, DAM, GATES, outlet=name, at=hours(n)) for n, name in [(2, "Paper"), (3, "Post")])
    assert read(tmp_path, "1", wire, paper, post) == 2
    read(tmp_path, "2", told(1, DAM_AGAIN, GATES, outlet="Wire"), at=hours(5))
    assert links(tmp_path) == {("Paper", "Post", "same")}
    assert shown(tmp_path) == {GATES: [["Wire"], ["Paper", "Post"]]}
    assert read(tmp_path, "3", wire, at=hours(6)) == 1
    assert links(tmp_path) == {("Wire", "Paper", "same"), ("Wire", "Post", "same")}
    assert shown(tmp_path) == {GATES: [["Wire", "Paper", "Post"]]}


def test_a_story_that_turns_out_to_be_off_topic_leaves_its_group(tmp_path: Path) -> None:
    read(tmp_path, "1", told(1, DAM, GATES, outlet="Wire"), told(2, DAM, GATES, outlet="Paper", at=hours(1)))
    read(tmp_path, "2", told(1, DAM, GATES, outlet="Wire", skipped="not relevant"), at=hours(2))
    assert links(tmp_path) == set()
    assert shown(tmp_path) == {GATES: [["Paper"]]}


def test_what_the_original_holds_no_longer_is_shown_from_the_copy(tmp_path: Path) -> None:
    paper = told(2, DAM, GATES, PUMPS, outlet="Paper", at=hours(1))
    read(tmp_path, "1", told(1, DAM, GATES, PUMPS, outlet="Wire"), paper)
    read(tmp_path, "2", told(1, DAM, GATES, outlet="Wire"), at=hours(2))
    assert shown(tmp_path) == {GATES: [["Wire", "Paper"]], PUMPS: [["Paper"]]}
    read(tmp_path, "3", told(1, DAM, GATES, PUMPS, outlet="Wire"), at=hours(3))
    assert shown(tmp_path) == {GATES: [["Wire", "Paper"]], PUMPS: [["Wire", "Paper"]]}


def test_a_statement_that_an_extractor_gives_up_is_shown_from_the_copy(tmp_path: Path) -> None:
    wire = told(1, DAM, GATES, PUMPS, outlet="Wire")
    read(tmp_path, "1", wire, told(2, DAM, GATES, PUMPS, outlet="Paper", at=hours(1)))
    assert wire.extraction is not None
    fewer = replace(wire.extraction, statements=wire.extraction.statements[:1])
    with Warehouse.open(tmp_path) as warehouse:
        warehouse.stories.commit_extractions("2/extractions", "2", [fewer], hours(2))
        assert warehouse.copies.link("2", hours(2)) == 0
    publish(tmp_path)
    assert shown(tmp_path) == {GATES: [["Wire", "Paper"]], PUMPS: [["Paper"]]}


def test_the_next_run_links_what_a_killed_one_appended(tmp_path: Path) -> None:
    with Warehouse.open(tmp_path) as warehouse:
        pages = [told(1, DAM, GATES, outlet="Wire"), told(2, DAM, GATES, outlet="Paper", at=hours(1))]
        warehouse.stories.commit_readings("killed/readings", "killed", pages, hours(1))
    assert read(tmp_path, "next", at=hours(2)) == 1
    assert shown(tmp_path) == {GATES: [["Wire", "Paper"]]}


def test_signatures_of_another_scheme_are_made_anew(tmp_path: Path) -> None:
    read(tmp_path, "1", told(1, DAM, GATES, outlet="Wire"))
    with duckdb.connect(str(private_file(tmp_path))) as connection:
        connection.execute("UPDATE signatures SET scheme = 'older', signature = ''::BLOB, bands = [1, 2]")
    assert read(tmp_path, "2", told(2, DAM, GATES, outlet="Paper", at=hours(1))) == 1
    assert len(queries.fetch(tmp_path, "SELECT DISTINCT scheme FROM signatures")) == 1


def test_every_outlet_of_an_utterance_is_found_though_copies_are_shown_once(tmp_path: Path) -> None:
    saying = "the new turbines will reach the power station on the hill before the first frost"
    with Warehouse.open(tmp_path) as warehouse:
        pages = [
            told(1, DAM, saying, outlet="Wire"),
            told(2, DAM, saying, outlet="Paper", at=hours(1)),
            told(3, DAM_AGAIN, saying, outlet="Post", at=hours(2)),
        ]
        warehouse.stories.commit_readings("1", "run", pages, hours(2))
        warehouse.copies.link("run", hours(2))
        warehouse.utterances.link("run", hours(2))
    publish(tmp_path)
    assert shown(tmp_path) == {saying: [["Wire", "Paper"], ["Post"]]}
    carried = "SELECT outlet FROM carried_by((SELECT min(statement_id) FROM utterances))"
    assert [row["outlet"] for row in queries.fetch(tmp_path, carried)] == ["Wire", "Paper", "Post"]
    assert queries.fetch(tmp_path, "SELECT statements, outlets FROM daily_counts") == [{"statements": 2, "outlets": 3}]


@pytest.mark.parametrize("order", [(1, 2, 3), (2, 1, 3), (3, 2, 1), (2, 3, 1)])
def test_of_copies_published_in_one_instant_the_one_read_first_stays_the_original(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    for turn, number in enumerate(order):
        read(tmp_path, f"run-{turn}", told(number, DAM, GATES, outlet=f"Outlet {number}"), at=hours(turn))
        assert [outlets[0] for outlets in shown(tmp_path)[GATES]] == [f"Outlet {order[0]}"]
    assert {original for original, _, _ in links(tmp_path)} == {f"Outlet {order[0]}"}
    [carried] = shown(tmp_path)[GATES]
    assert carried == [f"Outlet {number}" for number in order]
