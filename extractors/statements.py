"""Story → statements: who said what, in whose words, to whom, with the evidence.

Every word that could be a cue is a candidate; the parse and the quotation marks offer its contents and sources; a
small trained model (extractors.ranking) chooses, extractors.drafts sets the ends right. What concerns several
statements is settled here: which of two cues keeps a content, where one ends and the next begins, which outlet is
credited, quotations that run on over paragraphs, quotations without a cue.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from itertools import islice

from extractors.anaphora import pointers, sentence_before
from extractors.audiences import audience, audience_spans, is_outlet
from extractors.candidates import Candidate, candidates
from extractors.contents import Alternative, Range, behind_listener
from extractors.cues import is_label, is_mute, is_quote_label
from extractors.drafts import FINITE, Draft, cut, draft, named, span, spoken_paragraph
from extractors.frames import framed
from extractors.parsing import Parsed
from extractors.quotations import Quotation, quotations
from extractors.ranking import Found, Model, load_trained
from extractors.records import CueClass, Form, Span, Spans, Statement, Story, statement_id
from extractors.sources import phrase, sources
from extractors.transcripts import asks, is_transcript, turn
from extractors.words import NONE, Words

SURE_ENOUGH = 0.5
"""The least probability at which a cue with its content is a statement."""
LIKELY_FORM = 0.25
"""The same where the form already speaks for it: a name and a colon, a noun with a that-clause, "ruled out"."""
CERTAIN_FORM = 0.05
"""The same of what is nothing else: "in the words of", "told the committee that"."""
LED_FORM, LED_WEIGHT = 0.4, 0.85
"""The same where a verb of speech leads to its content by its own preposition: "admitted to a mistake"."""
POSTPOSED = 0.12
"""The same where the clause stands before a comma, and a verb of speech with its subject ends the sentence."""
SAME = 0.6
"""The share of common words from which two contents are one, claimed by two cues."""
CREDITED = 0.25
"""The share of a report that another's statement must make up for the report to be its carrier only."""
BARE = 0.6
"""The confidence of a quotation without a cue."""
REPORTED_BEFORE = 0.6
"""The confidence of a statement whose source only the next sentence names."""
_SUBJECTS = frozenset(["nsubj", "nsubjpass", "agent"])
MOST_CUES = 3_000
"""Words of a story that are weighed as cues, from its start: a novel has fewer, a longer list of "said" is no news."""
MOST_CUES_IN_PARAGRAPH = 150
"""The same in one paragraph, of at most parsing.LONGEST characters: statements of a paragraph are held against each
other, which takes the square of their number. More than one word in seven is a cue only where nobody wrote prose."""
_LEAST_BARE = 4
"""Words: a shorter quotation without a cue is no statement."""


def find(story: Story, parsed: Parsed, *, model: Model | None = None, nested: bool = True) -> list[Statement]:
    """The statements of a story in the order of the text: words, offsets, form, cue class, audience, via, confidence.

    ``nested``: also those reported inside the indirect speech of another ("A source said Trump had told leaders ...").
    Names and days are left to extractors.speakers and extractors.occasions.
    """
    text = parsed.text
    marked = quotations(text, [(each.start, each.end) for each in parsed.paragraphs])
    worded = [Words(each, marked) if each.doc is not None else None for each in parsed.paragraphs]
    model = model or load_trained()
    drafts = _drafts(text, worded, model)
    drafts = [each for same in _by_paragraph(drafts) for each in _settled(text, same)]
    drafts = [_labelled(each, worded) for each in drafts]
    taken = {quotation for same in _by_paragraph(drafts) for quotation in _taken(same)}
    drafts = [replace(each, parts=_run_on(text, marked, each, taken)) for each in drafts]
    drafts += _bare(text, worded, drafts, model)
    drafts += _bare_within(text, worded, drafts)
    drafts = _with_reported_before(text, parsed, worded, drafts, model)
    if not nested:
        drafts = [
            each for same in _by_paragraph(drafts) for each in same if not any(other.holds(each) for other in same)
        ]
    drafts.sort(key=lambda each: (each.parts[0], each.cue or (0, 0)))
    return _statements(story, text, drafts, worded)


