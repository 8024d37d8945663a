"""Truth inference: from many answers to the probability of each class for each task."""

from consensus.inference.fitting import METHODS, Posterior, fit, fits, fold
from consensus.inference.model import Model
from consensus.inference.rounds import UNKNOWN, Prior, Settings

__all__ = [
    "METHODS",
    "UNKNOWN",
    "Model",
    "Posterior",
    "Prior",
    "Settings",
    "fit",
    "fits",
    "fold",
]
