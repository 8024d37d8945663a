"""Repeat learning and labeling until labels rest: what all truth models share."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from consensus.arrays import FloatArray, IntArray
from consensus.inference.model import Model
from consensus.matrix import Votes

UNKNOWN = -1


class Prior(StrEnum):
    """Where the class prior comes from."""

    LEARNED = "learned"
    FLAT = "flat"


@dataclass(frozen=True)
class Settings:
    """How to fit: the class prior, when to stop, and the seed of models that start by chance.

    Rounds end when labels move less than `tolerance`, the mean over tasks of the probability
    that changed places, or after `rounds_max`. Models that start by chance take `starts`.
    """

    prior: Prior = Prior.LEARNED
    rounds_max: int = 100
    tolerance: float = 1e-4
    seed: int = 0
    starts: int = 4


@dataclass(frozen=True, eq=False)
class Start:
    """Where a fit begins: believed labels (tasks, classes), and the class of each gold task.

    `gold` (tasks,) is UNKNOWN where nothing is known.
    """

    believed: FloatArray
    gold: IntArray


class Fitted(NamedTuple):
    """Where a fit ended: the model, its labels (tasks, classes), and in how many rounds."""

    model: Model
    probabilities: FloatArray
    rounds: int
    converged: bool


Learn = Callable[[Votes, FloatArray, FloatArray], Model]
Label = Callable[[Model, Votes], FloatArray]
Fit = Callable[[Votes, Start, Settings], Fitted]


def alternating(learn: Learn, label: Label) -> Fit:
    """Make a fit of two halves: learn from believed labels, label by what was learnt."""

    def fit(votes: Votes, start: Start, settings: Settings) -> Fitted:
        believed = start.believed
        rounds, converged = 0, False
        while not converged and rounds < settings.rounds_max:
            rounds += 1
            model = learn(votes, believed, class_prior(believed, start.gold, settings.prior))
            labeled = pin(label(model, votes), start.gold)
            converged = rests(believed, labeled, settings.tolerance)
            believed = labeled
        return Fitted(model, believed, rounds, converged)

    return fit


def rests(before: FloatArray, after: FloatArray, tolerance: float) -> bool:
    """Tell whether labels (tasks, columns) moved no more than the tolerance on average."""
    moved = np.abs(after - before).sum() / 2
    return bool(moved <= tolerance * len(after))


def pin(probabilities: FloatArray, gold: IntArray) -> FloatArray:
    """Give gold tasks their known class, in place; return the probabilities."""
    known = np.flatnonzero(gold != UNKNOWN)
    probabilities[known] = 0.0
    probabilities[known, gold[known]] = 1.0
    return probabilities


def class_prior(believed: FloatArray, gold: IntArray, prior: Prior) -> FloatArray:
    """Average believed labels of tasks without gold, one pseudo task a class, or be flat."""
    classes = believed.shape[1]
    if prior is Prior.FLAT:
        return np.full(classes, 1 / classes)
    open_tasks = believed[gold == UNKNOWN]
    shares: FloatArray = (open_tasks.sum(axis=0) + 1) / (len(open_tasks) + classes)
    return shares
