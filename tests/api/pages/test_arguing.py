"""A rejected worker appeals in two clicks, the requester replies, an admin decides."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kernel.identity import Identity
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]
WORDS = "I did look at it, and it is a cat indeed."


@pytest.fixture
def rejected(browsing: Browsing, answered: Town) -> str:
    """The address of the appeal page of a rejected answer."""
    requester, queue = browsing(answered.requester), f"/jobs/{answered.job_id}/review"
    waiting = requester.get(queue).split('name="assignment" value="')[1].split('"')[0]
    requester.send(
        queue, assignment=waiting, act="reject", reason="careless", sentence="You did not look."
    )
    page = browsing(answered.worker).get("/work/mine?state=rejected")
    return "/appeals/new/" + page.split('href="/appeals/new/')[1].split('"')[0]


def test_both_sides_and_an_admin_meet_on_one_page(
    browsing: Browsing, answered: Town, rejected: str
) -> None:
    worker = browsing(answered.worker)
    assert "You did not look." in worker.get(rejected)
    short = worker.send(rejected, statement="No.")
    assert short.status_code == 422
    assert "No." in short.text
    dispute = worker.send(rejected, statement=WORDS).location
    assert WORDS in worker.get(dispute)
    requester = browsing(answered.requester)
    assert WORDS in requester.get(dispute)
    reply = "It is a dog, as everybody can see."
    assert requester.send(f"{dispute}/reply", reply=reply).location == dispute
    assert requester.send(f"{dispute}/ruling", outcome="lost", reason=reply).status_code == 403
    admin = browsing(answered.admin)
    assert dispute in admin.get("/admin/disputes")
    assert reply in admin.get(dispute)
    reason = "The guidelines leave room for it."
    admin.send(f"{dispute}/ruling", outcome="won", reason=reason)
    assert "the worker is right" in admin.get(dispute)
    assert reason in browsing(answered.worker).get(dispute)


def test_an_appeal_can_be_taken_back(browsing: Browsing, answered: Town, rejected: str) -> None:
    worker = browsing(answered.worker)
    worker.get(rejected)
    dispute = worker.send(rejected, statement=WORDS).location
    worker.get(dispute)
    assert worker.send(f"{dispute}/withdraw").location == dispute
    assert "Withdrawn" in worker.get("/disputes")


def test_a_strangers_dispute_and_decision_are_not_there(
    browsing: Browsing, answered: Town, rejected: str
) -> None:
    worker = browsing(answered.worker)
    worker.get(rejected)
    dispute = worker.send(rejected, statement=WORDS).location
    outsider = browsing(answered.outsider)
    assert outsider.status(dispute) == 404
    assert outsider.status(rejected) in (403, 404)


def test_an_admin_suspends_with_a_sentence_and_reinstates(browsing: Browsing, town: Town) -> None:
    admin, here = browsing(town.admin), f"/admin/people/{town.worker.worker_id}"
    admin.get(here)
    assert admin.send(f"{here}/suspend", sentence="No.").status_code == 422
    sentence = "Two accounts share one bank account."
    assert admin.send(f"{here}/suspend", sentence=sentence).location == here
    assert sentence in admin.get(here)
    assert sentence in browsing(town.worker).get("/account")
    assert "/appeals/new?kind=suspension" in browsing(town.worker).get("/account")
    admin = browsing(town.admin)
    assert admin.send(f"{here}/reinstate", sentence="They explained it well.").location == here
    assert "worker.good" in admin.get(here)
