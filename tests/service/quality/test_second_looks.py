"""Second looks are drawn before anybody looks, judged blind, and say how often labels are right."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import select, update

from kernel.errors import Missing, Refused
from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.accounts.states import Role
from marketplace.config import policy
from marketplace.jobs.models import Job, Task
from marketplace.quality import second_looks
from marketplace.quality.board import honesty
from marketplace.review import reviewing
from marketplace.review.models import SecondLook
from tests import factories as make
from tests.service.review import stories


@pytest.fixture(autouse=True)
def _every_share(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Draw every review for a second one, so that chance decides nothing here."""
    monkeypatch.setenv("QUORUM_SECOND_REVIEW_SHARE", "1.0")
    policy.cache_clear()
    yield
    monkeypatch.undo()
    policy.cache_clear()


def begin(runtime: Runtime, audited: int = 1) -> stories.Story:
    """Publish four tasks that are all labeled cats, some of them drawn for the audit."""
    story = stories.begin(runtime, make.some_tasks(4), 2)
    for worker in (0, 1):
        stories.answer(story, worker, "cat", "cat", "cat", "cat")
    stories.settle(story)
    with runtime.database.unit_of_work() as uow:
        uow.session.execute(
            update(Task)
            .where(Task.job_id == story.job_id)
            .values(is_audited=Task.position <= audited)
        )
    return story


def reviewer(story: stories.Story) -> Identity:
    """Add another reviewer."""
    with story.runtime.database.unit_of_work() as uow:
        job = uow.get(Job, story.job_id, "no job")
        return make.a_requester(uow, job.organisation_id, Role.REVIEWER)


def waiting(story: stories.Story, who: Identity) -> list[tuple[UUID, str]]:
    """Return what waits for a person."""
    assert who.user_id is not None
    with story.runtime.database.unit_of_work() as uow:
        job = uow.get(Job, story.job_id, "no job")
        found = second_looks.waiting(uow, job, who.user_id, 10)
        assert len(found) == second_looks.waiting_count(uow, job, who.user_id)
    return [(one.task_id, one.purpose) for one in found]


def judge(story: stories.Story, who: Identity, task_id: UUID, purpose: str, value: str) -> bool:
    """Judge one task."""
    with story.runtime.database.unit_of_work(who) as uow:
        job = uow.get(Job, story.job_id, "no job")
        return second_looks.judge(uow, job, task_id, purpose, {"animal": value})


def test_the_audit_is_drawn_by_ids_alone_and_drawing_again_draws_nothing(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(400), 1)
    with runtime.database.unit_of_work() as uow:
        assert second_looks.draw(uow, story.job_id) < 40
        assert second_looks.draw(uow, story.job_id) == 0
        drawn = select(Task.lane).where(Task.job_id == story.job_id, Task.is_audited)
        assert set(uow.session.scalars(drawn)) <= {1}


def test_an_audited_task_waits_for_one_blind_judgement(runtime: Runtime) -> None:
    story = begin(runtime)
    [(task_id, purpose)] = waiting(story, story.owner)
    assert purpose == "audit"
    assert judge(story, story.owner, task_id, "audit", "dog") is False
    assert waiting(story, story.owner) == []
    with runtime.database.unit_of_work() as uow:
        [look] = uow.session.scalars(select(SecondLook))
        assert (look.value, look.label_value) == ("dog", "cat")
        [differs] = second_looks.disagreements(uow, story.job_id)
        assert differs.task_id == task_id


def test_audits_say_whether_confidence_can_be_trusted(runtime: Runtime) -> None:
    story = begin(runtime, audited=4)
    for number, (task_id, _purpose) in enumerate(waiting(story, story.owner)):
        judge(story, story.owner, task_id, "audit", "dog" if number == 0 else "cat")
    with runtime.database.unit_of_work() as uow:
        job = uow.get(Job, story.job_id, "no job")
        found = honesty.honesty(uow, job, "animal")
    assert (found.golds, found.audits, found.is_enough) == (0, 4, False)
    assert sum(bin.accuracy * bin.count for bin in found.bins) == pytest.approx(3)


def test_a_reviewed_label_is_judged_again_by_somebody_else(runtime: Runtime) -> None:
    story = begin(runtime, audited=0)
    other = reviewer(story)
    task = stories.tasks(story)["text 1"]
    with runtime.database.unit_of_work(story.owner) as uow:
        job = uow.get(Job, story.job_id, "no job")
        reviewing.set_label(uow, job, task.id, "animal", "dog")
    assert waiting(story, story.owner) == []
    assert waiting(story, other) == [(task.id, "review")]
    assert judge(story, other, task.id, "review", "dog") is True


def test_what_was_not_drawn_cannot_be_judged_nor_a_class_that_is_none(runtime: Runtime) -> None:
    story = begin(runtime)
    drawn, other = stories.tasks(story)["text 1"], stories.tasks(story)["text 2"]
    with pytest.raises(Missing):
        judge(story, story.owner, other.id, "audit", "cat")
    with pytest.raises(Refused, match="Choose a class"):
        judge(story, story.owner, drawn.id, "audit", "fish")
