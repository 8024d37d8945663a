"""Golds that are wrong or known by heart are told from golds that measure."""

from __future__ import annotations

import pytest

from qualification.evidence import gold_health
from qualification.evidence.gold_health import Limits, Tally, Wear

LIMITS = Limits(looks_min=5, missed_share_max=0.5, contested_share_max=0.2, gap_max=0.05)


@pytest.mark.parametrize(
    ("tally", "is_suspect"),
    [
        (Tally(seen=5, missed=5, favourite=5), True),
        (Tally(seen=4, missed=4, favourite=4), False),
        (Tally(seen=9, missed=9, favourite=4), False),
        (Tally(seen=9, missed=9, favourite=4, sound_seen=5, sound_missed=5), True),
        (Tally(seen=40, missed=20, favourite=20, sound_seen=40, sound_missed=20), False),
        (Tally(seen=10, missed=1, favourite=1, shown=10, contested=3), True),
        (Tally(seen=10, missed=1, favourite=1, shown=10, contested=2), False),
        (Tally(seen=3, missed=1, favourite=1, shown=3, contested=1), False),
    ],
)
def test_a_gold_is_suspect_beyond_its_share_and_not_by_a_few_misses(
    tally: Tally, is_suspect: bool
) -> None:
    assert bool(gold_health.suspicion(tally, LIMITS)) is is_suspect


def test_a_gold_that_people_know_by_heart_is_burnt() -> None:
    leaked = Wear(late=(50, 50), fresh=(10, 20), late_level=0.6, fresh_level=0.6)
    assert gold_health.gap(leaked) == pytest.approx(0.5)
    assert gold_health.is_burnt(leaked, LIMITS)


def test_better_workers_do_not_burn_a_gold() -> None:
    better = Wear(late=(45, 50), fresh=(12, 20), late_level=0.9, fresh_level=0.6)
    assert not gold_health.is_burnt(better, LIMITS)


def test_a_gold_is_not_called_burnt_on_few_answers() -> None:
    few = Wear(late=(10, 10), fresh=(10, 20), late_level=0.5, fresh_level=0.5)
    assert gold_health.gap(few) is None
    assert not gold_health.is_burnt(few, LIMITS)


def test_the_supply_counts_the_first_golds_at_every_other_task() -> None:
    assert gold_health.supply(gold_left=15, first_left=5, every=10, accuracy=1.0) == 10 + 100
    assert gold_health.supply(gold_left=3, first_left=5, every=10, accuracy=1.0) == 6
    assert gold_health.supply(gold_left=10, first_left=0, every=10, accuracy=0.5) == 100
    assert gold_health.supply(gold_left=10, first_left=5, every=0, accuracy=0.5) == 0
