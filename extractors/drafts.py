"""A statement in the making: what the ranking chose, with its ends set right by rules that hold in any news.

The ranking weighs alternatives by syntax; the rules know things that need no weighing: a date right after "said on
Sunday" is not content (extractors.openings), a quotation is not cut at a sentence inside it (extractors.endings), "a
claim that nobody could check" is the reporter's (extractors.tails).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from extractors.audiences import audience, audience_words, names_occasion, names_platform
from extractors.candidates import Candidate, candidates, is_particle, quoting_verb
from extractors.contents import Range, Ranges, trim
from extractors.cues import MOSTLY, is_kind, is_quote_label, is_time, lexicon
from extractors.endings import ENDINGS
from extractors.openings import OPENINGS
from extractors.ranking import Found
from extractors.records import CueClass, Form, Span
from extractors.sources import NEAR, PASSIVE, SUBJECT, Source, behind_setting, phrase, sources
from extractors.tails import without_tail
from extractors.words import DASHES, NONE, Words

_SHORT_SIGNATURE = 5
"""Words and marks behind a dash."""
_LEAST_SIGNED = 4
"""Words: what a name signs is a clause."""
_NO_CUE = 0.6
"""The confidence of what no cue introduces."""
_OPENING = '"“„«‘'
_END = ".,;:!?…"


@dataclass(frozen=True, slots=True)
class Draft:
    """Offsets are into the story's text, ranges over the paragraph's words."""

    paragraph: int
    words: Words
    at: int  # the cue word; NONE where there is no cue
    before: int  # the first word of the cue's own clause
    ranges: Ranges  # the content's words
    parts: tuple[Span, ...]  # and its characters
    form: Form
    cue: Span | None
    cue_class: CueClass
    speaker: Span | None
    audience: Span | None
    confidence: float
    rule: str
    via: Span | None = None

    def covered(self) -> set[int]:
        return {at for first, last in self.ranges for at in range(first, last)}

    def holds(self, other: Draft) -> bool:
        """Does the cue of the other stand in this content?"""
        return self.paragraph == other.paragraph and any(first <= other.at < last for first, last in self.ranges)


def draft(text: str, paragraph: int, words: Words, found: Found) -> Draft:
    """The statement that the ranking found, with its ends set right."""
    candidate, source = found.candidate, found.source
    if source is not None and source.kind == PASSIVE and words.head[source.head] == candidate.at:
        source = None  # of "she is said to have left" nobody is the source
    if source is not None and source.kind == NEAR:
        source = _whole_subject(words, candidate, source)
    source = _who_had(words, candidate) or source
    if source is not None and source.kind == SUBJECT:
        source = _behind_opener(words, _with_name(words, candidate, source))
    ranges = found.content.ranges
    for rule in (*OPENINGS, *ENDINGS, without_tail):
        ranges = rule(words, candidate, ranges)
    label = candidate.kind == "colon" and is_quote_label(words.text[candidate.at - 1])
    speaker = named(words, source) if source is not None else None
    if speaker is not None:
        ranges = _beside(words, ranges, speaker)
        if candidate.kind == "phrase" and speaker[1] < ranges[0][0] and found.content.ranges[0][0] == speaker[1] + 1:
            speaker = trim(words, speaker[0], ranges[0][0])  # "According to the mayor, Petro Hrab, ..."
        if candidate.kind == "phrase" and speaker[0] < ranges[0][0] < speaker[1]:
            speaker = trim(words, speaker[0], ranges[0][0])
        if len(ranges) > 1 and speaker[0] < ranges[0][1] < speaker[1]:
            speaker = trim(words, ranges[0][1], speaker[1])  # "Norway, its prime minister confirmed, will ..."
    taken = (*ranges, *([speaker] if speaker is not None else []))
    heard = _apart(words, audience(words, candidate, taken), ranges)
    if heard and speaker and speaker[0] <= heard[0] and heard[1] <= speaker[1] and words.pos[heard[1] - 1] == "PROPN":
        heard = None  # "came from talks with Eva Lind, who said"
    made = Draft(
        paragraph=paragraph,
        words=words,
        at=candidate.at,
        before=candidate.before,
        ranges=ranges,
        parts=(),
        form=Form.INDIRECT,
        cue=cue_span(words, candidate, ranges) if not label else span(words, (candidate.at - 1, candidate.at)),
        cue_class=_act(words, candidate),
        speaker=span(words, speaker) if speaker is not None and not label else None,
        audience=span(words, heard) if heard else None,
        confidence=round(found.probability, 3),
        rule=f"{candidate.kind} {found.content.place}",
    )
    return with_ranges(text, made, ranges)


def _apart(words: Words, heard: Range | None, ranges: Ranges) -> Range | None:
    """Who listens, without the content that the parse hangs on it: "the summit" of "warned at the summit of a war"."""
    first = ranges[-1][0]
    if heard is not None and heard[0] < first < heard[1] and words.pos[first - 1] in ("NOUN", "PROPN"):
        return trim(words, heard[0], first)  # "told Reuters Kyiv was ready", "told a briefing troops had left"
    if heard is None or not heard[0] < first - 1 < heard[1] - 1 or words.pos[first - 1] != "ADP":
        return heard
    return trim(words, heard[0], first - 1)


def _whole_subject(words: Words, candidate: Candidate, near: Source) -> Source:
    """Of "Hanna Walsh, a lecturer from Leeds, said" the subject, not the words next to the cue that describe it."""
    subjects = (each for each in sources(words, candidate) if each.kind == SUBJECT)
    return next((each for each in subjects if words.left[each.head] <= near.head <= words.right[each.head]), near)


def _who_had(words: Words, candidate: Candidate) -> Source | None:
    """Of "The envoy said Oslo had paid and had asked for more" it is Oslo who asked: the reporter's own verbs, beside
    "said", have no "had"."""
    at = candidate.at
    first, said = words.head[at], words.head[words.head[at]]
    if candidate.kind != "verb" or words.dep[at] != "conj" or words.dep[first] not in ("ccomp", "acl"):
        return None
    helped = any(words.pos[kid] == "AUX" and kid < said for kid in words.kids[said])  # "had said"
    if not is_perfect(words, at, "had") or words.tag[said] != "VBD" or helped:
        return None
    subject = next((kid for kid in words.kids[first] if words.dep[kid] == "nsubj" and said < kid < first), NONE)
    return None if subject == NONE else phrase(words, subject, SUBJECT, 0, until=first)


def is_perfect(words: Words, verb: int, *auxiliaries: str) -> bool:
    """Is it of the form "had asked", with no subject of its own, and no passive?"""
    kids = words.kids[verb]
    apart = all(words.dep[kid] not in ("nsubj", "nsubjpass", "auxpass") for kid in kids)
    return apart and any(words.lower[kid] in auxiliaries and words.dep[kid] == "aux" for kid in kids)


def _behind_opener(words: Words, source: Source) -> Source:
    """Of "Briefing the 15-member body, Ms Thandi Mbele said" the parse may make one subject."""
    commas = (at for at in range(source.first, source.last) if words.lower[at] == ",")
    opener = words.tag[source.first] == "VBG" and source.first == words.sentence_of(source.first)[0]
    return source._replace(first=next(commas, source.first - 1) + 1) if opener else source


def _with_name(words: Words, candidate: Candidate, title: Source) -> Source:
    """Of "Head of the Regional Council Danylo Hora said" the parse makes two subjects, the title and the name."""
    kids = (kid for kid in words.kids[candidate.at] if title.last == words.left[kid] <= kid < candidate.at)
    name = next((kid for kid in kids if words.dep[kid] == "nsubj" and words.tag[kid] == "NNP"), NONE)
    return title if name == NONE else title._replace(last=words.right[name] + 1)


def named(words: Words, source: Source) -> Range:
    """The words that name the source, without a platform ("on Telegram") or month that the parse takes for a part."""
    return _whole_words(words, *_named(words, source))


def _whole_words(words: Words, first: int, last: int) -> Range:
    """The same with all of a word that a hyphen joins, though the parse parts it: "Ok Min-ju"."""
    while last + 1 < words.count and _joins(words, last):
        last += 2
    while first > 1 and _joins(words, first - 1) and words.pos[first - 2] == "PROPN":
        first = words.left[first - 2]
    return first, last


def _joins(words: Words, at: int) -> bool:
    """Is this a hyphen that touches the words on both its sides?"""
    return words.text[at] == "-" and words.end[at - 1] == words.start[at] and words.end[at] == words.start[at + 1]


def _named(words: Words, source: Source) -> Range:
    first = source.first
    if first and words.pos[first - 1] == "ADP" and (is_time(words.lower[first]) or words.right[first - 1] == first - 1):
        first = behind_setting(words, first, source.last)  # "In December Governor Kravets ...", "In Oslo Ann Hrab ..."
    for near in range(source.head + 2, source.last - 1):
        if words.lower[near - 1] == "," and words.pos[near] == "VERB" and words.lemma[near] in lexicon().verbs:
            return first, near - 1  # "Bondar, a major, called it a trick and demanded": what he did before
    comma = max((at for at in range(first + 1, source.last - 1) if words.lower[at] == ","), default=NONE)
    if comma > first and words.lower[comma + 1] in _BESIDE and not words.tells(comma, source.last):
        return first, comma  # "said its head, Olena Hrab, late on Monday"
    if first + 3 < source.last and words.lower[first] == "on" and is_time(words.lower[first + 1]):
        return trim(words, first + 2, source.last)  # "On Monday, people briefed on the talks ..."
    for kid in words.kids[source.head]:
        behind = source.head < kid < source.last and words.dep[kid] == "prep"
        if behind and (names_platform(words, words.kids[kid]) or _is_where_said(words, source.head, kid)):
            return first, kid
    for near in range(source.head + 1, source.last - 1):
        if words.lower[near] == "on" and is_time(words.lower[near + 1]):
            return first, near  # "announced by the envoys on Sunday"
    return first, source.last


def _is_where_said(words: Words, head: int, preposition: int) -> bool:
    """Does it lead to where this speaker spoke: "Hrab in her evening address thanked", "the ministry in a statement
    said"? Of others it may tell who they are: "participants in a meeting"."""
    if words.lower[preposition + 1] not in _ITS:
        return False
    if words.pos[head] == "PROPN":
        return names_occasion(words, range(preposition + 1, words.right[preposition] + 1))
    return any(words.lemma[kid] in audience_words().writings for kid in words.kids[preposition])


