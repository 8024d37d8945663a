"""Choose the truth model of a job by how well each predicts answers hidden from it.

No truth is needed. A share of the answers is hidden, every candidate is fitted to the rest and
scored by the mean log probability it gives the hidden ones. Hidden are only answers among the
first `answers_min` of their task, since later ones exist for hard tasks only. A rival replaces
the default only where its lead exceeds two standard errors, counted by task because answers
to one task rise and fall together. With GOLDS_MIN golds or more, half of them are unpinned in
each hiding and the log probability of their known class joins the score.

The class prior is chosen first, and not by hidden answers, which hardly notice it. A learned
prior feeds on itself: the labels it favours teach rows that favour it further. But where classes
are uneven a flat prior is as wrong. So it is flat, unless under a flat one the crowd would mostly
call some class another, or unless knowing the shares of classes explains the answers better by
more than EVEN_NATS_MAX a task, after what the shares cost to learn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from consensus import inference
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import (
    UNKNOWN,
    Prior,
    bcc,
    decoys,
    ebcc,
    evidence,
    hierarchical,
    majority,
    one_coin,
)
from consensus.matrix import Votes

HIDDEN_SHARE = 0.12
LEAD_ERRORS = 2.0
ANSWERS_MAJORITY_MAX = 50
ANSWERS_ONE_COIN_MAX = 300
ANSWERS_SMALL_MAX = 20_000
ANSWERS_SCORED_MAX = 60_000
ROUNDS_SCORED_MAX = 60
PROBABILITY_MIN = 1e-6
EVEN_NATS_MAX = 0.03
GOLDS_MIN = 50
GOLD_PROBABILITY_MIN = 1e-2


class Candidate(NamedTuple):
    """A truth model together with the source of its class prior."""

    name: str
    prior: Prior


DEFAULT = hierarchical.NAME
RIVALS = (one_coin.NAME, ebcc.NAME, bcc.NAME, decoys.NAME, majority.NAME)


class Reason(StrEnum):
    """Why a model was picked."""

    FEW_ANSWERS = "few_answers"
    DEFAULT_HOLDS = "default_holds"
    RIVAL_LEADS = "rival_leads"


@dataclass(frozen=True)
class Score:
    """How a candidate predicted: mean log probability of a hidden answer, and its lead over
    the default with the standard error of that lead (all in nats an answer; golds add theirs)."""

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


class _Hiding(NamedTuple):
    """Answers hidden from all candidates, those left, and what gold is pinned or asked for."""

    left: Votes
    hidden: Votes
    pinned: IntArray
    asked: IntArray


class _Trial(NamedTuple):
    """How one candidate did in all hidings: its log scores by answer and by gold."""

    answers: FloatArray
    golds: FloatArray


def pick(votes: Votes, answers_min: int, seed: int, known: IntArray | None = None) -> Pick:
    """Pick the truth model for these answers; equal inputs and seed give an equal pick.

    Below ANSWERS_MAJORITY_MAX answers that is majority vote, below ANSWERS_ONE_COIN_MAX
    the one-coin model, for then no matrix can be learnt nor a lead be seen. `known` pins gold
    as in `inference.fit`. At most about ANSWERS_SCORED_MAX answers are looked at. Neither the
    order of answers nor the numbers of workers or classes matter, only those of tasks do.
    """
    if votes.size < ANSWERS_ONE_COIN_MAX:
        few = majority if votes.size < ANSWERS_MAJORITY_MAX else one_coin
        return Pick(Candidate(few.NAME, Prior.FLAT), Reason.FEW_ANSWERS, 0.0, (), 0)
    chance = np.random.default_rng(seed)
    gold = np.full(votes.shape.tasks, UNKNOWN) if known is None else known
    drawn = _drawn(votes, chance)
    sample, gold = votes.of_tasks(drawn), gold[drawn]
    hidings = [_hide(sample, gold, answers_min, chance) for _ in range(_hidings(votes.size))]
    if not any(hiding.hidden.size for hiding in hidings):
        only = Candidate(_names(votes)[0], _prior(sample, gold))
        return Pick(only, Reason.DEFAULT_HOLDS, 0.0, (), 0)
    prior = _prior(sample, gold)
    everyone = [Candidate(name, prior) for name in _names(sample)]
    trials = {one: _trial(one, hidings, seed) for one in everyone}
    return choose(_scores(trials, hidings), sum(hiding.hidden.size for hiding in hidings))


def choose(scores: list[Score], hidden_answers: int) -> Pick:
    """Choose from scores, the default first: a rival wins only by a lead that is sure."""
    ahead = [score for score in scores[1:] if score.lead > LEAD_ERRORS * score.lead_error]
    best = max(ahead, key=lambda score: score.lead, default=scores[0])
    others = [score.log_score for score in scores if score is not best]
    margin = best.log_score - max(others, default=best.log_score)
    reason = Reason.RIVAL_LEADS if ahead else Reason.DEFAULT_HOLDS
    ranked = tuple(sorted(scores, key=lambda score: -score.log_score))
    return Pick(best.candidate, reason, margin, ranked, hidden_answers)


def _hidings(answers: int) -> int:
    """Count how often to hide: more often where few answers leave more to chance."""
    if answers > ANSWERS_SCORED_MAX:
        return 1
    return 4 if answers <= ANSWERS_SMALL_MAX else 2


def _names(votes: Votes) -> list[str]:
    """List who takes part, the default first: who fits into memory and has decoys to tell."""
    few = votes.shape.classes < decoys.CLASSES_MIN
    return [
        name
        for name in (DEFAULT, *RIVALS)
        if inference.fits(name, votes.shape) and not (few and name == decoys.NAME)
    ]


def _drawn(votes: Votes, chance: np.random.Generator) -> BoolArray:
    """Draw whole tasks at random, so many that about ANSWERS_SCORED_MAX answers stay."""
    share = ANSWERS_SCORED_MAX / votes.size
    return np.asarray(chance.random(votes.shape.tasks) < share) | (share >= 1)


def _hide(votes: Votes, gold: IntArray, answers_min: int, chance: np.random.Generator) -> _Hiding:
    early = (votes.place < answers_min) & (votes.answers_by_task[votes.task] >= 2)
    drawn = np.empty(votes.size)
    drawn[_nameless_order(votes, chance)] = chance.random(votes.size)
    hidden = np.asarray(early & (drawn < HIDDEN_SHARE))
    asked = np.full_like(gold, UNKNOWN)
    if (gold != UNKNOWN).sum() >= GOLDS_MIN:
        asked = np.where(chance.random(len(gold)) < 0.5, gold, UNKNOWN)
    pinned = np.where(asked != UNKNOWN, UNKNOWN, gold)
    return _Hiding(votes.keep(~hidden), votes.keep(hidden), pinned, asked)


def _nameless_order(votes: Votes, chance: np.random.Generator) -> IntArray:
    """Order answers by task and by what their workers did, so that names do not matter.

    A worker is known by the tasks they answered and by how many agreed with them there.
    """
    agreeing = votes.class_counts[votes.task, votes.given] / votes.answers_by_task[votes.task]
    marks = chance.random(votes.shape.tasks)[votes.task] * (1 + agreeing)
    print_of = np.bincount(votes.worker, marks, votes.shape.workers).round(9)
    return np.lexsort((agreeing, print_of[votes.worker], votes.task))


def _trial(candidate: Candidate, hidings: Sequence[_Hiding], seed: int) -> _Trial:
    settings = inference.Settings(candidate.prior, ROUNDS_SCORED_MAX, seed=seed, starts=1)
    answers, golds = [], []
    for left, hidden, pinned, asked in hidings:
        posterior = inference.fit(candidate.name, left, pinned, settings)
        given = posterior.model.predict(posterior.probabilities, left, hidden)
        tasks = np.flatnonzero((asked != UNKNOWN) & (left.answers_by_task > 0))
        right = posterior.probabilities[tasks, asked[tasks]]
        answers.append(np.log(np.maximum(given, PROBABILITY_MIN)))
        golds.append(np.log(np.maximum(right, GOLD_PROBABILITY_MIN)))
    return _Trial(np.concatenate(answers), np.concatenate(golds))


def _prior(votes: Votes, gold: IntArray) -> Prior:
    """Choose the class prior: flat, unless that does these answers violence."""
    first = _names(votes)[0]
    flat, learned = (
        inference.fit(first, votes, gold, inference.Settings(prior, ROUNDS_SCORED_MAX))
        for prior in (Prior.FLAT, Prior.LEARNED)
    )
    is_told = evidence.is_diagonal(flat.probabilities, votes)
    gain = evidence.prior_gain(flat.model, learned.model, votes)
    return Prior.FLAT if is_told and gain <= EVEN_NATS_MAX else Prior.LEARNED


def _scores(trials: dict[Candidate, _Trial], hidings: Sequence[_Hiding]) -> list[Score]:
    """Compare every trial with the first one, the default's."""
    task = np.concatenate([hiding.hidden.task for hiding in hidings])
    asked = [
        np.flatnonzero((one.asked != UNKNOWN) & (one.left.answers_by_task > 0)) for one in hidings
    ]
    gold_task = np.concatenate(asked)
    base = next(iter(trials.values()))
    scores = []
    for candidate, tried in trials.items():
        lead, error = _mean_by_task(tried.answers - base.answers, task)
        gold_lead, gold_error = _mean_by_task(tried.golds - base.golds, gold_task)
        log_score = float(tried.answers.mean()) + (
            float(tried.golds.mean()) if len(gold_task) else 0.0
        )
        scores.append(
            Score(candidate, log_score, lead + gold_lead, float(np.hypot(error, gold_error)))
        )
    return scores


def _mean_by_task(values: FloatArray, task: IntArray) -> tuple[float, float]:
    """Average values, with a standard error that lets the values of one task depend."""
    if not len(values):
        return 0.0, 0.0
    mean = float(values.mean())
    sums = np.bincount(task, weights=values - mean)
    return mean, float(np.sqrt(np.square(sums).sum()) / len(values))
