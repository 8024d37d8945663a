"""A task is difficult where more go wrong than their skills let expect."""

import numpy as np
import pytest

from consensus import difficulty, inference, matrix
from tests.unit.consensus import crowds


def test_tasks_on_which_more_err_are_more_difficult() -> None:
    crowd = crowds.a_crowd(matrix.Shape(500, 30, 3), answers=10, seed=30)
    posterior = inference.fit("hierarchical", crowd.votes)
    found = difficulty.measure(crowd.votes, posterior.probabilities, posterior.skills)
    wrong = np.bincount(crowd.task, crowd.given != crowd.truth[crowd.task])
    assert ((found >= 0) & (found <= 1)).all()
    assert np.corrcoef(found, wrong)[0, 1] > 0.95


def test_a_task_nobody_answered_is_as_difficult_as_tasks_are() -> None:
    votes = matrix.build([0, 0], [0, 1], [1, 1], matrix.Shape(2, 2, 2))
    posterior = inference.fit("one_coin", votes)
    found = difficulty.measure(votes, posterior.probabilities, posterior.skills)
    assert found[1] == pytest.approx(1 - posterior.skills.crowd)
    assert found[0] < found[1]
