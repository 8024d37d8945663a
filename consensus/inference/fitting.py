"""Fit a truth model to the answers of a job, or label tasks with one fitted before."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from consensus import errors, skills
from consensus.arrays import FloatArray, IntArray
from consensus.inference import bcc, hierarchical, majority, one_coin
from consensus.inference.model import Model
from consensus.matrix import Shape, Votes

UNKNOWN = -1
CONFUSION_CELLS_MAX = 20_000_000


class Prior(StrEnum):
    """Where the class prior comes from."""

    LEARNED = "learned"
    FLAT = "flat"


@dataclass(frozen=True)
class Settings:
    """How to fit: the class prior, and when to stop.

    Rounds end when labels move less than `tolerance`, the mean over tasks of the largest
    change of a probability, or after `rounds_max`.
    """

    prior: Prior = Prior.LEARNED
    rounds_max: int = 100
    tolerance: float = 1e-4


class Method(NamedTuple):
    """The two halves of a model: learn from believed labels, label from what was learnt."""

    version: int
    learn: Callable[[Votes, FloatArray, FloatArray], Model]
    label: Callable[[Model, Votes], FloatArray]


METHODS = {
    module.NAME: Method(module.VERSION, module.learn, module.label)
    for module in (majority, one_coin, bcc, hierarchical)
}


@dataclass(frozen=True, eq=False)
class Posterior:
    """What a fit concludes: probabilities (tasks, classes), skills, and the model to keep."""

    probabilities: FloatArray
    skills: skills.Skills
    model: Model
    rounds: int
    converged: bool

    @property
    def class_prior(self) -> FloatArray:
        """Give the share of each class before any answer is seen: (classes,)."""
        return self.model.class_prior

    @property
    def labels(self) -> IntArray:
        """Give the likeliest class of each task, the first one of equals: (tasks,)."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)


def fit(
    name: str, votes: Votes, known: IntArray | None = None, settings: Settings | None = None
) -> Posterior:
    """Fit the model of this name to all answers.

    Rounds start from shares of answers or, with gold, from answers weighed by gold skills.
    `known` (tasks,) holds the class of each gold task, UNKNOWN elsewhere; gold keeps its class
    and teaches skills, but never the class prior, for gold may be picked by hand. No chance is
    involved. Raise ModelRefused for an unknown name or too large confusion matrices, VotesRefused
    for known answers that do not fit.
    """
    method, settings = _method(name, votes.shape), settings or Settings()
    assert settings.rounds_max >= 1
    gold = _known(known, votes.shape)
    believed = _start(votes, gold)
    rounds, converged = 0, False
    while not converged and rounds < settings.rounds_max:
        rounds += 1
        model = method.learn(votes, believed, _class_prior(believed, gold, settings.prior))
        labeled = _pin(method.label(model, votes), gold)
        moved = np.abs(labeled - believed).max(axis=1, initial=0).sum()
        converged = bool(moved <= settings.tolerance * votes.shape.tasks)
        believed = labeled
    right = votes.right_by_worker(believed)
    measured = skills.measure(right, votes.answers_by_worker, votes.shape.classes)
    return Posterior(believed, measured, model, rounds, converged)


def fold(model: Model, votes: Votes) -> FloatArray:
    """Label tasks with a fitted model, without refitting: (tasks, classes).

    A worker numbered beyond those the model knows errs as the crowd does. On the answers it
    was fitted to this gives the fit's own probabilities. Raise ModelRefused if the model is of
    another version or counts other classes.
    """
    method = METHODS.get(model.name)
    if method is None or method.version != model.version:
        raise errors.ModelRefused(
            "model_version_unknown", "The stored model is of another version; fit a new one."
        )
    if model.classes != votes.shape.classes:
        raise errors.ModelRefused(
            "model_classes_differ", "The stored model counts other classes; fit a new one."
        )
    return method.label(model, votes)


def _method(name: str, shape: Shape) -> Method:
    if name not in METHODS:
        raise errors.ModelRefused("model_unknown", f"There is no truth model named “{name}”.")
    cells = shape.workers * shape.classes**2
    if name in (bcc.NAME, hierarchical.NAME) and cells > CONFUSION_CELLS_MAX:
        raise errors.ModelRefused(
            "model_too_large", "So many workers and classes need the one-coin model."
        )
    return METHODS[name]


def _known(known: IntArray | None, shape: Shape) -> IntArray:
    if known is None:
        return np.full(shape.tasks, UNKNOWN)
    if len(known) != shape.tasks or (known >= shape.classes).any() or (known < UNKNOWN).any():
        raise errors.VotesRefused(
            "known_outside", "A known answer names a task or class that is not counted."
        )
    return known


def _start(votes: Votes, gold: IntArray) -> FloatArray:
    """Label tasks for the first round; the gold skills are shrunk, so little gold says little.

    Gold must speak before the rest does: where most workers share an error, rounds that start
    from plain shares of answers settle on the error however much gold is pinned.
    """
    flat = np.full(votes.shape.classes, 1 / votes.shape.classes)
    shares = _pin(majority.shares(votes, flat), gold)
    is_gold = gold != UNKNOWN
    if not is_gold.any():
        return shares
    seen = one_coin.learn(votes.keep(is_gold[votes.task]), shares, flat)
    return _pin(one_coin.label(seen, votes), gold)


def _pin(probabilities: FloatArray, known: IntArray) -> FloatArray:
    gold = np.flatnonzero(known != UNKNOWN)
    probabilities[gold] = 0.0
    probabilities[gold, known[gold]] = 1.0
    return probabilities


def _class_prior(believed: FloatArray, known: IntArray, prior: Prior) -> FloatArray:
    """Average believed labels of tasks without gold, one pseudo task a class, or be flat."""
    classes = believed.shape[1]
    if prior is Prior.FLAT:
        return np.full(classes, 1 / classes)
    open_tasks = believed[known == UNKNOWN]
    shares: FloatArray = (open_tasks.sum(axis=0) + 1) / (len(open_tasks) + classes)
    return shares
