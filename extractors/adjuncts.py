"""The date words of a saying's own sentence: does a date modify its cue?

A date belongs to the cue by relation, never by nearness: it stands in the cue's own clause ("said on Tuesday"), in the
adjunct that tells the occasion ("Speaking in Kyiv on Friday, X warned", "in an interview published on Aug. 19"), or in
a clause that the cue continues ("came to Odesa on Saturday and promised").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from extractors.clauses import (
    AT,
    is_after,
    is_deed,
    is_joined,
    is_nested,
    is_spoken_at,
    is_when,
    met_whom,
    path_allows,
    spoke_up,
    steps_allow,
    tells_of_noun,
    without,
)
from extractors.cues import is_time
from extractors.records import CueClass, Precision, Span, SpeakerKind, Statement, Timex, TimexType
from extractors.scenes import Scene, is_document, is_spoken, lexicon

if TYPE_CHECKING:
    from spacy.tokens import Token

_INTO_CLAUSE = re.compile(r"\b(?:in|as (?:early|late|recently|far back) as) $", re.IGNORECASE)
_APPOSED = r"(?:, (?!(?:who|whose|which|that)\b)[^,;:.\n]{1,80})?"
_PLACE = r"(?:in (?-i:[A-Z])[\w’'-]+(?: (?-i:[A-Z])[\w’'-]+)* )?"
_OPENS = re.compile(rf"(?:^|[,.:;\n—–]|\b(?:that|and|but))\s*{_PLACE}(?:on|in|in the \w+ hours of) $", re.IGNORECASE)
_BEHIND = re.compile(rf"{_APPOSED}, {_PLACE}(?:on )?", re.IGNORECASE)  # name to date
_ADJUNCT = re.compile(r",\s+(?:in|at|during)\s+([^,;:.]{1,80})$")
_PRESENT = timedelta(days=60)  # how far back "says" may reach
_TERM = 16  # characters before a date in which stands what makes it a term
_ABOVE = 400  # characters above a paragraph in which stands the day that it goes on from
_LONG = 160  # characters of an adjunct that opens a sentence
_ASKED = 140  # and what is asked about
_HAD = r"(?:ha[sd]\s+)?"
_COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
POSSESSIVE = ("'s", "’s")
_BEFORE_NOUN = frozenset({"compound", "nummod", "nmod", "amod", "poss"})
_BACK = re.compile(r"\bback (?:in|on) (?:the )?$", re.IGNORECASE)
_EVE = re.compile(r"\beve of (?:(?:an?|the) )?$", re.IGNORECASE)


def own_date(scene: Scene, statement: Statement) -> Timex | None:
    """The date that the sentence gives the saying: of several that of its own clause, then a day, then the nearest."""
    cue = statement.spans.cue
    if cue is None:
        return None
    dates = scene.dates_near(cue[0])
    if not any(c.isalpha() for c in scene.text[slice(*cue)]):  # "X on Tuesday: …"
        return next((t for t in dates if t.end <= cue[0] and not scene.text[t.end : cue[0]].strip()), None)
    verb = scene.token(*cue)
    best: tuple[int, bool, int, Timex] | None = None
    for timex in dates:
        if not _is_of(scene, timex, statement, verb):
            continue
        distance = min(abs(timex.start - cue[1]), abs(cue[0] - timex.end))
        rank = len(other_events(scene, timex, verb)), timex.precision is not Precision.DAY, distance
        if best is None or rank < best[:3]:
            best = *rank, timex
    if best is None:
        return _then(scene, statement, cue) or _days_before(scene, statement, cue)
    return _same_day(scene, best[3]) or _eve(scene, best[3]) or best[3]


def is_apart(scene: Scene, statement: Statement) -> bool:
    """Is it introduced as said at another time: "had earlier said", "has called", "after announcing"?"""
    cue = statement.spans.cue
    if cue is None:
        return False
    verb = scene.token(*cue)
    if verb is not None:
        first = verb
        while first.dep_ == "conj" and not any(t.dep_ in ("nsubj", "aux") for t in first.children):
            if _is_in_content(scene, cue, first.head):
                break  # "noted that the toll had risen, and urged them to stop": the parse joins it to what is noted
            first = first.head
        if any(t.dep_ == "aux" and t.lemma_ == "have" and not _is_news(scene, t) for t in first.children):
            return True
        if is_after(verb):
            return True
    if lexicon()["then_after"].match(scene.text, cue[1] + 1):
        return True
    start, _ = scene.sentence(cue[0])
    return bool(lexicon()["other_time"].search(outside_contents(scene, statement, start, cue[1])))


def _is_in_content(scene: Scene, cue: Span, token: Token) -> bool:
    """Does a word of a cue's paragraph stand in something said in whose content the cue does not?"""
    place = cue[0] + token.idx - scene.tokens_in(*cue)[0].idx
    start, end = scene.sentence(cue[0])
    spans = (span for i in scene.said_in((start, end)) for span in scene.statements[i].spans.content)
    return any(first <= place < last and not first <= cue[0] < last for first, last in spans)


