"""A corrected key scores every sitting again; nobody loses a pass by it."""

from __future__ import annotations

import pytest

from kernel.db import Database
from kernel.errors import DomainError
from qualification import exams, queries, rekeying
from tests.service.qualification import builders as b
from tests.service.qualification.test_sittings import RIGHT, make, sit, value_held


def test_who_failed_by_a_wrong_key_passes_by_the_right_one(database: Database) -> None:
    exam = make(database, pass_mark=100)
    with database.unit_of_work() as uow:
        failed, passed = b.a_worker(uow), b.a_worker(uow)
    assert sit(database, exam, failed, RIGHT | {"q1": "dog"}).state == "failed"
    assert sit(database, exam, passed, RIGHT).state == "passed"
    with database.unit_of_work() as uow:
        assert rekeying.correct(uow, exam.id, "q1", "dog") == 1
        assert value_held(uow, exam, failed) == 100
        assert value_held(uow, exam, passed) == 100


def test_a_withdrawn_question_counts_for_nobody_and_is_asked_no_more(database: Database) -> None:
    exam = make(database, pass_mark=100)
    with database.unit_of_work() as uow:
        worker = b.a_worker(uow)
    sit(database, exam, worker, RIGHT | {"q1": "dog"})
    with database.unit_of_work() as uow:
        assert rekeying.correct(uow, exam.id, "q1", None) == 1
        paper = exams.paper(queries.exam(uow, exam.id))
    assert "q1" not in {question["id"] for question in paper}


@pytest.mark.parametrize(
    ("question", "answer", "code"),
    [("q9", "cat", "exam_question_unknown"), ("q1", "fish", "exam_answer_unknown")],
)
def test_a_correction_names_a_question_and_one_of_its_options(
    database: Database, question: str, answer: str, code: str
) -> None:
    exam = make(database)
    with pytest.raises(DomainError) as refusal, database.unit_of_work() as uow:
        rekeying.correct(uow, exam.id, question, answer)
    assert refusal.value.code == code


def test_an_exam_keeps_one_question_that_counts(database: Database) -> None:
    exam = make(database)
    with pytest.raises(DomainError) as refusal, database.unit_of_work() as uow:
        for question in exam.questions:
            rekeying.correct(uow, exam.id, question["id"], None)
    assert refusal.value.code == "exam_empty"
