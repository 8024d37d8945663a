"""Every page shows, empty and full, to those it is for; to everybody else it is not there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kernel.db import Database
from kernel.identity import STRANGER, Identity
from tests import factories
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]
FOR_STRANGERS = ("/", "/help", "/terms", "/sign-up", "/sign-in", "/password-reset", "/confirm/abc")
FOR_EVERYBODY = ("/notices", "/account", "/account/keys", "/disputes", "/sign-in/again")
FOR_WORKERS = ("/work", "/work/mine", "/work/quality", "/earnings", "/appeals/new?kind=suspension")
FOR_ADMINS = tuple(
    f"/admin{rest}"
    for rest in (
        *("", "/disputes", "/people", "/audit", "/jobs", "/health"),
        *("/payouts", "/ledger", "/books", "/reconciliation", "/frozen", "/years"),
    )
)
OF_A_JOB = (
    *("", "/import", "/tasks", "/labels", "/review", "/workers", "/exports", "/edit"),
    *("/quality", "/plan", "/checks", "/rules", "/second-looks"),
    *("/interface", "/guidelines", "/people", "/price", "/preview", "/live"),
)


@pytest.mark.parametrize("address", (*FOR_STRANGERS, "/password-reset/abc", "/development/letters"))
def test_a_stranger_can_look_around(stranger: Browser, address: str) -> None:
    assert "<h1" in stranger.get(address)


@pytest.mark.parametrize("address", (*FOR_EVERYBODY, *FOR_WORKERS, *FOR_ADMINS, "/jobs", "/money"))
def test_a_stranger_is_led_to_the_sign_in_page_and_back(stranger: Browser, address: str) -> None:
    answer = stranger.client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=/")


@pytest.mark.parametrize("address", (*FOR_EVERYBODY, *FOR_WORKERS))
def test_a_new_worker_sees_empty_pages(
    browsing: Browsing, database: Database, address: str
) -> None:
    with database.unit_of_work() as uow:
        worker = factories.a_worker(uow)
    assert "<h1" in browsing(worker).get(address)


def test_a_new_requester_sees_empty_pages(browsing: Browsing, database: Database) -> None:
    with database.unit_of_work() as uow:
        organisation = factories.an_organisation(uow, balance="0")
        asker = factories.a_requester(uow, organisation.id)
    requester = Identity(asker.user_id, None, asker.roles, {organisation.id: "Acme"})
    here = f"organisation={organisation.id}"
    browser = browsing(requester)
    for address in (
        "/jobs",
        f"/jobs?{here}",
        f"/jobs/new?{here}",
        f"/money?{here}",
        f"/exams/new?{here}",
        f"/organisations/{organisation.id}",
        f"/organisations/{organisation.id}/exams",
        *FOR_EVERYBODY,
    ):
        assert "<h1" in browser.get(address), address


def test_pages_of_a_job_show_what_is_there(browsing: Browsing, answered: Town) -> None:
    browser = browsing(answered.requester)
    for job_id in (answered.job_id, answered.draft_id):
        for rest in OF_A_JOB:
            assert "<h" in browser.get(f"/jobs/{job_id}{rest}")
    assert "cat" in browser.get(f"/jobs/{answered.job_id}/review")
    assert "Checks right" in browser.get(f"/jobs/{answered.job_id}/workers")


def test_pages_of_a_worker_show_what_is_there(browsing: Browsing, answered: Town) -> None:
    browser = browsing(answered.worker)
    assert "Cats" in browser.get("/work")
    assert "Say <strong>what</strong> it is." in browser.get(f"/work/{answered.job_id}")
    assert "Waiting for a decision" in browser.get("/work/mine?state=submitted")
    assert "work-form" in browser.get(f"/work/{answered.job_id}/tasks")


@pytest.mark.parametrize("address", FOR_ADMINS)
def test_an_admin_sees_the_administration(browsing: Browsing, answered: Town, address: str) -> None:
    assert "<h1" in browsing(answered.admin).get(address)


def test_an_admin_who_has_not_shown_the_code_is_led_to_where_it_is_shown(
    browsing: Browsing, town: Town
) -> None:
    asleep = browsing(replace(town.admin, second_factor_at=None))
    answer = asleep.client.get("/admin", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.location) == (303, "/sign-in/again?next=/admin")


@pytest.mark.parametrize("address", FOR_ADMINS)
def test_the_administration_is_not_there_for_others(
    browsing: Browsing, town: Town, address: str
) -> None:
    allowed = {403, 404}
    assert browsing(town.requester).status(address) in allowed
    assert browsing(town.worker).status(address) in allowed


def test_the_job_of_another_organisation_is_not_there(browsing: Browsing, town: Town) -> None:
    outsider = browsing(town.outsider)
    for rest in OF_A_JOB:
        assert outsider.status(f"/jobs/{town.job_id}{rest}") == 404
    for address in (
        f"/organisations/{town.organisation_id}",
        f"/organisations/{town.organisation_id}/exams",
        f"/money?organisation={town.organisation_id}",
        f"/jobs?organisation={town.organisation_id}",
        f"/jobs/new?organisation={town.organisation_id}",
    ):
        assert outsider.status(address) == 404, address


def test_forms_of_another_organisation_change_nothing(browsing: Browsing, town: Town) -> None:
    outsider = browsing(town.outsider)
    for act in ("publish", "pause", "resume", "close", "cancel", "fund", "review", "exports"):
        answer = outsider.send(f"/jobs/{town.job_id}/{act}", amount="1")
        assert answer.status_code == 404, act
    money = f"/money/{town.organisation_id}"
    assert outsider.send(f"{money}/deposits", amount="9", currency="USD").status_code == 404
    assert outsider.send(f"{money}/refunds", amount="9", currency="USD").status_code == 404


def test_what_is_nowhere_is_a_page_that_says_so(browsing: Browsing) -> None:
    answer = browsing(STRANGER).client.get("/nowhere", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "There is nothing at this address." in answer.text
