"""One call to the pretend Stripe: what it names, and how it is refused or answered by a list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.stripe.company import Company, Thing


class Refusal(Exception):
    """Say no as Stripe does."""

    def __init__(
        self, status: int, code: str, message: str, kind: str = "invalid_request_error"
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.kind = status, code, message, kind

    def body(self) -> Thing:
        """Write the refusal."""
        return {"error": {"type": self.kind, "code": self.code, "message": self.message}}


@dataclass(frozen=True)
class Call:
    """Hold one call: the names in its path, what was given, and in whose account."""

    names: dict[str, str]
    given: dict[str, Any]
    account: str


Verb = Callable[[Company, Call], Thing]


def thing(company: Company, ref: str, kind: str) -> Thing:
    found = company.things.get(ref)
    if found is None or found["object"] != kind:
        raise Refusal(404, "resource_missing", f"No such {kind}: '{ref}'")
    return found


def account(company: Company, ref: str) -> Thing:
    if ref in company.cut:
        message = "The provided key does not have access to this account."
        raise Refusal(403, "account_invalid", message)
    return thing(company, ref, "account")


def a_list(data: list[Thing], url: str, *, has_more: bool = False) -> Thing:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}
