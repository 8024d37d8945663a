"""Addresses of qualifications, grants, exams and sittings."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web import paging
from kernel.web.fields import PageIn
from kernel.web.http import endpoint
from qualification import exams, policy, queries, rekeying, service, sittings
from qualification import schemas as shapes
from qualification.keys import faring, revising
from qualification.models import Exam, Grant, QualificationType, Sitting

blueprint = Blueprint(
    "qualification",
    __name__,
    url_prefix="/api/v1",
    description="Qualifications, and the exams and grants by which workers get them",
)


@blueprint.get("/organisations/<uuid:organisation_id>/qualifications")
@endpoint(policy.LIST, load=queries.owner)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, shapes.TypesOut)
def list_types(uow: UnitOfWork, owner: str, page: dict[str, Any]) -> paging.Page[queries.TypeLine]:
    """List an organisation's qualifications."""
    return queries.types(uow, owner, page["cursor"], page["limit"])


@blueprint.post("/organisations/<uuid:organisation_id>/qualifications")
@endpoint(policy.CREATE, load=queries.owner)
@blueprint.arguments(shapes.TypeIn)
@blueprint.response(201, shapes.TypeOut)
def create_type(uow: UnitOfWork, owner: str, data: dict[str, Any]) -> QualificationType:
    """Make a qualification."""
    return service.create_type(uow, owner, service.TypeDraft(**data))


@blueprint.post("/qualifications/<uuid:type_id>/grants")
@endpoint(policy.GRANT, load=queries.qualification)
@blueprint.arguments(shapes.GrantIn)
@blueprint.response(201, shapes.GrantOut)
def grant(uow: UnitOfWork, kind: QualificationType, data: dict[str, Any]) -> Grant:
    """Grant a qualification by hand."""
    return service.grant_by_hand(uow, kind, data["worker_id"], data["value"])


@blueprint.delete("/qualifications/<uuid:type_id>/grants/<uuid:worker_id>")
@endpoint(policy.GRANT, load=queries.owned_grant)
@blueprint.response(204)
def revoke(uow: UnitOfWork, owned: queries.OwnedGrant) -> None:
    """Take a qualification back."""
    service.revoke(uow, owned)


@blueprint.post("/qualifications/<uuid:type_id>/requests")
@endpoint(policy.REQUEST, load=queries.qualification)
@blueprint.response(201, shapes.GrantOut)
def request_grant(uow: UnitOfWork, kind: QualificationType) -> Grant:
    """Ask for a qualification that everybody who asks gets."""
    return service.grant_on_request(uow, kind, policy.worker_of(uow.identity))


@blueprint.post("/organisations/<uuid:organisation_id>/exams")
@endpoint(policy.CREATE, load=queries.owner)
@blueprint.arguments(shapes.ExamIn)
@blueprint.response(201, shapes.MadeExamOut)
def create_exam(uow: UnitOfWork, owner: str, data: dict[str, Any]) -> exams.MadeExam:
    """Make an exam; the answer holds warnings about a key that is too easy."""
    return exams.create(uow, owner, exams.ExamDraft(**data))


@blueprint.get("/exams/<uuid:exam_id>")
@endpoint(policy.READ_EXAM, load=queries.exam)
@blueprint.response(200, shapes.ExamOut)
def read_exam(_uow: UnitOfWork, exam: Exam) -> Exam:
    """Show an exam without its questions and key."""
    return exam


@blueprint.post("/exams/<uuid:exam_id>/corrections")
@endpoint(policy.CREATE, load=queries.owned_exam)
@blueprint.arguments(shapes.ExamKeyIn)
@blueprint.response(200, shapes.ExamKeyOut)
def correct_key(uow: UnitOfWork, owned: queries.OwnedExam, data: dict[str, Any]) -> dict[str, int]:
    """Correct or withdraw a question; every sitting is scored again, and no pass is taken away."""
    if data["withdraw"] == (data["answer"] is not None):
        raise Refused("exam_key_unclear", "Send a corrected answer, or withdraw the question.")
    return {"lifted": rekeying.correct(uow, owned.exam.id, data["question_id"], data["answer"])}


@blueprint.get("/exams/<uuid:exam_id>/key")
@endpoint(policy.SEE_KEY, load=queries.owned_exam)
@blueprint.response(200, shapes.ExamAnswersOut)
def show_key(uow: UnitOfWork, owned: queries.OwnedExam) -> faring.Key:
    """Show an exam's questions with their answers, how many pass, and what is missed."""
    return faring.key(uow, owned.exam)


@blueprint.post("/exams/<uuid:exam_id>/versions")
@endpoint(policy.CREATE, load=queries.owned_exam)
@blueprint.arguments(shapes.ExamVersionIn)
@blueprint.response(201, shapes.MadeExamOut)
def revise_exam(uow: UnitOfWork, owned: queries.OwnedExam, data: dict[str, Any]) -> exams.MadeExam:
    """Put a new version in the place of an exam; it grants the same qualification."""
    return revising.revise(uow, owned.owner, owned.exam, exams.ExamDraft(**data))


@blueprint.post("/exams/<uuid:exam_id>/close")
@endpoint(policy.CREATE, load=queries.owned_exam)
@blueprint.response(200, shapes.ExamOut)
def close_exam(uow: UnitOfWork, owned: queries.OwnedExam) -> Exam:
    """Let nobody begin an exam any more; what was earned by it stays."""
    return revising.close(uow, owned.exam)


@blueprint.post("/exams/<uuid:exam_id>/open")
@endpoint(policy.CREATE, load=queries.owned_exam)
@blueprint.response(200, shapes.ExamOut)
def open_exam(uow: UnitOfWork, owned: queries.OwnedExam) -> Exam:
    """Open a closed exam again, unless a newer version stands in its place."""
    return revising.open_again(uow, owned.exam)


@blueprint.post("/exams/<uuid:exam_id>/sittings")
@endpoint(policy.SIT, load=queries.exam)
@blueprint.response(201, shapes.SittingOut)
def start_sitting(uow: UnitOfWork, exam: Exam) -> dict[str, Any]:
    """Begin a sitting, or go on with the one that runs."""
    sitting = sittings.start(uow, exam, policy.worker_of(uow.identity))
    return {"sitting": sitting, "questions": exams.paper(exam)}


@blueprint.post("/sittings/<uuid:sitting_id>/answers")
@endpoint(policy.ANSWER, load=queries.sitting)
@blueprint.arguments(shapes.SittingAnswersIn)
@blueprint.response(200, shapes.ResultOut)
def answer_sitting(uow: UnitOfWork, sitting: Sitting, data: dict[str, Any]) -> sittings.Result:
    """Hand in a sitting and see the score."""
    return sittings.answer(uow, sitting, data["answers"])
