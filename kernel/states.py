"""State machines: a table of lawful moves for each kind of thing, and the one way to move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from kernel.errors import Conflict

S = TypeVar("S", bound=StrEnum)


class HasState(Protocol):
    """Name what a machine can move: a row with a state and the moment it changed."""

    state: Any
    state_at: datetime


class Machine(Generic[S]):
    """Hold one thing's table of lawful moves.

    `moves` maps each state to those that may follow it; a state that maps to nothing is final.
    """

    def __init__(self, name: str, start: S, moves: Mapping[S, Iterable[S]]) -> None:
        self.name = name
        self.start = start
        self.moves = {state: frozenset(after) for state, after in moves.items()}

    def allows(self, before: S, after: S) -> bool:
        """Tell whether the move is in the table."""
        return after in self.moves[before]

    def check(self, before: S, after: S) -> None:
        """Raise Conflict where the table does not hold the move."""
        if not self.allows(before, after):
            raise Conflict(
                f"{self.name}_{before}",
                f"This {self.name} is {before} now, so it cannot become {after}.",
                state=str(before),
            )

    def move(self, thing: HasState, after: S, at: datetime) -> None:
        """Change the state of a row, lawfully, and stamp the moment."""
        self.check(thing.state, after)
        thing.state = after
        thing.state_at = at

    def leading_to(self, after: S) -> tuple[S, ...]:
        """Return the states from which `after` may be reached: for bulk moves in one statement."""
        return tuple(state for state in self.moves if after in self.moves[state])
