"""Who may do what with accounts, organisations, members and keys."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.identity import Identity
from kernel.permissions import is_admin, permission, signed_in
from kernel.web.http import public
from marketplace.accounts.models import ApiKey, Invitation, Member, Organisation
from marketplace.accounts.states import RANK, Role


def member_of(identity: Identity, organisation_id: UUID) -> bool:
    """Tell whether the asker acts for an organisation, in whatever role."""
    return organisation_id in identity.roles


def has_rank(identity: Identity, organisation_id: UUID, role: Role) -> bool:
    """Tell whether the asker's role in an organisation is this one or a stronger one."""
    own = identity.roles.get(organisation_id)
    return own is not None and RANK[Role(own)] >= RANK[role]


def is_confirmed(identity: Identity, _subject: Any) -> bool:
    """Pass those who have confirmed their e-mail address."""
    return identity.is_confirmed


def _sees_organisation(identity: Identity, organisation: Organisation) -> bool:
    return member_of(identity, organisation.id) or is_admin(identity, organisation)


def _owns_organisation(identity: Identity, organisation: Organisation) -> bool:
    return has_rank(identity, organisation.id, Role.OWNER)


def _sees_member(identity: Identity, member: Member | Invitation) -> bool:
    return member_of(identity, member.organisation_id)


def _owns_organisation_of(identity: Identity, member: Member | Invitation) -> bool:
    return has_rank(identity, member.organisation_id, Role.OWNER)


def _may_remove(identity: Identity, member: Member) -> bool:
    return member.user_id == identity.user_id or _owns_organisation_of(identity, member)


def _is_own_key(identity: Identity, key: ApiKey) -> bool:
    return key.user_id == identity.user_id


SIGN_UP = public("account:sign_up")
SIGN_IN = public("session:begin")
RECOVER = public("account:recover")
READ_LETTERS = public("letter:read")
SEE_ACCOUNT = permission("account:see", may=signed_in, scope="members:read")
CONFIRM_ACCOUNT = permission("account:confirm", may=signed_in)
ERASE_ACCOUNT = permission("account:erase", may=signed_in)
CHANGE_SESSION = permission("session:change", may=signed_in)
SEE_KEYS = permission("key:list", may=signed_in)
CREATE_KEY = permission("key:create", may=signed_in)
REVOKE_KEY = permission("key:revoke", see=_is_own_key, may=_is_own_key)
CREATE_ORGANISATION = permission("organisation:create", may=signed_in)
SEE_ORGANISATION = permission(
    "organisation:see", see=_sees_organisation, may=_sees_organisation, scope="members:read"
)
ADD_MEMBER = permission(
    "member:add",
    see=_sees_organisation,
    may=_owns_organisation,
    refusal="Only owners of this organisation may add members.",
)
WITHDRAW_INVITATION = permission(
    "invitation:withdraw",
    see=_sees_member,
    may=_owns_organisation_of,
    refusal="Only owners of this organisation may withdraw invitations.",
)
CHANGE_MEMBER = permission(
    "member:change",
    see=_sees_member,
    may=_owns_organisation_of,
    refusal="Only owners of this organisation may change roles.",
)
REMOVE_MEMBER = permission(
    "member:remove",
    see=_sees_member,
    may=_may_remove,
    refusal="Only owners of this organisation may remove other members.",
)
