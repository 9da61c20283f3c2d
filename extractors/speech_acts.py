"""One speech act goes on over several statements: to whom, and through which outlet, where only the first tells it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from extractors.audiences import audience_words, setting
from extractors.contents import Range
from extractors.cues import is_time, lexicon
from extractors.outlets import is_outlet, is_platform, publishing
from extractors.records import CueClass, Span, SpeakerKind, Statement
from extractors.sentences import sentence_starts
from extractors.sources import phrase
from extractors.words import FINITE, NONE, Words

_PRONOUNS = frozenset(["he", "she", "they", "it", "him", "her", "them", "who", "which"])
FAR = 1_000_000
_SOURCES = re.compile(r"(?m)^Sources?: (.{1,1000})$")
_ENTRY = re.compile(r"[^\s;][^;]*[^\s;.]")
_POSTED = re.compile(r",? (?:on|via) (?:the (?:air of )?)?(?=\w)")
_ROLE = re.compile(r"(?:[\d:.]+ )?(?:The|His|Her) [a-z]")
_REFERRING = re.compile(r"[Tt]he(?! (?:former|then)\b)(?: [a-z-]+){1,3}")
"""A description without a name: "the senator"."""
_PRONOUN = re.compile(r"(?:He|She|They|It|This)\b")
_BACK = re.compile(
    r"sources? :|(?:he|she|they) (?:(?:was|were) (?:speaking|talking)|(?:said|stated|announced|made) (?:this|the))\b"
    r"|this (?:came|was)\b"
    r"|(?:the|his|her|their) (?:announcement|comment|remark|statement)s? (?:came|(?:was|were) made)\b"
)
_ANSWER = re.compile(r"\b(?:[Aa]sked|[Pp]ressed|answered|replied|responded|retorted|shot back)\b")
_PUBLISHED = re.compile(
    r"(?:(?:an?|the|several|some|media|press|news|number of) )*"
    r"(?:accounts?|articles?|footage|reports?|stor(?:y|ies)|videos?)"
    r"(?:\Z|(?: (?:aired|broadcast|carried|posted|published|put out|released))? (?:by|from|in|on) )",
    re.IGNORECASE,
)
"""What stands before the outlet of "a report in the paper", all of "reports"."""
_WHO = re.compile(r", who\b[^,.]*,")
"""What is told beside of a speaker, with days of its own: "Brandt, who was in Riga on Monday, said"."""
_BEFORE = re.compile(r"\b(?:had|has|have|now)(?: \w+){0,2} \Z")
_INTERVIEWS = (
    r"(?m)\b((?:[Tt]he )?OUTLET) (?:interviewed|met|sat down with|spoke (?:to|with)|talked (?:to|with))\b"
    r"|\b(?:spoken?|speaks|talked|interview[^.\n]{0,40}) (?:to|with) ((?:the |The )?OUTLET)\b"
    r"|^(OUTLET): [^\n]{3,300}\?$"
)
_BESIDE = 5
"""Characters between a cue and those at whom it is aimed: "urged the G7", "called on Oslo"."""
_PLAIN = frozenset(["say", "state"])
"""Cues of words that are all said at one time with the next; a denial or an outcry may be reported from elsewhere."""
_MANY_OTHERS = 5
"""Statements of others, after which it is another occasion."""
_WITH_SOMEBODY = frozenset(["interview", "meeting"])
_ACTING = frozenset(["agent", "nsubj", "nsubjpass"])
_AIMED = frozenset([CueClass.DEMAND, CueClass.PRAISE, CueClass.WARN, CueClass.ASK, CueClass.ACCUSE])


@dataclass(frozen=True, slots=True)
class _Scene:
    """A sentence that tells of an occasion: from its place in the text on, its audience is that of those it names."""

    start: int
    end: int  # of its paragraph
    speaker: str  # the name of the first of them
    names: frozenset[str]  # empty where it names nobody, and so goes on with the speaker before
    audience: Span
    back: bool  # does it tell this of what was said before?


def _scene(words: Words, sentence: Range) -> _Scene | None:
    found = setting(words, sentence) or _held(words, sentence)
    if found is None:
        return None
    acting = [at for at in range(*sentence) if words.dep[at] in _ACTING and not found[0] <= at < found[1]]
    named = (at for one in acting for at in range(words.left[one], words.right[one] + 1))
    names = [words.lower[at] for at in named if words.tag[at] in ("NNP", "NNPS")]
    speaker = next((words.lower[at] for at in acting if words.tag[at] in ("NNP", "NNPS")), "")
    span = words.start[found[0]], words.end[found[1] - 1]
    back = _BACK.match(" ".join(words.lower[slice(*sentence)])) is not None
    return _Scene(words.start[sentence[0]], words.end[-1], speaker, frozenset(names), span, back)


def _held(words: Words, sentence: Range) -> Range | None:
    """The occasion that somebody holds, with whom if that is told: "opened the news conference in Oslo with a number",
    "gave his weekly interview to the radio"."""
    lists = audience_words()
    held = lists.occasions - lists.held_with | _WITH_SOMEBODY
    for at in range(*sentence):
        verb = words.head[at]
        if words.dep[at] != "dobj" or words.lemma[at] not in held or words.lemma[verb] not in lists.holding:
            continue
        if words.tag[verb] not in FINITE or words.quoted[at] != NONE:
            continue
        led = [kid for kid in (*words.kids[at], *words.kids[verb]) if at < kid]
        to = [kid for kid in led if words.lower[kid] in ("to", "with") and words.lemma[at] in _WITH_SOMEBODY]
        partners = [below for kid in to for below in words.kids[kid] if words.dep[below] == "pobj"]
        if partners:
            found = phrase(words, partners[0], 0, 0)
            return found.first, found.last
        if words.lemma[at] == "meeting":
            continue  # at which others may have spoken
        place = (words.right[kid] + 1 for kid in words.kids[at] if kid == at + 1 and words.lower[kid] in ("at", "in"))
        return words.left[at], next(place, at + 1)
    return None


def audience_spans(
    told: Sequence[tuple[int, str, Span | None]], silent: Sequence[tuple[Words, Range]]
) -> list[Span | None]:
    """Each statement's audience: its own, or that of the speech act that it goes on with.

    ``told``: where each statement stands, its speaker as named, its own audience, in the order of the text. ``silent``:
    the sentences without a statement, some of which set a scene. A pronoun or a description ("the minister") is taken
    for the speaker before; an audience holds for its speaker until the next.
    """
    scenes = [scene for scene in (_scene(*each) for each in silent) if scene is not None]
    waiting = sorted(scenes, key=lambda each: each.start)
    by_speaker: dict[str, Span] = {}
    speaker = ""
    found: list[Span | None] = []
    said_by: list[str] = []
    for place, mention, own in told:
        while waiting and waiting[0].start < place:
            opened = waiting.pop(0)
            if opened.back:
                _lead_back(opened, found, said_by)
            speaker = opened.speaker or speaker
            for name in opened.names or {speaker}:
                by_speaker[name] = opened.audience
            if not opened.names and place < opened.end:
                by_speaker[_key(mention) or speaker] = opened.audience  # "The premier gave an interview. Orlo said"
        speaker = _key(mention) or speaker
        if own is not None:
            by_speaker[speaker] = own
        found.append(own or by_speaker.get(speaker))
        said_by.append(speaker)
    if waiting and waiting[0].back:
        _lead_back(waiting[0], found, said_by)
    return found


def _lead_back(opened: _Scene, found: list[Span | None], said_by: Sequence[str]) -> None:
    """Gives the audience of "She was speaking in Oslo" to what she has just said."""
    for at in reversed(range(len(found))):
        if found[at] is not None or said_by[at] != said_by[-1]:
            break
        found[at] = opened.audience


def carried(text: str, statements: Sequence[Statement], publisher: str = "") -> list[Statement]:
    """The statements, in their order, each with the audience and the outlet of the speech act that it goes on with.
    ``publisher``: the outlet whose story it is.

    Now that the speakers have their names, what ``audience_spans`` took for one speaker can be told apart: an audience
    goes on for whoever has it, by any name, and never from one speaker to another. Whom a demand or thanks are for are
    not told what comes next.
    """
    owners: dict[Span, Statement] = {}
    for one in statements:
        span = one.spans.audience
        if span and _beside(one) < min(_beside(owners[span]) if span in owners else FAR, FAR):
            owners[span] = one
    heard, author, outlet = _source_line(text, statements)
    guest, studio = _interview(text, publisher, statements)
    made: list[Statement] = []
    starts = sentence_starts(text)
    plain = _without_contents(text, statements)
    for one in statements:
        span, name = one.spans.audience, one.speaker_name
        source = owners.get(span) if span else None
        if span and source is not one:
            same = (
                _same_speaker(source, one) and _goes_on(source) if source else _tells_of(text, starts, span, one, made)
            )
            span = span if same else None
        before = heard.get(name)
        if source is not one:
            span, before = (
                at if at and not _breaks_off(plain, one, at, made, _is_open(text[slice(*at)])) else None
                for at in (span, before)
            )
        if not span or (before and _is_described(text[slice(*span)]) and is_outlet(text[slice(*before)])):
            span = before  # "the newspaper" is the one named before
        if not span and made and not one.via:
            span = _debated(text, plain, one, made[-2:])
        if not span and made:
            span = _called_otherwise(text, plain, one, made[-1])
        if not span and studio and name == guest:
            span = studio
        if span and name and (span not in owners or _goes_on(owners[span])):
            heard[name] = span
        if span and text[slice(*span)] == "X.":
            span = span[0], span[1] - 1
        via = _credited(text, one, made) or (outlet if name == author else None)
        if via and name and set(text[slice(*via)].split()) <= set(name.split()):
            via = None  # "He said, according to Hrab", who is he
        if (span, via) != (one.spans.audience, one.spans.via):
            spans = replace(one.spans, audience=span, via=via)
            one = replace(one, audience=_words(text, span), via=_words(text, via), spans=spans)
        made.append(one)
    return _summed_up(text, plain, _led_to(text, plain, made))


def _debated(text: str, plain: str, one: Statement, before: Sequence[Statement]) -> Span | None:
    """The chamber or press conference in which another has just spoken, if this is one of those who sit or stand there
    too; or those whom a body has just told something, if this is one of its people ("said Ann Hrab, its head")."""
    last = next((each for each in reversed(before) if each.audience), None)
    if last is None or text.count("\n", last.spans.evidence[0], one.spans.evidence[0]) > 1:
        return None
    lists, heard = audience_words(), last.audience.casefold().split()
    mention = re.findall(r"\w+", one.speaker.casefold())
    ours = "its" in mention and last.speaker_kind is SpeakerKind.ORGANISATION
    if ours and "\n" not in text[last.spans.evidence[0] : one.spans.evidence[0]] and _goes_on(last):
        return None if _is_dated(plain, one, last) else last.spans.audience
    chamber = not (lists.chambers | lists.hearing).isdisjoint(heard) and any(map(str.isupper, last.audience))
    there = lists.seats if chamber else lists.beside if "conference" in heard else frozenset()
    answers = not there.isdisjoint(mention) and not _is_dated(plain, one, last)
    return last.spans.audience if answers else None


def _called_otherwise(text: str, plain: str, one: Statement, last: Statement) -> Span | None:
    """The audience of the words before, where it is this speaker who has said them: "the senator" who has just told a
    paper by name, or whom the first paragraph calls "NATO's top commander" and the next one by name."""
    persons = last.speaker_kind is one.speaker_kind is SpeakerKind.PERSON and last.speaker_name and one.speaker_name
    if not persons or not last.audience or text.count("\n", last.spans.evidence[0], one.spans.evidence[0]) > 1:
        return None
    before, now = _is_unnamed(last), _is_unnamed(one)
    referring = now and not before and _REFERRING.fullmatch(one.speaker)
    introduced = before and not now and "\n" not in text[: last.spans.evidence[0]]
    same = (referring or introduced) and _is_open(last.audience) and _goes_on(last)
    return last.spans.audience if same and not _is_dated(plain, one, last) else None


def _is_unnamed(one: Statement) -> bool:
    """Is the speaker's name a description: "senator", "NATO's top commander"?"""
    words = one.speaker_name.split()
    return bool(words) and (words[0][0].islower() or words[-1][0].islower())


