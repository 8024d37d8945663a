"""Admins look at the books and act on them; requesters and workers take their papers along."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta

from kernel import chores
from kernel.identity import Identity
from kernel.runtime import Runtime
from kernel.types import new_id
from payouts.books.models import Freeze
from payouts.recovery import freezing
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]


def decide(runtime: Runtime, days: int = 4) -> None:
    """Let time pass until every answer is approved by itself."""
    runtime.database.clock.advance(timedelta(days=days))
    for name in ("review.approve_due", "payouts.mature"):
        runtime.database.run(lambda uow, name=name: uow.later(name, ""))  # type: ignore[misc]
    chores.drain(runtime)


def test_a_journal_shows_the_answer_that_earned_it(
    browsing: Browsing, answered: Town, runtime: Runtime
) -> None:
    decide(runtime)
    browser = browsing(answered.admin)
    page = browser.get("/admin/ledger?q=approve")
    assert "Answer to “Cats”" in page
    link = page.split('href="/admin/ledger/')[1].split('"')[0]
    shown = browser.get(f"/admin/ledger/{link}")
    for words in ("job reserved", "worker pending", "platform fee", "Handed in", "cat"):
        assert words in shown
    who = dataclasses.replace(answered.admin, signed_in_at=runtime.clock.now())
    browser = browsing(who)
    browser.get(f"/admin/ledger/{link}")
    action = f"/admin/ledger/{link}/take-back"
    assert browser.send(action, reason="no").status_code == 422
    assert browser.send(action, reason="Paid twice by mistake.").location.endswith(link)
    assert "Take the payment back" not in browser.get(f"/admin/ledger/{link}")


def test_an_organisation_sees_what_its_jobs_cost_and_takes_an_invoice(
    browsing: Browsing, answered: Town, runtime: Runtime
) -> None:
    decide(runtime)
    browser, now = browsing(answered.requester), runtime.clock.now()
    money = browser.get(f"/money?organisation={answered.organisation_id}")
    assert "What your jobs cost" in money
    here = f"/money/{answered.organisation_id}/invoices/{now.year}/{now.month}"
    assert "Rewards and bonuses" in browser.get(here)
    assert browser.client.get(f"{here}.pdf").data.startswith(b"%PDF-")
    outsider = browsing(answered.outsider)
    assert outsider.status(here) == 404
    assert outsider.status(f"/money/{answered.organisation_id}/invoices/2026/13") == 404


def test_a_manager_gives_a_bonus_and_the_worker_reads_why(
    browsing: Browsing, answered: Town, runtime: Runtime
) -> None:
    browser = browsing(answered.requester)
    browser.get(f"/jobs/{answered.job_id}/workers")
    sent = {
        "amount__amount": "2",
        "amount__currency": "USD",
        "reason": "You found every cat.",
    }
    action = f"/jobs/{answered.job_id}/workers/bonus"
    stranger = browser.send(action, worker_id=str(new_id()), **sent)
    assert stranger.status_code == 422
    given = browser.send(action, worker_id=str(answered.worker.worker_id), **sent)
    assert given.location == f"/jobs/{answered.job_id}/workers"
    earnings = browsing(answered.worker).get("/earnings")
    assert "You found every cat." in earnings
    year = runtime.clock.now().year
    table = browsing(answered.worker).client.get(f"/earnings/{year}.csv").text
    assert "Bonus" in table


def test_a_frozen_organisation_reads_so_and_an_admin_lets_it_go(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    who = town.organisation_id
    runtime.database.run(lambda uow: freezing.freeze(uow, who, "A bank took back 5.00 USD: fraud."))
    chores.drain(runtime)
    assert "does not move for now" in browsing(town.requester).get(f"/money?organisation={who}")
    assert "Paused" in browsing(town.requester).get(f"/jobs/{town.job_id}")
    admin = dataclasses.replace(town.admin, signed_in_at=runtime.clock.now())
    browser = browsing(admin)
    assert str(who) in browser.get("/admin/frozen")
    assert browser.send(f"/admin/frozen/{who}/lift").location == "/admin/frozen"
    held = runtime.database.run(lambda uow: uow.session.query(Freeze).one())
    assert held.lifted_by == admin.actor


def test_an_admin_compares_with_the_payment_company(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    browser = browsing(town.admin)
    assert "Not compared yet" in browser.get("/admin/reconciliation")
    assert browser.send("/admin/reconciliation").location == "/admin/reconciliation"
    chores.drain(runtime)
    assert "Differs" in browser.get("/admin/reconciliation")  # this town's money has no card


def test_only_admins_see_the_books(browsing: Browsing, town: Town) -> None:
    for address in ("ledger", "reconciliation", "frozen", "years", f"ledger/{new_id()}"):
        for who in (town.worker, town.requester):
            assert browsing(who).status(f"/admin/{address}") in (403, 404)


def test_totals_of_a_year_name_everybody_who_was_paid(
    browsing: Browsing, answered: Town, runtime: Runtime
) -> None:
    decide(runtime)
    page = browsing(answered.admin).get("/admin/years")
    assert str(answered.worker.worker_id) in page
    assert "Nobody was paid" in browsing(answered.admin).get("/admin/years?year=2001")
