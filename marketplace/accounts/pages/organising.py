"""Pages of organisations: founding one, and who acts for it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash

from kernel.db import UnitOfWork
from kernel.web.pages import form, page, sent
from marketplace.accounts import invitations, organisations, policy, queries, schemas
from marketplace.accounts.models import Invitation, Member, Organisation
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
        "invitations": invitations.waiting(uow, shown.id),
        "roles": list(Role),
        "is_owner": policy.has_rank(uow.identity, shown.id, Role.OWNER),
        "is_manager": policy.has_rank(uow.identity, shown.id, Role.MANAGER),
    }


@blueprint.post("/organisations/<uuid:organisation_id>/members")
@form(policy.ADD_MEMBER, organisation, load=queries.organisation)
def add(uow: UnitOfWork, shown: Organisation) -> str:
    """Let a person act for the organisation, by a letter where they have not signed up."""
    data = sent(schemas.MemberIn())
    if invitations.invite(uow, shown, data["email"], data["role"]):
        flash("We have written to them; they join when they have signed up.", "success")
    else:
        flash("They can act for this organisation now.", "success")
    return f"/organisations/{shown.id}"


@blueprint.post("/invitations/<uuid:invitation_id>/withdraw")
@form(policy.WITHDRAW_INVITATION, account, load=invitations.invitation)
def withdraw(uow: UnitOfWork, asked: Invitation) -> str:
    """Take an invitation back."""
    invitations.withdraw(uow, asked)
    flash("The invitation is withdrawn.", "success")
    return f"/organisations/{asked.organisation_id}"


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