_ITS = frozenset(["a", "an", "her", "his", "its", "their"])
_BESIDE = frozenset(["after", "at", "before", "during", "early", "in", "late", "on", "via"])
"""What leads, behind the comma that ends an office or name, to where or when something was said."""


def _act(words: Words, candidate: Candidate) -> CueClass:
    """ "Called on" and "called for" demand, "called" asserts."""
    following = words.lower[candidate.at + 1]
    return (
        CueClass.DEMAND
        if candidate.cue.lemma == "call" and following in ("on", "for", "upon")
        else candidate.cue.cue_class
    )


def with_ranges(text: str, made: Draft, ranges: Ranges) -> Draft:
    """The same statement with another content."""
    form = _form(made.words, ranges)
    parts = tuple(_characters(text, made.words, each, form) for each in ranges)
    return replace(made, ranges=ranges, parts=parts, form=form)


def cut(text: str, made: Draft, end: int) -> Draft:
    """The same statement with its content ended before a word, unless nothing would be left."""
    ranges = tuple((first, min(last, end)) for first, last in made.ranges if first < end)
    if not ranges:
        return made
    first, last = ranges[-1]
    while last > first and (
        made.words.punct[last - 1] or made.words.pos[last - 1] == "CCONJ" or made.words.dep[last - 1] == "mark"
    ):
        last -= 1
    return with_ranges(text, made, (*ranges[:-1], (first, last))) if first < last else made


