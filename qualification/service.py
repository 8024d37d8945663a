"""What can be done with qualifications: make them, grant them, take them back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

import workers.queries
import workers.service
from kernel.db import UnitOfWork
from kernel.errors import Conflict, Denied
from kernel.types import new_id
from qualification import queries
from qualification.models import Grant, QualificationType

VALUE_ON_REQUEST = 1


@dataclass(frozen=True)
class TypeDraft:
    """What a new qualification is to be; `valid_days` None means that grants never run out."""

    name: str
    summary: str = ""
    grants_automatically: bool = False
    valid_days: int | None = None


def create_type(uow: UnitOfWork, owner: str, draft: TypeDraft) -> QualificationType:
    """Make a qualification; its name is the owner's only once."""
    if queries.is_name_taken(uow, owner, draft.name):
        raise Conflict(
            "qualification_name_taken",
            f"There is a qualification named “{draft.name}” already. Choose another name.",
        )
    kind = QualificationType(
        id=new_id(),
        owner=owner,
        name=draft.name,
        summary=draft.summary,
        grants_automatically=draft.grants_automatically,
        valid_days=draft.valid_days,
        created_at=uow.now,
    )
    uow.session.add(kind)
    uow.session.flush()
    uow.audit("qualification.created", f"qualification:{kind.id}")
    return kind


def grant_by_hand(uow: UnitOfWork, kind: QualificationType, worker_id: UUID, value: int) -> Grant:
    """Give a worker a value of a qualification, in place of the one they may have."""
    worker = workers.queries.worker(uow, worker_id)
    before = queries.current_grant(uow, kind.id, worker.id)
    was = before.value if before else None
    given = put_grant(uow, kind, worker.id, value, uow.identity.actor)
    uow.audit("qualification.granted", _thing(given), was, value)
    return given


def grant_on_request(uow: UnitOfWork, kind: QualificationType, worker_id: UUID) -> Grant:
    """Give a worker a qualification that everybody who asks for it gets."""
    workers.service.require_good(workers.queries.worker(uow, worker_id))
    if not kind.grants_automatically:
        raise Denied(
            "qualification_not_on_request",
            f"“{kind.name}” is not given on request; it is earned or granted by its organisation.",
        )
    held = queries.current_grant(uow, kind.id, worker_id)
    return held or put_grant(uow, kind, worker_id, VALUE_ON_REQUEST, "request")


def put_grant(
    uow: UnitOfWork, kind: QualificationType, worker_id: UUID, value: int, source: str
) -> Grant:
    """Write a grant, new or in place of an older one; it runs out as its qualification says."""
    expires_at = None if kind.valid_days is None else uow.now + timedelta(days=kind.valid_days)
    content = {
        "value": value,
        "source": source,
        "granted_at": uow.now,
        "expires_at": expires_at,
    }
    return uow.session.scalars(
        insert(Grant)
        .values(type_id=kind.id, worker_id=worker_id, **content)
        .on_conflict_do_update(index_elements=["type_id", "worker_id"], set_=content)
        .returning(Grant),
        execution_options={"populate_existing": True},
    ).one()


def revoke(uow: UnitOfWork, owned: queries.OwnedGrant) -> None:
    """Take a grant back."""
    uow.audit("qualification.revoked", _thing(owned.grant), owned.grant.value, None)
    uow.session.delete(owned.grant)


def _thing(grant: Grant) -> str:
    return f"grant:{grant.type_id}:{grant.worker_id}"
