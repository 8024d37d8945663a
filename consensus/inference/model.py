"""A fitted truth model: what was learnt about the crowd, kept to label tasks without refitting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from scipy import special

from consensus import errors
from consensus.arrays import FloatArray, IntArray
from consensus.inference.guessing import Guessing
from consensus.inference.kinds import Kinds
from consensus.matrix import Votes

FORMAT = 1
ACCURACY_MIN, ACCURACY_MAX = 1e-4, 1 - 1e-4


@dataclass(frozen=True, eq=False)
class Symmetric:
    """Errors told by one accuracy a worker, the wrong classes being equally likely.

    `accuracy` is (workers,); `crowd` is the accuracy of a worker nobody has seen.
    """

    accuracy: FloatArray
    crowd: float

    def log_likelihoods(self, votes: Votes) -> FloatArray:
        """Sum log p(given | true) of each task, up to a constant a task: (tasks, classes)."""
        seen = np.append(self.accuracy, self.crowd)[_rows(votes.shape.workers, self.workers)]
        right = np.clip(seen, ACCURACY_MIN, ACCURACY_MAX)
        odds = np.log(right) - np.log1p(-right) + np.log(votes.shape.classes - 1)
        return votes.weighted_counts(odds)

    def confusion(self, worker: int, classes: int) -> FloatArray:
        """Give one worker's p(given | true), rows summing to one: (true, given)."""
        right = self.accuracy[worker] if worker < self.workers else self.crowd
        rows = np.full((classes, classes), (1 - right) / (classes - 1))
        np.fill_diagonal(rows, right)
        return rows

    def predict(self, probabilities: FloatArray, seen: Votes, hidden: Votes) -> FloatArray:
        """Give p(given) of each hidden answer, from (tasks, classes) believed: (answers,)."""
        right = np.append(self.accuracy, self.crowd)[np.minimum(hidden.worker, self.workers)]
        believed = probabilities[hidden.task, hidden.given]
        wrong = (1 - right) / (seen.shape.classes - 1)
        predicted: FloatArray = believed * right + (1 - believed) * wrong
        return predicted

    @property
    def workers(self) -> int:
        """Count the workers it knows."""
        return len(self.accuracy)

    def to_dict(self) -> dict[str, Any]:
        """Write it as plain lists and numbers."""
        return {"accuracy": self.accuracy.round(6).tolist(), "crowd": round(self.crowd, 6)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        return cls(np.asarray(stored["accuracy"], dtype=np.float64), float(stored["crowd"]))


@dataclass(frozen=True, eq=False)
class Confused:
    """Errors told by one confusion matrix a worker, each row a Dirichlet belief.

    `beliefs` is (workers, true, given) and `crowd` (true, given), both in pseudo answers.
    With `variational` a row weighs as exp E[log p] (digamma), else as its mean.
    """

    beliefs: FloatArray
    crowd: FloatArray
    variational: bool

    def log_likelihoods(self, votes: Votes) -> FloatArray:
        """Sum log p(given | true) of each task: (tasks, classes)."""
        return votes.log_likelihoods(self._log_rows(votes.shape.workers))

    def confusion(self, worker: int, classes: int) -> FloatArray:
        """Give one worker's mean p(given | true), rows summing to one: (true, given)."""
        assert classes == self.crowd.shape[0]
        belief = self.beliefs[worker] if worker < self.workers else self.crowd
        rows: FloatArray = belief / belief.sum(axis=1, keepdims=True)
        return rows

    def predict(self, probabilities: FloatArray, seen: Votes, hidden: Votes) -> FloatArray:
        """Give p(given) of each hidden answer, from (tasks, classes) believed: (answers,)."""
        assert seen.shape == hidden.shape
        beliefs = np.concatenate([self.beliefs, self.crowd[None]])
        rows = beliefs / beliefs.sum(axis=2, keepdims=True)
        chance = rows[np.minimum(hidden.worker, self.workers), :, hidden.given]
        predicted: FloatArray = (probabilities[hidden.task] * chance).sum(axis=1)
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
            "variational": self.variational,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        crowd = np.asarray(stored["crowd"], dtype=np.float64)
        beliefs = np.asarray(stored["beliefs"], dtype=np.float64).reshape(-1, *crowd.shape)
        return cls(beliefs, crowd, bool(stored["variational"]))

    def _log_rows(self, workers: int) -> FloatArray:
        beliefs = np.concatenate([self.beliefs, self.crowd[None]])
        totals = beliefs.sum(axis=2, keepdims=True)
        log = special.digamma if self.variational else np.log
        rows: FloatArray = log(beliefs) - log(totals)
        return rows[_rows(workers, self.workers)]


Errors = Symmetric | Confused | Kinds | Guessing
_KINDS: dict[str, type[Errors]] = {
    kind.__name__.lower(): kind for kind in (Symmetric, Confused, Kinds, Guessing)
}


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model by name and version: the class prior and how workers err.

    `class_prior` is (classes,) and sums to one; `tuning` holds what the fit chose for itself.
    """

    name: str
    version: int
    class_prior: FloatArray
    errors: Errors
    tuning: dict[str, float] = field(default_factory=dict)

    @property
    def classes(self) -> int:
        """Count the classes it knows."""
        return len(self.class_prior)

    @property
    def workers(self) -> int:
        """Count the workers it knows; numbers from here on mean an unknown worker."""
        return self.errors.workers

    def confusion(self, worker: int) -> FloatArray:
        """Give a worker's p(given | true), the crowd's for an unknown one: (true, given)."""
        return self.errors.confusion(worker, self.classes)

    def predict(self, probabilities: FloatArray, seen: Votes, hidden: Votes) -> FloatArray:
        """Give the probability of each hidden answer as given, from what the seen ones made of
        its task, believed as `probabilities` (tasks, classes): (answers,)."""
        return self.errors.predict(probabilities, seen, hidden)

    def to_dict(self) -> dict[str, Any]:
        """Write the model as values JSON can hold."""
        return {
            "format": FORMAT,
            "name": self.name,
            "version": self.version,
            "class_prior": self.class_prior.tolist(),
            "tuning": self.tuning,
            "kind": type(self.errors).__name__.lower(),
            "errors": self.errors.to_dict(),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote; raise ModelRefused if it is of another format."""
        if stored.get("format") != FORMAT or stored.get("kind") not in _KINDS:
            raise errors.ModelRefused(
                "model_format_unknown", "This stored model cannot be read; fit a new one."
            )
        return cls(
            name=stored["name"],
            version=stored["version"],
            class_prior=np.asarray(stored["class_prior"], dtype=np.float64),
            errors=_KINDS[stored["kind"]].from_dict(stored["errors"]),
            tuning=dict(stored["tuning"]),
        )


def _rows(wanted: int, known: int) -> IntArray:
    """Number the rows for `wanted` workers, the row after the known ones being the crowd's."""
    return np.minimum(np.arange(wanted), known)
