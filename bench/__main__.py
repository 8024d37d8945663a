"""The command: `python -m bench [PART]`."""

from __future__ import annotations

import logging

import click
import structlog

from bench import machine, parts, printing, quality
from bench.quality import tables

SIZES = {"10k": 10_000, "1M": 1_000_000, "10M": 10_000_000}
ALL = (*parts.ALL, quality.REPORT)
NAMES = [part.name for part in ALL]
LIST = "\n".join(["\b", "Parts:", *(f"  {part.name:<10} {part.summary}" for part in ALL)])


@click.command(epilog=LIST)
@click.argument("name", metavar="[PART]", required=False, type=click.Choice(NAMES))
@click.option("--size", type=click.Choice(list(SIZES)), default="10k", show_default=True)
def main(name: str | None, size: str) -> None:
    """Measure one part, or all of them, beside a floor or a peer of the same run.

    Prints each table and writes it, with a JSON file beside it, into bench/results.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    for part in ALL:
        if name not in (None, part.name):
            continue
        load_before = machine.load()
        if isinstance(part, tables.Report):
            found = part.measure()
            click.echo(tables.keep(part, found, machine.facts(load_before)))
        else:
            rows = part.measure(SIZES[size]) if part.is_sized else part.measure()
            click.echo(printing.keep(part, rows, machine.facts(load_before)))


if __name__ == "__main__":
    main(prog_name="python -m bench")
