"""Every call of the gateway, from the real SDK over HTTP to a pretend Stripe held to its spec."""

from __future__ import annotations

from datetime import timedelta

import pytest
import stripe as sdk

from kernel.errors import Missing
from kernel.money import Money
from kernel.types import new_id
from payouts.gateway import (
    AccountLink,
    AccountOpening,
    AccountSeen,
    CardRefund,
    ChargebackSeen,
    Checkout,
    CheckoutSeen,
    Done,
    Failed,
    Held,
    Payout,
    PayoutSeen,
    RefundSeen,
    Reversal,
    TakenBack,
    Transfer,
    TransferSeen,
    line,
)
from payouts.gateway.company import Stripe
from tests.service.payouts.contract import account, charge, done, transfer
from tests.service.payouts.stories import usd
from tests.stripe import spec
from tests.stripe.fixtures import Now
from tests.stripe.server import Stripe as Far

__all__ = ["account", "charge", "transfer"]


def test_the_version_we_speak_is_the_one_the_sdk_describes() -> None:
    assert sdk.api_version == line.API_VERSION
    assert spec.version() == "2026-05-27.dahlia", "look again at what the spec lacks of our version"


def test_the_version_is_sent_with_every_call(far: Far, gateway: Stripe) -> None:
    gateway.balance()
    gateway.send(AccountOpening(new_id(), "US"), "an account")
    assert far.versions == {line.API_VERSION}


def test_a_deposit_is_paid_on_a_page_and_clears(now: Now, far: Far, gateway: Stripe) -> None:
    deposit = new_id()
    made = gateway.send(Checkout(deposit, usd("100"), "https://here.test/back"), "checkout:1")
    assert isinstance(made, Done) and made.url.startswith("https://checkout")
    opened = gateway.read(made.ref)
    assert isinstance(opened, CheckoutSeen)
    assert (opened.deposit, opened.state, opened.charge_ref) == (deposit, "open", "")
    charge = far.company.pay(made.ref)
    paid = gateway.read(made.ref)
    assert isinstance(paid, CheckoutSeen)
    assert (paid.state, paid.amount, paid.cost) == ("paid", usd("100"), usd("3.20"))
    assert (paid.charge_ref, paid.is_cleared) == (charge["id"], False)
    assert gateway.read(charge["payment_intent"]) == paid, "a payment leads to its page"
    now.advance(timedelta(days=2, hours=1))
    cleared = gateway.read(made.ref)
    assert isinstance(cleared, CheckoutSeen) and cleared.is_cleared
    assert gateway.balance() == [Held(available=usd("96.80"), pending=usd("0"))]


def test_a_page_nobody_pays_on_expires(far: Far, gateway: Stripe) -> None:
    page = done(gateway.send(Checkout(new_id(), usd("100"), ""), "checkout:1"))
    far.company.expire(page)
    seen = gateway.read(page)
    assert isinstance(seen, CheckoutSeen) and seen.state == "expired"


def test_yen_are_counted_without_decimals(far: Far, gateway: Stripe) -> None:
    page = done(gateway.send(Checkout(new_id(), Money(5_000_000_000, "JPY"), ""), "checkout:1"))
    assert far.company.things[page]["amount_total"] == 5_000
    seen = gateway.read(page)
    assert isinstance(seen, CheckoutSeen) and seen.amount == Money(5_000_000_000, "JPY")


