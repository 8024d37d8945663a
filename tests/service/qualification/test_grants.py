"""Qualifications and their grants."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel.audit import AuditEntry
from kernel.clock import Clock
from kernel.db import Database
from kernel.errors import Conflict, Denied, Missing
from kernel.types import new_id
from qualification import chores, queries, service
from qualification.models import Grant
from tests.service.qualification import builders as b


def test_a_name_is_an_owners_only_once(database: Database) -> None:
    with database.unit_of_work() as uow:
        b.a_type(uow, "Bird calls")
        service.create_type(uow, "organisation:other", service.TypeDraft("Bird calls"))
    with pytest.raises(Conflict), database.unit_of_work() as uow:
        b.a_type(uow, "Bird calls")


def test_a_grant_by_hand_replaces_the_one_before_and_is_audited(database: Database) -> None:
    with database.unit_of_work() as uow:
        kind, worker, other = b.a_type(uow), b.a_worker(uow), b.a_worker(uow)
        service.grant_by_hand(uow, kind, other.id, 10)
        service.grant_by_hand(uow, kind, worker.id, 70)
    with database.unit_of_work() as uow:
        service.grant_by_hand(uow, kind, worker.id, 90)
    with database.unit_of_work() as uow:
        held = queries.current_grant(uow, kind.id, worker.id)
        assert held is not None and held.value == 90
        granted = select(AuditEntry.before, AuditEntry.after).where(
            AuditEntry.thing == f"grant:{kind.id}:{worker.id}"
        )
        assert uow.session.execute(granted.order_by(AuditEntry.id)).all() == [(None, 70), (70, 90)]


def test_a_grant_to_nobody_is_refused(database: Database) -> None:
    with pytest.raises(Missing), database.unit_of_work() as uow:
        service.grant_by_hand(uow, b.a_type(uow), new_id(), 1)


def test_a_revoked_grant_is_gone_and_the_others_stay(database: Database) -> None:
    with database.unit_of_work() as uow:
        kind, worker, other = b.a_type(uow), b.a_worker(uow), b.a_worker(uow)
        for holder in (worker, other):
            service.grant_by_hand(uow, kind, holder.id, 1)
    with database.unit_of_work() as uow:
        service.revoke(uow, queries.owned_grant(uow, kind.id, worker.id))
    with database.unit_of_work() as uow:
        assert queries.current_grant(uow, kind.id, worker.id) is None
        assert queries.current_grant(uow, kind.id, other.id) is not None
        with pytest.raises(Missing):
            queries.owned_grant(uow, kind.id, worker.id)


def test_whoever_asks_gets_what_is_given_on_request_and_nothing_else(database: Database) -> None:
    with database.unit_of_work() as uow:
        free, earned = b.a_type(uow, "Free", grants_automatically=True), b.a_type(uow, "Earned")
        worker = b.a_worker(uow)
        assert service.grant_on_request(uow, free, worker.id).value == 1
        with pytest.raises(Denied):
            service.grant_on_request(uow, earned, worker.id)


def test_asking_again_does_not_lower_what_is_held(database: Database) -> None:
    with database.unit_of_work() as uow:
        free, worker = b.a_type(uow, grants_automatically=True), b.a_worker(uow)
        service.grant_by_hand(uow, free, worker.id, 80)
        assert service.grant_on_request(uow, free, worker.id).value == 80


def test_a_grant_runs_out_after_its_days_and_the_worker_is_told_once(
    database: Database, clock: Clock
) -> None:
    with database.unit_of_work() as uow:
        short, long = b.a_type(uow, "Short", valid_days=30), b.a_type(uow, "Long", valid_days=31)
        worker = b.a_worker(uow)
        for kind in (short, long):
            service.grant_by_hand(uow, kind, worker.id, 1)
    clock.advance(timedelta(days=30))
    with database.unit_of_work() as uow:
        assert queries.current_grant(uow, short.id, worker.id) is None
        assert chores.expire_grants(uow) == 1
        assert chores.expire_grants(uow) == 0
    with database.unit_of_work() as uow:
        assert list(uow.session.scalars(select(Grant.type_id))) == [long.id]
        assert b.told(uow) == ["qualification.GrantExpired"]


def test_an_owners_qualifications_are_listed_with_their_exams(database: Database) -> None:
    with database.unit_of_work() as uow:
        service.create_type(uow, "organisation:other", service.TypeDraft("Not ours"))
        first, exam = b.a_type(uow, "A"), b.an_exam(uow)
        last = b.a_type(uow, "C")
    with database.unit_of_work() as uow:
        page = queries.types(uow, b.OWNER, None, 2)
        rest = queries.types(uow, b.OWNER, page.next_cursor, 2)
        lines = [*page.items, *rest.items]
        assert [line.type.id for line in lines] == [first.id, exam.type_id, last.id]
        assert [line.exam_id for line in lines] == [None, exam.id, None]
        assert rest.next_cursor is None
