"""The filters: JSON Lines in, JSON Lines out, in the same order; a bad line costs only itself."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from extractors import relevance
from extractors.errors import InputError
from extractors.records import Relevance
from flows import filters
from flows.cli import app
from flows.settings import load_settings

STORY = {
    "id": "a",
    "title": "Minister promises air defence for Ukraine",
    "outlet": "Harbour Wire",
    "url": "https://harbour.example/1",
    "published": "2025-08-20",
    "text": "Defence Minister Anna Berg said on Monday that two more air defence systems would reach Ukraine before "
    "winter.\n"
    '"Russia must know that we are patient," she told reporters.',
}


def extract(lines: list[str], tmp_path: Path, *, everything: bool = False) -> list[dict[str, Any]]:
    out = io.StringIO()
    filters.extract(lines, out, load_settings(tmp_path), everything=everything)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_story_becomes_its_statements(tmp_path: Path) -> None:
    [found] = extract([json.dumps(STORY)], tmp_path)
    assert found["id"] == "a"
    assert found["relevant"] is True
    first, second = found["statements"]
    assert (first["speaker_name"], first["cue"], first["date"], first["date_basis"]) == (
        "Anna Berg",
        "said",
        "2025-08-18",
        "explicit",
    )
    assert first["content"] == "two more air defence systems would reach Ukraine before winter"
    assert (second["speaker"], second["speaker_name"], second["form"], second["audience"]) == (
        "she",
        "Anna Berg",
        "direct",
        "reporters",
    )
    for statement in found["statements"]:
        parts = [STORY["text"][start:end] for start, end in statement["spans"]["content"]]
        assert " ".join(parts) == statement["content"]


def test_a_bad_line_is_reported_with_its_number_and_the_rest_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        json.dumps({**STORY, "id": 1}),
        "{not json",
        "[]",
        json.dumps({"id": "no text"}),
        json.dumps({**STORY, "id": "bad day", "published": "yesterday"}),
        json.dumps({**STORY, "id": "bad title", "title": 5}),
        "",
        json.dumps({**STORY, "id": "last"}),
    ]
    found = extract(lines, tmp_path)
    assert [item["id"] for item in found] == [1, None, None, "no text", "bad day", "bad title", "last"]
    assert ["error" in item for item in found] == [False, True, True, True, True, True, False]
    errors = capsys.readouterr().err
    for number in (2, 3, 4, 5, 6):
        assert f"line {number}: " in errors


def test_a_time_that_has_no_day_at_its_outlet_costs_only_its_line(tmp_path: Path) -> None:
    lines = [
        json.dumps({**STORY, "id": 1, "outlet": "NPR", "published": "0001-01-01T00:00:00+00:00"}),
        json.dumps({**STORY, "id": 2}),
    ]
    first, second = extract(lines, tmp_path)
    assert first["error"].startswith('line 1: "published" is 0001-01-01T00:00:00+00:00')
    assert second["statements"]


def test_a_story_that_cannot_be_judged_costs_only_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(title: str, *_: object) -> Relevance:
        if title == "odd":
            raise ValueError(title)
        return Relevance(1.0, relevant=True)

    monkeypatch.setattr(relevance, "judge", odd)
    first, second = extract([json.dumps({**STORY, "title": "odd"}), json.dumps(STORY)], tmp_path)
    assert (first["skipped"], first["statements"]) == ("failed: ValueError: odd", [])
    assert len(second["statements"]) == 2


def test_a_story_that_is_not_relevant_has_statements_only_when_all_are_asked_for(tmp_path: Path) -> None:
    recipe = {
        **STORY,
        "title": "A cake",
        "text": 'Baker Anna Berg said on Monday that the cake was ready. "Eat it," she said.',
    }
    assert extract([json.dumps(recipe)], tmp_path)[0]["statements"] == []
    assert len(extract([json.dumps(recipe)], tmp_path, everything=True)[0]["statements"]) == 2


def test_ukrainian_text_gives_no_statements_and_says_so(tmp_path: Path) -> None:
    text = "Президент України заявив, що війна з Росією триває, і подякував партнерам за допомогу."
    [found] = extract([json.dumps({**STORY, "text": text})], tmp_path, everything=True)
    assert (found["statements"], found["skipped"]) == ([], "not English")


@pytest.mark.parametrize(
    ("published", "outlet", "day"),
    [
        ("2025-08-20", "", date(2025, 8, 20)),
        ("2025-08-20T22:30:00Z", "Kyiv Independent", date(2025, 8, 21)),
        ("2025-08-20T22:30:00+00:00", "an outlet that nobody knows", date(2025, 8, 20)),
        ("2025-08-20T22:30:00-04:00", "an outlet that nobody knows", date(2025, 8, 20)),
        ("2025-08-20T22:30:00", "", date(2025, 8, 20)),
        ("", "", None),
    ],
)
def test_the_publication_day_is_the_outlets_own(published: str, outlet: str, day: date | None) -> None:
    assert filters.story_of({"id": "x", "text": "", "published": published, "outlet": outlet}).day == day


def test_a_publication_time_that_is_none_is_an_error() -> None:
    with pytest.raises(InputError, match="Wednesday"):
        filters.story_of({"id": "x", "text": "", "published": "Wednesday"})


def test_dates_are_tagged_against_the_day_of_the_text() -> None:
    out = io.StringIO()
    lines = [json.dumps({"id": "a", "dct": "2025-08-20", "text": "He said so on Monday."}), '{"id": "b"}']
    filters.dates(lines, out)
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert first["timexes"] == [{"start": 14, "end": 20, "text": "Monday", "type": "DATE", "value": "2025-08-18"}]
    assert second["error"].startswith("line 2: ")


@pytest.mark.parametrize(("day_first", "value"), [(True, "2025-09-03"), (False, "2025-03-09"), (None, "2025-09-03")])
def test_a_numeric_date_is_read_as_its_line_says(day_first: bool | None, value: str) -> None:
    out = io.StringIO()
    line = {"id": "a", "dct": "2025-09-20", "text": "Signed on 03/09/2025.", "day_first": day_first}
    filters.dates([json.dumps(line)], out)
    assert [one["value"] for one in json.loads(out.getvalue())["timexes"]] == [value]


def test_a_day_of_the_text_that_is_none_is_told_by_its_own_name() -> None:
    out = io.StringIO()
    filters.dates([json.dumps({"id": "a", "dct": "20 Aug", "text": "On Monday."})], out)
    assert json.loads(out.getvalue())["error"].startswith("line 1: \"dct\" is '20 Aug'; write 2025-08-20")


def test_a_field_that_is_not_read_is_told_of_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = json.dumps({"id": "a", "published": "2025-08-20", "text": "On Monday."})
    assert filters.dates([text, text], io.StringIO())
    assert capsys.readouterr().err == (
        'line 1: "published" is not read, here and below; what is: id, dct, day_first, text\n'
    )
    extract([json.dumps({"id": "a", "text": "On Monday."}), json.dumps({**STORY, "dct": "2025-08-20"})], tmp_path)
    assert capsys.readouterr().err.startswith('line 2: "dct" is not read, here and below; what is: id, title, outlet,')


def test_a_day_first_that_is_no_truth_value_is_an_error() -> None:
    out = io.StringIO()
    filters.dates([json.dumps({"id": "a", "text": "", "day_first": "yes"})], out)
    assert "day_first" in json.loads(out.getvalue())["error"]


@pytest.mark.parametrize(
    ("url", "outlet", "said"),
    [
        ("https://www.bbc.co.uk/news/1", "", "2025-09-03"),
        ("https://www.nytimes.com/1", "", "2025-03-09"),
        ("", "The New York Times", "2025-03-09"),
    ],
)
def test_a_numeric_date_is_read_as_its_outlet_writes_it(url: str, outlet: str, said: str, tmp_path: Path) -> None:
    text = "Defence Minister Anna Berg said on 03/09/2025 that two more air defence systems would reach Ukraine."
    story = STORY | {"url": url, "outlet": outlet, "published": "2025-09-20", "text": text}
    [found] = extract([json.dumps(story)], tmp_path, everything=True)
    assert [one["date"] for one in found["statements"]] == [said]


@pytest.mark.parametrize("url", ["https://harbour.example/shells", ""])
def test_a_page_is_read_from_a_file(url: str, tmp_path: Path) -> None:
    paragraph = (
        "The minister said on Monday that the shells would arrive before winter, and that more would follow. " * 4
    )
    page = tmp_path / "page.html"
    page.write_text(
        f'<html lang="en"><head><title>Shells before winter</title>'
        f'<meta property="article:published_time" content="2025-08-20T10:00:00+03:00"></head>'
        f"<body><article><h1>Shells before winter</h1><p>{paragraph}</p></article></body></html>"
    )
    out = io.StringIO()
    filters.read(str(page), url, out, load_settings(tmp_path))
    found = json.loads(out.getvalue())
    assert (found["title"], found["published"], found["kind"]) == (
        "Shells before winter",
        "2025-08-20T10:00:00+03:00",
        "story",
    )
    assert found["text"] == paragraph.strip()


def test_an_address_of_a_page_that_can_be_none_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'http://\[x' is no http or https URL"):
        filters.read(str(tmp_path / "page.html"), "http://[x", io.StringIO(), load_settings(tmp_path))


def test_a_file_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.html"):
        filters.read(str(tmp_path / "none.html"), "", io.StringIO(), load_settings(tmp_path))


def test_an_actor_of_the_users_own_list_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        "id,name,kind,country,body,wikidata,aliases,adjectives,gender,checked,source\n"
        "anna-berg,Anna Berg,person,lv,,,,,f,2026,own knowledge\n"
    )
    out = io.StringIO()
    filters.extract([json.dumps(STORY)], out, load_settings(tmp_path, actor_lists=[str(tmp_path / "mine.csv")]))
    assert {one["actor_id"] for one in json.loads(out.getvalue())["statements"]} == {"anna-berg"}


@pytest.mark.parametrize("command", ["extract", "dates", "explain"])
def test_the_exit_code_tells_that_every_line_is_bad(command: str, tmp_path: Path) -> None:
    good = json.dumps({"id": "a", "dct": "2025-08-20", "text": "He said so on Monday."})
    for text, code in ((good, 0), (f"nonsense\n{good}", 0), ("nonsense\n[]", 1), ("", 0)):
        ran = CliRunner().invoke(
            app, [command, "--data", str(tmp_path)] if command != "dates" else [command], input=text
        )
        assert ran.exit_code == code, text
