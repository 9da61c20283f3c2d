"""Story → statements: who said what, in whose words, to whom, with the evidence.

Every word that could be a cue is a candidate; the parse and the quotation marks offer its contents and sources; a
small trained model (extractors.ranking) chooses, extractors.drafts sets the ends right, extractors.settling holds the
statements of a paragraph against each other. Quotations without a cue follow (extractors.uncued), and sources that only
the next sentence names (extractors.anaphora).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from itertools import islice

from extractors.acceptance import SURE_ENOUGH, least
from extractors.anaphora import with_reported_before
from extractors.candidates import LONGEST_LABEL, Candidate, candidates
from extractors.cues import is_label, is_quote_label
from extractors.drafts import Draft, by_paragraph, draft, overlaps, spoken_paragraph, subject_of
from extractors.forms import formed
from extractors.frames import framed
from extractors.interviews import answers
from extractors.parsing import Parsed
from extractors.quotations import Quotation
from extractors.ranking import Found, Model, load_trained
from extractors.records import Span, Spans, Statement, Story, statement_id
from extractors.settling import settled
from extractors.speech_acts import audience_spans
from extractors.transcripts import answer, asks, continued, is_slug, is_transcript, turn
from extractors.uncued import bare_paragraphs, bare_within, run_on
from extractors.words import NONE, Words

MOST_CUES = 3_000
"""Words of a story that are weighed as cues, from its start: a novel has fewer, a longer list of "said" is no news."""
MOST_CUES_IN_PARAGRAPH = 150
"""The same in one paragraph, of at most parsing.LONGEST characters: statements of a paragraph are held against each
other, which takes the square of their number. More than one word in seven is a cue only where nobody wrote prose."""


def find(story: Story, parsed: Parsed, *, model: Model | None = None, nested: bool = True) -> list[Statement]:
    """The statements of a story in the order of the text: words, offsets, form, cue class, audience, via, confidence.

    ``nested``: also those reported inside the indirect speech of another ("A source said Trump had told leaders ...").
    Names and days are left to extractors.speakers and extractors.occasions.
    """
    text = parsed.text
    marked = parsed.quotations
    worded = [Words(each, marked) if each.doc is not None else None for each in parsed.paragraphs]
    model = model or load_trained()
    drafts = _drafts(parsed, worded, model, story.outlet)
    drafts = [each for same in by_paragraph(drafts) for each in settled(text, same)]
    drafts = [_labelled(each, worded) for each in drafts]
    taken = {quotation for same in by_paragraph(drafts) for quotation in _taken(same)}
    drafts = [replace(each, parts=run_on(text, marked, each, taken)) for each in drafts]
    drafts += bare_paragraphs(text, worded, drafts, model)
    drafts += bare_within(text, worded, drafts)
    drafts = with_reported_before(text, parsed, worded, drafts, model)
    if not nested:
        drafts = [
            each for same in by_paragraph(drafts) for each in same if not any(other.holds(each) for other in same)
        ]
    drafts.sort(key=lambda each: (each.parts[0], each.cue or (0, 0)))
    return _statements(story, text, drafts, worded)


def _drafts(parsed: Parsed, worded: Sequence[Words | None], model: Model, outlet: str) -> list[Draft]:
    text = parsed.text
    spoken: list[Draft] = []
    cues: list[tuple[Words, Candidate]] = []
    place: dict[int, int] = {}
    transcript = is_transcript(worded)
    answering = answers(text, [(each.start, each.end) for each in parsed.paragraphs])
    later = continued(text, worded) if transcript else {}
    going_on = {nth for paragraphs in later.values() for nth in paragraphs}
    for nth, words in enumerate(worded):
        if words is None or is_label(text, words.start[0], words.end[-1]):
            continue
        place[id(words)] = nth
        if nth in answering:
            whole = answer(text, nth, words)
        elif transcript:
            more = [each for near in later.get(nth, ()) if (each := worded[near]) is not None]
            whole = turn(text, nth, words, outlet, more)
            if nth in going_on:
                continue
        else:
            whole = spoken_paragraph(text, nth, words)
        if whole is not None:
            spoken.append(whole)
        else:
            most = min(MOST_CUES_IN_PARAGRAPH, MOST_CUES - len(cues))
            asked = transcript and asks(text, words, outlet)
            offered = (each for each in candidates(words) if each.kind != "colon" or not asked)
            outside = (each for each in offered if not words.in_speech(each.at))
            cues += [(words, each) for each in islice(outside, most)]
    kept = ((words, _sure(found)) for words, found in _judged(model, cues) if found.probability >= least(words, found))
    made = (draft(text, place[id(words)], words, found) for words, found in kept)
    return [*spoken, *(one for one in made if not _is_under_slug(text, one))]


def _judged(model: Model, cues: Sequence[tuple[Words, Candidate]]) -> Iterator[tuple[Words, Found]]:
    """Each cue of which its form or the ranking makes a statement, in order."""
    judged = {(id(words), found.candidate): found for words, found in model.judge(cues)}
    for words, cue in cues:
        found = judged.get((id(words), cue))
        if (by_form := formed(words, cue)) is not None:
            yield words, by_form
        elif found is not None:
            yield words, framed(words, found)


def _is_under_slug(text: str, each: Draft) -> bool:
    """Does it stand behind a heading in capitals and a colon: "HUNGARY WATCH: They have not said ..."?"""
    words = each.words
    colon = next((near for near in range(each.at, min(LONGEST_LABEL, words.count)) if words.lower[near] == ":"), NONE)
    return NONE not in (each.at, colon) and is_slug(text, words, colon)


def _sure(found: Found) -> Found:
    """What its form makes a statement is at least as sure as what the ranking alone makes one."""
    return replace(found, probability=max(found.probability, SURE_ENOUGH))


def _taken(drafts: Sequence[Draft]) -> Iterator[Quotation]:
    """The quotations of a paragraph in which a statement's content lies."""
    for quotation in drafts[0].words.quotations:
        if any(_touches(quotation, each) for each in drafts):
            yield quotation


