"""Shapes of claims and answers on the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from kernel.money import Money
from kernel.web.fields import In, MoneyOut, Out, PageIn, Text, as_json
from marketplace.assignments.handout.claiming import COUNT_MAX
from marketplace.assignments.states import AssignmentState
from marketplace.assignments.submitting import ANSWERS_MAX

RESULT_ITEMS_MAX = 500
SECONDS_MAX = 86_400
BROKEN_REASONS = ("does_not_load", "unreadable", "no_right_answer", "harmful", "other")


class ClaimIn(In):
    """Ask for tasks."""

    count = fields.Integer(load_default=1, validate=validate.Range(min=1, max=COUNT_MAX))


class ClaimOut(Out):
    """One task handed out."""

    id = fields.String(metadata={"description": "the assignment's outward id"})
    claimed_at = fields.AwareDateTime()
    deadline_at = fields.AwareDateTime()
    reward = MoneyOut()
    data = fields.Dict()
    html = fields.String(metadata={"description": "the task as a form"})
    guidelines_version = fields.Integer()
    interface_version = fields.Integer()


class ReasonOut(Out):
    """Why there is nothing."""

    code = fields.String()
    sentence = fields.String()


class HandoutOut(Out):
    """What a claim brought."""

    claims = fields.List(fields.Nested(ClaimOut))
    reason = fields.Nested(ReasonOut, allow_none=True)


class AnswerIn(In):
    """One answer: Label Studio result items for one assignment."""

    assignment = fields.String(required=True, validate=validate.Length(max=64))
    result = fields.List(
        fields.Dict(), required=True, validate=validate.Length(max=RESULT_ITEMS_MAX)
    )
    active_seconds = fields.Integer(load_default=0, validate=validate.Range(min=0, max=SECONDS_MAX))
    opened_at = fields.AwareDateTime(load_default=None)
    is_unsure = fields.Boolean(
        load_default=False, metadata={"description": "the worker is not sure of this answer"}
    )


class AnswersIn(In):
    """Many answers at once."""

    answers = fields.List(
        fields.Nested(AnswerIn), required=True, validate=validate.Length(min=1, max=ANSWERS_MAX)
    )


class OutcomeOut(Out):
    """What became of one answer."""

    assignment = fields.String()
    status = fields.String(metadata={"enum": ["accepted", "changed", "same", "refused"]})
    final_at = fields.AwareDateTime(allow_none=True)
    code = fields.String(allow_none=True)
    detail = fields.String(allow_none=True)
    gold = fields.Dict(allow_none=True)


class OutcomesOut(Out):
    """What became of the answers, in the order sent."""

    outcomes = fields.List(fields.Nested(OutcomeOut))


class SkipIn(In):
    """Why a task is skipped."""

    reason = Text(required=True, most=200)


class ReportIn(In):
    """What is wrong with a task."""

    reason = fields.String(
        required=True,
        validate=validate.OneOf(
            ["does_not_load", "unreadable", "no_right_answer", "harmful", "other"]
        ),
    )
    text = Text(load_default="", least=0, most=1_000)


class DeadlineOut(Out):
    """The new end of a claim."""

    deadline_at = fields.AwareDateTime()


class VersionIn(In):
    """Which version of the guidelines was read."""

    version = fields.Integer(required=True, validate=validate.Range(min=1))


class MyAssignmentsIn(PageIn):
    """Which of my assignments to list."""

    state = fields.Enum(AssignmentState, by_value=True, load_default=None)


class MyDecisionOut(Out):
    """A rejection as its worker sees it."""

    id = fields.UUID()
    reason = fields.String()
    sentence = fields.String()
    appeal_until = fields.AwareDateTime()


class MyAssignmentOut(Out):
    """One of my assignments."""

    id = fields.String()
    job_id = fields.UUID()
    job_title = fields.String()
    state = fields.Enum(AssignmentState, by_value=True)
    reward = MoneyOut()
    claimed_at = fields.AwareDateTime()
    submitted_at = fields.AwareDateTime(allow_none=True)
    final_at = fields.AwareDateTime(allow_none=True)
    decide_by = fields.AwareDateTime(allow_none=True)
    reason = fields.String()
    decision_id = fields.UUID(allow_none=True)


class MyAssignmentsOut(Out):
    """A page of my assignments."""

    items = fields.List(fields.Nested(MyAssignmentOut))
    next_cursor = fields.String(allow_none=True)


class EligibilityReasonOut(Out):
    """One thing that stands in the way, and the road there."""

    code = fields.String()
    sentence = fields.String()
    exam_id = fields.UUID(allow_none=True)


class OpenJobOut(Out):
    """A job as a worker browsing sees it."""

    id = fields.UUID()
    title = fields.String()
    summary = fields.String()
    state = fields.String()
    reward = MoneyOut()
    hourly = MoneyOut(allow_none=True)
    expected_seconds = fields.Integer()
    tasks_left = fields.Integer(metadata={"description": "answers still wanted"})
    approval = fields.String()
    approval_delay_seconds = fields.Integer()
    may = fields.Boolean()
    reasons = fields.List(fields.Nested(EligibilityReasonOut))


class OpenJobDetailOut(OpenJobOut):
    """The same with its guidelines."""

    guidelines = fields.String(metadata={"description": "Markdown"})
    guidelines_version = fields.Integer()


class OpenJobsOut(Out):
    """A page of open jobs."""

    items = fields.List(fields.Nested(OpenJobOut))
    next_cursor = fields.String(allow_none=True)


class MyJobOut(Out):
    """A job I work or worked on."""

    job_id = fields.UUID()
    title = fields.String()
    state = fields.String()
    state_reason = fields.String()
    answered = fields.Integer()
    earned = fields.Function(lambda row: as_json(Money(int(row.earned_micros), row.currency)))
    active_seconds = fields.Integer()


class MyJobsOut(Out):
    """The jobs I work or worked on."""

    items = fields.List(fields.Nested(MyJobOut))
