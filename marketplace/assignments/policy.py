"""Who may take and answer tasks."""

from __future__ import annotations

from typing import Any

from kernel.identity import Identity
from kernel.permissions import permission


def is_worker(identity: Identity, _subject: Any) -> bool:
    """Pass people who do tasks."""
    return identity.is_worker


NOT_A_WORKER = "Only workers can do this. Sign up as a worker to take tasks."
CLAIM = permission("task:claim", may=is_worker, scope="work:write", refusal=NOT_A_WORKER)
ANSWER = permission("task:answer", may=is_worker, scope="work:write", refusal=NOT_A_WORKER)
SEE_OWN = permission("assignment:see", may=is_worker, scope="work:read", refusal=NOT_A_WORKER)
BROWSE = permission("open_job:see", may=is_worker, scope="work:read", refusal=NOT_A_WORKER)
