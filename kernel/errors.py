"""Refusals: the five kinds of error a person or a program can act on."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """Say no with a stable code for programs and a full sentence for people.

    `details` travel with the problem document (RFC 9457 extension members); they hold plain values.
    """

    status = 500
    title = "Error"

    def __init__(self, code: str, sentence: str, **details: Any) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.details = details


class Missing(DomainError):
    """Say that a thing does not exist, or that the asker may not even know of it."""

    status = 404
    title = "Not found"


class Denied(DomainError):
    """Say that the asker sees the thing and may not do this to it."""

    status = 403
    title = "Not allowed"


class Conflict(DomainError):
    """Say that the thing is in a state in which this cannot be done."""

    status = 409
    title = "Conflict"


class Refused(DomainError):
    """Say that what was sent breaks a rule."""

    status = 422
    title = "Refused"


class Unavailable(DomainError):
    """Say that trying again later may work."""

    status = 503
    title = "Temporarily unavailable"
