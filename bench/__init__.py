"""Measures: ratios and counts, side by side in one run. Nothing here judges; the numbers are printed."""
