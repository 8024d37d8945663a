"""What we ask of Stripe: one call for each ask, each under a key that was stored before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import stripe
from stripe.params.checkout import SessionCreateParams

from payouts.gateway import (
    AccountLink,
    AccountOpening,
    Ask,
    CardRefund,
    Checkout,
    Done,
    Payout,
    Reversal,
    Transfer,
)
from payouts.gateway.line import minor

FOUND_MAX = 100
Client = stripe.StripeClient
Options = stripe.RequestOptions


def perform(client: Client, ask: Ask, key: str) -> Done:
    """Make the one call that an ask needs; raise the SDK's error if it fails."""
    options: Options = {"idempotency_key": key}
    match ask:
        case Checkout():
            return _checkout(client, ask, options)
        case Transfer():
            return _transfer(client, ask, options)
        case Payout():
            return _payout(client, ask, options)
        case CardRefund():
            return _refund(client, ask, options)
        case Reversal():
            return _reversal(client, ask, options)
        case AccountOpening():
            return _account(client, ask, options)
        case AccountLink():
            return _link(client, ask, options)


def earlier(client: Client, ask: Ask, key: str) -> Done | None:
    """Look an object up by the key in its metadata, among the newest it could be; None if none.

    Pages are not looked up: one whose address was lost can be paid or filled in by nobody.
    """
    match ask:
        case Transfer():
            group = f"withdrawal:{ask.withdrawal}"
            transfers = client.v1.transfers.list({"transfer_group": group, "limit": FOUND_MAX})
            return _marked(transfers.data, key)
        case Payout():
            in_account: Options = {"stripe_account": ask.account}
            payouts = client.v1.payouts.list({"limit": FOUND_MAX}, in_account)
            return _marked(payouts.data, key)
        case CardRefund():
            refunds = client.v1.refunds.list({"charge": ask.charge_ref, "limit": FOUND_MAX})
            return _marked(refunds.data, key)
        case Reversal():
            reversals = client.v1.transfers.reversals.list(ask.transfer_ref, {"limit": FOUND_MAX})
            return _marked(reversals.data, key)
        case AccountOpening():
            return _marked(client.v1.accounts.list({"limit": FOUND_MAX}).data, key)
        case Checkout() | AccountLink():
            return None


Marked = stripe.Transfer | stripe.Payout | stripe.Refund | stripe.TransferReversal | stripe.Account


def _marked(objects: Iterable[Marked], key: str) -> Done | None:
    for each in objects:
        if each.metadata is not None and each.metadata.to_dict().get("key") == key:
            return Done(each.id)
    return None


def _checkout(client: Client, ask: Checkout, options: Options) -> Done:
    marks = {"deposit": str(ask.deposit), "key": str(options["idempotency_key"])}
    page: SessionCreateParams = {
        "mode": "payment",
        "client_reference_id": str(ask.deposit),
        "success_url": ask.return_url,
        "cancel_url": ask.return_url,
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": ask.amount.currency.lower(),
                    "unit_amount": minor(ask.amount),
                    "product_data": {"name": "Deposit for labeling jobs"},
                },
            }
        ],
        "payment_intent_data": {"metadata": marks},
        "metadata": marks,
    }
    session = client.v1.checkout.sessions.create(page, options)
    return Done(session.id, session.url or "")


def _transfer(client: Client, ask: Transfer, options: Options) -> Done:
    made = client.v1.transfers.create(
        {
            "amount": minor(ask.amount),
            "currency": ask.amount.currency.lower(),
            "destination": ask.account,
            "transfer_group": f"withdrawal:{ask.withdrawal}",
            "metadata": _marks(ask, options),
        },
        options,
    )
    return Done(made.id)


def _payout(client: Client, ask: Payout, options: Options) -> Done:
    made = client.v1.payouts.create(
        {
            "amount": minor(ask.amount),
            "currency": ask.amount.currency.lower(),
            "metadata": _marks(ask, options),
        },
        cast(Options, {**options, "stripe_account": ask.account}),
    )
    return Done(made.id)


def _refund(client: Client, ask: CardRefund, options: Options) -> Done:
    made = client.v1.refunds.create(
        {
            "charge": ask.charge_ref,
            "amount": minor(ask.amount),
            "reason": "requested_by_customer",
            "metadata": {"refund": str(ask.refund), "key": str(options["idempotency_key"])},
        },
        options,
    )
    return Done(made.id)


def _reversal(client: Client, ask: Reversal, options: Options) -> Done:
    made = client.v1.transfers.reversals.create(
        ask.transfer_ref,
        {"amount": minor(ask.amount), "metadata": _marks(ask, options)},
        options,
    )
    return Done(made.id)


def _account(client: Client, ask: AccountOpening, options: Options) -> Done:
    """Open an account whose fees, losses and payout times are ours, and its details Stripe's."""
    made = client.v1.accounts.create(
        {
            "country": ask.country,
            "controller": {
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "requirement_collection": "stripe",
                "stripe_dashboard": {"type": "express"},
            },
            "capabilities": {"transfers": {"requested": True}},
            "settings": {"payouts": {"schedule": {"interval": "manual"}}},
            "metadata": {"worker": str(ask.worker), "key": str(options["idempotency_key"])},
        },
        options,
    )
    return Done(made.id)


def _link(client: Client, ask: AccountLink, options: Options) -> Done:
    made = client.v1.account_links.create(
        {
            "account": ask.account,
            "type": "account_onboarding",
            "refresh_url": ask.again_url,
            "return_url": ask.return_url,
            "collection_options": {"fields": "eventually_due"},
        },
        options,
    )
    # A link has no name of its own; its key is as good.
    return Done(str(options["idempotency_key"]), made.url)


def _marks(ask: Transfer | Payout | Reversal, options: Options) -> dict[str, str]:
    return {"withdrawal": str(ask.withdrawal), "key": str(options["idempotency_key"])}