def _drafts(text: str, worded: Sequence[Words | None], model: Model) -> list[Draft]:
    spoken: list[Draft] = []
    cues: list[tuple[Words, Candidate]] = []
    place: dict[int, int] = {}
    transcript = is_transcript(worded)
    for nth, words in enumerate(worded):
        if words is None or is_label(text, words.start[0], words.end[-1]):
            continue
        place[id(words)] = nth
        whole = turn(text, nth, words) if transcript else spoken_paragraph(text, nth, words)
        if whole is not None:
            spoken.append(whole)
        else:
            most = min(MOST_CUES_IN_PARAGRAPH, MOST_CUES - len(cues))
            asked = transcript and asks(text, words)
            offered = (each for each in candidates(words) if not (asked and each.kind == "colon"))
            outside = (each for each in offered if not words.in_speech(each.at))
            cues += [(words, each) for each in islice(outside, most)]
    judged = ((words, framed(words, found)) for words, found in model.judge(cues))
    kept = ((words, _sure(found)) for words, found in judged if found.probability >= _least(words, found))
    return [*spoken, *(draft(text, place[id(words)], words, found) for words, found in kept)]


def _sure(found: Found) -> Found:
    """What its form makes a statement is at least as sure as what the ranking alone makes one."""
    return replace(found, probability=max(found.probability, SURE_ENOUGH))


def _by_paragraph(drafts: Sequence[Draft]) -> list[list[Draft]]:
    together: dict[int, list[Draft]] = {}
    for each in drafts:
        together.setdefault(each.paragraph, []).append(each)
    return list(together.values())


def _settled(text: str, drafts: list[Draft]) -> list[Draft]:
    """The statements of one paragraph, each with its own content."""
    drafts = [each for each in drafts if not _names_source(text, each, drafts)]
    drafts = _without_doubles(drafts)
    drafts = [_participial(each, drafts) for each in drafts]
    drafts = [each for each in drafts if _stands_alone(each, drafts)]
    drafts = [_ended(text, each, drafts) for each in drafts]
    return _credited(text, [_cited(each) for each in drafts])


def _taken(drafts: Sequence[Draft]) -> Iterator[Quotation]:
    """The quotations of a paragraph in which a statement's content lies."""
    for quotation in drafts[0].words.quotations:
        if any(_touches(quotation, each) for each in drafts):
            yield quotation


def _least(words: Words, found: Found) -> float:
    """The least probability: less where the form itself says that this is speech, seldom though it is in training."""
    at = found.candidate.at
    if found.candidate.kind == "colon":
        named = all(words.pos[near] == "PROPN" for near in range(at))
        titled = words.lower[0] != "the" and all(
            words.text[near].istitle() and len(words.text[near]) > 1 for near in range(at)
        )
        return LIKELY_FORM if named or (titled and _tells(words, found.content.ranges[0])) else SURE_ENOUGH
    if found.candidate.kind == "phrase" and found.candidate.cue.lemma.startswith("in the "):
        return CERTAIN_FORM
    clauses = [kid for kid in words.kids[at] if words.dep[kid] in ("acl", "ccomp") and kid > at]
    if found.candidate.kind == "noun" and any(words.lower[words.left[kid]] == "that" for kid in clauses):
        return LIKELY_FORM if found.source is not None else SURE_ENOUGH
    if found.candidate.cue.lemma == "rule" and at + 1 < words.count and words.lower[at + 1] == "out":
        return LIKELY_FORM
    if _is_led(words, found):
        return LED_FORM
    if found.source is not None and behind_listener(words, found.candidate) != NONE:
        return CERTAIN_FORM
    if _is_postposed(words, found):
        return POSTPOSED
    return 1.0 if _says_nothing(words, found.content.ranges[0]) else SURE_ENOUGH


