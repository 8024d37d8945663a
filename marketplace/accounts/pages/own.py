"""Pages of a person's own account: profile, erasing, and API keys."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, flash, make_response, render_template, request
from werkzeug.wrappers import Response

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.pages import form, page, sent
from marketplace.accounts import erasing, keys, policy, queries, schemas
from marketplace.accounts.browser import cookie
from marketplace.accounts.models import ApiKey
from marketplace.accounts.pages.asking import asker
from workers.models import Worker

KEYS_SHOWN = 50
ERASE_WORD = "erase"
blueprint = Blueprint("own", __name__)


@blueprint.get("/account")
@page(policy.SEE_ACCOUNT, "accounts/account.html")
def account(uow: UnitOfWork) -> dict[str, Any]:
    """Show what we know of a person and what they can do about it."""
    user = asker(uow)
    worker = uow.session.get(Worker, user.worker_id) if user.worker_id else None
    return {
        "user": user,
        "worker": worker,
        "organisations": queries.organisations_of(uow, user.id),
    }


@blueprint.post("/account/erase")
@form(policy.ERASE_ACCOUNT, account)
def erase(uow: UnitOfWork) -> str:
    """Erase the account for good; it needs a fresh sign-in and a written word."""
    permissions.check_fresh(uow.identity, uow.now)
    if request.form.get("word", "").strip().lower() != ERASE_WORD:
        raise Refused("erase_unconfirmed", f"Please write “{ERASE_WORD}” to say that you mean it.")
    erasing.erase(uow, asker(uow))
    cookie.forget()
    flash("Your account is erased.", "success")
    return "/"


@blueprint.get("/account/keys")
@page(policy.SEE_KEYS, "accounts/keys.html")
def own_keys(uow: UnitOfWork) -> dict[str, Any]:
    """List a person's API keys and offer to make one."""
    found = queries.keys(uow, asker(uow).id, request.args.get("cursor"), KEYS_SHOWN)
    return {"keys": found, "scopes": sorted(keys.SCOPES)}


@blueprint.post("/account/keys")
@form(policy.CREATE_KEY, own_keys)
def make_key(uow: UnitOfWork) -> Response:
    """Make a key and show its token this once: the answer is the page, with no way back to it."""
    data = sent(schemas.KeyIn(), whole=("expires_days",), many=("scopes",))
    order = keys.KeyOrder(**{**data, "scopes": frozenset(data["scopes"])})
    key, token = keys.create(uow, order)
    return cast(
        Response, make_response(render_template("accounts/new_key.html", key=key, token=token), 201)
    )


@blueprint.post("/account/keys/<uuid:key_id>/revoke")
@form(policy.REVOKE_KEY, own_keys, load=queries.key)
def revoke_key(uow: UnitOfWork, key: ApiKey) -> str:
    """Revoke a key."""
    keys.revoke(uow, key)
    flash(f"The key “{key.name}” opens nothing any more.", "success")
    return "/account/keys"
