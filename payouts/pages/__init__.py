"""Pages of money: an organisation's balance, a worker's earnings, an admin's books."""

from __future__ import annotations

from flask import Blueprint

from payouts.pages import balance, books, earnings

blueprint = Blueprint("money_pages", __name__)
for _part in (balance, earnings, books):
    blueprint.register_blueprint(_part.blueprint)
