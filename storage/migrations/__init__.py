"""Numbered, forward-only, checksummed migrations."""
