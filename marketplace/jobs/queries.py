"""Named reads of jobs, their versions, tasks, media and imports."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import func, select

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.money import Money
from kernel.web import paging
from marketplace.jobs import interface
from marketplace.jobs.models import Import, Job, JobRequirement, JobVersion, Media, Task

INTERFACES_MAX = 500
VERSIONS_MAX = 200
GUIDELINES, INTERFACE, PRICE = "guidelines", "interface", "price"

Row = TypeVar("Row", Task, Media, Import)


@dataclass(frozen=True)
class Founded:
    """Stand for an organisation where a permission asks about a job that is not there yet."""

    organisation_id: UUID


@dataclass(frozen=True)
class InJob(Generic[Row]):
    """Hold one thing of a job together with the job, whose organisation it belongs to."""

    job: Job
    row: Row

    @property
    def organisation_id(self) -> UUID:
        """Return the organisation that may see it."""
        return self.job.organisation_id


_interfaces: OrderedDict[tuple[UUID, int], interface.Interface] = OrderedDict()
_interfaces_lock = threading.Lock()


def job(uow: UnitOfWork, job_id: UUID, lock: bool = False) -> Job:
    """Return a job, locked and read afresh if asked; raise Missing where there is none."""
    if lock:
        uow.session.flush()
    found = uow.session.get(
        Job, job_id, with_for_update={"key_share": True} if lock else None, populate_existing=lock
    )
    if found is None:
        raise Missing("job_unknown", "There is no such job.")
    return found


def job_for_endpoint(uow: UnitOfWork, job_id: UUID) -> Job:
    """Load the job an address names; verbs that change it lock it themselves."""
    return job(uow, job_id)


def jobs(
    uow: UnitOfWork, organisation_ids: Collection[UUID], cursor: str | None, limit: int
) -> paging.Page[Job]:
    """List the jobs of organisations, newest first."""
    theirs = select(Job).where(Job.organisation_id.in_(organisation_ids))
    return paging.page(uow.session, theirs, Job.id, cursor, limit, newest_first=True)


def version(uow: UnitOfWork, job_id: UUID, part: str, number: int) -> JobVersion:
    """Return one version of a job's guidelines, interface or price."""
    sentence = f"This job has no version {number} of its {part}."
    return uow.get(JobVersion, (job_id, part, number), sentence)


def versions(uow: UnitOfWork, job_id: UUID, part: str) -> Sequence[JobVersion]:
    """List the versions of a part of a job, the newest first."""
    own = (JobVersion.job_id == job_id, JobVersion.part == part)
    order = JobVersion.version.desc()
    query = select(JobVersion).where(*own).order_by(order).limit(VERSIONS_MAX)
    return uow.session.scalars(query).all()


def has_guidelines(uow: UnitOfWork, job: Job) -> bool:
    """Tell whether a job says in words what a good answer is."""
    return bool(version(uow, job.id, GUIDELINES, job.guidelines_version).content.strip())


def first_tasks(uow: UnitOfWork, job_id: UUID, count: int) -> Sequence[Task]:
    """Return the first plain tasks of a job in the order of import, for looking at them."""
    plain = (Task.job_id == job_id, Task.lane < 2)
    return uow.session.scalars(
        select(Task).where(*plain).order_by(Task.position).limit(count)
    ).all()


def interface_of(uow: UnitOfWork, job_id: UUID, number: int) -> interface.Interface:
    """Return a parsed version of a job's interface, kept in this process: versions never change."""
    key = (job_id, number)
    with _interfaces_lock:
        if key in _interfaces:
            _interfaces.move_to_end(key)
            return _interfaces[key]
    parsed = interface.parse(version(uow, job_id, INTERFACE, number).content)
    with _interfaces_lock:
        _interfaces[key] = parsed
        if len(_interfaces) > INTERFACES_MAX:
            _interfaces.popitem(last=False)
    return parsed


def price_of(uow: UnitOfWork, job: Job) -> tuple[int, int]:
    """Return what one answer costs now: the worker's reward and our fee, in micros."""
    price = version(uow, job.id, PRICE, job.price_version)
    assert price.reward_micros is not None and price.fee_micros is not None, "prices hold both"
    return price.reward_micros, price.fee_micros


def reward_of(uow: UnitOfWork, job: Job) -> Money:
    """Return what a worker gets for one answer now."""
    return Money(price_of(uow, job)[0], job.currency)


def slot_cost(uow: UnitOfWork, job: Job) -> Money:
    """Return what one slot reserves now: reward and fee."""
    return Money(sum(price_of(uow, job)), job.currency)


def requirements(uow: UnitOfWork, job_id: UUID) -> Sequence[JobRequirement]:
    """List what a job asks of workers, in the order written."""
    asked = select(JobRequirement).where(JobRequirement.job_id == job_id)
    return uow.session.scalars(asked.order_by(JobRequirement.place)).all()


def tasks(uow: UnitOfWork, job_id: UUID, cursor: str | None, limit: int) -> paging.Page[Task]:
    """List the tasks of a job in the order of import."""
    own = select(Task).where(Task.job_id == job_id)
    return paging.page(uow.session, own, Task.id, cursor, limit)


def task(uow: UnitOfWork, job_id: UUID, task_id: UUID) -> Task:
    """Return one task of a job."""
    return uow.get(Task, (job_id, task_id), "This job has no such task.")


def tasks_by_state(uow: UnitOfWork, job_id: UUID) -> dict[str, int]:
    """Count the tasks of a job by state, gold left out."""
    plain = (Task.job_id == job_id, Task.lane < 2)
    counted = select(Task.state, func.count().label("n")).where(*plain).group_by(Task.state)
    return {row.state: row.n for row in uow.session.execute(counted)}


def settled_counts(uow: UnitOfWork, job_ids: Collection[UUID]) -> dict[UUID, int]:
    """Count the settled tasks of several jobs, gold left out; one statement."""
    done = (Task.job_id.in_(job_ids), Task.lane < 2, Task.state == "settled")
    counted = select(Task.job_id, func.count().label("n")).where(*done).group_by(Task.job_id)
    return {row.job_id: row.n for row in uow.session.execute(counted)}


def open_gold_count(uow: UnitOfWork, job_id: UUID) -> int:
    """Count the gold tasks of a job that can be handed out."""
    usable = (Task.job_id == job_id, Task.lane == 2, Task.state != "withdrawn")
    return uow.session.scalar(select(func.count()).where(*usable)) or 0


def media(uow: UnitOfWork, job_id: UUID, name: str) -> Media:
    """Return one uploaded file of a job."""
    return uow.get(Media, (job_id, name), "This job has no file of that name.")


def media_names(uow: UnitOfWork, job_id: UUID) -> frozenset[str]:
    """Return the names of all files of a job."""
    return frozenset(uow.session.scalars(select(Media.name).where(Media.job_id == job_id)))


def import_of(uow: UnitOfWork, import_id: UUID) -> Import:
    """Return one import."""
    return uow.get(Import, import_id, "There is no such import.")


def task_in_job(uow: UnitOfWork, job_id: UUID, task_id: UUID) -> InJob[Task]:
    """Load the task an address names."""
    return InJob(job(uow, job_id), task(uow, job_id, task_id))


def media_in_job(uow: UnitOfWork, job_id: UUID, name: str) -> InJob[Media]:
    """Load the file an address names."""
    return InJob(job(uow, job_id), media(uow, job_id, name))


def import_in_job(uow: UnitOfWork, import_id: UUID) -> InJob[Import]:
    """Load the import an address names."""
    asked = import_of(uow, import_id)
    return InJob(job(uow, asked.job_id), asked)