def is_aside(scene: Scene, cue: Span, other: Span) -> bool:
    """Does a cue stand in a clause about a noun to which another does not belong: "X, who announced …, said"?"""
    one, two = scene.token(*cue), scene.token(*other)
    if one is None or two is None or one.doc is not two.doc:
        return False
    return (one.dep_ == "relcl" or tells_of_noun(one)) and one not in list(two.ancestors)


def is_told_of_speaker(scene: Scene, statement: Statement) -> bool:
    """Does the cue stand in a clause that tells more of somebody: "X, who last month announced …"?"""
    verb = scene.token(*statement.spans.cue) if statement.spans.cue else None
    return verb is not None and verb.dep_ == "relcl" and any(t.lower_ == "who" for t in verb.children)


def other_events(scene: Scene, timex: Timex, verb: Token | None) -> list[Token]:
    """The "after", "before" … by which a date is set against the verb, from within outwards."""
    inner = scene.word_of(timex)
    chain = [inner, *inner.ancestors] if inner is not None else []
    path = chain[: chain.index(verb)] if verb in chain else chain
    pattern = lexicon()["other_event"]
    return [t for t in path if t.dep_ in ("prep", "advmod") and pattern.fullmatch(t.text)]


def _is_news(scene: Scene, auxiliary: Token) -> bool:
    """Is it the perfect by which a first paragraph tells what is new: "The president has told parliament …"?"""
    return auxiliary.lower_ in ("has", "have") and scene.is_in_lead(auxiliary)


def _is_of(scene: Scene, timex: Timex, statement: Statement, verb: Token | None) -> bool:
    """Is a date of the sentence that of the saying?"""
    if _names_occasion(scene, timex, statement, verb):
        return not statement.spans.in_content(timex.start) and not _is_long_past(scene, timex, verb)
    if _names_a_thing(scene, timex) or _is_asked_about(scene, timex) or _is_of_topic(scene, timex, verb):
        return False
    if _is_term(scene, timex, verb) or _is_of_said(scene, timex, statement):
        return False
    if _is_long_past(scene, timex, verb) or _is_of_anothers_clause(scene, timex, statement, verb):
        return False
    if _is_inside(scene, timex, statement):
        return _ends_object(scene, timex, statement, verb)
    if _dates_another(scene, timex, statement, verb):
        return False
    return _begins(scene, timex, statement) or _modifies(scene, timex, statement, verb)


def _names_occasion(scene: Scene, timex: Timex, statement: Statement, verb: Token | None) -> bool:
    """Does it stand before the noun that tells the saying, where it was said or what it stands in: "her March promise
    that", "in a 2014 interview", "a 2011 study found"?"""
    word, cue = scene.word_of(timex), statement.spans.cue
    if word is None or verb is None or cue is None or word.dep_ not in _BEFORE_NOUN or word.doc is not verb.doc:
        return False
    noun = word.head
    if noun == verb:
        return True
    if not lexicon()["occasion_noun"].fullmatch(noun.text) and not is_document(noun.text):
        return False
    if noun.dep_ == "pobj":
        return noun.head in scene.tokens_in(*cue) or (noun.head.lower_ in AT and noun.head.head == verb)
    return noun.dep_ == "nsubj" and noun.head == verb


def _names_a_thing(scene: Scene, timex: Timex) -> bool:
    """A bare year that no preposition puts into the clause: "the 2012 census report", "the 2016/17 season"."""
    if timex.precision is Precision.RANGE and "/" in timex.text:
        return True
    if not timex.text[0].isdigit() or timex.precision is not Precision.YEAR:
        return False
    return not _INTO_CLAUSE.search(scene.text[max(0, timex.start - 20) : timex.start])


