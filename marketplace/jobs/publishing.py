"""Move a job through its life: publish, fund, pause, resume, complete, close, cancel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import array

from consensus.questions import Question
from kernel.db import UnitOfWork
from kernel.errors import Conflict, Denied, Refused
from kernel.money import Money
from kernel.types import new_id
from marketplace.config import policy
from marketplace.jobs import events, interface, pricing, queries, slots
from marketplace.jobs.models import Job, Task
from marketplace.jobs.states import JOB, LIVE, JobState
from payouts import funding

GOLD_IS_OUT = (
    "The budget for check tasks is used up, so no tasks are handed out for now. "
    "The job goes on by itself when money is added."
)
ENDED = (JobState.CLOSED, JobState.CANCELLED)
BATCH = 1_000


def publish(uow: UnitOfWork, job: Job) -> Job:
    """Open a draft to workers: gold slots first, then tasks in rank order as the budget reaches."""
    if not (uow.identity.is_confirmed or uow.identity.is_system):
        raise Denied("email_unconfirmed", "Please confirm your e-mail address first.")
    job = queries.job(uow, job.id, lock=True)
    _refuse_stopped(job)
    if job.state != JobState.DRAFT:
        raise Conflict("job_published", f"This job was published before; it is {job.state}.")
    check_ready(uow, job)
    _freeze_fee(uow, job)
    job.gold_low_water = pricing.low_water(job)
    missing = pricing.missing_to_start(uow, job)
    if missing.micros:
        raise Refused(
            "job_unfunded",
            f"The job's budget is {missing} short of its check tasks and the answers of one task.",
            missing=missing.amount,
            currency=missing.currency,
        )
    JOB.move(job, JobState.OPEN, uow.now)
    job.published_at = uow.now
    open_slots(uow, job)
    uow.audit("job.published", f"job:{job.id}", after={"price_version": job.price_version})
    uow.tell(events.JobPublished(job.id))
    return job


def check_ready(uow: UnitOfWork, job: Job) -> None:
    """Refuse a job that lacks something other than money to be published."""
    shape = queries.interface_of(uow, job.id, job.interface_version)
    if job.tasks_count == 0:
        raise Refused("job_empty", "This job has no tasks yet. Import at least one first.")
    _check_tasks_fit(uow, job, shape)
    if not queries.has_guidelines(uow, job):
        sentence = "This job has no guidelines yet. Please tell workers what a good answer is."
        raise Refused("guidelines_missing", sentence)
    pricing.check_pay_floor(job, queries.reward_of(uow, job))
    needed = pricing.gold_needed(job)
    if job.gold_count < needed:
        raise Refused(
            "gold_missing",
            f"This job has {job.gold_count} gold tasks and needs at least {needed}. Import tasks "
            "with a known answer, or set gold every to 0 to go without checks.",
            needed=needed,
        )


def fund(uow: UnitOfWork, job: Job, amount: Money) -> Job:
    """Put money of the organisation into the job, and open what waited for it."""
    job = queries.job(uow, job.id, lock=True)
    if job.state not in LIVE:
        raise Conflict(f"job_{job.state}", f"This job is {job.state}, so it takes no money.")
    if amount.currency != job.currency:
        raise Refused("currency_differs", f"This job pays in {job.currency}.")
    is_published = job.state != JobState.DRAFT
    if is_published:
        slots.lock_waiting(uow, job)
    funding.fund(uow, job.id, job.organisation_id, amount, f"{job.id}:{new_id()}")
    if is_published:
        open_slots(uow, job)
    if job.pause_reason == GOLD_IS_OUT and not slots.is_gold_out(uow, job):
        job = _go_on(uow, job)
    uow.audit("job.funded", f"job:{job.id}", after={"amount": str(amount)})
    uow.tell(events.JobFunded(job.id))
    return job


def open_slots(uow: UnitOfWork, job: Job) -> None:
    """Open the slots that wait and are not held, gold first, as far as the budget reaches."""
    if job.gold_every:
        slots.refill_gold(uow, job)
    slots.open_waiting(uow, job)


def pause(uow: UnitOfWork, job: Job, reason: str = "") -> Job:
    """Stop handing out tasks; open claims and answers go on as usual."""
    job = _move(uow, job, JobState.PAUSED, "job.paused")
    job.pause_reason = reason
    uow.tell(events.JobPaused(job.id))
    return job


def stop(uow: UnitOfWork, job: Job, reason: str) -> Job:
    """Stop a job as an admin, with a reason its managers read; only an admin lifts it."""
    job = queries.job(uow, job.id, lock=True)
    job.stop_reason = reason
    uow.audit("job.stopped", f"job:{job.id}", after={"reason": reason})
    if JOB.allows(job.state, JobState.PAUSED):
        return pause(uow, job, f"Stopped by an admin: {reason}")
    uow.tell(events.JobStopped(job.id))
    return job


def lift_stop(uow: UnitOfWork, job: Job) -> Job:
    """Let a stopped job go on; its managers resume it themselves."""
    job = queries.job(uow, job.id, lock=True)
    before, job.stop_reason = job.stop_reason, ""
    uow.audit("job.stop_lifted", f"job:{job.id}", {"reason": before})
    uow.tell(events.JobStopped(job.id))
    return job


def pause_all(uow: UnitOfWork, organisation_id: UUID, reason: str) -> None:
    """Stop handing out tasks of every job of an organisation."""
    own = select(Job).where(Job.organisation_id == organisation_id).order_by(Job.id)
    for job in uow.session.scalars(own).all():
        if JOB.allows(job.state, JobState.PAUSED):
            pause(uow, job, reason)


def resume(uow: UnitOfWork, job: Job) -> Job:
    """Hand out tasks again, or refuse while nothing pays for the check tasks."""
    job = queries.job(uow, job.id, lock=True)
    if job.state != JobState.PAUSED:
        raise Conflict("job_not_paused", f"This job is {job.state}; only a paused one resumes.")
    _refuse_stopped(job)
    slots.lock_waiting(uow, job)
    job = _go_on(uow, job)
    open_slots(uow, job)
    if job.gold_every and slots.is_gold_out(uow, job):
        raise Refused("gold_unfunded", "The budget for check tasks is used up. Please add money.")
    return job


def complete(uow: UnitOfWork, job: Job) -> Job:
    """Note that every task has its label; open slots go back to the budget, which stays."""
    job = _move(uow, job, JobState.COMPLETED, "job.completed")
    slots.drop_open(uow, job)
    return job


def close(uow: UnitOfWork, job: Job) -> Job:
    """End a job: no new claims ever; its free money goes back to the organisation at once."""
    return _end(uow, job, JobState.CLOSED, "job.closed")


def cancel(uow: UnitOfWork, job: Job) -> Job:
    """Call a job off: as closing, but from any live state."""
    return _end(uow, job, JobState.CANCELLED, "job.cancelled")


def return_leftovers(uow: UnitOfWork, job_id: UUID) -> bool:
    """Return what came free on an ended job; tell whether some of its money is still reserved."""
    job = queries.job(uow, job_id, lock=True)
    if job.state not in ENDED:
        return False
    slots.drop_open(uow, job)
    funding.close(uow, job.id, job.organisation_id, job.currency, f"{job.id}:{new_id()}")
    return slots.reserved(uow, job).micros > 0


def pause_unchecked(uow: UnitOfWork, job_id: UUID) -> None:
    """Pause a job whose gold slots and budget are used up: checking never stops silently."""
    job = queries.job(uow, job_id, lock=True)
    if JOB.allows(job.state, JobState.PAUSED) and slots.is_gold_out(uow, job):
        pause(uow, job, GOLD_IS_OUT)


def _refuse_stopped(job: Job) -> None:
    if job.stop_reason:
        raise Denied("job_stopped", f"An admin stopped this job: {job.stop_reason}")


def _go_on(uow: UnitOfWork, job: Job) -> Job:
    job = _move(uow, job, JobState.OPEN, "job.resumed")
    job.pause_reason = ""
    return job


def _end(uow: UnitOfWork, job: Job, state: JobState, act: str) -> Job:
    job = _move(uow, job, state, act)
    return_leftovers(uow, job.id)
    uow.tell(events.JobClosed(job.id))
    # Whoever opened a slot in the same moment has not seen this; the chore looks again.
    uow.later("jobs.release_leftovers", job.id)
    return job


def _move(uow: UnitOfWork, job: Job, state: JobState, act: str) -> Job:
    job = queries.job(uow, job.id, lock=True)
    before = str(job.state)
    JOB.move(job, state, uow.now)
    uow.audit(act, f"job:{job.id}", {"state": before}, {"state": str(state)})
    return job


def _freeze_fee(uow: UnitOfWork, job: Job) -> None:
    """Take today's fee for good; where it differs from the draft's, the price gets a version."""
    if job.fee_basis_points != policy().fee_basis_points:
        job.fee_basis_points = policy().fee_basis_points
        pricing.append_price(uow, job, queries.reward_of(uow, job))


def _check_tasks_fit(uow: UnitOfWork, job: Job, shape: interface.Interface) -> None:
    """Refuse tasks that were imported for another interface than the job has now."""
    fields = array(list(interface.fields(shape)))
    lacking = (Task.job_id == job.id, ~Task.data.has_all(fields))
    count = uow.session.scalar(select(func.count()).where(*lacking)) or 0
    questions = interface.questions(shape)
    count += sum(not _fits(known, questions) for known in _known_answers(uow, job))
    if count:
        raise Refused(
            "tasks_do_not_fit",
            f"{count} tasks were imported for another interface: fields or classes that it names "
            "are missing. Please post a new job with this interface and import them there.",
            count=count,
        )


def _known_answers(uow: UnitOfWork, job: Job) -> Iterator[Mapping[str, Any]]:
    gold = select(Task.known).where(Task.job_id == job.id, Task.lane == slots.GOLD_LANE)
    for known in uow.session.scalars(gold.execution_options(yield_per=BATCH)):
        assert known is not None, "gold has a known answer"
        yield known


def _fits(known: Mapping[str, Any], questions: Mapping[str, Question]) -> bool:
    return all(name in questions and questions[name].takes(known[name]) for name in known)
