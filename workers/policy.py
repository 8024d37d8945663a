"""Who may look at workers and decide on their standing."""

from __future__ import annotations

from kernel import permissions

DECIDE_STANDING = permissions.permission(
    "worker:decide_standing",
    see=permissions.is_admin,
    may=permissions.is_admin,
    refusal="Only an admin decides on a worker's standing.",
)
