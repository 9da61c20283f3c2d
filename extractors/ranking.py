"""The trained part of the statement finder: which cues report a statement, which words are its content, who its source.

Four small ensembles of trees (extractors.trees) over numbers that describe syntax and position (extractors.features),
and rates that tell how often each cue word was one. benchmarks/train_statements.py makes the file that this reads;
lexicons/MODEL.md tells from what, and how good it is.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate

import numpy as np

from extractors.candidates import Candidate
from extractors.contents import Alternative, alternatives
from extractors.cues import lexicon
from extractors.features import content_features, cue_features
from extractors.sources import NEAR, QUOTED, Source, source_features, sources
from extractors.trees import Floats, Trees
from extractors.words import Words

FILE = "statements.npz"
UNLIKELY = -3.0
"""Log odds: a cue below is dropped before its contents are looked for."""
NO_SOURCE = 0.15
"""A phrase that scores less is not the source: the cue has none."""


@dataclass(frozen=True, slots=True)
class Found:
    """A cue with the content and the source that fit it best, and how sure that is."""

    candidate: Candidate
    content: Alternative
    source: Source | None
    probability: float  # that the cue reports a statement and this is its content


@dataclass(frozen=True, slots=True)
class Model:
    cue: Trees
    content: Trees
    keep: Trees
    source: Trees
    rates: Mapping[str, float]

    def judge(self, cues: Sequence[tuple[Words, Candidate]]) -> list[tuple[Words, Found]]:
        """The cues that can report a statement at all, in order, each with its best content and source."""
        offers: list[_Offer] = []
        cue_rows = [self.cue_row(words, cue) for words, cue in cues]
        for (words, cue), row, odds in zip(cues, cue_rows, self.cue.predict(cue_rows).tolist(), strict=True):
            if odds >= UNLIKELY and (contents := alternatives(words, cue)):
                offers.append(_Offer(words, cue, contents, self.content_rows(words, cue, contents, row), odds))
        if not offers:
            return []
        scores = np.split(self.content.predict(np.concatenate([each.rows for each in offers])), _ends(offers))
        best = [int(each.argmax()) for each in scores]
        keeps = [
            keep_row(offer.rows, score, nth, offer.odds) for offer, score, nth in zip(offers, scores, best, strict=True)
        ]
        odds = self.keep.predict(keeps)
        named = self._sources(
            [(each.words, each.cue, each.contents[nth]) for each, nth in zip(offers, best, strict=True)]
        )
        return [
            (offer.words, Found(offer.cue, offer.contents[nth], source, float(1 / (1 + np.exp(-kept)))))
            for offer, nth, source, kept in zip(offers, best, named, odds, strict=True)
        ]

    def _sources(self, cues: Sequence[tuple[Words, Candidate, Alternative]]) -> list[Source | None]:
        """The phrase that fits best as the source of each cue with its content; None where the cue has no source."""
        offered = [sources(words, cue) for words, cue, _ in cues]
        rows = [
            source_features(words, cue, each, content)
            for (words, cue, content), some in zip(cues, offered, strict=True)
            for each in some
        ]
        scores = iter(self.source.predict(rows).tolist())
        chosen: list[Source | None] = []
        for (_, _, content), some in zip(cues, offered, strict=True):
            score, best = max(((next(scores), each) for each in some), key=lambda pair: pair[0], default=(0.0, None))
            known = next((each for each in some if each.kind == QUOTED), best if score > NO_SOURCE else None)
            if known is None and content.place != "after":
                known = next((each for each in some if each.kind == NEAR and not each.steps), None)
            chosen.append(known)
        return chosen

    def source_of(self, words: Words, cue: Candidate, content: Alternative) -> Source | None:
        """The source of a cue whose content is known."""
        return self._sources([(words, cue, content)])[0]

    def cue_row(self, words: Words, candidate: Candidate) -> list[float]:
        word, shape = cue_keys(words, candidate)
        rate = self.rates.get(word, candidate.cue.weight)
        return [*cue_features(words, candidate), rate, self.rates.get(shape, rate)]

    def content_rows(
        self, words: Words, candidate: Candidate, offered: Sequence[Alternative], cue_row: Sequence[float]
    ) -> Floats:
        usual = self.rates["content"]
        rows = []
        for alternative in offered:
            row = content_features(words, candidate, alternative)
            known = [
                self.rates.get(own, self.rates.get(any_cue, usual))
                for own, any_cue in content_keys(candidate, alternative, row)
            ]
            rows.append([*row, *known, *cue_row])
        return np.asarray(rows, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Offer:
    """A cue with the alternatives for its content and their rows."""

    words: Words
    cue: Candidate
    contents: list[Alternative]
    rows: Floats
    odds: float


def _ends(offers: Sequence[_Offer]) -> list[int]:
    return list(accumulate(len(each.rows) for each in offers[:-1]))


def cue_keys(words: Words, candidate: Candidate) -> tuple[str, str]:
    """What the rates of a cue word are kept under: the word, and the word with its complements and particle."""
    kids = words.kids[candidate.at]
    deps = {words.dep[kid] for kid in kids}
    word = f"{candidate.kind} {_american(candidate.cue.lemma)}"
    particle = next((words.lower[kid] for kid in kids if words.dep[kid] == "prt"), "")
    return word, f"{word} {'ccomp' in deps:d}{'dobj' in deps:d}{words.tag[candidate.at] == 'VBG':d}{particle}"


def content_keys(candidate: Candidate, alternative: Alternative, row: Sequence[float]) -> list[tuple[str, str]]:
    """What the rates of an alternative are kept under: its role, and how it starts; for this cue word and for any."""
    role, start = f"{row[0]:.0f} {row[7]:.0f} {row[9]:.0f}", f"{row[0]:.0f}.{alternative.start_kind}"
    return [(f"{_american(candidate.cue.lemma)}|{shape}", f"{candidate.kind} any|{shape}") for shape in (role, start)]


def _american(lemma: str) -> str:
    """ "criticize" for "criticise": the model was trained on American news."""
    return lemma[:-3] + "ize" if lemma.endswith("ise") and lemma[:-3] + "ize" in lexicon().verbs else lemma


def keep_row(described: Floats, scores: Floats, best: int, odds: float) -> list[float]:
    """Of a cue with its best content: is it a statement, and is that the content?"""
    others = np.delete(scores, best)
    margin = float(scores[best] - others.max()) if len(others) else 1.0
    return [*described[best].tolist(), float(scores[best]), margin, odds, float(len(scores))]


def read_model(data: bytes) -> Model:
    """From the bytes of a model file."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        rates = dict(zip(arrays["rates.keys"].tolist(), arrays["rates.values"].tolist(), strict=True))
        cue, content, keep, source = (Trees.read(arrays, name) for name in ("cue", "content", "keep", "source"))
        return Model(cue, content, keep, source, rates)


@cache
def load_trained() -> Model:
    """The model that travels with the package. Read once a process."""
    return read_model(files("extractors.lexicons").joinpath(FILE).read_bytes())
