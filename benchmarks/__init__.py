"""Benchmarks: quality and speed, beside peers, as ratios of one run."""
