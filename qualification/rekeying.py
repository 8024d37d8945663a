"""Correct or withdraw a question of an exam: every sitting is scored again by the mended key."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from kernel.db import UnitOfWork
from kernel.errors import Missing, Refused
from qualification import sittings
from qualification.models import Exam, Sitting
from qualification.states import SittingState

SCORED = (SittingState.PASSED, SittingState.FAILED)


def correct(uow: UnitOfWork, exam_id: UUID, question_id: str, answer: str | None) -> int:
    """Give a question another answer, or withdraw it (None); return how many sittings now pass.

    Who failed by the wrong key and passes by the right one gets the qualification. A pass is never
    taken back: its worker answered the key we vouched for.
    """
    exam = uow.get(Exam, exam_id, "There is no exam with this id.", lock=True)
    before = next((one for one in exam.questions if one["id"] == question_id), None)
    if before is None:
        raise Missing("exam_question_unknown", f"This exam has no question “{question_id}”.")
    if answer is not None and answer not in before["options"]:
        raise Refused("exam_answer_unknown", f"“{answer}” is no option of this question.")
    change = {"is_withdrawn": True} if answer is None else {"answer": answer, "is_withdrawn": False}
    mended = [one | change if one["id"] == question_id else one for one in exam.questions]
    if all(one.get("is_withdrawn") for one in mended):
        raise Refused("exam_empty", "An exam needs one question that counts, or more.")
    exam.questions = mended
    uow.session.flush()
    uow.audit("exam.corrected", f"exam:{exam.id}", before, change)
    return _score_again(uow, exam)


def _score_again(uow: UnitOfWork, exam: Exam) -> int:
    lifted = 0
    rows = uow.session.scalars(
        select(Sitting)
        .where(Sitting.exam_id == exam.id, Sitting.state.in_(SCORED))
        .order_by(Sitting.id)
        .with_for_update()
    ).all()
    for sitting in rows:
        sitting.score = sittings.score(exam, sitting.given or {})
        if sitting.state == SittingState.FAILED and sitting.score >= exam.pass_mark:
            sittings.overturn(uow, sitting.id)
            lifted += 1
    return lifted
