"""A large withdrawal leaves when two admins have released it, and not before."""

from __future__ import annotations

from uuid import UUID

import pytest

from kernel.errors import Conflict, Refused
from kernel.identity import Identity
from kernel.types import new_id
from payouts.models import Withdrawal
from payouts.transit import releases
from tests.service.payouts.stories import Books

Admins = tuple[Identity, Identity]


@pytest.fixture
def large(books: Books) -> Withdrawal:
    """A withdrawal of 1,500 dollars that is asked for."""
    worker = new_id()
    books.pay_in(new_id(), "9000")
    books.pass_days(3)
    books.earn(worker, "2000")
    return books.withdraw(worker, "1500")


def release(books: Books, large: Withdrawal, admin: Identity) -> bool:
    return books.database.run(lambda uow: releases.release(uow, large), admin)


def test_it_waits_for_two_people_and_then_leaves(
    books: Books, large: Withdrawal, admins: Admins
) -> None:
    books.pass_days(2)
    assert books.withdrawal(large.id).state == "requested"
    assert not release(books, large, admins[0])
    books.pass_days(1)
    assert books.withdrawal(large.id).state == "requested"
    assert release(books, large, admins[1])
    books.settle()
    books.pass_days(2)
    assert books.withdrawal(large.id).state == "paid"
    assert books.broken() == []


def test_one_person_is_not_two(books: Books, large: Withdrawal, admins: Admins) -> None:
    release(books, large, admins[0])
    with pytest.raises(Refused) as refusal:
        release(books, large, admins[0])
    assert refusal.value.code == "second_person_needed"


def test_a_released_one_needs_no_third(books: Books, large: Withdrawal, admins: Admins) -> None:
    for admin in admins:
        release(books, large, admin)
    with pytest.raises(Conflict):
        release(books, large, Identity(user_id=new_id(), is_admin=True))


def test_refusing_it_gives_the_money_back_with_the_reason(
    books: Books, large: Withdrawal, admins: Admins
) -> None:
    books.database.run(
        lambda uow: releases.refuse(uow, large, "The answers were bought."), admins[0]
    )
    assert books.withdrawal(large.id).failure == "The answers were bought."
    assert books.worker("worker_available", large.worker) == "2000.00"
    with pytest.raises(Conflict):
        release(books, large, admins[1])
    assert books.broken() == []


def test_refusing_needs_a_reason(books: Books, large: Withdrawal, admins: Admins) -> None:
    with pytest.raises(Refused):
        books.database.run(lambda uow: releases.refuse(uow, large, "no"), admins[0])


def test_a_small_one_leaves_by_itself(books: Books) -> None:
    worker: UUID = new_id()
    books.pay_in(new_id(), "9000")
    books.pass_days(3)
    books.earn(worker, "2000")
    asked = books.withdraw(worker, "1000")
    with pytest.raises(Conflict):
        release(books, asked, Identity(user_id=new_id(), is_admin=True))
    books.settle()
    books.pass_days(2)
    assert books.withdrawal(asked.id).state == "paid"
