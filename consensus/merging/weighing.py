"""Weigh workers by how near their answers are to what is concluded, for any kind of answer.

The distance-based approach (Braylan & Lease 2020): all it needs of a kind is a similarity. Label
with equal weights, weigh each worker by the crowd's mean distance over their own, shrunk, label
again. `medoid` is the label that fits every kind: the answer nearest to all others.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label, said

ROUNDS = 3
PSEUDO_ANSWERS = 5.0
DISTANCE_MIN = 0.02
MEDOID_MAX = 50

Similarity = Callable[[Any, Any], float]
Vote = Callable[[Sequence[Any], FloatArray], Label]


def fit(answers: Answers, known: Mapping[str, Any], vote: Vote, similarity: Similarity) -> Fitted:
    """Label all tasks by `vote` with weights learnt from `similarity` to the labels.

    Known tasks keep their value and teach weights.
    """
    weights = np.ones(len(answers.workers))
    labels: dict[str, Label] = {}
    for _ in range(ROUNDS):
        for task, name in enumerate(answers.tasks):
            labels[name] = (
                Label(known[name], 1.0)
                if name in known
                else vote(answers.values_of(task), weights[answers.workers_of(task)])
            )
        weights = _weights(answers, labels, similarity)
    return Fitted(labels, answers.named(weights))


def medoid(values: Sequence[Any], weights: FloatArray, similarity: Similarity) -> Label:
    """Take the answer most alike to the others; its mean likeness to them is the confidence.

    `weights` is (answers,). At most MEDOID_MAX answers are compared.
    """
    values, weights = values[:MEDOID_MAX], weights[:MEDOID_MAX]
    alike = np.array([[similarity(one, other) for other in values] for one in values])
    best = np.round(alike @ weights, 9)
    place = min(range(len(values)), key=lambda at: (-best[at], said(values[at])))
    others = np.delete(weights, place)
    if not len(others):
        return Label(values[place], 0.5)
    sure = np.delete(alike[place], place) @ others / others.sum()
    return Label(values[place], float(min(sure, 1.0)))


def _weights(answers: Answers, labels: Mapping[str, Label], similarity: Similarity) -> FloatArray:
    far = np.array(
        [
            1 - similarity(value, labels[answers.tasks[task]].value)
            for task, value in zip(answers.task, answers.values, strict=True)
        ]
    )
    crowd = far.mean()
    counts = answers.answers_by_worker
    own = np.bincount(answers.worker, far, len(answers.workers)) + PSEUDO_ANSWERS * crowd
    rate = own / (counts + PSEUDO_ANSWERS)
    return np.asarray((crowd + DISTANCE_MIN) / (rate + DISTANCE_MIN), dtype=np.float64)
