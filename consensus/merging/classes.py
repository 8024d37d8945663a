"""Label tasks whose answers are classes by the truth models of `inference`, as any kind would."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from consensus import inference, matrix
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label

MAJORITY_MAX = 50
ONE_COIN_MAX = 300
CELLS_MAX = 2_000_000


def posterior(
    answers: Answers,
    given: Sequence[Hashable],
    classes: Sequence[Hashable],
    right: Mapping[str, Hashable],
) -> inference.Posterior:
    """Fit the model that suits the number of answers; `given` (answers,) holds their classes.

    `right` pins the class of tasks by name. Few answers cannot tell matrices apart, so below
    ONE_COIN_MAX a worker has one accuracy, below MAJORITY_MAX none.
    """
    numbers = {name: number for number, name in enumerate(classes)}
    shape = matrix.Shape(len(answers.tasks), len(answers.workers), max(len(classes), 2))
    votes = matrix.build(answers.task, answers.worker, [numbers[one] for one in given], shape)
    known = np.array([numbers.get(right.get(task), inference.UNKNOWN) for task in answers.tasks])
    return inference.fit(_model(votes), votes, known)


def fit(answers: Answers, known: Mapping[str, str]) -> Fitted:
    """Label all tasks with their likeliest class; weights are accuracies over the crowd's."""
    classes = sorted({*answers.values, *known.values()})
    found = posterior(answers, answers.values, classes, known)
    labels = {
        name: Label(classes[int(row.argmax())], float(row.max()))
        for name, row in zip(answers.tasks, found.probabilities, strict=True)
    }
    return Fitted(labels, accuracies(answers, found))


def vote(values: Sequence[str], weights: FloatArray) -> Label:
    """Label one task with the class that weighs most; its share is the confidence."""
    votes: dict[str, float] = {}
    for value, weight in zip(values, weights, strict=True):
        votes[value] = votes.get(value, 0.0) + float(weight)
    best = min(votes, key=lambda name: (-round(votes[name], 9), name))
    return Label(best, min(votes[best] / float(weights.sum()), 1.0))


def accuracies(answers: Answers, found: inference.Posterior) -> dict[str, float]:
    """Name each worker's accuracy over the mean of all."""
    return answers.named(found.skills.accuracy / found.skills.accuracy.mean())


def counts(answers: Answers, classes: Sequence[Hashable], given: Sequence[Hashable]) -> FloatArray:
    """Count how often each task was given each class: (tasks, classes)."""
    numbers = {name: number for number, name in enumerate(classes)}
    table = np.zeros((len(answers.tasks), max(len(classes), 2)))
    np.add.at(table, (answers.task, np.array([numbers[one] for one in given])), 1.0)
    return table


def _model(votes: matrix.Votes) -> str:
    if votes.size < MAJORITY_MAX:
        return "majority"
    is_large = votes.shape.workers * votes.shape.classes**2 > CELLS_MAX
    return "one_coin" if votes.size < ONE_COIN_MAX or is_large else "hierarchical"
