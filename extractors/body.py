"""The text of the story on a page, one paragraph a line.

trafilatura finds where the story is; it then loses paragraphs of it and keeps lines that are not the story's. So its
output serves as anchor: the blocks of the page that it kept show which containers hold the story, all paragraphs of
those containers are taken, and lines that publishers put between them (related stories, captions, bylines, calls to
subscribe) are left out by lists of words in lexicons/pages.toml.
"""

from __future__ import annotations

import logging
import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, cast

from lxml import etree
from lxml.html import HtmlElement, document_fromstring
from trafilatura import bare_extraction
from trafilatura.settings import Document

from extractors.markup import cut_after

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
BESIDE = HEADINGS | {"p", "li"}
INLINE = frozenset(
    {
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i"),
        *("ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong"),
        *("sub", "sup", "time", "tt", "u", "var", "wbr"),
    }
)

SEPARATE = HEADINGS | {"aside", "blockquote", "div", "figure", "form", "nav", "ol", "p", "section", "table", "ul"}

FOOTNOTE = re.compile(r"(?<=\S)\s?\[\d{1,3}\]")

GROUP_SHARE = 0.3
"""Share of a group's text that the anchors must cover for the whole group to be the story's."""

LINKED = 0.6
"""Share of link text from which a block is a list of links, no paragraph."""

SHORT = 600
"""Characters of a text below which it is looked for again without the lists of names."""

CUT = 1_500
"""Characters of a text below which a fuller one in the metadata is taken in its place."""

MOST_SEEN = 50_000
"""Characters of a page that are searched for the phrases of walls."""

ENDS = frozenset('.!?”"»')
"""Signs that end a paragraph."""

LONGEST_BIO = 400
"""Characters that a note on the author has at most."""

LONGEST_CREDIT = 160
"""Characters at the end of a line in which a credit is looked for."""

SENTENCE = 40
"""Characters from which a run of text counts as prose."""

NAMES = (
    *("class", "id", "data-component", "data-testid", "data-module", "data-gu-name", "data-name", "data-qa"),
    "data-block",
)
"""Attributes in which publishers name what an element is for."""

LONGEST_NAME, LONGEST_NAMES = 6, 500
"""Words in a class or id, and characters of all the names of an element."""

MOST = 8_000
"""Elements that are searched for the story (a long one has 1,000)."""

MOST_TYPED = 500
"""Paragraphs that a preformatted text may have."""

MACHINERY = frozenset({"script", "style", "noscript", "template", "head"})


@dataclass(slots=True)
class Block:
    """A run of text between two block-level tags."""

    text: str
    tag: str  # of the innermost block-level element
    linked: float  # share of the text within links
    place: tuple[str, ...]  # tag and class of its element and three above: paragraphs of one story share it
    path: tuple[HtmlElement, ...]  # its block-level element and all above, innermost first
    anchored: bool = False

    def beside(self) -> HtmlElement:
        """The element whose child this block is, or whose child the list is that it is an item of."""
        if len(self.path) < 3:
            return self.path[-1]
        return self.path[2] if self.tag == "li" and self.path[1].tag in ("ul", "ol") else self.path[1]

    @property
    def links(self) -> bool:
        """Is this a link or a list of them? A sentence may be one long link."""
        return self.linked >= LINKED and not (self.linked < 0.95 and len(self.text) > 60 and self.text[-1] in ".?!”\"'")

    @property
    def reference(self) -> bool:
        """Is this another story's headline, with a label at most? Nearly all link, and no sentence."""
        return self.linked >= 0.75 and len(self.text) > 25 and self.text[-1] not in '.?!”"…:'

    @property
    def heading(self) -> bool:
        return self.tag in HEADINGS


@dataclass(frozen=True, slots=True)
class Words:
    furniture_tags: frozenset[str]
    roles: frozenset[str]
    spared: frozenset[str]
    largest_share: float
    furniture: re.Pattern[str]
    sure: re.Pattern[str]
    standfirst: re.Pattern[str]
    start: re.Pattern[str]
    end: re.Pattern[str]
    whole: re.Pattern[str]
    headings: re.Pattern[str]
    bio: re.Pattern[str]
    sites: dict[str, tuple[etree.XPath, ...]]


