"""News from the books: money that arrived, left or came back, and books that do not agree."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.events import News


@dataclass(frozen=True)
class DepositPaid(News):
    """An organisation's deposit arrived."""

    organisation: UUID
    deposit: UUID


@dataclass(frozen=True)
class RefundFailed(News):
    """Money could not go back to the card and is with the organisation again."""

    organisation: UUID
    refund: UUID


@dataclass(frozen=True)
class WithdrawalPaid(News):
    """The bank has a worker's money."""

    worker: UUID
    withdrawal: UUID


@dataclass(frozen=True)
class WithdrawalFailed(News):
    """A withdrawal did not leave; the money is available to the worker again."""

    worker: UUID
    withdrawal: UUID


@dataclass(frozen=True)
class WithdrawalStuck(News):
    """The bank refused a payout; the money waits at the processor."""

    worker: UUID
    withdrawal: UUID


@dataclass(frozen=True)
class BooksBroken(News):
    """An invariant of the books does not hold."""

    invariant: str
    is_halted: bool


@dataclass(frozen=True)
class OrganisationFrozen(News):
    """A bank took money back, so an organisation moves none for now."""

    organisation: UUID


@dataclass(frozen=True)
class BonusGiven(News):
    """An organisation gave a worker a bonus."""

    worker: UUID
    bonus: UUID


@dataclass(frozen=True)
class EarningTakenBack(News):
    """A payment made by mistake was taken back; its money is in the job again."""

    job: UUID
    worker: UUID
    source: str


@dataclass(frozen=True)
class WithdrawalRecalled(News):
    """Money that no bank would take came back from the processor to the worker's balance."""

    worker: UUID
    withdrawal: UUID


@dataclass(frozen=True)
class LinesUnmatched(News):
    """The processor shows lines that no journal explains."""

    count: int
