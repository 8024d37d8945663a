"""Marshmallow fields and schema bases shared by every package."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from kernel.money import EXPONENTS, Money

TEXT_MAX = 10_000
PAGE_MAX = 200


class In(Schema):
    """Receive: unknown fields are refused."""

    class Meta:
        unknown = RAISE


class Out(Schema):
    """Show."""


class Text(fields.String):
    """Receive text of bounded length that PostgreSQL can hold, trimmed."""

    def __init__(self, *, most: int = TEXT_MAX, least: int = 1, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(min=least, max=most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if "\x00" in text:
            raise ValidationError("Text must not hold NUL characters.")
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise ValidationError("Text must not hold halves of characters.")
        return text.strip()


class MoneyOut(fields.Field[Money]):
    """Show Money as {"amount": "0.0500", "currency": "USD"}."""

    def _serialize(self, value: Money | None, *_args: Any, **_kwargs: Any) -> Any:
        return None if value is None else as_json(value)


class MoneyIn(fields.Field[Money]):
    """Receive Money as {"amount": "0.05", "currency": "USD"}; floats are refused."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Money:
        if not isinstance(value, dict) or set(value) != {"amount", "currency"}:
            raise ValidationError('Money looks like {"amount": "0.05", "currency": "USD"}.')
        if not isinstance(value["amount"], str):
            raise ValidationError('Write the amount as text, such as "0.05".')
        if value["currency"] not in list(EXPONENTS):
            raise ValidationError(f"Currencies we keep: {', '.join(EXPONENTS)}.")
        try:
            return Money.parse(value["amount"], value["currency"])
        except ValueError:
            raise ValidationError("An amount has at most six decimals.") from None


def as_json(value: Money) -> dict[str, str]:
    """Return money as JSON shows it, with at least four decimals so micro-prices line up."""
    whole, _, part = value.amount.partition(".")
    return {"amount": f"{whole}.{part.ljust(4, '0')}", "currency": value.currency}


class PageIn(In):
    """Receive a page of a list: where to go on and how many at most."""

    cursor = fields.String(load_default=None, validate=validate.Length(max=200))
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=PAGE_MAX))
