"""Fit many simulated answers in a process of its own, and tell seconds, accuracy and memory."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from consensus import folding, inference, matrix, selection
from consensus.arrays import IntArray
from consensus.inference import Prior, Settings
from consensus.matrix import Shape

CLASSES = 5
ANSWERS_A_TASK = 5
TASKS_A_WORKER = 40
SEED = 11
FOLDS, FOLDED = 10, 1_000


def crowd(answers: int) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Simulate task, worker and class (answers,) and the truth (tasks,).

    Skills are Beta(6, 2.5); each worker has wrong answers of their own, drawn from a flat
    Dirichlet for each class.
    """
    chance = np.random.default_rng(SEED)
    tasks = answers // ANSWERS_A_TASK
    workers = tasks // TASKS_A_WORKER
    truth = chance.integers(CLASSES, size=tasks)
    task = np.repeat(np.arange(tasks), ANSWERS_A_TASK)
    first = chance.integers(workers, size=tasks)
    step = np.arange(ANSWERS_A_TASK) * (workers // ANSWERS_A_TASK)
    worker = ((first[:, None] + step) % workers).ravel()
    skill = chance.beta(6, 2.5, size=workers)[:, None, None]
    wrong = chance.dirichlet(np.ones(CLASSES), (workers, CLASSES))
    rows = (skill * np.eye(CLASSES) + (1 - skill) * wrong).cumsum(axis=2)
    drawn = chance.random(answers)[:, None] * rows[worker, truth[task], -1:]
    given = (rows[worker, truth[task]] < drawn).sum(axis=1)
    return task, worker, given, truth


def answer(question: dict[str, Any]) -> dict[str, Any]:
    """Fit the default model to so many answers; choose and fold too if asked to."""
    task, worker, given, truth = crowd(question["answers"])
    shape = Shape(len(truth), int(worker.max()) + 1, CLASSES)
    started = time.perf_counter()
    votes = matrix.build(task, worker, given, shape)
    posterior = inference.fit(selection.DEFAULT, votes, settings=Settings(Prior.FLAT))
    found: dict[str, Any] = {"seconds": time.perf_counter() - started}
    found["accuracy"] = 100 * float((posterior.labels == truth).mean())
    found["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if question.get("choose"):
        started = time.perf_counter()
        found["picked"] = selection.pick(votes, votes.size, SEED).candidate.name
        found["choosing"] = time.perf_counter() - started
    if question.get("fold"):
        found |= _folds(np.stack([task, worker, given], axis=1), shape, Path(question["fold"]))
    return found


def _folds(answers: IntArray, shape: Shape, path: Path) -> dict[str, Any]:
    """Fit all but FOLDS × FOLDED answers, fold those in, and compare with fitting all."""
    late = np.random.default_rng(SEED).permutation(len(answers))[: FOLDS * FOLDED]
    early = np.delete(answers, late, axis=0)
    settings = Settings(Prior.FLAT)
    votes = matrix.build(early[:, 0], early[:, 1], early[:, 2], shape)
    folding.save(
        folding.begin(inference.fit(selection.DEFAULT, votes, settings=settings), votes), path
    )
    started = time.perf_counter()
    state = folding.load(path)
    loading = time.perf_counter() - started
    seconds = []
    for some in np.split(answers[late], FOLDS):
        started = time.perf_counter()
        folding.fold(state, some)
        seconds.append(time.perf_counter() - started)
    again = inference.fit(selection.DEFAULT, folding.everything(state), settings=settings)
    return {
        "loading": loading,
        "folding": float(np.median(seconds)),
        "folding_most": max(seconds),
        "equal": 100 * float((again.labels == state.labels).mean()),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer(json.load(sys.stdin))) + "\n")
