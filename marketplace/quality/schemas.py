"""Shapes of rules, checks, second looks and measured quality on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from kernel.web.fields import In, Out, Text
from marketplace.quality.checks import contests
from marketplace.review.deciding import by_hand
from marketplace.review.schemas import page_of
from qualification.rules import checking, language
from qualification.rules.language import Action, Condition, Rule

NAME_MAX = 100


class ConditionIn(In):
    """One comparison of a measure with a number."""

    measure = Text(required=True, most=NAME_MAX)
    comparison = fields.String(required=True, validate=validate.OneOf(language.COMPARISONS))
    value = fields.Float(required=True, validate=validate.Range(min=0, max=1_000_000))


class DetailsIn(In):
    """What an action needs: a training, a qualification with its value, or hours."""

    exam_id = fields.UUID()
    qualification_id = fields.UUID()
    value = fields.Integer(strict=True, validate=validate.Range(min=1, max=1_000_000))
    hours = fields.Integer(strict=True, validate=validate.Range(min=1, max=checking.HOURS_MAX))


class RuleIn(In):
    """A rule: where its evidence comes from, conditions that all must hold, one action."""

    collector = fields.String(required=True, validate=validate.OneOf(list(language.COLLECTORS)))
    conditions = fields.List(
        fields.Nested(ConditionIn),
        required=True,
        validate=validate.Length(max=checking.CONDITIONS_MAX),
    )
    action = fields.Enum(Action, by_value=True, required=True)
    window = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(min=1, max=language.WINDOW_MAX),
    )
    fast_seconds = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(min=1, max=3_600)
    )
    details = fields.Nested(DetailsIn, load_default=dict)


def rule_of(data: Mapping[str, Any]) -> Rule:
    """Return the rule that a request describes."""
    details = {
        name: value if isinstance(value, int) else str(value)
        for name, value in data["details"].items()
    }
    return Rule(
        data["collector"],
        tuple(Condition(**one) for one in data["conditions"]),
        data["action"],
        data["window"],
        data["fast_seconds"],
        details,
    )


class RuleOut(Out):
    """A rule as it is, in words too."""

    id = fields.UUID()
    version = fields.Integer()
    rule = fields.Dict()
    sentence = fields.String()
    written_at = fields.AwareDateTime()
    warnings = fields.List(fields.String())


class RulesOut(Out):
    """The rules of a job."""

    items = fields.List(fields.Nested(RuleOut))


class MetOut(Out):
    """One worker whom a rule would have met."""

    worker_id = fields.UUID()
    worker = fields.String(metadata={"description": "pseudonym"})
    first_at = fields.AwareDateTime()
    times = fields.Integer()
    evidence_before = fields.Integer()
    measures = fields.Dict(keys=fields.String(), values=fields.Float())
    gold_right = fields.Integer()
    gold_seen = fields.Integer()
    is_sound = fields.Boolean()


class TrialOut(Out):
    """What a rule would have done with the answers already in."""

    workers = fields.Integer()
    met = fields.List(fields.Nested(MetOut))
    sound_met = fields.Integer()
    answers = fields.Integer()
    answers_after = fields.Integer()
    warnings = fields.List(fields.String())


class ActOut(Out):
    """What a rule did, and what became of it."""

    id = fields.UUID()
    rule_id = fields.UUID()
    rule_version = fields.Integer()
    worker_id = fields.UUID()
    action = fields.Function(lambda act: act.rule["action"])
    measures = fields.Dict(keys=fields.String(), values=fields.Float())
    sentence = fields.String()
    at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime(allow_none=True)
    state = fields.String()
    state_at = fields.AwareDateTime()
    decision = fields.String()


ActsOut = Out.from_dict(page_of(ActOut), name="ActsOut")


class ActDecisionIn(In):
    """A person's word on what a rule did or proposes."""

    accept = fields.Boolean(required=True)
    sentence = Text(required=True, least=by_hand.SENTENCE_MIN, most=by_hand.SENTENCE_MAX)
    exclude_answers = fields.Boolean(load_default=False)
    replace_answers = fields.Boolean(load_default=False)


class ShareOut(Out):
    """A share with its count and 95 % interval."""

    right = fields.Integer()
    seen = fields.Integer()
    value = fields.Float(allow_none=True)
    low = fields.Float()
    high = fields.Float()
    until = fields.AwareDateTime(allow_none=True)


class CheckOut(Out):
    """One task with a known answer, and how it fares."""

    task_id = fields.UUID(attribute="task.id")
    external_id = fields.String(attribute="task.external_id", allow_none=True)
    position = fields.Integer(attribute="task.position")
    known = fields.Dict(attribute="task.known")
    state = fields.String()
    reason = fields.Function(lambda line: line.case.reason if line.case else "")
    answered = fields.Integer(attribute="tally.seen")
    missed = fields.Integer(attribute="tally.missed")
    contested = fields.Integer(attribute="tally.contested")
    gap = fields.Float(allow_none=True, metadata={"description": "rise over fresh checks"})


class SupplyOut(Out):
    """How far the checks of a job reach."""

    total = fields.Integer()
    in_use = fields.Integer()
    tasks_newcomer = fields.Integer()
    workers = fields.Integer()
    tasks_least = fields.Integer(allow_none=True)
    out_count = fields.Integer()
    runs_out_at = fields.AwareDateTime(allow_none=True)
    more_needed = fields.Integer(metadata={"description": "checks that would last to the end"})
    sentence = fields.String()


class ChecksOut(Out):
    """The checks of a job, their supply, and what looks too easy."""

    items = fields.List(fields.Nested(CheckOut), attribute="lines")
    supply = fields.Nested(SupplyOut)
    warnings = fields.List(fields.String())


class LookIn(In):
    """A person's word on a check; a correction names the known answer."""

    act = fields.String(
        required=True, validate=validate.OneOf(["keep", "correct", "retire", "withdraw"])
    )
    known = fields.Dict(
        keys=Text(most=NAME_MAX),
        values=fields.Raw(),
        load_default=None,
        metadata={"description": "control to known answer, as its kind is written"},
    )


class LookedOut(Out):
    """A check after somebody looked at it."""

    task_id = fields.UUID(attribute="id")
    known = fields.Dict()
    known_version = fields.Integer()
    state = fields.String()


class ContestIn(In):
    """What a worker adds to an objection, if they want to."""

    statement = Text(load_default="", least=0, most=contests.STATEMENT_MAX)


class ContestOut(Out):
    """An objection to a known answer."""

    at = fields.AwareDateTime()
    state = fields.String()
    statement = fields.String()
