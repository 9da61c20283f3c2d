"""Annotated stories: where their words stand, what pairs with what is found, and how right the found ones are."""

from __future__ import annotations

import csv
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from benchmarks.corpora import DAYS, AnnotatedStory, read_annotated, read_polnear, read_polnear_days
from benchmarks.quality import HELD, counted, outcomes, paired, shown
from extractors.errors import InputError
from extractors.records import CueClass, DateBasis, Form, Span, Spans, Statement, Story, statement_id, story_id
from extractors.timex import interval_of

TEXT = (
    "Mayor Inna Holub said on Monday that the bridge was open. “It is open,” she said, “and it will stay so.”\n"
    "The ministry said nothing. Holub said it was open."
)
NONE: dict[str, str] = dict.fromkeys(
    ["speaker", "speaker_name", "speaker_kind", "cue", "content", "form", "audience", "via", "date_text", "date"], ""
)
SAID = [
    {**NONE, "speaker": "Mayor Inna Holub", "cue": "said", "content": "the bridge was open", "date": "2025-08-18"},
    {**NONE, "speaker": "she", "cue": "said", "content": "It is open and it will stay so"},
    {**NONE, "speaker": "Holub", "cue": "said", "content": "it was open"},
]


def written(folder: Path, said: list[dict[str, str]], text: str = TEXT) -> AnnotatedStory:
    item: dict[str, Any] = {"id": "a", "published": "2025-08-20", "text": text, "statements": said}
    (folder / "a.json").write_text(json.dumps(item), "utf-8")
    (story,) = read_annotated(folder)
    return story


def found(content: str, *spans: Span, speaker: str = "Holub", **more: Any) -> Statement:
    story = Story(story_id("a"), "", "", TEXT)
    return Statement(
        id=statement_id(story.id, content, "said"),
        story_id=story.id,
        speaker=speaker,
        cue="said",
        cue_class=CueClass.ASSERT,
        content=content,
        form=Form.INDIRECT,
        spans=Spans(spans, spans[0]),
        **more,
    )


def test_the_words_of_a_statement_are_found_where_they_lie_nearest_together(tmp_path: Path) -> None:
    story = written(tmp_path, SAID)
    told = [
        [" … ".join(TEXT[slice(*span)] for span in spans) for spans in (each.at.source, each.at.cue, each.at.content)]
        for each in story.statements
    ]
    assert told == [
        ["Mayor Inna Holub", "said", "the bridge was open"],
        ["she", "said", "It is open … and it will stay so"],
        ["Holub", "said", "it was open"],
    ]
    ((last, _),) = story.statements[2].at.source
    assert last > TEXT.index("\n")  # not the Holub of the first sentence


