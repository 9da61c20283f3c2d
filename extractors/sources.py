"""Who is the source of a cue: the phrases that the parse offers beside it, and their features."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from extractors.actors import fold
from extractors.candidates import QUOTING, Candidate, office_before
from extractors.contents import Alternative, Range
from extractors.cues import is_kind, is_mute, is_quote_label, is_time, lexicon
from extractors.name_words import name_words
from extractors.words import FINITE, NONE, Words

SUBJECT, AGENT, SHARED, ANTECEDENT, POSSESSOR, OF, OBJECT, LABEL, NEAR, HOLDER, PASSIVE, QUOTED, MISREAD = range(13)
TOLD = (POSSESSOR, QUOTED, MISREAD)
"""Those that are the source wherever they are offered."""
RELATIVE = frozenset(["who", "which", "that", "whom", "whose"])
_SUBJECTS = ("nsubj", "csubj")


class Source(NamedTuple):
    """A phrase that may name the speaker: ``words[first:last]`` with its head word and how it is tied to the cue."""

    first: int
    last: int
    head: int
    kind: int
    steps: int  # from the cue up to the word that the phrase hangs on


def sources(words: Words, candidate: Candidate) -> list[Source]:
    """The phrases that may name the speaker of this cue, nearest tie first. Each head word once."""
    found: dict[int, Source] = {}
    for source in _offered(words, candidate):
        if source.head in found or source.first >= source.last:
            continue
        if not all(is_time(words.lower[at]) for at in range(source.first, source.last)):
            inverted = source.first <= candidate.at < source.head  # ``"Not today," repeated Hrab``, read as one name
            found[source.head] = source._replace(first=candidate.at + 1) if inverted else source
    return list(found.values())


def _offered(words: Words, candidate: Candidate) -> Iterator[Source]:
    at = candidate.at
    if candidate.kind == "colon":
        if is_quote_label(words.text[0]) and at > 2:  # "Quote from Olena Hrab, head of the board: ..."
            yield phrase(words, next((kid for kid in words.kids[1] if kid > 1), at - 1), LABEL, 0, until=at)
            return
        yield Source(*_bare(words, 0, at), at - 1, LABEL, 0)
    elif candidate.kind == "phrase":
        if words.tag[at + 1 : at + 2] == ["PRP$"]:  # "in her words"
            yield Source(at + 1, at + 2, at + 1, POSSESSOR, 0)
        objects = list(_objects(words, candidate))
        yield from objects
        if candidate.after <= candidate.at + 1:
            return  # "reportedly" names nobody
        beside = _neighbours(words, candidate)
        yield from (each for each in beside if not any(whole.first <= each.head < whole.last for whole in objects))
        return
    elif candidate.kind == "noun":
        yield from _owners(words, at)
        yield from _governors(words, at)
    else:
        if is_kind("hearing", candidate.cue):
            yield from (each._replace(kind=QUOTED) for each in _agents(words, at))
        yield from _speakers_of_words(words, at)
        yield from _subjects(words, at, 0)
        yield from _misread(words, at)
        yield from _agents(words, at)
        yield from _governors(words, at)
    yield from _neighbours(words, candidate)


def _subjects(words: Words, at: int, steps: int) -> Iterator[Source]:
    for kid in words.kids[at]:
        if words.dep[kid] in _SUBJECTS or words.dep[kid] == "nsubjpass":
            if words.lower[kid] in RELATIVE:
                if words.dep[at] == "relcl":
                    yield phrase(words, _described_by(words, at, kid), ANTECEDENT, steps, until=words.left[at])
            elif words.dep[kid] == "nsubjpass":
                if words.lower[kid] != "it" or not any(words.dep[near] == "ccomp" for near in words.kids[at]):
                    yield phrase(words, kid, PASSIVE, steps)  # but nobody in "it was announced that"
            else:
                yield _with_strays(words, at, phrase(words, kid, SHARED if steps else SUBJECT, steps, until=at))


def _with_strays(words: Words, verb: int, source: Source) -> Source:
    """With the parts that the parse hangs on the verb: "NSDC" of "NSDC Secretary Ann Hrab said", "in Tokyo" of "the
    embassy in Tokyo said"."""
    first, last = source.first, source.last
    for kid in words.kids[verb]:
        beside = words.dep[kid] in ("npadvmod", "nsubj") and not is_time(words.lower[kid])
        title = beside and words.text[kid][0].isupper()
        begins = words.left[kid] == words.sentence_of(verb)[0] and words.right[kid] == first - 1
        if title and begins and not {",", ":"}.intersection(words.lower[words.left[kid] : first]):
            first = words.left[kid]
        place = words.lower[kid] == "in" and words.right[kid] == verb - 1 and words.pos[verb - 1] == "PROPN"
        if place and kid == last and not is_time(words.lower[verb - 1]):
            last = verb
    return source._replace(first=first, last=last)


