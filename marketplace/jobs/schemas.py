"""The shapes in which jobs, their settings, tasks, files and imports come in and go out."""

from __future__ import annotations

from marshmallow import fields, validate

from kernel.money import EXPONENTS
from kernel.web.fields import In, MoneyIn, MoneyOut, Out, PageIn, Text

TITLE_MAX, SUMMARY_MAX, REASON_MAX = 120, 500, 500
CONTENT_MAX = 100_000
SECONDS_MAX, ANSWERS_MAX = 86_400, 1_000
APPROVALS = ("on_submit", "agreement", "by_hand")


def _whole(least: int, most: int) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(min=least, max=most))


def _share(least: str, most: str) -> fields.Decimal:
    inside = validate.Range(
        min=float(least), max=float(most), min_inclusive=False, max_inclusive=False
    )
    return fields.Decimal(places=4, validate=inside)


class RedundancyIn(In):
    """Receive how many answers a task gets."""

    answers_min = _whole(1, ANSWERS_MAX)
    answers_max = _whole(1, ANSWERS_MAX)
    is_adaptive = fields.Boolean()
    confidence = _share("0.5", "1")
    reopenings_max = _whole(0, 20)
    single_answer = fields.Boolean(
        metadata={"description": "must be true to ask for one answer a task"}
    )


class ApprovalIn(In):
    """Receive how answers are decided."""

    mode = fields.String(validate=validate.OneOf(APPROVALS))
    delay_seconds = _whole(60, 366 * SECONDS_MAX)


class GoldIn(In):
    """Receive how work is checked."""

    first = _whole(0, 100)
    every = _whole(0, 1_000)
    minimum = _share("0", "1")
    error_rate = _share("0", "0.5")
    feedback = fields.Boolean()


class RequirementIn(In):
    """Receive one comparison with one qualification."""

    qualification = Text(required=True, most=64)
    comparison = Text(required=True, most=12)
    value = fields.Raw(allow_none=True)
    count_min = _whole(0, 100_000)
    guards = Text(most=10)


class JobEditIn(In):
    """Receive what shall change; what is left out stays."""

    title = Text(most=TITLE_MAX)
    summary = Text(most=SUMMARY_MAX, least=0)
    interface = Text(most=CONTENT_MAX, metadata={"description": "XML, as Label Studio reads it"})
    guidelines = Text(most=CONTENT_MAX, metadata={"description": "Markdown"})
    reward = MoneyIn(metadata={"description": "of one answer"})
    expected_seconds = _whole(1, SECONDS_MAX)
    redundancy = fields.Nested(RedundancyIn)
    approval = fields.Nested(ApprovalIn)
    gold = fields.Nested(GoldIn)
    undo_seconds = _whole(0, 3_600)
    lease_seconds = _whole(30, SECONDS_MAX)
    claims_max = _whole(1, 100)
    newcomers_basis_points = _whole(0, 10_000)
    requirements = fields.List(fields.Nested(RequirementIn), validate=validate.Length(max=50))


class JobIn(JobEditIn):
    """Receive a new draft; what is left out gets its default."""

    organisation_id = fields.UUID(required=True)
    currency = fields.String(required=True, validate=validate.OneOf(list(EXPONENTS)))
    title = Text(required=True, most=TITLE_MAX)
    interface = Text(required=True, most=CONTENT_MAX)
    guidelines = Text(required=True, most=CONTENT_MAX)
    reward = MoneyIn(required=True)


class JobsIn(PageIn):
    """Receive a page of jobs, of one organisation or of all the asker acts for."""

    organisation_id = fields.UUID(load_default=None)


class PauseIn(In):
    """Receive why a job pauses; workers read it."""

    reason = Text(load_default="", most=REASON_MAX, least=0)


class FundingIn(In):
    """Receive an amount of money."""

    amount = MoneyIn(required=True)


class RewardIn(In):
    """Receive what one answer shall pay from now on."""

    reward = MoneyIn(required=True)


class ContentIn(In):
    """Receive a new text of the guidelines or the interface."""

    content = Text(required=True, most=CONTENT_MAX)


class ImportIn(In):
    """Receive how a file is to be imported."""

    filename = Text(load_default="tasks", most=200)
    keep_good_rows = fields.Boolean(load_default=False)
    gold_is_random = fields.Boolean(
        load_default=False,
        metadata={
            "description": "the rows with a known answer were drawn at random from the rest, so "
            "they tell how honest confidences are"
        },
    )


class RedundancyOut(Out):
    """Show how many answers a task gets."""

    answers_min = fields.Integer()
    answers_max = fields.Integer()
    is_adaptive = fields.Boolean()
    confidence = fields.Float()
    reopenings_max = fields.Integer()


