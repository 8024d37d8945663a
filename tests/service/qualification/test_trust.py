"""Gold outcomes become records: once each, in bulk, and as if corrections had always been."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, func, select

from kernel.db import Database, UnitOfWork
from kernel.types import new_id
from qualification import trust
from qualification.evidence.notes import ReviewCounts
from qualification.models import GoldRecord, TrustNote
from qualification.trust import Correction, GoldCounts, GoldOutcome, ReviewOutcome
from tests.service.qualification import builders as b

MINIMUM, RATE = 0.7, 0.01
FELL_SHORT, RECOVERED = "qualification.WorkerFellShort", "qualification.WorkerRecovered"
JOB, OTHER_JOB = new_id(), new_id()


@pytest.fixture
def people(database: Database) -> list[UUID]:
    """Three workers; one has a record on another job, which nothing here may touch."""
    with database.unit_of_work() as uow:
        ids = [b.a_worker(uow).id for _ in range(3)]
    noise = [
        replace(outcome, source=f"assignment:{OTHER_JOB}/{number}")
        for number, outcome in enumerate(b.outcomes(ids[0], "+-+"))
    ]
    record(database, noise, job=OTHER_JOB)
    return ids


def record(
    database: Database, outcomes: list[GoldOutcome], job: UUID = JOB, minimum: float = MINIMUM
) -> None:
    with database.unit_of_work() as uow:
        trust.record_gold(uow, job, outcomes, minimum, RATE)


def rescore(database: Database, version: int, similarities: dict[str, float | None]) -> None:
    with database.unit_of_work() as uow:
        trust.rescore_gold(uow, JOB, Correction(version, similarities), MINIMUM, RATE)


def source(worker_id: UUID, number: int) -> str:
    return f"assignment:{worker_id}/{number}"


def content(database: Database, worker_id: UUID, job: UUID = JOB) -> tuple[object, ...]:
    with database.unit_of_work() as uow:
        row = uow.session.get_one(GoldRecord, (job, worker_id))
        return row.right, row.wrong, row.log_evidence, row.evidence, row.fell_short_at


def news(database: Database) -> list[str]:
    with database.unit_of_work() as uow:
        return b.told(uow)


def test_outcomes_are_counted_by_worker(database: Database, people: list[UUID]) -> None:
    first, second, _ = people
    record(database, [*b.outcomes(first, "++-"), *b.outcomes(second, "-")])
    with database.unit_of_work() as uow:
        assert trust.skills(uow, JOB) == {first: GoldCounts(2, 1), second: GoldCounts(0, 1)}
        assert trust.skills(uow, OTHER_JOB) == {first: GoldCounts(2, 1)}
    assert news(database) == []


def test_nothing_to_record_is_fine(database: Database, people: list[UUID]) -> None:
    record(database, [])
    rescore(database, 2, {"assignment:unknown": 1.0})
    with database.unit_of_work() as uow:
        assert trust.skills(uow, JOB) == {}


def test_an_outcome_counts_once_however_often_it_is_given(
    database: Database, people: list[UUID]
) -> None:
    outcomes = b.outcomes(people[0], "++-+")
    record(database, [*outcomes, *outcomes])
    once = content(database, people[0])
    record(database, outcomes)
    assert content(database, people[0]) == once
    assert once[:2] == (3, 1)


def test_callers_at_the_same_time_count_each_outcome_once(
    database: Database, people: list[UUID]
) -> None:
    patterns = ("++-+" * 20, "+--+" * 20, "+" * 80)
    everything = [
        outcome
        for person, pattern in zip(people, patterns, strict=True)
        for outcome in b.outcomes(person, pattern)
    ]

    def some(seed: int) -> None:
        chance = random.Random(seed)
        mine = chance.sample(everything, len(everything))
        for start in range(0, len(mine), 40):
            record(database, mine[start : start + 40])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(some, range(4)))
    with database.unit_of_work() as uow:
        counts = trust.skills(uow, JOB)
        notes = select(func.count()).select_from(TrustNote).where(TrustNote.job == JOB)
        assert uow.session.scalar(notes) == len(everything)
    assert [counts[person] for person in people] == [
        GoldCounts(60, 20),
        GoldCounts(40, 40),
        GoldCounts(80, 0),
    ]


def test_a_caller_waits_for_the_one_who_is_at_the_same_record(
    database: Database, people: list[UUID]
) -> None:
    worker = people[0]
    record(database, b.outcomes(worker, "+"))
    with ThreadPoolExecutor(1) as pool:
        with database.unit_of_work() as uow:
            trust.record_gold(uow, JOB, b.outcomes(worker, "+"), MINIMUM, RATE)
            waiting = pool.submit(record, database, b.outcomes(worker, "-", first=1))
            assert not wait([waiting], timeout=0.5).done
        waiting.result(timeout=10)
    assert content(database, worker)[:2] == (1, 1)


def test_outcomes_in_any_order_and_any_parts_give_the_same_record(
    database: Database, people: list[UUID]
) -> None:
    straight, shuffled, _ = people
    pattern = "+-++--+-+++-++"
    record(database, b.outcomes(straight, pattern))
    mixed = b.outcomes(shuffled, pattern)
    random.Random(7).shuffle(mixed)
    for start in range(0, len(mixed), 3):
        record(database, mixed[start : start + 3])
    right, wrong, log_evidence, _, fell_short_at = content(database, straight)
    again = content(database, shuffled)
    assert again[:3] == (right, wrong, log_evidence)
    assert again[4] == fell_short_at


def test_a_worker_who_keeps_missing_falls_short_once(
    database: Database, people: list[UUID]
) -> None:
    bad, good, _ = people
    record(database, [*b.outcomes(bad, "-----"), *b.outcomes(good, "+++++")])
    assert news(database) == []
    record(database, b.outcomes(bad, "-----", first=5))
    assert news(database) == [FELL_SHORT]
    record(database, b.outcomes(bad, "-----", first=10))
    assert news(database) == [FELL_SHORT]
    fell_short_at = content(database, bad)[4]
    assert fell_short_at is not None
    assert content(database, good)[4] is None


def test_a_corrected_gold_gives_the_record_as_if_it_had_been_right_from_the_start(
    database: Database, people: list[UUID]
) -> None:
    corrected, straight, bystander = people
    record(database, [*b.outcomes(corrected, "+-+-+-"), *b.outcomes(bystander, "-+")])
    untouched = content(database, bystander)
    rescore(database, 2, {source(corrected, 1): 1.0, source(corrected, 4): 0.0})
    record(database, b.outcomes(straight, "+++--" + "-"))
    assert content(database, corrected)[:3] == content(database, straight)[:3]
    assert content(database, bystander) == untouched


def test_a_withdrawn_gold_counts_for_nobody_and_may_come_back(
    database: Database, people: list[UUID]
) -> None:
    worker = people[0]
    record(database, b.outcomes(worker, "+-+"))
    rescore(database, 2, {source(worker, 1): None})
    assert content(database, worker)[:2] == (2, 0)
    rescore(database, 3, {source(worker, 1): 1.0})
    assert content(database, worker)[:2] == (3, 0)


def test_a_correction_takes_back_a_removal_and_tells(
    database: Database, people: list[UUID]
) -> None:
    worker = people[0]
    record(database, b.outcomes(worker, "-" * 10))
    rescore(database, 2, {source(worker, number): 1.0 for number in range(8)})
    assert news(database) == [FELL_SHORT, RECOVERED]
    assert content(database, worker)[4] is None
    rescore(database, 3, {source(worker, number): 0.0 for number in range(8)})
    assert news(database) == [FELL_SHORT, RECOVERED, FELL_SHORT]


def test_a_correction_that_changes_too_little_leaves_the_removal(
    database: Database, people: list[UUID]
) -> None:
    worker = people[0]
    record(database, b.outcomes(worker, "-" * 14))
    rescore(database, 2, {source(worker, 13): 1.0})
    assert news(database) == [FELL_SHORT]
    assert content(database, worker)[4] is not None


def test_an_old_judgement_that_arrives_late_changes_nothing(
    database: Database, people: list[UUID]
) -> None:
    worker = people[0]
    record(database, b.outcomes(worker, "+", version=2))
    before = content(database, worker)[:3]
    record(database, b.outcomes(worker, "-", version=1))
    assert content(database, worker)[:3] == before


def test_an_old_judgement_of_a_withdrawn_gold_counts_no_more(
    database: Database, people: list[UUID]
) -> None:
    worker = people[0]
    [judged] = b.outcomes(worker, "-")
    record(database, [replace(judged, version=2, similarity=None)])
    record(database, [judged])
    assert content(database, worker)[:2] == (0, 0)


def test_a_correction_judges_only_what_was_judged_before(
    database: Database, people: list[UUID]
) -> None:
    worker = people[0]
    record(database, b.outcomes(worker, "+"))
    rescore(database, 2, {source(worker, 0): 1.0, source(worker, 5): 0.0})
    assert content(database, worker)[:2] == (1, 0)


def test_a_new_minimum_judges_the_whole_record_anew(database: Database, people: list[UUID]) -> None:
    lenient, strict, _ = people
    record(database, b.outcomes(lenient, "-" * 10), minimum=0.7)
    assert content(database, lenient)[4] is not None
    record(database, b.outcomes(lenient, "-", first=10), minimum=0.2)
    record(database, b.outcomes(strict, "-" * 11), minimum=0.2)
    assert content(database, lenient)[:3] == content(database, strict)[:3]


def test_hundreds_of_outcomes_cost_a_handful_of_statements(
    database: Database, people: list[UUID]
) -> None:
    def statements(outcomes: list[GoldOutcome]) -> int:
        seen: list[str] = []
        with database.unit_of_work() as uow:
            connection = uow.session.connection()
            event.listen(connection, "before_cursor_execute", lambda *call: seen.append(call[2]))
            trust.record_gold(uow, JOB, outcomes, MINIMUM, RATE)
        return len(seen)

    with database.unit_of_work() as uow:
        crowd = [b.a_worker(uow).id for _ in range(100)]
    few = [outcome for worker in crowd[:2] for outcome in b.outcomes(worker, "+-")]
    many = [outcome for worker in crowd for outcome in b.outcomes(worker, "++-+-++", first=5)]
    assert statements(few) <= 7
    assert statements(many) <= 7
    late = [outcome for worker in crowd for outcome in b.outcomes(worker, "-")]
    assert statements(late) <= 7


def test_a_test_that_fires_tells_the_counts(database: Database, people: list[UUID]) -> None:
    with database.unit_of_work() as uow:
        trust.record_gold(uow, JOB, b.outcomes(people[0], "-" * 10), MINIMUM, RATE)
        [entry] = _outbox(uow)
        assert entry["body"] == {
            "job": str(JOB),
            "worker_id": str(people[0]),
            "right": 0,
            "wrong": 10,
        }


def _outbox(uow: UnitOfWork) -> list[dict[str, object]]:
    return [entry for entry in uow.outbox if entry["name"] == FELL_SHORT]


def test_the_last_review_of_an_answer_counts(database: Database, people: list[UUID]) -> None:
    worker, other, _ = people

    def review(who: UUID, number: int, version: int, is_accepted: bool) -> ReviewOutcome:
        at = b.START + timedelta(minutes=version)
        return ReviewOutcome(who, source(who, number), version, is_accepted, at)

    first = [
        review(worker, 1, 1, True),
        review(worker, 2, 1, False),
        review(worker, 3, 1, False),
        review(other, 1, 1, False),
    ]
    with database.unit_of_work() as uow:
        trust.record_review(uow, JOB, [*first, *first])
        trust.record_review(uow, OTHER_JOB, [review(worker, 9, 1, True)])
    with database.unit_of_work() as uow:
        trust.record_review(uow, JOB, [*first, review(worker, 2, 2, True)])
        assert trust.reviews(uow, JOB) == {
            worker: ReviewCounts(accepted=2, reviewed=3),
            other: ReviewCounts(accepted=0, reviewed=1),
        }
        assert trust.skills(uow, JOB) == {}
