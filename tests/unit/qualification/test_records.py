"""Folding gold outcomes into a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from consensus import sequential
from kernel.types import new_id
from qualification.evidence import records

START = datetime(2026, 11, 22, tzinfo=UTC)
RULE = records.Rule.of(0.7, 0.01)


def a_record() -> records.Record:
    return records.Record(new_id())


def marks(hits: list[bool]) -> list[records.Mark]:
    return [
        records.Mark(START + timedelta(minutes=number), f"assignment:{number}", float(hit))
        for number, hit in enumerate(hits)
    ]


@given(st.lists(st.booleans(), max_size=40), st.data())
def test_a_record_folded_in_parts_is_the_record_folded_at_once(
    hits: list[bool], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(hits)))
    whole, parts = a_record(), a_record()
    records.fold([(whole, marks(hits))], RULE)
    records.fold([(parts, marks(hits)[:cut])], RULE)
    records.fold([(parts, marks(hits)[cut:])], RULE)
    assert replace(parts, worker_id=whole.worker_id) == whole


def test_the_evidence_is_that_of_the_sequential_test() -> None:
    record, evidence = a_record(), sequential.Evidence()
    hits = [True, False, False, True, False]
    records.fold([(record, marks(hits))], RULE)
    for hit in hits:
        evidence = sequential.update(evidence, hit, RULE.minimum)
    assert (record.right, record.wrong) == (evidence.right, evidence.wrong)
    assert abs(record.log_evidence - evidence.log_e) < 1e-9


def test_the_moment_of_falling_short_is_the_first_one_and_stays() -> None:
    record = a_record()
    misses = marks([False] * 10)
    records.fold([(record, misses)], RULE)
    first = record.fell_short_at
    assert first is not None and START < first < misses[-1].at
    records.fold([(record, marks([False] * 10 + [True] * 60)[10:])], RULE)
    assert record.fell_short_at == first


def test_a_minimum_of_one_or_none_is_still_a_test() -> None:
    for minimum in (0.0, 1.0):
        rule = records.Rule.of(minimum, 0.01)
        record = a_record()
        records.fold([(record, marks([True, False, True]))], rule)
        assert abs(record.log_evidence) < 1e6


def test_an_outcome_goes_on_only_after_the_last_one_under_the_same_rule() -> None:
    record = a_record()
    [first, second] = marks([True, True])
    assert records.goes_on(record, RULE, first.at, first.source)
    records.fold([(record, [second])], RULE)
    assert not records.goes_on(record, RULE, first.at, first.source)
    assert not records.goes_on(record, RULE, second.at, second.source)
    later = second.at + timedelta(seconds=1)
    assert records.goes_on(record, RULE, later, first.source)
    assert not records.goes_on(record, records.Rule.of(0.8, 0.01), later, first.source)
