"""Wherever a process dies, once or again and again, money goes its way once and to its end."""

from __future__ import annotations

from itertools import count
from random import Random

import pytest

from tests.service.kills.conftest import Make
from tests.service.kills.stories import STORIES
from tests.stripe.server import Stripe as Far

DEATHS, GAP_MAX = 3, 9


@pytest.mark.parametrize("name", STORIES)
def test_deaths_now_and_then_change_no_ending(a_marketplace: Make, name: str) -> None:
    chance = Random(name)
    here = a_marketplace([chance.randint(1, GAP_MAX) for _ in range(DEATHS)])
    STORIES[name](here)
    here.assert_whole()
    assert len(here.deaths) == DEATHS


@pytest.mark.long
@pytest.mark.parametrize("name", STORIES)
def test_a_death_at_any_crossing_changes_no_ending(
    a_marketplace: Make, far: Far, name: str
) -> None:
    deaths = []
    for place in count(1):
        here = a_marketplace([place])
        STORIES[name](here)
        here.assert_whole()
        if not here.deaths:
            break
        deaths += here.deaths
        here.books.empty()
        far.begin_anew()
    print("\n".join(deaths))  # noqa: T201
    assert len(deaths) > DEATHS * GAP_MAX
