"""Resolve lines that no journal explains: one person says what they are, a second agrees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.money import Money
from kernel.types import new_id
from payouts import accounts, ledger
from payouts.accounts import AccountKey
from payouts.books.models import ProcessorLine, Resolution
from payouts.ledger import Draft
from payouts.models import Journal

# What a line may turn out to be; an organisation's money names the organisation.
MEANINGS = {
    "processing_cost": "A charge of the processor for its services",
    "dispute_cost": "A charge of the processor for a card holder's objection",
    "rounding": "A difference of rounding",
    "bad_debt": "A loss that nobody else bears",
    "organisation_available": "Money of an organisation",
}
REASON_MIN, REASON_MAX = 10, 500
QUEUE_MAX = 200
GONE = "There is no such line."


@dataclass(frozen=True)
class Waiting:
    """Show one line that waits for people, and what was proposed so far."""

    line: ProcessorLine
    proposal: Resolution | None

    @property
    def amount(self) -> Money:
        """Return what the line moved, after what the processor kept."""
        return Money(self.line.micros - self.line.cost_micros, self.line.currency)


def queue(uow: UnitOfWork) -> Sequence[Waiting]:
    """List the lines that wait, oldest first."""
    rows = uow.session.execute(
        select(ProcessorLine, Resolution)
        .join(Journal, Journal.id == ProcessorLine.journal_id)
        .outerjoin(
            Resolution,
            (Resolution.line_ref == ProcessorLine.ref) & Resolution.decided_at.is_(None),
        )
        .where(Journal.kind == "unmatched")
        .order_by(ProcessorLine.at)
        .limit(QUEUE_MAX)
    )
    return [Waiting(line, proposal) for line, proposal in rows]


def propose(
    uow: UnitOfWork, line_ref: str, meaning: str, organisation: UUID | None, reason: str
) -> Resolution:
    """Say what a line is; nothing is booked until a second person agrees."""
    line = _waiting(uow, line_ref)
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        raise Refused("reason_missing", f"Please write why, in {REASON_MIN} characters or more.")
    if meaning not in MEANINGS or (meaning == "organisation_available") != bool(organisation):
        raise Refused(
            "meaning_unknown",
            "Please choose what the line is; name an organisation where it is its money.",
        )
    if _open(uow, line_ref) is not None:
        raise Conflict("proposed_before", "Somebody has proposed what this line is already.")
    owner = f"organisation:{organisation}" if organisation else accounts.PLATFORM
    row = Resolution(
        id=new_id(),
        line_ref=line.ref,
        account_kind=meaning,
        account_owner=owner,
        reason=reason.strip(),
        proposed_by=uow.identity.actor,
        proposed_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.audit("line.proposed", f"line:{line.ref}", None, meaning)
    return row


def second(uow: UnitOfWork, resolution_id: UUID, *, accept: bool) -> None:
    """Agree with another person's proposal and book it, or turn it down."""
    row = uow.get(Resolution, resolution_id, GONE, lock=True)
    if row.decided_at is not None:
        raise Conflict("decided_before", "This proposal was decided before.")
    if row.proposed_by == uow.identity.actor:
        raise Refused("second_person_needed", "You proposed this; a second admin must decide.")
    line = _waiting(uow, row.line_ref)
    row.second_by, row.decided_at, row.is_accepted = uow.identity.actor, uow.now, accept
    uow.audit("line.resolved" if accept else "line.turned_down", f"line:{line.ref}")
    if accept:
        net = line.micros - line.cost_micros
        aside = accounts.platform("processor_unmatched", line.currency)
        target = AccountKey(row.account_kind, row.account_owner, line.currency)
        draft = Draft("matched", line.ref, [(aside, net), (target, -net)], f"line:{line.ref}")
        line.journal_id = ledger.post(uow, draft)


def _waiting(uow: UnitOfWork, ref: str) -> ProcessorLine:
    line = uow.get(ProcessorLine, ref, GONE, lock=True)
    booked = uow.session.get(Journal, line.journal_id) if line.journal_id else None
    if booked is None or booked.kind != "unmatched":
        raise Conflict("line_not_waiting", "This line does not wait for anybody.")
    return line


def _open(uow: UnitOfWork, ref: str) -> Resolution | None:
    return uow.session.scalar(
        select(Resolution).where(Resolution.line_ref == ref, Resolution.decided_at.is_(None))
    )
