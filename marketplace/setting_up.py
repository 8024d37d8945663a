"""People, money and jobs set up through the services: for samples, replays and rehearsals."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from kernel import chores
from kernel.db import UnitOfWork
from kernel.identity import Identity
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.web.limits import Limits
from marketplace.accounts import sign_up
from marketplace.accounts.marks import Visit
from marketplace.accounts.states import Role
from marketplace.config import TERMS_VERSION
from marketplace.jobs import drafting, publishing
from marketplace.jobs import queries as jobs
from marketplace.jobs.intake import importing
from payouts import gateway
from payouts import queries as money
from payouts.transit import deposits

PASSWORD = "a long sample password"


def person(
    runtime: Runtime, uow: UnitOfWork, email: str, kind: Literal["worker", "requester"], name: str
) -> sign_up.NewAccount:
    """Sign somebody up whose address is known to be right."""
    made = sign_up.sign_up(
        uow,
        Limits(runtime.settings.redis_url),
        sign_up.Registration(
            email=email,
            password=PASSWORD,
            display_name=name,
            country="US",
            age_confirmed=True,
            terms_version=TERMS_VERSION,
            kind=kind,
            organisation_name=f"Organisation of {name}" if kind == "requester" else "",
            languages=("en",) if kind == "worker" else (),
        ),
        Visit("127.0.0.1", "command line"),
    )
    made.user.email_confirmed_at = uow.now
    return made


def pay_in(runtime: Runtime, organisation: UUID, amount: Money) -> None:
    """Deposit money through the pretend processor, as a person would on its page."""
    made = runtime.database.run(lambda uow: deposits.start(uow, organisation, amount, ""))
    chores.drain(runtime)
    with runtime.database.unit_of_work() as uow:
        page = money.deposit(uow, organisation, made.id).checkout_ref
    processor: Any = gateway.connect(runtime.settings, runtime.database)
    processor.pay(page)
    runtime.database.run(lambda uow: uow.later("payouts.poll_processor", ""))
    chores.drain(runtime)


def requester(made: sign_up.NewAccount) -> Identity:
    """Return a requester's identity, to act as them."""
    assert made.organisation_id is not None, "requesters found an organisation"
    roles = {made.organisation_id: str(Role.OWNER)}
    return Identity(user_id=made.user.id, roles=roles, is_confirmed=True)


def draft(runtime: Runtime, person: Identity, data: Mapping[str, Any]) -> UUID:
    """Draft a job of a requester's organisation."""
    (organisation,) = person.roles
    return runtime.database.run(lambda uow: drafting.create(uow, organisation, data).id, person)


def import_tasks(
    runtime: Runtime,
    person: Identity,
    job_id: UUID,
    table: bytes,
    *,
    gold_is_random: bool = False,
) -> None:
    """Import tasks from a CSV table, its gold picked by hand or drawn at random."""
    upload = importing.Upload(io.BytesIO(table), "tasks.csv", len(table), gold_is_random)
    runtime.database.run(
        lambda uow: importing.begin(
            uow,
            jobs.job(uow, job_id, lock=True),
            runtime.storage,
            upload,
            keep_good_rows=False,
        ),
        person,
    )
    chores.drain(runtime)


def publish(runtime: Runtime, person: Identity, job_id: UUID, budget: Money) -> None:
    """Fund a job and open it."""
    runtime.database.run(lambda uow: publishing.fund(uow, jobs.job(uow, job_id), budget), person)
    runtime.database.run(lambda uow: publishing.publish(uow, jobs.job(uow, job_id)), person)
