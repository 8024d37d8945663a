"""What watching quality tells: of acts of rules, of golds to look at, of gold running out."""

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


@dataclass(frozen=True)
class GoldRunsOut(News):
    """Somebody at work meets their last unseen gold soon; so many more would last to the end."""

    job_id: UUID
    at: str
    more_needed: int
