"""Benchmarks: each prints a ratio, both sides measured in one run.

`python -m benchmarks` runs them all; `python -m benchmarks train_epoch` runs one.
"""
