"""What the schedule holds is asked for once a period, however many relays there are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel import chores
from kernel.chores import DueChore
from kernel.clock import Clock
from kernel.runtime import Runtime
from tests.service.kernel import reading
from tests.service.kernel.conftest import Install, KeepChore

NAME = "test.sweep"


@pytest.fixture
def ran(keep_chore: KeepChore) -> list[str]:
    """The keys with which the scheduled chore has run."""
    keys: list[str] = []
    keep_chore(NAME, lambda _runtime, key: keys.append(key))
    return keys


@pytest.fixture
def scheduled(install: Install) -> Runtime:
    """An installation with one chore an hour."""
    return install(schedule={NAME: 3_600})


def test_a_chore_fires_once_a_period(scheduled: Runtime, ran: list[str], clock: Clock) -> None:
    for _ in range(3):
        chores.drain(scheduled)
    assert len(ran) == 1
    clock.advance(timedelta(minutes=59))
    chores.drain(scheduled)
    assert len(ran) == 1
    clock.advance(timedelta(minutes=2))
    for _ in range(3):
        chores.drain(scheduled)
    assert len(ran) == 2


def test_a_long_sleep_is_made_up_for_once(scheduled: Runtime, ran: list[str], clock: Clock) -> None:
    chores.drain(scheduled)
    clock.advance(timedelta(days=30))
    for _ in range(3):
        chores.drain(scheduled)
    assert len(ran) == 2


def test_two_relays_ask_once(scheduled: Runtime, ran: list[str]) -> None:
    database = scheduled.database
    with database.unit_of_work() as one, database.unit_of_work() as two:
        chores.ask_scheduled(one, scheduled.schedule)
        chores.ask_scheduled(two, scheduled.schedule)
    with database.unit_of_work() as uow:
        assert reading.a_due_chore(uow, NAME).generation == 1
    assert ran == []


def test_a_relay_that_began_before_the_other_ended_does_not_ask_again(
    scheduled: Runtime, ran: list[str]
) -> None:
    with scheduled.database.unit_of_work() as slow:
        chores.drain(scheduled)
        chores.ask_scheduled(slow, scheduled.schedule)
    assert ran == [""]
    assert reading.count(scheduled.database, DueChore) == 0
