"""Browse the ledger: find journals, open one, and see every line and what it was for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.money import Money
from kernel.web.paging import Page, page
from payouts.books import sources
from payouts.books.sources import Described
from payouts.models import Account, Journal, Posting

SEARCH_MAX = 120
RELATED_MAX = 50


@dataclass(frozen=True)
class Leg:
    """One line of a journal; a debit is above zero."""

    kind: str
    owner: str
    amount: Money

    @property
    def is_debit(self) -> bool:
        """Tell on which side it stands."""
        return self.amount.micros > 0


@dataclass(frozen=True)
class Opened:
    """Show one journal whole: its lines, what it was for, and the others for the same thing."""

    id: UUID
    kind: str
    ref: str
    source: str
    at: datetime
    reverses: UUID | None
    about: Described
    legs: Sequence[Leg]
    related: Sequence[Journal]

    @property
    def total(self) -> Money:
        """Return how much it moved: the sum of its debits."""
        debits = [leg.amount for leg in self.legs if leg.is_debit]
        return sum(debits[1:], start=debits[0])


def found(uow: UnitOfWork, wanted: str, cursor: str | None, limit: int) -> Page[Journal]:
    """Return a page of journals, newest first: all, of a kind, for a source, or of an owner."""
    query = select(Journal)
    wanted = wanted.strip()[:SEARCH_MAX]
    if wanted:
        of_owner = (
            select(Posting.journal_id)
            .join(Account, Account.id == Posting.account_id)
            .where(Account.owner == wanted)
        )
        query = query.where(
            (Journal.kind == wanted)
            | (Journal.ref == wanted)
            | (Journal.source == wanted)
            | Journal.id.in_(of_owner)
        )
    return page(uow.session, query, Journal.id, cursor, limit, newest_first=True)


def opened(uow: UnitOfWork, journal_id: UUID) -> Opened:
    """Return one journal with its lines, its reason and its relatives."""
    row = uow.session.get(Journal, journal_id)
    if row is None:
        raise Missing("not_found", "There is no such journal.")
    legs = uow.session.execute(
        select(Account.kind, Account.owner, Posting.micros, Posting.currency)
        .join(Account, Account.id == Posting.account_id)
        .where(Posting.journal_id == row.id)
        .order_by(Posting.place)
    )
    related = select(Journal).where(Journal.source == row.source, Journal.id != row.id)
    others = related.order_by(Journal.id).limit(RELATED_MAX) if row.source else None
    return Opened(
        id=row.id,
        kind=row.kind,
        ref=row.ref,
        source=row.source,
        at=row.at,
        reverses=row.reverses,
        about=sources.describe(uow, [row.source])[row.source],
        legs=[Leg(kind, owner, Money(micros, code)) for kind, owner, micros, code in legs],
        related=uow.session.scalars(others).all() if others is not None else [],
    )
