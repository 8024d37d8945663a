"""Organisations, money, jobs and files for tests of jobs."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from PIL import Image
from sqlalchemy import func, select

from kernel.db import UnitOfWork
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.types import new_id
from marketplace.accounts.models import Organisation, User
from marketplace.jobs import drafting, publishing, queries
from marketplace.jobs.intake import importing
from marketplace.jobs.models import Import, Job, Task
from payouts import accounts, funding, invariants, ledger
from payouts.books import truths
from payouts.ledger import Draft

CATS = """<View>
  <Text name="text" value="$text"/>
  <Choices name="animal" toName="text">
    <Choice value="cat"/><Choice value="dog"/>
  </Choices>
</View>"""
PICTURES = """<View>
  <Image name="picture" value="$picture"/>
  <Choices name="animal" toName="picture"><Choice value="cat"/><Choice value="dog"/></Choices>
</View>"""


@dataclass(frozen=True)
class Buyer:
    """One person acting as the owner of one organisation."""

    identity: Identity
    organisation_id: UUID


def usd(amount: str) -> Money:
    """Read dollars."""
    return Money.parse(amount, "USD")


def a_buyer(uow: UnitOfWork, balance: str = "0", role: str = "owner") -> Buyer:
    """Found an organisation with money on its balance, and act for it from here on."""
    user_id, organisation_id = new_id(), new_id()
    uow.session.add(
        User(
            id=user_id,
            email=f"{user_id.hex}@example.org",
            password_hash="none",
            display_name="Ada",
            country="DE",
            is_admin=False,
            age_confirmed_at=uow.now,
            terms_version="2026-11",
            email_confirmed_at=uow.now,
            created_at=uow.now,
        )
    )
    uow.session.add(Organisation(id=organisation_id, name="Acme", created_at=uow.now))
    uow.session.flush()
    if usd(balance).micros:
        deposit(uow, organisation_id, usd(balance))
    uow.identity = Identity(user_id=user_id, roles={organisation_id: role}, is_confirmed=True)
    return Buyer(uow.identity, organisation_id)


def deposit(uow: UnitOfWork, organisation_id: UUID, amount: Money) -> None:
    """Let money arrive."""
    legs = [
        (accounts.platform("processor_available", amount.currency), amount.micros),
        (
            accounts.organisation("organisation_available", organisation_id, amount.currency),
            -amount.micros,
        ),
    ]
    ledger.post(uow, Draft("deposit", str(new_id()), legs))


def settings(**changes: Any) -> dict[str, Any]:
    """Describe a job that asks whether a text is about cats; name what matters to the test."""
    return {
        "currency": "USD",
        "title": "Cats",
        "interface": CATS,
        "guidelines": "Say **what** it is.",
        "reward": usd("0.10"),
        "expected_seconds": 10,
        "gold": {"every": 0},
    } | changes


def a_draft(uow: UnitOfWork, buyer: Buyer, **changes: Any) -> Job:
    """Create a draft."""
    uow.identity = buyer.identity
    return drafting.create(uow, buyer.organisation_id, settings(**changes))


def rows(count: int, gold: int = 0) -> list[dict[str, Any]]:
    """Describe tasks; the last `gold` of them have a known answer."""
    plain = [{"text": f"text {number}"} for number in range(count)]
    return plain + [{"text": f"gold {number}", "known": "cat"} for number in range(gold)]


def as_lines(tasks: Sequence[Mapping[str, Any]]) -> bytes:
    """Write tasks as JSON Lines."""
    return b"\n".join(json.dumps(task).encode() for task in tasks)


def begin_import(
    runtime: Runtime,
    buyer: Buyer,
    job: Job,
    content: bytes,
    *,
    keep_good_rows: bool = False,
    gold_is_random: bool = False,
) -> UUID:
    """Upload a file of tasks."""
    upload = importing.Upload(io.BytesIO(content), "tasks", 1_000_000_000, gold_is_random)
    with runtime.database.unit_of_work(buyer.identity) as uow:
        return importing.begin(uow, job, runtime.storage, upload, keep_good_rows).id


def run_import(runtime: Runtime, buyer: Buyer, job: Job, content: bytes, **wishes: bool) -> Import:
    """Upload a file of tasks and wait for what becomes of it."""
    import_id = begin_import(runtime, buyer, job, content, **wishes)
    assert importing.run(runtime, import_id)
    with runtime.database.unit_of_work() as uow:
        return queries.import_of(uow, import_id)


def a_published_job(
    runtime: Runtime,
    tasks: Sequence[Mapping[str, Any]],
    budget: str,
    balance: str = "1000",
    **changes: Any,
) -> tuple[Buyer, Job]:
    """Draft a job, import tasks, fund it and publish it."""
    with runtime.database.unit_of_work() as uow:
        buyer = a_buyer(uow, balance)
        job = a_draft(uow, buyer, **changes)
    assert run_import(runtime, buyer, job, as_lines(tasks)).state == "done"
    with runtime.database.unit_of_work(buyer.identity) as uow:
        publishing.fund(uow, job, usd(budget))
        job = publishing.publish(uow, job)
    return buyer, job


def open_slots(uow: UnitOfWork, job: Job) -> int:
    """Count the open slots of a job."""
    own = select(func.coalesce(func.sum(Task.slots_open), 0)).where(Task.job_id == job.id)
    return int(uow.session.scalar(own) or 0)


def budget(uow: UnitOfWork, job: Job) -> Money:
    """Return a job's unpromised money."""
    return funding.affordable(uow, job.id, job.currency)


def reserved(uow: UnitOfWork, job: Job) -> Money:
    """Return a job's promised money."""
    return ledger.balance(uow, accounts.job("job_reserved", job.id, job.currency))


def balance(uow: UnitOfWork, buyer: Buyer) -> Money:
    """Return what an organisation may spend."""
    key = accounts.organisation("organisation_available", buyer.organisation_id, "USD")
    return ledger.balance(uow, key)


def check_money(uow: UnitOfWork, job: Job) -> None:
    """Hold that the books agree and that each open slot, and nothing else, is reserved."""
    assert broken_books(uow) == []
    held = queries.slot_cost(uow, job) * open_slots(uow, job)
    assert reserved(uow, job) == held


def task_of(uow: UnitOfWork, job: Job, text: str) -> Task:
    """Return the task that shows a text."""
    named = select(Task).where(Task.job_id == job.id, Task.data["text"].astext == text)
    return uow.session.scalars(named).one()


def tasks_of(uow: UnitOfWork, job: Job) -> list[Task]:
    """Return the tasks of a job in the order of import."""
    own = select(Task).where(Task.job_id == job.id).order_by(Task.position)
    return list(uow.session.scalars(own))


def an_image(kind: str = "PNG", size: tuple[int, int] = (8, 6), shade: int = 0) -> bytes:
    """Draw an image."""
    content = io.BytesIO()
    Image.new("RGB", size, (shade, 0, 0)).save(content, kind)
    return content.getvalue()


def share(text: str) -> Decimal:
    """Read a share."""
    return Decimal(text)


def broken_books(uow: UnitOfWork) -> list[invariants.Broken]:
    """Return what is broken in the ledger; rows written by hand here have no assignments."""
    return invariants.check(uow, truths.MONEY)
