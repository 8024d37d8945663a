"""A requester follows a job live, changes its guidelines and reviews its answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from kernel import chores
from kernel.db import Database
from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.jobs import queries as jobs
from marketplace.quality.live import pace
from tests import factories
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]


def test_a_job_is_followed_until_nothing_changes_any_more(
    browsing: Browsing, answered: Town, runtime: Runtime
) -> None:
    browser, job = browsing(answered.requester), f"/jobs/{answered.job_id}"
    assert f'hx-get="{job}/live"' in browser.get(job)
    shown = browser.get(f"{job}/live")
    assert 'hx-trigger="every 5s"' in shown
    assert 'data-part="chart"' in shown
    assert "Most active workers" in shown
    browser.get(job)
    browser.send(f"{job}/close")
    chores.drain(runtime)
    over = browser.get(f"{job}/live")
    assert "data-done" in over
    assert "hx-trigger" not in over


def test_a_forecast_rests_on_what_settled_tasks_took(database: Database, runtime: Runtime) -> None:
    with database.unit_of_work() as uow:
        workers = [factories.a_worker(uow) for _ in range(2)]
        job = factories.a_published_job(uow, factories.some_tasks(40))
        job_id = job.id
    for worker in workers:
        claims = factories.claim(database, worker, job_id, 12)
        database.clock.advance(timedelta(minutes=20))
        factories.submit(database, worker, *(factories.given(each) for each in claims))
    database.clock.advance(timedelta(minutes=2))
    chores.drain(runtime)
    with database.unit_of_work() as uow:
        job = jobs.job(uow, job_id)
        coming = pace.forecast(uow, job)
        spending = pace.spending(uow, job, coming)
        points = pace.over_time(uow, job)
        cost = jobs.slot_cost(uow, job)
    settled = points[-1].settled
    assert settled >= 10
    assert points[-1].answers == 24
    assert coming.answers_a_task == 2.0
    assert coming.answers_left == 2 * 40 - 24
    assert coming.answers_an_hour is not None and 24 <= coming.answers_an_hour <= 80
    assert coming.ends_at is not None
    assert spending.in_all.micros == 80 * cost.micros


def test_before_any_answer_nothing_is_promised(database: Database) -> None:
    with database.unit_of_work() as uow:
        job = factories.a_published_job(uow, factories.some_tasks(3))
        coming = pace.forecast(uow, job)
        assert pace.over_time(uow, job) == []
    assert (coming.answers_left, coming.ends_at, coming.answers_an_hour) == (6, None, None)


def test_guidelines_keep_their_versions_and_show_what_each_changed(
    browsing: Browsing, answered: Town, runtime: Runtime
) -> None:
    requester, job = browsing(answered.requester), f"/jobs/{answered.job_id}"
    requester.get(f"{job}/guidelines")
    requester.send(f"{job}/guidelines", content="Say **what** it is, and look twice.")
    page = requester.get(f"{job}/guidelines")
    assert "<ins>, and look twice</ins>" in page
    assert "there is nothing before it" in requester.get(f"{job}/guidelines?version=1")
    assert requester.get(f"{job}/guidelines?version=none")
    same = requester.send(f"{job}/guidelines", content="Say **what** it is, and look twice.")
    assert same.status_code == 303
    assert "Version 3" not in requester.get(f"{job}/guidelines")
    chores.drain(runtime)
    worker = browsing(answered.worker)
    assert "has new guidelines" in worker.get("/notices")
    assert "<ins>, and look twice</ins>" in worker.get(f"/work/{answered.job_id}")


def test_the_queue_shows_each_answer_beside_its_label(browsing: Browsing, answered: Town) -> None:
    browser = browsing(answered.requester)
    page = browser.get(f"/jobs/{answered.job_id}/review")
    assert 'data-part="queue"' in page
    assert 'id="queue-rejecting"' in page
    assert "Label so far" in page


def test_a_rejection_can_be_taken_back_in_the_queue(browsing: Browsing, answered: Town) -> None:
    browser, queue = browsing(answered.requester), f"/jobs/{answered.job_id}/review"
    [first, *_] = re.findall(r'name="assignment" value="([^"]+)"', browser.get(queue))
    sentence = "The text is not about this at all."
    browser.send(queue, assignment=[first], act="reject", reason="wrong", sentence=sentence)
    page = browser.get(f"{queue}?state=rejected")
    assert "Approve after all" in page
    browser.send(queue, approve_only=first)
    assert "1 approved." in browser.get(queue)
    assert "None yet" in browser.get(f"{queue}?state=rejected")


def test_who_may_only_look_finds_no_buttons_in_the_queue(
    browsing: Browsing, answered: Town
) -> None:
    viewer = Identity(
        answered.requester.user_id,
        None,
        {answered.organisation_id: "viewer"},
        {answered.organisation_id: "Acme"},
        is_confirmed=True,
    )
    page = browsing(viewer).get(f"/jobs/{answered.job_id}/review")
    assert 'data-part="queue"' not in page
    assert "approve_only" not in page
