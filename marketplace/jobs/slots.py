"""Open and drop slots, the funded places for answers, together with the money each reserves.

A slot that is open holds one slot cost (reward and fee of the job's price) in the job's reserve.
Locks go tasks by id, then the job's two accounts. Lanes: 0 re-opened, 1 first pass, 2 gold.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text, update

from kernel.db import UnitOfWork
from kernel.money import Money
from kernel.types import new_id
from marketplace.jobs import queries
from marketplace.jobs.models import Job, Task
from marketplace.jobs.states import LIVE, JobState
from payouts import accounts, funding, ledger

ALL_LANES = (0, 1, 2)
GOLD_LANE = 2
GOLD_SLOTS_MAX = 1_000_000

_WAITING = """lane < 2 AND state <> 'withdrawn' AND (
    waits_for_money OR (state = 'waiting' AND slots_open + slots_taken < :answers_min))"""
_WAITING_COUNT = """LEAST(
    GREATEST(:answers_min - slots_open - slots_taken, 1), slots_max - slots_open - slots_taken)"""
_LOW_GOLD = "lane = 2 AND state <> 'withdrawn' AND slots_open < :low_water"
_LOW_GOLD_COUNT = """LEAST(
    2 * :low_water - slots_open, slots_max - slots_open - slots_taken)"""

_LOCK = """
SELECT count(id) FROM (
    SELECT id FROM tasks WHERE job_id = :job AND {which} ORDER BY id FOR NO KEY UPDATE
) locked
"""
_OPEN = """
WITH wanted AS MATERIALIZED (
    SELECT id, {count} AS n, {order} AS place FROM tasks
    WHERE job_id = :job AND {which} FOR NO KEY UPDATE SKIP LOCKED
), running AS (
    SELECT id, n, sum(n) OVER (ORDER BY place, id) AS upto FROM wanted WHERE n > 0
), moved AS (
    UPDATE tasks t SET
        slots_open = t.slots_open + CASE WHEN upto <= :reach THEN n ELSE 0 END,
        waits_for_money = upto > :reach,
        state = CASE WHEN upto <= :reach THEN 'open' ELSE t.state END,
        lane = CASE WHEN t.lane = 1 AND t.slots_taken > 0 THEN 0 ELSE t.lane END
    FROM running
    WHERE t.job_id = :job AND t.id = running.id AND (upto <= :reach OR NOT t.waits_for_money)
    RETURNING new.slots_open - old.slots_open AS opened
)
SELECT COALESCE((SELECT sum(opened) FROM moved), 0), COALESCE((SELECT max(upto) FROM running), 0)
"""
_DROP = text(
    """
WITH dropped AS (
    UPDATE tasks SET slots_open = 0
    WHERE job_id = :job AND slots_open > 0 AND lane = ANY (CAST(:lanes AS int[]))
    RETURNING old.slots_open AS n
)
SELECT COALESCE(sum(n), 0) FROM dropped
"""
)


@dataclass(frozen=True)
class Opened:
    """Say how many slots were opened of how many that were wanted."""

    count: int
    wanted: int


def lock_waiting(uow: UnitOfWork, job: Job) -> None:
    """Lock the tasks that wait for money, before any of the job's accounts is touched."""
    _lock(uow, _WAITING, {"job": job.id, "answers_min": job.answers_min})


def open_waiting(uow: UnitOfWork, job: Job) -> Opened:
    """Open the slots that wait for money, task by task in rank order, as far as it reaches.

    A task gets all its `answers_min` first slots or none: fewer could never settle it. Tasks that
    others hold are left out, so that nothing waits here: call `lock_waiting` first to have all.
    """
    return _open(uow, job, _WAITING, (_WAITING_COUNT, "rank"))


def refill_gold(uow: UnitOfWork, job: Job) -> Opened:
    """Top gold tasks below low water up to twice that; ask for a pause where the money is out.

    Takes only tasks that nobody else holds, so it may run inside a transaction that holds some.
    """
    opened = _open(uow, job, _LOW_GOLD, (_LOW_GOLD_COUNT, "slots_open"))
    if opened.count < opened.wanted and job.state in LIVE and job.state != JobState.DRAFT:
        uow.later("jobs.pause_unchecked", job.id)
    return opened


def open_one_more(uow: UnitOfWork, job: Job, task_ids: Sequence[UUID], lane: int = 0) -> set[UUID]:
    """Open one more slot on each task that may have one, and return those that got it.

    One journal reserves for all of them, in rank order as far as the budget reaches; the others
    are marked as waiting for money. A job that was closed meanwhile opens nothing.
    """
    if not task_ids:
        return set()
    named = (Task.job_id == job.id, Task.id.in_(task_ids))
    rows = uow.session.execute(
        select(Task.id, Task.rank)
        .where(*named, Task.slots_open + Task.slots_taken < Task.slots_max)
        .where(Task.state != "withdrawn")
        .order_by(Task.id)
        .with_for_update(key_share=True)
    ).all()
    state = uow.session.scalar(select(Job.state).where(Job.id == job.id))
    if not rows or state not in LIVE or state == JobState.DRAFT:
        return set()
    cost = queries.slot_cost(uow, job)
    reach = _locked_budget(uow, job) // cost.micros
    ordered = [row.id for row in sorted(rows, key=lambda row: row.rank)]
    chosen, rest = ordered[:reach], ordered[reach:]
    if chosen:
        _reserve(uow, job, cost * len(chosen))
        _open_chosen(uow, job.id, chosen, lane)
    if rest:
        short = (Task.job_id == job.id, Task.id.in_(rest))
        uow.session.execute(update(Task).where(*short).values(waits_for_money=True))
    return set(chosen)


