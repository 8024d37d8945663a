"""A machine moves a row only along its table, stamps the moment, and says why not otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import pytest

from kernel.errors import Conflict
from kernel.states import Machine


class Door(StrEnum):
    """The states of a door."""

    SHUT = "shut"
    OPEN = "open"
    GONE = "gone"


DOOR = Machine(
    "door", Door.SHUT, {Door.SHUT: {Door.OPEN}, Door.OPEN: {Door.SHUT, Door.GONE}, Door.GONE: ()}
)
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
LAWFUL = {(Door.SHUT, Door.OPEN), (Door.OPEN, Door.SHUT), (Door.OPEN, Door.GONE)}


@dataclass
class Row:
    """A thing with a state."""

    state: Door
    state_at: datetime = LONG_AGO


@pytest.mark.parametrize("before", Door)
@pytest.mark.parametrize("after", Door)
def test_only_the_moves_of_the_table_are_made(before: Door, after: Door) -> None:
    row = Row(before)
    if (before, after) in LAWFUL:
        DOOR.move(row, after, at=NOW)
        assert row == Row(after, NOW)
    else:
        with pytest.raises(Conflict):
            DOOR.move(row, after, at=NOW)
        assert row == Row(before, LONG_AGO)
    assert DOOR.allows(before, after) == ((before, after) in LAWFUL)


def test_a_refused_move_names_the_state_that_stood_in_its_way() -> None:
    with pytest.raises(Conflict) as refusal:
        DOOR.check(Door.GONE, Door.OPEN)
    assert refusal.value.code == "door_gone"
    assert refusal.value.sentence == "This door is gone now, so it cannot become open."
    assert refusal.value.details == {"state": "gone"}


def test_the_table_read_backwards_says_what_may_lead_to_a_state() -> None:
    assert DOOR.leading_to(Door.SHUT) == (Door.OPEN,)
    assert DOOR.leading_to(Door.GONE) == (Door.OPEN,)
    assert DOOR.leading_to(Door.OPEN) == (Door.SHUT,)
