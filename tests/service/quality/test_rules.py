"""Rules in a running job: they act once, end, are taken back with wrong gold, and reject nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from kernel import chores
from kernel.errors import Denied, DomainError, Refused
from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.assignments.models import Enrolment
from marketplace.home.models import Notice
from marketplace.jobs.models import Job
from marketplace.quality.models import RuleAct
from marketplace.quality.rules import deciding, editing, trying
from marketplace.review import gold_repair
from qualification import exams, queries, service, sittings
from qualification.models import Exam
from qualification.rules.language import Action, Condition, Rule
from tests import factories as make
from tests.service.review import stories

# The test on gold never fires here, so that only the rules are seen at work.
GOLD = {"every": 2, "first": 10, "minimum": "0.001", "error_rate": "0.0001", "feedback": False}
BAD = (("count", ">=", 3), ("accuracy", "<", 0.5))
WHY = "Your checks show that the guidelines were misread."


def a_rule(action: Action, *conditions: Sequence[Any], **parts: Any) -> Rule:
    """Describe a rule on gold; parts say otherwise."""
    asked = [Condition(*one) for one in conditions or BAD]
    return Rule(**({"collector": "gold", "window": 10} | parts), conditions=asked, action=action)


def begin(runtime: Runtime, *rules: Rule, workers: int = 2, **settings: Any) -> stories.Story:
    """Publish a job whose golds are all cats, with these rules."""
    story = stories.begin(runtime, make.some_tasks(20, gold=10), workers, gold=GOLD, **settings)
    for rule in rules:
        save(story, rule)
    return story


def save(story: stories.Story, rule: Rule) -> editing.Saved:
    """Save a rule as the job's owner."""
    with story.runtime.database.unit_of_work(story.owner) as uow:
        return editing.save(uow, uow.get(Job, story.job_id, "no job"), rule)


def look(story: stories.Story) -> None:
    """Let everything settle, and the look at rules that follows."""
    stories.settle(story)
    story.runtime.clock.advance(timedelta(minutes=2))
    chores.drain(story.runtime)


def work(story: stories.Story, bad: str = "dog", count: int = 10) -> None:
    """Let the first worker be right on every gold and the second on none."""
    stories.answer_all(story, lambda worker, _text: ("cat", bad)[worker % 2], count)
    look(story)


def acts(story: stories.Story) -> list[RuleAct]:
    """Return what rules did, oldest first."""
    with story.runtime.database.unit_of_work() as uow:
        own = select(RuleAct).where(RuleAct.job_id == story.job_id)
        return list(uow.session.scalars(own.order_by(RuleAct.id)))


def place(story: stories.Story, worker: int) -> Enrolment:
    """Return a worker's place on the job."""
    with story.runtime.database.unit_of_work() as uow:
        key = (story.job_id, story.workers[worker].worker_id)
        return uow.get(Enrolment, key, "not enrolled")


def decide(story: stories.Story, identity: Identity, accepts: bool, sentence: str = WHY) -> RuleAct:
    """Decide about the last act."""
    with story.runtime.database.unit_of_work(identity) as uow:
        job = uow.get(Job, story.job_id, "no job")
        done = uow.get(RuleAct, acts(story)[-1].id, "no act", lock=True)
        decided = deciding.decide(uow, job, done, deciding.Word(accepts, sentence))
    chores.drain(story.runtime)
    return decided


def test_a_rule_pauses_whom_it_meets_and_tells_them_why(runtime: Runtime) -> None:
    story = begin(runtime, a_rule(Action.PAUSE))
    work(story)
    [done] = acts(story)
    assert done.worker_id == story.workers[1].worker_id
    paused = place(story, 1)
    assert paused.state == "paused"
    assert paused.state_reason.startswith("By a rule of this job, you are paused here.")
    assert "share of checks right 0%" in paused.state_reason
    assert place(story, 0).state == "active"
    with pytest.raises(Denied, match="paused on this job"):
        make.claim(runtime.database, story.workers[1], story.job_id)
    with runtime.database.unit_of_work() as uow:
        told = uow.session.scalars(
            select(Notice.sentence).where(Notice.user_id == story.workers[1].user_id)
        )
        assert any("By a rule of this job" in sentence for sentence in told)


