"""Approve answers in bulk: the move and the payment, true together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import update

from kernel.db import UnitOfWork
from marketplace.assignments.models import Assignment
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
        uow.session.execute(
            update(Assignment)
            .where(
                Assignment.job_id == job.id,
                Assignment.id.in_([answer.id for answer in batch]),
                Assignment.state == AssignmentState.SUBMITTED,
            )
            .values(state=AssignmentState.APPROVED, state_at=uow.now, decided_by=decided_by)
            .execution_options(synchronize_session=False)
        )
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


_JOB_ACCOUNTS = ("job_budget", "job_reserved", "platform_fee")