def _described_by(words: Words, verb: int, relative: int) -> int:
    """Whom a relative clause describes: of "Ann Hrab, a clerk at the Institute, who said" her, not the institute
    or the office."""
    noun = words.head[verb]
    if words.lower[relative] != "who" or words.lower[relative - 1] != ",":
        return noun
    office = noun
    while words.dep[office] == "pobj" and words.dep[words.head[office]] == "prep":
        office = words.head[words.head[office]]
    name = words.head[office]
    apposed = words.dep[office] == "appos" and words.pos[office] == "NOUN" and words.pos[name] == "PROPN"
    return name if apposed and fold(words.text[words.left[noun]]) not in name_words().forenames else noun


def _misread(words: Words, at: int) -> Iterator[Source]:
    """Who speaks where the parse gives the verb no subject, since it takes him for something else."""
    if is_misread_participle(words, at):
        head = next(near for near in range(words.sentence_of(at)[0], at) if words.dep[near] == "ROOT")
        yield Source(*_bare(words, words.left[head], at), head, MISREAD, 0)
    if words.is_finite(at) and not any(map(partial(_is_subject, words), words.kids[at])):
        for rule in (_asked, _behind_as, _behind_settings, _in_office, _behind_semicolon, _opening, _joined):
            yield from rule(words, at)


def _asked(words: Words, at: int) -> Iterator[Source]:
    """Of "The envoy, asked about the raid, said" the envoy, for the parse the one who asked."""
    for verb in words.kids[at]:
        named = [kid for kid in words.kids[verb] if words.dep[kid] == "nsubj" and verb - words.right[kid] in (1, 2)]
        if named and verb < at and words.lower[verb - 1] == "," and words.lower[at - 1] == ",":
            yield phrase(words, named[0], MISREAD, 0, until=verb)


def _in_office(words: Words, at: int) -> Iterator[Source]:
    """Of "A shell fell in Kherson, the governor, Ann Hrab, said" the governor, for the parse a name of the town."""
    if (office := office_before(words, at)) != NONE:
        yield Source(*_bare(words, office, at), at - 2, MISREAD, 0)


def _behind_semicolon(words: Words, at: int) -> Iterator[Source]:
    """Of "Two were hurt; a third, from Riga, said" the third."""
    first = words.sentence_of(at)[0]
    half = next((near + 1 for near in range(at - 1, first, -1) if words.lower[near] == ";"), at)
    comma = next((near for near in range(half, at) if words.lower[near] == ","), NONE)
    apart = comma != NONE and words.lower[at - 1] == "," and words.pos[half] in _OPENS_SUBJECT
    if apart and words.pos[comma - 1] != "ADV" and not words.tells(half, comma):
        yield Source(*_bare(words, half, comma), comma - 1, MISREAD, 0)


_OPENS_SUBJECT = frozenset(["ADJ", "DET", "NOUN", "PRON", "PROPN"])


def _opening(words: Words, at: int) -> Iterator[Source]:
    """Of "Orban, in a post on X, said" the name, for the parse an adverb."""
    first, last = words.sentence_of(at)
    aside = first + 1 < last and words.lower[first + 1] == "," and words.head[first] == at and words.pos[first] == "ADV"
    if aside and not words.lower[first].endswith("ly"):
        yield Source(first, first + 1, first, MISREAD, 0)


def _joined(words: Words, at: int) -> Iterator[Source]:
    """Of "At the end of May, Politico, citing sources, said" and "In Oslo, Ann Hrab, a clerk, said" the name, for the
    parse another one of May or Oslo; of "In a post on X, Kyiv's mayor said" the mayor, whom it joins to X."""
    first = words.sentence_of(at)[0]
    for near in range(first, at) if words.dep[first] in ("prep", "advcl") else ():
        head = words.head[near]
        if words.dep[near] in ("appos", "conj") and words.pos[near] == "PROPN":
            ends = words.lower[words.left[near] - 1] == "," and at - words.right[near] in (1, 2)
            if is_time(words.lower[head]) or (ends and words.dep[head] in ("pobj", "nsubj")):
                yield phrase(words, near, MISREAD, 0)
        elif words.lower[near + 1] == "," and near + 1 < head < at and words.dep[head] == "pobj":
            yield Source(*_bare(words, near + 2, words.right[head] + 1), head, MISREAD, 0)


