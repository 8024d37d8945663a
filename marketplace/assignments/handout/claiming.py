"""Handing out tasks: one worker asks for n tasks of a job and gets a lease on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Denied
from kernel.identity import Identity
from kernel.money import Money
from kernel.sql import prepared
from kernel.types import encode_pair, new_id
from marketplace.assignments.handout import claim_sql, enrolling
from marketplace.assignments.handout.gold_plan import GoldPlan
from marketplace.assignments.states import EnrolmentState
from marketplace.jobs.states import CLAIMABLE
from workers.states import Standing

COUNT_MAX = 20
# Sixteen people before one task wait for each other's commits; a deadlock is found in a second.
LOCK_TIMEOUT_MILLISECONDS = 2_000
CHECKED_HOURS = 1


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
    rows = prepared.rows(uow, claim_sql.CLAIM, values)
    if not rows:
        rows, reason = _confirm_empty(uow, values)
        if not rows:
            _check_room(standing, _held_count(uow, identity, job_id))
            return Handout((), reason)
    claims = [_claim(standing, row, values) for row in rows]
    chance.shuffle(claims)
    return Handout(claims)


def _standing(uow: UnitOfWork, identity: Identity, job_id: UUID) -> Any | None:
    """Read all that a claim rests on, unless the worker has no place on the job yet."""
    values = {"job": job_id, "worker": identity.worker_id}
    found = prepared.rows(uow, claim_sql.STANDING, values)
    return found[0] if found else None


def _held_count(uow: UnitOfWork, identity: Identity, job_id: UUID) -> int:
    values = {"job": job_id, "worker": identity.worker_id}
    return int(prepared.rows(uow, claim_sql.HELD_COUNT, values)[0][0])


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
) -> tuple[list[Any], tuple[str, str] | None]:
    """Ask again, waiting for locked rows: only then is there really no task.

    The limit on waiting stays until the commit, so that the rows are held no longer than needed.
    """
    try:
        with uow.session.begin_nested():
            uow.session.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_MILLISECONDS}ms'"))
            rows = prepared.rows(uow, claim_sql.CLAIM_WAITING, values)
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
