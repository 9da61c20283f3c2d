"""Data of the extractors: words, patterns, actors, outlets, each file with its source."""
