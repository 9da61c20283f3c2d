"""How sayings and dates are worded, as bags of words, and what such words tell of the days: log odds.

No name and no number is among the words: what is learnt of one story must hold in others. The words are a part of the
trained file (lexicons/days.npz): change them, and train again (benchmarks/train_days.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from spacy.tokens import Token

from extractors.records import Statement, Timex
from extractors.scenes import Scene

_UNLEARNT = frozenset(["PROPN", "NUM", "PUNCT", "SPACE"])
_FAR = 9
"""Steps through the parse: what is farther apart, or in another paragraph, is as far."""
_STEPS = ("on", "above", "over")
_WORD, _CAPITALISED, _DIGIT = re.compile(r"[a-z]+"), re.compile(r"\b[A-Z]\w*"), re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class Weights:
    """What words tell, by question: log odds, of "" whatever is asked of, and of each word."""

    saying: Mapping[str, float]  # has a saying that is told so a day?
    own: Mapping[str, float]  # is a date of its sentence that day?
    day: Mapping[str, float]  # is a date that is told so the day of sayings that do not tell their own?
    sequel: Mapping[str, float]  # is a saying of the same day as the one before, which has one?

    def odds(self, question: str, words: Iterable[str]) -> float:
        weights: Mapping[str, float] = getattr(self, question)
        return weights.get("", 0.0) + sum(weights.get(word, 0.0) for word in set(words))


QUESTIONS = tuple(each.name for each in fields(Weights))
UNWEIGHED = Weights({}, {}, {}, {})


def of_saying(statement: Statement, tokens: Sequence[Token], verb: Token | None) -> Iterator[str]:
    """The words that tell of a saying, each as what it is there. ``tokens``: its sentence outside all contents."""
    if verb is not None:
        yield f"cue {verb.lemma_.lower()}"
        yield f"tag {verb.tag_}"
        yield from (f"with {each.lower_}" for each in verb.children if each.dep_ in ("aux", "auxpass"))
    yield f"kind {statement.speaker_kind.value}"
    yield f"rule {statement.rule.split()[0]}"
    for token in tokens:
        if token.pos_ == "PROPN":
            yield f"name {token.dep_}"
    yield from _plain(tokens)
    if tokens:
        first = tokens[0]
        yield f"first {first.pos_ if first.pos_ == 'PROPN' else first.lower_}"
        if first.pos_ == "ADP" and len(tokens) > 1:
            yield f"first {first.lower_} {tokens[1].pos_}"
    yield from (f"speaker {word}" for word in _WORD.findall(_CAPITALISED.sub("", statement.speaker)))
    yield from (f"audience {word}" for word in _WORD.findall(statement.audience))


def of_sequel(saying: Sequence[str], before: Sequence[str], speaker: str, paragraphs: int) -> Iterator[str]:
    """The words of a saying and of the one before it. ``speaker``: the same, another, or unnamed."""
    yield f"speaker {speaker}"
    yield f"{speaker} {min(paragraphs, 3)}"
    yield from (f"{speaker} {word}" for word in saying)
    yield from (f"{speaker} after {word}" for word in before)


def of_date(scene: Scene, timex: Timex) -> Iterator[str]:
    """The words of a date's sentence, how the date is written, and what it hangs on in the parse."""
    yield f"written {_written(timex)}"
    yield "heard" if timex.start in scene.holders else "told"
    word = scene.word_of(timex)
    if word is not None:
        yield f"dep {word.dep_}"
        for step, above in zip(_STEPS, word.ancestors, strict=False):
            yield f"{step} {above.tag_}"
            yield from (f"{step} {lemma}" for lemma in _plain([above]))
    yield from _plain(scene.tokens_in(*scene.sentence(timex.start)))


Way = tuple[int, int, str]
"""From a date to a cue through the parse: the steps up, the steps down, the labels of both."""


def of_near_date(
    statement: Statement, verb: Token | None, timex: Timex, word: Token | None, where: str, bound: Way
) -> Iterator[str]:
    """How a date in a saying's sentence is bound to its cue. ``where``: before or after it, told or heard; ``bound``:
    the ``way`` from its word to the cue's."""
    up, down, path = bound
    yield f"path {path}"
    yield f"{where} {up} {down}"
    yield f"{where} up {up}"
    yield f"{where} down {down}"
    yield where
    yield f"{where} {statement.form.value}"
    yield f"written {_written(timex)}"
    yield f"cue {verb.lemma_.lower()}" if verb is not None else "no cue"
    if verb is not None:
        yield f"{where} {verb.tag_}"
    above = list(word.ancestors)[:2] if word is not None else []
    for step, each in zip(_STEPS, above, strict=False):
        yield from (f"{step} {lemma}" for lemma in _plain([each]))
    if above and above[0].pos_ == "ADP":
        yield f"by {above[0].lower_} {up} {down}"


def way(date: Token | None, verb: Token | None) -> Way:
    """Far, and no label, where the two are not parsed together."""
    if date is None or verb is None or date.doc is not verb.doc:
        return _FAR, _FAR, ""
    ups, downs = [date, *date.ancestors], [verb, *verb.ancestors]
    place = {token.i: nth for nth, token in enumerate(downs)}
    up = next((nth for nth, token in enumerate(ups) if token.i in place), None)
    if up is None:
        return _FAR, _FAR, ""
    down = place[ups[up].i]
    return min(up, _FAR), min(down, _FAR), " ".join([*(t.dep_ for t in ups[:up]), "^", *(t.dep_ for t in downs[:down])])


def _plain(tokens: Iterable[Token]) -> Iterator[str]:
    return (token.lemma_.lower() for token in tokens if token.pos_ not in _UNLEARNT)


def _written(timex: Timex) -> str:
    """The words of a date, digits alike."""
    return _DIGIT.sub("9", timex.text.lower())