def _is_led(words: Words, found: Found) -> bool:
    """Does a finite verb of speech lead to its content by its own preposition?"""
    at, cue, lead = found.candidate.at, found.candidate.cue, found.content.ranges[0][0] - 1
    if found.candidate.kind != "verb" or found.source is None or words.tag[at] not in FINITE:
        return False
    return lead == at + 1 and words.lower[lead] in cue.frames and cue.weight >= LED_WEIGHT and cue.lemma != "ask"


def _is_postposed(words: Words, found: Found) -> bool:
    """Is it a clause, a comma, a subject and a finite verb of speech: "The road is open, the mayor has told us"?"""
    at, cue, parts = found.candidate.at, found.candidate.cue, found.content.ranges
    before = found.candidate.before - 1
    if found.candidate.kind != "verb" or found.source is None or len(parts) > 1 or parts[0][1] > at:
        return False
    finite = words.tag[at] in FINITE or any(words.tag[kid] in FINITE for kid in words.kids[at] if kid < at)
    comma = before > 0 and words.lower[before] == "," and parts[0][1] >= before - 1
    return finite and comma and cue.weight >= LED_WEIGHT and "clause" in cue.frames and _tells(words, parts[0])


def _tells(words: Words, part: Range) -> bool:
    """Has it a finite verb behind its first word?"""
    return any(words.tag[at] in FINITE for at in range(part[0] + 1, part[1]))


def _says_nothing(words: Words, part: Range) -> bool:
    """ "Said nothing to the soldiers", "said goodbye", "said so"."""
    first, last = part
    if is_mute("contents", " ".join(words.lower[first:last])):
        return True
    clause = any(words.tag[at] in FINITE for at in range(first, last))
    return is_mute("openings", words.lower[first]) and words.quoted[first] == NONE and not clause


def _without_doubles(drafts: list[Draft]) -> list[Draft]:
    """Where two cues claim the same content, the surer one keeps it, and a verb before its noun."""
    kept: list[Draft] = []
    for each in sorted(drafts, key=lambda each: (each.rule.startswith("noun"), -each.confidence)):
        rivals = (other for other in kept if other.paragraph == each.paragraph)
        if all(_shared(each, other) < SAME or _reports(each, other) or _reports(other, each) for other in rivals):
            kept.append(each)
    return kept


def _reports(each: Draft, other: Draft) -> bool:
    """Is the other a statement inside this one, not the noun of the same act ("voiced gratitude for")?"""
    return each.holds(other) and not other.rule.startswith("noun")


def _stands_alone(each: Draft, drafts: Sequence[Draft]) -> bool:
    """Inside another's statement only a clause with a subject of its own is a statement, not every participle, and no
    infinitive: "urged residents to leave and report damage"."""
    words = each.words
    if each.rule.startswith("noun"):  # "said it was an admission of failure": the noun is a part of what is said
        return not any(other.holds(each) and other.speaker == each.speaker for other in drafts if other is not each)
    if words.tag[each.at] not in ("VB", "VBG", "VBN") or any(
        words.dep[kid] in _SUBJECTS for kid in words.kids[each.at]
    ):
        return True
    infinitive = words.tag[each.at] == "VB"
    return not any(
        other.holds(each) and (infinitive or other.speaker != each.speaker) for other in drafts if other is not each
    )


def _participial(each: Draft, drafts: Sequence[Draft]) -> Draft:
    """In "declared that the EU was planning a package, stressing that it would bite" the one who declared stresses."""
    words = each.words
    if each.at < 2 or words.tag[each.at] != "VBG" or words.lower[each.before - 1] != ",":
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
    """A content ends where the same speaker's next cue begins, or the cue that reports all of the sentence."""
    for other in drafts:
        if other is not each and each.holds(other) and other.at > each.at and not other.rule.startswith("noun"):
            same_speaker = other.speaker is not None and other.speaker == each.speaker
            if same_speaker or other.holds(each) or _new_clause(other):
                each = cut(text, each, other.before)
    return each


