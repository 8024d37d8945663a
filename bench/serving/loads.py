"""Send callers to a server in a process of their own, and read what they saw."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from bench import stage
from bench.measuring import Sample
from kernel.settings import ROOT


@dataclass(frozen=True)
class Seen:
    """What callers saw: answers kept, refusals by code, and the seconds requests took."""

    answers: int
    seconds: float
    refused: Mapping[str, int]
    claim_seconds: Sequence[float]
    answer_seconds: Sequence[float]


@dataclass
class Load:
    """Callers to send: whom, where, for which job, how many tasks a claim; and what they saw."""

    address: str
    job_id: UUID
    keys: Sequence[str]
    count: int = 1
    seen: list[Seen] = field(default_factory=list)

    def run(self, seconds: float) -> Sample:
        """Send one caller for each key for some seconds; return the answers kept."""
        found = call(self, seconds, [[key] for key in self.keys])
        self.seen.append(found)
        if found.refused:
            raise RuntimeError(f"Refused: {found.refused}")
        return Sample(found.answers, found.seconds)

    @property
    def notes(self) -> dict[str, str]:
        """Return how long claims and answers took, over all rounds but the warm-up."""
        return notes(self.seen[1:] or self.seen)


def notes(rounds: Sequence[Seen]) -> dict[str, str]:
    """Write how long claims and answers took: the median, the 95th and the 99th percentile."""
    claims = [taken for seen in rounds for taken in seen.claim_seconds]
    answers = [taken for seen in rounds for taken in seen.answer_seconds]
    return {"claim, ms p50/p95/p99": spread(claims), "answer, ms": spread(answers)}


def call(load: Load, seconds: float, keys: Sequence[Sequence[str]], until: str = "time") -> Seen:
    """Send one caller for each list of keys; see bench.serving.clients for `until`."""
    plan = {
        "address": load.address,
        "job": str(load.job_id),
        "keys": keys,
        "count": load.count,
        "seconds": seconds,
        "until": until,
        "result": stage.RESULT,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.serving.clients"],
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return Seen(**found)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that a share of all values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(seconds: Sequence[float]) -> str:
    """Write the median, the 95th and the 99th percentile in milliseconds."""
    if not seconds:
        return ""
    return " / ".join(f"{percentile(seconds, share) * 1000:.1f}" for share in (0.5, 0.95, 0.99))
