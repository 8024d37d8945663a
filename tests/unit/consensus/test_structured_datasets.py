"""On structured answers of real crowds the labels reach what was set, and beat plain merging."""

import os
from pathlib import Path

import pytest

from bench.quality import structured

pytestmark = [pytest.mark.datasets, pytest.mark.long]
HIGHER_IS_BETTER = {"f1", "rank_correlation"}
PLAIN_GAIN_MIN = 0.0


@pytest.fixture(scope="module")
def figures() -> list[structured.Figure]:
    return structured.run(Path(os.environ["QUORUM_DATASETS"]))


@pytest.mark.parametrize(
    ("data", "bar"),
    [
        ("boxes_a", 0.915),
        ("ner_a", 0.740),
        ("pairs_olympic", 0.87),
        ("speech_clean", 0.055),
        ("emotion_numeric", 12.0),
    ],
)
def test_a_bar_is_reached(figures: list[structured.Figure], data: str, bar: float) -> None:
    [ours] = [one for one in figures if (one.data, one.method) == (data, "ours")]
    better = ours.value >= bar if ours.measure in HIGHER_IS_BETTER else ours.value <= bar
    assert better, f"{data}: {ours.measure} {ours.value:.4f}, bar {bar}"


def test_no_plain_way_is_better_on_any_set(figures: list[structured.Figure]) -> None:
    best = {one.data: one.value for one in figures if one.method == "ours"}
    for one in figures:
        sign = 1 if one.measure in HIGHER_IS_BETTER else -1
        assert sign * (best[one.data] - one.value) >= PLAIN_GAIN_MIN, one
