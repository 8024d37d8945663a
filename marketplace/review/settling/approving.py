"""Approve answers in bulk: the move and the payment, true together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from kernel.db import UnitOfWork
from kernel.sql import arrays, prepared
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
    decide(uow, job, answers, decided_by)
    pay(uow, job, answers)
    return len(answers)


def decide(
    uow: UnitOfWork, job: Job, answers: Sequence[Any], decided_by: str, *, are_read: bool = False
) -> int:
    """Move submitted answers that the caller has locked to approved; `pay` follows.

    Where settling has just read them, that is written down too; return how many nobody had read.
    """
    assert ASSIGNMENT.allows(AssignmentState.SUBMITTED, AssignmentState.APPROVED)
    values = {
        "job": job.id,
        "ids": arrays.literal(answer.id for answer in answers),
        "now": uow.now,
        "by": decided_by,
        "are_read": are_read,
    }
    return sum(row.was_unread for row in prepared.rows(uow, _APPROVE, values)) if answers else 0


def pay(uow: UnitOfWork, job: Job, answers: Sequence[Payable]) -> None:
    """Pay approved answers, whose accounts the caller has locked (see lock_accounts)."""
    for start in range(0, len(answers), PAID_MAX):
        batch = answers[start : start + PAID_MAX]
        earnings.approve_many(uow, [approval(uow, job, answer) for answer in batch])


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
    "UPDATE assignments SET state = 'approved', state_at = :now, decided_by = :by,"
    " settled_at = CASE WHEN :are_read THEN COALESCE(settled_at, :now) ELSE settled_at END"
    " WHERE job_id = :job AND id = ANY (CAST(:ids AS uuid[])) AND state = 'submitted'"
    " RETURNING :are_read AND old.settled_at IS NULL AS was_unread"
)
_JOB_ACCOUNTS = ("job_budget", "job_reserved", "platform_fee")
