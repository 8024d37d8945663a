"""Write, change and end the rules of a job; a rule that makes no sense is refused when saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Missing, Refused
from kernel.types import new_id
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.quality.models import QualityRule
from marketplace.quality.rules import applying
from qualification import queries as qualifications
from qualification.rules import checking, language
from qualification.rules.language import Action, Rule

RULES_MAX = 20


@dataclass(frozen=True)
class Saved:
    """A rule that was saved, and what its author should look at again."""

    row: QualityRule
    warnings: Sequence[str]


def save(uow: UnitOfWork, job: Job, rule: Rule, changed: UUID | None = None) -> Saved:
    """Save a new rule of a job, or a new version of one; earlier acts of it stay as they are."""
    job = jobs.job(uow, job.id, lock=True)
    row = _own(uow, job, changed) if changed else None
    warnings = check(uow, job, rule, changed)
    before = None if row is None else row.content
    if row is None:
        if len(applying.in_force(uow, job.id)) >= RULES_MAX:
            raise Conflict("rules_too_many", f"A job has at most {RULES_MAX} rules.")
        assert uow.identity.user_id is not None, "the permission asks for a manager"
        row = QualityRule(
            id=new_id(), job_id=job.id, version=0, written_by=uow.identity.user_id, ended_at=None
        )
        uow.session.add(row)
    row.content, row.version = language.to_json(rule), row.version + 1
    row.written_at, row.looked_at = uow.now, None
    uow.session.flush()
    uow.audit("rule.saved", f"rule:{row.id}", before, row.content)
    uow.later("quality.look", job.id)
    return Saved(row, warnings)


def check(uow: UnitOfWork, job: Job, rule: Rule, changed: UUID | None = None) -> list[str]:
    """Refuse a rule that could not work on this job; return what is worth a second look."""
    others = [row for row in applying.in_force(uow, job.id) if row.id != changed]
    windows = checking.windows_of(language.from_json(row.content) for row in others)
    gold_count = jobs.open_gold_count(uow, job.id) if job.gold_every else 0
    beside = checking.Surroundings(gold_count, float(job.gold_minimum), windows)
    warnings = checking.check(rule, beside)
    _check_named(uow, job, rule)
    if rule.action is Action.HOLD and job.approval == "by_hand":
        warnings.append("This job approves by hand already, so holding changes nothing.")
    return warnings


def end(uow: UnitOfWork, job: Job, rule_id: UUID) -> None:
    """End a rule: it looks at nobody any more; what it did stays until it is lifted."""
    row = _own(uow, job, rule_id)
    row.ended_at = uow.now
    uow.audit("rule.ended", f"rule:{row.id}", row.content, None)


def _own(uow: UnitOfWork, job: Job, rule_id: UUID) -> QualityRule:
    row = uow.session.get(QualityRule, rule_id, with_for_update=True)
    if row is None or row.job_id != job.id or row.ended_at is not None:
        raise Missing("rule_unknown", "This job has no such rule.")
    return row


def _check_named(uow: UnitOfWork, job: Job, rule: Rule) -> None:
    """Refuse an exam or a qualification that is not the organisation's own."""
    owner = qualifications.owner(uow, job.organisation_id)
    if rule.action is Action.TRAIN:
        exam = qualifications.exam(uow, UUID(rule.details["exam_id"]))
        if qualifications.qualification(uow, exam.type_id).owner != owner:
            raise Refused("rule_exam", "Choose a training of your own organisation.")
    if rule.action in (Action.GRANT, Action.REVOKE):
        kind = qualifications.qualification(uow, UUID(rule.details["qualification_id"]))
        if kind.owner != owner:
            raise Refused("rule_qualification", "Choose a qualification of your organisation.")
