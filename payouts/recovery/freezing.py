"""Freeze an organisation whose money a bank has taken back, and let it move money again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.types import new_id
from payouts.books.models import Freeze
from payouts.events import OrganisationFrozen

REASON_MAX = 500


def freeze(uow: UnitOfWork, organisation: UUID, reason: str) -> None:
    """Let an organisation move no money until it is lifted; once is enough."""
    if open_freeze(uow, organisation) is not None:
        return
    uow.session.add(
        Freeze(id=new_id(), organisation=organisation, at=uow.now, reason=reason[:REASON_MAX])
    )
    uow.session.flush()
    uow.audit("organisation.frozen", f"organisation:{organisation}", None, reason)
    uow.tell(OrganisationFrozen(organisation))


def thaw(uow: UnitOfWork, organisation: UUID) -> None:
    """Let an organisation move money again."""
    frozen = open_freeze(uow, organisation)
    if frozen is not None:
        frozen.lifted_at, frozen.lifted_by = uow.now, uow.identity.actor
        uow.session.flush()
        uow.audit("organisation.thawed", f"organisation:{organisation}")


def check(uow: UnitOfWork, organisation: UUID) -> None:
    """Refuse what moves money of a frozen organisation."""
    if open_freeze(uow, organisation) is not None:
        raise Refused(
            "organisation_frozen",
            "A bank has taken back a payment of your organisation, so its money does not move "
            "for now. Work that was promised is still paid. Please write to us.",
        )


def open_freeze(uow: UnitOfWork, organisation: UUID) -> Freeze | None:
    """Return the freeze that holds an organisation now, if one does."""
    return uow.session.scalar(
        select(Freeze).where(Freeze.organisation == organisation, Freeze.lifted_at.is_(None))
    )


def frozen(uow: UnitOfWork) -> Sequence[Freeze]:
    """List every freeze that holds now, oldest first."""
    return uow.session.scalars(
        select(Freeze).where(Freeze.lifted_at.is_(None)).order_by(Freeze.at)
    ).all()
