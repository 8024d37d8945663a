"""Pages on which a worker takes an exam: read about it, sit it against the clock, see the score."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from kernel.db import UnitOfWork
from kernel.web.pages import form, page
from qualification import exams, policy, queries, schemas, sittings
from qualification.models import Exam, Sitting
from qualification.states import SittingState

PREFIX = "question."
blueprint = Blueprint("sitting", __name__)


@blueprint.get("/exams/<uuid:exam_id>")
@page(policy.READ_EXAM, "exams/exam.html", load=queries.exam)
def exam(uow: UnitOfWork, shown: Exam) -> dict[str, Any]:
    """Say what an exam asks and grants, and how the last try went."""
    worker_id = uow.identity.worker_id
    last = queries.last_sitting(uow, shown, worker_id) if worker_id else None
    return {
        "exam": shown,
        "kind": queries.qualification(uow, shown.type_id),
        "last": last,
        "is_worker": uow.identity.is_worker,
        "is_running": _is_running(uow, last),
        "may_keep": policy.keeps(uow.identity, queries.owned_exam(uow, shown.id)),
        "newest": queries.versions(uow, shown.type_id)[0],
    }


@blueprint.post("/exams/<uuid:exam_id>/start")
@form(policy.SIT, exam, load=queries.exam)
def start(uow: UnitOfWork, shown: Exam) -> str:
    """Begin a sitting, or go on with the one that runs."""
    return f"/sittings/{sittings.start(uow, shown, policy.worker_of(uow.identity)).id}"


@blueprint.get("/sittings/<uuid:sitting_id>")
@page(policy.ANSWER, "exams/sitting.html", load=queries.sitting)
def sit(uow: UnitOfWork, sitting: Sitting) -> dict[str, Any]:
    """Show the questions and the time left, or the score."""
    shown = queries.exam(uow, sitting.exam_id)
    is_scored = sitting.state in (SittingState.PASSED, SittingState.FAILED)
    return {
        "exam": shown,
        "sitting": sitting,
        "questions": exams.paper(shown),
        "is_running": _is_running(uow, sitting),
        "result": sittings.result(shown, sitting) if is_scored else None,
        **_left(uow, sitting),
    }


@blueprint.get("/sittings/<uuid:sitting_id>/left")
@page(policy.ANSWER, "exams/left.html", load=queries.sitting)
def left(uow: UnitOfWork, sitting: Sitting) -> dict[str, Any]:
    """Show how much time is left: the part of the page that changes."""
    return _left(uow, sitting)


@blueprint.post("/sittings/<uuid:sitting_id>")
@form(policy.ANSWER, sit, load=queries.sitting)
def answer(uow: UnitOfWork, sitting: Sitting) -> str:
    """Hand in the answers and show the score."""
    chosen = {
        name.removeprefix(PREFIX): value
        for name, value in request.form.items()
        if name.startswith(PREFIX) and value
    }
    sittings.answer(uow, sitting, schemas.SittingAnswersIn().load({"answers": chosen})["answers"])
    return f"/sittings/{sitting.id}"


def _left(uow: UnitOfWork, sitting: Sitting) -> dict[str, Any]:
    seconds = int((sitting.ends_at - uow.now).total_seconds())
    return {"seconds_left": max(0, seconds), "is_over": sittings.is_over(sitting, uow.now)}


def _is_running(uow: UnitOfWork, sitting: Sitting | None) -> bool:
    if sitting is None or sitting.state != SittingState.STARTED:
        return False
    return not sittings.is_over(sitting, uow.now)
