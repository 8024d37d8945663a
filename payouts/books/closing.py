"""Close a day's books: gather the jobs' fees, and put a part aside for chargebacks."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from sqlalchemy import func, select

from kernel.db import UnitOfWork
from kernel.money import Money
from payouts import accounts, ledger
from payouts.accounts import AccountKey
from payouts.ledger import Draft
from payouts.models import Account, Deposit

JOBS_MAX = 5_000
# What is put aside: a tenth of the fees, until it covers 2 % of a quarter's deposits.
KEPT_BASIS_POINTS = 1_000
COVER_BASIS_POINTS = 200
COVER_DAYS = 90


def sweep(uow: UnitOfWork) -> int:
    """Gather what jobs' fee accounts hold, a batch at once, then put some aside; count the jobs."""
    rows = uow.session.execute(
        select(Account.owner, Account.currency, Account.balance, Account.postings_count)
        .where(Account.kind == "platform_fee", Account.owner.startswith("job:"))
        .where(Account.balance != 0)
        .order_by(Account.id)
        .limit(JOBS_MAX)
        .with_for_update(key_share=True)
    ).all()
    drafts, gathered = [], Counter[str]()
    for owner, currency, micros, times in rows:
        job_fee = AccountKey("platform_fee", owner, currency)
        legs = [(job_fee, micros), (accounts.platform("platform_fee", currency), -micros)]
        drafts.append(Draft("sweep", f"{owner}/{currency}/{times}", legs, owner))
        gathered[currency] += micros
    ledger.post_many(uow, drafts)
    for currency, micros in gathered.items():
        _put_aside(uow, currency, micros)
    return len(rows)


def _put_aside(uow: UnitOfWork, currency: str, gathered: int) -> None:
    reserve = accounts.platform("chargeback_reserve", currency)
    fees = accounts.platform("platform_fee", currency)
    held = ledger.balances(uow, [reserve, fees], lock=True)
    lacking = _cover(uow, currency) - held[reserve].micros
    part = min(gathered * KEPT_BASIS_POINTS // 10_000, lacking, held[fees].micros)
    if part > 0:
        legs = ledger.move(fees, reserve, Money(part, currency))
        ref = f"{currency}/{uow.now.isoformat()}"
        ledger.post(uow, Draft("put_aside", ref, legs, accounts.PLATFORM))


def _cover(uow: UnitOfWork, currency: str) -> int:
    since = uow.now - timedelta(days=COVER_DAYS)
    paid = uow.session.scalar(
        select(func.coalesce(func.sum(Deposit.micros), 0)).where(
            Deposit.currency == currency, Deposit.paid_at >= since
        )
    )
    return int(paid or 0) * COVER_BASIS_POINTS // 10_000
