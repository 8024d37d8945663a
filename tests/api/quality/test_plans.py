"""Plans over HTTP: for members to see, for managers to use."""

from __future__ import annotations

from random import Random

import pytest

from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.accounts.states import Role
from marketplace.jobs.models import Job
from tests import factories as make
from tests.api.quality.conftest import Asking
from tests.service.review import stories

ADAPTIVE = {"answers_min": 2, "answers_max": 5, "is_adaptive": True, "confidence": 0.97}


@pytest.fixture
def story(runtime: Runtime) -> stories.Story:
    """A job of forty tasks whose crowd is right three times in four."""
    chance = Random(4)
    begun = stories.begin(runtime, make.some_tasks(40), 3, redundancy=ADAPTIVE)
    for _round in range(2):
        stories.answer_all(begun, lambda _w, _t: "cat" if chance.random() < 0.75 else "dog", 20)
    stories.settle(begun)
    return begun


def viewer(story: stories.Story) -> Identity:
    """Add a person who may look and change nothing."""
    with story.runtime.database.unit_of_work() as uow:
        job = uow.get(Job, story.job_id, "no job")
        return make.a_requester(uow, job.organisation_id, Role.VIEWER)


def test_a_plan_is_read_and_one_of_its_targets_used(asking: Asking, story: stories.Story) -> None:
    base = f"/api/v1/jobs/{story.job_id}/plan"
    client = asking(story.owner)
    plan = client.get(f"{base}?target=0.7&target=0.9").get_json()
    assert [line["target"] for line in plan["lines"]] == [0.7, 0.9, 0.97]
    line = plan["lines"][0]
    assert set(line["cost"]["middle"]) == {"amount", "currency"}
    assert line["accuracy"]["low"] <= line["accuracy"]["middle"] <= line["accuracy"]["high"]
    assert (plan["is_calibrated"], plan["calibration"]) == (False, "Not calibrated yet.")
    used = client.post(f"{base}/target", json={"target": 0.7}).get_json()
    assert (used["target"], used["readiness"]["tasks"]) == (0.7, 40)
    assert float(stories.job(story).confidence) == 0.7


def test_targets_out_of_reason_are_refused(asking: Asking, story: stories.Story) -> None:
    base = f"/api/v1/jobs/{story.job_id}/plan"
    client = asking(story.owner)
    assert client.get(f"{base}?target=1.2").status_code == 422
    assert client.get(f"{base}?control=plant").get_json()["code"] == "control_unknown"
    for target in (0.5, 1, "much"):
        assert client.post(f"{base}/target", json={"target": target}).status_code == 422


def test_plans_are_there_for_members_and_used_by_managers_only(
    asking: Asking, story: stories.Story
) -> None:
    base, looks = f"/api/v1/jobs/{story.job_id}/plan", viewer(story)
    assert asking(story.workers[0]).get(base).status_code == 404
    assert asking(looks).get(base).status_code == 200
    assert asking(looks).post(f"{base}/target", json={"target": 0.8}).status_code == 403
    assert asking(story.workers[0]).post(f"{base}/target", json={"target": 0.8}).status_code == 404
