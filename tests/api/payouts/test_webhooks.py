"""Stripe's messages over HTTP: kept before they are answered; admins see and retry them."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from kernel import chores
from kernel.identity import Identity
from kernel.runtime import Runtime
from kernel.types import new_id
from payouts.gateway import Door
from tests.service.payouts.stories import Books, a_worker
from tests.stripe import server
from tests.stripe.deliveries import SECRETS, Deliveries, sign
from tests.stripe.fixtures import Now, far, gateway

__all__ = ["far", "gateway"]


@pytest.fixture
def now(runtime: Runtime) -> Now:
    """The installation's clock, which the processor shares."""
    return Now(runtime.clock)


@pytest.fixture
def paid_by_stripe(runtime: Runtime, far: server.Stripe) -> Runtime:
    """The installation with Stripe's keys."""
    settings = dataclasses.replace(
        runtime.settings,
        stripe_key=server.SECRET_KEY,
        stripe_url=far.url,
        stripe_webhook_secret=SECRETS[Door.PLATFORM],
        stripe_connected_webhook_secret=SECRETS[Door.CONNECTED],
    )
    return dataclasses.replace(runtime, settings=settings)


@pytest.fixture
def shop(paid_by_stripe: Runtime) -> Iterator[Flask]:
    """The whole web application over that installation."""
    from marketplace.app import create_app

    yield create_app(paid_by_stripe)


@pytest.fixture
def told(shop: Flask, far: server.Stripe) -> Deliveries:
    """What Stripe pushes to our addresses."""
    stripe = shop.test_client()

    def post(door: Door, body: str, signature: str) -> int:
        return tell(stripe, door, body, signature)

    return Deliveries(far.company, post)


def tell(client: FlaskClient, door: Door, body: str, signature: str) -> int:
    kind = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
    return client.post(f"/webhooks/stripe/{door}", data=body, headers=kind).status_code


def as_admin(shop: Flask, now: Now) -> FlaskClient:
    admin = Identity(user_id=new_id(), is_admin=True, second_factor_at=now(), signed_in_at=now())
    shop.extensions["quorum_identify"] = lambda _uow: admin
    return shop.test_client()


def state_of(runtime: Runtime, what: str) -> list[str]:
    with runtime.database.unit_of_work() as uow:
        return list(uow.session.scalars(text(f"SELECT state FROM {what}")))


def test_a_deposit_by_stripe_arrives_by_its_messages(
    paid_by_stripe: Runtime, far: server.Stripe, told: Deliveries, now: Now
) -> None:
    books = Books(paid_by_stripe.database, now.clock, None)  # type: ignore[arg-type]
    from payouts.transit import deposits
    from tests.service.payouts.stories import usd

    books.run(lambda uow: deposits.start(uow, new_id(), usd("50"), "/money"))
    chores.drain(paid_by_stripe)
    session = far.company.all("checkout.session")[0]
    assert session["success_url"] == "http://127.0.0.1:8000/money"
    far.company.pay(session["id"])
    told.doubled_share = 1.0
    told.all()
    assert set(state_of(paid_by_stripe, "processor_events")) >= {"waiting"}
    chores.drain(paid_by_stripe)
    assert state_of(paid_by_stripe, "deposits") == ["paid"]
    assert set(state_of(paid_by_stripe, "processor_events")) == {"applied"}


def test_a_message_is_refused_or_kept_never_half(
    paid_by_stripe: Runtime, shop: Flask, far: server.Stripe, now: Now
) -> None:
    far.company.tell("account.updated", far.company.make("account", "acct", {}))
    body = json.dumps(far.company.untold[0])
    client = shop.test_client()
    good = sign(body, Door.CONNECTED, now())
    late = sign(body, Door.CONNECTED, now() - timedelta(seconds=301))
    early = sign(body, Door.CONNECTED, now() + timedelta(seconds=301))
    assert tell(client, Door.PLATFORM, body, good) == 403
    assert tell(client, Door.CONNECTED, body, late) == 403
    assert tell(client, Door.CONNECTED, body, early) == 403
    assert tell(client, Door.CONNECTED, "{}", sign("{}", Door.CONNECTED, now())) == 422
    long = json.dumps({"x": "x" * 600_000})
    assert tell(client, Door.CONNECTED, long, sign(long, Door.CONNECTED, now())) == 413
    assert state_of(paid_by_stripe, "processor_events") == []
    assert [tell(client, Door.CONNECTED, body, good) for _ in range(3)] == [200, 200, 200]
    assert state_of(paid_by_stripe, "processor_events") == ["waiting"]


