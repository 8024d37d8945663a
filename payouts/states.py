"""The lives of money on its way, of payout accounts, and of what the processor hears and says."""

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
    """Where a withdrawal stands; stuck: the bank refused; recalling: it comes back to us."""

    REQUESTED = "requested"
    TRANSFERRED = "transferred"
    SENT = "sent"
    PAID = "paid"
    STUCK = "stuck"
    RECALLING = "recalling"
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
        W.STUCK: [W.TRANSFERRED, W.RECALLING, W.FAILED],
        W.RECALLING: [W.FAILED, W.STUCK],
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


class AccountState(StrEnum):
    """Where a worker's payout account stands; only to a ready one money is sent."""

    STARTED = "started"
    INCOMPLETE = "incomplete"
    CHECKING = "checking"
    READY = "ready"
    RESTRICTED = "restricted"
    CLOSED = "closed"
    FAILED = "failed"


A = AccountState
SHOWN = {A.INCOMPLETE, A.CHECKING, A.READY, A.RESTRICTED, A.CLOSED}
PAYOUT_ACCOUNT = Machine(
    "payout_account",
    A.STARTED,
    {
        A.STARTED: [*SHOWN, A.FAILED],
        # The processor asks and answers in any order; only a closed account is never opened again.
        A.INCOMPLETE: SHOWN - {A.INCOMPLETE},
        A.CHECKING: SHOWN - {A.CHECKING},
        A.READY: SHOWN - {A.READY},
        A.RESTRICTED: SHOWN - {A.RESTRICTED},
        A.CLOSED: [A.STARTED],
        A.FAILED: [A.STARTED],
    },
)


class EventState(StrEnum):
    """What came of an event; unknown: the processor has no such object; or it has another mode."""

    WAITING = "waiting"
    APPLIED = "applied"
    NOT_OURS = "not_ours"
    UNKNOWN = "unknown"
    OTHER_MODE = "other_mode"


E = EventState
EVENT = Machine(
    "event",
    E.WAITING,
    {
        E.WAITING: [E.APPLIED, E.NOT_OURS, E.UNKNOWN, E.OTHER_MODE],
        E.APPLIED: [E.WAITING],
        E.NOT_OURS: [E.WAITING],
        E.UNKNOWN: [E.WAITING],
        E.OTHER_MODE: [],
    },
)


class ChargebackState(StrEnum):
    """Where a card holder's objection stands; warned: asked about, no money has moved."""

    WARNED = "warned"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


B = ChargebackState
CHARGEBACK = Machine(
    "chargeback",
    B.WARNED,
    {
        B.WARNED: [B.OPEN, B.WON, B.LOST],
        B.OPEN: [B.WON, B.LOST],
        # A bank may rule again, in either direction.
        B.WON: [B.LOST],
        B.LOST: [B.WON],
    },
)
