"""Forecast from a pilot what a job will need: answers, cost and accuracy for several targets.

The answers of the pilot's tasks are gone through as each target would have stopped them; where
they end too early, further ones are simulated from what is believed of the task and of those who
answer. Tasks are then drawn again with replacement (bootstrap), which makes the spread between
tasks an interval. It is widened by how crowds drift (DRIFT_SPREAD, the deviation of ln answers)
and, for accuracy, by what so few known items leave open.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from consensus.arrays import FloatArray, IntArray
from consensus.inference import UNKNOWN
from consensus.matrix import Votes
from consensus.skills import Skills
from consensus.stopping import rule
from consensus.stopping.calibration import Calibration
from consensus.stopping.rule import Insight, StoppingSettings

LEVEL = 0.8
TAILS = ((1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2)
COPIES = 6
DRAWINGS = 300
DRIFT_SPREAD = 0.2
PRIOR_ITEMS = 4
DEVIATIONS_IN_INTERVAL = 2 * 1.96


@dataclass(frozen=True)
class Interval:
    """A forecast with the bounds that should hold it LEVEL of the time."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """What one target comes to.

    `answers` counts those to plain tasks and to gold; `cost_micros` is theirs, in millionths of
    the currency's unit; `accuracy` is the share of right labels.
    """

    target: StoppingSettings
    answers: Interval
    cost_micros: Interval
    accuracy: Interval


@dataclass(frozen=True, eq=False)
class Pilot:
    """The answers of a pilot's plain tasks, and what was learnt of those who gave them.

    `limits` (tasks,) is the most answers each task may get; `gold_share` counts the gold answers
    that come with each plain one.
    """

    votes: Votes
    limits: IntArray
    skills: Skills
    insight: Insight
    gold_share: float = 0.0


@dataclass(frozen=True)
class Plan:
    """The job to forecast: its tasks, what an answer costs in micros, and the seed of chance."""

    tasks: int
    answer_micros: int
    seed: int = 0


def forecast(pilot: Pilot, plan: Plan, targets: Sequence[StoppingSettings]) -> tuple[Forecast, ...]:
    """Forecast a job for each target, with 80 % intervals; equal inputs give equal forecasts.

    Needs a pilot with an answer to one task or more.
    """
    assert pilot.votes.size, "a pilot has answers"
    return tuple(_forecast(pilot, plan, target) for target in targets)


def _forecast(pilot: Pilot, plan: Plan, target: StoppingSettings) -> Forecast:
    chance = np.random.default_rng(plan.seed)
    counts, posterior = _stop_copies(pilot, target, chance)
    copies, tasks, _ = posterior.shape
    answers, accuracy = np.zeros(DRAWINGS), np.zeros(DRAWINGS)
    for drawing in range(DRAWINGS):
        copy, again = chance.integers(copies), chance.integers(tasks, size=tasks)
        drawn = chance.choice(counts[copy, again], size=min(plan.tasks, tasks))
        answers[drawing] = (counts[copy, again].mean() + drawn.mean()) / 2
        calibration = _drawn(pilot.insight.calibration, chance)
        honest = calibration.apply(posterior[copy, again]).max(axis=1).mean()
        accuracy[drawing] = chance.binomial(plan.tasks, honest) / plan.tasks
    answers *= np.exp(chance.normal(0, DRIFT_SPREAD, DRAWINGS))
    unsure = np.sqrt(accuracy * (1 - accuracy) / (pilot.insight.calibration.items + PRIOR_ITEMS))
    accuracy += unsure * chance.normal(size=DRAWINGS)
    total = answers * plan.tasks * (1 + pilot.gold_share)
    return Forecast(
        target,
        _interval(total),
        _interval(total * plan.answer_micros),
        _interval(np.clip(accuracy, 0, 1)),
    )


def _interval(drawn: FloatArray) -> Interval:
    return Interval(*(float(bound) for bound in np.quantile(drawn, TAILS)))


def _drawn(found: Calibration, chance: np.random.Generator) -> Calibration:
    """Draw a calibration that the items would allow too."""
    spread = np.log(found.high / found.low) / DEVIATIONS_IN_INTERVAL
    temperature = found.temperature * float(np.exp(chance.normal(0, spread)))
    return Calibration(temperature, found.floor, found.low, found.high, found.items)


def _stop_copies(
    pilot: Pilot, target: StoppingSettings, chance: np.random.Generator
) -> tuple[IntArray, FloatArray]:
    """Go through the answered tasks COPIES times, the unknown part of each by chance.

    Return how many answers each copy of a task took, (copies, tasks), and its raw posterior then,
    (copies, tasks, classes).
    """
    answered = np.flatnonzero(pilot.votes.answers_by_task)
    once_given, once_odds = _padded(pilot, answered)
    given, odds = np.tile(once_given, (COPIES, 1)), np.tile(once_odds, (COPIES, 1))
    _simulate(pilot, given, odds, chance)
    limits = np.tile(np.minimum(pilot.limits[answered], target.answers_max), COPIES)
    tasks, classes = len(given), pilot.votes.shape.classes
    scores, counts = np.zeros((tasks, classes)), np.zeros(tasks, dtype=np.int64)
    is_open = limits > 0
    for place in range(int(limits.max())):
        at = np.flatnonzero(is_open)
        scores[at, given[at, place]] += odds[at, place]
        counts[at] += 1
        posterior = np.asarray(special.softmax(scores[at], axis=1))
        left = limits[at] - counts[at]
        is_open[at] = ~rule.stopped(posterior, counts[at], target, pilot.insight, left)
        if not is_open.any():
            break
    posterior = np.asarray(special.softmax(scores, axis=1))
    return counts.reshape(COPIES, -1), posterior.reshape(COPIES, -1, classes)


def _padded(pilot: Pilot, answered: IntArray) -> tuple[IntArray, FloatArray]:
    """Lay answers out by task and place: classes, UNKNOWN after the last, and log odds."""
    votes = pilot.votes
    most = max(int(pilot.limits.max()), int(votes.answers_by_task.max()))
    row = np.full(votes.shape.tasks, UNKNOWN)
    row[answered] = np.arange(len(answered))
    given = np.full((len(answered), most), UNKNOWN)
    odds = np.zeros((len(answered), most))
    given[row[votes.task], votes.place] = votes.given
    odds[row[votes.task], votes.place] = _log_odds(pilot)[votes.worker]
    return given, odds


def _simulate(pilot: Pilot, given: IntArray, odds: FloatArray, chance: np.random.Generator) -> None:
    """Fill in the answers that the pilot did not ask for, as its workers would give them."""
    votes, classes = pilot.votes, pilot.votes.shape.classes
    missing = given == UNKNOWN
    believed = pilot.insight.calibration.apply(rule.skill_posterior(votes, pilot.skills))
    believed = np.tile(believed[votes.answers_by_task > 0], (COPIES, 1))
    truth = (believed.cumsum(axis=1) > chance.random(len(believed))[:, None]).argmax(axis=1)
    drawn = _log_odds(pilot)[chance.choice(votes.worker, size=given.shape)]
    right = 1 / (1 + (classes - 1) * np.exp(-drawn / pilot.insight.calibration.temperature))
    off = np.where(chance.random(given.shape) < right, 0, chance.integers(1, classes, given.shape))
    given[missing] = ((truth[:, None] + off) % classes)[missing]
    odds[missing] = drawn[missing]


def _log_odds(pilot: Pilot) -> FloatArray:
    """Weigh an answer of each worker: log odds of naming the true class, not a given other."""
    classes = pilot.votes.shape.classes
    kept = rule.bounded(pilot.skills.accuracy, classes)
    return np.asarray(np.log(kept * (classes - 1) / (1 - kept)))
