"""How alike the answers to a task are, by any measure of two answers."""

from collections.abc import Callable
from typing import Any

import numpy as np

from consensus.gathering import Answers

ANSWERS_MAX = 8  # a task with more is judged by so many of them; pairs grow as the square


def mean_by_task(answers: Answers, measure: Callable[[Any, Any], float]) -> float | None:
    """Average a measure over the pairs of answers to a task, then over tasks; None without."""
    means = []
    for task in range(len(answers.tasks)):
        values = answers.values_of(task)[:ANSWERS_MAX]
        pairs = [
            measure(first, second)
            for place, first in enumerate(values)
            for second in values[place + 1 :]
        ]
        if pairs:
            means.append(float(np.mean(pairs)))
    return float(np.mean(means)) if means else None


def worker_pairs(
    answers: Answers, measure: Callable[[Any, Any], float]
) -> dict[tuple[str, str], tuple[float, int]]:
    """Average a measure for every two workers over the tasks both answered.

    Return the mean and the number of tasks by pair of names, the smaller name first.
    """
    found: dict[tuple[str, str], list[float]] = {}
    for task in range(len(answers.tasks)):
        places = answers.places_of(task)[:ANSWERS_MAX]
        for number, one in enumerate(places):
            for other in places[number + 1 :]:
                names = answers.workers[answers.worker[one]], answers.workers[answers.worker[other]]
                alike = measure(answers.values[one], answers.values[other])
                found.setdefault((min(names), max(names)), []).append(alike)
    return {pair: (float(np.mean(alike)), len(alike)) for pair, alike in sorted(found.items())}
