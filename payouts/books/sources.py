"""What journals were for: packages above say in words what their sources mean, and lead there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from kernel.db import UnitOfWork
from kernel.money import Money
from payouts.books.models import Bonus
from payouts.models import Deposit, Refund, Withdrawal


@dataclass(frozen=True)
class Described:
    """Say in words what a source is, where to look at it, and what is known of it."""

    words: str
    link: str = ""
    facts: Sequence[tuple[str, str]] = ()


Describe = Callable[[UnitOfWork, Sequence[str]], Mapping[str, Described]]
DESCRIBERS: dict[str, Describe] = {}


def register(prefix: str, describe: Describe) -> None:
    """Let sources that begin with a prefix be described, many at once."""
    DESCRIBERS[prefix] = describe


def describe(uow: UnitOfWork, sources: Iterable[str]) -> dict[str, Described]:
    """Describe sources, one call a kind; what nobody knows is shown as it is."""
    groups: dict[str, list[str]] = {}
    for source in dict.fromkeys(sources):
        groups.setdefault(source.partition(":")[0], []).append(source)
    found = {source: Described(source) for group in groups.values() for source in group}
    for prefix, group in groups.items():
        if prefix in DESCRIBERS:
            found |= DESCRIBERS[prefix](uow, group)
    return found


def _bonuses(uow: UnitOfWork, sources: Sequence[str]) -> dict[str, Described]:
    rows = uow.session.query(Bonus).where(Bonus.id.in_(map(_id, sources)))
    return {
        f"bonus:{row.id}": Described("Bonus", "", [("Why", row.reason), ("For", row.about or "–")])
        for row in rows
    }


def _deposits(uow: UnitOfWork, sources: Sequence[str]) -> dict[str, Described]:
    rows = uow.session.query(Deposit).where(Deposit.id.in_(map(_id, sources)))
    return {
        f"deposit:{row.id}": Described(
            f"Deposit of {Money(row.micros, row.currency)}",
            f"/money/{row.organisation}/deposits/{row.id}",
            [("Charge", row.charge_ref or "–"), ("State", row.state)],
        )
        for row in rows
    }


def _refunds(uow: UnitOfWork, sources: Sequence[str]) -> dict[str, Described]:
    rows = uow.session.query(Refund).where(Refund.id.in_(map(_id, sources)))
    return {
        f"refund:{row.id}": Described(
            f"Refund of {Money(row.micros, row.currency)}", "", [("State", row.state)]
        )
        for row in rows
    }


def _withdrawals(uow: UnitOfWork, sources: Sequence[str]) -> dict[str, Described]:
    rows = uow.session.query(Withdrawal).where(Withdrawal.id.in_(map(_id, sources)))
    return {
        f"withdrawal:{row.id}": Described(
            f"Withdrawal of {Money(row.micros, row.currency)}",
            f"/admin/people/{row.worker}",
            [
                ("State", row.state),
                ("Transfer", row.transfer_ref or "–"),
                ("Payout", row.payout_ref or "–"),
            ],
        )
        for row in rows
    }


def _id(source: str) -> UUID:
    return UUID(source.partition(":")[2])


for _prefix, _describe in {
    "bonus": _bonuses,
    "deposit": _deposits,
    "refund": _refunds,
    "withdrawal": _withdrawals,
}.items():
    register(_prefix, _describe)
