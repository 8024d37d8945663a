"""Money comes in by the pretend company's page and goes out by a form that asks who one is."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from kernel import chores
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.types import new_id
from payouts import accounts, ledger
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]


def test_a_deposit_is_paid_on_the_pretend_page_and_shows_in_the_balance(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    browser, money = browsing(town.requester), f"/money?organisation={town.organisation_id}"
    browser.get(money)
    action = f"/money/{town.organisation_id}/deposits"
    here = browser.send(action, amount="77", currency="USD").location
    assert "Preparing the payment page" in browser.get(here)
    chores.drain(runtime)
    assert "data-done" in browser.get(f"{here}/state")
    onward = browser.client.get(f"{here}/checkout", headers={"Accept": "text/html"}).location
    page = browser.get(urlsplit(onward).path)
    assert "no real money" in page
    assert "$77.00" in page
    assert browser.send(f"{urlsplit(onward).path}/pay").location == here
    runtime.database.run(lambda uow: uow.later("payouts.poll_processor", ""))
    chores.drain(runtime)
    assert "The money is in your balance" in browser.get(here)
    assert "$77.00" in browser.get(money)


def test_a_program_that_pays_is_not_led_anywhere(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    browser = browsing(town.requester)
    here = browser.send(
        f"/money/{town.organisation_id}/deposits", amount="9", currency="USD"
    ).location
    chores.drain(runtime)
    onward = browser.client.get(f"{here}/checkout", headers={"Accept": "text/html"}).location
    paid = browser.client.post(
        f"{urlsplit(onward).path}/pay", headers={"Accept": "application/json"}
    )
    assert paid.status_code == 204


def test_a_deposit_that_is_too_small_shows_the_form_again(browsing: Browsing, town: Town) -> None:
    browser = browsing(town.requester)
    action = f"/money/{town.organisation_id}/deposits"
    answer = browser.send(action, amount="1", currency="USD")
    assert answer.status_code == 422
    assert "A deposit is between" in answer.text
    assert 'value="1"' in answer.text


def test_withdrawing_asks_for_a_password_shown_lately(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    worker_id = town.worker.worker_id
    assert worker_id is not None
    with runtime.database.unit_of_work() as uow:
        amount = Money.parse("5", "USD").micros
        theirs = accounts.worker("worker_available", worker_id, "USD")
        legs = [(accounts.platform("processor_available", "USD"), amount), (theirs, -amount)]
        ledger.post(uow, ledger.Draft("deposit", str(new_id()), legs))
        now = uow.now
    stale = dataclasses.replace(town.worker, signed_in_at=now - timedelta(hours=1))
    browser = browsing(stale)
    assert "$5.00" in browser.get("/earnings")
    refused = browser.send("/earnings/withdraw", amount="5.00", currency="USD")
    assert refused.location.startswith("/sign-in/again?next=")
    browser = browsing(dataclasses.replace(town.worker, signed_in_at=now))
    browser.get("/earnings")
    early = browser.send("/earnings/withdraw", amount="5.00", currency="USD")
    assert early.status_code == 422
    assert "set up first how you are paid" in early.text
    browser.get("/earnings/payouts")
    assert browser.send("/earnings/payouts").location == "/earnings/payouts"
    chores.drain(runtime)
    assert "you can withdraw" in browser.get("/earnings/payouts")
    browser.get("/earnings")
    assert browser.send("/earnings/withdraw", amount="5.00", currency="USD").location == "/earnings"
    assert "Your money is on its way to your bank." in browser.get("/earnings")
