"""The API of money: balances, deposits, refunds, withdrawals and the state of the books."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from flask_smorest import Blueprint

from kernel import permissions
from kernel.db import UnitOfWork
from kernel.web.fields import PageIn
from kernel.web.http import endpoint, runtime
from kernel.web.paging import Page
from payouts import invariants, onboarding, policy, queries, schemas
from payouts.models import Deposit, Refund, Withdrawal
from payouts.transit import deposits, refunds, withdrawals

blueprint = Blueprint(
    "money", __name__, url_prefix="/api/v1", description="Balances, deposits and withdrawals"
)
Data = dict[str, Any]


def organisation_for_endpoint(_uow: UnitOfWork, organisation_id: UUID, **_rest: UUID) -> UUID:
    """Name the organisation an address is about; who does not act for it sees nothing there."""
    return organisation_id


def withdrawal_for_endpoint(uow: UnitOfWork, withdrawal_id: UUID) -> Withdrawal:
    """Load the withdrawal an address is about."""
    return uow.get(Withdrawal, withdrawal_id, withdrawals.GONE)


def deposit_for_endpoint(uow: UnitOfWork, organisation_id: UUID, deposit_id: UUID) -> Deposit:
    """Load the deposit an address is about."""
    return queries.deposit(uow, organisation_id, deposit_id)


@blueprint.get("/organisations/<uuid:organisation_id>/balance")
@endpoint(policy.SEE_BALANCE, organisation_for_endpoint)
@blueprint.response(200, schemas.OrganisationBalancesOut)
def show_balance(uow: UnitOfWork, organisation: UUID) -> Data:
    """Show an organisation's money, one entry a currency."""
    return {"items": queries.organisation_balances(uow, organisation)}


@blueprint.get("/organisations/<uuid:organisation_id>/deposits")
@endpoint(policy.SEE_BALANCE, organisation_for_endpoint)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, schemas.DepositsOut)
def list_deposits(uow: UnitOfWork, organisation: UUID, page: Data) -> Page[Deposit]:
    """List an organisation's deposits, newest first."""
    return queries.deposits(uow, organisation, page["cursor"], page["limit"])


@blueprint.post("/organisations/<uuid:organisation_id>/deposits")
@endpoint(policy.DEPOSIT, organisation_for_endpoint)
@blueprint.arguments(schemas.DepositIn)
@blueprint.response(201, schemas.DepositOut)
def start_deposit(uow: UnitOfWork, organisation: UUID, data: Data) -> Deposit:
    """Start a deposit; read it again for the address of the page to pay on."""
    return deposits.start(uow, organisation, data["amount"], data["return_url"])


@blueprint.get("/organisations/<uuid:organisation_id>/deposits/<uuid:deposit_id>")
@endpoint(policy.SEE_DEPOSIT, deposit_for_endpoint)
@blueprint.response(200, schemas.DepositOut)
def show_deposit(_uow: UnitOfWork, deposit: Deposit) -> Deposit:
    """Show a deposit."""
    return deposit


@blueprint.get("/organisations/<uuid:organisation_id>/refunds")
@endpoint(policy.SEE_BALANCE, organisation_for_endpoint)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, schemas.RefundPageOut)
def list_refunds(uow: UnitOfWork, organisation: UUID, page: Data) -> Page[Refund]:
    """List an organisation's refunds, newest first."""
    return queries.refunds(uow, organisation, page["cursor"], page["limit"])


@blueprint.post("/organisations/<uuid:organisation_id>/refunds")
@endpoint(policy.REFUND, organisation_for_endpoint)
@blueprint.arguments(schemas.AmountIn)
@blueprint.response(201, schemas.RefundsOut)
def start_refund(uow: UnitOfWork, organisation: UUID, data: Data) -> Data:
    """Send unspent money back to the cards it came from, newest charge first."""
    return {"items": refunds.request(uow, organisation, data["amount"])}


