"""The command: `python -m bench.chaos [--seconds 300] [--seed N] [--runs 1]`."""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

import click
import structlog

from bench.chaos import running
from bench.chaos.running import Outcome
from kernel import servers


@click.command()
@click.option("--seconds", default=300.0, show_default=True, help="How long faults happen.")
@click.option("--seed", default=1, show_default=True, help="Seed of the faults.")
@click.option("--runs", default=1, show_default=True, help="Runs, each with the next seed.")
def main(seconds: float, seed: int, runs: int) -> None:
    """Kill, pause and cut off everything at random while people work; then check every promise.

    Exits 1 if one was broken.
    """
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    outcomes = []
    for number in range(seed, seed + runs):
        with tempfile.TemporaryDirectory(prefix="quorum-chaos-") as name:
            folder = Path(name)
            try:
                outcomes.append(running.run(folder, number, seconds))
            finally:
                servers.wipe(folder)
        click.echo(_told(outcomes[-1]))
    sys.exit(any(one.broken for one in outcomes))


def _told(one: Outcome) -> str:
    faults = ", ".join(f"{name} {count}" for name, count in sorted(one.faults.items()))
    refusals = ", ".join(f"{code} {count}" for code, count in sorted(one.refusals.items()))
    lines = [
        f"Seed {one.seed}: {one.acknowledged} answers acknowledged, {one.failures} requests lost.",
        f"  faults: {faults}",
        f"  answers refused: {refusals or 'none'}",
        *(f"  BROKEN: {sentence}" for sentence in one.broken),
    ]
    return "\n".join(lines if one.broken else [*lines, "  Every promise was kept."])


if __name__ == "__main__":
    main(prog_name="python -m bench.chaos")
