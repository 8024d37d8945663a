"""Our books and the processor's are compared line by line; what is odd waits for two people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from kernel.errors import Conflict, Refused
from kernel.identity import Identity
from kernel.types import new_id
from payouts import funding
from payouts.books import reconciling, resolving
from payouts.books.models import ProcessorLine, Reconciliation
from payouts.gateway import BalanceLine
from payouts.models import Journal
from payouts.transit import refunds
from payouts.webhooks import hearing
from tests.service.payouts.stories import Books, usd

Admins = tuple[Identity, Identity]
SAYS_WHY = "It is on the bill of November."


@pytest.fixture
def busy(books: Books) -> Books:
    """Books in which deposits, a refund, a withdrawal and a chargeback have happened."""
    organisation, worker, job = new_id(), new_id(), new_id()
    books.pay_in(new_id(), "500")
    deposit = books.pay_in(organisation, "100")
    books.pass_days(8)
    books.run(lambda uow: funding.fund(uow, job, organisation, usd("30"), "f"))
    books.run(lambda uow: funding.reserve(uow, job, usd("30"), "r"))
    books.run(lambda uow: refunds.request(uow, organisation, usd("10")))
    books.earn_from(job, worker, "20")
    books.withdraw(worker, "20")
    books.settle()
    ref = books.processor.object_to(str(deposit.checkout_ref), usd("50"))
    books.pass_days(2)
    books.processor.decide(ref, is_won=True)
    hearing.hear(books.database, books.processor)
    assert books.broken() == []
    return books


def reconcile(books: Books) -> Reconciliation:
    return reconciling.run(books.database, books.processor)


def test_every_line_finds_its_journal(busy: Books) -> None:
    done = reconcile(busy)
    assert (done.lines_count, done.matched_count, done.unmatched_count) == (6, 6, 0)
    assert done.differences == {}
    kinds = busy.run(
        lambda uow: uow.session.scalars(
            select(Journal.kind)
            .join(ProcessorLine, ProcessorLine.journal_id == Journal.id)
            .order_by(ProcessorLine.at, Journal.kind)
        ).all()
    )
    assert sorted(kinds) == [
        "chargeback",
        "chargeback_returned",
        "deposit",
        "deposit",
        "refund_accepted",
        "transfer",
    ]
    assert busy.broken() == []


def test_comparing_again_changes_nothing(busy: Books) -> None:
    reconcile(busy)
    before = busy.count("journals")
    again = reconcile(busy)
    assert (again.matched_count, again.unmatched_count, again.differences) == (0, 0, {})
    assert busy.count("journals") == before


def test_a_line_nobody_told_of_waits_two_days_then_for_people(busy: Books) -> None:
    reconcile(busy)
    busy.processor.charge_for("radar", usd("3"))
    young = reconcile(busy)
    assert (young.unmatched_count, young.differences) == (0, {})
    busy.pass_days(2.1)
    done = reconcile(busy)
    assert (done.unmatched_count, done.differences) == (1, {})
    (waiting,) = busy.run(resolving.queue)
    assert waiting.amount == -usd("3")
    assert busy.journal("unmatched", waiting.line.ref) == {
        "processor_unmatched": "3.00",
        "processor_available": "-3.00",
    }
    assert busy.broken() == ["processor_agrees"]
    assert busy.count("outbox WHERE name = 'payouts.LinesUnmatched'") == 1


def an_odd_line(books: Books) -> str:
    books.processor.charge_for("radar", usd("3"))
    books.pass_days(2.1)
    reconcile(books)
    (waiting,) = books.run(resolving.queue)
    return waiting.line.ref


def test_two_people_say_what_it_is(busy: Books, admins: Admins) -> None:
    ref = an_odd_line(busy)
    one, two = admins
    proposed = busy.database.run(
        lambda uow: resolving.propose(uow, ref, "processing_cost", None, SAYS_WHY), one
    )
    assert busy.count("journals WHERE kind = 'matched'") == 0
    with pytest.raises(Refused) as refusal:
        busy.database.run(lambda uow: resolving.second(uow, proposed.id, accept=True), one)
    assert refusal.value.code == "second_person_needed"
    busy.database.run(lambda uow: resolving.second(uow, proposed.id, accept=True), two)
    assert busy.journal("matched", ref) == {
        "processing_cost": "3.00",
        "processor_unmatched": "-3.00",
    }
    assert busy.run(resolving.queue) == []
    assert busy.broken() == []
    with pytest.raises(Conflict):
        busy.database.run(lambda uow: resolving.second(uow, proposed.id, accept=True), two)


def test_a_proposal_turned_down_leaves_the_line_waiting(busy: Books, admins: Admins) -> None:
    ref = an_odd_line(busy)
    one, two = admins
    first = busy.database.run(
        lambda uow: resolving.propose(uow, ref, "rounding", None, SAYS_WHY), one
    )
    busy.database.run(lambda uow: resolving.second(uow, first.id, accept=False), two)
    (waiting,) = busy.run(resolving.queue)
    assert waiting.proposal is None
    owner = new_id()
    busy.give(owner, "5")
    again = busy.database.run(
        lambda uow: resolving.propose(uow, ref, "organisation_available", owner, SAYS_WHY), two
    )
    busy.database.run(lambda uow: resolving.second(uow, again.id, accept=True), one)
    assert busy.organisation("organisation_available", owner) == "2.00"


@pytest.mark.parametrize(
    ("meaning", "with_organisation", "reason", "code"),
    [
        ("treasure", False, SAYS_WHY, "meaning_unknown"),
        ("organisation_available", False, SAYS_WHY, "meaning_unknown"),
        ("rounding", True, SAYS_WHY, "meaning_unknown"),
        ("rounding", False, "because", "reason_missing"),
    ],
)
def test_a_proposal_without_sense_is_refused(
    busy: Books, meaning: str, with_organisation: bool, reason: str, code: str
) -> None:
    ref = an_odd_line(busy)
    whose = new_id() if with_organisation else None
    with pytest.raises(Refused) as refusal:
        busy.run(lambda uow: resolving.propose(uow, ref, meaning, whose, reason))
    assert refusal.value.code == code


def test_one_proposal_at_a_time(busy: Books) -> None:
    ref = an_odd_line(busy)
    busy.run(lambda uow: resolving.propose(uow, ref, "rounding", None, SAYS_WHY))
    with pytest.raises(Conflict):
        busy.run(lambda uow: resolving.propose(uow, ref, "bad_debt", None, SAYS_WHY))


def test_a_line_set_aside_too_early_is_taken_out_when_its_event_comes(books: Books) -> None:
    organisation = new_id()
    opened = books.open_deposit(organisation, "100")
    books.processor.pay(str(opened.checkout_ref))
    books.clock.advance(timedelta(days=3))
    assert reconcile(books).unmatched_count == 1
    assert books.platform("processor_unmatched") == "-96.80"
    hearing.hear(books.database, books.processor)
    done = reconcile(books)
    assert (done.matched_count, done.differences) == (1, {})
    assert books.platform("processor_unmatched") == "0.00"
    assert books.organisation("organisation_available", organisation) == "100.00"
    assert books.broken() == []


def test_money_the_processor_does_not_have_is_a_difference(busy: Books) -> None:
    busy.give(new_id(), "7")
    assert reconcile(busy).differences == {"USD": -usd("7").micros}
    assert busy.broken() == ["processor_agrees"]


def test_a_journal_without_a_line_is_noticed(busy: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    real = busy.processor.lines

    def without_transfers(*window: object) -> object:
        lines: list[BalanceLine] = list(real(*window))  # type: ignore[arg-type]
        return iter([line for line in lines if line.kind != "transfer"])

    monkeypatch.setattr(busy.processor, "lines", without_transfers)
    busy.pass_days(3)
    reconcile(busy)
    assert busy.broken() == ["processor_lines_are_booked"]
