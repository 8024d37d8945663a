"""Deciding about answers and workers: by hand, by delay, and on reports."""
