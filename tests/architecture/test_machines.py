"""Every state machine is whole: each state has its row, is reached, and moves only by the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from kernel.errors import Conflict
from kernel.states import Machine
from tests.architecture import source, states

MACHINES = [machine for _, machine in states.machines()]
MOMENT = datetime(2026, 11, 22, tzinfo=UTC)
each = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)


@dataclass
class Thing:
    """Something with a state."""

    state: Any
    state_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_machines_are_found() -> None:
    assert len(MACHINES) >= 12
    assert len({machine.name for machine in MACHINES}) == len(MACHINES)


def test_machines_live_in_the_file_of_states() -> None:
    elsewhere = [
        source.at(path, call)
        for path in source.modules()
        for name, call in source.calls(path)
        if name in {"Machine", "states.Machine"} and path.stem != "states"
    ]
    assert not elsewhere


@each
def test_every_state_has_a_row_and_rows_name_only_states(machine: Machine[Any]) -> None:
    all_states = set(states.every_state(machine))
    assert set(machine.moves) == all_states
    assert all(after in all_states for ends in machine.moves.values() for after in ends)


@each
def test_every_state_can_be_reached(machine: Machine[Any]) -> None:
    reached, fresh = {machine.start}, [machine.start]
    while fresh:
        found = machine.moves[fresh.pop()] - reached
        reached |= found
        fresh += found
    assert reached == set(states.every_state(machine))


@each
def test_every_pair_of_states_moves_or_is_refused(machine: Machine[Any]) -> None:
    for before in states.every_state(machine):
        for after in states.every_state(machine):
            thing = Thing(before)
            if after in machine.moves[before]:
                machine.move(thing, after, at=MOMENT)
                assert (thing.state, thing.state_at) == (after, MOMENT)
                assert before in machine.leading_to(after)
            else:
                with pytest.raises(Conflict) as refusal:
                    machine.move(thing, after, at=MOMENT)
                assert refusal.value.code == f"{machine.name}_{before}"
                assert (thing.state, thing.state_at) == (before, Thing(before).state_at)
                assert before not in machine.leading_to(after)


def test_the_drawn_states_are_current() -> None:
    drawn = (source.ROOT / "docs" / "states.md").read_text()
    assert drawn == states.paper(), "python -m tests.architecture.states > docs/states.md"
