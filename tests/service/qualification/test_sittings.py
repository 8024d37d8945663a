"""Sitting an exam."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

import workers.service
from kernel.clock import Clock
from kernel.db import Database, UnitOfWork
from kernel.errors import Conflict, Denied, DomainError
from qualification import chores, queries, service, sittings
from qualification.models import Exam, Sitting
from qualification.states import SittingState
from tests.service.qualification import builders as b
from workers.models import Worker

RIGHT = {"q1": "cat", "q2": "dog", "q3": "cat", "q4": "dog"}
WRONG = {"q1": "dog", "q2": "cat"}


@pytest.fixture
def worker(database: Database) -> Worker:
    with database.unit_of_work() as uow:
        b.a_worker(uow)
        return b.a_worker(uow)


def make(database: Database, **changes: Any) -> Exam:
    with database.unit_of_work() as uow:
        return b.an_exam(uow, **changes)


def start(database: Database, exam: Exam, worker: Worker) -> UUID:
    with database.unit_of_work() as uow:
        return sittings.start(uow, queries.exam(uow, exam.id), worker.id).id


def hand_in(database: Database, sitting_id: UUID, given: dict[str, str]) -> sittings.Result:
    with database.unit_of_work() as uow:
        return sittings.answer(uow, queries.sitting(uow, sitting_id), given)


def sit(database: Database, exam: Exam, worker: Worker, given: dict[str, str]) -> sittings.Result:
    return hand_in(database, start(database, exam, worker), given)


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.code


def value_held(uow: UnitOfWork, exam: Exam, worker: Worker) -> int | None:
    held = queries.current_grant(uow, exam.type_id, worker.id)
    return held.value if held else None


def test_enough_right_answers_pass_and_grant_the_score(database: Database, worker: Worker) -> None:
    exam = make(database)
    result = sit(database, exam, worker, {**RIGHT, "q4": "cat"})
    assert (result.state, result.score, result.pass_mark) == (SittingState.PASSED, 75, 75)
    assert (result.feedback, result.retry_at) == (None, None)
    with database.unit_of_work() as uow:
        assert value_held(uow, exam, worker) == 75
        assert b.told(uow) == ["qualification.ExamPassed"]


def test_too_few_right_answers_fail_and_grant_nothing(database: Database, worker: Worker) -> None:
    exam = make(database)
    result = sit(database, exam, worker, {"q1": "cat", "q2": "dog"})
    assert (result.state, result.score) == (SittingState.FAILED, 50)
    with database.unit_of_work() as uow:
        assert value_held(uow, exam, worker) is None
        assert b.told(uow) == []


def test_a_score_just_below_the_mark_is_not_rounded_up(database: Database, worker: Worker) -> None:
    exam = make(database, questions=b.questions("cat", "dog", "cat"), pass_mark=67)
    result = sit(database, exam, worker, {"q1": "cat", "q2": "dog"})
    assert (result.state, result.score) == (SittingState.FAILED, 66)


def test_training_shows_what_was_right_and_why(database: Database, worker: Worker) -> None:
    exam = make(database, is_training=True)
    feedback = sit(database, exam, worker, {"q1": "dog"}).feedback
    assert feedback is not None and len(feedback) == 4
    assert feedback[0] == sittings.Feedback("q1", "dog", "cat", False, "It is a cat.")
    assert feedback[1].given is None


def test_starting_again_goes_on_with_the_sitting_that_runs(
    database: Database, worker: Worker
) -> None:
    exam = make(database)
    assert start(database, exam, worker) == start(database, exam, worker)


def test_two_starts_at_once_make_one_sitting(database: Database, worker: Worker) -> None:
    exam = make(database)
    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(lambda _: start(database, exam, worker), range(6)))
    assert len(ids) == 1


def test_answers_within_the_grace_count_and_later_ones_do_not(
    database: Database, worker: Worker, clock: Clock
) -> None:
    exam, other = make(database), make(database, name="Other")
    first, second = start(database, exam, worker), start(database, other, worker)
    clock.advance(timedelta(seconds=120 + sittings.GRACE_SECONDS - 1))
    assert hand_in(database, first, RIGHT).state == SittingState.PASSED
    clock.advance(timedelta(seconds=2))
    assert refusal(lambda: hand_in(database, second, RIGHT)) == "exam_time_over"


def test_a_failed_exam_can_be_taken_again_after_the_delay(
    database: Database, worker: Worker, clock: Clock
) -> None:
    exam = make(database)
    retry_at = sit(database, exam, worker, WRONG).retry_at
    assert retry_at is not None
    assert refusal(lambda: start(database, exam, worker)) == "exam_retry_later"
    clock.advance(timedelta(seconds=3_599))
    assert refusal(lambda: start(database, exam, worker)) == "exam_retry_later"
    clock.advance(timedelta(seconds=2))
    assert sit(database, exam, worker, RIGHT).state == SittingState.PASSED


def test_an_exam_without_retry_is_taken_once(
    database: Database, worker: Worker, clock: Clock
) -> None:
    exam = make(database, retry_seconds=None)
    assert sit(database, exam, worker, WRONG).retry_at is None
    clock.advance(timedelta(days=400))
    assert refusal(lambda: start(database, exam, worker)) == "exam_once"


def test_a_passed_exam_is_taken_again_only_when_its_grant_has_run_out(
    database: Database, worker: Worker, clock: Clock
) -> None:
    exam = make(database, valid_days=30, retry_seconds=None)
    sit(database, exam, worker, RIGHT)
    assert refusal(lambda: start(database, exam, worker)) == "exam_passed"
    clock.advance(timedelta(days=30))
    assert sit(database, exam, worker, RIGHT).state == SittingState.PASSED


def test_a_sitting_nobody_finished_expires_and_counts_as_taken(
    database: Database, worker: Worker, clock: Clock
) -> None:
    exam, running = make(database), make(database, name="Long", seconds_max=299)
    left = start(database, exam, worker)
    start(database, running, worker)
    clock.advance(timedelta(seconds=126))
    with database.unit_of_work() as uow:
        assert chores.expire_sittings(uow) == 1
        assert chores.expire_sittings(uow) == 0
        sitting = queries.sitting(uow, left)
        assert (sitting.state, sitting.state_at) == (SittingState.EXPIRED, sitting.ends_at)
    assert refusal(lambda: start(database, exam, worker)) == "exam_retry_later"
    clock.advance(timedelta(hours=1))
    assert start(database, exam, worker) != left


def test_a_sitting_whose_time_is_up_is_replaced_before_the_chore_has_run(
    database: Database, worker: Worker, clock: Clock
) -> None:
    exam = make(database, retry_seconds=0)
    left = start(database, exam, worker)
    clock.advance(timedelta(seconds=126))
    assert start(database, exam, worker) != left
    with database.unit_of_work() as uow:
        states = uow.session.scalars(select(Sitting.state).order_by(Sitting.started_at))
        assert list(states) == [SittingState.EXPIRED, SittingState.STARTED]


def test_the_same_answers_sent_twice_are_scored_once(database: Database, worker: Worker) -> None:
    exam = make(database)
    sitting_id = start(database, exam, worker)
    first = hand_in(database, sitting_id, WRONG)
    assert hand_in(database, sitting_id, WRONG) == first
    assert refusal(lambda: hand_in(database, sitting_id, RIGHT)) == "sitting_answered"


@pytest.mark.parametrize(
    ("given", "code"),
    [({"q9": "cat"}, "exam_question_unknown"), ({"q1": "horse"}, "exam_option_unknown")],
)
def test_answers_to_nothing_are_refused_and_cost_nothing(
    database: Database, worker: Worker, given: dict[str, str], code: str
) -> None:
    exam = make(database)
    sitting_id = start(database, exam, worker)
    assert refusal(lambda: hand_in(database, sitting_id, given)) == code
    assert hand_in(database, sitting_id, RIGHT).state == SittingState.PASSED


def test_a_better_grant_by_hand_is_not_lowered_by_an_exam(
    database: Database, worker: Worker
) -> None:
    exam = make(database)
    with database.unit_of_work() as uow:
        service.grant_by_hand(uow, queries.qualification(uow, exam.type_id), worker.id, 95)
    sit(database, exam, worker, {**RIGHT, "q4": "cat"})
    with database.unit_of_work() as uow:
        assert value_held(uow, exam, worker) == 95


def test_a_won_appeal_passes_a_failed_sitting_at_the_mark(
    database: Database, worker: Worker
) -> None:
    exam = make(database)
    sitting_id = start(database, exam, worker)
    hand_in(database, sitting_id, WRONG)
    with database.unit_of_work() as uow:
        sittings.overturn(uow, sitting_id)
    with database.unit_of_work() as uow:
        assert value_held(uow, exam, worker) == 75
    with pytest.raises(Conflict), database.unit_of_work() as uow:
        sittings.overturn(uow, sitting_id)


def test_a_suspended_worker_starts_no_exam(database: Database, worker: Worker) -> None:
    exam = make(database)
    with database.unit_of_work() as uow:
        workers.service.suspend(uow, worker, "Two accounts.")
    with pytest.raises(Denied):
        start(database, exam, worker)
