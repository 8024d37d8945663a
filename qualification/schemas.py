"""The shapes in which qualifications, exams and sittings come in and go out."""

from __future__ import annotations

from marshmallow import fields, validate

from kernel.web.fields import In, Out, Text

NAME_MAX = 120
SUMMARY_MAX = 500
GUIDELINES_MAX = 50_000
QUESTION_MAX = 2_000
OPTION_MAX = 200
OPTIONS_MAX = 100
QUESTIONS_SENT_MAX = 1_000
EXAM_SECONDS_MAX = 4 * 3_600
RETRY_SECONDS_MAX = 365 * 86_400
VALID_DAYS_MAX = 3_650
VALUE_MOST = 1_000_000_000


def _days() -> fields.Integer:
    return fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(min=1, max=VALID_DAYS_MAX)
    )


class TypeIn(In):
    """Receive a new qualification."""

    name = Text(required=True, most=NAME_MAX)
    summary = Text(load_default="", least=0, most=SUMMARY_MAX)
    grants_automatically = fields.Boolean(load_default=False)
    valid_days = _days()


class TypeOut(Out):
    """Show a qualification."""

    id = fields.UUID()
    name = fields.String()
    summary = fields.String()
    grants_automatically = fields.Boolean()
    valid_days = fields.Integer(allow_none=True)
    created_at = fields.AwareDateTime()


class TypeLineOut(Out):
    """Show a qualification in a list, with its exam."""

    id = fields.UUID(attribute="type.id")
    name = fields.String(attribute="type.name")
    summary = fields.String(attribute="type.summary")
    grants_automatically = fields.Boolean(attribute="type.grants_automatically")
    valid_days = fields.Integer(attribute="type.valid_days", allow_none=True)
    created_at = fields.AwareDateTime(attribute="type.created_at")
    exam_id = fields.UUID(allow_none=True)


class TypesOut(Out):
    """Show one page of qualifications."""

    items = fields.List(fields.Nested(TypeLineOut))
    next_cursor = fields.String(allow_none=True)


class GrantIn(In):
    """Receive a grant by hand."""

    worker_id = fields.UUID(required=True)
    value = fields.Integer(
        load_default=1, strict=True, validate=validate.Range(min=-VALUE_MOST, max=VALUE_MOST)
    )


class GrantOut(Out):
    """Show a grant."""

    qualification_id = fields.UUID(attribute="type_id")
    worker_id = fields.UUID()
    value = fields.Integer()
    granted_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime(allow_none=True)


class QuestionIn(In):
    """Receive a question with its key."""

    id = Text(required=True, most=40)
    text = Text(required=True, most=QUESTION_MAX)
    image = fields.URL(schemes={"https"}, validate=validate.Length(max=QUESTION_MAX))
    options = fields.List(
        Text(most=OPTION_MAX), required=True, validate=validate.Length(max=OPTIONS_MAX)
    )
    answer = Text(required=True, most=OPTION_MAX)
    explanation = Text(load_default="", least=0, most=QUESTION_MAX)


class ExamVersionIn(In):
    """Receive an exam, or a new version of one."""

    title = Text(required=True, most=NAME_MAX)
    guidelines = Text(load_default="", least=0, most=GUIDELINES_MAX)
    questions = fields.List(
        fields.Nested(QuestionIn),
        required=True,
        validate=validate.Length(max=QUESTIONS_SENT_MAX),
    )
    pass_mark = fields.Integer(required=True, validate=validate.Range(min=1, max=100))
    seconds_max = fields.Integer(
        required=True, validate=validate.Range(min=10, max=EXAM_SECONDS_MAX)
    )
    retry_seconds = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(min=0, max=RETRY_SECONDS_MAX)
    )
    is_training = fields.Boolean(load_default=False)
    reward_note = Text(load_default="", least=0, most=SUMMARY_MAX)


