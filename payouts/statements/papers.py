"""Papers for an organisation's bookkeeping: receipts of deposits and invoices of months."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import font_roboto

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.money import Money
from payouts.books import sources
from payouts.models import Deposit
from payouts.statements import spending

if TYPE_CHECKING:
    from fpdf import FPDF

FONT = "Roboto"
INK, PALE = (28, 34, 44), (110, 118, 130)
WIDTHS = (98, 26, 26, 30)


@dataclass(frozen=True)
class Paper:
    """Hold what a paper says: its title, facts, rows of a table, and its totals."""

    title: str
    number: str
    facts: Sequence[tuple[str, str]]
    columns: tuple[str, str, str, str]
    rows: Sequence[tuple[str, str, str, str]]
    totals: Sequence[tuple[str, Money]]
    note: str


def receipt(deposit: Deposit, organisation: str) -> Paper:
    """Write the receipt of a paid deposit; raise Missing for one that was never paid."""
    if deposit.paid_at is None:
        raise Missing("not_paid", "There is a receipt once the deposit is paid.")
    amount = Money(deposit.micros, deposit.currency)
    back = Money(deposit.refunded_micros, deposit.currency)
    return Paper(
        title="Receipt",
        number=_number("R", deposit.id),
        facts=[
            ("Received from", organisation),
            ("Received on", _day(deposit.paid_at)),
            ("Payment", str(deposit.charge_ref)),
        ],
        columns=("What", "", "", "Amount"),
        rows=[("Deposit to the balance of the organisation", "", "", str(amount))],
        totals=[("Received", amount), *([("Sent back since", back)] if back.micros else [])],
        note="A deposit is money held for jobs; what is not spent can be sent back to the card.",
    )


def invoice(uow: UnitOfWork, organisation: UUID, name: str, month: tuple[int, int]) -> Paper:
    """Write what an organisation's jobs cost in a month, job by job; each currency has a total."""
    span = spending.month(*month)
    spent = spending.by_job(uow, organisation, span)
    if not spent:
        raise Missing("nothing_spent", "Nothing was spent in this month.")
    named = sources.describe(uow, [f"job:{one.job}" for one in spent])
    sums: dict[str, tuple[Money, Money]] = {}
    for one in spent:
        nothing = Money(0, one.rewards.currency)
        rewards, fees = sums.get(one.rewards.currency, (nothing, nothing))
        sums[one.rewards.currency] = (rewards + one.rewards, fees + one.fees)
    return Paper(
        title="Invoice",
        number=f"I-{month[0]}{month[1]:02d}-{organisation.hex[-8:].upper()}",
        facts=[("For", name), ("Month", f"{span[0]:%B %Y}"), ("Paid from", "balance, in full")],
        columns=("Job", "Paid for", "Fees", "Total"),
        rows=[_row(one, named[f"job:{one.job}"].words) for one in spent],
        totals=[line for both in sums.values() for line in _sums(*both)],
        note="Rewards and bonuses go to the people who did the work; the fee is ours.",
    )


def as_pdf(paper: Paper, issued_at: datetime) -> bytes:
    """Draw a paper on A4; text is selectable and fonts are embedded."""
    from fpdf import FPDF  # here, since it takes a third of a second and hardly a process draws

    pdf = FPDF(format="A4")
    pdf.set_creation_date(issued_at)
    pdf.set_title(f"{paper.title} {paper.number}")
    fonts: Mapping[str, str] = {"": font_roboto.Roboto, "B": font_roboto.RobotoBold}
    for style, path in fonts.items():
        pdf.add_font(FONT, style, path)
    pdf.add_page()
    _line(pdf, "Quorum", size=11, colour=PALE)
    _line(pdf, f"{paper.title} {paper.number}", size=20, style="B", height=12)
    pdf.ln(4)
    for name, value in paper.facts:
        _line(pdf, f"{name}: {value}", size=11)
    pdf.ln(6)
    _row_of(pdf, paper.columns, style="B")
    for row in paper.rows:
        _row_of(pdf, row)
    pdf.ln(4)
    for name, amount in paper.totals:
        _row_of(pdf, (name, "", "", str(amount)), style="B")
    pdf.ln(8)
    _line(pdf, paper.note, size=9, colour=PALE)
    return bytes(pdf.output())


def _line(
    pdf: FPDF,
    words: str,
    *,
    size: int,
    style: str = "",
    colour: tuple[int, int, int] = INK,
    height: int = 7,
) -> None:
    pdf.set_font(FONT, style, size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(0, height, words, new_x="LMARGIN", new_y="NEXT")


def _row_of(pdf: FPDF, cells: Sequence[str], style: str = "") -> None:
    """Draw one row: words on the left, cut to their column, numbers on the right."""
    pdf.set_font(FONT, style, 10)
    pdf.set_text_color(*INK)
    for place, (words, width) in enumerate(zip(cells, WIDTHS, strict=True)):
        shown = words
        while pdf.get_string_width(shown) > width - 2:
            shown = shown[:-2] + "…"
        pdf.cell(width, 8, shown, border="B", align="R" if place else "L")
    pdf.ln()


def _row(one: spending.Spent, words: str) -> tuple[str, str, str, str]:
    count = f"{words} ({one.answers_count} answers, {one.bonuses_count} bonuses)"
    return count, str(one.rewards), str(one.fees), str(one.total)


def _sums(rewards: Money, fees: Money) -> list[tuple[str, Money]]:
    return [("Rewards and bonuses", rewards), ("Fees", fees), ("Total", rewards + fees)]


def _number(prefix: str, key: UUID) -> str:
    return f"{prefix}-{key.hex[-12:].upper()}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y}"
