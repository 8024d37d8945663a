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
