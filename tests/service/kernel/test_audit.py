"""The audit log is a chain: whatever is changed, moved, added or taken away is found."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from kernel import audit, keeping
from kernel.audit import AuditChain, AuditEntry
from kernel.chores import REGISTRY
from kernel.db import Database, UnitOfWork
from kernel.runtime import Runtime
from kernel.types import new_id

Tamper = Callable[[UnitOfWork], Any]


def act(database: Database, count: int = 1) -> None:
    for number in range(count):
        with database.unit_of_work(request_id=f"r-{number}") as uow:
            uow.audit("thing.changed", "thing:1", {"size": 0.1}, [number, "ü", None, 1e20])


def broken_at(database: Database) -> int | None:
    with database.unit_of_work() as uow:
        return audit.broken_at(uow)


@pytest.fixture
def chained(database: Database) -> Database:
    """A database with five acts in its chain."""
    act(database, 5)
    assert database.run(audit.chain) == 5
    return database


def test_an_empty_log_is_whole(database: Database) -> None:
    assert broken_at(database) is None
    assert database.run(audit.chain) == 0
    assert broken_at(database) is None


def test_each_entry_is_chained_once_and_the_chain_holds(chained: Database) -> None:
    assert chained.run(audit.chain) == 0
    act(chained, 2)
    assert chained.run(audit.chain) == 2
    assert broken_at(chained) is None
    with chained.unit_of_work() as uow:
        places = uow.session.scalars(select(AuditEntry.place).order_by(AuditEntry.place)).all()
        head = uow.session.scalars(select(AuditChain)).one()
    assert places == [1, 2, 3, 4, 5, 6, 7]
    assert head.place == 7


def test_what_is_not_chained_yet_breaks_nothing(chained: Database) -> None:
    act(chained)
    assert broken_at(chained) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor", "user:somebody else"),
        ("act", "thing.praised"),
        ("thing", "thing:2"),
        ("before", {"size": 2}),
        ("after", None),
        ("request_id", ""),
        ("at", func.now()),
        ("hash", "0" * 64),
        ("id", new_id()),
    ],
)
def test_a_changed_entry_is_found_at_its_place(chained: Database, column: str, value: Any) -> None:
    with chained.unit_of_work() as uow:
        uow.session.execute(update(AuditEntry).where(AuditEntry.place == 3).values({column: value}))
    assert broken_at(chained) == 3


def remove_the_last(uow: UnitOfWork) -> None:
    uow.session.execute(delete(AuditEntry).where(AuditEntry.place == 5))


def remove_one_in_the_middle(uow: UnitOfWork) -> None:
    uow.session.execute(delete(AuditEntry).where(AuditEntry.place == 2))


def close_the_gap(uow: UnitOfWork) -> None:
    remove_one_in_the_middle(uow)
    for place in (3, 4, 5):
        moved = update(AuditEntry).where(AuditEntry.place == place).values(place=place - 1)
        uow.session.execute(moved)


def swap_two(uow: UnitOfWork) -> None:
    for before, after in ((3, 0), (4, 3), (0, 4)):
        moved = update(AuditEntry).where(AuditEntry.place == before).values(place=after)
        uow.session.execute(moved)


def rewrite_the_last(uow: UnitOfWork) -> None:
    last = uow.session.scalars(select(AuditEntry).where(AuditEntry.place == 5)).one()
    before = uow.session.scalars(select(AuditEntry.hash).where(AuditEntry.place == 4)).one()
    last.act = "thing.praised"
    last.hash = audit.digest(str(before), last)


def remove_all(uow: UnitOfWork) -> None:
    uow.session.execute(delete(AuditEntry))


@pytest.mark.parametrize(
    ("tamper", "place"),
    [
        (remove_one_in_the_middle, 2),
        (close_the_gap, 2),
        (swap_two, 3),
        (remove_the_last, 5),
        (rewrite_the_last, 5),
        (remove_all, 1),
    ],
)
def test_a_chain_that_was_tampered_with_is_found_out(
    chained: Database, tamper: Tamper, place: int
) -> None:
    with chained.unit_of_work() as uow:
        tamper(uow)
    assert broken_at(chained) == place


def test_chainers_at_once_make_one_chain(database: Database) -> None:
    act(database, 30)
    with ThreadPoolExecutor(4) as threads:
        lengths = list(threads.map(lambda _: database.run(audit.chain), range(4)))
    assert sum(lengths) == 30
    assert broken_at(database) is None


def test_the_chore_chains_a_bounded_number_and_comes_back_for_the_rest(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "CHAINED_MAX", 2)
    act(runtime.database, 3)
    assert REGISTRY["kernel.chain_audit"].work is keeping.chain_audit
    assert keeping.chain_audit(runtime, "") is not None
    assert keeping.chain_audit(runtime, "") is None
    assert broken_at(runtime.database) is None
