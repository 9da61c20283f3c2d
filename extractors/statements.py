"""Story → statements: who said what, in whose words, to whom, with the evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from spacy.tokens import Doc, Token

from extractors.cues import Cue, lexicon
from extractors.parsing import Paragraph, Parsed
from extractors.records import Form, Span, Spans, Statement, Story, statement_id

_EDGES = ' \t,;:.-–—"“”„«»‘'


def find(story: Story, parsed: Parsed) -> list[Statement]:
    """The statements of a story in the order of their content: words, offsets, form, cue class, audience, via."""
    found: list[Statement] = []
    seen: Counter[tuple[str, str]] = Counter()
    for paragraph in parsed.paragraphs:
        if paragraph.doc is not None:
            for cue, token, content, speaker in _clauses(paragraph.doc):
                spans = (
                    _shift(content, paragraph),
                    _shift([speaker], paragraph)[0],
                    (token.idx + paragraph.start, token.idx + len(token) + paragraph.start),
                )
                found.append(_statement(story, parsed.text, cue, spans, token, paragraph, seen))
    return found


def _clauses(doc: Doc) -> Iterator[tuple[Cue, Token, list[Span], Span]]:
    words = lexicon()
    for token in doc:
        cue = words.verbs.get(token.lemma_.lower())
        if cue is None or token.pos_ not in ("VERB", "AUX") or cue.weight < 0.4:
            continue
        subject = next((child for child in token.children if child.dep_ in ("nsubj", "nsubjpass")), None)
        content = next((child for child in token.children if child.dep_ in ("ccomp", "parataxis")), None)
        if subject is None or content is None:
            continue
        yield cue, token, [_reach(content)], _reach(subject)


def _reach(token: Token) -> Span:
    words = [word for word in token.subtree]
    last = words[-1]
    return words[0].idx, last.idx + len(last)


def _shift(spans: list[Span], paragraph: Paragraph) -> list[Span]:
    return [(a + paragraph.start, b + paragraph.start) for a, b in spans]


def _statement(
    story: Story,
    text: str,
    cue: Cue,
    spans: tuple[list[Span], Span, Span],
    token: Token,
    paragraph: Paragraph,
    seen: Counter[tuple[str, str]],
) -> Statement:
    content_spans, speaker, cue_span = spans
    content_spans = [_trim(text, *span) for span in content_spans]
    content = " ".join(text[a:b] for a, b in content_spans)
    word = text[slice(*cue_span)]
    nth = seen[content, word]
    seen[content, word] += 1
    evidence = paragraph.start + token.sent.start_char, paragraph.start + token.sent.end_char
    return Statement(
        id=statement_id(story.id, content, word, nth),
        story_id=story.id,
        speaker=text[slice(*speaker)],
        cue=word,
        cue_class=cue.cue_class,
        content=content,
        form=Form.INDIRECT,
        spans=Spans(tuple(content_spans), evidence, speaker, cue_span),
        confidence=cue.weight,
        rule="clause",
    )


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start] in _EDGES:
        start += 1
    if text[start:end].lower().startswith("that "):
        start += 5
    while end > start and text[end - 1] in _EDGES:
        end -= 1
    return start, end
