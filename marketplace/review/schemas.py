"""Shapes of labels, decisions, removals, gold and exports on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from kernel.web.fields import In, Out, PageIn, Text
from marketplace.assignments.states import AssignmentState
from marketplace.review import exporting
from marketplace.review.deciding import by_hand
from marketplace.review.states import LabelState

REVIEWED_STATES = (AssignmentState.SUBMITTED, AssignmentState.APPROVED, AssignmentState.REJECTED)
ID_MAX = 100


def page_of(shown: type[Out]) -> dict[str, fields.Field[Any]]:
    """Return the fields of a page of these."""
    return {
        "items": fields.List(fields.Nested(shown)),
        "next_cursor": fields.String(allow_none=True),
    }


class ProgressOut(Out):
    """How far a job is."""

    state = fields.String()
    tasks = fields.Dict(keys=fields.String(), values=fields.Integer())
    answers = fields.Dict(keys=fields.String(), values=fields.Integer())
    labels = fields.Dict(keys=fields.String(), values=fields.Float())


class LabelsIn(PageIn):
    """Which labels to list."""

    state = fields.Enum(LabelState, by_value=True, load_default=None)
    needs_review = fields.Boolean(load_default=None)


class LabelOut(Out):
    """What the marketplace concludes about one control of a task."""

    task_id = fields.UUID()
    external_id = fields.String(allow_none=True)
    control = fields.String()
    value = fields.Raw(allow_none=True)
    confidence = fields.Float()
    answers_count = fields.Integer()
    model = fields.String()
    model_version = fields.Integer()
    state = fields.String()
    version = fields.Integer()
    needs_review = fields.Boolean()
    is_reviewed = fields.Function(lambda label: label.reviewed_by is not None)
    taken_at = fields.AwareDateTime(allow_none=True)


LabelsOut = Out.from_dict(page_of(LabelOut), name="LabelsOut")


class LabelIn(In):
    """A reviewer's word on one control of a task."""

    control = Text(required=True, most=ID_MAX)
    value = fields.Raw(required=True, metadata={"description": "as labels hold it"})


class JobWorkerOut(Out):
    """One worker of a job, under a pseudonym."""

    worker_id = fields.UUID()
    worker = fields.String(metadata={"description": "pseudonym"})
    state = fields.String()
    state_reason = fields.String()
    answers_excluded = fields.Boolean()
    answered = fields.Integer()
    approved = fields.Integer()
    rejected = fields.Integer()
    active_seconds = fields.Integer()
    gold_right = fields.Integer()
    gold_wrong = fields.Integer()


class WorkersOut(Out):
    """Who works or worked on a job."""

    items = fields.List(fields.Nested(JobWorkerOut))


class ReviewIn(PageIn):
    """Which answers to list for review."""

    state = fields.Enum(
        AssignmentState,
        by_value=True,
        load_default=AssignmentState.SUBMITTED,
        validate=validate.OneOf(REVIEWED_STATES),
    )


class ReviewAnswerOut(Out):
    """One final answer beside what was asked."""

    assignment = fields.String()
    task_id = fields.UUID()
    external_id = fields.String(allow_none=True)
    data = fields.Dict()
    worker_id = fields.UUID()
    worker = fields.String()
    state = fields.String()
    given = fields.Dict()
    submitted_at = fields.AwareDateTime()
    active_seconds = fields.Integer()
    decide_by = fields.AwareDateTime(allow_none=True)
    guidelines_version = fields.Integer()
    interface_version = fields.Integer()
    decision_id = fields.UUID(allow_none=True)
    decided_by = fields.String(allow_none=True)
    taken_at = fields.AwareDateTime(allow_none=True)


ReviewAnswersOut = Out.from_dict(page_of(ReviewAnswerOut), name="ReviewAnswersOut")


class DecisionIn(In):
    """What to do with one answer."""

    assignment = fields.String(required=True, validate=validate.Length(max=ID_MAX))
    act = fields.String(required=True, validate=validate.OneOf([by_hand.APPROVE, by_hand.REJECT]))
    reason = fields.String(load_default="", validate=validate.OneOf(["", *by_hand.REASONS]))
    sentence = Text(load_default="", least=0, most=by_hand.SENTENCE_MAX)


class DecisionsIn(In):
    """What to do with many answers, each decided on its own."""

    decisions = fields.List(
        fields.Nested(DecisionIn),
        required=True,
        validate=validate.Length(min=1, max=by_hand.DECISIONS_MAX),
    )


class DecisionOutcomeOut(Out):
    """What became of one wish."""

    assignment = fields.String()
    status = fields.String(metadata={"enum": ["approved", "rejected", "refused"]})
    decision_id = fields.UUID(allow_none=True)
    code = fields.String(allow_none=True)
    detail = fields.String(allow_none=True)


class DecisionOutcomesOut(Out):
    """What became of the wishes, in the order sent."""

    outcomes = fields.List(fields.Nested(DecisionOutcomeOut))


class RemovalIn(In):
    """Whom to remove from a job, and what becomes of their answers: each switch on its own."""

    worker_id = fields.UUID(required=True)
    sentence = Text(required=True, least=by_hand.SENTENCE_MIN, most=by_hand.SENTENCE_MAX)
    exclude_answers = fields.Boolean(load_default=False)
    replace_answers = fields.Boolean(load_default=False)
    withhold_pay = fields.Boolean(load_default=False)
    reason = fields.String(load_default="", validate=validate.OneOf(["", *by_hand.REASONS]))


class EnrolmentOut(Out):
    """A worker's place on a job."""

    worker_id = fields.UUID()
    state = fields.String()
    state_reason = fields.String()
    answers_excluded = fields.Boolean()


class GoldRepairIn(In):
    """A corrected known answer, or that the gold is withdrawn."""

    known = fields.Dict(keys=fields.String(), values=fields.Raw(), load_default=None)
    withdraw = fields.Boolean(load_default=False)


class GoldTaskOut(Out):
    """A gold task after its repair."""

    task_id = fields.UUID(attribute="id")
    known = fields.Dict()
    known_version = fields.Integer()
    state = fields.String()


class ExportIn(In):
    """What to export; a name makes it a release."""

    format = fields.String(load_default="jsonl", validate=validate.OneOf(exporting.FORMATS))
    content = fields.String(
        load_default=exporting.LABELS,
        validate=validate.OneOf([exporting.LABELS, exporting.ANSWERS]),
    )
    release = Text(load_default=None, allow_none=True, most=80)


class ExportOut(Out):
    """An export and how far it is."""

    id = fields.UUID()
    job_id = fields.UUID()
    format = fields.String()
    content = fields.String()
    release = fields.String(allow_none=True)
    state = fields.String()
    rows_count = fields.Integer()
    digest = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


ExportsOut = Out.from_dict(page_of(ExportOut), name="ExportsOut")


class SentenceIn(In):
    """Why an admin does this."""

    sentence = Text(required=True, least=by_hand.SENTENCE_MIN, most=by_hand.SENTENCE_MAX)
