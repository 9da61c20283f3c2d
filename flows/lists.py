"""The lists that a run goes by, the house's with what the settings add: rules of relevance, topics, actors."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from extractors import relevance
from extractors.actors import Actors, listed_actors, load_actors
from flows.settings import Settings


def rules_of(settings: Settings) -> relevance.Rules:
    return _rules(tuple(settings.extra_terms), tuple(settings.muted_terms), settings.threshold, settings.topics_file)


@cache
def _rules(
    extra: tuple[str, ...], muted: tuple[str, ...], threshold: float | None, topics: Path | None
) -> relevance.Rules:
    return relevance.load_rules(extra_terms=extra, muted_terms=muted, threshold=threshold, topics_file=topics)


def actors_of(settings: Settings) -> Actors:
    """The lists that come with the house, and the user's own after them. Raises SettingsError for a wrong list."""
    return _actors(tuple(settings.actor_lists))


@cache
def _actors(lists: tuple[Path, ...]) -> Actors:
    return load_actors(*lists) if lists else listed_actors()
