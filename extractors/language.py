"""Is a text English prose? By the share of the commonest English words, which other languages do not have; a headline
or a sentence or two may lack them, and is English where nearly all of its words are."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from extractors.vocabulary import is_listed

FIRST_WORDS = 400
"""Words looked at: a text says soon what language it is in."""
SHORT = 50
"""Words: a shorter text is told by all of its words too."""

_WORD = re.compile(r"[^\W\d_]+")


def is_english(text: str) -> bool:
    """True for English prose; False for other languages, for long lists, and for texts without words."""
    lexicon = _lexicon()
    words = [found[0].casefold() for _, found in zip(range(FIRST_WORDS), _WORD.finditer(text), strict=False)]
    if not words:
        return False
    if sum(word in lexicon.common for word in words) >= lexicon.least_share * len(words):
        return True
    listed = sum(is_listed(word) and word not in lexicon.others for word in words)
    return len(words) < SHORT and listed >= lexicon.least_listed * len(words)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    common: frozenset[str]
    others: frozenset[str]
    least_share: float
    least_listed: float


@cache
def _lexicon() -> _Lexicon:
    data = tomllib.loads((files("extractors.lexicons") / "english.toml").read_text("utf-8"))
    common, others = (frozenset(data[name].split()) for name in ("words", "others"))
    return _Lexicon(common, others, float(data["least_share"]), float(data["least_listed"]))
