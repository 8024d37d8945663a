"""Replay a recorded crowd under a stopping rule, paying for every answer that is asked for.

All answers of a set stand in one seeded order across tasks. Each in turn is bought if its task
still wants one, or if its task is gold and its worker due for a check; the rest wait for a task
that opens again. Whatever the rule knows, it knows from answers bought so far. Truth is used to
draw gold and to score, nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from bench.quality.crowds import RecordedCrowd
from consensus import inference, matrix, selection
from consensus.arrays import BoolArray, FloatArray, IntArray
from consensus.inference import UNKNOWN

GOLD_SHARE = 0.1
GOLD_FIRST, GOLD_EVERY = 4, 20
FIRST_LEARNING = 50
GROWTH = 1.6
REOPENINGS_MAX = 2
BLOCKS_A_PASS = 50
ANSWERS_MIN = 2


@dataclass(eq=False)
class Replay:
    """One replay under way: what was bought, and what each task still wants."""

    crowd: RecordedCrowd
    known: IntArray
    answers: IntArray = field(init=False)
    is_open: BoolArray = field(init=False)
    reopenings: IntArray = field(init=False)
    gold_right: IntArray = field(init=False)
    gold_answers: IntArray = field(init=False)
    plain_answers: IntArray = field(init=False)
    supply: IntArray = field(init=False)
    _bought: IntArray = field(init=False)
    _count: int = 0

    def __post_init__(self) -> None:
        """Start with every task open and nothing bought."""
        tasks, workers, _ = self.crowd.shape
        self.answers, self.reopenings = np.zeros(tasks, np.int64), np.zeros(tasks, np.int64)
        self.is_open = self.known == UNKNOWN
        self.gold_right, self.gold_answers = (np.zeros(workers, np.int64) for _ in range(2))
        self.plain_answers = np.zeros(workers, np.int64)
        self.supply = np.bincount(self.crowd.task, minlength=tasks)
        self._bought = np.zeros(self.crowd.size, np.int64)

    @property
    def bought(self) -> IntArray:
        """Number the answers bought so far, in their order."""
        return self._bought[: self._count]

    @property
    def left(self) -> IntArray:
        """Count the answers that could still be bought for each task: (tasks,)."""
        return np.asarray(self.supply - self.answers)

    def plain_votes(self) -> matrix.Votes:
        """Build the table of what was bought for tasks that are not gold."""
        return self.crowd.votes(self.of(self.known == UNKNOWN))

    def of(self, wanted: BoolArray) -> IntArray:
        """Number the answers bought for wanted tasks (tasks,), in their order."""
        return self.bought[wanted[self.crowd.task[self.bought]]]

    def buy(self, answer: int) -> bool:
        """Buy one answer if it is wanted; tell whether it was."""
        task, worker = self.crowd.task[answer], self.crowd.worker[answer]
        if self.known[task] != UNKNOWN:
            seen = self.gold_answers[worker]
            if seen >= GOLD_FIRST and seen * GOLD_EVERY > self.plain_answers[worker]:
                return False
            self.gold_answers[worker] += 1
            self.gold_right[worker] += self.crowd.given[answer] == self.known[task]
        elif self.is_open[task]:
            self.plain_answers[worker] += 1
            self.answers[task] += 1
        else:
            return False
        self._bought[self._count] = answer
        self._count += 1
        return True

    def close(self, tasks: IntArray, is_enough: BoolArray) -> None:
        """Close those of some tasks that have enough."""
        self.is_open[tasks[is_enough]] = False

    def open_again(self, is_enough: BoolArray) -> None:
        """Open tasks that no longer have enough, each a bounded number of times."""
        plain = (self.known == UNKNOWN) & (self.left > 0)
        again = plain & ~is_enough & ~self.is_open & (self.reopenings < REOPENINGS_MAX)
        self.is_open |= again
        self.reopenings += again


class Rule(Protocol):
    """What every stopping rule offers."""

    may_reopen: bool

    def learn(self, replay: Replay) -> None:
        """Take in what was bought so far."""

    def posterior(self, replay: Replay, tasks: IntArray) -> FloatArray:
        """Give the raw posterior of some tasks by what was learnt: (some, classes)."""

    def is_enough(self, replay: Replay, tasks: IntArray) -> BoolArray:
        """Say which of some tasks need no more answers: (some,)."""

    def confidence(self, posterior: FloatArray) -> FloatArray:
        """Give the confidences shown to people: (tasks, classes)."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a replay came to; shares of the answers to tasks that are not gold.

    `honest`, `raw` and `right` are (scored tasks,): the confidence shown for the label, the same
    before calibration, and whether the label is right.
    """

    saved: float
    gold: float
    accuracy: float
    honest: FloatArray
    raw: FloatArray
    right: BoolArray


def play(crowd: RecordedCrowd, known: IntArray, rule: Rule, seed: int) -> Replay:
    """Go through the answers in one seeded order until no open task finds another."""
    replay = Replay(crowd, known)
    queue = np.random.default_rng([seed, 2]).permutation(crowd.size)
    next_learning = float(FIRST_LEARNING)
    while True:
        skipped = []
        for block in _blocks(queue, crowd.shape.tasks):
            skipped += [one for one in block.tolist() if not replay.buy(one)]
            touched = np.unique(crowd.task[block])
            replay.close(touched, rule.is_enough(replay, touched))
            if len(replay.bought) >= next_learning:
                next_learning = len(replay.bought) * GROWTH
                _look_again(replay, rule)
        _look_again(replay, rule)
        queue = np.array([one for one in skipped if known[crowd.task[one]] == UNKNOWN], np.int64)
        if not replay.is_open[crowd.task[queue]].any():
            return replay


def outcome(replay: Replay, rule: Rule, labels: FloatArray | None = None) -> Outcome:
    """Score a finished replay by labels (tasks, classes), those of the rule unless given."""
    crowd, known = replay.crowd, replay.known
    raw = rule.posterior(replay, np.arange(crowd.shape.tasks))
    believed = raw if labels is None else labels
    best, rows = believed.argmax(axis=1), np.arange(crowd.shape.tasks)
    scored = (crowd.truth != UNKNOWN) & (known == UNKNOWN)
    plain = int((known[crowd.task] == UNKNOWN).sum())
    return Outcome(
        saved=1 - len(replay.bought) / plain,
        gold=int(replay.gold_answers.sum()) / plain,
        accuracy=crowd.accuracy(believed, known),
        honest=rule.confidence(raw)[rows, best][scored],
        raw=raw[rows, best][scored],
        right=(best == crowd.truth)[scored],
    )


def picked(crowd: RecordedCrowd, known: IntArray, chosen: IntArray, seed: int) -> FloatArray:
    """Label tasks by the picked model, fitted to the chosen answers with gold clamped."""
    votes = crowd.votes(chosen)
    best = selection.pick(votes, ANSWERS_MIN, seed, known).candidate
    settings = inference.Settings(prior=best.prior)
    return inference.fit(best.name, votes, known, settings).probabilities


def full_accuracy(crowd: RecordedCrowd, known: IntArray, seed: int) -> float:
    """Accuracy of the full model: the better of the picked and the hierarchical one, all paid."""
    everything = np.arange(crowd.size)
    hierarchical = inference.fit("hierarchical", crowd.votes(), known).probabilities
    return max(
        crowd.accuracy(hierarchical, known),
        crowd.accuracy(picked(crowd, known, everything, seed), known),
    )


def _look_again(replay: Replay, rule: Rule) -> None:
    rule.learn(replay)
    everyone = np.arange(replay.crowd.shape.tasks)
    is_enough = rule.is_enough(replay, everyone)
    replay.close(everyone, is_enough)
    if rule.may_reopen:
        replay.open_again(is_enough)


def _blocks(queue: IntArray, tasks: int) -> Iterator[IntArray]:
    """Cut the queue into blocks, so small that few tasks get two answers in one."""
    size = max(1, tasks // BLOCKS_A_PASS)
    for start in range(0, len(queue), size):
        yield queue[start : start + size]
