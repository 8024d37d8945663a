"""Rates, medians and ratios of a bench are right, and works really take turns."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import measuring
from bench.measuring import Row, Run, Sample, Work


def a_row(rates: tuple[float, ...], floor_rates: tuple[float, ...]) -> Row:
    return Row("a work", "things", rates, floor_rates)


def test_a_rate_is_pieces_for_each_second() -> None:
    assert Sample(count=30, seconds=2.0).rate == 15.0


def test_the_rate_of_a_work_is_the_median_of_its_rounds() -> None:
    assert a_row((10.0, 1_000.0, 20.0), (1.0, 1.0, 1.0)).rate == 20.0


def test_each_round_is_related_to_the_floor_of_its_own_round() -> None:
    slowed_down_together = a_row((100.0, 50.0, 10.0), (200.0, 100.0, 20.0))
    assert slowed_down_together.ratio == 0.5


def test_one_disturbed_round_does_not_move_the_ratio() -> None:
    assert a_row((100.0, 1.0, 120.0), (50.0, 50.0, 50.0)).ratio == 2.0


def test_a_round_without_its_floor_is_an_error() -> None:
    with pytest.raises(ValueError):
        _ = a_row((1.0, 2.0), (1.0,)).ratio


def test_a_step_is_repeated_until_its_seconds_are_used() -> None:
    ticks = iter(range(100))
    run = measuring.stepped(lambda: 5, timer=lambda: float(next(ticks)))
    assert run(3.0) == Sample(count=15, seconds=3.0)


def test_what_happens_before_a_step_is_done_and_not_timed() -> None:
    clock = [0.0]
    done: list[str] = []

    def before() -> None:
        clock[0] += 100.0
        done.append("before")

    def step() -> int:
        clock[0] += 1.0
        done.append("step")
        return 1

    sample = measuring.stepped(step, before, timer=lambda: clock[0])(2.0)
    assert sample == Sample(count=2, seconds=2.0)
    assert done == ["before", "step", "before", "step"]


def test_works_take_turns_and_none_always_goes_first() -> None:
    ran: list[str] = []

    def noted(name: str) -> Run:
        def run(seconds: float) -> Sample:
            ran.append(name)
            return Sample(1, seconds)

        return run

    measuring.in_turns([Work(name, "", noted(name)) for name in "abc"], seconds=1.0)
    assert "".join(ran) == "abc" + "abc" + "bca" + "cab"


def test_every_work_is_set_against_the_first_one_and_the_warm_up_is_forgotten() -> None:
    def counted(counts: Iterator[int]) -> Run:
        return lambda _: Sample(next(counts), 1.0)

    floor = Work("floor", "rows", counted(iter([9_999, 10, 20, 40])))
    other = Work("other", "tasks", counted(iter([9_999, 5, 10, 40])))
    rows = measuring.in_turns([floor, other], seconds=1.0)
    assert [row.rates for row in rows] == [(10.0, 20.0, 40.0), (5.0, 10.0, 40.0)]
    assert [row.ratio for row in rows] == [1.0, 0.5]
