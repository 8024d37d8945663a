"""The kind “choices”: any number of the classes a job offers.

An answer is a sorted list of names. Two answers are as alike as they share classes (Jaccard).
Every class is a question of its own, whether it applies: the truth models answer it with errors
of each worker.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from consensus import agreement, terms
from consensus.arrays import FloatArray
from consensus.gathering import Answers, Fitted, Label
from consensus.merging import classes
from consensus.terms import Terms

NAME = "choices"
TYPES = ("choices",)
MOST = 1_000
APPLIES_FROM = 0.5

Value = Sequence[str]


def read(items: Sequence[Mapping[str, Any]], allowed: Terms) -> list[str]:
    """Read the classes of a Label Studio value, or refuse what is wrong."""
    given = terms.check_list(terms.only(items, "choices", "list"), "The choices", MOST)
    check(given, allowed)
    return sorted(given)


def write(value: Value) -> list[dict[str, Any]]:
    """Write the choices as Label Studio values."""
    return [{"choices": list(value)}]


def check(answer: object, allowed: Terms) -> None:
    """Refuse what is no list of different classes of the job."""
    given = terms.check_list(answer, "The choices", allowed.count_max)
    for one in given:
        terms.check_class(one, allowed)
    if len(set(given)) != len(given):
        terms.refuse("answer_repeated", "Choose each class once.")


def similarity(first: Value, second: Value) -> float:
    """Return the share of classes both have among those either has; 1 if both are empty."""
    one, other = set(first), set(second)
    return len(one & other) / len(one | other) if one | other else 1.0


def label(values: Sequence[Value], weights: FloatArray) -> Label:
    """Label one task with the classes that half of the weight or more chose."""
    names = sorted({name for value in values for name in value})
    chosen = np.array([[name in value for name in names] for value in values], dtype=np.float64)
    return _label(names, weights @ chosen.reshape(len(values), -1) / weights.sum())


def fit(answers: Answers, known: Mapping[str, Any]) -> Fitted:
    """Label all tasks of a job, known ones staying as they are."""
    names = sorted({name for value in (*answers.values, *known.values()) for name in value})
    shares = np.zeros((len(answers.tasks), len(names)))
    weights = np.zeros(len(answers.workers))
    for number, name in enumerate(names):
        given = [name in value for value in answers.values]
        right = {task: name in value for task, value in known.items()}
        found = classes.posterior(answers, given, (False, True), right)
        shares[:, number] = found.probabilities[:, 1]
        weights += found.skills.accuracy
    labels = {task: _label(names, row) for task, row in zip(answers.tasks, shares, strict=True)}
    labels |= {name: Label(sorted(known[name]), 1.0) for name in labels if name in known}
    weights = weights / weights.mean() if names else weights + 1
    return Fitted(labels, answers.named(weights))


def agree(answers: Answers) -> dict[str, float | None]:
    """Report the mean share in common, and alpha of each class that anybody chose."""
    report = {"mean_in_common": agreement.mean_by_task(answers, similarity)}
    for name in sorted({name for value in answers.values for name in value}):
        given = [name in value for value in answers.values]
        counts = classes.counts(answers, (False, True), given)
        report[f"alpha of {name}"] = agreement.alpha(counts)
    return report


def _label(names: list[str], shares: FloatArray) -> Label:
    """Take what applies more likely than not; sure is the mean over the classes."""
    applies = shares >= APPLIES_FROM
    sure = float(np.mean(np.where(applies, shares, 1 - shares))) if len(names) else 1.0
    value = [name for name, yes in zip(names, applies, strict=True) if yes]
    return Label(value, min(sure, 1.0))
