"""The lives of a label, a dispute and an export."""

from __future__ import annotations

from enum import StrEnum

from kernel.states import Machine


class LabelState(StrEnum):
    """List how firm a label is."""

    PROVISIONAL = "provisional"
    FINAL = "final"


LABEL = Machine(
    "label",
    LabelState.PROVISIONAL,
    {
        LabelState.PROVISIONAL: {LabelState.FINAL},
        LabelState.FINAL: {LabelState.PROVISIONAL},
    },
)


class DisputeState(StrEnum):
    """List the steps of a dispute: silence at any of them decides for the worker."""

    OPEN = "open"
    REPLIED = "replied"
    WON = "won"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


_D = DisputeState
DISPUTE = Machine(
    "dispute",
    _D.OPEN,
    {
        _D.OPEN: {_D.REPLIED, _D.WON, _D.LOST, _D.WITHDRAWN},
        _D.REPLIED: {_D.WON, _D.LOST, _D.WITHDRAWN},
        _D.WON: (),
        _D.LOST: (),
        _D.WITHDRAWN: (),
    },
)
UNDECIDED = (_D.OPEN, _D.REPLIED)


class ExportState(StrEnum):
    """List the states of an export or a release."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


EXPORT = Machine(
    "export",
    ExportState.WAITING,
    {
        ExportState.WAITING: {ExportState.DONE, ExportState.FAILED},
        ExportState.DONE: (),
        ExportState.FAILED: (),
    },
)
