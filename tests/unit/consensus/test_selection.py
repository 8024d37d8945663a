"""The job picks its truth model by how well it predicts hidden answers."""

import numpy as np
import pytest

from consensus import inference, matrix, selection
from consensus.arrays import IntArray
from consensus.inference import Prior, Settings
from consensus.selection import Candidate, Reason, Score
from tests.unit.consensus import crowds


def test_with_few_answers_the_model_is_simple() -> None:
    tiny = crowds.a_crowd(matrix.Shape(12, 6, 2), answers=3)
    small = crowds.a_crowd(matrix.Shape(60, 6, 2), answers=3)
    assert selection.pick(tiny.votes, 3, seed=0).candidate.name == "majority"
    picked = selection.pick(small.votes, 3, seed=0)
    assert (picked.candidate.name, picked.reason) == ("one_coin", Reason.FEW_ANSWERS)


def test_an_ordinary_crowd_keeps_the_default_and_shows_the_alternatives() -> None:
    crowd = crowds.a_crowd(matrix.Shape(800, 30, 4), answers=4, seed=3, lure=0.7)
    picked = selection.pick(crowd.votes, 4, seed=1)
    names = [score.candidate.name for score in picked.alternatives]
    assert picked.candidate == Candidate(selection.DEFAULT, Prior.FLAT)
    assert picked.reason is Reason.DEFAULT_HOLDS
    assert set(names) == {selection.DEFAULT, *selection.RIVALS}
    scores = [score.log_score for score in picked.alternatives]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] < 0
    assert 0.08 * 4 < picked.hidden_answers / crowd.votes.size < 0.16 * 4


def an_uneven_crowd(seed: int) -> tuple[matrix.Votes, IntArray]:
    """Of ten tasks one is of the second class, and of that many are missed."""
    chance = np.random.default_rng(seed)
    truth = (chance.random(900) < 0.1).astype(np.int64)
    task, worker = np.repeat(np.arange(900), 3), np.tile(np.arange(30), 90)
    right = chance.random(2_700) < np.where(truth[task] == 1, 0.7, 0.88)
    given = np.where(right, truth[task], 1 - truth[task])
    return matrix.build(task, worker, given, matrix.Shape(900, 30, 2)), truth


def test_where_classes_are_uneven_their_shares_are_learned() -> None:
    votes, truth = an_uneven_crowd(seed=2)
    candidate = selection.pick(votes, 3, seed=0).candidate
    assert candidate.prior is Prior.LEARNED
    reached = {
        prior: (inference.fit(candidate.name, votes, settings=Settings(prior)).labels == truth)
        for prior in Prior
    }
    assert reached[Prior.LEARNED].mean() > reached[Prior.FLAT].mean() + 0.05


def test_where_wrong_answers_tempt_by_task_the_few_who_know_are_found() -> None:
    """Six of thirty know most answers; others guess, mostly the decoy of the task."""
    chance = np.random.default_rng(4)
    truth = chance.integers(5, size=40)
    decoy = (truth + chance.integers(1, 5, size=40)) % 5
    task, worker = np.repeat(np.arange(40), 30), np.tile(np.arange(30), 40)
    knows = chance.random(1_200) < np.where(worker < 6, 0.85, 0.1)
    guess = np.where(chance.random(1_200) < 0.45, decoy[task], chance.integers(5, size=1_200))
    votes = matrix.build(task, worker, np.where(knows, truth[task], guess), matrix.Shape(40, 30, 5))
    picked = selection.pick(votes, 30, seed=0)
    candidate = picked.candidate
    assert (candidate.name, picked.reason) == ("decoys", Reason.RIVAL_LEADS)
    assert picked.margin > 0
    found = inference.fit("decoys", votes, settings=Settings(candidate.prior)).labels
    majority = inference.fit("majority", votes).labels
    assert (found == truth).mean() >= 0.95 > 0.6 > (majority == truth).mean()


def test_where_tasks_of_a_class_are_of_two_kinds_ebcc_takes_over() -> None:
    """In half of the tasks of a class every second worker errs, always in the same tasks."""
    chance = np.random.default_rng(5)
    truth = chance.integers(2, size=500)
    is_hard = chance.random(500) < 0.5
    task, worker = np.repeat(np.arange(500), 12), np.tile(np.arange(12), 500)
    wrong = np.where(is_hard[task] & (worker % 2 == 0), 0.8, 0.1)
    given = np.where(chance.random(6_000) < wrong, 1 - truth[task], truth[task])
    votes = matrix.build(task, worker, given, matrix.Shape(500, 12, 2))
    assert selection.pick(votes, 12, seed=0).candidate.name == "ebcc"


