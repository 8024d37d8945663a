"""Only the moves in the tables are lawful, and every state can be reached."""

from __future__ import annotations

from enum import StrEnum

import pytest

from kernel.errors import Conflict
from kernel.states import Machine
from payouts.states import CALL, DEPOSIT, REFUND, WITHDRAWAL

LAWFUL = {
    "deposit": {
        ("started", "open"),
        ("started", "paid"),
        ("started", "failed"),
        ("open", "paid"),
        ("open", "expired"),
        ("paid", "cleared"),
    },
    "withdrawal": {
        ("requested", "transferred"),
        ("requested", "failed"),
        ("transferred", "sent"),
        ("transferred", "stuck"),
        ("sent", "paid"),
        ("sent", "stuck"),
        ("paid", "stuck"),
        ("stuck", "transferred"),
        ("stuck", "recalling"),
        ("stuck", "failed"),
        ("recalling", "failed"),
        ("recalling", "stuck"),
    },
    "refund": {
        ("requested", "accepted"),
        ("requested", "failed"),
        ("accepted", "returned"),
    },
    "call": {
        ("ready", "sending"),
        ("sending", "sending"),
        ("sending", "in_doubt"),
        ("sending", "done"),
        ("sending", "failed"),
        ("sending", "replaced"),
        ("in_doubt", "sending"),
    },
}
MACHINES = (DEPOSIT, WITHDRAWAL, REFUND, CALL)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_all_pairs_of_states_are_lawful_or_refused(machine: Machine[StrEnum]) -> None:
    for before in machine.moves:
        for after in machine.moves:
            if (before.value, after.value) in LAWFUL[machine.name]:
                machine.check(before, after)
            else:
                with pytest.raises(Conflict):
                    machine.check(before, after)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_every_state_can_be_reached(machine: Machine[StrEnum]) -> None:
    reached = {machine.start}
    while more := {after for state in reached for after in machine.moves[state]} - reached:
        reached |= more
    assert reached == set(machine.moves)
