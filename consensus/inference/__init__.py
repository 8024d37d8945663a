"""Truth inference: from many answers to the probability of each class for each task."""

from consensus.inference.fitting import METHODS, UNKNOWN, Posterior, Prior, Settings, fit, fold
from consensus.inference.model import Model

__all__ = ["METHODS", "UNKNOWN", "Model", "Posterior", "Prior", "Settings", "fit", "fold"]
