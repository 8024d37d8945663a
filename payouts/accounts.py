"""The chart of accounts: which kinds there are, whose they are, and which are bounded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

PLATFORM = "platform"


class Side(StrEnum):
    """Name the side on which an account grows."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True)
class Kind:
    """Describe one kind of account.

    `owners` are the words an owner may begin with; `is_bounded` means never below zero.
    """

    name: str
    side: Side
    owners: tuple[str, ...]
    is_bounded: bool
    meaning: str

    @property
    def sign(self) -> int:
        """Return what turns a signed posting (debit above zero) into growth of the balance."""
        return 1 if self.side is Side.DEBIT else -1


def _asset(name: str, owner: str, meaning: str, *, is_bounded: bool) -> Kind:
    return Kind(name, Side.DEBIT, (owner,), is_bounded, meaning)


def _debt(name: str, owner: str, meaning: str) -> Kind:
    return Kind(name, Side.CREDIT, (owner,), True, meaning)


def _cost(name: str, meaning: str) -> Kind:
    return Kind(name, Side.DEBIT, (PLATFORM,), False, meaning)


KINDS = {
    kind.name: kind
    for kind in (
        _asset("processor_pending", PLATFORM, "paid by card, not cleared yet", is_bounded=True),
        _asset("processor_available", PLATFORM, "ours at the processor", is_bounded=False),
        _asset("processor_connected", "worker", "in a worker's account there", is_bounded=False),
        _asset("processor_unmatched", PLATFORM, "lines nobody can explain yet", is_bounded=False),
        _asset("chargeback_receivable", "organisation", "taken back by a bank", is_bounded=True),
        _asset("worker_receivable", "worker", "paid to a worker by mistake", is_bounded=True),
        _debt("organisation_available", "organisation", "free to fund jobs or go back to the card"),
        _debt("refund_in_transit", "organisation", "on its way back to the card"),
        _debt("job_budget", "job", "funded and not promised to anybody"),
        _debt("job_reserved", "job", "promised: one slot, claim or undecided answer each"),
        _debt("worker_pending", "worker", "earned, not available yet"),
        _debt("worker_available", "worker", "free to withdraw"),
        _debt("worker_in_transit", "worker", "withdrawn, not confirmed by the bank yet"),
        _debt("chargeback_reserve", PLATFORM, "kept for chargebacks"),
        Kind("platform_fee", Side.CREDIT, ("job", PLATFORM), False, "our fee, accrued per job"),
        _cost("processing_cost", "what the processor takes of a deposit"),
        _cost("dispute_cost", "what the processor takes for a chargeback"),
        _cost("bad_debt", "what nobody else could pay"),
        _cost("rounding", "what rounding leaves over"),
    )
}
BOUNDED = tuple(kind.name for kind in KINDS.values() if kind.is_bounded)


@dataclass(frozen=True, order=True)
class AccountKey:
    """Name one account: its kind, its opaque owner and its currency."""

    kind: str
    owner: str
    currency: str

    def __post_init__(self) -> None:
        if self.owner.partition(":")[0] not in KINDS[self.kind].owners:
            raise ValueError(f"A {self.kind} account cannot belong to {self.owner}.")


def organisation(kind: str, who: UUID, currency: str) -> AccountKey:
    """Name an account of an organisation."""
    return AccountKey(kind, f"organisation:{who}", currency)


def job(kind: str, which: UUID, currency: str) -> AccountKey:
    """Name an account of a job."""
    return AccountKey(kind, f"job:{which}", currency)


def worker(kind: str, who: UUID, currency: str) -> AccountKey:
    """Name an account of a worker."""
    return AccountKey(kind, f"worker:{who}", currency)


def platform(kind: str, currency: str) -> AccountKey:
    """Name an account of the marketplace itself."""
    return AccountKey(kind, PLATFORM, currency)
