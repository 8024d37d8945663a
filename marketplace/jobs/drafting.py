"""Create and edit a draft: settings with defaults, and a refusal for every contradiction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from kernel.db import UnitOfWork
from kernel.errors import Conflict, Refused
from kernel.money import Money
from kernel.types import new_id
from marketplace.config import policy
from marketplace.jobs import interface, pricing, queries, versions
from marketplace.jobs.models import Job, JobRequirement
from marketplace.jobs.states import JOB, LIVE, JobState
from qualification import requirements
from qualification.eligibility import Requirement

LEASE_SECONDS_LONGEST = 3_600
UNDO_SECONDS = 30
DEFAULTS: Mapping[str, Any] = {
    "summary": "",
    "expected_seconds": 30,
    "answers_min": 2,
    "answers_max": 5,
    "is_adaptive": True,
    "confidence": Decimal("0.95"),
    "reopenings_max": 2,
    "lease_seconds": 600,
    "lease_seconds_max": LEASE_SECONDS_LONGEST,
    "undo_seconds": UNDO_SECONDS,
    "claims_max": 20,
    "approval": "agreement",
    "gold_first": 5,
    "gold_every": 10,
    "gold_minimum": Decimal("0.6"),
    "gold_error_rate": Decimal("0.01"),
    "gold_feedback": False,
    "gold_low_water": pricing.LOW_WATER_MIN,
    "newcomers_basis_points": 2_000,
}
GROUPS: Mapping[str, Mapping[str, str]] = {
    "redundancy": {
        "answers_min": "answers_min",
        "answers_max": "answers_max",
        "is_adaptive": "is_adaptive",
        "confidence": "confidence",
        "reopenings_max": "reopenings_max",
    },
    "approval": {"mode": "approval", "delay_seconds": "approval_delay_seconds"},
    "gold": {
        "first": "gold_first",
        "every": "gold_every",
        "minimum": "gold_minimum",
        "error_rate": "gold_error_rate",
        "feedback": "gold_feedback",
    },
}
PLAIN = (
    "title",
    "summary",
    "expected_seconds",
    "undo_seconds",
    "lease_seconds",
    "claims_max",
    "newcomers_basis_points",
)
EDITABLE_WHEN_LIVE = frozenset({"title", "summary"})


def create(uow: UnitOfWork, organisation_id: UUID, data: Mapping[str, Any]) -> Job:
    """Create a draft of an organisation; what `data` leaves out gets its default."""
    job = _blank(uow, organisation_id, data["currency"])
    _apply(job, data)
    interface.parse(data["interface"])
    versions.check_guidelines(data["guidelines"])
    pricing.check_reward(job, data["reward"])
    uow.session.add(job)
    uow.session.flush()
    versions.append_text(uow, job, queries.GUIDELINES, data["guidelines"])
    versions.append_text(uow, job, queries.INTERFACE, data["interface"])
    pricing.keep_price(uow, job, data["reward"])
    _require(uow, job, data.get("requirements", ()))
    uow.audit("job.drafted", f"job:{job.id}", after={"organisation": str(organisation_id)})
    return job


def edit(uow: UnitOfWork, job: Job, data: Mapping[str, Any]) -> Job:
    """Change what `data` names: anything of a draft, title and summary of a live job."""
    job = queries.job(uow, job.id, lock=True)
    if job.state not in LIVE:
        raise Conflict(f"job_{job.state}", f"This job is {job.state}, so it cannot change.")
    if job.state != JobState.DRAFT and data.keys() - EDITABLE_WHEN_LIVE:
        raise Conflict(
            "job_published",
            "This job is published. Its title and summary can be edited here; guidelines, "
            "interface and price get new versions; the rest stays as workers found it.",
        )
    before = _settings(job)
    _apply(job, data)
    if "interface" in data:
        versions.change_interface(uow, job, data["interface"])
    if "guidelines" in data:
        versions.change_guidelines(uow, job, data["guidelines"])
    if "reward" in data:
        _edit_price(uow, job, data["reward"])
    if "requirements" in data:
        _require(uow, job, data["requirements"])
    _audit_edit(uow, job, before)
    return job


def _blank(uow: UnitOfWork, organisation_id: UUID, currency: str) -> Job:
    """Return a draft with every default, not kept yet."""
    assert uow.identity.user_id is not None, "drafts are made by people"
    return Job(
        id=new_id(),
        organisation_id=organisation_id,
        currency=currency,
        state=JOB.start,
        state_at=uow.now,
        created_at=uow.now,
        created_by=uow.identity.user_id,
        pause_reason="",
        guidelines_version=1,
        interface_version=1,
        price_version=1,
        fee_basis_points=policy().fee_basis_points,
        tasks_count=0,
        gold_count=0,
        next_position=1,
        approval_delay_seconds=policy().approval_delay_seconds,
        **DEFAULTS,
    )


def _apply(job: Job, data: Mapping[str, Any]) -> None:
    """Set the columns that data names, fill in what follows from them, and check the whole."""
    chosen = {name: data[name] for name in PLAIN if name in data}
    for group, names in GROUPS.items():
        inner = data.get(group, {})
        chosen |= {column: inner[name] for name, column in names.items() if name in inner}
    if chosen.get("gold_every", job.gold_every) == 0:
        chosen.setdefault("gold_first", 0)
    if chosen.get("gold_feedback", job.gold_feedback):
        chosen.setdefault("undo_seconds", 0)
    asks_for_one = chosen.get("answers_min") == 1 and job.answers_min != 1
    if asks_for_one and not data.get("redundancy", {}).get("single_answer"):
        raise Refused(
            "single_answer_unasked",
            "One answer a task means that nobody checks it. If that is what you want, send "
            "single_answer: true as well.",
        )
    for name, value in chosen.items():
        setattr(job, name, value)
    job.lease_seconds_max = max(LEASE_SECONDS_LONGEST, job.lease_seconds)
    _check(job)


def _check(job: Job) -> None:
    """Refuse settings that contradict each other, each with its own code."""
    delay_days_max = policy().approval_delay_seconds_max // 86_400
    wrong = {
        "answers_range": job.answers_min > job.answers_max,
        "answers_fixed": not job.is_adaptive and job.answers_min != job.answers_max,
        "single_answer_agreement": job.answers_min == 1 and job.approval == "agreement",
        "approval_delay": job.approval_delay_seconds > policy().approval_delay_seconds_max,
        "lease_too_short": job.lease_seconds < job.expected_seconds,
        "gold_contradiction": job.gold_every == 0 and job.gold_first > 0,
        "feedback_without_gold": job.gold_feedback and job.gold_every == 0,
        "undo_with_feedback": job.gold_feedback and job.undo_seconds > 0,
    }
    sentences = {
        "answers_range": "answers_min cannot be above answers_max.",
        "answers_fixed": "A fixed number of answers means answers_min equals answers_max.",
        "single_answer_agreement": "Approval by agreement needs two answers a task or more.",
        "approval_delay": f"Answers must be approved within {delay_days_max} days.",
        "lease_too_short": "lease_seconds gives a worker less time than a task should take.",
        "gold_contradiction": "first asks for gold tasks, but every: 0 means there are none.",
        "feedback_without_gold": "Feedback on gold needs gold tasks; set every above 0.",
        "undo_with_feedback": "Who is shown the known answer cannot change theirs: undo is 0.",
    }
    for code, is_wrong in wrong.items():
        if is_wrong:
            raise Refused(code, sentences[code])


def _edit_price(uow: UnitOfWork, job: Job, reward: Money) -> None:
    pricing.check_reward(job, reward)
    pricing.append_price(uow, job, reward)


def _require(uow: UnitOfWork, job: Job, asked: Sequence[Mapping[str, Any]]) -> None:
    """Keep what the job asks of workers, in place of what it asked before."""
    wanted = [Requirement(**each) for each in asked]
    requirements.check(uow, f"organisation:{job.organisation_id}", wanted)
    uow.session.execute(delete(JobRequirement).where(JobRequirement.job_id == job.id))
    uow.session.add_all(
        JobRequirement(
            job_id=job.id,
            place=place,
            qualification=each.qualification,
            comparison=each.comparison,
            value=each.value,
            count_min=each.count_min,
            guards=each.guards,
        )
        for place, each in enumerate(wanted, start=1)
    )
    uow.session.flush()


def _settings(job: Job) -> dict[str, str]:
    columns = [name for group in GROUPS.values() for name in group.values()]
    return {name: str(getattr(job, name)) for name in (*PLAIN, *columns)}


def _audit_edit(uow: UnitOfWork, job: Job, before: Mapping[str, str]) -> None:
    after = _settings(job)
    changed = [name for name in after if after[name] != before[name]]
    uow.audit(
        "job.edited",
        f"job:{job.id}",
        {name: before[name] for name in changed},
        {name: after[name] for name in changed},
    )
