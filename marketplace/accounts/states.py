"""The roles a person may have in an organisation."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """List the roles, strongest first: each may do what those below it may."""

    OWNER = "owner"
    MANAGER = "manager"
    REVIEWER = "reviewer"
    VIEWER = "viewer"


RANK = {role: rank for rank, role in enumerate(reversed(Role))}
