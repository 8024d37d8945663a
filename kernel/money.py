"""Money: whole micros of a currency's major unit, counted and never measured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import total_ordering
from typing import Self

MICROS_PER_UNIT = 1_000_000
REWARD_STEP_MICROS = 100
EXPONENTS = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0}


@total_ordering
@dataclass(frozen=True)
class Money:
    """Hold an amount in micros (10⁻⁶ of the major unit) with its currency code (ISO 4217)."""

    micros: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.micros, bool) or not isinstance(self.micros, int):
            raise TypeError("Money is counted in whole micros.")
        if self.currency not in EXPONENTS:
            raise ValueError(f"Unknown currency: {self.currency}")

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read a decimal string such as "12.50"; raise ValueError for more than six decimals."""
        sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
        whole, _, part = digits.partition(".")
        plain = whole.isascii() and whole.isdigit() and (not part or part.isascii())
        if not plain or (part and not part.isdigit()) or len(part) > 6 or len(whole) > 12:
            raise ValueError(f"Not an amount of money: {text!r}")
        return cls(sign * (int(whole) * MICROS_PER_UNIT + int(part.ljust(6, "0"))), currency)

    @property
    def amount(self) -> str:
        """Write the amount as a decimal string with at least the currency's own decimals."""
        whole, part = divmod(abs(self.micros), MICROS_PER_UNIT)
        places = EXPONENTS[self.currency]
        digits = f"{part:06d}"
        shown = digits[:places] + digits[places:].rstrip("0")
        sign = "-" if self.micros < 0 else ""
        return f"{sign}{whole}.{shown}" if shown else f"{sign}{whole}"

    @property
    def minor_step(self) -> int:
        """Return the micros in one minor unit (one cent)."""
        step: int = 10 ** (6 - EXPONENTS[self.currency])
        return step

    @property
    def whole_minor(self) -> Money:
        """Return the amount rounded down to whole minor units: what a bank can move."""
        return Money(self.micros - self.micros % self.minor_step, self.currency)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __add__(self, other: Money) -> Money:
        return Money(self.micros + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.micros - self._same(other), self.currency)

    def __mul__(self, count: int) -> Money:
        if isinstance(count, bool) or not isinstance(count, int):
            raise TypeError("Money is multiplied by whole numbers only.")
        return Money(self.micros * count, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.micros, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.micros < self._same(other)

    def _same(self, other: Money) -> int:
        if self.currency != other.currency:
            raise ValueError(f"Cannot mix {self.currency} and {other.currency}.")
        return other.micros


def fee_micros(reward_micros: int, fee_basis_points: int) -> int:
    """Return the fee on a reward: round half up(reward × bps / 10 000), in micros."""
    if reward_micros < 0 or fee_basis_points < 0:
        raise ValueError("Fees are taken on rewards of zero or more.")
    return (reward_micros * fee_basis_points + 5_000) // 10_000
