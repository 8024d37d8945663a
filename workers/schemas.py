"""The shapes in which workers come in and go out."""

from __future__ import annotations

from marshmallow import fields, validate

from kernel.web.fields import In, Out, Text

SENTENCE_MAX = 2_000
SENTENCE_LEAST = 10
PAUSE_DAYS_MAX = 30


class StandingIn(In):
    """Receive the written reason for a change of standing; the worker reads it."""

    sentence = Text(required=True, least=SENTENCE_LEAST, most=SENTENCE_MAX)


class PauseIn(StandingIn):
    """Receive a pause of an account: for how many days, and why."""

    days = fields.Integer(required=True, validate=validate.Range(min=1, max=PAUSE_DAYS_MAX))


class WorkerOut(Out):
    """Show a worker to an admin."""

    id = fields.UUID()
    handle = fields.String()
    country = fields.String()
    languages = fields.List(fields.String())
    standing = fields.String(attribute="state")
    standing_at = fields.AwareDateTime(attribute="state_at")
    standing_until = fields.AwareDateTime(attribute="suspended_until", allow_none=True)
    standing_reason = fields.String(attribute="state_reason")
    created_at = fields.AwareDateTime()
