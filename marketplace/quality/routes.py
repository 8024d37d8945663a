"""The REST interface of quality: boards, plans, reasons, rules, checks, second looks, own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from kernel.db import UnitOfWork
from kernel.errors import Missing, Refused
from kernel.web.fields import PageIn
from kernel.web.http import endpoint
from marketplace.assignments.routes import worker_id
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job, Task
from marketplace.quality import board_schemas as boards
from marketplace.quality import explaining, own, policy, queries, schemas, second_looks
from marketplace.quality.board import dashboard
from marketplace.quality.checks import contests, looking, overview
from marketplace.quality.models import GoldContest, RuleAct
from marketplace.quality.plans import forecasting, targeting
from marketplace.quality.plans import schemas as plans
from marketplace.quality.rules import deciding, editing, trying
from marketplace.review.policy import InJob, task_for_endpoint

blueprint = Blueprint(
    "quality", __name__, url_prefix="/api/v1", description="Quality: measured, ruled, explained"
)
Data = Mapping[str, Any]
WAITING_MAX = 50


@blueprint.get("/jobs/<uuid:job_id>/quality")
@endpoint(policy.SEE, load=jobs.job_for_endpoint)
@blueprint.arguments(boards.ControlIn, location="query")
@blueprint.response(200, boards.DashboardOut)
def show_quality(uow: UnitOfWork, job: Job, data: Data) -> dashboard.Dashboard:
    """Show gold, agreement, confusion, confidence and people of one control of a job."""
    return dashboard.dashboard(uow, job, data["control"])


@blueprint.get("/jobs/<uuid:job_id>/plan")
@endpoint(policy.SEE, load=jobs.job_for_endpoint)
@blueprint.arguments(plans.PlanIn, location="query")
@blueprint.response(200, plans.PlanOut)
def show_plan(uow: UnitOfWork, job: Job, data: Data) -> forecasting.Plan:
    """Forecast answers, cost and accuracy for several targets from the answers so far."""
    return planned(uow, job, data["control"], data["target"])


@blueprint.post("/jobs/<uuid:job_id>/plan/target")
@endpoint(policy.USE_TARGET, load=jobs.job_for_endpoint)
@blueprint.arguments(plans.TargetIn)
@blueprint.response(200, plans.PlanOut)
def use_target(uow: UnitOfWork, job: Job, data: Data) -> forecasting.Plan:
    """Give the job another target; tasks that are sure enough end, others go on."""
    return planned(uow, targeting.use(uow, job, data["target"]), None, ())


@blueprint.get("/jobs/<uuid:job_id>/tasks/<uuid:task_id>/why")
@endpoint(policy.SEE, load=task_for_endpoint)
@blueprint.arguments(boards.ControlIn, location="query")
@blueprint.response(200, boards.WhyOut)
def show_why(uow: UnitOfWork, found: InJob, data: Data) -> explaining.Why:
    """Say why a label is what it is."""
    return explaining.why(uow, found.job, found.task_id, data["control"])


@blueprint.get("/jobs/<uuid:job_id>/rules")
@endpoint(policy.SEE, load=jobs.job_for_endpoint)
@blueprint.response(200, schemas.RulesOut)
def list_rules(uow: UnitOfWork, job: Job) -> Data:
    """List the quality rules of a job."""
    return {"items": queries.rules(uow, job)}


@blueprint.post("/jobs/<uuid:job_id>/rules")
@endpoint(policy.WRITE_RULES, load=jobs.job_for_endpoint)
@blueprint.arguments(schemas.RuleIn)
@blueprint.response(201, schemas.RuleOut)
def add_rule(uow: UnitOfWork, job: Job, data: Data) -> queries.RuleLine:
    """Add a rule; one that makes no sense is refused."""
    saved = editing.save(uow, job, schemas.rule_of(data))
    return queries.rule_line(job, saved.row, saved.warnings)


@blueprint.put("/jobs/<uuid:job_id>/rules/<uuid:rule_id>")
@endpoint(policy.WRITE_RULES, load=policy.rule_for_endpoint)
@blueprint.arguments(schemas.RuleIn)
@blueprint.response(200, schemas.RuleOut)
def change_rule(uow: UnitOfWork, found: policy.RuleInJob, data: Data) -> queries.RuleLine:
    """Change a rule; what it did stays."""
    saved = editing.save(uow, found.job, schemas.rule_of(data), found.rule_id)
    return queries.rule_line(found.job, saved.row, saved.warnings)


@blueprint.delete("/jobs/<uuid:job_id>/rules/<uuid:rule_id>")
@endpoint(policy.WRITE_RULES, load=policy.rule_for_endpoint)
@blueprint.response(204)
def end_rule(uow: UnitOfWork, found: policy.RuleInJob) -> None:
    """End a rule; what it did stays until somebody lifts it."""
    editing.end(uow, found.job, found.rule_id)


@blueprint.post("/jobs/<uuid:job_id>/rules/trials")
@endpoint(policy.WRITE_RULES, load=jobs.job_for_endpoint)
@blueprint.arguments(schemas.RuleIn)
@blueprint.response(200, schemas.TrialOut)
def try_rule(uow: UnitOfWork, job: Job, data: Data) -> Data:
    """Try a rule on the answers already in: whom it would have met; nothing is saved or done."""
    rule = schemas.rule_of(data)
    warnings = editing.check(uow, job, rule)
    return {**vars(trying.try_rule(uow, job, rule)), "warnings": warnings}


@blueprint.get("/jobs/<uuid:job_id>/rule-acts")
@endpoint(policy.SEE, load=jobs.job_for_endpoint)
@blueprint.arguments(PageIn, location="query")
@blueprint.response(200, schemas.ActsOut)
def list_acts(uow: UnitOfWork, job: Job, data: Data) -> Any:
    """List what the rules of a job did and propose, newest first."""
    return queries.acts(uow, job.id, data["cursor"], data["limit"])


@blueprint.post("/jobs/<uuid:job_id>/rule-acts/<uuid:act_id>/decision")
@endpoint(policy.DECIDE, load=policy.act_for_endpoint)
@blueprint.arguments(schemas.ActDecisionIn)
@blueprint.response(200, schemas.ActOut)
def decide_act(uow: UnitOfWork, found: policy.ActInJob, data: Data) -> RuleAct:
    """Carry out what a rule proposes, or lift what it did."""
    accepts, rest = data["accept"], {k: v for k, v in data.items() if k != "accept"}
    return deciding.decide(uow, found.job, found.act, deciding.Word(accepts, **rest))


@blueprint.get("/jobs/<uuid:job_id>/checks")
@endpoint(policy.SEE, load=jobs.job_for_endpoint)
@blueprint.response(200, schemas.ChecksOut)
def list_checks(uow: UnitOfWork, job: Job) -> overview.Overview:
    """List the checks of a job with how each fares, and say how long they last."""
    return overview.overview(uow, job)


@blueprint.post("/jobs/<uuid:job_id>/checks/<uuid:task_id>")
@endpoint(policy.LOOK, load=task_for_endpoint)
@blueprint.arguments(schemas.LookIn)
@blueprint.response(200, schemas.LookedOut)
def look_at_check(uow: UnitOfWork, found: InJob, data: Data) -> Task:
    """Keep, correct, retire or withdraw a check; what rested on it follows."""
    return look(uow, found.job, found.task_id, data["act"], data["known"])


@blueprint.post("/assignments/<assignment>/contest")
@endpoint(policy.CONTEST)
@blueprint.arguments(schemas.ContestIn)
@blueprint.response(201, schemas.ContestOut)
def contest(uow: UnitOfWork, data: Data, assignment: str) -> GoldContest:
    """Object to the known answer of a task of mine; no words are needed."""
    return contests.contest(uow, worker_id(uow), assignment, data["statement"])


@blueprint.get("/jobs/<uuid:job_id>/second-looks")
@endpoint(policy.SECOND_LOOK, load=jobs.job_for_endpoint)
@blueprint.response(200, boards.AllWaitingOut)
def list_second_looks(uow: UnitOfWork, job: Job) -> Data:
    """List tasks that wait for my second look, without their labels."""
    assert uow.identity.user_id is not None, "the permission asks for a member"
    return {"items": second_looks.waiting(uow, job, uow.identity.user_id, WAITING_MAX)}


@blueprint.post("/jobs/<uuid:job_id>/second-looks/<uuid:task_id>")
@endpoint(policy.SECOND_LOOK, load=task_for_endpoint)
@blueprint.arguments(boards.SecondLookIn)
@blueprint.response(201, boards.SecondLookOut)
def give_second_look(uow: UnitOfWork, found: InJob, data: Data) -> Data:
    """Judge a task that was drawn by chance, without seeing its label."""
    purpose, values = data["purpose"], data["values"]
    return {"agrees": second_looks.judge(uow, found.job, found.task_id, purpose, values)}


@blueprint.get("/me/quality/<uuid:job_id>")
@endpoint(policy.SEE_OWN)
@blueprint.response(200, boards.OwnOut)
def show_own(uow: UnitOfWork, job_id: UUID) -> own.OnJob:
    """Show my own quality on a job I work or worked on."""
    return own.on_job(uow, worker_id(uow), job_id)


def planned(
    uow: UnitOfWork, job: Job, control: str | None, targets: Sequence[float]
) -> forecasting.Plan:
    """Return the plan of a job; one without classes to choose from has none."""
    plan = forecasting.plan(uow, job, control, targets)
    if plan is None:
        raise Missing("plan_unknown", "Plans are made for questions with classes to choose from.")
    return plan


def look(
    uow: UnitOfWork, job: Job, task_id: UUID, act: str, known: Mapping[str, Any] | None
) -> Task:
    """Carry out a person's word on a check; a correction needs the known answer."""
    if (act == "correct") != (known is not None):
        raise Refused("check_unclear", "A correction, and nothing else, names the known answer.")
    if known is not None:
        return looking.correct(uow, job, task_id, known)
    return _LOOKS[act](uow, job, task_id)


_LOOKS = {"keep": looking.keep, "retire": looking.retire, "withdraw": looking.withdraw}
