"""Pages for people who join: signing up and confirming an address."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.web.pages import form, page, sent
from marketplace.accounts import policy, schemas, sign_up, signing_in
from marketplace.accounts.browser import cookie
from marketplace.accounts.pages.asking import asker, first_page, limits
from marketplace.accounts.pages.own import account
from marketplace.config import TERMS_VERSION

blueprint = Blueprint("joining", __name__)


@blueprint.get("/sign-up")
@page(policy.SIGN_UP, "accounts/sign_up.html")
def joining(_uow: UnitOfWork) -> dict[str, Any]:
    """Ask who somebody is and whether they come to work or to order work."""
    names = Locale("en").territories
    pairs = ((code, names[code]) for code in sign_up.COUNTRIES)
    countries = sorted(pairs, key=lambda pair: pair[1])
    wanted = request.args.get("as", "worker")
    invitation = request.values.get("invitation", "")
    return {
        "terms_version": TERMS_VERSION,
        "countries": countries,
        "wanted": wanted,
        "invitation": invitation,
    }


@blueprint.post("/sign-up")
@form(policy.SIGN_UP, joining)
def join(uow: UnitOfWork) -> str:
    """Make the account, sign in, and lead to the first page."""
    spoken = request.form.get("spoken", "").replace(",", " ").lower().split()
    data = sent(_Form(exclude=("languages",)))
    data.pop("spoken", None)
    languages = schemas.SignUpIn(only=("languages",)).load({"languages": spoken})["languages"]
    registration = sign_up.Registration(**data, languages=tuple(languages))
    made = sign_up.sign_up(uow, limits(), registration, cookie.visit())
    cookie.keep(signing_in.begin(uow, made.user, cookie.visit()).token)
    flash("Welcome! We have written to you: please confirm your e-mail address.", "success")
    return first_page(made.user)


@blueprint.get("/confirm/<token>")
@page(policy.RECOVER, "accounts/confirm.html")
def confirming(_uow: UnitOfWork, token: str) -> dict[str, Any]:
    """Ask for one press, so that programs which only look at links in letters confirm nothing."""
    return {"token": token}


@blueprint.post("/confirm/<token>")
@form(policy.RECOVER, confirming)
def confirm(uow: UnitOfWork, token: str) -> str:
    """Confirm the address."""
    user = sign_up.confirm(uow, token)
    flash("Your e-mail address is confirmed.", "success")
    return first_page(user) if uow.identity.user_id == user.id else "/sign-in"


@blueprint.post("/account/confirmation")
@form(policy.CONFIRM_ACCOUNT, account)
def write_again(uow: UnitOfWork) -> str:
    """Have the letter sent once more."""
    sign_up.ask_again(uow, limits(), asker(uow))
    flash("We have written to you again.", "success")
    return "/account"


class _Form(schemas.SignUpIn):
    """Receive a sign-up from a form, where languages are one line."""

    spoken = schemas.Line(most=80, load_default="")
