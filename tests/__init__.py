"""Tests: cases are data in cases/, servers and processes are real."""