def _before(words: Words, verb: int) -> int:
    """The last word before a verb and what helps it."""
    return next((near for near in range(verb - 1, 0, -1) if words.pos[near] not in ("ADV", "AUX")), 0)


def _behind_as(words: Words, at: int) -> Iterator[Source]:
    """Of "Oslo will pay, its minister said, as one of his guards warned" the guard, for the parse what he spoke as."""
    last = _before(words, at)
    for kid in words.kids[at] if words.dep[at] == "advcl" else ():
        if words.lower[kid] in ("as", "while") and words.dep[kid] == "prep" and words.right[kid] == last:
            yield Source(kid + 1, last + 1, words.kids[kid][-1] if words.kids[kid] else last, MISREAD, 0)


def _behind_settings(words: Words, at: int) -> Iterator[Source]:
    """The name that the parse takes for where or when it spoke: of "At a rally on Monday President Lee said" and "and
    in Oslo Ann Hrab said"."""
    above = last = _before(words, at)
    head = words.head[last]
    while words.dep[above] in ("pobj", "prep") and above != at:
        above = words.head[above]
    if words.dep[last] != "pobj" or words.pos[last] != "PROPN" or above != at:
        return
    first = words.left[last]
    if first > head and (start := behind_setting(words, first, last + 1)) > first:
        yield Source(start, last + 1, last, MISREAD, 0)


def behind_setting(words: Words, first: int, last: int) -> int:
    """Where the name begins in "Monday President Lee" and "New York Foreign Minister Lee" behind a preposition, or the
    first word itself."""
    known = name_words()
    if is_time(words.lower[first]):
        return first + 1 + is_time(words.lower[first + 1], "parts_of_day") if first + 1 < last else first
    if words.pos[first] != "PROPN" or words.lower[last - 1] in known.bodies:
        return first
    for near in range(first + 1, last - 1):
        titled = words.lower[near] in known.role_words or words.lower[near].rstrip(".") in known.honorifics
        if titled or fold(words.text[near]) in known.forenames:
            while near - 1 > first and (words.lower[near - 1] in known.fields or words.text[near - 1].isupper()):
                near -= 1
            return near
    return first


def _is_subject(words: Words, at: int) -> bool:
    """Is it one, not the place behind an "In" for which the parse found nothing else?"""
    before = words.left[at] - 1
    stray = before >= 0 and words.dep[before] == "prep" and not words.kids[before]
    return words.dep[at] in ("nsubj", "nsubjpass") and not stray


_NEAR_CLAUSE = 8
"""Words between a verb and its "that": "reported late on the evening of May 3 that"."""


def is_misread_participle(words: Words, at: int) -> bool:
    """Is it the verb of "The head of a brigade in the north reported in May that the line held", for the parse a
    participle of the north, or of the head?"""
    first = words.sentence_of(at)[0]
    verbal = words.tag[at] == "VBN" and words.dep[at] == "acl"
    if words.lower[at - 1] == ",":  # "Ann Hrab, a clerk, posted on X that": behind an apposition of the only name
        named = words.head[at]
        verbal = verbal and words.dep[named] == "ROOT" and any(words.dep[kid] == "appos" for kid in words.kids[named])
    clause = any(
        words.lower[near] == "that" and (words.tag[near] == "IN" or words.tag[near + 1] not in FINITE)
        for near in range(at + 1, min(at + _NEAR_CLAUSE, words.count - 1))
    )
    if not verbal or not clause or words.tells(first, at):
        return False
    return any(words.dep[near] == "ROOT" and words.pos[near] in ("NOUN", "PROPN") for near in range(first, at))


def _speakers_of_words(words: Words, at: int) -> Iterator[Source]:
    """Of "Her answer was blunt: ..." and "The message from Oslo is: ..." her and Oslo."""
    for kid in words.kids[at] if words.lemma[at] == "be" else ():
        if words.dep[kid] == "nsubj" and is_mute("speeches", words.lemma[kid]):
            yield from (each._replace(kind=POSSESSOR) for each in _owners(words, kid))


