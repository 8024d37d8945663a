"""Publishing, funding, pausing and ending a job."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from kernel import chores
from kernel.errors import Conflict, Denied, Refused
from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.jobs import chores as job_chores
from marketplace.jobs import publishing, queries, slots, versions
from marketplace.jobs.states import JobState
from tests.service.jobs import builders
from tests.service.jobs.builders import usd

assert job_chores


def test_publishing_opens_answers_min_slots_a_task_as_far_as_the_budget_reaches(
    runtime: Runtime,
) -> None:
    _, job = builders.a_published_job(runtime, builders.rows(5), budget="0.75")
    with runtime.database.unit_of_work() as uow:
        tasks = builders.tasks_of(uow, job)
        assert [task.slots_open for task in tasks] == [2, 2, 2, 0, 0]
        assert [task.state for task in tasks] == ["open"] * 3 + ["waiting"] * 2
        assert [task.waits_for_money for task in tasks] == [False] * 3 + [True] * 2
        assert builders.budget(uow, job) == usd("0.06")
        assert job.state == JobState.OPEN and job.published_at is not None
        builders.check_money(uow, job)


def test_tasks_of_high_priority_are_funded_first(runtime: Runtime) -> None:
    tasks = [{"text": "low"}, {"text": "high", "priority": 10}]
    _, job = builders.a_published_job(runtime, tasks, budget="0.25")
    with runtime.database.unit_of_work() as uow:
        assert builders.task_of(uow, job, "high").slots_open == 2
        assert builders.task_of(uow, job, "low").slots_open == 0


def test_more_money_opens_what_waited_for_it(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(5), budget="0.75")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        publishing.fund(uow, job, usd("10"))
    with runtime.database.unit_of_work() as uow:
        tasks = builders.tasks_of(uow, job)
        assert all(task.slots_open == 2 and not task.waits_for_money for task in tasks)
        builders.check_money(uow, job)


def test_a_job_without_money_is_not_published_and_hears_how_much_is_missing(
    runtime: Runtime,
) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow, "100")
        job = builders.a_draft(uow, buyer)
    builders.run_import(runtime, buyer, job, builders.as_lines(builders.rows(3)))
    with runtime.database.unit_of_work(buyer.identity) as uow:
        publishing.fund(uow, job, usd("0.05"))
    with (
        pytest.raises(Refused) as refusal,
        runtime.database.unit_of_work(buyer.identity) as uow,
    ):
        publishing.publish(uow, job)
    assert refusal.value.code == "job_unfunded"
    assert refusal.value.details == {"missing": "0.18", "currency": "USD"}
    with runtime.database.unit_of_work() as uow:
        assert queries.job(uow, job.id).state == JobState.DRAFT
        assert builders.open_slots(uow, job) == 0


def test_a_job_without_tasks_is_not_published(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow, "100")
        job = builders.a_draft(uow, buyer)
        publishing.fund(uow, job, usd("50"))
        with pytest.raises(Refused) as refusal:
            publishing.publish(uow, job)
    assert refusal.value.code == "job_empty"


def test_a_job_that_pays_below_the_floor_is_not_published(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow, "100")
        job = builders.a_draft(uow, buyer, reward=usd("0.01"), expected_seconds=30)
    builders.run_import(runtime, buyer, job, builders.as_lines(builders.rows(3)))
    with (
        pytest.raises(Refused) as refusal,
        runtime.database.unit_of_work(buyer.identity) as uow,
    ):
        publishing.publish(uow, job)
    assert refusal.value.code == "pay_below_floor"
    assert refusal.value.details["needed"] == "0.0605"


def test_nobody_publishes_before_their_address_is_confirmed(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow, "100")
        job = builders.a_draft(uow, buyer)
        uow.identity = Identity(user_id=buyer.identity.user_id, roles=buyer.identity.roles)
        with pytest.raises(Denied) as refusal:
            publishing.publish(uow, job)
    assert refusal.value.code == "email_unconfirmed"


def test_a_job_with_checks_needs_gold_tasks(runtime: Runtime) -> None:
    gold = {"first": 3, "every": 10}
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow, "100")
        job = builders.a_draft(uow, buyer, gold=gold)
    builders.run_import(runtime, buyer, job, builders.as_lines(builders.rows(3, gold=2)))
    with (
        pytest.raises(Refused) as refusal,
        runtime.database.unit_of_work(buyer.identity) as uow,
    ):
        publishing.publish(uow, job)
    assert refusal.value.code == "gold_missing" and refusal.value.details == {"needed": 3}


def test_gold_slots_are_opened_and_reserved_when_publishing(runtime: Runtime) -> None:
    gold = {"first": 2, "every": 10}
    _, job = builders.a_published_job(runtime, builders.rows(10, gold=2), budget="20", gold=gold)
    with runtime.database.unit_of_work() as uow:
        job = queries.job(uow, job.id)
        assert (job.tasks_count, job.gold_count) == (10, 2)
        checks = [task for task in builders.tasks_of(uow, job) if task.lane == slots.GOLD_LANE]
        assert [task.slots_open for task in checks] == [2 * job.gold_low_water] * 2
        builders.check_money(uow, job)


def test_tasks_that_the_interface_no_longer_fits_are_not_published(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow, "100")
        job = builders.a_draft(uow, buyer)
    builders.run_import(runtime, buyer, job, builders.as_lines(builders.rows(3)))
    with runtime.database.unit_of_work(buyer.identity) as uow:
        job = versions.change_interface(uow, job, builders.CATS.replace("$text", "$words"))
    with (
        pytest.raises(Refused) as refusal,
        runtime.database.unit_of_work(buyer.identity) as uow,
    ):
        publishing.publish(uow, job)
    assert refusal.value.code == "tasks_do_not_fit" and refusal.value.details == {"count": 3}


def test_a_job_is_published_once(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(1), budget="5")
    with (
        pytest.raises(Conflict) as refusal,
        runtime.database.unit_of_work(buyer.identity) as uow,
    ):
        publishing.publish(uow, job)
    assert refusal.value.code == "job_published"


def test_pausing_and_resuming_moves_no_money(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(3), budget="5")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        before = (builders.budget(uow, job), builders.reserved(uow, job))
        assert publishing.pause(uow, job, "Back on Monday.").pause_reason == "Back on Monday."
    with runtime.database.unit_of_work(buyer.identity) as uow:
        builders.check_money(uow, job)
        job = publishing.resume(uow, job)
        assert job.state == JobState.OPEN and job.pause_reason == ""
        assert (builders.budget(uow, job), builders.reserved(uow, job)) == before


@pytest.mark.parametrize("end", [publishing.close, publishing.cancel])
def test_ending_a_job_returns_all_that_no_claim_holds(runtime: Runtime, end: object) -> None:
    assert callable(end)
    buyer, job = builders.a_published_job(runtime, builders.rows(4), budget="30", balance="100")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        end(uow, job)
    with runtime.database.unit_of_work() as uow:
        assert builders.open_slots(uow, job) == 0
        assert builders.balance(uow, buyer) == usd("100")
        builders.check_money(uow, job)


def test_what_a_claim_held_comes_back_when_it_ends_on_a_closed_job(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(4), budget="30", balance="100")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        task = builders.task_of(uow, job, "text 1")
        task.slots_open, task.slots_taken = 1, 1
        uow.session.flush()
        publishing.close(uow, job)
    with runtime.database.unit_of_work() as uow:
        assert builders.balance(uow, buyer) == usd("99.885")
        assert builders.reserved(uow, job) == usd("0.115")
        chores.ask(uow, {("jobs.release_leftovers", str(job.id)): uow.now})
        task = builders.task_of(uow, job, "text 1")
        task.slots_open, task.slots_taken = 1, 0
    chores.run(runtime, "jobs.release_leftovers", str(job.id))
    with runtime.database.unit_of_work() as uow:
        assert builders.balance(uow, buyer) == usd("100")
        assert builders.reserved(uow, job) == usd("0")
        assert builders.broken_books(uow) == []
        assert uow.session.scalar(text("SELECT count(*) FROM chores_due")) == 0


def test_completing_gives_open_slots_back_to_the_budget_which_stays(runtime: Runtime) -> None:
    gold = {"first": 2, "every": 10}
    buyer, job = builders.a_published_job(
        runtime, builders.rows(4, gold=2), budget="30", balance="100", gold=gold
    )
    with runtime.database.unit_of_work(buyer.identity) as uow:
        assert publishing.complete(uow, job).state == JobState.COMPLETED
    with runtime.database.unit_of_work(buyer.identity) as uow:
        assert builders.budget(uow, job) == usd("30")
        assert builders.balance(uow, buyer) == usd("70")
        publishing.close(uow, job)
        assert builders.balance(uow, buyer) == usd("100")
        builders.check_money(uow, job)


def test_a_job_that_cannot_pay_for_checks_pauses_and_goes_on_when_funded(
    runtime: Runtime,
) -> None:
    gold = {"first": 2, "every": 10}
    buyer, job = builders.a_published_job(
        runtime, builders.rows(1, gold=2), budget="1.61", gold=gold
    )
    with runtime.database.unit_of_work() as uow:
        assert builders.budget(uow, job) == usd("0")
        task = builders.task_of(uow, job, "gold 0")
        task.slots_open, task.slots_taken = 0, task.slots_open
        uow.session.flush()
        slots.refill_gold(uow, queries.job(uow, job.id))
    runtime.relay()
    chores.run(runtime, "jobs.pause_unchecked", str(job.id))
    with runtime.database.unit_of_work(buyer.identity) as uow:
        job = queries.job(uow, job.id)
        assert job.state == JobState.PAUSED and job.pause_reason == publishing.GOLD_IS_OUT
    with (
        pytest.raises(Refused) as refusal,
        runtime.database.unit_of_work(buyer.identity) as uow,
    ):
        publishing.resume(uow, job)
    assert refusal.value.code == "gold_unfunded"
    with runtime.database.unit_of_work(buyer.identity) as uow:
        job = publishing.fund(uow, job, usd("5"))
        assert job.state == JobState.OPEN
        assert builders.task_of(uow, job, "gold 0").slots_open == 2 * job.gold_low_water
        assert builders.broken_books(uow) == []


def test_an_ended_job_takes_no_money(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(1), budget="5")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        publishing.close(uow, job)
        with pytest.raises(Conflict) as refusal:
            publishing.fund(uow, job, usd("1"))
    assert refusal.value.code == "job_closed"
