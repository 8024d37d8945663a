"""How long an answer can be changed, when it is final, and who is told then."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from kernel.clock import Clock
from kernel.db import Database
from kernel.events import OutboxRow
from kernel.identity import Identity
from kernel.types import new_id
from marketplace.assignments import waking
from marketplace.assignments.handout.claiming import Claim
from marketplace.assignments.models import Assignment
from tests import factories as make
from tests.service.assignments.handed_in import code_of, revisions, row_of, some_claims


def test_an_answer_may_be_changed_until_it_is_final(database: Database, clock: Clock) -> None:
    worker, [claim] = some_claims(database)
    [first] = make.submit(database, worker, make.given(claim, "cat"))
    clock.advance(timedelta(seconds=10))
    [changed] = make.submit(database, worker, make.given(claim, "dog"))
    assert (changed.status, changed.final_at) == ("changed", first.final_at)
    clock.advance(timedelta(seconds=21))
    assert code_of(database, worker, make.given(claim, "cat")) == "answer_final"
    assert [kept.given["animal"] for kept in revisions(database, claim)] == ["cat", "dog"]
    assert row_of(database, claim).given == {"animal": "dog"}


def test_only_the_last_five_answers_can_be_changed(database: Database, clock: Clock) -> None:
    worker, claims = some_claims(database, 6)
    for claim in claims:
        make.submit(database, worker, make.given(claim))
    assert code_of(database, worker, make.given(claims[0], "dog")) == "answer_final"
    [outcome] = make.submit(database, worker, make.given(claims[1], "dog"))
    assert outcome.status == "changed"


def test_an_answer_that_was_read_already_is_final(database: Database) -> None:
    worker, [claim] = some_claims(database)
    make.submit(database, worker, make.given(claim))
    with database.unit_of_work() as uow:
        mine = (Assignment.job_id == claim.job_id, Assignment.id == claim.id)
        uow.session.execute(update(Assignment).where(*mine).values(settled_at=uow.now))
    assert code_of(database, worker, make.given(claim, "dog")) == "answer_final"


def test_the_news_of_an_answer_waits_until_it_is_final(database: Database) -> None:
    worker, [claim] = some_claims(database)
    [outcome] = make.submit(database, worker, make.given(claim))
    with database.unit_of_work() as uow:
        told = (OutboxRow.key == str(claim.job_id), OutboxRow.name.endswith("AnswersSubmitted"))
        rows = uow.session.scalars(select(OutboxRow.due_at).where(*told)).all()
    assert outcome.final_at is not None
    assert rows == [outcome.final_at.replace(microsecond=0) + timedelta(seconds=1)]


def test_answers_that_are_final_in_one_second_are_told_of_once(database: Database) -> None:
    job_id, final_at = new_id(), database.clock.now().replace(microsecond=0) + timedelta(days=1)
    for milliseconds in (1, 500, 999):
        with database.unit_of_work() as uow:
            waking.tell(uow, job_id, final_at + timedelta(milliseconds=milliseconds))
    with database.unit_of_work() as uow:
        told = OutboxRow.key == str(job_id)
        rows = uow.session.scalars(select(OutboxRow.due_at).where(told)).all()
    assert rows == [final_at + timedelta(seconds=1)]


def test_what_a_failed_transaction_told_is_told_again(database: Database) -> None:
    job_id = new_id()
    for fails in (True, False):
        with suppress(ZeroDivisionError), database.unit_of_work() as uow:
            waking.tell(uow, job_id, uow.now.replace(microsecond=0) + timedelta(days=1))
            if fails:
                raise ZeroDivisionError
    with database.unit_of_work() as uow:
        told = OutboxRow.key == str(job_id)
        assert len(uow.session.scalars(select(OutboxRow.due_at).where(told)).all()) == 1


def a_gold_claim(database: Database, *, feedback: bool) -> tuple[Identity, Claim]:
    """Claim a gold task whose known answer is a cat."""
    check = make.a_task("check", gold="cat", explanation="Look at the ears.")
    with database.unit_of_work() as uow:
        job = make.a_published_job(
            uow,
            [*make.some_tasks(3), check],
            gold_every=1,
            gold_feedback=feedback,
            undo_seconds=0 if feedback else 30,
        )
        worker = make.a_worker(uow)
    claims = make.claim(database, worker, job.id, 2)
    return worker, next(claim for claim in claims if claim.data["text"] == "check")


@pytest.mark.parametrize(("value", "right"), [("cat", True), ("dog", False)])
def test_gold_feedback_is_immediate_where_the_job_says_so(
    database: Database, value: str, right: bool
) -> None:
    worker, claim = a_gold_claim(database, feedback=True)
    [outcome] = make.submit(database, worker, make.given(claim, value))
    assert outcome.gold == {
        "right": right,
        "known": {"animal": "cat"},
        "explanation": "Look at the ears.",
    }
    other = "dog" if value == "cat" else "cat"
    assert code_of(database, worker, make.given(claim, other)) == "answer_final"


def test_gold_is_not_given_away_where_the_job_does_not_say_so(database: Database) -> None:
    worker, claim = a_gold_claim(database, feedback=False)
    outcomes = make.submit(database, worker, make.given(claim, "dog"))
    assert [outcome.gold for outcome in outcomes] == [None]
    assert [outcome.status for outcome in outcomes] == ["accepted"]


def test_eight_windows_that_send_the_same_answer_leave_one_revision(database: Database) -> None:
    worker, [claim] = some_claims(database)
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(
            threads.map(lambda _: make.submit(database, worker, make.given(claim))[0], range(8))
        )
    assert sorted(outcome.status for outcome in outcomes) == ["accepted"] + ["same"] * 7
    assert len({outcome.final_at for outcome in outcomes}) == 1
    assert len(revisions(database, claim)) == 1
