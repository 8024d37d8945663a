"""Who may review answers, remove workers, export, appeal, reply and rule."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.identity import Identity
from kernel.permissions import is_admin, permission, signed_in
from kernel.types import decode_pair
from marketplace.accounts import policy as accounts
from marketplace.accounts.states import Role
from marketplace.assignments.models import Assignment
from marketplace.assignments.policy import NOT_A_WORKER, is_worker
from marketplace.jobs import queries as job_queries
from marketplace.jobs.models import Job
from marketplace.jobs.policy import NOT_A_MANAGER, Owned, manages, sees
from marketplace.review import queries
from marketplace.review.models import Dispute, Export


@dataclass(frozen=True)
class OwnedExport:
    """An export, and the organisation of its job."""

    export: Export
    organisation_id: UUID


@dataclass(frozen=True)
class InJob:
    """One task of a job, named and not loaded yet, and the organisation of the job."""

    job: Job
    task_id: UUID
    organisation_id: UUID


@dataclass(frozen=True)
class OwnedAnswer:
    """An answer, its job and the organisation of the job."""

    assignment: Assignment
    job: Job
    organisation_id: UUID


def answer_for_endpoint(uow: UnitOfWork, outward_id: str) -> OwnedAnswer:
    """Load the answer an address names; what nobody has answered yet does not exist."""
    job_id, id_ = decode_pair(outward_id)
    found = uow.get(Assignment, (job_id, id_), "There is no such answer.")
    if found.given is None:
        raise Missing("answer_unknown", "There is no such answer.")
    job = job_queries.job(uow, job_id)
    return OwnedAnswer(found, job, job.organisation_id)


def _may_see_answer(identity: Identity, subject: OwnedAnswer) -> bool:
    is_theirs = identity.is_worker and identity.worker_id == subject.assignment.worker_id
    return is_theirs or sees(identity, subject)


def task_for_endpoint(uow: UnitOfWork, job_id: UUID, task_id: UUID) -> InJob:
    """Load the job of the task an address names."""
    job = job_queries.job(uow, job_id)
    return InJob(job, task_id, job.organisation_id)


def export_for_endpoint(uow: UnitOfWork, export_id: UUID) -> OwnedExport:
    """Load the export an address names, with the organisation that owns it."""
    export = queries.export(uow, export_id)
    return OwnedExport(export, job_queries.job(uow, export.job_id).organisation_id)


def _reviews(identity: Identity, subject: Owned) -> bool:
    return accounts.has_rank(identity, subject.organisation_id, Role.REVIEWER)


def _is_side_of(identity: Identity, dispute: Dispute) -> bool:
    is_theirs = identity.is_worker and identity.worker_id == dispute.worker_id
    return is_theirs or _belongs(identity, dispute) or is_admin(identity, dispute)


def _belongs(identity: Identity, dispute: Dispute) -> bool:
    organisation_id = dispute.organisation_id
    return organisation_id is not None and accounts.member_of(identity, organisation_id)


def _replies(identity: Identity, dispute: Dispute) -> bool:
    organisation_id = dispute.organisation_id
    if organisation_id is None:
        return False
    return accounts.has_rank(identity, organisation_id, Role.REVIEWER)


def _opened(identity: Identity, dispute: Dispute) -> bool:
    return identity.is_worker and identity.worker_id == dispute.worker_id


NOT_A_REVIEWER = "Only reviewers, managers and owners of this organisation may do this."
SEE_ANSWER = permission("answer:see", see=_may_see_answer, may=_may_see_answer)
SEE = permission("review:see", see=sees, may=sees, scope="jobs:read")
DECIDE = permission(
    "answer:decide", see=sees, may=_reviews, scope="review:write", refusal=NOT_A_REVIEWER
)
GIVE_BONUS = permission("bonus:give", see=sees, may=manages, refusal=NOT_A_MANAGER)
LABEL = permission(
    "label:review", see=sees, may=_reviews, scope="review:write", refusal=NOT_A_REVIEWER
)
REMOVE = permission(
    "worker:remove", see=sees, may=manages, scope="review:write", refusal=NOT_A_MANAGER
)
REPAIR_GOLD = permission(
    "gold:repair", see=sees, may=manages, scope="review:write", refusal=NOT_A_MANAGER
)
EXPORT = permission(
    "export:ask", see=sees, may=_reviews, scope="review:write", refusal=NOT_A_REVIEWER
)
SEE_EXPORT = permission("export:see", see=sees, may=sees, scope="jobs:read")
APPEAL = permission("appeal:open", may=is_worker, scope="work:write", refusal=NOT_A_WORKER)
LIST_DISPUTES = permission("dispute:list", may=signed_in, scope="work:read")
SEE_DISPUTE = permission("dispute:see", see=_is_side_of, may=_is_side_of, scope="work:read")
REPLY = permission(
    "dispute:reply", see=_is_side_of, may=_replies, scope="review:write", refusal=NOT_A_REVIEWER
)
WITHDRAW = permission(
    "dispute:withdraw",
    see=_is_side_of,
    may=_opened,
    scope="work:write",
    refusal="Only the worker who opened a dispute may take it back.",
)
RULE = permission(
    "dispute:rule",
    see=_is_side_of,
    may=is_admin,
    refusal="Only an admin rules on a dispute, after showing their second factor.",
)
SEE_OVERTURN_RATE = permission("organisation:overturn_rate", may=signed_in, scope="work:read")
ALLOW_REJECTING = permission(
    "organisation:allow_rejecting",
    may=is_admin,
    refusal="Only an admin lets an organisation reject again.",
)
