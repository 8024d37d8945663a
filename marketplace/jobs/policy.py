"""Who may see, change, fund and publish jobs: members, each by their role."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from kernel.identity import Identity
from kernel.permissions import is_admin, permission, signed_in
from kernel.web.http import public
from marketplace.accounts import policy as accounts
from marketplace.accounts.states import Role


class Owned(Protocol):
    """Name what permissions are asked about: a job, or something of a job."""

    @property
    def organisation_id(self) -> UUID:
        """Return the organisation it belongs to."""


def sees(identity: Identity, subject: Owned) -> bool:
    """Pass members of the organisation, in whatever role, and admins."""
    return accounts.member_of(identity, subject.organisation_id) or is_admin(identity, subject)


def manages(identity: Identity, subject: Owned) -> bool:
    """Pass managers and owners of the organisation."""
    return accounts.has_rank(identity, subject.organisation_id, Role.MANAGER)


NOT_A_MANAGER = "Only managers and owners of this organisation may do this."
BROWSE = public("gallery:browse")
LIST = permission("job:list", may=signed_in, scope="jobs:read")
SEE = permission("job:see", see=sees, may=sees, scope="jobs:read")
BEGIN = permission("job:begin", may=signed_in, scope="jobs:write")
CREATE = permission("job:create", see=sees, may=manages, scope="jobs:write", refusal=NOT_A_MANAGER)
EDIT = permission("job:edit", see=sees, may=manages, scope="jobs:write", refusal=NOT_A_MANAGER)
PUBLISH = permission(
    "job:publish", see=sees, may=manages, scope="jobs:write", refusal=NOT_A_MANAGER
)
FUND = permission("job:fund", see=sees, may=manages, scope="money:write", refusal=NOT_A_MANAGER)
IMPORT = permission("job:import", see=sees, may=manages, scope="jobs:write", refusal=NOT_A_MANAGER)