def drop_open(uow: UnitOfWork, job: Job, lanes: Collection[int] = ALL_LANES) -> Money:
    """Close every open slot of these lanes, and return the money they held to the budget."""
    values = {"job": job.id, "lanes": list(lanes)}
    _lock_open(uow, job.id)
    count = uow.session.scalar(_DROP, values) or 0
    freed = queries.slot_cost(uow, job) * int(count)
    if freed.micros:
        funding.release(uow, job.id, freed, _ref(job.id))
    return freed


def open_count(uow: UnitOfWork, job: Job) -> int:
    """Lock every task with open slots, by id, and count the slots."""
    _lock_open(uow, job.id)
    own = (Task.job_id == job.id, Task.slots_open > 0)
    return int(uow.session.scalar(select(func.sum(Task.slots_open)).where(*own)) or 0)


def release_for(uow: UnitOfWork, job: Job, count: int, ref: str) -> None:
    """Give the money of so many slots at today's price back to the budget, once per ref."""
    if count:
        funding.release(uow, job.id, queries.slot_cost(uow, job) * count, ref)


def reserve_or_release(uow: UnitOfWork, job: Job, difference: Money) -> None:
    """Reserve more for slots already open (above zero) or give some back (below zero)."""
    if difference.micros > 0:
        _reserve(uow, job, difference)
    elif difference.micros < 0:
        funding.release(uow, job.id, -difference, _ref(job.id))


def reprice_freed(uow: UnitOfWork, job: Job, task_ids: Sequence[UUID], held: Money) -> None:
    """Exchange slots that came back from claims at an older price for slots at today's.

    `task_ids` names a task once per slot, each of which is open again; `held` is what all of them
    hold in reserve. Slots the budget does not reach are dropped, and their tasks wait for money.
    """
    counted = {task_id: task_ids.count(task_id) for task_id in sorted(set(task_ids))}
    _lock(uow, "id = ANY (CAST(:ids AS uuid[]))", {"job": job.id, "ids": list(counted)})
    cost = queries.slot_cost(uow, job)
    reach = (_locked_budget(uow, job) + held.micros) // cost.micros
    kept = 0
    for task_id, count in counted.items():
        keep = min(count, reach - kept)
        kept += keep
        if keep < count:
            one = (Task.job_id == job.id, Task.id == task_id)
            less = Task.slots_open - (count - keep)
            uow.session.execute(
                update(Task).where(*one).values(slots_open=less, waits_for_money=Task.lane < 2)
            )
    reserve_or_release(uow, job, cost * kept - held)


def is_gold_out(uow: UnitOfWork, job: Job) -> bool:
    """Tell whether a gold task has no open slot left and the budget cannot pay for one."""
    dry = (Task.job_id == job.id, Task.lane == GOLD_LANE, Task.state != "withdrawn")
    empty = select(Task.id).where(*dry, Task.slots_open == 0).limit(1)
    if uow.session.scalar(empty) is None:
        return False
    left = funding.affordable(uow, job.id, job.currency)
    return left < queries.slot_cost(uow, job)


def reserved(uow: UnitOfWork, job: Job) -> Money:
    """Return what a job has promised to slots, claims, undecided and appealable answers."""
    return ledger.balance(uow, accounts.job("job_reserved", job.id, job.currency))


def _open(uow: UnitOfWork, job: Job, which: str, how: tuple[str, str]) -> Opened:
    """Open what a condition on tasks wants; `how` is the count per task and the order, in SQL."""
    uow.session.flush()
    cost = queries.slot_cost(uow, job)
    values = {
        "job": job.id,
        "answers_min": job.answers_min,
        "low_water": job.gold_low_water,
        "reach": _locked_budget(uow, job) // cost.micros,
    }
    statement = _OPEN.format(which=which, count=how[0], order=how[1])
    opened, wanted = uow.session.execute(text(statement), values).one()
    if opened:
        _reserve(uow, job, cost * int(opened))
    return Opened(int(opened), int(wanted))


def _open_chosen(uow: UnitOfWork, job_id: UUID, chosen: Sequence[UUID], lane: int) -> None:
    uow.session.execute(
        text(
            "UPDATE tasks SET slots_open = slots_open + 1, state = 'open',"
            " waits_for_money = false, lane = CASE WHEN lane = 2 THEN 2 ELSE :lane END"
            " WHERE job_id = :job AND id = ANY (CAST(:ids AS uuid[]))"
        ),
        {"job": job_id, "ids": list(chosen), "lane": lane},
    )


def _lock_open(uow: UnitOfWork, job_id: UUID) -> None:
    _lock(uow, "slots_open > 0", {"job": job_id})


def _lock(uow: UnitOfWork, which: str, values: dict[str, Any]) -> None:
    """Lock the tasks of a job that a condition names, in the order of their ids."""
    uow.session.flush()
    uow.session.execute(text(_LOCK.format(which=which)), values)


def _locked_budget(uow: UnitOfWork, job: Job) -> int:
    """Lock the job's two accounts in their own order, and return its free budget in micros."""
    budget = accounts.job("job_budget", job.id, job.currency)
    reserved = accounts.job("job_reserved", job.id, job.currency)
    return ledger.balances(uow, [budget, reserved], lock=True)[budget].micros


def _reserve(uow: UnitOfWork, job: Job, amount: Money) -> None:
    funding.reserve(uow, job.id, amount, _ref(job.id))


def _ref(job_id: UUID) -> str:
    """Name one act on slots; the rows it changes make it happen once, the name makes it unique."""
    return f"slots:{job_id}:{new_id()}"
