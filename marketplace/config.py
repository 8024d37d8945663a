"""Platform policy: the numbers an operator may set, with their units in their names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

TERMS_VERSION = "2026-11"


@dataclass(frozen=True)
class Policy:
    """Hold what holds for every job and person of this installation."""

    pay_floor_micros_per_hour: int = 7_250_000
    fee_basis_points: int = 1_500
    appeal_days: int = 7
    reply_days: int = 5
    ruling_days: int = 10
    approval_delay_seconds: int = 3 * 86_400
    approval_delay_seconds_max: int = 30 * 86_400
    late_grace_seconds: int = 5
    rejected_share_max: float = 0.3
    rejected_share_window_days: int = 30
    rejected_share_count_min: int = 20
    broken_reports_withdraw: int = 3
    audit_share: float = 0.02
    second_review_share: float = 0.1
    gold_looks_min: int = 5
    gold_missed_share_max: float = 0.5
    gold_contested_share_max: float = 0.2
    gold_gap_max: float = 0.05
    newcomer_answers: int = 100
    media_address_seconds: int = 4 * 3_600
    hold_seconds: int = 0


@cache
def policy() -> Policy:
    """Read the policy once: defaults, each settable as QUORUM_<NAME>."""
    chosen = {
        name: type(default)(os.environ[f"QUORUM_{name.upper()}"])
        for name, default in vars(Policy()).items()
        if f"QUORUM_{name.upper()}" in os.environ
    }
    return Policy(**chosen)