@blueprint.get("/my/balance")
@endpoint(policy.SEE_EARNINGS)
@blueprint.response(200, schemas.WorkerBalancesOut)
def show_my_balance(uow: UnitOfWork) -> Data:
    """Show your money by state, with the day each pending part becomes available."""
    return {"items": queries.worker_balances(uow, _me(uow))}


@blueprint.get("/my/payout-account")
@endpoint(policy.SET_UP_PAYOUTS)
@blueprint.response(200, schemas.PayoutAccountOut)
def show_payout_account(uow: UnitOfWork) -> onboarding.Shown:
    """Show how you are paid: whether money can reach you, and what is still wanted."""
    return onboarding.show(uow, _me(uow))


@blueprint.post("/my/payout-account")
@endpoint(policy.SET_UP_PAYOUTS)
@blueprint.response(201, schemas.PayoutAccountOut)
def set_up_payouts(uow: UnitOfWork) -> onboarding.Shown:
    """Set up how you are paid, or ask for a fresh page; needs a sign-in of the last 15 minutes."""
    permissions.check_fresh(uow.identity, uow.now)
    onboarding.begin(uow, _me(uow), runtime().settings.public_url)
    return onboarding.show(uow, _me(uow))


@blueprint.get("/withdrawals")
@endpoint(policy.SEE_EARNINGS)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, schemas.WithdrawalsOut)
def list_withdrawals(uow: UnitOfWork, page: Data) -> Page[Withdrawal]:
    """List your withdrawals, newest first."""
    return queries.withdrawals(uow, _me(uow), page["cursor"], page["limit"])


@blueprint.post("/withdrawals")
@endpoint(policy.WITHDRAW)
@blueprint.arguments(schemas.AmountIn)
@blueprint.response(201, schemas.WithdrawalOut)
def withdraw(uow: UnitOfWork, data: Data) -> Withdrawal:
    """Withdraw available money; needs a sign-in within the last 15 minutes."""
    permissions.check_fresh(uow.identity, uow.now)
    return withdrawals.request(uow, _me(uow), data["amount"])


@blueprint.get("/withdrawals/<uuid:withdrawal_id>")
@endpoint(policy.SEE_WITHDRAWAL, withdrawal_for_endpoint)
@blueprint.response(200, schemas.WithdrawalOut)
def show_withdrawal(_uow: UnitOfWork, withdrawal: Withdrawal) -> Withdrawal:
    """Show one of your withdrawals."""
    return withdrawal


@blueprint.post("/withdrawals/<uuid:withdrawal_id>/resending")
@endpoint(policy.RESEND_WITHDRAWAL, withdrawal_for_endpoint)
@blueprint.response(200, schemas.WithdrawalOut)
def resend_withdrawal(uow: UnitOfWork, withdrawal: Withdrawal) -> Withdrawal:
    """Try your bank again with money it sent back."""
    permissions.check_fresh(uow.identity, uow.now)
    return withdrawals.send_again(uow, withdrawal.worker, withdrawal.id)


@blueprint.get("/admin/books")
@endpoint(policy.SEE_BOOKS)
@blueprint.response(200, schemas.BooksOut)
def show_books(uow: UnitOfWork) -> Data:
    """Check every invariant now and show which hold."""
    broken = {one.name for one in invariants.check(uow)}
    return {
        "is_halted": queries.is_halted(uow),
        "invariants": [
            {"name": one.name, "sentence": one.sentence, "holds": one.name not in broken}
            for one in invariants.REGISTRY.values()
        ],
    }


@blueprint.delete("/admin/books/halt")
@endpoint(policy.LIFT_HALT)
@blueprint.response(204)
def lift_halt(uow: UnitOfWork) -> None:
    """Let money leave again."""
    invariants.lift(uow)


@blueprint.get("/admin/payouts")
@endpoint(policy.SEE_BOOKS)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, schemas.WithdrawalsOut)
def list_all_withdrawals(uow: UnitOfWork, page: Data) -> Page[Withdrawal]:
    """List everybody's withdrawals, newest first."""
    return queries.withdrawals(uow, None, page["cursor"], page["limit"])


def _me(uow: UnitOfWork) -> UUID:
    return cast(UUID, uow.identity.worker_id)
