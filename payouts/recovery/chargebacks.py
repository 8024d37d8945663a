"""Chargebacks: what a card's bank took back, who bears it, and what comes back when we win."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, text

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.money import Money
from payouts import accounts, ledger
from payouts.accounts import AccountKey
from payouts.gateway import BalanceLine, ChargebackSeen
from payouts.ledger import Draft, Leg
from payouts.models import Deposit, Funding
from payouts.recovery import freezing
from payouts.states import CHARGEBACK, ChargebackState
from payouts.webhooks.models import Chargeback

BUDGETS_MAX = 900
BATCH = 200
KEEPING = (ChargebackState.OPEN, ChargebackState.LOST)


def settle(uow: UnitOfWork, seen: ChargebackSeen, began_at: datetime) -> bool:
    """Bring a chargeback up to what a look showed; always return True: nothing is waited for.

    Money moves by the processor's own lines only. What it took is sought at once from what the
    organisation has free; only a lost one is borne by the reserve and, at last, the platform.
    """
    row = _row(uow, seen, began_at)
    state = ChargebackState(seen.state)
    if began_at >= row.seen_at and CHARGEBACK.allows(row.state, state):
        CHARGEBACK.move(row, state, at=uow.now)
    row.seen_at = max(row.seen_at, began_at)
    if row.organisation is None:
        return True
    for line in seen.lines:
        _book(uow, row, line)
    if row.state in KEEPING:
        amount = Money(row.micros, row.currency)
        freezing.freeze(uow, row.organisation, f"A bank took back {amount}: {row.reason}.")
    recover(uow, row)
    if row.state == ChargebackState.LOST:
        _write_off(uow, row)
    if row.state == ChargebackState.WON and not _others(uow, row):
        freezing.thaw(uow, row.organisation)
    return True


def recover(uow: UnitOfWork, row: Chargeback) -> Money:
    """Take what is owed from the organisation's free money, then its jobs' unpromised budgets.

    Promised money and workers' accounts are never touched. Return how much was found.
    """
    if not row.owed_micros:
        return Money(0, row.currency)
    payers = [_key(row, "organisation_available"), *_budgets(uow, row)]
    held = ledger.balances(uow, payers, lock=True)
    legs, due = [], row.owed_micros
    for payer in payers:
        part = min(due, held[payer].micros)
        legs += [(payer, part)] if part else []
        due -= part
    if not legs:
        return Money(0, row.currency)
    row.recoveries += 1
    ref, found = f"{row.ref}/{row.recoveries}", row.owed_micros - due
    _post(uow, "recover", ref, row, [*legs, (_key(row, "chargeback_receivable"), -found)])
    _note_budgets(uow, row, ref, legs)
    row.borne_micros += found
    return Money(found, row.currency)


def recover_all(uow: UnitOfWork) -> int:
    """Seek again what organisations still owe; return how many paid something."""
    rows = uow.session.scalars(
        select(Chargeback)
        .where(
            Chargeback.taken_micros
            > Chargeback.returned_micros
            + Chargeback.borne_micros
            + Chargeback.reserve_micros
            + Chargeback.debt_micros
        )
        .order_by(Chargeback.created_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    return sum(recover(uow, row).micros > 0 for row in rows)


def lift(uow: UnitOfWork, organisation: UUID) -> None:
    """Let a frozen organisation move money again: a person's decision, once nothing is owed."""
    owed = uow.session.scalars(
        select(Chargeback).where(
            Chargeback.organisation == organisation, Chargeback.state == ChargebackState.OPEN
        )
    ).all()
    if any(row.owed_micros for row in owed):
        raise Refused("still_owed", "This organisation still owes what a bank took back.")
    freezing.thaw(uow, organisation)


def latest(uow: UnitOfWork) -> Sequence[Chargeback]:
    """List the latest chargebacks, newest first."""
    newest = select(Chargeback).order_by(Chargeback.created_at.desc(), Chargeback.ref)
    return uow.session.scalars(newest.limit(BATCH)).all()


def _row(uow: UnitOfWork, seen: ChargebackSeen, began_at: datetime) -> Chargeback:
    """Return the row, locked; one for a charge that is no deposit of ours names no organisation."""
    uow.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:ref))"), {"ref": seen.ref})
    deposit = uow.session.scalar(select(Deposit).where(Deposit.charge_ref == seen.charge_ref))
    found = uow.session.get(Chargeback, seen.ref, with_for_update=True, populate_existing=True)
    if found is None:
        found = Chargeback(
            ref=seen.ref,
            charge_ref=seen.charge_ref,
            currency=seen.amount.currency,
            micros=seen.amount.micros,
            reason=seen.reason,
            state=CHARGEBACK.start,
            state_at=uow.now,
            created_at=uow.now,
            seen_at=began_at,
        )
        uow.session.add(found)
    if deposit is not None:
        found.deposit_id, found.organisation = deposit.id, deposit.organisation
    uow.session.flush()
    uow.session.refresh(found)
    return found


