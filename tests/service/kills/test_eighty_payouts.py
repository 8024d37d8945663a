"""Eighty payouts while two senders are killed at random: eighty transfers, none twice, none never.

The line to Stripe fails too, and Stripe forgets keys whenever nothing is in flight.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from kernel.types import new_id
from payouts.transit import withdrawals
from tests.service.kills import processes
from tests.service.kills.conftest import Counted, Make
from tests.service.kills.here import Here
from tests.service.kills.processes import Errand
from tests.service.payouts.stories import usd
from tests.stripe.server import KEY_HOURS

PAYOUTS = 80
ROUNDS_MAX, KILLS_MIN = 60, 10
LIFE_SECONDS = (0.1, 0.9)
FAULTS = ("lost_question", "lost_answer", "kept_500", "kept_500_done", "busy", "in_use")
FAULTY_SHARE = 0.1
# After a round an hour may have passed, or more than Stripe keeps a key for.
PAUSES = (timedelta(minutes=6), timedelta(hours=1, minutes=1), timedelta(hours=KEY_HOURS + 1))


@pytest.fixture
def here(a_marketplace: Make) -> Here:
    """A marketplace in which eighty people have asked for as many amounts."""
    made = a_marketplace([])
    job = made.fund(new_id(), "2000")
    for number in range(PAYOUTS):
        amount = f"{7 + number / 100:.2f}"
        worker = made.an_earner(job, amount)
        made.books.run(lambda uow, w=worker, a=amount: withdrawals.request(uow, w, usd(a)))  # type: ignore[misc]
    return made


@pytest.mark.parametrize(
    "seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 21))]
)
def test_eighty_payouts_are_eighty_transfers(here: Here, seed: int, counted: Counted) -> None:
    chance = Random(seed)
    here.far.faults.seed(seed, FAULTY_SHARE, FAULTS)
    killed = 0
    for _ in range(ROUNDS_MAX):
        if killed >= KILLS_MIN:
            break  # who was done before the blow does not count
        killed += _live_and_die(here, chance)
    assert killed >= KILLS_MIN
    faults = here.far.faults.taken
    here.far.faults.seed(seed, 0.0)
    for _ in range(ROUNDS_MAX):
        if here.books.count("withdrawals WHERE state = 'paid'") == PAYOUTS:
            break
        here.wait(days=1.1)
    wanted = Counter(_asked(here))
    assert len(wanted) == PAYOUTS
    assert Counter(_made(here, "transfer")) == wanted
    assert Counter(_made(here, "payout")) == wanted
    here.assert_whole()
    counted(f"{PAYOUTS} payouts, {killed} kills, {faults} faults: {len(wanted)} transfers")


def test_a_question_that_outlives_its_asker_is_not_asked_again(a_marketplace: Make) -> None:
    here = a_marketplace([])
    worker = here.an_earner(here.fund(new_id()), "9")
    here.books.run(lambda uow: withdrawals.request(uow, worker, usd("9")))
    here.far.faults.once("held")
    asker = processes.start(Errand(here.settings, here.told))
    assert here.far.faults.has_arrived.wait(processes.LIFE_SECONDS_MAX)
    asker.kill()
    assert processes.is_killed(asker)
    here.run()
    assert here.far.company.all("transfer") == [], "nobody asks while it may be in flight"
    here.far.faults.is_released.set()
    _wait_for_silence(here)
    here.wait(days=0.1)
    here.wait(days=1.1)
    assert [len(here.far.company.all(kind)) for kind in ("transfer", "payout")] == [1, 1]
    here.assert_whole()


def _live_and_die(here: Here, chance: Random) -> int:
    """Let a runner and a stray copy of its chores send; kill one or both; return how many."""
    lives = [
        processes.start(Errand(here.settings, here.told)),
        processes.start(Errand(here.settings, here.told, act=processes.send_beside)),
    ]
    victims = chance.sample(lives, chance.choice([1, 2, 2]))
    for victim in victims:
        time.sleep(chance.uniform(*LIFE_SECONDS))
        victim.kill()
    killed = sum([processes.is_killed(life) for life in lives])
    _wait_for_silence(here)
    here.books.clock.advance(chance.choice(PAUSES))
    if chance.random() < 0.5:
        here.far.forget_keys()
    return killed


def _wait_for_silence(here: Here) -> None:
    """Wait until Stripe has nothing in hand: no request is in flight as long as a lease."""
    deadline = time.monotonic() + processes.LIFE_SECONDS_MAX
    while here.far.under_way:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _asked(here: Here) -> list[tuple[str, int]]:
    rows = here.rows("SELECT id, micros FROM withdrawals")
    return [(str(asked), micros // 10_000) for asked, micros in rows]


def _made(here: Here, kind: str) -> list[tuple[str, int]]:
    return [(one["metadata"]["withdrawal"], one["amount"]) for one in here.far.company.all(kind)]
