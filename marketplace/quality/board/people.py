"""Show how everybody on a job does, each number with what it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.db import UnitOfWork
from marketplace.jobs.models import Job
from marketplace.quality.board import measuring
from marketplace.quality.checks.reading import Outcome
from marketplace.quality.rules import histories
from marketplace.review import queries


@dataclass(frozen=True)
class Person:
    """One worker of a job: who, where they stand, and what is measured, kept apart.

    `balanced` is accuracy on gold averaged over classes, so that one frequent class carries
    nobody; `agreed` of `compared` answers agree with the others where `expected` would.
    """

    worker_id: UUID
    worker: str
    state: str
    state_reason: str
    answers_excluded: bool
    answered: int
    approved: int
    rejected: int
    seconds: float | None
    gold: measuring.Share
    balanced: float | None
    agreement: measuring.Share
    expected: float | None

    @property
    def shortfall(self) -> float | None:
        """Return how far agreement is below what was expected on the same tasks."""
        if self.expected is None or self.agreement.value is None:
            return None
        return self.expected - self.agreement.value


def people(uow: UnitOfWork, job: Job, outcomes: Sequence[Outcome]) -> list[Person]:
    """Return everybody on a job, who answered most first."""
    compared: dict[UUID, list[Any]] = defaultdict(list)
    for worker_id, seen in histories.compared(uow, job):
        compared[worker_id].append(seen)
    by_class = _by_class(outcomes)
    return [
        _person(row, by_class.get(row.worker_id, {}), compared.get(row.worker_id, ()))
        for row in queries.workers(uow, job)
    ]


def _person(row: Any, by_class: Mapping[str, list[bool]], seen: Sequence[Any]) -> Person:
    means = [sum(hits) / len(hits) for hits in by_class.values()]
    return Person(
        row.worker_id,
        row.worker,
        row.state,
        row.state_reason,
        row.answers_excluded,
        row.answered,
        row.approved,
        row.rejected,
        row.active_seconds / row.answered if row.answered else None,
        measuring.share(row.gold_right, row.gold_right + row.gold_wrong),
        sum(means) / len(means) if means else None,
        measuring.share(int(sum(one.value for one in seen)), len(seen)),
        sum(one.expected for one in seen) / len(seen) if seen else None,
    )


def _by_class(outcomes: Sequence[Outcome]) -> dict[UUID, dict[str, list[bool]]]:
    found: dict[UUID, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for outcome in outcomes:
        if outcome.is_counted:
            found[outcome.worker_id][str(outcome.known)].append(outcome.is_right)
    return found
