"""Is a text English prose? By the share of the commonest English words, which other languages do not have."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

FIRST_WORDS = 400
"""Words looked at: a text says soon what language it is in."""

_WORD = re.compile(r"[^\W\d_]+")


def is_english(text: str) -> bool:
    """True for English prose; False for other languages, for lists, and for texts without words."""
    common, least_share = _lexicon()
    words = [found[0].casefold() for _, found in zip(range(FIRST_WORDS), _WORD.finditer(text), strict=False)]
    return bool(words) and sum(word in common for word in words) / len(words) >= least_share


@cache
def _lexicon() -> tuple[frozenset[str], float]:
    data = tomllib.loads((files("extractors.lexicons") / "english.toml").read_text("utf-8"))
    return frozenset(data["words"].split()), float(data["least_share"])
