"""Requesters and admins at their desks: drafting, reviewing by keys, pages for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from kernel import chores
from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.accounts.models import Organisation
from marketplace.accounts.states import Role
from marketplace.assignments.models import Assignment
from tests import factories
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
OF_A_JOB = ("", "/review", "/guidelines", "/interface", "/price", "/people", "/preview", "/exports")
OF_ADMINS = ("", "/people", "/jobs", "/audit", "/health", "/disputes")


class Chair:
    """Somebody at a browser: who asks, the page they look at, and what it complained of."""

    def __init__(self, app: Flask, page: Page, address: str) -> None:
        self.app, self.page, self.address = app, page, address
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda said: self.complaints.append(said.text) if said.type == "error" else None,
        )

    def sit(self, identity: Identity) -> None:
        """Let another person use the browser."""
        self.app.extensions["quorum_identify"] = lambda _uow: identity

    def open(self, path: str) -> Page:
        """Open a page and wait until it is quiet."""
        self.page.goto(self.address + path)
        self.page.wait_for_load_state("networkidle")
        return self.page


@pytest.fixture
def chair(app: Flask, address: str, chromium: Browser) -> Iterator[Chair]:
    """A browser of nobody yet, whose pages must not complain."""
    context = chromium.new_context(viewport=DESK)
    context.set_default_timeout(8_000)
    one = Chair(app, context.new_page(), address)
    yield one
    context.close()
    assert not one.complaints


@pytest.fixture
def requester(runtime: Runtime) -> tuple[Identity, UUID]:
    """A requester and their job, three answers to which wait for a decision."""
    database = runtime.database
    with database.unit_of_work() as uow:
        worker = factories.a_worker(uow)
        settings = {"approval": {"mode": "by_hand"}}
        job = factories.a_published_job(uow, factories.some_tasks(6), settings=settings)
        asker = factories.a_requester(uow, job.organisation_id)
        name = uow.get(Organisation, job.organisation_id, "gone").name
        names, roles = {job.organisation_id: name}, {job.organisation_id: Role.OWNER}
        identity = Identity(asker.user_id, None, roles, names, is_confirmed=True)
        job_id = job.id
    claims = factories.claim(database, worker, job_id, 3)
    factories.submit(database, worker, *(factories.given(each) for each in claims))
    database.clock.advance(timedelta(minutes=2))
    chores.drain(runtime)
    return identity, job_id


def test_a_draft_is_drawn_while_it_is_written_and_each_step_is_kept(
    chair: Chair, requester: tuple[Identity, UUID]
) -> None:
    chair.sit(requester[0])
    page = chair.open("/jobs/new")
    page.fill("[name=title]", "Is this review positive?")
    page.get_by_role("button", name="Save and go on").click()
    page.fill("[name=classes]", "glad\nsad")
    page.locator("#picture").get_by_text("glad").wait_for()
    page.get_by_label("mark places").check()
    page.locator("#picture .task-marks").wait_for()
    page.get_by_label("choose one class").check()
    page.get_by_role("button", name="Save and go on").click()
    page.fill("[name=content]", "Say **how** they felt.")
    page.locator("#reading strong", has_text="how").wait_for()
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/import")
    way = page.url.removesuffix("/import").removeprefix(chair.address)
    page = chair.open(f"{way}/price")
    page.fill("[name=hourly]", "2")
    page.locator("#offer").get_by_text("Too little").wait_for()
    page = chair.open(f"{way}/preview")
    page.get_by_text("glad", exact=True).click()
    page.get_by_role("button", name="Submit and see the next").click()
    page.get_by_text("Price the job by this pace").wait_for()


def test_answers_are_reviewed_by_keys_and_a_decision_can_be_taken_back(
    chair: Chair, requester: tuple[Identity, UUID], runtime: Runtime
) -> None:
    identity, job_id = requester
    chair.sit(identity)
    page = chair.open(f"/jobs/{job_id}/review")
    page.get_by_text("3 left on this page").wait_for()
    page.keyboard.press("a")
    page.get_by_text("2 left on this page").wait_for()
    page.keyboard.press("u")
    page.get_by_text("3 left on this page").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.keyboard.press("2")
    page.fill("#queue-sentence", "You did not look at the text at all.")
    page.get_by_role("button", name="Reject", exact=True).click()
    page.keyboard.press("k")
    page.keyboard.press("a")
    page.locator(".queue-row").get_by_text("Rejected").wait_for(timeout=12_000)
    page.locator(".queue-row").get_by_text("Approved").wait_for(timeout=12_000)
    assert _states(runtime, job_id) == {"approved": 1, "rejected": 1, "submitted": 1}
    page.keyboard.press("?")
    page.locator("#queue-keys[open]").wait_for()


def test_a_decision_is_sent_when_the_page_is_left(
    chair: Chair, requester: tuple[Identity, UUID], runtime: Runtime
) -> None:
    identity, job_id = requester
    chair.sit(identity)
    page = chair.open(f"/jobs/{job_id}/review")
    page.keyboard.press("a")
    page.get_by_text("2 left on this page").wait_for()
    chair.open(f"/jobs/{job_id}")
    for _ in range(50):
        if _states(runtime, job_id).get("approved"):
            break
        page.wait_for_timeout(100)
    assert _states(runtime, job_id)["approved"] == 1


@pytest.mark.long
def test_the_desks_can_be_used_by_everybody(
    chair: Chair, requester: tuple[Identity, UUID], runtime: Runtime
) -> None:
    identity, job_id = requester
    with runtime.database.unit_of_work() as uow:
        user, now = factories.a_user(uow, is_admin=True), uow.now
    admin = Identity(user.id, is_admin=True, second_factor_at=now, signed_in_at=now)
    chair.sit(identity)
    found = []
    for path in ("/jobs", "/jobs/new", *(f"/jobs/{job_id}{rest}" for rest in OF_A_JOB)):
        found += _findings(chair.open(path), path)
    chair.sit(admin)
    for rest in OF_ADMINS:
        found += _findings(chair.open(f"/admin{rest}"), rest)
    assert not found


def _findings(page: Page, path: str) -> list[tuple[object, ...]]:
    """Return what axe finds on a page, on a phone in light and at a desk in the dark."""
    told: list[tuple[object, ...]] = []
    page.evaluate(AXE.read_text())
    for size, theme in ((PHONE, "light"), (DESK, "dark")):
        page.set_viewport_size(size)
        page.evaluate("(theme) => (document.documentElement.dataset.bsTheme = theme)", theme)
        page.wait_for_timeout(250)
        result = page.evaluate("() => axe.run(document, { resultTypes: ['violations'] })")
        told += [
            (path, theme, each["id"], node["html"][:160], node.get("failureSummary", "")[:160])
            for each in result["violations"]
            if each["impact"] in SERIOUS
            for node in each["nodes"]
        ]
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            told.append((path, theme, "scrolls sideways"))
    return told


def _states(runtime: Runtime, job_id: UUID) -> dict[str, int]:
    """Count the answers of a job by state."""
    with runtime.database.unit_of_work() as uow:
        states = uow.session.scalars(select(Assignment.state).where(Assignment.job_id == job_id))
        found = [str(state) for state in states]
    return {state: found.count(state) for state in found}
