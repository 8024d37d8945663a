"""The consensus command: labels for anyone with a file of answers."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from consensus import files
from consensus.errors import ConsensusError
from consensus.files import choosing
from consensus.inference import Prior
from demo.report import table

SHOWN_MAX = 20
LETTERS_MAX = 60
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("consensus")
@click.argument("answers", type=_FILE)
@click.option("--truth", type=_FILE, help="Table of task and label to score by.")
@click.option("--gold", type=_FILE, help="Table of task and label that are known.")
@click.option("--classes", help="The classes there are, with commas between them.")
@click.option("--model", type=click.Choice(choosing.MODELS), default="auto", show_default=True)
@click.option(
    "--prior",
    type=click.Choice([prior.value for prior in Prior]),
    help="Learn the shares of classes, or keep them even.",
)
@click.option("--seed", default=0, show_default=True, help="Seed of what is left to chance.")
@click.option("--rounds", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--tolerance", type=click.FloatRange(0), default=1e-4, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, every task and worker in it.")
def consensus(answers: Path, as_json: bool, **options: Any) -> None:
    """Conclude labels from ANSWERS: choices or numbers, comparisons, spans, boxes or texts.

    No truth is needed: of choices, the model that best predicts hidden answers is picked.
    """
    classes = options.pop("classes")
    named = tuple(name.strip() for name in classes.split(",") if name.strip()) if classes else None
    prior, rounds = options.pop("prior"), options.pop("rounds")
    started = time.perf_counter()
    try:
        found = files.conclude(
            files.Request(
                answers,
                classes=named,
                prior=Prior(prior) if prior else None,
                rounds_max=rounds,
                **options,
            )
        )
    except ConsensusError as error:
        raise click.ClickException(error.sentence) from None
    found["seconds"] = round(time.perf_counter() - started, 3)
    for remark in found.get("remarks", ()):
        click.echo(remark, err=True)
    click.echo(json.dumps(found, ensure_ascii=False) if as_json else _text(found))


def _text(found: dict[str, Any]) -> str:
    """Write the figures, and of tasks and workers the first ones."""
    figures = [
        (name, f"{value:.2%}" if name == "accuracy" else str(value))
        for name, value in found.items()
        if isinstance(value, str | int | float)
    ]
    sure = found.get("confidence", {})
    labels = [
        (task, _shortened(label) + (f" ({sure[task]:.3f})" if task in sure else ""))
        for task, label in list(found["labels"].items())[:SHOWN_MAX]
    ]
    workers = [
        (name, ", ".join(f"{figure} {value}" for figure, value in one.items()))
        for name, one in list(found["workers"].items())[:SHOWN_MAX]
    ]
    parts = (("", figures), ("Labels", labels), ("Workers", workers))
    return "\n\n".join(
        "\n".join(filter(None, (title, table(rows)))) for title, rows in parts if rows
    )


def _shortened(label: object) -> str:
    text = label if isinstance(label, str) else json.dumps(label, ensure_ascii=False)
    return text if len(text) <= LETTERS_MAX else text[: LETTERS_MAX - 1] + "…"
