"""What the trained part of the statement finder looks at. Numbers only, from syntax, position and the cue lexicon:
no word of the content, so that what is learnt on one field of news holds in another."""

from __future__ import annotations

from extractors.candidates import Candidate
from extractors.contents import PLACES, Alternative
from extractors.cues import lexicon
from extractors.records import CueClass
from extractors.words import DASHES, NONE, Words

_ROLES = """ROOT ccomp parataxis xcomp advcl conj acl relcl csubj pcomp nsubj nsubjpass dobj attr oprd acomp pobj dative
agent prep prt npadvmod advmod nmod appos amod compound poss nummod det mark aux auxpass neg cc intj expl dep meta punct
preconj predet quantmod case csubjpass"""
_CLASSES_OF_WORD = "VERB AUX NOUN PROPN PRON DET ADP SCONJ CCONJ PART ADV ADJ NUM INTJ SYM X PUNCT SPACE"


def _codes(names: str) -> dict[str, int]:
    return {name: code for code, name in enumerate(names.split())}


DEPS, POS = _codes(_ROLES), _codes(_CLASSES_OF_WORD)
_TAGS = _codes("VBD VBZ VBP VB VBG VBN MD NN NNS NNP NNPS")
KINDS = {"verb": 0, "noun": 1, "phrase": 2, "colon": 3}
_CLASSES = {cue_class: code for code, cue_class in enumerate(CueClass)}
_BOUNDARIES = (
    (".", "!", "?", "…"),
    (",",),
    (":", ";"),
    tuple(DASHES),
    (),  # other punctuation
    ("that",),
    ("as", "after", "before", "when", "while", "during", "following", "amid", "since", "until", "once"),
    ("because", "if", "unless", "although", "though", "so", "despite", "than", "whether"),
    ("who", "which", "whose", "where", "whom"),
    ("and", "or"),
    ("but", "yet", "nor"),
    ("in", "on", "at", "to", "with", "by", "from", "for", "about", "of", "over", "against", "into"),
)
"""The words at which contents begin and end, in classes with the codes from 1."""
_BOUNDARY = {word: code for code, words in enumerate(_BOUNDARIES, 1) for word in words}
_OTHER_MARK, _GERUND, _VERB, _NOMINAL, _OTHER = 5, 13, 14, 15, 16
_BY_POS = {"VERB": _VERB, "AUX": _VERB} | dict.fromkeys(("NOUN", "PROPN", "PRON", "DET", "NUM", "ADJ"), _NOMINAL)
_SELF = frozenset(["i", "we", "you"])
_THIRD = frozenset(["he", "she", "they", "it", "who", "which", "that"])


def _after_code(words: Words, at: int) -> int:
    """What a word that follows (or precedes) a boundary is: the classes of words at which contents begin and end."""
    if not 0 <= at < words.count:
        return 0
    if (code := _BOUNDARY.get(words.lower[at])) is not None:
        return code
    if words.pos[at] == "PUNCT":
        return _OTHER_MARK
    return _GERUND if words.tag[at] == "VBG" else _BY_POS.get(words.pos[at], _OTHER)


def _before(words: Words, at: int, step: int) -> int:
    """The next word beyond spaces and marks of quotation, going by ``step``."""
    while 0 <= at < words.count and (words.pos[at] == "SPACE" or words.is_mark(at)):
        at += step
    return at