def _summed_up(text: str, plain: str, made: list[Statement]) -> list[Statement]:
    """What the first paragraph sums up is said where the next one tells it: "Weber on Monday warned of floods", and
    in the next paragraph "told a news conference in Bonn that the dams were full"."""
    end = text.find("\n")
    then = next((each for each in made if each.speaker_name and each.spans.evidence[0] > end > 0), None)
    told = then and _beside(then) < FAR and "\n" not in text[end + 1 : then.spans.evidence[0]] and _goes_on(then)
    if not then or not told or not _is_held(then.audience):
        return made
    return [
        replace(one, audience=then.audience, spans=replace(one.spans, audience=then.spans.audience))
        if one.spans.evidence[0] < end and not one.audience and _is_one_occasion(plain, one, then)
        else one
        for one in made
    ]


def _is_one_occasion(plain: str, one: Statement, then: Statement) -> bool:
    same = one.speaker_name and _same_speaker(then, one) and one.cue_class is not CueClass.ANNOUNCE
    return bool(same) and not _is_before(plain, one) and not _is_dated(plain, then, one)


def _led_to(text: str, plain: str, made: list[Statement]) -> list[Statement]:
    """What a speaker plainly says is told those whom the paragraph's next words name: "Weber said the dam was safe. 'It
    will hold,' he told reporters"."""
    for at in reversed(range(1, len(made))):
        one, then = made[at - 1], made[at]
        plainly = lexicon().forms.get(one.cue.casefold()) in _PLAIN and not one.audience and one.speaker_name
        if not plainly or not _same_speaker(then, one) or "\n" in text[one.spans.evidence[0] : then.spans.evidence[0]]:
            continue
        spoken = _is_public(then.audience) and not is_platform([then.audience.casefold()]) and _goes_on(then)
        if spoken and not _is_dated(plain, then, one):
            spans = replace(one.spans, audience=then.spans.audience)
            made[at - 1] = replace(one, audience=then.audience, spans=spans)
    return made


