"""Truth inference over many simulated answers, against a majority count in bare NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench import measuring
from bench.measuring import Row, Work
from consensus import matrix
from consensus.arrays import IntArray
from consensus.inference import fitting
from consensus.matrix import Shape, Votes

ABOUT = (
    "Truth inference over 200,000 simulated answers. Five answers to each of 40,000 tasks by 500 "
    "workers of differing skill, four classes; each work reads all of them. The floor counts the "
    "same majority with one NumPy bincount over three bare arrays. The hierarchical fit learns a "
    "confusion matrix per worker, in as many rounds as it needs to converge."
)
SECONDS = 2.0
SHAPE = Shape(tasks=40_000, workers=500, classes=4)
ANSWERS = 5
SEED = 7


@dataclass(frozen=True)
class _Crowd:
    """The answers as three arrays (answers,) of task, worker and class given."""

    task: IntArray
    worker: IntArray
    given: IntArray

    def built(self) -> Votes:
        """Build the table that inference reads."""
        return matrix.build(self.task, self.worker, self.given, SHAPE)

    def count_majority(self) -> int:
        """Label every task by its commonest class; return how many answers that took."""
        cell = self.task * SHAPE.classes + self.given
        counts = np.bincount(cell, minlength=SHAPE.tasks * SHAPE.classes)
        counts.reshape(SHAPE.tasks, SHAPE.classes).argmax(axis=1)
        return len(self.task)


def measure() -> list[Row]:
    """Measure building the table, the majority and the hierarchical fit, in answers a second."""
    crowd = _a_crowd()
    votes = crowd.built()
    works = [
        Work("majority by bare bincount", "answers", measuring.stepped(crowd.count_majority)),
        Work("build the table", "answers", measuring.stepped(lambda: crowd.built().size)),
        _fit("majority", votes),
        _fit("hierarchical", votes),
    ]
    return measuring.in_turns(works, SECONDS)


def _fit(name: str, votes: Votes) -> Work:
    def step() -> int:
        assert fitting.fit(name, votes).converged
        return votes.size

    return Work(f"{name} fit", "answers", measuring.stepped(step))


def _a_crowd() -> _Crowd:
    """Simulate answers: skills from Beta(6, 2.5), errors on all other classes alike."""
    chance = np.random.default_rng(SEED)
    skill = chance.beta(6, 2.5, size=SHAPE.workers)
    truth = chance.integers(SHAPE.classes, size=SHAPE.tasks)
    task = np.repeat(np.arange(SHAPE.tasks), ANSWERS)
    first = chance.integers(SHAPE.workers, size=SHAPE.tasks)
    step = SHAPE.workers // ANSWERS  # so that nobody answers a task twice
    worker = ((first[:, None] + np.arange(ANSWERS) * step) % SHAPE.workers).ravel()
    wrong = (truth[task] + chance.integers(1, SHAPE.classes, size=len(task))) % SHAPE.classes
    given = np.where(chance.random(len(task)) < skill[worker], truth[task], wrong)
    return _Crowd(task, worker, given)
