"""The pretend Stripe's own double-entry book, in minor units: an oracle for ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tests.stripe import spec

WORLD = "world"
KEPT = "stripe"
PENDING = "pending"
AVAILABLE = "available"


class Book:
    """Hold entries that sum to zero, and the balance transactions that show them to customers."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, dict[str, int], str]] = []
        self.lines: dict[str, dict[str, Any]] = {}
        self.owners: dict[str, str] = {}

    def post(self, what: str, currency: str, moved: dict[str, int]) -> None:
        """Write one entry."""
        assert sum(moved.values()) == 0, (what, moved)
        self.entries.append((what, moved, currency))

    def held(self, owner: str, kind: str, currency: str) -> int:
        """Return what somebody's balance holds; the platform's owner is the empty text."""
        account = f"{owner}:{kind}"
        return sum(moved.get(account, 0) for _, moved, kept in self.entries if kept == currency)

    def total(self) -> int:
        """Return the sum of everything, which is zero."""
        return sum(sum(moved.values()) for _, moved, _ in self.entries)

    def currencies(self, owner: str) -> list[str]:
        """List the currencies an owner ever held."""
        mine = (f"{owner}:{PENDING}", f"{owner}:{AVAILABLE}")
        found = {kept for _, moved, kept in self.entries if any(name in moved for name in mine)}
        return sorted(found)

    def line(
        self, owner: str, kind: str, source: dict[str, Any], moved: tuple[int, int], at: datetime,
        available_on: datetime | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """Move an owner's balance by (amount, fee) and show it; later than now: first pending."""
        amount, fee = moved
        currency = source["currency"]
        state = PENDING if available_on is not None else AVAILABLE
        self.post(
            f"{kind} {source['id']}",
            currency,
            {WORLD: -amount, KEPT: fee, f"{owner}:{state}": amount - fee},
        )
        ref = f"txn_{len(self.lines) + 1:08d}"
        self.owners[ref] = owner
        self.lines[ref] = spec.blank(
            "balance_transaction",
            {
                "id": ref,
                "object": "balance_transaction",
                "type": kind,
                "reporting_category": kind,
                "source": source["id"],
                "currency": currency,
                "amount": amount,
                "fee": fee,
                "net": amount - fee,
                "status": state,
                "created": int(at.timestamp()),
                "available_on": int((available_on or at).timestamp()),
            },
        )
        return self.lines[ref]

    def clear(self, now: datetime) -> Iterator[dict[str, Any]]:
        """Make available what has been pending long enough."""
        for ref, line in self.lines.items():
            if line["status"] == PENDING and line["available_on"] <= now.timestamp():
                line["status"] = AVAILABLE
                owner = self.owners[ref]
                moved = {
                    f"{owner}:{PENDING}": -line["net"],
                    f"{owner}:{AVAILABLE}": line["net"],
                }
                self.post(f"clear {ref}", line["currency"], moved)
                yield line
