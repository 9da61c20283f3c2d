"""The statements of one paragraph held against each other: which of two cues keeps a content, where one ends and the
next begins, whom an outlet's report credits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from extractors.acceptance import SURE_INSIDE
from extractors.candidates import candidates, quoting_verb
from extractors.crediting import credits_of
from extractors.cues import is_citing, lexicon
from extractors.drafts import Draft, cut, is_perfect, overlaps, span
from extractors.forms import owner_of
from extractors.name_words import name_words
from extractors.outlets import is_outlet
from extractors.records import Span
from extractors.sources import phrase, sources
from extractors.words import FINITE, NONE, Words

SAME = 0.6
"""The share of common words from which two contents are one, claimed by two cues."""
CREDITED = 0.25
"""The share of a report that another's statement must make up for the report to be its carrier only."""
_SUBJECTS = frozenset(["nsubj", "nsubjpass", "agent"])


def settled(text: str, drafts: list[Draft]) -> list[Draft]:
    """The statements of one paragraph, each with its own content."""
    drafts = [each for each in drafts if not _names_source(text, each, drafts) and not _heads_report(each, drafts)]
    drafts = _without_doubles(drafts)
    drafts = [_participial(each, drafts) for each in drafts]
    drafts = [each for each in drafts if _stands_alone(each, drafts)]
    drafts = [_ended(text, each, drafts) for each in drafts]
    drafts = _credited(text, [_cited(text, each) for each in drafts])
    drafts = [_carried(text, _without_credit(text, each)) for each in drafts]
    drafts = [_relayed(text, each, drafts) for each in drafts]
    return [each for each in drafts if not _is_doubtful(each, drafts)]


def _without_credit(text: str, each: Draft) -> Draft:
    """In "said the depot was empty, the agency Nordlys reported on Monday" the agency is credited, and says no part; in
    "The minister, Nordlys reports, advised them to leave" it is no part of who advised."""
    words, at = each.words, each.at
    if at == NONE or each.speaker is None or is_outlet(text[slice(*each.speaker)]):
        return _apart(each)
    for credit in credits_of(words, words.sentence_of(at)):
        source = span(words, credit.source)
        if each.speaker[0] < words.start[credit.first] < each.speaker[1]:
            each = replace(each, speaker=(each.speaker[0], words.end[credit.first - 1]))
        if credit.first <= at < credit.last or source == each.speaker:
            continue
        if at < credit.first < each.ranges[-1][1] <= credit.last + 1:
            each = cut(text, each, credit.first)
        each = replace(each, via=each.via or source)
    return each


def _apart(each: Draft) -> Draft:
    """Of "The minister, Nordlys reports, advised them to leave" the parse can take Nordlys for who advised."""
    words, at = each.words, each.at
    for credit in credits_of(words, words.sentence_of(at)) if at != NONE else ():
        start = 1 + max((near for near in range(credit.first) if words.lower[near] in (",", ".")), default=NONE)
        named = start < credit.first and words.pos[start] != "ADP" and not words.tells(start, credit.first)
        if named and each.speaker == span(words, credit.source) and credit.last + 1 == at:
            return replace(each, speaker=span(words, (start, credit.first)), via=each.speaker)
    return each


def _carried(text: str, each: Draft) -> Draft:
    """Of "Two barns burned, the River Staff reports, writes UNN" the staff is the source, and UNN is credited; the
    tagger takes the first cue for a noun."""
    words, (first, last) = each.words, each.ranges[-1]
    cue = last - 1
    if each.at < last or words.lower[cue] not in ("reports", "says") or words.tag[cue] != "NNS":
        return each
    comma = next((at for at in range(cue - 2, first + 1, -1) if words.lower[at] == ","), NONE)
    if comma == NONE or not words.tells(first, comma) or words.tells(comma, cue) or words.quoted[comma + 1] != NONE:
        return each
    source, told = span(words, (comma + 1, cue)), span(words, (cue, last))
    return replace(cut(text, each, comma), speaker=source, cue=told, via=each.via or each.speaker)


def _relayed(text: str, each: Draft, drafts: Sequence[Draft]) -> Draft:
    """Of "He told the crews that the war was long, his office said" and "According to a readout, he told ..." all is on
    the word of the office. (Of "The office said he had told them" our marked stories credit it in fewer than half.)"""
    if each.via is not None or each.at == NONE:
        return each
    whole = [other for other in drafts if other is not each and other.holds(each) and not each.holds(other)]
    for other in sorted(whole, key=lambda near: near.ranges[-1][1] - near.ranges[0][0]):
        behind = other.rule.startswith("phrase") or other.ranges[0][0] < other.at
        if behind and other.speaker and text[slice(*other.speaker)].lower() not in name_words().pronouns:
            return replace(each, via=other.speaker if other.speaker != each.speaker else None)
    return each