@cache
def words() -> Words:
    data = lexicon()
    furniture, lines = data["furniture"], data["lines"]
    return Words(
        furniture_tags=frozenset(furniture["tags"]),
        roles=frozenset(furniture["roles"]),
        spared=frozenset(furniture["spared_tags"]),
        largest_share=furniture["largest_share"],
        furniture=_names(furniture["words"]),
        sure=re.compile(furniture["sure"], re.I | re.X),
        standfirst=_names(data["standfirst"]["words"]),
        start=_any(lines["start"]),
        end=_any([f"(?:{one})$" for one in lines["end"]]),
        whole=_any(lines["whole"]),
        headings=_any(lines["headings"]),
        bio=re.compile(lines["bio"], re.X),
        sites={site: tuple(etree.XPath(one) for one in paths) for site, paths in data["sites"].items()},
    )


@cache
def lexicon() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("extractors.lexicons").joinpath("pages.toml").read_text("utf-8"))


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in patterns), re.I)


def _names(pattern: str) -> re.Pattern[str]:
    """Whole words of a class: ``image-caption__text`` holds caption, ``captionless`` does not."""
    return re.compile(rf"(?<![a-z0-9]){pattern}(?![a-z0-9])", re.I | re.X)


@dataclass(frozen=True, slots=True)
class Body:
    """A story's text, and the share of it that is links."""

    text: str
    linked: float = 0.0


def read_body(
    tree: HtmlElement, *, url: str, site: str, titles: Sequence[str], description: str, author: str, article_body: str
) -> Body:
    """The story. ``site``: registrable domain; ``titles``: what the headline is known as, so as not to be
    repeated; ``description``, ``author`` and ``article_body``: what the metadata give as such, or ""."""
    known = {letters(title) for title in titles if title}
    pruned = copy(tree)
    _cut_furniture(pruned, site)
    cut_after(pruned, MOST)
    text, linked = _story(pruned, url, description, known)
    if len(text) < SHORT and _prose(pruned)[pruned] < 0.8 * _prose(tree)[tree]:
        # Perhaps the lists of names cut too much of this page.
        whole = copy(tree)
        _cut(whole, MACHINERY)
        cut_after(whole, MOST)
        other, other_linked = _story(whole, url, description, known)
        if len(other) > 2 * len(text):
            text, linked = other, other_linked
    text = _without_bio(text, author)
    # Where the page shows the beginning only, its metadata may have all; of a whole page they have boxes as well.
    if len(text) < CUT and len(article_body) > 1.5 * len(text) and _agree(text, article_body):
        text, linked = "\n".join(line for line in article_body.split("\n") if not _foreign(line, known)), 0.0
    return Body(text, linked)


def _story(tree: HtmlElement, url: str, description: str, titles: set[str]) -> tuple[str, float]:
    """The text, and the share of it that is links."""
    blocks = list(_blocks(tree))
    _anchor(blocks, _extracted(tree, url))
    chosen = _clean(blocks, _choose(blocks), titles)
    lines = [blocks[i].text for i in chosen]
    standfirst = _standfirst(blocks, chosen, description, titles)
    if standfirst and letters(standfirst) not in letters(" ".join(lines)):
        lines.insert(0, standfirst)
    linked = sum(blocks[i].linked * len(blocks[i].text) for i in chosen)
    return "\n".join(lines), linked / max(sum(len(blocks[i].text) for i in chosen), 1)


def _extracted(tree: HtmlElement, url: str) -> str:
    """What trafilatura takes for the story, "" where it finds none."""
    for precision in (True, False):
        try:
            found = bare_extraction(
                tree,
                url=url,
                favor_precision=precision,
                include_comments=False,
                include_tables=False,
                include_links=False,
                deduplicate=False,
                with_metadata=False,
            )
        except Exception:
            # Other people's code over other people's markup: a page that breaks it is one that it cannot read.
            logging.getLogger(__name__).debug("trafilatura failed on %s", url, exc_info=True)
            continue
        if isinstance(found, Document) and found.text:
            return found.text
    return ""