def _is_asked_about(scene: Scene, timex: Timex) -> bool:
    """ "Asked about Monday's strike", "responding to the vote in May"; but "asked about it on Monday"."""
    if timex.precision is Precision.DAY and not scene.text.startswith(POSSESSIVE, timex.end):
        return False
    return bool(lexicon()["asked_about"].search(scene.text, max(0, timex.start - _ASKED), timex.start))


def _is_of_topic(scene: Scene, timex: Timex, verb: Token | None) -> bool:
    """Does a date vaguer than a day belong to what is spoken of: "on the election in April, X said"?

    But "in a letter on the election in April" is of April. A day only in "said of Monday's vote".
    """
    inner = scene.word_of(timex)
    above = inner.ancestors if inner is not None and scene.text.startswith(POSSESSIVE, timex.end) else ()
    if any(t.lower_ == "of" and t.head == verb for t in above):
        return True
    if timex.precision is Precision.DAY or inner is None or verb is None or inner.doc is not verb.doc:
        return False
    chain = [inner, *inner.ancestors]
    path = chain[1 : chain.index(verb)] if verb in chain else chain[1:]
    topic, noun = lexicon()["topic"], lexicon()["occasion_noun"]
    nouns = [t for t in path if t.pos_ == "NOUN" and not _lasts(t)]
    spoken_of = any(t.dep_ == "pobj" and topic.fullmatch(t.head.text) for t in nouns)
    return spoken_of and not any(noun.fullmatch(t.text) for t in nouns)


def _lasts(noun: Token) -> bool:
    """Is it the time that something took, and no topic: "over four days in May"?"""
    return noun.head.lower_ == "over" and is_time(noun.lower_, "periods", "spans")


def _is_term(scene: Scene, timex: Timex, verb: Token | None) -> bool:
    """Is it where something ends or began: "promised shells by May", "had lost four men since May, and complained"?

    But "By Monday he was saying", where it opens the sentence, and "has said since Monday" date the saying.
    """
    match = lexicon()["term"].search(scene.text, max(0, timex.start - _TERM), timex.start)
    if match is None or not re.search(r"\w", scene.text[scene.sentence(timex.start)[0] : match.start()]):
        return False
    word = scene.token(*match.span("word"))
    return verb is None or word is None or word.lower_ != "since" or word.head != verb


def _is_long_past(scene: Scene, timex: Timex, verb: Token | None) -> bool:
    """Is it a date vaguer than a day, months before what is told in the present: "adopted in 1981, he says"?"""
    if verb is None or verb.tag_ not in ("VBZ", "VBP") or timex.precision is Precision.DAY:
        return False
    above = list(word.ancestors) if (word := scene.word_of(timex)) is not None else []
    if any(t.dep_ == "acl" for t in above) and any(t.head == verb and is_document(t.text) for t in above):
        return False  # "a report published in May says"
    return bool(scene.day and timex.last and timex.last < scene.day - _PRESENT)


def _is_of_anothers_clause(scene: Scene, timex: Timex, statement: Statement, verb: Token | None) -> bool:
    """Is it in a clause in which another says something: "even as X claimed on Tuesday that …, Y said"?"""
    word = scene.word_of(timex)
    if word is None or verb is None or word.doc is not verb.doc or verb not in (above := list(word.ancestors)):
        return False
    mention = statement.speaker_name or statement.speaker
    for clause in above[: above.index(verb)]:
        if clause.dep_ == "advcl" and scene.start_of(clause, timex) in scene.cue_starts:
            subject = next((t for t in clause.children if t.dep_ == "nsubj"), None)
            if subject is not None and subject.pos_ != "PRON" and subject.text not in mention:
                return True
    return False


def _is_of_said(scene: Scene, timex: Timex, statement: Statement) -> bool:
    """Is it told in what was said before: "said he had been beaten in May and described the cell"?

    Not where that holds a saying in turn, of which this may go on: "said he had called on Monday and had asked".
    """
    cue = statement.spans.cue
    for other, (start, end) in scene.holders.get(timex.start, ()):
        if cue is None or other is statement or end > cue[0] or not _is_inside(scene, timex, other):
            continue
        inside = (scene.statements[i] for i in scene.said_in((start, end)))
        if any(each is not other and each is not statement for each in inside):
            continue
        verb = scene.token(*other.spans.cue) if other.spans.cue else None
        told = any(t.pos_ in ("VERB", "AUX") for t in scene.tokens_in(start, end))
        if told and not _ends_object(scene, timex, other, verb):
            return True
    return False