def _new_clause(other: Draft) -> bool:
    """Does a second report begin here: "...; Moscow denied it", "..., while Moscow said ..."?"""
    words, before = other.words, other.before - 1
    if before < 0 or not any(words.dep[kid] == "nsubj" for kid in words.kids[other.at]):
        return False
    if words.lower[before] in ("but", "while", "whereas", "though", "although"):
        return before > 0 and words.lower[before - 1] == ","
    if words.lower[before] == "and" and words.lower[other.before] in ("he", "she", "they"):
        return before > 0 and words.lower[before - 1] == "," and words.tag[other.at] in FINITE
    return words.lower[before] == ";" or (words.lower[before] == "," and words.lower[other.before] in _AGAINST)


_AGAINST = ("while", "whereas", "though", "although")


def _credited(text: str, drafts: list[Draft]) -> list[Draft]:
    """A report by an outlet, or by nobody, of what another said is no statement of its own: the outlet is credited."""
    via: dict[int, Span | None] = {}
    dropped: set[int] = set()
    for each in drafts:
        if each.speaker is not None and not _is_reporter(text[slice(*each.speaker)]):
            continue
        inner = [other for other in drafts if other is not each and each.holds(other)]
        carried = {at for other in inner for at in other.covered()}
        if inner and len(carried & each.covered()) >= CREDITED * len(each.covered()):
            dropped.add(id(each))
            via.update({id(other): each.speaker for other in inner})
    return [replace(each, via=via.get(id(each), each.via)) for each in drafts if id(each) not in dropped]


_CITING = ("citing", "quoting", "with reference to", "with a reference to")


def _names_source(text: str, each: Draft, drafts: Sequence[Draft]) -> bool:
    """Does "citing ..." only name the source of what an outlet reports in the same sentence?"""
    if each.cue is None or not text[slice(*each.cue)].lower().startswith(_CITING):
        return False
    sentence = each.words.sentence
    return any(
        other.at != NONE
        and other.rule.startswith("verb")
        and sentence[other.at] == sentence[each.at]
        and other.speaker is not None
        and is_outlet(text[slice(*other.speaker)])
        for other in drafts
    )


def _cited(each: Draft) -> Draft:
    """Of "Interfax reported, citing the rescue service" the service is the source, and Interfax is credited."""
    words = each.words
    if each.speaker is None or each.at == NONE:
        return each
    if not is_outlet(" ".join(_spoken(words, each.speaker))):
        return replace(each, via=_quoting_outlet(words, each.at))
    for near in candidates(words, each.at + 1, words.sentences[words.sentence[each.at]][1]):
        if near.cue.lemma in _CITING:
            source = next(iter(sources(words, near)), None)
            if source is not None and not any(first <= near.at < last for first, last in each.ranges):
                cue = words.start[near.at], words.end[near.at + len(near.cue.lemma.split()) - 1]
                return replace(each, via=each.speaker, speaker=span(words, (source.first, source.last)), cue=cue)
    return each


def _quoting_outlet(words: Words, at: int) -> Span | None:
    """The outlet of "..., the minister said, as quoted by DPA"."""
    last = words.sentences[words.sentence[at]][1]
    for near in range(at + 1, last - 2):
        if words.lower[near + 1] == "by" and words.lower[near] in _CARRIED and words.lower[near - 1] in ("as", ","):
            for kid in words.kids[near + 1]:
                source = phrase(words, kid, 0, 0)
                place = span(words, (source.first, source.last)) if source.first < source.last else None
                if place is not None and is_outlet(" ".join(_spoken(words, place))):
                    return place
    return None


_CARRIED = frozenset(["quoted", "cited", "reported", "carried"])


def _spoken(words: Words, place: Span) -> list[str]:
    return words.text[bisect_left(words.start, place[0]) : bisect_left(words.start, place[1])]