class ExamIn(ExamVersionIn):
    """Receive a new exam: for a qualification there is, or one made by name."""

    qualification_id = fields.UUID(load_default=None)
    name = Text(load_default=None, most=NAME_MAX)
    valid_days = _days()


class ExamKeyIn(In):
    """Receive the mended answer of a question, or that it is withdrawn."""

    question_id = Text(required=True, most=40)
    answer = Text(load_default=None, allow_none=True, most=OPTION_MAX)
    withdraw = fields.Boolean(load_default=False)


class ExamKeyOut(Out):
    """Show how many sittings pass by the mended key that had failed."""

    lifted = fields.Integer()


class QuestionOut(Out):
    """Show a question without its key."""

    id = fields.String()
    text = fields.String()
    image = fields.String()
    options = fields.List(fields.String())


class ExamOut(Out):
    """Show an exam to whoever may want to take it."""

    id = fields.UUID()
    qualification_id = fields.UUID(attribute="type_id")
    title = fields.String()
    guidelines = fields.String()
    questions_count = fields.Function(lambda exam: len(exam.questions))
    pass_mark = fields.Integer()
    seconds_max = fields.Integer()
    retry_seconds = fields.Integer(allow_none=True)
    is_training = fields.Boolean()
    reward_note = fields.String()
    version = fields.Integer()
    closed_at = fields.AwareDateTime(allow_none=True)


class RateOut(Out):
    """Show a share of people with its 95 % interval."""

    count = fields.Integer()
    of = fields.Integer()
    value = fields.Float(allow_none=True)
    low = fields.Float()
    high = fields.Float()


class KeyLineOut(Out):
    """Show a question with its answer, and how people fared with it in their first try."""

    id = fields.String()
    text = fields.String()
    options = fields.List(fields.String())
    answer = fields.String()
    explanation = fields.String()
    is_withdrawn = fields.Boolean()
    missed = fields.Nested(RateOut)
    favourite = fields.Tuple(
        (fields.String(), fields.Integer()),
        allow_none=True,
        metadata={"description": "the wrong option chosen most, and how often"},
    )
    doubt = fields.String(metadata={"description": "why to look at the key; empty if no reason"})


class ExamAnswersOut(Out):
    """Show the key of an exam, how many pass it, and its versions."""

    exam = fields.Nested(ExamOut)
    lines = fields.List(fields.Nested(KeyLineOut))
    passed = fields.Nested(RateOut)
    sittings = fields.Dict(keys=fields.String(), values=fields.Integer())
    versions = fields.List(fields.Nested(ExamOut))


class MadeExamOut(Out):
    """Show a new exam and what its maker should look at again."""

    id = fields.UUID(attribute="exam.id")
    qualification_id = fields.UUID(attribute="exam.type_id")
    warnings = fields.List(fields.String())


class SittingOut(Out):
    """Show a running sitting with its questions."""

    id = fields.UUID(attribute="sitting.id")
    exam_id = fields.UUID(attribute="sitting.exam_id")
    started_at = fields.AwareDateTime(attribute="sitting.started_at")
    ends_at = fields.AwareDateTime(attribute="sitting.ends_at")
    questions = fields.List(fields.Nested(QuestionOut))


class SittingAnswersIn(In):
    """Receive the answers of a sitting: question id to option."""

    answers = fields.Dict(
        keys=fields.String(validate=validate.Length(max=40)),
        values=fields.String(validate=validate.Length(max=OPTION_MAX)),
        required=True,
        validate=validate.Length(max=QUESTIONS_SENT_MAX),
    )


class FeedbackOut(Out):
    """Show what training says of one question."""

    id = fields.String()
    given = fields.String(allow_none=True)
    answer = fields.String()
    is_right = fields.Boolean()
    explanation = fields.String()


class ResultOut(Out):
    """Show how a sitting ended."""

    state = fields.String()
    score = fields.Integer()
    pass_mark = fields.Integer()
    retry_at = fields.AwareDateTime(allow_none=True)
    feedback = fields.List(fields.Nested(FeedbackOut), allow_none=True)
