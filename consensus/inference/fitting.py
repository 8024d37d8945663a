"""Fit a truth model to the answers of a job, or label tasks with one fitted before."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from consensus import errors, skills
from consensus.arrays import FloatArray, IntArray
from consensus.inference import bcc, decoys, ebcc, hierarchical, majority, one_coin, rounds
from consensus.inference.model import Model
from consensus.inference.rounds import UNKNOWN, Settings, Start
from consensus.matrix import Shape, Votes

CONFUSION_CELLS_MAX = 20_000_000


class Method(NamedTuple):
    """A model's two uses, its version, and how many numbers it holds for so many answers."""

    version: int
    fit: rounds.Fit
    label: rounds.Label
    cells: Callable[[Shape], int]


def _cells_symmetric(shape: Shape) -> int:
    return shape.workers


def _cells_confused(shape: Shape) -> int:
    return int(shape.workers * shape.classes**2)


def _cells_kinds(shape: Shape) -> int:
    kinds = shape.classes * ebcc.KINDS
    return int(max(shape.workers * shape.classes, shape.tasks) * kinds)


METHODS = {
    **{
        module.NAME: Method(
            module.VERSION,
            rounds.alternating(module.learn, module.label),
            module.label,
            _cells_symmetric if module in (majority, one_coin) else _cells_confused,
        )
        for module in (majority, one_coin, bcc, hierarchical)
    },
    ebcc.NAME: Method(ebcc.VERSION, ebcc.fit, ebcc.label, _cells_kinds),
    decoys.NAME: Method(decoys.VERSION, decoys.fit, decoys.label, _cells_symmetric),
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
    and teaches skills, but never the class prior, for gold may be picked by hand. Raise
    ModelRefused for an unknown name or too large confusion matrices, VotesRefused for known
    answers that do not fit.
    """
    settings = settings or Settings()
    assert settings.rounds_max >= 1
    method = _method(name, votes.shape)
    gold = _known(known, votes.shape)
    ended = method.fit(votes, Start(_start(votes, gold), gold), settings)
    right = votes.right_by_worker(ended.probabilities)
    measured = skills.measure(right, votes.answers_by_worker, votes.shape.classes)
    return Posterior(ended.probabilities, measured, ended.model, ended.rounds, ended.converged)


def fits(name: str, shape: Shape) -> bool:
    """Tell whether a model of this name stays within memory for so many workers and classes."""
    return METHODS[name].cells(shape) <= CONFUSION_CELLS_MAX


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
    if not fits(name, shape):
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
    shares = rounds.pin(majority.shares(votes, flat), gold)
    is_gold = gold != UNKNOWN
    if not is_gold.any():
        return shares
    seen = one_coin.learn(votes.keep(is_gold[votes.task]), shares, flat)
    return rounds.pin(one_coin.label(seen, votes), gold)
