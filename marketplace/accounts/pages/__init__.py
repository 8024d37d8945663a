"""Pages of accounts: signing up and in, one's own account, organisations and keys."""

from __future__ import annotations

from flask import Blueprint

from marketplace.accounts.pages import joining, organising, own, signing

blueprint = Blueprint("account_pages", __name__)
for _part in (joining, signing, own, organising):
    blueprint.register_blueprint(_part.blueprint)
