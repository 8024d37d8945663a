"""The life of a sitting: one worker taking one exam."""

from __future__ import annotations

from enum import StrEnum

from kernel.states import Machine


class SittingState(StrEnum):
    """List the states of a sitting."""

    STARTED = "started"
    PASSED = "passed"
    FAILED = "failed"
    EXPIRED = "expired"


_S = SittingState
SITTING = Machine(
    "sitting",
    _S.STARTED,
    {
        _S.STARTED: {_S.PASSED, _S.FAILED, _S.EXPIRED},
        _S.FAILED: {_S.PASSED},
        _S.PASSED: (),
        _S.EXPIRED: (),
    },
)
