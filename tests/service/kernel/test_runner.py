"""Real RQ runners do what is due, and losing all of Valkey loses nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta

import pytest
from rq import Queue

from kernel import chores
from kernel.chores import QUEUES, ScheduleMark
from kernel.clock import Clock
from kernel.db import UnitOfWork
from kernel.runtime import Runtime
from marketplace import runner
from tests.service.kernel import reading
from tests.service.kernel.conftest import Install, KeepChore


@pytest.fixture(autouse=True)
def _own_signals() -> Iterator[None]:
    """Give this process its way with signals back when runners are done."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def _noting_chores(keep_chore: KeepChore) -> None:
    """One chore a queue, each of which notes in the database that it ran and where."""

    def note(here: Runtime, key: str) -> None:
        def work(uow: UnitOfWork) -> None:
            uow.session.add(ScheduleMark(name=f"{key} in {os.getpid()}", at=uow.now))

        here.database.run(work)

    for queue in QUEUES:
        keep_chore(f"test.{queue}", note, queue)


def ask(runtime: Runtime, name: str, key: str) -> None:
    with runtime.database.unit_of_work() as uow:
        uow.later(name, key)


def notes(runtime: Runtime) -> list[tuple[str, bool]]:
    """Return the keys that ran, each with whether that was in this process."""
    with runtime.database.unit_of_work() as uow:
        names = [row.name.split(" in ") for row in uow.session.query(ScheduleMark)]
    return sorted((key, int(process) == os.getpid()) for key, process in names)


def lengths(runtime: Runtime) -> dict[str, int]:
    return {queue: Queue(queue, connection=runtime.redis).count for queue in QUEUES}


@pytest.mark.usefixtures("_noting_chores")
def test_each_queue_has_its_runner_and_slow_chores_a_process_of_their_own(
    runtime: Runtime,
) -> None:
    for queue in QUEUES:
        ask(runtime, f"test.{queue}", queue)
    assert runner.relay_once(runtime)
    assert lengths(runtime) == {"quick": 1, "money": 1, "slow": 1}
    for queue in QUEUES:
        runner.run(runtime, queue, burst=True)
    assert notes(runtime) == [("money", True), ("quick", True), ("slow", False)]
    assert reading.due(runtime.database) == {}
    assert lengths(runtime) == {"quick": 0, "money": 0, "slow": 0}
    assert not runner.relay_once(runtime)


@pytest.mark.usefixtures("_noting_chores")
def test_losing_all_of_valkey_loses_nothing(runtime: Runtime, clock: Clock) -> None:
    for number in range(3):
        ask(runtime, "test.quick", str(number))
    runner.relay_once(runtime)
    runtime.redis.flushdb()
    runner.run(runtime, "quick", burst=True)
    assert notes(runtime) == []
    clock.advance(timedelta(seconds=31))
    assert runner.relay_once(runtime)
    runner.run(runtime, "quick", burst=True)
    assert [key for key, _ in notes(runtime)] == ["0", "1", "2"]


@pytest.mark.usefixtures("_noting_chores")
def test_a_wake_up_waits_in_its_queue_once_however_often_it_is_asked_for(
    runtime: Runtime, clock: Clock
) -> None:
    ask(runtime, "test.quick", "once")
    runner.relay_once(runtime)
    clock.advance(timedelta(seconds=31))
    runner.relay_once(runtime)
    assert lengths(runtime)["quick"] == 1
    runner.run(runtime, "quick", burst=True)
    assert notes(runtime) == [("once", True)]


def test_a_chore_that_fails_stays_due_and_its_runner_lives_on(
    runtime: Runtime, keep_chore: KeepChore
) -> None:
    ran: list[str] = []

    def work(_runtime: Runtime, key: str) -> None:
        ran.append(key)
        if key == "bad":
            raise RuntimeError("no paper")

    keep_chore("test.quick", work)
    for key in ("bad", "good"):
        ask(runtime, "test.quick", key)
    runner.relay_once(runtime)
    runner.run(runtime, "quick", burst=True)
    assert sorted(ran) == ["bad", "good"]
    assert list(reading.due(runtime.database)) == [("test.quick", "bad")]


def test_a_chore_that_no_code_knows_stops_no_other(runtime: Runtime, keep_chore: KeepChore) -> None:
    ran: list[str] = []
    keep_chore("test.quick", lambda _runtime, key: ran.append(key))
    ask(runtime, "test.forgotten", "")
    ask(runtime, "test.quick", "known")
    runner.relay_once(runtime)
    assert lengths(runtime) == {"quick": 1, "money": 0, "slow": 1}
    runner.run(runtime, "quick", burst=True)
    assert ran == ["known"]


@pytest.mark.usefixtures("_noting_chores")
def test_a_queue_nobody_empties_does_not_grow_without_end(
    runtime: Runtime, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "QUEUED_MAX", 2)
    for number in range(5):
        ask(runtime, "test.quick", str(number))
    for _ in range(3):
        runner.relay_once(runtime)
        clock.advance(timedelta(seconds=31))
    assert lengths(runtime)["quick"] == 2
    while reading.due(runtime.database):
        runner.run(runtime, "quick", burst=True)
        clock.advance(timedelta(seconds=31))
        runner.relay_once(runtime)
    assert len(notes(runtime)) == 5


def rounds_until_stopped(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> int:
    """Run the relay, ask it to stop in its second round, and return how many rounds it began."""
    rounds: list[int] = []
    once = runner.relay_once

    def counted(here: Runtime) -> bool:
        rounds.append(1)
        if len(rounds) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return once(here)

    monkeypatch.setattr(runner, "relay_once", counted)
    runner.relay(runtime)
    return len(rounds)


def test_the_relay_asks_for_what_is_scheduled_until_a_signal_stops_it(
    install: Install, keep_chore: KeepChore, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_chore("test.quick", lambda _runtime, _key: None)
    runtime = install(schedule={"test.quick": 3_600})
    assert rounds_until_stopped(runtime, monkeypatch) == 2
    assert lengths(runtime)["quick"] == 1


def test_the_relay_goes_on_without_valkey_and_forgets_nothing(
    without_valkey: Runtime, keep_chore: KeepChore, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_chore("test.quick", lambda _runtime, _key: None)
    assert rounds_until_stopped(without_valkey, monkeypatch) == 2
    assert list(reading.due(without_valkey.database)) == [("test.quick", "")]


@pytest.mark.usefixtures("_noting_chores")
def test_draining_does_in_one_process_what_runners_do(runtime: Runtime) -> None:
    for queue in QUEUES:
        ask(runtime, f"test.{queue}", queue)
    assert chores.drain(runtime) == 3
    assert notes(runtime) == [("money", True), ("quick", True), ("slow", True)]
