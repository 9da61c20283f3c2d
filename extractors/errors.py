"""Errors with names. Each says what happened, to which feed, story, file or setting, and what to do."""

from __future__ import annotations


class DatelineError(Exception):
    """Base of all errors that a user can meet."""


class SettingsError(DatelineError):
    """A setting, a list or a lexicon of the user's is wrong."""


class InputError(DatelineError):
    """A document (OPML, JSON line, feed, page) cannot be read."""


class FetchError(DatelineError):
    """A URL could not be fetched. ``outcome`` is its error class."""

    def __init__(self, outcome: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome


class WarehouseError(DatelineError):
    """The warehouse cannot be opened, is locked, corrupt, or of a newer version."""


class HeldError(WarehouseError):
    """Another process holds a file of the warehouse. Nothing is wrong with it: to try again later can help."""