def _labelled(each: Draft, worded: Sequence[Words | None]) -> Draft:
    """The speaker of "Quote: ..." is the subject of the sentence before."""
    before = worded[each.paragraph - 1] if each.paragraph else None
    label = each.words.lower[each.at + (each.words.lower[each.at] != ":") - 1] if each.at != NONE else ""
    if before is None or each.speaker is not None or not is_quote_label(label):
        return each
    return replace(each, speaker=_subject(before))


def _is_reporter(mention: str) -> bool:
    return mention.lower() == "it" or is_outlet(mention)


def _run_on(text: str, marked: Sequence[Quotation], each: Draft, taken: Set[Quotation]) -> tuple[Span, ...]:
    """A quotation that a paragraph leaves open takes in those that go on from it, up to one that has a cue."""
    parts = list(each.parts)
    words = each.words
    first, last = words.quoted[each.ranges[0][0]], words.quoted[each.ranges[-1][1] - 1]
    if last != NONE and not words.quotations[last].closed:
        for nth in range(_place(marked, words.quotations[last]) + 1, len(marked)):
            following = marked[nth]
            if not following.continues or following in taken:
                break
            parts[-1] = _with_stop(text, parts[-1])
            parts.append(_inner(text, following))
            if following.closed:
                break
    if first != NONE and words.quotations[first].continues:
        for nth in range(_place(marked, words.quotations[first]) - 1, -1, -1):
            if marked[nth].closed or marked[nth] in taken:
                break
            parts.insert(0, _with_stop(text, _inner(text, marked[nth])))
            if not marked[nth].continues:
                break
    return tuple(parts)


def _place(marked: Sequence[Quotation], quotation: Quotation) -> int:
    return bisect_left(marked, quotation.start, key=lambda each: each.start)


def _with_stop(text: str, part: Span) -> Span:
    """A part that another paragraph follows keeps its full stop."""
    start, end = part
    return (start, end + 1) if text[end : end + 1] == "." else part


def _touches(quotation: Quotation, each: Draft) -> bool:
    return _overlaps(each, (quotation.start, quotation.end))


def _inner(text: str, quotation: Quotation) -> Span:
    """A whole quotation without its marks and the comma or full stop before the last."""
    start, end = quotation.inner_start, quotation.inner_end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1] in ".,; \t":
        end -= 1
    return start, end


def _bare(text: str, worded: Sequence[Words | None], drafts: Sequence[Draft], model: Model) -> list[Draft]:
    """Paragraphs that are a quotation: of the cue that ended the paragraph before with a colon, or with none, where the
    speaker before goes on. One that a paragraph leaves open takes in those that go on from it."""
    parts_taken = sorted(part for each in drafts for part in each.parts)
    earliest = min((each.paragraph for each in drafts), default=len(worded))
    made: list[Draft] = []
    latest = NONE  # the last paragraph that is part of one
    for nth, words in enumerate(worded):
        if words is None or not (earliest < nth or _introduced(worded, nth)):
            continue
        spoken = [each for each in words.quotations if each.double]
        if not spoken or spoken[0].start != words.start[0] or _any_within(parts_taken, words):
            continue
        inside = [at for at in range(words.count) if words.pos[at] not in ("PUNCT", "SPACE")]
        quoted = [at for at in inside if words.quoted[at] != NONE]
        parts = tuple(part for part in (_inner(text, each) for each in spoken) if part[0] < part[1])
        if spoken[0].continues and latest == nth - 1 and made and parts:
            before = made[-1].parts
            made[-1] = replace(made[-1], parts=(*before[:-1], _with_stop(text, before[-1]), *parts))
            latest = nth
            continue
        if len(quoted) < max(_LEAST_BARE, 0.8 * len(inside)) or not parts:
            continue
        bare = Draft(
            paragraph=nth,
            words=words,
            at=NONE,
            before=NONE,
            ranges=((quoted[0], quoted[-1] + 1),),
            parts=parts,
            form=Form.DIRECT,
            cue=None,
            cue_class=CueClass.ASSERT,
            speaker=None,
            audience=None,
            confidence=BARE,
            rule="bare quotation",
        )
        made.append(_with_cue(bare, worded[nth - 1], drafts, model) if _introduced(worded, nth) else bare)
        latest = nth
    return made


