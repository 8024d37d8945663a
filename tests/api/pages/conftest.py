"""Browsers that read pages: as somebody a test names, or as a stranger who signs up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel import chores
from kernel.db import Database, UnitOfWork
from kernel.identity import STRANGER, Identity
from kernel.money import Money
from kernel.runtime import Runtime
from kernel.types import new_id
from marketplace.accounts.models import Organisation
from marketplace.accounts.states import Role
from marketplace.jobs import drafting
from marketplace.jobs.models import Job
from payouts import accounts, ledger
from tests import factories

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style\b|\sstyle\s*=|<[^>]*\son[a-z]+\s*=")
TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')
GOLD = {"first": 1, "every": 5}


@dataclass
class Browser:
    """Read pages and send forms as a person does, with the token of the page before."""

    client: FlaskClient
    token: str = ""

    def get(self, address: str) -> str:
        """Open a page that must be there and keep the rules of every page."""
        answer = self.client.get(address, headers={"Accept": "text/html"})
        assert answer.status_code == 200, (address, answer.status_code, answer.text[-2_000:])
        assert not INLINE.search(answer.text), address
        found = TOKEN.search(answer.text)
        self.token = found[1] if found else self.token
        return answer.text

    def status(self, address: str) -> int:
        """Say how an address answers."""
        return self.client.get(address, headers={"Accept": "text/html"}).status_code

    def send(self, address: str, **fields: Any) -> TestResponse:
        """Send a form; the answer leads on, or shows the form again."""
        data = {"csrf_token": self.token} | {k.replace("__", "."): v for k, v in fields.items()}
        return self.client.post(address, data=data, headers={"Accept": "text/html"})


@pytest.fixture
def stranger(app: Flask) -> Browser:
    """A browser nobody has signed in with."""
    return Browser(app.test_client())


@pytest.fixture
def browsing(app: Flask) -> Iterator[Callable[[Identity], Browser]]:
    """Return a maker of browsers: `browsing(identity).get(…)`; the last one made is the asker."""
    real = app.extensions["quorum_identify"]

    def make(identity: Identity = STRANGER) -> Browser:
        app.extensions["quorum_identify"] = lambda _uow: identity
        return Browser(app.test_client())

    yield make
    app.extensions["quorum_identify"] = real


@dataclass(frozen=True)
class Town:
    """Everybody and everything a page may be about."""

    worker: Identity
    requester: Identity
    outsider: Identity
    admin: Identity
    organisation_id: UUID
    job_id: UUID
    draft_id: UUID


@pytest.fixture
def town(database: Database) -> Town:
    """A worker, a requester with an open job and a draft, a requester elsewhere, an admin."""
    with database.unit_of_work() as uow:
        worker, admin = factories.a_worker(uow), _admin(uow)
        tasks = factories.some_tasks(6, gold=2)
        job = factories.a_published_job(uow, tasks, settings={"gold": GOLD})
        _pay_in(uow, job.organisation_id, "100")
        elsewhere = factories.an_organisation(uow, name="Elsewhere")
        requester = factories.a_requester(uow, job.organisation_id)
        organisation = uow.get(Organisation, job.organisation_id, "gone")
        return Town(
            worker=worker,
            requester=_named(requester, organisation),
            outsider=_named(factories.a_requester(uow, elsewhere.id), elsewhere),
            admin=admin,
            organisation_id=organisation.id,
            job_id=job.id,
            draft_id=_draft(uow, requester, organisation.id).id,
        )


@pytest.fixture
def answered(town: Town, runtime: Runtime) -> Town:
    """The same town after the worker has handed in answers, which were read and wait."""
    database = runtime.database
    claims = factories.claim(database, town.worker, town.job_id, 3)
    factories.submit(database, town.worker, *(factories.given(each) for each in claims))
    database.clock.advance(timedelta(minutes=2))
    chores.drain(runtime)
    return town


def _admin(uow: UnitOfWork) -> Identity:
    user = factories.a_user(uow, is_admin=True)
    now = uow.now
    return Identity(user_id=user.id, is_admin=True, second_factor_at=now, signed_in_at=now)


def _pay_in(uow: UnitOfWork, organisation_id: UUID, amount: str) -> None:
    micros = Money.parse(amount, "USD").micros
    theirs = accounts.organisation("organisation_available", organisation_id, "USD")
    legs = [(accounts.platform("processor_available", "USD"), micros), (theirs, -micros)]
    ledger.post(uow, ledger.Draft("deposit", str(new_id()), legs))


def _named(requester: Identity, organisation: Organisation) -> Identity:
    names = {organisation.id: organisation.name}
    roles = {organisation.id: Role.OWNER}
    return Identity(requester.user_id, None, roles, names, is_confirmed=True)


def _draft(uow: UnitOfWork, requester: Identity, organisation_id: UUID) -> Job:
    asker, uow.identity = uow.identity, requester
    job = drafting.create(uow, organisation_id, {**factories.SETTINGS, "title": "A draft"})
    uow.identity = asker
    return job
