"""Chores run under a lease, are forgotten when done, and come back when asked again or failed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from kernel import chores
from kernel.chores import BACKOFF_SECONDS_MAX, LEASE_SECONDS, chore
from kernel.clock import Clock
from kernel.runtime import Runtime
from tests.service.kernel import reading
from tests.service.kernel.conftest import KeepChore

NAME = "test.sweep"


@pytest.fixture
def ran(keep_chore: KeepChore) -> list[str]:
    """The keys with which a chore that always succeeds has run."""
    keys: list[str] = []
    keep_chore(NAME, lambda _runtime, key: keys.append(key))
    return keys


def ask(runtime: Runtime, key: str = "", at: datetime | None = None) -> None:
    with runtime.database.unit_of_work() as uow:
        chores.ask(uow, {(NAME, key): at or uow.now})


def take_due(runtime: Runtime) -> list[tuple[str, str]]:
    with runtime.database.unit_of_work() as uow:
        return chores.take_due(uow)


def test_a_chore_runs_once_for_each_key_and_is_forgotten(runtime: Runtime, ran: list[str]) -> None:
    for key in ("one", "two", "one"):
        ask(runtime, key)
    for key in ("one", "two", "one", "never asked for"):
        chores.run(runtime, NAME, key)
    assert ran == ["one", "two"]
    assert reading.due(runtime.database) == {}


def test_a_chore_does_not_run_before_its_moment(
    runtime: Runtime, ran: list[str], clock: Clock
) -> None:
    ask(runtime, at=clock.now() + timedelta(minutes=5))
    chores.run(runtime, NAME, "")
    assert (ran, take_due(runtime)) == ([], [])
    clock.advance(timedelta(minutes=5))
    assert take_due(runtime) == [(NAME, "")]
    chores.run(runtime, NAME, "")
    assert ran == [""]


def test_a_chore_asked_for_while_it_runs_runs_again(
    runtime: Runtime, keep_chore: KeepChore
) -> None:
    runs: list[str] = []

    def work(_runtime: Runtime, key: str) -> None:
        runs.append(key)
        if len(runs) == 1:
            ask(runtime)

    keep_chore(NAME, work)
    ask(runtime)
    assert chores.drain(runtime) == 2
    assert len(runs) == 2
    assert reading.due(runtime.database) == {}


def test_a_chore_comes_back_at_the_moment_it_names(
    runtime: Runtime, keep_chore: KeepChore, clock: Clock
) -> None:
    runs: list[datetime] = []

    def work(here: Runtime, _key: str) -> datetime | None:
        runs.append(here.clock.now())
        return runs[0] + timedelta(hours=1) if len(runs) == 1 else None

    keep_chore(NAME, work)
    ask(runtime)
    assert chores.drain(runtime) == 1
    assert reading.due(runtime.database) == {(NAME, ""): runs[0] + timedelta(hours=1)}
    clock.advance(timedelta(hours=1))
    assert chores.drain(runtime) == 1
    assert reading.due(runtime.database) == {}


def test_being_asked_for_while_running_counts_more_than_a_later_moment(
    runtime: Runtime, keep_chore: KeepChore, clock: Clock
) -> None:
    runs: list[int] = []

    def work(here: Runtime, _key: str) -> datetime:
        runs.append(1)
        if len(runs) == 1:
            ask(runtime)
        return here.clock.now() + timedelta(days=1)

    keep_chore(NAME, work)
    ask(runtime)
    chores.run(runtime, NAME, "")
    assert reading.due(runtime.database)[NAME, ""] <= clock.now()
    assert chores.drain(runtime) == 1
    assert reading.due(runtime.database)[NAME, ""] > clock.now() + timedelta(hours=23)


def test_a_failed_chore_comes_back_later_and_later_and_says_why(
    runtime: Runtime, keep_chore: KeepChore, clock: Clock
) -> None:
    def work(_runtime: Runtime, _key: str) -> None:
        raise RuntimeError("no paper")

    keep_chore(NAME, work)
    ask(runtime)
    pauses = []
    for _ in range(12):
        before = clock.now()
        chores.run(runtime, NAME, "")
        with runtime.database.unit_of_work() as uow:
            row = reading.a_due_chore(uow, NAME)
            pauses.append((row.due_at - before).total_seconds())
            assert (row.error, row.running_until) == ("RuntimeError: no paper", None)
        clock.advance(row.due_at - clock.now() + timedelta(seconds=1))
    meant = [2, 4, 8, 16, 32, 64, 128, 256, 512] + [BACKOFF_SECONDS_MAX] * 3
    assert all(0 <= pause - least < 2 for pause, least in zip(pauses, meant, strict=True)), pauses


def test_success_wipes_the_memory_of_failures(
    runtime: Runtime, keep_chore: KeepChore, clock: Clock
) -> None:
    tries: list[int] = []

    def work(here: Runtime, _key: str) -> datetime:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("no paper")
        return here.clock.now() + timedelta(days=1)

    keep_chore(NAME, work)
    ask(runtime)
    chores.run(runtime, NAME, "")
    clock.advance(timedelta(seconds=3))
    chores.run(runtime, NAME, "")
    with runtime.database.unit_of_work() as uow:
        row = reading.a_due_chore(uow, NAME)
        assert (row.attempts, row.error) == (0, None)


def test_a_chore_no_code_knows_fails_among_the_slow_ones(runtime: Runtime) -> None:
    ask(runtime)
    assert chores.queue_of(NAME) == "slow"
    assert chores.drain(runtime) == 1
    with runtime.database.unit_of_work() as uow:
        assert reading.a_due_chore(uow, NAME).error == "KeyError: 'test.sweep'"


def test_two_runners_at_once_run_a_chore_once(runtime: Runtime, keep_chore: KeepChore) -> None:
    runs: list[int] = []
    go_on = threading.Event()

    def work(_runtime: Runtime, _key: str) -> None:
        runs.append(1)
        assert go_on.wait(20)

    keep_chore(NAME, work)
    ask(runtime)
    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(chores.run, runtime, NAME, "") for _ in range(2)]
        while not any(one.done() for one in both):
            threading.Event().wait(0.01)
        assert take_due(runtime) == [], "what runs under a lease is not enqueued"
        go_on.set()
    assert [one.result() for one in both] == [None, None]
    assert len(runs) == 1


def test_a_runner_that_died_gives_its_chore_back_when_the_lease_ends(
    runtime: Runtime, keep_chore: KeepChore, clock: Clock
) -> None:
    runs: list[int] = []

    def work(_runtime: Runtime, _key: str) -> None:
        runs.append(1)
        if len(runs) == 1:
            raise SystemExit("killed")

    keep_chore(NAME, work)
    ask(runtime)
    with pytest.raises(SystemExit):
        chores.run(runtime, NAME, "")
    clock.advance(timedelta(seconds=LEASE_SECONDS - 60))
    assert chores.drain(runtime) == 0
    clock.advance(timedelta(seconds=61))
    assert chores.drain(runtime) == 1
    assert len(runs) == 2
    assert reading.due(runtime.database) == {}


def test_what_was_enqueued_and_never_ran_is_enqueued_again_after_a_while(
    runtime: Runtime, ran: list[str], clock: Clock
) -> None:
    ask(runtime)
    assert take_due(runtime) == [(NAME, "")]
    assert take_due(runtime) == []
    clock.advance(timedelta(seconds=31))
    assert take_due(runtime) == [(NAME, "")]
    assert ran == []


def test_the_most_overdue_are_taken_first_and_no_more_than_a_bounded_number(
    runtime: Runtime, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "ENQUEUED_MAX", 2)
    for minutes, key in ((3, "c"), (9, "a"), (1, "d"), (6, "b")):
        ask(runtime, key, at=clock.now() - timedelta(minutes=minutes))
    assert sorted(key for _, key in take_due(runtime)) == ["a", "b"]
    assert sorted(key for _, key in take_due(runtime)) == ["c", "d"]


def test_two_sweepers_at_once_take_each_chore_once(runtime: Runtime) -> None:
    for number in range(6):
        ask(runtime, str(number))
    with runtime.database.unit_of_work() as one, runtime.database.unit_of_work() as two:
        assert len(chores.take_due(one)) == 6
        assert chores.take_due(two) == []


def test_draining_follows_what_chores_ask_for(runtime: Runtime, keep_chore: KeepChore) -> None:
    keys: list[str] = []

    def work(here: Runtime, key: str) -> None:
        keys.append(key)
        if len(key) < 4:
            with here.database.unit_of_work() as uow:
                uow.later(NAME, key + "x")

    keep_chore(NAME, work)
    with runtime.database.unit_of_work() as uow:
        uow.later(NAME, "x")
    assert chores.drain(runtime) == 4
    assert keys == ["x", "xx", "xxx", "xxxx"]


def test_draining_ends_when_chores_ask_for_each_other_for_ever(
    runtime: Runtime, keep_chore: KeepChore
) -> None:
    keep_chore(NAME, lambda here, _key: here.clock.now())
    ask(runtime)
    with pytest.raises(RuntimeError, match=NAME):
        chores.drain(runtime, rounds_max=5)


def test_a_name_belongs_to_one_chore_on_a_known_queue(
    monkeypatch: pytest.MonkeyPatch, ran: list[str]
) -> None:
    monkeypatch.setattr(chores, "REGISTRY", dict(chores.REGISTRY))
    with pytest.raises(AssertionError):
        chore(NAME)(lambda _runtime, _key: None)
    with pytest.raises(AssertionError):
        chore("test.other", queue="nowhere")(lambda _runtime, _key: None)
    assert ran == []
