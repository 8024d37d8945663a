"""The command: `python -m bench [PART]`."""

from __future__ import annotations

import logging

import click
import structlog

from bench import machine, parts, printing, quality
from bench.parts import Part
from bench.quality import tables
from bench.quality.tables import Report

SIZES = {"10k": 10_000, "100k": 100_000, "1M": 1_000_000, "10M": 10_000_000}
SEEDS = 5
ALL: tuple[Part | Report, ...] = (*parts.ALL, *quality.REPORTS)
NAMES = [
    *(part.name for part in parts.ALL),
    tables.OVERVIEW,
    *(one.name for one in quality.REPORTS),
]
LIST = "\n".join(["\b", "Parts:", *(f"  {part.name:<18} {part.summary}" for part in ALL)])


@click.command(epilog=LIST)
@click.argument("name", metavar="[PART]", required=False, type=click.Choice(NAMES))
@click.option("--size", type=click.Choice(list(SIZES)), default="10k", show_default=True)
@click.option("--seeds", type=click.IntRange(1, SEEDS), default=SEEDS, show_default=True)
def main(name: str | None, size: str, seeds: int) -> None:
    """Measure one part, or all of them, beside a floor or a peer of the same run.

    Prints each table and writes it, with a JSON file beside it, into bench/results. Quality with
    fewer seeds is a quick look: it is printed and not written.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("bench").setLevel(logging.INFO)
    for part in ALL:
        if name is None or part.name == name or part.name.startswith(f"{name}."):
            click.echo(_report(part, seeds) if isinstance(part, Report) else _part(part, size))


def _report(report: Report, seeds: int) -> str:
    load_before = machine.load()
    found = report.measure(seeds)
    write = tables.keep if seeds == SEEDS else tables.page
    return write(report, found, machine.facts(load_before))


def _part(part: Part, size: str) -> str:
    load_before = machine.load()
    rows = part.measure(SIZES[size]) if part.is_sized else part.measure()
    return printing.keep(part, rows, machine.facts(load_before))


if __name__ == "__main__":
    main(prog_name="python -m bench")
