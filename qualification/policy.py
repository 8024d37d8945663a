"""Who may make qualifications and exams, grant them, and sit them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel import permissions
from kernel.identity import Identity
from qualification.models import QualificationType, Sitting
from qualification.queries import OwnedExam, OwnedGrant

ORGANISATION = "organisation:"
MAKERS = frozenset({"owner", "manager"})


def role_in(identity: Identity, owner: str) -> str | None:
    """Return the asker's role in the organisation an owner string names, if any."""
    if not owner.startswith(ORGANISATION):
        return None
    return identity.roles.get(UUID(owner.removeprefix(ORGANISATION)))


def worker_of(identity: Identity) -> UUID:
    """Return the asking worker's id; their permission was checked before."""
    assert identity.worker_id is not None
    return identity.worker_id


def _owner_of(subject: str | QualificationType | OwnedGrant | OwnedExam) -> str:
    return subject if isinstance(subject, str) else subject.owner


def keeps(identity: Identity, owned: OwnedExam) -> bool:
    """Tell whether somebody looks after an exam: owners and managers of its organisation."""
    return _makes(identity, owned)


def _is_member(identity: Identity, subject: Any) -> bool:
    return role_in(identity, _owner_of(subject)) is not None


def _makes(identity: Identity, subject: Any) -> bool:
    return role_in(identity, _owner_of(subject)) in MAKERS


def _is_worker(identity: Identity, _subject: Any) -> bool:
    return identity.is_worker


def _sits(identity: Identity, sitting: Sitting) -> bool:
    return identity.is_worker and identity.worker_id == sitting.worker_id


LIST = permissions.permission(
    "qualification:list", see=_is_member, may=_is_member, scope="jobs:read"
)
CREATE = permissions.permission(
    "qualification:create",
    see=_is_member,
    may=_makes,
    scope="jobs:write",
    refusal="Only owners and managers of the organisation make qualifications and exams.",
)
GRANT = permissions.permission(
    "qualification:grant",
    see=_is_member,
    may=_makes,
    scope="jobs:write",
    refusal="Only owners and managers of the organisation grant its qualifications.",
)
SEE_KEY = permissions.permission(
    "exam:see_key",
    see=_is_member,
    may=_makes,
    scope="jobs:read",
    refusal="Only owners and managers of the organisation see the keys of its exams.",
)
REQUEST = permissions.permission(
    "qualification:request",
    may=_is_worker,
    scope="work:write",
    refusal="Qualifications are for workers; sign up as a worker to hold one.",
)
READ_EXAM = permissions.permission("exam:read", may=permissions.signed_in, scope="work:read")
SIT = permissions.permission(
    "exam:sit",
    may=_is_worker,
    scope="work:write",
    refusal="Exams are for workers; sign up as a worker to take one.",
)
ANSWER = permissions.permission("sitting:answer", see=_sits, may=_sits, scope="work:write")
