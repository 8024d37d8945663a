"""Pages of organisations: founding one, and who acts for it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash

from kernel.db import UnitOfWork
from kernel.web.pages import form, page, sent
from marketplace.accounts import organisations, policy, queries, schemas
from marketplace.accounts.models import Member, Organisation
from marketplace.accounts.pages.asking import asker
from marketplace.accounts.pages.own import account
from marketplace.accounts.states import Role

blueprint = Blueprint("organising", __name__)


@blueprint.post("/organisations")
@form(policy.CREATE_ORGANISATION, account)
def found(uow: UnitOfWork) -> str:
    """Found an organisation."""
    name = sent(schemas.OrganisationIn())["name"]
    return f"/organisations/{organisations.create(uow, name, asker(uow).id).id}"


@blueprint.get("/organisations/<uuid:organisation_id>")
@blueprint.get("/organisations/<uuid:organisation_id>/members")
@page(policy.SEE_ORGANISATION, "accounts/organisation.html", load=queries.organisation)
def organisation(uow: UnitOfWork, shown: Organisation) -> dict[str, Any]:
    """Show an organisation, who acts for it, and the way to its jobs and money."""
    return {
        "organisation": shown,
        "members": queries.members(uow, shown.id),
        "roles": list(Role),
        "is_owner": policy.has_rank(uow.identity, shown.id, Role.OWNER),
        "is_manager": policy.has_rank(uow.identity, shown.id, Role.MANAGER),
    }


@blueprint.post("/organisations/<uuid:organisation_id>/members")
@form(policy.ADD_MEMBER, organisation, load=queries.organisation)
def add(uow: UnitOfWork, shown: Organisation) -> str:
    """Let a person who has signed up act for the organisation."""
    data = sent(schemas.MemberIn())
    organisations.add_member(uow, shown, data["email"], data["role"])
    flash("They can act for this organisation now.", "success")
    return f"/organisations/{shown.id}"


@blueprint.post("/organisations/<uuid:organisation_id>/members/<uuid:user_id>/role")
@form(policy.CHANGE_MEMBER, organisation, load=queries.member)
def change(uow: UnitOfWork, member: Member) -> str:
    """Give a member another role."""
    organisations.change_role(uow, member, sent(schemas.RoleIn())["role"])
    return f"/organisations/{member.organisation_id}"


@blueprint.post("/organisations/<uuid:organisation_id>/members/<uuid:user_id>/remove")
@form(policy.REMOVE_MEMBER, organisation, load=queries.member)
def remove(uow: UnitOfWork, member: Member) -> str:
    """Remove a member, or leave."""
    has_left = member.user_id == uow.identity.user_id
    organisations.remove_member(uow, member)
    return "/account" if has_left else f"/organisations/{member.organisation_id}"
