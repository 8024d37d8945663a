"""How good labels are, on real crowds and beside other libraries."""

from __future__ import annotations

from bench.quality import classification, comparison, speed, stopping
from bench.quality.tables import Report

REPORT = Report(
    "quality",
    "How good labels are, on answers of real crowds beside other libraries and majority vote. "
    "Truth is used to score only, never to choose. Peers run in environments of their own, with "
    "their default settings, on the same answers in the same run; QUORUM_DATASETS names the "
    "folder of the data sets.",
    (classification.measure, comparison.measure, speed.measure, stopping.measure),
)
