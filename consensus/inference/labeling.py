"""Bayes' rule from a fitted model and the answers of tasks to the probability of each class."""

import numpy as np

from consensus.arrays import FloatArray
from consensus.inference.model import Confused, Model, Symmetric
from consensus.matrix import Votes


def bayes(model: Model, votes: Votes) -> FloatArray:
    """Give p(class | answers) of each task, rows summing to one: (tasks, classes)."""
    assert isinstance(model.errors, Symmetric | Confused)
    scores = model.errors.log_likelihoods(votes) + np.log(model.class_prior)
    scores -= scores.max(axis=1, keepdims=True)
    weights: FloatArray = np.exp(scores)
    weights /= weights.sum(axis=1, keepdims=True)
    return weights