def _breaks_off(plain: str, one: Statement, told: Span, before: Sequence[Statement], many: bool) -> bool:
    """Is this no longer said to those who were told before: what the speaker had said, or said on another day, or says
    behind the words of others who were not there (of fewer, where not ``many`` are told) and in answer to nobody?"""
    if one.spans.evidence[0] <= told[0]:
        return False
    others, source = 0, None
    for each in reversed(before):
        if each.spans.audience == told and _same_speaker(each, one):
            source = each
            break
        if each.spans.evidence[0] < told[0]:
            break  # before it was told where
        others += not _same_speaker(each, one) and each.spans.audience != told
    if source and source is before[-1] and _is_public(source.audience) and not _days(plain, source):
        return _is_before(plain, one)  # "told a briefing ... He said on Monday": at the briefing
    answers = many and _ANSWER.search(plain, *one.spans.evidence)
    return (not answers and others >= (_MANY_OTHERS if many else 1)) or _is_dated(plain, one, source)


def _is_dated(plain: str, one: Statement, source: Statement | None) -> bool:
    """Does the sentence give it a day of its own, or put it before what is told?"""
    if _is_before(plain, one) and not (source and _is_before(plain, source)):
        return True
    known = _days(plain, source) if source else set()
    return not _days(plain, one) <= known


