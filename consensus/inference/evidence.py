"""What answers say for or against a flat class prior."""

import numpy as np
from scipy import special

from consensus.arrays import FloatArray
from consensus.inference.model import Confused, Model
from consensus.matrix import Votes


def prior_gain(flat: Model, learned: Model, votes: Votes) -> float:
    """Say what learning the shares of classes gains over a flat prior, in nats a task.

    Zero where models do not tell errors by matrices. The cost of learning K − 1 shares from the
    answered tasks is taken off (Schwarz 1978): (K − 1)/2 · log tasks.
    """
    if not (isinstance(flat.errors, Confused) and isinstance(learned.errors, Confused)):
        return 0.0
    tasks = max(int((votes.answers_by_task > 0).sum()), 1)
    cost = (votes.shape.classes - 1) / 2 * np.log(tasks)
    return (_log_evidence(learned, votes) - _log_evidence(flat, votes) - float(cost)) / tasks


def is_diagonal(probabilities: FloatArray, votes: Votes) -> bool:
    """Tell whether the crowd answers each believed class (tasks, classes) mostly by its name.

    Where it does not, two classes may have changed places and nothing in the answers can tell.
    Classes believed of less than one answer do not count.
    """
    counts = probabilities.T @ votes.class_counts
    right, most = np.diagonal(counts), counts.max(axis=1)
    return bool(((right >= most) | (most < 1)).all())


def _log_evidence(model: Model, votes: Votes) -> float:
    assert isinstance(model.errors, Confused)
    scores = model.errors.log_likelihoods(votes) + np.log(model.class_prior)
    return float(special.logsumexp(scores, axis=1).sum())
