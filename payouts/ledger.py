"""The ledger: the only module that writes journals, and it writes many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.money import Money
from kernel.types import new_id
from payouts import accounts
from payouts.accounts import AccountKey

LEGS_MAX = 1_000
DRAFTS_MAX = 10_000
Leg = tuple[AccountKey, int]


@dataclass(frozen=True)
class Draft:
    """Describe one business fact in money before it is written.

    `legs` are signed micros: debit above zero, credit below; they sum to zero in one currency.
    `ref` is the fact's own id: the ledger holds each (kind, ref) at most once.
    """

    kind: str
    ref: str
    legs: Sequence[Leg]
    source: str = ""
    reverses: UUID | None = None

    def __post_init__(self) -> None:
        if not 2 <= len(self.legs) <= LEGS_MAX or not self.ref:
            raise ValueError(f"A {self.kind} journal needs a reference and at least two legs.")
        if any(type(micros) is not int or micros == 0 for _, micros in self.legs):
            raise ValueError(f"Legs of {self.kind} {self.ref} are whole micros and never zero.")
        if sum(micros for _, micros in self.legs) != 0:
            raise ValueError(f"Legs of {self.kind} {self.ref} do not sum to zero.")
        if len({account.currency for account, _ in self.legs}) != 1:
            raise ValueError(f"Legs of {self.kind} {self.ref} mix currencies.")

    @property
    def currency(self) -> str:
        """Return the one currency of all legs."""
        return self.legs[0][0].currency


@dataclass(frozen=True)
class Posted:
    """Report what became of a draft: its journal's id, and whether this call wrote it."""

    journal_id: UUID
    is_new: bool


def move(source: AccountKey, target: AccountKey, amount: Money) -> list[Leg]:
    """Return the two legs that take money from one credit-side account to another."""
    assert amount.micros > 0 and amount.currency == source.currency == target.currency
    return [(source, amount.micros), (target, -amount.micros)]


def post(uow: UnitOfWork, draft: Draft) -> UUID:
    """Write one journal and return its id; raise Refused("balance_short") for an overdraft."""
    return post_many(uow, [draft])[0].journal_id


def post_many(uow: UnitOfWork, drafts: Sequence[Draft]) -> list[Posted]:
    """Write many journals in a handful of statements; those already in the books stay as they are.

    Returns one Posted per draft, in order. All or none are written: an overdraft of any bounded
    account by the whole batch raises Refused("balance_short") and leaves the unit of work usable.
    """
    if len(drafts) > DRAFTS_MAX:
        raise ValueError(f"At most {DRAFTS_MAX} journals are posted at once.")
    if not drafts:
        return []
    try:
        with uow.session.begin_nested():
            ids = _ensure_accounts(uow, {key for draft in drafts for key, _ in draft.legs})
            new = _insert_journals(uow, drafts)
            _insert_postings(uow, drafts, new, ids)
    except IntegrityError as error:
        raise _as_refusal(error) from error
    return _report(uow, drafts, new)


def reverse(uow: UnitOfWork, journal_id: UUID, source: str = "") -> UUID:
    """Write the exact mirror of a journal and return its id; a second reversal is a no-op."""
    rows = uow.session.execute(
        text(
            "SELECT a.kind, a.owner, a.currency, p.micros FROM postings p"
            " JOIN accounts a ON a.id = p.account_id WHERE p.journal_id = :id ORDER BY p.place"
        ),
        {"id": journal_id},
    )
    legs = [(AccountKey(kind, owner, currency), -micros) for kind, owner, currency, micros in rows]
    return post(uow, Draft("reversal", str(journal_id), legs, source, journal_id))


def balances(
    uow: UnitOfWork, keys: Iterable[AccountKey], *, lock: bool = False
) -> Mapping[AccountKey, Money]:
    """Return the balance of each account, growing side up; locked in id order if asked."""
    wanted = list(keys)
    found = {key: balance for key, (_, balance) in _read_accounts(uow, wanted, lock=lock).items()}
    return {key: Money(found.get(key, 0), key.currency) for key in wanted}


def balance(uow: UnitOfWork, key: AccountKey, *, lock: bool = False) -> Money:
    """Return the balance of one account, growing side up; locked if asked."""
    return balances(uow, [key], lock=lock)[key]


def _read_accounts(
    uow: UnitOfWork, keys: Sequence[AccountKey], *, lock: bool = False
) -> dict[AccountKey, tuple[int, int]]:
    statement = (
        "SELECT a.kind, a.owner, a.currency, a.id, a.balance FROM accounts a"
        " JOIN unnest(CAST(:kinds AS text[]), CAST(:owners AS text[]), CAST(:currencies AS text[]))"
        " AS k(kind, owner, currency) USING (kind, owner, currency) ORDER BY a.id"
    )
    rows = uow.session.execute(
        text(statement + (" FOR NO KEY UPDATE OF a" if lock else "")), _columns(keys)
    )
    return {
        AccountKey(kind, owner, currency): (account_id, balance_micros)
        for kind, owner, currency, account_id, balance_micros in rows
    }


