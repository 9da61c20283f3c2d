"""The English model, faster than spaCy loads it and equal in every head, label, tag, part of speech and lemma.

* Matrices are multiplied by numpy's BLAS. The blis kernels that spaCy 3.8 uses by default reach a third of its speed.
* A word that occurs again in a batch is embedded once: the embedding looks at the word alone, not at its context.
* The rules that turn tags into parts of speech look at the tag, the label and, for some 200 words, the word. What they
  do to such a triple is remembered, so that the matcher, which took as long as the parser, seldom runs.

``benchmarks/parse.py`` measures what each brings; ``tests/test_model.py`` holds the output against the plain model's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.pipeline import AttributeRuler
from spacy.tokens._retokenize import set_token_attrs
from thinc.api import Model, use_ops
from thinc.types import Ragged

if TYPE_CHECKING:
    from spacy.tokens import Doc

Triple = tuple[int, int, int]
"""The hashes of a token's lower-cased word (0 where no rule names it), its tag and its label."""

_EVEN_SPREAD = np.random.default_rng(0).integers(1, 2**63, size=16, dtype=np.uint64) * 2 + 1


def load(name: str, exclude: Iterable[str] = ()) -> Language:
    """The installed model package ``name`` without the components of ``exclude``, made fast.

    Raises OSError where there is no such package.
    """
    with use_ops("numpy", use_blis=False):
        nlp = spacy.load(
            name,
            exclude=list(exclude),
            config={"components": {"attribute_ruler": {"factory": "remembering_attribute_ruler"}}},
        )
    _embed_each_word_once(nlp)
    return nlp


def _embed_each_word_once(nlp: Language) -> None:
    """Puts the layers that embed a word behind one that hands each distinct row of features through once."""
    tok2vec: Any = nlp.get_pipe("tok2vec")
    embedding = tok2vec.model.layers[0]  # extract, list to ragged, look up, mix, ragged to list
    embedding._layers[2:4] = [Model("distinct_rows", _distinct_rows, layers=embedding._layers[2:4])]


def _distinct_rows(model: Any, words: Ragged, is_train: bool) -> tuple[Ragged, Callable[[Ragged], Ragged]]:
    rows: Any = words.dataXd
    keys = (rows.astype(np.uint64) * _EVEN_SPREAD[: rows.shape[1]]).sum(axis=1, dtype=np.uint64)
    _, first, places = np.unique(keys, return_index=True, return_inverse=True)
    lengths: Any = np.asarray([len(first)], dtype=np.int32)
    distinct = Ragged(rows[first], lengths)
    for layer in model.layers:
        distinct = layer.predict(distinct)
    mixed: Any = distinct.dataXd
    return Ragged(mixed[places], words.lengths), _not_for_training


def _not_for_training(gradient: Ragged) -> Ragged:
    raise NotImplementedError("extractors.model loads a model to predict with, not to train")


class RememberingAttributeRuler(AttributeRuler):
    """spaCy's attribute ruler, with a memory of what its rules do to a token.

    A rule that spans two tokens ("gon" + "na") is not remembered: a text to which one applies goes to the matcher,
    as does a text with a triple not seen before.
    """

    def _ready(self) -> None:
        self._known: dict[Triple, dict[int, Any]] = {}  # triple → the attributes that it gets
        self._first = Matcher(self.vocab, validate=False)  # the first tokens of rules that span several
        self._opening: set[Triple] = set()  # triples that _first matches
        self._together: dict[tuple[Triple, Triple], bool] = {}  # opening triple and the next: does a rule apply?
        words: set[str] = set()
        forms: list[re.Pattern[str]] = []
        rules: Any = self.patterns
        for pattern in (pattern for rule in rules for pattern in rule["patterns"]):
            for token in pattern:
                if not token.keys() <= {"LOWER", "TAG", "DEP", "IS_SPACE"} or len(pattern) > 2:
                    raise NotImplementedError(f"a rule looks at more than word, tag and label: {pattern}")
                wanted = token.get("LOWER", {})
                if isinstance(wanted, str):
                    words.add(wanted)
                else:
                    words.update(wanted.get("IN", ()))
                    forms.extend(re.compile(form) for key, form in wanted.items() if key == "REGEX")
            if len(pattern) > 1:
                self._first.add(str(len(self._first)), [pattern[:1]])

        def is_named(word: str) -> bool:
            word = word.lower()
            return word in words or word.isspace() or any(form.search(word) for form in forms)

        self._named = self.vocab.add_flag(is_named)

    def __call__(self, doc: Doc) -> Doc:
        if not hasattr(self, "_known"):
            self._ready()
        table = doc.to_array(["LOWER", "TAG", "DEP", self._named])
        table[:, 0] *= table[:, 3]
        triples: list[Triple] = list(map(tuple, table[:, :3].tolist()))
        if self._is_known(triples):
            for token, triple in zip(doc, triples, strict=True):
                if attributes := self._known[triple]:
                    set_token_attrs(token, attributes)
        else:
            self._learn(doc, triples)
        return doc

    def _is_known(self, triples: list[Triple]) -> bool:
        return all(triple in self._known for triple in triples) and not any(
            here in self._opening and self._together.get((here, after), True) for here, after in pairwise(triples)
        )

    def _learn(self, doc: Doc, triples: list[Triple]) -> None:
        matches = self.match(doc)
        found: dict[Triple, dict[int, Any]] = {triple: {} for triple in triples}
        for rule, _, start, end in matches:  # in the order in which a later rule overwrites an earlier one
            if end - start == 1:
                found[triples[start]].update(self.attrs[rule])
        self._known.update(found)
        self._opening.update(triples[start] for _, start, _ in self._first(doc, allow_missing=True))
        spanned = {start for _, _, start, end in matches if end - start > 1}
        self._together.update(
            ((here, after), start in spanned)
            for start, (here, after) in enumerate(pairwise(triples))
            if here in self._opening
        )
        self.set_annotations(doc, matches)  # type: ignore[no-untyped-call]


@Language.factory("remembering_attribute_ruler", default_config={"validate": False, "scorer": None})
def _remembering_attribute_ruler(nlp: Language, name: str, validate: bool, scorer: Any) -> RememberingAttributeRuler:
    return RememberingAttributeRuler(nlp.vocab, name, validate=validate, scorer=scorer)
