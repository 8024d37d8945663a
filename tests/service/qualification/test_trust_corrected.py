"""Records after a gold was corrected or withdrawn: as if it had been so from the start."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from kernel.db import Database
from tests.service.qualification import builders as b
from tests.service.qualification.recording import (
    FELL_SHORT,
    RECOVERED,
    content,
    news,
    record,
    rescore,
    source,
)


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
