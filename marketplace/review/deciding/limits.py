"""Stop rejecting where too large a share was rejected: of an organisation, a job or a worker."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from kernel.db import UnitOfWork
from kernel.errors import Refused
from marketplace.accounts.models import Organisation
from marketplace.assignments.models import Assignment
from marketplace.assignments.states import AssignmentState
from marketplace.config import policy
from marketplace.jobs.models import Job
from marketplace.review.events import RejectingStopped

DECIDED = (AssignmentState.APPROVED, AssignmentState.REJECTED)
SHORT = (
    "A large share of answers was rejected lately, so rejecting stops here and an admin is asked"
)


@dataclass
class Tally:
    """How many of the answers decided within the window were rejected."""

    rejected: int = 0
    decided: int = 0

    @property
    def is_full(self) -> bool:
        """Tell whether one more rejection would pass the limit."""
        least, share = policy().rejected_share_count_min, policy().rejected_share_max
        after = self.decided + 1
        return after >= least and self.rejected + 1 > share * after

    def add(self) -> None:
        """Count one more rejection."""
        self.rejected += 1
        self.decided += 1


@dataclass
class Limits:
    """The tallies a rejection is held against; `is_stopped` when an admin has to look first."""

    organisation_id: UUID
    is_stopped: bool
    organisation: Tally
    job: Tally
    workers: dict[UUID, Tally] = field(default_factory=dict)

    def take(self, worker_id: UUID) -> None:
        """Count one more rejection of a worker's answer, or refuse it."""
        if self.is_stopped or self.organisation.is_full:
            self.is_stopped = True
            raise _refusal("in this organisation")
        if self.job.is_full:
            raise _refusal("in this job")
        theirs = self.workers.setdefault(worker_id, Tally())
        if theirs.is_full:
            raise _refusal("of this worker")
        for tally in (self.organisation, self.job, theirs):
            tally.add()


def load(uow: UnitOfWork, job: Job, worker_ids: Collection[UUID]) -> Limits:
    """Count what was decided lately in an organisation, a job and of workers, everywhere."""
    organisation = uow.get(Organisation, job.organisation_id, "There is no such organisation.")
    own_jobs = select(Job.id).where(Job.organisation_id == job.organisation_id)
    per_worker = _tallies(uow, Assignment.worker_id.in_(worker_ids), Assignment.worker_id)
    return Limits(
        job.organisation_id,
        organisation.rejecting_stopped_at is not None,
        _tally(uow, Assignment.job_id.in_(own_jobs)),
        _tally(uow, Assignment.job_id == job.id),
        per_worker,
    )


def keep(uow: UnitOfWork, held: Limits) -> None:
    """Remember that an organisation's rejecting has stopped, and ask an admin, once."""
    stopped = (
        update(Organisation)
        .where(Organisation.id == held.organisation_id, Organisation.rejecting_stopped_at.is_(None))
        .values(rejecting_stopped_at=uow.now)
        .returning(Organisation.id)
    )
    if held.is_stopped and uow.session.execute(stopped).first():
        uow.audit("organisation.rejecting_stopped", f"organisation:{held.organisation_id}")
        uow.tell(RejectingStopped(held.organisation_id))


def allow_again(uow: UnitOfWork, organisation: Organisation, sentence: str) -> None:
    """Let an organisation reject again; an admin's decision with a reason."""
    before = organisation.rejecting_stopped_at
    organisation.rejecting_stopped_at = None
    uow.audit(
        "organisation.rejecting_allowed",
        f"organisation:{organisation.id}",
        before.isoformat() if before else None,
        {"sentence": sentence},
    )


def _refusal(where: str) -> Refused:
    return Refused("rejecting_stopped", f"{SHORT} ({where}).")


def _tally(uow: UnitOfWork, which: Any) -> Tally:
    rejected, decided = uow.session.execute(select(*_COUNTS).where(which, *_lately(uow))).one()
    return Tally(rejected, decided)


def _tallies(uow: UnitOfWork, which: Any, by: Any) -> dict[UUID, Tally]:
    rows = uow.session.execute(select(by, *_COUNTS).where(which, *_lately(uow)).group_by(by))
    return {key: Tally(rejected, decided) for key, rejected, decided in rows}


_COUNTS = (
    func.count().filter(Assignment.state == AssignmentState.REJECTED),
    func.count(),
)


def _lately(uow: UnitOfWork) -> tuple[Any, ...]:
    since = uow.now - timedelta(days=policy().rejected_share_window_days)
    return (
        Assignment.state.in_(DECIDED),
        Assignment.given.isnot(None),
        Assignment.state_at >= since,
    )