def _bare_within(text: str, worded: Sequence[Words | None], drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Quotations of whole sentences behind a statement of their paragraph, without a cue: its speaker goes on."""
    for same in _by_paragraph(drafts):
        words = same[0].words
        if same[0].at == NONE:
            continue
        earliest = min(each.parts[0][0] for each in same)
        for nth, quotation in enumerate(words.quotations):
            inside = [at for at in range(words.count) if words.quoted[at] == nth and not words.is_mark(at)]
            told = [at for at in inside if words.pos[at] not in ("PUNCT", "SPACE")]
            if len(told) < _LEAST_BARE or not quotation.double or quotation.start < earliest:
                continue
            opens = words.sentences[words.sentence[told[0]]][0]
            closes = words.sentences[words.sentence[told[-1]]][1]
            if opens < inside[0] - 1 or any(
                words.quoted[at] != nth for at in range(told[-1], closes) if words.pos[at] not in ("PUNCT", "SPACE")
            ):
                continue
            place = _inner(text, quotation)
            if text[quotation.inner_end - 1] not in ".!?…" or any(_overlaps(each, place) for each in drafts):
                continue
            yield Draft(
                paragraph=same[0].paragraph,
                words=words,
                at=NONE,
                before=NONE,
                ranges=((told[0], told[-1] + 1),),
                parts=(place,),
                form=Form.DIRECT,
                cue=None,
                cue_class=CueClass.ASSERT,
                speaker=None,
                audience=None,
                confidence=BARE,
                rule="bare quotation",
            )


def _with_reported_before(
    text: str, parsed: Parsed, worded: Sequence[Words | None], drafts: list[Draft], model: Model
) -> list[Draft]:
    """The statements with those whose source only the next sentence names: "This was reported by the air force"."""
    made: list[Draft] = []
    dropped: set[int] = set()
    for nth, words in enumerate(worded):
        for pointer in pointers(words, model) if words is not None else ():
            assert words is not None
            first, last = pointer.sentence
            earlier = parsed.paragraphs[nth if first else nth - 1] if first or nth else None
            before = (earlier.start, earlier.end) if earlier is not None else None
            place = sentence_before(text, words.start[first], before)
            own = [each for each in drafts if each.words is words and first <= each.ranges[0][0] < last]
            if place is None or any(_overlaps(each, place) for each in drafts):
                dropped.update(id(each) for each in own if each.ranges[0][1] - each.ranges[0][0] == 1)
                continue
            carriers = [each.speaker for each in own if each.speaker and is_outlet(text[slice(*each.speaker)])]
            dropped.update(map(id, own))
            candidate, source = pointer.candidate, named(words, pointer.source)
            heard = audience(words, candidate, [source])
            made.append(
                Draft(
                    paragraph=nth,
                    words=words,
                    at=candidate.at,
                    before=candidate.before,
                    ranges=((candidate.at, candidate.at + 1),),
                    parts=(place,),
                    form=Form.INDIRECT,
                    cue=(words.start[candidate.at], words.end[candidate.at + candidate.kind.count("phrase")]),
                    cue_class=candidate.cue.cue_class,
                    speaker=span(words, source),
                    audience=span(words, heard) if heard else None,
                    confidence=REPORTED_BEFORE,
                    rule="reported before",
                    via=next(iter(carriers), None),
                )
            )
    return [each for each in drafts if id(each) not in dropped] + made


def _overlaps(each: Draft, place: Span) -> bool:
    return any(start < place[1] and end > place[0] for start, end in each.parts)


def _any_within(parts: Sequence[Span], words: Words) -> bool:
    """Does any of the sorted parts lie in this paragraph?"""
    nth = bisect_left(parts, (words.start[0], 0))
    return nth < len(parts) and parts[nth][0] < words.end[-1]


def _introduced(worded: Sequence[Words | None], nth: int) -> bool:
    """Does the paragraph before end with a colon?"""
    before = worded[nth - 1] if nth else None
    return before is not None and before.lower[-1] == ":"


def _with_cue(bare: Draft, before: Words | None, drafts: Sequence[Draft], model: Model) -> Draft:
    """The quotation with the last cue of the paragraph before, where that has no content of its own."""
    assert before is not None
    taken = {each.at for each in drafts if each.words is before}
    first = before.sentences[-1][0]
    cues = [each for each in candidates(before, first) if each.kind == "verb" and each.cue.weight >= 0.4]
    if not cues:
        return _with_subject(bare, before)
    if cues[-1].at in taken or before.in_speech(cues[-1].at):
        return bare
    cue = cues[-1]
    source = model.source_of(before, cue, Alternative(((before.count - 1, before.count),), "after", 0, 0))
    return replace(
        bare,
        cue=(before.start[cue.at], before.end[cue.at]),
        cue_class=cue.cue.cue_class,
        speaker=span(before, (source.first, source.last)) if source else None,
        confidence=0.8,
        rule="quotation after a colon",
    )


def _with_subject(bare: Draft, before: Words) -> Draft:
    """The quotation with the colon as its cue: "The chief did not hide his worry:"."""
    subject = _subject(before)
    if subject is None:
        return bare
    colon = before.start[-1], before.end[-1]
    return replace(bare, cue=colon, speaker=subject, confidence=0.7, rule="quotation after a colon")


def _subject(words: Words) -> Span | None:
    """The subject of a paragraph's last sentence."""
    first, last = words.sentences[-1]
    root = next((at for at in range(first, last) if words.head[at] == at), first)
    for kid in words.kids[root]:
        if words.dep[kid] == "nsubj" and kid < root:
            source = phrase(words, kid, 0, 0)
            return span(words, (source.first, source.last))
    return None


def _statements(story: Story, text: str, drafts: Sequence[Draft], worded: Sequence[Words | None]) -> list[Statement]:
    cues: dict[int, set[int]] = {}
    for each in drafts:
        cues.setdefault(id(each.words), set()).add(each.at)
    silent = [(words, part) for words in worded if words for part in _silent(words, cues.get(id(words), set()))]
    told = [(each.parts[0][0], _words(text, each.speaker), each.audience) for each in drafts]
    seen: Counter[tuple[str, str]] = Counter()
    made = []
    for each, heard in zip(drafts, audience_spans(told, silent), strict=True):
        content, cue = " ".join(text[slice(*part)] for part in each.parts), _words(text, each.cue)
        key = " ".join(content.split()).casefold(), cue.casefold()
        made.append(
            Statement(
                id=statement_id(story.id, content, cue, seen[key]),
                story_id=story.id,
                speaker=_words(text, each.speaker),
                cue=cue,
                cue_class=each.cue_class,
                content=content,
                form=each.form,
                spans=Spans(each.parts, _evidence(each), each.speaker, each.cue, audience=heard, via=each.via),
                audience=_words(text, heard),
                via=_words(text, each.via),
                confidence=each.confidence,
                rule=each.rule,
            )
        )
        seen[key] += 1
    return made


def _words(text: str, place: Span | None) -> str:
    return text[slice(*place)] if place else ""


def _silent(words: Words, cues: Set[int]) -> Iterator[tuple[int, int]]:
    """The sentences without a cue."""
    return (part for part in words.sentences if not any(at in cues for at in range(*part)))


def _evidence(each: Draft) -> Span:
    """The sentences that hold the cue, the speaker and all of the content."""
    words = each.words
    places = [*each.parts, *(place for place in (each.cue, each.speaker) if place)]
    first, last = min(start for start, _ in places), max(end for _, end in places)
    for begin, behind in words.sentences:
        start, end = words.start[begin], words.end[behind - 1]
        if start <= first < end:
            first = start
        if start < last <= end:
            last = end
    return first, last