def spoken_paragraph(text: str, paragraph: int, words: Words) -> Draft | None:
    """The statement of a paragraph such as ``We will answer. We are ready. - Shmyhal said.``, without marks."""
    for at in range(words.count - 2, max(0, words.count - 25), -1):
        if words.lower[at] not in DASHES or words.quoted[at] != NONE:
            continue
        if words.lower[at - 1] in (".", "!", "?", "…", ",") or _signs_off(words, at):
            break
    else:
        return _signed(paragraph, words) or _signed_behind(paragraph, words)
    cue = next((each for each in candidates(words, at + 1) if each.kind == "verb" and each.cue.weight >= MOSTLY), None)
    names = [near for near in range(at + 1, words.count) if words.pos[near] in ("NOUN", "PROPN", "PRON")]
    if cue is None or not names or any(words.quoted[near] != NONE for near in range(at)):
        return None
    if words.sentence[cue.at] != words.sentence[-1]:
        return None  # another sentence follows: it signs its own only
    speaker = trim(words, cue.at + 1, words.count) if names[0] > cue.at else trim(words, at + 1, cue.at)
    content = trim(words, 0, at)
    if content[0] >= content[1]:
        return None  # "! - Shmyhal said."
    heard = audience(words, cue, [content, speaker])
    return Draft(
        paragraph=paragraph,
        words=words,
        at=cue.at,
        before=at,
        ranges=(content,),
        parts=(span(words, content),),
        form=Form.DIRECT,
        cue=cue_span(words, cue, [content]),
        cue_class=cue.cue.cue_class,
        speaker=span(words, speaker),
        audience=span(words, heard) if heard else None,
        confidence=0.9,
        rule="dash",
    )


