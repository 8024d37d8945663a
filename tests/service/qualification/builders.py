"""Workers, qualifications, exams and gold outcomes with names that matter to these tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

import workers.service
from kernel.db import UnitOfWork
from kernel.events import OutboxRow
from kernel.types import new_id
from qualification import exams, service
from qualification.models import Exam, QualificationType
from qualification.trust import GoldOutcome
from workers.models import Worker

OWNER = f"organisation:{new_id()}"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


def a_worker(uow: UnitOfWork, country: str = "DE", languages: Sequence[str] = ("de",)) -> Worker:
    """Add a worker."""
    return workers.service.register(uow, country, languages, adult_consent=False)


def a_type(uow: UnitOfWork, name: str = "Street signs", **more: Any) -> QualificationType:
    """Add a qualification of OWNER."""
    return service.create_type(uow, OWNER, service.TypeDraft(name, **more))


def questions(*answers: str, options: Sequence[str] = ("cat", "dog")) -> list[dict[str, Any]]:
    """Make one question for each answer of a key."""
    return [
        {
            "id": f"q{number}",
            "text": f"What is in picture {number}?",
            "options": list(options),
            "answer": answer,
            "explanation": f"It is a {answer}.",
        }
        for number, answer in enumerate(answers, start=1)
    ]


def a_draft(**changes: Any) -> exams.ExamDraft:
    """Draft an exam of four questions that asks for three right ones."""
    content: dict[str, Any] = {
        "title": "Cats and dogs",
        "guidelines": "Look at the ears.",
        "questions": questions("cat", "dog", "cat", "dog"),
        "pass_mark": 75,
        "seconds_max": 120,
        "retry_seconds": 3_600,
        "is_training": False,
        "reward_note": "",
        "name": "Cats and dogs",
    }
    return exams.ExamDraft(**{**content, **changes})


def an_exam(uow: UnitOfWork, **changes: Any) -> Exam:
    """Add an exam of OWNER."""
    return exams.create(uow, OWNER, a_draft(**changes)).exam


def outcomes(worker_id: UUID, pattern: str, first: int = 0, version: int = 1) -> list[GoldOutcome]:
    """Make gold outcomes from a pattern such as "++-", one a minute, numbered from `first`."""
    return [
        GoldOutcome(
            worker_id=worker_id,
            source=f"assignment:{worker_id}/{number}",
            version=version,
            similarity=float(sign == "+"),
            at=START + timedelta(minutes=number),
        )
        for number, sign in enumerate(pattern, start=first)
    ]


def told(uow: UnitOfWork) -> list[str]:
    """Name the news in the outbox, oldest first."""
    return list(uow.session.scalars(select(OutboxRow.name).order_by(OutboxRow.id)))
