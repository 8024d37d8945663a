"""Say what a quality rule is: a collector of evidence, conditions that all must hold, one action.

No action rejects an answer or suspends a person: a rule may only propose that to somebody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

WINDOW_MAX = 1_000
DAY_SECONDS = 86_400


class Action(StrEnum):
    """List what a rule may do."""

    WARN = "warn"
    TRAIN = "require_training"
    GRANT = "grant"
    REVOKE = "revoke"
    PAUSE = "pause"
    PROPOSE_REMOVAL = "propose_removal"
    PROPOSE_SUSPENSION = "propose_suspension"
    HOLD = "hold"


STOPPING = (Action.TRAIN, Action.PAUSE)
PROPOSING = (Action.PROPOSE_REMOVAL, Action.PROPOSE_SUSPENSION)
COMPARISONS = ("<", "<=", ">", ">=")
COUNT, SHARE, AMOUNT = "count", "share", "amount"


@dataclass(frozen=True)
class Measure:
    """One number a collector works out: its name, what kind of number it is, and its words."""

    name: str
    kind: str
    words: str


@dataclass(frozen=True)
class Collector:
    """Where the evidence of a rule comes from, one piece an answer, and what it measures.

    One that counts within 24 hours has no window; one with `is_windowed` looks at the last n.
    """

    name: str
    words: str
    measures: tuple[Measure, ...]
    is_windowed: bool = True

    @property
    def counting(self) -> str | None:
        """Return the measure that counts the evidence, where there is one."""
        return next((one.name for one in self.measures if one.name == "count"), None)

    def measure(self, name: str) -> Measure | None:
        """Return one of the measures by its name."""
        return next((one for one in self.measures if one.name == name), None)


_ANSWERS = Measure("count", COUNT, "answers looked at")
COLLECTORS: Mapping[str, Collector] = {
    one.name: one
    for one in (
        Collector(
            "gold",
            "Answers to check tasks",
            (
                Measure("count", COUNT, "checks answered"),
                Measure("accuracy", SHARE, "share of checks right"),
            ),
        ),
        Collector(
            "agreement",
            "Agreement with the others on the same task",
            (
                Measure("count", COUNT, "answers compared"),
                Measure("agreement", SHARE, "share that agrees with the others"),
                Measure(
                    "shortfall",
                    SHARE,
                    "shortfall from the agreement that is usual on the same tasks",
                ),
            ),
        ),
        Collector(
            "speed",
            "Active time on an answer",
            (
                _ANSWERS,
                Measure("fast_count", COUNT, "answers that were too fast"),
                Measure("fast_share", SHARE, "share that was too fast"),
            ),
        ),
        Collector(
            "skips",
            "Tasks skipped one after the other",
            (Measure("in_a_row", COUNT, "tasks skipped in a row"),),
            is_windowed=False,
        ),
        Collector(
            "review",
            "Answers a person decided about",
            (
                Measure("count", COUNT, "answers decided by a person"),
                Measure("rejected_share", SHARE, "share rejected"),
            ),
        ),
        Collector(
            "volume",
            "Answers handed in within 24 hours",
            (Measure("answers_in_24_hours", COUNT, "answers within 24 hours"),),
            is_windowed=False,
        ),
        Collector(
            "earnings",
            "Pay for answers handed in within 24 hours",
            (Measure("earned_in_24_hours", AMOUNT, "pay within 24 hours"),),
            is_windowed=False,
        ),
    )
}
# Doing much is no fault: a cap stops for a while or says so, and proposes nothing about a person.
CAPS = ("volume", "earnings")
CAP_ACTIONS = (Action.WARN, Action.PAUSE)


@dataclass(frozen=True)
class Condition:
    """One comparison of a measure with a number: shares 0 to 1, amounts in whole currency."""

    measure: str
    comparison: str
    value: float

    @property
    def is_floor(self) -> bool:
        """Tell whether it asks for much rather than for little."""
        return self.comparison in (">", ">=")


@dataclass(frozen=True)
class Rule:
    """One quality rule.

    `window` is how many of the last pieces of evidence count; `fast_seconds` what is too fast;
    `details` what the action needs: `exam_id`, `qualification_id` and `value`, or `hours`.
    """

    collector: str
    conditions: Sequence[Condition]
    action: Action
    window: int | None = None
    fast_seconds: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def from_json(written: Mapping[str, Any]) -> Rule:
    """Read a rule back from the values `to_json` wrote."""
    return Rule(
        written["collector"],
        tuple(Condition(**one) for one in written["conditions"]),
        Action(written["action"]),
        written["window"],
        written["fast_seconds"],
        dict(written["details"]),
    )


def to_json(rule: Rule) -> dict[str, Any]:
    """Write a rule as values JSON can hold."""
    return {
        "collector": rule.collector,
        "conditions": [vars(one) for one in rule.conditions],
        "action": str(rule.action),
        "window": rule.window,
        "fast_seconds": rule.fast_seconds,
        "details": dict(rule.details),
    }
