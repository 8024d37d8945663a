"""How workers err where those who do not know an answer guess by what tempts in that task."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from scipy import special

from consensus.arrays import FloatArray, IntArray
from consensus.matrix import Votes

GUESS_STEPS = 4
KNOWS_MIN, KNOWS_MAX = 0.005, 0.99


class Weighed(NamedTuple):
    """Answers weighed under each class being the right one.

    `knew` (answers,) is the chance that an answer was known if it is right, `guessed` (tasks,
    classes) how many guesses hit the class if it is right, `scores` (tasks, classes) the log
    probability of all answers of a task (its lower bound).
    """

    knew: FloatArray
    guessed: FloatArray
    scores: FloatArray


@dataclass(frozen=True, eq=False)
class Guessing:
    """Errors of workers who know an answer with a probability, and else guess as others do.

    `knows` is (workers,); `crowd` is the same of a worker nobody has seen. Guesses fall on the
    classes by shares of the task's own, symmetric Dirichlet with `evenness` pseudo guesses.
    """

    knows: FloatArray
    crowd: float
    evenness: float

    def weigh(self, votes: Votes) -> Weighed:
        """Weigh all answers; the shares of guesses are integrated over, task by task.

        With x answers for class k, all others are guesses if k is right. Whether each of the x
        was known is found by GUESS_STEPS mean-field steps, and the log probability of the
        answers is the bound these give: sums over answers, and a Dirichlet-multinomial.
        """
        classes = votes.shape.classes
        cell, knows = votes.task * classes + votes.given, self._knows(votes)
        per_class = self.evenness / classes
        counts, total = votes.class_counts, votes.answers_by_task[:, None]
        guessed = np.zeros_like(counts)
        for _ in range(GUESS_STEPS):
            share = (guessed + per_class) / (total - counts + guessed + self.evenness)
            knew = knows / (knows + (1 - knows) * share.ravel()[cell])
            guessed = _summed(cell, 1 - knew, counts)
        unsure = special.entr(knew) + special.entr(1 - knew)
        missed = _summed(cell, np.log1p(-knows), counts)
        own = unsure + knew * np.log(knows) + (1 - knew) * np.log1p(-knows)
        scores = _summed(cell, own, counts)
        scores += missed.sum(axis=1, keepdims=True) - missed
        taken = special.gammaln(counts + per_class)
        scores += taken.sum(axis=1, keepdims=True) - taken
        scores += special.gammaln(guessed + per_class) - classes * special.gammaln(per_class)
        scores += special.gammaln(self.evenness)
        scores -= special.gammaln(total - counts + guessed + self.evenness)
        return Weighed(knew, guessed, scores)

    def confusion(self, worker: int, classes: int) -> FloatArray:
        """Give one worker's p(given | true) on a task nobody else answered: (true, given)."""
        knows = self.knows[worker] if worker < self.workers else self.crowd
        return np.asarray(knows * np.eye(classes) + (1 - knows) / classes)

    def predict(self, probabilities: FloatArray, seen: Votes, hidden: Votes) -> FloatArray:
        """Give p(given) of each hidden answer, its task being known by the seen: (answers,).

        `probabilities` is (tasks, classes), what is believed of each task.
        """
        classes, task, given = seen.shape.classes, hidden.task, hidden.given
        guessed, counts = self.weigh(seen).guessed[task], seen.class_counts[task]
        total = counts.sum(axis=1, keepdims=True) - counts + guessed + self.evenness
        is_given = given[:, None] == np.arange(classes)
        hits = np.where(is_given, guessed, counts[np.arange(hidden.size), given][:, None])
        knows = self._knows(hidden)[:, None]
        chance = knows * is_given + (1 - knows) * (hits + self.evenness / classes) / total
        return np.asarray((probabilities[task] * chance).sum(axis=1))

    @property
    def workers(self) -> int:
        """Count the workers it knows."""
        return len(self.knows)

    def to_dict(self) -> dict[str, Any]:
        """Write it as plain lists and numbers."""
        return {
            "knows": self.knows.round(6).tolist(),
            "crowd": round(self.crowd, 6),
            "evenness": self.evenness,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        knows = np.asarray(stored["knows"], dtype=np.float64)
        return cls(knows, float(stored["crowd"]), float(stored["evenness"]))

    def _knows(self, votes: Votes) -> FloatArray:
        everyone = np.clip(np.append(self.knows, self.crowd), KNOWS_MIN, KNOWS_MAX)
        return np.asarray(everyone[np.minimum(votes.worker, self.workers)])


def _summed(cell: IntArray, weights: FloatArray, like: FloatArray) -> FloatArray:
    """Sum the weights of answers (answers,) by task and class given: as `like`."""
    sums = np.bincount(cell, weights, like.size)
    return np.asarray(sums.reshape(like.shape), dtype=np.float64)
