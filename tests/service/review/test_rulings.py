"""What a won or lost dispute changes, for each thing that can be appealed."""

from __future__ import annotations

from kernel import chores
from kernel.money import Money
from kernel.runtime import Runtime
from marketplace.assignments.models import Enrolment
from marketplace.jobs.models import Job
from marketplace.review import queries
from marketplace.review.deciding import removing
from marketplace.review.disputes import appealing
from marketplace.review.states import DisputeState
from qualification import exams, sittings, trust
from qualification import queries as qualifications
from qualification.models import Sitting
from tests import factories as make
from tests.service.review import stories
from tests.service.review.disputing import (
    BY_HAND,
    PAY,
    WORDS,
    appeal,
    dispute,
    refusal,
    rejected,
    reply,
    rule,
)
from workers import service as workers
from workers.models import Worker


def test_one_won_appeal_pays_every_answer_of_the_decision(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    dispute_id = appeal(story, decision_id)
    reply(story, dispute_id)
    assert dispute(story, dispute_id).state == DisputeState.REPLIED
    rule(story, dispute_id, DisputeState.WON)
    assert stories.states(story, 0) == ["approved", "approved"]
    assert stories.earned(story, 0) == PAY * 2
    label = stories.labels(story)["text 1"]
    assert label.answers_count == 2
    with runtime.database.unit_of_work() as uow:
        counts = trust.reviews(uow, story.job_id)[make.worker_id(story.workers[0])]
        assert (counts.accepted, counts.reviewed) == (2, 2)
        organisation_id = uow.get(Job, story.job_id, "no job").organisation_id
        assert queries.overturn_rate(uow, organisation_id) == queries.OverturnRate(1, 1, 1, 1)


def test_what_follows_a_ruling_happens_once(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime)
    dispute_id = appeal(story, decision_id)
    rule(story, dispute_id, DisputeState.WON)
    with runtime.database.unit_of_work() as uow:
        uow.later("review.settle_dispute", dispute_id)
    chores.drain(runtime)
    assert stories.earned(story, 0) == PAY * 2


def test_a_lost_appeal_ends_the_hold(runtime: Runtime) -> None:
    story, decision_id = rejected(runtime, tasks=1)
    dispute_id = appeal(story, decision_id)
    reply(story, dispute_id)
    stories.let_pass(story, 8, "review.end_holds")
    held = stories.money(story, "job_reserved")
    rule(story, dispute_id, DisputeState.LOST)
    assert held - stories.money(story, "job_reserved") == Money.parse("0.115", "USD")
    assert stories.states(story, 0) == ["rejected"]


def test_a_won_removal_takes_the_worker_back_and_counts_their_answers(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1), approval=BY_HAND)
    for worker in (0, 1):
        stories.answer(story, worker, "cat")
    stories.settle(story)
    who = make.worker_id(story.workers[0])
    with runtime.database.unit_of_work(story.owner) as uow:
        job = uow.get(Job, story.job_id, "no job")
        removal = removing.Removal(who, "Answers without looking.", exclude_answers=True)
        removing.remove(uow, job, removal)
    chores.drain(runtime)
    assert stories.labels(story)["text 1"].answers_count == 1
    rule(story, appeal(story, story.job_id, "removal"), DisputeState.WON)
    with runtime.database.unit_of_work() as uow:
        place = uow.get(Enrolment, (story.job_id, who), "not enrolled")
        assert (place.state, place.answers_excluded) == ("active", False)
    assert stories.labels(story)["text 1"].answers_count == 2


def test_a_won_suspension_reinstates_the_worker(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1))
    who = make.worker_id(story.workers[0])
    with runtime.database.unit_of_work() as uow:
        workers.suspend(uow, uow.get(Worker, who, "nobody"), "Two accounts, we think.")
    rule(story, appeal(story, "", "suspension"), DisputeState.WON)
    with runtime.database.unit_of_work() as uow:
        assert uow.get(Worker, who, "nobody").state == "good"


def test_a_won_exam_counts_as_passed_and_grants_its_qualification(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1))
    who = make.worker_id(story.workers[0])
    with runtime.database.unit_of_work(story.owner) as uow:
        organisation_id = uow.get(Job, story.job_id, "no job").organisation_id
        exam = exams.create(uow, f"organisation:{organisation_id}", _an_exam("cat")).exam
    with runtime.database.unit_of_work(story.workers[0]) as uow:
        sitting_id = sittings.start(uow, exam, who).id
        sitting = uow.get(Sitting, sitting_id, "no sitting")
        sittings.answer(uow, sitting, {"a": "dog"})
    rule(story, appeal(story, sitting_id, "exam"), DisputeState.WON)
    with runtime.database.unit_of_work() as uow:
        assert uow.get(Sitting, sitting_id, "no sitting").state == "passed"
        assert qualifications.current_grant(uow, exam.type_id, who) is not None


def _an_exam(answer: str) -> exams.ExamDraft:
    """Describe an exam of one question."""
    question = {
        "id": "a",
        "text": "Which?",
        "options": ["cat", "dog"],
        "answer": answer,
        "explanation": "",
    }
    return exams.ExamDraft("Cats", "", [question], 80, 60, None, False, "", name="Cats")


def test_a_won_gold_mark_no_longer_counts(runtime: Runtime) -> None:
    gold = {"every": 2, "first": 2, "minimum": "0.6", "error_rate": "0.01", "feedback": True}
    story = stories.begin(runtime, make.some_tasks(3, gold=3), gold=gold)
    stories.answer_all(story, lambda _worker, _text: "dog", count=4)
    chores.drain(runtime)
    rows = stories.assignments(story, 0)
    missed = next(key for key, row in rows.items() if row.gold_version)
    who = make.worker_id(story.workers[0])
    with runtime.database.unit_of_work() as uow:
        before = trust.skills(uow, story.job_id)[who].wrong
    rule(story, appeal(story, missed, "gold"), DisputeState.WON)
    with runtime.database.unit_of_work() as uow:
        assert trust.skills(uow, story.job_id)[who].wrong == before - 1


def test_appealing_a_gold_does_not_tell_which_tasks_are_gold(runtime: Runtime) -> None:
    gold = {"every": 2, "first": 2, "minimum": "0.6", "error_rate": "0.01", "feedback": False}
    story = stories.begin(runtime, make.some_tasks(3, gold=3), gold=gold)
    stories.answer_all(story, lambda _worker, _text: "dog", count=4)
    stories.settle(story)
    who = make.worker_id(story.workers[0])
    codes = {
        refusal(
            story,
            lambda uow, key=key: appealing.appeal(uow, who, appealing.Appeal("gold", WORDS, key)),
        )
        for key in stories.assignments(story, 0)
    }
    assert codes == {"gold_unannounced"}
