"""The API of accounts: sign-up, sessions, organisations, members and keys."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from flask import current_app
from flask_smorest import Blueprint

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.web import http
from kernel.web.fields import PageIn
from kernel.web.http import endpoint
from kernel.web.limits import Limits
from marketplace.accounts import (
    erasing,
    keys,
    organisations,
    policy,
    queries,
    schemas,
    sign_up,
    signing_in,
)
from marketplace.accounts.browser import cookie, csrf
from marketplace.accounts.models import ApiKey, Member, Organisation, User

blueprint = Blueprint(
    "accounts", __name__, url_prefix="/api/v1", description="People, organisations and keys"
)
Data = dict[str, Any]


@blueprint.post("/sign-ups")
@endpoint(policy.SIGN_UP, shows_secret=True)
@blueprint.arguments(schemas.SignUpIn)
@blueprint.response(201, schemas.SignUpOut)
def sign_up_here(uow: UnitOfWork, data: Data) -> Data:
    """Sign up as a worker or as a requester, and be signed in."""
    languages = tuple(data.pop("languages"))
    registration = sign_up.Registration(**data, languages=languages)
    made = sign_up.sign_up(uow, _limits(), registration, cookie.visit())
    cookie.keep(signing_in.begin(uow, made.user, cookie.visit()).token)
    return {
        "user_id": made.user.id,
        "worker_id": made.user.worker_id,
        "organisation_id": made.organisation_id,
        "csrf_token": csrf.csrf_token(),
    }


@blueprint.post("/sessions")
@endpoint(policy.SIGN_IN, shows_secret=True)
@blueprint.arguments(schemas.SignInIn)
@blueprint.response(201, schemas.SessionOut)
def sign_in(uow: UnitOfWork, data: Data) -> Data:
    """Sign in; an admin's rights need the code of their second factor too."""
    credentials = signing_in.Credentials(**data)
    return _kept(uow, signing_in.sign_in(uow, _limits(), credentials, cookie.visit()))


@blueprint.delete("/sessions/current")
@endpoint(policy.CHANGE_SESSION)
@blueprint.response(204)
def sign_out(uow: UnitOfWork) -> None:
    """Sign out."""
    signing_in.sign_out(uow)
    cookie.forget()


@blueprint.post("/sessions/current/refresh")
@endpoint(policy.CHANGE_SESSION, shows_secret=True)
@blueprint.arguments(schemas.RefreshIn)
@blueprint.response(200, schemas.SessionOut)
def refresh(uow: UnitOfWork, data: Data) -> Data:
    """Show the password again, as withdrawals ask for; the cookie and its token are exchanged."""
    limits, visit = _limits(), cookie.visit()
    return _kept(uow, signing_in.refresh(uow, limits, data["password"], data["code"], visit))


@blueprint.get("/me")
@endpoint(policy.SEE_ACCOUNT)
@blueprint.response(200, schemas.AccountOut)
def me(uow: UnitOfWork) -> Data:
    """Show your own account."""
    user = _asker(uow)
    return {
        **_shown(uow, user),
        "is_admin": uow.identity.is_admin,
        "needs_code": uow.identity.is_admin and uow.identity.second_factor_at is None,
        "csrf_token": csrf.csrf_token() if uow.identity.session_id else None,
        "email": user.email,
        "display_name": user.display_name,
        "country": user.country,
        "is_confirmed": uow.identity.is_confirmed,
        "created_at": user.created_at,
    }


@blueprint.delete("/me")
@endpoint(policy.ERASE_ACCOUNT)
@blueprint.response(204)
def erase_me(uow: UnitOfWork) -> None:
    """Erase your account for good; it needs a fresh sign-in."""
    permissions.check_fresh(uow.identity, uow.now)
    erasing.erase(uow, _asker(uow))
    cookie.forget()


@blueprint.post("/email-confirmations")
@endpoint(policy.RECOVER)
@blueprint.arguments(schemas.TokenIn)
@blueprint.response(204)
def confirm_address(uow: UnitOfWork, data: Data) -> None:
    """Confirm an e-mail address by the token of the letter."""
    sign_up.confirm(uow, data["token"])


@blueprint.post("/email-confirmations/letters")
@endpoint(policy.CONFIRM_ACCOUNT)
@blueprint.response(202)
def send_confirmation_again(uow: UnitOfWork) -> None:
    """Have the letter sent once more."""
    sign_up.ask_again(uow, _limits(), _asker(uow))


@blueprint.post("/password-resets")
@endpoint(policy.RECOVER, shows_secret=True)
@blueprint.arguments(schemas.ResetIn)
@blueprint.response(202)
def ask_reset(uow: UnitOfWork, data: Data) -> None:
    """Have a letter sent that lets you choose a new password, if the address has an account."""
    signing_in.ask_reset(uow, _limits(), data["email"])


@blueprint.post("/password-resets/confirm")
@endpoint(policy.RECOVER, shows_secret=True)
@blueprint.arguments(schemas.NewPasswordIn)
@blueprint.response(204)
def reset(uow: UnitOfWork, data: Data) -> None:
    """Choose a new password by the token of the letter; you are signed out everywhere."""
    signing_in.reset(uow, data["token"], data["password"])


@blueprint.get("/organisations")
@endpoint(policy.SEE_ACCOUNT)
@blueprint.response(200, schemas.OrganisationsOut)
def list_organisations(uow: UnitOfWork) -> Data:
    """List the organisations you act for."""
    roles = _roles(uow, _asker(uow))
    return {"items": roles, "next_cursor": None}


