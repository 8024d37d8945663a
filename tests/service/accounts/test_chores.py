"""Marks at sign-in and work, and what is forgotten when its time has passed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel.clock import Clock
from kernel.db import Database, UnitOfWork
from kernel.runtime import Runtime
from marketplace.accounts import chores, marks
from marketplace.accounts.credentials import sessions, tokens
from marketplace.accounts.models import OneTimeToken, SignInMark, WebSession
from tests.service.accounts.builders import a_person


def count(uow: UnitOfWork, model: Any) -> int:
    uow.session.flush()
    return uow.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_person_is_marked_once_per_act_address_and_day(database: Database, clock: Clock) -> None:
    with database.unit_of_work() as uow:
        ada, bob = a_person(uow), a_person(uow)
        marks.mark(uow, bob.id, "claim", "192.0.2.1", "a browser")
        for _ in range(3):
            marks.mark(uow, ada.id, "claim", "192.0.2.1", "a browser")
        assert count(uow, SignInMark) == 2
        marks.mark(uow, ada.id, "submit", "192.0.2.1", "a browser")
        marks.mark(uow, ada.id, "claim", "192.0.2.2", "a browser")
        assert count(uow, SignInMark) == 4
    clock.advance(timedelta(days=1))
    with database.unit_of_work() as uow:
        marks.mark(uow, ada.id, "claim", "192.0.2.1", "a browser")
        assert count(uow, SignInMark) == 5


def test_marks_of_two_people_at_one_address_meet_and_hold_no_address(
    database: Database,
) -> None:
    with database.unit_of_work() as uow:
        for person in (a_person(uow), a_person(uow)):
            marks.mark(uow, person.id, "claim", "192.0.2.1", "a browser")
        one, two = uow.session.scalars(select(SignInMark)).all()
        assert one.address_hash == two.address_hash and one.device_hash == two.device_hash
        assert len(one.address_hash) == 32 and b"192" not in one.address_hash


def test_what_has_expired_is_forgotten_and_nothing_else(runtime: Runtime, clock: Clock) -> None:
    with runtime.database.unit_of_work() as uow:
        ada = a_person(uow)
        sessions.create(uow, ada.id, has_second_factor=False)
        marks.mark(uow, ada.id, "claim", "192.0.2.1", "a browser")
    clock.advance(timedelta(days=89))
    with runtime.database.unit_of_work() as uow:
        sessions.create(uow, ada.id, has_second_factor=False)
        tokens.issue(uow, ada.id, tokens.Purpose.RESET_PASSWORD)
    assert chores.forget(runtime, "") is None
    with runtime.database.unit_of_work() as uow:
        kept = [count(uow, model) for model in (WebSession, OneTimeToken, SignInMark)]
        assert kept == [1, 1, 1]
    clock.advance(timedelta(days=2))
    chores.forget(runtime, "")
    with runtime.database.unit_of_work() as uow:
        kept = [count(uow, model) for model in (WebSession, OneTimeToken, SignInMark)]
        assert kept == [1, 0, 0]


def test_forgetting_takes_bounded_bites(
    runtime: Runtime, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "FORGOTTEN_MAX", 2)
    with runtime.database.unit_of_work() as uow:
        ada = a_person(uow)
        for _ in range(3):
            sessions.create(uow, ada.id, has_second_factor=False)
    clock.advance(timedelta(days=31))
    assert chores.forget(runtime, "") is not None
    assert chores.forget(runtime, "") is None
    with runtime.database.unit_of_work() as uow:
        assert count(uow, WebSession) == 0
