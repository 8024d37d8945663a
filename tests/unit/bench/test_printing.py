"""What a bench writes says what was measured, where, and against what."""

from __future__ import annotations

import json
from pathlib import Path

from bench import printing
from bench.machine import Facts
from bench.measuring import Row
from bench.parts import Part

FACTS = Facts("2026-11-22", 2, "Linux x86_64", "3.11.7", load_before=1.25, load_after=3.5)
FLOOR = Row("bare insert", "rows", (2_000.0, 1_000.0, 4_000.0), (2_000.0, 1_000.0, 4_000.0))
CLAIMS = Row("claim one", "tasks", (500.0, 250.0, 1_200.0), FLOOR.rates)
PART = Part("claims", "Claims against a bare insert. More about it.", lambda: [FLOOR, CLAIMS])


def test_the_table_gives_median_spread_and_ratio_of_each_work() -> None:
    page = printing.table(PART, [FLOOR, CLAIMS], FACTS)
    assert "| bare insert | 2,000 rows | (1,000 – 4,000) | floor |" in page
    assert "| claim one | 500 tasks | (250 – 1,200) | 0.25 |" in page


def test_the_table_tells_the_machine_and_its_load() -> None:
    page = printing.table(PART, [FLOOR, CLAIMS], FACTS)
    assert "2 cores" in page
    assert "load average 1.2 before and 3.5 after" in page
    assert "Medians of 3 rounds" in page


def test_small_numbers_keep_three_digits_that_count() -> None:
    row = Row("slow", "fits", (0.012345, 12.345, 9.8765), (1.0, 1.0, 1.0))
    page = printing.table(PART, [FLOOR, row], FACTS)
    assert "| slow | 9.88 fits | (0.0123 – 12.3) | 9.88 |" in page


def test_both_files_of_a_part_are_written(tmp_path: Path) -> None:
    page = printing.keep(PART, [FLOOR, CLAIMS], FACTS, tmp_path / "results")
    assert (tmp_path / "results" / "claims.md").read_text() == page
    kept = json.loads((tmp_path / "results" / "claims.json").read_text())
    assert kept["machine"]["cores"] == 2
    assert kept["works"][1] == {
        "name": "claim one",
        "unit": "tasks",
        "rate": 500.0,
        "ratio": 0.25,
        "rates": [500.0, 250.0, 1200.0],
    }


def test_a_part_is_listed_by_its_first_sentence() -> None:
    assert PART.summary == "Claims against a bare insert."
