"""Wherever a process dies, once or again and again, money goes its way once and to its end."""

from __future__ import annotations

from itertools import count
from random import Random

import pytest

from tests.service.kills import stories
from tests.service.kills.conftest import Counted, Make
from tests.service.kills.crossings import ANYWHERE, OF_MONEY
from tests.service.kills.stories import STORIES
from tests.stripe.server import Stripe as Far

DEATHS, GAP_MAX = 3, 6


@pytest.mark.parametrize("name", STORIES)
def test_deaths_now_and_then_change_no_ending(a_marketplace: Make, name: str) -> None:
    chance = Random(name)
    here = a_marketplace([chance.randint(1, GAP_MAX) for _ in range(DEATHS)])
    STORIES[name](here)
    here.assert_whole()
    assert len(here.deaths) == DEATHS


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "places"),
    [
        *((name, OF_MONEY) for name in STORIES),
        (stories.a_withdrawal_reaches_the_bank.__name__, ANYWHERE),
    ],
    ids=[*STORIES, "a_withdrawal_reaches_the_bank, chores too"],
)
def test_a_death_after_any_crossing_changes_no_ending(
    a_marketplace: Make, far: Far, name: str, places: tuple[str, ...], counted: Counted
) -> None:
    deaths = []
    for place in count(1):
        here = a_marketplace([place])
        here.places = places
        STORIES[name](here)
        here.assert_whole()
        if not here.deaths:
            break
        deaths += here.deaths
        here.books.empty()
        far.begin_anew()
    assert len(deaths) > GAP_MAX
    counted(f"{len(deaths)} deaths, one after each crossing, and every story ends alike")