def cue_features(words: Words, candidate: Candidate) -> list[float]:
    """Of the cue word: does it report speech, and where would its content be?"""
    at, cue = candidate.at, candidate.cue
    first, last = words.sentence_of(at)
    kids = words.kids[at]
    deps = {words.dep[kid] for kid in kids}
    subject = next((kid for kid in kids if words.dep[kid] in ("nsubj", "nsubjpass", "csubj")), NONE)
    quote_before = any(words.quoted[near] != NONE for near in range(max(first - 2, 0), at))
    quote_after = any(words.quoted[near] != NONE for near in range(at + 1, last))
    head = words.head[at]
    return [
        cue.weight,
        KINDS[candidate.kind],
        _CLASSES[cue.cue_class],
        _TAGS.get(words.tag[at], 20),
        DEPS.get(words.dep[at], 60),
        POS.get(words.pos[head], 30) if head != at else 40,
        float(words.quoted[at] != NONE),
        at - first,
        last - at,
        float("ccomp" in deps),
        float("xcomp" in deps),
        float("dobj" in deps),
        float("prep" in deps),
        float("advcl" in deps),
        float("parataxis" in deps),
        float("neg" in deps),
        float("aux" in deps),
        float("auxpass" in deps),
        float(any(words.tag[kid] == "MD" for kid in kids)),
        float(
            any(
                words.lower[kid] in ("to", "if", "when") and words.dep[kid] in ("aux", "mark", "advmod") for kid in kids
            )
        ),
        float(subject == NONE),
        float(subject > at),
        POS.get(words.pos[subject], 30) if subject != NONE else 40,
        float(words.lower[subject] in _SELF) if subject != NONE else -1.0,
        float(words.lower[subject] in _THIRD) if subject != NONE else -1.0,
        float(words.tag[subject] in ("NNP", "NNPS")) if subject != NONE else -1.0,
        float(quote_before),
        float(quote_after),
        _after_code(words, at + 1),
        _after_code(words, at - 1) if at > first else -1.0,
        _after_code(words, candidate.after),
        float(words.lower[last - 1] == "?"),
        float("det" in deps),
        float("poss" in deps),
        float("clause" in cue.frames),
        float("quote" in cue.frames),
        float("object" in cue.frames),
        float("infinitive" in cue.frames),
        float(words.dep[at] in ("amod", "compound")),
        float(any(words.lower[kid] == "as" and kid < at for kid in kids)),
        _after_code(words, _before(words, candidate.before - 1, -1)) if candidate.before > first else -1.0,
        float(_has_clause(words, first, candidate.before)),
        float(_has_clause(words, candidate.after, last)),
    ]


def _has_clause(words: Words, first: int, last: int) -> bool:
    return any(words.tag[near] in ("VBD", "VBZ", "VBP", "MD") for near in range(first, last))


def content_features(words: Words, candidate: Candidate, alternative: Alternative) -> list[float]:
    """Of one alternative for the content of a cue."""
    at = candidate.at
    (first, last), (_, end) = alternative.ranges[0], alternative.ranges[-1]
    sentence_first, sentence_last = words.sentence_of(at)
    root = _root(words, first, last)
    inside = [near for a, b in alternative.ranges for near in range(a, b)]
    size = len(inside)
    in_quote = sum(words.quoted[near] != NONE for near in inside)
    follower, leader = _before(words, end, 1), _before(words, first - 1, -1)
    behind = _before(words, follower + 1, 1) if _after_code(words, follower) in (2, 3, 4, 5) else follower
    return [
        PLACES.index(alternative.place),
        alternative.start_kind,
        alternative.end_kind,
        size,
        first - at if alternative.place == "after" else at - last,
        words.sentence[end - 1] - words.sentence[at],
        words.sentence[first] - words.sentence[at],
        *_root_features(words, candidate, root),
        *_leaks(words, first, last, at),
        *(_leaks(words, *alternative.ranges[-1], at) if len(alternative.ranges) > 1 else (-1.0, -1.0, -1.0)),
        _after_code(words, leader) if leader >= sentence_first else 0,
        _after_code(words, first),
        DEPS.get(words.dep[first], 60),
        _after_code(words, end - 1),
        _after_code(words, follower) if follower < sentence_last or alternative.end_kind % 6 == 4 else 0,
        _after_code(words, behind) if behind < sentence_last else 0,
        *_dropped(words, at, first, end, behind),
        in_quote / max(size, 1),
        *_quote_fit(words, first, end),
        float(first == sentence_first),
        float(end >= sentence_last - 2),
        float(any(words.dep[near] in ("nsubj", "nsubjpass", "expl") for near in inside)),
        float(any(words.tag[near] in ("VBD", "VBZ", "VBP", "MD") for near in inside)),
        float(words.lower[first] == "to" and words.pos[first] == "PART"),
        float(words.pos[first] == "ADP"),
        sum(words.lower[near] in (",", ";", "—", "–") and words.quoted[near] == NONE for near in inside),
        float(at in inside),
        max(-9, min(9, words.right[root] + 1 - last)),
        max(-9, min(9, first - words.left[root])),
        *_verb_after(words, first, end, behind, sentence_last),
        float(words.lower[first - 1] == "that" or words.lower[first] == "that") if first else 0.0,
        sum(words.lower[near] == "that" and words.dep[near] == "mark" for near in inside),
        *_last_clause(words, *alternative.ranges[-1]),
    ]


