"""A worker's standing: registered, suspended, reinstated, closed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import workers.queries
import workers.service
from kernel.audit import AuditEntry
from kernel.db import Database
from kernel.errors import Conflict, Denied, Missing
from kernel.events import OutboxRow
from kernel.identity import Identity
from kernel.types import new_id
from workers.models import Worker
from workers.states import Standing

ADMIN = Identity(user_id=new_id(), is_admin=True)


@pytest.fixture
def worker(database: Database) -> Worker:
    with database.unit_of_work() as uow:
        workers.service.register(uow, "fr", [], adult_consent=False)
        return workers.service.register(uow, "de", ["EN", "de", "en"], adult_consent=True)


def test_a_new_worker_is_in_good_standing_under_a_pseudonym(worker: Worker) -> None:
    assert worker.state == Standing.GOOD
    assert (worker.country, worker.languages) == ("DE", ["de", "en"])
    assert len(worker.handle) == workers.service.HANDLE_CHARACTERS
    workers.service.require_good(worker)


def test_suspending_keeps_the_reason_tells_and_is_audited(
    database: Database, worker: Worker
) -> None:
    with database.unit_of_work(ADMIN) as uow:
        workers.service.suspend(uow, worker, "Two accounts.")
    with database.unit_of_work() as uow:
        found = workers.queries.worker(uow, worker.id)
        assert (found.state, found.state_reason) == (Standing.SUSPENDED, "Two accounts.")
        assert list(uow.session.scalars(select(OutboxRow.name))) == ["workers.WorkerSuspended"]
        entry = uow.session.scalars(select(AuditEntry)).one()
        assert (entry.actor, entry.act) == (f"user:{ADMIN.user_id}", "worker.suspended")
        assert (entry.thing, entry.before, entry.after) == (
            f"worker:{worker.id}",
            "good",
            "suspended",
        )
        with pytest.raises(Denied, match="Two accounts"):
            workers.service.require_good(found)


def test_a_suspended_worker_can_be_reinstated_once(database: Database, worker: Worker) -> None:
    with database.unit_of_work(ADMIN) as uow:
        workers.service.suspend(uow, worker, "Two accounts.")
    with database.unit_of_work(ADMIN) as uow:
        workers.service.reinstate(uow, worker, "They are siblings.")
    with database.unit_of_work() as uow:
        workers.service.require_good(workers.queries.worker(uow, worker.id))
        names = uow.session.scalars(select(OutboxRow.name).order_by(OutboxRow.id))
        assert list(names) == ["workers.WorkerSuspended", "workers.WorkerReinstated"]
    with pytest.raises(Conflict), database.unit_of_work(ADMIN) as uow:
        workers.service.reinstate(uow, worker, "Again.")


def test_a_closed_worker_stays_closed(database: Database, worker: Worker) -> None:
    with database.unit_of_work() as uow:
        closed = workers.service.close(uow, worker, "Left.")
        with pytest.raises(Denied):
            workers.service.require_good(closed)
    with pytest.raises(Conflict), database.unit_of_work(ADMIN) as uow:
        workers.service.reinstate(uow, worker, "Come back.")


def test_nobody_is_found_under_an_unknown_id(database: Database, worker: Worker) -> None:
    with pytest.raises(Missing), database.unit_of_work() as uow:
        workers.queries.worker(uow, new_id())
