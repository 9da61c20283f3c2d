"""The patterns of date expressions and the words beside them: lexicons/dates.toml, compiled."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

_SPACE = r"(?:[^\S\n]{1,3}|\n)"
_SHORTHAND = re.compile(r"\[[^\]]*\]|[ _']")


class Pattern:
    """A pattern and the method that reads it. Compiled at its first opener, so that a short text starts fast."""

    __slots__ = ("match", "reading", "regex")

    def __init__(self, reading: str, regex: str) -> None:
        self.reading, self.regex = reading, regex
        self.match: Callable[..., re.Match[str] | None] = self._first

    def _first(self, text: str, start: int) -> re.Match[str] | None:
        self.match = _compiled(self.regex).match
        return self.match(text, start)


@dataclass(frozen=True, slots=True)
class Grammar:
    at: dict[str, tuple[Pattern, ...]]  # opener → the patterns to try there, in the file's order
    month: dict[str, int]
    weekday: dict[str, int]
    words: dict[str, dict[str, Any]]
    tense: dict[str, re.Pattern[str]]
    before: dict[str, re.Pattern[str]]
    after: dict[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    data = tomllib.loads(files("extractors.lexicons").joinpath("dates.toml").read_text(encoding="utf-8"))
    numbered = {
        name: {word.lower(): i for i, row in enumerate(rows) for word in row} for name, rows in data["tables"].items()
    }
    words: dict[str, dict[str, Any]] = {
        **numbered,
        **data["values"],
        **{k: dict.fromkeys(v) for k, v in data["words"].items()},
    }
    macros = {name: _alternatives(table) for name, table in words.items()}
    for name in numbered:  # names are capitalised: "may", "march", "sun" are other words
        shorts = {word for row in data["tables"][name] for word in row[1:]} if name == "month" else set()
        forms = [
            f"{w}\\.?" if w in shorts else w for row in data["tables"][name] for w in sorted(row, key=len, reverse=True)
        ]
        macros[name] = "(?-i:" + "|".join([*forms, *(form.upper().replace("\\.", "\\.") for form in forms)]) + ")"
    for name, regex in data["macros"].items():
        macros[name] = _filled(regex, macros)

    at: dict[str, list[Pattern]] = {}
    for row in data["pattern"]:
        pattern = Pattern(row["reading"], _filled(row["regex"], macros))
        for opener in row["openers"]:
            table, _, tail = opener[1:].partition("}")
            names = [word + tail for word in words[table]] if opener.startswith("{") else [opener]
            for name in names:
                first = re.split(r"[\s'-]", name)[0]
                rows = at.setdefault("#" if first[:1].isdigit() else first, [])
                if pattern not in rows:
                    rows.append(pattern)
    tense = {**data["tense"], "begun": f"{data['tense']['cut']}|{data['tense']['credit']}"}
    return Grammar(
        at={opener: tuple(rows) for opener, rows in at.items()},
        month={word: i + 1 for word, i in numbered["month"].items()},
        weekday={**numbered["shortday"], **numbered["weekday"]},
        words=words,
        tense={name: _compiled(regex, 0) for name, regex in tense.items()},
        before={name: _compiled(f"(?:{regex})$") for name, regex in data["before"].items()},
        after={name: _compiled(regex) for name, regex in data["after"].items()},
    )


def _alternatives(table: dict[str, Any]) -> str:
    return "(?:" + "|".join(sorted(table, key=len, reverse=True)) + r")\b"


def _filled(regex: str, macros: dict[str, str]) -> str:
    return re.sub(r"\{([a-z]+)\}", lambda m: macros[m[1]], regex)


def _compiled(regex: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(_SHORTHAND.sub(_longhand, regex), flags)


def _longhand(m: re.Match[str]) -> str:
    if m[0][0] == "[":  # a character class knows no repetition
        return m[0].replace("'", "'’").replace(" ", r"\s")
    return {" ": _SPACE, "_": f"(?:[-‐-–]|{_SPACE})", "'": "['’]"}[m[0]]
