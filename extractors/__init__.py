"""WHAT a document says: pure functions from bytes or text to records. No network, no clock, no database."""
