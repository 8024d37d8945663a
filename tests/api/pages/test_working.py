"""A worker without scripts answers, skips and stops by plain forms; pictures are behind a seal."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from PIL import Image
from sqlalchemy import func, select

from kernel.db import Database
from kernel.identity import STRANGER, Identity
from kernel.runtime import Runtime
from marketplace.assignments.models import Assignment
from marketplace.jobs import queries as jobs
from marketplace.jobs.intake import media
from tests import factories
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]


def _held(page: str) -> str:
    found = re.search(r'name="assignment" value="([\w-]+)"', page)
    assert found, "a task is shown"
    return found[1]


def _states(database: Database) -> dict[str, int]:
    with database.unit_of_work() as uow:
        counted = select(Assignment.state, func.count()).group_by(Assignment.state)
        return dict(uow.session.execute(counted).all())


def test_a_task_is_shown_answered_and_followed_by_the_next(
    browsing: Browsing, town: Town, database: Database
) -> None:
    browser = browsing(town.worker)
    here = f"/work/{town.job_id}/tasks"
    first = _held(browser.get(here))
    assert _held(browser.get(here)) == first, "a reload shows the same task"
    assert browser.send(here, assignment=first, act="answer", animal="cat").location == here
    assert _states(database) == {"submitted": 1}
    assert _held(browser.get(here)) != first


def test_an_answer_left_out_shows_the_task_again(browsing: Browsing, town: Town) -> None:
    browser = browsing(town.worker)
    here = f"/work/{town.job_id}/tasks"
    first = _held(browser.get(here))
    answer = browser.send(here, assignment=first, act="answer")
    assert answer.status_code == 422
    assert _held(answer.text) == first


def test_a_task_can_be_skipped_reported_or_given_back(
    browsing: Browsing, town: Town, database: Database
) -> None:
    browser = browsing(town.worker)
    here = f"/work/{town.job_id}/tasks"
    for act, onward in (("skip", here), ("report", here), ("return", "/work")):
        held = _held(browser.get(here))
        assert browser.send(here, assignment=held, act=act).location == onward
    assert _states(database) == {"skipped": 1, "broken": 1, "returned": 1}


def test_another_persons_task_cannot_be_answered(
    browsing: Browsing, town: Town, database: Database
) -> None:
    [claim] = factories.claim(database, town.worker, town.job_id)
    with database.unit_of_work() as uow:
        other = factories.a_worker(uow)
    here = f"/work/{town.job_id}/tasks"
    answer = browsing(other).send(here, assignment=claim.outward_id, act="answer", animal="cat")
    assert "You hold no such task." in answer.text
    assert _states(database)["claimed"] >= 1
    assert "submitted" not in _states(database)


def test_who_belongs_to_the_organisation_reads_why_there_is_no_task(
    browsing: Browsing, town: Town
) -> None:
    insider = Identity(
        town.worker.user_id,
        town.worker.worker_id,
        roles={town.organisation_id: "viewer"},
        is_confirmed=True,
    )
    page = browsing(insider).get(f"/work/{town.job_id}/tasks")
    assert "You belong to the organisation that posted this job." in page


def test_changed_guidelines_are_confirmed_before_the_next_task(
    browsing: Browsing, town: Town
) -> None:
    worker, here = browsing(town.worker), f"/work/{town.job_id}"
    held = _held(worker.get(f"{here}/tasks"))
    worker.send(f"{here}/tasks", assignment=held, act="return")
    requester = browsing(town.requester)
    job = f"/jobs/{town.job_id}"
    requester.get(f"{job}/edit")
    assert requester.send(f"{job}/guidelines", content="Look *twice*.").location == job
    worker = browsing(town.worker)
    assert worker.status(f"{here}/tasks") == 303
    page = worker.get(here)
    assert "These guidelines have changed" in page
    assert worker.send(f"{here}/guidelines", version="2").location == f"{here}/tasks"
    assert "Look <em>twice</em>." in worker.get(f"{here}/tasks")


def test_what_workers_wrote_and_read_is_never_taken_for_html(
    browsing: Browsing, database: Database
) -> None:
    with database.unit_of_work() as uow:
        worker = factories.a_worker(uow)
        tasks = [factories.a_task("<script>alert(1)</script>")]
        settings = {"guidelines": "<script>alert(2)</script> [x](javascript:alert(3))"}
        job_id = factories.a_published_job(uow, tasks, settings=settings).id
    page = browsing(worker).get(f"/work/{job_id}/tasks")
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_a_picture_is_seen_by_its_signed_address_alone(
    browsing: Browsing, runtime: Runtime
) -> None:
    with runtime.database.unit_of_work() as uow:
        worker = factories.a_worker(uow)
        tasks = [{"data": {"picture": "a.png"}}]
        job = factories.a_published_job(uow, tasks, settings={"interface": factories.PICTURES})
        uow.session.flush()
        picture = io.BytesIO()
        Image.new("RGB", (2, 2), "red").save(picture, "PNG")
        upload = media.Upload("a.png", io.BytesIO(picture.getvalue()))
        media.add(uow, jobs.job(uow, job.id), runtime.storage, [upload])
    page = browsing(worker).get(f"/work/{job.id}/tasks")
    assert "a.png" not in page
    found = re.search(r'src="(/media/[^"]+)"', page)
    assert found
    address = found[1].replace("&amp;", "&")
    stranger = browsing(STRANGER).client
    seen = stranger.get(address)
    assert (seen.status_code, seen.mimetype, seen.data) == (200, "image/png", picture.getvalue())
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in seen.headers["Cache-Control"]
    known = stranger.get(address, headers={"If-None-Match": seen.headers["ETag"]})
    assert known.status_code == 304
    part = stranger.get(address, headers={"Range": "bytes=0-7"})
    assert (part.status_code, part.data) == (206, picture.getvalue()[:8])
    assert stranger.get(address[:-1] + ("0" if address[-1] != "0" else "1")).status_code == 404
