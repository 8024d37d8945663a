"""Correct a payment made by mistake: take it back, even where the worker has spent it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.money import Money
from payouts import accounts, ledger
from payouts.accounts import AccountKey
from payouts.events import EarningTakenBack
from payouts.ledger import Draft, Leg
from payouts.models import Earning

REASON_MIN, REASON_MAX = 10, 500
OFFSETS_MAX = 1_000
GONE = "Nobody was paid for this."


def take_back(uow: UnitOfWork, source: str, reason: str) -> Money:
    """Undo the payment of one answer or bonus; return what the worker owes after it.

    Who paid gets it back; what the answer's reserve paid goes to the job's free budget. What the
    worker no longer has stays owed, and is kept from what they earn next.
    """
    _check_reason(reason)
    earning = uow.get(Earning, source, GONE, lock=True)
    if earning.taken_back_at is not None:
        raise Conflict("taken_back_before", "This payment was taken back before.")
    returned = _returned(uow, source)
    taken = _taken(uow, earning)
    fee = accounts.job("platform_fee", earning.job, earning.currency)
    legs = [*taken, (fee, earning.fee_micros), *returned]
    ledger.post(uow, Draft("take_back", source, [leg for leg in legs if leg[1]], source))
    earning.taken_back_at = uow.now
    uow.audit("earning.taken_back", source, None, reason)
    uow.tell(EarningTakenBack(earning.job, earning.worker, source))
    return Money(taken[-1][1], earning.currency)


def offset(uow: UnitOfWork) -> int:
    """Keep what workers owe from what they have available; return how many paid something."""
    owing = uow.session.execute(_OWING, {"most": OFFSETS_MAX}).all()
    drafts = []
    for owner, currency, owed, available, times in owing:
        legs = ledger.move(
            AccountKey("worker_available", owner, currency),
            AccountKey("worker_receivable", owner, currency),
            Money(min(owed, available), currency),
        )
        drafts.append(Draft("offset", f"{owner}/{currency}/{times}", legs, owner))
    return sum(posted.is_new for posted in ledger.post_many(uow, drafts))


def write_off(uow: UnitOfWork, worker: UUID, currency: str, reason: str) -> Money:
    """Give up what a worker owes: the platform bears it; return how much it was."""
    _check_reason(reason)
    owed = accounts.worker("worker_receivable", worker, currency)
    held = ledger.balance(uow, owed, lock=True)
    if not held.micros:
        raise Refused("nothing_owed", "This worker owes nothing.")
    legs = [(accounts.platform("bad_debt", currency), held.micros), (owed, -held.micros)]
    count = uow.session.scalar(_COUNT, {"owner": owed.owner, "currency": currency})
    ref = f"{owed.owner}/{currency}/{count}"
    ledger.post(uow, Draft("forgive", ref, legs, owed.owner))
    uow.audit("debt.written_off", owed.owner, str(held), reason)
    return held


def _check_reason(reason: str) -> None:
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        raise Refused("reason_missing", f"Please write why, in {REASON_MIN} characters or more.")


# Locked together with what is paid out of it, so that an offset never overdraws.
_OWING = text(
    "SELECT r.owner, r.currency, r.balance, a.balance, r.postings_count FROM accounts r"
    " JOIN accounts a ON a.kind = 'worker_available' AND a.owner = r.owner"
    " AND a.currency = r.currency WHERE r.kind = 'worker_receivable' AND r.balance > 0"
    " AND a.balance > 0 ORDER BY r.id LIMIT :most FOR NO KEY UPDATE"
)
_COUNT = text(
    "SELECT postings_count FROM accounts WHERE kind = 'worker_receivable'"
    " AND owner = :owner AND currency = :currency"
)
_PAYERS = text(
    "SELECT a.kind, a.owner, a.currency, p.micros FROM journals j"
    " JOIN postings p ON p.journal_id = j.id JOIN accounts a ON a.id = p.account_id"
    " WHERE j.kind IN ('approve', 'bonus') AND j.ref = :source AND p.micros > 0 ORDER BY p.place"
)


def _returned(uow: UnitOfWork, source: str) -> list[Leg]:
    """Mirror the payers of the payment; a reserve was freed meanwhile, so its budget gets it."""
    rows = uow.session.execute(_PAYERS, {"source": source})
    return [
        (AccountKey(kind.replace("job_reserved", "job_budget"), owner, currency), -micros)
        for kind, owner, currency, micros in rows
    ]


def _taken(uow: UnitOfWork, earning: Earning) -> list[Leg]:
    """Say which of the worker's accounts give the reward back; the last leg is what they owe."""
    name = "worker_pending" if earning.matured_at is None else "worker_available"
    held = accounts.worker(name, earning.worker, earning.currency)
    there = min(earning.micros, ledger.balance(uow, held, lock=True).micros)
    owed = accounts.worker("worker_receivable", earning.worker, earning.currency)
    return [(held, there), (owed, earning.micros - there)]
