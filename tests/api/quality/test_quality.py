"""Quality over HTTP: measured, explained, ruled, and shown to nobody it does not concern."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from kernel import chores
from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.accounts.states import Role
from marketplace.jobs.models import Job
from tests import factories as make
from tests.api.quality.conftest import Asking
from tests.service.review import stories

GOLD = {"every": 2, "first": 4, "minimum": "0.6", "error_rate": "0.0001", "feedback": True}
THREE = {"answers_min": 3, "answers_max": 3, "is_adaptive": False}
RULE: dict[str, Any] = {
    "collector": "gold",
    "conditions": [
        {"measure": "count", "comparison": ">=", "value": 3},
        {"measure": "accuracy", "comparison": "<", "value": 0.5},
    ],
    "action": "pause",
    "window": 10,
}


@pytest.fixture
def story(runtime: Runtime) -> stories.Story:
    """A job whose third worker misses every check and disagrees with the other two."""
    tasks = make.some_tasks(12, gold=4)
    begun = stories.begin(runtime, tasks, 3, gold=GOLD, undo_seconds=0, redundancy=THREE)
    stories.answer_all(begun, lambda worker, _text: "dog" if worker == 2 else "cat", 16)
    look(begun)
    return begun


def look(story: stories.Story) -> None:
    """Let everything settle, and the looks that follow."""
    stories.settle(story)
    story.runtime.clock.advance(timedelta(minutes=2))
    chores.drain(story.runtime)


def viewer(story: stories.Story) -> Identity:
    """Add a person who may look and change nothing."""
    with story.runtime.database.unit_of_work() as uow:
        job = uow.get(Job, story.job_id, "no job")
        return make.a_requester(uow, job.organisation_id, Role.VIEWER)


def test_the_dashboard_measures_what_people_did(asking: Asking, story: stories.Story) -> None:
    shown = asking(story.owner).get(f"/api/v1/jobs/{story.job_id}/quality").get_json()
    assert (shown["control"], shown["classes"]) == ("animal", ["cat", "dog"])
    assert (shown["gold"]["right"], shown["gold"]["seen"]) == (8, 12)
    assert sum(step["seen"] for step in shown["gold_steps"]) == 12
    assert shown["beside_known"]["counts"] == [[8, 4], [0, 0]]
    assert shown["beside_label"]["counts"][0] == [24, 12]
    assert sum(shown["confidences"]) == 12
    assert shown["answers_per_task"] == [[3, 12]]
    known = shown["calibration"]
    assert (known["bins"], known["error"], known["items"]) == ([], None, 0)
    # All four checks were picked by hand, and two of three workers got each right.
    assert (known["picked"]["right"], known["picked"]["seen"], known["is_enough"]) == (4, 4, False)
    # Of the pairs with a dog none has two; of those with a cat, half have.
    assert [share["value"] for share in shown["by_class"]] == [0.5, 0.0]
    dissenter = min(shown["people"], key=lambda one: one["agreement"]["value"])
    assert (dissenter["agreement"]["right"], dissenter["gold"]["right"]) == (0, 0)
    assert dissenter["shortfall"] > 0.3


def test_why_says_what_each_answer_moved(asking: Asking, story: stories.Story) -> None:
    task = stories.tasks(story)["text 1"]
    shown = asking(story.owner).get(f"/api/v1/jobs/{story.job_id}/tasks/{task.id}/why").get_json()
    assert (shown["value"], len(shown["answers"])) == ("cat", 3)
    last, odd = shown["answers"][-1], shown["answers"][2]
    assert last["after"]["value"] == shown["value"]
    assert last["after"]["confidence"] == pytest.approx(shown["confidence"], abs=1e-3)
    assert odd["given"] == "dog" and odd["without"]["value"] == "cat"
    assert "3 answers to every task" in shown["stopped"]
    assert [change["cause"] for change in shown["changes"]][0] == "new_answer"


def test_a_task_without_a_label_has_no_reasons(asking: Asking, story: stories.Story) -> None:
    check = stories.tasks(story)["check 1"]
    answer = asking(story.owner).get(f"/api/v1/jobs/{story.job_id}/tasks/{check.id}/why")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "label_unknown")


def test_a_rule_is_tried_saved_acts_and_is_lifted(asking: Asking, story: stories.Story) -> None:
    base, client = f"/api/v1/jobs/{story.job_id}", asking(story.owner)
    trial = client.post(f"{base}/rules/trials", json=RULE).get_json()
    assert [one["gold_right"] for one in trial["met"]] == [0]
    saved = client.post(f"{base}/rules", json=RULE)
    assert saved.status_code == 201 and "pause the worker" in saved.get_json()["sentence"]
    look(story)
    [act] = client.get(f"{base}/rule-acts").get_json()["items"]
    assert (act["action"], act["state"]) == ("pause", "open")
    word = {"accept": False, "sentence": "They have read the guidelines again."}
    lifted = client.post(f"{base}/rule-acts/{act['id']}/decision", json=word)
    assert lifted.get_json()["state"] == "dismissed"
    again = client.post(f"{base}/rule-acts/{act['id']}/decision", json=word)
    assert (again.status_code, again.get_json()["code"]) == (409, "act_decided")
    rule_id = saved.get_json()["id"]
    changed = client.put(f"{base}/rules/{rule_id}", json=RULE | {"action": "warn"}).get_json()
    assert changed["version"] == 2
    assert client.delete(f"{base}/rules/{rule_id}").status_code == 204
    assert client.get(f"{base}/rules").get_json()["items"] == []


def test_a_rule_that_never_acts_is_refused(asking: Asking, story: stories.Story) -> None:
    never = RULE | {"window": 2}
    answer = asking(story.owner).post(f"/api/v1/jobs/{story.job_id}/rules", json=never)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "rule_never_fires")


def test_a_worker_sees_their_own_quality_and_contests_by_one_call(
    asking: Asking, story: stories.Story
) -> None:
    client = asking(story.workers[2])
    own = client.get(f"/api/v1/me/quality/{story.job_id}").get_json()
    assert own["checks_sentence"].startswith("You were right on 0 of 4 check tasks.")
    assert "is usual, so yours is lower" in own["agreement_sentence"]
    mine = stories.assignments(story, 2)
    check = next(key for key, row in mine.items() if row.gold_version)
    plain = next(key for key, row in mine.items() if not row.gold_version)
    assert client.post(f"/api/v1/assignments/{check}/contest", json={}).status_code == 201
    refused = client.post(f"/api/v1/assignments/{plain}/contest", json={})
    assert refused.get_json()["code"] == "gold_unannounced"


def test_checks_are_listed_and_looked_at(asking: Asking, story: stories.Story) -> None:
    base, client = f"/api/v1/jobs/{story.job_id}/checks", asking(story.owner)
    listed = client.get(base).get_json()
    assert {one["state"] for one in listed["items"]} == {"in_use"}
    assert listed["supply"]["out_count"] == 3
    task_id = listed["items"][0]["task_id"]
    unclear = client.post(f"{base}/{task_id}", json={"act": "correct"})
    assert unclear.get_json()["code"] == "check_unclear"
    done = client.post(f"{base}/{task_id}", json={"act": "correct", "known": {"animal": "dog"}})
    assert done.get_json()["known"] == {"animal": "dog"}
    assert client.post(f"{base}/{task_id}", json={"act": "retire"}).get_json()["state"] == (
        "withdrawn"
    )


def test_quality_is_there_for_members_only_and_changed_by_managers_only(
    asking: Asking, story: stories.Story
) -> None:
    base, looks = f"/api/v1/jobs/{story.job_id}", viewer(story)
    for path in ("quality", "rules", "rule-acts", "checks"):
        assert asking(story.workers[0]).get(f"{base}/{path}").status_code == 404, path
        assert asking(looks).get(f"{base}/{path}").status_code == 200, path
    assert asking(looks).post(f"{base}/rules", json=RULE).status_code == 403
    assert asking(looks).get(f"{base}/second-looks").status_code == 403
    assert asking(story.workers[0]).get(f"{base}/second-looks").status_code == 404
    assert asking(story.owner).get(f"/api/v1/me/quality/{story.job_id}").status_code == 403
