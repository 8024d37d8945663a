"""Quality rules: refused when they make no sense, and acting exactly when their conditions hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from kernel.errors import Refused
from qualification.rules import checking, language, replay, words
from qualification.rules.language import Action, Condition, Rule
from qualification.rules.replay import Seen

START = datetime(2026, 11, 22, tzinfo=UTC)
BESIDE = checking.Surroundings(gold_count=20, gold_minimum=0.7, windows={})


def rule(*conditions: tuple[str, str, float], **parts: object) -> Rule:
    """Describe a rule on gold that pauses; parts say otherwise."""
    plain = {"collector": "gold", "action": Action.PAUSE, "window": 10}
    return Rule(conditions=[Condition(*one) for one in conditions], **(plain | parts))  # type: ignore[arg-type]


def seen(*values: float, minutes: float = 1, expected: float = 0.0) -> list[Seen]:
    """Describe pieces of evidence, so many minutes apart."""
    steps = enumerate(values)
    return [Seen(START + timedelta(minutes=n * minutes), value, expected) for n, value in steps]


FIVE_BAD = rule(("count", ">=", 5), ("accuracy", "<", 0.5))


def test_a_rule_acts_when_all_its_conditions_hold_and_not_before() -> None:
    found = replay.acts(FIVE_BAD, seen(0, 0, 1, 1, 0, 0))
    assert [(one.place, one.measures) for one in found] == [(4, {"count": 5, "accuracy": 0.4})]


def test_a_rule_looks_at_the_window_only() -> None:
    early = [0.0] * 4 + [1.0] * 6
    assert replay.acts(rule(("count", ">=", 5), ("accuracy", "<", 0.5), window=5), seen(*early))
    late = [1.0] * 20 + [0.0] * 5
    found = replay.acts(rule(("count", ">=", 10), ("accuracy", "<=", 0.6)), seen(*late))
    assert [one.place for one in found] == [23]


def test_after_an_act_a_rule_begins_with_a_clean_sheet() -> None:
    found = replay.acts(FIVE_BAD, seen(*[0.0] * 12))
    assert [one.place for one in found] == [4, 9]


def test_what_came_before_a_rule_counts_and_is_looked_at_once() -> None:
    pieces = seen(*[0.0] * 6)
    [found] = replay.acts(FIVE_BAD, pieces, from_at=pieces[-1].at + timedelta(hours=1))
    assert found.place == 5
    recovered = seen(0, 0, 0, 0, 0, 1, 1, 1, 1, 1)
    assert not replay.acts(FIVE_BAD, recovered, from_at=recovered[-1].at)


def test_evidence_up_to_the_last_act_is_used_up() -> None:
    pieces = seen(*[0.0] * 9)
    assert not replay.acts(FIVE_BAD, pieces, after=pieces[4].at)
    assert replay.acts(FIVE_BAD, seen(*[0.0] * 10), after=pieces[4].at)


@pytest.mark.parametrize(
    ("asked", "pieces", "place"),
    [
        (rule(("in_a_row", ">=", 3), collector="skips", window=None), seen(1, 1, 0, 1, 1, 1), 5),
        (
            rule(("answers_in_24_hours", ">", 3), collector="volume", window=None),
            seen(1, 1, 1, 1, 1, minutes=480) + [],
            None,
        ),
        (rule(("answers_in_24_hours", ">", 3), collector="volume", window=None), seen(*[1] * 5), 3),
        (
            rule(("earned_in_24_hours", ">=", 0.3), collector="earnings", window=None),
            seen(0.1, 0.1, 0.1),
            2,
        ),
        (
            rule(("fast_count", ">=", 2), collector="speed", window=3, fast_seconds=3),
            seen(2, 9, 9, 2, 1),
            4,
        ),
        (
            rule(("count", ">=", 4), ("shortfall", ">", 0.3), collector="agreement"),
            seen(0, 1, 0, 0, expected=0.9),
            3,
        ),
        (
            rule(("count", ">=", 4), ("shortfall", ">", 0.3), collector="agreement"),
            seen(0, 1, 0, 0, expected=0.5),
            None,
        ),
        (
            rule(("count", ">=", 3), ("rejected_share", ">=", 0.3), collector="review"),
            seen(0, 0, 1),
            2,
        ),
    ],
)
def test_each_collector_measures_what_it_says(
    asked: Rule, pieces: list[Seen], place: int | None
) -> None:
    assert [one.place for one in replay.acts(asked, pieces)][:1] == (
        [] if place is None else [place]
    )


def test_shares_are_compared_as_written() -> None:
    three_of_ten = [1.0] * 3 + [0.0] * 7
    assert not replay.acts(rule(("count", ">=", 10), ("accuracy", "<", 0.3)), seen(*three_of_ten))
    assert replay.acts(rule(("count", ">=", 10), ("accuracy", "<=", 0.3)), seen(*three_of_ten))


@settings(max_examples=60, deadline=None)
@given(some.lists(some.booleans(), max_size=60), some.integers(1, 20), some.integers(1, 8))
def test_stepping_all_at_once_says_the_same_as_step_by_step(
    hits: list[bool], window: int, least: int
) -> None:
    asked = rule(("count", ">=", least), ("accuracy", "<", 0.5), window=window)
    pieces = seen(*map(float, hits))
    expected, base = [], 0
    for place in range(len(hits)):
        last = hits[max(base, place + 1 - window) : place + 1]
        if len(last) >= least and sum(last) / len(last) < 0.5:
            expected.append(place)
            base = place + 1
    assert [one.place for one in replay.acts(asked, pieces)] == expected


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (rule(("accuracy", "<", 0.5)), "rule_rate_needs_count"),
        (rule(("count", ">=", 1), ("accuracy", "<", 0.5)), "rule_rate_needs_count"),
        (rule(("count", ">=", 11), ("accuracy", "<", 0.5)), "rule_never_fires"),
        (rule(("count", ">", 10), ("accuracy", "<", 0.5)), "rule_never_fires"),
        (rule(("count", ">=", 5), ("count", "<", 4)), "rule_never_fires"),
        (rule(("count", ">=", 21), window=30), "rule_gold_short"),
        (rule(("count", ">=", 5), ("accuracy", "<", 50)), "rule_share"),
        (rule(("count", ">=", 2.5)), "rule_count"),
        (rule(("rejected_share", ">=", 0.5)), "rule_measure"),
        (rule(("count", "=", 5)), "rule_comparison"),
        (rule(), "rule_conditions"),
        (rule(("count", ">=", 5), window=None), "rule_window"),
        (rule(("in_a_row", ">=", 5), collector="skips"), "rule_window_unused"),
        (rule(("count", ">=", 5), collector="weather"), "rule_collector"),
        (rule(("count", ">=", 5), action=Action.TRAIN), "rule_exam"),
        (rule(("count", ">=", 5), action=Action.GRANT), "rule_qualification"),
        (rule(("count", ">=", 5), details={"hours": 9_999}), "rule_hours"),
        (rule(("fast_count", ">=", 5), collector="speed"), "rule_fast_seconds"),
        (
            rule(
                ("answers_in_24_hours", ">", 9),
                collector="volume",
                window=None,
                action=Action.PROPOSE_SUSPENSION,
            ),
            "rule_cap_action",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_reason(asked: Rule, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        checking.check(asked, BESIDE)
    assert refusal.value.code == code


def test_two_windows_over_one_number_are_refused() -> None:
    beside = checking.Surroundings(20, 0.7, checking.windows_of([FIVE_BAD]))
    with pytest.raises(Refused, match="the last 10"):
        checking.check(rule(("count", ">=", 5), window=7), beside)
    assert checking.check(rule(("count", ">=", 5), action=Action.WARN), beside) == []


def test_a_rule_that_catches_good_workers_in_the_long_run_says_so() -> None:
    [warning] = checking.check(rule(("count", ">=", 5), ("accuracy", "<", 0.65)), BESIDE)
    assert "would meet this rule within 200 checks" in warning
    mild = rule(("count", ">=", 20), ("accuracy", "<", 0.25), window=20)
    assert checking.check(mild, BESIDE) == []


def test_false_alarms_are_the_share_of_good_workers_ever_caught() -> None:
    first_miss = rule(("count", ">=", 1), ("accuracy", "<", 1.0), window=1)
    drawn = replay.false_alarms(first_miss, accuracy=0.9, looks=10, seed=1, runs=4_000)
    assert drawn == pytest.approx(1 - 0.9**10, abs=0.03)


def test_a_rule_survives_writing_and_reading() -> None:
    assert language.to_json(language.from_json(language.to_json(FIVE_BAD))) == language.to_json(
        FIVE_BAD
    )


def test_a_rule_is_said_in_plain_words() -> None:
    said = words.of_rule(FIVE_BAD, "USD")
    assert said == (
        "When the number of checks answered is at least 5 and share of checks right is below 50% "
        "(of the last 10), pause the worker on this job."
    )
    assert words.of_measures(FIVE_BAD, {"count": 5, "accuracy": 0.4}, "USD") == (
        "checks answered 5, share of checks right 40%"
    )