@blueprint.post("/organisations")
@endpoint(policy.CREATE_ORGANISATION)
@blueprint.arguments(schemas.OrganisationIn)
@blueprint.response(201, schemas.OrganisationOut)
def create_organisation(uow: UnitOfWork, data: Data) -> Organisation:
    """Found an organisation; you become its owner."""
    return organisations.create(uow, data["name"], _asker(uow).id)


@blueprint.get("/organisations/<uuid:organisation_id>")
@endpoint(policy.SEE_ORGANISATION, load=queries.organisation)
@blueprint.response(200, schemas.OrganisationOut)
def show_organisation(_uow: UnitOfWork, organisation: Organisation) -> Organisation:
    """Show an organisation."""
    return organisation


@blueprint.get("/organisations/<uuid:organisation_id>/members")
@endpoint(policy.SEE_ORGANISATION, load=queries.organisation)
@blueprint.response(200, schemas.MembersOut)
def list_members(uow: UnitOfWork, organisation: Organisation) -> Data:
    """List who acts for an organisation."""
    shown = [_member(member, user) for member, user in queries.members(uow, organisation.id)]
    return {"items": shown, "next_cursor": None}


@blueprint.post("/organisations/<uuid:organisation_id>/members")
@endpoint(policy.ADD_MEMBER, load=queries.organisation)
@blueprint.arguments(schemas.MemberIn)
@blueprint.response(201, schemas.MemberOut)
def add_member(uow: UnitOfWork, organisation: Organisation, data: Data) -> Data:
    """Let a person who has signed up act for an organisation."""
    member = organisations.add_member(uow, organisation, data["email"], data["role"])
    return _member(member, queries.user(uow, member.user_id))


@blueprint.patch("/organisations/<uuid:organisation_id>/members/<uuid:user_id>")
@endpoint(policy.CHANGE_MEMBER, load=queries.member)
@blueprint.arguments(schemas.RoleIn)
@blueprint.response(200, schemas.MemberOut)
def change_member(uow: UnitOfWork, member: Member, data: Data) -> Data:
    """Give a member another role."""
    organisations.change_role(uow, member, data["role"])
    return _member(member, queries.user(uow, member.user_id))


@blueprint.delete("/organisations/<uuid:organisation_id>/members/<uuid:user_id>")
@endpoint(policy.REMOVE_MEMBER, load=queries.member)
@blueprint.response(204)
def remove_member(uow: UnitOfWork, member: Member) -> None:
    """Remove a member, or leave an organisation yourself."""
    organisations.remove_member(uow, member)


@blueprint.get("/api-keys")
@endpoint(policy.SEE_KEYS)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, schemas.KeysOut)
def list_keys(uow: UnitOfWork, data: Data) -> Any:
    """List your API keys."""
    return queries.keys(uow, _asker(uow).id, data["cursor"], data["limit"])


@blueprint.post("/api-keys")
@endpoint(policy.CREATE_KEY, shows_secret=True)
@blueprint.arguments(schemas.KeyIn)
@blueprint.response(201, schemas.NewKeyOut)
def create_key(uow: UnitOfWork, data: Data) -> Data:
    """Make an API key; its token is shown this once."""
    order = keys.KeyOrder(**{**data, "scopes": frozenset(data["scopes"])})
    key, token = keys.create(uow, order)
    return {**{name: getattr(key, name) for name in schemas.KeyOut().fields}, "token": token}


@blueprint.delete("/api-keys/<uuid:key_id>")
@endpoint(policy.REVOKE_KEY, load=queries.key)
@blueprint.response(204)
def revoke_key(uow: UnitOfWork, key: ApiKey) -> None:
    """Revoke one of your API keys."""
    keys.revoke(uow, key)


@blueprint.get("/development/letters")
@endpoint(policy.READ_LETTERS)
@blueprint.arguments(schemas.LettersIn, location="query")
@blueprint.response(200, schemas.LetterOut(many=True))
def read_letters(uow: UnitOfWork, data: Data) -> Any:
    """Show the development mailbox; there is none in production."""
    if http.runtime().settings.production:
        raise Missing("not_found", "There is nothing at this address.")
    return queries.letters_to(uow, queries.normalised(data["recipient"]))


def _limits() -> Limits:
    return cast(Limits, current_app.extensions["quorum_limits"])


def _asker(uow: UnitOfWork) -> User:
    return queries.user(uow, cast(UUID, uow.identity.user_id))


def _roles(uow: UnitOfWork, user: User) -> list[Data]:
    pairs = queries.organisations_of(uow, user.id)
    return [{"id": each.id, "name": each.name, "role": role} for each, role in pairs]


def _shown(uow: UnitOfWork, user: User) -> Data:
    roles = _roles(uow, user)
    return {"user_id": user.id, "worker_id": user.worker_id, "organisations": roles}


def _kept(uow: UnitOfWork, signed_in: signing_in.SignedIn) -> Data:
    """Put the session into the cookie and show who signed in."""
    cookie.keep(signed_in.token)
    return {
        **_shown(uow, signed_in.user),
        "is_admin": signed_in.user.is_admin,
        "needs_code": signed_in.needs_code,
        "csrf_token": csrf.csrf_token(),
    }


def _member(member: Member, user: User) -> Data:
    return {
        "user_id": user.id,
        "email": user.email,
        "display_name": user.display_name,
        "role": member.role,
        "created_at": member.created_at,
    }
