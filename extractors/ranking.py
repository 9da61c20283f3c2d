"""The trained part of the statement finder: which cues report a statement, which words are its content, who its source.

A small network (extractors.network) reads the words around each cue and scores what its content can be; three small
ensembles of trees (extractors.trees) decide over numbers that describe syntax and position (extractors.features); rates
tell how often each cue word was one. benchmarks/train_statements.py makes the file that this reads; lexicons/MODEL.md
tells from what, and how good it is.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from extractors.candidates import Candidate
from extractors.contents import PLACES, Alternative, alternatives
from extractors.cues import lexicon
from extractors.features import KINDS, content_features, cue_features, root_role
from extractors.network import MOST, Answer, Network, Question
from extractors.sources import NEAR, TOLD, Source, source_features, sources
from extractors.trees import Trees
from extractors.vocabulary import Vocabulary, vocabulary_of
from extractors.windows import Views, views, window
from extractors.words import Words

FILE = "statements.npz"
UNLIKELY, UNLIKELY_NOUN = -2.3, -3.0
"""Log odds: a cue below is dropped before its contents are looked for; a noun later, since its clause may yet tell."""
HOPELESS = 0.05
"""Probability: a cue below is dropped before its source is looked for, since no form makes a statement of it."""
NO_SOURCE = 0.15
"""A phrase that scores less is not the source: the cue has none."""
UNSEEN = -9.0
"""Log odds of a word too far from the cue for the network to see."""


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
    network: Network
    keep: Trees
    source: Trees
    rates: Mapping[str, float]
    vocabulary: Vocabulary

    def judge(self, cues: Sequence[tuple[Words, Candidate]]) -> list[tuple[Words, Found]]:
        """The cues that can report a statement at all, in order, each with its best content and source."""
        offers: list[Offer] = []
        cue_rows = [self.cue_row(words, cue) for words, cue in cues]
        for (words, cue), row, odds in zip(cues, cue_rows, self.cue.predict(cue_rows).tolist(), strict=True):
            least = UNLIKELY_NOUN if cue.kind == "noun" else UNLIKELY
            if odds >= least and (contents := alternatives(words, cue)[:MOST]):
                offers.append(Offer(words, cue, contents, self.content_rates(words, cue, contents), row, odds))
        answers = self.network.ask(questions(offers, self.vocabulary))
        odds = self.keep.predict([keep_row(*each) for each in zip(offers, answers, strict=True)])
        chosen = [
            (offer.words, offer.cue, offer.contents[answer.best], answer, probability)
            for offer, answer, probability in zip(offers, answers, (1 / (1 + np.exp(-odds))).tolist(), strict=True)
            if probability >= HOPELESS
        ]
        named = self._sources([each[:4] for each in chosen])
        return [
            (words, Found(cue, content, source, probability))
            for (words, cue, content, _, probability), source in zip(chosen, named, strict=True)
        ]

    def _sources(self, cues: Sequence[tuple[Words, Candidate, Alternative, Answer]]) -> list[Source | None]:
        """The phrase that fits best as the source of each cue with its content; None where the cue has no source."""
        offered = [sources(words, cue) for words, cue, _, _ in cues]
        rows = [
            source_row(words, cue, each, content, answer)
            for (words, cue, content, answer), some in zip(cues, offered, strict=True)
            for each in some
        ]
        scores = iter(self.source.predict(rows).tolist())
        chosen: list[Source | None] = []
        for (_, _, content, _), some in zip(cues, offered, strict=True):
            score, best = max(((next(scores), each) for each in some), key=lambda pair: pair[0], default=(0.0, None))
            told = next((each for each in some if each.kind in TOLD), None)
            known = told or (best if score > NO_SOURCE else None)
            if known is None and content.place != "after":
                known = next((each for each in some if each.kind == NEAR and not each.steps), None)
            chosen.append(known)
        return chosen

    def source_of(self, words: Words, cue: Candidate, content: Alternative) -> Source | None:
        """The source of a cue whose content is known."""
        offer = Offer(words, cue, [content], self.content_rates(words, cue, [content]), self.cue_row(words, cue), 0.0)
        (answer,) = self.network.ask(questions([offer], self.vocabulary))
        return self._sources([(words, cue, content, answer)])[0]

    def cue_row(self, words: Words, candidate: Candidate) -> list[float]:
        word, shape = cue_keys(words, candidate)
        rate = self.rates.get(word, candidate.cue.weight)
        return [*cue_features(words, candidate), rate, self.rates.get(shape, rate)]

    def content_rates(
        self, words: Words, candidate: Candidate, offered: Sequence[Alternative]
    ) -> list[tuple[float, float]]:
        usual = self.rates["content"]
        made = []
        for alternative in offered:
            role, start = content_keys(words, candidate, alternative)
            made.append(
                (
                    self.rates.get(role[0], self.rates.get(role[1], usual)),
                    self.rates.get(start[0], self.rates.get(start[1], usual)),
                )
            )
        return made


@dataclass(frozen=True, slots=True)
class Offer:
    """A cue with the alternatives for its content."""

    words: Words
    cue: Candidate
    contents: Sequence[Alternative]
    rates: Sequence[tuple[float, float]]  # of each alternative: how well its role and its start fit such a cue
    cue_row: Sequence[float]
    odds: float  # log odds, by the cue alone, that it reports a statement


def questions(offers: Sequence[Offer], vocabulary: Vocabulary) -> list[Question]:
    """What the network is asked about each cue."""
    seen: dict[int, Views] = {}
    made = []
    for each in offers:
        if id(each.words) not in seen:
            seen[id(each.words)] = views(each.words, vocabulary)
        view = window(each.words, seen[id(each.words)], each.cue)
        made.append(Question(view, KINDS[each.cue.kind], each.cue_row, each.contents, each.rates))
    return made


def cue_keys(words: Words, candidate: Candidate) -> tuple[str, str]:
    """What the rates of a cue word are kept under: the word, and the word with its complements and particle."""
    kids = words.kids[candidate.at]
    deps = {words.dep[kid] for kid in kids}
    word = f"{candidate.kind} {_american(candidate.cue.lemma)}"
    particle = next((words.lower[kid] for kid in kids if words.dep[kid] == "prt"), "")
    return word, f"{word} {'ccomp' in deps:d}{'dobj' in deps:d}{words.tag[candidate.at] == 'VBG':d}{particle}"


def content_keys(words: Words, candidate: Candidate, alternative: Alternative) -> list[tuple[str, str]]:
    """What the rates of an alternative are kept under: its role, and how it starts; for this cue word and for any."""
    role = f"{PLACES.index(alternative.place)} {root_role(words, candidate, alternative)}"
    start = f"{PLACES.index(alternative.place)}.{alternative.start_kind}"
    return [(f"{_american(candidate.cue.lemma)}|{shape}", f"{candidate.kind} any|{shape}") for shape in (role, start)]


def _american(lemma: str) -> str:
    """ "criticize" for "criticise": the model was trained on American news."""
    return lemma[:-3] + "ize" if lemma.endswith("ise") and lemma[:-3] + "ize" in lexicon().verbs else lemma


def keep_row(offer: Offer, answer: Answer) -> list[float]:
    """Of a cue with its best content: is it a statement, and is that the content?"""
    best = answer.best
    scores = answer.contents
    others = scores[:best] + scores[best + 1 :]
    margin = scores[best] - max(others) if others else 10.0
    share = 1 / (1 + sum(math.exp(each - scores[best]) for each in others))
    described = content_features(offer.words, offer.cue, offer.contents[best])
    return [*described, *offer.rates[best], *offer.cue_row, share, margin, offer.odds, answer.reports, len(others)]


def source_row(words: Words, candidate: Candidate, source: Source, content: Alternative, answer: Answer) -> list[float]:
    """Of one phrase as the source of a cue with this content, and what the network thinks of its words."""
    told = answer.source[max(0, source.first - answer.first) : max(0, source.last - answer.first)]
    head = source.head - answer.first
    said = (sum(told) / len(told), max(told)) if told else (UNSEEN, UNSEEN)
    of_head = answer.source[head] if 0 <= head < len(answer.source) else UNSEEN
    return [*source_features(words, candidate, source, content), *said, of_head, max(answer.source)]


def read_model(data: bytes) -> Model:
    """From the bytes of a model file."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        rates = dict(zip(arrays["rates.keys"].tolist(), arrays["rates.values"].tolist(), strict=True))
        cue, keep, source = (Trees.read(arrays, name) for name in ("cue", "keep", "source"))
        vocabulary = vocabulary_of(arrays["words"].tolist())
        return Model(cue, Network.read(arrays, "network"), keep, source, rates, vocabulary)


@cache
def load_trained() -> Model:
    """The model that travels with the package. Read once a process."""
    return read_model(files("extractors.lexicons").joinpath(FILE).read_bytes())
