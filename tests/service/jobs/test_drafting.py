"""Drafts: defaults, contradictions, editing and versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from kernel.errors import Conflict, DomainError, Refused
from kernel.runtime import Runtime
from marketplace.jobs import drafting, publishing, queries, versions
from marketplace.jobs.states import JobState
from tests.service.jobs import builders
from tests.service.jobs.builders import usd


def test_a_draft_has_careful_defaults(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        settings = builders.settings()
        del settings["gold"]
        buyer = builders.a_buyer(uow)
        job = drafting.create(uow, buyer.organisation_id, settings)
        assert job.state == JobState.DRAFT
        assert (job.answers_min, job.answers_max, job.is_adaptive) == (2, 5, True)
        assert (job.lease_seconds, job.lease_seconds_max) == (600, 3_600)
        assert (job.undo_seconds, job.claims_max) == (30, 20)
        assert (job.approval, job.approval_delay_seconds) == ("agreement", 3 * 86_400)
        assert (job.gold_first, job.gold_every) == (5, 10)
        assert job.newcomers_basis_points == 2_000


def test_feedback_on_gold_takes_the_undo_window_away(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow)
        job = builders.a_draft(uow, buyer, gold={"feedback": True})
        assert job.undo_seconds == 0


ONE = {"answers_min": 1, "single_answer": True}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"redundancy": {"answers_min": 6}}, "answers_range"),
        ({"redundancy": {"is_adaptive": False}}, "answers_fixed"),
        ({"redundancy": {"answers_min": 1}}, "single_answer_unasked"),
        ({"redundancy": ONE}, "single_answer_agreement"),
        ({"approval": {"delay_seconds": 31 * 86_400}}, "approval_delay"),
        ({"expected_seconds": 900}, "lease_too_short"),
        ({"gold": {"every": 0, "first": 5}}, "gold_contradiction"),
        ({"gold": {"every": 0, "feedback": True}}, "feedback_without_gold"),
        ({"gold": {"feedback": True}, "undo_seconds": 30}, "undo_with_feedback"),
        ({"interface": "<View/>"}, "interface_no_control"),
        ({"guidelines": "é" * 26_000}, "guidelines_too_long"),
        ({"reward": builders.Money(100_000, "EUR")}, "currency_differs"),
        (
            {"requirements": [{"qualification": "shoe_size", "comparison": ">", "value": 3}]},
            "requirement_unknown",
        ),
    ],
)
def test_a_draft_that_contradicts_itself_is_refused(
    runtime: Runtime, changes: Mapping[str, Any], code: str
) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow)
        with pytest.raises(DomainError) as refusal:
            builders.a_draft(uow, buyer, **changes)
    assert refusal.value.code == code


def test_one_answer_a_task_is_had_by_asking_for_it(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow)
        approval = {"mode": "by_hand"}
        assert builders.a_draft(uow, buyer, redundancy=ONE, approval=approval).answers_min == 1


def test_editing_a_draft_keeps_what_is_not_named(runtime: Runtime) -> None:
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow)
        job = builders.a_draft(uow, buyer, redundancy={"answers_max": 4})
    changes = {
        "title": "Dogs",
        "reward": usd("0.20"),
        "redundancy": {"confidence": builders.share("0.9")},
        "requirements": [{"qualification": "locale", "comparison": "=", "value": "DE"}],
    }
    with runtime.database.unit_of_work(buyer.identity) as uow:
        drafting.edit(uow, job, changes)
    with runtime.database.unit_of_work() as uow:
        job = queries.job(uow, job.id)
        assert (job.title, job.answers_max) == ("Dogs", 4)
        assert job.confidence == builders.share("0.9")
        assert queries.reward_of(uow, job) == usd("0.20")
        assert [each.value for each in queries.requirements(uow, job.id)] == ["DE"]


def test_a_published_job_keeps_the_settings_that_workers_found(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(1), budget="5")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        assert drafting.edit(uow, job, {"title": "Dogs"}).title == "Dogs"
        with pytest.raises(Conflict) as refusal:
            drafting.edit(uow, job, {"redundancy": {"answers_max": 9}})
    assert refusal.value.code == "job_published"


def test_new_wording_is_a_new_version_of_the_interface(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(1), budget="5")
    reworded = builders.CATS.replace('<Choice value="cat"/>', '<Choice value="cat" hint="Meow"/>')
    with runtime.database.unit_of_work(buyer.identity) as uow:
        job = versions.change_interface(uow, job, reworded)
        assert job.interface_version == 2
    with runtime.database.unit_of_work() as uow:
        old, new = (queries.interface_of(uow, job.id, number) for number in (1, 2))
        assert old.controls["animal"].options[0].hint == ""
        assert new.controls["animal"].options[0].hint == "Meow"


def test_a_published_interface_does_not_change_its_meaning(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(1), budget="5")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        with pytest.raises(Refused) as refusal:
            versions.change_interface(uow, job, builders.CATS.replace("dog", "horse"))
        assert queries.job(uow, job.id).interface_version == 1
    assert refusal.value.code == "interface_meaning_changed"


def test_guidelines_change_in_any_live_state_and_in_no_other(runtime: Runtime) -> None:
    buyer, job = builders.a_published_job(runtime, builders.rows(1), budget="5")
    with runtime.database.unit_of_work(buyer.identity) as uow:
        assert versions.change_guidelines(uow, job, "New.").guidelines_version == 2
        publishing.close(uow, job)
        with pytest.raises(Conflict) as refusal:
            versions.change_guidelines(uow, job, "Newer.")
    assert refusal.value.code == "job_closed"
