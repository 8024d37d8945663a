"""Show the gold of a job as its manager needs it: how each fares, and how long the supply lasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from consensus.questions import Question
from kernel.db import UnitOfWork
from marketplace.jobs import interface
from marketplace.jobs.models import Job, Task
from marketplace.quality.checks import supplying, watching
from marketplace.quality.models import GoldCheck
from marketplace.review.settling import modelling
from qualification import gold
from qualification.evidence import gold_health

EMPTY = watching.Fate(gold_health.Tally(), gold_health.Wear())


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
class Overview:
    """The gold of a job."""

    lines: Sequence[Line]
    supply: supplying.Supply
    warnings: Sequence[str]


def overview(uow: UnitOfWork, job: Job) -> Overview:
    """Return the gold of a job: every check with its fate, the supply, and what looks too easy."""
    fates = watching.fates(uow, job)
    cases = watching.checks_of(uow, job.id)
    lines = [
        _line(task, fates.get(task.id, EMPTY), cases.get(task.id))
        for task in watching.gold_tasks(uow, job.id)
    ]
    questions = modelling.questions_of(uow, job)
    used = [line for line in lines if line.task.state != "withdrawn"]
    return Overview(
        lines, supplying.supply(uow, job, len(lines), len(used)), _warnings(job, questions, used)
    )


def _line(task: Task, fate: watching.Fate, case: GoldCheck | None) -> Line:
    return Line(task, fate.tally, gold_health.gap(fate.wear), case)


def _warnings(job: Job, questions: Mapping[str, Question], used: Sequence[Line]) -> list[str]:
    """Warn where always giving one answer would reach the accuracy that the job asks for."""
    minimum = Fraction(str(job.gold_minimum))
    said = []
    for control, question in questions.items():
        all_known = [line.task.known or {} for line in used]
        known = [one[control] for one in all_known if control in one]
        always = gold.constant_answer(known, minimum, question)
        if always is not None and len(known) > 1:
            said.append(
                f"Always answering “{interface.words(always.answer)}” to “{control}” would be "
                f"right on {float(always.share):.0%} of the checks, and this job asks for "
                f"{float(minimum):.0%}. Add checks with other answers."
            )
    return said
