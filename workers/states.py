"""Standing: whether a worker may work at all."""

from __future__ import annotations

from enum import StrEnum

from kernel.states import Machine


class Standing(StrEnum):
    """List the standings; suspending is always a person's decision."""

    GOOD = "good"
    SUSPENDED = "suspended"
    CLOSED = "closed"


STANDING = Machine(
    "account",
    Standing.GOOD,
    {
        Standing.GOOD: {Standing.SUSPENDED, Standing.CLOSED},
        Standing.SUSPENDED: {Standing.GOOD, Standing.CLOSED},
        Standing.CLOSED: (),
    },
)