def _without_doubles(drafts: list[Draft]) -> list[Draft]:
    """Where two cues claim the same content, the surer one keeps it: a verb before its noun, but a noun with an owner
    ("hit back at Tusk's remark that ...") before a verb; and one that is listed before any other."""
    kept: list[Draft] = []
    for each in sorted(drafts, key=_precedence):
        rivals = (other for other in kept if other.paragraph == each.paragraph)
        if all(_shared(each, other) < SAME or _reports(each, other) or _reports(other, each) for other in rivals):
            kept.append(each)
    return kept


def _reports(each: Draft, other: Draft) -> bool:
    """Is the other a statement inside this one, not the noun of the same act ("voiced gratitude for")?"""
    return each.holds(other) and (_is_owned(other) or not other.rule.startswith("noun"))


def _precedence(each: Draft) -> tuple[bool, bool, bool, float]:
    return not _is_owned(each), each.rule.startswith("noun"), _is_unlisted(each), -each.confidence


def _is_unlisted(each: Draft) -> bool:
    """Is its cue no word that is known to report speech?"""
    words, listed = each.words, lexicon()
    known = words.lemma[each.at] in listed.verbs or words.lower[each.at] in listed.first_words - {":"}
    return each.rule.startswith(("verb", "colon")) and not known


def _is_owned(each: Draft) -> bool:
    """Is its cue a noun that tells whose clause it introduces: "Tusk's remark that ...", not "his remark"?"""
    words = each.words
    if not each.rule.startswith("noun"):
        return False
    kids = words.kids[each.at]
    clauses = (kid for kid in kids if kid > each.at and words.dep[kid] in ("acl", "ccomp"))
    told = any(words.dep[below] in _SUBJECTS for kid in clauses for below in words.kids[kid])
    return told and owner_of(words, each.at) is not None


def _stands_alone(each: Draft, drafts: Sequence[Draft]) -> bool:
    """Inside another's statement only a clause with a subject of its own is a statement, not every participle, and no
    infinitive: "urged residents to leave and report damage"."""
    words = each.words
    if each.rule.startswith("noun"):  # "said it was an admission of failure": the noun is a part of what is said
        return not any(other.holds(each) and other.speaker == each.speaker for other in drafts if other is not each)
    if words.tag[each.at] not in ("VB", "VBG", "VBN") or quoting_verb(words, each.at) != NONE:
        return True
    told = (other for other in drafts if other.holds(each)) if is_perfect(words, each.at, "had", "has", "have") else ()
    if each.speaker and any(overlaps(other, each.speaker) for other in told):
        return True  # "said Oslo had paid and had asked for more"
    if any(words.dep[kid] in _SUBJECTS for kid in words.kids[each.at]):
        return True
    infinitive = words.tag[each.at] == "VB"
    return not any(
        other.holds(each) and (infinitive or other.speaker != each.speaker) for other in drafts if other is not each
    )


def _is_doubtful(each: Draft, drafts: Sequence[Draft]) -> bool:
    """Inside another's statement: does it stand in his quoted words, or is it unsure and without a subject of its own
    ("said he had been told of a plan")?"""
    words = each.words
    empty = not any(words.tells(*part) or words.quoted[part[0]] != NONE for part in each.ranges)
    if empty and _only_credits(each):
        return True  # "The minister, Nordlys reports, advised them": nothing is reported of the minister
    if each.at == NONE or not any(other.holds(each) for other in drafts if other is not each):
        return False
    deps = {words.dep[kid] for kid in words.kids[each.at]}
    acts = each.rule.startswith("verb") and ("nsubj" in deps or {"nsubjpass", "agent"} <= deps)
    return words.quoted[each.at] != NONE or (each.confidence < SURE_INSIDE and not acts)


