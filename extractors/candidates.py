"""Which words of a paragraph could be cues, and where the clause of each lies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from extractors.cues import MOSTLY, Cue, is_kind, is_mute, is_quote_label, lexicon, names_nobody, names_words
from extractors.name_words import name_words
from extractors.records import CueClass
from extractors.words import DASHES, FINITE, NONE, Words

COLON = Cue(":", CueClass.ASSERT, frozenset(["clause", "quote"]), 0.3)
UNLISTED = Cue("(any)", CueClass.ASSERT, frozenset(["quote"]), 0.3)
"""Any other verb beside a quotation of some length: ``"We stay on," she purred``, ``He beamed: "We stay on"``."""
LONGEST_LABEL = 10
"""Words: a longer run before a colon is no label."""
_LONGEST_LABEL_OF_SPEECH = 25
"""The same before a quotation, and of "Quote from Olena Hrab, head of the board: ..."."""


class Candidate(NamedTuple):
    """One cue in one paragraph: the word the rules start from, and where its own clause lies."""

    at: int
    kind: str  # verb, noun, phrase, colon
    cue: Cue
    before: int  # the first word of the cue's own clause: what stands before it can be content
    after: int  # the first word after the cue with its particle and a subject that follows it


def candidates(words: Words, first: int = 0, last: int | None = None) -> Iterator[Candidate]:
    """Every word of a paragraph, or of ``words[first:last]``, that could be a cue, in direct quotations or not."""
    listed = lexicon()
    for at in _likely(words, first, words.count if last is None else last):
        lower, lemma = words.lower[at], words.lemma[at]
        phrase = _phrase_at(words, at)
        if phrase is not None:
            yield phrase
        elif words.pos[at] in ("VERB", "AUX") or words.tag[at].startswith("VB"):
            cue = _cue_at(words, at)
            if cue is None and words.quotations and _is_beside_speech(words, at):
                yield _verb(words, at, UNLISTED)
            elif cue is not None and not _unsaid(words, at, cue) and not _means_something_else(words, at, cue):
                yield _verb(words, at, cue)
        elif lower == ":" and _label_before(words, at):
            yield Candidate(at, "colon", COLON, 0, at + 1)
        elif closes_sentence(words, at) != NONE:
            yield Candidate(at, "verb", listed.verbs[listed.forms[lower]], words.left[at], at + 1)
        elif words.pos[at] == "NOUN" and lemma in listed.nouns and gloss_start(words, at) == NONE:
            yield Candidate(at, "noun", listed.nouns[lemma], words.left[at], at + 1)
        elif lower in listed.forms and lower[-1] in "sd" and _in_headline(words, at):
            yield Candidate(at, "verb", listed.verbs[listed.forms[lower]], words.left[at], at + 1)


def _likely(words: Words, first: int, last: int) -> list[int]:
    """The words that the lexicon knows, and where there are quotations all verbs."""
    listed = lexicon()
    near = zip(range(first, last), words.lower[first:last], words.lemma[first:last], words.pos[first:last], strict=True)
    verbal = ("VERB", "AUX") if words.quotations else ()
    return [
        at for at, lower, lemma, pos in near if lower in listed.first_words or lemma in listed.lemmas or pos in verbal
    ]


def _verb(words: Words, at: int, cue: Cue) -> Candidate:
    return Candidate(at, "verb", cue, _clause_start(words, at), _after_verb(words, at, at + cue.length))


def _cue_at(words: Words, at: int) -> Cue | None:
    """The cue that a verb is, alone or with the words behind it ("shot back")."""
    listed, lemma = lexicon(), words.lemma[at]
    for cue in listed.phrasals.get(lemma, ()):
        if words.lower[at + 1 : at + cue.length] == cue.lemma.split()[1:]:
            return cue
    return listed.verbs.get(lemma if lemma in listed.verbs else listed.forms.get(words.lower[at], ""))


def _is_beside_speech(words: Words, at: int) -> bool:
    """Does a quotation of some length border on the clause of this finite verb: right before it, or behind a colon or
    comma after it? Of "to be" only behind a colon: ``His answer was blunt: "We stay on"``."""
    being = words.pos[at] == "AUX" and words.lemma[at] == "be" and words.dep[at] not in ("aux", "auxpass")
    if not (being or words.pos[at] == "VERB") or words.quoted[at] != NONE or not words.is_finite(at):
        return False
    before = _clause_start(words, at) - 1
    if not being and before > 0 and words.is_mark(before) and words.in_speech(before):
        return words.lower[before - 1] in CLOSING
    if words.dep[at] not in _MAIN and words.quoted[words.head[at]] == NONE:
        return False
    said = False  # "has a stock reply: ..."
    for near in range(at + 1, min(words.count, at + _NEAR_SPEECH)):
        if words.quoted[near] != NONE:
            leads = words.lower[near - 1] == ":" or (words.lower[near - 1] == "," and not being and not said)
            return leads and words.in_speech(near)
        if words.lower[near] in lexicon().forms:
            said = words.pos[near] == "NOUN" and names_words(words.lemma[near])
            if not said:
                return False
        if words.tag[near] in FINITE or words.lower[near] in (".", ";"):
            return False
    return False


CLOSING = frozenset([",", "!", "?", "…"])
"""What ends a quotation that its cue follows."""
_MAIN = frozenset(["ROOT", "conj", "parataxis"])
"""How a verb hangs in its sentence that a quotation can follow."""
_NEAR_SPEECH = 20
"""Words between a verb and the quotation that it leads to."""


def gloss_start(words: Words, at: int) -> int:
    """The comma or dash before a noun by which the reporter sums up a clause (", a bold claim that ..."), else NONE."""
    if not is_mute("glosses", words.lemma[at]):
        return NONE
    near = at - 1
    while near > 0 and words.pos[near] in ("ADJ", "ADV"):
        near -= 1
    mark = near - 1
    while mark > 0 and words.is_mark(mark):
        mark -= 1
    opened = mark > 0 and words.lower[near] in ("a", "an") and words.quoted[near] == NONE
    return mark if opened and (words.lower[mark] == "," or words.lower[mark] in DASHES) else NONE


def _means_something_else(words: Words, at: int, cue: Cue) -> bool:
    """Does a particle make it another word ("called in the ambassador"), or is the cue the next word?"""
    if cue.length > 1:
        return False
    particles = {words.lower[kid] for kid in words.kids[at] if is_particle(words, kid)}
    crashed = words.lower[at + 1 : at + 2] == ["into"] and cue.cue_class in _JUDGING  # "slammed into the bridge"
    return crashed or bool(particles - cue.frames - _HARMLESS) or _quotes_another_cue(words, at)


def is_particle(words: Words, at: int) -> bool:
    """Is it the "back" of "shot back", not the paper of "told UP that"?"""
    return words.dep[at] == "prt" and not words.text[at].isupper()


def closes_sentence(words: Words, at: int) -> int:
    """The comma before the subject of a cue that ends its sentence, where the tagger takes the cue for a noun ("Losses
    reach a billion, the institute estimates", ``"All is well," his post read``) or it has but a listener ("All is well,
    he assures us"); else NONE."""
    cue = lexicon().verbs.get(lexicon().forms.get(words.lower[at], ""))
    if cue is None or words.quoted[at] != NONE:
        return NONE
    first, last = words.sentence_of(at)
    comma = next((near for near in range(at - 1, first, -1) if words.punct[near] and words.tag[near] != "HYPH"), NONE)
    apart = comma != NONE and comma + 1 < at and (words.lower[comma] == "," or words.is_mark(comma))
    behind = [near for near in range(at + 1, last) if not words.punct[near]]
    subjects = [kid for kid in words.kids[at] if words.dep[kid] == "nsubj"]
    headline = apart and at + 1 == words.count and words.lower[comma] == ","
    if headline and len(subjects) == 2 and subjects[0] < comma < subjects[1] == at - 1:
        return comma  # "Two hurt on ferry, official says"
    if not apart or any(words.pos[near] in _NO_SUBJECT for near in range(comma + 1, at)):
        return NONE
    if words.tag[at] in FINITE:
        listens = behind[:1] == behind and is_mute("listeners", " ".join(words.lower[near] for near in behind))
        fits = listens and is_kind("telling", cue)
    else:
        written = words.lower[at] == "read" and names_words(words.lemma[at - 1])
        fits = not behind and (written or (words.tag[at] == "NNS" and cue.weight >= MOSTLY))
    opens = words.pos[comma + 1] in ("DET", "PRON", "PROPN") or words.text[comma + 1][:1].isupper()
    led = any(words.pos[near] == "ADP" for near in range(comma + 1, at))
    ends = words.pos[at - 1] == "PROPN" or (words.pos[at - 1] == "NOUN" and not led)
    return comma if fits and opens and ends and words.tells(first, comma) else NONE


_NO_SUBJECT = frozenset(["AUX", "CCONJ", "SCONJ", "VERB"])


def _in_headline(words: Words, at: int) -> bool:
    """A verb that the tagger took for a noun, since the sentence has no other ("Minister slams ...")."""
    first, last = words.sentence_of(at)
    return words.pos[at] in ("NOUN", "PROPN") and not any(
        words.tag[near] in ("VBD", "VBZ", "VBP", "MD") for near in range(first, last)
    )


def _unsaid(words: Words, at: int, cue: Cue) -> bool:
    """Does the form show that nobody says it here, whatever the verb means elsewhere?"""
    return any(rule(words, at, cue) for rule in _UNSAID)


def _by_thing(words: Words, at: int, cue: Cue) -> bool:
    """ "This says a lot", "a map showing": the subject cannot speak."""
    subject = next((words.lemma[kid] for kid in words.kids[at] if words.dep[kid] == "nsubj"), "")
    if words.dep[at] == "acl" and words.tag[at] == "VBG" and not subject:
        subject = words.lemma[words.head[at]]
    return subject == "this" or (is_mute("subjects", subject) and is_mute("shows", cue.lemma))


def _by_nobody(words: Words, at: int, cue: Cue) -> bool:
    """ "Nobody could say", "which is not to say", "left without saying when", "stopped short of criticising", "rather
    than say"."""
    own = (kid for kid in words.kids[at] if words.dep[kid] == "nsubj" and words.quoted[kid] == words.quoted[at])
    if any(_is_nobody(words, kid) for kid in own):
        return True
    not_to_say = cue.lemma == "say" and words.lower[max(0, at - 2) : at] == ["not", "to"]
    lead = words.head[at]
    omitted = words.lower[lead] == "without" or is_mute("omitting", words.lower[lead - 1])
    spared = words.tag[at] == "VB" and any(words.lower[kid] == "than" for kid in words.kids[at])
    return not_to_say or spared or (words.dep[at] == "pcomp" and omitted)


def _is_nobody(words: Words, at: int) -> bool:
    """ "Nobody", "no one", "neither side", "none of them"; but "no fewer than six envoys" and "No 10" speak."""
    first = words.left[at]
    count = words.lower[first + 1 : first + 2] in (["fewer"], ["less"])
    no = words.lower[first] in ("no", "neither") and words.head[first] == at and not count and words.tag[at] != "CD"
    return no or words.lower[at] in ("nobody", "none", "neither")


def _denied(words: Words, at: int, cue: Cue) -> bool:
    """ "Denied having said", "denied that he had said", "avoided saying", "no evidence that he said"."""
    above = words.head[at]
    judged = [words.lemma[kid] for kid in words.kids[above] if words.dep[kid] == "acomp"]  # "it is false that"
    if words.dep[at] in ("ccomp", "xcomp") and any(is_mute("denials", each) for each in (words.lemma[above], *judged)):
        return above < at and words.lower[at - 1] != ","
    no = any(words.lower[kid] == "no" for kid in words.kids[above])
    doubted = is_mute("rumours", words.lemma[above]) or (no and is_mute("proofs", words.lemma[above]))
    return words.dep[at] in ("acl", "relcl", "ccomp") and doubted


def _held_against(words: Words, at: int, cue: Cue) -> bool:
    """ "Accused her of saying", "thanked him for saying": he who accuses does not say it, and perhaps nobody did."""
    lead = words.head[at]
    judges = (lexicon().verbs.get(words.lemma[above]) for above in (words.head[lead], words.head[words.head[lead]]))
    judged = words.dep[at] == "pcomp" and words.lower[lead] in ("of", "for")
    return judged and any(judge is not None and judge.cue_class in _JUDGING for judge in judges)


_JUDGING = frozenset([CueClass.ACCUSE, CueClass.PRAISE])


def _suspected(words: Words, at: int, cue: Cue) -> bool:
    """ "A firm accused of theft": nobody tells who accused it."""
    led = words.lower[at + 1 : at + 2] == ["of"] and words.dep[at] == "acl"
    return led and cue.cue_class is CueClass.ACCUSE and _is_bare_participle(words, at)


def _faked(words: Words, at: int, cue: Cue) -> bool:
    """ "In a fake video he says", "a forged letter in which he says"."""
    leads = (kid for kid in words.kids[at] if words.lower[kid] == "in")
    shown = [below for kid in leads for below in words.kids[kid] if words.dep[below] == "pobj"]
    shown += [words.head[at]] if words.dep[at] == "relcl" else []
    return any(is_mute("fakes", words.lower[near]) for noun in shown for near in range(words.left[noun], noun + 1))


def _inverted(words: Words, at: int, cue: Cue) -> bool:
    """ "Did Oslo say so?", "Had Oslo said so": a question or a condition. But "Only then did Oslo say" tells it."""
    outside = (kid for kid in words.kids[at] if kid < at and words.quoted[kid] == words.quoted[at])
    own = [kid for kid in outside if words.dep[kid] not in ("punct", "cc")]
    asks = len(own) > 1 and words.lower[own[0]] in _INVERTING and words.dep[own[0]] == "aux"
    return asks and words.dep[own[1]] == "nsubj"


_INVERTING = frozenset(["did", "do", "does", "had", "has", "have", "should"])


def _negated(words: Words, at: int, cue: Cue) -> bool:
    """ "Did not respond", "has not said whether", "no longer says", "at no time said"; but "did not rule out" and "did
    not exclude" tell something, and the "not" of "Apparently not, he said" is the speaker's."""
    before = words.lower[max(0, at - 2) : at]
    verb = words.head[at] if words.dep[at] == "conj" and before[-1:] == ["or"] else at  # "did not confirm or deny"
    nots = (kid for kid in words.kids[verb] if words.dep[kid] == "neg" and verb - _NEGATED <= kid < verb)
    negated = any("PUNCT" not in words.pos[kid:at] for kid in nots) or _is_neither(words, at)
    negated = negated or before in (["no", "longer"], ["no", "point"], ["no", "time"])
    return not negated if cue.lemma == "exclude" else negated and cue.lemma != "rule"


_NEGATED = 4
"""Words: a "not" farther before the verb is the speaker's."""


def _is_neither(words: Words, at: int) -> bool:
    """ "Has neither endorsed nor threatened", "nor did Oslo confirm": each of the two acts is denied."""
    before = at - 1
    while before > 0 and words.pos[before] == "ADV":
        before -= 1
    inverted = any(words.dep[kid] == "aux" and words.lower[max(0, kid - 1)] == "nor" for kid in words.kids[at])
    return inverted or (before >= 0 and words.lower[before] in _NEITHER)


_NEITHER = frozenset(["neither", "nor"])


def _supposed(words: Words, at: int, cue: Cue) -> bool:
    """ "If Moscow says so", "until Moscow says so"."""
    marks = {words.lower[kid] for kid in words.kids[at] if words.dep[kid] == "mark" and kid < at}
    marks |= {words.lower[kid] for kid in words.kids[at] if words.lower[kid] == "once" and kid < at}
    awaited = words.tag[at] in ("VBZ", "VBP") and words.dep[at] == "advcl" and not marks.isdisjoint(_UNTIL)
    return cue.lemma != "ask" and (awaited or not marks.isdisjoint(("if", "whether")))


_UNTIL = frozenset(["before", "once", "until", "unless"])
"""Before a verb in the present: it is not said yet."""


def _planned(words: Words, at: int, cue: Cue) -> bool:
    """ "Will announce", "plans to announce", "is to announce", "has yet to announce", "could have announced", "demanded
    that he announce", "would find it hard", "let us remind you"."""
    joined = words.head[at] if words.dep[at] == "conj" and words.tag[at] == "VB" else at  # "will go home and announce"
    auxiliaries = {words.lower[kid] for kid in words.kids[joined] if words.dep[kid] == "aux"}
    bare = words.tag[at] == "VB" or any(words.lower[kid] == "be" for kid in words.kids[at])
    to_come = auxiliaries & {"will", "'ll", "’ll", "shall"} and bare  # not "Will, his deputy, said"
    ahead = cue.lemma in _ONCE_DONE or (bare and cue.cue_class in _AHEAD)
    if to_come or ("would" in auxiliaries and ahead):
        return True
    if cue.lemma == "find" and auxiliaries - {"has", "have", "had", "'ve", "’ve"}:
        return True
    done = words.tag[at] == "VBN" and "have" in auxiliaries
    if not auxiliaries.isdisjoint(_THOUGHT | _UNREAL if done else _THOUGHT if words.tag[at] == "VB" else ()):
        return True
    if "to" in auxiliaries and (_is_outstanding(words, joined) or _is_judged(words, joined)):
        return True
    above = words.lemma[words.head[joined]]
    if not auxiliaries and words.dep[at] == "ccomp" and is_mute("wishes", above) and _is_subjunctive(words, at):
        return True
    let_us = above == "let" and words.lower[at - 1] in ("us", "me")
    if words.tag[at] != "VB" or "to" not in auxiliaries:
        return words.tag[at] == "VB" and let_us
    return let_us or is_mute("plans", above) or is_mute("plans", words.lemma[_to(words, joined) - 1])


_ONCE_DONE = frozenset(["announce", "welcome"])
_AHEAD = frozenset([CueClass.ANNOUNCE, CueClass.DEMAND, CueClass.PROMISE])
"""Acts that "would demand" only holds out."""
_THOUGHT = frozenset(["may", "might", "must", "should"])
"""With "say" and "have said": what is not known to be said."""
_UNREAL = frozenset(["could", "would"])
"""The same with "have said" only: "could say that nobody was hurt" may tell it."""


def _is_subjunctive(words: Words, at: int) -> bool:
    """ "That the bank say", which the tagger can take for a finite verb."""
    subject = next((words.tag[kid] for kid in words.kids[at] if words.dep[kid] == "nsubj"), "")
    return words.tag[at] == "VB" or (words.tag[at] == "VBP" and subject in ("NN", "NNP"))


def _is_judged(words: Words, at: int) -> bool:
    """ "It is too early to say", "is to say": nobody says it."""
    above = words.head[at] if words.lemma[words.head[at]] == "be" else words.head[words.head[at]]
    its = any(words.lower[kid] == "it" and words.dep[kid] == "nsubj" for kid in words.kids[above])
    due = its or above == words.head[at]
    return due and words.lemma[above] == "be" and words.dep[at] in ("xcomp", "ccomp") and words.tag[at] == "VB"


def _to(words: Words, at: int) -> int:
    """The "to" of an infinitive."""
    return max((kid for kid in words.kids[at] if kid < at and words.lower[kid] == "to"), default=at)


def _is_outstanding(words: Words, at: int) -> bool:
    """ "Has yet to confirm", "is still to say"."""
    to = _to(words, at)
    waiting = words.lower[max(0, to - 2) : to]
    return waiting[-1:] == ["yet"] or (waiting[-1:] == ["still"] and words.lemma[to - 2] in ("be", "have"))


def _done(words: Words, at: int, cue: Cue) -> bool:
    """ "Recalled its envoy", "added two battalions", "offered no reason", "confirmed neither": an act without words."""
    objects = [kid for kid in words.kids[at] if words.dep[kid] == "dobj"]
    if cue.lemma == "recall" and any(is_mute("recalled", words.lower[kid]) for kid in objects):
        return True
    firsts = {words.lower[words.left[kid]] for kid in objects}
    if "neither" in firsts or (cue.lemma in _GIVINGS and "no" in firsts):
        return True
    if cue.lemma == "continue" and any(words.dep[kid] == "xcomp" for kid in words.kids[at] if kid > at):
        return True
    return is_mute("with_things", cue.lemma) and _has_thing(words, at)


_GIVINGS = frozenset(["offer", "express", "voice", "issue"])


def _has_thing(words: Words, at: int) -> bool:
    """Is its only object a plain noun outside quotation marks?"""
    deps = {words.dep[kid]: kid for kid in words.kids[at]}
    thing = deps.get("dobj", NONE)
    plain = words.pos[thing] == "NOUN" and not names_words(words.lemma[thing])  # but "posted two words: ..."
    return thing > at and words.quoted[thing] == NONE and plain and not deps.keys() & CLAUSES


CLAUSES = frozenset(["ccomp", "xcomp", "parataxis"])


def _in_name(words: Words, at: int, cue: Cue) -> bool:
    """ "What she called a war", "a town called Brisk": the cue only names a thing."""
    whats = (kid for kid in words.kids[at] if words.lower[kid] == "what" and words.dep[kid] == "dobj" and kid < at)
    if any(words.quoted[kid] == words.quoted[at] for kid in whats):
        return True
    if not is_kind("naming", cue) or words.dep[at] not in ("acl", "amod") or not _is_bare_participle(words, at):
        return False
    described = words.lower[words.head[at] + 1 : at]
    return described.count(",") < 2 or described[-1] != ","  # "Dub, a lawyer from Brno, called it cheap"


def _unasked(words: Words, at: int, cue: Cue) -> bool:
    """ "Were asked to leave", "who asked not to be named": a question of nobody, or how to be called in the story."""
    if cue.lemma == "ask" and _is_bare_participle(words, at):
        return True
    near = words.lower[at + 1 : at + _NEAR_WISH] if cue.lemma in ("ask", "request", "insist") else []
    return any(is_mute("anonymity", each) for each in (*near, *map(" ".join, pairwise(near))))


_NEAR_WISH = 12
"""Words from "asked" on: "asked that only her first name, Olha, be used"."""


def _unheard(words: Words, at: int, cue: Cue) -> bool:
    """ "Heard shots", "lessons learned from the raid": nobody tells it, as in "heard from the guard that" and "the
    court heard that"."""
    if not is_kind("hearing", cue) or hearer(words, at) != NONE:
        return False
    return _is_bare_participle(words, at) or all(words.lower[kid] != "from" for kid in words.kids[at])


def hearer(words: Words, at: int) -> int:
    """The court of "the court heard that" and "the court has been told": a body before which many speak; else NONE."""
    if words.lemma[at] not in ("hear", "tell"):
        return NONE
    beside = at - 1  # where the parse makes it an apposition of the name before
    while beside > 0 and words.pos[beside] in ("ADV", "AUX"):
        beside -= 1
    passive = "be" in words.lemma[beside + 1 : at]
    heard = [kid for kid in words.kids[at] if words.dep[kid] in ("nsubj", "nsubjpass") and kid < at]
    bodies = (kid for kid in (*heard, beside) if is_mute("hearers", words.lemma[kid]))
    return next(bodies, NONE) if passive == (words.lemma[at] == "tell") else NONE


def _is_bare_participle(words: Words, at: int) -> bool:
    """Is it a participle that names nobody who does it?"""
    deps = {words.dep[kid] for kid in words.kids[at]}
    return words.tag[at] == "VBN" and deps.isdisjoint(("nsubj", "aux", "agent"))


def _prompted(words: Words, at: int, cue: Cue) -> bool:
    """ "Asked about the mast, the mayor said", "Commenting on the raid, he added": the next cue has it. But in "Asked
    by DPA whether the mast would fall, the mayor said" DPA's question is a statement too."""
    if words.lower[at + 1 : at + 2] == ["by"] and not QUESTIONS.isdisjoint(words.lower[at + 2 : at + _LONGEST_ASKER]):
        return False
    if words.lower[at] in _PROMPTS and words.dep[at] not in ("ROOT", "conj") and not _has_subject(words, at):
        return True
    return words.lower[at] == "asked" and at > 0 and words.lower[at - 1] == "," and _goes_on_to_answer(words, at)


QUESTIONS = frozenset(["whether", "if", "how", "why", "what", "when", "where", "who"])
"""What opens an indirect question."""
_LONGEST_ASKER = 14
"""Words from "asked" on."""
_PROMPTS = frozenset(["asked", "commenting", "pressed"])


def _goes_on_to_answer(words: Words, at: int) -> bool:
    """Does a finite verb follow behind a comma of the sentence?"""
    last = words.sentence_of(at)[1]
    commas = (near for near in range(at + 2, last - 1) if words.lower[near] == ",")
    return any(words.tag[comma + 1] in FINITE and words.quoted[comma + 1] == NONE for comma in commas)


def _has_subject(words: Words, at: int) -> bool:
    """Has it a subject of its own, or the auxiliary of a finite form?"""
    return any(words.dep[kid] in ("nsubj", "aux") for kid in words.kids[at])


def _goes_on(words: Words, at: int, cue: Cue) -> bool:
    """Is this the "saying" of ``"We stay," he went on saying``, whose cue is "went on"? Not "went on to say that"."""
    verb, (first, last) = words.head[at], words.sentence_of(at)
    if words.lemma[verb] != "go" or words.lower[verb + 1 : verb + 2] != ["on"] or not verb < at <= verb + 3:
        return False
    ends = all(words.punct[near] or words.quoted[near] != NONE for near in range(at + 1, last))
    return ends and any(words.in_speech(near) for near in range(first, verb))


_UNSAID = (
    _by_thing,
    _by_nobody,
    _denied,
    _held_against,
    _suspected,
    _faked,
    _inverted,
    _negated,
    _supposed,
    _planned,
    _done,
    _in_name,
    _unasked,
    _unheard,
    _prompted,
    _goes_on,
)
_HARMLESS = frozenset(["back", "out", "on"])
"""Particles that leave a cue what it is."""


def _quotes_another_cue(words: Words, at: int) -> bool:
    """Is this the "quoted" of "was quoted as saying", whose cue is "saying"?"""
    return words.lemma[at] in QUOTING and any(
        words.lower[kid] == "as" and any(words.tag[below] == "VBG" for below in words.kids[kid])
        for kid in words.kids[at]
    )


def quoting_verb(words: Words, at: int) -> int:
    """The "quotes" of "the agency quotes him as saying", whose cue is "saying"; else NONE."""
    verb = words.head[words.head[at]]
    return verb if words.lower[words.head[at]] == "as" and words.lemma[verb] in QUOTING else NONE


QUOTING = ("quote", "cite", "report")


def _label_before(words: Words, at: int) -> bool:
    """Is what stands before this colon a name or label that opens the paragraph: "Shmyhal: ...", "Quote: ..."?"""
    speech = is_quote_label(words.text[0]) or (at + 1 < words.count and words.in_speech(at + 1))
    return (
        0 < at <= (_LONGEST_LABEL_OF_SPEECH if speech else LONGEST_LABEL)
        and not names_nobody(words.text[at - 1])
        and not any(words.quoted[before] != NONE for before in range(at))
        and not any(words.is_finite(before) and not (speech and _describes(words, before)) for before in range(at))
    )


def _describes(words: Words, at: int) -> bool:
    """Is this finite verb that of "Olena Hrab, 71, who fled in May: ..."?"""
    verb = words.head[at] if words.dep[at] in ("aux", "auxpass") else at
    return words.dep[verb] == "relcl" and words.lower[words.left[verb]] == "who"


def _phrase_at(words: Words, at: int) -> Candidate | None:
    if words.lower[at] == "in" and (noun := _owned_view(words, at)) != NONE:
        cue = Cue(" ".join(words.lower[at : noun + 1]), CueClass.ASSERT)
        return Candidate(at, "phrase", cue, at, noun + 1)
    for phrase, cue in lexicon().phrases_by_first.get(words.lower[at], ()):
        parts = phrase.split()
        if words.lower[at : at + len(parts)] == parts:
            last = at + len(parts) - 1
            objects = [kid for kid in words.kids[last] if kid > last]
            if any(is_mute("standards", words.lower[kid]) or _is_bare_data(words, kid) for kid in objects):
                return None
            return Candidate(at, "phrase", cue, at, _object_end(words, at, last))
    return None


def _is_bare_data(words: Words, at: int) -> bool:
    """ "Industry data", "data from trackers"; but "the bank's data" and "data from the ministry" are their word."""
    owned = any(words.tag[near] == "POS" for near in range(words.left[at], at))
    bodied = any(words.lower[near] in name_words().bodies for near in range(at + 1, words.right[at] + 1))
    return words.lower[at] == "data" and not owned and not bodied


def _owned_view(words: Words, at: int) -> int:
    """The "view" of "in the minister's view, ..." and "in her view, ...", set off by commas; else NONE."""
    noun = next(
        (kid for kid in words.kids[at] if words.dep[kid] == "pobj" and is_mute("views", words.lemma[kid])), NONE
    )
    if noun == NONE or words.lower[noun + 1 : noun + 2] != [","] or words.left[noun] != at + 1:
        return NONE
    owned = words.tag[noun - 1] == "POS" or (noun == at + 2 and words.lower[at + 1] in ("her", "his", "their"))
    opens = at == words.sentence_of(at)[0] or words.lower[at - 1] == ","
    return noun if owned and opens else NONE


def _object_end(words: Words, at: int, last: int) -> int:
    """The end of what follows a phrase such as "according to"."""
    ends = [
        words.right[kid] + 1 for kid in words.kids[last] if kid > last and words.dep[kid] in ("pobj", "pcomp", "dobj")
    ]
    return max(ends, default=last + 1)


_OWN = frozenset(["nsubj", "nsubjpass", "aux", "auxpass", "neg", "advmod", "expl", "mark", "csubj"])


def _clause_start(words: Words, at: int) -> int:
    if (quoting := quoting_verb(words, at)) != NONE:
        return _clause_start(words, quoting)
    start = at
    for kid in reversed(words.kids[at]):
        if kid < at and words.dep[kid] in _OWN and words.right[kid] + 1 >= start - 1:
            start = min(start, words.left[kid])
    office = office_before(words, at)
    return office if office != NONE else start


def office_before(words: Words, at: int) -> int:
    """Where the subject of "A shell fell in Kherson, the governor, Ann Hrab, said" begins, which the parse hangs on the
    town; NONE where the verb has its own."""
    if (
        words.lower[at - 1] != ","
        or not words.is_finite(at)
        or any(words.dep[kid] == "nsubj" for kid in words.kids[at])
    ):
        return NONE
    first = words.sentence_of(at)[0]
    commas = [near for near in range(at - 2, first, -1) if words.lower[near] == ","][:2]
    if len(commas) < 2 or any(words.pos[near] != "PROPN" for near in range(commas[0] + 1, at - 1)):
        return NONE
    office = range(commas[1] + 1, commas[0])
    described = words.pos[commas[1] + 1] in ("DET", "PRON", "PROPN") and not words.tells(commas[1], commas[0])
    titled = any(words.lemma[near] in name_words().role_words for near in office)
    return commas[1] + 1 if described and titled else NONE


def _after_verb(words: Words, at: int, after: int) -> int:
    for kid in words.kids[at]:
        if kid == after and words.dep[kid] in ("prt", "advmod") and words.tag[kid] in ("RP", "RB"):
            after = kid + 1
        elif kid > at and words.dep[kid] in ("nsubj", "nsubjpass") and words.left[kid] <= after + 1:
            after = max(after, words.right[kid] + 1)
    return after
