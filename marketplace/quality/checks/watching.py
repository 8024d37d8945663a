"""Watch every gold of a job: pause the doubtful until somebody looks, retire the worn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from kernel.db import UnitOfWork
from marketplace.config import policy
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job, Task
from marketplace.quality.checks import reading
from marketplace.quality.checks.reading import Outcome
from marketplace.quality.events import CheckDoubted
from marketplace.quality.models import GoldCheck, GoldContest
from marketplace.quality.states import CHECK, CheckState
from marketplace.review import gold_repair
from qualification.evidence import gold_health
from qualification.evidence.gold_health import FRESH_MAX, Limits, Tally, Wear

SOUND_OTHERS_MIN = 3
LOOK_AGAIN_GROWTH = 2
WORN = "People who meet it now know it better than they know fresh checks."


@dataclass(frozen=True)
class Fate:
    """What is known of one gold: how its answers fell, and how it wears."""

    tally: Tally
    wear: Wear


def watch(uow: UnitOfWork, job_id: UUID) -> int:
    """Pause golds that are missed or contested by more than their share, retire worn ones.

    A gold that somebody kept is looked at again when its answers have doubled. Returns how many
    golds were taken out.
    """
    job = jobs.job(uow, job_id)
    if not job.gold_every:
        return 0
    cases = checks_of(uow, job_id)
    limits, taken = limits_now(), 0
    for task_id, fate in fates(uow, job).items():
        case = cases.get(task_id)
        if case and (case.state != CheckState.KEPT or fate.tally.seen < _next_look(case)):
            continue
        if reason := gold_health.suspicion(fate.tally, limits):
            _pause(uow, job, task_id, fate, reason)
            taken += 1
        elif gold_health.is_burnt(fate.wear, limits):
            _retire(uow, job, task_id, fate)
            taken += 1
    return taken


def fates(uow: UnitOfWork, job: Job) -> dict[UUID, Fate]:
    """Return how the golds of a job fare that are or were in use and got an answer."""
    outcomes = reading.outcomes(uow, job)
    contested = contests_by_task(uow, job.id)
    sound = _sound(job, outcomes)
    by_task: dict[UUID, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_task[outcome.task_id].append(outcome)
    levels = _levels(by_task)
    return {
        task_id: Fate(
            _tally(job, theirs, sound, contested.get(task_id, 0)), _wear(task_id, theirs, levels)
        )
        for task_id, theirs in by_task.items()
    }


def limits_now() -> Limits:
    """Return what this installation lets a gold be missed, contested and worn."""
    held = policy()
    return Limits(
        held.gold_looks_min,
        held.gold_missed_share_max,
        held.gold_contested_share_max,
        held.gold_gap_max,
    )


def checks_of(uow: UnitOfWork, job_id: UUID) -> dict[UUID, GoldCheck]:
    """Return the golds of a job that ever drew attention."""
    rows = uow.session.scalars(select(GoldCheck).where(GoldCheck.job_id == job_id))
    return {row.task_id: row for row in rows}


def contests_by_task(uow: UnitOfWork, job_id: UUID) -> dict[UUID, int]:
    """Count the objections to each gold that nobody has answered."""
    rows = uow.session.execute(
        select(GoldContest.task_id, func.count())
        .where(GoldContest.job_id == job_id, GoldContest.state == "open")
        .group_by(GoldContest.task_id)
    )
    return dict(iter(rows))


def case_of(uow: UnitOfWork, job: Job, task_id: UUID, reason: str, seen: int) -> GoldCheck:
    """Return the case of a gold, locked; one that never drew attention gets one now."""
    found = uow.session.get(GoldCheck, (job.id, task_id), with_for_update=True)
    if found is None:
        found = GoldCheck(job_id=job.id, task_id=task_id, state=CHECK.start, state_at=uow.now)
        found.reason, found.seen = reason, seen
        uow.session.add(found)
    return found


def _pause(uow: UnitOfWork, job: Job, task_id: UUID, fate: Fate, reason: str) -> None:
    case = case_of(uow, job, task_id, reason, fate.tally.seen)
    if case.state == CheckState.KEPT:
        CHECK.move(case, CheckState.PAUSED, uow.now)
    case.reason, case.seen, case.looked_by = reason, fate.tally.seen, None
    uow.session.flush()
    gold_repair.withdraw(uow, job, task_id)
    uow.tell(CheckDoubted(job.id, task_id))


def _retire(uow: UnitOfWork, job: Job, task_id: UUID, fate: Fate) -> None:
    case = case_of(uow, job, task_id, WORN, fate.tally.seen)
    CHECK.move(case, CheckState.RETIRED, uow.now)
    case.reason = WORN
    uow.session.flush()
    gold_repair.retire(uow, job, task_id)


def _next_look(case: GoldCheck) -> int:
    return LOOK_AGAIN_GROWTH * max(case.seen, policy().gold_looks_min)


def _sound(job: Job, outcomes: Sequence[Outcome]) -> dict[UUID, Counter[bool]]:
    counts: dict[UUID, Counter[bool]] = defaultdict(Counter)
    for outcome in outcomes:
        if outcome.is_counted:
            counts[outcome.worker_id][outcome.is_right] += 1
    return counts


def _tally(
    job: Job, theirs: Sequence[Outcome], counts: Mapping[UUID, Counter[bool]], contested: int
) -> Tally:
    missed = [one for one in theirs if not one.is_right]
    favourite = Counter(_said(one) for one in missed).most_common(1)
    sound = [one for one in theirs if _holds_up(job, one, counts.get(one.worker_id, Counter()))]
    return Tally(
        len(theirs),
        len(missed),
        favourite[0][1] if favourite else 0,
        len(sound),
        sum(not one.is_right for one in sound),
        len(theirs) if job.gold_feedback else 0,
        contested,
    )


def _holds_up(job: Job, outcome: Outcome, counts: Mapping[bool, int]) -> bool:
    """Tell whether a worker does well enough on golds other than this one."""
    right = counts.get(True, 0) - (outcome.is_right and outcome.is_counted)
    wrong = counts.get(False, 0) - (not outcome.is_right and outcome.is_counted)
    others = right + wrong
    return others >= SOUND_OTHERS_MIN and right >= float(job.gold_minimum) * others


def _said(outcome: Outcome) -> str:
    return str(sorted((control, str(outcome.given.get(control))) for control in outcome.known))


def _levels(by_task: Mapping[UUID, Sequence[Outcome]]) -> dict[UUID, dict[UUID, bool]]:
    """Return, for each worker, how they did on golds that were still fresh: gold → right."""
    levels: dict[UUID, dict[UUID, bool]] = defaultdict(dict)
    for task_id, theirs in by_task.items():
        for one in theirs[:FRESH_MAX]:
            levels[one.worker_id][task_id] = one.is_right
    return levels


def _wear(
    task_id: UUID, theirs: Sequence[Outcome], levels: Mapping[UUID, Mapping[UUID, bool]]
) -> Wear:
    fresh, late = theirs[:FRESH_MAX], theirs[FRESH_MAX:]
    return Wear(
        _counted(late),
        _counted(fresh),
        _level(task_id, late, levels),
        _level(task_id, fresh, levels),
    )


def _counted(some: Sequence[Outcome]) -> tuple[int, int]:
    return sum(one.is_right for one in some), len(some)


def _level(
    task_id: UUID, some: Sequence[Outcome], levels: Mapping[UUID, Mapping[UUID, bool]]
) -> float:
    others = [
        is_right
        for one in some
        for other, is_right in levels.get(one.worker_id, {}).items()
        if other != task_id
    ]
    return sum(others) / len(others) if others else 0.0


def gold_tasks(uow: UnitOfWork, job_id: UUID) -> Sequence[Task]:
    """List the gold tasks of a job in the order of import."""
    own = (Task.job_id == job_id, Task.lane == 2)
    return uow.session.scalars(select(Task).where(*own).order_by(Task.position)).all()
