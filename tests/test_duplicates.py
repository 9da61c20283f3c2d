"""Copies of texts and reports of one utterance; the examples are in cases/copies.toml."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors import duplicates
from extractors.duplicates import Carried, Relation, Signature
from extractors.records import CueClass, DateBasis, Form, Spans, SpeakerKind, Statement, statement_id, story_id

CASES = tomllib.loads((Path(__file__).parent / "cases" / "copies.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["text"], ids=lambda case: case["why"])
def test_relation_of_two_texts(case: dict[str, Any]) -> None:
    a, b = duplicates.signature("A title", case["a"]), duplicates.signature("A title", case["b"])
    assert duplicates.relation(a, b) is Relation(case["relation"])
    assert duplicates.relation(b, a) is Relation(case["relation"])
    if case["relation"] != "none":
        assert set(duplicates.bands(a)) & set(duplicates.bands(b))


def test_a_signature_survives_storage_and_stays_the_same() -> None:
    made = duplicates.signature("Talks", story(1))
    assert Signature.unpack(made.pack()) == made
    assert len(made.minima) == 512
    # A change here means that stored signatures no longer fit: raise the last number of SCHEME.
    assert duplicates.SCHEME == "minhash-2-128-3-1"
    assert duplicates.bands(made)[:2] == (13211847784640164041, 9916270258367413315)


def test_signatures_of_another_scheme_are_never_alike() -> None:
    made = duplicates.signature("Talks", story(1))
    older = replace(made, scheme="minhash-1-128-3-1")
    assert duplicates.similarity(made, older) == 0
    assert not set(duplicates.bands(made)) & set(duplicates.bands(older))


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_two_texts_can_be_compared(a: str, b: str) -> None:
    one, other = duplicates.signature("", a), duplicates.signature("", b)
    assert duplicates.similarity(one, other) == duplicates.similarity(other, one)
    assert duplicates.relation(one, one) is Relation.SAME
    assert Signature.unpack(one.pack()) == one


def test_copies_point_to_the_first_of_their_group() -> None:
    first, repost, cut, other = (carried(n) for n in range(4))
    first = replace(first, signature=duplicates.signature("A", story(1)), published=at(8))
    repost = replace(repost, signature=duplicates.signature("B", "BERLIN (dpa) - " + story(1)), published=at(9))
    cut = replace(cut, signature=duplicates.signature("C", " ".join(story(1).split()[:110])), published=at(10))
    other = replace(other, signature=duplicates.signature("D", story(2)), published=at(7))
    found = duplicates.find_copies([cut, other, repost, first], [])
    assert [(copy.story_id, copy.copy_of, copy.relation) for copy in found] == [
        (repost.story_id, first.story_id, Relation.SAME),
        (cut.story_id, first.story_id, Relation.CUT),
    ]


def test_a_known_story_stays_the_first() -> None:
    known = replace(carried(1), signature=duplicates.signature("A", story(1)), published=at(12))
    copy = replace(carried(2), signature=known.signature, copy_of=known.story_id, published=at(13))
    earlier = replace(carried(3), signature=known.signature, published=at(6))
    (found,) = duplicates.find_copies([earlier], [copy, known])
    assert (found.copy_of, found.relation, found.similarity) == (known.story_id, Relation.SAME, 1.0)
    assert duplicates.find_copies([earlier], [known, copy]) == [found]


def test_a_story_is_no_copy_of_itself() -> None:
    known = replace(carried(1), signature=duplicates.signature("A", story(1)))
    assert duplicates.find_copies([known], [known]) == []


def test_planted_copies_are_found_and_nothing_else() -> None:
    """200 stories and a variant of each: how many variants are found, by kind of change."""
    dice = random.Random(7)
    known = [replace(carried(n), signature=duplicates.signature("T", story(n))) for n in range(200)]
    changes: dict[str, Callable[[list[str]], list[str]]] = {
        "same": lambda words: words,
        "2 % edits": lambda words: edited(words, 0.02, dice),
        "10 % edits": lambda words: edited(words, 0.10, dice),
        "cut to 60 %": lambda words: words[: len(words) * 6 // 10],
        "40 words more": lambda words: words + story(999).split()[:40],
    }
    for change, make in changes.items():
        new = [
            replace(carried(1000 + n), signature=duplicates.signature("U", " ".join(make(story(n).split()))))
            for n in range(200)
        ]
        found = {copy.story_id: copy.copy_of for copy in duplicates.find_copies(new, known)}
        right = sum(found.get(b.story_id) == a.story_id for a, b in zip(known, new, strict=True))
        assert right >= (180 if change == "10 % edits" else 198), change
        assert len(found) == right, change


def reports() -> list[tuple[int, Statement]]:
    """(number of the utterance, a report of it), each in a story of its own."""
    return [
        (
            number,
            statement(case["who"], report["content"], case["day"], report.get("form", "indirect"), f"{number}/{n}"),
        )
        for number, case in enumerate(CASES["utterance"])
        for n, report in enumerate(case["reports"])
    ]


def test_reports_of_one_utterance_are_joined_and_no_others() -> None:
    joined = wrong = missed = pairs = 0
    for (number, a), (other, b) in combinations(reports(), 2):
        same = duplicates.same_utterance(a, b)
        assert same == duplicates.same_utterance(b, a)
        joined += same
        wrong += same and number != other
        missed += not same and number == other
        pairs += number == other
    assert wrong <= 0.02 * joined
    assert missed <= 0.1 * pairs


def test_groups_begin_with_the_first_report() -> None:
    numbered = reports()
    known = duplicates.Utterances()
    for _, report in numbered:
        known.add(known.find(report) or report.id, report)
    groups = [group for group in known.reports.values() if len(group) > 1]
    number_of = {report.id: number for number, report in numbered}
    assert all(len({number_of[member.id] for member in group}) == 1 for group in groups)
    assert all(group[0].story_id == min_story(group) for group in groups)
    assert len(groups) >= 0.9 * sum(len(case["reports"]) > 1 for case in CASES["utterance"])


QUOTE = "We have lost eleven substations and shall not beg for more"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({}, True),
        ({"speaker_name": "Halyna Moroz"}, False),
        ({"speaker_name": "Koval"}, True),
        ({"speaker_name": "Iryna Koval"}, False),
        ({"actor_id": "another"}, False),
        ({"said_from": date(2025, 5, 6), "said_to": date(2025, 5, 6)}, False),
        ({"said_from": date(2025, 5, 5), "said_to": date(2025, 5, 11)}, True),
        ({"said_from": None, "said_to": date(2025, 5, 7), "date_basis": DateBasis.PUBLISHED}, True),
        ({"said_from": None, "said_to": date(2025, 5, 9), "date_basis": DateBasis.PUBLISHED}, False),
        ({"content": QUOTE.replace("eleven", "nine")}, False),
        ({"content": QUOTE.replace("shall not", "shall")}, False),
        ({"speaker_kind": SpeakerKind.ANONYMOUS}, False),
    ],
)
def test_what_parts_two_reports(change: dict[str, Any], same: bool) -> None:
    one = replace(statement("Petro Koval", QUOTE, "2025-05-05", "direct", "one"), actor_id="petro-koval")
    other = replace(statement("Petro Koval", QUOTE, "2025-05-05", "direct", "two"), **change)
    assert duplicates.same_utterance(one, other) is same


def test_undated_reports_need_a_long_quotation() -> None:
    undated: dict[str, Any] = {"said_from": None, "said_to": None, "date_basis": DateBasis.NONE}
    one = replace(statement("Petro Koval", QUOTE, "2025-05-05", "direct", "one"), **undated)
    assert not duplicates.same_utterance(one, replace(one, story_id=story_id("two")))
    long = QUOTE + " while our crews mend by night what missiles broke by day"
    assert duplicates.same_utterance(replace(one, content=long), replace(one, content=long, story_id=story_id("two")))


def min_story(group: list[Statement]) -> UUID:
    order = [report.id for _, report in reports()]
    return min(group, key=lambda member: order.index(member.id)).story_id


def statement(who: str, content: str, day: str, form: str, story: str) -> Statement:
    where = story_id(story)
    return Statement(
        id=statement_id(where, content, "said"),
        story_id=where,
        speaker=who,
        speaker_name=who,
        cue="said",
        cue_class=CueClass.ASSERT,
        content=content,
        form=Form(form),
        spans=Spans(content=((0, len(content)),), evidence=(0, len(content))),
        said_from=date.fromisoformat(day),
        said_to=date.fromisoformat(day),
        date_basis=DateBasis.EXPLICIT,
    )


def carried(number: int) -> Carried:
    return Carried(story_id(f"https://example.org/{number}"), duplicates.signature("", ""))


def at(hour: int) -> datetime:
    return datetime(2025, 5, 5, hour, tzinfo=UTC)


def story(seed: int) -> str:
    """200 words drawn as words are: a few often, many seldom."""
    dice = random.Random(seed)
    return " ".join(f"word{int(dice.paretovariate(0.9))}" for _ in range(200))


def edited(words: list[str], share: float, dice: random.Random) -> list[str]:
    return [f"edit{dice.randrange(9999)}" if dice.random() < share else word for word in words]
