"""Tables of quality are written for people and for programs, from the same figures."""

import json
from pathlib import Path

import numpy as np

from bench.machine import Facts
from bench.quality import classification, million, tables
from bench.quality.tables import Bar, Found, Report, Table

FACTS = Facts("2026-11-22", 2, "Linux x86_64", "3.11.7", load_before=1.25, load_after=3.5)
TABLE = Table(
    "Choices", "In per cent.", [{"set": "one", "tasks": 1_200, "us": 91.25, "them": None}]
)


BARS = [
    Bar("saved", 46.2, least=45, goal=50),
    Bar("error", 0.07, most=0.05),
    Bar("never measured", float("nan"), least=0),
]


def test_a_page_and_its_record_tell_the_same(tmp_path: Path) -> None:
    report = Report("quality.one", "How good. And more.", lambda _: Found([TABLE], BARS))
    page = tables.keep(report, report.measure(5), FACTS, tmp_path)
    assert report.summary == "How good."
    assert "| set | tasks | us | them |\n|---|---:|---:|---:|\n| one | 1,200 | 91.2 | – |" in page
    assert (tmp_path / "quality.one.md").read_text() == page
    record = json.loads((tmp_path / "quality.one.json").read_text())
    assert record["tables"][0]["rows"] == [{"set": "one", "tasks": 1200, "us": 91.25, "them": None}]


def test_a_bar_is_met_by_a_figure_within_it() -> None:
    assert [bar.is_met for bar in BARS] == [True, False, False]
    assert BARS[0].row() == {
        "what": "saved",
        "figure": 46.2,
        "bar": "at least 45",
        "goal": 50,
        "met": "yes",
    }


def test_the_overview_holds_the_bars_of_every_part(tmp_path: Path) -> None:
    for name, bars in (("one", BARS[:1]), ("two", BARS[1:2]), ("three", [])):
        report = Report(f"quality.{name}", "How good.", lambda _, bars=bars: Found([TABLE], bars))
        tables.keep(report, report.measure(5), FACTS, tmp_path)
    page = (tmp_path / "quality.md").read_text()
    assert "## quality.one" in page
    assert "| saved | 46.2 | at least 45 | 50 | yes |" in page
    assert "| error | 0.070 | at most 0.05 | – | no |" in page
    assert "quality.three" not in page


def test_equal_probabilities_share_a_hit_and_a_truth_nobody_gave_is_a_miss() -> None:
    probabilities = np.array([[0.5, 0.5], [0.9, 0.1], [0.2, 0.8], [1.0, 0.0]])
    assert classification.accuracy(probabilities, np.array([0, 0, 2, -1])) == 50.0


def test_the_simulated_crowd_has_so_many_answers_and_nobody_answers_twice() -> None:
    task, worker, given, truth = million.crowd(10_000)
    assert len(task) == 10_000
    assert len(set(zip(task.tolist(), worker.tolist(), strict=True))) == 10_000
    assert given.min() >= 0
    assert given.max() < million.CLASSES
    assert 0.6 < (given == truth[task]).mean() < 0.8
