"""All answers of a job as one sparse table that truth inference multiplies with.

Tasks, workers and classes are counted from 0. Answers are kept sorted by (task, worker), so
the order in which they are given never changes a sum, not even in its last bit; only `place`
remembers it, for those who must look at the first answers of a task.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from consensus import errors
from consensus.arrays import BoolArray, FloatArray, IntArray


class Shape(NamedTuple):
    """How many tasks, workers and classes there are, answered or not."""

    tasks: int
    workers: int
    classes: int


@dataclass(frozen=True, eq=False)
class Votes:
    """The answers of a job: four arrays of one length, sorted by (task, worker).

    `task`, `worker` and `given` (the class) are indices; `place` counts the answers of the
    same task that stood before this one when the table was built (0 is the first).
    """

    shape: Shape
    task: IntArray
    worker: IntArray
    given: IntArray
    place: IntArray

    @property
    def size(self) -> int:
        """Count the answers."""
        return len(self.task)

    @cached_property
    def answers_by_task(self) -> IntArray:
        """Count the answers of every task: (tasks,)."""
        return np.bincount(self.task, minlength=self.shape.tasks)

    @cached_property
    def answers_by_worker(self) -> IntArray:
        """Count the answers of every worker: (workers,)."""
        return np.bincount(self.worker, minlength=self.shape.workers)

    @cached_property
    def class_counts(self) -> FloatArray:
        """Count how often each task was given each class: (tasks, classes)."""
        return self.weighted_counts(np.ones(self.shape.workers))

    def weighted_counts(self, weights: FloatArray) -> FloatArray:
        """Sum the weights (workers,) of those who gave each class: (tasks, classes)."""
        tasks, _, classes = self.shape
        cell = self.task * classes + self.given
        sums = np.bincount(cell, weights=weights[self.worker], minlength=tasks * classes)
        return np.asarray(sums.reshape(tasks, classes), dtype=np.float64)

    def right_by_worker(self, probabilities: FloatArray) -> FloatArray:
        """Sum the probability (tasks, classes) that each answer is right: (workers,)."""
        right = probabilities[self.task, self.given]
        sums = np.bincount(self.worker, weights=right, minlength=self.shape.workers)
        return np.asarray(sums, dtype=np.float64)

    def log_likelihoods(self, log_rows: FloatArray) -> FloatArray:
        """Sum log p(given | true) over the answers of a task: (tasks, true).

        `log_rows` is (workers, true, given class), where "true" may count classes or kinds of
        tasks. One sparse product.
        """
        _, workers, classes = self.shape
        columns = log_rows.transpose(0, 2, 1).reshape(workers * classes, log_rows.shape[1])
        return np.asarray(self._by_task @ columns)

    def expected_counts(self, probabilities: FloatArray) -> FloatArray:
        """Count what each worker gave to each true class: (workers, true, given).

        `probabilities` is (tasks, true), "true" being classes or kinds of tasks. One sparse
        product.
        """
        _, workers, classes = self.shape
        sums = np.asarray(self._by_worker @ probabilities)
        return sums.reshape(workers, classes, probabilities.shape[1]).transpose(0, 2, 1)

    def keep(self, mask: BoolArray) -> "Votes":
        """Keep the answers where the mask (answers,) is true; the shape stays."""
        return Votes(
            self.shape, self.task[mask], self.worker[mask], self.given[mask], self.place[mask]
        )

    def first(self, count: int) -> "Votes":
        """Keep the first `count` answers of every task, in the order they were given."""
        return self.keep(self.place < count)

    def of_tasks(self, chosen: BoolArray) -> "Votes":
        """Keep the tasks where `chosen` (tasks,) is true and number them anew, in their order."""
        kept = self.keep(chosen[self.task])
        numbers = np.cumsum(chosen) - 1
        shape = Shape(int(chosen.sum()), self.shape.workers, self.shape.classes)
        return Votes(shape, numbers[kept.task], kept.worker, kept.given, kept.place)

    @cached_property
    def _by_task(self) -> Any:
        tasks, workers, classes = self.shape
        starts = np.concatenate([[0], np.cumsum(self.answers_by_task)])
        columns = self.worker * classes + self.given
        ones = np.ones(self.size)
        return sparse.csr_array((ones, columns, starts), shape=(tasks, workers * classes))

    @cached_property
    def _by_worker(self) -> Any:
        return self._by_task.T.tocsr()


def build(task: npt.ArrayLike, worker: npt.ArrayLike, given: npt.ArrayLike, shape: Shape) -> Votes:
    """Build the table from three arrays of indices, in the order the answers came.

    Raise VotesRefused if the arrays differ in length, an index lies outside the shape, there
    are fewer than two classes, or a worker answers a task twice.
    """
    columns = [np.asarray(column, dtype=np.int64).ravel() for column in (task, worker, given)]
    _check_columns(columns, shape)
    tasks, workers, classes = columns
    key = tasks * shape.workers + workers
    order = np.argsort(key, kind="stable")
    if (np.diff(key[order]) == 0).any():
        raise errors.VotesRefused(
            "answered_twice", "A worker's answer to a task may be counted only once."
        )
    place = _places(tasks)
    return Votes(shape, tasks[order], workers[order], classes[order], place[order])


def index(names: Iterable[str], after: Iterable[str] = ()) -> tuple[tuple[str, ...], IntArray]:
    """Number names by first appearance, going on after the names that have a number already.

    Return all names in the order of their numbers, and the number of each name given. So the
    workers of a stored model keep their numbers and unknown ones come after them.
    """
    numbers = {name: number for number, name in enumerate(after)}
    codes = [numbers.setdefault(name, len(numbers)) for name in names]
    return tuple(numbers), np.asarray(codes, dtype=np.int64)


def _check_columns(columns: list[IntArray], shape: Shape) -> None:
    if len({len(column) for column in columns}) != 1:
        raise errors.VotesRefused(
            "columns_differ", "Every answer needs one task, one worker and one class."
        )
    if shape.classes < 2:
        raise errors.VotesRefused("too_few_classes", "There must be two classes or more.")
    for column, size in zip(columns, shape, strict=True):
        if len(column) and (column.min() < 0 or column.max() >= size):
            raise errors.VotesRefused(
                "index_outside", "An answer names a task, worker or class that is not counted."
            )


def _places(task: IntArray) -> IntArray:
    order = np.argsort(task, kind="stable")
    counts = np.bincount(task) if len(task) else np.zeros(0, dtype=np.int64)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    places = np.empty(len(task), dtype=np.int64)
    places[order] = np.arange(len(task)) - starts
    return places
