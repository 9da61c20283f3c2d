"""Bytes to text, where the bytes are believed before what is declared about them.

Feeds declare charsets wrongly, or declare the right one and carry one bad byte; a parser that obeys turns a whole
Cyrillic feed into noise. The order: byte order mark; UTF-8, if nearly all of its multi-byte characters are good; what
the XML declaration or the HTTP header says, unless letter frequency shows it to be wrong; Windows-1252.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from email.message import Message

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x4c\x6f\xa7\x94", "cp037"),  # "<?xm" in EBCDIC
)

BAD_SHARE = 0.05
"""UTF-8 is believed while at most this share of its non-ASCII bytes is bad: one byte in a feed, not a codepage."""

CYRILLIC = ("cp1251", "koi8-u", "iso8859-5", "cp866")
INTERCHANGED = frozenset({*CYRILLIC, "mac-cyrillic", "cp1252", "iso8859-1", "iso8859-15", "ascii", "utf-8"})
"""Codepages that are declared for one another; a text in any other that decodes without error is believed."""

FREQUENT = "оаеинтрсвлкімдпуязьбгчйхжшюцщфєїґ"
"""Ukrainian and Russian letters, by frequency."""

DOUBT = 0.15
"""How much more like Cyrillic text another codepage must look than the declared one, to be taken instead."""
SHORT = 8
"""The same for a document of one byte; the doubt fades with the length."""

SAMPLE = 200_000


@dataclass(frozen=True, slots=True)
class Decoded:
    text: str
    encoding: str
    replaced: int = 0  # bytes that were no character, now U+FFFD


def decode(body: bytes, content_type: str = "") -> Decoded:
    """The text of an XML, HTML or JSON document. Never fails: what cannot be read is replaced and counted."""
    for signature, encoding in SIGNATURES:
        if body.startswith(signature):
            return _as(body, encoding)
    try:
        return Decoded(body.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    loose = body.decode("utf-8", "replace")
    replaced = loose.count("\ufffd")
    high = len(re.sub(rb"[\x00-\x7f]+", b"", body))
    # At the very end a character may be cut in two: a cut body, no other charset.
    if replaced <= max(high * BAD_SHARE, 1 if high > 8 else 0):
        return Decoded(loose, "utf-8", replaced)
    declared = [name for name in (_declared_in_xml(body), _declared_in_header(content_type)) if name]
    for encoding in declared:
        if encoding not in INTERCHANGED and _fits(body, encoding):
            return Decoded(body.decode(encoding), encoding)
    if _mostly_in_runs(body):
        single = [name for name in declared if name in INTERCHANGED and name not in ("ascii", "utf-8")]
        likeness = {name: _likeness(body, name) for name in dict.fromkeys([*single, *CYRILLIC])}
        best = max(likeness, key=likeness.__getitem__)
        credible = (name for name in single if likeness[name] > likeness[best] - DOUBT - SHORT / len(body))
        return _as(body, next(credible, best))
    western = next((name for name in declared if name == "iso8859-15"), "cp1252")
    return _as(body, western)


def _as(body: bytes, encoding: str) -> Decoded:
    text = body.decode(encoding, "replace")
    return Decoded(text, encoding.removesuffix("-sig"), text.count("\ufffd"))


def _fits(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _declared_in_xml(body: bytes) -> str:
    found = re.match(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']", body[:1000])
    return _codec(found[1].decode("ascii")) if found else ""


def _declared_in_header(content_type: str) -> str:
    message = Message()
    message["content-type"] = re.sub(r"[\r\n]", " ", content_type)
    charset = message.get_param("charset")
    return _codec(charset.strip("'\" ")) if isinstance(charset, str) else ""


def _codec(name: str) -> str:
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    if not getattr(found, "_is_text_encoding", True):
        return ""  # base64 and zlib are codecs too
    return "koi8-u" if found.name == "koi8-r" else found.name  # the same with Ukrainian letters


def _mostly_in_runs(body: bytes) -> bool:
    """Non-ASCII bytes mostly beside one another: an alphabet of its own, not the accents of a Latin one."""
    runs = re.findall(rb"[\x80-\xff]+", body[:SAMPLE])
    high = sum(map(len, runs))
    return high > 0 and sum(len(run) for run in runs if len(run) > 2) > high * 0.5


def _likeness(body: bytes, encoding: str) -> float:
    """How much the text looks like Ukrainian or Russian under ``encoding``.

    The codepages differ in where letters and cases lie, so under a wrong one frequent letters become rare ones,
    capitals stand inside words, and signs between letters.
    """
    text = body[:SAMPLE].decode(encoding, "replace")
    letters = {letter: count for letter, count in Counter(text).items() if letter > "\x7f"}
    score = 0.0
    for letter, count in letters.items():
        place = FREQUENT.find(letter)
        if place >= 0:
            score += count * (len(FREQUENT) - place) / len(FREQUENT)
        elif letter.lower() not in FREQUENT and letter.lower() not in "эыъё№«»—–…’“”":
            score -= count
    score -= len(re.findall("[а-яґєії][А-ЯҐЄІЇ]", text))
    return score / max(sum(letters.values()), 1)
