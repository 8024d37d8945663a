"""Pages on which an exam is looked after: its key, how it fares, closing it, a new version."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.pages import form, page, written
from qualification import exams, policy, queries, rekeying, schemas
from qualification.keys import faring, revising
from qualification.pages import making
from qualification.pages.written import as_text, questions
from qualification.queries import OwnedExam

blueprint = Blueprint("keeping", __name__)


@blueprint.get("/exams/<uuid:exam_id>/key")
@page(policy.SEE_KEY, "exams/key.html", load=queries.owned_exam)
def key(uow: UnitOfWork, owned: OwnedExam) -> dict[str, Any]:
    """Show the key of an exam and how its questions fare."""
    shown = faring.key(uow, owned.exam)
    return {
        "key": shown,
        "exam": owned.exam,
        "organisation": owned.owner.removeprefix(policy.ORGANISATION),
        "is_newest": shown.versions[0].id == owned.exam.id,
    }


@blueprint.post("/exams/<uuid:exam_id>/key")
@form(policy.CREATE, key, load=queries.owned_exam)
def correct(uow: UnitOfWork, owned: OwnedExam) -> str:
    """Correct or withdraw a question; every sitting is scored again."""
    act = request.form.get("act", "")
    if act not in ("correct", "withdraw"):
        raise Refused("exam_key_unclear", "Choose whether to correct or withdraw the question.")
    answer = request.form.get("answer", "") if act == "correct" else None
    lifted = rekeying.correct(uow, owned.exam.id, request.form.get("question_id", ""), answer)
    people = "Nobody else passes" if not lifted else f"{lifted} more pass"
    flash(f"Every sitting is scored again. {people} by the mended key.", "success")
    return f"/exams/{owned.exam.id}/key"


@blueprint.post("/exams/<uuid:exam_id>/close")
@form(policy.CREATE, key, load=queries.owned_exam)
def close(uow: UnitOfWork, owned: OwnedExam) -> str:
    """Close the exam."""
    revising.close(uow, owned.exam)
    flash("Nobody can begin this exam any more. What was earned by it stays.", "success")
    return f"/exams/{owned.exam.id}/key"


@blueprint.post("/exams/<uuid:exam_id>/open")
@form(policy.CREATE, key, load=queries.owned_exam)
def open_again(uow: UnitOfWork, owned: OwnedExam) -> str:
    """Open the exam again."""
    revising.open_again(uow, owned.exam)
    flash("Workers can take this exam again.", "success")
    return f"/exams/{owned.exam.id}/key"


@blueprint.get("/exams/<uuid:exam_id>/revision")
@page(policy.SEE_KEY, "exams/revision.html", load=queries.owned_exam)
def revising_page(_uow: UnitOfWork, owned: OwnedExam) -> dict[str, Any]:
    """Ask for a new version, beginning with the exam as it is."""
    return {"exam": owned.exam, "questions": as_text(owned.exam.questions)}


@blueprint.post("/exams/<uuid:exam_id>/revision")
@form(policy.CREATE, revising_page, load=queries.owned_exam)
def revise(uow: UnitOfWork, owned: OwnedExam) -> str:
    """Put the new version in the place of the old one."""
    data = written(whole=making.WHOLE)
    data["questions"] = questions(data.get("questions", ""))
    draft = exams.ExamDraft(**schemas.ExamIn().load(data))
    made = revising.revise(uow, owned.owner, owned.exam, draft)
    for warning in made.warnings:
        flash(warning, "warning")
    flash(f"Version {made.exam.version} stands in the place of the old one.", "success")
    return f"/exams/{made.exam.id}/key"