def _columns(keys: Sequence[AccountKey]) -> dict[str, list[str]]:
    return {
        "kinds": [key.kind for key in keys],
        "owners": [key.owner for key in keys],
        "currencies": [key.currency for key in keys],
    }


def _ensure_accounts(uow: UnitOfWork, keys: set[AccountKey]) -> dict[AccountKey, int]:
    """Return the id of every account; create the missing ones in key order against deadlocks."""
    found = _read_accounts(uow, list(keys))
    missing = sorted(keys - found.keys())
    if missing:
        kinds = [accounts.KINDS[key.kind] for key in missing]
        uow.session.execute(
            text(
                "INSERT INTO accounts (kind, owner, currency, sign, is_bounded)"
                " SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:owners AS text[]),"
                " CAST(:currencies AS text[]), CAST(:signs AS smallint[]),"
                " CAST(:bounds AS boolean[])) ON CONFLICT DO NOTHING"
            ),
            _columns(missing)
            | {"signs": [k.sign for k in kinds], "bounds": [k.is_bounded for k in kinds]},
        )
        found |= _read_accounts(uow, missing)
    return {key: account_id for key, (account_id, _) in found.items()}


def _insert_journals(uow: UnitOfWork, drafts: Sequence[Draft]) -> dict[tuple[str, str], UUID]:
    """Insert what is not there yet, in (kind, ref) order; return the ids of the new ones."""
    ordered = sorted(drafts, key=lambda draft: (draft.kind, draft.ref))
    rows = uow.session.execute(
        text(
            "INSERT INTO journals (id, kind, ref, source, currency, at, reverses)"
            " SELECT id, kind, ref, source, currency, :at, reverses FROM unnest("
            " CAST(:ids AS uuid[]), CAST(:kinds AS text[]), CAST(:refs AS text[]),"
            " CAST(:sources AS text[]), CAST(:currencies AS text[]), CAST(:reverses AS uuid[]))"
            " AS new(id, kind, ref, source, currency, reverses)"
            " ON CONFLICT (kind, ref) DO NOTHING RETURNING kind, ref, id"
        ),
        {
            "at": uow.now,
            "ids": [new_id() for _ in ordered],
            "kinds": [draft.kind for draft in ordered],
            "refs": [draft.ref for draft in ordered],
            "sources": [draft.source for draft in ordered],
            "currencies": [draft.currency for draft in ordered],
            "reverses": [draft.reverses for draft in ordered],
        },
    )
    return {(kind, ref): journal_id for kind, ref, journal_id in rows}


def _insert_postings(
    uow: UnitOfWork,
    drafts: Sequence[Draft],
    new: Mapping[tuple[str, str], UUID],
    ids: Mapping[AccountKey, int],
) -> None:
    """Insert all legs in one statement, so that the trigger locks and moves accounts once."""
    fresh = {(draft.kind, draft.ref): draft for draft in reversed(drafts)}
    legs: list[tuple[Any, ...]] = [
        (journal_id, place, ids[account], account.currency, micros)
        for name, journal_id in new.items()
        for place, (account, micros) in enumerate(fresh[name].legs)
    ]
    if not legs:
        return
    journals, places, account_ids, currencies, micros = (list(column) for column in zip(*legs))  # noqa: B905
    uow.session.execute(
        text(
            "INSERT INTO postings (journal_id, place, account_id, currency, micros)"
            " SELECT * FROM unnest(CAST(:journals AS uuid[]), CAST(:places AS smallint[]),"
            " CAST(:account_ids AS bigint[]), CAST(:currencies AS text[]),"
            " CAST(:micros AS bigint[]))"
        ),
        {
            "journals": journals,
            "places": places,
            "account_ids": account_ids,
            "currencies": currencies,
            "micros": micros,
        },
    )


def _report(
    uow: UnitOfWork, drafts: Sequence[Draft], new: Mapping[tuple[str, str], UUID]
) -> list[Posted]:
    """Say of each draft whether it is new; of two equal ones in a batch only the first is."""
    known = [draft for draft in drafts if (draft.kind, draft.ref) not in new]
    old: dict[tuple[str, str], UUID] = {}
    if known:
        rows = uow.session.execute(
            text(
                "SELECT kind, ref, id FROM journals JOIN unnest(CAST(:kinds AS text[]),"
                " CAST(:refs AS text[])) AS k(kind, ref) USING (kind, ref)"
            ),
            {"kinds": [draft.kind for draft in known], "refs": [draft.ref for draft in known]},
        )
        old = {(kind, ref): journal_id for kind, ref, journal_id in rows}
    reports, told = [], set()
    for draft in drafts:
        name = (draft.kind, draft.ref)
        is_new = name in new and name not in told
        told.add(name)
        reports.append(Posted(new[name] if name in new else old[name], is_new))
    return reports


def _as_refusal(error: IntegrityError) -> Exception:
    if not isinstance(error.orig, psycopg.errors.CheckViolation):
        return error
    if error.orig.diag.constraint_name != "ck_accounts_not_overdrawn":
        return error
    return Refused("balance_short", "There is not enough money on the account to do this.")