def _is_before(plain: str, one: Statement) -> bool:
    """Is it what somebody "had said"?"""
    cue = one.spans.cue
    return cue is not None and bool(_BEFORE.search(plain, max(one.spans.evidence[0], cue[0] - 30), cue[0]))


def _days(plain: str, one: Statement) -> set[str]:
    """The words of the calendar in the statement's sentences."""
    found = re.findall(r"[\w-]+", _WHO.sub(" ", plain[slice(*one.spans.evidence)].lower()))
    return {word for word in found if is_time(word) or word == "ago"}


def _without_contents(text: str, statements: Sequence[Statement]) -> str:
    """The text with spaces for what is said in it."""
    parts, end = [], 0
    for first, last in sorted(span for one in statements for span in one.spans.content):
        if last > end:
            parts += [text[end : max(first, end)], " " * (last - max(first, end))]
            end = last
    return "".join(parts) + text[end:]


def _interview(text: str, publisher: str, statements: Sequence[Statement]) -> tuple[str, Span | None]:
    """Who gives an interview to the outlet whose story it is, and where that is named: "Kanal Europa met her in Oslo",
    "She spoke to Kanal Europa". It is the one who speaks most often."""
    name = re.escape(publisher.removeprefix("The "))
    told = re.search(_INTERVIEWS.replace("OUTLET", name), text) if name else None
    speakers = Counter(one.speaker_name for one in statements if one.speaker_kind is SpeakerKind.PERSON)
    if told is None or not speakers:
        return "", None
    return speakers.most_common(1)[0][0], next(span for span in map(told.span, (1, 2, 3)) if span[0] >= 0)


