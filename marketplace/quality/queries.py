"""Named reads of rules and what they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.web import paging
from marketplace.jobs.models import Job
from marketplace.quality.models import QualityRule, RuleAct
from marketplace.quality.rules import applying
from marketplace.quality.states import ActState
from qualification.models import Exam, QualificationType
from qualification.rules import language, words
from workers.models import Worker


@dataclass(frozen=True)
class RuleLine:
    """One rule with its sentence, and what its author should look at again."""

    id: UUID
    version: int
    rule: dict[str, Any]
    sentence: str
    written_at: datetime
    warnings: Sequence[str] = ()


def rule_line(job: Job, row: QualityRule, warnings: Sequence[str] = ()) -> RuleLine:
    """Return a rule as it is shown."""
    sentence = words.of_rule(language.from_json(row.content), job.currency)
    return RuleLine(row.id, row.version, row.content, sentence, row.written_at, warnings)


def rules(uow: UnitOfWork, job: Job) -> list[RuleLine]:
    """List the rules of a job in force, oldest first."""
    return [rule_line(job, row) for row in applying.in_force(uow, job.id)]


def acts(uow: UnitOfWork, job_id: UUID, cursor: str | None, limit: int) -> paging.Page[RuleAct]:
    """List what the rules of a job did, newest first."""
    own = select(RuleAct).where(RuleAct.job_id == job_id)
    return paging.page(uow.session, own, RuleAct.id, cursor, limit, newest_first=True)


def waiting_acts(uow: UnitOfWork, job_id: UUID) -> Sequence[RuleAct]:
    """List what stands or waits for a person, oldest first."""
    own = (RuleAct.job_id == job_id, RuleAct.state == ActState.OPEN)
    query = select(RuleAct).where(*own).order_by(RuleAct.id).limit(200)
    return uow.session.scalars(query).all()


def handles(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the pseudonyms of workers."""
    rows = uow.session.execute(select(Worker.id, Worker.handle).where(Worker.id.in_(set(ids))))
    return dict(iter(rows))


def choices(uow: UnitOfWork, job: Job) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the exams and the qualifications that rules of a job may name, by name."""
    owner = f"organisation:{job.organisation_id}"
    kinds = uow.session.execute(
        select(QualificationType.id, QualificationType.name)
        .where(QualificationType.owner == owner)
        .order_by(QualificationType.name)
    )
    exams = uow.session.execute(
        select(Exam.id, Exam.title)
        .join(QualificationType, QualificationType.id == Exam.type_id)
        .where(QualificationType.owner == owner, Exam.closed_at.is_(None))
        .order_by(Exam.title)
    )
    return [(str(id), name) for id, name in exams], [(str(id), name) for id, name in kinds]
