"""Set what an answer pays, check it against the pay floor, and quote what a job costs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.money import MICROS_PER_UNIT, REWARD_STEP_MICROS, Money, fee_micros
from marketplace.config import policy
from marketplace.jobs import queries, slots, versions
from marketplace.jobs.models import Job, JobVersion
from marketplace.jobs.states import LIVE, JobState
from payouts import funding
from payouts import queries as books

REWARD_MICROS_MAX = 1_000 * MICROS_PER_UNIT
SECONDS_PER_HOUR = 3_600
ANSWERS_PER_WORKER = 100
GOLD_REFILLS = 4
LOW_WATER_MIN, LOW_WATER_MAX = 2, 20


@dataclass(frozen=True)
class Quote:
    """Say what a job costs, what it has, and what is missing; money unless named otherwise.

    `min` and `max` stand for every task getting `answers_min` or `answers_max` answers; both
    include the gold pool and the fee. `missing_to_start` is what publishing still needs.
    """

    reward: Money
    fee: Money
    slot_cost: Money
    hourly: Money
    pay_floor_hourly: Money
    tasks_count: int
    gold_count: int
    gold_needed: int
    gold_answers: int
    gold_cost: Money
    cost_min: Money
    cost_max: Money
    funded: Money
    budget: Money
    missing_to_start: Money
    missing_min: Money
    missing_max: Money


@dataclass(frozen=True)
class Offer:
    """Say what a job would pay and cost at a target for an hour of work; nothing is kept.

    `needed` is the least that an answer must pay to keep the pay floor.
    """

    reward: Money
    fee: Money
    hourly: Money
    pay_floor_hourly: Money
    needed: Money
    cost_min: Money
    cost_max: Money

    @property
    def keeps_floor(self) -> bool:
        """Tell whether the offer may be published."""
        return self.reward >= self.needed


def offer(job: Job, hourly_target: Money, seconds: int) -> Offer:
    """Return what a job would pay and cost for a target per hour and `seconds` for a task."""
    reward = reward_for(hourly_target, seconds)
    fee = Money(fee_micros(reward.micros, job.fee_basis_points), job.currency)
    floor = pay_floor_hourly(job)
    cost_min, cost_max = _costs(job, reward + fee)
    return Offer(
        reward=reward,
        fee=fee,
        hourly=Money(reward.micros * SECONDS_PER_HOUR // seconds, job.currency),
        pay_floor_hourly=floor,
        needed=reward_for(floor, seconds),
        cost_min=cost_min,
        cost_max=cost_max,
    )


def reward_for(hourly_target: Money, seconds: int) -> Money:
    """Return the least reward, in whole steps, that pays the target for `seconds` of work.

    ceil(target × seconds / 3600), rounded up to the step in which rewards are counted.
    """
    micros = -(-hourly_target.micros * seconds // SECONDS_PER_HOUR)
    steps = -(-micros // REWARD_STEP_MICROS)
    return Money(max(steps, 1) * REWARD_STEP_MICROS, hourly_target.currency)


def quote(uow: UnitOfWork, job: Job) -> Quote:
    """Return what a job costs, gold and fee included, and how much of it is not there yet."""
    reward, fee = (Money(micros, job.currency) for micros in queries.price_of(uow, job))
    cost = reward + fee
    money = books.job_money(uow, job.id, job.currency)
    funded = money.funded - money.returned
    gold_answers = gold_forecast(job)
    cost_min, cost_max = _costs(job, cost)
    return Quote(
        reward=reward,
        fee=fee,
        slot_cost=cost,
        hourly=hourly(job, reward),
        pay_floor_hourly=pay_floor_hourly(job),
        tasks_count=job.tasks_count,
        gold_count=job.gold_count,
        gold_needed=gold_needed(job),
        gold_answers=gold_answers,
        gold_cost=cost * gold_answers,
        cost_min=cost_min,
        cost_max=cost_max,
        funded=funded,
        budget=money.budget,
        missing_to_start=missing_to_start(uow, job),
        missing_min=_missing(cost_min, funded),
        missing_max=_missing(cost_max, funded),
    )


def change_price(uow: UnitOfWork, job: Job, reward: Money) -> Job:
    """Give a job a new price and reserve it for every open slot, or refuse and change nothing.

    The job's row is locked against claims (FOR UPDATE) until the open slots hold the new cost;
    what is claimed already keeps the price it was claimed at.
    """
    uow.session.flush()
    locked = select(Job).where(Job.id == job.id).with_for_update()
    job = uow.session.scalars(locked.execution_options(populate_existing=True)).one()
    if job.state not in LIVE:
        raise Conflict(f"job_{job.state}", f"This job is {job.state}, so it cannot change.")
    check_reward(job, reward)
    if job.state != JobState.DRAFT:
        check_pay_floor(job, reward)
    before = queries.slot_cost(uow, job)
    open_count = slots.open_count(uow, job)
    append_price(uow, job, reward)
    after = queries.slot_cost(uow, job)
    _hold(uow, job, (after - before) * open_count)
    return job


def _hold(uow: UnitOfWork, job: Job, difference: Money) -> None:
    """Reserve what a new price adds to the open slots, or say what is missing for that."""
    try:
        slots.reserve_or_release(uow, job, difference)
    except Refused as refusal:
        if refusal.code != "budget_short":
            raise
        missing = _missing(difference, funding.affordable(uow, job.id, job.currency))
        raise Refused(
            "price_unfunded",
            f"The open places need {missing} more at this price. Please fund the job first.",
            missing=missing.amount,
            currency=missing.currency,
        ) from None


def append_price(uow: UnitOfWork, job: Job, reward: Money) -> None:
    """Keep a new price version with the fee of the job's rate."""
    job.price_version += 1
    keep_price(uow, job, reward)


