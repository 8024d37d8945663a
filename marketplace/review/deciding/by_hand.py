"""Decide about answers by hand: approve or reject many at once, each on its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, update

from kernel.db import UnitOfWork
from kernel.errors import Conflict, DomainError, Missing, Refused
from kernel.types import decode_pair, new_id
from marketplace.assignments.models import Assignment
from marketplace.assignments.queries import source
from marketplace.assignments.states import ASSIGNMENT, AssignmentState
from marketplace.config import policy
from marketplace.jobs import queries
from marketplace.jobs.models import Job
from marketplace.review.deciding import limits, overturning
from marketplace.review.events import AnswersRejected
from marketplace.review.models import Decision
from marketplace.review.settling import approving, evidence, labels, tasks
from qualification import trust

DECISIONS_MAX = 200
SENTENCE_MIN, SENTENCE_MAX = 10, 1_000
REASONS = ("wrong", "careless", "incomplete", "against_guidelines", "spam")
APPROVE, REJECT = "approve", "reject"
REVIEW_VERSION = 1


@dataclass(frozen=True)
class Wish:
    """What a person wants of one answer; rejecting names a reason and says why in a sentence."""

    assignment: str
    act: str
    reason: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one wish: approved, rejected, or refused with a reason."""

    assignment: str
    status: str
    decision_id: UUID | None = None
    code: str | None = None
    detail: str | None = None


@dataclass(frozen=True)
class _Chosen:
    wish: Wish
    answer: Row[Any]


def decide(uow: UnitOfWork, job: Job, wishes: Sequence[Wish]) -> list[Outcome]:
    """Approve and reject answers of a job; the outcomes are in the order given.

    All rejections of one worker for one reason and sentence are one decision, which they may
    appeal as a whole. A rejected answer is not paid and not used: its task is settled without it.
    """
    if len(wishes) > DECISIONS_MAX:
        raise Refused(
            "decisions_too_many", f"Decide about at most {DECISIONS_MAX} answers at once."
        )
    job = queries.job(uow, job.id, lock=True)
    answers = _load(uow, job, wishes)
    held = limits.load(uow, job, {answer.worker_id for answer in answers.values()})
    chosen: dict[str, _Chosen] = {}
    refused: dict[int, Outcome] = {}
    for place, wish in enumerate(wishes):
        try:
            if wish.assignment in chosen:
                raise Refused("answer_twice", "The same answer is decided twice in what you sent.")
            chosen[wish.assignment] = _Chosen(wish, _checked(wish, answers, held))
        except DomainError as refusal:
            refused[place] = Outcome(
                wish.assignment, "refused", None, refusal.code, refusal.sentence
            )
    limits.keep(uow, held)
    decided = _apply(uow, job, list(chosen.values()))
    return [refused.get(place) or decided[wish.assignment] for place, wish in enumerate(wishes)]


def _load(uow: UnitOfWork, job: Job, wishes: Sequence[Wish]) -> dict[str, Row[Any]]:
    """Lock the tasks, then the answers, and return the answers by outward id."""
    ids: dict[UUID, str] = {}
    for wish in wishes:
        try:
            job_id, assignment_id = decode_pair(wish.assignment)
        except Missing:
            continue
        if job_id == job.id:
            ids[assignment_id] = wish.assignment
    named = (Assignment.job_id == job.id, Assignment.id.in_(ids))
    task_ids = set(uow.session.scalars(select(Assignment.task_id).where(*named)))
    evidence.lock_tasks(uow, job.id, task_ids)
    rows = uow.session.execute(
        select(*Assignment.__table__.columns)
        .where(*named)
        .order_by(Assignment.id)
        .with_for_update(key_share=True)
    )
    return {ids[row.id]: row for row in rows}


def _checked(wish: Wish, answers: Mapping[str, Row[Any]], held: limits.Limits) -> Row[Any]:
    """Return the answer a wish is about, or raise why the wish is refused."""
    answer = answers.get(wish.assignment)
    if answer is None or answer.given is None:
        raise Missing("answer_unknown", "This job has no such answer.")
    if answer.state == AssignmentState.CLAIMED or answer.settled_at is None:
        raise Conflict("answer_not_final", "This answer may still change. Decide a bit later.")
    if wish.act == REJECT:
        _check_rejection(wish, answer)
        held.take(answer.worker_id)
    return answer


def _check_rejection(wish: Wish, answer: Row[Any]) -> None:
    ASSIGNMENT.check(answer.state, AssignmentState.REJECTED)
    if wish.reason not in REASONS:
        raise Refused("reason_unknown", f"Choose one of these reasons: {', '.join(REASONS)}.")
    if not SENTENCE_MIN <= len(wish.sentence.strip()) <= SENTENCE_MAX:
        raise Refused(
            "sentence_needed",
            f"Tell the worker why, in {SENTENCE_MIN} to {SENTENCE_MAX} characters.",
        )
    if answer.gold_version is not None:
        raise Refused("gold_always_paid", "A check task is work: its answers are always paid.")
    if answer.taken_at is not None:
        raise Refused(
            "answer_taken", "This answer went into an export, which approved it. It stays paid."
        )


