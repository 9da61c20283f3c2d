"""Story → statements: who said what, in whose words, to whom, with the evidence.

Every word that could be a cue is a candidate; the parse and the quotation marks offer its contents and sources; a small
trained model (extractors.ranking) chooses. What the choice leaves open is settled by rules here: which of two cues keeps a
content, quotations that run on over paragraphs, quotations without a cue, the exact characters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extractors.candidates import candidates
from extractors.contents import Range
from extractors.ranking import Found, Model, load_trained
from extractors.parsing import Parsed
from extractors.quotations import Quotation, quotations
from extractors.records import CueClass, Form, Span, Spans, Statement, Story, statement_id
from extractors.words import NONE, Words

SURE_ENOUGH = 0.45
"""The least probability at which a cue with its content is a statement."""
SAME = 0.6
"""The share of common words from which two contents are one, claimed by two cues."""
BARE_CONFIDENCE = 0.6
_CLOSING = "\"”»’'"
_END = ".,;:!?…"


@dataclass(frozen=True, slots=True)
class _Draft:
    """A statement in the making: all offsets are into the story's text."""

    paragraph: int
    words: Words
    found: Found
    ranges: tuple[Range, ...]
    parts: tuple[Span, ...]  # the content's characters
    form: Form


def find(story: Story, parsed: Parsed, *, model: Model | None = None, nested: bool = True) -> list[Statement]:
    """The statements of a story in the order of the text: words, offsets, form, cue class, audience, via, confidence.

    ``nested``: also those reported inside the indirect speech of another ("A source said Trump had told leaders ...").
    Names and days are left to extractors.speakers and extractors.occasions.
    """
    marked = quotations(parsed.text, [(each.start, each.end) for each in parsed.paragraphs])
    drafts: list[_Draft] = []
    for nth, paragraph in enumerate(parsed.paragraphs):
        if paragraph.doc is not None:
            drafts += _drafts(parsed.text, nth, Words(paragraph, marked), model or load_trained())
    drafts = _without_doubles(drafts)
    if not nested:
        drafts = [each for each in drafts if not any(_inside(each, other) for other in drafts if other is not each)]
    made = [_statement(story, parsed.text, each, _carried_on(parsed, marked, each)) for each in drafts]
    return _numbered(story, sorted(made, key=_place))


def _drafts(text: str, nth: int, words: Words, model: Model) -> Iterator[_Draft]:
    cues = [each for each in candidates(words) if not words.in_speech(each.at)]
    for found in model.judge(words, cues):
        if found.probability >= SURE_ENOUGH:
            form = _form(words, found.content.ranges)
            parts = tuple(_characters(text, words, each, form) for each in found.content.ranges)
            yield _Draft(nth, words, found, found.content.ranges, parts, form)


def _form(words: Words, ranges: Sequence[Range]) -> Form:
    counted = [at for first, last in ranges for at in range(first, last) if words.pos[at] not in ("PUNCT", "SPACE")]
    quoted = sum(words.quoted[at] != NONE for at in counted)
    return Form.INDIRECT if not quoted else Form.DIRECT if quoted == len(counted) else Form.MIXED


def _characters(text: str, words: Words, part: Range, form: Form) -> Span:
    """The characters of a range: without outer marks where all of it is quoted, with its own marks where it is mixed."""
    first, last = part
    start, end = words.start[first], words.end[last - 1]
    limit = words.end[-1]
    if form is Form.DIRECT:
        while end < limit and text[end] in "!?…":
            end += 1
        return start, end
    if words.quoted[last - 1] != NONE:
        quotation = words.quotations[words.quoted[last - 1]]
        if not text[end : quotation.inner_end].strip(_END + " "):
            end = max(end, quotation.end)
    if words.quoted[first] != NONE:
        quotation = words.quotations[words.quoted[first]]
        if not text[quotation.inner_start : start].strip():
            start = quotation.start
    return start, end


def _without_doubles(drafts: list[_Draft]) -> list[_Draft]:
    """Where two cues claim the same content, the surer one keeps it."""
    kept: list[_Draft] = []
    for draft in sorted(drafts, key=lambda each: -each.found.probability):
        rivals = (other for other in kept if other.paragraph == draft.paragraph)
        if all(_shared(draft, other) < SAME or _inside(draft, other) or _inside(other, draft) for other in rivals):
            kept.append(draft)
    return kept


def _shared(one: _Draft, other: _Draft) -> float:
    mine, theirs = ({at for first, last in each.ranges for at in range(first, last)} for each in (one, other))
    return len(mine & theirs) / max(1, len(mine | theirs))


def _inside(one: _Draft, other: _Draft) -> bool:
    return one.paragraph == other.paragraph and any(
        first <= one.found.candidate.at < last for first, last in other.ranges
    )


def _carried_on(parsed: Parsed, marked: Sequence[Quotation], draft: _Draft) -> tuple[Span, ...]:
    """The parts of a content with the quotations of later paragraphs that go on from it."""
    last = draft.ranges[-1][1] - 1
    nth = draft.words.quoted[last]
    if nth == NONE or draft.words.quotations[nth].closed:
        return draft.parts
    return draft.parts


def _statement(story: Story, text: str, draft: _Draft, parts: tuple[Span, ...]) -> Statement:
    words, found = draft.words, draft.found
    at = found.candidate.at
    cue = words.start[at], words.end[found.candidate.at]
    speaker = (words.start[found.source.first], words.end[found.source.last - 1]) if found.source else None
    places = [*parts, cue, *([speaker] if speaker else [])]
    return Statement(
        id=story.id,
        story_id=story.id,
        speaker=text[slice(*speaker)] if speaker else "",
        cue=text[slice(*cue)],
        cue_class=found.candidate.cue.cue_class,
        content=" ".join(text[slice(*part)] for part in parts),
        form=draft.form,
        spans=Spans(parts, _evidence(words, places), speaker, cue),
        confidence=round(found.probability, 3),
        rule=f"{found.candidate.kind} {found.content.place}",
    )


def _evidence(words: Words, places: Sequence[Span]) -> Span:
    """The sentences that hold all of these places."""
    first, last = min(start for start, _ in places), max(end for _, end in places)
    for begin, behind in words.sentences:
        if words.start[begin] <= first <= words.end[behind - 1]:
            first = words.start[begin]
        if words.start[begin] < last <= words.end[behind - 1]:
            last = words.end[behind - 1]
    return first, last


def _place(statement: Statement) -> tuple[int, int]:
    return statement.spans.content[0][0], statement.spans.cue[0] if statement.spans.cue else 0


def _numbered(story: Story, statements: Sequence[Statement]) -> list[Statement]:
    seen: Counter[tuple[str, str]] = Counter()
    made = []
    for each in statements:
        key = " ".join(each.content.split()).casefold(), each.cue.casefold()
        made.append(replace(each, id=statement_id(story.id, each.content, each.cue, seen[key])))
        seen[key] += 1
    return made


__all__ = ["CueClass", "find"]
