"""Majority vote: every answer weighs the same, and a probability is a share of answers."""

import numpy as np

from consensus import skills
from consensus.arrays import FloatArray
from consensus.inference.model import Model, Symmetric
from consensus.matrix import Votes

NAME = "majority"
VERSION = 1


def learn(votes: Votes, probabilities: FloatArray, class_prior: FloatArray) -> Model:
    """Learn how often an answer joins the majority; all workers get this one accuracy."""
    right = votes.right_by_worker(probabilities)
    crowd = skills.measure(right, votes.answers_by_worker, votes.shape.classes).crowd
    everyone = np.full(votes.shape.workers, crowd)
    return Model(NAME, VERSION, class_prior, Symmetric(everyone, crowd))


def label(model: Model, votes: Votes) -> FloatArray:
    """Give each task its shares of answers, the class prior where nobody answered."""
    return shares(votes, model.class_prior)


def shares(votes: Votes, otherwise: FloatArray) -> FloatArray:
    """Give each task its shares of answers, or `otherwise` (classes,): (tasks, classes)."""
    total = votes.answers_by_task[:, None]
    return np.where(total > 0, votes.class_counts / np.maximum(total, 1), otherwise)
