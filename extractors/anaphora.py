"""Sentences that only tell whose words the sentence before was: "This was reported by the air force on Telegram"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractors.audiences import audience
from extractors.candidates import CLAUSES, Candidate, candidates
from extractors.contents import Alternative, Range
from extractors.crediting import credits_of
from extractors.cues import MOSTLY
from extractors.drafts import Draft, cue_span, named, overlaps, span
from extractors.outlets import is_outlet
from extractors.parsing import Parsed
from extractors.ranking import Model
from extractors.records import CueClass, Form, Span
from extractors.sentences import sentence_starts
from extractors.sources import Source
from extractors.words import NONE, Words

_POINTERS = frozenset(["this", "that"])
_DISPUTED = frozenset([CueClass.DENY, CueClass.ACCUSE])
_ABOUT = frozenset(["about", "of", "on"])
_BE = frozenset(["is", "was", "'s", "’s", "has", "were", "are"])
_REACH = 400
"""Characters: a longer sentence is no single report."""
_LONGEST_LEAD = 600
"""The same of a paragraph whose source the next one names."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A cue whose content is the sentence before its own, with its source."""

    words: Words
    candidate: Candidate
    source: Source
    sentence: Range


def pointers(words: Words, model: Model) -> Iterator[Pointer]:
    """The sentences of a paragraph that name the source of the sentence before."""
    for first, last in words.sentences:
        if _POINTERS.isdisjoint(words.lower[first:last]):
            continue
        for candidate in candidates(words, first, last):
            if words.quoted[candidate.at] == NONE and _points(words, candidate, first):
                content = Alternative(((first, first + 1),), "before", 0, 0)
                source = model.source_of(words, candidate, content)
                if source is not None and words.lower[source.head] not in _POINTERS:
                    yield Pointer(words, candidate, source, (first, last))
                break


def _points(words: Words, candidate: Candidate, first: int) -> bool:
    at = candidate.at
    subject = _behind_aside(words, first, at)
    opens = words.lower[subject] in _POINTERS and words.lower[subject + 1] in _BE
    if candidate.kind == "phrase":
        return opens and at == subject + 2 and candidate.after > at + 1  # "That is according to ..."
    if candidate.kind != "verb" or candidate.cue.weight < MOSTLY or candidate.cue.lemma == "explain":
        return False  # "he explained this by a shortage"
    if candidate.cue.cue_class in _DISPUTED:
        return False  # "the ministry denied this" does not tell who said it
    kids = words.kids[at]
    if any(words.dep[kid] == "nsubjpass" and words.lower[kid] in _POINTERS for kid in kids):
        return opens and any(words.lower[kid] == "by" for kid in kids)
    clauses = [words.left[kid] for kid in kids if words.dep[kid] in CLAUSES and kid > at]
    if any("," not in words.lower[opening - 1 : opening + 1] for opening in clauses):
        return False  # but ", UNN reports" may follow
    for kid in kids:
        if kid > at and words.dep[kid] == "dobj" and words.lower[kid] in _POINTERS:
            return True
        if kid > at and words.lower[kid] in _ABOUT and [words.lower[below] for below in words.kids[kid]] in _ALONE:
            return candidate.cue.lemma in ("write", "report", "speak", "tell", "say", "post")
    return False


_ALONE = (["this"], ["that"])


def _behind_aside(words: Words, first: int, at: int) -> int:
    """The word that opens the clause of a sentence: "this" in "In particular, this was said by ..."."""
    commas = (near for near in range(first + 1, at - 1) if words.lower[near] == ",")
    comma = next(commas, NONE)
    return first if comma == NONE or words.tells(first, comma) else comma + 1


def sentence_before(text: str, start: int, earlier: Span | None) -> Span | None:
    """The sentence that ends before ``start`` in its paragraph, else the last one of the ``earlier`` paragraph."""
    if earlier is None:
        return None
    first, last = earlier
    last = min(last, start)
    starts = (first + start for start in sentence_starts(text[first:last]))
    place = _bare(text, max((start for start in starts if text[start:last].strip()), default=first), last)
    return place if 0 < place[1] - place[0] <= _REACH else None


def _bare(text: str, first: int, last: int) -> Span:
    """The same without blanks and the full stop."""
    while last > first and text[last - 1] in " \t\xa0.…":
        last -= 1
    while first < last and text[first].isspace():
        first += 1
    return first, last


def _only_points(each: Draft, pointer: Pointer) -> bool:
    """Is its content "this", or the clause that only names a source: "This was said by the mayor, UNN reports"?"""
    first, last = each.ranges[0]
    return last - first == 1 or first <= pointer.candidate.at < last or each.words.lower[last - 1] in _POINTERS


REPORTED_BEFORE = 0.6
"""The confidence of a statement whose source only the next sentence names."""


def with_reported_before(
    text: str, parsed: Parsed, worded: Sequence[Words | None], drafts: list[Draft], model: Model
) -> list[Draft]:
    """The statements with those whose source only the next sentence names: "This was reported by the air force"."""
    made: list[Draft] = []
    dropped: set[int] = set()
    for nth, words in enumerate(worded):
        for pointer in pointers(words, model) if words is not None else ():
            assert words is not None
            first, last = pointer.sentence
            earlier = parsed.paragraphs[nth if first else nth - 1] if first or nth else None
            before = (earlier.start, earlier.end) if earlier is not None else None
            place = sentence_before(text, words.start[first], before)
            lead = _bare(text, *before) if before is not None and not first else None
            if lead and lead[1] - lead[0] <= _LONGEST_LEAD and not any(overlaps(each, lead) for each in drafts):
                place = lead  # the paragraph is one report, as wires and sites of news open theirs
            own = [each for each in drafts if each.words is words and first <= each.ranges[0][0] < last]
            if place is None or any(overlaps(each, place) for each in drafts):
                dropped.update(id(each) for each in own if _only_points(each, pointer))
                continue
            carriers = [each.speaker for each in own if each.speaker and is_outlet(text[slice(*each.speaker)])]
            credited = (each for each in credits_of(words, pointer.sentence) if pointer.candidate.at < each.first)
            carriers += (span(words, each.source) for each in credited)
            dropped.update(map(id, own))
            candidate, source = pointer.candidate, named(words, pointer.source)
            heard = audience(words, candidate, [source])
            made.append(
                Draft(
                    paragraph=nth,
                    words=words,
                    at=candidate.at,
                    before=candidate.before,
                    ranges=((candidate.at, candidate.at + 1),),
                    parts=(place,),
                    form=Form.INDIRECT,
                    cue=cue_span(words, candidate, [(candidate.at, candidate.at + 1)]),
                    cue_class=candidate.cue.cue_class,
                    speaker=span(words, source),
                    audience=span(words, heard) if heard else None,
                    confidence=REPORTED_BEFORE,
                    rule="reported before",
                    via=next(iter(carriers), None),
                )
            )
    return [each for each in drafts if id(each) not in dropped] + made
