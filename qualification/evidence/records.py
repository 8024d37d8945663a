"""Work out workers' gold records on a job from outcomes in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from consensus import sequential
from qualification import gold

MINIMUM_LEAST = 0.001
MINIMUM_MOST = 0.999


@dataclass(frozen=True)
class Rule:
    """What a job asks: accuracy on gold, 0 to 1, and the chance of losing one who has it."""

    minimum: float
    error_rate: float

    @classmethod
    def of(cls, minimum: float, error_rate: float) -> Rule:
        """Build a rule the test can work with: it needs a minimum strictly inside (0, 1)."""
        return cls(min(max(float(minimum), MINIMUM_LEAST), MINIMUM_MOST), float(error_rate))


@dataclass(frozen=True, order=True)
class Mark:
    """One judged gold answer; marks sort by the moment of the answer, then by source."""

    at: datetime
    source: str
    similarity: float


@dataclass
class Record:
    """One worker's gold on a job: counts, ln of the e-value against them, and when it sufficed.

    `evidence` holds the rule and the last mark taken in: what it takes to go on.
    """

    worker_id: UUID
    right: int = 0
    wrong: int = 0
    log_evidence: float = 0.0
    evidence: dict[str, Any] = field(default_factory=dict)
    fell_short_at: datetime | None = None


def goes_on(record: Record, rule: Rule, at: datetime, source: str) -> bool:
    """Tell whether an answer comes after all that the record holds, under the same rule."""
    held = record.evidence
    if not held:
        return True
    last_at, last_source = held["last"]
    same_rule = (held["minimum"], held["error_rate"]) == (rule.minimum, rule.error_rate)
    return same_rule and (datetime.fromisoformat(last_at), last_source) < (at, source)


def fold(given: Sequence[tuple[Record, Sequence[Mark]]], rule: Rule) -> None:
    """Take marks into records, in order, and note the first mark at which the test fires.

    The evidence against a worker is ln e(right, wrong) of consensus.sequential, which depends on
    the counts alone; the order of answers only says whether it was ever enough.
    """
    pairs = [(record, sorted(marks)) for record, marks in given if marks]
    if not pairs:
        return
    counts = np.concatenate([_counts(record, marks) for record, marks in pairs], axis=1)
    log_e = sequential.log_e_values(counts[0], counts[1], rule.minimum)
    steps = iter(zip(*counts.tolist(), log_e.tolist(), strict=True))
    for record, marks in pairs:
        _take_in(record, marks, [sequential.Evidence(*next(steps)) for _ in marks], rule)


def _counts(record: Record, marks: Sequence[Mark]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Count right and wrong after each mark: (2, marks)."""
    hits = np.array([gold.is_right(mark.similarity) for mark in marks], dtype=np.int64)
    return np.stack([record.right + np.cumsum(hits), record.wrong + np.cumsum(1 - hits)])


def _take_in(
    record: Record, marks: Sequence[Mark], steps: Sequence[sequential.Evidence], rule: Rule
) -> None:
    fired = (
        mark.at
        for mark, step in zip(marks, steps, strict=True)
        if sequential.removed(step, rule.error_rate)
    )
    record.fell_short_at = record.fell_short_at or next(fired, None)
    end = steps[-1]
    record.right, record.wrong, record.log_evidence = end.right, end.wrong, end.log_e
    last = [marks[-1].at.isoformat(), marks[-1].source]
    record.evidence = {"minimum": rule.minimum, "error_rate": rule.error_rate, "last": last}
