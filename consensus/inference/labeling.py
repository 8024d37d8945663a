"""Bayes' rule from a fitted model and the answers of tasks to the probability of each class."""

import functools

import numpy as np

from consensus.arrays import FloatArray
from consensus.inference.model import Confused, Model, Symmetric
from consensus.matrix import Votes


def bayes(model: Model, votes: Votes) -> FloatArray:
    """Give p(class | answers) of each task, rows summing to one: (tasks, classes)."""
    assert isinstance(model.errors, Symmetric | Confused)
    scores = model.errors.log_likelihoods(votes) + np.log(model.class_prior)
    return softmax(scores)


def softmax(scores: FloatArray) -> FloatArray:
    """Turn log weights into rows summing to one, in place: (tasks, classes).

    By columns, for NumPy is slow along an axis of few.
    """
    scores -= functools.reduce(np.maximum, scores.T)[:, None]
    np.exp(scores, out=scores)
    scores /= (scores @ np.ones(scores.shape[1]))[:, None]
    return scores
