"""Shapes of a job's plan on the wire."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from kernel.web.fields import In, MoneyOut, Out, Text
from marketplace.quality.plans import forecasting

NAME_MAX = 100


class TargetField(fields.Float):
    """Receive a confidence: above one half and below one."""

    def __init__(self, **kwargs: Any) -> None:
        inside = validate.Range(0.5, 1, min_inclusive=False, max_inclusive=False)
        super().__init__(validate=inside, **kwargs)


class PlanIn(In):
    """Which control to plan for, the first where none is named, and for which targets."""

    control = Text(load_default=None, most=NAME_MAX)
    target = fields.List(
        TargetField(),
        load_default=list,
        validate=validate.Length(max=forecasting.TARGETS_MAX),
        metadata={"description": "repeat it for several; the usual ones where none is named"},
    )


class TargetIn(In):
    """The target of confidence that a job shall have."""

    target = fields.Decimal(
        places=3,
        required=True,
        validate=validate.Range(0.5, 1, min_inclusive=False, max_inclusive=False),
    )


class IntervalOut(Out):
    """A forecast with bounds that should hold it 80 % of the time."""

    low = fields.Float()
    middle = fields.Float()
    high = fields.Float()


class CostOut(Out):
    """The same of money, fee and gold included."""

    low = MoneyOut()
    middle = MoneyOut()
    high = MoneyOut()


class PlanLineOut(Out):
    """What one target comes to over the whole job."""

    target = fields.Float()
    is_current = fields.Boolean()
    answers = fields.Nested(IntervalOut)
    answers_per_task = fields.Float(metadata={"description": "gold included"})
    cost = fields.Nested(CostOut)
    accuracy = fields.Nested(IntervalOut)
    missing = MoneyOut(metadata={"description": "what the high cost needs beyond the funding"})


class ReadinessOut(Out):
    """How far the pilot is, and what it lacks."""

    tasks = fields.Integer(metadata={"description": "plain tasks with two answers or more"})
    answers = fields.Integer()
    items = fields.Integer(metadata={"description": "random golds and audits to calibrate by"})
    tasks_missing = fields.Integer()
    answers_missing = fields.Integer()
    items_missing = fields.Integer()


class PlanOut(Out):
    """A job's forecast for several targets; no lines while the pilot says too little."""

    control = fields.String()
    controls = fields.List(fields.String())
    tasks = fields.Integer()
    target = fields.Float()
    readiness = fields.Nested(ReadinessOut)
    is_calibrated = fields.Boolean()
    calibration = fields.String()
    funded = MoneyOut()
    lines = fields.List(fields.Nested(PlanLineOut))
    obstacle = fields.String(
        metadata={"description": "why no target can be chosen; empty where one can"}
    )
