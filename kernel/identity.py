"""Who is asking: one plain value made from a cookie, an API key or a runner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Identity:
    """Describe the asker; the empty one is a stranger.

    `roles` maps organisation ids to the asker's role there. `scopes` is None for a person at a
    browser (all scopes) and a set for an API key.
    """

    user_id: UUID | None = None
    worker_id: UUID | None = None
    roles: Mapping[UUID, str] = field(default_factory=dict)
    organisation_names: Mapping[UUID, str] = field(default_factory=dict)
    is_admin: bool = False
    is_confirmed: bool = False
    scopes: frozenset[str] | None = None
    display_name: str = ""
    session_id: str | None = None
    signed_in_at: datetime | None = None
    second_factor_at: datetime | None = None
    is_system: bool = False

    @property
    def is_stranger(self) -> bool:
        """Tell whether nobody has signed in."""
        return self.user_id is None and not self.is_system

    @property
    def is_worker(self) -> bool:
        """Tell whether the asker does tasks."""
        return self.worker_id is not None

    @property
    def organisations(self) -> list[tuple[UUID, str]]:
        """List the organisations the asker acts for, by name."""
        return sorted(self.organisation_names.items(), key=lambda pair: pair[1])

    @property
    def actor(self) -> str:
        """Name the asker for the audit log: an opaque id, no personal data."""
        return "system" if self.is_system else f"user:{self.user_id}" if self.user_id else "-"


STRANGER = Identity()
SYSTEM = Identity(is_system=True)
