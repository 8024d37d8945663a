"""Keep labels: one row per task and control, and a version of it for every change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, text, update
from sqlalchemy.dialects.postgresql import JSONB

from kernel.db import UnitOfWork
from marketplace.jobs.models import Job
from marketplace.jobs.states import LIVE
from marketplace.review.events import LabelsChanged
from marketplace.review.models import Label
from marketplace.review.settling.beliefs import Belief, Crowd
from marketplace.review.settling.panels import Panel
from marketplace.review.states import LABEL, LabelState

NEW_ANSWER, REFIT, GOLD_REPAIR = "new_answer", "refit", "gold_repair"
REJECTION, APPEAL, REVIEWER = "rejection", "appeal", "reviewer"
CONFIDENCE_STEP = 0.005


@dataclass(frozen=True)
class Draft:
    """A label as settling sees it now."""

    task_id: UUID
    crowd: Crowd | Panel
    belief: Belief
    needs_review: bool


def keep(uow: UnitOfWork, job: Job, drafts: Sequence[Draft], cause: str) -> int:
    """Write labels in one statement; return how many are new or changed, and tell of it.

    A label gets a new version where its value or count of answers changed, or its confidence by
    CONFIDENCE_STEP or more. What a reviewer said stays.
    """
    rows = [_row(draft) for draft in drafts]
    if not rows:
        return 0
    changed = uow.session.scalar(
        _KEEP,
        {
            "job": job.id,
            "rows": rows,
            "state": LabelState.PROVISIONAL if job.state in LIVE else LabelState.FINAL,
            "now": uow.now,
            "cause": cause,
            "step": CONFIDENCE_STEP,
        },
    )
    if changed:
        uow.tell(LabelsChanged(job.id))
    return changed or 0


def finalise(uow: UnitOfWork, job_id: UUID) -> None:
    """Make every label of a job final."""
    before = LABEL.leading_to(LabelState.FINAL)
    uow.session.execute(
        update(Label)
        .where(Label.job_id == job_id, Label.state.in_(before))
        .values(state=LabelState.FINAL, state_at=uow.now)
    )


def _row(draft: Draft) -> dict[str, Any]:
    return {
        "task_id": str(draft.task_id),
        "control": draft.crowd.control,
        "value": draft.belief.value,
        "confidence": draft.belief.confidence,
        "answers_count": draft.belief.answers_count,
        "model": draft.crowd.name,
        "model_version": draft.crowd.version,
        "needs_review": draft.needs_review,
    }


_KEEP = text(
    """
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(:rows) AS g (
        task_id uuid, control text, value jsonb, confidence numeric, answers_count smallint,
        model text, model_version int, needs_review boolean)
), kept AS (
    INSERT INTO labels AS l (job_id, task_id, control, value, confidence, answers_count, model,
        model_version, state, state_at, version, needs_review)
    SELECT :job, task_id, control, COALESCE(value, 'null'), confidence, answers_count, model,
        model_version, :state, :now, 1, needs_review
    FROM given WHERE answers_count > 0 OR EXISTS (
        SELECT FROM labels o WHERE o.job_id = :job AND o.task_id = given.task_id
        AND o.control = given.control)
    ON CONFLICT (job_id, task_id, control) DO UPDATE SET
        value = excluded.value, confidence = excluded.confidence,
        answers_count = excluded.answers_count, model = excluded.model,
        model_version = excluded.model_version, needs_review = excluded.needs_review,
        state = excluded.state,
        state_at = CASE WHEN l.state = excluded.state THEN l.state_at ELSE excluded.state_at END,
        version = l.version + (l.value IS DISTINCT FROM excluded.value
            OR l.answers_count <> excluded.answers_count
            OR abs(l.confidence - excluded.confidence) >= :step)::int
    WHERE l.reviewed_by IS NULL AND (
        l.value IS DISTINCT FROM excluded.value OR l.answers_count <> excluded.answers_count
        OR abs(l.confidence - excluded.confidence) >= :step
        OR l.needs_review <> excluded.needs_review)
    RETURNING task_id, control, version, value, confidence, answers_count, model, model_version
), versions AS (
    INSERT INTO label_versions (job_id, task_id, control, version, at, value, confidence,
        answers_count, model, model_version, cause)
    SELECT :job, task_id, control, version, :now, value, confidence, answers_count, model,
        model_version, :cause
    FROM kept
    ON CONFLICT DO NOTHING
    RETURNING task_id
)
SELECT count(*) FROM versions
"""
).bindparams(bindparam("rows", type_=JSONB))
