"""An admin finds people, takes measured steps, stops jobs, reads the log, and weighs disputes."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from kernel import audit, chores
from kernel.db import Database
from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.accounts.models import User
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]
REASON = "Reasons that are long enough to be read."


def test_people_are_found_by_name_address_and_pseudonym(
    browsing: Browsing, town: Town, database: Database
) -> None:
    browser = browsing(town.admin)
    with database.unit_of_work() as uow:
        user = uow.get(User, town.worker.user_id, "gone")
        email, user.display_name = user.email, "Wanda Unusual"
    assert "Wanda Unusual" in browser.get("/admin/people?q=unusu")
    assert "Wanda Unusual" in browser.get(f"/admin/people?q={email}")
    assert "Wanda Unusual" in browser.get(f"/admin/people?q=worker:{town.worker.worker_id}")
    assert "Nobody found" in browser.get("/admin/people?q=%25")


def test_measures_go_from_a_warning_to_a_pause_that_ends_by_itself(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    browser, person = browsing(town.admin), f"/admin/people/{town.worker.worker_id}"
    browser.get(person)
    browser.send(f"{person}/warn", sentence=REASON)
    browser.send(f"{person}/pause", sentence=REASON, days="3")
    chores.drain(runtime)
    worker = browsing(town.worker)
    notices = worker.get("/notices")
    assert "A word from the people who run this place" in notices
    assert "may not take new tasks" in notices
    assert "Appeal" in worker.get("/account")
    runtime.database.clock.advance(timedelta(days=3, minutes=10))
    runtime.database.run(lambda uow: uow.later("workers.end_pauses", ""))
    chores.drain(runtime)
    assert "Pause for some days" in browsing(town.admin).get(person)
    assert "You may take tasks again." in browsing(town.worker).get("/notices")


def test_a_pause_is_bounded_and_needs_a_reason(browsing: Browsing, town: Town) -> None:
    browser, person = browsing(town.admin), f"/admin/people/{town.worker.worker_id}"
    browser.get(person)
    assert browser.send(f"{person}/pause", sentence=REASON, days="90").status_code == 422
    assert browser.send(f"{person}/pause", sentence="Bad.", days="3").status_code == 422
    assert "Pause for some days" in browser.get(person)


def test_a_stopped_job_goes_on_only_when_an_admin_lifts_it(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    admin, job = browsing(town.admin), f"/jobs/{town.job_id}"
    admin.get("/admin/jobs?q=Cats")
    assert admin.send(f"/admin{job}/stop", reason="No.").status_code == 422
    admin.send(f"/admin{job}/stop", reason=REASON)
    assert "Stopped:" in admin.get("/admin/jobs?state=stopped")
    requester = browsing(town.requester)
    assert "Stopped by an admin" in requester.get(job)
    refused = requester.send(f"{job}/resume")
    assert refused.status_code == 403
    assert "An admin stopped this job" in refused.text
    browsing(town.admin).send(f"/admin{job}/lift")
    chores.drain(runtime)
    requester = browsing(town.requester)
    assert "may go on: an admin lifted the stop" in requester.get("/notices")
    assert requester.send(f"{job}/resume").status_code == 303


def test_the_audit_log_is_searched_taken_along_and_its_chain_checked(
    browsing: Browsing, town: Town, database: Database
) -> None:
    with database.unit_of_work() as uow:
        audit.chain(uow)
    browser = browsing(town.admin)
    page = browser.get(f"/admin/audit?q=job:{town.job_id}&act=job.")
    assert "job.published" in page
    assert "Nothing found" in browser.get("/admin/audit?since=2099-01-01")
    assert "job.published" in browser.get("/admin/audit?until=2099-01-01&since=unclear")
    table = browser.client.get("/admin/audit.csv?act=job.published")
    assert table.mimetype == "text/csv"
    assert table.text.startswith("at,actor,act")
    assert table.text.count("job.published") == 1
    browser.send("/admin/audit/check")
    assert "The chain holds" in browser.get("/admin/audit")


def test_a_changed_entry_breaks_the_chain(
    browsing: Browsing, town: Town, database: Database
) -> None:
    with database.unit_of_work() as uow:
        audit.chain(uow)
        uow.session.execute(text("SET LOCAL session_replication_role = replica"))
        uow.session.execute(text("UPDATE audit_log SET actor = 'nobody' WHERE place = 2"))
    browser = browsing(town.admin)
    browser.get("/admin/audit")
    browser.send("/admin/audit/check")
    assert "The chain is broken at entry 2" in browser.get("/admin/audit")


def test_the_health_page_says_what_waits_and_what_failed(
    browsing: Browsing, town: Town, database: Database
) -> None:
    with database.unit_of_work() as uow:
        chores.ask(uow, {("jobs.import_tasks", str(UUID(int=1))): uow.now})
        uow.session.execute(text("UPDATE chores_due SET error = 'Disk is full', attempts = 3"))
    page = browsing(town.admin).get("/admin/health")
    assert "Disk is full" in page
    assert "whole at the last check" in page
    assert "Processes for quick work" in page


def test_an_admin_sees_the_evidence_side_by_side_with_a_suggestion(
    browsing: Browsing, answered: Town
) -> None:
    requester, queue = browsing(answered.requester), f"/jobs/{answered.job_id}/review"
    chosen = re.findall(r'name="assignment" value="([^"]+)"', requester.get(queue))
    requester.send(queue, assignment=chosen, act="reject", reason="wrong", sentence=REASON)
    worker = browsing(answered.worker)
    address = re.findall(r"/appeals/new/[0-9a-f-]{36}", worker.get("/work/mine?state=rejected"))[0]
    worker.get(address)
    dispute = worker.send(address, statement="I looked at it closely, and it is a cat.").location
    assert "What the evidence speaks for" not in worker.get(dispute)
    page = browsing(answered.admin).get(dispute)
    assert "What the evidence speaks for" in page
    assert "Others, without this answer" in page
    assert "What the evidence speaks for" not in browsing(answered.requester).get(dispute)