def _labelled(each: Draft, worded: Sequence[Words | None]) -> Draft:
    """The speaker of "Quote: ..." is the subject of the sentence before."""
    before = worded[each.paragraph - 1] if each.paragraph else None
    label = each.words.lower[each.at + (each.words.lower[each.at] != ":") - 1] if each.at != NONE else ""
    if before is None or each.speaker is not None or not is_quote_label(label):
        return each
    return replace(each, speaker=subject_of(before))


def _touches(quotation: Quotation, each: Draft) -> bool:
    return overlaps(each, (quotation.start, quotation.end))


def _statements(story: Story, text: str, drafts: Sequence[Draft], worded: Sequence[Words | None]) -> list[Statement]:
    cues: dict[int, set[int]] = {}
    for each in drafts:
        cues.setdefault(id(each.words), set()).add(each.at)
    silent = [(words, part) for words in worded if words for part in _silent(words, cues.get(id(words), set()))]
    told = [(each.parts[0][0], _words(text, each.speaker), each.audience) for each in drafts]
    seen: Counter[tuple[str, str]] = Counter()
    made = []
    for each, heard in zip(drafts, audience_spans(told, silent), strict=True):
        content, cue = " ".join(text[slice(*part)] for part in each.parts), _words(text, each.cue)
        key = " ".join(content.split()).casefold(), cue.casefold()
        made.append(
            Statement(
                id=statement_id(story.id, content, cue, seen[key]),
                story_id=story.id,
                speaker=_words(text, each.speaker),
                cue=cue,
                cue_class=each.cue_class,
                content=content,
                form=each.form,
                spans=Spans(each.parts, _evidence(each), each.speaker, each.cue, audience=heard, via=each.via),
                audience=_words(text, heard),
                via=_words(text, each.via),
                confidence=each.confidence,
                rule=each.rule,
            )
        )
        seen[key] += 1
    return made


def _words(text: str, place: Span | None) -> str:
    return text[slice(*place)] if place else ""


def _silent(words: Words, cues: Set[int]) -> Iterator[tuple[int, int]]:
    """The sentences without a cue."""
    return (part for part in words.sentences if not any(at in cues for at in range(*part)))


def _evidence(each: Draft) -> Span:
    """The sentences that hold the cue, the speaker and all of the content."""
    words = each.words
    places = [*each.parts, *(place for place in (each.cue, each.speaker) if place)]
    first, last = min(start for start, _ in places), max(end for _, end in places)
    for begin, behind in words.sentences:
        start, end = words.start[begin], words.end[behind - 1]
        if start <= first < end:
            first = start
        if start < last <= end:
            last = end
    return first, last
