"""Watch a worker's gold outcomes and say when they are surely below the job's minimum.

The test is anytime-valid: a worker at or above the minimum accuracy p0 is *ever* removed with
probability at most `rate`, however often and whenever it is looked at.

Derivation. Against H0 "each gold is right with probability ≥ p0, whatever came before" bet on
an accuracy q < p0: multiply the stake by q / p0 at a right answer and by (1 − q) / (1 − p0)
at a wrong one. For a true accuracy p the mean factor p·q/p0 + (1 − p)(1 − q)/(1 − p0) is 1 at
p = p0 and falls with p, since q/p0 < 1 < (1 − q)/(1 − p0); so under H0 the stake is a
non-negative supermartingale that starts at 1, and by Ville's inequality it ever reaches 1/rate
with probability at most `rate`. A mixture of such stakes over many q is one as well, and needs
no guess of how bad a bad worker is. We mix over BETS equal steps of q in (0, p0), weighed by
(q (p0 − q))²: those just below the minimum cannot be told from good ones anyway, and those near 0
are found soon by any bet. That gives r right and w wrong answers the evidence

    e(r, w) = Σ_q weight(q) (q / p0)^r ((1 − q) / (1 − p0))^w.

`update` multiplies by e(after) / e(before), the mixture's own bet on the next outcome. That
bet is fixed before the outcome is seen, so the minimum may even change on the way. Guessers and
those who always give one class are right on 1/K of balanced golds and leave by the same test;
on golds of mostly one class feed it balanced draws, or always giving that class looks good.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from consensus.arrays import FloatArray

BETS = 64


@dataclass(frozen=True)
class Evidence:
    """What is known against a worker: golds right, golds wrong, and the log of the e-value."""

    right: int = 0
    wrong: int = 0
    log_e: float = 0.0


def update(evidence: Evidence, correct: bool, minimum: float) -> Evidence:
    """Take in one gold outcome, judged against the minimum accuracy, 0 < minimum < 1."""
    right, wrong = evidence.right + correct, evidence.wrong + (not correct)
    before = log_e_values(evidence.right, evidence.wrong, minimum)
    after = log_e_values(right, wrong, minimum)
    return Evidence(right, wrong, evidence.log_e + float(after - before))


def removed(evidence: Evidence, rate: float) -> bool:
    """Tell whether the evidence suffices at this rate of ever removing a good worker."""
    return bool(evidence.log_e >= -np.log(rate))


def log_e_values(right: npt.ArrayLike, wrong: npt.ArrayLike, minimum: float) -> FloatArray:
    """Give log e(right, wrong) under one constant minimum, for counts of any one shape."""
    share = (np.arange(BETS) + 0.5) / BETS
    weights = np.square(share * (1 - share))
    bets = minimum * share
    gain = np.log(bets / minimum)
    loss = np.log((1 - bets) / (1 - minimum))
    stakes = np.multiply.outer(right, gain) + np.multiply.outer(wrong, loss)
    return np.asarray(special.logsumexp(stakes, axis=-1, b=weights / weights.sum()))
