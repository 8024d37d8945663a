"""Keys of exams: how questions fare, what closing means, and versions of one qualification."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from kernel.clock import Clock
from kernel.db import Database, UnitOfWork
from kernel.errors import Conflict, Refused
from qualification import queries, rekeying, sittings
from qualification.keys import faring, revising
from qualification.models import Exam
from qualification.pages import written
from tests.service.qualification import builders as b
from tests.service.qualification.test_sittings import RIGHT, make, sit, value_held


def fared(database: Database, exam: Exam) -> faring.Key:
    """Return the key of an exam as its maker sees it."""
    with database.unit_of_work() as uow:
        return faring.key(uow, queries.exam(uow, exam.id))


def revise(database: Database, exam: Exam, **changes: object) -> Exam:
    """Put a new version in the place of an exam."""
    with database.unit_of_work() as uow:
        old = queries.exam(uow, exam.id)
        return revising.revise(uow, b.OWNER, old, b.a_draft(**changes)).exam


def test_rates_are_of_the_first_try_and_a_key_most_people_contradict_is_doubted(
    database: Database, clock: Clock
) -> None:
    exam = make(database, pass_mark=100)
    with database.unit_of_work() as uow:
        people = [b.a_worker(uow) for _ in range(6)]
    for worker in people:
        sit(database, exam, worker, RIGHT | {"q1": "dog"})
    clock.advance(timedelta(hours=2))
    sit(database, exam, people[0], RIGHT)
    key = fared(database, exam)
    first, second = key.lines[0], key.lines[1]
    assert (first.missed.count, first.missed.of, first.favourite) == (6, 6, ("dog", 6))
    assert "More people chose “dog”" in first.doubt
    assert (second.missed.count, second.favourite, second.doubt) == (0, None, "")
    assert (key.passed.count, key.passed.of) == (0, 6)
    assert (key.sittings["passed"], key.sittings["failed"]) == (1, 6)
    with database.unit_of_work() as uow:
        rekeying.correct(uow, exam.id, "q1", "dog")
    assert (fared(database, exam).passed.count, fared(database, exam).lines[0].doubt) == (6, "")


def test_nobody_begins_a_closed_exam_and_who_is_at_it_goes_on(database: Database) -> None:
    exam = make(database)
    with database.unit_of_work() as uow:
        begun, late = b.a_worker(uow), b.a_worker(uow)
        running = sittings.start(uow, queries.exam(uow, exam.id), begun.id).id
    with database.unit_of_work() as uow:
        revising.close(uow, queries.exam(uow, exam.id))
    with database.unit_of_work() as uow:
        closed = queries.exam(uow, exam.id)
        assert sittings.start(uow, closed, begun.id).id == running
        with pytest.raises(Conflict, match="This exam is closed"):
            sittings.start(uow, closed, late.id)
        with pytest.raises(Conflict, match="closed already"):
            revising.close(uow, closed)
        assert revising.open_again(uow, closed).closed_at is None
        assert sittings.start(uow, closed, late.id).state == "started"


def test_a_new_version_grants_the_same_qualification_and_leaves_old_scores_alone(
    database: Database,
) -> None:
    exam = make(database)
    with database.unit_of_work() as uow:
        holder, newcomer = b.a_worker(uow), b.a_worker(uow)
    sit(database, exam, holder, RIGHT)
    newer = revise(database, exam, questions=b.questions("dog", "dog"))
    assert (newer.version, newer.type_id) == (2, exam.type_id)
    assert sit(database, newer, newcomer, {"q1": "dog", "q2": "dog"}).state == "passed"
    with database.unit_of_work() as uow:
        assert value_held(uow, newer, holder) == value_held(uow, newer, newcomer) == 100
        assert held_exam(uow, newer, newcomer.id) == newer.id
        old = queries.exam(uow, exam.id)
        with pytest.raises(Conflict, match="newer version"):
            revising.open_again(uow, old)
        with pytest.raises(Conflict, match="newer version"):
            revising.revise(uow, b.OWNER, old, b.a_draft())
        assert [one.version for one in queries.versions(uow, exam.type_id)] == [2, 1]


def held_exam(uow: UnitOfWork, exam: Exam, worker_id: UUID) -> UUID | None:
    """Return the exam that a worker is led to."""
    return queries.held(uow, worker_id, {exam.type_id})[exam.type_id].exam_id


def test_a_new_version_is_no_way_around_the_wait_for_another_try(
    database: Database, clock: Clock
) -> None:
    exam = make(database)
    with database.unit_of_work() as uow:
        worker = b.a_worker(uow)
    sit(database, exam, worker, {})
    newer = revise(database, exam)
    with pytest.raises(Refused, match="again from"), database.unit_of_work() as uow:
        sittings.start(uow, queries.exam(uow, newer.id), worker.id)
    clock.advance(timedelta(hours=2))
    assert sit(database, newer, worker, RIGHT).state == "passed"


def test_questions_are_written_as_they_are_read() -> None:
    asked = written.questions(
        "What is it?\nLook well.\n* cat\n- dog\n! Its ears.\n\nAnd this?\n- cat\n* dog"
    )
    assert written.questions(written.as_text(asked)) == asked
    assert written.as_text([one | {"is_withdrawn": True} for one in asked]) == ""
