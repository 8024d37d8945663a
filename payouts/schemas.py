"""The shapes in which money travels by API."""

from __future__ import annotations

from marshmallow import fields

from kernel.money import Money
from kernel.web.fields import In, MoneyIn, MoneyOut, Out, Text
from payouts.models import Deposit, Refund, Withdrawal
from payouts.transit.deposits import RETURN_URL_MAX


class DepositIn(In):
    """Receive a deposit to start."""

    amount = MoneyIn(required=True)
    return_url = Text(most=RETURN_URL_MAX, load_default="/money")


class AmountIn(In):
    """Receive an amount to refund or withdraw."""

    amount = MoneyIn(required=True)


class _AmountOut(Out):
    """Show the amount of a row that keeps micros and currency apart."""

    id = fields.UUID()
    amount = fields.Method("_amount")
    state = fields.String()
    created_at = fields.DateTime()

    def _amount(self, row: Deposit | Refund | Withdrawal) -> object:
        return MoneyOut()._serialize(Money(row.micros, row.currency))


class DepositOut(_AmountOut):
    """Show a deposit; the checkout address appears within a second of its start."""

    checkout_url = fields.String(allow_none=True)
    paid_at = fields.DateTime(allow_none=True)
    available_on = fields.DateTime(allow_none=True)


class DepositsOut(Out):
    """Show an organisation's latest deposits."""

    items = fields.List(fields.Nested(DepositOut))
    next_cursor = fields.String(allow_none=True)


class RefundOut(_AmountOut):
    """Show the refund of one charge."""

    deposit_id = fields.UUID()


class RefundPageOut(Out):
    """Show a page of refunds."""

    items = fields.List(fields.Nested(RefundOut))
    next_cursor = fields.String(allow_none=True)


class RefundsOut(Out):
    """Show refunds: one for each charge that gives money back."""

    items = fields.List(fields.Nested(RefundOut))


class WithdrawalOut(_AmountOut):
    """Show a withdrawal."""

    state_at = fields.DateTime()
    failure = fields.String()


class WithdrawalsOut(Out):
    """Show a worker's latest withdrawals."""

    items = fields.List(fields.Nested(WithdrawalOut))
    next_cursor = fields.String(allow_none=True)


class PayoutAccountOut(Out):
    """Show how a worker is paid; the page's address appears within a second and serves once."""

    state = fields.String()
    page_url = fields.String(allow_none=True)
    wants = fields.List(fields.String())
    checks = fields.List(fields.String())
    problem = fields.String()
    due_by = fields.DateTime(allow_none=True)


class OrganisationBalanceOut(Out):
    """Show an organisation's money in one currency."""

    currency = fields.String()
    available = MoneyOut()
    refund_in_transit = MoneyOut()
    uncleared = MoneyOut()


class OrganisationBalancesOut(Out):
    """Show an organisation's money."""

    items = fields.List(fields.Nested(OrganisationBalanceOut))


class PartOut(Out):
    """Show one pending part of a balance and when it becomes available."""

    amount = MoneyOut()
    available_at = fields.DateTime()


class WorkerBalanceOut(Out):
    """Show a worker's money in one currency, state by state."""

    currency = fields.String()
    pending = MoneyOut()
    available = MoneyOut()
    in_transit = MoneyOut()
    withdrawn = MoneyOut()
    parts = fields.List(fields.Nested(PartOut))


class WorkerBalancesOut(Out):
    """Show a worker's money."""

    items = fields.List(fields.Nested(WorkerBalanceOut))


class InvariantOut(Out):
    """Show one truth about the books and whether it holds."""

    name = fields.String()
    sentence = fields.String()
    holds = fields.Boolean()


class BooksOut(Out):
    """Show the state of the books."""

    is_halted = fields.Boolean()
    invariants = fields.List(fields.Nested(InvariantOut))


class JobMoneyOut(Out):
    """Show where a job's money is; funded + covered is the sum of all the others."""

    funded = MoneyOut()
    covered = MoneyOut(metadata={"description": "paid by others than the job, as for appeals"})
    budget = MoneyOut(metadata={"description": "promised to nobody"})
    reserved = MoneyOut(metadata={"description": "promised to answers"})
    paid = MoneyOut(metadata={"description": "earned by workers"})
    fees = MoneyOut()
    returned = MoneyOut()
