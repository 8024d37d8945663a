"""From which yearly totals on a tax office wants to hear of a worker, and where that is written."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kernel.money import MICROS_PER_UNIT, Money


@dataclass(frozen=True)
class Threshold:
    """Say who must be reported: where they live, in which years, from how much on, says who."""

    form: str
    country: str
    from_year: int
    currency: str
    units: int
    payments_above: int
    source: str

    def is_reached(self, country: str, year: int, paid: Money, payments_count: int) -> bool:
        """Tell whether a worker's year must be reported by this."""
        return (
            country == self.country
            and year >= self.from_year
            and paid.currency == self.currency
            and paid.micros >= self.units * MICROS_PER_UNIT
            and payments_count > self.payments_above
        )


# A law may change any year: an operator replaces this table by a file, without a new version.
DEFAULTS = (
    Threshold(
        form="1099-NEC",
        country="US",
        from_year=2026,
        currency="USD",
        units=2_000,
        payments_above=0,
        source="IRC section 6041(a) as amended by Public Law 119-21, section 70433",
    ),
    Threshold(
        form="1099-NEC",
        country="US",
        from_year=0,
        currency="USD",
        units=600,
        payments_above=0,
        source="IRC section 6041(a) for payments before 2026",
    ),
)


@cache
def table() -> Sequence[Threshold]:
    """Return the thresholds in force: those of the operator's file, or the ones above.

    The file is a JSON list of objects with the fields of Threshold; every entry names its source.
    """
    path = os.environ.get("QUORUM_TAX_THRESHOLDS", "")
    if not path:
        return DEFAULTS
    rows = [Threshold(**row) for row in json.loads(Path(path).read_text())]
    if not all(row.source for row in rows):
        raise SystemExit("Every tax threshold must name its source.")
    return tuple(rows)


def reached(country: str, year: int, paid: Money, payments_count: int) -> list[Threshold]:
    """List the thresholds a worker's year has reached; of one form only the latest law."""
    latest: dict[tuple[str, str, str], Threshold] = {}
    for one in sorted(table(), key=lambda row: row.from_year):
        if one.from_year <= year:
            latest[one.form, one.country, one.currency] = one
    return [one for one in latest.values() if one.is_reached(country, year, paid, payments_count)]
