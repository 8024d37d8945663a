"""Gold outcomes become records: once each, in bulk, and as if corrections had always been."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from uuid import UUID

from sqlalchemy import event, func, select

from kernel.db import Database, UnitOfWork
from qualification import trust
from qualification.evidence.notes import ReviewCounts
from qualification.models import TrustNote
from qualification.trust import GoldCounts, GoldOutcome, ReviewOutcome
from tests.service.qualification import builders as b
from tests.service.qualification.recording import (
    FELL_SHORT,
    JOB,
    MINIMUM,
    OTHER_JOB,
    RATE,
    content,
    news,
    record,
    rescore,
    source,
)


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
