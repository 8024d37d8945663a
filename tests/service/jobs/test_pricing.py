"""What answers pay, what jobs cost, and a change of price with slots open."""

from __future__ import annotations

import pytest

from kernel.errors import Refused
from kernel.runtime import Runtime
from marketplace.jobs import pricing, publishing, queries
from tests.service.jobs import builders
from tests.service.jobs.builders import usd


@pytest.mark.parametrize("reward", ["0.20", "0.05"])
def test_a_new_price_is_reserved_for_every_open_slot(runtime: Runtime, reward: str) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(5), budget="20")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        job = pricing.change_price(uow, job, usd(reward))
        assert queries.reward_of(uow, job) == usd(reward)
    with runtime.database.unit_of_work() as uow:
        assert queries.job(uow, job.id).price_version == 2
        assert builders.open_slots(uow, job) == 10
        assert builders.budget(uow, job) + builders.reserved(uow, job) == usd("20")
        builders.check_money(uow, job)


def test_a_price_that_the_budget_cannot_reserve_is_refused_and_changes_nothing(
    runtime: Runtime,
) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(5), budget="1.20")
    with (
        pytest.raises(Refused) as refusal,
        runtime.database.unit_of_work(buyer.identity) as uow,
    ):
        pricing.change_price(uow, job, usd("0.20"))
    assert refusal.value.code == "price_unfunded"
    assert refusal.value.details == {"missing": "1.10", "currency": "USD"}
    with runtime.database.unit_of_work() as uow:
        assert queries.job(uow, job.id).price_version == 1
        builders.check_money(uow, job)


def test_a_published_price_stays_above_the_pay_floor(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(1), budget="5")
    with (
        pytest.raises(Refused) as refusal,
        runtime.database.unit_of_work(buyer.identity) as uow,
    ):
        pricing.change_price(uow, job, usd("0.01"))
    assert refusal.value.code == "pay_below_floor"


def test_the_fee_is_frozen_with_the_price(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        job = builders.a_draft(uow, builders.a_buyer(uow), reward=usd("0.0501"))
        assert queries.price_of(uow, job) == (50_100, 7_515)
        assert queries.slot_cost(uow, job) == usd("0.057615")


@pytest.mark.parametrize(
    ("reward", "code"),
    [("0", "reward_range"), ("0.00005", "reward_step"), ("1000.0001", "reward_range")],
)
def test_an_odd_reward_is_refused(runtime: Runtime, reward: str, code: str) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow)
        with pytest.raises(Refused) as refusal:
            builders.a_draft(uow, buyer, reward=usd(reward))
    assert refusal.value.code == code


def test_a_quote_names_every_cost_and_what_is_missing(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow, "100")
        job = builders.a_draft(uow, buyer, gold={"first": 2, "every": 10})
    content = builders.as_lines(builders.rows(100, gold=4))
    builders.run_import(runtime, buyer, job, content)
    with runtime.database.unit_of_work(buyer.identity) as uow:
        publishing.fund(uow, job, usd("10"))
        quote = pricing.quote(uow, queries.job(uow, job.id))
    assert (quote.tasks_count, quote.gold_count, quote.gold_needed) == (100, 4, 2)
    assert quote.slot_cost == usd("0.115") and quote.hourly == usd("36")
    assert quote.gold_answers == 40, "10 workers × 2 first, and 200 / 10 more"
    assert quote.cost_min == usd("0.115") * 240
    assert quote.cost_max == usd("0.115") * 540
    assert quote.funded == quote.budget == usd("10")
    assert quote.missing_to_start == usd("0")
    assert quote.missing_min == usd("17.6") and quote.missing_max == usd("52.1")
