"""Handing out tasks and taking answers."""
