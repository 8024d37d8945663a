"""Setting up how a worker is paid: an account at the processor, and what it still wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.errors import Refused
from payouts import requirements
from payouts.gateway import AccountLink, AccountOpening, AccountSeen, Done, Failed
from payouts.models import PayoutAccount
from payouts.states import PAYOUT_ACCOUNT, AccountState
from payouts.transit import calls
from payouts.webhooks import noting
from workers.models import Worker

# The processor's pages are good for a few minutes and once; older ones are not offered.
LINK_SECONDS = 240
HERE = "/earnings/payouts"
GONE = "This payout account does not exist."
ANEW = (AccountState.CLOSED, AccountState.FAILED)


def begin(uow: UnitOfWork, worker: UUID, public_url: str) -> PayoutAccount:
    """Ask for an account for a worker who has none, else for a fresh page to go on with.

    `public_url` is our own address, which the processor's page leads back to.
    """
    country = uow.get(Worker, worker, "This worker does not exist.").country
    return_url = f"{public_url.rstrip('/')}{HERE}"
    account = find(uow, worker, lock=True)
    if account is None:
        account = PayoutAccount(
            worker=worker,
            country=country,
            state=PAYOUT_ACCOUNT.start,
            state_at=uow.now,
            return_url=return_url,
        )
        uow.session.add(account)
        calls.plan(uow, "account", worker)
        return account
    account.return_url, account.link_url, account.link_until = return_url, None, None
    if account.state in ANEW:
        PAYOUT_ACCOUNT.move(account, PAYOUT_ACCOUNT.start, at=uow.now)
        account.account_ref, account.country, account.problem = None, country, ""
        calls.plan(uow, "account", worker)
    elif account.account_ref is not None:
        calls.plan(uow, "link", worker)
    return account


def find(uow: UnitOfWork, worker: UUID, *, lock: bool = False) -> PayoutAccount | None:
    """Return a worker's payout account, if there is one; locked if asked."""
    wanted = select(PayoutAccount).where(PayoutAccount.worker == worker)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return uow.session.scalar(wanted)


@dataclass(frozen=True)
class Shown:
    """Show how a worker is paid, in a person's words; `page_url` is good once and for minutes."""

    state: str
    page_url: str | None = None
    wants: Sequence[str] = ()
    checks: Sequence[str] = ()
    problem: str = ""
    due_by: datetime | None = None


def show(uow: UnitOfWork, worker: UUID) -> Shown:
    """Tell whether a worker's money can reach them, and what the processor still wants."""
    account = find(uow, worker)
    if account is None:
        return Shown("none")
    is_good = account.link_until is not None and uow.now < account.link_until
    return Shown(
        state=account.state,
        page_url=account.link_url if is_good else None,
        wants=requirements.words(account.wants),
        checks=requirements.words(account.checks),
        problem=requirements.problem(account.problem),
        due_by=account.due_by,
    )


def ready_account(uow: UnitOfWork, worker: UUID) -> str:
    """Return the name of the account that a worker's money may go to now, or refuse."""
    account = find(uow, worker)
    if account is None or account.account_ref is None:
        raise Refused(
            "payouts_not_set_up", "Please set up first how you are paid. What you earned is safe."
        )
    if account.state != AccountState.READY:
        raise Refused(
            "payouts_not_ready",
            "The payment company cannot pay you yet. Please see what it still needs from you.",
        )
    return account.account_ref


def look(uow: UnitOfWork, worker: UUID) -> None:
    """Read a worker's account again soon: coming back from its page proves nothing."""
    account = find(uow, worker)
    if account is not None and account.account_ref is not None:
        noting.look_at(uow, account.account_ref, every_seconds=5)


def ask_account(uow: UnitOfWork, worker: UUID) -> AccountOpening:
    """Build the request for an account."""
    return AccountOpening(worker, uow.get(PayoutAccount, worker, GONE).country)


def record_account(uow: UnitOfWork, worker: UUID, outcome: Done | Failed) -> None:
    """Keep the account's name and ask for the page to set it up, or note that there is none."""
    account = uow.get(PayoutAccount, worker, GONE, lock=True)
    if isinstance(outcome, Failed):
        PAYOUT_ACCOUNT.move(account, AccountState.FAILED, at=uow.now)
        account.problem = outcome.sentence
        return
    account.account_ref = outcome.ref
    noting.look_at(uow, outcome.ref)
    calls.plan(uow, "link", worker)


def ask_link(uow: UnitOfWork, worker: UUID) -> AccountLink:
    """Build the request for a page; one that ran out leads back to where a new one is asked for."""
    account = uow.get(PayoutAccount, worker, GONE)
    back = account.return_url
    return AccountLink(str(account.account_ref), f"{back}/back", f"{back}?again=1")


def record_link(uow: UnitOfWork, worker: UUID, outcome: Done | Failed) -> None:
    """Offer the page for as long as it is surely good."""
    account = uow.get(PayoutAccount, worker, GONE, lock=True)
    if isinstance(outcome, Done):
        account.link_url = outcome.url
        account.link_until = uow.now + timedelta(seconds=LINK_SECONDS)
    else:
        account.problem = outcome.sentence


def settle(uow: UnitOfWork, seen: AccountSeen, began_at: datetime) -> bool:
    """Bring an account up to what a look showed, unless a later look was quicker.

    Return False where our own record of the account's name is not written yet.
    """
    account = uow.session.scalar(
        select(PayoutAccount)
        .where(PayoutAccount.account_ref == seen.ref)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if account is None:
        return not calls.is_under_way(uow, "account")
    if account.seen_at is not None and began_at <= account.seen_at:
        return True
    state = AccountState(seen.state)
    if state != account.state and account.state != AccountState.CLOSED:
        PAYOUT_ACCOUNT.move(account, state, at=uow.now)
    account.seen_at, account.due_by, account.problem = began_at, seen.due_by, seen.problem
    account.wants, account.checks = list(seen.wants), list(seen.checks)
    return True
