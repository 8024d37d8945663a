"""Who may plan, write rules, look at checks, give second looks, and see their own quality."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.identity import Identity
from kernel.permissions import is_admin, permission
from marketplace.accounts import policy as accounts
from marketplace.accounts.states import Role
from marketplace.assignments.policy import NOT_A_WORKER, is_worker
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.jobs.policy import NOT_A_MANAGER, Owned, manages, sees
from marketplace.quality.models import RuleAct
from marketplace.review.policy import NOT_A_REVIEWER


@dataclass(frozen=True)
class ActInJob:
    """What a rule did, with its job."""

    job: Job
    act: RuleAct

    @property
    def organisation_id(self) -> UUID:
        """Return the organisation it belongs to."""
        return self.job.organisation_id


@dataclass(frozen=True)
class RuleInJob:
    """A rule of a job, named and not loaded yet."""

    job: Job
    rule_id: UUID

    @property
    def organisation_id(self) -> UUID:
        """Return the organisation it belongs to."""
        return self.job.organisation_id


def rule_for_endpoint(uow: UnitOfWork, job_id: UUID, rule_id: UUID) -> RuleInJob:
    """Load the job of the rule that an address names."""
    return RuleInJob(jobs.job(uow, job_id), rule_id)


def act_for_endpoint(uow: UnitOfWork, job_id: UUID, act_id: UUID) -> ActInJob:
    """Load what an address names: an act of a rule of this job, locked."""
    found = uow.session.get(RuleAct, act_id, with_for_update=True)
    if found is None or found.job_id != job_id:
        raise Missing("act_unknown", "This job's rules did no such thing.")
    return ActInJob(jobs.job(uow, job_id), found)


def _reviews(identity: Identity, subject: Owned) -> bool:
    return accounts.has_rank(identity, subject.organisation_id, Role.REVIEWER)


def _decides(identity: Identity, subject: Owned) -> bool:
    return manages(identity, subject) or is_admin(identity, subject)


SEE = permission("quality:see", see=sees, may=sees, scope="jobs:read")
USE_TARGET = permission(
    "plan:use", see=sees, may=manages, scope="jobs:write", refusal=NOT_A_MANAGER
)
WRITE_RULES = permission(
    "rule:write", see=sees, may=manages, scope="jobs:write", refusal=NOT_A_MANAGER
)
DECIDE = permission(
    "rule:decide", see=sees, may=_decides, scope="review:write", refusal=NOT_A_MANAGER
)
LOOK = permission("gold:look", see=sees, may=manages, scope="review:write", refusal=NOT_A_MANAGER)
SECOND_LOOK = permission(
    "second_look:give", see=sees, may=_reviews, scope="review:write", refusal=NOT_A_REVIEWER
)
SEE_OWN = permission("quality:see_own", may=is_worker, scope="work:read", refusal=NOT_A_WORKER)
CONTEST = permission("gold:contest", may=is_worker, scope="work:write", refusal=NOT_A_WORKER)
