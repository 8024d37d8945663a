"""Check a rule when it is saved: rules that make no sense, or never act, are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kernel.errors import Refused
from qualification.rules import replay
from qualification.rules.language import (
    CAP_ACTIONS,
    CAPS,
    COLLECTORS,
    COMPARISONS,
    COUNT,
    PROPOSING,
    SHARE,
    STOPPING,
    WINDOW_MAX,
    Action,
    Collector,
    Condition,
    Rule,
)

CONDITIONS_MAX = 5
RATE_COUNT_MIN = 3
HOURS_MAX = 30 * 24
LOOKS = 200
ALARM_MAX = 0.05
SEED = 20_261_122


@dataclass(frozen=True)
class Surroundings:
    """What a rule is saved beside: usable gold, the accuracy asked for, windows of other rules."""

    gold_count: int
    gold_minimum: float
    windows: Mapping[str, int]


def check(rule: Rule, beside: Surroundings) -> list[str]:
    """Refuse a rule that is malformed or could never act; return what is worth a second look."""
    collector = COLLECTORS.get(rule.collector)
    if collector is None:
        raise Refused("rule_collector", f"Choose one of: {', '.join(COLLECTORS)}.")
    _check_conditions(rule, collector)
    _check_window(rule, collector, beside)
    _check_action(rule)
    _check_reach(rule, collector, beside)
    return _warnings(rule, beside)


def _check_conditions(rule: Rule, collector: Collector) -> None:
    if not 1 <= len(rule.conditions) <= CONDITIONS_MAX:
        raise Refused("rule_conditions", f"A rule has one to {CONDITIONS_MAX} conditions.")
    for condition in rule.conditions:
        measure = collector.measure(condition.measure)
        if measure is None:
            names = ", ".join(one.name for one in collector.measures)
            raise Refused("rule_measure", f"“{collector.words}” can measure: {names}.")
        if condition.comparison not in COMPARISONS:
            raise Refused("rule_comparison", f"Compare with one of: {', '.join(COMPARISONS)}.")
        if measure.kind == SHARE and not 0 <= condition.value <= 1:
            raise Refused("rule_share", f"“{measure.words}” is a share between 0 and 1.")
        if measure.kind == COUNT and (condition.value < 0 or condition.value % 1):
            raise Refused("rule_count", f"“{measure.words}” is a whole number from 0.")
        if condition.value < 0:
            raise Refused("rule_amount", f"“{measure.words}” cannot be below zero.")
    rates = [one for one in rule.conditions if _kind(collector, one) == SHARE]
    if rates and _least(rule.conditions, "count") < RATE_COUNT_MIN:
        raise Refused(
            "rule_rate_needs_count",
            "A share of very few answers says little: add a condition that the count is at "
            f"least {RATE_COUNT_MIN}, or the rule acts on the very first miss.",
        )


def _check_window(rule: Rule, collector: Collector, beside: Surroundings) -> None:
    if not collector.is_windowed:
        if rule.window is not None:
            raise Refused("rule_window_unused", f"“{collector.words}” has no window; leave it out.")
        return
    if rule.window is None or not 1 <= rule.window <= WINDOW_MAX:
        raise Refused("rule_window", f"Say how many of the last answers count: 1 to {WINDOW_MAX}.")
    other = beside.windows.get(collector.name)
    if other is not None and other != rule.window:
        raise Refused(
            "rule_window_differs",
            f"Another rule of this job looks at the last {other}. Two windows over one number "
            "punish workers whose shown score is fine, so use the same window for both.",
        )


def _check_action(rule: Rule) -> None:
    if rule.collector in CAPS and rule.action not in CAP_ACTIONS:
        raise Refused("rule_cap_action", "Doing much is no fault: a cap may only pause or tell.")
    if rule.action is Action.TRAIN and not rule.details.get("exam_id"):
        raise Refused("rule_exam", "Say which training the worker shall pass.")
    if rule.action in (Action.GRANT, Action.REVOKE) and not rule.details.get("qualification_id"):
        raise Refused("rule_qualification", "Say which qualification the rule is about.")
    hours = rule.details.get("hours")
    if hours is not None and not 1 <= hours <= HOURS_MAX:
        raise Refused("rule_hours", f"A pause lasts 1 to {HOURS_MAX} hours, or until lifted.")
    uses_speed = rule.collector == "speed"
    if uses_speed and (rule.fast_seconds is None or rule.fast_seconds < 1):
        raise Refused("rule_fast_seconds", "Say how many seconds are too fast.")


def _check_reach(rule: Rule, collector: Collector, beside: Surroundings) -> None:
    """Refuse a rule whose conditions no evidence can ever meet together."""
    for condition in rule.conditions:
        measure = condition.measure
        if _least(rule.conditions, measure) > _most(rule.conditions, measure):
            raise Refused("rule_never_fires", f"No “{measure}” meets both conditions on it.")
        is_counted = _kind(collector, condition) == COUNT
        if rule.window and is_counted and _least([condition], measure) > rule.window:
            raise Refused(
                "rule_never_fires",
                f"It waits for {_least([condition], measure):.0f} but looks at the last "
                f"{rule.window} only, so it never acts. Widen the window or ask for fewer.",
            )
    needed = _least(rule.conditions, "count")
    if rule.collector == "gold" and needed > beside.gold_count:
        raise Refused(
            "rule_gold_short",
            f"It waits for {needed:.0f} checks, and this job has {beside.gold_count} that a worker "
            "can meet. Import more tasks with a known answer, or ask for fewer.",
        )


def _warnings(rule: Rule, beside: Surroundings) -> list[str]:
    said = []
    harms = rule.action in (*STOPPING, *PROPOSING, Action.REVOKE)
    if rule.collector == "gold" and harms:
        alarms = replay.false_alarms(rule, beside.gold_minimum, LOOKS, SEED)
        if alarms > ALARM_MAX:
            said.append(
                f"A worker who is right on {beside.gold_minimum:.0%} of checks, all this job asks "
                f"for, would meet this rule within {LOOKS} checks with a chance of {alarms:.0%}. "
                "Ask for a lower share or more checks; the built-in test keeps its promised rate."
            )
    if rule.collector == "agreement" and harms and _uses(rule, "agreement"):
        said.append(
            "Plain agreement is low on hard tasks for everybody. “shortfall” compares with what "
            "is expected on the same tasks."
        )
    return said


def windows_of(rules: Iterable[Rule]) -> dict[str, int]:
    """Return the window of each collector that some rules use."""
    return {rule.collector: rule.window for rule in rules if rule.window is not None}


def _uses(rule: Rule, measure: str) -> bool:
    return any(one.measure == measure for one in rule.conditions)


def _kind(collector: Collector, condition: Condition) -> str:
    measure = collector.measure(condition.measure)
    return measure.kind if measure else ""


def _least(conditions: Sequence[Condition], measure: str) -> float:
    """Return the least value of a measure that meets the conditions on it."""
    floors = [
        one.value + (1 if one.comparison == ">" and one.value % 1 == 0 and one.value >= 1 else 0)
        for one in conditions
        if one.measure == measure and one.is_floor
    ]
    return max(floors, default=0.0)


def _most(conditions: Sequence[Condition], measure: str) -> float:
    ceilings = [one.value for one in conditions if one.measure == measure and not one.is_floor]
    return min(ceilings, default=float("inf"))
