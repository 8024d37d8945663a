"""Fold new answers into a fitted job: label the tasks they touch, without fitting anew.

What is kept is the model, the answers it was fitted to and the labels so far. New answers change
the labels of their own tasks, by all answers of those tasks. What they tell of their workers is
added where the model has confusion matrices, and tasks that were UNSURE are labeled again by it.
Sure ones wait for the next fit: so few answers hardly move what is known of workers.
"""

import copy
import functools
import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from consensus import errors, inference, matrix
from consensus.arrays import FloatArray, IntArray
from consensus.inference import UNKNOWN, Model, Posterior
from consensus.inference.model import Confused
from consensus.matrix import Shape, Votes

FORMAT = 1
UNSURE = 0.6


@dataclass(eq=False)
class Fold:
    """A fitted job that takes new answers in.

    `probabilities` (tasks, classes) are the labels so far and `gold` (tasks,) what is known,
    else UNKNOWN. `late` holds the answers that came after the fit: (answers, 3) of task, worker
    and class.
    """

    model: Model
    votes: Votes
    probabilities: FloatArray
    gold: IntArray
    late: IntArray = field(default_factory=lambda: np.empty((0, 3), dtype=np.int64))

    @property
    def labels(self) -> IntArray:
        """Give the likeliest class of each task, the first one of equals: (tasks,)."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)


def begin(posterior: Posterior, votes: Votes, gold: IntArray | None = None) -> Fold:
    """Begin to fold into what was just fitted to these answers."""
    known = np.full(votes.shape.tasks, UNKNOWN) if gold is None else gold
    return Fold(copy.deepcopy(posterior.model), votes, posterior.probabilities.copy(), known)


def fold(state: Fold, answers: IntArray) -> IntArray:
    """Take in new answers (answers, 3) of task, worker and class; return the tasks they touch.

    Tasks may be new: they are numbered after those there are. A worker nobody has seen errs as
    the crowd does. Raise VotesRefused, and change nothing, if a worker answered a task before or
    an answer names a class that is not counted.
    """
    new = np.asarray(answers, dtype=np.int64).reshape(-1, 3)
    late = np.concatenate([state.late, new])
    shape = _grown(state, late)
    touched = np.unique(new[:, 0])
    labeled = _labeled(state, late, touched, shape)
    _grow(state, shape)
    _set(state, touched, labeled)
    state.late = late
    if isinstance(state.model.errors, Confused):
        _learn(state.model.errors, new, state.probabilities)
        unsure = np.flatnonzero(functools.reduce(np.maximum, state.probabilities.T) < UNSURE)
        _set(state, unsure, _labeled(state, late, unsure, shape))
    return touched


def _labeled(state: Fold, late: IntArray, tasks: IntArray, shape: Shape) -> FloatArray:
    """Label some tasks by all their answers: (tasks, classes)."""
    rows = np.concatenate([_earlier(state.votes, tasks), late[np.isin(late[:, 0], tasks)]])
    few = Shape(len(tasks), shape.workers, shape.classes)
    votes = matrix.build(np.searchsorted(tasks, rows[:, 0]), rows[:, 1], rows[:, 2], few)
    return inference.fold(state.model, votes)


def _learn(known: Confused, new: IntArray, probabilities: FloatArray) -> None:
    """Add what new answers tell of the workers the model knows, in place."""
    seen = new[new[:, 1] < known.workers]
    told = probabilities[seen[:, 0]]
    by_given = known.beliefs.transpose(0, 2, 1)
    np.add.at(by_given, (seen[:, 1], seen[:, 2]), told)


def _grow(state: Fold, shape: Shape) -> None:
    grown = shape.tasks - len(state.gold)
    if grown:
        blank = np.tile(state.model.class_prior, (grown, 1))
        state.probabilities = np.concatenate([state.probabilities, blank])
        state.gold = np.concatenate([state.gold, np.full(grown, UNKNOWN)])


def _set(state: Fold, tasks: IntArray, labeled: FloatArray) -> None:
    """Set the labels of tasks that are not gold."""
    is_open = state.gold[tasks] == UNKNOWN
    state.probabilities[tasks[is_open]] = labeled[is_open]


def everything(state: Fold) -> Votes:
    """Build the table of all answers, those folded in among them, to fit it anew."""
    old, late = state.votes, state.late.T
    task, worker, given = (
        np.concatenate(pair) for pair in zip((old.task, old.worker, old.given), late, strict=True)
    )
    return matrix.build(task, worker, given, _grown(state, state.late))


def save(state: Fold, path: Path) -> None:
    """Write the state into one file of plain arrays."""
    old = state.votes
    np.savez(
        path,
        about=np.array(json.dumps({"format": FORMAT, "model": state.model.to_dict()})),
        shape=np.array(old.shape),
        answers=np.stack([old.task, old.worker, old.given, old.place]).astype(np.int32),
        probabilities=state.probabilities,
        gold=state.gold,
        late=state.late,
    )


def load(path: Path) -> Fold:
    """Read what `save` wrote; raise ModelRefused if it is of another format."""
    with np.load(path, allow_pickle=False) as stored:
        about = json.loads(str(stored["about"]))
        if about.get("format") != FORMAT:
            raise errors.ModelRefused(
                "state_format_unknown", "This stored state cannot be read; fit a new one."
            )
        task, worker, given, place = stored["answers"].astype(np.int64)
        shape = Shape(*(int(size) for size in stored["shape"]))
        return Fold(
            Model.from_dict(about["model"]),
            Votes(shape, task, worker, given, place),
            stored["probabilities"],
            stored["gold"],
            stored["late"],
        )


def _grown(state: Fold, late: IntArray) -> Shape:
    """Count tasks and workers, late ones among them."""
    tasks, workers, classes = len(state.gold), state.votes.shape.workers, state.model.classes
    most = late.max(axis=0, initial=-1)
    return Shape(max(tasks, int(most[0]) + 1), max(workers, int(most[1]) + 1), classes)


def _earlier(votes: Votes, tasks: IntArray) -> IntArray:
    """Find the answers of these tasks in a table sorted by task: (answers, 3)."""
    first = np.searchsorted(votes.task, tasks)
    counts = np.searchsorted(votes.task, tasks, side="right") - first
    starts = np.repeat(first - (np.cumsum(counts) - counts), counts)
    places = starts + np.arange(counts.sum())
    return np.stack([votes.task[places], votes.worker[places], votes.given[places]], axis=1)
