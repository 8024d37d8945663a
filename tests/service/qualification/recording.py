"""Recording and rescoring of gold outcomes, and what the record says then."""

from __future__ import annotations

from uuid import UUID

from kernel.db import Database
from kernel.types import new_id
from qualification import trust
from qualification.models import GoldRecord
from qualification.trust import Correction, GoldOutcome
from tests.service.qualification import builders as b

MINIMUM, RATE = 0.7, 0.01

FELL_SHORT, RECOVERED = "qualification.WorkerFellShort", "qualification.WorkerRecovered"

JOB, OTHER_JOB = new_id(), new_id()


def record(
    database: Database, outcomes: list[GoldOutcome], job: UUID = JOB, minimum: float = MINIMUM
) -> None:
    with database.unit_of_work() as uow:
        trust.record_gold(uow, job, outcomes, minimum, RATE)


def rescore(database: Database, version: int, similarities: dict[str, float | None]) -> None:
    with database.unit_of_work() as uow:
        trust.rescore_gold(uow, JOB, Correction(version, similarities), MINIMUM, RATE)


def source(worker_id: UUID, number: int) -> str:
    return f"assignment:{worker_id}/{number}"


def content(database: Database, worker_id: UUID, job: UUID = JOB) -> tuple[object, ...]:
    with database.unit_of_work() as uow:
        row = uow.session.get_one(GoldRecord, (job, worker_id))
        return row.right, row.wrong, row.log_evidence, row.evidence, row.fell_short_at


def news(database: Database) -> list[str]:
    with database.unit_of_work() as uow:
        return b.told(uow)
