"""The command `python -m bench.capacity`: answers a day of one machine, from what was measured."""

from __future__ import annotations

import json
from typing import Any

import click

from bench.printing import RESULTS

DAY_SECONDS = 86_400
# A machine that is busy all day has no room for its busiest hour.
BUSY_SHARE = 0.4
USED = {
    "serving": ("claim and answer one", "claim and answer 10 at once"),
    "settling": ("settle, decide and pay, two runners",),
}


@click.command()
def main() -> None:
    """Print how many answers a day one machine takes, by what was measured last."""
    click.echo("| what | measured a second | a day, 40 % busy |")
    click.echo("|---|---:|---:|")
    for part, names in USED.items():
        for name, rate in _rates(part).items():
            if name in names:
                daily = rate * DAY_SECONDS * BUSY_SHARE
                click.echo(f"| {name} | {rate:,.0f} | {daily / 1e6:,.1f} million |")


def _rates(part: str) -> dict[str, float]:
    path = RESULTS / f"{part}.json"
    if not path.exists():
        return {}
    found: dict[str, Any] = json.loads(path.read_text())
    return {work["name"]: work["rate"] for work in found["works"]}


if __name__ == "__main__":
    main(prog_name="python -m bench.capacity")
