"""Pages of receipts and invoices, to read or to take along as PDF."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from kernel.db import UnitOfWork
from kernel.web.pages import page
from payouts import policy, routes
from payouts.models import Deposit
from payouts.statements import papers
from payouts.statements.papers import Paper
from payouts.statements.routes import Month, month_for_endpoint, organisation_name

blueprint = Blueprint("papers", __name__)
OF_DEPOSIT = "/money/<uuid:organisation_id>/deposits/<uuid:deposit_id>"
OF_MONTH = "/money/<uuid:organisation_id>/invoices/<int:year>/<int:month>"


@blueprint.get(f"{OF_DEPOSIT}/receipt")
@page(policy.SEE_DEPOSIT, "money/paper.html", load=routes.deposit_for_endpoint)
def receipt(uow: UnitOfWork, deposit: Deposit) -> dict[str, Any]:
    """Show the receipt of a deposit."""
    shown = papers.receipt(deposit, organisation_name(uow, deposit.organisation))
    here = f"/money/{deposit.organisation}/deposits/{deposit.id}"
    return {"paper": shown, "here": f"{here}/receipt", "organisation": deposit.organisation}


@blueprint.get(f"{OF_DEPOSIT}/receipt.pdf")
@page(policy.SEE_DEPOSIT, "money/paper.html", load=routes.deposit_for_endpoint)
def receipt_file(uow: UnitOfWork, deposit: Deposit) -> Response:
    """Hand out the receipt of a deposit as PDF."""
    return _file(uow, papers.receipt(deposit, organisation_name(uow, deposit.organisation)))


@blueprint.get(OF_MONTH)
@page(policy.SEE_MONTH, "money/paper.html", load=month_for_endpoint)
def invoice(uow: UnitOfWork, asked: Month) -> dict[str, Any]:
    """Show the invoice of a month."""
    here = f"/money/{asked.organisation}/invoices/{asked.year}/{asked.month}"
    return {"paper": _invoice(uow, asked), "here": here, "organisation": asked.organisation}


@blueprint.get(f"{OF_MONTH}.pdf")
@page(policy.SEE_MONTH, "money/paper.html", load=month_for_endpoint)
def invoice_file(uow: UnitOfWork, asked: Month) -> Response:
    """Hand out the invoice of a month as PDF."""
    return _file(uow, _invoice(uow, asked))


def _invoice(uow: UnitOfWork, asked: Month) -> Paper:
    name = organisation_name(uow, asked.organisation)
    return papers.invoice(uow, asked.organisation, name, (asked.year, asked.month))


def _file(uow: UnitOfWork, paper: Paper) -> Response:
    answer = Response(papers.as_pdf(paper, uow.now), mimetype="application/pdf")
    name = f"quorum-{paper.title.lower()}-{paper.number}.pdf"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer
