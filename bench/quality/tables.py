"""Tables of figures, and the bars some of them must reach, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.machine import Facts
from bench.printing import RESULTS

Cell = str | float | int | None
OVERVIEW = "quality"


@dataclass(frozen=True)
class Table:
    """One table: a title, what it says, and rows of figures by the names of their columns."""

    title: str
    about: str
    rows: Sequence[Mapping[str, Cell]]


@dataclass(frozen=True)
class Bar:
    """A figure that must be at least, or at most, so much; `goal` is what we would like."""

    what: str
    figure: float
    least: float | None = None
    most: float | None = None
    goal: float | None = None

    @property
    def is_met(self) -> bool:
        """Tell whether the figure reaches its bar; one that is not a number does not."""
        above = self.least is None or self.figure >= self.least
        return above and (self.most is None or self.figure <= self.most)

    def row(self) -> dict[str, Cell]:
        """Return it as a row of a table."""
        bounds = (("at least", self.least), ("at most", self.most))
        return {
            "what": self.what,
            "figure": self.figure,
            "bar": ", ".join(f"{word} {bound:g}" for word, bound in bounds if bound is not None),
            "goal": self.goal,
            "met": "yes" if self.is_met else "no",
        }


@dataclass(frozen=True)
class Found:
    """What was measured: tables, and the bars they were measured for."""

    tables: Sequence[Table]
    bars: Sequence[Bar] = ()


@dataclass(frozen=True)
class Report:
    """A part of the bench whose results are tables, measured with so many seeds."""

    name: str
    about: str
    measure: Callable[[int], Found]

    @property
    def summary(self) -> str:
        """Return the first sentence of what it is about."""
        return self.about.partition(". ")[0].removesuffix(".") + "."


def page(report: Report, found: Found, facts: Facts) -> str:
    """Return a page of Markdown: what was measured, where, the bars and the tables."""
    bars = [Table("Bars", "What must be reached.", [bar.row() for bar in found.bars])]
    return _page(report.name, f"{report.about}\n\n{facts.sentence}", [*bars, *found.tables])


def keep(report: Report, found: Found, facts: Facts, folder: Path = RESULTS) -> str:
    """Write the page and the same as JSON into a folder, and the page of all bars; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    written = page(report, found, facts)
    record = {
        "part": report.name,
        "about": report.about,
        "machine": facts.record,
        "bars": [bar.row() for bar in found.bars],
        "tables": [vars(table) for table in found.tables],
    }
    (folder / f"{report.name}.md").write_text(written, encoding="utf-8")
    (folder / f"{report.name}.json").write_text(
        json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (folder / f"{OVERVIEW}.md").write_text(overview(folder), encoding="utf-8")
    return written


def overview(folder: Path) -> str:
    """Return the page of all bars, read from what every part of quality last wrote."""
    records = [json.loads(path.read_text()) for path in sorted(folder.glob(f"{OVERVIEW}.*.json"))]
    tables = [
        Table(record["part"], f"Measured on {record['machine']['day']}.", record["bars"])
        for record in records
        if record["bars"]
    ]
    about = "Every bar of the quality engine with the figure last measured; details by its part."
    return _page(OVERVIEW, about, tables)


def _page(title: str, about: str, tables: Sequence[Table]) -> str:
    lines = [f"# {title}", "", about]
    for table in tables:
        if table.rows:
            lines += ["", f"## {table.title}", "", table.about, "", *_lines(table.rows)]
    return "\n".join(lines) + "\n"


def _lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    columns = list(rows[0])
    return [
        "| " + " | ".join(columns) + " |",
        "|---" + "|---:" * (len(columns) - 1) + "|",
        *("| " + " | ".join(_cell(row.get(name)) for name in columns) + " |" for row in rows),
    ]


def _cell(value: Cell) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.3f}" if abs(value) < 1 else f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else value
