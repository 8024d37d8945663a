"""Enhanced Bayesian classifier combination: classes fall into kinds on which workers err alike.

Some tasks of a class are easy and some mislead most workers in the same way, so workers' errors
hang together. Each class is split into KINDS kinds; given the kind, workers err independently,
each by a row of its own with a Dirichlet prior (Li, Rubinstein & Cohn, ICML 2019; mean-field
updates and priors as published). Kinds are found from a random split of the shares of answers.
Several starts end in different places and the highest bound is not the best label, so labels are
the mean over all starts. A start draws per task and kind, never per class, so that renaming classes
or workers renames the result and nothing else.
"""

from typing import NamedTuple

import numpy as np
from scipy import special

from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import bcc, labeling, rounds
from consensus.inference.kinds import Kinds
from consensus.inference.model import Model
from consensus.inference.rounds import UNKNOWN, Fitted, Prior, Settings, Start
from consensus.matrix import Votes

NAME = "ebcc"
VERSION = 1
KINDS = 10
KIND_WEIGHT = 0.1
TOLERANCE_MIN = 1e-3
TASKS_OF_A_KIND_MIN = 0.5


class _Ended(NamedTuple):
    """Where one start ended: shares (tasks, classes · kinds), beliefs, weights, rounds, rest."""

    shares: FloatArray
    beliefs: FloatArray
    prior: FloatArray
    weight: FloatArray
    rounds: int
    converged: bool


def fit(votes: Votes, start: Start, settings: Settings) -> Fitted:
    """Fit all starts and keep the kinds that tasks belong to."""
    chance = np.random.default_rng(settings.seed)
    ended = [_climb(votes, start, settings, chance) for _ in range(settings.starts)]
    class_prior = np.mean([one.prior for one in ended], axis=0)
    model = Model(NAME, VERSION, class_prior, _kept(votes, ended))
    labels = rounds.pin(label(model, votes), start.gold)
    converged = all(one.converged for one in ended)
    return Fitted(model, labels, max(one.rounds for one in ended), converged)


def label(model: Model, votes: Votes) -> FloatArray:
    """Give p(class | answers) of each task, the mean over the starts: (tasks, classes)."""
    assert isinstance(model.errors, Kinds)
    return model.errors.class_probabilities(votes, model.class_prior)


def _climb(votes: Votes, start: Start, settings: Settings, chance: np.random.Generator) -> _Ended:
    tasks, _, classes = votes.shape
    split = chance.dirichlet(np.ones(KINDS), tasks)
    shares = (start.believed[:, :, None] * split[:, None, :]).reshape(tasks, -1)
    base = np.repeat(_prior_rows(classes), KINDS, axis=0)
    forbidden = _forbidden(start.gold, classes)
    tolerance = max(settings.tolerance, TOLERANCE_MIN)
    count, converged = 0, False
    while not converged and count < settings.rounds_max:
        count += 1
        prior, weight = _weights(shares, start.gold, classes, settings.prior)
        beliefs = votes.expected_counts(shares) + base
        rows = special.digamma(beliefs) - special.digamma(beliefs.sum(axis=2, keepdims=True))
        scores = votes.log_likelihoods(rows) + weight + np.repeat(np.log(prior), KINDS)
        scores[forbidden] = -np.inf
        after = labeling.softmax(scores)
        converged = rounds.rests(shares, after, tolerance)
        shares = after
    return _Ended(shares, beliefs, prior, weight, count, converged)


def _prior_rows(classes: int) -> FloatArray:
    return bcc.OFF_DIAGONAL + (bcc.DIAGONAL - bcc.OFF_DIAGONAL) * np.eye(classes)


def _forbidden(gold: IntArray, classes: int) -> BoolArray:
    """Mark the kinds of all classes but the known one of gold tasks."""
    klass = np.repeat(np.arange(classes), KINDS)
    return np.asarray((gold[:, None] != UNKNOWN) & (gold[:, None] != klass))


def _weights(
    shares: FloatArray, gold: IntArray, classes: int, prior: Prior
) -> tuple[FloatArray, FloatArray]:
    """Give the class prior (classes,) and the log weight of each kind in its class (kinds,)."""
    by_class = shares.reshape(len(shares), classes, KINDS).sum(axis=2)
    class_prior = rounds.class_prior(by_class, gold, prior)
    sizes = KIND_WEIGHT / KINDS + shares.sum(axis=0).reshape(classes, KINDS)
    weight = special.digamma(sizes) - special.digamma(sizes.sum(axis=1, keepdims=True))
    return class_prior, weight.ravel()


def _kept(votes: Votes, ended: list[_Ended]) -> Kinds:
    """Put the kinds of all starts together, those left out that hold no task."""
    classes = votes.shape.classes
    klass = np.repeat(np.arange(classes), KINDS)
    columns = []
    for one in ended:
        sizes = one.shares.sum(axis=0)
        largest = sizes.reshape(classes, KINDS).argmax(axis=1) + np.arange(classes) * KINDS
        held = sizes >= TASKS_OF_A_KIND_MIN
        held[largest] = True
        columns.append(np.flatnonzero(held))
    beliefs = np.concatenate(
        [one.beliefs[:, kept] for one, kept in zip(ended, columns, strict=True)], axis=1
    )
    return Kinds(
        beliefs=beliefs,
        crowd=_crowd(
            beliefs, _prior_rows(classes)[np.concatenate([klass[kept] for kept in columns])]
        ),
        klass=np.concatenate([klass[kept] for kept in columns]),
        start=np.repeat(np.arange(len(ended)), [len(kept) for kept in columns]),
        weight=np.concatenate([one.weight[kept] for one, kept in zip(ended, columns, strict=True)]),
    )


def _crowd(beliefs: FloatArray, prior: FloatArray) -> FloatArray:
    """Give a worker nobody has seen the prior's weight of evidence at the crowd's rows."""
    pooled = (beliefs - prior).sum(axis=0) + prior
    crowd: FloatArray = (
        prior.sum(axis=1, keepdims=True) * pooled / pooled.sum(axis=1, keepdims=True)
    )
    return crowd
