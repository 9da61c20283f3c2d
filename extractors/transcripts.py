"""Questions and answers, hearings, briefings: paragraphs that open with who speaks ("Secretary General: It will."), and
answers that do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from extractors.actors import fold
from extractors.candidates import LONGEST_LABEL
from extractors.contents import trim
from extractors.cues import is_answer_label, is_question_label, names_nobody
from extractors.drafts import Draft, span, without_cue
from extractors.name_words import name_words
from extractors.outlets import is_outlet
from extractors.records import CueClass, Form
from extractors.words import NONE, Words

_LEAST_TURNS = 3
"""Labelled paragraphs that make a transcript."""
_SPOKEN = 0.8
"""The confidence that a turn is what its label's bearer said."""
_QUESTION = re.compile(r"\s[^.!?\"“”]{3,300}\?")
ANSWER = "answer"
"""The rule of an answer of an interview, which names no speaker."""


def is_transcript(worded: Sequence[Words | None]) -> bool:
    """Are several paragraphs of a story turns, and one label or more used again?"""
    labels = [tuple(words.lower[:colon]) for words, colon in _labelled(worded)]
    return len(labels) >= _LEAST_TURNS and len(set(labels)) < len(labels)


def turn(text: str, paragraph: int, words: Words, outlet: str) -> Draft | None:
    """The statement of one turn; None where the paragraph is none, or asks a question for the reporter."""
    colon = _label_end(words)
    if colon == NONE or asks(text, words, outlet):
        return None
    content = trim(words, colon + 1, words.count)
    speaker = trim(words, 0, colon)
    if content[0] >= content[1] or speaker[0] >= speaker[1] or words.quoted[content[0]] != NONE:
        return None
    if is_answer_label(text[slice(*span(words, speaker))]):
        return without_cue(paragraph, words, content, (span(words, content),), ANSWER)
    return Draft(
        paragraph=paragraph,
        words=words,
        at=colon,
        before=colon,
        ranges=(content,),
        parts=(span(words, content),),
        form=Form.DIRECT,
        cue=(words.start[colon], words.end[colon]),
        cue_class=CueClass.ASSERT,
        speaker=span(words, speaker),
        audience=None,
        confidence=_SPOKEN,
        rule="turn",
    )


def answer(paragraph: int, words: Words) -> Draft | None:
    """The statement of a paragraph that answers (extractors.interviews): all of it."""
    content = trim(words, 0, words.count)
    if content[0] >= content[1]:
        return None
    return without_cue(paragraph, words, content, (span(words, content),), ANSWER)


def asks(text: str, words: Words, outlet: str) -> bool:
    """Is this paragraph of a transcript the reporter's or an outlet's question? ``outlet``: whose story it is."""
    colon = _label_end(words)
    label = text[words.start[0] : words.end[colon - 1]] if colon != NONE else ""
    if not label or _is_last_name(text, label):
        return False
    if _QUESTION.fullmatch(text, words.end[colon], words.end[-1]):
        return True
    return is_question_label(label) or is_outlet(label) or label.casefold() == outlet.casefold()


def _is_last_name(text: str, label: str) -> bool:
    """Does the story name a Karen Hill, so that "Hill" is not the outlet?"""
    before = re.findall(rf"\b(\w+) {re.escape(label)}\b", text)
    return any(fold(word) in name_words().forenames for word in before if word[0].isupper())


def _labelled(worded: Sequence[Words | None]) -> Iterator[tuple[Words, int]]:
    for words in worded:
        if words is not None and (colon := _label_end(words)) != NONE:
            yield words, colon


def _label_end(words: Words) -> int:
    """The colon of the label that a paragraph opens with: a few words in capitals, names or an office."""
    for at in range(min(words.count - 1, LONGEST_LABEL)):
        if words.lower[at] == ":":
            capital = words.text[0][:1].isupper() and not names_nobody(words.text[at - 1]) and at > 0
            return at if capital else NONE
        if words.pos[at] in ("VERB", "AUX") or words.quoted[at] != NONE:
            return NONE
    return NONE
