"""Bayesian classifier combination: Dawid–Skene with Dirichlet priors, solved variationally.

Each row of each worker's confusion matrix has a Dirichlet prior of 4 on the right class and 1
on every other (Kim & Ghahramani 2012, independent BCC; mean-field updates as in Simpson et
al. 2013). Best where workers answer much and confuse classes in their own ways.
"""

import numpy as np

from consensus.arrays import FloatArray
from consensus.inference import labeling
from consensus.inference.model import Confused, Model
from consensus.matrix import Votes

NAME = "bcc"
VERSION = 1
DIAGONAL, OFF_DIAGONAL = 4.0, 1.0


def learn(votes: Votes, probabilities: FloatArray, class_prior: FloatArray) -> Model:
    """Learn every worker's confusion rows from believed labels (tasks, classes)."""
    classes = votes.shape.classes
    prior = OFF_DIAGONAL + (DIAGONAL - OFF_DIAGONAL) * np.eye(classes)
    beliefs = votes.expected_counts(probabilities) + prior
    return Model(NAME, VERSION, class_prior, Confused(beliefs, prior, variational=True))


label = labeling.bayes