def _dates_another(scene: Scene, timex: Timex, statement: Statement, verb: Token | None) -> bool:
    """Is it the date of another event, which the saying only followed or preceded?

    "After a meeting on Monday, X said" was most often said on that Monday; but not where the date is vaguer than a
    day, nor where an outlet reports, nor "two days after the strike on Monday" or "ahead of Monday's vote".
    """
    cue = statement.spans.cue
    events = other_events(scene, timex, verb)
    if not events or cue is None:
        return False
    last = events[-1]
    if is_nested(last, verb) or last.lower_ in ("ahead", "until"):
        return True
    if last.lower_ == "before" and scene.text.startswith(POSSESSIVE, timex.end):
        return True
    if last.lower_ == "since":
        hangs_on = [token.head for token in scene.tokens_in(timex.start, timex.end)]
        return last not in hangs_on  # "since its independence in 1991", not "since Monday"
    counts = (t for t in last.lefts if t.dep_ in ("npadvmod", "nmod", "quantmod"))
    measured = any(not lexicon()["shortly"].fullmatch(t.text) for t in counts)
    vague = timex.precision is not Precision.DAY and timex.end <= cue[0]
    return measured or vague or statement.speaker_kind is SpeakerKind.OUTLET


def _is_inside(scene: Scene, timex: Timex, statement: Statement) -> bool:
    """Is the date part of what was said? (Not where it parts the cue from a clause: "said on Tuesday it …")"""
    cue = statement.spans.cue
    for start, end in statement.spans.content:
        if start < timex.end and timex.start < end:
            between = cue and cue[1] <= start and (_is_beside(scene, timex, cue) or _begins(scene, timex, statement))
            return not between or _is_subject(scene, timex)
    return False


def _is_subject(scene: Scene, timex: Timex) -> bool:
    """ "said Monday was …"."""
    token = scene.word_of(timex)
    return token is not None and token.dep_.startswith("nsubj")


def _ends_object(scene: Scene, timex: Timex, statement: Statement, verb: Token | None) -> bool:
    """Does a date within a content that is no clause hang on the cue: "announced the handover in May"?"""
    inner = scene.word_of(timex)
    if verb is None or inner is None or inner.doc is not verb.doc:
        return False
    start, end = next(span for span in statement.spans.content if span[0] < timex.end and timex.start < span[1])
    last = not re.search(r"\w", scene.text[timex.end : end])
    if last and _adjunct_of(scene, timex) is not None:
        return True  # "said that …, in an article for the paper on Monday"
    if any(t.dep_ == "ccomp" for t in verb.children) and any(
        t.pos_ in ("VERB", "AUX") for t in scene.tokens_in(start, end)
    ):
        return False
    if last and _BACK.search(scene.text[max(0, timex.start - _TERM) : timex.start]):
        return True  # "demanded a closed hearing back in May"
    chain = [inner, *inner.ancestors]
    path = chain[: chain.index(verb)] if verb in chain else []
    if any(t.dep_ == "relcl" for t in path):
        return False
    if path and path[-1].dep_ in ("prep", "npadvmod", "advmod", "tmod"):
        noun = lexicon()["occasion_noun"]
        if next((t.lower_ for t in path if t.dep_ == "prep"), "on") not in AT:
            return False  # "promised shells before the end of the year", "reported 14 cases since May"
        deeds = [t for t in path if is_deed(t)]
        past = any(kid.lower_ == "having" for t in deeds for kid in t.children)
        vague = timex.precision not in (Precision.DAY, Precision.WEEK)
        if deeds and (past or vague) and not any(is_spoken_at(t) for t in path):
            return False  # "accused him of lying in May", "of having shelled the port on Monday"
        if len(path) <= 2 or all(t.pos_ != "NOUN" or noun.fullmatch(t.text) for t in path[1:]):
            return True
        said = next(t for t in path[1:] if t.pos_ == "NOUN")
        if lexicon()["met_at"].fullmatch(said.text) or any(t.pos_ in ("VERB", "AUX") for t in path):
            return False
        return is_spoken_at(said)  # "hinted at the plan in a 25 May statement"
    if any(is_spoken_at(t) for t in path):
        return True  # "rejected the claim in a ruling on Monday": in the parse the ruling may hang on the claim
    if any(t.pos_ == "VERB" for t in path):
        return False  # "vowed to strike on Monday"
    given = statement.cue_class in (CueClass.ANNOUNCE, CueClass.PROMISE)
    return last and given and timex.precision is Precision.DAY


