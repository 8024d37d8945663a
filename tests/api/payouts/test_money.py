"""Money by API: each sees and moves their own, and nobody else's."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from kernel.identity import STRANGER, Identity
from kernel.types import new_id
from payouts import chores
from tests.api.asking import Asking
from tests.service.payouts.stories import Books

OURS = new_id()
ME = new_id()


def dollars(amount: str) -> dict[str, dict[str, str]]:
    return {"amount": {"amount": amount, "currency": "USD"}}


def acting(role: str, organisation: UUID = OURS) -> Identity:
    return Identity(user_id=new_id(), roles={organisation: role})


def a_worker(books: Books, minutes: int = 1) -> Identity:
    shown_at = books.clock.now() - timedelta(minutes=minutes)
    return Identity(user_id=new_id(), worker_id=ME, signed_in_at=shown_at)


def an_admin(books: Books) -> Identity:
    return Identity(user_id=new_id(), is_admin=True, second_factor_at=books.clock.now())


def test_a_manager_pays_in_and_takes_back(asking: Asking, books: Books) -> None:
    manager = asking(acting("manager"))
    url = f"/api/v1/organisations/{OURS}"
    started = manager.post(f"{url}/deposits", json=dollars("50"))
    assert (started.status_code, started.get_json()["checkout_url"]) == (201, None)
    chores.send_due(books.database, books.processor)
    shown = manager.get(f"{url}/deposits/{started.get_json()['id']}").get_json()
    assert shown["state"] == "open"
    books.processor.pay(shown["checkout_url"].rpartition("/")[2])
    books.settle()
    (balance,) = manager.get(f"{url}/balance").get_json()["items"]
    assert balance["available"] == {"amount": "50.0000", "currency": "USD"}
    (refund,) = manager.post(f"{url}/refunds", json=dollars("20")).get_json()["items"]
    assert (refund["deposit_id"], refund["amount"]["amount"]) == (
        started.get_json()["id"],
        "20.0000",
    )
    assert len(manager.get(f"{url}/deposits?limit=1").get_json()["items"]) == 1


def test_a_viewer_sees_the_balance_and_moves_nothing(asking: Asking, books: Books) -> None:
    viewer = asking(acting("viewer"))
    url = f"/api/v1/organisations/{OURS}"
    assert viewer.get(f"{url}/balance").status_code == 200
    assert viewer.post(f"{url}/deposits", json=dollars("50")).status_code == 403
    assert viewer.post(f"{url}/refunds", json=dollars("50")).status_code == 403


def test_money_of_another_organisation_is_not_there(asking: Asking, books: Books) -> None:
    deposit = books.open_deposit(OURS, "20")
    stranger = asking(acting("owner", new_id()))
    url = f"/api/v1/organisations/{OURS}"
    asked = [
        stranger.get(f"{url}/balance"),
        stranger.get(f"{url}/deposits"),
        stranger.get(f"{url}/deposits/{deposit.id}"),
        stranger.post(f"{url}/deposits", json=dollars("50")),
        stranger.post(f"{url}/refunds", json=dollars("50")),
    ]
    assert {answer.status_code for answer in asked} == {404}


def test_a_worker_withdraws_what_is_available(asking: Asking, books: Books) -> None:
    books.earn(ME, "5")
    worker = asking(a_worker(books))
    early = worker.post("/api/v1/withdrawals", json=dollars("3"))
    assert (early.status_code, early.get_json()["code"]) == (422, "payouts_not_set_up")
    books.set_up_payouts(ME)
    assert worker.get("/api/v1/my/payout-account").get_json()["state"] == "ready"
    done = worker.post("/api/v1/withdrawals", json=dollars("3"))
    assert (done.status_code, done.get_json()["state"]) == (201, "requested")
    (balance,) = worker.get("/api/v1/my/balance").get_json()["items"]
    assert (balance["available"]["amount"], balance["in_transit"]["amount"]) == ("2.0000", "3.0000")
    assert worker.get(f"/api/v1/withdrawals/{done.get_json()['id']}").get_json() == done.get_json()
    assert [one["id"] for one in worker.get("/api/v1/withdrawals").get_json()["items"]] == [
        done.get_json()["id"]
    ]
    other = Identity(user_id=new_id(), worker_id=new_id())
    assert asking(other).get(f"/api/v1/withdrawals/{done.get_json()['id']}").status_code == 404


def test_withdrawing_needs_a_fresh_sign_in(asking: Asking, books: Books) -> None:
    books.earn(ME, "5")
    answer = asking(a_worker(books, minutes=16)).post("/api/v1/withdrawals", json=dollars("3"))
    assert (answer.status_code, answer.get_json()["code"]) == (403, "sign_in_again")


def test_an_api_key_cannot_withdraw(asking: Asking, books: Books) -> None:
    keys = Identity(user_id=new_id(), worker_id=ME, scopes=frozenset({"money:write"}))
    assert asking(keys).post("/api/v1/withdrawals", json=dollars("3")).status_code == 403


@pytest.mark.parametrize("amount", ["x", 3, "1.0000001", "-"])
def test_what_is_no_amount_is_refused(asking: Asking, books: Books, amount: object) -> None:
    body = {"amount": {"amount": amount, "currency": "USD"}}
    assert asking(a_worker(books)).post("/api/v1/withdrawals", json=body).status_code == 422


def test_admins_see_the_books_and_lift_a_halt(asking: Asking, books: Books) -> None:
    books.earn(ME, "5")
    books.withdraw(ME, "2")
    admin = asking(an_admin(books))
    shown = admin.get("/api/v1/admin/books").get_json()
    assert not shown["is_halted"]
    assert all(one["holds"] for one in shown["invariants"])
    assert len(admin.get("/api/v1/admin/payouts").get_json()["items"]) == 1
    assert admin.delete("/api/v1/admin/books/halt").status_code == 204


@pytest.mark.parametrize("path", ["books", "payouts"])
def test_nobody_else_sees_the_books(asking: Asking, books: Books, path: str) -> None:
    assert asking(a_worker(books)).get(f"/api/v1/admin/{path}").status_code == 403
    assert asking(STRANGER).get(f"/api/v1/admin/{path}").status_code == 403
