"""At the end of a day fees are gathered, and a part is put aside for chargebacks."""

from __future__ import annotations

from kernel.types import new_id
from payouts import earnings
from payouts.books import closing
from tests.service.payouts.stories import Books


def paid(books: Books, fee: str) -> None:
    job, _ = books.a_funded_job("100", reserved="50")
    approval = books.an_approval(job, new_id(), "5", fee)
    books.run(lambda uow: earnings.approve_many(uow, [approval]))


def test_the_jobs_fees_are_gathered_once(books: Books) -> None:
    paid(books, "1")
    paid(books, "0.25")
    assert [books.run(closing.sweep) for _ in range(2)] == [2, 0]
    assert books.platform("platform_fee") == "1.25"
    assert books.broken() == []


def test_a_tenth_is_put_aside_until_it_covers_the_deposits(books: Books) -> None:
    books.pay_in(new_id(), "10")  # 2 % of it is 0.20
    paid(books, "1")
    books.run(closing.sweep)
    assert (books.platform("chargeback_reserve"), books.platform("platform_fee")) == (
        "0.10",
        "0.90",
    )
    books.pass_days(1)
    paid(books, "5")
    books.run(closing.sweep)
    assert (books.platform("chargeback_reserve"), books.platform("platform_fee")) == (
        "0.20",
        "5.80",
    )
    assert books.broken() == []


def test_without_deposits_nothing_is_put_aside(books: Books) -> None:
    paid(books, "1")
    books.run(closing.sweep)
    assert books.platform("chargeback_reserve") == "0.00"