def test_without_stripe_there_is_nobody_to_tell(app: Flask, now: Now) -> None:
    answer = tell(app.test_client(), Door.PLATFORM, "{}", sign("{}", Door.PLATFORM, now()))
    assert answer == 404


def test_admins_see_what_came_of_messages_and_have_them_looked_at_again(
    paid_by_stripe: Runtime, shop: Flask, far: server.Stripe, told: Deliveries, now: Now
) -> None:
    foreign = far.company.make("account", "acct", {})
    live = far.company.make("account", "acct", {})
    far.company.tell("account.updated", foreign)
    far.company.tell("account.updated", live)
    far.company.untold[1]["livemode"] = True
    told.all()
    chores.drain(paid_by_stripe)
    admin = as_admin(shop, now)
    page = admin.get("/admin/events", headers={"Accept": "text/html"}).text
    assert "Test message, kept only" in page and "Acted on" in page
    assert page.count("Look again") == 1
    assert "No" in admin.get("/admin/events?state=unknown", headers={"Accept": "text/html"}).text
    assert admin.get("/admin/events?state=nonsense").status_code == 422
    assert admin.get("/admin/events?before=x").status_code == 422
    (action,) = re.findall(r'action="(/admin/events/[^"]+/retry)"', page)
    assert admin.post(action, headers={"Accept": "text/html"}).location == "/admin/events"
    assert sorted(state_of(paid_by_stripe, "processor_events")) == ["other_mode", "waiting"]
    chores.drain(paid_by_stripe)
    assert sorted(state_of(paid_by_stripe, "processor_events")) == ["applied", "other_mode"]


def test_nobody_else_sees_messages(shop: Flask, now: Now) -> None:
    shop.extensions["quorum_identify"] = lambda _uow: Identity(
        user_id=new_id(), worker_id=new_id(), signed_in_at=now()
    )
    client = shop.test_client()
    assert client.get("/admin/events").status_code == 403
    assert client.post("/admin/events/evt_1/retry").status_code == 403


def test_a_worker_sets_up_payouts_in_the_browser(
    paid_by_stripe: Runtime, shop: Flask, far: server.Stripe, told: Deliveries, now: Now
) -> None:
    worker = new_id()
    paid_by_stripe.database.run(lambda uow: a_worker(uow, worker))
    me = Identity(user_id=new_id(), worker_id=worker, signed_in_at=now())
    shop.extensions["quorum_identify"] = lambda _uow: me
    browser, html = shop.test_client(), {"Accept": "text/html"}
    assert "Set up how you are paid" in browser.get("/earnings/payouts", headers=html).text
    assert browser.get("/earnings/payouts/go", headers=html).status_code == 404
    assert browser.post("/earnings/payouts", headers=html).location == "/earnings/payouts"
    assert "Preparing the page" in browser.get("/earnings/payouts", headers=html).text
    chores.drain(paid_by_stripe)
    page = browser.get("/earnings/payouts", headers=html).text
    assert "Some details are missing" in page and "Your date of birth" in page
    onward = browser.get("/earnings/payouts/go", headers=html).location
    assert onward.startswith("https://connect.stripe.test/acct")
    far.company.fill_in(far.company.all("account")[0]["id"])
    far.company.untold.clear()  # the message is lost; coming back makes us look
    assert browser.get("/earnings/payouts/back", headers=html).location == "/earnings/payouts"
    now.advance(timedelta(seconds=6))
    chores.drain(paid_by_stripe)
    assert "you can withdraw" in browser.get("/earnings/payouts", headers=html).text
    shown = browser.get("/api/v1/my/payout-account").get_json()
    assert (shown["state"], shown["wants"]) == ("ready", [])
    assert browser.post("/api/v1/my/payout-account").status_code == 201
    stale = dataclasses.replace(me, signed_in_at=now() - timedelta(hours=1))
    shop.extensions["quorum_identify"] = lambda _uow: stale
    assert browser.post("/api/v1/my/payout-account").status_code == 403
