"""A marketplace whose processes die as planned, and are started again until their work is done."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.db import UnitOfWork
from kernel.settings import Settings
from kernel.types import new_id
from payouts import funding
from payouts.books import reconciling
from payouts.gateway import Door
from payouts.models import PayoutAccount
from payouts.states import AccountState
from payouts.transit import calls
from payouts.webhooks import looking
from tests.service.kills import processes
from tests.service.kills.crossings import ANYWHERE
from tests.service.kills.processes import Act, Errand, Push
from tests.service.payouts.stories import Books, a_worker, usd
from tests.stripe import verbs
from tests.stripe.calls import Call
from tests.stripe.deliveries import sign
from tests.stripe.server import Stripe as Far

# Longer than every lease: of chores, and of calls to the processor.
REST_SECONDS = 310
assert calls.LEASE_SECONDS < REST_SECONDS
CHECKED = (
    "remote_calls WHERE state IN ('ready', 'sending', 'in_doubt')",
    "processor_events WHERE handled_at IS NULL",
    "chores_due WHERE error IS NOT NULL",
    "outbox",
)


@dataclass
class Here:
    """Tell a story by acts and days; `gaps` are how many crossings a life lasts, one a death."""

    books: Books
    far: Far
    settings: Settings
    told: Path
    gaps: Iterator[int]
    places: tuple[str, ...] = ANYWHERE
    deaths: list[str] = field(default_factory=list)
    _left: int = 0

    def run(self, act: Act | None = None) -> None:
        """Let a person act, the processor push what is untold, and all be done that is due."""
        with self.far.company.lock:
            self.far.company.pass_time()
            untold, self.far.company.untold = self.far.company.untold, []
        while self._is_killed(act, [self._push(each) for each in untold]):
            self.books.clock.advance(timedelta(seconds=REST_SECONDS))

    def wait(self, days: float) -> None:
        """Let time pass, and all be done that is due then."""
        self.books.clock.advance(timedelta(days=days))
        self.run()

    def fund(self, organisation: UUID, amount: str = "500") -> UUID:
        """Give an organisation cleared money at Stripe, all of it promised by a job; name it."""
        job = new_id()
        deposit = self.books.open_deposit(organisation, amount)
        self.far.company.pay(str(deposit.checkout_ref))
        self.books.settle()
        self.books.clock.advance(timedelta(days=8))
        self.books.run(looking.look_again)
        self.books.settle()
        self.far.company.untold.clear()
        money = usd(amount)
        self.books.run(lambda uow: funding.fund(uow, job, organisation, money, f"fund {job}"))
        self.books.run(lambda uow: funding.reserve(uow, job, money, f"reserve {job}"))
        return job

    def an_earner(self, job: UUID, amount: str, country: str = "US") -> UUID:
        """Return a worker who has earned an amount and whom Stripe can pay."""
        worker = new_id()
        self.books.earn_from(job, worker, amount)
        given = {"country": country, "metadata": {"worker": str(worker)}}
        account = verbs.make_account(self.far.company, Call({}, given, ""))["id"]
        self.far.company.fill_in(account)
        self.far.company.untold.clear()
        self.books.run(lambda uow: _set_up(uow, worker, account, country))
        return worker

    def rows(self, query: str) -> Sequence[Any]:
        """Ask the database."""
        return self.books.run(lambda uow: uow.session.execute(text(query)).all())

    def assert_whole(self) -> None:
        """Hold that nothing is left to do, and that Stripe and every invariant agree."""
        self.wait(days=2.5)
        assert {what: self.books.count(what) for what in CHECKED} == dict.fromkeys(CHECKED, 0)
        done = reconciling.run(self.books.database, self.books.processor)
        assert (done.unmatched_count, done.differences) == (0, {})
        assert self.books.broken() == []
        assert self.far.company.breaches == []

    def _is_killed(self, act: Act | None, pushes: list[Push]) -> bool:
        self._left = self._left or next(self.gaps, 0)
        errand = Errand(self.settings, self.told, self._left, self.places, act, pushes)
        child = processes.start(errand)
        is_killed = processes.is_killed(child)
        crossed = self.told.read_text().splitlines()
        if is_killed:
            self.deaths.append(crossed[-1])
            self._left = 0
        elif self._left:
            self._left -= len(crossed)
        return is_killed

    def _push(self, event: dict[str, object]) -> Push:
        door = Door.CONNECTED if event.get("account") else Door.PLATFORM
        body = json.dumps(event)
        return (door, body, sign(body, door, self.far.company.now()))


def _set_up(uow: UnitOfWork, worker: UUID, account: str, country: str) -> None:
    a_worker(uow, worker, country)
    uow.session.flush()
    uow.session.add(
        PayoutAccount(
            worker=worker,
            country=country,
            state=AccountState.READY,
            state_at=uow.now,
            account_ref=account,
            seen_at=uow.now,
            return_url="https://here.test",
        )
    )
