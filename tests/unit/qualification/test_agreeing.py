"""Agreement leaves the own answer out, needs two others, and knows hard tasks from easy ones."""

from __future__ import annotations

import numpy as np

from qualification.evidence import agreeing


def crowd(
    *answers: tuple[int, int, int], classes: int = 2, accuracy: float = 0.8
) -> agreeing.Crowd:
    """Describe answers as (task, worker, given) of a crowd of equals."""
    tasks, workers, given = (np.array(column) for column in zip(*answers, strict=True))
    return agreeing.Crowd(tasks, workers, given, np.full(workers.max() + 1, accuracy), classes)


def test_ones_own_answer_never_speaks_for_itself() -> None:
    compared = agreeing.compare(crowd((0, 0, 0), (0, 1, 1), (0, 2, 1)))
    assert compared.agreed.tolist()[0] is False
    alone = agreeing.compare(crowd((0, 0, 0), (0, 1, 0), (0, 2, 0)))
    assert alone.agreed.all() and alone.is_counted.all()


def test_one_other_answer_is_no_label() -> None:
    assert not agreeing.compare(crowd((0, 0, 0), (0, 1, 0))).is_counted.any()


def test_less_agreement_is_expected_where_the_others_are_split() -> None:
    compared = agreeing.compare(
        crowd(
            *[(0, worker, 0) for worker in range(5)],
            *[(1, worker, worker % 2) for worker in range(5)],
        )
    )
    assert compared.expected[:5].min() > compared.expected[5:].max()
    assert ((compared.expected > 0) & (compared.expected < 1)).all()


def test_a_skilled_worker_counts_for_more_than_two_poor_ones() -> None:
    tasks, workers, given = np.zeros(4, dtype=int), np.arange(4), np.array([0, 1, 1, 0])
    accuracies = np.array([0.97, 0.55, 0.55, 0.5])
    compared = agreeing.compare(agreeing.Crowd(tasks, workers, given, accuracies, 2))
    assert compared.agreed.tolist() == [False, False, False, True]


def test_the_order_of_answers_does_not_matter() -> None:
    chance = np.random.default_rng(7)
    rows = [(t, w, int(chance.integers(3))) for t in range(20) for w in range(6)]
    there = agreeing.compare(crowd(*rows, classes=3))
    back = agreeing.compare(crowd(*rows[::-1], classes=3))
    assert np.allclose(there.expected, back.expected[::-1])
    assert (there.agreed == back.agreed[::-1]).all()


def test_measured_accuracies_are_shrunk_to_the_crowds() -> None:
    few, many = agreeing.accuracies_of([1, 90], [1, 100], 2)
    assert 0.8 < few < 1 and abs(many - 0.9) < 0.01