def _without_bio(text: str, author: str) -> str:
    """Without a note on the author at the end: ``Ann Lee covers defence for the Gazette.``"""
    lines = text.split("\n")
    names = [re.escape(name) for name in re.split(r",\s*|\s+and\s+", author) if len(name) > 5]
    note = re.compile(rf"(?:{'|'.join(names)})[^.]{{0,40}}\b(?:is|was|has|covers|writes|reports|joined|works)\b", re.I)
    while len(lines) > 2 and ((names and note.match(lines[-1])) or _is_bio(lines[-1])):
        lines.pop()
    return "\n".join(lines)


def _agree(text: str, article_body: str) -> bool:
    """Does the page show a part of what its metadata give as the story?"""
    shown, given = letters(text).split(), set(letters(article_body).split())
    return sum(word in given for word in shown) >= 0.6 * len(shown)


def read_fragment(fragment: str) -> str:
    """The text of a piece of HTML that is all story, as feeds carry it, one paragraph a line."""
    try:
        tree = document_fromstring(f"<html><body>{fragment}</body></html>")
    except (etree.ParserError, ValueError):
        return ""
    _cut(tree, words().furniture_tags)
    blocks = list(_blocks(tree))
    kept = _clean(blocks, [i for i, block in enumerate(blocks) if not block.links], set())
    return "\n".join(blocks[i].text for i in kept)


def visible_text(tree: HtmlElement) -> str:
    """The first characters of what a reader sees on the whole page, on one line."""
    parts: list[str] = []
    for element in tree.iter():
        if element.tag not in MACHINERY and element.text:
            parts.append(element.text)
        if element.tail:
            parts.append(element.tail)
    return " ".join(" ".join(parts).split())[:MOST_SEEN]


def letters(text: str) -> str:
    """A text reduced to its words, to compare by."""
    return " ".join(re.findall(r"\w+", text.lower()))


def _cut_furniture(tree: HtmlElement, site: str) -> None:
    lists = words()
    for path in lists.sites.get(site, ()):
        for element in cast(list[HtmlElement], path(tree)):
            _drop(element)
    _cut(tree, MACHINERY)
    prose = _prose(tree)
    most = prose[tree] * lists.largest_share
    for element in list(tree.iter(*lists.furniture_tags)):
        # Some publishers wrap the whole page in a form or an aside.
        if prose[element] <= most:
            _drop(element)
    named: list[tuple[HtmlElement, set[str]]] = []
    held: dict[str, int] = defaultdict(int)
    inside: list[set[str]] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            inside.pop()
            continue
        found = set() if element.tag in lists.spared else _furniture_names(element)
        if found:
            named.append((element, found))
            for word in found.difference(*inside):
                held[word] += prose[element]
        inside.append(found)
    # A word that covers much of a page's prose is this publisher's name for prose; but readers' comments, related
    # stories and boxes can be longer than the story.
    limits = {word: max(most, prose[tree] - SHORT) if lists.sure.fullmatch(word) else most for word in held}
    for element, found in named:
        if any(max(prose[element], held[word]) <= limits.get(word, most) for word in found):
            _drop(element)


def _furniture_names(element: HtmlElement) -> set[str]:
    """What an element's role, style and names say against its being prose."""
    role = element.get("role") or ""
    found = {f"role {role}"} if role in words().roles else set()
    if element.get("aria-hidden") == "true" or re.search(r"display\s*:\s*none", element.get("style") or ""):
        found.add("hidden")
    return found | _furniture_words(_names_of(element))


@lru_cache(maxsize=8_192)  # the classes of a page, and of a site, recur
def _furniture_words(names: str) -> frozenset[str]:
    names = _apart(names)
    if not names or words().standfirst.search(names):
        return frozenset()
    return frozenset(word.lower() for word in words().furniture.findall(names))


def _names_of(element: HtmlElement) -> str:
    """The element's class and id, and what publishers use in their place."""
    found = filter(None, map(element.get, NAMES))
    return " ".join(found)[:LONGEST_NAMES]


def _apart(names: str) -> str:
    """The names with their words cut apart. A long name is a headline that was made an id."""
    cut = (re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).replace("_", "-") for name in names.split())
    return " ".join(name for name in cut if len(re.findall(r"[^-]+", name)) <= LONGEST_NAME)


