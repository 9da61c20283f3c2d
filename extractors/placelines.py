"""The place line that opens a wire story ("KYIV, Dec. 3 (Reuters) - ..."): the desk's words, not a sentence's."""

from __future__ import annotations

import re

from extractors.actors import fold, listed_actors, skeleton
from extractors.outlets import PUBLISHERS, outlet_of

_DASH = r"\s*(?:[-‒–—]{1,2}|/{2}|[•·|])\s+"
_SIGNED = re.compile(
    rf"[A-Z][^()\n:;!?\"“”]{{0,60}}?\s[(/] ?([A-Za-z][^()/\n]{{1,25}}?) ?[)/](?:({_DASH}|\.\s+|:\s+)|\s+(?=[A-Z\"“]))"
)
"""With the wire's name: "Kyiv, Ukraine (AP) — ", "MOSCOW, July 12. /TASS/. ", "New Delhi, Sep 5 (PTI) "."""
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
_DATED = re.compile(
    r"[A-Z][\w.’'-]*(?:[ /][A-Z][\w.’'-]*){0,3}(?:,\s[A-Z]\w+)?"
    rf"[,.]\s(?:\d{{1,2}}\s{_MONTH}|{_MONTH}\.?\s\d{{1,2}})\.?(?:,?\s\d{{4}})?\.?\s[(/]"
)
"""A place, a day and the name: then it need not be one that is known."""
_CAPITALS = re.compile(
    r"([A-Z][A-Z.’'-]+(?:[ /][A-Z][A-Z.’'-]+){0,3})"  # KYIV, NEW YORK, BRUSSELS/KYIV
    r"(?:,\s(?:[A-Z][\w.’'-]*\s?){1,3})?"  # , Ukraine
    r"(?:,\s(?:\d{1,2}\s)?[A-Z][a-z]+\.?(?:\s\d{1,2})?(?:,?\s\d{4})?)?"  # , Dec. 3
    rf"(?:(?:,\s[A-Z]\w+(?:\s[A-Z]\w+)?|\s?\([A-Z][^()\n]{{1,25}}\))?{_DASH}|(:)\s+)"  # , Nordic Wire; (NW)
)
_LABELLED = re.compile(r"\n[A-Z][A-Z.’' -]+:\s")
"""A paragraph further on that opens with who speaks in it: then so does the first."""
_TIME = re.compile(r"(?:[01]?\d|2[0-3])[.:][0-5]\d(?: ?[ap]m| [A-Z]{2,4})?[:.,]?\s+(?=[A-Z\"“‘'])")
"""The time of an entry of a live blog: "13:26 Zelensky: ..."."""
_QUOTES = tuple('"“„«‘')
_LEAST_PLACE = 4
"""Letters: shorter capitals are an abbreviation."""


def behind(text: str, start: int, end: int) -> int:
    """Where a story's first paragraph goes on behind its place line; ``start`` where it has none."""
    signed = _SIGNED.match(text, start, end)
    if signed is not None:
        outlet = outlet_of(signed[1])
        if _DATED.match(signed[0]) or (signed[2] and outlet is not None and outlet.kind in PUBLISHERS):
            return signed.end()
    capitals = _CAPITALS.match(text, start, end)
    if capitals is not None and outlet_of(capitals[1]) is None and sum(map(str.isupper, capitals[1])) >= _LEAST_PLACE:
        return start if capitals[2] and _speaks(capitals, text) else capitals.end()
    return behind_time(text, start, end)


def _speaks(capitals: re.Match[str], text: str) -> bool:
    """Are capitals before a colon those of who speaks: "ZELENSKY: ", not "SINGAPORE: ", "KUALA LUMPUR: "?"""
    name, actors = fold(capitals[1]), listed_actors()
    if name in actors.adjectives:
        return False
    known = name in actors.by_name or skeleton(name) in actors.by_last_name
    return known or text.startswith(_QUOTES, capitals.end()) or bool(_LABELLED.search(text, capitals.end()))


def behind_time(text: str, start: int, end: int) -> int:
    """Where a paragraph goes on behind the time that it opens with; ``start`` where it has none."""
    time = _TIME.match(text, start, end)
    return time.end() if time is not None else start
