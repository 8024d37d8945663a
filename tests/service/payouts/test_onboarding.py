"""A worker earns first and sets up later how they are paid; money goes only where it can arrive."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from kernel.errors import Refused
from kernel.types import new_id
from payouts import chores, onboarding, requirements
from payouts.gateway.company import Stripe
from payouts.webhooks import hearing, looking
from tests.service.payouts.stories import Books, a_worker
from tests.stripe.fixtures import Now
from tests.stripe.server import Stripe as Far


@pytest.fixture
def worker(stripe_books: Books) -> UUID:
    """A worker who has earned five dollars, and the processor has money."""
    worker = new_id()
    stripe_books.run(lambda uow: a_worker(uow, worker))
    stripe_books.earn(worker, "5")
    return worker


def begin(books: Books, worker: UUID) -> onboarding.Shown:
    """Press the button, and let the processor be asked."""
    books.run(lambda uow: onboarding.begin(uow, worker, "https://here.test"))
    chores.send_due(books.database, books.processor)
    hearing.hear(books.database, books.processor)
    return shown(books, worker)


def shown(books: Books, worker: UUID) -> onboarding.Shown:
    return books.run(lambda uow: onboarding.show(uow, worker))


def account(far: Far) -> str:
    return str(far.company.all("account")[-1]["id"])


def test_who_has_not_set_up_earns_and_cannot_withdraw(stripe_books: Books, worker: UUID) -> None:
    assert shown(stripe_books, worker).state == "none"
    with pytest.raises(Refused) as refusal:
        stripe_books.run(lambda uow: onboarding.ready_account(uow, worker))
    assert refusal.value.code == "payouts_not_set_up"
    assert stripe_books.worker("worker_available", worker) == "5.00"


def test_setting_up_leads_to_a_page_and_ends_ready(
    stripe_books: Books, far: Far, worker: UUID
) -> None:
    begun = begin(stripe_books, worker)
    assert begun.state == "incomplete"
    assert begun.page_url is not None and begun.page_url.startswith("https://connect")
    assert begun.wants == [
        "The bank account your money should go to",
        "A picture of your identity card or passport",
        "Your date of birth",
    ]
    with pytest.raises(Refused) as refusal:
        stripe_books.withdraw(worker, "5")
    assert refusal.value.code == "payouts_not_ready"
    far.company.fill_in(account(far))
    stripe_books.run(lambda uow: onboarding.look(uow, worker))
    hearing.hear(stripe_books.database, stripe_books.processor)
    assert shown(stripe_books, worker).state == "ready"
    assert stripe_books.withdraw(worker, "5").account_ref == account(far)


def test_the_account_leaves_payout_times_and_losses_to_us(
    stripe_books: Books, far: Far, worker: UUID
) -> None:
    begin(stripe_books, worker)
    (asked,) = [kept.asked for (_, key), kept in far.kept.items() if key.startswith("account:")]
    assert '"interval": "manual"' in asked
    assert '"losses": {"payments": "application"}' in asked
    assert '"transfers": {"requested": true}' in asked


def test_a_page_is_offered_while_it_is_surely_good(
    stripe_books: Books, far: Far, now: Now, worker: UUID
) -> None:
    first = begin(stripe_books, worker).page_url
    now.advance(timedelta(seconds=onboarding.LINK_SECONDS))
    assert shown(stripe_books, worker).page_url is None
    second = begin(stripe_books, worker).page_url
    assert second not in (None, first)
    assert len(far.company.all("account")) == 1, "a fresh page, not a second account"


def test_pressing_twice_before_anything_happened_opens_one_account(
    stripe_books: Books, far: Far, worker: UUID
) -> None:
    stripe_books.run(lambda uow: onboarding.begin(uow, worker, "https://here.test"))
    begin(stripe_books, worker)
    assert len(far.company.all("account")) == 1


def test_an_account_that_falls_back_stops_withdrawals_and_says_why(
    stripe_books: Books, far: Far, worker: UUID
) -> None:
    begin(stripe_books, worker)
    far.company.fill_in(account(far))
    far.company.restrict(account(far), ["individual.id_number"], "requirements.past_due")
    stripe_books.run(lambda uow: onboarding.look(uow, worker))
    hearing.hear(stripe_books.database, stripe_books.processor)
    now_shown = shown(stripe_books, worker)
    assert (now_shown.state, now_shown.problem) == (
        "restricted",
        "Something it asked for is overdue.",
    )
    assert now_shown.wants == ["Your tax or social security number"]
    with pytest.raises(Refused):
        stripe_books.withdraw(worker, "5")


def test_an_account_closed_between_request_and_call_gives_the_money_back(
    stripe_books: Books, far: Far, worker: UUID
) -> None:
    begin(stripe_books, worker)
    far.company.fill_in(account(far))
    stripe_books.run(lambda uow: onboarding.look(uow, worker))
    hearing.hear(stripe_books.database, stripe_books.processor)
    asked = stripe_books.withdraw(worker, "5")
    far.company.disconnect(account(far))
    chores.send_due(stripe_books.database, stripe_books.processor)
    failed = stripe_books.withdrawal(asked.id)
    assert (failed.state, failed.failure) == (
        "failed",
        "The payout account cannot take money just now.",
    )
    assert stripe_books.worker("worker_available", worker) == "5.00"
    assert far.company.all("transfer") == []


def test_a_closed_account_is_replaced_by_a_new_one(
    stripe_books: Books, far: Far, worker: UUID
) -> None:
    begin(stripe_books, worker)
    old = account(far)
    far.company.disconnect(old)
    stripe_books.run(lambda uow: onboarding.look(uow, worker))
    hearing.hear(stripe_books.database, stripe_books.processor)
    assert shown(stripe_books, worker).state == "closed"
    assert begin(stripe_books, worker).state == "incomplete"
    assert account(far) != old


def test_a_country_that_cannot_be_paid_is_told_and_can_be_tried_again(
    stripe_books: Books, far: Far
) -> None:
    worker = new_id()
    stripe_books.run(lambda uow: a_worker(uow, worker, country="KP"))
    refused = begin(stripe_books, worker)
    assert (refused.state, refused.problem) == (
        "failed",
        "Accounts in this country are not supported.",
    )
    assert begin(stripe_books, worker).state == "failed"
    assert stripe_books.count("remote_calls WHERE purpose = 'account'") == 2


def test_what_nobody_told_is_found_by_looking_again(
    stripe_books: Books, far: Far, gateway: Stripe, now: Now, worker: UUID
) -> None:
    begin(stripe_books, worker)
    far.company.fill_in(account(far))  # and the message is lost
    now.advance(timedelta(hours=1))
    assert stripe_books.run(looking.look_again) == 1
    assert stripe_books.run(looking.look_again) == 1
    assert stripe_books.count("processor_events WHERE event_id LIKE 'look:%'") == 2
    hearing.hear(stripe_books.database, gateway)
    assert shown(stripe_books, worker).state == "ready"
    assert stripe_books.run(looking.look_again) == 0, "nothing is left to wonder about"


def test_what_is_wanted_is_told_once_each_in_plain_words() -> None:
    codes = ["individual.dob.day", "individual.dob.year", "individual.ssn_last_4", "new.thing"]
    assert requirements.words(codes) == [
        "The last four digits of your social security number",
        "Your date of birth",
        "Something that the payment company tells you on its page",
    ]
    assert requirements.problem("rejected.fraud").startswith("It will not pay")
    assert requirements.problem("brand_new_code") == requirements.PROBLEMS["other"]
    assert requirements.problem("") == ""
