"""Decide disputes: by the organisation's reply, an admin's ruling, or silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import or_, select

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Denied, Refused
from marketplace.config import policy
from marketplace.review.events import DisputeDecided
from marketplace.review.models import Dispute
from marketplace.review.states import DISPUTE, UNDECIDED, DisputeState

REASON_MIN, REASON_MAX = 10, 4_000
AGREED = "The organisation agreed."
NO_REPLY = "The organisation did not reply in time."
NO_RULING = "Nobody ruled in time."
OVERDUE_MAX = 200


def reply(uow: UnitOfWork, dispute: Dispute, words: str, *, agrees: bool) -> Dispute:
    """Keep what the organisation says to an appeal; agreeing ends the dispute for the worker."""
    dispute = _locked(uow, dispute)
    if dispute.state != DisputeState.OPEN:
        raise Conflict(f"dispute_{dispute.state}", f"This dispute is {dispute.state} already.")
    if uow.now > dispute.reply_by:
        raise Refused("reply_late", "The days to reply are over, which decides for the worker.")
    _check_words(words)
    dispute.reply, dispute.replied_at = words.strip(), uow.now
    dispute.replied_by = uow.identity.user_id
    if agrees:
        return _decide(uow, dispute, DisputeState.WON, AGREED)
    DISPUTE.move(dispute, DisputeState.REPLIED, uow.now)
    dispute.rule_by = uow.now + timedelta(days=policy().ruling_days)
    uow.audit("dispute.replied", f"dispute:{dispute.id}")
    return dispute


def rule(uow: UnitOfWork, dispute: Dispute, outcome: DisputeState, reason: str) -> Dispute:
    """Decide a dispute as an admin who is neither side of it, with a reason both sides read.

    An organisation that still has days to reply is heard first, unless the worker wins.
    """
    dispute = _locked(uow, dispute)
    _check_words(reason)
    if dispute.organisation_id in uow.identity.roles:
        raise Denied("own_organisation", "You belong to the organisation this dispute is with.")
    if uow.identity.worker_id == dispute.worker_id:
        raise Denied("own_dispute", "You opened this dispute yourself.")
    is_unheard = dispute.state == DisputeState.OPEN and uow.now <= dispute.reply_by
    if outcome == DisputeState.LOST and is_unheard and dispute.organisation_id:
        raise Conflict("reply_awaited", "The organisation has not replied yet. Please wait for it.")
    dispute.ruled_by = uow.identity.user_id
    return _decide(uow, dispute, outcome, reason.strip())


def withdraw(uow: UnitOfWork, dispute: Dispute) -> Dispute:
    """Take an appeal back; it may be made again while its days last."""
    dispute = _locked(uow, dispute)
    DISPUTE.move(dispute, DisputeState.WITHDRAWN, uow.now)
    uow.audit("dispute.withdrawn", f"dispute:{dispute.id}")
    return dispute


def rule_overdue(uow: UnitOfWork) -> int:
    """Decide for the worker wherever the other side let its days pass; return how many."""
    silent_organisation = (
        (Dispute.state == DisputeState.OPEN)
        & Dispute.organisation_id.isnot(None)
        & (Dispute.reply_by < uow.now)
    )
    overdue: Sequence[Dispute] = uow.session.scalars(
        select(Dispute)
        .where(Dispute.state.in_(UNDECIDED), or_(silent_organisation, Dispute.rule_by < uow.now))
        .order_by(Dispute.id)
        .limit(OVERDUE_MAX)
        .with_for_update(key_share=True, skip_locked=True)
    ).all()
    for dispute in overdue:
        is_unanswered = dispute.state == DisputeState.OPEN and dispute.organisation_id
        _decide(uow, dispute, DisputeState.WON, NO_REPLY if is_unanswered else NO_RULING)
    return len(overdue)


def _decide(uow: UnitOfWork, dispute: Dispute, outcome: DisputeState, reason: str) -> Dispute:
    before = dispute.state
    DISPUTE.move(dispute, outcome, uow.now)
    dispute.ruling = reason
    uow.audit(f"dispute.{outcome}", f"dispute:{dispute.id}", str(before), {"reason": reason})
    uow.tell(DisputeDecided(dispute.id))
    return dispute


def _locked(uow: UnitOfWork, dispute: Dispute) -> Dispute:
    return uow.get(Dispute, dispute.id, "There is no such dispute.", lock=True)


def _check_words(words: str) -> None:
    if not REASON_MIN <= len(words.strip()) <= REASON_MAX:
        limits = f"{REASON_MIN} to {REASON_MAX} characters"
        raise Refused("reason_length", f"Give your reason in {limits}.")
