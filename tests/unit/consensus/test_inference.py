"""Truth inference finds the truth of simulated crowds, uses gold, and folds new answers in."""

import json

import numpy as np
import pytest

from consensus import errors, inference, matrix
from tests.unit.consensus import crowds

MODELS = tuple(inference.METHODS)
LEARNING = ("one_coin", "bcc", "hierarchical")


def right_share(posterior: inference.Posterior, truth) -> float:  # type: ignore[no-untyped-def]
    return float((posterior.labels == truth).mean())


def test_a_hundred_thousand_answers_are_labeled_better_than_by_majority() -> None:
    crowd = crowds.a_crowd(matrix.Shape(20_000, 1_000, 5), answers=5, seed=1)
    majority = right_share(inference.fit("majority", crowd.votes), crowd.truth)
    posterior = inference.fit("hierarchical", crowd.votes)
    assert posterior.converged
    assert right_share(posterior, crowd.truth) > majority + 0.015
    assert np.corrcoef(posterior.skills.accuracy, crowd.accuracy)[0, 1] > 0.9


@pytest.mark.parametrize("name", LEARNING)
def test_a_confident_label_is_right_as_often_as_it_says(name: str) -> None:
    crowd = crowds.a_crowd(matrix.Shape(4_000, 60, 3), answers=4, seed=2)
    posterior = inference.fit(name, crowd.votes)
    confidence = posterior.probabilities.max(axis=1)
    assert right_share(posterior, crowd.truth) == pytest.approx(confidence.mean(), abs=0.02)


def test_matrix_models_see_through_a_class_that_is_often_mistaken() -> None:
    """Four of five workers call half of the second class the first: majority loses it."""
    chance = np.random.default_rng(5)
    truth = chance.integers(2, size=3_000)
    task, worker = np.repeat(np.arange(3_000), 5), np.tile(np.arange(5), 3_000)
    missed = (worker > 0) & (chance.random(15_000) < 0.6)
    given = np.where(missed, 0, truth[task])
    votes = matrix.build(task, worker, given, matrix.Shape(3_000, 5, 2))
    assert right_share(inference.fit("majority", votes), truth) < 0.85
    for name in ("bcc", "hierarchical"):
        assert right_share(inference.fit(name, votes), truth) > 0.97
    rows = inference.fit("bcc", votes).model.confusion(3)
    assert rows[1] == pytest.approx([0.6, 0.4], abs=0.05)


@pytest.mark.parametrize("name", LEARNING)
def test_gold_keeps_its_class_and_tells_who_is_right(name: str) -> None:
    """Three of five workers always swap two classes; only gold can show who errs."""
    chance = np.random.default_rng(6)
    truth = chance.integers(2, size=400)
    task, worker = np.repeat(np.arange(400), 5), np.tile(np.arange(5), 400)
    votes = matrix.build(
        task, worker, np.where(worker < 3, 1 - truth[task], truth[task]), matrix.Shape(400, 5, 2)
    )
    known = np.full(400, inference.UNKNOWN)
    known[:40] = truth[:40]
    posterior = inference.fit(name, votes, known)
    assert (posterior.labels[:40] == truth[:40]).all()
    assert (posterior.probabilities[:40].max(axis=1) == 1).all()
    assert right_share(inference.fit(name, votes), truth) < 0.1
    assert right_share(posterior, truth) > 0.95


@pytest.mark.parametrize("name", LEARNING)
def test_two_golds_do_not_overthrow_a_good_crowd(name: str) -> None:
    crowd = crowds.a_crowd(matrix.Shape(900, 15, 3), answers=3, seed=15)
    without = right_share(inference.fit(name, crowd.votes), crowd.truth)
    known = np.full(900, inference.UNKNOWN)
    known[:2] = (crowd.truth[:2] + 1) % 3
    assert right_share(inference.fit(name, crowd.votes, known), crowd.truth) > without - 0.01


def test_gold_never_sets_the_class_prior() -> None:
    crowd = crowds.a_crowd(matrix.Shape(600, 20, 2), answers=3, seed=7)
    known = np.where(crowd.truth == 1, 1, inference.UNKNOWN)
    posterior = inference.fit("hierarchical", crowd.votes, known)
    assert posterior.class_prior[0] > 0.9


def test_a_flat_prior_stays_flat_and_a_learned_one_follows_the_tasks() -> None:
    chance = np.random.default_rng(8)
    shape = matrix.Shape(900, 12, 3)
    truth = chance.choice(3, size=900, p=[0.8, 0.15, 0.05])
    task, worker = np.repeat(np.arange(900), 4), np.tile(np.arange(12), 300)
    wrong = chance.random(3_600) < 0.2
    given = np.where(wrong, chance.integers(3, size=3_600), truth[task])
    votes = matrix.build(task, worker, given, shape)
    flat = inference.fit("one_coin", votes, settings=inference.Settings(inference.Prior.FLAT))
    learned = inference.fit("one_coin", votes)
    assert flat.class_prior.tolist() == [1 / 3] * 3
    assert learned.class_prior == pytest.approx([0.8, 0.15, 0.05], abs=0.05)


def test_rounds_are_bounded_and_an_unfinished_fit_says_so() -> None:
    crowd = crowds.a_crowd(matrix.Shape(500, 20, 3), answers=3, seed=9)
    posterior = inference.fit(
        "hierarchical", crowd.votes, settings=inference.Settings(rounds_max=2)
    )
    assert (posterior.rounds, posterior.converged) == (2, False)


