"""The stopping rules that are replayed: ours, and those it is measured against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.quality.replays import ANSWERS_MIN, Replay
from consensus import inference, skills, stopping
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import UNKNOWN, labeling
from consensus.skills import Skills
from consensus.stopping import Insight, SkillEvidence, StoppingSettings, trials

SKILL_LEAST, SKILL_MOST = 0.01, 0.99
FIT = inference.Settings(rounds_max=25, tolerance=1e-3)


@dataclass(eq=False)
class Adaptive:
    """Quorum's rule: gold-informed skills, honest confidence, and what answers still buy."""

    confidence_min: float = 0.99
    gain_min: float = stopping.GAIN_MIN
    answers_min: int = ANSWERS_MIN
    may_reopen: bool = True
    insight: Insight = stopping.NO_INSIGHT
    measured: Skills | None = None

    def learn(self, replay: Replay) -> None:
        """Fit once to all that was bought, then learn from gold how honest that is."""
        crowd, classes = replay.crowd, replay.crowd.shape.classes
        votes = crowd.votes(replay.bought)
        fitted = inference.fit("hierarchical", votes, replay.known, FIT)
        evidence = SkillEvidence(
            replay.gold_right.astype(np.float64),
            replay.gold_answers.astype(np.float64),
            fitted.skills.right,
            fitted.skills.answers,
        )
        self.measured = evidence.measured(classes)
        items = trials.Items(votes, replay.known, replay.known != UNKNOWN)
        self.insight = trials.learn(items, evidence, self.settings(replay))

    def posterior(self, replay: Replay, tasks: IntArray) -> FloatArray:
        """Give the skill posterior under a flat prior."""
        classes = replay.crowd.shape.classes
        accuracy = np.full(replay.crowd.shape.workers, (1 + 1 / classes) / 2)
        if self.measured is not None:
            accuracy = self.measured.accuracy
        kept = stopping.bounded(accuracy, classes)
        return _naive_bayes(replay, tasks, np.log(kept * (classes - 1) / (1 - kept)))

    def is_enough(self, replay: Replay, tasks: IntArray) -> BoolArray:
        """Ask the rule the marketplace asks."""
        posterior = self.posterior(replay, tasks)
        answers, left = replay.answers[tasks], replay.left[tasks]
        return stopping.stopped(posterior, answers, self.settings(replay), self.insight, left)

    def confidence(self, posterior: FloatArray) -> FloatArray:
        """Show calibrated confidences."""
        return self.insight.calibration.apply(posterior)

    def settings(self, replay: Replay) -> StoppingSettings:
        """Ask for the least answers or more, up to as many as any task of the set has."""
        most = max(int(replay.supply.max()), self.answers_min)
        return StoppingSettings(self.answers_min, most, self.confidence_min, self.gain_min)


@dataclass(eq=False)
class DynamicOverlap:
    """The rule of crowd platforms with dynamic overlap (Toloka's, as documented).

    A worker's quality is (K + right) / (2K + seen) on gold with K = 0.5; naive Bayes with errors
    spread evenly and a flat prior; stop at one confidence; no second look. With `is_shrunk` the
    quality is shrunk to the crowd's by four pseudo answers instead, which is a stronger rule.
    """

    confidence_min: float = 0.95
    answers_min: int = ANSWERS_MIN
    is_shrunk: bool = False
    may_reopen: bool = False

    def learn(self, replay: Replay) -> None:
        """Take over what gold says, continuously, so there is nothing to fit."""

    def posterior(self, replay: Replay, tasks: IntArray) -> FloatArray:
        """Give the documented posterior."""
        right, seen = replay.gold_right, replay.gold_answers
        classes = replay.crowd.shape.classes
        quality = (0.5 + right) / (1 + seen)
        if self.is_shrunk:
            quality = skills.measure(right.astype(np.float64), seen, classes).accuracy
        kept = np.clip(quality, SKILL_LEAST, SKILL_MOST)
        return _naive_bayes(replay, tasks, np.log(kept * (classes - 1) / (1 - kept)))

    def is_enough(self, replay: Replay, tasks: IntArray) -> BoolArray:
        """Stop at the confidence, from the least answers on."""
        sure = self.posterior(replay, tasks).max(axis=1) >= self.confidence_min
        return np.asarray(
            (replay.answers[tasks] >= self.answers_min) & sure | (replay.left[tasks] <= 0)
        )

    def confidence(self, posterior: FloatArray) -> FloatArray:
        """Show the posterior as it is."""
        return posterior


def _naive_bayes(replay: Replay, tasks: IntArray, odds: FloatArray) -> FloatArray:
    """Sum the log odds of those who gave each class; rows sum to one: (some, classes)."""
    crowd = replay.crowd
    row = np.full(crowd.shape.tasks, UNKNOWN)
    row[tasks] = np.arange(len(tasks))
    at = replay.of((row != UNKNOWN) & (replay.known == UNKNOWN))
    cells = row[crowd.task[at]] * crowd.shape.classes + crowd.given[at]
    weights = odds[crowd.worker[at]]
    scores = np.bincount(cells, weights, len(tasks) * crowd.shape.classes).astype(np.float64)
    return labeling.softmax(scores.reshape(len(tasks), crowd.shape.classes))
