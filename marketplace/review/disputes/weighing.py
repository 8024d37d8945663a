"""Weigh the evidence of a dispute over rejected answers, and suggest a ruling from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.db import UnitOfWork
from marketplace.jobs import queries as jobs
from marketplace.review import queries
from marketplace.review.models import Decision, Label
from marketplace.review.queries import OverturnRate

RIGHT_FROM, WRONG_UNTIL = 0.5, 0.1
SHOWN_MAX = 20


@dataclass(frozen=True)
class Weighed:
    """One rejected answer beside the labels of its task, which were concluded without it.

    `chance` is how probably the answer is right by those labels: their confidence where it says
    the same, at most what they leave where it does not; None where no label tells.
    """

    answer: Mapping[str, Any]
    labels: Mapping[str, Label]
    chance: float | None


@dataclass(frozen=True)
class Evidence:
    """What speaks for each side: the answers, the worker's record on the job, the organisation's.

    `suggestion` is won, lost, or empty where the evidence does not tell; a person decides.
    """

    answers: Sequence[Weighed]
    record: Any
    overturned: OverturnRate
    suggestion: str
    reason: str


def weigh(uow: UnitOfWork, decision: Decision) -> Evidence:
    """Return the evidence of a decision that rejected answers; an admin reads it."""
    job = jobs.job(uow, decision.job_id)
    given = queries.decided_answers(uow, decision.id)
    labels = queries.labels_of_tasks(uow, job.id, {each["task_id"] for each in given})
    weighed = [_weighed(each, labels.get(each["task_id"], {})) for each in given]
    people = queries.workers(uow, job)
    record = next((each for each in people if each.worker_id == decision.worker_id), None)
    suggestion, reason = _suggest([each.chance for each in weighed])
    return Evidence(
        answers=weighed[:SHOWN_MAX],
        record=record,
        overturned=queries.overturn_rate(uow, job.organisation_id),
        suggestion=suggestion,
        reason=reason,
    )


def _weighed(answer: Mapping[str, Any], labels: Mapping[str, Label]) -> Weighed:
    given = answer["given"] or {}
    told = {name: each for name, each in labels.items() if each.value is not None}
    chances = [
        float(each.confidence) if given[name] == each.value else 1 - float(each.confidence)
        for name, each in told.items()
        if name in given
    ]
    return Weighed(answer, told, min(chances, default=None))


def _suggest(chances: Sequence[float | None]) -> tuple[str, str]:
    """Return the ruling the labels speak for: for the worker unless every answer looks wrong."""
    known = [chance for chance in chances if chance is not None]
    right = sum(chance >= RIGHT_FROM for chance in known)
    if right:
        return "won", (
            f"{right} of {len(chances)} rejected answers agree with what others concluded without "
            "them."
        )
    if known and len(known) == len(chances) and max(known) <= WRONG_UNTIL:
        return "lost", (
            "Every rejected answer differs from a label that is at least "
            f"{1 - WRONG_UNTIL:.0%} sure without it. Differing alone is no reason to reject, so "
            "look at what the requester wrote."
        )
    return "", "The labels do not tell; read the answers and what both sides wrote."
