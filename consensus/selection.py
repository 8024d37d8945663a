"""Choose the truth model of a job by how well each predicts answers hidden from it.

No truth is needed. A share of the answers is hidden, every candidate is fitted to the rest and
scored by the mean log probability it gives the hidden ones. Hidden are only answers among the
first `answers_min` of their task, since later ones exist for hard tasks only. A rival replaces
the default only where its lead exceeds two standard errors, counted by task because answers
to one task rise and fall together.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from consensus import inference
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import Prior, bcc, fitting, hierarchical, majority, one_coin
from consensus.matrix import Votes

HIDDEN_SHARE = 0.12
HIDINGS = 2
LEAD_ERRORS = 2.0
ANSWERS_MAJORITY_MAX = 50
ANSWERS_ONE_COIN_MAX = 300
ANSWERS_SCORED_MAX = 200_000
PROBABILITY_MIN = 1e-6


class Candidate(NamedTuple):
    """A truth model together with the source of its class prior."""

    name: str
    prior: Prior


# The hierarchical model takes part with a learned prior only: with a flat one the crowd's rows
# take over the prior's part, which hidden answers cannot tell but labels suffer from.
DEFAULT = Candidate(hierarchical.NAME, Prior.LEARNED)
RIVALS = (
    Candidate(bcc.NAME, Prior.LEARNED),
    Candidate(one_coin.NAME, Prior.LEARNED),
    Candidate(one_coin.NAME, Prior.FLAT),
    Candidate(bcc.NAME, Prior.FLAT),
    Candidate(majority.NAME, Prior.FLAT),
)


class Reason(StrEnum):
    """Why a model was picked."""

    FEW_ANSWERS = "few_answers"
    DEFAULT_HOLDS = "default_holds"
    RIVAL_LEADS = "rival_leads"


@dataclass(frozen=True)
class Score:
    """How a candidate predicted: mean log probability of a hidden answer, and its lead over
    the default with the standard error of that lead (all in nats an answer)."""

    candidate: Candidate
    log_score: float
    lead: float
    lead_error: float


@dataclass(frozen=True)
class Pick:
    """The chosen candidate, why, its margin over the best other one, and all scores, best first.

    The margin is in nats a hidden answer and may be negative while a rival's lead is unsure.
    """

    candidate: Candidate
    reason: Reason
    margin: float
    alternatives: tuple[Score, ...]
    hidden_answers: int


def pick(votes: Votes, answers_min: int, seed: int, known: IntArray | None = None) -> Pick:
    """Pick the truth model for these answers; equal inputs and seed give an equal pick.

    Below ANSWERS_MAJORITY_MAX answers that is majority vote, below ANSWERS_ONE_COIN_MAX
    the one-coin model, for then no matrix can be learnt nor a lead be seen. `known` pins gold
    as in `inference.fit`. At most about ANSWERS_SCORED_MAX answers are looked at.
    """
    if votes.size < ANSWERS_ONE_COIN_MAX:
        few = majority if votes.size < ANSWERS_MAJORITY_MAX else one_coin
        return Pick(Candidate(few.NAME, Prior.LEARNED), Reason.FEW_ANSWERS, 0.0, (), 0)
    chance = np.random.default_rng(seed)
    sample = _sample(votes, chance)
    default, *rivals = _candidates(votes)
    hidings = [_hide(sample, answers_min, chance) for _ in range(HIDINGS)]
    task = np.concatenate([sample.task[hidden] for hidden in hidings])
    if not len(task):
        return Pick(default, Reason.DEFAULT_HOLDS, 0.0, (), 0)
    base = _log_scores(default, sample, hidings, known)
    scores = [Score(default, float(base.mean()), 0.0, 0.0)]
    for rival in rivals:
        log_scores = _log_scores(rival, sample, hidings, known)
        lead, error = _mean_by_task(log_scores - base, task)
        scores.append(Score(rival, float(log_scores.mean()), lead, error))
    return choose(scores, len(task))


def choose(scores: list[Score], hidden_answers: int) -> Pick:
    """Choose from scores, the default first: a rival wins only by a lead that is sure."""
    ahead = [score for score in scores[1:] if score.lead > LEAD_ERRORS * score.lead_error]
    best = max(ahead, key=lambda score: score.lead, default=scores[0])
    others = [score.log_score for score in scores if score is not best]
    margin = best.log_score - max(others, default=best.log_score)
    reason = Reason.RIVAL_LEADS if ahead else Reason.DEFAULT_HOLDS
    ranked = tuple(sorted(scores, key=lambda score: -score.log_score))
    return Pick(best.candidate, reason, margin, ranked, hidden_answers)


def _candidates(votes: Votes) -> list[Candidate]:
    everyone = [DEFAULT, *RIVALS]
    cells = votes.shape.workers * votes.shape.classes**2
    if cells <= fitting.CONFUSION_CELLS_MAX:
        return everyone
    return [one for one in everyone if one.name in (one_coin.NAME, majority.NAME)]


def _sample(votes: Votes, chance: np.random.Generator) -> Votes:
    """Keep whole tasks at random, so many that about ANSWERS_SCORED_MAX answers stay."""
    if votes.size <= ANSWERS_SCORED_MAX:
        return votes
    drawn = chance.random(votes.shape.tasks) < ANSWERS_SCORED_MAX / votes.size
    return votes.keep(drawn[votes.task])


def _hide(votes: Votes, answers_min: int, chance: np.random.Generator) -> BoolArray:
    early = (votes.place < answers_min) & (votes.answers_by_task[votes.task] >= 2)
    return np.asarray(early & (chance.random(votes.size) < HIDDEN_SHARE))


def _log_scores(
    candidate: Candidate, votes: Votes, hidings: list[BoolArray], known: IntArray | None
) -> FloatArray:
    """Give the log probability of every hidden answer, one hiding after the other."""
    settings = inference.Settings(prior=candidate.prior)
    scores = []
    for hidden in hidings:
        posterior = inference.fit(candidate.name, votes.keep(~hidden), known, settings)
        given = posterior.model.predict(posterior.probabilities, votes.keep(hidden))
        scores.append(np.log(np.maximum(given, PROBABILITY_MIN)))
    return np.concatenate(scores)


def _mean_by_task(values: FloatArray, task: IntArray) -> tuple[float, float]:
    """Average values, with a standard error that lets the values of one task depend."""
    mean = float(values.mean())
    sums = np.bincount(task, weights=values - mean)
    return mean, float(np.sqrt(np.square(sums).sum()) / len(values))
