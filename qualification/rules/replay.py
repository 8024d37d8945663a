"""Step through a worker's evidence and say when a rule would have acted: live and in back-tests.

A rule looks at what came after it last acted, so that a lifted pause begins with a clean sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from qualification.rules.language import DAY_SECONDS, Condition, Rule

Numbers = npt.NDArray[np.float64]
ACTS_MAX = 1_000
DAY = timedelta(seconds=DAY_SECONDS)
COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
# Shares are ratios of small counts: 3/10 must not fall below 0.3 by rounding.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Seen:
    """One piece of evidence: when, and its value.

    gold: 1 right, 0 wrong. agreement: 1 or 0, with the chance `expected` of it. speed: seconds.
    skips: 1 a skip, 0 an answer. review: 1 rejected, 0 not. volume: 1. earnings: the amount.
    """

    at: datetime
    value: float
    expected: float = 0.0


@dataclass(frozen=True)
class Fired:
    """One moment at which all conditions held: after how many pieces, and what was measured."""

    at: datetime
    place: int
    measures: dict[str, float]


def acts(
    rule: Rule,
    seen: Sequence[Seen],
    after: datetime | None = None,
    from_at: datetime | None = None,
) -> list[Fired]:
    """Return when the rule acts on evidence in the order of time.

    Evidence up to `after` (the last act) does not count. Moments before `from_at` (when the rule
    was written) count but do not act; how things stood then is looked at once.
    """
    base = sum(one.at <= after for one in seen) if after else 0
    start = max(base, sum(one.at <= from_at for one in seen) - 1) if from_at else base
    found: list[Fired] = []
    while start < len(seen) and len(found) < ACTS_MAX:
        measured = measure(rule, seen[base:])
        holds = np.ones(len(seen) - base, dtype=bool)
        for condition in rule.conditions:
            holds &= _holds(condition, measured[condition.measure])
        holds[: start - base] = False
        if not holds.any():
            break
        place = int(holds.argmax())
        values = {name: round(float(steps[place]), 6) for name, steps in measured.items()}
        found.append(Fired(seen[base + place].at, base + place, values))
        base = start = base + place + 1
    return found


def measure(rule: Rule, seen: Sequence[Seen]) -> dict[str, Numbers]:
    """Return each measure of the rule's collector after every piece of evidence: (pieces,)."""
    values = np.array([one.value for one in seen], dtype=np.float64)
    if rule.collector == "skips":
        return {"in_a_row": _in_a_row(values)}
    if rule.collector in ("volume", "earnings"):
        name = "answers_in_24_hours" if rule.collector == "volume" else "earned_in_24_hours"
        return {name: _within_a_day([one.at for one in seen], values)}
    window = rule.window or len(seen)
    counts = np.minimum(np.arange(1, len(seen) + 1), window).astype(np.float64)
    if rule.collector == "speed":
        fast = _rolling((values < (rule.fast_seconds or 0)).astype(np.float64), window)
        return {"count": counts, "fast_count": fast, "fast_share": fast / counts}
    share = _rolling(values, window) / counts
    if rule.collector == "agreement":
        expected = np.array([one.expected for one in seen], dtype=np.float64)
        missing = _rolling(expected, window) / counts - share
        return {"count": counts, "agreement": share, "shortfall": missing}
    return {
        "count": counts,
        {"gold": "accuracy", "review": "rejected_share"}[rule.collector]: share,
    }


def false_alarms(rule: Rule, accuracy: float, looks: int, seed: int, runs: int = 2_000) -> float:
    """Return the chance that a rule on gold ever acts on a worker of this accuracy, by simulation.

    `looks` golds are judged one after the other and the rule is looked at after each, as it is
    live: a rule that seems mild after one look may catch good workers over many.
    """
    assert rule.collector == "gold", "only gold has outcomes that can be drawn"
    chance = np.random.default_rng(seed)
    hits = (chance.random((runs, looks)) < accuracy).astype(np.float64)
    window = rule.window or looks
    totals = np.cumsum(hits, axis=1)
    totals[:, window:] -= totals[:, :-window].copy() if window < looks else 0.0
    counts = np.minimum(np.arange(1, looks + 1), window).astype(np.float64)
    holds = np.ones((runs, looks), dtype=bool)
    for condition in rule.conditions:
        steps = totals / counts if condition.measure == "accuracy" else np.tile(counts, (runs, 1))
        holds &= _holds(condition, steps)
    return float(holds.any(axis=1).mean())


def _holds(condition: Condition, steps: Numbers) -> npt.NDArray[np.bool_]:
    slack = TOLERANCE if condition.comparison in ("<=", ">") else -TOLERANCE
    limit = condition.value + slack
    return np.asarray(COMPARE[condition.comparison](steps, limit))


def _rolling(values: Numbers, window: int) -> Numbers:
    """Sum the last `window` values after each: (pieces,)."""
    totals = np.cumsum(values)
    return np.asarray(
        totals - np.concatenate([np.zeros(min(window, len(values))), totals])[: len(values)]
    )


def _in_a_row(values: Numbers) -> Numbers:
    places = np.arange(1, len(values) + 1)
    last_other = np.maximum.accumulate(np.where(values > 0, 0, places)) if len(values) else places
    return np.asarray(places - last_other, dtype=np.float64)


def _within_a_day(moments: Sequence[datetime], values: Numbers) -> Numbers:
    if not moments:
        return values
    seconds = np.array([at.timestamp() for at in moments])
    totals = np.concatenate([[0.0], np.cumsum(values)])
    begin = np.searchsorted(seconds, seconds - DAY_SECONDS, side="right")
    return np.asarray(totals[1:] - totals[begin])
