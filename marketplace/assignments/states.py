"""The life of an assignment, from claim to decision, and of a worker's enrolment on a job."""

from __future__ import annotations

from enum import StrEnum

from kernel.states import Machine


class AssignmentState(StrEnum):
    """List the states of an assignment."""

    CLAIMED = "claimed"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    SKIPPED = "skipped"
    BROKEN = "broken"
    EXPIRED = "expired"


_S = AssignmentState
ASSIGNMENT = Machine(
    "assignment",
    _S.CLAIMED,
    {
        _S.CLAIMED: {_S.SUBMITTED, _S.RETURNED, _S.SKIPPED, _S.BROKEN, _S.EXPIRED},
        _S.SUBMITTED: {_S.APPROVED, _S.REJECTED},
        _S.REJECTED: {_S.APPROVED},
        _S.APPROVED: (),
        _S.RETURNED: (),
        _S.SKIPPED: (),
        _S.BROKEN: {_S.APPROVED},
        _S.EXPIRED: (),
    },
)
ANSWERED = (_S.SUBMITTED, _S.APPROVED, _S.REJECTED)
LAPSED = (_S.RETURNED, _S.SKIPPED, _S.EXPIRED)
HOLDING = (_S.CLAIMED, *ANSWERED)


class EnrolmentState(StrEnum):
    """List what a worker's place on one job may be."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


ENROLMENT = Machine(
    "enrolment",
    EnrolmentState.ACTIVE,
    {
        EnrolmentState.ACTIVE: {EnrolmentState.PAUSED, EnrolmentState.REMOVED},
        EnrolmentState.PAUSED: {EnrolmentState.ACTIVE, EnrolmentState.REMOVED},
        EnrolmentState.REMOVED: {EnrolmentState.ACTIVE},
    },
)
