"""Let the rules of a job look at who was active, and look again where evidence has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, text

from kernel.db import UnitOfWork
from marketplace.jobs import queries as jobs
from marketplace.quality.models import QualityRule, RuleAct
from marketplace.quality.rules import acting, histories
from marketplace.quality.states import ActState
from qualification import queries as qualifications
from qualification.rules import language, replay

WORKERS_MAX = 200
# A transaction may commit this much later than the moment it wrote down.
OVERLAP = timedelta(minutes=5)
LOCK_NAMESPACE = 0x601F


def apply(uow: UnitOfWork, job_id: UUID) -> int:
    """Let every rule of a job look at the workers active since it last looked; return acts made.

    One look at a time: two would act on the same evidence.
    """
    uow.session.execute(_ALONE, {"space": LOCK_NAMESPACE, "job": str(job_id)})
    rows = in_force(uow, job_id)
    if not rows:
        return 0
    job = jobs.job(uow, job_id)
    looked = [row.looked_at for row in rows]
    since = None if None in looked else min(one for one in looked if one) - OVERLAP
    worker_ids = histories.active_since(uow, job_id, since)
    rules = {row.id: language.from_json(row.content) for row in rows}
    collectors = {rule.collector for rule in rules.values()}
    made = 0
    for start in range(0, len(worker_ids), WORKERS_MAX):
        batch = worker_ids[start : start + WORKERS_MAX]
        seen = histories.load(uow, job, collectors, batch)
        after = _last_acts(uow, job_id, batch)
        for row in rows:
            cases = [acting.Case(job, row, rules[row.id], worker_id) for worker_id in batch]
            made += sum(_look(uow, case, seen[case.worker_id], after) for case in cases)
    for row in rows:
        row.looked_at = uow.now
    return made


def look_again(uow: UnitOfWork, job_id: UUID) -> int:
    """Take back the acts on gold that would not have happened as gold is known now; count them."""
    uow.session.execute(_ALONE, {"space": LOCK_NAMESPACE, "job": str(job_id)})
    job = jobs.job(uow, job_id)
    standing = uow.session.scalars(
        select(RuleAct)
        .where(RuleAct.job_id == job_id, RuleAct.state == ActState.OPEN)
        .where(RuleAct.rule["collector"].astext == "gold")
        .order_by(RuleAct.evidence_at)
    ).all()
    if not standing:
        return 0
    seen = histories.load(uow, job, {"gold"}, {one.worker_id for one in standing})
    fallen = [one for one in standing if not _stands(uow, one, seen[one.worker_id].get("gold", ()))]
    for one in fallen:
        acting.end(uow, one, ActState.TAKEN_BACK)
        uow.audit("rule.taken_back", f"act:{one.id}")
    return len(fallen)


def end_due(uow: UnitOfWork) -> int:
    """End the pauses whose time is over; return how many."""
    due = uow.session.scalars(
        select(RuleAct)
        .where(RuleAct.state == ActState.OPEN, RuleAct.ends_at <= uow.now)
        .order_by(RuleAct.id)
        .limit(WORKERS_MAX)
        .with_for_update(skip_locked=True)
    ).all()
    for one in due:
        acting.end(uow, one, ActState.DONE)
    return len(due)


def end_training(uow: UnitOfWork, worker_id: UUID, exam_id: UUID) -> None:
    """Let a worker go on who passed the training that a rule asked for, in any version."""
    kind = qualifications.exam(uow, exam_id).type_id
    same = [str(version.id) for version in qualifications.versions(uow, kind)]
    asked = uow.session.scalars(
        select(RuleAct)
        .where(RuleAct.worker_id == worker_id, RuleAct.state == ActState.OPEN)
        .where(RuleAct.rule["details"]["exam_id"].astext.in_(same))
        .order_by(RuleAct.id)
    ).all()
    for one in asked:
        acting.end(uow, one, ActState.DONE)


def in_force(uow: UnitOfWork, job_id: UUID) -> Sequence[QualityRule]:
    """Return the rules of a job that have not ended, oldest first."""
    own = (QualityRule.job_id == job_id, QualityRule.ended_at.is_(None))
    return uow.session.scalars(select(QualityRule).where(*own).order_by(QualityRule.id)).all()


def _look(
    uow: UnitOfWork,
    case: acting.Case,
    seen: histories.History,
    after: Mapping[tuple[UUID, UUID], datetime],
) -> int:
    last = after.get((case.row.id, case.worker_id))
    pieces = seen.get(case.rule.collector, ())
    found = replay.acts(case.rule, pieces, last, case.row.written_at)
    return sum(acting.act(uow, case, fired) is not None for fired in found)


def _last_acts(
    uow: UnitOfWork, job_id: UUID, worker_ids: Sequence[UUID]
) -> dict[tuple[UUID, UUID], datetime]:
    """Return the moment up to which each rule has used up its evidence on each worker.

    An act taken back used up nothing; an act that a person or time ended begins a clean sheet.
    """
    last: dict[tuple[UUID, UUID], datetime] = defaultdict()
    rows = uow.session.execute(
        select(RuleAct.rule_id, RuleAct.worker_id, func.max(RuleAct.evidence_at))
        .where(RuleAct.job_id == job_id, RuleAct.worker_id.in_(worker_ids))
        .where(RuleAct.state != ActState.TAKEN_BACK)
        .group_by(RuleAct.rule_id, RuleAct.worker_id)
    )
    for rule_id, worker_id, at in rows:
        last[rule_id, worker_id] = at
    return last


def _stands(uow: UnitOfWork, done: RuleAct, seen: Sequence[replay.Seen]) -> bool:
    """Tell whether the rule, as it was, still meets what the worker had shown by then."""
    earlier = uow.session.scalar(
        select(func.max(RuleAct.evidence_at)).where(
            RuleAct.rule_id == done.rule_id,
            RuleAct.worker_id == done.worker_id,
            RuleAct.evidence_at < done.evidence_at,
            RuleAct.state != ActState.TAKEN_BACK,
        )
    )
    by_then = [one for one in seen if one.at <= done.evidence_at]
    return bool(replay.acts(language.from_json(done.rule), by_then, earlier))


_ALONE = text("SELECT pg_advisory_xact_lock(:space, hashtext(:job))")
