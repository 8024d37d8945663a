"""What must hold for every truth model and every table of answers."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from consensus import inference, matrix
from tests.unit.consensus import crowds

MODELS = tuple(inference.METHODS)
every_model = pytest.mark.parametrize("name", MODELS)


@every_model
@settings(max_examples=15, deadline=None)
@given(table=crowds.tables(), random=st.randoms())
def test_the_order_of_answers_never_matters(name: str, table: Any, random: Any) -> None:
    rows, shape = table
    one = inference.fit(name, crowds.built(rows, shape))
    other = inference.fit(name, crowds.built(random.sample(rows, len(rows)), shape))
    assert np.array_equal(one.probabilities, other.probabilities)


@every_model
@settings(max_examples=15, deadline=None)
@given(table=crowds.tables(), data=st.data())
def test_probabilities_sum_to_one_and_gold_stays(name: str, table: Any, data: Any) -> None:
    rows, shape = table
    classes = st.integers(inference.UNKNOWN, shape.classes - 1)
    known = np.array(data.draw(st.lists(classes, min_size=shape.tasks, max_size=shape.tasks)))
    posterior = inference.fit(name, crowds.built(rows, shape), known)
    assert np.isfinite(posterior.probabilities).all()
    assert (posterior.probabilities >= 0).all()
    assert posterior.probabilities.sum(axis=1) == pytest.approx(np.ones(shape.tasks))
    assert posterior.class_prior.sum() == pytest.approx(1)
    gold = known != inference.UNKNOWN
    assert (posterior.probabilities[gold, known[gold]] == 1).all()
    skill = posterior.skills
    assert ((skill.low <= skill.accuracy) & (skill.accuracy <= skill.high)).all()


@every_model
@settings(max_examples=15, deadline=None)
@given(table=crowds.tables(), random=st.randoms())
def test_renaming_workers_changes_nothing(name: str, table: Any, random: Any) -> None:
    rows, shape = table
    renamed = random.sample(range(shape.workers), shape.workers)
    one = inference.fit(name, crowds.built(rows, shape))
    moved = [(task, renamed[worker], given) for task, worker, given in rows]
    other = inference.fit(name, crowds.built(moved, shape))
    assert np.allclose(one.probabilities, other.probabilities, atol=1e-6)


@every_model
@settings(max_examples=15, deadline=None)
@given(table=crowds.tables(), random=st.randoms())
def test_renaming_classes_renames_the_result(name: str, table: Any, random: Any) -> None:
    rows, shape = table
    renamed = random.sample(range(shape.classes), shape.classes)
    one = inference.fit(name, crowds.built(rows, shape))
    moved = [(task, worker, renamed[given]) for task, worker, given in rows]
    other = inference.fit(name, crowds.built(moved, shape))
    assert np.allclose(one.probabilities, other.probabilities[:, renamed], atol=1e-6)


@every_model
@settings(max_examples=15, deadline=None)
@given(workers=st.integers(1, 8), classes=st.integers(2, 6), data=st.data())
def test_one_unanimous_task_is_labeled_so(name: str, workers: int, classes: int, data: Any) -> None:
    chosen = data.draw(st.integers(0, classes - 1))
    shape = matrix.Shape(1, workers, classes)
    rows = [(0, worker, chosen) for worker in range(workers)]
    assert inference.fit(name, crowds.built(rows, shape)).labels.tolist() == [chosen]


@every_model
@settings(max_examples=20, deadline=None)
@given(table=crowds.tables())
def test_a_stored_model_labels_any_answers_with_proper_probabilities(name: str, table: Any) -> None:
    rows, shape = table
    votes = crowds.built(rows, shape)
    stored = inference.fit(name, votes).model.to_dict()
    wider = matrix.Votes(
        matrix.Shape(shape.tasks, shape.workers + 5, shape.classes),
        votes.task, votes.worker + 5, votes.given, votes.place,
    )  # fmt: skip
    probabilities = inference.fold(inference.Model.from_dict(stored), wider)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(shape.tasks))


@pytest.mark.parametrize("name", ["one_coin", "bcc", "hierarchical"])
@settings(max_examples=30, deadline=None)
@given(table=crowds.tables(), data=st.data())
def test_one_more_answer_of_an_honest_worker_never_lowers_its_class(
    name: str, table: Any, data: Any
) -> None:
    rows, shape = table
    model = inference.fit(name, crowds.built(rows, shape)).model
    worker = data.draw(st.integers(0, shape.workers - 1))
    klass = data.draw(st.integers(0, shape.classes - 1))
    column = _log_chances(model, worker, shape)[:, klass]
    assume(column[klass] >= column.max() - 1e-12)
    others = [row for row in rows if row[:2] != (0, worker)]
    before = inference.fold(model, crowds.built([*others, (shape.tasks, 0, 0)], _wider(shape)))
    after = inference.fold(
        model, crowds.built([*others, (0, worker, klass), (shape.tasks, 0, 0)], _wider(shape))
    )
    assert after[0, klass] >= before[0, klass] - 1e-9


@pytest.mark.parametrize("name", ["one_coin", "bcc", "hierarchical"])
@settings(max_examples=30, deadline=None)
@given(table=crowds.tables(), data=st.data())
def test_a_unanimous_vote_of_honest_workers_wins_unless_the_class_prior_outweighs_it(
    name: str, table: Any, data: Any
) -> None:
    rows, shape = table
    flat = inference.Settings(inference.Prior.FLAT)
    model = inference.fit(name, crowds.built(rows, shape), settings=flat).model
    klass = data.draw(st.integers(0, shape.classes - 1))
    honest = [
        worker
        for worker in range(shape.workers)
        if (chance := _log_chances(model, worker, shape)[:, klass])[klass] >= chance.max()
    ]
    assume(honest)
    vote = crowds.built([(0, worker, klass) for worker in honest], shape)
    probabilities = inference.fold(model, vote)[0]
    assert probabilities[klass] >= probabilities.max() - 1e-9


def _wider(shape: matrix.Shape) -> matrix.Shape:
    """Count one task more, so that a table is never empty."""
    return matrix.Shape(shape.tasks + 1, shape.workers, shape.classes)


def _log_chances(model: inference.Model, worker: int, shape: matrix.Shape) -> Any:
    """Give log p(given | true) of a worker up to a constant, as labels weigh it: (true, given)."""
    columns = []
    for klass in range(shape.classes):
        one = matrix.build([0], [worker], [klass], matrix.Shape(1, shape.workers, shape.classes))
        columns.append(np.log(inference.fold(model, one)[0]) - np.log(model.class_prior))
    return np.stack(columns, axis=1)
