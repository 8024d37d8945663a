"""Plans forecast a job from its pilot, say what the pilot lacks, and lead to another target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from sqlalchemy import select

from kernel import chores
from kernel.audit import AuditEntry
from kernel.errors import Conflict, Missing, Refused
from kernel.runtime import Runtime
from marketplace.jobs.models import Job
from marketplace.quality.plans import forecasting, targeting
from marketplace.quality.plans.forecasting import Plan
from tests import factories as make
from tests.service.review import stories

ADAPTIVE = {"answers_min": 2, "answers_max": 5, "is_adaptive": True, "confidence": 0.9}
FIXED = {"answers_min": 3, "answers_max": 3, "is_adaptive": False}


def say(right: float) -> Callable[[int, str], str]:
    """Return a crowd that is right so often: even texts show dogs, odd ones cats."""
    chance = Random(4)

    def answer(_worker: int, text: str) -> str:
        truth, other = ("cat", "dog") if int(text.split()[1]) % 2 else ("dog", "cat")
        return truth if chance.random() < right else other

    return answer


def begin(
    runtime: Runtime, tasks: int = 40, right: float = 0.8, **redundancy: object
) -> stories.Story:
    """Publish a job that four people answer as far as it lets them."""
    wanted = redundancy or ADAPTIVE
    story = stories.begin(runtime, make.some_tasks(tasks), 4, redundancy=wanted)
    for _round in range(2):
        stories.answer_all(story, say(right), 20)
        stories.settle(story)
    return story


def planned(story: stories.Story, *targets: float) -> Plan:
    """Return the plan of a story's job."""
    with story.runtime.database.unit_of_work() as uow:
        plan = forecasting.plan(uow, uow.get(Job, story.job_id, "no job"), None, targets)
    assert plan is not None
    return plan


def use(story: stories.Story, target: str) -> None:
    """Let the owner choose a target, and let what follows happen."""
    with story.runtime.database.unit_of_work(story.owner) as uow:
        targeting.use(uow, uow.get(Job, story.job_id, "no job"), Decimal(target))
    chores.drain(story.runtime)


def test_higher_targets_take_more_answers_and_money_and_are_right_more_often(
    runtime: Runtime,
) -> None:
    plan = planned(begin(runtime))
    assert [line.target for line in plan.lines] == [0.8, 0.85, 0.9, 0.95, 0.98]
    assert [line.target for line in plan.lines if line.is_current] == [0.9]
    first, last = plan.lines[0], plan.lines[-1]
    assert first.answers.middle < last.answers.middle
    assert first.accuracy.middle < last.accuracy.middle
    for line in plan.lines:
        assert line.answers.low < line.answers.middle < line.answers.high
        assert line.cost.middle.micros == 115_000 * round(line.answers.middle)
        assert line.answers_per_task >= 2
    assert plan.obstacle == "" and not plan.is_calibrated


def test_the_same_answers_give_the_same_plan(runtime: Runtime) -> None:
    story = begin(runtime)
    assert planned(story) == planned(story)
    assert [line.target for line in planned(story, 0.7).lines] == [0.7, 0.9]


def test_a_small_pilot_says_how_much_it_lacks(runtime: Runtime) -> None:
    plan = planned(begin(runtime, tasks=12))
    assert plan.lines == []
    assert (plan.readiness.tasks, plan.readiness.tasks_missing) == (12, 18)
    assert (plan.readiness.answers_missing, plan.readiness.items_missing) == (36, 20)


def test_a_job_nobody_answered_lacks_everything(runtime: Runtime) -> None:
    plan = planned(stories.begin(runtime, make.some_tasks(3), 1, redundancy=ADAPTIVE))
    assert (plan.lines, plan.readiness.answers, plan.readiness.tasks_missing) == ([], 0, 30)


def test_gold_is_planned_for_without_the_haste_of_the_beginning(runtime: Runtime) -> None:
    gold = {"every": 10, "first": 3, "minimum": "0.6", "error_rate": "0.0001"}
    tasks = make.some_tasks(40, gold=6)
    story = stories.begin(runtime, tasks, 4, gold=gold, redundancy=ADAPTIVE)
    for _round in range(3):
        stories.answer_all(story, say(0.9), 20)
        stories.settle(story)
    plain = planned(begin(runtime, right=0.9))
    checked = planned(story)
    assert checked.lines[0].answers.middle > plain.lines[0].answers.middle


def test_money_that_is_missing_is_said(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(40), 4, budget="13", redundancy=ADAPTIVE)
    stories.answer_all(story, say(0.8), 20)
    stories.answer_all(story, say(0.8), 20)
    stories.settle(story)
    plan = planned(story)
    assert plan.funded.amount == "13.00"
    last = plan.lines[-1]
    assert last.missing == last.cost.high - plan.funded and last.missing.micros > 0


def test_a_lower_target_ends_the_tasks_that_are_sure_enough(runtime: Runtime) -> None:
    story = begin(runtime, right=0.75, **ADAPTIVE | {"answers_max": 4, "confidence": 0.97})
    before = [task.state for task in stories.tasks(story).values()].count("settled")
    use(story, "0.6")
    after = [task.state for task in stories.tasks(story).values()].count("settled")
    assert before < after
    with runtime.database.unit_of_work() as uow:
        acts = select(AuditEntry.before, AuditEntry.after).where(AuditEntry.act == "job.target_set")
        assert [tuple(row) for row in uow.session.execute(acts)] == [("0.970", "0.6")]


def test_a_higher_target_opens_tasks_again_where_answers_are_worth_it(runtime: Runtime) -> None:
    story = begin(runtime, tasks=60, right=0.8, **ADAPTIVE | {"confidence": 0.6})
    settled = [task for task in stories.tasks(story).values() if task.state == "settled"]
    assert settled and stories.job(story).state == "open"
    use(story, "0.99")
    assert any(task.reopenings for task in stories.tasks(story).values())


def test_a_fixed_number_of_answers_is_planned_as_if_it_could_stop_early(runtime: Runtime) -> None:
    story = begin(runtime, tasks=60, **FIXED)
    plan = planned(story)
    assert plan.lines and "a target changes nothing" in plan.obstacle
    assert plan.lines[0].answers.middle < 3 * 60
    with pytest.raises(Refused, match="changes nothing"):
        use(story, "0.8")


def test_a_finished_job_keeps_its_target(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(40), 4, redundancy=ADAPTIVE)
    for worker in range(4):
        people = replace(story, workers=story.workers[worker : worker + 1])
        stories.answer_all(people, say(1.0), 20)
    stories.settle(story)
    assert stories.job(story).state == "completed"
    assert "asks for no more answers" in planned(story).obstacle
    with pytest.raises(Conflict, match="its target stays"):
        use(story, "0.8")


def test_a_question_that_is_not_there_has_no_plan(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(3), 1)
    with (
        pytest.raises(Missing, match="no such question"),
        runtime.database.unit_of_work() as uow,
    ):
        forecasting.plan(uow, uow.get(Job, story.job_id, "no job"), "plant")