def _agents(words: Words, at: int) -> Iterator[Source]:
    for kid in words.kids[at]:
        if words.dep[kid] == "agent" or (words.dep[kid] == "prep" and words.lower[kid] in ("by", "from")):
            for below in words.kids[kid]:
                if words.dep[below] == "pobj":
                    yield phrase(words, below, AGENT, 0)


def _governors(words: Words, at: int) -> Iterator[Source]:
    """The subjects of the verbs above the cue, and the noun that a participle or relative clause describes."""
    up = at
    for steps in range(1, 6):
        head = words.head[up]
        if head == up:
            return
        if words.dep[up] in ("acl", "relcl") and words.pos[head] in ("NOUN", "PROPN", "PRON"):
            yield phrase(words, head, HOLDER, steps, until=words.left[up])
        if words.lemma[head] in QUOTING and words.lower[up] == "as":
            yield from _quoted_person(words, head)
        up = head
        if words.pos[up] in ("VERB", "AUX", "NOUN", "ADJ"):
            yield from _subjects(words, up, steps)
            yield from _agents(words, up)


def _quoted_person(words: Words, at: int) -> Iterator[Source]:
    """Of "the agency quotes him as saying" and "he was quoted as saying": him, he."""
    for kid in words.kids[at]:
        if words.dep[kid] in ("dobj", "nsubjpass"):
            yield phrase(words, kid, QUOTED, 0)


def _owners(words: Words, at: int) -> Iterator[Source]:
    for kid in words.kids[at]:
        if words.lower[kid] == "whose":
            yield from _described(words, at)
        elif is_owner(words, kid):
            yield phrase(words, kid, POSSESSOR, 0)
        elif words.dep[kid] in ("prep", "agent") and words.lower[kid] in ("of", "from", "by"):
            for below in words.kids[kid]:
                if words.dep[below] == "pobj":
                    yield phrase(words, below, OF, 0)
        elif (
            words.dep[kid] in ("amod", "compound") and words.tag[kid] in ("NNP", "JJ") and words.text[kid][:1].isupper()
        ):
            yield Source(kid, kid + 1, kid, POSSESSOR, 0)


def is_owner(words: Words, at: int) -> bool:
    """Is it the "Tusk" of "Tusk's remark", or "his", whatever the parse makes of its tie?"""
    return words.dep[at] == "poss" or any(words.tag[kid] == "POS" for kid in words.kids[at])


def _described(words: Words, at: int) -> Iterator[Source]:
    """The noun that the relative clause around this word describes: "a team whose finding that ..."."""
    while words.dep[at] != "relcl" and words.head[at] != at:
        at = words.head[at]
    if words.dep[at] == "relcl":
        yield phrase(words, words.head[at], POSSESSOR, 0, until=words.left[at])


def _objects(words: Words, candidate: Candidate) -> Iterator[Source]:
    for near in range(candidate.at + len(candidate.cue.lemma.split()), candidate.after):
        if words.dep[near] in ("pobj", "dobj", "pcomp") and words.head[near] < candidate.after:
            yield phrase(words, near, OBJECT, 0)
            return


def _neighbours(words: Words, candidate: Candidate) -> Iterator[Source]:
    """The noun phrases next to the cue on both sides, for where the parse goes wrong."""
    first, last = words.sentence_of(candidate.at)
    if is_of_nobody(words, candidate.at):
        return
    for near in range(candidate.at + 1, min(last, candidate.at + 6)):
        if _is_noun(words, near) and words.dep[near] != "compound" and words.lower[near] not in RELATIVE:
            yield phrase(words, near, NEAR, 0)
            break
    for near in range(candidate.at - 1, max(first - 1, candidate.at - 12), -1):
        if words.lower[near] in RELATIVE or (words.lower[near] == "it" and words.dep[near] == "nsubjpass"):
            continue
        if words.dep[near] == "expl":
            break  # "There has been criticism that"
        if is_time(words.lower[near], "weekdays") and words.left[near] == near:
            continue  # "the minister on Friday said": in the parse the day may be a noun of its own
        if _is_noun(words, near) and (words.dep[near] != "compound" or words.head[near] == candidate.at):
            yield phrase(words, _whole(words, near), NEAR, 1)
            break