def _apply(uow: UnitOfWork, job: Job, chosen: Sequence[_Chosen]) -> dict[str, Outcome]:
    rejected = [one for one in chosen if one.wish.act == REJECT]
    kept = [one.answer for one in chosen if one.wish.act == APPROVE]
    fresh = [answer for answer in kept if answer.state == AssignmentState.SUBMITTED]
    fallen = [answer for answer in kept if answer.state == AssignmentState.REJECTED]
    approving.lock_accounts(uow, job, [*fresh, *fallen])
    approving.approve(uow, job, fresh, uow.identity.actor)
    decisions = _reject(uow, job, rejected)
    accepted = [(answer, True) for answer in fresh]
    refused = [(one.answer, False) for one in rejected]
    _remember(uow, job, [*accepted, *refused])
    if rejected:
        locked = evidence.lock_tasks(uow, job.id, {one.answer.task_id for one in rejected})
        tasks.settle(uow, job, locked, labels.REJECTION)
    if fallen:
        overturning.overturn(uow, job, fallen, uow.identity.actor)
    return {
        one.wish.assignment: Outcome(
            one.wish.assignment, _PAST[one.wish.act], decisions.get(one.answer.id)
        )
        for one in chosen
    }


_PAST = {APPROVE: "approved", REJECT: "rejected"}


def _reject(uow: UnitOfWork, job: Job, rejected: Sequence[_Chosen]) -> dict[UUID, UUID]:
    """Move the answers, one decision per worker, reason and sentence; return them by answer."""
    groups: dict[tuple[UUID, str, str], list[Row[Any]]] = {}
    for one in rejected:
        key = (one.answer.worker_id, one.wish.reason, one.wish.sentence.strip())
        groups.setdefault(key, []).append(one.answer)
    decisions: dict[UUID, UUID] = {}
    for (worker_id, reason, sentence), answers in groups.items():
        decision_id = _write_decision(uow, job, worker_id, (reason, sentence), answers)
        decisions |= {answer.id: decision_id for answer in answers}
    counts = Counter(one.answer.task_id for one in rejected)
    if counts:
        values = {"job": job.id, "tasks": list(counts), "counts": list(counts.values())}
        uow.session.execute(_MORE_ROOM, values)
    return decisions


def _write_decision(
    uow: UnitOfWork,
    job: Job,
    worker_id: UUID,
    why: tuple[str, str],
    answers: Sequence[Row[Any]],
) -> UUID:
    user_id = uow.identity.user_id
    assert user_id is not None, "only people reject"
    decision_id, appeal_until = new_id(), uow.now + timedelta(days=policy().appeal_days)
    uow.session.execute(
        insert(Decision).values(
            id=decision_id,
            job_id=job.id,
            worker_id=worker_id,
            reason=why[0],
            sentence=why[1],
            answers_count=len(answers),
            decided_by=user_id,
            at=uow.now,
            appeal_until=appeal_until,
        )
    )
    uow.session.execute(
        update(Assignment)
        .where(Assignment.job_id == job.id, Assignment.id.in_([one.id for one in answers]))
        .values(
            state=AssignmentState.REJECTED,
            state_at=uow.now,
            decided_by=uow.identity.actor,
            decision_id=decision_id,
            held_until=appeal_until,
        )
        .execution_options(synchronize_session=False)
    )
    what = {"reason": why[0], "answers": len(answers), "worker": str(worker_id)}
    uow.audit("answers.rejected", f"decision:{decision_id}", after=what)
    uow.tell(AnswersRejected(job.id, decision_id, worker_id))
    return decision_id


def _remember(uow: UnitOfWork, job: Job, reviewed: Sequence[tuple[Row[Any], bool]]) -> None:
    outcomes = [
        trust.ReviewOutcome(
            answer.worker_id, source(job.id, answer.id), REVIEW_VERSION, is_accepted, uow.now
        )
        for answer, is_accepted in reviewed
        if answer.gold_version is None
    ]
    trust.record_review(uow, job.id, outcomes)


# A rejected answer keeps its slot, so the task needs room for the one that replaces it.
_MORE_ROOM = text(
    "UPDATE tasks t SET slots_max = t.slots_max + n.count"
    " FROM unnest(CAST(:tasks AS uuid[]), CAST(:counts AS int[])) AS n (id, count)"
    " WHERE t.job_id = :job AND t.id = n.id"
)
