"""The catalogue of journals: every kind is on the page, and one cent can be followed by them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from sqlalchemy import select

from kernel.types import new_id
from payouts import earnings, funding
from payouts.books import browsing, closing, reconciling
from payouts.models import Journal
from tests.service.payouts.stories import Books, usd

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "money.md").read_text()
WAY = PAGE.partition("## One cent")[2].partition("\n## ")[0]
CENT = re.findall(r"\*\*`(\w+)`\*\*", WAY)


def test_every_kind_of_journal_is_on_the_page_and_no_other() -> None:
    table = PAGE.partition("## Journals")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
    assert named == set(_posted_kinds())


def test_one_cent_is_followed_from_a_card_to_a_bank_account(books: Books) -> None:
    organisation, job, worker = new_id(), new_id(), new_id()
    books.pay_in(new_id(), "500")
    books.pay_in(organisation, "100")
    books.run(lambda uow: funding.fund(uow, job, organisation, usd("20"), "f"))
    books.run(lambda uow: funding.reserve(uow, job, usd("14.0575"), "r"))
    books.run(lambda uow: funding.release(uow, job, usd("0.0575"), "rejected"))
    cents = [books.an_approval(job, worker, "0.05", "0.0075") for _ in range(240)]
    assert books.run(lambda uow: earnings.approve_many(uow, cents)) == 240
    books.pass_days(7.1)
    books.withdraw(worker, "12")
    books.settle()
    books.pass_days(1.1)
    books.run(closing.sweep)
    assert reconciling.run(books.database, books.processor).differences == {}
    kinds = books.run(lambda uow: uow.session.scalars(select(Journal.kind)).all())
    assert set(CENT) <= set(kinds)
    assert len(CENT) > 10, "the page tells the whole way"
    assert books.journal("approve", cents[0].assignment_ref) == {
        "job_reserved": "0.0575",
        "worker_pending": "-0.05",
        "platform_fee": "-0.0075",
    }
    assert books.worker("worker_in_transit", worker) == "0.00"
    assert books.worker("processor_connected", worker) == "0.00"
    assert books.broken() == []


def test_a_journal_leads_to_all_others_for_the_same_answer(books: Books) -> None:
    job, _ = books.a_funded_job("10", reserved="6")
    approval = books.an_approval(job, new_id(), "5", "1")
    books.run(lambda uow: earnings.approve_many(uow, [approval]))
    books.run(earnings.mature)
    (newest, *_) = books.run(
        lambda uow: browsing.found(uow, approval.assignment_ref, None, 10).items
    )
    opened = books.run(lambda uow: browsing.opened(uow, newest.id))
    assert (opened.kind, opened.total) == ("mature", usd("5"))
    assert [one.kind for one in opened.related] == ["approve"]
    by_owner = books.run(
        lambda uow: browsing.found(uow, f"worker:{approval.worker}", None, 10).items
    )
    assert {one.kind for one in by_owner} == {"approve", "mature"}


def _posted_kinds() -> list[str]:
    """Read from the code which kinds of journals it writes: literal first words of its drafts."""
    kinds = []
    for path in (ROOT / "payouts").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _name(node) in WRITERS and node.args:
                place = WRITERS[_name(node)]
                for literal in ast.walk(node.args[place]) if len(node.args) > place else ():
                    if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
                        kinds.append(literal.value)
    return kinds


# What builds a draft, and where its kind stands; `_post` of a module takes it second.
WRITERS = {"Draft": 0, "_draft": 0, "_post": 1}


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""