def is_of_nobody(words: Words, at: int) -> bool:
    """ "It was claimed in court", without "by" whom."""
    if words.tag[at] != "VBN":
        return False
    its = any(words.dep[kid] == "nsubjpass" and words.lower[kid] == "it" for kid in words.kids[at])
    return its and "by" not in words.lower[at + 1 : at + 6]


def _whole(words: Words, at: int) -> int:
    """The head of the phrase that a noun ends: "mayor" for the "Kharkiv" of "the mayor of Kharkiv"."""
    while words.dep[at] == "pobj" and words.dep[words.head[at]] == "prep" and not is_time(words.lower[at]):
        above = words.head[words.head[at]]
        if words.pos[above] not in ("NOUN", "PROPN") or words.right[above] != words.right[at]:
            break
        at = above
    return at


def _is_noun(words: Words, at: int) -> bool:
    plain = words.pos[at] in ("NOUN", "PROPN", "PRON") and words.tag[at] != "PRP$"
    return plain and words.quoted[at] == NONE


def phrase(words: Words, head: int, kind: int, steps: int, *, until: int | None = None) -> Source:
    """A noun phrase without its relative clauses and participles, with its appositions."""
    first, last = words.left[head], words.right[head] + 1
    if until is not None and until > head:
        last = min(last, until)
    behind = [kid for kid in words.kids[head] if head < kid]
    named = max((kid for kid in behind if words.dep[kid] == "appos" and words.pos[kid] == "PROPN"), default=NONE)
    for kid in behind:
        if words.left[kid] < last and words.dep[kid] in ("relcl", "acl", "advcl", "parataxis"):
            last = words.left[kid] if kid > named else last
    for near in range(max(head, named) + 1, last - 1):
        if words.lower[near] == "," and words.lower[near + 1] == "who":
            last = near  # "Ann Hrab, a clerk at the Harbour Institute, who thinks that": to the parse the institute's
            break
    return Source(*_bare(words, first, last), head, kind, steps)


def _bare(words: Words, first: int, last: int) -> Range:
    while first < last and (words.punct[first] or words.pos[first] == "CCONJ" or words.is_mark(first)):
        first += 1
    while last > first and (_trails(words, last - 1) or words.tag[last - 1] == "POS"):
        last -= 1
    if last > first + 1 and is_time(words.lower[last - 1], "weekdays") and words.dep[last - 2] == "compound":
        last -= 1  # "Minister Bell Friday told": in the parse the day may end the name
    return first, last


def _trails(words: Words, at: int) -> bool:
    return words.punct[at] and words.text[at] not in ")]"


_TAGS = {
    name: code for code, name in enumerate(["NNP", "NNPS", "PRP", "NN", "NNS", "WP", "WDT", "DT", "CD", "JJ", "PRP$"])
}


def source_features(words: Words, candidate: Candidate, source: Source, content: Alternative) -> list[float]:
    """Of one phrase as the source of a cue with this content."""
    at, head = candidate.at, source.head
    inside = any(first <= head < last for first, last in content.ranges)
    between = range(min(at, head) + 1, max(at, head))
    return [
        source.kind,
        source.steps,
        head - at,
        abs(head - at),
        source.last - source.first,
        _TAGS.get(words.tag[head], 20),
        float(words.lower[head] in ("he", "she", "they")),
        float(words.lower[head] in ("it", "this", "there", "one", "what")),
        float(inside),
        float(words.quoted[head] != NONE),
        float(any(words.text[near][:1].isupper() for near in range(source.first, source.last))),
        sum(words.pos[near] == "PUNCT" for near in between),
        sum(words.pos[near] in ("VERB", "AUX") for near in between),
        float(words.sentence[head] != words.sentence[at]),
        float(words.dep[at] in ("advcl", "acl", "relcl")),
        float(words.dep[at] == "conj"),
        float(words.dep[at] == "xcomp"),
        float(words.tag[at] in ("VBG", "VBN")),
        float(any(words.dep[kid] == "auxpass" for kid in words.kids[at])),
        float(candidate.kind == "noun"),
        float(candidate.kind == "phrase"),
        float(words.dep[head] in ("npadvmod", "nsubj", "nsubjpass")),
        float(words.dep[head] == "pobj"),
        float(content.place != "after"),
        float(words.lower[at - 1] in (",", "–", "—", "-")) if at else 0.0,
        float(words.lemma[words.head[head]] in lexicon().verbs),
        float(words.tag[words.head[head]] in ("VBD", "VBZ", "VBP")),
        float(is_time(words.lower[head])),
    ]
