"""Erasing a person."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from kernel.db import Database
from kernel.errors import Conflict, Refused
from marketplace.accounts import erasing, keys, organisations, queries, signing_in
from marketplace.accounts.keys import KeyOrder
from marketplace.accounts.models import User, WebSession
from marketplace.accounts.states import Role
from tests.service.accounts.builders import (
    VISIT,
    NoLimits,
    a_person,
    an_organisation,
    as_person,
    letters_to,
    link_token,
)
from workers.models import Worker


def test_an_erased_person_is_nowhere_in_the_database(database: Database) -> None:
    with database.unit_of_work() as uow:
        a_person(uow)
        ada = a_person(uow, email="ada@example.org", display_name="Ada Lovelace")
        as_person(uow, ada)
        signing_in.begin(uow, ada, VISIT)
        key, _token = keys.create(uow, KeyOrder("k", frozenset({"jobs:read"})))
        acme = an_organisation(uow, a_person(uow))
        organisations.add_member(uow, acme, "ada@example.org", Role.VIEWER)
        erasing.erase(uow, ada)
        assert key.revoked_at is not None
        assert [user.id for _, user in queries.members(uow, acme.id)] != [ada.id]
        assert uow.session.scalars(select(WebSession)).all() == []
        worker = uow.session.get(Worker, ada.worker_id)
        assert worker is not None and worker.state == "closed"
    with database.engine.connect() as connection:
        for table in ("users", "letters", "audit_log", "outbox", "workers", "api_keys"):
            rows = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert rows or table == "outbox"
            assert "ada@example.org" not in str(rows) and "Lovelace" not in str(rows)


def test_an_erased_address_is_free_again_and_signs_nobody_in(database: Database) -> None:
    with database.unit_of_work() as uow:
        old = a_person(uow, email="ada@example.org")
        erasing.erase(uow, old)
        new = a_person(uow, email="ada@example.org")
        assert new.id != old.id
        assert queries.user_by_email(uow, "ada@example.org") is new


def test_a_letter_still_in_the_post_does_not_leave_after_erasing(database: Database) -> None:
    with database.unit_of_work() as uow:
        ada = a_person(uow, email="ada@example.org")
        erasing.erase(uow, ada)
        [blank] = letters_to(uow, "")
        uow.session.refresh(blank)
        assert blank.sent_at == uow.now and blank.body == ""


def test_the_only_owner_of_an_organisation_hands_it_over_first(database: Database) -> None:
    with database.unit_of_work() as uow:
        ada = a_person(uow)
        an_organisation(uow, ada)
        with pytest.raises(Conflict) as refusal:
            erasing.erase(uow, ada)
        assert refusal.value.code == "owner_needed"
        assert uow.session.scalars(select(User.erased_at)).all() == [None]


def test_who_asked_for_a_reset_and_was_erased_cannot_come_back(database: Database) -> None:
    with database.unit_of_work() as uow:
        ada = a_person(uow, email="ada@example.org")
        signing_in.ask_reset(uow, NoLimits(), "ada@example.org")
        token = link_token(letters_to(uow, "ada@example.org")[-1])
        erasing.erase(uow, ada)
        with pytest.raises(Refused, match="used already"):
            signing_in.reset(uow, token, "a new long walk")
