"""Making exams."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.db import Database
from kernel.errors import Conflict, DomainError, Refused
from qualification import exams, queries, service
from tests.service.qualification import builders as b


def test_an_exam_makes_its_qualification_by_name(database: Database) -> None:
    with database.unit_of_work() as uow:
        made = exams.create(uow, b.OWNER, b.a_draft(name="Ears", valid_days=90))
        kind = queries.qualification(uow, made.exam.type_id)
        assert (kind.owner, kind.name, kind.valid_days) == (b.OWNER, "Ears", 90)
        assert made.warnings == []


def test_an_exam_can_grant_a_qualification_there_is_but_only_one_exam_can(
    database: Database,
) -> None:
    with database.unit_of_work() as uow:
        kind = b.a_type(uow)
        assert b.an_exam(uow, name=None, qualification_id=kind.id).type_id == kind.id
        with pytest.raises(Conflict):
            b.an_exam(uow, name=None, qualification_id=kind.id)


def test_an_exam_cannot_grant_what_belongs_to_others(database: Database) -> None:
    with database.unit_of_work() as uow:
        theirs = service.create_type(uow, "organisation:other", service.TypeDraft("Theirs"))
        with pytest.raises(Refused):
            b.an_exam(uow, name=None, qualification_id=theirs.id)


def _changed(**changes: Any) -> list[dict[str, Any]]:
    first, *others = b.questions("cat", "dog")
    return [{**first, **changes}, *others]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"questions": []}, "exam_empty"),
        ({"questions": b.questions(*["cat"] * 201)}, "exam_too_long"),
        ({"questions": _changed(id="q2")}, "exam_question_twice"),
        ({"questions": _changed(options=["cat"])}, "exam_options_few"),
        ({"questions": _changed(options=["cat", "cat"])}, "exam_option_twice"),
        ({"questions": _changed(answer="horse")}, "exam_answer_unknown"),
        ({"seconds_max": 301}, "exam_pay_unsaid"),
        ({"name": None}, "exam_qualification"),
    ],
)
def test_an_exam_that_could_not_be_sat_fairly_is_refused(
    database: Database, changes: dict[str, Any], code: str
) -> None:
    with database.unit_of_work() as uow:
        with pytest.raises(DomainError) as refusal:
            b.an_exam(uow, **changes)
        assert refusal.value.code == code


def test_two_hundred_questions_are_not_too_many(database: Database) -> None:
    with database.unit_of_work() as uow:
        b.an_exam(uow, questions=b.questions(*["cat", "dog"] * 100))


def test_a_long_exam_may_say_that_it_is_not_paid(database: Database) -> None:
    with database.unit_of_work() as uow:
        b.an_exam(uow, seconds_max=301, reward_note="This exam is not paid.")


def test_a_key_that_one_answer_would_pass_is_warned_about(database: Database) -> None:
    draft = b.a_draft(questions=b.questions("cat", "cat", "cat", "dog"))
    with database.unit_of_work() as uow:
        made = exams.create(uow, b.OWNER, draft)
    assert made.warnings == ["Always answering “cat” would pass this exam."]


def test_the_paper_shows_no_key(database: Database) -> None:
    with database.unit_of_work() as uow:
        paper = exams.paper(b.an_exam(uow))
    assert {name for question in paper for name in question} == {"id", "text", "options"}
