"""On answers of real crowds the models reach what is published or was measured before.

The folder in QUORUM_DATASETS holds one folder a set with answers.csv (task,worker,label) and
truth.csv (task,label). Truth is used to score only.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from consensus import agreement, inference, matrix, selection
from consensus.arrays import FloatArray, IntArray

pytestmark = pytest.mark.datasets


def a_data_set(name: str) -> tuple[matrix.Votes, IntArray]:
    folder = Path(os.environ["QUORUM_DATASETS"]) / name
    table = [line.split(",") for line in (folder / "answers.csv").read_text().split()[1:]]
    rows = list({(task, worker): (task, worker, given) for task, worker, given in table}.values())
    lines = (folder / "truth.csv").read_text().split()[1:]
    truth = dict(line.split(",") for line in lines)
    classes, _ = matrix.index(sorted({row[2] for row in rows} | set(truth.values())))
    tasks, task = matrix.index(row[0] for row in rows)
    workers, worker = matrix.index(row[1] for row in rows)
    _, given = matrix.index((row[2] for row in rows), after=classes)
    shape = matrix.Shape(len(tasks), len(workers), len(classes))
    numbers = {name: number for number, name in enumerate(classes)}
    correct = np.array([numbers.get(truth.get(task, ""), inference.UNKNOWN) for task in tasks])
    return matrix.build(task, worker, given, shape), correct


def accuracy(probabilities: FloatArray, correct: IntArray) -> float:
    scored = np.flatnonzero(correct != inference.UNKNOWN)
    right = probabilities[scored].argmax(axis=1) == correct[scored]
    return 100 * float(right.mean())


@pytest.mark.parametrize(
    ("name", "model", "least"),
    [
        ("bluebird", "hierarchical", 88.5),
        ("bluebird", "bcc", 88.0),
        ("dog", "hierarchical", 83.0),
        ("dog", "bcc", 83.4),
        ("temp", "hierarchical", 93.7),
        ("product", "bcc", 93.4),
        ("product", "hierarchical", 93.3),
        ("sp", "hierarchical", 91.3),
        ("sp_amt", "hierarchical", 94.2),
        ("ms", "hierarchical", 78.8),
        ("ms", "one_coin", 78.8),
        ("web", "hierarchical", 78.5),
        ("adult", "hierarchical", 74.8),
        ("quiz_medicine", "hierarchical", 77.0),
    ],
)
def test_a_model_reaches_its_anchor(name: str, model: str, least: float) -> None:
    votes, correct = a_data_set(name)
    reached = accuracy(inference.fit(model, votes).probabilities, correct)
    print(f"{name} {model}: {reached:.1f}")  # noqa: T201
    assert reached >= least


def gains(names: tuple[str, ...]) -> tuple[list[float], list[float]]:
    """Give the accuracy of the picked model on each set, and its lead over majority vote."""
    reached, leads = [], []
    for name in names:
        votes, correct = a_data_set(name)
        picked = selection.pick(votes, votes.size, seed=0).candidate
        settings = inference.Settings(picked.prior)
        best = inference.fit(picked.name, votes, settings=settings)
        plain = inference.fit("majority", votes)
        reached.append(accuracy(best.probabilities, correct))
        leads.append(reached[-1] - accuracy(plain.probabilities, correct))
    return reached, leads


@pytest.mark.long
def test_the_picked_models_reach_87_per_cent_and_are_nowhere_below_majority() -> None:
    names = ("bluebird", "sp_amt", "sp", "product", "dog", "web", "adult", "ms")
    reached, leads = gains(names)
    assert np.mean(reached) >= 87
    assert min(leads) > -1


def test_the_picked_models_find_those_who_know_in_hard_quizzes() -> None:
    reached, leads = gains(("quiz_chinese", "quiz_itmanage", "quiz_medicine"))
    assert np.mean(reached) >= 77
    assert np.mean(leads) > 10


@pytest.mark.parametrize(
    ("name", "alpha", "ac1"),
    [("bluebird", 0.126, 0.222), ("dog", 0.519, 0.522), ("product", 0.158, 0.593)],
)
def test_agreement_equals_what_was_measured(name: str, alpha: float, ac1: float) -> None:
    counts = a_data_set(name)[0].class_counts
    assert agreement.alpha(counts) == pytest.approx(alpha, abs=6e-4)
    assert agreement.ac1(counts) == pytest.approx(ac1, abs=6e-4)
