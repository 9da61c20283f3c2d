"""Stories with their sources and contents marked, as cases/speakers.toml and cases/actors.toml write them."""

from __future__ import annotations

import re
from typing import Any

from extractors.records import CueClass, Form, Spans, SpeakerKind, Statement, Story, statement_id, story_id

MARK = re.compile(r"\[(?P<mention>[^\]=]*)=(?P<name>[^\]]*)\]|(?P<open>\{)|(?P<close>\})")
CUE_BEFORE = re.compile(r"said ")


def read(case: dict[str, Any]) -> tuple[Story, list[Statement], list[tuple[str, SpeakerKind]]]:
    """A case as a story, its statements, and the name and kind that each speaker should get.

    ``[mention = name, kind]`` marks a source, ``{…}`` a content; the nth source says the nth content.
    """
    text, sources, contents, expected = "", [], [], []
    last, opened = 0, 0
    marked = case["text"].strip()
    for mark in MARK.finditer(marked):
        text += marked[last : mark.start()]
        last = mark.end()
        if mark["open"]:
            opened = len(text)
        elif mark["close"]:
            contents.append((opened, len(text)))
        else:
            mention = mark["mention"].rstrip()
            cue = CUE_BEFORE.match(mention)
            text += mention[: cue.end()] if cue else ""
            mention = mention[cue.end() :] if cue else mention
            named = mention.rstrip(",")
            sources.append((len(text), len(text) + len(named)) if named else None)
            text += mention
            name, comma, kind = (part.strip() for part in mark["name"].rpartition(","))
            name, kind = (name, kind) if comma else (kind, "")
            expected.append((name, SpeakerKind(kind or "person")))
    text += marked[last:]
    story = Story(story_id(case["name"]), "https://example.org/", "", text, day=case["day"])
    assert len(sources) == len(contents), case["name"]
    statements = [
        Statement(
            id=statement_id(story.id, text[slice(*content)], "", number),
            story_id=story.id,
            speaker=text[slice(*source)] if source else "",
            cue="",
            cue_class=CueClass.ASSERT,
            content=text[slice(*content)],
            form=Form.INDIRECT,
            spans=Spans((content,), content, source),
        )
        for number, (source, content) in enumerate(zip(sources, contents, strict=True))
    ]
    return story, statements, expected
