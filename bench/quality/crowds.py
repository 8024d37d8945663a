"""Recorded crowds in numbers: who gave which class to which task, and what is true."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from consensus import matrix
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import UNKNOWN
from marketplace import recordings


@dataclass(frozen=True, eq=False)
class RecordedCrowd:
    """All answers of a set, (answers,) each, and the true class of each task, or UNKNOWN."""

    name: str
    shape: matrix.Shape
    task: IntArray
    worker: IntArray
    given: IntArray
    truth: IntArray

    @property
    def size(self) -> int:
        """Count the answers."""
        return len(self.task)

    def votes(self, chosen: IntArray | None = None) -> matrix.Votes:
        """Build the table of the chosen answers, in their order, or of all."""
        at = np.arange(self.size) if chosen is None else chosen
        return matrix.build(self.task[at], self.worker[at], self.given[at], self.shape)

    def part(self, wanted: BoolArray) -> RecordedCrowd:
        """Keep the answers to wanted tasks (tasks,); the shape stays."""
        at = wanted[self.task]
        task, worker, given = self.task[at], self.worker[at], self.given[at]
        return RecordedCrowd(self.name, self.shape, task, worker, given, self.truth)

    def draw_gold(self, share: float, chance: np.random.Generator) -> IntArray:
        """Draw a share of the tasks with a known truth as gold: known class or UNKNOWN."""
        candidates = np.flatnonzero(self.truth != UNKNOWN)
        drawn = chance.choice(candidates, max(1, round(share * len(candidates))), replace=False)
        known = np.full(self.shape.tasks, UNKNOWN)
        known[drawn] = self.truth[drawn]
        return known

    def accuracy(self, probabilities: FloatArray, known: IntArray) -> float:
        """Share of right labels among tasks with a truth that are not gold."""
        scored = (self.truth != UNKNOWN) & (known == UNKNOWN)
        return float((probabilities[scored].argmax(axis=1) == self.truth[scored]).mean())


def read(folder: Path) -> RecordedCrowd:
    """Read a folder of answers.csv and truth.csv; names are numbered in their sorted order."""
    recording = recordings.read(folder)
    rows = [
        (task, worker, given)
        for worker, own in sorted(recording.answers.items())
        for task, given in sorted(own.items())
    ]
    classes, _ = matrix.index(recording.classes)
    tasks, task = matrix.index((row[0] for row in rows), after=recording.tasks)
    workers, worker = matrix.index(row[1] for row in rows)
    _, given = matrix.index((row[2] for row in rows), after=classes)
    number_of = {name: number for number, name in enumerate(classes)}
    truth = np.array([number_of.get(recording.truth.get(one, ""), UNKNOWN) for one in tasks])
    shape = matrix.Shape(len(tasks), len(workers), len(classes))
    return RecordedCrowd(folder.name, shape, task, worker, given, truth)


def found(folder: Path) -> list[RecordedCrowd]:
    """Read every set of a folder that holds classes, by name."""
    return [read(path.parent) for path in sorted(folder.glob("*/truth.csv")) if _is_choice(path)]


def _is_choice(truth: Path) -> bool:
    answers = truth.with_name("answers.csv")
    if not answers.exists():
        return False
    with answers.open() as file:
        return file.readline().strip() == "task,worker,label" and "numeric" not in truth.parent.name
