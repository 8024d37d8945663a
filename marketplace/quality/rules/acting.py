"""Carry out what a rule says, once, and undo it when its evidence falls or a person lifts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from kernel.db import UnitOfWork
from kernel.types import new_id
from marketplace.assignments.models import Enrolment
from marketplace.assignments.states import ENROLMENT, EnrolmentState
from marketplace.jobs.models import Job
from marketplace.quality.events import RuleActed
from marketplace.quality.models import QualityRule, RuleAct
from marketplace.quality.states import ACT, ActState
from qualification import queries as qualifications
from qualification import service as granting
from qualification.models import Grant
from qualification.rules import language, words
from qualification.rules.language import STOPPING, Action, Rule
from qualification.rules.replay import Fired

BY_RULE = "By a rule of this job"
LASTING = (*STOPPING, *language.PROPOSING, Action.HOLD)


@dataclass(frozen=True)
class Case:
    """One rule that met one worker."""

    job: Job
    row: QualityRule
    rule: Rule
    worker_id: UUID


def act(uow: UnitOfWork, case: Case, fired: Fired) -> RuleAct | None:
    """Act on a worker for what a rule saw, unless it did so before; return the act if it is new.

    While an earlier act of the same rule still lasts, nothing is added to it.
    """
    enrolment = uow.session.get(Enrolment, (case.job.id, case.worker_id), with_for_update=True)
    if enrolment is None or enrolment.state == EnrolmentState.REMOVED or _lasts(uow, case):
        return None
    values = _values(uow, case, fired)
    fresh = insert(RuleAct).values(values).on_conflict_do_nothing().returning(RuleAct.id)
    act_id = uow.session.scalar(fresh)
    if act_id is None:
        return None
    done = uow.get(RuleAct, act_id, "There is no such act.")
    _EFFECTS.get(case.rule.action, _nothing)(uow, done, case.rule)
    if case.rule.action is Action.HOLD:
        enrolment.answers_held = True
    uow.session.flush()
    enforce(uow, case.job.id, case.worker_id)
    thing = f"enrolment:{case.job.id}/{case.worker_id}"
    uow.audit("rule.acted", thing, None, {"rule": str(case.row.id), "act": str(case.rule.action)})
    uow.tell(RuleActed(case.job.id, done.id))
    return done


def end(uow: UnitOfWork, done: RuleAct, state: ActState) -> None:
    """End an act: its time is over, a person lifted it, or its evidence fell.

    What was granted or revoked is put back only where the evidence fell or a person says so.
    """
    ACT.move(done, state, uow.now)
    rule = language.from_json(done.rule)
    uow.session.flush()
    if state is not ActState.DONE:
        _UNDOING.get(rule.action, _nothing)(uow, done, rule)
    if rule.action is Action.HOLD:
        _let_go_answers(uow, done)
    enforce(uow, done.job_id, done.worker_id)
    uow.tell(RuleActed(done.job_id, done.id))


def enforce(uow: UnitOfWork, job_id: UUID, worker_id: UUID) -> None:
    """Pause a worker while an act says so, and let them go on when none does any more.

    Another reason for a pause is left alone; the test on gold is asked again behind us.
    """
    enrolment = uow.session.get(Enrolment, (job_id, worker_id), with_for_update=True)
    if enrolment is None or enrolment.state == EnrolmentState.REMOVED:
        return
    stop = next(
        (one for one in _open(uow, job_id, worker_id) if one.rule["action"] in STOPPING), None
    )
    is_ours = enrolment.state_reason.startswith(BY_RULE)
    if stop and enrolment.state == EnrolmentState.ACTIVE:
        ENROLMENT.move(enrolment, EnrolmentState.PAUSED, uow.now)
        enrolment.state_reason = stop.sentence
    elif stop and is_ours:
        enrolment.state_reason = stop.sentence
    elif is_ours and enrolment.state == EnrolmentState.PAUSED:
        ENROLMENT.move(enrolment, EnrolmentState.ACTIVE, uow.now)
        enrolment.state_reason = ""
        uow.later("review.pause_worker", job_id)


def _values(uow: UnitOfWork, case: Case, fired: Fired) -> dict[str, Any]:
    hours = case.rule.details.get("hours") if case.rule.action is Action.PAUSE else None
    return {
        "id": new_id(),
        "job_id": case.job.id,
        "rule_id": case.row.id,
        "rule_version": case.row.version,
        "worker_id": case.worker_id,
        "rule": language.to_json(case.rule),
        "measures": fired.measures,
        "sentence": sentence(case.rule, fired.measures, case.job.currency),
        "evidence_at": fired.at,
        "at": uow.now,
        "ends_at": uow.now + timedelta(hours=hours) if hours else None,
        "state": ACT.start,
        "state_at": uow.now,
    }


def sentence(rule: Rule, measures: Mapping[str, float], currency: str) -> str:
    """Write what the worker reads: what was seen and what follows, without blame."""
    seen = words.of_measures(rule, measures, currency)
    return f"{BY_RULE}, {_FOLLOWS[rule.action]}. What it looked at: {seen}."


_FOLLOWS = {
    Action.WARN: "we let you know how your work is going",
    Action.TRAIN: "you are paused here until you pass a training",
    Action.GRANT: "you were given a qualification",
    Action.REVOKE: "a qualification was taken back",
    Action.PAUSE: "you are paused here",
    Action.PROPOSE_REMOVAL: "a person was asked whether you go on with this job",
    Action.PROPOSE_SUSPENSION: "a person was asked to look at your account",
    Action.HOLD: "a person looks at your answers before they are approved",
}


def _open(uow: UnitOfWork, job_id: UUID, worker_id: UUID) -> list[RuleAct]:
    own = (RuleAct.job_id == job_id, RuleAct.worker_id == worker_id)
    is_open = RuleAct.state == ActState.OPEN
    return list(uow.session.scalars(select(RuleAct).where(*own, is_open).order_by(RuleAct.id)))


def _lasts(uow: UnitOfWork, case: Case) -> bool:
    if case.rule.action in (Action.GRANT, Action.REVOKE):
        return _is_so_already(uow, case)
    return case.rule.action in LASTING and any(
        one.rule_id == case.row.id for one in _open(uow, case.job.id, case.worker_id)
    )


def _is_so_already(uow: UnitOfWork, case: Case) -> bool:
    """Tell whether the worker holds what would be granted, or lacks what would be revoked."""
    type_id = UUID(case.rule.details["qualification_id"])
    held = qualifications.current_grant(uow, type_id, case.worker_id)
    if case.rule.action is Action.REVOKE:
        return held is None
    value = int(case.rule.details.get("value") or granting.VALUE_ON_REQUEST)
    return held is not None and held.value >= value


def _nothing(_uow: UnitOfWork, _done: RuleAct, _rule: Rule) -> None:
    """Leave all as it is: telling is enough, or enforcing does the rest."""


def _grant(uow: UnitOfWork, done: RuleAct, rule: Rule) -> None:
    kind = qualifications.qualification(uow, UUID(rule.details["qualification_id"]))
    held = qualifications.current_grant(uow, kind.id, done.worker_id)
    done.before = {"value": held.value, "source": held.source} if held else None
    value = int(rule.details.get("value") or granting.VALUE_ON_REQUEST)
    granting.put_grant(uow, kind, done.worker_id, value, f"rule:{done.rule_id}")


def _revoke(uow: UnitOfWork, done: RuleAct, rule: Rule) -> None:
    held = uow.session.get(Grant, (UUID(rule.details["qualification_id"]), done.worker_id))
    if held is not None:
        done.before = {"value": held.value, "source": held.source}
        uow.session.delete(held)


def _take_grant_back(uow: UnitOfWork, done: RuleAct, rule: Rule) -> None:
    """Put back what was held before, unless somebody has granted it anew since."""
    held = uow.session.get(Grant, (UUID(rule.details["qualification_id"]), done.worker_id))
    if held is None or held.source != f"rule:{done.rule_id}":
        return
    if done.before:
        held.value, held.source = done.before["value"], done.before["source"]
    else:
        uow.session.delete(held)


def _give_back(uow: UnitOfWork, done: RuleAct, rule: Rule) -> None:
    kind = qualifications.qualification(uow, UUID(rule.details["qualification_id"]))
    if done.before and qualifications.current_grant(uow, kind.id, done.worker_id) is None:
        before = done.before
        granting.put_grant(uow, kind, done.worker_id, before["value"], before["source"])


def _let_go_answers(uow: UnitOfWork, done: RuleAct) -> None:
    others = _open(uow, done.job_id, done.worker_id)
    enrolment = uow.session.get(Enrolment, (done.job_id, done.worker_id), with_for_update=True)
    if enrolment and not any(one.rule["action"] == Action.HOLD for one in others):
        enrolment.answers_held = False


_EFFECTS = {Action.GRANT: _grant, Action.REVOKE: _revoke}
_UNDOING = {Action.GRANT: _take_grant_back, Action.REVOKE: _give_back}
