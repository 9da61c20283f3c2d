"""What the parse tells of a date and a cue: do the clauses between them make the date that of the saying?

All of it is about spaCy's tokens: a *path* is the words from a date up to, and without, the verb that it is to be the
date of; *steps* are those from a cue up to the verb that has the date.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from extractors.scenes import is_spoken, lexicon

if TYPE_CHECKING:
    from spacy.tokens import Token

AT = frozenset({"in", "at", "during", "on"})
"""What puts a speaker at an occasion, or his words into a document."""

_CARRIES = {"conj", "advcl", "xcomp", "acl", "dep", "pcomp", "prep", "relcl"}
MEANWHILE = {"as", "when", "while"}
_APART = {"after", "before", "since"}
_OTHER_CLAUSE = _APART | {"because", "if", "although", "though", "until", "unless"}


def path_allows(path: Sequence[Token]) -> bool:
    """Does the date, climbing to the verb, pass only through what tells the occasion?"""
    noun, verb = lexicon()["occasion_noun"], lexicon()["occasion_verb"]
    for token in path:
        if token.lower_ == "including":
            return False
        if len(path) == 1 and token.dep_ in ("nsubj", "nsubjpass", "dobj", "ccomp"):
            return False
        if token.dep_ in ("ccomp", "parataxis"):
            return False
        if token.dep_ == "acl" and token.tag_ == "VBG" and verb.fullmatch(token.text):
            return True  # "X, speaking in Riga on Monday, said"
        if token.dep_ == "acl" and lexicon()["questioned"].fullmatch(token.text):
            return True  # "X, asked about it on Monday, said"
        if token.dep_ == "relcl" and _is_of_other_words(token):
            return False
        if token.dep_ in ("nsubj", "nsubjpass", "relcl", "acl", "dobj", "dative"):
            head = _told_of(token) if token.dep_ in ("relcl", "acl") else [token]
            if not any(noun.fullmatch(t.text) or noun.fullmatch(t.lemma_) for t in head):
                if token.dep_ not in ("relcl", "acl") and any(is_spoken_at(t) for t in path[: path.index(token)]):
                    continue  # "X, in his address on Monday, said": in the parse the address may hang on X
                return token.dep_ in ("dobj", "dative") and path[0].dep_ in ("prep", "npadvmod", "tmod")
        if token.pos_ in ("VERB", "AUX") and token.dep_ not in ("acl", "relcl", "advcl", "pcomp", "prep"):
            return False
        if token.dep_ == "advcl" and (not _tells_occasion(token) or tells_of_noun(token)):
            return False
    return True


def steps_allow(steps: Sequence[Token], governor: Token, date: Token) -> bool:
    """Does a cue go on from the verb that has the date, so that it is also the day of the saying?"""
    verb, top = steps[0], steps[-1]
    if tells_of_noun(governor) or any(t.dep_ == "relcl" and not _is_where(t) for t in steps):
        return False
    if top.dep_ == "conj" and date.i > verb.i:
        return False
    if any(map(is_deed, steps)):
        return False  # "criticised him on Monday for saying"
    return _is_pluperfect(governor) or not _is_pluperfect(verb)  # not "who came on Monday and had warned"


def is_joined(step: Token) -> bool:
    """Is a step one to what goes on, and not into a clause of its own: a reason, another time, "and that …"?"""
    apart = _OTHER_CLAUSE | {"that"} if step.dep_ == "conj" else _OTHER_CLAUSE
    return step.dep_ in _CARRIES and not _marks(step) & apart


def without(content: Sequence[Token], path: list[Token]) -> list[Token]:
    """The path without the content, on which the parse may hang what follows it: "said it was open, when asked on …".

    A participle ("arriving in May"), a clause with a subject, and what does not follow directly belong to the content.
    """
    inside = [t for t in path if t in content]
    if not inside or inside[0] == path[0]:
        return path
    top = path[path.index(inside[0]) - 1]
    if top.dep_ == "advcl" and not _marks(top) & MEANWHILE:
        return path
    between = top.doc[content[-1].i + 1 : top.left_edge.i]
    if any(t.dep_.startswith("nsubj") for t in top.children) or not all(t.is_punct for t in between):
        return path
    return [t for t in path if t not in content]


def met_whom(clause: Token, verb: Token) -> bool:
    """Does a clause about the speaker tell of his meeting with the one told: "X, who met Y on Monday, assured him"?"""
    if clause.dep_ != "relcl" or not lexicon()["met"].fullmatch(clause.text):
        return False
    told = [t for t in verb.children if t.dep_ in ("dobj", "dative")]
    named = {t.text for t in clause.subtree if t.pos_ == "PROPN"}
    return any(t.lower_ in ("him", "her", "them") or t.text in named for t in told)


def spoke_up(clause: Token) -> bool:
    """Does a clause about the speaker tell when he spoke: "X, who spoke in London on Monday, said"?

    But "those who spoke with her on Monday said" may do so later.
    """
    return bool(lexicon()["spoke_up"].fullmatch(clause.text)) and all(t.lower_ != "with" for t in clause.children)


def tells_of_noun(clause: Token) -> bool:
    """Does a participle tell of the noun before it: "welcomed the decision, announced on Monday"?"""
    first, finite = clause.left_edge.i, {"nsubj", "nsubjpass", "mark", "aux", "auxpass"}
    if clause.tag_ != "VBN" or clause.dep_ != "advcl" or any(t.dep_ in finite for t in clause.children):
        return False
    if first == clause.sent.start:
        return False
    before = clause.doc[first - 1]
    if before.is_punct:
        before = clause.doc[max(0, first - 2)]
    return before.pos_ in ("NOUN", "PROPN") and not lexicon()["occasion_noun"].fullmatch(before.text)


def is_nested(event: Token, verb: Token | None) -> bool:
    """Does the other event hang on an adjunct that tells the occasion: "hosting X after a trip on Friday, he said"?

    Who speaks "in Riga after talks on Friday" does so on that Friday.
    """
    outer = next((t for t in [event.head, *event.head.ancestors] if t.pos_ in ("VERB", "AUX")), None)
    if outer is None or outer == verb or lexicon()["speaking_verb"].fullmatch(outer.text):
        return False
    return outer.dep_ in ("acl", "advcl", "relcl", "pcomp")


def is_deed(token: Token) -> bool:
    """Is it what somebody is praised or blamed for: "accused him of lying", "thanked her for coming"?"""
    return token.dep_ == "pcomp" and token.head.lower_ in ("for", "of", "over")


def is_after(token: Token) -> bool:
    """Is it introduced as before or after something else: "after announcing", "before he said"?"""
    if token.dep_ == "pcomp" and token.head.lower_ in _APART:
        return True
    return any(t.dep_ == "mark" and t.lower_ in _APART for t in token.children)


def is_when(clause: Token) -> bool:
    """ "A visit in August, when he told …", "a call on Sunday in which he told …"."""
    return any(
        (t.lower_ in ("when", "where") and t.dep_ == "advmod")
        or (t.dep_ == "prep" and any(kid.lower_ == "which" for kid in t.children))
        for t in clause.children
    )


def is_spoken_at(noun: Token) -> bool:
    """ "In a ruling", "in her speech"."""
    return noun.dep_ == "pobj" and noun.head.lower_ in AT and is_spoken(noun.text)


def _told_of(clause: Token) -> list[Token]:
    """The nouns that a clause may belong to: "an interview with the paper published on Monday" leaves the choice."""
    heads = [clause.head]
    verb = lexicon()["occasion_verb"]
    while verb.fullmatch(clause.text) and heads[-1].dep_ == "pobj" and heads[-1].head.head.pos_ in ("NOUN", "PROPN"):
        heads.append(heads[-1].head.head)
    return heads


def _is_of_other_words(clause: Token) -> bool:
    """Does it date what somebody only comes back to: "echoing a remark she made in May"?"""
    words, subject = clause.head, any(t.dep_ == "nsubj" for t in clause.children)
    return subject and words.dep_ == "dobj" and words.head.dep_ == "advcl" and words.head.tag_ == "VBG"


def _tells_occasion(clause: Token) -> bool:
    """An adverbial clause that tells the occasion: "Speaking on Monday", "as she met him on Monday"."""
    marks = _marks(clause)
    if marks & _OTHER_CLAUSE:
        return False
    if clause.tag_ in ("VBG", "VBN") or lexicon()["occasion_verb"].fullmatch(clause.text):
        return True
    return bool(marks & MEANWHILE)


def _marks(clause: Token) -> set[str]:
    return {t.lower_ for t in clause.children if t.dep_ in ("mark", "advmod")}


def _is_pluperfect(verb: Token) -> bool:
    return any(t.dep_ == "aux" and t.lower_ == "had" for t in verb.children)


def _is_where(clause: Token) -> bool:
    return any(
        t.lower_ in ("where", "when", "whereupon") for t in clause.subtree if t.head == clause or t.head.head == clause
    )
