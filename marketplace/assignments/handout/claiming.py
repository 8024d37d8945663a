"""Handing out tasks: one worker asks for n tasks of a job and gets a lease on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Select, and_, func, select, text
from sqlalchemy.exc import OperationalError

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Denied
from kernel.identity import Identity
from kernel.money import Money
from kernel.types import encode_pair, new_id
from marketplace.assignments.handout import claim_sql, enrolling
from marketplace.assignments.handout.gold_plan import GoldPlan
from marketplace.assignments.models import Assignment, Enrolment
from marketplace.assignments.states import AssignmentState, EnrolmentState
from marketplace.jobs.models import Job, JobVersion
from marketplace.jobs.states import CLAIMABLE
from qualification.models import GoldRecord
from workers.models import Worker
from workers.states import Standing

COUNT_MAX = 20
# Sixteen people before one task wait for each other's commits; a deadlock is found in a second.
LOCK_TIMEOUT_MILLISECONDS = 2_000
CHECKED_HOURS = 1
UNREAD = {"title", "summary", "created_at", "created_by"}


@dataclass(frozen=True)
class Claim:
    """One task handed out: what the worker may know of it."""

    job_id: UUID
    id: UUID
    data: dict[str, Any]
    claimed_at: datetime
    deadline_at: datetime
    reward: Money
    guidelines_version: int
    interface_version: int

    @property
    def outward_id(self) -> str:
        """Return the one id that is shown outside."""
        return encode_pair(self.job_id, self.id)


@dataclass(frozen=True)
class Handout:
    """What a claim brought: tasks, or the reason why there is none."""

    claims: Sequence[Claim]
    reason: tuple[str, str] | None = None


def claim(
    uow: UnitOfWork,
    job_id: UUID,
    count: int,
    chance: Random,
    only: Sequence[UUID] | None = None,
) -> Handout:
    """Give the asking worker up to `count` tasks of a job; `only` limits it to named tasks.

    Two statements when the worker is enrolled: one reads job, price and enrolment (and locks the
    enrolment, so that two claims of one worker queue), one claims. A claim that finds nothing is
    confirmed once with a statement that waits for locked rows.
    """
    identity = uow.identity
    standing = _standing(uow, identity, job_id)
    if standing is None or standing.checked_at < uow.now - timedelta(hours=CHECKED_HOURS):
        # There is no row either while the price changes: the old version was just replaced.
        enrolling.enrol(uow, identity, job_id)
        standing = _standing(uow, identity, job_id)
        assert standing is not None, "enrolling made the row or refused"
    _check(identity, standing)
    _check_room(standing, standing.held_count)
    wanted = min(count, COUNT_MAX, standing.claims_max - standing.held_count)
    enrolling.check_newcomer_share(uow, standing)
    values = _values(uow, standing, wanted, chance, only)
    rows = uow.session.execute(claim_sql.CLAIM, values).all()
    if not rows:
        rows, reason = _confirm_empty(uow, values)
        if not rows:
            _check_room(standing, uow.session.scalar(_held_count(identity, job_id)) or 0)
            return Handout((), reason)
    claims = [_claim(standing, row, values) for row in rows]
    chance.shuffle(claims)
    return Handout(claims)


def _standing(uow: UnitOfWork, identity: Identity, job_id: UUID) -> Any | None:
    """Read all that a claim rests on; the job is held as it is against a change of its price."""
    kept = [column for column in Job.__table__.columns if column.key not in UNREAD]
    job = (
        select(*kept)
        .where(Job.id == job_id)
        .with_for_update(read=True, key_share=True)
        .subquery("job")
    )
    price = and_(
        JobVersion.job_id == job.c.id,
        JobVersion.part == "price",
        JobVersion.version == job.c.price_version,
    )
    record = and_(GoldRecord.job == job.c.id, GoldRecord.worker_id == Enrolment.worker_id)
    return uow.session.execute(
        select(
            *job.c,
            JobVersion.reward_micros,
            JobVersion.fee_micros,
            Worker.state.label("worker_state"),
            Enrolment.worker_id,
            Enrolment.state.label("enrolment_state"),
            Enrolment.state_reason,
            Enrolment.guidelines_seen,
            Enrolment.cursor_rank,
            func.coalesce(GoldRecord.right, 0).label("gold_right"),
            Enrolment.is_newcomer,
            Enrolment.checked_at,
            _held_count(identity, job_id).scalar_subquery().label("held_count"),
        )
        .join(Enrolment, Enrolment.job_id == job.c.id)
        .join(Worker, Worker.id == Enrolment.worker_id)
        .join(JobVersion, price)
        .outerjoin(GoldRecord, record)
        .where(Enrolment.worker_id == identity.worker_id)
        .with_for_update(of=Enrolment, key_share=True)
    ).first()


def _held_count(identity: Identity, job_id: UUID) -> Select[int]:
    return select(func.count()).where(
        Assignment.job_id == job_id,
        Assignment.worker_id == identity.worker_id,
        Assignment.state == AssignmentState.CLAIMED,
    )


def _check_room(standing: Any, held_count: int) -> None:
    if held_count >= standing.claims_max:
        raise Conflict(
            "claims_held",
            f"You hold {held_count} tasks of this job already. Answer or return some.",
        )


def _check(identity: Identity, standing: Any) -> None:
    if standing.organisation_id in identity.roles:
        raise Denied("own_organisation", "You belong to the organisation that posted this job.")
    if standing.worker_state != Standing.GOOD:
        raise Denied("worker_suspended", "Your account may not take new tasks at the moment.")
    if standing.state not in CLAIMABLE:
        raise Conflict(
            f"job_{standing.state}",
            standing.pause_reason or f"This job is {standing.state}, so it hands out no tasks.",
        )
    if standing.enrolment_state == EnrolmentState.REMOVED:
        raise Denied("removed_from_job", f"You were removed from this job. {standing.state_reason}")
    if standing.enrolment_state == EnrolmentState.PAUSED:
        raise Denied("paused_on_job", f"You are paused on this job. {standing.state_reason}")
    if standing.guidelines_seen < standing.guidelines_version:
        raise Conflict(
            "guidelines_changed",
            "The guidelines have changed. Please read what is new and confirm it first.",
            version=standing.guidelines_version,
        )


def _values(
    uow: UnitOfWork, job: Any, count: int, chance: Random, only: Sequence[UUID] | None
) -> dict[str, Any]:
    plan = GoldPlan(job.gold_first, job.gold_every if job.gold_count else 0)
    lease = min(job.lease_seconds * count, job.lease_seconds_max)
    return {
        "job": job.id,
        "worker": job.worker_id,
        "count": count,
        "gold": plan.draw(job.gold_right, count, chance) if only is None else count,
        "gold_alone": only is not None,
        "shuffle": job.worker_id.int % (1 << 62),
        "cursor": job.cursor_rank,
        "claims_max": job.claims_max,
        "only": None if only is None else list(only),
        "ids": [new_id() for _ in range(count)],
        "now": uow.now,
        "deadline": uow.now + timedelta(seconds=lease),
        "deadline_max": uow.now + timedelta(seconds=job.lease_seconds_max),
        "guidelines": job.guidelines_version,
        "interface": job.interface_version,
        "price": job.price_version,
        "reward": job.reward_micros,
        "fee": job.fee_micros,
    }


def _confirm_empty(
    uow: UnitOfWork, values: dict[str, Any]
) -> tuple[Sequence[Any], tuple[str, str] | None]:
    """Ask again, waiting for locked rows: only then is there really no task.

    The limit on waiting stays until the commit, so that the rows are held no longer than needed.
    """
    try:
        with uow.session.begin_nested():
            uow.session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MILLISECONDS}ms'"))
            rows = uow.session.execute(claim_sql.CLAIM_WAITING, values).all()
    except OperationalError as error:
        if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise
        return [], (
            "tasks_busy",
            "The last tasks are being handed out right now. Please try again in a moment.",
        )
    return rows, (
        "no_task_now",
        "There is no task for you in this job right now. New ones may open while others answer.",
    )


def _claim(job: Any, row: Any, values: dict[str, Any]) -> Claim:
    return Claim(
        job_id=job.id,
        id=row.id,
        data=row.data,
        claimed_at=values["now"],
        deadline_at=values["deadline"],
        reward=Money(job.reward_micros, job.currency),
        guidelines_version=job.guidelines_version,
        interface_version=job.interface_version,
    )
