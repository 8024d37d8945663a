"""What a job may require, and what a worker is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from kernel.clock import Clock
from kernel.db import Database
from kernel.errors import Refused
from kernel.types import new_id
from qualification import eligibility, requirements, service
from qualification.eligibility import Facts, Requirement
from tests.service.qualification import builders as b


def test_a_worker_without_a_qualification_is_told_the_road_to_it(database: Database) -> None:
    with database.unit_of_work() as uow:
        worker, other = b.a_worker(uow), b.a_worker(uow)
        exam = b.an_exam(uow, name="Ears")
        by_hand = b.a_type(uow, "By hand")
        free = b.a_type(uow, "Free", grants_automatically=True)
        service.grant_by_hand(uow, by_hand, other.id, 100)
        asked = [
            Requirement(str(exam.type_id), ">=", 80),
            Requirement(str(by_hand.id), "exists"),
            Requirement(str(free.id), "in", [1, 2]),
        ]
        reasons = eligibility.reasons(uow, worker, asked, Facts())
    assert {reason.code for reason in reasons} == {"qualification_missing"}
    assert [reason.exam_id for reason in reasons] == [exam.id, None, None]
    assert [reason.sentence for reason in reasons] == [
        "You need the qualification “Ears” (80 or more). You earn it by passing its exam.",
        "You need the qualification “By hand” (any value)."
        " It is granted by hand by those who made it.",
        "You need the qualification “Free” (one of 1, 2). Everybody who asks for it gets it.",
    ]


def test_a_worker_with_another_value_is_told_both_values(database: Database) -> None:
    with database.unit_of_work() as uow:
        worker, kind = b.a_worker(uow), b.a_type(uow)
        service.grant_by_hand(uow, kind, worker.id, 65)
        [reason] = eligibility.reasons(uow, worker, [Requirement(str(kind.id), ">=", 80)], Facts())
        assert not eligibility.reasons(uow, worker, [Requirement(str(kind.id), ">=", 65)], Facts())
    assert reason.code == "qualification_differs"
    assert reason.sentence == "You hold “Street signs” at 65, and this job asks for 80 or more."


def test_a_job_may_ask_for_those_who_do_not_hold_a_qualification(database: Database) -> None:
    with database.unit_of_work() as uow:
        worker, other, kind = b.a_worker(uow), b.a_worker(uow), b.a_type(uow)
        service.grant_by_hand(uow, kind, worker.id, 1)
        asked = [Requirement(str(kind.id), "not_exists")]
        [reason] = eligibility.reasons(uow, worker, asked, Facts())
        assert eligibility.reasons(uow, other, asked, Facts()) == []
    assert reason.code == "qualification_held"


def test_a_grant_that_has_run_out_counts_no_more(database: Database, clock: Clock) -> None:
    with database.unit_of_work() as uow:
        worker, kind = b.a_worker(uow), b.a_type(uow, valid_days=1)
        service.grant_by_hand(uow, kind, worker.id, 1)
    asked = [Requirement(str(kind.id), "exists")]
    with database.unit_of_work() as uow:
        assert eligibility.reasons(uow, worker, asked, Facts()) == []
    clock.advance(timedelta(days=1))
    with database.unit_of_work() as uow:
        [reason] = eligibility.reasons(uow, worker, asked, Facts())
    assert reason.code == "qualification_missing"


def test_all_requirements_together_cost_one_statement(database: Database) -> None:
    with database.unit_of_work() as uow:
        worker = b.a_worker(uow)
        asked = [Requirement(str(b.a_type(uow, f"T{n}").id), "exists") for n in range(8)]
    seen: list[str] = []
    with database.unit_of_work() as uow:
        event.listen(
            uow.session.connection(), "before_cursor_execute", lambda *call: seen.append(call[2])
        )
        reasons = eligibility.reasons(uow, worker, asked, Facts())
        builtin_only = [Requirement("locale", "=", "DE")]
        eligibility.reasons(uow, worker, builtin_only, Facts())
    assert (len(reasons), len(seen)) == (8, 1)


def test_sound_requirements_are_accepted(database: Database) -> None:
    with database.unit_of_work() as uow:
        own = b.a_type(uow)
        platform = service.create_type(uow, "platform", service.TypeDraft("Masters"))
        requirements.check(
            uow,
            b.OWNER,
            [
                Requirement(str(own.id), ">=", 80, guards="preview"),
                Requirement(str(platform.id), "exists"),
                Requirement("locale", "in", ["DE", "AT"]),
                Requirement("languages", "=", "de"),
                Requirement("adult_consent", "exists"),
                Requirement("answers_approved", ">", 50),
                Requirement("approval_rate", ">=", 95, count_min=100),
            ],
        )


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (["not-an-id", ">=", 1], "requirement_unknown"),
        ([str(new_id()), ">=", 1], "requirement_unknown"),
        (["answers_approved", "≥", 1], "requirement_comparison"),
        (["locale", ">=", "DE"], "requirement_comparison"),
        (["approval_rate", "exists", None, 5], "requirement_comparison"),
        (["answers_approved", ">=", "many"], "requirement_value"),
        (["answers_approved", ">=", True], "requirement_value"),
        (["locale", "=", 5], "requirement_value"),
        (["locale", "in", []], "requirement_value"),
        (["locale", "in", "DE"], "requirement_value"),
        (["adult_consent", "exists", 1], "requirement_value"),
        (["approval_rate", ">=", 95], "requirement_count"),
        (["answers_approved", ">=", 95, 5], "requirement_count"),
        (["answers_approved", ">=", 95, 0, "open"], "requirement_guard"),
    ],
)
def test_an_unsound_requirement_is_refused_by_its_number(
    database: Database, asked: list[Any], code: str
) -> None:
    fine = Requirement("locale", "=", "DE")
    with database.unit_of_work() as uow, pytest.raises(Refused, match="Requirement 2") as refusal:
        requirements.check(uow, b.OWNER, [fine, Requirement(*asked)])
    assert refusal.value.code == code


def test_the_qualifications_of_others_cannot_be_required(database: Database) -> None:
    with database.unit_of_work() as uow:
        theirs = service.create_type(uow, "organisation:other", service.TypeDraft("Theirs"))
        with pytest.raises(Refused):
            requirements.check(uow, b.OWNER, [Requirement(str(theirs.id), "exists")])


def test_eleven_requirements_are_too_many(database: Database) -> None:
    with database.unit_of_work() as uow, pytest.raises(Refused, match="at most 10"):
        requirements.check(uow, b.OWNER, [Requirement("locale", "=", "DE")] * 11)