def _prose(tree: HtmlElement) -> dict[HtmlElement, int]:
    """How many characters of prose each element holds: runs of text long enough to be of a sentence, and no link."""
    held: dict[HtmlElement, int] = defaultdict(int)
    for element in reversed(list(tree.iter())):
        text, tail = element.text or "", element.tail or ""
        if element.tag != "a" and element.tag not in MACHINERY and len(text) >= SENTENCE:
            held[element] += len(text)
        parent = element.getparent()
        if parent is not None:
            held[parent] += held[element] + (len(tail) if len(tail) >= SENTENCE else 0)
    return held


def _cut(tree: HtmlElement, tags: Collection[str]) -> None:
    for element in list(tree.iter(*tags)):
        _drop(element)


def _drop(element: HtmlElement) -> None:
    if element.getparent() is None:
        return
    if element.tag in SEPARATE and (element.tail or "").strip():
        # What stands before it and what stands behind it are two paragraphs.
        tail = element.tail
        element.clear()
        element.tag, element.tail = "div", tail
    else:
        element.drop_tree()


def _blocks(tree: HtmlElement) -> Iterator[Block]:
    """The page's runs of text in document order; two line breaks in a row end one as well."""
    parts: list[tuple[str, bool]] = []
    stack: list[HtmlElement] = []
    links = breaks = 0
    place = cache(_place)

    def flush() -> Iterator[Block]:
        written = "".join(part for part, _ in parts)
        length = len(" ".join(written.split()))
        if length and stack:
            linked = sum(len(" ".join(part.split())) for part, in_link in parts if in_link) / length
            path = tuple(reversed(stack))
            for paragraph in _typed(written) if path[0].tag == "pre" else [written]:
                text = FOOTNOTE.sub("", " ".join(paragraph.split()))
                if text:
                    yield Block(text, path[0].tag, linked, tuple(place(e) for e in path[:4]), path)
        parts.clear()

    for event, element in etree.iterwalk(tree, events=("start", "end")):
        tag = element.tag
        if not isinstance(tag, str):
            if event == "end" and element.tail:
                parts.append((element.tail, links > 0))
            continue
        if event == "start":
            if tag == "br":
                breaks += 1
                parts.append((" ", False))
                if breaks == 2 or _ends_sentence(parts):
                    yield from flush()
            elif tag == "a":
                links += 1
            if tag not in INLINE and tag != "br":
                yield from flush()
                stack.append(element)
            if element.text:
                parts.append((element.text, links > 0))
                breaks = 0 if element.text.strip() else breaks
        else:
            if tag == "a":
                links -= 1
            if tag not in INLINE and tag != "br":
                yield from flush()
                stack.pop()
            if element.tail:
                parts.append((element.tail, links > 0))
                breaks = 0 if element.tail.strip() else breaks


def _ends_sentence(parts: Sequence[tuple[str, bool]]) -> bool:
    """Is what was gathered so far a paragraph, so that one line break ends it as well?"""
    last = next((part.rstrip() for part, _ in reversed(parts) if part.strip()), "")
    return last[-1:] in ENDS and (len(last) >= SENTENCE or sum(len(part) for part, _ in parts[-10:]) >= SENTENCE)


def _typed(text: str) -> list[str]:
    """The paragraphs of preformatted text: set apart by empty lines, or each on a line."""
    paragraphs = re.split(r"\n[ \t\r]*\n", text.strip())
    found = paragraphs if len(paragraphs) > 1 else text.split("\n")
    return found if len(found) <= MOST_TYPED else [text]


def _place(element: HtmlElement) -> str:
    return f"{element.tag}.{re.sub(r'[0-9]+', '', element.get('class') or '')}"


def _anchor(blocks: Sequence[Block], text: str) -> None:
    lines = {letters(line) for line in text.split("\n")}
    whole = letters(text)
    for block in blocks:
        reduced = letters(block.text)
        block.anchored = bool(reduced) and (reduced in lines or (len(reduced) > 25 and reduced in whole))


