"""The REST interface of review: progress, labels, decisions, removals, disputes and exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, send_file
from flask_smorest import Blueprint

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.web.fields import PageIn
from kernel.web.http import endpoint, runtime
from marketplace.accounts import queries as accounts
from marketplace.accounts.models import Organisation
from marketplace.jobs import queries as job_queries
from marketplace.jobs.models import Job, Task
from marketplace.review import exporting, gold_repair, policy, queries, reviewing, schemas
from marketplace.review.deciding import by_hand, limits, removing
from marketplace.review.disputes import appealing, ruling
from marketplace.review.disputes import schemas as dispute_schemas
from marketplace.review.models import Dispute, Export, Label
from marketplace.review.policy import OwnedExport, export_for_endpoint
from marketplace.review.states import ExportState

blueprint = Blueprint("review", __name__, url_prefix="/api/v1", description="Labels and decisions")
Data = Mapping[str, Any]
MIMETYPES = {"jsonl": "application/jsonl", "csv": "text/csv"}
OF_KIND = {
    "rejection": "decision_id",
    "removal": "job_id",
    "exam": "sitting_id",
    "gold": "assignment",
}


@blueprint.get("/jobs/<uuid:job_id>/progress")
@endpoint(policy.SEE, load=job_queries.job_for_endpoint)
@blueprint.response(200, schemas.ProgressOut)
def show_progress(uow: UnitOfWork, job: Job) -> Data:
    """Say how far a job is."""
    return queries.progress(uow, job)


@blueprint.get("/jobs/<uuid:job_id>/labels")
@endpoint(policy.SEE, load=job_queries.job_for_endpoint)
@blueprint.arguments(schemas.LabelsIn, location="query")
@blueprint.response(200, schemas.LabelsOut)
def list_labels(uow: UnitOfWork, job: Job, data: Data) -> Any:
    """List labels with their confidence; reading takes nothing."""
    return queries.labels(uow, job.id, dict(data), data["cursor"], data["limit"])


@blueprint.post("/jobs/<uuid:job_id>/labels/<uuid:task_id>")
@endpoint(policy.LABEL, load=policy.task_for_endpoint)
@blueprint.arguments(schemas.LabelIn)
@blueprint.response(200, schemas.LabelOut)
def review_label(uow: UnitOfWork, subject: policy.InJob, data: Data) -> Label:
    """Accept or correct a label as a reviewer."""
    job, task_id = subject.job, subject.task_id
    return reviewing.set_label(uow, job, task_id, data["control"], data["value"])


@blueprint.get("/jobs/<uuid:job_id>/workers")
@endpoint(policy.SEE, load=job_queries.job_for_endpoint)
@blueprint.response(200, schemas.WorkersOut)
def list_workers(uow: UnitOfWork, job: Job) -> Data:
    """List who works on a job, with their gold and answers."""
    return {"items": queries.workers(uow, job)}


@blueprint.get("/jobs/<uuid:job_id>/answers")
@endpoint(policy.SEE, load=job_queries.job_for_endpoint)
@blueprint.arguments(schemas.ReviewIn, location="query")
@blueprint.response(200, schemas.ReviewAnswersOut)
def list_answers(uow: UnitOfWork, job: Job, data: Data) -> Any:
    """List final answers for review; reading takes nothing."""
    return queries.answers(uow, job, data["state"], data["cursor"], data["limit"])


@blueprint.post("/jobs/<uuid:job_id>/decisions")
@endpoint(policy.DECIDE, load=job_queries.job_for_endpoint)
@blueprint.arguments(schemas.DecisionsIn)
@blueprint.response(200, schemas.DecisionOutcomesOut)
def decide(uow: UnitOfWork, job: Job, data: Data) -> Data:
    """Approve or reject answers, each decided on its own."""
    wishes = [by_hand.Wish(**wish) for wish in data["decisions"]]
    return {"outcomes": by_hand.decide(uow, job, wishes)}


@blueprint.post("/jobs/<uuid:job_id>/removals")
@endpoint(policy.REMOVE, load=job_queries.job_for_endpoint)
@blueprint.arguments(schemas.RemovalIn)
@blueprint.response(201, schemas.EnrolmentOut)
def remove_worker(uow: UnitOfWork, job: Job, data: Data) -> Any:
    """Remove a worker from a job; what becomes of their answers is said explicitly."""
    return removing.remove(uow, job, removing.Removal(**data))


@blueprint.post("/jobs/<uuid:job_id>/gold/<uuid:task_id>")
@endpoint(policy.REPAIR_GOLD, load=policy.task_for_endpoint)
@blueprint.arguments(schemas.GoldRepairIn)
@blueprint.response(200, schemas.GoldTaskOut)
def repair_gold(uow: UnitOfWork, subject: policy.InJob, data: Data) -> Task:
    """Correct or withdraw a gold; everything that rested on it is scored again."""
    if data["withdraw"] == (data["known"] is not None):
        raise Refused("gold_repair_unclear", "Send a corrected known answer, or withdraw the gold.")
    if data["withdraw"]:
        return gold_repair.withdraw(uow, subject.job, subject.task_id)
    return gold_repair.correct(uow, subject.job, subject.task_id, data["known"])


@blueprint.post("/appeals")
@endpoint(policy.APPEAL)
@blueprint.arguments(dispute_schemas.AppealIn)
@blueprint.response(201, dispute_schemas.DisputeOut)
def appeal(uow: UnitOfWork, data: Data) -> Dispute:
    """Appeal against a rejection, a removal, an exam, a gold or a suspension."""
    assert uow.identity.worker_id is not None, "the permission asks for a worker"
    subject_id = data[OF_KIND[data["kind"]]] if data["kind"] in OF_KIND else ""
    wanted = appealing.Appeal(data["kind"], data["statement"], subject_id)
    return appealing.appeal(uow, uow.identity.worker_id, wanted)


@blueprint.get("/disputes")
@endpoint(policy.LIST_DISPUTES)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, dispute_schemas.DisputesOut)
def list_disputes(uow: UnitOfWork, data: Data) -> Any:
    """List my disputes and my organisations'; for admins, all."""
    return queries.disputes(uow, uow.identity, data["cursor"], data["limit"])