def _participial(each: Draft, drafts: Sequence[Draft]) -> Draft:
    """In "declared that the EU was planning a package, stressing that it would bite" the one who declared stresses; so
    does one of whom two things are told ("said the road was shut, and warned of mines")."""
    words = each.words
    before = each.before - 1
    if before < 2 or each.rule.startswith("noun"):
        return each
    participle = words.tag[each.at] == "VBG" and words.lower[before] == ","
    second = (
        words.tag[each.at] in FINITE
        and words.lower[before] in ("and", "but")
        and words.lower[before - 1] == ","
        and not any(words.dep[kid] in _SUBJECTS for kid in words.kids[each.at])
    )
    if not (participle or second):
        return each
    sentence = words.sentence[each.at]
    earlier = [other for other in drafts if other.at < each.at and words.sentence[max(other.at, 0)] == sentence]
    nearest = max(earlier, key=lambda other: other.at, default=None)
    if nearest is None or nearest.at == NONE or words.tag[nearest.at] not in FINITE or not nearest.holds(each):
        return each
    return replace(each, speaker=nearest.speaker)


def _shared(one: Draft, other: Draft) -> float:
    if one.ranges[-1][1] <= other.ranges[0][0] or other.ranges[-1][1] <= one.ranges[0][0]:
        return 0.0
    common = sum(max(0, min(b, d) - max(a, c)) for a, b in one.ranges for c, d in other.ranges)
    both = sum(last - first for first, last in (*one.ranges, *other.ranges))
    return common / max(1, both - common)


def _ended(text: str, each: Draft, drafts: Sequence[Draft]) -> Draft:
    """A content ends where the same speaker's next cue begins."""
    for other in drafts:
        if other is not each and _describes_thing(each, other):
            each = cut(text, each, each.words.left[other.at])
        if other is not each and _takes_quotation(each, other):
            each = cut(text, each, other.ranges[0][0])
        if other is not each and each.holds(other) and other.at > each.at and not other.rule.startswith("noun"):
            same_speaker = other.speaker is not None and other.speaker == each.speaker
            if same_speaker or other.holds(each) or _new_clause(other):
                each = cut(text, each, other.before)
    return each


def _takes_quotation(each: Draft, other: Draft) -> bool:
    """Does a cue behind this content take the quotation that ends it: ``told us it was cold: "We froze," he added``?"""
    first, last = other.ranges[0]
    words = each.words
    behind = 0 <= each.at < each.ranges[-1][0] < first and last == each.ranges[-1][1] <= other.at
    apart = first - 1 - words.is_mark(first - 1)
    return behind and words.quoted[first] != NONE and words.lower[apart] in (":", ".")


def _describes_thing(each: Draft, other: Draft) -> bool:
    """Is the other a relative clause behind the thing that this is about: "thanked Oslo for a loan which Riga pledged"?
    Behind a clause it belongs to what is said."""
    words, at = each.words, other.at
    opens = words.left[at]  # ", in which he called it a lie"
    led = words.tag[at] in FINITE and words.pos[opens] == "ADP" and words.lower[opens - 1] == ","
    led = led and words.right[at] + 2 >= each.ranges[-1][1]
    if not each.holds(other) or words.dep[at] != "relcl" or (other.ranges[-1][1] > at and not led):
        return False
    first = each.ranges[-1][0]
    return not words.tells(first, words.left[at])


def _new_clause(other: Draft) -> bool:
    """Does a second report begin here: "...; Moscow denied it", "..., while Moscow said ..."?"""
    words, before = other.words, other.before - 1
    if before < 0 or not any(words.dep[kid] == "nsubj" for kid in words.kids[other.at]):
        return False
    if words.lower[before] == "but" or words.lower[before] in _AGAINST:
        return _comma_before(words, before)
    named = words.pos[other.before] == "PROPN" or words.lower[other.before] in ("he", "she", "they")
    if words.lower[before] == "and" and named:
        return _comma_before(words, before) and words.tag[other.at] in FINITE
    return words.lower[before] == ";" or (words.lower[other.before] in _AGAINST and _comma_before(words, other.before))


def _comma_before(words: Words, at: int) -> bool:
    """Does a comma stand before this word, or before the mark that ends a quotation there?"""
    near = at - 1
    while near > 0 and words.is_mark(near):
        near -= 1
    return near >= 0 and words.lower[near] == ","


_AGAINST = ("while", "whereas", "though", "although")


