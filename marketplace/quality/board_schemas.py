"""Shapes in which a job's quality, a label's reasons and one's own quality go out."""

from __future__ import annotations

from marshmallow import fields, validate

from kernel.web.fields import In, Out, Text
from marketplace.quality.schemas import NAME_MAX, ActOut, ShareOut


class ControlIn(In):
    """Which control of the interface to show; the first where none is named."""

    control = Text(load_default=None, most=NAME_MAX)


class AgreementOut(Out):
    """Two chance-corrected coefficients side by side; null where undefined."""

    tasks = fields.Integer()
    alpha = fields.Float(allow_none=True)
    ac1 = fields.Float(allow_none=True)


class ConfusionOut(Out):
    """Counts of what was given (columns) where something else holds (rows)."""

    classes = fields.List(fields.String())
    counts = fields.List(fields.List(fields.Integer()))


class BinOut(Out):
    """One bar of a reliability diagram."""

    low = fields.Float()
    high = fields.Float()
    count = fields.Integer()
    confidence = fields.Float()
    accuracy = fields.Float()
    accuracy_low = fields.Float()
    accuracy_high = fields.Float()


class CalibrationOut(Out):
    """Whether 90 % means 90 %, by random gold and audited tasks; hand-picked gold apart."""

    items = fields.Integer()
    golds = fields.Integer(metadata={"description": "gold imported as drawn at random"})
    audits = fields.Integer(metadata={"description": "audited tasks that a person judged"})
    is_enough = fields.Boolean()
    error = fields.Float(allow_none=True)
    error_uncalibrated = fields.Float(allow_none=True)
    bins = fields.List(fields.Nested(BinOut))
    uncalibrated = fields.List(fields.Nested(BinOut))
    picked = fields.Nested(ShareOut, metadata={"description": "hand-picked gold got right"})
    picked_confidence = fields.Float(allow_none=True)
    sentence = fields.String()


class PersonOut(Out):
    """How one worker does on a job, each measure kept apart."""

    worker_id = fields.UUID()
    worker = fields.String(metadata={"description": "pseudonym"})
    state = fields.String()
    answered = fields.Integer()
    rejected = fields.Integer()
    seconds = fields.Float(allow_none=True)
    gold = fields.Nested(ShareOut)
    balanced = fields.Float(allow_none=True)
    agreement = fields.Nested(ShareOut)
    expected = fields.Float(allow_none=True)
    shortfall = fields.Float(allow_none=True)


class ModelOut(Out):
    """The model that names labels, and why it was picked."""

    name = fields.String()
    version = fields.Integer()
    answers_count = fields.Integer()
    pick = fields.Dict()


class DashboardOut(Out):
    """The quality of one control of a job."""

    control = fields.String()
    controls = fields.List(fields.String())
    kind = fields.String(metadata={"description": "kind of answer asked for"})
    classes = fields.List(
        fields.String(), metadata={"description": "none where the kind has no classes"}
    )
    gold = fields.Nested(ShareOut)
    gold_steps = fields.List(fields.Nested(ShareOut))
    agreement = fields.Nested(AgreementOut)
    likeness = fields.Dict(
        keys=fields.String(),
        values=fields.Float(allow_none=True),
        metadata={"description": "how alike answers are, by the measures of the kind"},
    )
    by_guidelines = fields.Dict(keys=fields.Integer(), values=fields.Nested(AgreementOut))
    by_class = fields.List(fields.Nested(ShareOut))
    beside_label = fields.Nested(ConfusionOut)
    beside_known = fields.Nested(ConfusionOut)
    confidences = fields.List(fields.Integer())
    answers_per_task = fields.List(fields.List(fields.Integer()))
    calibration = fields.Nested(CalibrationOut)
    audit = fields.Nested(ShareOut)
    people = fields.List(fields.Nested(PersonOut))
    model = fields.Nested(ModelOut, allow_none=True)


class BeliefOut(Out):
    """What a group of answers says."""

    value = fields.String(allow_none=True)
    confidence = fields.Float()


class VoiceOut(Out):
    """One answer under a label: what the label was after it, and would be without it."""

    worker_id = fields.UUID()
    worker = fields.String(metadata={"description": "pseudonym"})
    given = fields.Raw()
    state = fields.String()
    at = fields.AwareDateTime()
    seconds = fields.Integer()
    gold = fields.Nested(ShareOut)
    is_counted = fields.Boolean()
    after = fields.Nested(BeliefOut, allow_none=True)
    without = fields.Nested(BeliefOut, allow_none=True)


class ChangeOut(Out):
    """One change of a label and its cause."""

    version = fields.Integer()
    at = fields.AwareDateTime()
    value = fields.Raw(allow_none=True)
    confidence = fields.Float()
    cause = fields.String()


class WhyOut(Out):
    """Why a label is what it is."""

    task_id = fields.UUID(attribute="task.id")
    control = fields.String(attribute="label.control")
    value = fields.Raw(attribute="label.value", allow_none=True)
    confidence = fields.Float(attribute="label.confidence")
    named_by = fields.String()
    stopped = fields.String()
    answers = fields.List(fields.Nested(VoiceOut), attribute="voices")
    changes = fields.List(fields.Nested(ChangeOut), attribute="versions")
    model = fields.Nested(ModelOut, allow_none=True)


class OwnOut(Out):
    """A worker's own quality on one job, in words too."""

    job_id = fields.UUID()
    title = fields.String()
    state = fields.String()
    state_reason = fields.String()
    minimum = fields.Float()
    checks = fields.Nested(ShareOut)
    checks_sentence = fields.String()
    agreement = fields.Nested(ShareOut, allow_none=True)
    agreement_sentence = fields.String()
    answered = fields.Integer()
    approved = fields.Integer()
    rejected = fields.Integer()
    seconds = fields.Float(allow_none=True)
    rules = fields.List(fields.String())
    acts = fields.List(fields.Nested(ActOut))


class WaitingOut(Out):
    """One task that waits for a second look, without its label."""

    task_id = fields.UUID()
    position = fields.Integer()
    purpose = fields.String()
    controls = fields.List(fields.String())


class AllWaitingOut(Out):
    """Tasks that wait for the asker's second look."""

    items = fields.List(fields.Nested(WaitingOut))


class SecondLookIn(In):
    """A judgement made without seeing the label: control to class."""

    purpose = fields.String(required=True, validate=validate.OneOf(["audit", "review"]))
    values = fields.Dict(
        keys=fields.String(validate=validate.Length(max=NAME_MAX)),
        values=fields.String(validate=validate.Length(max=1_000)),
        required=True,
    )


class SecondLookOut(Out):
    """Whether a second look says what the label says."""

    agrees = fields.Boolean()
