"""Write what was measured for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench.machine import Facts
from bench.measuring import Row
from bench.parts import Part

RESULTS = Path(__file__).resolve().parent / "results"


def table(part: Part, rows: Sequence[Row], facts: Facts) -> str:
    """Return a page of Markdown: what was measured, where, and a line for each work."""
    more = list(dict.fromkeys(name for row in rows for name in row.notes))
    lines = [
        f"# {part.name}",
        "",
        part.about,
        "",
        f"{facts.sentence} Medians of {len(rows[0].rates)} rounds, lowest to highest in brackets.",
        "",
        f"| what | per second | | ratio to the floor |{_cells(more)}",
        f"|---|---:|---|---:|{'---:|' * len(more)}",
        *(_line(row, more, is_floor=row is rows[0]) for row in rows),
    ]
    return "\n".join(lines) + "\n"


def record(part: Part, rows: Sequence[Row], facts: Facts) -> str:
    """Return the same as JSON, with the rate of every round."""
    works = [
        {
            "name": row.name,
            "unit": row.unit,
            "rate": round(row.rate, 1),
            "ratio": round(row.ratio, 4),
            "rates": [round(rate, 1) for rate in row.rates],
            **({"notes": dict(row.notes)} if row.notes else {}),
        }
        for row in rows
    ]
    content = {"part": part.name, "about": part.about, "machine": facts.record, "works": works}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def keep(part: Part, rows: Sequence[Row], facts: Facts, folder: Path = RESULTS) -> str:
    """Write both files of a part into a folder; return the table."""
    folder.mkdir(parents=True, exist_ok=True)
    page = table(part, rows, facts)
    (folder / f"{part.name}.md").write_text(page, encoding="utf-8")
    (folder / f"{part.name}.json").write_text(record(part, rows, facts), encoding="utf-8")
    return page


def _line(row: Row, more: Sequence[str], *, is_floor: bool) -> str:
    spread = f"({_short(min(row.rates))} – {_short(max(row.rates))})"
    ratio = "floor" if is_floor else _short(row.ratio)
    notes = [row.notes.get(name, "") for name in more]
    return f"| {row.name} | {_short(row.rate)} {row.unit} | {spread} | {ratio} |{_cells(notes)}"


def _cells(values: Sequence[str]) -> str:
    return "".join(f" {value} |" for value in values)


def _short(value: float) -> str:
    """Write a number with three digits that count, or whole."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}"
