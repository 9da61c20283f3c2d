"""Questions and answers, hearings, briefings: paragraphs that open with who speaks ("Secretary General: It will."), and
answers that do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from extractors.actors import fold
from extractors.candidates import LONGEST_LABEL
from extractors.contents import Range, trim
from extractors.cues import is_answer_label, is_question_label, is_quote_label, names_nobody
from extractors.drafts import Draft, span, without_cue
from extractors.interviews import QUOTED
from extractors.name_words import name_words
from extractors.outlets import is_outlet
from extractors.records import CueClass, Form, Span
from extractors.words import NONE, Words

_LEAST_TURNS = 3
"""Labelled paragraphs that make a transcript."""
_SPOKEN = 0.8
"""The confidence that a turn is what its label's bearer said."""
_QUESTION = re.compile(r"\s[^.!?\"“”]{3,300}\?")
_OF_ONESELF = re.compile(r"\b(?:I|[Mm]y|[Ww]e|[Oo]ur|[Uu]s|[Yy]ou)\b")
ANSWER = "answer"
"""The rule of an answer of an interview, which names no speaker."""


def is_transcript(worded: Sequence[Words | None]) -> bool:
    """Are several paragraphs of a story turns, and one label or more used again?"""
    labels = [tuple(words.lower[:colon]) for words, colon in _labelled(worded)]
    return len(labels) >= _LEAST_TURNS and len(set(labels)) < len(labels)


def turn(text: str, paragraph: int, words: Words, outlet: str, more: Sequence[Words] = ()) -> Draft | None:
    """The statement of one turn; None where the paragraph is none, or asks a question for the reporter. ``more``: the
    paragraphs in which it goes on (``continued``)."""
    colon = _label_end(words)
    if colon == NONE or asks(text, words, outlet):
        return None
    content = trim(words, colon + 1, words.count)
    speaker = trim(words, 0, colon)
    if content[0] >= content[1] or speaker[0] >= speaker[1] or words.quoted[content[0]] != NONE:
        return None
    parts = (_place(text, words, content), *(_place(text, each, trim(each, 0, each.count)) for each in more))
    if more:
        parts = (*((start, end + (text[end : end + 1] == ".")) for start, end in parts[:-1]), parts[-1])
    if is_answer_label(text[slice(*span(words, speaker))]):
        return without_cue(paragraph, words, content, parts, ANSWER)
    return Draft(
        paragraph=paragraph,
        words=words,
        at=colon,
        before=colon,
        ranges=(content,),
        parts=parts,
        form=Form.DIRECT,
        cue=(words.start[colon], words.end[colon]),
        cue_class=CueClass.ASSERT,
        speaker=span(words, speaker),
        audience=None,
        confidence=_SPOKEN,
        rule="turn",
    )


def continued(text: str, worded: Sequence[Words | None]) -> dict[int, list[int]]:
    """Of a transcript, by their numbers: the paragraphs in which a turn goes on, up to the next label.

    Where the reporter tells of the speakers between the turns, only what says "I" or "you" is theirs; and nobody is
    labelled anew without having been asked.
    """
    labels = {nth: _label(text, words) for nth, words in enumerate(worded) if words and _label_end(words) != NONE}
    if any(is_quote_label(label.split()[0]) for label in labels.values()):
        return {}  # a site's "Details: ...", "Quote: ..."
    between = [nth for nth in range(min(labels), max(labels)) if nth not in labels and worded[nth] is not None]
    names = {label.split()[-1].casefold() for label in labels.values()}
    bare = {nth: QUOTED.sub("", _text(text, worded[nth])) for nth in between}
    told = any(not names.isdisjoint(re.findall(r"\w+", each.casefold())) for each in bare.values())
    found: dict[int, list[int]] = {}
    opened = NONE
    for nth in range(min(labels), max(labels)):
        if nth in labels:
            opened = nth
        elif nth in bare and opened != NONE:
            own = bool(_OF_ONESELF.search(bare[nth])) if told else _text(text, worded[nth])[0] not in '(["“'
            asked = labels.get(nth + 1) == labels[opened]
            if own and not asked:
                found.setdefault(opened, []).append(nth)
            else:
                opened = NONE
    return found


def answer(text: str, paragraph: int, words: Words) -> Draft | None:
    """The statement of a paragraph that answers (extractors.interviews): all of it, whoever it names before a colon."""
    if _names_speaker(text, words) and (labelled := turn(text, paragraph, words, "")) is not None:
        return labelled
    content = trim(words, 0, words.count)
    if content[0] >= content[1]:
        return None
    return without_cue(paragraph, words, content, (_place(text, words, content),), ANSWER)


def _names_speaker(text: str, words: Words) -> bool:
    """Is the label a name: to the tagger, or as it is used again?"""
    colon = _label_end(words)
    if colon == NONE or not all(words.text[at][0].isupper() for at in range(colon)):
        return False
    if all(words.pos[at] == "PROPN" for at in range(colon)):
        return True
    return len(re.findall(rf"(?m)^{re.escape(_label(text, words))}:", text)) > 1


def asks(text: str, words: Words, outlet: str) -> bool:
    """Is this paragraph of a transcript the reporter's or an outlet's question? ``outlet``: whose story it is."""
    label = _label(text, words) if _label_end(words) != NONE else ""
    if not label or _is_last_name(text, label):
        return False
    told = rf"(?m)^{re.escape(label)}:.*[^?\s]\s*$"
    if _QUESTION.fullmatch(text, words.start[_label_end(words)] + 1, words.end[-1]) and not re.search(told, text):
        return True  # who does no more than ask
    return is_question_label(label) or is_outlet(label) or label.casefold() == outlet.casefold()


def is_slug(text: str, words: Words, colon: int) -> bool:
    """Is what stands before this colon a heading in capitals ("HUNGARY WATCH: ..."), the last word of which the story
    has for no name?"""
    label = text[words.start[0] : words.start[colon]]
    last = re.split(r"\W+", label.strip())[-1]
    named = re.search(rf"\b{re.escape(last.capitalize())}\b", text)
    return label.isupper() and " " in label.strip() and named is None


def _label(text: str, words: Words) -> str:
    return text[words.start[0] : words.end[_label_end(words) - 1]]


def _text(text: str, words: Words | None) -> str:
    return text[words.start[0] : words.end[-1]] if words else ""


def _place(text: str, words: Words, content: Range) -> Span:
    """Its characters, with the mark that ends a question."""
    start, end = span(words, content)
    while end < words.end[-1] and text[end] in "!?…":
        end += 1
    return start, end


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
