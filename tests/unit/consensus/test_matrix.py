"""The table of votes counts right, in any order, and refuses what does not fit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus import errors, matrix
from tests.unit.consensus import crowds

ROWS = [(0, 0, 1), (1, 0, 0), (0, 1, 1), (1, 2, 1), (0, 2, 0)]
SHAPE = matrix.Shape(tasks=3, workers=3, classes=2)


def test_votes_count_answers_by_task_worker_and_class() -> None:
    votes = crowds.built(ROWS, SHAPE)
    assert votes.size == 5
    assert votes.answers_by_task.tolist() == [3, 2, 0]
    assert votes.answers_by_worker.tolist() == [2, 1, 2]
    assert votes.class_counts.tolist() == [[1, 2], [1, 1], [0, 0]]


def test_places_remember_the_order_in_which_a_task_was_answered() -> None:
    votes = crowds.built([(0, 2, 0), (1, 1, 0), (0, 0, 1), (0, 1, 1)], SHAPE)
    assert votes.worker.tolist() == [0, 1, 2, 1]
    assert votes.place.tolist() == [1, 2, 0, 0]
    assert votes.first(1).worker.tolist() == [2, 1]


def test_two_answers_of_one_worker_to_one_task_are_refused() -> None:
    with pytest.raises(errors.VotesRefused) as refusal:
        crowds.built([*ROWS, (0, 1, 0)], SHAPE)
    assert refusal.value.code == "answered_twice"


@pytest.mark.parametrize("row", [(3, 0, 0), (0, 3, 0), (2, 0, 2), (-1, 0, 0)])
def test_an_index_outside_the_shape_is_refused(row: tuple[int, int, int]) -> None:
    with pytest.raises(errors.VotesRefused) as refusal:
        crowds.built([*ROWS, row], SHAPE)
    assert refusal.value.code == "index_outside"


def test_columns_of_different_length_and_a_single_class_are_refused() -> None:
    with pytest.raises(errors.VotesRefused) as refusal:
        matrix.build([0, 1], [0], [0], SHAPE)
    assert refusal.value.code == "columns_differ"
    with pytest.raises(errors.VotesRefused) as refusal:
        matrix.build([0], [0], [0], matrix.Shape(1, 1, 1))
    assert refusal.value.code == "too_few_classes"


def test_a_job_without_answers_has_an_empty_table() -> None:
    votes = matrix.build([], [], [], SHAPE)
    assert votes.size == 0
    assert votes.class_counts.tolist() == [[0, 0]] * 3


@given(crowds.tables(), st.randoms())
def test_the_order_of_answers_never_changes_the_table(table, random) -> None:  # type: ignore[no-untyped-def]
    rows, shape = table
    shuffled = random.sample(rows, len(rows))
    one, other = crowds.built(rows, shape), crowds.built(shuffled, shape)
    for column in ("task", "worker", "given"):
        assert np.array_equal(getattr(one, column), getattr(other, column))


@given(crowds.tables(), st.integers(0, 1000))
def test_sparse_products_equal_plain_sums(table, seed: int) -> None:  # type: ignore[no-untyped-def]
    rows, shape = table
    votes = crowds.built(rows, shape)
    chance = np.random.default_rng(seed)
    log_rows = chance.normal(size=(shape.workers, shape.classes, shape.classes))
    believed = chance.dirichlet(np.ones(shape.classes), size=shape.tasks)
    scores = np.zeros((shape.tasks, shape.classes))
    counts = np.zeros_like(log_rows)
    right = np.zeros(shape.workers)
    for task, worker, chosen in rows:
        scores[task] += log_rows[worker, :, chosen]
        counts[worker, :, chosen] += believed[task]
        right[worker] += believed[task, chosen]
    assert np.allclose(votes.log_likelihoods(log_rows), scores)
    assert np.allclose(votes.expected_counts(believed), counts)
    assert np.allclose(votes.right_by_worker(believed), right)


def test_known_names_keep_their_numbers_and_new_ones_come_after() -> None:
    names, numbers = matrix.index(["zoe", "ann", "zoe", "bob"], after=["ann", "ida"])
    assert names == ("ann", "ida", "zoe", "bob")
    assert numbers.tolist() == [2, 0, 2, 3]
