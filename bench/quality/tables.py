"""Tables of figures, written for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.machine import Facts
from bench.printing import RESULTS

Cell = str | float | int | None


@dataclass(frozen=True)
class Table:
    """One table: a title, what it says, and rows of figures by the names of their columns."""

    title: str
    about: str
    rows: Sequence[Mapping[str, Cell]]


@dataclass(frozen=True)
class Report:
    """A part of the bench whose results are tables; one section follows the other."""

    name: str
    about: str
    sections: Sequence[Callable[[], Sequence[Table]]]

    @property
    def summary(self) -> str:
        """Return the first sentence of what it is about."""
        return self.about.partition(". ")[0].removesuffix(".") + "."

    def measure(self) -> list[Table]:
        """Measure all sections."""
        return [table for section in self.sections for table in section()]


def keep(report: Report, found: Sequence[Table], facts: Facts, folder: Path = RESULTS) -> str:
    """Write a page of Markdown and the same as JSON into a folder; return the page."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"# {report.name}", "", report.about, "", facts.sentence]
    for table in found:
        lines += ["", f"## {table.title}", "", table.about, "", *_lines(table)]
    page = "\n".join(lines) + "\n"
    content = {
        "part": report.name,
        "about": report.about,
        "machine": facts.record,
        "tables": [vars(table) for table in found],
    }
    written = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    (folder / f"{report.name}.md").write_text(page, encoding="utf-8")
    (folder / f"{report.name}.json").write_text(written, encoding="utf-8")
    return page


def _lines(table: Table) -> list[str]:
    columns = list(table.rows[0]) if table.rows else []
    return [
        "| " + " | ".join(columns) + " |",
        "|---" + "|---:" * (len(columns) - 1) + "|",
        *("| " + " | ".join(_cell(row.get(name)) for name in columns) + " |" for row in table.rows),
    ]


def _cell(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 1 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else value
