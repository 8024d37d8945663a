"""Let time decide: approve what nobody decided about, and end the hold on rejected answers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text

from kernel.db import UnitOfWork
from kernel.money import Money
from kernel.types import new_id
from marketplace.assignments.models import Assignment
from marketplace.assignments.states import AssignmentState
from marketplace.jobs import publishing, queries
from marketplace.jobs.states import LIVE
from marketplace.review.settling import approving, tasks
from payouts import funding

APPROVED_MAX = 2_000
RELEASED_MAX = 2_000
JOBS_MAX = 500


def jobs_due(uow: UnitOfWork) -> Sequence[UUID]:
    """List jobs with answers whose time to be decided has passed."""
    due = select(Assignment.job_id).where(
        Assignment.state == AssignmentState.SUBMITTED,
        Assignment.decide_by <= uow.now,
        Assignment.settled_at.isnot(None),
    )
    return uow.session.scalars(due.distinct().limit(JOBS_MAX)).all()


def approve_due(uow: UnitOfWork, job_id: UUID) -> int:
    """Approve answers of a job that nobody decided about in time; return how many.

    An answer that no label has read yet waits for that.
    """
    job = tasks.held_job(uow, job_id)
    answers = uow.session.execute(
        select(*Assignment.__table__.columns)
        .where(
            Assignment.job_id == job_id,
            Assignment.state == AssignmentState.SUBMITTED,
            Assignment.decide_by <= uow.now,
            Assignment.settled_at.isnot(None),
        )
        .order_by(Assignment.id)
        .limit(APPROVED_MAX)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    approving.lock_accounts(uow, job, answers)
    return approving.approve(uow, job, answers, approving.BY_DELAY)


def jobs_holding(uow: UnitOfWork) -> Sequence[UUID]:
    """List jobs that hold money for rejected answers no one can appeal any more."""
    return uow.session.scalars(_HOLDING, {"now": uow.now, "most": JOBS_MAX}).all()


def end_holds(uow: UnitOfWork, job_id: UUID) -> int:
    """Give the reward and fee of finally rejected answers back to the budget; return how many.

    While a dispute about them is undecided, or won and not yet paid, they stay reserved.
    """
    job = queries.job(uow, job_id, lock=True)
    values = {"job": job_id, "now": uow.now, "most": RELEASED_MAX}
    ended = uow.session.scalars(_END, values).all()
    if not ended:
        return 0
    funding.release(uow, job_id, Money(sum(ended), job.currency), f"holds:{new_id()}")
    if job.state not in LIVE:
        uow.later("jobs.release_leftovers", job_id)
    return len(ended)


def use_budget(uow: UnitOfWork, job_id: UUID) -> None:
    """Open slots of a live job that waited for the money a hold gave back."""
    job = queries.job(uow, job_id, lock=True)
    if job.state in LIVE:
        publishing.open_slots(uow, job)


_OVER = """a.state = 'rejected' AND a.reserve_released_at IS NULL AND a.held_until <= :now
    AND NOT EXISTS (SELECT FROM disputes d WHERE d.decision_id = a.decision_id
                    AND d.state IN ('open', 'replied', 'won'))"""
_HOLDING = text(f"SELECT DISTINCT a.job_id FROM assignments a WHERE {_OVER} LIMIT :most")
_END = text(
    f"""
WITH ended AS (
    SELECT a.id FROM assignments a WHERE a.job_id = :job AND {_OVER}
    ORDER BY a.id LIMIT :most FOR NO KEY UPDATE
)
UPDATE assignments a SET reserve_released_at = :now FROM ended
WHERE a.job_id = :job AND a.id = ended.id RETURNING a.reward_micros + a.fee_micros
"""
)
