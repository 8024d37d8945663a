"""Builders with names that matter: people, organisations, funded jobs and their tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import event, insert

from kernel.db import Database, UnitOfWork
from kernel.identity import Identity
from kernel.money import Money
from kernel.types import encode_pair, new_id
from marketplace.accounts.credentials import tokens
from marketplace.accounts.models import ApiKey, Member, Organisation, User
from marketplace.accounts.states import Role
from marketplace.assignments import submitting
from marketplace.assignments.handout import claiming
from marketplace.assignments.handout.claiming import Claim
from marketplace.config import TERMS_VERSION
from marketplace.jobs import drafting, publishing
from marketplace.jobs.intake.checking import content_hash
from marketplace.jobs.models import Job, Task
from marketplace.jobs.slots import GOLD_SLOTS_MAX
from payouts import accounts, ledger
from workers import service as workers

CATS = """<View>
  <Text name="text" value="$text"/>
  <Choices name="animal" toName="text">
    <Choice value="cat"/><Choice value="dog"/>
  </Choices>
</View>"""
PICTURES = CATS.replace("Text name", "Image name").replace("$text", "$picture")
FRAMES = ("SET ", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")
SETTINGS: Mapping[str, Any] = {
    "currency": "USD",
    "title": "Cats",
    "interface": CATS,
    "guidelines": "Say **what** it is.",
    "reward": Money.parse("0.10", "USD"),
    "expected_seconds": 10,
    "gold": {"every": 0},
    "redundancy": {"answers_min": 2, "answers_max": 2, "is_adaptive": False},
}


def a_user(uow: UnitOfWork, **columns: Any) -> User:
    """Add a person with a confirmed address."""
    user_id = new_id()
    plain = {
        "email": f"{user_id.hex}@example.org",
        "password_hash": "none",
        "display_name": "Ada",
        "country": "DE",
        "is_admin": False,
        "age_confirmed_at": uow.now,
        "terms_version": TERMS_VERSION,
        "email_confirmed_at": uow.now,
        "created_at": uow.now,
    }
    user = User(id=user_id, **(plain | columns))
    uow.session.add(user)
    uow.session.flush()
    return user


def a_worker(uow: UnitOfWork, country: str = "DE", **columns: Any) -> Identity:
    """Add a person who does tasks, and return them as they ask for something."""
    worker = workers.register(uow, country, ["de", "en"], adult_consent=False)
    user = a_user(uow, worker_id=worker.id, country=country, **columns)
    is_confirmed = user.email_confirmed_at is not None
    return Identity(user_id=user.id, worker_id=worker.id, is_confirmed=is_confirmed)


def worker_id(identity: Identity) -> UUID:
    """Return the worker that a person is."""
    assert identity.worker_id is not None
    return identity.worker_id


def some_workers(database: Database, count: int) -> list[Identity]:
    """Add many workers."""
    with database.unit_of_work() as uow:
        return [a_worker(uow) for _ in range(count)]


def an_organisation(uow: UnitOfWork, balance: str = "10000", name: str = "Acme") -> Organisation:
    """Found an organisation with money on its balance."""
    organisation = Organisation(id=new_id(), name=name, created_at=uow.now)
    uow.session.add(organisation)
    uow.session.flush()
    amount = Money.parse(balance, "USD")
    theirs = accounts.organisation("organisation_available", organisation.id, "USD")
    legs = [
        (accounts.platform("processor_available", "USD"), amount.micros),
        (theirs, -amount.micros),
    ]
    if amount.micros:
        ledger.post(uow, ledger.Draft("deposit", str(new_id()), legs))
    return organisation


def a_requester(
    uow: UnitOfWork, organisation_id: UUID, role: Role = Role.OWNER, **columns: Any
) -> Identity:
    """Add a person who acts for an organisation."""
    user = a_user(uow, **columns)
    member = {"user_id": user.id, "role": role, "created_at": uow.now}
    uow.session.add(Member(organisation_id=organisation_id, **member))
    uow.session.flush()
    return Identity(user_id=user.id, roles={organisation_id: role}, is_confirmed=True)


def a_key(uow: UnitOfWork, identity: Identity, *scopes: str) -> dict[str, str]:
    """Make an API key for a person; return the header that carries it."""
    token = tokens.new("qk_")
    uow.session.add(
        ApiKey(
            id=new_id(),
            token_digest=tokens.digest(token),
            user_id=identity.user_id,
            name="a key",
            prefix=token[:11],
            scopes=list(scopes or ("work:read", "work:write")),
            created_at=uow.now,
        )
    )
    return {"Authorization": f"Bearer {token}"}


def a_task(text: str, gold: str | None = None, **columns: Any) -> dict[str, Any]:
    """Describe a task that shows a text; with `gold`, its known answer."""
    known = {"known": {"animal": gold}} if gold else {}
    return {"data": {"text": text}} | known | columns


def some_tasks(count: int, gold: int = 0) -> list[dict[str, Any]]:
    """Describe plain tasks, then gold ones."""
    plain = [a_task(f"text {number}") for number in range(1, count + 1)]
    return plain + [a_task(f"check {number}", gold="cat") for number in range(1, gold + 1)]


def a_published_job(
    uow: UnitOfWork,
    tasks: Sequence[Mapping[str, Any]],
    budget: str = "5000",
    settings: Mapping[str, Any] | None = None,
    **columns: Any,
) -> Job:
    """Publish a job of an organisation of its own, its slots opened by its money.

    `settings` go through drafting as a requester's would; `columns` are set as they are.
    """
    organisation = an_organisation(uow, budget)
    asker, uow.identity = uow.identity, a_requester(uow, organisation.id)
    job = drafting.create(uow, organisation.id, {**SETTINGS, **(settings or {})})
    for name, value in columns.items():
        setattr(job, name, value)
    add_tasks(uow, job, tasks)
    publishing.fund(uow, job, Money.parse(budget, "USD"))
    publishing.publish(uow, job)
    uow.session.flush()
    uow.identity = asker
    return job


def add_tasks(uow: UnitOfWork, job: Job, tasks: Sequence[Mapping[str, Any]]) -> list[UUID]:
    """Put tasks into a job in this order, as an import would; return their ids."""
    first = job.next_position
    rows = [_row(uow, job, place, task) for place, task in enumerate(tasks, start=first)]
    gold = sum("known" in row for row in rows)
    job.tasks_count += len(rows) - gold
    job.gold_count += gold
    job.next_position += len(rows)
    uow.session.flush()
    for is_gold in (True, False):  # rows of one statement name the same columns
        part = [row for row in rows if ("known" in row) == is_gold]
        if part:
            uow.session.execute(insert(Task), part)
    return [row["id"] for row in rows]


def _row(uow: UnitOfWork, job: Job, position: int, task: Mapping[str, Any]) -> dict[str, Any]:
    priority = task.get("priority", 0)
    is_gold = "known" in task
    plain = {
        "job_id": job.id,
        "id": new_id(),
        "position": position,
        "priority": priority,
        "rank": (1_000 - priority) * 10**10 + position,
        "content_hash": content_hash(task["data"]),
        "explanation": "",
        "lane": 2 if is_gold else 1,
        "state": "waiting",
        "slots_open": 0,
        "slots_taken": 0,
        "slots_max": GOLD_SLOTS_MAX if is_gold else job.answers_max,
        "created_at": uow.now,
    }
    return plain | dict(task)


def claim(
    database: Database, worker: Identity, job_id: UUID, count: int = 1, seed: int = 1
) -> Sequence[Claim]:
    """Let a worker claim tasks, in a unit of work of its own."""
    return database.run(lambda uow: claiming.claim(uow, job_id, count, Random(seed)).claims, worker)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Collect the statements sent meanwhile; what only frames a transaction is left out."""
    sent: list[str] = []

    def note(_line: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(FRAMES):
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


def items(value: str) -> list[dict[str, Any]]:
    """Return the result items of an answer to CATS and PICTURES."""
    return [
        {
            "from_name": "animal",
            "to_name": "text",
            "type": "choices",
            "value": {"choices": [value]},
        }
    ]


def given(claimed: Claim, value: str = "cat", active_seconds: int = 5) -> submitting.Given:
    """Answer a claimed task."""
    outward = encode_pair(claimed.job_id, claimed.id)
    return submitting.Given(outward, items(value), active_seconds)


def submit(
    database: Database, worker: Identity, *answers: submitting.Given
) -> list[submitting.Outcome]:
    """Let a worker hand in answers, in a unit of work of its own."""
    return database.run(lambda uow: submitting.submit(uow, worker_id(worker), answers), worker)
