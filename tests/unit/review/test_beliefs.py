"""Beliefs: what groups of answers say about one control."""

from __future__ import annotations

from uuid import UUID

import pytest

from consensus.stopping import StoppingSettings
from marketplace.review.settling.beliefs import NOTHING, believe, gold_crowd
from marketplace.review.settling.evidence import Answered
from qualification.trust import GoldCounts

SETTINGS = StoppingSettings(2, 5, 0.9)
WORKERS = [UUID(int=number) for number in range(1, 8)]


def group(*values: str, control: str = "animal") -> list[Answered]:
    """Return one answer a worker, in order."""
    return [
        Answered(UUID(int=100 + place), UUID(int=1), WORKERS[place], {control: value}, 1, 0)
        for place, value in enumerate(values)
    ]


def test_a_group_without_answers_believes_nothing() -> None:
    crowd = gold_crowd("animal", ("cat", "dog"), {})
    assert believe(crowd, [[], group("cat", control="other")], SETTINGS) == [NOTHING, NOTHING]
    assert believe(crowd, [], SETTINGS) == []


def test_confidence_grows_with_agreement_and_falls_with_dissent() -> None:
    crowd = gold_crowd("animal", ("cat", "dog"), {})
    one, two, three, split = believe(
        crowd,
        [group("cat"), group("cat", "cat"), group("cat", "cat", "cat"), group("cat", "cat", "dog")],
        SETTINGS,
    )
    assert one.confidence < two.confidence < three.confidence
    assert split.confidence == pytest.approx(one.confidence)
    assert {one.value, two.value, three.value, split.value} == {"cat"}


def test_one_worker_is_never_sure_where_two_are_asked_for() -> None:
    perfect = {WORKERS[0]: GoldCounts(1_000, 0)}
    crowd = gold_crowd("animal", ("cat", "dog"), perfect)
    [belief] = believe(crowd, [group("cat")], SETTINGS)
    assert belief.confidence > SETTINGS.confidence and not belief.is_sure


def test_who_is_good_at_gold_outweighs_those_who_guess() -> None:
    counts = {
        WORKERS[0]: GoldCounts(100, 0),
        WORKERS[1]: GoldCounts(50, 50),
        WORKERS[2]: GoldCounts(50, 50),
    }
    crowd = gold_crowd("animal", ("cat", "dog"), counts)
    [belief] = believe(crowd, [group("cat", "dog", "dog")], SETTINGS)
    assert belief.value == "cat" and belief.is_sure


def test_a_doubtful_group_at_the_maximum_is_not_sure() -> None:
    crowd = gold_crowd("animal", ("cat", "dog"), {})
    [belief] = believe(crowd, [group("cat", "dog", "cat", "dog", "cat")], SETTINGS)
    assert not belief.is_sure and belief.answers_count == 5


def test_an_answer_that_is_no_class_does_not_count() -> None:
    crowd = gold_crowd("animal", ("cat", "dog"), {})
    [belief] = believe(crowd, [group("cat", "fish")], SETTINGS)
    assert belief.answers_count == 1


def test_a_control_with_one_class_is_sure_of_it() -> None:
    crowd = gold_crowd("animal", ("cat",), {})
    sure, short, none = believe(crowd, [group("cat", "cat"), group("cat"), []], SETTINGS)
    assert (sure.value, sure.confidence, sure.is_sure) == ("cat", 1.0, True)
    assert not short.is_sure and none == NOTHING


def test_groups_do_not_know_of_each_other() -> None:
    crowd = gold_crowd("animal", ("cat", "dog"), {})
    groups = [group("cat", "cat"), group("dog", "cat", "dog"), []]
    together = believe(crowd, groups, SETTINGS)
    assert together == [believe(crowd, [one], SETTINGS)[0] for one in groups]
