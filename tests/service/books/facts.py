"""What the second opinion remembers of deposits, earnings, withdrawals and objections."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

Name = tuple[str, str]


class Refusal(Exception):
    """Say by which code the books must refuse a command."""


@dataclass
class Paid:
    """One deposit: when it came, clears and matures, and what of it went back to the card."""

    organisation: str
    micros: int
    net: int
    day: int
    matures: int
    is_cleared: bool = False
    refunded: int = 0
    is_contested: bool = False


@dataclass
class Earned:
    """One payment to a worker: from when it is available, and who paid it."""

    job: str
    worker: str
    micros: int
    fee: int
    available: int
    payers: list[tuple[Name, int]]
    is_matured: bool = False
    is_taken_back: bool = False


@dataclass
class Asked:
    """One withdrawal and the day its money reaches the bank."""

    worker: str
    micros: int
    state: str = "requested"
    arrives: int = 0
    has_bounced: bool = False


@dataclass
class Objection:
    """One chargeback: what is still owed of it, and who bore the rest."""

    organisation: str
    micros: int
    owed: int = 0
    borne: int = 0
    reserve: int = 0
    debt: int = 0
    state: str = "open"


def job(which: UUID) -> str:
    """Name a job as accounts do."""
    return f"job:{which}"


def organisation(which: UUID) -> str:
    """Name an organisation as accounts do."""
    return f"organisation:{which}"


def worker(which: UUID) -> str:
    """Name a worker as accounts do."""
    return f"worker:{which}"
