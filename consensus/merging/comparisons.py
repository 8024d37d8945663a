"""Rank items by who beat whom: Bradley–Terry with ties, uncertainty and worker discernment.

P(i over j) = σ(a_w (s_i − s_j) − t) with scores s, and a discernment a_w for each worker
(Chen et al. 2013 give workers a share of right answers instead; a slope also tells close pairs
from clear ones). A tie has the rest of the probability, as Rao & Kupper (1967) have it. Scores
have a normal prior, log a_w another around 0: a worker who decides at random comes near a = 0
and teaches nothing. Solved by L-BFGS; deviations come from the curvature at the solution.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from scipy import special

from consensus import errors
from consensus.arrays import BoolArray, FloatArray, IntArray

SCORE_DEVIATION = 2.0
DISCERNMENT_DEVIATION = 0.7
TIE_START = 0.1
ROUNDS_MAX = 300


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Items compared: indices of `winner`, `loser` and `worker`, and where it was a `tie`."""

    items: int
    workers: int
    winner: IntArray
    loser: IntArray
    worker: IntArray
    tie: BoolArray


@dataclass(frozen=True, eq=False)
class Ranked:
    """Scores (items,), mean 0, with deviations; discernment (workers,); `tie` is t."""

    score: FloatArray
    deviation: FloatArray
    discernment: FloatArray
    tie: float

    def order(self) -> list[int]:
        """List the items, the best first; of equals the first."""
        return [int(at) for at in np.argsort(-np.round(self.score, 9), kind="stable")]

    def chance(self, one: int, other: int) -> float:
        """Give the probability that one item is truly better, ignoring how scores covary."""
        spread = np.hypot(self.deviation[one], self.deviation[other])
        return float(special.ndtr((self.score[one] - self.score[other]) / max(spread, 1e-9)))


def compare(rows: Sequence[tuple[int, int, int, bool]], items: int, workers: int) -> Comparisons:
    """Build comparisons from (winner, loser, worker, tie); raise VotesRefused for bad ones."""
    if not rows:
        raise errors.VotesRefused("no_answers", "There are no comparisons to rank by.")
    # In a fixed order, so that sums do not depend on the order in which answers came.
    winner, loser, worker, tie = np.array(sorted(rows), dtype=np.int64).T
    if (winner == loser).any():
        raise errors.VotesRefused("compared_with_itself", "An item is compared with itself.")
    return Comparisons(items, workers, winner, loser, worker, tie.astype(bool))


def rank(data: Comparisons) -> Ranked:
    """Find scores, discernments and the width of ties from all comparisons."""
    start = np.zeros(data.items + data.workers + 1)
    start[-1] = np.log(TIE_START)
    has_ties = bool(data.tie.any())
    found = scipy.optimize.minimize(
        lambda theta: _loss(data, theta, has_ties),
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": ROUNDS_MAX},
    ).x
    score = found[: data.items]
    slope = np.exp(found[data.items : -1])
    tie = float(np.exp(found[-1])) if has_ties else 0.0
    return Ranked(score - score.mean(), _deviations(data, score, slope), slope, tie)


def _loss(data: Comparisons, theta: FloatArray, has_ties: bool) -> tuple[float, FloatArray]:
    """Give the negative log posterior and its gradient."""
    score, log_slope = theta[: data.items], theta[data.items : -1]
    tie = np.exp(theta[-1]) if has_ties else 0.0
    slope = np.exp(log_slope)[data.worker]
    gap = slope * (score[data.winner] - score[data.loser])
    over, under = gap - tie, -gap - tie
    win, lose = special.expit(over), special.expit(under)
    rest = np.maximum(1 - win - lose, 1e-12)
    logs = np.where(data.tie, np.log(rest), special.log_expit(over))
    d_win, d_lose = win * (1 - win), lose * (1 - lose)
    by_gap = np.where(data.tie, (d_lose - d_win) / rest, 1 - win)
    by_tie = np.where(data.tie, (d_lose + d_win) / rest, -(1 - win)) * tie
    pulls = (score / SCORE_DEVIATION, log_slope / DISCERNMENT_DEVIATION)
    tie_pull = theta[-1] - np.log(TIE_START) if has_ties else 0.0
    loss = -logs.sum() + sum((pull**2).sum() for pull in pulls) / 2 + tie_pull**2 / 2
    by_score = np.bincount(data.winner, by_gap * slope, data.items)
    by_score -= np.bincount(data.loser, by_gap * slope, data.items)
    by_slope = np.bincount(data.worker, by_gap * gap, data.workers)
    gradient = np.concatenate(
        [
            pulls[0] / SCORE_DEVIATION - by_score,
            pulls[1] / DISCERNMENT_DEVIATION - by_slope,
            [tie_pull - by_tie.sum()],
        ]
    )
    return float(loss), gradient


def _deviations(data: Comparisons, score: FloatArray, slope: FloatArray) -> FloatArray:
    """Give the deviations of scores about their mean from the curvature (Laplace): (items,)."""
    chance = special.expit(slope[data.worker] * (score[data.winner] - score[data.loser]))
    bend = slope[data.worker] ** 2 * chance * (1 - chance)
    curvature = np.eye(data.items) / SCORE_DEVIATION**2
    for row, column, sign in (
        (data.winner, data.winner, 1),
        (data.loser, data.loser, 1),
        (data.winner, data.loser, -1),
        (data.loser, data.winner, -1),
    ):
        np.add.at(curvature, (row, column), sign * bend)
    covariance = np.linalg.inv(curvature)
    centre = np.eye(data.items) - 1 / data.items
    return np.asarray(np.sqrt(np.maximum(np.diag(centre @ covariance @ centre), 0)))
