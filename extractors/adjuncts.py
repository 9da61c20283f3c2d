"""The date words of a saying's own sentence: does a date modify its cue?

A date belongs to the cue by relation, never by nearness: it stands in the cue's own clause ("said on Tuesday"), in the
adjunct that tells the occasion ("Speaking in Kyiv on Friday, X warned", "in an interview published on Aug. 19"), or in
a clause that the cue continues ("came to Odesa on Saturday and promised").
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from extractors.records import CueClass, Precision, Span, SpeakerKind, Statement, Timex
from extractors.scenes import Scene, is_spoken, lexicon

if TYPE_CHECKING:
    from spacy.tokens import Token

_CARRIES = {"conj", "advcl", "xcomp", "acl", "dep", "pcomp", "prep", "relcl"}
AT = {"in", "at", "during", "on"}
"""What puts a speaker at an occasion, or his words into a document."""


def own_date(scene: Scene, statement: Statement) -> Timex | None:
    """The date that the sentence gives the saying: of several that of its own clause, then a day, then the nearest."""
    cue = statement.spans.cue
    if cue is None or not any(c.isalpha() for c in scene.text[slice(*cue)]):
        return None
    verb = scene.token(*cue)
    best: tuple[int, bool, int, Timex] | None = None
    for timex in scene.dates_near(cue[0]):
        if _names_a_thing(scene, timex):
            continue
        if _is_inside(scene, timex, statement):
            dates = _ends_object(scene, timex, statement, verb)
        else:
            dates = _modifies(scene, timex, cue, verb) and not _dates_another(scene, timex, statement, verb)
        if dates:
            distance = min(abs(timex.start - cue[1]), abs(cue[0] - timex.end))
            rank = len(other_events(scene, timex, verb)), timex.precision is not Precision.DAY, distance
            if best is None or rank < best[:3]:
                best = *rank, timex
    return best[3] if best else None


def is_apart(scene: Scene, statement: Statement) -> bool:
    """Is it introduced as said at another time: "had earlier said", "has called", "after announcing"?"""
    cue = statement.spans.cue
    if cue is None:
        return False
    verb = scene.token(*cue)
    if verb is not None:
        first = verb
        while first.dep_ == "conj" and not any(t.dep_ in ("nsubj", "aux") for t in first.children):
            first = first.head
        if any(t.dep_ == "aux" and t.lemma_ == "have" and not _is_news(scene, t) for t in first.children):
            return True
        if verb.dep_ == "pcomp" and verb.head.lower_ in ("after", "before", "since"):
            return True
        if any(t.dep_ == "mark" and t.lower_ in ("after", "before", "since") for t in verb.children):
            return True
    start, _ = scene.sentence(cue[0])
    outside = scene.text[start : cue[1]]
    for a, b in statement.spans.content:
        if a < cue[1]:
            outside = outside.replace(scene.text[a : min(b, cue[1])], " ")
    return bool(lexicon()["other_time"].search(outside))


def other_events(scene: Scene, timex: Timex, verb: Token | None) -> list[Token]:
    """The "after", "before" … by which a date is set against the verb, from within outwards."""
    inner = scene.token(timex.start, timex.end)
    chain = [inner, *inner.ancestors] if inner is not None else []
    path = chain[: chain.index(verb)] if verb in chain else chain
    pattern = lexicon()["other_event"]
    return [t for t in path if t.dep_ in ("prep", "advmod") and pattern.fullmatch(t.text)]


def is_nested(event: Token, verb: Token | None) -> bool:
    """Does the other event hang on an adjunct that tells the occasion: "hosting X after a trip on Friday, he said"?

    Who speaks "in Riga after talks on Friday" does so on that Friday.
    """
    outer = next((t for t in [event.head, *event.head.ancestors] if t.pos_ in ("VERB", "AUX")), None)
    if outer is None or outer == verb or lexicon()["speaking_verb"].fullmatch(outer.text):
        return False
    return outer.dep_ in ("acl", "advcl", "relcl", "pcomp")


def _is_news(scene: Scene, auxiliary: Token) -> bool:
    """Is it the perfect by which a first paragraph tells what is new: "The president has told parliament …"?"""
    return auxiliary.lower_ in ("has", "have") and scene.is_in_lead(auxiliary)


def _dates_another(scene: Scene, timex: Timex, statement: Statement, verb: Token | None) -> bool:
    """Is it the date of another event, which the saying only followed or preceded?

    "After a meeting on Monday, X said" was most often said on that Monday; but not where the date is vaguer than a
    day, nor where an outlet reports, nor "two days after the strike on Monday" or "ahead of Monday's vote".
    """
    cue = statement.spans.cue
    events = other_events(scene, timex, verb)
    if not events or cue is None:
        return False
    if is_nested(events[-1], verb) or events[-1].lower_ == "ahead":
        return True
    if events[-1].lower_ == "since":
        hangs_on = [token.head for token in scene.tokens_in(timex.start, timex.end)]
        return events[-1] not in hangs_on  # "since its independence in 1991", not "since Monday"
    measured = any(t.dep_ in ("npadvmod", "nmod", "quantmod") for t in events[-1].lefts)
    vague = timex.precision is not Precision.DAY and timex.end <= cue[0]
    return measured or vague or statement.speaker_kind is SpeakerKind.OUTLET


def _names_a_thing(scene: Scene, timex: Timex) -> bool:
    """A bare year that no preposition puts into the clause: "the 2012 census report", "the 2016/17 season"."""
    if timex.precision is Precision.RANGE and "/" in timex.text:
        return True
    before = scene.text[max(0, timex.start - 8) : timex.start]
    return timex.text[0].isdigit() and timex.precision is Precision.YEAR and not re.search(r"\b[Ii]n $", before)


def _is_inside(scene: Scene, timex: Timex, statement: Statement) -> bool:
    """Is the date part of what was said? (Not where it parts the cue from a clause: "said on Tuesday it …")"""
    cue = statement.spans.cue
    for start, end in statement.spans.content:
        if start <= timex.start < end:
            between = cue and cue[1] <= start and _is_beside(scene, timex, cue)
            return not between or _is_subject(scene, timex)
    return False


def _is_subject(scene: Scene, timex: Timex) -> bool:
    """ "said Monday was …"."""
    token = scene.token(timex.start, timex.end)
    return token is not None and token.dep_.startswith("nsubj")


def _ends_object(scene: Scene, timex: Timex, statement: Statement, verb: Token | None) -> bool:
    """Does a date within a content that is no clause hang on the cue: "announced the handover in May"?"""
    inner = scene.token(timex.start, timex.end)
    if verb is None or inner is None or inner.doc is not verb.doc:
        return False
    start, end = next(span for span in statement.spans.content if span[0] <= timex.start < span[1])
    if any(t.dep_ == "ccomp" for t in verb.children) and any(
        t.pos_ in ("VERB", "AUX") for t in scene.tokens_in(start, end)
    ):
        return False
    chain = [inner, *inner.ancestors]
    path = chain[: chain.index(verb)] if verb in chain else []
    if path and path[-1].dep_ in ("prep", "npadvmod", "advmod", "tmod"):
        noun = lexicon()["occasion_noun"]
        return len(path) <= 2 or all(t.pos_ != "NOUN" or noun.fullmatch(t.text) for t in path[1:])
    if any(t.dep_ == "relcl" for t in path):
        return False
    if any(t.dep_ == "pobj" and t.head.lower_ in AT and is_spoken(t.text) for t in path):
        return True  # "rejected the claim in a ruling on Monday": in the parse the ruling may hang on the claim
    last = not re.search(r"\w", scene.text[timex.end : end])
    return last and statement.cue_class is CueClass.ANNOUNCE and timex.precision is Precision.DAY


def _modifies(scene: Scene, timex: Timex, cue: Span, verb: Token | None) -> bool:
    """Does the date belong to the cue, or to a clause that the cue goes on from ("came on Monday and said")?"""
    inner = scene.token(timex.start, timex.end)
    if verb is None or inner is None or inner.doc is not verb.doc:
        return _is_beside(scene, timex, cue)
    chain = [inner, *inner.ancestors]
    if verb in chain:
        return _path_allows(chain[: chain.index(verb)]) or _is_beside(scene, timex, cue)
    if verb.dep_ == "relcl" and _is_when(verb) and verb.head in chain:
        return True
    governor = next((t for t in chain if t.pos_ in ("VERB", "AUX") and t.dep_ != "acl"), None)
    if governor is not None and governor in list(verb.ancestors):
        steps = [verb]
        while steps[-1].head != governor:
            steps.append(steps[-1].head)
        if not all(t.dep_ in _CARRIES for t in steps):
            return _is_beside(scene, timex, cue)
        top = steps[-1]
        if _tells_of_noun(governor) or any(t.dep_ == "relcl" and not _is_where(t) for t in steps):
            return False
        if top.dep_ == "conj" and inner.i > verb.i:
            return False
        return _path_allows(chain[: chain.index(governor)])
    return _is_beside(scene, timex, cue)


def _path_allows(path: list[Token]) -> bool:
    """Does the date, climbing to the verb, pass only through what tells the occasion?"""
    noun, verb = lexicon()["occasion_noun"], lexicon()["occasion_verb"]
    for token in path:
        if len(path) == 1 and token.dep_ in ("nsubj", "nsubjpass", "dobj", "ccomp"):
            return False
        if token.dep_ in ("ccomp", "parataxis"):
            return False
        if token.dep_ == "acl" and token.tag_ == "VBG" and verb.fullmatch(token.text):
            return True  # "X, speaking in Riga on Monday, said"
        if token.dep_ in ("nsubj", "nsubjpass", "relcl", "acl", "dobj", "dative"):
            head = _told_of(token) if token.dep_ in ("relcl", "acl") else [token]
            if not any(noun.fullmatch(t.text) or noun.fullmatch(t.lemma_) for t in head):
                return token.dep_ in ("dobj", "dative") and path[0].dep_ in ("prep", "npadvmod", "tmod")
        if token.pos_ in ("VERB", "AUX") and token.dep_ not in ("acl", "relcl", "advcl", "pcomp", "prep"):
            return False
        if token.dep_ == "advcl" and not _tells_occasion(token):
            return False
        if token.dep_ == "advcl" and _tells_of_noun(token):
            return False
    return True


def _told_of(clause: Token) -> list[Token]:
    """The nouns that a clause may belong to: "an interview with the paper published on Monday" leaves the choice."""
    heads = [clause.head]
    verb = lexicon()["occasion_verb"]
    while verb.fullmatch(clause.text) and heads[-1].dep_ == "pobj" and heads[-1].head.head.pos_ in ("NOUN", "PROPN"):
        heads.append(heads[-1].head.head)
    return heads


def _tells_occasion(clause: Token) -> bool:
    """An adverbial clause that tells the occasion: "Speaking on Monday", "as she met him on Monday"."""
    marks = {t.lower_ for t in clause.children if t.dep_ in ("mark", "advmod")}
    if marks & {"because", "if", "after", "before", "since", "although", "though", "until", "unless"}:
        return False
    if clause.tag_ in ("VBG", "VBN") or lexicon()["occasion_verb"].fullmatch(clause.text):
        return True
    return bool(marks & {"as", "when", "while"})


def _tells_of_noun(clause: Token) -> bool:
    """Does a participle tell of the noun before it: "welcomed the decision, announced on Monday"?"""
    first, finite = clause.left_edge.i, {"nsubj", "nsubjpass", "mark", "aux", "auxpass"}
    if clause.tag_ != "VBN" or clause.dep_ != "advcl" or any(t.dep_ in finite for t in clause.children):
        return False
    before = clause.doc[max(0, first - 1)]
    if before.is_punct:
        before = clause.doc[max(0, first - 2)]
    return before.pos_ in ("NOUN", "PROPN") and not lexicon()["occasion_noun"].fullmatch(before.text)


def _is_where(clause: Token) -> bool:
    return any(
        t.lower_ in ("where", "when", "whereupon") for t in clause.subtree if t.head == clause or t.head.head == clause
    )


def _is_when(clause: Token) -> bool:
    """ "A visit in August, when he told …", "a call on Sunday in which he told …"."""
    return any(
        (t.lower_ in ("when", "where") and t.dep_ == "advmod")
        or (t.dep_ == "prep" and any(kid.lower_ == "which" for kid in t.children))
        for t in clause.children
    )


def _is_beside(scene: Scene, timex: Timex, cue: Span) -> bool:
    """A date that touches the cue, but for its preposition: this holds whatever the parse makes of it."""
    if scene.text.startswith(("'s", "’s"), timex.end):
        return False
    if timex.start >= cue[1]:
        between = scene.text[cue[1] : timex.start]
        return bool(re.fullmatch(r"\s*(?:(?:earlier|late|early|back)\s+)?(?:on|in|at)?\s*", between))
    return bool(re.fullmatch(r"\s*(?:\w+ly\s)?", scene.text[timex.end : cue[0]]))
