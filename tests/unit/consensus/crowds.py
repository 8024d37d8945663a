"""Crowds with a known truth, made by chance or by Hypothesis, for the tests of consensus."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from consensus import matrix
from consensus.arrays import FloatArray, IntArray


@dataclass(frozen=True)
class Crowd:
    """Votes as raw columns and built, the truth, and each worker's accuracy."""

    task: IntArray
    worker: IntArray
    given: IntArray
    votes: matrix.Votes
    truth: IntArray
    accuracy: FloatArray


def a_crowd(
    shape: matrix.Shape,
    answers: int,
    seed: int = 0,
    accuracy: FloatArray | None = None,
    lure: float = 0.0,
) -> Crowd:
    """Let `answers` distinct workers answer each task.

    Errors fall on all classes alike, but a share `lure` of all falls on the next class.
    """
    chance = np.random.default_rng(seed)
    if accuracy is None:
        accuracy = chance.beta(6, 2.5, size=shape.workers)
    truth = chance.integers(shape.classes, size=shape.tasks)
    task = np.repeat(np.arange(shape.tasks), answers)
    first = chance.integers(shape.workers, size=shape.tasks)
    step = shape.workers // answers
    worker = ((first[:, None] + np.arange(answers) * step) % shape.workers).ravel()
    right = chance.random(len(task)) < accuracy[worker]
    wrong = (truth[task] + chance.integers(1, shape.classes, size=len(task))) % shape.classes
    lured = chance.random(len(task)) < lure
    wrong = np.where(lured, (truth[task] + 1) % shape.classes, wrong)
    given = np.where(right, truth[task], wrong)
    return Crowd(task, worker, given, matrix.build(task, worker, given, shape), truth, accuracy)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[tuple[int, int, int]], matrix.Shape]:
    """Draw a small table of (task, worker, class) without doubles, in any order."""
    shape = matrix.Shape(draw(st.integers(1, 8)), draw(st.integers(1, 6)), draw(st.integers(2, 4)))
    cells = st.tuples(st.integers(0, shape.tasks - 1), st.integers(0, shape.workers - 1))
    places = draw(st.lists(cells, unique=True, min_size=1, max_size=40))
    classes = st.integers(0, shape.classes - 1)
    return [(task, worker, draw(classes)) for task, worker in places], shape


def built(rows: list[tuple[int, int, int]], shape: matrix.Shape) -> matrix.Votes:
    """Build votes from rows of (task, worker, class)."""
    task, worker, given = zip(*rows, strict=True)
    return matrix.build(task, worker, given, shape)
