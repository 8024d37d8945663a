"""Close an exam, open it again, or put a new version in its place."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.errors import Conflict
from qualification import exams
from qualification.exams import ExamDraft, MadeExam
from qualification.models import Exam


def close(uow: UnitOfWork, exam: Exam) -> Exam:
    """Let nobody begin an exam any more; who is at it goes on, and what was earned stays."""
    exam = _locked(uow, exam)
    if exam.closed_at is not None:
        raise Conflict("exam_closed", "This exam is closed already.")
    exam.closed_at = uow.now
    uow.session.flush()
    uow.audit("exam.closed", f"exam:{exam.id}")
    return exam


def open_again(uow: UnitOfWork, exam: Exam) -> Exam:
    """Open a closed exam, unless another version stands in its place."""
    exam = _locked(uow, exam)
    if exam.closed_at is None:
        raise Conflict("exam_open", "This exam is open already.")
    newer = select(Exam.id).where(Exam.type_id == exam.type_id, Exam.version > exam.version)
    if uow.session.scalar(newer.limit(1)) is not None:
        raise Conflict("exam_replaced", "A newer version stands in the place of this exam.")
    exam.closed_at = None
    uow.session.flush()
    uow.audit("exam.opened", f"exam:{exam.id}")
    return exam


def revise(uow: UnitOfWork, owner: str, exam: Exam, draft: ExamDraft) -> MadeExam:
    """Put a new version in the place of an exam; it grants the same qualification.

    Sittings of the old version stay scored by its own key. Who holds the qualification keeps it;
    who failed waits as long as before, since the new version asks for the same.
    """
    exam = _locked(uow, exam)
    newer = select(Exam.id).where(Exam.type_id == exam.type_id, Exam.version > exam.version)
    if uow.session.scalar(newer.limit(1)) is not None:
        raise Conflict("exam_replaced", "There is a newer version already. Please revise that one.")
    if exam.closed_at is None:
        close(uow, exam)
    draft = replace(draft, qualification_id=exam.type_id, name=None)
    return exams.create(uow, owner, draft)


def _locked(uow: UnitOfWork, exam: Exam) -> Exam:
    return uow.get(Exam, exam.id, "There is no exam with this id.", lock=True)
