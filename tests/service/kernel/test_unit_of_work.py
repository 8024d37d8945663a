"""A unit of work commits its rows, its news and its audit together, or nothing at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from kernel.chores import ScheduleMark
from kernel.db import ATTEMPTS_MAX, Database, UnitOfWork
from kernel.errors import Missing, Unavailable
from kernel.identity import Identity
from kernel.runtime import WAKE_LIST, Runtime
from kernel.types import new_id
from tests.service.kernel import reading


def mark(uow: UnitOfWork, name: str) -> ScheduleMark:
    row = ScheduleMark(name=name, at=uow.now)
    uow.session.add(row)
    return row


def marks(database: Database) -> list[str]:
    with database.unit_of_work() as uow:
        return list(uow.session.scalars(select(ScheduleMark.name).order_by(ScheduleMark.name)))


def end_connection_of(uow: UnitOfWork, database: Database) -> None:
    backend = uow.session.scalar(text("SELECT pg_backend_pid()"))
    with database.engine.connect() as other:
        assert other.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": backend})


def test_rows_news_and_audit_are_committed_together(runtime: Runtime) -> None:
    with runtime.database.unit_of_work(request_id="r-1") as uow:
        mark(uow, "a row")
        uow.later("test.chore", "key")
        uow.audit("thing.changed", "thing:1", {"size": 1}, {"size": 2})
        assert marks(runtime.database) == []
    assert marks(runtime.database) == ["a row"]
    assert [row.name for row in reading.waiting(runtime.database)] == ["test.chore"]
    assert reading.acts(runtime.database) == ["thing.changed"]
    assert runtime.redis.llen(WAKE_LIST) == 1


def test_a_failure_leaves_no_row_no_news_no_audit_and_wakes_nobody(runtime: Runtime) -> None:
    with pytest.raises(ZeroDivisionError), runtime.database.unit_of_work() as uow:
        mark(uow, "a row")
        uow.session.flush()
        uow.later("test.chore", "key")
        uow.audit("thing.changed", "thing:1")
        _ = 1 // 0
    assert marks(runtime.database) == []
    assert reading.waiting(runtime.database) == []
    assert reading.acts(runtime.database) == []
    assert runtime.redis.llen(WAKE_LIST) == 0


def test_a_row_the_database_refuses_takes_the_news_with_it(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        mark(uow, "taken")
    with pytest.raises(IntegrityError), runtime.database.unit_of_work() as uow:
        uow.later("test.chore", "key")
        mark(uow, "taken")
    assert reading.waiting(runtime.database) == []
    assert runtime.redis.llen(WAKE_LIST) == 0


def test_a_lost_valkey_does_not_undo_a_commit(without_valkey: Runtime) -> None:
    with without_valkey.database.unit_of_work() as uow:
        uow.later("test.chore", "key")
    assert len(reading.waiting(without_valkey.database)) == 1


def test_the_audit_names_who_acted_in_which_request(database: Database) -> None:
    person = Identity(user_id=new_id())
    with database.unit_of_work(person, "r-7") as uow:
        uow.audit("thing.changed", "thing:1", before="a", after="b")
        entry = uow.audits[0]
    assert (entry["actor"], entry["request_id"]) == (f"user:{person.user_id}", "r-7")
    assert entry["at"] == uow.now


def test_the_same_news_told_twice_in_a_unit_is_told_once(database: Database) -> None:
    with database.unit_of_work() as uow:
        for _ in range(3):
            uow.later("test.chore", "one")
        uow.later("test.chore", "two")
    assert sorted(row.key for row in reading.waiting(database)) == ["one", "two"]


def test_what_was_read_survives_the_commit(database: Database) -> None:
    with database.unit_of_work() as uow:
        row = mark(uow, "kept")
    assert (row.name, row.at) == ("kept", uow.now)


def test_a_row_that_is_not_there_is_missing_in_the_words_given(database: Database) -> None:
    with database.unit_of_work() as uow, pytest.raises(Missing, match="No such mark"):
        uow.get(ScheduleMark, "nothing", "No such mark.", lock=True)


def test_a_locked_row_is_read_afresh(database: Database) -> None:
    with database.unit_of_work() as uow:
        mark(uow, "moving")
    with database.unit_of_work() as uow:
        seen = uow.get(ScheduleMark, "moving", "gone")
        with database.unit_of_work() as other:
            other.session.execute(update(ScheduleMark).values(at=uow.now.replace(year=2000)))
        assert uow.get(ScheduleMark, "moving", "gone", lock=True) is seen
        assert seen.at.year == 2000


def test_both_sides_of_a_deadlock_get_through(database: Database) -> None:
    with database.unit_of_work() as uow:
        mark(uow, "a")
        mark(uow, "b")
    meet = threading.Barrier(2, timeout=20)
    attempts: list[str] = []

    def lock_in_turn(order: str) -> None:
        def work(uow: UnitOfWork) -> None:
            attempts.append(order)
            uow.get(ScheduleMark, order[0], "gone", lock=True)
            if len(attempts) <= 2:
                meet.wait()
            uow.get(ScheduleMark, order[1], "gone", lock=True)
            uow.later("test.chore", order)

        database.run(work)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lock_in_turn, ["ab", "ba"]))
    assert len(attempts) >= 3, "one side was turned down"
    assert {row.key for row in reading.waiting(database)} == {"ab", "ba"}


def test_a_lost_connection_is_tried_again_from_the_start(database: Database) -> None:
    attempts: list[int] = []

    def work(uow: UnitOfWork) -> str:
        attempts.append(1)
        mark(uow, "once")
        uow.session.flush()
        if len(attempts) == 1:
            end_connection_of(uow, database)
        uow.session.execute(text("SELECT 1"))
        return "done"

    assert database.run(work) == "done"
    assert len(attempts) == 2
    assert marks(database) == ["once"]


def test_tries_come_to_an_end(database: Database) -> None:
    attempts: list[int] = []

    def work(uow: UnitOfWork) -> None:
        attempts.append(1)
        end_connection_of(uow, database)
        uow.session.execute(text("SELECT 1"))

    with pytest.raises(DBAPIError):
        database.run(work)
    assert len(attempts) == ATTEMPTS_MAX


def test_a_fault_of_ours_is_not_tried_again(database: Database) -> None:
    attempts: list[int] = []

    def work(uow: UnitOfWork) -> None:
        attempts.append(1)
        uow.session.execute(text("SELECT 1 / 0"))

    with pytest.raises(DBAPIError):
        database.run(work)
    assert len(attempts) == 1


@pytest.fixture
def dying_at_commit(database: Database) -> Iterator[Database]:
    """A database whose connection is lost at the very moment of every commit."""

    def lose_line(uow: UnitOfWork) -> None:
        mark(uow, "perhaps")
        uow.session.flush()
        end_connection_of(uow, database)
        uow.session.flush = lambda *_: None  # type: ignore[method-assign]

    url = database.engine.url.render_as_string(hide_password=False)
    opened = Database(url, database.clock, before_commit=(lose_line,))
    yield opened
    opened.close()


def test_what_may_have_been_committed_is_not_done_again(dying_at_commit: Database) -> None:
    attempts: list[int] = []
    with pytest.raises(Unavailable) as refusal:
        dying_at_commit.run(lambda _uow: attempts.append(1))
    assert refusal.value.code == "outcome_unknown"
    assert len(attempts) == 1


def test_a_failing_statement_does_not_quote_the_values_sent(database: Database) -> None:
    with pytest.raises(DBAPIError) as failure, database.unit_of_work() as uow:
        uow.session.execute(text("SELECT :secret, 1 / 0"), {"secret": "ada@example.org"})
    assert "ada@example.org" not in str(failure.value)
