"""The job picks its truth model by how well it predicts hidden answers."""

import numpy as np

from consensus import matrix, selection
from consensus.selection import Candidate, Reason, Score
from tests.unit.consensus import crowds


def test_with_few_answers_the_model_is_simple() -> None:
    tiny = crowds.a_crowd(matrix.Shape(12, 6, 2), answers=3)
    small = crowds.a_crowd(matrix.Shape(60, 6, 2), answers=3)
    assert selection.pick(tiny.votes, 3, seed=0).candidate.name == "majority"
    picked = selection.pick(small.votes, 3, seed=0)
    assert (picked.candidate.name, picked.reason) == ("one_coin", Reason.FEW_ANSWERS)


def test_an_ordinary_crowd_keeps_the_default_and_shows_the_alternatives() -> None:
    crowd = crowds.a_crowd(matrix.Shape(1_500, 40, 4), answers=4, seed=3, lure=0.7)
    picked = selection.pick(crowd.votes, 4, seed=1)
    names = [score.candidate for score in picked.alternatives]
    assert picked.candidate == selection.DEFAULT
    assert picked.reason is Reason.DEFAULT_HOLDS
    assert set(names) == {selection.DEFAULT, *selection.RIVALS}
    scores = [score.log_score for score in picked.alternatives]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] < 0
    assert 0.08 * 2 < picked.hidden_answers / crowd.votes.size < 0.16 * 2


def test_equal_seeds_pick_equally_and_hide_the_same_answers() -> None:
    crowd = crowds.a_crowd(matrix.Shape(400, 20, 3), answers=4, seed=4)
    assert selection.pick(crowd.votes, 4, seed=9) == selection.pick(crowd.votes, 4, seed=9)
    assert selection.pick(crowd.votes, 4, seed=9) != selection.pick(crowd.votes, 4, seed=10)


def test_only_first_answers_of_a_task_are_hidden() -> None:
    crowd = crowds.a_crowd(matrix.Shape(500, 20, 3), answers=5, seed=5)
    picked = selection.pick(crowd.votes, 2, seed=0)
    early = 2 * crowd.votes.shape.tasks
    assert 0.08 * 2 < picked.hidden_answers / early < 0.16 * 2


def test_a_model_that_ignores_skill_scores_worse_where_skills_differ() -> None:
    accuracy = np.repeat([0.97, 0.4], 10)
    crowd = crowds.a_crowd(matrix.Shape(800, 20, 3), answers=4, seed=6, accuracy=accuracy)
    picked = selection.pick(crowd.votes, 4, seed=0)
    worst = picked.alternatives[-1]
    assert worst.candidate.name == "majority"
    assert worst.lead < -10 * worst.lead_error


def test_a_crowd_that_errs_as_the_one_coin_model_says_may_pick_it() -> None:
    crowd = crowds.a_crowd(matrix.Shape(1_500, 40, 4), answers=4, seed=3)
    picked = selection.pick(crowd.votes, 4, seed=1)
    assert picked.candidate.name == "one_coin"
    assert picked.reason is Reason.RIVAL_LEADS
    assert picked.margin > 0


def scores_with_a_rival(lead: float, lead_error: float) -> list[Score]:
    rival = Candidate("bcc", selection.Prior.LEARNED)
    return [
        Score(selection.DEFAULT, -0.5, 0.0, 0.0),
        Score(rival, -0.5 + lead, lead, lead_error),
    ]


def test_a_rival_replaces_the_default_only_by_more_than_two_standard_errors() -> None:
    unsure = selection.choose(scores_with_a_rival(0.02, 0.011), 100)
    sure = selection.choose(scores_with_a_rival(0.02, 0.009), 100)
    assert unsure.candidate == selection.DEFAULT
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
    assert 0.08 * 2 * 600 < picked.hidden_answers < 0.16 * 2 * 600