def _choose(blocks: Sequence[Block]) -> list[int]:
    """The indexes of the blocks that make the story."""
    anchors = [i for i, block in enumerate(blocks) if block.anchored and not block.heading]
    if not anchors:
        return []
    root = _common(blocks, anchors)
    total: dict[tuple[str, ...], int] = defaultdict(int)
    covered: dict[tuple[str, ...], int] = defaultdict(int)
    inside = [root in block.path and not block.links for block in blocks]
    for block, within in zip(blocks, inside, strict=True):
        if within:
            total[block.place] += len(block.text)
            covered[block.place] += len(block.text) * block.anchored
    believed = {place for place in total if covered[place] >= max(total[place] * GROUP_SHARE, 100)}
    story = [
        block.anchored or (within and block.place in believed) for block, within in zip(blocks, inside, strict=True)
    ]
    # What stands beside the story's paragraphs belongs to it, whatever its class: lists, headings, a last paragraph.
    holders = {block.beside() for block, one in zip(blocks, story, strict=True) if one and block.tag == "p"}
    return [
        i
        for i, block in enumerate(blocks)
        if story[i] or (inside[i] and block.tag in BESIDE and block.beside() in holders)
    ]


def _common(blocks: Sequence[Block], anchors: Sequence[int]) -> HtmlElement:
    """The innermost element that holds nine tenths of the anchored text."""
    held: dict[HtmlElement, int] = defaultdict(int)
    for i in anchors:
        for element in blocks[i].path:
            held[element] += len(blocks[i].text)
    needed = 0.9 * sum(len(blocks[i].text) for i in anchors)
    longest = max(anchors, key=lambda i: len(blocks[i].text))
    path = blocks[longest].path
    root = next((e for e in path if held[e] >= needed), path[-1])
    # A story that is laid out in several parts has them in one article element.
    for element in path[path.index(root) + 1 :]:
        if element.tag == "article":
            return element if sum(1 for _ in element.iter("article", "h1")) <= 2 else root
    return root


def _foreign(line: str, titles: set[str]) -> bool:
    """Is a line not the story's: its headline again, a related story, a credit, a call to subscribe?"""
    lists = words()
    reduced = letters(line)
    dated = any(one and reduced.startswith(one) and reduced[len(one) :].replace(" ", "").isdigit() for one in titles)
    return bool(
        reduced in titles
        or dated
        or lists.start.match(line)
        or lists.whole.fullmatch(line)
        or lists.end.search(line[-LONGEST_CREDIT:])
    )


def _is_bio(line: str) -> bool:
    """Is a story's last line a note on who wrote it?"""
    return len(line) <= LONGEST_BIO and words().bio.match(line) is not None


def _clean(blocks: Sequence[Block], chosen: Sequence[int], titles: set[str]) -> list[int]:
    lists = words()
    kept: list[int] = []
    seen: set[str] = set()
    over = False  # is a heading that is not the story's the last one, whose list goes with it?
    for i in chosen:
        block = blocks[i]
        reduced = letters(block.text)
        if block.tag != "li" or len(block.text) >= SENTENCE:
            over = False
        if over or _foreign(block.text, titles) or block.reference:
            # A heading over what is left out goes with it.
            if kept and kept[-1] == i - 1 and blocks[i - 1].heading:
                kept.pop()
            over = over or block.heading
            continue
        if reduced in seen and len(reduced) > 40:
            continue
        seen.add(reduced)
        kept.append(i)
    # Labels of sections and topics stand before the first sentence.
    first = next((n for n, i in enumerate(kept) if len(blocks[i].text) >= SENTENCE or blocks[i].heading), 0)
    kept = kept[first:]
    # A heading stays where a paragraph follows it.
    return [
        i
        for n, i in enumerate(kept)
        if not blocks[i].heading or (n + 1 < len(kept) and not lists.headings.fullmatch(blocks[i].text))
    ]


def _standfirst(blocks: Sequence[Block], chosen: Sequence[int], description: str, titles: set[str]) -> str:
    """The paragraph under the headline, where the page shows one apart from the story."""
    if not chosen:
        return ""
    lists = words()
    described = letters(description.rstrip(". …"))
    above = range(max(0, chosen[0] - 25), chosen[0])
    headline = next((i for i in reversed(above) if blocks[i].tag == "h1"), None)
    for block in reversed(blocks[above.start if headline is None else headline : chosen[0]]):
        reduced = letters(block.text)
        if (
            len(reduced) < 25
            or block.tag == "li"
            or reduced in titles
            or block.linked > 0.3
            or lists.start.match(block.text)
        ):
            continue
        named = headline is not None and any(lists.standfirst.search(_apart(_names_of(e))) for e in block.path[:3])
        if named or (len(described) > 25 and (described.startswith(reduced) or reduced.startswith(described))):
            return block.text
    return ""