def _credited(text: str, drafts: list[Draft]) -> list[Draft]:
    """A report by an outlet, or by nobody, of what another said is no statement of its own: the outlet is credited."""
    via: dict[int, Span | None] = {}
    dropped: set[int] = set()
    for each in drafts:
        if each.speaker is not None and not (_is_reporter(text, each, drafts) or _only_credits(each)):
            continue
        inner = [other for other in drafts if other is not each and each.holds(other)]
        carried = {at for other in inner for at in other.covered()}
        alike = (other for other in drafts if other is not each and not other.holds(each))
        same = [other for other in alike if _shared(each, other) >= SAME]
        if (inner and len(carried & each.covered()) >= CREDITED * len(each.covered())) or (same and each.speaker):
            dropped.add(id(each))
            via.update({id(other): each.via or each.speaker for other in inner or same})
    return [replace(each, via=via.get(id(each), each.via)) for each in drafts if id(each) not in dropped]


def _is_reporter(text: str, each: Draft, drafts: Sequence[Draft]) -> bool:
    """Is it an outlet, an "it" inside what another says ("said it had asked for help"), or the "it" of "according to
    it"?"""
    mention = text[slice(*each.speaker)] if each.speaker else ""
    if mention.lower() != "it":
        return is_outlet(mention)
    return each.rule.startswith("phrase") or any(other.holds(each) for other in drafts if other is not each)


def _only_credits(each: Draft) -> bool:
    """Is its cue that of "..., reports DNU", where the form tells an outlet that no list knows?"""
    if each.at == NONE:
        return False
    credited = credits_of(each.words, each.words.sentence_of(each.at))
    return any(credit.first <= each.at < credit.last for credit in credited)


def _names_source(text: str, each: Draft, drafts: Sequence[Draft]) -> bool:
    """Does "citing ..." only name the source of what is reported or said in the same sentence?"""
    if each.cue is None or not is_citing(text[slice(*each.cue)]):
        return False
    sentence = each.words.sentence
    said = (other for other in drafts if other.at != NONE and other.rule.startswith("verb") and other.speaker)
    beside = (other for other in said if sentence[other.at] == sentence[each.at])
    return any(_is_carrier(text, other) or each.holds(other) for other in beside)


def _heads_report(each: Draft, drafts: Sequence[Draft]) -> bool:
    """Does a label only say where or of what: "Denmark: Oslo announced a loan", where the sentence has a source?"""
    words, colon = each.words, each.at
    if colon == NONE or words.lower[colon] != ":" or words.quoted[colon + 1] != NONE:
        return False
    same = (other for other in drafts if other.at > colon and words.sentence[other.at] == words.sentence[colon + 1])
    heads = (other for other in same if other.at == colon + 1 or words.head[other.at] in (other.at, *range(colon)))
    return any(other.speaker for other in heads)


def _is_carrier(text: str, each: Draft) -> bool:
    """Is it an outlet that tells it? What reports, citing another, is one, whatever its name."""
    told = each.speaker is not None and is_outlet(text[slice(*each.speaker)])
    return told or each.words.lemma[each.at] == "report"


def _cited(text: str, each: Draft) -> Draft:
    """Of "Interfax reported, citing the rescue service" the service is the source, and Interfax is credited."""
    words = each.words
    if each.speaker is None or each.at == NONE:
        return each
    if (quoting := quoting_verb(words, each.at)) != NONE:
        return replace(each, via=_quoted_by(words, quoting, each.at))
    if not _is_carrier(text, each):
        return each
    for near in candidates(words, each.at + 1, words.sentence_of(each.at)[1]):
        if is_citing(near.cue.lemma):
            source = next(iter(sources(words, near)), None)
            inside = any(first <= near.at < last for first, last in each.ranges)
            trailing = words.lower[near.at - 1] == "," and near.cue.lemma.endswith(" to")
            if inside and trailing and near.after >= each.ranges[-1][1]:
                each, inside = cut(text, each, near.at), False
            if source is not None and not inside:
                cue = words.start[near.at], words.end[near.at + len(near.cue.lemma.split()) - 1]
                return replace(each, via=each.speaker, speaker=span(words, (source.first, source.last)), cue=cue)
    return each


def _quoted_by(words: Words, quoting: int, said: int) -> Span | None:
    """The agency of "BelTA quoted him as saying", "quoted by Reuters as saying", "quoted as saying by Reuters"."""
    subjects = [kid for kid in words.kids[quoting] if words.dep[kid] == "nsubj"]
    by = [kid for at in (quoting, said) for kid in words.kids[at] if words.lower[kid] == "by"]
    for head in (*subjects, *(below for kid in by for below in words.kids[kid])):
        source = phrase(words, head, 0, 0)
        if source.first < source.last:
            return span(words, (source.first, source.last))
    return None
