"""One-coin model: each worker has one accuracy, and errors fall on all other classes alike.

Expectation maximisation after Dawid & Skene (1979) with one parameter a worker, shrunk to
the crowd's accuracy by a few pseudo answers.
"""

from consensus import skills
from consensus.arrays import FloatArray
from consensus.inference import labeling
from consensus.inference.model import Model, Symmetric
from consensus.matrix import Votes

NAME = "one_coin"
VERSION = 1


def learn(votes: Votes, probabilities: FloatArray, class_prior: FloatArray) -> Model:
    """Learn every worker's accuracy from believed labels (tasks, classes)."""
    right = votes.right_by_worker(probabilities)
    measured = skills.measure(right, votes.answers_by_worker, votes.shape.classes)
    return Model(NAME, VERSION, class_prior, Symmetric(measured.accuracy, measured.crowd))


label = labeling.bayes
