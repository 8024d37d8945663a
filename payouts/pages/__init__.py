"""Pages of money: a balance, papers, earnings, payouts, the books, and what Stripe told us."""

from __future__ import annotations

from flask import Blueprint

from payouts.pages import (
    balance,
    books,
    earnings,
    ledger,
    onboarding,
    papers,
    reconciliation,
    webhooks,
)

PARTS = (balance, papers, earnings, onboarding, books, ledger, reconciliation, webhooks)
blueprint = Blueprint("money_pages", __name__)
for _part in PARTS:
    blueprint.register_blueprint(_part.blueprint)