@blueprint.get("/disputes/<uuid:dispute_id>")
@endpoint(policy.SEE_DISPUTE, load=queries.dispute)
@blueprint.response(200, dispute_schemas.DisputeDetailOut)
def show_dispute(uow: UnitOfWork, dispute: Dispute) -> Data:
    """Show a dispute with both statements and the answers it is about."""
    decided = queries.decision(uow, dispute.decision_id) if dispute.decision_id else None
    answers = queries.decided_answers(uow, dispute.decision_id)
    return {**_columns(dispute), "decision": decided, "answers": answers}


@blueprint.post("/disputes/<uuid:dispute_id>/reply")
@endpoint(policy.REPLY, load=queries.dispute)
@blueprint.arguments(dispute_schemas.ReplyIn)
@blueprint.response(200, dispute_schemas.DisputeOut)
def reply(uow: UnitOfWork, dispute: Dispute, data: Data) -> Dispute:
    """Reply for the organisation, or agree with the worker."""
    return ruling.reply(uow, dispute, data["reply"], agrees=data["agree"])


@blueprint.post("/disputes/<uuid:dispute_id>/ruling")
@endpoint(policy.RULE, load=queries.dispute)
@blueprint.arguments(dispute_schemas.RulingIn)
@blueprint.response(200, dispute_schemas.DisputeOut)
def rule(uow: UnitOfWork, dispute: Dispute, data: Data) -> Dispute:
    """Decide a dispute as an admin, with a reason."""
    return ruling.rule(uow, dispute, data["outcome"], data["reason"])


@blueprint.post("/disputes/<uuid:dispute_id>/withdraw")
@endpoint(policy.WITHDRAW, load=queries.dispute)
@blueprint.response(200, dispute_schemas.DisputeOut)
def withdraw(uow: UnitOfWork, dispute: Dispute) -> Dispute:
    """Take an appeal back."""
    return ruling.withdraw(uow, dispute)


@blueprint.get("/organisations/<uuid:organisation_id>/overturn-rate")
@endpoint(policy.SEE_OVERTURN_RATE, load=accounts.organisation)
@blueprint.response(200, dispute_schemas.OverturnRateOut)
def show_overturn_rate(uow: UnitOfWork, organisation: Organisation) -> queries.OverturnRate:
    """Show workers how often an organisation's rejections fell, with the counts."""
    return queries.overturn_rate(uow, organisation.id)


@blueprint.delete("/organisations/<uuid:organisation_id>/rejecting-stop")
@endpoint(policy.ALLOW_REJECTING, load=accounts.organisation)
@blueprint.arguments(schemas.SentenceIn)
@blueprint.response(204)
def allow_rejecting(uow: UnitOfWork, organisation: Organisation, data: Data) -> None:
    """Let an organisation whose rejecting was stopped reject again."""
    limits.allow_again(uow, organisation, data["sentence"])


@blueprint.post("/jobs/<uuid:job_id>/exports")
@endpoint(policy.EXPORT, load=job_queries.job_for_endpoint)
@blueprint.arguments(schemas.ExportIn)
@blueprint.response(202, schemas.ExportOut)
def ask_export(uow: UnitOfWork, job: Job, data: Data) -> Export:
    """Ask for a file of labels or answers; what goes into it is approved by that."""
    return exporting.ask(uow, job, exporting.Wanted(**data))


@blueprint.get("/jobs/<uuid:job_id>/exports")
@endpoint(policy.SEE, load=job_queries.job_for_endpoint)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, schemas.ExportsOut)
def list_exports(uow: UnitOfWork, job: Job, data: Data) -> Any:
    """List the exports and releases of a job."""
    return queries.exports(uow, job.id, data["cursor"], data["limit"])


@blueprint.get("/exports/<uuid:export_id>")
@endpoint(policy.SEE_EXPORT, load=export_for_endpoint)
@blueprint.response(200, schemas.ExportOut)
def show_export(_uow: UnitOfWork, owned: OwnedExport) -> Export:
    """Say how far an export is."""
    return owned.export


@blueprint.get("/exports/<uuid:export_id>/file")
@endpoint(policy.SEE_EXPORT, load=export_for_endpoint)
@blueprint.response(200, content_type="application/octet-stream")
def download_export(_uow: UnitOfWork, owned: OwnedExport) -> Response:
    """Download the file of an export."""
    export = owned.export
    if export.state != ExportState.DONE or export.digest is None:
        raise Conflict(f"export_{export.state}", f"This export is {export.state}, without a file.")
    name = f"{export.release or export.id}-{export.content}.{export.format}"
    stream = runtime().storage.open(export.digest)
    kind = MIMETYPES[export.format]
    return send_file(
        stream, mimetype=kind, as_attachment=True, download_name=name, etag=export.digest
    )


def _columns(dispute: Dispute) -> dict[str, Any]:
    return {column.key: getattr(dispute, column.key) for column in Dispute.__table__.columns}