def _source_line(text: str, statements: Sequence[Statement]) -> tuple[dict[str, Span], str, Span | None]:
    """Of a line such as "Source: the Air Force on Telegram; NewsMaker, with reference to the ministry": where each
    speaker after it said it; the first of them, with the outlet credited if the line begins with one."""
    line = _SOURCES.search(text)
    after = [one for one in statements if line and one.speaker_name and one.spans.evidence[0] > line.start()]
    given = [each.span() for each in _ENTRY.finditer(text, line.start(1), line.end(1))] if line else []
    if not after or not given:
        return {}, "", None
    published = [(start, place) for start, end in given if (place := _published(text, start, end))]
    heard = {
        one.speaker_name: place for one in after for start, place in published if _is_among(one, text[start : place[0]])
    }
    if len(given) == len(published) == 1:
        heard.setdefault(after[0].speaker_name, published[0][1])  # whatever the line calls him
    start, end = given[0]
    first = start, start + len(re.split(",|" + _POSTED.pattern, text[start:end], maxsplit=1)[0])
    return heard, after[0].speaker_name, first if is_outlet(text[slice(*first)]) else None


def _published(text: str, start: int, end: int) -> Span | None:
    """The platform or outlet at the end of "Danylo Hora, Head of Sumy Oblast, on Telegram"."""
    places = [each.end() for each in _POSTED.finditer(text, start, end)]
    place = (places[-1], end) if places else None
    named = text[slice(*place)] if place else ""
    return place if is_platform([named.casefold()]) or is_outlet(named) else None


def _is_among(one: Statement, mention: str) -> bool:
    """Is it this speaker whom a list names: by the surname, or by all words of the name in another order?"""
    words = set(re.findall(r"[\w-]+", mention.casefold()))
    name = [word for word in re.findall(r"[\w-]+", one.speaker_name.casefold()) if word not in ("the", "of")]
    return bool(name) and (words.issuperset(name) or (one.speaker_kind is SpeakerKind.PERSON and name[-1] in words))


def _credited(text: str, one: Statement, before: Sequence[Statement]) -> Span | None:
    """The outlet credited: that of the same speaker's last words in this paragraph, and the one meant by "it"."""
    via = _publisher(text, one.spans.via)
    last = before[-1] if before else None
    if via and text[slice(*via)].casefold() == "it":
        return last.spans.via if last else None
    if via or not last or not last.spans.via or not _same_speaker(last, one):
        return via
    if _beside(one) < FAR and not _is_public(one.audience):
        return None  # told in private, whoever reported what came before
    return None if "\n" in text[last.spans.evidence[0] : one.spans.evidence[0]] else last.spans.via