def root_role(words: Words, candidate: Candidate, alternative: Alternative) -> str:
    """The label of the word that holds a content together, and whether it hangs on the cue itself."""
    first, last = alternative.ranges[0]
    root = _root(words, first, last)
    return f"{words.dep[root]} {words.head[root] == candidate.at:d}"


def _root(words: Words, first: int, last: int) -> int:
    """The word that holds a range together: the first whose head lies outside it."""
    best = first
    for near in range(first, last):
        if not first <= words.head[near] < last or words.head[near] == near:
            if words.pos[near] in ("VERB", "AUX"):
                return near
            if words.pos[best] in ("PUNCT", "ADP", "CCONJ", "ADV"):
                best = near
    return best


def _root_features(words: Words, candidate: Candidate, root: int) -> tuple[float, ...]:
    head, at = words.head[root], candidate.at
    dep = words.dep[root]
    frames = candidate.cue.frames
    lead = words.lower[head] if words.dep[head] in ("prep", "prt") else ""
    licensed = (
        (("clause" in frames or "quote" in frames) and dep in ("ccomp", "parataxis", "ROOT"))
        or ("infinitive" in frames and dep == "xcomp")
        or ("object" in frames and dep == "dobj")
        or lead in frames
    )
    return (
        DEPS.get(dep, 60),
        POS.get(words.pos[root], 30),
        float(head == at),
        float(words.head[head] == at),
        float(words.head[at] == root),
        float(licensed),
        POS.get(words.pos[head], 30),
    )


def _leaks(words: Words, first: int, last: int, at: int) -> tuple[float, float, float]:
    """Arcs that cross the edges of a range: words in it that hang elsewhere, words outside that hang in it."""
    sentence_first, sentence_last = words.sentence_of(first)
    heads = words.head
    out = sum(not first <= heads[near] < last and heads[near] != at for near in range(first, last))
    left = sum(first <= heads[near] < last and words.pos[near] != "PUNCT" for near in range(sentence_first, first))
    right = sum(
        first <= heads[near] < last and words.pos[near] != "PUNCT" for near in range(last, max(sentence_last, last))
    )
    return float(out), float(left), float(right)


def _dropped(words: Words, at: int, first: int, end: int, behind: int) -> tuple[float, ...]:
    """What is left out behind the content: the first word after it, what it is and what it hangs on."""
    if not behind < words.count or words.sentence[behind] != words.sentence[end - 1]:
        return -1.0, -1.0, -1.0, 0.0
    up = behind
    for _ in range(20):
        if words.head[up] == up or words.left[words.head[up]] < behind:
            break
        up = words.head[up]
    head = words.head[up]
    hangs = 0 if head == at else 1 if first <= head < end else 2
    return DEPS.get(words.dep[up], 60), float(hangs), POS.get(words.pos[up], 30), float(words.right[up] - behind)


def _verb_after(words: Words, first: int, end: int, behind: int, last: int) -> tuple[float, float]:
    """Behind the content, is there another finite verb before the next mark, and a cue word?"""
    finite = cue = 0.0
    for near in range(behind, min(last, behind + 15)):
        if words.tag[near] in ("VBD", "VBZ", "VBP", "MD"):
            finite = 1.0
        if words.lower[near] in lexicon().forms and words.quoted[near] == NONE:
            cue = 1.0
    return finite, cue


def _last_clause(words: Words, first: int, end: int) -> tuple[float, float, float]:
    """What follows the last mark inside the content: its first word, its length, and whether it is a cue."""
    for near in range(end - 2, first, -1):
        if words.lower[near] in (",", ";", ":", "—", "–", "--") and words.quoted[near] == NONE:
            follower = _before(words, near + 1, 1)
            is_cue = follower < words.count and words.lower[follower] in lexicon().forms
            return _after_code(words, follower), float(end - near), float(is_cue)
    return -1.0, -1.0, -1.0


def _quote_fit(words: Words, first: int, end: int) -> tuple[float, ...]:
    """How the range meets the quotation marks: begins and ends with one, or cuts one."""
    opens, closes = words.quoted[first], words.quoted[end - 1]
    cut_left = opens != NONE and first > 0 and words.quoted[first - 1] == opens and not words.is_mark(first - 1)
    cut_right = closes != NONE and end < words.count and words.quoted[end] == closes and words.pos[end] != "PUNCT"
    return float(opens != NONE), float(closes != NONE), float(cut_left), float(cut_right), float(opens == closes)