def _modifies(scene: Scene, timex: Timex, statement: Statement, verb: Token | None) -> bool:
    """Does the date belong to the cue, or to a clause that the cue goes on from ("came on Monday and said")?"""
    cue = statement.spans.cue
    assert cue is not None
    if any(told(scene, timex, statement) for told in (_opens, _ends_aside, _is_at, _is_behind_source, _is_on_air)):
        return True
    beside = _is_beside(scene, timex, cue)
    inner = scene.word_of(timex)
    if verb is None or inner is None or inner.doc is not verb.doc:
        return beside
    spans = [span for span in statement.spans.content if not span[0] <= timex.start < span[1]]
    content = [token for span in spans for token in scene.tokens_in(*span)]
    chain = [t for t in (inner, *inner.ancestors) if t.dep_ not in ("aux", "auxpass")]
    if verb in chain:
        path = without(content, chain[: chain.index(verb)])
        who = next((t for t in path if t.dep_ == "relcl" and _is_mentioned(scene, statement, t.head)), None)
        if who is not None and timex.precision is Precision.DAY and spoke_up(who):
            return True
        if who is not None and timex.end <= cue[0]:
            if timex.precision is Precision.YEAR:
                return False  # "Y, who hosted X in 2022, praised her"
            return met_whom(who, verb)  # "those who spoke with her on Monday said"
        return path_allows(path) or (beside and not _tells_of_speaker(scene, statement, path))
    if verb.dep_ == "relcl" and is_when(verb) and any(t in chain or _is_made(t, chain) for t in _nouns_above(verb)):
        return True
    if verb.dep_ == "acl" and _is_made(verb.head, chain):
        return True  # "adopted a resolution on Monday calling on the Council to act"
    above = list(verb.ancestors)
    governor = next((t for t in chain if t in above and (t.pos_ in ("VERB", "AUX") or t.dep_ == "ROOT")), None)
    steps = [verb, *above[: above.index(governor)]] if governor else []
    if verb.dep_ == "relcl" and verb.tag_ == "VBD" and is_when(verb):  # "travelled to Riga on Monday, where he said"
        steps = [t for t in steps if t.pos_ in ("VERB", "AUX")]
    if governor is None or not all(t in content or is_joined(t) for t in steps):
        return beside
    if not steps_allow(steps, governor, inner) or _is_anothers(scene, timex, inner, governor, verb):
        return False
    embedded = governor.dep_ == "ccomp" and steps[-1].dep_ == "advcl"
    if embedded and not any(_is_mentioned(scene, statement, token) for token in governor.subtree):
        return False  # "would not say how many had left on Monday, adding"
    return path_allows(chain[: chain.index(governor)])


def _nouns_above(clause: Token) -> Iterator[Token]:
    """Of which a relative clause may tell: the parse hangs it on the last of "a letter to the council, in which"."""
    noun = clause.head
    yield noun
    while noun.dep_ == "pobj" and noun.head.dep_ in ("prep", "dative"):
        above = noun.head.head
        if above.pos_ == "VERB":
            yield from (t for t in above.children if t.dep_ == "dobj" and t.i < noun.i)
        if above.pos_ != "NOUN":
            return
        noun = above
        yield noun


def _is_made(noun: Token, chain: Sequence[Token]) -> bool:
    """Is it a document that is made at the date: "on Monday adopted a statement, in which …"?"""
    return is_document(noun.text) and noun.dep_ == "dobj" and noun.head in chain


def _is_mentioned(scene: Scene, statement: Statement, token: Token) -> bool:
    """Does a word belong to the mention of the speaker?"""
    mention = statement.spans.speaker
    return mention is not None and token in scene.tokens_in(*mention)


def _tells_of_speaker(scene: Scene, statement: Statement, path: Sequence[Token]) -> bool:
    """Is it in a participle that tells who the speaker is: "a man freed in April told her"?"""
    return any(t.dep_ == "acl" and _is_mentioned(scene, statement, t.head) for t in path)


