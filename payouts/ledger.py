"""The ledger: the only module that writes journals, and it writes many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.money import Money
from kernel.sql import arrays, prepared
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
    """Write many journals in one statement; those already in the books stay as they are.

    Returns one Posted per draft, in order. All or none are written: an overdraft of any bounded
    account by the whole batch raises Refused("balance_short") and leaves the unit of work usable.
    """
    if len(drafts) > DRAFTS_MAX:
        raise ValueError(f"At most {DRAFTS_MAX} journals are posted at once.")
    if not drafts:
        return []
    rows = prepared.rows(uow, _WRITE, {"moment": uow.now, **_columns(drafts)})
    if rows[0].journal is None:
        raise Refused("balance_short", "There is not enough money on the account to do this.")
    return [Posted(journal, is_new) for journal, is_new in rows]


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
        text(statement + (" FOR NO KEY UPDATE OF a" if lock else "")),
        arrays.literals(_key_columns(keys)),
    )
    return {
        AccountKey(kind, owner, currency): (account_id, balance_micros)
        for kind, owner, currency, account_id, balance_micros in rows
    }


def _key_columns(keys: Sequence[AccountKey]) -> dict[str, list[str]]:
    return {
        "kinds": [key.kind for key in keys],
        "owners": [key.owner for key in keys],
        "currencies": [key.currency for key in keys],
    }


# The types of the function's arguments, in their order; `ledger_write` is made by a migration.
_TYPES = {
    "moment": "timestamptz",
    "account_kinds": "text[]",
    "account_owners": "text[]",
    "account_currencies": "text[]",
    "account_signs": "smallint[]",
    "account_bounds": "boolean[]",
    "ids": "uuid[]",
    "kinds": "text[]",
    "refs": "text[]",
    "sources": "text[]",
    "currencies": "text[]",
    "reversed": "uuid[]",
    "leg_journals": "integer[]",
    "leg_places": "smallint[]",
    "leg_accounts": "integer[]",
    "leg_micros": "bigint[]",
}
_ARGUMENTS = ", ".join(f"CAST(:{name} AS {kind})" for name, kind in _TYPES.items())
_WRITE = prepared.statement(f"SELECT journal, is_new FROM ledger_write({_ARGUMENTS})")


def _columns(drafts: Sequence[Draft]) -> dict[str, str]:
    """Return accounts, drafts and legs column by column; all are counted from one.

    Each account stands there once, however many legs it has: the server looks it up once, and its
    names, which are long, travel once.
    """
    places: dict[AccountKey, int] = {}
    legs = [
        (number, place, places.setdefault(account, len(places) + 1), micros)
        for number, draft in enumerate(drafts, start=1)
        for place, (account, micros) in enumerate(draft.legs)
    ]
    kinds = [accounts.KINDS[account.kind] for account in places]
    columns: dict[str, Iterable[object]] = {
        "account_kinds": [account.kind for account in places],
        "account_owners": [account.owner for account in places],
        "account_currencies": [account.currency for account in places],
        "account_signs": [kind.sign for kind in kinds],
        "account_bounds": [kind.is_bounded for kind in kinds],
        "ids": [new_id() for _ in drafts],
        "kinds": [draft.kind for draft in drafts],
        "refs": [draft.ref for draft in drafts],
        "sources": [draft.source for draft in drafts],
        "currencies": [draft.currency for draft in drafts],
        "reversed": [draft.reverses for draft in drafts],
        "leg_journals": [number for number, *_ in legs],
        "leg_places": [place for _, place, *_ in legs],
        "leg_accounts": [account for *_, account, _ in legs],
        "leg_micros": [micros for *_, micros in legs],
    }
    return arrays.literals(columns)
