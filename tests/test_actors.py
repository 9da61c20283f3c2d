"""Who is that? Statements labelled by hand, the lists themselves, and a user's own lists."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from extractors import actors, parsing, speakers
from extractors.errors import SettingsError
from extractors.records import SpeakerKind
from tests.marked_stories import read

CASES = tomllib.loads((Path(__file__).parent / "cases" / "actors.toml").read_text("utf-8"))["statement"]


@pytest.fixture(scope="module")
def listed() -> actors.Actors:
    return actors.load_actors()


def identified(case: dict[str, Any], listed: actors.Actors) -> str:
    marked = case["text"].replace("]", " = ]")
    story, statements, _ = read({"name": case["text"], "text": marked, "day": case["day"]})
    resolved = speakers.resolve(story, next(parsing.parse([story.text])), statements, actors=listed)
    return actors.identify(resolved, case["day"], listed)[0].actor_id


@pytest.mark.parametrize("case", CASES, ids=[f"{case['text'][1:40]} {case['day']}" for case in CASES])
def test_the_speaker_is_that_actor_on_that_day(case: dict[str, Any], listed: actors.Actors) -> None:
    assert identified(case, listed) == case["actor"]


def test_what_fits_several_stays_open_with_its_candidates(listed: actors.Actors) -> None:
    found = listed.candidates("Fedorov", date(2024, 6, 1))
    assert {actor.id for actor in found} == {"mykhailo-fedorov", "ivan-fedorov"}


def test_the_day_of_the_statement_counts_not_that_of_the_story(listed: actors.Actors) -> None:
    story, statements, _ = read({"name": "d", "text": "[the NATO chief = ] said {so}.", "day": date(2025, 1, 5)})
    then = date(2024, 7, 10)
    statement = replace(statements[0], speaker_name="the NATO chief", said_from=then, said_to=then)
    assert actors.identify([statement], story.day, listed)[0].actor_id == "jens-stoltenberg"


def test_the_lists_are_sound(listed: actors.Actors) -> None:
    lists = Path(actors.__file__).parent / "lexicons"
    assert actors.check(lists / "actors.csv") == []
    assert actors.check(lists / "offices.csv") == []
    assert {office.actor_id for office in listed.offices} <= set(listed.by_id)
    assert len(listed.actors) >= 400


def test_no_name_of_a_body_or_country_means_two(listed: actors.Actors) -> None:
    double = {
        name: [actor.id for actor in found]
        for name, found in listed.by_name.items()
        if len({actor.id for actor in found if actor.kind is not SpeakerKind.PERSON}) > 1
    }
    assert double == {}


def test_an_office_of_state_has_one_holder_a_day(listed: actors.Actors) -> None:
    """Holders of an office that only one can hold overlap by a handover at most (known by the month: by one month)."""
    single = {"President", "Prime Minister", "Chancellor", "Minister of Foreign Affairs", "Minister of Defence"}
    terms: dict[tuple[str, str], list[actors.Office]] = {}
    for office in listed.offices:
        if office.office in single and not office.body and office.first:
            terms.setdefault((office.office, office.country), []).append(office)
    for held in terms.values():
        held.sort(key=lambda office: office.first or date.min)
        for one, following in pairwise(held):
            assert one.last and following.first
            assert (one.last - following.first).days <= 31, (one, following)


def test_a_users_list_adds_and_replaces(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("id,name,kind,country,aliases\nolena-bondar,Olena Bondar,person,ua,O. Bondar\n", "utf-8")
    posts = tmp_path / "posts.csv"
    posts.write_text("actor_id,office,country,from,to\nolena-bondar,Minister of Ports,ua,2026-01-01,\n", "utf-8")
    both = actors.load_actors(own, posts)
    assert [actor.id for actor in both.candidates("O. Bondar", None)] == ["olena-bondar"]
    assert [actor.id for actor in both.holders("Ukraine's minister of ports", date(2026, 5, 1))] == ["olena-bondar"]
    assert both.holders("Ukraine's minister of ports", date(2025, 5, 1)) == ()


def test_problems_of_a_users_list_are_told_by_line(tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text(
        "id,name,kind,country,wikidata\n"
        "one,One,person,UA,\n"
        "one,Other,robot,ua,42\n"
        "Two Words,,person,ua,Q2\n"
        "three,Three,person,ua,Q3,too,many\n",
        "utf-8",
    )
    problems = actors.check(own)
    assert [problem.split(":")[0] for problem in problems] == ["line 2", *["line 3"] * 3, *["line 4"] * 2, "line 5"]
    with pytest.raises(SettingsError, match=r"own\.csv"):
        actors.load_actors(own)


def test_rows_that_were_checked_too_long_ago_are_told(tmp_path: Path) -> None:
    """Until the end of the year after its check an office speaks for its holder; then it names nobody."""
    own, posts = tmp_path / "own.csv", tmp_path / "posts.csv"
    own.write_text("id,name,kind,checked\nolena-bondar,Olena Bondar,person,2031\n", "utf-8")
    posts.write_text("actor_id,office,from\nolena-bondar,Harbour Commissioner,2030\n", "utf-8")
    lists = actors.load_actors(own, posts)
    for day, known in ((date(2032, 12, 31), True), (date(2033, 1, 1), False)):
        assert bool(lists.holders("the harbour commissioner", day)) is known
        assert (lists.by_id["olena-bondar"] in lists.lapsed(day)) is not known


def test_days_of_offices_are_checked(tmp_path: Path) -> None:
    own = tmp_path / "posts.csv"
    own.write_text(
        "actor_id,office,from,to\nnato,Minister,2024-13,\nnato,Minister,2025,2024\nnato,,2024-02-29,\n", "utf-8"
    )
    assert [problem.split(":")[0] for problem in actors.check(own)] == ["line 2", "line 3", "line 4"]


def test_an_office_is_held_by_somebody_of_the_lists(tmp_path: Path) -> None:
    own, posts = tmp_path / "own.csv", tmp_path / "posts.csv"
    own.write_text("id,name,kind\nolena-bondar,Olena Bondar,person\n", "utf-8")
    posts.write_text("actor_id,office\nmark-rutte,Chair\nolena-bondar,Minister of Ports\n", "utf-8")
    [problem] = actors.check(posts)
    assert problem.startswith("line 3: actor_id 'olena-bondar' is in no list of actors")
    with pytest.raises(SettingsError, match=r"posts\.csv: line 3: actor_id 'olena-bondar'"):
        actors.load_actors(posts)
    for lists in ((own, posts), (posts, own)):
        assert [problem for each in lists for problem in actors.check(each, *lists)] == []
        assert len(actors.load_actors(*lists).by_actor["olena-bondar"]) == 1


def test_a_missing_file_and_missing_columns_are_told(tmp_path: Path) -> None:
    assert "cannot be read" in actors.check(tmp_path / "none.csv")[0]
    (tmp_path / "odd.csv").write_text("name\nX\n", "utf-8")
    assert "no column id, kind" in actors.check(tmp_path / "odd.csv")[0]


def test_show_tells_names_and_offices(listed: actors.Actors) -> None:
    shown = "\n".join(actors.show("Rutte", listed))
    assert "mark-rutte: Mark Rutte (person, nl, Q57792)" in shown
    assert "2024-10-01 to now or unknown: Secretary General, NATO" in shown
    assert actors.show("nobody of that name", listed) == []
