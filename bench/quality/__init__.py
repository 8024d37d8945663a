"""How good labels are, on real crowds and beside other libraries."""

from __future__ import annotations

from bench.quality import classification, comparison, plans, removal, speed, stopping
from bench.quality.tables import OVERVIEW, Report

_PEERS = (
    "Truth is used to score only, never to choose. Peers run in environments of their own, with "
    "their default settings, on the same answers in the same run."
)
REPORTS = tuple(
    Report(f"{OVERVIEW}.{name}", about, measure)
    for name, about, measure in (
        (
            "choices",
            f"Labels of real crowds beside other libraries. {_PEERS}",
            classification.measure,
        ),
        (
            "structured",
            "Spans, boxes, texts, numbers, pairs beside plain merging.",
            comparison.measure,
        ),
        ("speed", f"A million answers beside another library. {_PEERS}", speed.measure),
        ("stopping", "What adaptive stopping saves, costs and promises.", stopping.measure),
        ("planning", "Whether forecasts from a pilot hold what comes.", plans.measure),
        ("removal", "Who is removed by gold, and how soon.", removal.measure),
    )
)
