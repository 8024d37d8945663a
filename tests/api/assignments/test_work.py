"""A worker's day over HTTP: browse, claim, answer, give back; and what each costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from kernel.clock import Clock
from kernel.db import Database
from kernel.runtime import Runtime
from marketplace.assignments.models import Assignment
from marketplace.jobs.models import Job
from tests import factories as make
from tests.api.assignments.conftest import Caller, a_caller

CLAIM_STATEMENTS_MAX = 3
ANSWER_STATEMENTS_MAX = 6


@pytest.fixture
def job(runtime: Runtime) -> Job:
    """A plain job, and another one beside it."""
    with runtime.database.unit_of_work() as uow:
        make.a_published_job(uow, make.some_tasks(2), settings={"title": "Noise"})
        return make.a_published_job(uow, make.some_tasks(6))


def test_a_day_of_work(caller: Caller, job: Job) -> None:
    listed = caller.get("/open-jobs").json
    assert listed is not None
    [shown] = [item for item in listed["items"] if item["title"] == "Cats"]
    assert shown["id"] == str(job.id)
    assert shown["reward"] == {"amount": "0.1000", "currency": "USD"}
    assert (shown["tasks_left"], shown["hourly"], shown["may"]) == (12, None, True)
    detail = caller.get(f"/open-jobs/{job.id}").json
    assert detail is not None
    assert detail["guidelines"] == "Say **what** it is."
    [first, second] = caller.claim(job, 2)
    assert first["data"]["text"].startswith("text ")
    assert first["data"]["text"] in first["html"]
    outcome = caller.answer(first).json
    assert outcome is not None
    assert outcome["outcomes"][0]["status"] == "accepted"
    assert caller.post(f"/assignments/{second['id']}/extend").status_code == 200
    assert caller.post(f"/assignments/{second['id']}/return").status_code == 204
    mine = caller.get("/my/assignments").json
    assert mine is not None
    assert {item["state"] for item in mine["items"]} == {"submitted", "returned"}
    jobs = caller.get("/my/jobs").json
    assert jobs is not None
    assert [(item["job_id"], item["answered"]) for item in jobs["items"]] == [(str(job.id), 1)]


def test_a_reload_shows_the_tasks_still_held(caller: Caller, job: Job) -> None:
    claims = caller.claim(job, 3)
    caller.answer(claims[0])
    held = caller.get(f"/jobs/{job.id}/claims").json
    assert held is not None
    assert {one["id"] for one in held["claims"]} == {claims[1]["id"], claims[2]["id"]}


def test_an_empty_hand_out_gives_its_reason(caller: Caller, job: Job) -> None:
    caller.claim(job, 6)
    answer = caller.post(f"/jobs/{job.id}/claims", {"count": 1})
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["claims"] == []
    assert answer.json["reason"]["code"] == "no_task_now"


def test_a_skip_and_a_report_need_their_reasons(caller: Caller, job: Job) -> None:
    first, second = caller.claim(job, 2)
    assert caller.post(f"/assignments/{first['id']}/skip", {}).status_code == 422
    assert caller.post(f"/assignments/{first['id']}/skip", {"reason": "dark"}).status_code == 204
    odd = caller.post(f"/assignments/{second['id']}/report", {"reason": "boring"})
    assert odd.status_code == 422
    for text in ("\0", "\ud800"):
        odd = caller.post(f"/assignments/{second['id']}/skip", {"reason": text})
        assert odd.status_code == 422
    said = {"reason": "unreadable", "text": "all black"}
    assert caller.post(f"/assignments/{second['id']}/report", said).status_code == 204
    mine = caller.get("/my/assignments").json
    assert mine is not None
    assert {item["reason"] for item in mine["items"]} == {"dark", "unreadable: all black"}


@pytest.mark.parametrize("count", [0, 21, -1, "many", None])
def test_a_claim_asks_for_one_to_twenty_tasks(caller: Caller, job: Job, count: object) -> None:
    assert caller.post(f"/jobs/{job.id}/claims", {"count": count}).status_code == 422


def test_strangers_and_requesters_are_sent_away(app: Flask, job: Job, database: Database) -> None:
    stranger = app.test_client().post(f"/api/v1/jobs/{job.id}/claims", json={})
    assert (stranger.status_code, (stranger.json or {})["code"]) == (403, "sign_in_needed")
    with database.unit_of_work() as uow:
        requester = make.a_requester(uow, make.an_organisation(uow).id)
        key = make.a_key(uow, requester)
    answer = app.test_client().post(f"/api/v1/jobs/{job.id}/claims", json={}, headers=key)
    assert (answer.status_code, (answer.json or {})["code"]) == (403, "not_allowed")


def test_a_key_without_the_scope_takes_no_tasks(app: Flask, job: Job, database: Database) -> None:
    with database.unit_of_work() as uow:
        key = make.a_key(uow, make.a_worker(uow), "work:read")
    answer = app.test_client().post(f"/api/v1/jobs/{job.id}/claims", json={}, headers=key)
    assert (answer.status_code, (answer.json or {})["code"]) == (403, "scope_missing")


def test_one_worker_never_sees_the_work_of_another(
    app: Flask, database: Database, caller: Caller, job: Job
) -> None:
    [claim] = caller.claim(job)
    other = a_caller(app, database)
    outcome = other.answer(claim).json
    assert outcome is not None
    assert outcome["outcomes"][0]["code"] == "assignment_unknown"
    for act in ("return", "extend"):
        assert other.post(f"/assignments/{claim['id']}/{act}").status_code == 404
    assert other.get("/my/assignments").json == {"items": [], "next_cursor": None}
    assert other.get(f"/my/assignments?cursor={claim['id']}").status_code == 422
    assert caller.post("/assignments/rubbish/return").status_code == 404


def test_my_assignments_come_in_pages_without_gaps(caller: Caller, job: Job) -> None:
    ids = {claim["id"] for claim in caller.claim(job, 6)}
    seen, cursor = [], ""
    for _ in range(3):
        page = caller.get(f"/my/assignments?limit=2{cursor}").json
        assert page is not None
        seen += [item["id"] for item in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert cursor == "&cursor=None"
    assert sorted(seen) == sorted(ids)


def test_a_job_shows_what_it_really_pays_after_ten_approved_answers(
    caller: Caller, database: Database, job: Job
) -> None:
    with database.unit_of_work() as uow:
        busy = make.a_published_job(uow, make.some_tasks(10), settings={"title": "Busy"})
    for claim in caller.claim(busy, 10):
        caller.answer(claim)
    with database.unit_of_work() as uow:
        uow.session.query(Assignment).filter_by(job_id=busy.id).update(
            {"state": "approved", "active_seconds": 18}
        )
    shown = caller.get(f"/open-jobs/{busy.id}").json
    assert shown is not None
    assert shown["hourly"] == {"amount": "20.0000", "currency": "USD"}


def test_a_claim_costs_three_statements(caller: Caller, job: Job, runtime: Runtime) -> None:
    caller.claim(job)
    with make.counted(runtime.database) as statements:
        caller.claim(job, 3)
    assert len(statements) <= CLAIM_STATEMENTS_MAX, "\n".join(one[:110] for one in statements)


def test_an_answer_costs_six_statements_and_a_key_two_more(
    caller: Caller, job: Job, runtime: Runtime
) -> None:
    first, second, third = caller.claim(job, 3)
    caller.answer(first)
    with make.counted(runtime.database) as plain:
        caller.answer(second)
    assert len(plain) <= ANSWER_STATEMENTS_MAX, plain
    with make.counted(runtime.database) as keyed:
        kept = caller.answer(third, **{"Idempotency-Key": "k1"})
    # Answers of one second tell of themselves once, so the second need not.
    theirs = [[one for one in sent if "INTO outbox" not in one] for sent in (plain, keyed)]
    assert len(theirs[1]) == len(theirs[0]) + 2, keyed
    again = caller.answer(third, **{"Idempotency-Key": "k1"})
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == kept.json


def test_a_page_of_open_jobs_costs_the_same_however_many_there_are(
    caller: Caller, runtime: Runtime, job: Job
) -> None:
    asked = {"qualification": "locale", "comparison": "in", "value": ["FR"], "guards": "accept"}
    with make.counted(runtime.database) as few:
        caller.get("/open-jobs")
    with runtime.database.unit_of_work() as uow:
        for _ in range(5):
            make.a_published_job(uow, make.some_tasks(1), settings={"requirements": [asked]})
    with make.counted(runtime.database) as many:
        listed = caller.get("/open-jobs").json
    assert len(many) == len(few)
    assert listed is not None
    assert len(listed["items"]) == 7
    assert [item["may"] for item in listed["items"]] == [False] * 5 + [True] * 2
    assert listed["items"][0]["reasons"][0]["code"] == "locale_differs"


@pytest.mark.parametrize(
    ("guards", "listed", "shown"),
    [("discover", False, 404), ("preview", True, 404), ("accept", True, 200)],
)
def test_what_a_requirement_guards(
    caller: Caller, runtime: Runtime, guards: str, listed: bool, shown: int
) -> None:
    asked: dict[str, Any] = {
        "qualification": "locale",
        "comparison": "in",
        "value": ["FR"],
        "guards": guards,
    }
    with runtime.database.unit_of_work() as uow:
        guarded = make.a_published_job(uow, make.some_tasks(1), settings={"requirements": [asked]})
    page = caller.get("/open-jobs").json
    assert page is not None
    assert (str(guarded.id) in {item["id"] for item in page["items"]}) == listed
    assert caller.get(f"/open-jobs/{guarded.id}").status_code == shown
    refusal = caller.post(f"/jobs/{guarded.id}/claims", {}).json
    assert refusal is not None
    assert refusal["code"] == "locale_differs"


def test_a_late_answer_is_told_so(caller: Caller, job: Job, clock: Clock) -> None:
    [claim] = caller.claim(job)
    clock.advance(timedelta(hours=1))
    outcome = caller.answer(claim).json
    assert outcome is not None
    assert outcome["outcomes"][0]["code"] == "answer_late"
    assert outcome["outcomes"][0]["detail"]
