"""A list read page by page shows each row once, however it grows meanwhile."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.db import Database
from kernel.errors import Refused
from kernel.mail import Letter
from kernel.types import new_id
from kernel.web import paging


def add(database: Database, key: UUID) -> UUID:
    with database.unit_of_work() as uow:
        letter = Letter(id=key, at=uow.now, recipient="a@example.org", subject="-", body="-")
        uow.session.add(letter)
    return key


def read(
    database: Database, cursor: str | None, *, newest_first: bool = False
) -> paging.Page[Letter]:
    with database.unit_of_work() as uow:
        return paging.page(
            uow.session, select(Letter), Letter.id, cursor, 2, newest_first=newest_first
        )


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("newest_first", [False, True])
def test_every_row_is_shown_once_and_in_order(
    database: Database, count: int, newest_first: bool
) -> None:
    keys = [add(database, UUID(int=number + 1)) for number in range(count)]
    seen: list[UUID] = []
    cursor: str | None = None
    for _ in range(max(1, -(-count // 2))):
        page = read(database, cursor, newest_first=newest_first)
        seen += [letter.id for letter in page.items]
        cursor = page.next_cursor
    assert cursor is None
    assert seen == (keys[::-1] if newest_first else keys)


def test_rows_that_come_in_between_move_no_other(database: Database) -> None:
    keys = [add(database, UUID(int=number)) for number in (10, 20, 30, 40)]
    first = read(database, None, newest_first=True)
    add(database, new_id())
    second = read(database, first.next_cursor, newest_first=True)
    shown = [letter.id for letter in (*first.items, *second.items)]
    assert shown == keys[::-1]
    assert second.next_cursor is None


def test_a_row_that_went_away_loses_no_other(database: Database) -> None:
    keys = [add(database, UUID(int=number)) for number in (10, 20, 30)]
    first = read(database, None)
    with database.unit_of_work() as uow:
        uow.session.delete(uow.get(Letter, keys[1], "gone"))
    assert [letter.id for letter in read(database, first.next_cursor).items] == [keys[2]]


@pytest.mark.parametrize("cursor", ["x", "1", "' OR 1=1", str(UUID(int=1)) + "0", "é" * 36])
def test_a_cursor_we_did_not_give_is_refused(database: Database, cursor: str) -> None:
    with pytest.raises(Refused) as refusal:
        read(database, cursor)
    assert refusal.value.code == "cursor_invalid"