def _publisher(text: str, via: Span | None) -> Span | None:
    """The paper of "a report in the paper", the media of "videos put out by local media"; nobody of "reports"."""
    if via is None or not (of := _PUBLISHED.match(text, *via)):
        return via
    if of.end() == via[1]:
        return None
    return (of.end(), via[1]) if is_outlet(text[of.end() : via[1]]) else via


def _words(text: str, span: Span | None) -> str:
    return text[slice(*span)] if span else ""


def _beside(one: Statement) -> int:
    """How far the cue is from the audience, in characters; FAR where it does not stand in the statement's sentence."""
    span, cue, (start, end) = one.spans.audience, one.spans.cue, one.spans.evidence
    return abs(span[0] - cue[0]) if span and cue and start <= span[0] < end else FAR


def _same_speaker(source: Statement, one: Statement) -> bool:
    """Have both the same name, or the same word for one who stays unnamed: "a source in Paris", "the source"?"""
    if source.speaker_name or one.speaker_name:
        return source.speaker_name == one.speaker_name
    mention = one.speaker.casefold()
    if set(mention.split()[-1:]) <= set(source.speaker.casefold().split()):
        return True
    # "One of them", "the diplomat" is who told the paper.
    referring = mention in _PRONOUNS or mention.startswith(("one of ", "the "))
    return referring and _is_open(source.audience)


def _tells_of(text: str, starts: Sequence[int], span: Span, one: Statement, before: Sequence[Statement]) -> bool:
    """Does the sentence that sets the scene name this speaker, or mean the first who speaks by a pronoun or office?"""
    nth = bisect_right(starts, span[0])
    sentence = text[starts[nth - 1] : starts[nth] if nth < len(starts) else len(text)]
    if any(word in sentence for word in one.speaker_name.split() if word[0].isupper()):
        return True
    meant = _PRONOUN.match(sentence) or _ROLE.match(sentence)
    return meant is not None and all(_same_speaker(each, one) for each in before if each.spans.audience == span)


def _goes_on(one: Statement) -> bool:
    """Is the audience of this statement told what its speaker says next?"""
    cue, told = one.spans.cue, one.spans.audience
    beside = cue is None or told is None or 0 <= told[0] - cue[1] <= _BESIDE
    return one.cue_class not in _AIMED or not beside


def _is_described(audience: str) -> bool:
    """Is it "the newspaper", one outlet without its name? "The press" is all of them."""
    the, *kind = audience.casefold().split()
    return the == "the" and len(kind) == 1 and kind[0] in publishing().kinds - _MANY


_MANY = frozenset(["media", "news", "press", "radio", "television", "tv"])


def _is_public(audience: str) -> bool:
    """Is it an occasion, a platform, an outlet or a public that listens?"""
    lists = audience_words()
    public = lists.occasions | lists.listeners | lists.chambers | lists.hearing
    public |= lists.broadcasts | lists.pages | lists.writings | publishing().platforms | publishing().kinds
    return not public.isdisjoint(audience.casefold().split()) or is_outlet(audience)


def _is_held(audience: str) -> bool:
    """Is it an occasion or an outlet, rather than reporters, who may be told at any time?"""
    lists, heard = audience_words(), audience.casefold().split()
    held = lists.occasions | lists.chambers | lists.hearing | lists.broadcasts
    other = is_platform([audience.casefold()]) or not {"reporters", "journalists"}.isdisjoint(heard)
    return not other and (not held.isdisjoint(heard) or is_outlet(audience))


def _is_open(audience: str) -> bool:
    """The same, or a name, which may be an outlet's that we do not know."""
    return _is_public(audience) or any(map(str.isupper, audience))


def _key(speaker: str) -> str:
    """The name that tells a speaker from others; "" for pronouns and descriptions in small letters."""
    words = [word for word in re.split(r"[^\w’'-]+", speaker) if word]
    if is_outlet(speaker):
        return speaker.lower()
    names = [word for word in words if word[:1].isupper() and word.lower() not in _PRONOUNS and word.lower() != "the"]
    return names[-1].lower() if names else ""
