"""A small site of our own writing to run against."""