def _signs_off(words: Words, dash: int) -> bool:
    """Does a paragraph end with no more than "- Shmyhal said." behind this dash?"""
    behind = range(dash + 1, words.count)
    spaced = words.start[dash] > words.end[dash - 1]
    named = any(words.pos[at] == "PROPN" for at in behind) and any(words.tag[at] in ("VBD", "VBZ") for at in behind)
    return spaced and named and len(behind) <= _SHORT_SIGNATURE


def _signed(paragraph: int, words: Words) -> Draft | None:
    """The statement of a headline or quotation that a name signs: "Repairs will take a week – Shmyhal"."""
    marks = range(words.count - 2, max(2, words.count - 6), -1)
    at = next((near for near in marks if words.lower[near] in DASHES or words.lower[near] == ":"), 0)
    signature = range(at + 1, words.count)
    if not at or words.quoted[at] != NONE:
        return None
    if any(not words.text[near][:1].isupper() or is_time(words.lower[near]) for near in signature):
        return None
    content = trim(words, 0, at)
    spoken = all(words.quoted[near] != NONE for near in range(at))  # a quotation needs no more than its name
    told = words.tells(*content)
    if not spoken and (words.lower[at] == ":" or not told or len(words.sentences) > 1):
        return None
    if content[1] - content[0] < (2 if spoken else _LEAST_SIGNED):
        return None
    form = _form(words, [content])
    quoted = words.quotations[words.quoted[content[0]]] if form is Form.DIRECT else None
    part = (words.start[content[0]], words.end[content[1] - 1])
    if quoted is not None and part[1] > quoted.inner_end:
        part = part[0], quoted.inner_end
    return Draft(
        paragraph=paragraph,
        words=words,
        at=at,
        before=at,
        ranges=(content,),
        parts=(part,),
        form=form,
        cue=span(words, (at, at + 1)),
        cue_class=CueClass.ASSERT,
        speaker=span(words, (at + 1, words.count)),
        audience=None,
        confidence=0.7,
        rule="dash",
    )


def _signed_behind(paragraph: int, words: Words) -> Draft | None:
    """The quotation of a release that a name and an office sign: ``"We stay on." Olena Hrab, head of the board``."""
    quotation = words.quotations[0] if words.quotations else None
    if quotation is None or not (quotation.double and quotation.closed) or quotation.start != words.start[0]:
        return None
    first = words.quotation_sizes[0]
    comma = next((at for at in range(first, words.count) if words.lower[at] == ","), NONE)
    behind = range(first, words.count)
    if comma - first < 2 or len(behind) > _LONGEST_OFFICE or words.lower[first - 2] not in (".", "!", "?", "…"):
        return None
    if any(words.pos[at] in ("VERB", "AUX") or words.quoted[at] != NONE for at in behind):
        return None
    if any(words.pos[at] != "PROPN" for at in range(first, comma)):
        return None
    part = trim(words, 0, first)
    if part[0] >= part[1]:
        return None
    made = without_cue(paragraph, words, part, (span(words, part),), "signature")
    return replace(made, speaker=span(words, (first, comma)))


_LONGEST_OFFICE = 25
"""Words of a name and its office."""


def without_cue(paragraph: int, words: Words, part: Range, parts: tuple[Span, ...], rule: str) -> Draft:
    """A statement in its speaker's own words that the text puts under no cue: whose it is, is found later."""
    return Draft(
        paragraph=paragraph,
        words=words,
        at=NONE,
        before=NONE,
        ranges=(part,),
        parts=parts,
        form=Form.DIRECT,
        cue=None,
        cue_class=CueClass.ASSERT,
        speaker=None,
        audience=None,
        confidence=_NO_CUE,
        rule=rule,
    )


