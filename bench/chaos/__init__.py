"""Chaos: processes are killed, paused and cut off at random while people work; nothing is lost."""
