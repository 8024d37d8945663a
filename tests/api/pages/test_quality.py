"""The pages of quality: rules written and tried, checks looked at, one's own in fair words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from kernel import chores
from kernel.identity import Identity
from kernel.runtime import Runtime
from tests import factories
from tests.api.pages.conftest import Browser, Town
from tests.service.review import stories

Browsing = Callable[[Identity], Browser]
ADAPTIVE = {"answers_min": 2, "answers_max": 5, "is_adaptive": True, "confidence": 0.97}
RULE = {
    "collector": "speed",
    "measure_1": "speed.fast_count",
    "comparison_1": ">=",
    "value_1": "2",
    "action": "pause",
    "window": "5",
    "fast_seconds": "6",
}


def test_a_rule_is_tried_then_put_in_force_and_its_act_lifted(
    browsing: Browsing, answered: Town, runtime: Runtime
) -> None:
    browser = browsing(answered.requester)
    address = f"/jobs/{answered.job_id}/rules"
    assert "No rules yet" in browser.get(address)
    trial = browser.send(f"{address}/trial", **RULE)
    assert "1 / 1" in trial.text and "Put it in force" in trial.text
    assert browser.send(address, **RULE).status_code == 303
    runtime.database.clock.advance(timedelta(minutes=2))
    chores.drain(runtime)
    shown = browser.get(address)
    assert "faster than 6 s" in shown and "you are paused here" in shown
    assert "you are paused here" in browsing(answered.worker).get(
        f"/work/quality/{answered.job_id}"
    )


def test_a_refused_rule_is_shown_again_with_its_reason(browsing: Browsing, town: Town) -> None:
    browser = browsing(town.requester)
    browser.get(f"/jobs/{town.job_id}/rules")
    answer = browser.send(f"/jobs/{town.job_id}/rules", **(RULE | {"value_1": "9"}))
    assert answer.status_code == 422
    assert "looks at the last 5 only" in answer.text
    assert 'value="9"' in answer.text


def test_the_label_of_a_task_leads_to_its_reasons(browsing: Browsing, answered: Town) -> None:
    browser = browsing(answered.requester)
    labels = browser.get(f"/jobs/{answered.job_id}/labels")
    address = labels.split('/why?control=animal"')[0].rsplit('href="', 1)[1]
    shown = browser.get(f"{address}/why")
    assert "Why “cat”?" in shown and "what each moved" in shown


def test_a_check_is_looked_at_on_its_page(browsing: Browsing, answered: Town) -> None:
    browser = browsing(answered.requester)
    address = f"/jobs/{answered.job_id}/checks"
    shown = browser.get(address)
    assert "Always answering “cat”" in shown
    action = shown.split(f'action="{address}/')[1].split('"')[0]
    wrong = browser.send(f"{address}/{action}", act="shout")
    assert wrong.status_code == 422
    assert browser.send(f"{address}/{action}", act="retire").status_code == 303
    assert "Retired" in browser.get(address)


def test_ones_own_quality_is_listed_for_workers_alone(browsing: Browsing, answered: Town) -> None:
    assert "Cats" in browsing(answered.worker).get("/work/quality")
    assert browsing(answered.requester).status("/work/quality") == 403


def test_a_plan_says_what_its_pilot_lacks_and_offers_targets_once_it_is_there(
    browsing: Browsing, answered: Town, runtime: Runtime
) -> None:
    empty = browsing(answered.requester).get(f"/jobs/{answered.job_id}/plan")
    assert "The pilot is too small yet" in empty and "30 more tasks" in empty
    chance = Random(4)
    story = stories.begin(runtime, factories.some_tasks(40), 3, redundancy=ADAPTIVE)
    for _round in range(2):
        stories.answer_all(story, lambda _w, _t: "cat" if chance.random() < 0.75 else "dog", 20)
    stories.settle(story)
    browser = browsing(story.owner)
    address = f"/jobs/{story.job_id}/plan"
    shown = browser.get(address)
    assert "Accuracy against cost" in shown and "Not calibrated yet" in shown
    assert "Use this target" in shown
    assert browser.send(f"{address}/target", target="0.8").status_code == 303
    assert "The job asks for 80.0% from now on" in browser.get(address)


def test_the_quality_of_a_job_without_classes_is_shown_too(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    numbers = '<View><Text name="t" value="$text"/><Number name="c" toName="t"/></View>'
    tasks = [*factories.some_tasks(2), {"data": {"text": "check"}, "known": {"c": 3}}]
    settings = {"interface": numbers, "gold": {"first": 1, "every": 5}}
    with runtime.database.unit_of_work() as uow:
        job = factories.a_published_job(uow, tasks, settings=settings)
        owner = factories.a_requester(uow, job.organisation_id)
    browser = browsing(owner)
    shown = browser.get(f"/jobs/{job.id}/quality")
    assert "How alike answers are" in shown and "Agreement by class" not in shown
    assert "No plan for this kind of answer" in browser.get(f"/jobs/{job.id}/plan")
    answer = browser.client.get(f"/api/v1/jobs/{job.id}/plan")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "plan_unknown")
    checks = f"/jobs/{job.id}/checks"
    action = browser.get(checks).split(f'action="{checks}/')[1].split('"')[0]
    wrong = browser.send(f"{checks}/{action}", act="correct", control="c", value="many")
    assert wrong.status_code == 422 and "as JSON" in wrong.text
    right = browser.send(f"{checks}/{action}", act="correct", control="c", value="4.5")
    assert right.status_code == 303 and "4.5" in browser.get(checks)
