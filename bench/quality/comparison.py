"""Spans, boxes, texts, numbers and comparisons as tables beside the plain ways to merge."""

from __future__ import annotations

from bench.quality import classification, structured
from bench.quality.tables import Cell, Table


def measure() -> list[Table]:
    """Label every structured set by our way and by the plain ones."""
    rows: list[dict[str, Cell]] = [
        {
            "set": one.data,
            "method": one.method,
            "measure": one.measure,
            "value": one.value,
            "seconds": one.seconds,
        }
        for one in structured.run(classification.folder())
    ]
    return [Table("Structured answers", "Each set by its own measure, one run.", rows)]
