"""Journeys: the whole story, as a person would live it."""