@pytest.mark.parametrize("seed", [0, 1])
def test_names_of_workers_and_classes_and_the_order_of_answers_do_not_matter(seed: int) -> None:
    crowd = crowds.a_crowd(matrix.Shape(300, 20, 3), answers=4, seed=6)
    chance = np.random.default_rng(7)
    workers, classes = chance.permutation(20), chance.permutation(3)
    order = chance.permutation(len(crowd.task))
    other = matrix.build(
        crowd.task[order],
        workers[crowd.worker][order],
        classes[crowd.given][order],
        crowd.votes.shape,
    )
    one, same = selection.pick(crowd.votes, 99, seed), selection.pick(other, 99, seed)
    assert one.candidate == same.candidate
    assert one.hidden_answers == same.hidden_answers
    assert one.margin == pytest.approx(same.margin, abs=1e-4)


def test_golds_join_the_score() -> None:
    """Majority is never sure, which costs it most where the class is known."""
    crowd = crowds.a_crowd(matrix.Shape(400, 20, 3), answers=5, seed=8)
    known = np.where(np.arange(400) < 80, crowd.truth, inference.UNKNOWN)
    with_gold = selection.pick(crowd.votes, 5, 0, known)
    without = selection.pick(crowd.votes, 5, 0)
    scores = [
        {one.candidate.name: one.log_score for one in each.alternatives}
        for each in (with_gold, without)
    ]
    assert scores[0]["majority"] < scores[1]["majority"] - 0.1


def test_equal_seeds_pick_equally_and_hide_the_same_answers() -> None:
    crowd = crowds.a_crowd(matrix.Shape(400, 20, 3), answers=4, seed=4)
    assert selection.pick(crowd.votes, 4, seed=9) == selection.pick(crowd.votes, 4, seed=9)
    other = selection.pick(crowd.votes, 4, seed=10)
    assert selection.pick(crowd.votes, 4, seed=9) != other


def test_only_first_answers_of_a_task_are_hidden() -> None:
    crowd = crowds.a_crowd(matrix.Shape(500, 20, 3), answers=5, seed=5)
    picked = selection.pick(crowd.votes, 2, seed=0)
    early = 2 * crowd.votes.shape.tasks
    assert 0.08 * 4 < picked.hidden_answers / early < 0.16 * 4


def test_a_model_that_ignores_skill_scores_worse_where_skills_differ() -> None:
    accuracy = np.repeat([0.97, 0.4], 10)
    crowd = crowds.a_crowd(matrix.Shape(800, 20, 3), answers=4, seed=6, accuracy=accuracy)
    picked = selection.pick(crowd.votes, 4, seed=0)
    worst = picked.alternatives[-1]
    assert worst.candidate.name == "majority"
    assert worst.lead < -10 * worst.lead_error


def scores_with_a_rival(lead: float, lead_error: float) -> list[Score]:
    rival = Candidate("bcc", Prior.LEARNED)
    return [
        Score(Candidate(selection.DEFAULT, Prior.FLAT), -0.5, 0.0, 0.0),
        Score(rival, -0.5 + lead, lead, lead_error),
    ]


def test_a_rival_replaces_the_default_only_by_more_than_two_standard_errors() -> None:
    unsure = selection.choose(scores_with_a_rival(0.02, 0.011), 100)
    sure = selection.choose(scores_with_a_rival(0.02, 0.009), 100)
    assert unsure.candidate.name == selection.DEFAULT
    assert unsure.margin < 0
    assert sure.candidate.name == "bcc"
    assert sure.reason is Reason.RIVAL_LEADS
    assert sure.margin > 0


def test_confusion_matrices_beyond_memory_leave_the_race() -> None:
    crowd = crowds.a_crowd(matrix.Shape(200, 12, 2), answers=3, seed=7)
    shape = matrix.Shape(200, 3_000, 100)
    votes = matrix.build(crowd.task, crowd.worker, crowd.given, shape)
    assert selection.pick(votes, 3, seed=0).candidate.name == "one_coin"


def test_a_huge_job_is_judged_by_a_sample_of_whole_tasks(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(selection, "ANSWERS_SCORED_MAX", 600)
    crowd = crowds.a_crowd(matrix.Shape(1_000, 20, 3), answers=3, seed=8)
    picked = selection.pick(crowd.votes, 3, seed=0)
    assert 0.08 * 600 < picked.hidden_answers < 0.16 * 600