class ApprovalOut(Out):
    """Show how answers are decided."""

    mode = fields.String(attribute="approval")
    delay_seconds = fields.Integer(attribute="approval_delay_seconds")


class GoldOut(Out):
    """Show how work is checked."""

    first = fields.Integer(attribute="gold_first")
    every = fields.Integer(attribute="gold_every")
    minimum = fields.Float(attribute="gold_minimum")
    error_rate = fields.Float(attribute="gold_error_rate")
    feedback = fields.Boolean(attribute="gold_feedback")


class RequirementOut(Out):
    """Show one comparison with one qualification."""

    qualification = fields.String()
    comparison = fields.String()
    value = fields.Raw()
    count_min = fields.Integer()
    guards = fields.String()


class JobLineOut(Out):
    """Show a job as one line of a list."""

    id = fields.UUID()
    organisation_id = fields.UUID()
    title = fields.String()
    summary = fields.String()
    currency = fields.String()
    state = fields.String()
    state_at = fields.AwareDateTime()
    pause_reason = fields.String()
    created_at = fields.AwareDateTime()
    published_at = fields.AwareDateTime()
    tasks_count = fields.Integer()
    gold_count = fields.Integer()


class JobsOut(Out):
    """Show a page of jobs."""

    items = fields.List(fields.Nested(JobLineOut))
    next_cursor = fields.String(allow_none=True)


class JobOut(JobLineOut):
    """Show a job as its members read it."""

    interface = fields.String()
    interface_version = fields.Integer()
    guidelines = fields.String()
    guidelines_version = fields.Integer()
    reward = MoneyOut()
    fee = MoneyOut()
    price_version = fields.Integer()
    fee_basis_points = fields.Integer()
    expected_seconds = fields.Integer()
    redundancy = fields.Nested(RedundancyOut)
    approval = fields.Nested(ApprovalOut)
    gold = fields.Nested(GoldOut)
    undo_seconds = fields.Integer()
    lease_seconds = fields.Integer()
    claims_max = fields.Integer()
    newcomers_basis_points = fields.Integer()
    requirements = fields.List(fields.Nested(RequirementOut))
    tasks = fields.Dict(metadata={"description": "tasks by state, gold left out"})


class QuoteOut(Out):
    """Show what a job costs, what it has, and what is missing."""

    reward = MoneyOut()
    fee = MoneyOut()
    answer_cost = MoneyOut(
        attribute="slot_cost", metadata={"description": "reward and fee of one answer"}
    )
    hourly = MoneyOut()
    pay_floor_hourly = MoneyOut()
    tasks_count = fields.Integer()
    gold_count = fields.Integer()
    gold_needed = fields.Integer(metadata={"description": "gold tasks needed to publish"})
    gold_answers = fields.Integer(metadata={"description": "gold answers forecast"})
    gold_cost = MoneyOut()
    cost_min = MoneyOut(metadata={"description": "answers_min a task, gold and fee included"})
    cost_max = MoneyOut(metadata={"description": "answers_max a task, gold and fee included"})
    funded = MoneyOut()
    budget = MoneyOut(metadata={"description": "funded and promised to nobody"})
    missing_to_start = MoneyOut()
    missing_min = MoneyOut()
    missing_max = MoneyOut()


class MediaOut(Out):
    """Show one uploaded image."""

    name = fields.String()
    digest = fields.String(metadata={"description": "SHA-256"})
    mimetype = fields.String()
    size_bytes = fields.Integer()
    width = fields.Integer()
    height = fields.Integer()


class ImportOut(Out):
    """Show how an import goes, or went."""

    id = fields.UUID()
    job_id = fields.UUID()
    filename = fields.String()
    format = fields.String()
    keep_good_rows = fields.Boolean()
    gold_is_random = fields.Boolean()
    state = fields.String()
    rows_read = fields.Integer()
    rows_added = fields.Integer()
    report = fields.Dict(metadata={"description": "which row, which field, what is wrong"})
    created_at = fields.AwareDateTime()


class TaskOut(Out):
    """Show a task to the members of its organisation."""

    id = fields.UUID()
    position = fields.Integer()
    priority = fields.Integer()
    external_id = fields.String(allow_none=True)
    data = fields.Dict()
    prediction = fields.Raw(allow_none=True)
    known = fields.Raw(allow_none=True, metadata={"description": "gold: the known answer"})
    explanation = fields.String()
    state = fields.String()
    answers_wanted = fields.Integer(attribute="slots_open")
    answers_taken = fields.Integer(attribute="slots_taken")
    answers_max = fields.Integer(attribute="slots_max")
    waits_for_money = fields.Boolean()


class TasksOut(Out):
    """Show a page of tasks."""

    items = fields.List(fields.Nested(TaskOut))
    next_cursor = fields.String(allow_none=True)