@pytest.mark.parametrize("name", MODELS)
def test_folding_the_answers_a_model_was_fitted_to_gives_the_same_labels(name: str) -> None:
    crowd = crowds.a_crowd(matrix.Shape(300, 15, 3), answers=3, seed=10)
    posterior = inference.fit(name, crowd.votes)
    assert np.allclose(inference.fold(posterior.model, crowd.votes), posterior.probabilities)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_survives_json_and_labels_as_before(name: str) -> None:
    crowd = crowds.a_crowd(matrix.Shape(300, 15, 3), answers=3, seed=11)
    model = inference.fit(name, crowd.votes).model
    again = inference.Model.from_dict(json.loads(json.dumps(model.to_dict())))
    before, after = inference.fold(model, crowd.votes), inference.fold(again, crowd.votes)
    assert np.allclose(before, after, atol=1e-3)
    assert (again.name, again.version, again.tuning) == (model.name, model.version, model.tuning)
    assert np.allclose(again.confusion(4), model.confusion(4), atol=1e-3)


def test_an_unknown_worker_errs_as_the_crowd_does() -> None:
    crowd = crowds.a_crowd(matrix.Shape(800, 20, 3), answers=4, seed=12)
    for name in MODELS:
        model = inference.fit(name, crowd.votes).model
        assert np.array_equal(model.confusion(20), model.confusion(999))
        assert model.confusion(20).sum(axis=1) == pytest.approx(np.ones(3))
    fresh = matrix.build([0, 1, 1], [20, 21, 22], [2, 0, 0], matrix.Shape(2, 23, 3))
    probabilities = inference.fold(inference.fit("hierarchical", crowd.votes).model, fresh)
    assert probabilities.argmax(axis=1).tolist() == [2, 0]
    assert probabilities[0, 2] < probabilities[1, 0]


def test_a_new_answer_of_a_skilled_worker_weighs_more_than_that_of_a_poor_one() -> None:
    accuracy = np.array([0.95] * 5 + [0.45] * 5)
    crowd = crowds.a_crowd(matrix.Shape(1_000, 10, 3), answers=5, seed=13, accuracy=accuracy)
    for name in LEARNING:
        model = inference.fit(name, crowd.votes).model
        fresh = matrix.build([0, 0], [0, 9], [1, 2], matrix.Shape(1, 10, 3))
        assert inference.fold(model, fresh)[0].argmax() == 1


def test_rows_shrink_far_where_workers_err_alike_and_little_where_each_errs_differently() -> None:
    shape = matrix.Shape(2_000, 10, 4)
    alike = crowds.a_crowd(shape, answers=5, seed=16, accuracy=np.full(10, 0.8), lure=0.5)
    chance = np.random.default_rng(17)
    rows = np.array([np.eye(4)[chance.permutation(4)] for _ in range(10)])
    rows = 0.75 * np.eye(4) + 0.25 * rows
    true = alike.truth[alike.task]
    given = (rows[alike.worker, true].cumsum(axis=1) > chance.random(len(true))[:, None]).argmax(1)
    apart = matrix.build(alike.task, alike.worker, given, shape)
    shrunk = inference.fit("hierarchical", alike.votes).model.tuning["strength"]
    free = inference.fit("hierarchical", apart).model.tuning["strength"]
    assert free <= 8 < 64 <= shrunk


def test_bcc_weighs_a_row_by_the_mean_of_its_logarithm() -> None:
    """One worker believed Dirichlet(3, 1) and (2, 2): ψ(3) − ψ(4) = −1/3, ψ(2) − ψ(4) = −5/6."""
    stored = {
        "format": 1, "name": "bcc", "version": 1, "class_prior": [0.5, 0.5], "tuning": {},
        "kind": "confused",
        "errors": {"beliefs": [[[3, 1], [2, 2]]], "crowd": [[4, 1], [1, 4]], "variational": True},
    }  # fmt: skip
    votes = matrix.build([0], [0], [0], matrix.Shape(1, 1, 2))
    probabilities = inference.fold(inference.Model.from_dict(stored), votes)
    assert probabilities[0, 0] == pytest.approx(1 / (1 + np.exp(-5 / 6 + 1 / 3)))
    fitted = inference.fit("bcc", votes).model.to_dict()
    assert fitted["errors"]["variational"]


def test_models_that_do_not_fit_are_refused() -> None:
    crowd = crowds.a_crowd(matrix.Shape(50, 6, 3), answers=3, seed=14)
    model = inference.fit("one_coin", crowd.votes).model
    stored = model.to_dict()
    two_classes = matrix.build([0], [0], [0], matrix.Shape(1, 1, 2))
    with pytest.raises(errors.ModelRefused, match="other classes"):
        inference.fold(model, two_classes)
    with pytest.raises(errors.ModelRefused, match="another version"):
        inference.fold(inference.Model.from_dict({**stored, "version": 99}), crowd.votes)
    with pytest.raises(errors.ModelRefused, match="cannot be read"):
        inference.Model.from_dict({**stored, "format": 99})
    with pytest.raises(errors.ModelRefused, match="no truth model"):
        inference.fit("oracle", crowd.votes)


def test_confusion_matrices_beyond_memory_are_refused() -> None:
    votes = matrix.build([0], [0], [0], matrix.Shape(1, 10_000, 100))
    with pytest.raises(errors.ModelRefused) as refusal:
        inference.fit("hierarchical", votes)
    assert refusal.value.code == "model_too_large"


@pytest.mark.parametrize("known", [[0, 3], [0, -2], [0]])
def test_known_answers_that_do_not_fit_are_refused(known: list[int]) -> None:
    votes = matrix.build([0, 1], [0, 0], [0, 1], matrix.Shape(2, 1, 3))
    with pytest.raises(errors.VotesRefused) as refusal:
        inference.fit("majority", votes, np.array(known))
    assert refusal.value.code == "known_outside"
