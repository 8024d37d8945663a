"""Making and revoking API keys."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kernel.db import Database
from kernel.errors import Conflict, Denied, DomainError, Missing, Refused
from kernel.types import new_id
from marketplace.accounts import keys, queries
from marketplace.accounts.credentials import tokens
from marketplace.accounts.keys import KeyOrder
from tests.service.accounts.builders import a_person, an_organisation, as_person

READ = frozenset({"jobs:read"})


def test_a_key_is_kept_as_a_digest_with_its_first_letters(database: Database) -> None:
    with database.unit_of_work() as uow:
        as_person(uow, a_person(uow))
        key, token = keys.create(uow, KeyOrder("mine", READ, expires_days=3))
        assert token.startswith("qk_") and token.startswith(key.prefix) and len(token) > 40
        assert key.token_digest == tokens.digest(token)
        assert key.expires_at == uow.now + timedelta(days=3)


@pytest.mark.parametrize(
    ("scopes", "error"),
    [(frozenset(), Refused), (frozenset({"admin"}), Refused), (READ | {"*"}, Refused)],
)
def test_a_key_carries_known_scopes_only(
    database: Database, scopes: frozenset[str], error: type[DomainError]
) -> None:
    with database.unit_of_work() as uow:
        as_person(uow, a_person(uow))
        with pytest.raises(error):
            keys.create(uow, KeyOrder("k", scopes))


def test_a_key_for_an_organisation_is_for_its_members_and_does_no_tasks(
    database: Database,
) -> None:
    with database.unit_of_work() as uow:
        ada = a_person(uow)
        acme = an_organisation(uow, ada)
        as_person(uow, ada, roles={acme.id: "owner"})
        keys.create(uow, KeyOrder("k", READ, acme.id))
        with pytest.raises(Refused):
            keys.create(uow, KeyOrder("k", READ | {"work:write"}, acme.id))
        with pytest.raises(Denied):
            keys.create(uow, KeyOrder("k", READ, new_id()))


def test_a_revoked_key_is_gone_from_lists(database: Database) -> None:
    with database.unit_of_work() as uow:
        ada = a_person(uow)
        as_person(uow, ada)
        first, _ = keys.create(uow, KeyOrder("first", READ))
        second, _ = keys.create(uow, KeyOrder("second", READ))
        keys.revoke(uow, first)
        assert list(queries.keys(uow, ada.id, None, 10).items) == [second]
        with pytest.raises(Missing):
            queries.key(uow, first.id)


def test_the_number_of_keys_is_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "KEYS_MAX", 1)
    with database.unit_of_work() as uow:
        as_person(uow, a_person(uow))
        keys.create(uow, KeyOrder("first", READ))
        with pytest.raises(Conflict):
            keys.create(uow, KeyOrder("second", READ))