def _is_anothers(scene: Scene, timex: Timex, date: Token, governor: Token, verb: Token) -> bool:
    """Is it the date of another's saying: "X said on Monday that …, while Y said"? One before both is of both.

    Or of what is set against the saying, or only awaited: "X landed on Monday, but Y said", "X was expected on Monday,
    and Y said".
    """
    own, others = ([t for t in each.children if t.dep_.startswith("nsubj")] for each in (verb, governor))
    if not own or not others or date.i < others[0].i:
        return False
    if scene.start_of(governor, timex) in scene.cue_starts:
        return True
    if verb.dep_ != "conj" or own[0].pos_ == "PRON":
        return False
    against = any(t.lower_ in ("but", "yet") for t in governor.children)
    return against or bool(lexicon()["awaited"].fullmatch(governor.text))


# ---------------------------------------------------------------- by the words alone, whatever the parse makes of them


def _is_beside(scene: Scene, timex: Timex, cue: Span) -> bool:
    """A date that touches the cue, but for its preposition."""
    if scene.text.startswith(POSSESSIVE, timex.end):
        return False
    if timex.start >= cue[1]:
        between = scene.text[cue[1] : timex.start]
        return bool(re.fullmatch(r"\s*(?:(?:earlier|late|early|back)\s+)?(?:on|in|at)?\s*", between))
    return bool(re.fullmatch(r"\)?\s*(?:\w+ly\s)?", scene.text[timex.end : cue[0]]))  # "on Monday (Feb 28) said"


def _begins(scene: Scene, timex: Timex, statement: Statement) -> bool:
    """A day that begins what is told to somebody: "told the council Tuesday the road was open"."""
    start = statement.spans.content[0][0]
    if timex.start < start or timex.precision is not Precision.DAY or not statement.audience:
        return False
    if scene.text.startswith((*POSSESSIVE, ","), timex.end) or scene.text[:start].endswith("that "):
        return False
    return not re.search(r"\w", scene.text[start : timex.start])


def _opens(scene: Scene, timex: Timex, statement: Statement) -> bool:
    """ "On May 11 President X said": the parse may take the day for a part of the name."""
    mention, cue = statement.spans.speaker, statement.spans.cue
    if mention is None or cue is None or not timex.start < mention[0] < mention[1] <= cue[0]:
        return False
    if not _OPENS.search(scene.text[max(0, timex.start - 40) : timex.start]):
        return False
    between = scene.text[timex.end : mention[0]]
    return not between.strip() and bool(re.fullmatch(rf"\s*{_HAD}", scene.text[mention[1] : cue[0]]))


def _is_at(scene: Scene, timex: Timex, statement: Statement) -> bool:
    """ "In an op-ed published on Monday in the Post, X wrote": the parse may hang the day on a name in it."""
    mention, cue = statement.spans.speaker, statement.spans.cue
    if mention is None or cue is None or not timex.end < mention[0] < mention[1] <= cue[0]:
        return False
    start, _ = scene.sentence(mention[0])
    if (
        mention[0] - start > _LONG
        or scene.text.startswith(POSSESSIVE, timex.end)
        or scene.text[timex.end : mention[0]].count(",") != 1
    ):
        return False
    return bool(lexicon()["opening"].fullmatch(scene.text, start, timex.start))


def _is_behind_source(scene: Scene, timex: Timex, statement: Statement) -> bool:
    """A day that ends ", said the director, Anna Berg, on Monday" or "…, at a briefing on Monday": the parse may hang
    it on the name."""
    mention, cue = statement.spans.speaker, statement.spans.cue
    if mention is None or cue is None or timex.precision is not Precision.DAY:
        return False
    if not cue[1] < mention[0] <= cue[1] + 1 or timex.end <= mention[1]:
        return False
    if timex.start < mention[1]:  # the mention takes in the "late" of "late on Monday"
        return scene.text.endswith(", ", mention[0], timex.start)
    end = mention[0] + len(scene.text[slice(*mention)].rstrip(", "))
    adjunct = _adjunct_of(scene, timex)
    if adjunct is not None and adjunct >= end:
        return bool(re.compile(_APPOSED).fullmatch(scene.text, end, adjunct))
    return bool(_BEHIND.fullmatch(scene.text, end, timex.start))


def _is_on_air(scene: Scene, timex: Timex, statement: Statement) -> bool:
    """ "Said on the current affairs show "Studio" on Monday": to the parse the show may be a verb."""
    cue = statement.spans.cue
    return cue is not None and bool(lexicon()["on_air"].fullmatch(scene.text, cue[1], timex.start))