def keep_price(uow: UnitOfWork, job: Job, reward: Money) -> None:
    """Keep the price version the job names now, with the fee of the job's rate."""
    versions.append(
        uow,
        job,
        JobVersion(
            part=queries.PRICE,
            content="",
            reward_micros=reward.micros,
            fee_micros=fee_micros(reward.micros, job.fee_basis_points),
        ),
    )


def check_reward(job: Job, reward: Money) -> None:
    """Refuse a reward in another currency, of nothing, too much, or between two steps."""
    if reward.currency != job.currency:
        raise Refused("currency_differs", f"This job pays in {job.currency}.")
    if not 0 < reward.micros <= REWARD_MICROS_MAX:
        most = Money(REWARD_MICROS_MAX, job.currency)
        raise Refused("reward_range", f"A reward is above zero and at most {most}.")
    if reward.micros % REWARD_STEP_MICROS:
        step = Money(REWARD_STEP_MICROS, job.currency)
        raise Refused("reward_step", f"A reward is a multiple of {step}.")


def check_pay_floor(job: Job, reward: Money) -> None:
    """Refuse a reward that pays less than the floor for the time a task should take."""
    floor = pay_floor_hourly(job)
    if reward.micros * SECONDS_PER_HOUR >= floor.micros * job.expected_seconds:
        return
    needed = reward_for(floor, job.expected_seconds)
    raise Refused(
        "pay_below_floor",
        f"At {job.expected_seconds} seconds a task this pays {hourly(job, reward)} an hour; the "
        f"least is {floor}. Please pay {needed} or more for a task.",
        needed=needed.amount,
        currency=needed.currency,
    )


def pay_floor_hourly(job: Job) -> Money:
    """Return the least that an hour of work on a job may pay."""
    return Money(policy().pay_floor_micros_per_hour, job.currency)


def hourly(job: Job, reward: Money) -> Money:
    """Return what an hour pays if a task takes the time expected: reward × 3600 / seconds."""
    return Money(reward.micros * SECONDS_PER_HOUR // job.expected_seconds, job.currency)


def gold_needed(job: Job) -> int:
    """Return how many gold tasks a job must have to be published."""
    return max(job.gold_first, 1) if job.gold_every else 0


def gold_forecast(job: Job) -> int:
    """Return how many gold answers a job will ask for: the first ones of each worker, then a share.

    Workers are forecast at one per hundred answers and at least twice `answers_max`; a worker
    answers a gold task once, so the gold tasks there are bound it.
    """
    if not job.gold_every or not job.gold_count:
        return 0
    answers = job.tasks_count * job.answers_min
    workers = max(2 * job.answers_max, answers // ANSWERS_PER_WORKER)
    first = workers * min(job.gold_first, job.gold_count)
    return min(first + answers // job.gold_every, workers * job.gold_count)


def low_water(job: Job) -> int:
    """Return below how many open slots a gold task is refilled: a quarter of its forecast."""
    share = -(-gold_forecast(job) // (max(job.gold_count, 1) * GOLD_REFILLS))
    return min(max(share, LOW_WATER_MIN), LOW_WATER_MAX)


def missing_to_start(uow: UnitOfWork, job: Job) -> Money:
    """Return what publishing still needs: the first gold slots, and the answers of one task."""
    gold = job.gold_count * 2 * low_water(job) if job.gold_every else 0
    needed = queries.slot_cost(uow, job) * (gold + job.answers_min)
    return _missing(needed, funding.affordable(uow, job.id, job.currency))


def _costs(job: Job, cost: Money) -> tuple[Money, Money]:
    """Return what all tasks cost with `answers_min` and with `answers_max` answers, gold included.

    `cost` is of one answer, reward and fee.
    """
    gold = gold_forecast(job)
    least, most = (
        job.tasks_count * answers + gold for answers in (job.answers_min, job.answers_max)
    )
    return cost * least, cost * most


def _missing(needed: Money, held: Money) -> Money:
    return max(needed - held, Money(0, needed.currency))
