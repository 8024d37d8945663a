"""Pages of money: a balance, earnings and how they are paid out, books, and webhooks."""

from __future__ import annotations

from flask import Blueprint

from payouts.pages import balance, books, earnings, onboarding, webhooks

blueprint = Blueprint("money_pages", __name__)
for _part in (balance, earnings, onboarding, books, webhooks):
    blueprint.register_blueprint(_part.blueprint)
