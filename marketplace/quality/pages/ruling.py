"""The pages on which rules are written, tried on answers already in, and what they did decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, request

from kernel.db import UnitOfWork
from kernel.errors import Refused
from kernel.web.pages import form, page
from marketplace.jobs import policy as job_policy
from marketplace.jobs import queries as jobs
from marketplace.jobs.models import Job
from marketplace.quality import policy, queries, schemas
from marketplace.quality.rules import deciding, editing, trying
from qualification.rules import language, words
from qualification.rules.language import SHARE, Rule

blueprint = Blueprint("ruling", __name__)
CONDITIONS_SHOWN = 3
WHOLE = ("window", "fast_seconds")


@blueprint.get("/jobs/<uuid:job_id>/rules")
@page(policy.SEE, "quality/rules.html", load=jobs.job_for_endpoint)
def rules(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """List the rules of a job, what they did, and offer a new one."""
    return _shown(uow, job)


@blueprint.post("/jobs/<uuid:job_id>/rules")
@form(policy.WRITE_RULES, rules, load=jobs.job_for_endpoint)
def write(uow: UnitOfWork, job: Job) -> str:
    """Save a rule."""
    saved = editing.save(uow, job, _sent(uow, job))
    flash("The rule is in force.", "success")
    for warning in saved.warnings:
        flash(warning, "warning")
    return f"/jobs/{job.id}/rules"


@blueprint.post("/jobs/<uuid:job_id>/rules/trial")
@page(policy.WRITE_RULES, "quality/trial.html", load=jobs.job_for_endpoint)
def trial(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Show what a rule would have done with the answers already in; nothing is saved."""
    rule = _sent(uow, job)
    warnings = editing.check(uow, job, rule)
    return {
        "job": job,
        "sentence": words.of_rule(rule, job.currency),
        "warnings": warnings,
        "trial": trying.try_rule(uow, job, rule),
        "seen": lambda measures: words.of_measures(rule, measures, job.currency),
        "sent": [(name, value) for name, value in request.form.items() if name != "csrf_token"],
    }


@blueprint.post("/jobs/<uuid:job_id>/rules/<uuid:rule_id>/end")
@form(policy.WRITE_RULES, rules, load=policy.rule_for_endpoint)
def end(uow: UnitOfWork, found: policy.RuleInJob) -> str:
    """End a rule."""
    editing.end(uow, found.job, found.rule_id)
    flash("The rule has ended. What it did stays until somebody lifts it.", "success")
    return f"/jobs/{found.job.id}/rules"


@blueprint.post("/jobs/<uuid:job_id>/rule-acts/<uuid:act_id>")
@form(policy.DECIDE, rules, load=policy.act_for_endpoint)
def decide(uow: UnitOfWork, found: policy.ActInJob) -> str:
    """Carry out what a rule proposes, or lift what it did."""
    word = deciding.Word(
        request.form.get("accept") == "true",
        request.form.get("sentence", ""),
        request.form.get("exclude_answers") == "true",
        request.form.get("replace_answers") == "true",
    )
    deciding.decide(uow, found.job, found.act, word)
    flash("It is decided, and the worker is told.", "success")
    return f"/jobs/{found.job.id}/rules"


def _shown(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    waiting = queries.waiting_acts(uow, job.id)
    exams, kinds = queries.choices(uow, job)
    return {
        "job": job,
        "rules": queries.rules(uow, job),
        "acts": waiting,
        "handles": queries.handles(uow, [one.worker_id for one in waiting]),
        "collectors": list(language.COLLECTORS.values()),
        "sources": [(one.name, one.words) for one in language.COLLECTORS.values()],
        "actions": [(str(action), text) for action, text in words.ACTIONS.items()],
        "comparisons": [(sign, text) for sign, text in words.COMPARED.items()],
        "exams": exams,
        "kinds": kinds,
        "places": range(1, CONDITIONS_SHOWN + 1),
        "may_write": job_policy.manages(uow.identity, job),
        "proposing": {str(action) for action in language.PROPOSING},
    }


def _sent(uow: UnitOfWork, job: Job) -> Rule:
    """Read the form: conditions stand side by side, shares are written in per cent."""
    held: Mapping[str, str] = {k: v.strip() for k, v in request.form.items() if v.strip()}
    collector = language.COLLECTORS.get(held.get("collector", ""))
    conditions = []
    for place in range(1, CONDITIONS_SHOWN + 1):
        if f"value_{place}" in held and f"measure_{place}" in held:
            conditions.append(_condition(collector, held, place))
    details = {name: held[name] for name in ("exam_id", "qualification_id") if name in held}
    numbers = {name: _whole(held[name], name) for name in ("hours", "value") if name in held}
    plain = {"collector": held.get("collector", ""), "action": held.get("action", "")}
    whole = {name: _whole(held[name], name) for name in WHOLE if name in held}
    sent = {**plain, **whole, "conditions": conditions, "details": {**details, **numbers}}
    return schemas.rule_of(schemas.RuleIn().load(sent))


def _condition(
    collector: language.Collector | None, held: Mapping[str, str], place: int
) -> dict[str, Any]:
    name, text = held[f"measure_{place}"], held[f"value_{place}"]
    # The page offers the measures of every collector, named `collector.measure`.
    name = name.partition(".")[2] or name
    measure = collector.measure(name) if collector else None
    try:
        value = float(text.removesuffix("%").replace(",", "."))
    except ValueError:
        raise Refused("rule_value", f"Condition {place} needs a number.") from None
    if measure is not None and measure.kind == SHARE:
        value /= 100
    return {"measure": name, "comparison": held.get(f"comparison_{place}", ""), "value": value}


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused("rule_number", f"“{name.replace('_', ' ')}” is a whole number.")
    return int(text)