def _book(uow: UnitOfWork, row: Chargeback, line: BalanceLine) -> None:
    """Book one line of the processor's, once: what it took or gave back, and what it kept."""
    if line.amount.currency != row.currency:
        raise ValueError(f"Chargeback {row.ref} moves {line.amount}.")
    ours = accounts.platform("processor_available", row.currency)
    micros, cost = line.amount.micros, line.cost.micros
    if micros < 0:
        legs = [(_key(row, "chargeback_receivable"), -micros), (ours, micros)]
        if _post(uow, "chargeback", line.ref, row, legs):
            row.taken_micros -= micros
    if micros > 0:
        legs = [(ours, micros), *_receivers(row, micros)]
        if _post(uow, "chargeback_returned", line.ref, row, legs):
            _give_back(row, micros)
    if cost:
        costs = accounts.platform("dispute_cost", row.currency)
        _post(uow, "dispute_cost", line.ref, row, [(costs, cost), (ours, -cost)])


def _receivers(row: Chargeback, micros: int) -> list[Leg]:
    """Split what came back over those who bore it, the last first; the rest is the payer's."""
    debt = min(micros - min(micros, row.owed_micros), row.debt_micros)
    owed = min(micros, row.owed_micros)
    reserve = min(micros - owed - debt, row.reserve_micros)
    rest = micros - owed - debt - reserve
    legs = [
        (_key(row, "chargeback_receivable"), -owed),
        (accounts.platform("bad_debt", row.currency), -debt),
        (accounts.platform("chargeback_reserve", row.currency), -reserve),
        (_key(row, "organisation_available"), -rest),
    ]
    return [leg for leg in legs if leg[1]]


def _give_back(row: Chargeback, micros: int) -> None:
    given = {account.kind: -part for account, part in _receivers(row, micros)}
    row.debt_micros -= given.get("bad_debt", 0)
    row.reserve_micros -= given.get("chargeback_reserve", 0)
    row.borne_micros -= given.get("organisation_available", 0)
    row.returned_micros += micros


def _write_off(uow: UnitOfWork, row: Chargeback) -> None:
    """Let the reserve, then the platform, bear what the organisation cannot."""
    due = row.owed_micros
    if not due:
        return
    reserve = accounts.platform("chargeback_reserve", row.currency)
    of_reserve = min(due, ledger.balance(uow, reserve, lock=True).micros)
    debt = accounts.platform("bad_debt", row.currency)
    legs = [(reserve, of_reserve), (debt, due - of_reserve)]
    legs = [leg for leg in legs if leg[1]] + [(_key(row, "chargeback_receivable"), -due)]
    row.recoveries += 1
    _post(uow, "write_off", f"{row.ref}/{row.recoveries}", row, legs)
    row.reserve_micros += of_reserve
    row.debt_micros += due - of_reserve


def _others(uow: UnitOfWork, row: Chargeback) -> bool:
    """Tell whether another chargeback keeps the organisation frozen."""
    uow.session.flush()
    others = select(Chargeback.ref).where(
        Chargeback.organisation == row.organisation,
        Chargeback.ref != row.ref,
        Chargeback.state.in_(KEEPING),
    )
    return bool(uow.session.scalar(others.limit(1)))


def _budgets(uow: UnitOfWork, row: Chargeback) -> list[AccountKey]:
    """Name the budgets of the organisation's jobs that hold something, the largest first."""
    owners = uow.session.scalars(
        text(
            "SELECT a.owner FROM accounts a WHERE a.kind = 'job_budget' AND a.balance > 0"
            " AND a.currency = :currency AND a.owner IN (SELECT 'job:' || job FROM fundings"
            " WHERE organisation = :organisation AND currency = :currency)"
            " ORDER BY a.balance DESC, a.id LIMIT :most"
        ),
        {"currency": row.currency, "organisation": row.organisation, "most": BUDGETS_MAX},
    )
    return [AccountKey("job_budget", owner, row.currency) for owner in owners]


def _note_budgets(uow: UnitOfWork, row: Chargeback, ref: str, legs: Sequence[Leg]) -> None:
    """Keep with each job that money left its budget."""
    rows = [
        {
            "ref": f"recover:{ref}:{place}",
            "job": UUID(payer.owner.partition(":")[2]),
            "organisation": row.organisation,
            "currency": row.currency,
            "micros": -micros,
            "clears_at": uow.now,
            "at": uow.now,
        }
        for place, (payer, micros) in enumerate(legs)
        if payer.kind == "job_budget"
    ]
    if rows:
        uow.session.execute(insert(Funding), rows)


def _key(row: Chargeback, kind: str) -> AccountKey:
    assert row.organisation is not None, "money moves for deposits of ours alone"
    return accounts.organisation(kind, row.organisation, row.currency)


def _post(uow: UnitOfWork, kind: str, ref: str, row: Chargeback, legs: Sequence[Leg]) -> bool:
    draft = Draft(kind, ref, legs, f"chargeback:{row.ref}")
    return ledger.post_many(uow, [draft])[0].is_new
