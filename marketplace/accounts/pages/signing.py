"""Pages for signing in and out, and for a password that was forgotten."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.web.pages import form, here_or, page, sent
from marketplace.accounts import policy, schemas, signing_in
from marketplace.accounts.browser import cookie
from marketplace.accounts.pages.asking import asker, first_page, limits

CODE_OWED = "Your rights as an admin sleep until you show the code of your authenticator app."
RESET_ASKED = "If there is an account with this address, a letter is on its way to it."
blueprint = Blueprint("signing", __name__)


@blueprint.get("/sign-in")
@page(policy.SIGN_IN, "accounts/sign_in.html")
def at_the_door(_uow: UnitOfWork) -> dict[str, Any]:
    """Ask for address and password."""
    return {"next": here_or("", request.values.get("next"))}


@blueprint.post("/sign-in")
@form(policy.SIGN_IN, at_the_door)
def sign_in(uow: UnitOfWork) -> str:
    """Open a session and go on to where the person wanted to be."""
    shown = signing_in.Credentials(**sent(schemas.SignInIn()))
    opened = signing_in.sign_in(uow, limits(), shown, cookie.visit())
    cookie.keep(opened.token)
    if opened.needs_code:
        flash(CODE_OWED, "info")
        return "/sign-in/again?next=/admin"
    return here_or(first_page(opened.user), request.form.get("next"))


@blueprint.get("/sign-in/again")
@page(policy.CHANGE_SESSION, "accounts/sign_in_again.html")
def at_the_door_again(_uow: UnitOfWork) -> dict[str, Any]:
    """Ask a person who is signed in for the password once more."""
    return {"next": here_or("/account", request.values.get("next"))}


@blueprint.post("/sign-in/again")
@form(policy.CHANGE_SESSION, at_the_door_again)
def sign_in_again(uow: UnitOfWork) -> str:
    """Make the session fresh, and an admin's rights awake where a code was shown."""
    data = sent(schemas.RefreshIn())
    opened = signing_in.refresh(uow, limits(), data["password"], data["code"], cookie.visit())
    cookie.keep(opened.token)
    return here_or(first_page(asker(uow)), request.form.get("next"))


@blueprint.post("/sign-out")
@form(policy.CHANGE_SESSION, at_the_door)
def sign_out(uow: UnitOfWork) -> str:
    """Sign out."""
    signing_in.sign_out(uow)
    cookie.forget()
    flash("You are signed out.", "success")
    return "/"


@blueprint.get("/password-reset")
@page(policy.RECOVER, "accounts/forgotten.html")
def forgotten(_uow: UnitOfWork) -> dict[str, Any]:
    """Ask for the address a letter shall go to."""
    return {}


@blueprint.post("/password-reset")
@form(policy.RECOVER, forgotten)
def ask_reset(uow: UnitOfWork) -> str:
    """Have a letter written, and say the same whether or not there is an account."""
    signing_in.ask_reset(uow, limits(), sent(schemas.ResetIn())["email"])
    flash(RESET_ASKED, "success")
    return "/sign-in"


@blueprint.get("/password-reset/<token>")
@page(policy.RECOVER, "accounts/reset.html")
def resetting(_uow: UnitOfWork, token: str) -> dict[str, Any]:
    """Ask for the new password."""
    return {"token": token}


@blueprint.post("/password-reset/<token>")
@form(policy.RECOVER, resetting)
def reset(uow: UnitOfWork, token: str) -> str:
    """Set the new password; every session ends."""
    data = sent(schemas.NewPasswordIn(), token=token)
    signing_in.reset(uow, token, data["password"])
    flash("Your password is changed. Sign in with the new one.", "success")
    return "/sign-in"
