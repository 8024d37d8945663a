"""Review over HTTP: shapes, permissions, and one dispute from rejection to ruling."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from kernel import chores
from kernel.identity import STRANGER, Identity
from kernel.runtime import Runtime
from kernel.types import new_id
from marketplace.accounts.states import Role
from marketplace.jobs.models import Job
from tests import factories as make
from tests.api.asking import Asking
from tests.service.review import stories

BY_HAND = {"mode": "by_hand"}
WORDS = "I looked closely and it is a cat."


@pytest.fixture
def story(runtime: Runtime) -> stories.Story:
    """A job of two tasks, each with two settled answers that wait for a decision."""
    begun = stories.begin(runtime, make.some_tasks(2), approval=BY_HAND)
    for worker in (0, 1):
        stories.answer(begun, worker, "cat", "cat")
    stories.settle(begun)
    return begun


def member(story: stories.Story, role: Role) -> Identity:
    """Add a person who acts for the job's organisation."""
    with story.runtime.database.unit_of_work() as uow:
        organisation_id = uow.get(Job, story.job_id, "no job").organisation_id
        return make.a_requester(uow, organisation_id, role)


def an_admin(story: stories.Story) -> Identity:
    """Add an admin who showed their second factor."""
    with story.runtime.database.unit_of_work() as uow:
        user = make.a_user(uow, is_admin=True)
        return Identity(user_id=user.id, is_admin=True, second_factor_at=uow.now)


def rejecting(outward_id: str) -> dict[str, Any]:
    """Say that one answer is rejected."""
    wish = {"assignment": outward_id, "act": "reject", "reason": "wrong", "sentence": stories.WHY}
    return {"decisions": [wish]}


def test_progress_labels_workers_and_answers_are_shown(
    asking: Asking, story: stories.Story
) -> None:
    viewer = asking(member(story, Role.VIEWER))
    base = f"/api/v1/jobs/{story.job_id}"
    progress = viewer.get(f"{base}/progress").json
    assert progress["tasks"]["settled"] == 2 and progress["answers"]["undecided"] == 4
    first = viewer.get(f"{base}/labels?limit=1").json
    second = viewer.get(f"{base}/labels?limit=1&cursor={first['next_cursor']}").json
    assert [page["items"][0]["value"] for page in (first, second)] == ["cat", "cat"]
    assert second["next_cursor"] is None
    assert viewer.get(f"{base}/labels?needs_review=true").json["items"] != []
    assert viewer.get(f"{base}/labels?state=provisional").json["items"] == []
    [worker, _] = viewer.get(f"{base}/workers").json["items"]
    assert (worker["answered"], worker["gold_wrong"]) == (2, 0)
    queue = viewer.get(f"{base}/answers").json["items"]
    assert len(queue) == 4 and queue[0]["given"] == {"animal": "cat"}
    assert queue[0]["data"]["text"].startswith("text")


def test_a_rejection_is_appealed_answered_and_ruled(asking: Asking, story: stories.Story) -> None:
    [first, _] = stories.assignments(story, 0)
    reviewer, worker = member(story, Role.REVIEWER), story.workers[0]
    done = asking(reviewer).post(f"/api/v1/jobs/{story.job_id}/decisions", json=rejecting(first))
    [outcome] = done.json["outcomes"]
    assert outcome["status"] == "rejected"
    appeal = {"kind": "rejection", "decision_id": outcome["decision_id"], "statement": WORDS}
    opened = asking(worker).post("/api/v1/appeals", json=appeal)
    assert (opened.status_code, opened.json["state"]) == (201, "open")
    address = f"/api/v1/disputes/{opened.json['id']}"
    assert asking(worker).post(f"{address}/reply", json={"reply": WORDS}).status_code == 403
    replied = asking(reviewer).post(f"{address}/reply", json={"reply": WORDS})
    assert replied.json["state"] == "replied"
    decision = {"outcome": "won", "reason": "The picture does show a cat."}
    assert asking(reviewer).post(f"{address}/ruling", json=decision).status_code == 403
    admin = an_admin(story)
    halfway = replace(admin, second_factor_at=None)
    refused = asking(halfway).post(f"{address}/ruling", json=decision)
    assert (refused.status_code, refused.json["code"]) == (403, "second_factor_needed")
    assert asking(admin).post(f"{address}/ruling", json=decision).json["state"] == "won"
    chores.drain(story.runtime)
    seen = asking(worker).get(address).json
    assert seen["ruling"] == decision["reason"] and seen["decision"]["sentence"] == stories.WHY
    assert [answer["state"] for answer in seen["answers"]] == ["approved"]
    for who in (worker, reviewer, admin):
        assert len(asking(who).get("/api/v1/disputes").json["items"]) == 1
    rate = asking(worker).get(f"/api/v1/organisations/{seen['organisation_id']}/overturn-rate")
    assert rate.json == {"decisions": 1, "appealed": 1, "decided": 1, "overturned": 1}


def test_strangers_to_a_dispute_do_not_see_it(asking: Asking, story: stories.Story) -> None:
    [first, _] = stories.assignments(story, 0)
    [outcome] = stories.decide(story, stories.rejection(first))
    appeal = {
        "kind": "rejection",
        "decision_id": str(outcome.decision_id),
        "statement": WORDS,
    }
    opened = asking(story.workers[0]).post("/api/v1/appeals", json=appeal)
    address = f"/api/v1/disputes/{opened.json['id']}"
    other = asking(story.workers[1])
    assert other.get(address).status_code == 404
    assert other.post(f"{address}/withdraw").status_code == 404
    assert other.get("/api/v1/disputes").json["items"] == []
    taken = asking(story.workers[0]).post(f"{address}/withdraw")
    assert taken.json["state"] == "withdrawn"


