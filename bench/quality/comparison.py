"""Spans, boxes, texts, numbers and comparisons as tables beside the plain ways to merge."""

from __future__ import annotations

from bench.quality import classification, structured
from bench.quality.structured import Figure
from bench.quality.tables import Bar, Cell, Found, Table

LEAST = {"boxes_a": 0.915, "ner_a": 0.74, "pairs_olympic": 0.87}
MOST = {"speech_clean": 0.055, "emotion_numeric": 12.0}


def measure(_seeds: int) -> Found:
    """Label every structured set by our way and by the plain ones."""
    found = structured.run(classification.folder())
    table = Table("Structured answers", "Each set by its own measure, one run.", _rows(found))
    ours = [one for one in found if one.method == "ours" and one.data in LEAST | MOST]
    return Found([table], [_bar(one) for one in ours])


def _bar(one: Figure) -> Bar:
    what = f"{one.data}: {one.measure.replace('_', ' ')}"
    return Bar(what, one.value, LEAST.get(one.data), MOST.get(one.data))


def _rows(found: list[Figure]) -> list[dict[str, Cell]]:
    return [
        {
            "set": one.data,
            "method": one.method,
            "measure": one.measure,
            "value": one.value,
            "seconds": one.seconds,
        }
        for one in found
    ]
