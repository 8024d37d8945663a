"""The shapes in which earnings, statements and papers travel by API."""

from __future__ import annotations

from marshmallow import fields, validate

from kernel.web.fields import MoneyOut, Out, PageIn
from payouts.statements.earned import EarnedState
from payouts.statements.papers import Paper


class EarningsIn(PageIn):
    """Receive a page of earnings, of one state if named."""

    state = fields.String(load_default=None, validate=validate.OneOf(list(EarnedState)))


class EarnedOut(Out):
    """Show one earning: what it is for, and from when it can be withdrawn."""

    source = fields.String(metadata={"description": "the answer or bonus, opaque"})
    what = fields.String(metadata={"description": "answer or bonus"})
    state = fields.String()
    amount = MoneyOut()
    earned_at = fields.DateTime()
    available_at = fields.DateTime()


class EarnedPageOut(Out):
    """Show a page of earnings."""

    items = fields.List(fields.Nested(EarnedOut))
    next_cursor = fields.String(allow_none=True)


class BonusOut(Out):
    """Show one bonus and its reason."""

    id = fields.UUID()
    amount = MoneyOut()
    reason = fields.String()
    at = fields.DateTime()


class BonusesOut(Out):
    """Show the latest bonuses."""

    items = fields.List(fields.Nested(BonusOut))


class LineOut(Out):
    """Show one line of a statement; above zero the balance named grew."""

    at = fields.DateTime()
    what = fields.String(attribute="kind")
    balance = fields.String(attribute="account")
    amount = MoneyOut()


class StatementOut(Out):
    """Show a page of a statement, newest first."""

    items = fields.List(fields.Nested(LineOut))
    next_cursor = fields.String(allow_none=True)


class YearEntryOut(Out):
    """Show one line of a year: what was earned, or what reached the bank."""

    at = fields.DateTime()
    what = fields.String(attribute="kind")
    source = fields.String()
    earned = MoneyOut()
    paid_to_bank = MoneyOut(attribute="paid")


class YearOut(Out):
    """Show a worker's year, oldest first."""

    items = fields.List(fields.Nested(YearEntryOut))


class YearsOut(Out):
    """Name the years in which something was earned."""

    items = fields.List(fields.Integer())


class SpentOut(Out):
    """Show what one job cost."""

    job_id = fields.UUID(attribute="job")
    answers_count = fields.Integer()
    bonuses_count = fields.Integer()
    rewards = MoneyOut()
    fees = MoneyOut()
    total = MoneyOut()


class SpendingOut(Out):
    """Show what jobs cost, the dearest first."""

    items = fields.List(fields.Nested(SpentOut))


class MonthOut(Out):
    """Name one month that has an invoice."""

    year = fields.Integer()
    month = fields.Integer()


class MonthsOut(Out):
    """Name the months that have an invoice, the latest first."""

    items = fields.List(fields.Nested(MonthOut))


class FactOut(Out):
    """Show one fact of a paper."""

    name = fields.String()
    value = fields.String()


class TotalOut(Out):
    """Show one total of a paper."""

    name = fields.String()
    amount = MoneyOut()


class PaperOut(Out):
    """Show a receipt or an invoice as it is printed."""

    title = fields.String()
    number = fields.String()
    facts = fields.Method("_facts")
    columns = fields.List(fields.String())
    rows = fields.List(fields.List(fields.String()))
    totals = fields.Method("_totals")
    note = fields.String()

    def _facts(self, paper: Paper) -> object:
        return FactOut(many=True).dump([{"name": n, "value": v} for n, v in paper.facts])

    def _totals(self, paper: Paper) -> object:
        return TotalOut(many=True).dump([{"name": n, "amount": a} for n, a in paper.totals])