def test_an_account_is_opened_and_becomes_ready(far: Far, gateway: Stripe) -> None:
    ref = done(gateway.send(AccountOpening(new_id(), "US"), "account:1"))
    seen = gateway.read(ref)
    assert isinstance(seen, AccountSeen)
    assert (seen.state, seen.problem) == ("incomplete", "requirements.past_due")
    assert "external_account" in seen.wants
    linked = gateway.send(
        AccountLink(ref, "https://here.test/back", "https://here.test/again"), "link:1"
    )
    assert isinstance(linked, Done) and linked.url.startswith("https://connect")
    far.company.fill_in(ref)
    assert gateway.read(ref) == AccountSeen(ref, "ready")


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("requirements.past_due", "restricted"),
        ("under_review", "restricted"),
        ("requirements.pending_verification", "checking"),
        ("rejected.fraud", "closed"),
    ],
)
def test_an_account_that_may_not_be_paid_says_why(
    far: Far, gateway: Stripe, account: str, reason: str, state: str
) -> None:
    far.company.restrict(account, ["individual.id_number"], reason)
    seen = gateway.read(account)
    assert isinstance(seen, AccountSeen)
    assert (seen.state, seen.problem, seen.wants) == (state, reason, ("individual.id_number",))


def test_a_disconnected_account_is_closed(far: Far, gateway: Stripe, account: str) -> None:
    far.company.disconnect(account)
    assert gateway.read(account) == AccountSeen(account, "closed", problem="disconnected")
    sent = gateway.send(Payout(new_id(), new_id(), account, usd("1")), "payout:1")
    assert isinstance(sent, Failed) and sent.code == "account_invalid"


def test_a_country_that_cannot_be_paid_is_a_definite_failure(gateway: Stripe) -> None:
    refused = gateway.send(AccountOpening(new_id(), "KP"), "account:1")
    assert refused == Failed("country_unsupported", "Accounts in this country are not supported.")


def test_money_goes_to_an_account_and_to_the_bank(
    now: Now, far: Far, gateway: Stripe, transfer: Transfer
) -> None:
    account = transfer.account
    sent = done(gateway.send(transfer, "transfer:1"))
    assert gateway.read(sent) == TransferSeen(sent, transfer.withdrawal, usd("10"))
    assert gateway.balance(account) == [Held(available=usd("10"), pending=usd("0"))]
    payout = Payout(transfer.withdrawal, transfer.worker, account, usd("10"))
    paid_out = done(gateway.send(payout, "payout:1"))
    assert gateway.read(paid_out, account) == PayoutSeen(paid_out, transfer.withdrawal, "pending")
    now.advance(timedelta(days=1, hours=1))
    assert gateway.read(paid_out, account) == PayoutSeen(paid_out, transfer.withdrawal, "paid")
    far.company.bounce(paid_out)
    failed = gateway.read(paid_out, account)
    assert isinstance(failed, PayoutSeen)
    assert (failed.state, failed.failure) == (
        "failed",
        "The bank account is closed. Please give another one.",
    )
    with pytest.raises(Missing):
        gateway.read(paid_out)


def test_a_transfer_is_taken_back_up_to_what_it_has_left(
    far: Far, gateway: Stripe, transfer: Transfer
) -> None:
    sent = done(gateway.send(transfer, "transfer:1"))
    part = Reversal(transfer.withdrawal, sent, usd("4"))
    taken = done(gateway.send(part, "reversal:1"))
    seen = gateway.read(sent)
    assert isinstance(seen, TransferSeen)
    assert seen.reversals == (TakenBack(taken, usd("4")),)
    too_much = gateway.send(Reversal(transfer.withdrawal, sent, usd("6.01")), "reversal:2")
    assert isinstance(too_much, Failed) and too_much.code == "amount_too_large"


def test_a_refund_goes_back_to_its_card_and_may_fail_later(
    far: Far, gateway: Stripe, charge: str
) -> None:
    refund = CardRefund(new_id(), charge, usd("30"))
    ref = done(gateway.send(refund, "refund:1"))
    assert gateway.read(ref) == RefundSeen(ref, refund.refund, "accepted")
    far.company.fail_refund(ref)
    assert gateway.read(ref) == RefundSeen(ref, refund.refund, "failed")
    above = gateway.send(CardRefund(new_id(), charge, usd("70.01")), "refund:2")
    assert isinstance(above, Failed) and above.code == "amount_too_large"