def _ends_aside(scene: Scene, timex: Timex, statement: Statement) -> bool:
    """ "X, in his video address on Monday, said"; "said that the road was open, in an article on Monday"."""
    adjunct, cue = _adjunct_of(scene, timex), statement.spans.cue
    if adjunct is None or cue is None:
        return False
    if re.fullmatch(rf",\s+{_HAD}", scene.text[timex.end : cue[0]]):
        return True
    return any(not re.search(r"\w", scene.text[end:adjunct]) for _, end in statement.spans.content if end <= adjunct)


def _adjunct_of(scene: Scene, timex: Timex) -> int | None:
    """Where an adjunct begins, behind a comma, that ends in the date: ", in an interview with the paper on Monday"."""
    start = max(0, timex.start - 100)
    adjunct = _ADJUNCT.search(scene.text[start : timex.start])
    return start + adjunct.start() if adjunct and any(map(is_spoken, adjunct[1].split())) else None


def _then(scene: Scene, statement: Statement, cue: Span) -> Timex | None:
    """ "At the time": the last date that the paragraph named; where its first sentence has "hours later", the last
    before."""
    start, end = scene.sentence(cue[0])
    words = outside_contents(scene, statement, start, end)
    match = lexicon()["then"].search(words) or lexicon()["then_after"].match(words, cue[1] - start + 1)
    if match is None:
        return None
    paragraph = scene.text.rfind("\n", 0, start) + 1
    before = paragraph, start + match.start()
    told = scene.told_in(before)
    if not told and start == paragraph and lexicon()["soon_after"].match(match[0]):
        above = scene.told_in((max(0, paragraph - _ABOVE), paragraph))
        told = [timex for timex in above if timex.precision is Precision.DAY]
    if not told:
        return None
    days = [timex for timex in told if timex.precision is Precision.DAY] if "time" not in match[0] else []
    return _worded(scene, (days or told)[-1], start + match.start(), start + match.end())


def _same_day(scene: Scene, timex: Timex) -> Timex | None:
    """ "On the same day": the last day that the reporter named in the paragraph, not one that somebody spoke of."""
    if not lexicon()["same_day"].fullmatch(timex.text):
        return None
    days = scene.told_in((scene.text.rfind("\n", 0, timex.start) + 1, timex.start))
    days = [each for each in days if each.precision is Precision.DAY]
    return _worded(scene, days[-1], timex.start, timex.end) if days else None


def _eve(scene: Scene, timex: Timex) -> Timex | None:
    """The day before: "on the eve of Tuesday's vote"."""
    before = _EVE.search(scene.text, max(0, timex.start - _TERM), timex.start)
    if before is None or timex.precision is not Precision.DAY or timex.first is None:
        return None
    day = timex.first - timedelta(1)
    return _worded(scene, replace(timex, value=day.isoformat(), first=day, last=day), before.start(), timex.end)


def _days_before(scene: Scene, statement: Statement, cue: Span) -> Timex | None:
    """ "A day after X told the council that …, Y said on Friday": counted from the one day that the sentence names.

    In "the vote came a day after X told …" from the last that the text named before, or that of publication.
    """
    mention = statement.spans.speaker
    start, end = scene.sentence(cue[0])
    if mention is None or not start <= mention[0] < cue[0]:
        return None
    match = lexicon()["days_after"].search(scene.text, start, mention[0])
    days = [timex.first for timex in scene.told_in((start, end)) if timex.precision is Precision.DAY]
    if match is None or len(days) > 1:
        return None
    if not days:
        before = [timex.first for timex in scene.told_in((0, start)) if timex.precision is Precision.DAY]
        days = before[-1:] or [scene.day]
    if days[0] is None:
        return None
    day = days[0] - timedelta(_COUNTS[match["count"].lower()])
    first, last = match.start(), match.end("after")
    return Timex(first, last, scene.text[first:last], TimexType.DATE, day.isoformat(), day, day, Precision.DAY)


def _worded(scene: Scene, timex: Timex, start: int, end: int) -> Timex:
    """A date by other words of the text."""
    return replace(timex, start=start, end=end, text=scene.text[start:end])


def outside_contents(scene: Scene, statement: Statement, start: int, end: int) -> str:
    """A stretch of text around a statement, blank where it or another says something: offsets stay as they were."""
    words = scene.text[start:end]
    for each in (statement, *(scene.statements[i] for i in scene.said_in((start, end)))):
        for a, b in each.spans.content:
            first, last = max(a, start) - start, min(b, end) - start
            if first < last:
                words = words[:first] + " " * (last - first) + words[last:]
    return words