def test_a_rule_acts_once_however_often_it_looks(runtime: Runtime) -> None:
    story = begin(runtime, a_rule(Action.PAUSE))
    work(story)
    for _ in range(3):
        stories.let_pass(story, 0.01, "review.sweep")
        with runtime.database.unit_of_work() as uow:
            uow.later("quality.look", story.job_id)
        chores.drain(runtime)
    assert len(acts(story)) == 1


def test_a_pause_with_hours_ends_by_itself_and_begins_with_a_clean_sheet(runtime: Runtime) -> None:
    story = begin(runtime, a_rule(Action.PAUSE, details={"hours": 24}))
    work(story)
    assert place(story, 1).state == "paused"
    stories.let_pass(story, 1.1, "quality.end_due")
    assert (place(story, 1).state, acts(story)[0].state) == ("active", "done")
    with runtime.database.unit_of_work() as uow:
        uow.later("quality.look", story.job_id)
    chores.drain(runtime)
    assert place(story, 1).state == "active"


def test_a_corrected_gold_takes_back_what_a_rule_did(runtime: Runtime) -> None:
    story = begin(runtime, a_rule(Action.PAUSE))
    work(story)
    for text, task in stories.tasks(story).items():
        if text.startswith("check"):
            with runtime.database.unit_of_work(story.owner) as uow:
                job = uow.get(Job, story.job_id, "no job")
                gold_repair.correct(uow, job, task.id, {"animal": "dog"})
    chores.drain(runtime)
    first, second = acts(story)
    assert (first.state, place(story, 1).state) == ("taken_back", "active")
    assert second.worker_id == story.workers[0].worker_id
    assert place(story, 0).state == "paused"


def test_a_proposed_removal_waits_for_a_manager(runtime: Runtime) -> None:
    story = begin(runtime, a_rule(Action.PROPOSE_REMOVAL))
    work(story)
    assert place(story, 1).state == "active"
    with pytest.raises(Refused, match="Say why"):
        decide(story, story.owner, accepts=True, sentence="no")
    assert decide(story, story.owner, accepts=True).state == "done"
    removed = place(story, 1)
    assert (removed.state, removed.state_reason) == ("removed", WHY)


def test_a_dismissed_proposal_changes_nothing(runtime: Runtime) -> None:
    story = begin(runtime, a_rule(Action.PROPOSE_REMOVAL))
    work(story)
    assert decide(story, story.owner, accepts=False).state == "dismissed"
    assert place(story, 1).state == "active"


def test_only_an_admin_suspends_and_no_rule_does(runtime: Runtime) -> None:
    story = begin(runtime, a_rule(Action.PROPOSE_SUSPENSION))
    work(story)
    with pytest.raises(Denied, match="An admin decides"):
        decide(story, story.owner, accepts=True)
    assert acts(story)[0].state == "open"


def test_no_rule_can_reject_or_suspend() -> None:
    assert not {"reject", "suspend", "remove"} & {str(action) for action in Action}


def test_held_answers_wait_for_a_person_although_others_agree(runtime: Runtime) -> None:
    story = begin(runtime, a_rule(Action.HOLD), workers=3)
    work(story)
    assert place(story, 1).answers_held
    stories.answer_all(story, lambda _worker, _text: "cat", 6)
    look(story)
    late = sorted(stories.assignments(story, 1).values(), key=lambda row: row.id)[10:]
    assert late and {row.state for row in late} == {"submitted"}
    decide(story, story.owner, accepts=False)
    assert not place(story, 1).answers_held


def test_training_lets_a_worker_go_on_once_passed(runtime: Runtime) -> None:
    story = begin(runtime)
    with runtime.database.unit_of_work(story.owner) as uow:
        owner = f"organisation:{uow.get(Job, story.job_id, 'no job').organisation_id}"
        question = {"id": "1", "text": "?", "options": ["cat", "dog"], "answer": "cat"}
        question["explanation"] = ""
        draft = exams.ExamDraft("Cats", "", [question], 100, 60, 0, True, "", name="Cats")
        exam_id = exams.create(uow, owner, draft).exam.id
    save(story, a_rule(Action.TRAIN, details={"exam_id": str(exam_id)}))
    work(story)
    assert "until you pass a training" in place(story, 1).state_reason
    with runtime.database.unit_of_work(story.workers[1]) as uow:
        who = make.worker_id(story.workers[1])
        sitting = sittings.start(uow, uow.get(Exam, exam_id, "no exam"), who)
        sittings.answer(uow, sitting, {"1": "cat"})
    chores.drain(runtime)
    assert (place(story, 1).state, acts(story)[0].state) == ("active", "done")


