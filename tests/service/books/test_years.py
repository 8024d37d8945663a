"""A worker's year, an organisation's papers, and the thresholds of tax offices."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kernel.errors import Missing
from kernel.types import new_id
from payouts import bonuses, earnings, funding
from payouts.bonuses import Gift
from payouts.models import Deposit
from payouts.recovery import correcting
from payouts.statements import papers, spending, thresholds, years
from tests.service.payouts.stories import Books, usd
from workers import service as workers


def test_a_year_holds_what_was_earned_and_what_reached_the_bank(books: Books) -> None:
    worker = books.run(lambda uow: workers.register(uow, "US", ["en"], adult_consent=False)).id
    books.pay_in(new_id(), "5000")
    books.pass_days(3)
    year = books.clock.now().year
    books.earn(worker, "900")
    books.earn(worker, "5")
    job, organisation = books.a_funded_job("10")
    books.give(organisation, "5")
    gift = Gift(organisation, job, worker, "", usd("2"), 0, "for careful work")
    given = books.run(lambda uow: bonuses.give(uow, gift))
    books.run(lambda uow: correcting.take_back(uow, f"bonus:{given.id}", "A mistake of ours."))
    books.withdraw(worker, "900")
    books.settle()
    books.pass_days(1.1)
    entries = books.run(lambda uow: years.entries(uow, worker, year))
    assert sum((entry.earned for entry in entries), usd("0")) == usd("905")
    assert sum((entry.paid for entry in entries), usd("0")) == usd("900")
    rows = list(csv.DictReader(io.StringIO(years.as_csv(entries))))
    assert [row["what"] for row in rows] == [
        *("Answer approved", "Answer approved", "Bonus", "Payment taken back"),
        "Arrived at the bank",
    ]
    (total,) = books.run(lambda uow: years.totals(uow, year))
    assert (total.earned, total.paid, total.payments_count) == (usd("905"), usd("900"), 1)
    assert books.run(lambda uow: years.years(uow, worker)) == [year]
    assert books.run(lambda uow: years.entries(uow, worker, year - 1)) == []


@pytest.mark.parametrize(
    ("country", "year", "paid", "form"),
    [
        ("US", 2026, "2000", ["1099-NEC"]),
        ("US", 2026, "1999.99", []),
        ("US", 2025, "600", ["1099-NEC"]),
        ("US", 2025, "599.99", []),
        ("DE", 2026, "90000", []),
    ],
)
def test_a_threshold_holds_from_its_year_on(
    country: str, year: int, paid: str, form: list[str]
) -> None:
    found = thresholds.reached(country, year, usd(paid), 1)
    assert [one.form for one in found] == form
    assert all(one.source for one in found)


def test_an_operator_may_bring_other_thresholds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [vars(replace(thresholds.DEFAULTS[0], units=10, source="A law of tomorrow"))]
    path = tmp_path / "thresholds.json"
    path.write_text(json.dumps(rows))
    monkeypatch.setenv("QUORUM_TAX_THRESHOLDS", str(path))
    thresholds.table.cache_clear()
    assert thresholds.reached("US", 2026, usd("10"), 1)[0].source == "A law of tomorrow"
    path.write_text(json.dumps([rows[0] | {"source": ""}]))
    thresholds.table.cache_clear()
    with pytest.raises(SystemExit):
        thresholds.table()
    thresholds.table.cache_clear()


def test_an_invoice_adds_up_what_the_jobs_of_a_month_cost(books: Books) -> None:
    job, organisation = books.a_funded_job("100", reserved="50")
    paid = [books.an_approval(job, new_id(), "2", "0.3") for _ in range(3)]
    books.run(lambda uow: earnings.approve_many(uow, paid))
    now = books.clock.now()
    (spent,) = books.run(
        lambda uow: spending.by_job(uow, organisation, spending.month(now.year, now.month))
    )
    assert (spent.answers_count, spent.rewards, spent.fees) == (3, usd("6"), usd("0.9"))
    month = (now.year, now.month)
    assert books.run(lambda uow: spending.months(uow, organisation)) == [month]
    paper = books.run(lambda uow: papers.invoice(uow, organisation, "Łódź Labels Ω", month))
    assert dict(paper.totals)["Total"] == usd("6.9")
    file = papers.as_pdf(paper, now)
    assert file.startswith(b"%PDF-")
    with pytest.raises(Missing):
        books.run(lambda uow: papers.invoice(uow, organisation, "Acme", (2001, 1)))


def test_a_receipt_is_there_once_the_deposit_is_paid(books: Books) -> None:
    organisation = new_id()
    opened = books.open_deposit(organisation, "50")
    with pytest.raises(Missing):
        papers.receipt(opened, "Acme")
    deposit: Deposit = books.pay_in(organisation, "70")
    paper = papers.receipt(deposit, "Acme")
    assert dict(paper.totals) == {"Received": usd("70")}
    assert papers.as_pdf(paper, datetime(2026, 11, 22, tzinfo=UTC)).startswith(b"%PDF-")


def test_a_long_name_is_cut_to_its_column(books: Books) -> None:
    job, organisation = books.a_funded_job("100", reserved="50")
    books.run(lambda uow: earnings.approve_many(uow, [books.an_approval(job, new_id(), "2")]))
    books.run(lambda uow: funding.release(uow, job, usd("1"), "x"))
    month = (books.clock.now().year, books.clock.now().month)
    paper = books.run(lambda uow: papers.invoice(uow, organisation, "Acme" * 100, month))
    long = replace(paper, rows=[("word " * 60, "1", "1", "2")])
    assert papers.as_pdf(long, books.clock.now()).startswith(b"%PDF-")