def test_an_objection_shows_what_it_moved(far: Far, gateway: Stripe, charge: str) -> None:
    ref = str(far.company.object_to(charge, 40_00)["id"])
    seen = gateway.read(ref)
    assert isinstance(seen, ChargebackSeen)
    assert (seen.charge_ref, seen.state, seen.amount) == (charge, "open", usd("40"))
    (taken,) = seen.lines
    assert (taken.amount, taken.cost) == (usd("-40"), usd("15"))
    far.company.rule(ref, "won")
    won = gateway.read(ref)
    assert isinstance(won, ChargebackSeen) and won.state == "won"
    assert [each.amount for each in won.lines] == [usd("-40"), usd("40")]


def test_the_lines_of_a_balance_add_up_to_it(
    far: Far, gateway: Stripe, transfer: Transfer, charge: str
) -> None:
    began = far.company.now() - timedelta(days=30)
    done(gateway.send(transfer, "transfer:1"))
    for number in range(120):
        done(gateway.send(CardRefund(new_id(), charge, usd("0.10")), f"refund:{number}"))
    end = far.company.now() + timedelta(seconds=1)
    lines = list(gateway.lines(began, end))
    assert len(lines) == 122, "a charge, a transfer and refunds on more than one page"
    kept = sum((each.amount - each.cost).micros for each in lines)
    (held,) = gateway.balance()
    assert kept == held.available.micros == far.company.available() * 10_000
    assert [each.kind for each in gateway.lines(began, end, transfer.account)] == ["payment"]
    assert list(gateway.lines(end, end + timedelta(days=1))) == []


def test_what_happened_is_listed_page_by_page(far: Far, gateway: Stripe, charge: str) -> None:
    first = gateway.events(None)
    assert [each.kind for each in first] == [
        "checkout.session.completed",
        "payment_intent.succeeded",
    ]
    assert gateway.events(first[-1].ref) == []
    done(gateway.send(CardRefund(new_id(), charge, usd("1")), "refund:1"))
    (new,) = gateway.events(first[-1].ref)
    assert (new.kind, new.object_ref, new.is_live) == (
        "refund.created",
        far.company.all("refund")[0]["id"],
        False,
    )
    assert gateway.events("evt_long_forgotten") == [*first, new]


def test_what_is_none_of_ours_is_not_shown(far: Far, gateway: Stripe) -> None:
    foreign = far.company.make("transfer", "tr", {"amount": 1, "currency": "usd", "metadata": {}})
    foreign["reversals"] = {"object": "list", "data": [], "has_more": False, "url": "/v1/x"}
    assert gateway.read(foreign["id"]) is None
    assert gateway.read("txr_1") is None
    with pytest.raises(Missing):
        gateway.read("cs_never")


def test_money_is_not_sent_to_an_account_that_closed_since(
    far: Far, gateway: Stripe, transfer: Transfer
) -> None:
    far.company.restrict(transfer.account, ["individual.id_number"], "requirements.past_due")
    sent = gateway.send(transfer, "transfer:1")
    assert isinstance(sent, Failed) and sent.code == "account_not_ready"
    assert far.company.all("transfer") == []


def test_more_than_the_balance_is_a_definite_failure(gateway: Stripe, account: str) -> None:
    sent = gateway.send(Transfer(new_id(), new_id(), account, usd("10")), "transfer:1")
    assert isinstance(sent, Failed) and sent.code == "balance_insufficient"


def test_the_spec_refuses_what_stripe_would(far: Far, gateway: Stripe) -> None:
    client = gateway._client  # the real SDK, asked for what our gateway never asks
    with pytest.raises(sdk.InvalidRequestError):
        client.v1.transfers.create({"amount": 1.5, "currency": "usd", "destination": "acct_1"})  # type: ignore[typeddict-item]
    with pytest.raises(sdk.InvalidRequestError):
        client.v1.accounts.create({"controller": {"fees": {"pays": "application"}}})  # type: ignore[typeddict-unknown-key]
    with pytest.raises(spec.Breach):
        spec.check_object("payout", spec.blank("payout", {}) | {"amount": "ten"})
    assert len(far.company.breaches) == 2
    far.company.breaches.clear()
