"""Append versions of a job's guidelines and interface; what workers saw once never changes."""

from __future__ import annotations

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from marketplace.jobs import events, interface, queries
from marketplace.jobs.models import Job, JobVersion
from marketplace.jobs.states import LIVE, JobState

GUIDELINES_BYTES_MAX = 50 * 1024


def change_guidelines(uow: UnitOfWork, job: Job, content: str) -> Job:
    """Give a job new guidelines; workers read and confirm them before their next task."""
    job = live(uow, job)
    check_guidelines(content)
    job.guidelines_version += 1
    append_text(uow, job, queries.GUIDELINES, content)
    if job.state != JobState.DRAFT:
        uow.tell(events.GuidelinesChanged(job.id))
    return job


def change_interface(uow: UnitOfWork, job: Job, content: str) -> Job:
    """Give a job a new interface; once published, only one under which answers mean the same."""
    job = live(uow, job)
    parsed = interface.parse(content)
    before = queries.interface_of(uow, job.id, job.interface_version)
    if job.state != JobState.DRAFT and interface.meaning(parsed) != interface.meaning(before):
        raise Refused(
            "interface_meaning_changed",
            "Answers given so far would mean something else under this interface. Wording, hints, "
            "keys and layout may change; questions, classes and what is shown may not. "
            "Please post a new job instead.",
        )
    job.interface_version += 1
    append_text(uow, job, queries.INTERFACE, content)
    return job


def append(uow: UnitOfWork, job: Job, draft: JobVersion) -> None:
    """Keep a draft as the version of its part that the job names now."""
    draft.job_id = job.id
    draft.version = getattr(job, f"{draft.part}_version")
    draft.created_at = uow.now
    draft.created_by = uow.identity.user_id or job.created_by
    uow.session.add(draft)
    uow.session.flush()
    uow.audit(f"job.{draft.part}_changed", f"job:{job.id}", after={"version": draft.version})


def append_text(uow: UnitOfWork, job: Job, part: str, content: str) -> None:
    """Keep a text as the version of a part that the job names now."""
    append(uow, job, JobVersion(part=part, content=content))


def live(uow: UnitOfWork, job: Job) -> Job:
    """Lock a job and return it as it is now; refuse one that has ended."""
    job = queries.job(uow, job.id, lock=True)
    if job.state not in LIVE:
        raise Conflict(f"job_{job.state}", f"This job is {job.state}, so it cannot change.")
    return job


def check_guidelines(content: str) -> None:
    """Refuse guidelines that are too long to be read."""
    if len(content.encode()) > GUIDELINES_BYTES_MAX:
        raise Refused(
            "guidelines_too_long",
            f"Guidelines may have at most {GUIDELINES_BYTES_MAX // 1024} KB. Please shorten them.",
        )
