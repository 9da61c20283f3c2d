"""Who is in a story: the people, bodies and countries that it names, each with all its mentions and roles.

No entity model is needed for this: English writes names with capitals, news gives a person's office and full name at
the first mention, and the lists of actors know most of the rest. ``cast`` collects capitalised runs of words, takes
titles off, and puts the mentions of one bearer together ("NATO Secretary General Mark Rutte", "Mark Rutte, the
alliance's chief", "Rutte").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from extractors.actors import Actors, fold
from extractors.bearers import Cast
from extractors.grouping import bearers_of
from extractors.mentions import Page, found_names, tokens
from extractors.records import Span
from extractors.sentences import sentence_starts

if TYPE_CHECKING:
    from extractors.parsing import Parsed

INNER = frozenset({"compound", "flat", "appos", "amod"})
"""Dependents that belong to the name or noun that they hang on."""
NOUNS = frozenset({"NN", "NNS"})
SUBJECTS = frozenset({"nsubj", "nsubjpass", "agent", "ROOT"})
_HEAD_END = re.compile(r",|\s?\(|\s(?:who|whose|of|for|at|in|from|on|to|with|by)\s")
_OWNED = re.compile(r"\s(?:of|for)\s[^,(]*?\w['’]s?\s")
_SPELLED = r"(?:[A-Z][\w’'-]+)(?: (?:[A-Z][\w’'-]+|of|for|and|the|on|to)){1,9}"
_ACRONYM_AFTER = re.compile(rf"({_SPELLED}) \(([A-Z]{{2,7}})s?\)")
_KNOWN_AS = re.compile(rf"({_SPELLED}),? (?:also |better )?known as (?:the )?([A-Z][\w-]+)")
_ACRONYM_BEFORE = re.compile(rf"\b([A-Z]{{2,7}}) \(({_SPELLED})\)")
LONGEST_STORY = 60_000
"""Characters in which names are looked for: far more than any story has, and a bound on time for what is none."""


def cast(text: str, parsed: Parsed, day: date | None, actors: Actors, speakers: Iterable[Span] = ()) -> Cast:
    """The people, bodies and countries that a story names.

    ``speakers`` are spans known to name sources: a bare name there is a person's even where nothing else shows it.
    """
    text = text[:LONGEST_STORY]
    sentences = sentence_starts(text)
    subjects, leading, common = _grammar(parsed)
    spoken = tuple((each.start, each.inner_end) for each in parsed.quotations if each.double)
    empty = Cast(text, (), sentences, spoken, leading)
    sources = tuple(speakers)
    heads = frozenset(_head_end(text, span) for span in sources)
    words = tuple(tokens(text, parsed.paragraphs[0].start if parsed.paragraphs else 0))  # the place line names nobody
    page = Page(text, day, actors, empty, subjects, common, heads, sources, dict(_spelled(text)), words)
    return replace(empty, bearers=tuple(bearers_of(found_names(page), page)))


def _grammar(parsed: Parsed) -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """Where words of subjects, of main clauses' subjects, and common nouns begin, in what was parsed."""
    subjects, leading, common = set(), set(), set()
    for paragraph in parsed.paragraphs:
        doc = paragraph.doc
        if doc is None:
            continue
        strings = doc.vocab.strings
        inner, subject, noun = ({strings[name] for name in names} for names in (INNER, SUBJECTS, NOUNS))
        conjunct, root = strings["conj"], strings["ROOT"]
        columns = doc.to_array(["DEP", "HEAD", "IDX", "TAG"])  # asking token by token is slow
        deps, steps, places, tags = (columns[:, nth].astype(int).tolist() for nth in range(4))
        for at, (dep, place, tag) in enumerate(zip(deps, places, tags, strict=True)):
            head = at
            while dep in inner and steps[head]:
                head += steps[head]
                dep = deps[head]
            if dep in subject:
                subjects.add(paragraph.start + place)
                verb = head + steps[head]
                while deps[verb] == conjunct:
                    verb += steps[verb]
                if deps[verb] == root:
                    leading.add(paragraph.start + place)
            if tag in noun:
                common.add(paragraph.start + place)
    return frozenset(subjects), frozenset(leading), frozenset(common)


def _head_end(text: str, span: Span) -> int:
    """Where the head of a source ends: "Peskov, the spokesman" → after Peskov. The head of "Bank of Canada’s chief
    economist" is no name that ends before "of": -1."""
    found = _HEAD_END.search(text, span[0] + 1, span[1])
    if found and _OWNED.match(text, found.start(), span[1]):
        return -1
    return found.start() if found else span[1]


def _spelled(text: str) -> Iterator[tuple[str, str]]:
    """(short, full), folded, from "National Intelligence Service (NIS)" and "SBU (Security Service of Ukraine)"."""
    for found in _ACRONYM_AFTER.finditer(text):
        name = found[1].split()
        first = next((i for i, word in enumerate(name) if word[0] == found[2][0]), None)
        if first is not None and len(name) - first <= len(found[2]) + 4:
            yield fold(found[2]), fold(" ".join(name[first:]))
    for found in _ACRONYM_BEFORE.finditer(text):
        yield fold(found[1]), fold(found[2])
    for found in _KNOWN_AS.finditer(text):
        yield fold(found[2]), fold(found[1])
