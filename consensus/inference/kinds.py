"""How workers err where the tasks of one class are of several kinds, not known beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy import special

from consensus.arrays import FloatArray, IntArray
from consensus.matrix import Votes


@dataclass(frozen=True, eq=False)
class Kinds:
    """Errors told by what each worker answers to each kind of task, as Dirichlet beliefs.

    `beliefs` is (workers, kinds, given) in pseudo answers and `crowd` (kinds, given) stands for
    a worker nobody has seen. `klass` and `start` (kinds,) say which class a kind belongs to and
    in which of several fits it was found; kinds are sorted by both. `weight` (kinds,) is the log
    share of a kind in its class. Labels are the mean over the starts.
    """

    beliefs: FloatArray
    crowd: FloatArray
    klass: IntArray
    start: IntArray
    weight: FloatArray

    def class_probabilities(self, votes: Votes, class_prior: FloatArray) -> FloatArray:
        """Give p(class | answers) of each task: (tasks, classes)."""
        scores = self._scores(votes) + np.log(class_prior)[self.klass]
        labels = np.zeros((len(scores), len(class_prior)))
        starts = np.unique(self.start)
        for number in starts:
            columns = np.flatnonzero(self.start == number)
            shares = special.softmax(scores[:, columns], axis=1)
            labels += np.add.reduceat(shares, self._firsts(columns), axis=1)
        return np.asarray(labels / len(starts))

    def confusion(self, worker: int, classes: int) -> FloatArray:
        """Give one worker's mean p(given | true), rows summing to one: (true, given)."""
        belief = self.beliefs[worker] if worker < self.workers else self.crowd
        rows = belief / belief.sum(axis=1, keepdims=True)
        weights = np.exp(self.weight)[:, None]
        sums, totals = np.zeros((classes, classes)), np.zeros((classes, 1))
        np.add.at(sums, self.klass, rows * weights)
        np.add.at(totals, self.klass, weights)
        return np.asarray(sums / totals)

    def predict(self, probabilities: FloatArray, seen: Votes, hidden: Votes) -> FloatArray:
        """Give p(given) of each hidden answer, its task being known by the seen: (answers,).

        `probabilities` is (tasks, classes), what is believed of each task.
        """
        scores = self._scores(seen)
        chances = np.empty_like(scores)
        for start in np.unique(self.start):
            for klass in np.unique(self.klass):
                columns = (self.start == start) & (self.klass == klass)
                chances[:, columns] = special.softmax(scores[:, columns], axis=1)
        chances *= probabilities[:, self.klass] / len(np.unique(self.start))
        beliefs = np.concatenate([self.beliefs, self.crowd[None]])
        rows = beliefs / beliefs.sum(axis=2, keepdims=True)
        worker = np.minimum(hidden.worker, self.workers)
        predicted: FloatArray = (chances[hidden.task] * rows[worker, :, hidden.given]).sum(axis=1)
        return predicted

    @property
    def workers(self) -> int:
        """Count the workers it knows."""
        return len(self.beliefs)

    def to_dict(self) -> dict[str, Any]:
        """Write it as plain lists and numbers."""
        return {
            "beliefs": self.beliefs.round(4).tolist(),
            "crowd": self.crowd.round(4).tolist(),
            "klass": self.klass.tolist(),
            "start": self.start.tolist(),
            "weight": self.weight.round(6).tolist(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        crowd = np.asarray(stored["crowd"], dtype=np.float64)
        return cls(
            np.asarray(stored["beliefs"], dtype=np.float64).reshape(-1, *crowd.shape),
            crowd,
            np.asarray(stored["klass"], dtype=np.int64),
            np.asarray(stored["start"], dtype=np.int64),
            np.asarray(stored["weight"], dtype=np.float64),
        )

    def _scores(self, votes: Votes) -> FloatArray:
        beliefs = np.concatenate([self.beliefs, self.crowd[None]])
        log_rows = special.digamma(beliefs) - special.digamma(beliefs.sum(axis=2, keepdims=True))
        known = np.minimum(np.arange(votes.shape.workers), self.workers)
        return votes.log_likelihoods(log_rows[known]) + self.weight

    def _firsts(self, columns: IntArray) -> IntArray:
        """Find where each class begins among the columns of one start."""
        return np.searchsorted(self.klass[columns], np.arange(self.klass.max() + 1))
