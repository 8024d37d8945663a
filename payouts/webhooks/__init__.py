"""Hints from the processor: received, stored once, and acted on by reading the object again."""
