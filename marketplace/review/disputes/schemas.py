"""Shapes of appeals, replies, rulings and disputes on the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from kernel.web.fields import In, Out, Text
from marketplace.review import schemas
from marketplace.review.disputes import appealing, ruling
from marketplace.review.states import DisputeState


class AppealIn(In):
    """What a worker objects to: one id, by kind, and why."""

    kind = fields.String(required=True, validate=validate.OneOf(appealing.KINDS))
    statement = Text(required=True, least=appealing.STATEMENT_MIN, most=appealing.STATEMENT_MAX)
    decision_id = fields.String(load_default="", validate=validate.Length(max=schemas.ID_MAX))
    job_id = fields.String(load_default="", validate=validate.Length(max=schemas.ID_MAX))
    sitting_id = fields.String(load_default="", validate=validate.Length(max=schemas.ID_MAX))
    assignment = fields.String(load_default="", validate=validate.Length(max=schemas.ID_MAX))


class DisputeOut(Out):
    """A dispute as both sides see it."""

    id = fields.UUID()
    kind = fields.String()
    job_id = fields.UUID(allow_none=True)
    organisation_id = fields.UUID(allow_none=True)
    decision_id = fields.UUID(allow_none=True)
    state = fields.String()
    opened_at = fields.AwareDateTime()
    statement = fields.String()
    reply_by = fields.AwareDateTime()
    reply = fields.String()
    replied_at = fields.AwareDateTime(allow_none=True)
    rule_by = fields.AwareDateTime()
    ruling = fields.String()
    state_at = fields.AwareDateTime()


DisputesOut = Out.from_dict(schemas.page_of(DisputeOut), name="DisputesOut")


class RejectionOut(Out):
    """The decision a dispute is about."""

    id = fields.UUID()
    reason = fields.String()
    sentence = fields.String()
    answers_count = fields.Integer()
    at = fields.AwareDateTime()
    appeal_until = fields.AwareDateTime()


class DisputedAnswerOut(Out):
    """One answer in dispute, as evidence; task ids stay inside."""

    assignment = fields.String()
    data = fields.Dict()
    given = fields.Dict()
    state = fields.String()
    submitted_at = fields.AwareDateTime()


class DisputeDetailOut(DisputeOut):
    """The same with its evidence."""

    decision = fields.Nested(RejectionOut, allow_none=True)
    answers = fields.List(fields.Nested(DisputedAnswerOut))


class ReplyIn(In):
    """What the organisation says; agreeing ends the dispute for the worker."""

    reply = Text(required=True, least=ruling.REASON_MIN, most=ruling.REASON_MAX)
    agree = fields.Boolean(load_default=False)


class RulingIn(In):
    """How an admin decides, and why."""

    outcome = fields.Enum(
        DisputeState,
        by_value=True,
        required=True,
        validate=validate.OneOf([DisputeState.WON, DisputeState.LOST]),
    )
    reason = Text(required=True, least=ruling.REASON_MIN, most=ruling.REASON_MAX)


class OverturnRateOut(Out):
    """How an organisation's rejections fared when appealed."""

    decisions = fields.Integer()
    appealed = fields.Integer()
    decided = fields.Integer()
    overturned = fields.Integer()
