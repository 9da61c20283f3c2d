"""A mention whose bearer is sought, and how it is put: as a pronoun, as a name, as a description with a head."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.name_words import name_words
from extractors.records import Span

TERM = re.compile(r"[^\W_]+(?:[-.’'][^\W_]+)*")
"""A word, with what a hyphen, a dot or an apostrophe joins to it."""
_ARTICLE = re.compile(r"(?i)^(?:the|a|an)\s+")
_GENITIVE = re.compile(r"['’]s?$")
_DEFINITE = re.compile(r"(?i)(?:the|his|her|its|their|this|that)\b|(?!(?:an?|one|another)\s).*['’]s?\s")
_THE = re.compile(r"(?i)the\s")
_OWNER = re.compile(r"(.+?)(?:['’]s|s['’])\s")
_HEAD_ENDS = re.compile(
    r",|\(|\s(?:who|whose|which|that|of|for|at|in|from|on|to|with|by|after|acquitted|accused|arrested|convicted|familiar|close|briefed|based|speaking|stationed|said"
    r"|involved|near|inside|within|under(?!\ssecretary)|representing)\s"
)
_CLAUSE = re.compile(r",|\(|\s(?:who|whom|which|that)\s")
_AGED = re.compile(r"\d+-year(?:-old)?")
_OF_STATE = re.compile(r"\bhead of (?:state|government|the (?:cabinet|executive|government))$")
_OF_BODY = re.compile(r"(\S*)\s(?:of|for)\s.*[A-Z][\w’'-]*\s([a-z]+)$")
"""The head of "a senior Department of National Defence official"."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A mention whose bearer is sought, with what is said there."""

    text: str
    span: Span
    contents: tuple[Span, ...] = ()

    @property
    def terms(self) -> list[str]:
        """Its words, lower case, without the genitive."""
        return [_GENITIVE.sub("", term) for term in TERM.findall(self.text.casefold())]

    @property
    def definite(self) -> bool:
        """Does it mean one who is known: "the minister", "its chief"?"""
        return bool(_DEFINITE.match(self.text))

    @property
    def articled(self) -> bool:
        """Does it begin with "the"?"""
        return bool(_THE.match(self.text))

    @property
    def owner(self) -> str:
        """Whose the one is: Austria of "Austria's envoy", "" where no name tells it."""
        found = _OWNER.match(bare(self.text))
        return found[1] if found else ""

    @property
    def owned(self) -> bool:
        """ "His mother" is nobody whom the story knows otherwise."""
        return bool(pronoun_kind(self.text.split(maxsplit=1)[0])) if self.text else False

    @property
    def pronoun(self) -> bool:
        return bool(pronoun_kind(self.text))

    @property
    def plural(self) -> bool:
        """Is it "we", "us" or "our", not "I"?"""
        return self.text[:2].casefold() in ("we", "us", "ou")

    @property
    def proper(self) -> bool:
        """Is it written as a name: "Secretary General", not "Mr. King"?"""
        terms = TERM.findall(bare(self.text))
        return all(term[0].isupper() for term in terms) and name_words().honorifics.isdisjoint(self.terms[:1])


def pronoun_kind(text: str) -> str:
    """masculine of "he", relative of "the latter", "" of what is no pronoun: the US is a country."""
    word = bare(text)
    return "" if word == "US" else name_words().pronouns.get(word.casefold(), "")


def head_of(mention: str) -> str:
    """The head of a description, lower case: "the Estonian head of government" → head of government."""
    lexicon = name_words()
    low = _GENITIVE.sub("", mention.casefold().strip())
    if state := _OF_STATE.search(low):
        return state[0]
    found = _OF_BODY.search(_CLAUSE.split(mention, maxsplit=1)[0])
    if found and (found[2] in lexicon.role_words or found[1] not in lexicon.role_nouns):
        return found[2]  # not the garrison of "the commander of the Odesa garrison"
    plain = _HEAD_ENDS.split(bare(low) + " ", maxsplit=1)[0]
    terms = TERM.findall(plain.split("’s ")[-1].split("'s ")[-1])
    if terms and _AGED.fullmatch(terms[-1]):
        return "year-old"
    pair = " ".join(terms[-2:])
    return pair if pair in lexicon.generic or pair in lexicon.roles else terms[-1] if terms else ""


def owning(terms: Sequence[str]) -> str:
    """The part of a description that tells whose a body is: the Polish embassy in Kyiv is none of Ukraine's."""
    text = " ".join(terms)
    return text.partition(" in ")[0] if not name_words().abroad.isdisjoint(terms) else text


def bare(text: str) -> str:
    """The same without the article before it."""
    return _ARTICLE.sub("", text)
