"""Second looks: tasks drawn by chance are judged by a person who does not see their label.

Two draws, both fixed by ids alone, so that nothing about an answer or a label can sway them: a
share of all tasks (the audit), and a share of what reviewers decided (the second review).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text

from consensus.stopping.calibration import ITEMS_MIN
from kernel.db import UnitOfWork
from kernel.errors import Missing, Refused
from marketplace.config import policy
from marketplace.jobs.models import Job
from marketplace.jobs.states import LIVE, JobState
from marketplace.review.models import SecondLook
from marketplace.review.settling import modelling

AUDIT, REVIEW = "audit", "review"
FITTED = (*LIVE, JobState.COMPLETED)
POINTS = 10_000
SALT = 7_215


@dataclass(frozen=True)
class Waiting:
    """One task that waits for a second look, without its label."""

    task_id: UUID
    position: int
    purpose: str
    controls: tuple[str, ...]


def draw(uow: UnitOfWork, job_id: UUID) -> int:
    """Draw the random audit share of a job's tasks before anybody looks; count the new ones."""
    points = round(policy().audit_share * POINTS)
    drawn = uow.session.execute(_DRAW, {"job": job_id, "points": points, "salt": SALT})
    return len(drawn.all())


def waiting(uow: UnitOfWork, job: Job, user_id: UUID, most: int = 1) -> list[Waiting]:
    """Return tasks that wait for this person's second look, oldest first.

    Nobody looks twice, and nobody judges a label that they set themselves.
    """
    rows = uow.session.execute(_WAITING, _values(job, user_id) | {"most": most})
    return [Waiting(row.task_id, row.position, row.purpose, tuple(row.controls)) for row in rows]


def waiting_count(uow: UnitOfWork, job: Job, user_id: UUID) -> int:
    """Count the tasks that wait for this person's second look."""
    return uow.session.scalar(_COUNT, _values(job, user_id)) or 0


def judge(
    uow: UnitOfWork, job: Job, task_id: UUID, purpose: str, values: Mapping[str, str]
) -> bool:
    """Keep a person's blind judgement; return whether it is what the labels say."""
    user_id = uow.identity.user_id
    assert user_id is not None, "the permission asks for a reviewer"
    classes = modelling.classes_of(uow, job)
    named = {"task": task_id, "purpose": purpose}
    found = uow.session.execute(_ONE, _values(job, user_id) | named).all()
    if not found:
        raise Missing("second_look_unknown", "This task does not wait for a second look by you.")
    for row in found:
        if values.get(row.control) not in classes.get(row.control, ()):
            raise Refused("second_look_value", f"Choose a class of “{row.control}”.")
    uow.session.execute(
        insert(SecondLook),
        [
            {
                "job_id": job.id,
                "task_id": task_id,
                "control": row.control,
                "purpose": purpose,
                "user_id": user_id,
                "value": values[row.control],
                "label_value": row.value,
                "confidence": row.confidence,
                "label_version": row.version,
                "at": uow.now,
            }
            for row in found
        ],
    )
    if purpose == AUDIT:
        _calibrate_soon(uow, job)
    uow.audit("second_look.given", f"task:{job.id}/{task_id}", None, {"purpose": purpose})
    return all(values[row.control] == row.value for row in found)


def _calibrate_soon(uow: UnitOfWork, job: Job) -> None:
    """Ask for a fit when audits first suffice to calibrate by, and whenever they have doubled."""
    count = uow.session.scalar(_AUDITED, {"job": job.id}) or 0
    doublings = count // ITEMS_MIN
    if count == ITEMS_MIN * doublings and doublings.bit_count() == 1 and job.state in FITTED:
        uow.later("review.refit", job.id)


def disagreements(uow: UnitOfWork, job_id: UUID) -> Sequence[Any]:
    """List the second looks that say otherwise than the label does today, newest first."""
    return uow.session.execute(_DISAGREEING, {"job": job_id}).all()


def _values(job: Job, user_id: UUID) -> dict[str, Any]:
    points = round(policy().second_review_share * POINTS)
    return {"job": job.id, "user": user_id, "points": points, "salt": SALT}


_CHANCE = "mod(hashtextextended({}, :salt) & 9223372036854775807, 10000) < :points"
_DRAW = text(
    f"""
UPDATE tasks SET is_audited = true
WHERE job_id = :job AND lane < 2 AND NOT is_audited AND {_CHANCE.format("id::text")}
RETURNING id
"""
)
_DUE = f"""
SELECT l.task_id, t.position, l.control, l.value, l.confidence, l.version, 'audit' AS purpose
FROM labels l JOIN tasks t ON t.job_id = l.job_id AND t.id = l.task_id
WHERE l.job_id = :job AND t.is_audited AND t.state = 'settled' AND l.reviewed_by IS NULL
  AND NOT EXISTS (SELECT FROM second_looks s WHERE s.job_id = l.job_id
    AND s.task_id = l.task_id AND s.control = l.control AND s.purpose = 'audit')
UNION ALL
SELECT l.task_id, t.position, l.control, l.value, l.confidence, l.version, 'review' AS purpose
FROM labels l JOIN tasks t ON t.job_id = l.job_id AND t.id = l.task_id
WHERE l.job_id = :job AND l.reviewed_by IS NOT NULL AND l.reviewed_by <> :user
  AND {_CHANCE.format("l.task_id::text || l.control || l.version")}
  AND NOT EXISTS (SELECT FROM second_looks s WHERE s.job_id = l.job_id
    AND s.task_id = l.task_id AND s.control = l.control
    AND (s.purpose = 'review' AND s.label_version = l.version OR s.user_id = :user))
"""
_WAITING = text(
    f"""
SELECT task_id, position, purpose, array_agg(control ORDER BY control) AS controls
FROM ({_DUE}) d GROUP BY task_id, position, purpose ORDER BY position, purpose LIMIT :most
"""
)
_COUNT = text(f"SELECT count(DISTINCT (task_id, purpose)) FROM ({_DUE}) d")
_ONE = text(f"SELECT * FROM ({_DUE}) d WHERE task_id = :task AND purpose = :purpose")
_AUDITED = text(
    "SELECT count(DISTINCT task_id) FROM second_looks WHERE job_id = :job AND purpose = 'audit'"
)
_DISAGREEING = text(
    """
SELECT s.task_id, t.position, t.external_id, s.control, s.purpose, s.value, l.value AS label_value,
    s.at
FROM second_looks s
JOIN labels l ON l.job_id = s.job_id AND l.task_id = s.task_id AND l.control = s.control
JOIN tasks t ON t.job_id = s.job_id AND t.id = s.task_id
WHERE s.job_id = :job AND s.value <> l.value AND s.label_version = l.version
ORDER BY s.at DESC LIMIT 100
"""
)
