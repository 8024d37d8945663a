"""A person's word on a gold: keep it, correct it, retire it or withdraw it; contests follow."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func, select, update

from kernel.db import UnitOfWork
from kernel.errors import Conflict
from marketplace.assignments.models import Assignment
from marketplace.jobs.models import Job, Task
from marketplace.quality.checks import watching
from marketplace.quality.models import GoldCheck, GoldContest
from marketplace.quality.states import CHECK, CONTEST, CheckState, ContestState
from marketplace.review import gold_repair

BY_HAND = "Looked at by a person."


def keep(uow: UnitOfWork, job: Job, task_id: UUID) -> Task:
    """Say that a gold is right as it is: it is used again, and objections to it are denied."""
    case = _case(uow, job, task_id)
    task = gold_repair.use_again(uow, job, task_id)
    _looked(uow, case, CheckState.KEPT)
    _answer_contests(uow, job.id, task_id, ContestState.DENIED)
    return task


def correct(uow: UnitOfWork, job: Job, task_id: UUID, known: Mapping[str, str]) -> Task:
    """Give a gold another known answer, use it again, and uphold the objections to it."""
    case = _case(uow, job, task_id)
    gold_repair.use_again(uow, job, task_id)
    task = gold_repair.correct(uow, job, task_id, known)
    _looked(uow, case, CheckState.KEPT)
    _answer_contests(uow, job.id, task_id, ContestState.UPHELD)
    return task


def retire(uow: UnitOfWork, job: Job, task_id: UUID) -> Task:
    """Hand a gold out no more; what it measured stands."""
    case = _case(uow, job, task_id)
    gold_repair.use_again(uow, job, task_id)
    task = gold_repair.retire(uow, job, task_id)
    _looked(uow, case, CheckState.RETIRED)
    _answer_contests(uow, job.id, task_id, ContestState.DENIED)
    return task


def withdraw(uow: UnitOfWork, job: Job, task_id: UUID) -> Task:
    """Take a gold out for good: it counts for nobody, and the objections to it are upheld."""
    case = _case(uow, job, task_id)
    task = gold_repair.withdraw(uow, job, task_id)
    _looked(uow, case, CheckState.WITHDRAWN)
    _answer_contests(uow, job.id, task_id, ContestState.UPHELD)
    return task


def _case(uow: UnitOfWork, job: Job, task_id: UUID) -> GoldCheck:
    seen = uow.session.scalar(
        select(func.count()).where(
            Assignment.job_id == job.id,
            Assignment.task_id == task_id,
            Assignment.settled_at.isnot(None),
        )
    )
    case = watching.case_of(uow, job, task_id, BY_HAND, seen or 0)
    if case.state in (CheckState.RETIRED, CheckState.WITHDRAWN):
        raise Conflict("check_out", f"This check is {case.state} for good. Import another.")
    case.seen = seen or 0
    return case


def _looked(uow: UnitOfWork, case: GoldCheck, state: CheckState) -> None:
    if case.state != state:
        CHECK.move(case, state, uow.now)
    case.looked_by = uow.identity.user_id
    uow.session.flush()
    uow.audit("gold.looked_at", f"task:{case.job_id}/{case.task_id}", None, str(state))


def _answer_contests(uow: UnitOfWork, job_id: UUID, task_id: UUID, state: ContestState) -> None:
    uow.session.execute(
        update(GoldContest)
        .where(
            GoldContest.job_id == job_id,
            GoldContest.task_id == task_id,
            GoldContest.state.in_(CONTEST.leading_to(state)),
        )
        .values(state=state, state_at=uow.now)
    )
