"""The answers of a job to one control, of any kind, in an order that names do not change."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from consensus import errors
from consensus.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Label:
    """What is concluded about one task: a value of the kind, and how sure it is, 0 to 1."""

    value: Any
    confidence: float


@dataclass(frozen=True)
class Fitted:
    """What is concluded about a job: labels by task, and how much each worker's word weighs.

    A weight of 1 is that of the average worker; `weight` is also what an unknown one gets.
    """

    labels: Mapping[str, Label]
    weights: Mapping[str, float]
    weight: float = 1.0
    notes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Answers:
    """Answers sorted by task, then by what they say: `task` and `worker` are indices (answers,).

    Among the answers of one task the order depends on the values alone, so neither the order
    in which they came nor the names of workers can decide a tie.
    """

    tasks: tuple[str, ...]
    workers: tuple[str, ...]
    task: IntArray
    worker: IntArray
    values: tuple[Any, ...]

    @cached_property
    def starts(self) -> IntArray:
        """Give where each task's answers start, and the end of the last: (tasks + 1,)."""
        counts = np.bincount(self.task, minlength=len(self.tasks))
        return np.concatenate([[0], np.cumsum(counts)])

    @cached_property
    def answers_by_worker(self) -> IntArray:
        """Count the answers of every worker: (workers,)."""
        return np.bincount(self.worker, minlength=len(self.workers))

    def places_of(self, task: int) -> range:
        """Give the places of a task's answers in the arrays."""
        return range(int(self.starts[task]), int(self.starts[task + 1]))

    def values_of(self, task: int) -> tuple[Any, ...]:
        """Give what was answered to a task."""
        return self.values[self.starts[task] : self.starts[task + 1]]

    def workers_of(self, task: int) -> IntArray:
        """Give who answered a task, in the order of its values."""
        return self.worker[self.starts[task] : self.starts[task + 1]]

    def named(self, weights: FloatArray) -> dict[str, float]:
        """Name the weights (workers,) by worker."""
        return {name: float(weight) for name, weight in zip(self.workers, weights, strict=True)}


def gather(rows: Iterable[tuple[str, str, Any]]) -> Answers:
    """Gather (task, worker, value) in any order; values are plain JSON of one kind.

    Raise VotesRefused without answers, or if a worker answers a task twice.
    """
    found: dict[tuple[str, str], tuple[str, Any]] = {}
    for task, worker, value in rows:
        if (task, worker) in found:
            raise errors.VotesRefused(
                "answered_twice",
                f"Worker “{worker}” answers task “{task}” twice; only one answer may count.",
            )
        found[task, worker] = (said(value), value)
    if not found:
        raise errors.VotesRefused("no_answers", "There are no answers to conclude from.")
    order = sorted(found, key=lambda key: (key[0], found[key][0], key[1]))
    tasks, task_numbers = _numbered([key[0] for key in order])
    workers, worker_numbers = _numbered([key[1] for key in order])
    values = tuple(found[key][1] for key in order)
    return Answers(tasks, workers, task_numbers, worker_numbers, values)


def said(value: Any) -> str:
    """Write a value so that equal values read the same and all values have an order."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _numbered(names: Sequence[str]) -> tuple[tuple[str, ...], IntArray]:
    numbers: dict[str, int] = {}
    codes = [numbers.setdefault(name, len(numbers)) for name in names]
    return tuple(numbers), np.asarray(codes, dtype=np.int64)
