"""The lives of a deposit, a withdrawal, a refund and a call to the payment processor."""

from __future__ import annotations

from enum import StrEnum

from kernel.states import Machine


class DepositState(StrEnum):
    """Where a deposit stands."""

    STARTED = "started"
    OPEN = "open"
    PAID = "paid"
    CLEARED = "cleared"
    EXPIRED = "expired"
    FAILED = "failed"


D = DepositState
DEPOSIT = Machine(
    "deposit",
    D.STARTED,
    {
        D.STARTED: [D.OPEN, D.PAID, D.FAILED],
        D.OPEN: [D.PAID, D.EXPIRED],
        D.PAID: [D.CLEARED],
        D.CLEARED: [],
        D.EXPIRED: [],
        D.FAILED: [],
    },
)


class WithdrawalState(StrEnum):
    """Where a withdrawal stands; stuck: the bank refused, the money waits at the processor."""

    REQUESTED = "requested"
    TRANSFERRED = "transferred"
    SENT = "sent"
    PAID = "paid"
    STUCK = "stuck"
    FAILED = "failed"


W = WithdrawalState
WITHDRAWAL = Machine(
    "withdrawal",
    W.REQUESTED,
    {
        W.REQUESTED: [W.TRANSFERRED, W.FAILED],
        W.TRANSFERRED: [W.SENT, W.STUCK],
        W.SENT: [W.PAID, W.STUCK],
        W.PAID: [W.STUCK],
        W.STUCK: [W.TRANSFERRED],
        W.FAILED: [],
    },
)


class RefundState(StrEnum):
    """Where a refund stands; returned: accepted at first, then sent back by the card's bank."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    FAILED = "failed"


R = RefundState
REFUND = Machine(
    "refund",
    R.REQUESTED,
    {
        R.REQUESTED: [R.ACCEPTED, R.FAILED],
        R.ACCEPTED: [R.RETURNED],
        R.RETURNED: [],
        R.FAILED: [],
    },
)


class CallState(StrEnum):
    """Where a call to the processor stands; in doubt: sent, and nobody knows what came of it."""

    READY = "ready"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    DONE = "done"
    FAILED = "failed"
    REPLACED = "replaced"


C = CallState
CALL = Machine(
    "call",
    C.READY,
    {
        C.READY: [C.SENDING],
        C.SENDING: [C.SENDING, C.IN_DOUBT, C.DONE, C.FAILED, C.REPLACED],
        C.IN_DOUBT: [C.SENDING],
        C.DONE: [],
        C.FAILED: [],
        C.REPLACED: [],
    },
)
