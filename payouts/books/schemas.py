"""The shapes in which admins read the books by API."""

from __future__ import annotations

from marshmallow import fields, validate

from kernel.web.fields import In, MoneyOut, Out, PageIn, Text
from payouts.books.browsing import SEARCH_MAX
from payouts.states import EventState


class CountOut(Out):
    """Show how many withdrawals of a state there are, and how much."""

    state = fields.String()
    count = fields.Integer()
    amount = MoneyOut()


class WaitingWithdrawalOut(Out):
    """Show a large withdrawal that waits for people."""

    id = fields.UUID()
    worker_id = fields.UUID()
    amount = MoneyOut()
    created_at = fields.DateTime()
    releases_given = fields.Integer()
    releases_wanted = fields.Integer()


class BoardOut(Out):
    """Show the board of withdrawals."""

    is_halted = fields.Boolean()
    counts = fields.List(fields.Nested(CountOut))
    waiting = fields.List(fields.Nested(WaitingWithdrawalOut))


class LedgerIn(PageIn):
    """Receive a page of the ledger, found by kind, reference, source or owner."""

    q = Text(most=SEARCH_MAX, load_default="")


class LedgerEntryOut(Out):
    """Show one entry of the ledger."""

    id = fields.UUID()
    kind = fields.String()
    ref = fields.String()
    source = fields.String()
    at = fields.DateTime()


class LedgerOut(Out):
    """Show a page of the ledger, newest first."""

    items = fields.List(fields.Nested(LedgerEntryOut))
    next_cursor = fields.String(allow_none=True)


class LegOut(Out):
    """Show one line of an entry; a debit is above zero."""

    account = fields.String(attribute="kind")
    owner = fields.String()
    amount = MoneyOut()


class AboutOut(Out):
    """Say what an entry was for."""

    words = fields.String()
    link = fields.String()


class LedgerEntryWholeOut(LedgerEntryOut):
    """Show one entry whole: its lines, what it was for, and the others for the same thing."""

    reverses = fields.UUID(allow_none=True)
    about = fields.Nested(AboutOut)
    lines = fields.List(fields.Nested(LegOut), attribute="legs")
    related = fields.List(fields.Nested(LedgerEntryOut))


class ComparisonOut(Out):
    """Show one comparison with the processor."""

    at = fields.DateTime()
    since = fields.DateTime()
    until = fields.DateTime()
    lines_count = fields.Integer()
    matched_count = fields.Integer()
    unmatched_count = fields.Integer()
    differences = fields.Dict(metadata={"description": "micros by currency: there less ours"})


class OddLineOut(Out):
    """Show a line of the processor's that waits for two people."""

    ref = fields.String()
    kind = fields.String()
    amount = MoneyOut()
    at = fields.DateTime()
    proposed_meaning = fields.String(allow_none=True)
    proposed_by = fields.String(allow_none=True)


class ReconciliationOut(Out):
    """Show the last comparison, and what waits for two people."""

    latest = fields.Nested(ComparisonOut, allow_none=True)
    waiting = fields.List(fields.Nested(OddLineOut))


class FreezeOut(Out):
    """Show one organisation whose money does not move."""

    organisation_id = fields.UUID(attribute="organisation")
    at = fields.DateTime()
    reason = fields.String()


class ChargebackOut(Out):
    """Show what a bank took back, and who bore it."""

    ref = fields.String()
    organisation_id = fields.UUID(attribute="organisation", allow_none=True)
    state = fields.String()
    reason = fields.String()
    amount = MoneyOut()
    owed = MoneyOut()
    created_at = fields.DateTime()


class FrozenOut(Out):
    """Show frozen organisations, and the latest chargebacks."""

    frozen = fields.List(fields.Nested(FreezeOut))
    chargebacks = fields.List(fields.Nested(ChargebackOut))


class EventsIn(In):
    """Receive which events to list, and where to go on."""

    state = fields.String(load_default="", validate=validate.OneOf(["", *EventState]))
    before = fields.Integer(load_default=None, validate=validate.Range(min=0))


class EventOut(Out):
    """Show one event and what came of it."""

    id = fields.String(attribute="event_id")
    kind = fields.String()
    object_ref = fields.String()
    state = fields.String()
    received_at = fields.DateTime()
    tries = fields.Integer()
    failure = fields.String()


class EventsOut(Out):
    """Show events, newest first; go on with `before`."""

    items = fields.List(fields.Nested(EventOut))
    next_before = fields.Integer(allow_none=True)


class WorkerYearOut(Out):
    """Show one worker's year in one currency, and the forms it calls for."""

    worker_id = fields.UUID(attribute="worker")
    country = fields.String()
    earned = MoneyOut()
    paid = MoneyOut()
    payments_count = fields.Integer()
    forms = fields.List(fields.String())


class YearTotalsOut(Out):
    """Show every worker's year, the largest payments first."""

    items = fields.List(fields.Nested(WorkerYearOut))
