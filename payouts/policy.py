"""Who may see and move which money."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from kernel.identity import Identity
from kernel.permissions import is_admin, permission
from payouts.models import Deposit, Withdrawal

SPENDERS = ("owner", "manager")


def _acts_for(identity: Identity, organisation: UUID) -> bool:
    return organisation in identity.roles or is_admin(identity, organisation)


def _acts_for_its(identity: Identity, deposit: Deposit) -> bool:
    return _acts_for(identity, deposit.organisation)


def _sees_month(identity: Identity, month: Any) -> bool:
    return _acts_for(identity, month.organisation)


def _spends_for(identity: Identity, organisation: UUID) -> bool:
    return identity.roles.get(organisation) in SPENDERS


def _is_worker(identity: Identity, _subject: Any) -> bool:
    return identity.is_worker


def _is_own(identity: Identity, withdrawal: Withdrawal) -> bool:
    return identity.worker_id == withdrawal.worker


SEE_BALANCE = permission("money:see", see=_acts_for, may=_acts_for, scope="money:read")
SEE_MONTH = permission("money:see_month", see=_sees_month, may=_sees_month, scope="money:read")
SEE_DEPOSIT = permission("deposit:see", see=_acts_for_its, may=_acts_for_its, scope="money:read")
DEPOSIT = permission(
    "money:deposit",
    see=_acts_for,
    may=_spends_for,
    scope="money:write",
    refusal="Only owners and managers of this organisation may pay in.",
)
REFUND = permission(
    "money:refund",
    see=_acts_for,
    may=_spends_for,
    scope="money:write",
    refusal="Only owners and managers of this organisation may take money back.",
)
SEE_EARNINGS = permission(
    "earnings:see",
    may=_is_worker,
    scope="money:read",
    refusal="Only people who do tasks have a balance here.",
)
WITHDRAW = permission(
    "withdrawal:request",
    may=_is_worker,
    refusal="Only people who do tasks have money to withdraw.",
)
SEE_WITHDRAWAL = permission("withdrawal:see", see=_is_own, may=_is_own, scope="money:read")
RESEND_WITHDRAWAL = permission("withdrawal:resend", see=_is_own, may=_is_own)
SET_UP_PAYOUTS = permission(
    "payouts:set_up",
    may=_is_worker,
    refusal="Only people who do tasks are paid here.",
)
SEE_EVENTS = permission(
    "events:see", may=is_admin, refusal="Only admins with their second factor may see events."
)
RETRY_EVENT = permission(
    "event:retry", may=is_admin, refusal="Only admins with their second factor may do this."
)
SEE_BOOKS = permission(
    "books:see", may=is_admin, refusal="Only admins with their second factor may see the books."
)
LIFT_HALT = permission(
    "books:lift_halt", may=is_admin, refusal="Only admins with their second factor may do this."
)
RELEASE_WITHDRAWAL = permission(
    "withdrawal:release",
    may=is_admin,
    refusal="Only admins with their second factor may release withdrawals.",
)
RECONCILE = permission(
    "books:reconcile", may=is_admin, refusal="Only admins with their second factor may do this."
)
LIFT_FREEZE = permission(
    "organisation:thaw", may=is_admin, refusal="Only admins with their second factor may do this."
)
CORRECT = permission(
    "books:correct", may=is_admin, refusal="Only admins with their second factor may do this."
)
