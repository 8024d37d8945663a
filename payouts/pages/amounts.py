"""Read an amount of money from a form."""

from __future__ import annotations

from flask import request

from kernel.money import Money
from payouts import schemas


def amount() -> Money:
    """Read the amount of a form, whose two fields make one value."""
    parts = {name: request.form.get(name, "").strip() for name in ("amount", "currency")}
    read = schemas.AmountIn().load({"amount": parts})["amount"]
    assert isinstance(read, Money)
    return read