def test_a_qualification_is_granted_and_taken_back_with_its_evidence(runtime: Runtime) -> None:
    story = begin(runtime)
    with runtime.database.unit_of_work(story.owner) as uow:
        owner = f"organisation:{uow.get(Job, story.job_id, 'no job').organisation_id}"
        type_id = service.create_type(uow, owner, service.TypeDraft("Proven")).id
    good = (("count", ">=", 3), ("accuracy", ">=", 0.9))
    details = {"qualification_id": str(type_id), "value": 7}
    save(story, a_rule(Action.GRANT, *good, details=details))
    work(story)
    who = make.worker_id(story.workers[0])
    with runtime.database.unit_of_work() as uow:
        held = queries.current_grant(uow, type_id, who)
        assert held is not None and held.value == 7
    [done] = acts(story)
    assert done.worker_id == who
    decide(story, story.owner, accepts=False)
    with runtime.database.unit_of_work() as uow:
        assert queries.current_grant(uow, type_id, who) is None


def test_a_rule_on_skips_and_one_on_volume_read_what_people_did(runtime: Runtime) -> None:
    volume = a_rule(Action.WARN, ("answers_in_24_hours", ">=", 8), collector="volume", window=None)
    story = begin(runtime, volume)
    work(story, count=8)
    assert len(acts(story)) == 2
    assert {row.state for row in acts(story)} == {"open"}


def test_agreement_counts_only_what_two_others_said(runtime: Runtime) -> None:
    rule = a_rule(Action.WARN, ("count", ">=", 5), ("shortfall", ">", 0.3), collector="agreement")
    four = {"answers_min": 4, "answers_max": 4, "is_adaptive": False}
    story = begin(runtime, rule, workers=4, redundancy=four)
    stories.answer_all(story, lambda worker, _text: "dog" if worker == 3 else "cat", 20)
    look(story)
    assert {row.worker_id for row in acts(story)} == {story.workers[3].worker_id}


def test_a_trial_says_whom_a_rule_would_have_met_without_acting(runtime: Runtime) -> None:
    story = begin(runtime)
    work(story)
    work(story, count=4)
    with runtime.database.unit_of_work(story.owner) as uow:
        job = uow.get(Job, story.job_id, "no job")
        trial = trying.try_rule(uow, job, a_rule(Action.PAUSE))
    [met] = trial.met
    assert met.worker_id == story.workers[1].worker_id
    assert (met.evidence_before, met.gold_right, trial.workers) == (3, 0, 2)
    assert 0 < trial.answers_after < trial.answers
    assert acts(story) == [] and place(story, 1).state == "active"


def test_a_trial_and_the_live_rule_agree(runtime: Runtime) -> None:
    rule = a_rule(Action.PAUSE)
    story = begin(runtime)
    work(story)
    with runtime.database.unit_of_work(story.owner) as uow:
        trial = trying.try_rule(uow, uow.get(Job, story.job_id, "no job"), rule)
    save(story, rule)
    look(story)
    assert [row.worker_id for row in acts(story)] == [one.worker_id for one in trial.met]


def test_an_ended_rule_looks_at_nobody(runtime: Runtime) -> None:
    story = begin(runtime)
    saved = save(story, a_rule(Action.PAUSE))
    with runtime.database.unit_of_work(story.owner) as uow:
        editing.end(uow, uow.get(Job, story.job_id, "no job"), saved.row.id)
    work(story)
    assert acts(story) == []


def test_a_rule_on_more_checks_than_there_are_is_refused(runtime: Runtime) -> None:
    story = begin(runtime)
    codes = []
    for rule in (
        a_rule(Action.PAUSE, ("count", ">=", 11), window=20),
        a_rule(Action.TRAIN, details={"exam_id": str(story.job_id)}),
    ):
        with pytest.raises(DomainError) as refusal:
            save(story, rule)
        codes.append(refusal.value.code)
    assert codes == ["rule_gold_short", "not_found"]