def test_words_that_the_story_does_not_hold_are_an_error_that_quotes_them(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the bridge is shut"):
        written(tmp_path, [{**SAID[0], "content": "the bridge is shut"}])


def test_a_statement_without_a_cue_is_scored_but_not_learnt_from(tmp_path: Path) -> None:
    story = written(tmp_path, [*SAID[:1], {**SAID[1], "cue": "", "speaker": ""}])
    assert [len(story.statements), len(story.marked.attributions)] == [2, 1]


def test_contents_pair_by_the_words_that_they_share(tmp_path: Path) -> None:
    story = written(tmp_path, SAID)
    first, last = (TEXT.index(words) for words in ("the bridge was open", "it was open"))
    whole = found("the bridge was open", (first, first + 19), speaker_name="Inna Holub")
    half = found("was open", (last + 3, last + 11), speaker="the ministry")
    stray = found("said nothing", (TEXT.index("said nothing"), TEXT.index("said nothing") + 12))
    result = paired(story, [whole, half, stray])
    assert [(pair.marked.said["content"], pair.found) for pair in result.pairs] == [
        ("the bridge was open", whole),
        ("it was open", half),
    ]
    assert result.pairs[1].overlap == pytest.approx(2 / 3)
    assert [each.said["content"] for each in result.missed] == ["It is open and it will stay so"]
    assert result.false == (stray,)
    counts = counted(result)
    assert [counts[name] for name in ("wanted", "given", "matched", "exact", "speaker")] == [3, 3, 2, 1, 1]


MONDAY, TUESDAY, WEDNESDAY = (date(2025, 8, day) for day in (18, 19, 20))


@pytest.mark.parametrize(
    ("marked", "first", "last", "basis", "right"),
    [
        ("2025-08-18", MONDAY, MONDAY, DateBasis.EXPLICIT, True),
        ("2025-08-18", TUESDAY, TUESDAY, DateBasis.CONTEXT, False),
        ("2025-08", MONDAY, MONDAY, DateBasis.EXPLICIT, True),
        ("2025-08-18/2025-08-20", TUESDAY, WEDNESDAY, DateBasis.EXPLICIT, True),
        ("2025-08-18", None, None, DateBasis.PUBLISHED, False),
        ("", None, None, DateBasis.NONE, True),
        ("", WEDNESDAY, WEDNESDAY, DateBasis.PUBLISHED, True),
        ("", MONDAY, MONDAY, DateBasis.CONTEXT, False),
    ],
)
def test_a_day_is_right_where_it_is_the_marked_one_or_within_it(
    tmp_path: Path, marked: str, first: date | None, last: date | None, basis: DateBasis, right: bool
) -> None:
    story = written(tmp_path, [{**SAID[0], "date": marked}])
    at = TEXT.index("the bridge was open")
    dated = found("the bridge was open", (at, at + 19), said_from=first, said_to=last, date_basis=basis)
    counts = counted(paired(story, [dated]))
    assert counts["day"] + counts["left"] == right
    assert counts["dated"] + counts["undated"] == 1


@pytest.fixture
def polnear(tmp_path: Path) -> Path:
    """A corpus of one story with one attribution."""
    (tmp_path / "text").mkdir()
    (tmp_path / "attributions").mkdir()
    (tmp_path / "text" / "ledger_2025-08-20_bridge.txt").write_text("Holub said it was open, mostly.", "utf-8")
    (tmp_path / "attributions" / "ledger_2025-08-20_bridge_0001.ann").write_text(
        "T1\tSource 0 5\tHolub\nT2\tCue 6 10\tsaid\nT3\tContent 11 22;24 30\tit\nE1\tSource:T1 Cue:T2 Content:T3\n",
        "utf-8",
    )
    return tmp_path


def test_polnears_spans_are_read_with_the_roles_that_its_events_give_them(polnear: Path) -> None:
    (story,) = read_polnear(polnear)
    assert story.attributions[0].content == ((11, 22), (24, 30))
    assert story.attributions[0].source == ((0, 5),)
    assert not story.nested


def dated(folder: Path, *rows: str) -> Path:
    (folder / DAYS).write_text("\n".join(["story,cue,content,date,date_basis,speaker_name", *rows, ""]), "utf-8")
    return folder / DAYS


def test_of_polnears_stories_the_day_and_the_speaker_are_told_beside_them(polnear: Path) -> None:
    days = dated(polnear, "ledger_2025-08-20_bridge,6,11,2025-08-18,context,Inna Holub")
    (story,) = read_polnear_days(polnear, days)
    (statement,) = story.statements
    told = ("speaker", "cue", "content", "date", "date_basis", "speaker_name")
    assert [statement.said[key] for key in told] == [
        "Holub", "said", "it was open mostly", "2025-08-18", "context", "Inna Holub",
    ]  # fmt: skip
    assert story.item["published"] == "2025-08-20"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("ledger_2025-08-21_dam,6,11,,none,", "ledger_2025-08-21_dam"),
        ("ledger_2025-08-20_bridge,7,11,,none,", "no attribution"),
    ],
)
def test_a_corpus_that_lacks_what_a_day_is_told_of_is_named(polnear: Path, row: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_polnear_days(polnear, dated(polnear, row))


@pytest.mark.parametrize("folder", [HELD.parent, HELD], ids=["learnt from", "held"])
def test_the_days_told_of_polnears_stories_are_days(folder: Path) -> None:
    with (folder / DAYS).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len({(row["story"], row["cue"], row["content"]) for row in rows}) == len(rows) > 0
    for row in rows:
        assert row["date_basis"] in ("explicit", "context", "none")
        assert bool(interval_of(row["date"])) == (row["date_basis"] != "none"), row


def test_no_story_of_polnear_is_both_learnt_from_and_held() -> None:
    learnt, held = (
        {line.partition(",")[0] for line in (folder / DAYS).read_text("utf-8").splitlines()[1:]}
        for folder in (HELD.parent, HELD)
    )
    assert learnt
    assert learnt.isdisjoint(held)


@pytest.mark.parametrize("folder", [HELD.parent, HELD], ids=["learnt from", "held"])
def test_the_words_of_every_annotation_stand_in_its_story(folder: Path) -> None:
    stories = read_annotated(folder)
    assert len({each.item["id"] for each in stories}) == len(stories) > 0
    for story in stories:
        for each in story.statements:
            words = ("speaker", "cue", "audience", "via", "date_text")
            assert [each.said[name] for name in words if each.said[name] not in story.text] == [], story.item["id"]
            assert each.said["form"] in tuple(Form)
            assert each.said["date_basis"] in ("explicit", "context", "none")
            assert bool(each.said["date"]) == (each.said["date_basis"] != "none")


def test_statements_of_stories_that_nothing_was_learnt_from_are_right() -> None:
    """A floor well under what docs/quality.md tells: it catches what breaks, not what gets a little worse."""
    stories = read_annotated(HELD)
    assert len(stories) >= 20
    counts = sum((counted(each) for each in outcomes(stories)), Counter[str]())
    print("\n".join(shown(counts)))
    assert 2 * counts["matched"] / (counts["wanted"] + counts["given"]) > 0.85
    assert counts["speaker"] / counts["matched"] > 0.94
    assert counts["day"] / counts["dated"] > 0.7
    assert counts["left"] / counts["undated"] > 0.85
