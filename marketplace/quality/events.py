"""What watching quality tells: of acts of rules, and of golds somebody has to look at."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kernel.events import News


@dataclass(frozen=True)
class RuleActed(News):
    """A rule acted on a worker, or its act was lifted or taken back."""

    job_id: UUID
    act_id: UUID


@dataclass(frozen=True)
class CheckDoubted(News):
    """A gold was missed or contested too often: it scores nobody until somebody looks."""

    job_id: UUID
    task_id: UUID
