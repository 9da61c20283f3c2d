"""What stands about a date expression: does its clause look ahead or back, do words beside it make it no date?"""

from __future__ import annotations

import re

from extractors.date_grammar import Grammar

_WORDS = re.compile(r"\w+")
_CUE = 40  # characters that what stands directly before a date may take
_NEIGHBOURS = 24  # characters beside an expression that decide whether it is one
_LOOK_BACK, _LOOK_AHEAD = 160, 90  # characters read for tense: more than the clause of a date, and bounded


class Surroundings:
    """Of the dates of one text. Each question takes the match of a date's pattern in it."""

    def __init__(self, text: str, grammar: Grammar) -> None:
        self.text, self.grammar = text, grammar

    def looks_ahead(self, m: re.Match[str]) -> bool:
        """Does the date's clause speak of what is to come?"""
        tense, clause = self.grammar.tense, self._clause(m)
        after = self.text[m.end() : m.end() + _LOOK_AHEAD].lower()
        if re.match(r"['’]s?\b", after):
            return bool(tense["occasion"].match(after)) and self._is_awaited_at(m, clause)
        if tense["due"].match(after):
            return True
        if tense["unmet"].search(clause) or (tense["missed"].match(after) and tense["meant"].search(clause)):
            return False
        if tense["target"].match(after):
            return self._is_awaited(clause, after)
        if deadline := tense["deadline"].search(clause, max(0, len(clause) - _CUE)):
            if not clause[: deadline.start()].strip() and self._tells(after):
                return False
            return not re.search(r"\bhad\b[^,]*$", clause) and not re.match(r", \w+ had\b", after)
        if clause[-_NEIGHBOURS:].split()[-1:] in (["since"], ["ended"], ["ending"]):
            return False
        if cues := list(tense["ahead"].finditer(clause)):
            return not self._has_past(clause[cues[-1].end() :])
        if self._has_past(clause):
            return False
        if tense["soon"].search(clause) or tense["going"].search(clause):
            return True
        return self._opens_ahead(self._rest(after))

    def looks_back(self, m: re.Match[str]) -> bool:
        return not self.looks_ahead(m) and self._has_past(self._clause(m))

    def goes(self, m: re.Match[str]) -> bool:
        """ "The mayor arrives on Sunday". Of a weekday alone: "It marks the worst attack in May" tells the past."""
        if self.text.startswith(("'", "’"), m.end()):
            return False
        clause = self._clause(m)
        return bool(self.grammar.tense["goes"].search(clause)) and not self._has_past(clause)

    def before(self, m: re.Match[str], name: str) -> bool:
        """Does the text before the match end in what lexicons/dates.toml calls so?"""
        return bool(self.grammar.before[name].search(self.text[max(0, m.start() - _NEIGHBOURS) : m.start()]))

    def after(self, m: re.Match[str], name: str) -> bool:
        """Does the text after the match begin with it?"""
        return bool(self.grammar.after[name].match(self.text[m.end() : m.end() + _NEIGHBOURS]))

    def _clause(self, m: re.Match[str]) -> str:
        """What stands before the date in its own clause, in lower case: tense is read twice as fast that way."""
        before = self.text[max(0, m.start() - _LOOK_BACK) : m.start()].replace(" May ", " _ ").lower()  # no modal verb
        cut = 0
        for cut_at in self.grammar.tense["begun"].finditer(before):
            cut = cut_at.end()
        return before[cut:]

    def _is_awaited(self, clause: str, after: str) -> bool:
        """Is "the June summit" one to come? Not where the clause tells the past: "At the June summit, X said"."""
        rest = self._rest(after)
        if self._opens_ahead(rest):
            return True
        if cues := list(self.grammar.tense["ahead"].finditer(clause)):
            return not self._has_past(clause[cues[-1].end() :])
        return not (self._has_past(clause) or self._has_past(rest) or clause.split()[:1] == ["since"])

    def _is_awaited_at(self, m: re.Match[str], clause: str) -> bool:
        """Is "Friday's summit" one to come: "ahead of Friday's summit", "will raise it at Friday's summit"?"""
        if self.before(m, "awaiting"):
            return True
        cues = list(self.grammar.tense["ahead"].finditer(clause)) if self.grammar.tense["at"].search(clause) else []
        return bool(cues) and not self._has_past(clause[cues[-1].end() :])

    def _rest(self, after: str) -> str:
        """What stands behind the date in its own clause: "On Monday, | he will come |, which …"."""
        subject = self.grammar.tense["subject"].match(after)
        cut = self.grammar.tense["cut"].search(after, subject.end() if subject else 0)
        return after[: cut.start()] if cut else after

    def _opens_ahead(self, rest: str) -> bool:
        """Does the rest of a clause look ahead: "On Monday the council will meet"?"""
        cue = self.grammar.tense["opening"].search(rest)
        return cue is not None and not self._has_past(rest[: cue.start()])

    def _tells(self, after: str) -> bool:
        """Does the clause that a date opens tell what happened: "By Monday the road was open"?"""
        rest = self._rest(after)
        return self._has_past(rest) and not self.grammar.tense["ahead"].search(rest)

    def _has_past(self, words: str) -> bool:
        """Does it hold a finite past verb? A participle ("will be named") tells nothing."""
        past, participle = self.grammar.words["past"], self.grammar.tense["participle"]
        told = set(_WORDS.findall(words))
        if past.keys().isdisjoint(told) and "ed" not in {word[-2:] for word in told}:
            return False
        return any(
            (word[0] in past or (word[0].endswith("ed") and len(word[0]) > 3))
            and not participle.search(words, max(0, word.start() - _NEIGHBOURS), word.start())
            for word in _WORDS.finditer(words)
        )
