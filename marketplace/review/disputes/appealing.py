"""Open a dispute: a worker's appeal against what was decided about their work or themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, insert, select

import workers.queries
from kernel.db import UnitOfWork
from kernel.errors import Conflict, Missing, Refused
from kernel.types import decode_pair, new_id
from marketplace.assignments.models import Assignment, Enrolment
from marketplace.assignments.queries import source
from marketplace.assignments.states import EnrolmentState
from marketplace.config import policy
from marketplace.jobs import queries as job_queries
from marketplace.review.events import AppealOpened
from marketplace.review.models import Decision, Dispute
from marketplace.review.states import DISPUTE, DisputeState
from qualification import policy as qualification_policy
from qualification import queries as qualification_queries
from qualification.states import SittingState
from workers.states import Standing

STATEMENT_MIN, STATEMENT_MAX = 10, 4_000
KINDS = ("rejection", "removal", "exam", "gold", "suspension")


@dataclass(frozen=True)
class Appeal:
    """What a worker objects to, by its id (none for a suspension), and what they say."""

    kind: str
    statement: str
    subject_id: str = ""


@dataclass(frozen=True)
class _Subject:
    """What is appealed: its name, who answers for it, and when the time to appeal ends."""

    name: str
    until: datetime
    job_id: UUID | None = None
    organisation_id: UUID | None = None
    decision_id: UUID | None = None


def appeal(uow: UnitOfWork, worker_id: UUID, wanted: Appeal) -> Dispute:
    """Open a dispute, free of charge; one appeal covers every answer of a rejecting decision.

    The organisation has its days to reply, then an admin theirs to rule; whoever is silent decides
    for the worker. Where no organisation answers for it, an admin rules at once.
    """
    if not STATEMENT_MIN <= len(wanted.statement.strip()) <= STATEMENT_MAX:
        limits = f"{STATEMENT_MIN} to {STATEMENT_MAX} characters"
        raise Refused("statement_length", f"Say in {limits} why this was wrong.")
    subject = _SUBJECTS[wanted.kind](uow, worker_id, wanted.subject_id)
    if uow.now > subject.until:
        days = policy().appeal_days
        raise Refused("appeal_late", f"The {days} days to appeal this are over.")
    standing = (
        Dispute.worker_id == worker_id,
        Dispute.subject == subject.name,
        Dispute.state != DisputeState.WITHDRAWN,
    )
    if uow.session.scalar(select(exists().where(*standing))):
        raise Conflict("appealed_already", "You have appealed this already; see your appeals.")
    reply_by = uow.now + timedelta(days=policy().reply_days if subject.organisation_id else 0)
    dispute_id = new_id()
    uow.session.execute(
        insert(Dispute).values(
            id=dispute_id,
            kind=wanted.kind,
            subject=subject.name,
            job_id=subject.job_id,
            organisation_id=subject.organisation_id,
            worker_id=worker_id,
            decision_id=subject.decision_id,
            state=DISPUTE.start,
            state_at=uow.now,
            opened_at=uow.now,
            statement=wanted.statement.strip(),
            reply_by=reply_by,
            rule_by=reply_by + timedelta(days=policy().ruling_days),
        )
    )
    uow.tell(AppealOpened(dispute_id))
    return uow.get(Dispute, dispute_id, "There is no such dispute.")


def _rejection(uow: UnitOfWork, worker_id: UUID, subject_id: str) -> _Subject:
    decision = uow.session.get(Decision, _uuid(subject_id))
    if decision is None or decision.worker_id != worker_id:
        raise Missing("decision_unknown", "No answer of yours was rejected in this decision.")
    job = job_queries.job(uow, decision.job_id)
    name = f"decision:{decision.id}"
    return _Subject(name, decision.appeal_until, job.id, job.organisation_id, decision.id)


def _removal(uow: UnitOfWork, worker_id: UUID, subject_id: str) -> _Subject:
    enrolment = uow.session.get(Enrolment, (_uuid(subject_id), worker_id))
    if enrolment is None or enrolment.state != EnrolmentState.REMOVED:
        raise Missing("removal_unknown", "You were not removed from this job.")
    job = job_queries.job(uow, enrolment.job_id)
    name = f"removal:{job.id}"
    return _Subject(name, _days_after(enrolment.state_at), job.id, job.organisation_id)


def _exam(uow: UnitOfWork, worker_id: UUID, subject_id: str) -> _Subject:
    sitting = qualification_queries.sitting(uow, _uuid(subject_id))
    if sitting.worker_id != worker_id or sitting.state != SittingState.FAILED:
        raise Missing("sitting_unknown", "You have not failed this exam.")
    exam = qualification_queries.exam(uow, sitting.exam_id)
    owner = qualification_queries.qualification(uow, exam.type_id).owner
    organisation_id = None
    if owner.startswith(qualification_policy.ORGANISATION):
        organisation_id = UUID(owner.removeprefix(qualification_policy.ORGANISATION))
    name = f"sitting:{sitting.id}"
    return _Subject(name, _days_after(sitting.state_at), None, organisation_id)


def _gold(uow: UnitOfWork, worker_id: UUID, subject_id: str) -> _Subject:
    """Find a gold answer of the worker; only a job that shows gold says which tasks are gold."""
    job_id, assignment_id = decode_pair(subject_id)
    answer = uow.session.get(Assignment, (job_id, assignment_id))
    if answer is None or answer.worker_id != worker_id or answer.final_at is None:
        raise Missing("answer_unknown", "You have not given this answer.")
    job = job_queries.job(uow, job_id)
    if answer.gold_version is None or not job.gold_feedback:
        raise Refused("gold_unannounced", "No known answer was shown to you for this task.")
    name = source(job_id, assignment_id)
    return _Subject(name, _days_after(answer.final_at), job.id, job.organisation_id)


def _suspension(uow: UnitOfWork, worker_id: UUID, _subject_id: str) -> _Subject:
    worker = workers.queries.worker(uow, worker_id)
    if worker.state != Standing.SUSPENDED:
        raise Missing("suspension_unknown", "Your account is not suspended.")
    name = f"suspension:{worker.state_at.isoformat()}"
    return _Subject(name, _days_after(worker.state_at))


_SUBJECTS: dict[str, Callable[[UnitOfWork, UUID, str], _Subject]] = {
    "rejection": _rejection,
    "removal": _removal,
    "exam": _exam,
    "gold": _gold,
    "suspension": _suspension,
}


def _days_after(moment: datetime) -> datetime:
    return moment + timedelta(days=policy().appeal_days)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Missing("not_found", "There is nothing with this id to appeal.") from None
