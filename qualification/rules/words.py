"""Write quality rules, and what they saw, in words that the people they touch can read."""

from __future__ import annotations

from collections.abc import Mapping

from qualification.rules.language import COLLECTORS, COUNT, SHARE, Action, Condition, Rule

COMPARED = {"<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least"}
ACTIONS = {
    Action.WARN: "tell the worker",
    Action.TRAIN: "pause the worker on this job until they pass a training",
    Action.GRANT: "give the worker a qualification",
    Action.REVOKE: "take a qualification back",
    Action.PAUSE: "pause the worker on this job",
    Action.PROPOSE_REMOVAL: "ask a manager whether to remove the worker from this job",
    Action.PROPOSE_SUSPENSION: "ask an admin to look at the worker's account",
    Action.HOLD: "let a person look at the worker's answers before they are approved",
}


def of_rule(rule: Rule, currency: str) -> str:
    """Write one rule as one sentence."""
    conditions = " and ".join(_condition(rule, one, currency) for one in rule.conditions)
    window = f" (of the last {rule.window})" if rule.window else ""
    action = ACTIONS[rule.action]
    if rule.action is Action.PAUSE and rule.details.get("hours"):
        action += f" for {rule.details['hours']} hours"
    return f"When the {conditions}{window}, {action}."


def of_measures(rule: Rule, measures: Mapping[str, float], currency: str) -> str:
    """Write what a rule saw: “share of checks right 40%, checks answered 5”."""
    collector = COLLECTORS[rule.collector]
    return ", ".join(
        f"{one.words} {_number(one.kind, measures[one.name], currency)}"
        for one in collector.measures
        if one.name in measures
    )


def _condition(rule: Rule, condition: Condition, currency: str) -> str:
    measure = COLLECTORS[rule.collector].measure(condition.measure)
    assert measure is not None, "a checked rule names measures of its collector"
    words = measure.words
    if rule.fast_seconds is not None and "too fast" in words:
        words = words.replace("too fast", f"faster than {rule.fast_seconds} s")
    number = _number(measure.kind, condition.value, currency)
    return (
        f"number of {words} {COMPARED[condition.comparison]} {number}"
        if (measure.kind == COUNT)
        else f"{words} {COMPARED[condition.comparison]} {number}"
    )


def _number(kind: str, value: float, currency: str) -> str:
    if kind == SHARE:
        return f"{value:.0%}"
    return f"{value:.0f}" if kind == COUNT else f"{value:.2f} {currency}"
