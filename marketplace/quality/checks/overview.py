"""Show the gold of a job as its manager needs it: how each fares, and how long the supply lasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import text

from kernel.db import UnitOfWork
from marketplace.jobs.models import Job, Task
from marketplace.quality.checks import watching
from marketplace.quality.models import GoldCheck
from qualification import gold
from qualification.evidence import gold_health

EMPTY = watching.Fate(gold_health.Tally(), gold_health.Wear())
PROVEN_ACCURACY = 0.8


@dataclass(frozen=True)
class Line:
    """One gold in the list."""

    task: Task
    tally: gold_health.Tally
    gap: float | None
    case: GoldCheck | None

    @property
    def state(self) -> str:
        """Return where it stands: in use, kept, paused, retired or withdrawn."""
        if self.case is not None:
            return str(self.case.state)
        return "withdrawn" if self.task.state == "withdrawn" else "in_use"


@dataclass(frozen=True)
class Supply:
    """How far the gold reaches: in all, in use, for a newcomer, and for those at work now.

    `tasks_newcomer` is how many tasks somebody new does before they have seen every check;
    `tasks_least` the same for whoever has seen most; `out_count` workers have seen them all.
    """

    total: int
    in_use: int
    tasks_newcomer: int
    workers: int
    tasks_least: int | None
    out_count: int
    sentence: str


@dataclass(frozen=True)
class Overview:
    """The gold of a job."""

    lines: Sequence[Line]
    supply: Supply
    warnings: Sequence[str]


def overview(uow: UnitOfWork, job: Job) -> Overview:
    """Return the gold of a job: every check with its fate, the supply, and what looks too easy."""
    fates = watching.fates(uow, job)
    cases = watching.checks_of(uow, job.id)
    lines = [
        _line(task, fates.get(task.id, EMPTY), cases.get(task.id))
        for task in watching.gold_tasks(uow, job.id)
    ]
    used = [line for line in lines if line.task.state != "withdrawn"]
    return Overview(lines, supply(uow, job, len(lines), len(used)), _warnings(job, used))


def supply(uow: UnitOfWork, job: Job, total: int, in_use: int) -> Supply:
    """Forecast how many tasks people can still do with checks among them, shortage included."""
    rows = uow.session.execute(_SEEN, {"job": job.id}).all()
    lefts = [_tasks_left(job, in_use - row.seen, row.right, row.wrong) for row in rows]
    newcomer = _tasks_left(job, in_use, 0, 0)
    out = sum(row.seen >= in_use for row in rows)
    least = min(lefts, default=None)
    sentence = _sentence(job, in_use, newcomer, out)
    return Supply(total, in_use, newcomer, len(rows), least, out, sentence)


def _line(task: Task, fate: watching.Fate, case: GoldCheck | None) -> Line:
    return Line(task, fate.tally, gold_health.gap(fate.wear), case)


def _tasks_left(job: Job, gold_left: int, right: int, wrong: int) -> int:
    seen = right + wrong
    accuracy = right / seen if seen else max(float(job.gold_minimum), PROVEN_ACCURACY)
    first_left = max(job.gold_first - right, 0)
    return gold_health.supply(max(gold_left, 0), first_left, job.gold_every, accuracy)


def _sentence(job: Job, in_use: int, newcomer: int, out: int) -> str:
    if not job.gold_every:
        return "This job has no checks."
    if not in_use:
        return "No check is in use: everybody works unchecked. Import tasks with a known answer."
    expected = job.tasks_count
    said = f"A new worker meets the last unseen check after about {newcomer:,} tasks"
    if newcomer < expected:
        said += f", and this job has {expected:,}: who does more works unchecked from there"
    if out:
        people = "One worker has" if out == 1 else f"{out} workers have"
        works = "works" if out == 1 else "work"
        said += f". {people} seen every check already and {works} unchecked now"
    if newcomer < expected or out:
        said += ". Import more tasks with a known answer"
    return said + "."


def _warnings(job: Job, used: Sequence[Line]) -> list[str]:
    """Warn where always giving one answer would reach the accuracy that the job asks for."""
    minimum = Fraction(str(job.gold_minimum))
    said = []
    for control, known in _known_by_control([line.task.known or {} for line in used]).items():
        always = gold.constant_answer(known, minimum)
        if always is not None and len(known) > 1:
            share = known.count(always) / len(known)
            said.append(
                f"Always answering “{always}” to “{control}” would be right on {share:.0%} of "
                f"the checks, and this job asks for {float(minimum):.0%}. Add checks with other "
                "answers."
            )
    return said


def _known_by_control(all_known: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for known in all_known:
        for control, value in known.items():
            if isinstance(value, str):
                found.setdefault(control, []).append(value)
    return found


_SEEN = text(
    """
SELECT e.worker_id, count(t.id) AS seen, max(COALESCE(g."right", 0)) AS right,
    max(COALESCE(g.wrong, 0)) AS wrong
FROM enrolments e
LEFT JOIN gold_records g ON g.job = e.job_id AND g.worker_id = e.worker_id
LEFT JOIN assignments a ON a.job_id = e.job_id AND a.worker_id = e.worker_id
    AND a.gold_version IS NOT NULL
LEFT JOIN tasks t ON t.job_id = a.job_id AND t.id = a.task_id AND t.state <> 'withdrawn'
WHERE e.job_id = :job AND e.state = 'active'
GROUP BY e.worker_id
"""
)
