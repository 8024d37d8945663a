"""The ways of money, each told to its end: what must come out however often a process dies."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select

from kernel.types import new_id
from payouts import onboarding
from payouts.models import Withdrawal
from tests.service.kills import acts
from tests.service.kills.here import Here

Story = Callable[[Here], None]


def a_deposit_arrives(here: Here) -> None:
    organisation = new_id()
    here.run(acts.pay_in(organisation, "100"))
    (page,) = {one["id"] for one in here.far.company.all("checkout.session")}
    here.far.company.pay(page)
    here.run()
    here.wait(days=2.1)
    assert here.books.count("deposits WHERE state = 'cleared'") == 1
    assert here.books.organisation("organisation_available", organisation) == "100.00"
    assert here.books.platform("processor_available") == "96.80"


def an_account_is_opened(here: Here) -> None:
    worker = new_id()
    here.run(acts.set_up(worker))
    (account,) = here.far.company.all("account")
    here.far.company.fill_in(account["id"])
    here.wait(days=0.1)
    shown = here.books.run(lambda uow: onboarding.show(uow, worker))
    assert shown.state == "ready"


def a_withdrawal_reaches_the_bank(here: Here) -> None:
    worker = here.an_earner(here.fund(new_id()), "12.34")
    here.run(acts.withdraw(worker, "12.34"))
    here.wait(days=1.1)
    assert withdrawal(here, worker).state == "paid"
    assert made(here, "transfer", "payout") == [1, 1]
    assert here.books.worker("worker_in_transit", worker) == "0.00"


def a_payout_comes_back_and_leaves_again(here: Here) -> None:
    worker = here.an_earner(here.fund(new_id()), "12.34")
    here.run(acts.withdraw(worker, "12.34"))
    here.wait(days=1.1)
    here.far.company.bounce(str(withdrawal(here, worker).payout_ref))
    here.run()
    assert withdrawal(here, worker).state == "stuck"
    here.run(acts.try_again(worker))
    here.wait(days=1.1)
    assert withdrawal(here, worker).state == "paid"
    assert made(here, "transfer", "payout") == [1, 2]
    assert here.books.count("journals WHERE kind = 'payout_returned'") == 1


def money_that_no_bank_takes_comes_back(here: Here) -> None:
    worker = here.an_earner(here.fund(new_id()), "12.34", country="TH")
    here.run(acts.withdraw(worker, "12.34"))
    here.far.company.bounce(str(withdrawal(here, worker).payout_ref))
    here.run()
    here.wait(days=9.5)
    assert withdrawal(here, worker).state == "failed"
    assert made(here, "transfer", "payout", "transfer_reversal") == [1, 1, 1]
    assert here.books.worker("worker_available", worker) == "12.34"


def a_refund_comes_back(here: Here) -> None:
    organisation = new_id()
    here.run(acts.pay_in(organisation, "100"))
    here.far.company.pay(here.far.company.all("checkout.session")[0]["id"])
    here.wait(days=2.1)
    here.run(acts.take_back(organisation, "30"))
    (refund,) = here.far.company.all("refund")
    assert here.books.organisation("organisation_available", organisation) == "70.00"
    here.far.company.fail_refund(refund["id"])
    here.run()
    assert here.books.organisation("organisation_available", organisation) == "100.00"


def an_objection_is_lost_and_won(here: Here) -> None:
    organisation = new_id()
    here.fund(new_id())
    here.run(acts.pay_in(organisation, "100"))
    charge = here.far.company.pay(here.far.company.all("checkout.session")[-1]["id"])["id"]
    here.wait(days=2.1)
    dispute = here.far.company.object_to(charge, 40_00)["id"]
    here.run()
    assert here.books.organisation("organisation_available", organisation) == "60.00"
    here.far.company.rule(dispute, "lost")
    here.run()
    here.far.company.rule(dispute, "won")
    here.wait(days=0.1)
    assert here.books.organisation("organisation_available", organisation) == "100.00"
    assert here.books.platform("dispute_cost") == "15.00"


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        a_deposit_arrives,
        an_account_is_opened,
        a_withdrawal_reaches_the_bank,
        a_payout_comes_back_and_leaves_again,
        money_that_no_bank_takes_comes_back,
        a_refund_comes_back,
        an_objection_is_lost_and_won,
    )
}


def withdrawal(here: Here, worker: UUID) -> Withdrawal:
    """Return a worker's only withdrawal."""
    mine = select(Withdrawal).where(Withdrawal.worker == worker)
    return here.books.run(lambda uow: uow.session.scalars(mine).one())


def made(here: Here, *kinds: str) -> list[int]:
    """Count what Stripe has made, kind by kind."""
    return [len(here.far.company.all(kind)) for kind in kinds]
