"""Slots and the money they hold, one at a time and from many sides at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from kernel.db import UnitOfWork
from kernel.runtime import Runtime
from marketplace.jobs import publishing, queries, slots
from tests.service.jobs import builders
from tests.service.jobs.builders import usd


def test_one_more_slot_is_opened_in_the_reopened_lane_and_reserved(runtime: Runtime) -> None:
    _, job = builders.a_published_job(runtime, builders.rows(3), budget="5")
    with runtime.database.unit_of_work() as uow:
        task = builders.task_of(uow, job, "text 1")
        assert slots.open_one_more(uow, job, [task.id]) == {task.id}
    with runtime.database.unit_of_work() as uow:
        task = builders.task_of(uow, job, "text 1")
        assert (task.slots_open, task.lane) == (3, 0)
        assert builders.task_of(uow, job, "text 0").slots_open == 2
        builders.check_money(uow, job)


def test_what_the_budget_does_not_reach_waits_visibly(runtime: Runtime) -> None:
    _, job = builders.a_published_job(runtime, builders.rows(2), budget="0.575")
    with runtime.database.unit_of_work() as uow:
        first, second = (task.id for task in builders.tasks_of(uow, job))
        assert slots.open_one_more(uow, job, [second, first]) == {first}
    with runtime.database.unit_of_work() as uow:
        assert [task.waits_for_money for task in builders.tasks_of(uow, job)] == [False, True]
        builders.check_money(uow, job)


def test_a_task_gets_no_more_slots_than_its_maximum(runtime: Runtime) -> None:
    fixed = {"answers_min": 2, "answers_max": 2, "is_adaptive": False}
    _, job = builders.a_published_job(runtime, builders.rows(1), budget="5", redundancy=fixed)
    with runtime.database.unit_of_work() as uow:
        task = builders.task_of(uow, job, "text 0")
        assert slots.open_one_more(uow, job, [task.id]) == set()
        builders.check_money(uow, job)


def test_a_closed_job_opens_nothing_more(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(1), budget="5")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        publishing.close(uow, job)
    with runtime.database.unit_of_work() as uow:
        task = builders.task_of(uow, job, "text 0")
        assert slots.open_one_more(uow, job, [task.id]) == set()


def test_sixteen_threads_over_one_budget_never_reserve_more_than_it_holds(
    runtime: Runtime,
) -> None:
    _, job = builders.a_published_job(runtime, builders.rows(16), budget="4.83")
    with runtime.database.unit_of_work() as uow:
        ids = [task.id for task in builders.tasks_of(uow, job)]
        assert builders.budget(uow, job) == usd("1.15")

    def open_two(number: int) -> int:
        pair: list[UUID] = [ids[number], ids[(number + 5) % 16]]
        return runtime.database.run(lambda uow: len(slots.open_one_more(uow, job, pair)))

    with ThreadPoolExecutor(16) as threads:
        opened = sum(threads.map(open_two, range(16)))
    assert opened == 10
    with runtime.database.unit_of_work() as uow:
        assert builders.budget(uow, job) == usd("0")
        assert builders.open_slots(uow, job) == 42
        builders.check_money(uow, job)


def test_money_and_slots_move_from_many_sides_without_a_deadlock(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(12), budget="3")
    with runtime.database.unit_of_work() as uow:
        ids = [task.id for task in builders.tasks_of(uow, job)]

    def fund(uow: UnitOfWork) -> None:
        publishing.fund(uow, job, usd("0.30"))

    def open_some(uow: UnitOfWork) -> None:
        slots.open_one_more(uow, job, ids[::2])

    def act(number: int) -> None:
        runtime.database.run(fund if number % 2 else open_some, buyer.identity)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(act, range(60)))
    with runtime.database.unit_of_work() as uow:
        builders.check_money(uow, job)


def test_gold_below_low_water_is_refilled_to_twice_that(runtime: Runtime) -> None:
    gold = {"first": 2, "every": 10}
    _, job = builders.a_published_job(runtime, builders.rows(4, gold=2), budget="30", gold=gold)
    with runtime.database.unit_of_work() as uow:
        job = queries.job(uow, job.id)
        task = builders.task_of(uow, job, "gold 1")
        task.slots_open, task.slots_taken = job.gold_low_water - 1, task.slots_open
    with runtime.database.unit_of_work() as uow:
        opened = slots.refill_gold(uow, job)
        assert opened == slots.Opened(job.gold_low_water + 1, job.gold_low_water + 1)
    with runtime.database.unit_of_work() as uow:
        assert builders.task_of(uow, job, "gold 1").slots_open == 2 * job.gold_low_water
        assert builders.broken_books(uow) == []
        assert slots.refill_gold(uow, job) == slots.Opened(0, 0)


def test_slots_that_come_back_at_an_older_price_are_exchanged_for_slots_at_todays(
    runtime: Runtime,
) -> None:
    _, job = builders.a_published_job(runtime, builders.rows(2), budget="0.56")
    with runtime.database.unit_of_work() as uow:
        first, second = (task.id for task in builders.tasks_of(uow, job))
        older = usd("0.05") * 3
        slots.reserve_or_release(uow, job, older - queries.slot_cost(uow, job) * 3)
        slots.reprice_freed(uow, job, [first, first, second], older)
    with runtime.database.unit_of_work() as uow:
        builders.check_money(uow, job)
        assert builders.open_slots(uow, job) == 4


def test_slots_that_come_back_and_cannot_be_paid_at_todays_price_are_dropped(
    runtime: Runtime,
) -> None:
    _, job = builders.a_published_job(runtime, builders.rows(2), budget="0.46")
    with runtime.database.unit_of_work() as uow:
        first = builders.tasks_of(uow, job)[0].id
        older, today = usd("0.05"), queries.slot_cost(uow, job)
        slots.reserve_or_release(uow, job, older - today)
        elsewhere = builders.budget(uow, job)
        slots.reserve_or_release(uow, job, elsewhere)
        slots.reprice_freed(uow, job, [first], older)
        assert builders.budget(uow, job) == older
        assert builders.reserved(uow, job) == today * 3 + elsewhere
    with runtime.database.unit_of_work() as uow:
        tasks = builders.tasks_of(uow, job)
        assert [task.slots_open for task in tasks] == [1, 2]
        assert [task.waits_for_money for task in tasks] == [True, False]
        assert builders.broken_books(uow) == []
