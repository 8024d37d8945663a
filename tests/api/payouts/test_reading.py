"""What the pages of money show can be read by API: earnings, papers, and the books for admins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from kernel.identity import STRANGER, Identity
from kernel.runtime import Runtime
from kernel.types import new_id
from payouts import bonuses, earnings, funding
from payouts.bonuses import Gift
from payouts.books import reconciling
from payouts.books import routes as book_routes
from payouts.models import Deposit
from payouts.statements import routes as statement_routes
from tests.api import asking as parts
from tests.api.asking import Asking
from tests.service.payouts.stories import Books, usd


@dataclass(frozen=True)
class Story:
    """An organisation that paid in and spent, and a worker who earned."""

    organisation: UUID
    job: UUID
    worker: UUID
    deposit: Deposit


@pytest.fixture
def asking(installation: Runtime) -> Asking:
    """Return a maker of clients of these addresses."""
    routes = (statement_routes.blueprint, book_routes.blueprint)
    return parts.maker(parts.application(installation, *routes))


@pytest.fixture
def story(books: Books) -> Story:
    """Two answers of 3 dollars, one matured and one not yet, and a bonus of 1."""
    organisation, job, worker = new_id(), new_id(), new_id()
    deposit = books.pay_in(organisation, "100")
    books.pass_days(8)
    books.run(lambda uow: funding.fund(uow, job, organisation, usd("20"), "f"))
    books.run(lambda uow: funding.reserve(uow, job, usd("10"), "r"))
    later = books.clock.now() + timedelta(days=5)
    for at in (None, later):
        approval = books.an_approval(job, worker, "3", "0.5", at)
        books.run(lambda uow, due=approval: earnings.approve_many(uow, [due]))
    books.settle()
    gift = Gift(organisation, job, worker, "", usd("1"), 1_500, "for careful work")
    books.run(lambda uow: bonuses.give(uow, gift))
    return Story(organisation, job, worker, deposit)


def the_worker(story: Story) -> Identity:
    return Identity(user_id=new_id(), worker_id=story.worker)


def a_viewer(story: Story) -> Identity:
    names = {story.organisation: "Cat Pictures"}
    return Identity(
        user_id=new_id(), roles={story.organisation: "viewer"}, organisation_names=names
    )


def an_admin(books: Books) -> Identity:
    return Identity(user_id=new_id(), is_admin=True, second_factor_at=books.clock.now())


def read(asking: Asking, who: Identity, url: str) -> Any:
    answer = asking(who).get(f"/api/v1{url}")
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_earnings_are_listed_with_their_state_and_day(
    asking: Asking, books: Books, story: Story
) -> None:
    me = the_worker(story)
    items = read(asking, me, "/my/earnings")["items"]
    assert [(one["what"], one["amount"]["amount"], one["state"]) for one in items] == [
        ("bonus", "1.0000", "pending"),
        ("answer", "3.0000", "pending"),
        ("answer", "3.0000", "available"),
    ]
    assert items[1]["available_at"] > items[2]["available_at"]
    (ripe,) = read(asking, me, "/my/earnings?state=available")["items"]
    assert ripe == items[2]
    assert asking(me).get("/api/v1/my/earnings?state=lost").status_code == 422
    assert asking(me).get("/api/v1/my/earnings?cursor=x").status_code == 422


def test_earnings_and_statements_are_read_page_by_page(
    asking: Asking, books: Books, story: Story
) -> None:
    me = the_worker(story)
    for url in ("/my/earnings", "/my/statement"):
        whole = read(asking, me, url)["items"]
        found, cursor = [], ""
        for _ in range(len(whole)):
            page = read(asking, me, f"{url}?limit=1&cursor={cursor}")
            found += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = page["next_cursor"]
        assert found == whole, url


def test_a_statement_says_what_moved_and_where(asking: Asking, books: Books, story: Story) -> None:
    lines = read(asking, the_worker(story), "/my/statement")["items"]
    assert [(one["what"], one["balance"], one["amount"]["amount"]) for one in lines] == [
        ("bonus", "worker_pending", "1.0000"),
        ("mature", "worker_pending", "-3.0000"),
        ("mature", "worker_available", "3.0000"),
        ("approve", "worker_pending", "3.0000"),
        ("approve", "worker_pending", "3.0000"),
    ]
    (bonus,) = read(asking, the_worker(story), "/my/bonuses")["items"]
    assert bonus["reason"] == "for careful work"


def test_a_year_is_read_line_by_line(asking: Asking, books: Books, story: Story) -> None:
    me, year = the_worker(story), books.clock.now().year
    assert read(asking, me, "/my/years")["items"] == [year]
    earned = [one["earned"]["amount"] for one in read(asking, me, f"/my/years/{year}")["items"]]
    assert earned == ["3.0000", "3.0000", "1.0000"]
    assert asking(me).get("/api/v1/my/years/9999").status_code == 404


def test_an_organisation_reads_what_it_spent_and_its_papers(
    asking: Asking, books: Books, story: Story
) -> None:
    viewer, url = a_viewer(story), f"/organisations/{story.organisation}"
    (spent,) = read(asking, viewer, f"{url}/spending")["items"]
    assert (spent["job_id"], spent["answers_count"], spent["total"]["amount"]) == (
        str(story.job),
        2,
        "8.1500",
    )
    receipt = read(asking, viewer, f"{url}/deposits/{story.deposit.id}/receipt")
    assert receipt["title"] == "Receipt"
    assert {"name": "Received from", "value": "Cat Pictures"} in receipt["facts"]
    assert receipt["totals"] == [
        {"name": "Received", "amount": {"amount": "100.0000", "currency": "USD"}}
    ]
    (month,) = read(asking, viewer, f"{url}/invoices")["items"]
    invoice = read(asking, viewer, f"{url}/invoices/{month['year']}/{month['month']}")
    assert invoice["totals"][-1]["amount"]["amount"] == "8.1500"
    assert asking(viewer).get(f"/api/v1{url}/invoices/2026/13").status_code == 404
    kinds = {one["what"] for one in read(asking, viewer, f"{url}/statement")["items"]}
    assert kinds == {"deposit", "fund", "bonus"}


def test_nobody_reads_the_money_of_others(asking: Asking, books: Books, story: Story) -> None:
    stranger = Identity(user_id=new_id(), worker_id=new_id())
    assert read(asking, stranger, "/my/earnings")["items"] == []
    base = f"/api/v1/organisations/{story.organisation}"
    asked = ["statement", "spending", "invoices", "invoices/2026/11"]
    asked += [f"deposits/{story.deposit.id}/receipt"]
    assert {asking(stranger).get(f"{base}/{one}").status_code for one in asked} == {404}


ADMIN = ["payouts/board", "ledger", "reconciliation", "frozen", "events", "years/2026"]


@pytest.mark.parametrize("path", ADMIN)
def test_nobody_else_reads_the_books(asking: Asking, books: Books, story: Story, path: str) -> None:
    for who in (the_worker(story), a_viewer(story), STRANGER):
        assert asking(who).get(f"/api/v1/admin/{path}").status_code == 403


def test_admins_read_the_board(asking: Asking, books: Books) -> None:
    rich = new_id()
    books.give(new_id(), "5000")
    books.earn(rich, "2000")
    asked = books.withdraw(rich, "1500")
    board = read(asking, an_admin(books), "/admin/payouts/board")
    assert not board["is_halted"]
    assert [(one["state"], one["count"]) for one in board["counts"]] == [("requested", 1)]
    (waiting,) = board["waiting"]
    assert (waiting["id"], waiting["releases_given"], waiting["releases_wanted"]) == (
        str(asked.id),
        0,
        2,
    )


def test_admins_read_the_ledger(asking: Asking, books: Books, story: Story) -> None:
    admin = an_admin(books)
    (bonus,) = read(asking, admin, "/admin/ledger?q=bonus")["items"]
    opened = read(asking, admin, f"/admin/ledger/{bonus['id']}")
    assert opened["about"]["words"] == "Bonus"
    assert sum(Decimal(one["amount"]["amount"]) for one in opened["lines"]) == 0
    assert {one["account"] for one in opened["lines"]} == {
        "organisation_available",
        "worker_pending",
        "platform_fee",
    }
    assert asking(admin).get(f"/api/v1/admin/ledger/{new_id()}").status_code == 404


def test_admins_read_what_does_not_agree(asking: Asking, books: Books, story: Story) -> None:
    admin = an_admin(books)
    assert read(asking, admin, "/admin/reconciliation") == {"latest": None, "waiting": []}
    books.processor.charge_for("radar", usd("3"))
    books.pass_days(2.1)
    reconciling.run(books.database, books.processor)
    shown = read(asking, admin, "/admin/reconciliation")
    assert (shown["latest"]["unmatched_count"], shown["latest"]["differences"]) == (1, {})
    assert [one["amount"]["amount"] for one in shown["waiting"]] == ["-3.0000"]
    books.processor.object_to(str(story.deposit.checkout_ref), usd("100"))
    books.settle()
    frozen = read(asking, admin, "/admin/frozen")
    assert [one["organisation_id"] for one in frozen["frozen"]] == [str(story.organisation)]
    assert frozen["chargebacks"][0]["amount"]["amount"] == "100.0000"
    kinds = {one["kind"] for one in read(asking, admin, "/admin/events?state=applied")["items"]}
    assert "checkout.paid" in kinds
    (year,) = read(asking, admin, f"/admin/years/{books.clock.now().year}")["items"]
    assert (year["worker_id"], year["earned"]["amount"]) == (str(story.worker), "7.0000")


def test_every_address_of_money_is_described(app: Flask) -> None:
    described = app.test_client().get("/api/openapi.json").get_json()["paths"]
    for path in ("my/earnings", "my/statement", *(f"admin/{one}" for one in ADMIN[:-1])):
        answer = described[f"/api/v1/{path}"]["get"]["responses"]["200"]
        assert "$ref" in answer["content"]["application/json"]["schema"], path
