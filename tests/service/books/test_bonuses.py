"""A bonus comes from the organisation's free money, has a reason, and matures like an earning."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kernel.errors import Refused
from kernel.types import new_id
from payouts import bonuses
from payouts.bonuses import Gift
from tests.service.payouts.stories import Books, usd


@pytest.fixture
def gift(books: Books) -> Gift:
    """Two dollars of an organisation that has five."""
    job, organisation = books.a_funded_job("10")
    books.give(organisation, "5")
    return Gift(organisation, job, new_id(), "", usd("2"), 1_500, "  for careful work ")


def test_it_pays_the_worker_and_the_fee(books: Books, gift: Gift) -> None:
    given = books.run(lambda uow: bonuses.give(uow, gift))
    assert books.journal("bonus", f"bonus:{given.id}") == {
        "organisation_available": "2.30",
        "worker_pending": "-2.00",
        "platform_fee": "-0.30",
    }
    assert given.reason == "for careful work"
    assert books.run(lambda uow: bonuses.of_worker(uow, gift.worker))[0].id == given.id
    assert books.run(lambda uow: bonuses.of_job(uow, gift.job))[0].id == given.id
    books.pass_days(1)
    assert books.worker("worker_available", gift.worker) == "2.00"
    assert books.broken() == []


@pytest.mark.parametrize(
    ("amount", "reason", "code"),
    [
        ("0", "for careful work", "bonus_out_of_range"),
        ("-1", "for careful work", "bonus_out_of_range"),
        ("0.00005", "for careful work", "bonus_out_of_range"),
        ("501", "for careful work", "bonus_out_of_range"),
        ("1", "thanks", "reason_missing"),
        ("4.5", "for careful work", "funds_short"),
    ],
)
def test_what_is_no_bonus_is_refused_and_moves_nothing(
    books: Books, gift: Gift, amount: str, reason: str, code: str
) -> None:
    before = books.count("journals")
    with pytest.raises(Refused) as refusal:
        books.run(lambda uow: bonuses.give(uow, replace(gift, amount=usd(amount), reason=reason)))
    assert refusal.value.code == code
    assert (books.count("journals"), books.count("bonuses")) == (before, 0)
