"""The lives of what a rule did, of a gold somebody has to look at, and of a contest."""

from __future__ import annotations

from enum import StrEnum

from kernel.states import Machine


class ActState(StrEnum):
    """List what may become of an act of a rule."""

    OPEN = "open"
    DONE = "done"
    DISMISSED = "dismissed"
    TAKEN_BACK = "taken_back"


_A = ActState
ACT = Machine(
    "act",
    _A.OPEN,
    {
        _A.OPEN: {_A.DONE, _A.DISMISSED, _A.TAKEN_BACK},
        _A.DONE: (),
        _A.DISMISSED: (),
        _A.TAKEN_BACK: (),
    },
)


class CheckState(StrEnum):
    """List what may become of a gold that drew attention."""

    PAUSED = "paused"
    KEPT = "kept"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"


_C = CheckState
CHECK = Machine(
    "check",
    _C.PAUSED,
    {
        _C.PAUSED: {_C.KEPT, _C.RETIRED, _C.WITHDRAWN},
        _C.KEPT: {_C.PAUSED, _C.RETIRED, _C.WITHDRAWN},
        _C.RETIRED: (),
        _C.WITHDRAWN: (),
    },
)


class ContestState(StrEnum):
    """List how a worker's objection to a gold stands."""

    OPEN = "open"
    UPHELD = "upheld"
    DENIED = "denied"


CONTEST = Machine(
    "contest",
    ContestState.OPEN,
    {
        ContestState.OPEN: {ContestState.UPHELD, ContestState.DENIED},
        ContestState.UPHELD: (),
        ContestState.DENIED: (),
    },
)
