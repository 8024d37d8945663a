"""Approve answers in bulk: the move and the payment, true together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from kernel.db import UnitOfWork
from kernel.sql import prepared
from marketplace.assignments.queries import source
from marketplace.assignments.states import ASSIGNMENT, AssignmentState
from marketplace.config import policy
from marketplace.jobs.models import Job
from payouts import accounts, earnings, ledger
from payouts.earnings import Approval

BY_POLICY, BY_DELAY, BY_EXPORT = "policy", "delay", "export"
PAID_MAX = 5_000


class Payable(Protocol):
    """Name what approving reads of an answer."""

    @property
    def id(self) -> UUID: ...
    @property
    def worker_id(self) -> UUID: ...
    @property
    def reward_micros(self) -> int: ...
    @property
    def fee_micros(self) -> int: ...


def approve(uow: UnitOfWork, job: Job, answers: Sequence[Any], decided_by: str) -> int:
    """Approve submitted answers that the caller has locked, and pay each from the job's reserve.

    One journal per answer, a few statements for all; an answer is paid at most once ever.
    """
    assert ASSIGNMENT.allows(AssignmentState.SUBMITTED, AssignmentState.APPROVED)
    for start in range(0, len(answers), PAID_MAX):
        batch = answers[start : start + PAID_MAX]
        ids = [answer.id for answer in batch]
        values = {"job": job.id, "ids": ids, "now": uow.now, "by": decided_by}
        prepared.run(uow, _APPROVE, values)
        earnings.approve_many(uow, [approval(uow, job, answer) for answer in batch])
    return len(answers)


def approval(uow: UnitOfWork, job: Job, answer: Payable) -> Approval:
    """Return what an answer pays, by the price it was claimed at."""
    return Approval(
        job=job.id,
        currency=job.currency,
        assignment_ref=source(job.id, answer.id),
        worker=answer.worker_id,
        reward_micros=answer.reward_micros,
        fee_micros=answer.fee_micros,
        available_at=uow.now + timedelta(seconds=policy().hold_seconds),
    )


def lock_accounts(uow: UnitOfWork, job: Job, answers: Iterable[Payable]) -> None:
    """Lock every account that opening slots and approving these answers will touch, in one go.

    Two transactions that each lock some accounts of a job first and the workers' later could
    wait for each other; locked together, in the ledger's order, they queue.
    """
    own = [accounts.job(kind, job.id, job.currency) for kind in _JOB_ACCOUNTS]
    workers = {answer.worker_id for answer in answers}
    theirs = [accounts.worker("worker_pending", worker, job.currency) for worker in workers]
    ledger.balances(uow, [*own, *theirs], lock=True)


_APPROVE = prepared.statement(
    "UPDATE assignments SET state = 'approved', state_at = :now, decided_by = :by"
    " WHERE job_id = :job AND id = ANY (CAST(:ids AS uuid[])) AND state = 'submitted'"
)
_JOB_ACCOUNTS = ("job_budget", "job_reserved", "platform_fee")
