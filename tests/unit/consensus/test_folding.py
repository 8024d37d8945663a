"""New answers are folded into a fitted job, and nothing is lost on the way to disk."""

from pathlib import Path

import numpy as np
import pytest

from consensus import errors, folding, inference, matrix
from tests.unit.consensus import crowds


def a_fitted_job(name: str = "hierarchical") -> tuple[folding.Fold, crowds.Crowd, np.ndarray]:
    """Fit all but the last hundred answers of a crowd, in an order left to chance."""
    crowd = crowds.a_crowd(matrix.Shape(2_000, 40, 4), answers=5, seed=20)
    order = np.random.default_rng(21).permutation(len(crowd.task))
    answers = np.stack([crowd.task, crowd.worker, crowd.given], axis=1)[order]
    early = answers[:-100]
    votes = matrix.build(early[:, 0], early[:, 1], early[:, 2], crowd.votes.shape)
    return folding.begin(inference.fit(name, votes), votes), crowd, answers[-100:]


@pytest.mark.parametrize("name", inference.METHODS)
def test_folding_labels_nearly_as_a_new_fit_does(name: str) -> None:
    state, crowd, late = a_fitted_job(name)
    touched = folding.fold(state, late[:50])
    folding.fold(state, late[50:])
    assert touched.tolist() == sorted(set(late[:50, 0].tolist()))
    assert folding.everything(state).size == crowd.votes.size
    again = inference.fit(name, folding.everything(state))
    assert (again.labels == state.labels).mean() >= 0.995
    assert state.probabilities.sum(axis=1) == pytest.approx(np.ones(2_000))


def test_a_stored_state_goes_on_where_it_was(tmp_path: Path) -> None:
    state, _, late = a_fitted_job()
    folding.fold(state, late[:30])
    folding.save(state, tmp_path / "state.npz")
    loaded = folding.load(tmp_path / "state.npz")
    folding.fold(state, late[30:])
    folding.fold(loaded, late[30:])
    assert np.allclose(loaded.probabilities, state.probabilities, atol=1e-3)
    assert np.array_equal(loaded.late, state.late)


def test_new_tasks_and_new_workers_may_come() -> None:
    state, _, _ = a_fitted_job()
    folding.fold(state, np.array([[2_001, 44, 3], [2_001, 45, 3]]))
    assert len(state.probabilities) == 2_002
    assert state.labels[2_001] == 3
    assert state.probabilities[2_000] == pytest.approx(state.model.class_prior)


def test_a_second_answer_to_a_task_is_refused_and_changes_nothing() -> None:
    state, crowd, late = a_fitted_job()
    before = state.probabilities.copy()
    twice = np.array([late[0], late[0]])
    with pytest.raises(errors.VotesRefused) as refusal:
        folding.fold(state, twice)
    assert refusal.value.code == "answered_twice"
    old = state.votes
    again = np.array([[old.task[7], old.worker[7], old.given[7]]])
    with pytest.raises(errors.VotesRefused):
        folding.fold(state, again)
    assert np.array_equal(before, state.probabilities)
    assert len(state.late) == 0


def test_folding_teaches_how_workers_err_and_leaves_the_fitted_model_alone() -> None:
    crowd = crowds.a_crowd(matrix.Shape(300, 10, 3), answers=4, seed=23)
    posterior = inference.fit("hierarchical", crowd.votes)
    state = folding.begin(posterior, crowd.votes)
    before = posterior.model.confusion(4)
    free = [task for task in range(300) if 4 not in crowd.worker[crowd.task == task]][:100]
    wrong = np.array([[task, 4, (state.labels[task] + 1) % 3] for task in free])
    folding.fold(state, wrong)
    assert np.array_equal(posterior.model.confusion(4), before)
    assert np.trace(state.model.confusion(4)) < np.trace(before) - 0.1


def test_folding_never_changes_gold() -> None:
    crowd = crowds.a_crowd(matrix.Shape(200, 20, 3), answers=3, seed=22)
    gold = np.full(200, inference.UNKNOWN)
    gold[5] = (crowd.truth[5] + 1) % 3
    state = folding.begin(inference.fit("bcc", crowd.votes, gold), crowd.votes, gold)
    free = next(one for one in range(20) if one not in crowd.worker[crowd.task == 5])
    folding.fold(state, np.array([[5, free, crowd.truth[5]]]))
    assert state.labels[5] == gold[5]


def test_a_state_of_another_format_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "state.npz", about=np.array('{"format": 99}'))
    with pytest.raises(errors.ModelRefused, match="fit a new one"):
        folding.load(tmp_path / "state.npz")
