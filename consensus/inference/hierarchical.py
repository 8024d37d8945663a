"""Hierarchical Dawid–Skene: confusion rows shrunk to the crowd's, tilted by a worker's skill.

With few answers a worker this is a skill model, with many a full confusion matrix; how far to
shrink is read from the answers. One learning step from believed labels, in three parts:

1. crowd: the pooled confusion rows C (with the prior of `bcc`);
2. tilt: worker w has one number θ, turning the crowd's chance of being right on class k into
   logit⁻¹(logit C_kk + θ) and scaling the crowd's errors to fill the rest; θ ~ N(0, σ²) is at
   its posterior mode (Newton), σ² is learnt from all θ (Laplace EM);
3. strength s: rows are Dirichlet(s · tilted row), s being the point of STRENGTHS at the peak of
   the Dirichlet-multinomial marginal likelihood of all workers' expected counts.
"""

import functools

import numpy as np
from scipy import special

from consensus.arrays import FloatArray
from consensus.inference import bcc, labeling
from consensus.inference.model import Confused, Model
from consensus.matrix import Votes

NAME = "hierarchical"
VERSION = 1
STRENGTHS = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
NEWTON_STEPS = 6
SPREAD_ROUNDS = 3
TILT_MAX = 5.0


def learn(votes: Votes, probabilities: FloatArray, class_prior: FloatArray) -> Model:
    """Learn every worker's confusion rows from believed labels (tasks, classes)."""
    counts = votes.expected_counts(probabilities)
    crowd = _crowd_rows(counts)
    right, total = np.diagonal(counts, axis1=1, axis2=2), counts.sum(axis=2)
    tilts, spread = _tilts(right, total, special.logit(np.diagonal(crowd)))
    tilted = _tilted_rows(crowd, tilts)
    strength = _strength(counts, tilted)
    errors = Confused(counts + strength * tilted, strength * crowd, variational=False)
    tuning = {"strength": strength, "spread": round(spread, 4)}
    return Model(NAME, VERSION, class_prior, errors, tuning)


label = labeling.bayes


def _crowd_rows(counts: FloatArray) -> FloatArray:
    classes = counts.shape[1]
    prior = bcc.OFF_DIAGONAL + (bcc.DIAGONAL - bcc.OFF_DIAGONAL) * np.eye(classes)
    pooled = counts.sum(axis=0) + prior
    rows: FloatArray = pooled / pooled.sum(axis=1, keepdims=True)
    return rows


def _tilts(right: FloatArray, total: FloatArray, logits: FloatArray) -> tuple[FloatArray, float]:
    """Find each worker's θ (workers,) and their variance σ² from (workers, classes) counts."""
    tilts, spread = np.zeros(len(right)), 1.0
    for _ in range(SPREAD_ROUNDS):
        for _ in range(NEWTON_STEPS):
            expected = special.expit(logits + tilts[:, None])
            slope = (right - total * expected).sum(axis=1) - tilts / spread
            bend = (total * expected * (1 - expected)).sum(axis=1) + 1 / spread
            tilts = np.clip(tilts + slope / bend, -TILT_MAX, TILT_MAX)
        spread = float((np.square(tilts).sum() + (1 / bend).sum() + 1) / (len(tilts) + 1))
    return tilts, spread


def _tilted_rows(crowd: FloatArray, tilts: FloatArray) -> FloatArray:
    """Tilt the crowd's rows (true, given) by each θ: (workers, true, given)."""
    right = np.diagonal(crowd)
    tilted = special.expit(special.logit(right) + tilts[:, None])
    rows = crowd * ((1 - tilted) / (1 - right))[:, :, None]
    diagonal = np.arange(len(crowd))
    rows[:, diagonal, diagonal] = tilted
    return np.asarray(rows)


def _strength(counts: FloatArray, tilted: FloatArray) -> float:
    """Climb the STRENGTHS from the middle to where the evidence falls on both sides."""
    totals = counts.sum(axis=2)

    @functools.cache
    def evidence(place: int) -> float:
        if not 0 <= place < len(STRENGTHS):
            return -np.inf
        strength = STRENGTHS[place]
        prior = strength * tilted
        cells = special.gammaln(prior + counts) - special.gammaln(prior)
        rows = special.gammaln(strength + totals) - special.gammaln(strength)
        return float(cells.sum() - rows.sum())

    place = len(STRENGTHS) // 2
    while True:
        best = max((place, place - 1, place + 1), key=evidence)
        if best == place:
            return STRENGTHS[place]
        place = best
