"""Stop a worker on one job: remove them by hand, or pause them while gold says they fall short.

Four switches are separate: remove the worker, leave their answers out, buy others in their place,
and withhold pay, which is rejecting (see by_hand). A rule may pause; only a person removes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.types import encode_pair
from marketplace.assignments.models import Enrolment
from marketplace.assignments.states import ENROLMENT, EnrolmentState
from marketplace.jobs import queries, slots
from marketplace.jobs.models import Job
from marketplace.review.deciding import by_hand
from marketplace.review.events import WorkerRemoved
from marketplace.review.settling import evidence, labels, tasks
from qualification.models import GoldRecord

TASKS_MAX = 200
ON_GOLD = "On check tasks"
EXCLUDE, REISSUE = "exclude", "reissue"


@dataclass(frozen=True)
class Removal:
    """Whom to remove from a job, why, and what becomes of their answers."""

    worker_id: UUID
    sentence: str
    exclude_answers: bool = False
    replace_answers: bool = False
    withhold_pay: bool = False
    reason: str = ""


def remove(uow: UnitOfWork, job: Job, removal: Removal) -> Enrolment:
    """Remove a worker from a job; what they have earned stays theirs, and they may appeal."""
    withheld = _withhold(uow, job, removal) if removal.withhold_pay else 0
    enrolment = _enrolment(uow, job.id, removal.worker_id)
    before = enrolment.state
    ENROLMENT.move(enrolment, EnrolmentState.REMOVED, uow.now)
    enrolment.state_reason = removal.sentence
    enrolment.answers_excluded = enrolment.answers_excluded or removal.exclude_answers
    asked = {EXCLUDE: removal.exclude_answers, REISSUE: removal.replace_answers}
    switches = [switch for switch, is_on in asked.items() if is_on]
    if switches:
        key = f"{job.id}/{removal.worker_id}/{'+'.join(switches)}"
        uow.later("review.replace_answers", key)
    thing = f"enrolment:{job.id}/{removal.worker_id}"
    uow.audit("worker.removed", thing, str(before), {"switches": switches, "withheld": withheld})
    uow.tell(WorkerRemoved(job.id, removal.worker_id))
    return enrolment


def _withhold(uow: UnitOfWork, job: Job, removal: Removal) -> int:
    """Reject what the worker has handed in and nobody has decided, or refuse the whole removal.

    It is rejecting and nothing else: with a reason, within the limits, open to appeal. Check tasks
    and what is approved stay paid.
    """
    ids = uow.session.scalars(_UNDECIDED, {"job": job.id, "worker": removal.worker_id}).all()
    for start in range(0, len(ids), by_hand.DECISIONS_MAX):
        some = ids[start : start + by_hand.DECISIONS_MAX]
        wishes = [
            by_hand.Wish(encode_pair(job.id, id), by_hand.REJECT, removal.reason, removal.sentence)
            for id in some
        ]
        for outcome in by_hand.decide(uow, job, wishes):
            if outcome.code:
                raise Refused(outcome.code, outcome.detail or "An answer cannot be rejected.")
    return len(ids)


def take_back(uow: UnitOfWork, job_id: UUID, worker_id: UUID) -> None:
    """Let a removed worker work on a job again, and count their answers."""
    enrolment = _enrolment(uow, job_id, worker_id)
    if enrolment.state != EnrolmentState.REMOVED:
        return
    ENROLMENT.move(enrolment, EnrolmentState.ACTIVE, uow.now)
    enrolment.state_reason = ""
    if enrolment.answers_excluded:
        enrolment.answers_excluded = False
        uow.later("review.replace_answers", f"{job_id}/{worker_id}/{EXCLUDE}")
    uow.audit("worker.taken_back", f"enrolment:{job_id}/{worker_id}")


def replace_answers(uow: UnitOfWork, key: str, after: UUID) -> UUID | None:
    """Settle some tasks of a removed worker anew; return the last one, None when all are done.

    The key is `job/worker/switches`. With `reissue` a task gets room for one more answer for each
    answer left out (or one more slot where none is open), and money permitting the slot itself.
    """
    job_id, worker_id, switches = _parts(key)
    job = queries.job(uow, job_id, lock=True)
    values = {"job": job_id, "worker": worker_id, "after": after, "most": TASKS_MAX}
    task_ids: Sequence[UUID] = uow.session.scalars(_THEIR_TASKS, values).all()
    if not task_ids:
        return None
    locked = evidence.lock_tasks(uow, job_id, task_ids)
    if REISSUE in switches:
        uow.session.execute(_ROOM, {"job": job_id, "tasks": task_ids, "most": job.answers_max})
        locked = evidence.lock_tasks(uow, job_id, task_ids)
    tasks.settle(uow, job, locked, labels.REJECTION)
    if REISSUE in switches and EXCLUDE not in switches:
        _buy_one_more(uow, job, locked)
    return task_ids[-1]


def compare_with_gold(uow: UnitOfWork, job_id: UUID) -> None:
    """Pause whom gold says falls short on a job, and let go on whom it no longer does.

    A pause stops new claims only: what the worker holds is honoured until its deadline.
    """
    job = queries.job(uow, job_id)
    rows = uow.session.execute(
        select(Enrolment, GoldRecord)
        .join(
            GoldRecord,
            (GoldRecord.job == Enrolment.job_id) & (GoldRecord.worker_id == Enrolment.worker_id),
        )
        .where(Enrolment.job_id == job_id)
        .order_by(Enrolment.worker_id)
        .with_for_update(of=Enrolment, key_share=True)
    )
    for enrolment, record in rows:
        falls_short = record.fell_short_at is not None
        if falls_short and enrolment.state == EnrolmentState.ACTIVE:
            _pause(uow, job, enrolment, record)
        is_paused = enrolment.state == EnrolmentState.PAUSED
        if not falls_short and is_paused and enrolment.state_reason.startswith(ON_GOLD):
            ENROLMENT.move(enrolment, EnrolmentState.ACTIVE, uow.now)
            enrolment.state_reason = ""


def _pause(uow: UnitOfWork, job: Job, enrolment: Enrolment, record: GoldRecord) -> None:
    ENROLMENT.move(enrolment, EnrolmentState.PAUSED, uow.now)
    seen = record.right + record.wrong
    enrolment.state_reason = (
        f"{ON_GOLD} {record.right} of {seen} answers were right;"
        f" the job asks for at least {float(job.gold_minimum):.0%}."
    )
    uow.audit("worker.paused", f"enrolment:{job.id}/{enrolment.worker_id}")


def _enrolment(uow: UnitOfWork, job_id: UUID, worker_id: UUID) -> Enrolment:
    sentence = "This worker does not work on this job."
    return uow.get(Enrolment, (job_id, worker_id), sentence, lock=True)


def _parts(key: str) -> tuple[UUID, UUID, set[str]]:
    job_id, worker_id, switches = key.split("/")
    return UUID(job_id), UUID(worker_id), set(switches.split("+"))


def _buy_one_more(uow: UnitOfWork, job: Job, locked: Sequence[Row[Any]]) -> None:
    """Open a slot on each task that has none open and nothing pending: buying once is enough."""
    known = evidence.load(uow, job.id, [task.id for task in locked])
    wanting = [
        task.id
        for task in evidence.lock_tasks(uow, job.id, known)
        if not task.slots_open and not known[task.id].pending_count
    ]
    slots.open_one_more(uow, job, wanting)


_UNDECIDED = text(
    "SELECT a.id FROM assignments a WHERE a.job_id = :job AND a.worker_id = :worker"
    " AND a.state = 'submitted' AND a.settled_at IS NOT NULL AND a.gold_version IS NULL"
    " AND a.given IS NOT NULL AND a.taken_at IS NULL ORDER BY a.id"
)
_THEIR_TASKS = text(
    "SELECT DISTINCT a.task_id FROM assignments a WHERE a.job_id = :job AND a.worker_id = :worker"
    " AND a.gold_version IS NULL AND a.given IS NOT NULL AND a.task_id > :after"
    " ORDER BY a.task_id LIMIT :most"
)
# Counted from what is there, so that doing it twice makes no more room than doing it once.
_ROOM = text(
    """
UPDATE tasks t SET slots_max = GREATEST(t.slots_max, :most + (
    SELECT count(*) FROM assignments a
    LEFT JOIN enrolments e ON e.job_id = a.job_id AND e.worker_id = a.worker_id
    WHERE a.job_id = :job AND a.task_id = t.id
      AND (a.state = 'rejected' OR a.state IN ('submitted', 'approved') AND e.answers_excluded)))
WHERE t.job_id = :job AND t.id = ANY (CAST(:tasks AS uuid[]))
"""
)