def span(words: Words, part: Range) -> Span:
    return words.start[part[0]], words.end[part[1] - 1]


def cue_span(words: Words, candidate: Candidate, ranges: Sequence[Range]) -> Span:
    """The cue word with its particle, and with the preposition where that leads straight to the content."""
    first = candidate.at
    last = first + candidate.cue.length - 1
    if candidate.kind == "verb":
        if last + 1 < words.count and is_particle(words, last + 1):
            last += 1
        if (quoting := quoting_verb(words, first)) != NONE:
            first = quoting
        following, light = ranges[0][0] - 1, is_kind("light", candidate.cue)
        while following > last and words.is_mark(following):
            following -= 1
        leads = words.pos[following] == "ADP" and words.lower[following] != "that"
        leads = leads or words.lower[following] in candidate.cue.frames
        if last < following <= last + 4 and leads and words.quoted[following] == NONE:
            direct = following == last + 1 or light
            last = following if direct else last
        elif light and words.lower[following] == "that" and words.pos[following - 1] == "NOUN":
            last = following - 1 if following <= last + 4 else last
    return words.start[first], words.end[last]


def _beside(words: Words, ranges: Ranges, speaker: Range) -> Ranges:
    """A content does not reach into its speaker."""
    first, last = ranges[-1]
    if first < speaker[0] < last <= speaker[1]:
        return *ranges[:-1], trim(words, first, speaker[0])
    return ranges


def _form(words: Words, ranges: Sequence[Range]) -> Form:
    counted = [at for first, last in ranges for at in range(first, last) if not words.punct[at]]
    quoted = sum(words.quoted[at] != NONE for at in counted)
    return Form.INDIRECT if not quoted else Form.DIRECT if quoted == len(counted) else Form.MIXED


def _characters(text: str, words: Words, part: Range, form: Form) -> Span:
    """The characters of a range: without outer marks where all is quoted, with its own marks where it is mixed."""
    first, last = part
    start, end = span(words, part)
    if form is Form.DIRECT:
        while end < words.end[-1] and (text[end] in "!?…" or _closes(text, start, end)):
            end += 1
        while end - start > 1 and text[start] in _OPENING:
            start += 1
        return start, end
    if words.quoted[last - 1] != NONE:
        quotation = words.quotations[words.quoted[last - 1]]
        if end <= quotation.inner_end and not text[end : quotation.inner_end].strip(_END + " "):
            end = min(quotation.end, words.end[-1])
    if words.quoted[first] != NONE:
        quotation = words.quotations[words.quoted[first]]
        if start >= quotation.inner_start and not text[quotation.inner_start : start].strip():
            start = max(quotation.start, words.start[0])
    return start, end


def _closes(text: str, start: int, end: int) -> bool:
    """Is the mark behind this place that of a quotation inside: "it says ‘consult’"?"""
    opening = _CLOSED.get(text[end])
    if opening is None:
        return False
    inside = text[start:end]
    opened = max((at for at in range(1, len(inside)) if inside[at] == opening and inside[at - 1].isspace()), default=0)
    return opened > 0 and not _closed(inside[opened + 1 :], text[end])


def _closed(inside: str, mark: str) -> bool:
    """Does this mark end a word here? As an apostrophe it stands inside one."""
    return any(each == mark and not behind.isalnum() for each, behind in pairwise(inside + " "))


_CLOSED = {"’": "‘", "'": "'", "”": "“", '"': '"'}


def by_paragraph(drafts: Sequence[Draft]) -> list[list[Draft]]:
    """The drafts of each paragraph together, paragraphs in the order of their first draft."""
    together: dict[int, list[Draft]] = {}
    for each in drafts:
        together.setdefault(each.paragraph, []).append(each)
    return list(together.values())


def overlaps(each: Draft, place: Span) -> bool:
    """Does its content share characters with this place in the text?"""
    return any(start < place[1] and end > place[0] for start, end in each.parts)


def subject_of(words: Words) -> Span | None:
    """The subject of a paragraph's last sentence."""
    first, last = words.sentences[-1]
    root = next((at for at in range(first, last) if words.head[at] == at), first)
    for kid in words.kids[root]:
        if words.dep[kid] == "nsubj" and kid < root:
            source = phrase(words, kid, 0, 0)
            return span(words, (source.first, source.last))
    return None
