"""Money leaves exactly once: under duplicate chores, crashes, lost answers and forgotten keys."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from kernel.clock import Clock
from kernel.db import Database
from kernel.types import new_id
from payouts import chores, invariants
from payouts.gateway import Ask, Done, Event, InDoubt, Outcome, Seen
from payouts.pretend import processor
from payouts.transit import calls
from payouts.webhooks import hearing
from tests.service.payouts.stories import Books


class FaultyLine:
    """A line to the processor that fails once, in a chosen way, then works."""

    is_live = False
    pause_seconds = 0

    def __init__(self, far: processor.Pretend, fault: str) -> None:
        self.far, self.fault = far, fault

    def send(self, ask: Ask, key: str) -> Outcome:
        fault, self.fault = self.fault, ""
        if fault == "dies_before":
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == "lost_question":
            return InDoubt("The line went dead.")
        outcome = self.far.send(ask, key)
        if fault == "dies_after":
            os.kill(os.getpid(), signal.SIGKILL)
        return InDoubt("The answer was lost.") if fault == "lost_answer" else outcome

    def find(self, ask: Ask, key: str) -> Done | None:
        return self.far.find(ask, key)

    def events(self, after: str | None) -> Sequence[Event]:
        return self.far.events(after)

    def read(self, ref: str, account: str = "") -> Seen | None:
        return self.far.read(ref, account)


@pytest.fixture
def asked(books: Books) -> UUID:
    """A withdrawal of 2 dollars that is due, with enough money at the processor."""
    worker = new_id()
    books.pay_in(new_id(), "500")
    books.pass_days(2.1)
    books.earn(worker, "5")
    return books.withdraw(worker, "2").id


@pytest.mark.parametrize("fault", ["dies_before", "dies_after"])
def test_a_runner_killed_around_the_call_sends_the_money_once(
    books: Books, asked: UUID, fault: str, tmp_path: Path
) -> None:
    url = books.database.engine.url.render_as_string(hide_password=False)
    child = multiprocessing.get_context("spawn").Process(
        target=_send_and_die, args=(url, tmp_path / "clock-offset", fault)
    )
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    chores.send_due(books.database, books.processor)
    assert books.withdrawal(asked).state == "requested", "its lease has not ended yet"
    books.clock.advance(timedelta(seconds=calls.LEASE_SECONDS + 1))
    chores.send_due(books.database, books.processor)
    assert books.withdrawal(asked).state == "sent"
    _assert_sent_once(books)


@pytest.mark.parametrize("fault", ["lost_question", "lost_answer"])
@pytest.mark.parametrize("hours", [1, 30])
def test_a_call_in_doubt_is_looked_up_before_it_is_sent_again(
    books: Books, asked: UUID, fault: str, hours: int
) -> None:
    chores.send_due(books.database, FaultyLine(books.processor, fault))
    assert books.withdrawal(asked).state == "requested"
    books.clock.advance(timedelta(hours=hours))
    chores.send_due(books.database, books.processor)
    assert books.withdrawal(asked).state == "sent"
    _assert_sent_once(books)
    is_new_key = fault == "lost_question" and hours > calls.KEY_HOURS
    transfers = books.count("remote_calls WHERE purpose = 'transfer'")
    assert transfers == (2 if is_new_key else 1)


def test_duplicate_chores_send_each_withdrawal_once(books: Books, asked: UUID) -> None:
    others = [new_id() for _ in range(11)]
    for worker in others:
        books.earn(worker, "3")
        books.withdraw(worker, "3")
    with ThreadPoolExecutor(6) as pool:
        tries = [pool.submit(chores.send_due, books.database, books.processor) for _ in range(12)]
        for one in tries:
            one.result()
    assert books.count("pretend_objects WHERE kind = 'Transfer'") == 12
    assert books.count("pretend_objects WHERE kind = 'Payout'") == 12
    assert books.count("withdrawals WHERE state = 'sent'") == 12
    assert books.broken() == []


def test_a_slow_sender_cannot_record_over_its_successor(books: Books, asked: UUID) -> None:
    with books.database.unit_of_work() as uow:
        slow = calls.take(uow, ["transfer"])
    assert slow is not None
    books.clock.advance(timedelta(seconds=calls.LEASE_SECONDS + 1))
    chores.send_due(books.database, books.processor)
    assert books.run(lambda uow: calls.finish(uow, slow, Done("tr_late"))) is False
    assert books.withdrawal(asked).transfer_ref != "tr_late"
    _assert_sent_once(books)


def test_a_halt_keeps_money_in_and_lifting_it_lets_it_go(books: Books, asked: UUID) -> None:
    books.run(lambda uow: invariants.halt(uow, "The books do not agree."))
    books.run(lambda uow: invariants.halt(uow, "Still not."))
    chores.send_due(books.database, books.processor)
    assert books.withdrawal(asked).state == "requested"
    assert books.count("payout_halts") == 1
    assert books.open_deposit(new_id(), "20").state == "open", "money may still come in"
    books.run(invariants.lift)
    chores.send_due(books.database, books.processor)
    assert books.withdrawal(asked).state == "sent"


def test_a_payout_heard_of_before_it_is_recorded_waits_and_settles(
    books: Books, asked: UUID
) -> None:
    with books.database.unit_of_work() as uow:
        transfer = calls.take(uow, ["transfer"])
        assert transfer is not None
    chores.record(
        books.database, transfer, calls.send(books.processor, transfer, _ask(books, transfer))
    )
    with books.database.unit_of_work() as uow:
        payout = calls.take(uow, ["payout"])
    assert payout is not None
    outcome = calls.send(books.processor, payout, _ask(books, payout))
    books.clock.advance(timedelta(days=1, hours=1))
    assert hearing.hear(books.database, books.processor) is not None
    assert books.withdrawal(asked).state == "transferred"
    chores.record(books.database, payout, outcome)
    books.clock.advance(timedelta(seconds=hearing.PAUSE_SECONDS))
    assert hearing.hear(books.database, books.processor) is None
    assert books.withdrawal(asked).state == "paid"
    _assert_sent_once(books)


def _ask(books: Books, taken: calls.Taken) -> Ask:
    return books.run(lambda uow: chores.STEPS[taken.purpose][0](uow, taken.thing_id))


def _assert_sent_once(books: Books) -> None:
    assert books.count("pretend_objects WHERE kind = 'Transfer'") == 1
    assert books.count("pretend_objects WHERE kind = 'Payout'") == 1
    assert books.count("journals WHERE kind = 'transfer'") == 1
    assert books.broken() == []


def _send_and_die(url: str, clock_file: Path, fault: str) -> None:
    database = Database(url, Clock(clock_file))
    far = processor.Pretend(database, "https://here.test")
    chores.send_due(database, FaultyLine(far, fault))