def test_an_export_is_asked_for_written_and_downloaded(
    asking: Asking, story: stories.Story
) -> None:
    owner = asking(story.owner)
    wanted = {"format": "jsonl", "content": "labels", "release": "v1"}
    asked = owner.post(f"/api/v1/jobs/{story.job_id}/exports", json=wanted)
    assert (asked.status_code, asked.json["state"]) == (202, "waiting")
    address = f"/api/v1/exports/{asked.json['id']}"
    assert owner.get(f"{address}/file").json["code"] == "export_waiting"
    chores.drain(story.runtime)
    assert owner.get(address).json["rows_count"] == 2
    file = owner.get(f"{address}/file")
    assert file.headers["Content-Disposition"] == "attachment; filename=v1-labels.jsonl"
    rows = [json.loads(line) for line in file.data.splitlines()]
    file.close()
    assert [row["value"] for row in rows] == ["cat", "cat"]
    again = owner.post(f"/api/v1/jobs/{story.job_id}/exports", json=wanted)
    assert again.json["code"] == "release_exists"
    assert len(owner.get(f"/api/v1/jobs/{story.job_id}/exports").json["items"]) == 1


def test_a_reviewer_corrects_a_label_and_a_viewer_may_not(
    asking: Asking, story: stories.Story
) -> None:
    task = stories.tasks(story)["text 1"]
    address = f"/api/v1/jobs/{story.job_id}/labels/{task.id}"
    wanted = {"control": "animal", "value": "dog"}
    assert asking(member(story, Role.VIEWER)).post(address, json=wanted).status_code == 403
    reviewer = asking(member(story, Role.REVIEWER))
    assert reviewer.post(address, json=wanted | {"value": "fish"}).json["code"] == "label_unknown"
    label = reviewer.post(address, json=wanted).json
    assert (label["value"], label["confidence"], label["is_reviewed"]) == ("dog", 1.0, True)


def test_managers_remove_workers_and_repair_gold(asking: Asking, runtime: Runtime) -> None:
    gold = {"every": 2, "first": 1, "minimum": "0.6", "error_rate": "0.01", "feedback": False}
    story = stories.begin(runtime, make.some_tasks(1, gold=1), gold=gold)
    make.claim(runtime.database, story.workers[0], story.job_id)
    manager = asking(member(story, Role.MANAGER))
    removal = {"worker_id": str(story.workers[0].worker_id), "sentence": stories.WHY}
    removed = manager.post(f"/api/v1/jobs/{story.job_id}/removals", json=removal)
    assert (removed.status_code, removed.json["state"]) == (201, "removed")
    address = f"/api/v1/jobs/{story.job_id}/gold/{stories.tasks(story)['check 1'].id}"
    assert manager.post(address, json={}).json["code"] == "gold_repair_unclear"
    repaired = manager.post(address, json={"known": {"animal": "dog"}}).json
    assert (repaired["known"], repaired["known_version"]) == ({"animal": "dog"}, 2)
    assert manager.post(address, json={"withdraw": True}).json["state"] == "withdrawn"


def test_only_an_admin_lets_an_organisation_reject_again(
    asking: Asking, story: stories.Story
) -> None:
    with story.runtime.database.unit_of_work() as uow:
        organisation_id = uow.get(Job, story.job_id, "no job").organisation_id
    address = f"/api/v1/organisations/{organisation_id}/rejecting-stop"
    reason = {"sentence": "They explained it to us."}
    assert asking(story.owner).delete(address, json=reason).status_code == 403
    assert asking(an_admin(story)).delete(address, json=reason).status_code == 204


def test_another_organisation_finds_nothing_at_any_address_of_a_job(
    asking: Asking, app: Flask, story: stories.Story
) -> None:
    with story.runtime.database.unit_of_work() as uow:
        foreign = make.a_requester(uow, make.an_organisation(uow).id)
    task = stories.tasks(story)["text 1"]
    asked = asking(story.owner).post(f"/api/v1/jobs/{story.job_id}/exports", json={})
    values = {"job_id": story.job_id, "task_id": task.id, "export_id": asked.json["id"]}
    walked = 0
    for method, address in _addresses(app, values, ("job_id", "export_id")):
        for who, status in ((foreign, 404), (STRANGER, 403)):
            assert asking(who).open(address, method=method, json={}).status_code == status, address
        walked += 1
    assert walked >= 12


def test_what_does_not_exist_is_not_found(asking: Asking, app: Flask, story: stories.Story) -> None:
    values = {name: new_id() for name in ("job_id", "task_id", "export_id", "dispute_id")}
    for method, address in _addresses(app, values, tuple(values)):
        answer = asking(story.owner).open(address, method=method, json={})
        assert answer.status_code == 404, address


def _addresses(app: Flask, values: dict[str, Any], names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return method and address of every route that takes one of these values."""
    with app.test_request_context():
        return [
            (method, app.url_for(rule.endpoint, **{name: values[name] for name in rule.arguments}))
            for rule in app.url_map.iter_rules()
            if rule.arguments & set(names) and rule.arguments <= values.keys()
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]
