"""Handing in answers: each decided on its own, kept, and never refused when it came in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kernel.clock import Clock
from kernel.db import Database
from kernel.errors import Refused
from kernel.money import Money
from kernel.types import encode_pair, new_id
from marketplace.assignments import leasing
from marketplace.assignments.models import Enrolment
from marketplace.assignments.states import AssignmentState
from marketplace.jobs import pricing, publishing, queries, slots, versions
from marketplace.jobs.models import Task
from tests import factories as make
from tests.factories import worker_id
from tests.service.assignments.handed_in import code_of, revisions, row_of, some_claims


def test_an_answer_is_kept_with_its_times(database: Database, clock: Clock) -> None:
    worker, [claim] = some_claims(database)
    clock.advance(timedelta(seconds=20))
    [outcome] = make.submit(database, worker, make.given(claim, "dog", active_seconds=7))
    row = row_of(database, claim)
    assert outcome.status == "accepted"
    assert row.state == AssignmentState.SUBMITTED
    assert row.given == {"animal": "dog"}
    assert (row.revision, row.active_seconds) == (1, 7)
    assert row.submitted_at is not None
    assert outcome.final_at == row.submitted_at + timedelta(seconds=30)
    assert outcome.final_at == row.final_at
    assert row.decide_by == outcome.final_at + timedelta(days=3)
    [kept] = revisions(database, claim)
    assert kept.result == make.items("dog")


def test_answers_of_one_batch_are_decided_one_by_one(database: Database, clock: Clock) -> None:
    worker, claims = some_claims(database, 4)
    make.submit(database, worker, make.given(claims[1]))
    with database.unit_of_work() as uow:
        leasing.give_back(uow, worker_id(worker), claims[2].outward_id)
    outcomes = make.submit(
        database,
        worker,
        make.given(claims[0]),
        make.given(claims[1]),
        make.given(claims[2]),
        make.given(claims[3], "horse"),
        make.given(claims[0], "dog"),
    )
    told = [(outcome.status, outcome.code) for outcome in outcomes]
    assert told == [
        ("accepted", None),
        ("same", None),
        ("refused", "claim_ended"),
        ("refused", "answer_not_an_option"),
        ("refused", "answer_twice"),
    ]
    assert row_of(database, claims[0]).given == {"animal": "cat"}
    assert row_of(database, claims[3]).state == AssignmentState.CLAIMED


def test_the_same_content_answers_as_the_first_time(database: Database, clock: Clock) -> None:
    worker, [claim] = some_claims(database)
    [first] = make.submit(database, worker, make.given(claim))
    clock.advance(timedelta(days=5))
    [again] = make.submit(database, worker, make.given(claim))
    assert (again.status, again.final_at) == ("same", first.final_at)
    assert len(revisions(database, claim)) == 1


def test_an_answer_within_the_grace_counts_and_a_later_one_does_not(
    database: Database, clock: Clock
) -> None:
    worker, claims = some_claims(database, 2, lease_seconds=30, expected_seconds=10)
    clock.advance(timedelta(seconds=62))
    [outcome] = make.submit(database, worker, make.given(claims[0]))
    assert outcome.status == "accepted"
    clock.advance(timedelta(seconds=5))
    assert code_of(database, worker, make.given(claims[1])) == "answer_late"


def test_a_claim_that_ran_out_cannot_be_answered(database: Database, clock: Clock) -> None:
    worker, [claim] = some_claims(database)
    clock.advance(timedelta(minutes=20))
    with database.unit_of_work() as uow:
        leasing.end_claims(uow, claim.job_id, [claim.id], AssignmentState.EXPIRED)
    assert code_of(database, worker, make.given(claim)) == "answer_late"


End = Callable[[Any, Any, str], None]

ENDS: list[End] = [
    leasing.give_back,
    lambda uow, worker, claim: leasing.skip(uow, worker, claim, "unsure"),
    lambda uow, worker, claim: leasing.report(uow, worker, claim, "unreadable"),
]


@pytest.mark.parametrize("end", ENDS, ids=["returned", "skipped", "reported"])
def test_a_task_given_back_cannot_be_answered(database: Database, end: End) -> None:
    worker, [claim] = some_claims(database)
    with database.unit_of_work() as uow:
        end(uow, worker.worker_id, claim.outward_id)
    assert code_of(database, worker, make.given(claim)) == "claim_ended"


@pytest.mark.parametrize("outward", ["", "not an id", "é" * 43, "A" * 43, "A" * 64])
def test_an_id_that_is_none_of_ours_is_not_found(database: Database, outward: str) -> None:
    worker, [claim] = some_claims(database)
    forged = replace(make.given(claim), assignment=outward)
    assert code_of(database, worker, forged) in {"not_found", "assignment_unknown"}


def test_an_id_of_another_job_or_another_claim_is_not_found(database: Database) -> None:
    worker, [claim] = some_claims(database)
    for pair in ((new_id(), claim.id), (claim.job_id, new_id())):
        forged = replace(make.given(claim), assignment=encode_pair(*pair))
        assert code_of(database, worker, forged) == "assignment_unknown"


def test_nobody_answers_for_somebody_else(database: Database) -> None:
    _, [claim] = some_claims(database)
    [thief] = make.some_workers(database, 1)
    assert code_of(database, thief, make.given(claim)) == "assignment_unknown"
    assert row_of(database, claim).state == AssignmentState.CLAIMED


GOOD = make.items("cat")[0]

WRONG: list[tuple[str, list[Any]]] = [
    ("answer_missing", []),
    ("answer_malformed", ["cat"]),
    ("answer_malformed", [{"from_name": "animal", "to_name": "text", "type": "choices"}]),
    ("answer_malformed", [GOOD | {"value": {"choices": []}}]),
    ("answer_malformed", [GOOD | {"value": {"choices": "cat"}}]),
    ("answer_malformed", [GOOD | {"id": 7}]),
    ("answer_malformed", [GOOD | {"value": {"choices": [float("nan")]}}]),
    ("answer_malformed", [{}]),
    ("answer_control_unknown", [GOOD | {"from_name": "colour"}]),
    ("answer_control_unknown", [GOOD | {"from_name": ["animal"]}]),
    ("answer_to_name_wrong", [GOOD | {"to_name": "picture"}]),
    ("answer_type_wrong", [GOOD | {"type": "rectangle"}]),
    ("answer_key_unknown", [GOOD | {"score": 1}]),
    ("answer_control_repeated", [GOOD, GOOD]),
    ("answer_choices_several", [GOOD | {"value": {"choices": ["cat", "dog"]}}]),
    ("answer_not_an_option", [GOOD | {"value": {"choices": ["horse"]}}]),
    ("answer_not_text", [GOOD | {"value": {"choices": [{"a": []}]}}]),
    ("answer_too_large", [GOOD | {"value": {"choices": ["x" * 270_000]}}]),
]


@pytest.mark.parametrize(
    ("code", "result"), WRONG, ids=[f"{n}-{c}" for n, (c, _) in enumerate(WRONG)]
)
def test_an_answer_of_the_wrong_shape_says_what_is_wrong(
    database: Database, code: str, result: list[Any]
) -> None:
    worker, claims = some_claims(database, 2)
    make.submit(database, worker, make.given(claims[1]))
    for claim in claims:  # the first answer and a change of one are looked at alike
        assert code_of(database, worker, replace(make.given(claim), result=result)) == code
    assert row_of(database, claims[0]).state == AssignmentState.CLAIMED


def test_more_than_fifty_answers_at_once_are_too_many(database: Database) -> None:
    worker, [claim] = some_claims(database)
    with pytest.raises(Refused) as refusal:
        make.submit(database, worker, *[make.given(claim)] * 51)
    assert refusal.value.code == "answers_too_many"


def test_active_seconds_are_bounded_by_what_the_server_saw(
    database: Database, clock: Clock
) -> None:
    worker, claims = some_claims(database, 2)
    clock.advance(timedelta(seconds=40))
    make.submit(
        database,
        worker,
        make.given(claims[0], active_seconds=86_400),
        make.given(claims[1], active_seconds=-5),
    )
    assert 40 <= row_of(database, claims[0]).active_seconds <= 45
    assert row_of(database, claims[1]).active_seconds == 0


def test_the_time_of_opening_lies_between_claim_and_answer(
    database: Database, clock: Clock
) -> None:
    worker, claims = some_claims(database, 2)
    claimed_at = claims[0].claimed_at
    clock.advance(timedelta(seconds=40))
    make.submit(
        database,
        worker,
        replace(make.given(claims[0]), opened_at=claimed_at - timedelta(days=1)),
        replace(make.given(claims[1]), opened_at=claimed_at + timedelta(days=1)),
    )
    assert row_of(database, claims[0]).opened_at == claimed_at
    assert row_of(database, claims[1]).opened_at == row_of(database, claims[1]).submitted_at


def test_an_answer_keeps_the_versions_and_the_price_it_was_claimed_under(
    database: Database,
) -> None:
    worker, [claim] = some_claims(database)
    with database.unit_of_work() as uow:
        job = queries.job(uow, claim.job_id)
        pricing.change_price(uow, job, Money.parse("0.50", "USD"))
        versions.change_guidelines(uow, job, "New.")
        versions.change_interface(uow, job, make.CATS.replace("<View>", '<View class="wide">'))
    [outcome] = make.submit(database, worker, make.given(claim))
    assert outcome.status == "accepted"
    row = row_of(database, claim)
    assert (row.guidelines_version, row.interface_version, row.price_version) == (1, 1, 1)
    assert (row.reward_micros, row.fee_micros) == (100_000, 15_000)


@pytest.mark.parametrize("verb", ["pause", "close", "complete", "cancel"])
def test_work_done_in_time_counts_though_the_job_moved_on(database: Database, verb: str) -> None:
    worker, [claim] = some_claims(database)
    with database.unit_of_work() as uow:
        getattr(publishing, verb)(uow, queries.job(uow, claim.job_id))
    [outcome] = make.submit(database, worker, make.given(claim))
    assert outcome.status == "accepted"


def test_work_done_in_time_counts_though_others_settled_the_task(database: Database) -> None:
    worker, [claim] = some_claims(database)
    with database.unit_of_work() as uow:
        mine = (Task.job_id == claim.job_id, Task.id == row_of(database, claim).task_id)
        task = uow.session.scalars(select(Task).where(*mine)).one()
        slots.release_for(uow, queries.job(uow, claim.job_id), task.slots_open, "settled")
        task.state, task.slots_open = "settled", 0
    [outcome] = make.submit(database, worker, make.given(claim))
    assert outcome.status == "accepted"


def test_an_answer_ends_a_row_of_skips(database: Database) -> None:
    worker, claims = some_claims(database, 2)
    with database.unit_of_work() as uow:
        leasing.skip(uow, worker_id(worker), claims[0].outward_id, "unsure")
        enrolment = uow.get(Enrolment, (claims[0].job_id, worker.worker_id), "nobody")
        uow.session.refresh(enrolment)
        assert enrolment.skipped_in_row == 1
    make.submit(database, worker, make.given(claims[1]))
    with database.unit_of_work() as uow:
        enrolment = uow.get(Enrolment, (claims[0].job_id, worker.worker_id), "nobody")
        assert enrolment.skipped_in_row == 0


def test_answers_to_two_jobs_may_come_in_one_batch(database: Database) -> None:
    worker, [claim] = some_claims(database)
    with database.unit_of_work() as uow:
        other = make.a_published_job(uow, make.some_tasks(1))
    [second] = make.claim(database, worker, other.id)
    outcomes = make.submit(database, worker, make.given(second), make.given(claim))
    assert [outcome.status for outcome in outcomes] == ["accepted"] * 2
    assert [outcome.assignment for outcome in outcomes] == [second.outward_id, claim.outward_id]
