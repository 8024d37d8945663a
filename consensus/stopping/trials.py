"""Stop known items as if they were any other, to learn how honest the job's posteriors are.

Each random gold is left out of the skills of those who answered it, and walked through in a few
orders of its answers: in the order they came, then shuffled. Where each walk would have stopped,
and where all its answers end, is what calibration learns from.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from consensus import skills
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import UNKNOWN
from consensus.matrix import Votes
from consensus.stopping import calibration, foresight, rule
from consensus.stopping.rule import Insight, SkillEvidence, StoppingSettings

ORDERS = 4
ROUNDS = 3
SETTLED = 0.03
OWN_WEIGHT = rule.GOLD_WEIGHT + rule.FIT_WEIGHT


@dataclass(frozen=True, eq=False)
class Walks:
    """All steps of all walks, in order: arrays (steps,), posteriors (steps, classes).

    `answers` counts those seen at a step, `left` those still to come; `ends` marks last steps.
    """

    posterior: FloatArray
    correct: IntArray
    answers: IntArray
    left: IntArray
    walk: IntArray
    ends: BoolArray
    items: int

    def stops(self, settings: StoppingSettings, insight: Insight) -> IntArray:
        """Find the step at which each walk stops: (walks,)."""
        done = rule.stopped(self.posterior, self.answers, settings, insight, self.left)
        steps = np.flatnonzero(done | self.ends)
        _, first = np.unique(self.walk[steps], return_index=True)
        return np.asarray(steps[first])


@dataclass(frozen=True, eq=False)
class Items:
    """Known items and the answers to them.

    `correct` (tasks,) is the class known, UNKNOWN where a task is none; `is_gold` (tasks,) tells
    items that count as gold in the skills from those a reviewer looked at later.
    """

    votes: Votes
    correct: IntArray
    is_gold: BoolArray


def learn(items: Items, evidence: SkillEvidence, settings: StoppingSettings) -> Insight:
    """Learn from random known items how honest posteriors are, and so what answers buy.

    When a walk stops depends on the calibration sought, so both are found in turns. Without items
    the platform's calibration holds.
    """
    classes = items.votes.shape.classes
    found = insight(calibration.PLATFORM, evidence, settings, classes)
    kept = items.votes.keep(items.correct[items.votes.task] != UNKNOWN)
    if not kept.size:
        return found
    walks = _walk(replace(items, votes=kept), evidence, settings)
    for _ in range(ROUNDS):
        before = found.calibration
        after = _calibrated(walks, walks.stops(settings, found))
        found = insight(after, evidence, settings, classes)
        if abs(after.temperature - before.temperature) < SETTLED:
            break
    return found


def stopped(
    items: Items, evidence: SkillEvidence, settings: StoppingSettings, found: Insight
) -> tuple[FloatArray, IntArray, IntArray]:
    """Stop known items in the order their answers came, each left out of the skills it rests on.

    Return their raw posteriors then, (items, classes), the class that is right, (items,), and the
    task each is, (items,).
    """
    kept = items.votes.keep(items.correct[items.votes.task] != UNKNOWN)
    if not kept.size:
        none = np.zeros(0, dtype=np.int64)
        return np.zeros((0, kept.shape.classes)), none, none
    walks = _walk(replace(items, votes=kept), evidence, settings)
    steps = walks.stops(settings, found)
    first = steps[walks.walk[steps] < walks.items]
    return walks.posterior[first], walks.correct[first], np.unique(kept.task)


def insight(
    calibrated: calibration.Calibration,
    evidence: SkillEvidence,
    settings: StoppingSettings,
    classes: int,
) -> Insight:
    """Put a calibration together with what answers buy under it, from those who answered."""
    answers = evidence.fit_answers
    if not answers.any():
        return Insight(calibrated)
    kept = rule.bounded(evidence.measured(classes).accuracy, classes)
    most = settings.answers_max
    return Insight(
        calibrated, foresight.foresee(kept, answers, classes, calibrated.temperature, most)
    )


def _calibrated(walks: Walks, stops: IntArray) -> calibration.Calibration:
    """Weigh stopping steps and the ends of the first order half and half."""
    ends = np.flatnonzero(walks.ends & (walks.walk < walks.items))
    steps = np.concatenate([stops, ends])
    weights = np.concatenate([np.full(len(stops), 0.5 / ORDERS), np.full(len(ends), 0.5)])
    return calibration.learn(walks.posterior[steps], walks.correct[steps], weights, walks.items)


def _walk(items: Items, evidence: SkillEvidence, settings: StoppingSettings) -> Walks:
    """Walk through each item in ORDERS orders, the first that of the answers."""
    golds, classes = items.votes, items.votes.shape.classes
    odds = _own_odds(items, evidence)
    chance = np.random.default_rng(0)
    _, item = np.unique(golds.task, return_inverse=True)
    count = int(item.max()) + 1
    parts = []
    for number in range(ORDERS):
        within = golds.place if number == 0 else chance.permutation(golds.size)
        order = np.lexsort((within, item))
        votes = np.zeros((golds.size, classes))
        votes[np.arange(golds.size), golds.given[order]] = odds[order]
        parts.append((_running(votes, item[order]), order, item[order] + number * count))
    scores, orders, walk = (np.concatenate(part) for part in zip(*parts, strict=True))
    starts = np.flatnonzero(np.diff(walk, prepend=-1))
    answers = np.arange(len(walk)) - np.repeat(starts, np.diff(np.append(starts, len(walk)))) + 1
    task = golds.task[orders]
    return Walks(
        posterior=np.asarray(special.softmax(scores, axis=1)),
        correct=items.correct[task],
        answers=answers,
        left=np.maximum(golds.answers_by_task[task], settings.answers_min) - answers,
        walk=walk,
        ends=np.diff(walk, append=-1) != 0,
        items=count,
    )


def _own_odds(items: Items, evidence: SkillEvidence) -> FloatArray:
    """Weigh each answer by its worker's log odds without this very item: (answers,)."""
    golds, classes = items.votes, items.votes.shape.classes
    measured = evidence.measured(classes)
    own = np.where(items.is_gold[golds.task], OWN_WEIGHT, rule.FIT_WEIGHT)
    hit = own * (golds.given == items.correct[golds.task])
    right = np.maximum(measured.right[golds.worker] - hit, 0.0)
    answers = np.maximum(measured.answers[golds.worker] - own, 0.0)
    shrunk = (right + skills.PSEUDO_ANSWERS * measured.crowd) / (answers + skills.PSEUDO_ANSWERS)
    kept = rule.bounded(shrunk, classes)
    return np.asarray(np.log(kept * (classes - 1) / (1 - kept)))


def _running(votes: FloatArray, item: IntArray) -> FloatArray:
    """Sum votes (steps, classes) within each item, step by step."""
    sums = np.cumsum(votes, axis=0)
    starts = np.flatnonzero(np.diff(item, prepend=-1))
    before = np.vstack([np.zeros(votes.shape[1]), sums])[starts]
    return np.asarray(sums - before[item])
