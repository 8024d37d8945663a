"""Exports: the same rows give the same bytes, and what is taken is approved."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from kernel import chores
from kernel.errors import Conflict
from kernel.money import Money
from kernel.runtime import Runtime
from marketplace.jobs.models import Job
from marketplace.review import exporting, queries, reviewing
from marketplace.review.models import Export
from marketplace.review.states import ExportState
from tests import factories as make
from tests.service.review import stories

BY_HAND = {"mode": "by_hand"}
GOLD = {"every": 2, "first": 1, "minimum": "0.6", "error_rate": "0.01", "feedback": False}


# A sequence keeps its count when the transaction that used it fails.
FAIL_ONCE = """
CREATE SEQUENCE attempts;
CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('attempts') = 1 THEN
        RAISE EXCEPTION 'try again' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fail_once BEFORE UPDATE ON exports FOR EACH ROW EXECUTE FUNCTION fail_once();
"""


def answered(runtime: Runtime, **settings: Any) -> stories.Story:
    """Publish three tasks and a gold, and settle two answers to each."""
    tasks = [make.a_task(text) for text in ("=1+1", "text 2", "text 3")]
    tasks.append(make.a_task("check", gold="cat"))
    story = stories.begin(runtime, tasks, approval=BY_HAND, gold=GOLD, **settings)
    stories.answer_all(story, lambda _worker, text: "dog" if text == "text 2" else "cat")
    stories.settle(story)
    return story


def ask(story: stories.Story, *wanted: str | None) -> UUID:
    """Ask for an export and let it be written."""
    with story.runtime.database.unit_of_work(story.owner) as uow:
        job = uow.get(Job, story.job_id, "no job")
        export_id = exporting.ask(uow, job, exporting.Wanted(*wanted)).id  # type: ignore[arg-type]
    chores.drain(story.runtime)
    return export_id


def export(story: stories.Story, export_id: UUID) -> Export:
    """Return an export as it is now."""
    with story.runtime.database.unit_of_work() as uow:
        return queries.export(uow, export_id)


def content(story: stories.Story, export_id: UUID) -> bytes:
    """Return the file of an export."""
    done = export(story, export_id)
    assert done.state == ExportState.DONE and done.digest is not None
    return b"".join(story.runtime.storage.chunks(done.digest))


def lines(story: stories.Story, export_id: UUID) -> list[dict[str, Any]]:
    """Read an export as JSON Lines."""
    return [json.loads(line) for line in content(story, export_id).splitlines()]


def test_labels_come_in_the_order_of_import_without_gold(runtime: Runtime) -> None:
    story = answered(runtime)
    rows = lines(story, ask(story, "jsonl", "labels"))
    assert [(row["data"]["text"], row["value"]) for row in rows] == [
        ("=1+1", "cat"),
        ("text 2", "dog"),
        ("text 3", "cat"),
    ]
    assert {row["state"] for row in rows} == {"final"}
    assert {row["answers_count"] for row in rows} == {2}


def test_the_same_rows_give_the_same_bytes(runtime: Runtime) -> None:
    story = answered(runtime)
    for wanted in (("jsonl", "labels"), ("csv", "labels"), ("jsonl", "answers")):
        first, second = ask(story, *wanted), ask(story, *wanted)
        assert export(story, first).digest == export(story, second).digest


def test_taking_labels_approves_the_answers_they_rest_on(runtime: Runtime) -> None:
    story = answered(runtime)
    ask(story, "jsonl", "labels")
    rows = stories.assignments(story).values()
    assert {str(row.state) for row in rows if not row.gold_version} == {"approved"}
    assert all(row.taken_at for row in rows if not row.gold_version)
    assert all(label.taken_at for label in stories.labels(story).values())
    plain = sum(1 for row in stories.assignments(story, 0).values() if not row.gold_version)
    assert stories.earned(story, 0) == Money.parse("0.10", "USD") * plain


def test_asking_for_an_export_takes_nothing_before_it_is_written(runtime: Runtime) -> None:
    story = answered(runtime)
    with runtime.database.unit_of_work(story.owner) as uow:
        job = uow.get(Job, story.job_id, "no job")
        exporting.ask(uow, job, exporting.Wanted("jsonl", "labels"))
    assert set(stories.states(story)) == {"submitted"}


def test_a_rejected_answer_is_never_exported(runtime: Runtime) -> None:
    story = answered(runtime)
    plain = [key for key, row in stories.assignments(story, 0).items() if not row.gold_version]
    stories.decide(story, stories.rejection(plain[0]))
    rows = lines(story, ask(story, "jsonl", "answers"))
    assert plain[0] not in {row["answer_id"] for row in rows}
    assert len(rows) == 5


def test_answers_name_their_worker_by_pseudonym_only(runtime: Runtime) -> None:
    story = answered(runtime)
    text = content(story, ask(story, "jsonl", "answers")).decode()
    for worker in story.workers:
        assert str(worker.worker_id) not in text and str(worker.user_id) not in text


def test_a_cell_is_never_a_formula(runtime: Runtime) -> None:
    tasks = [make.a_task("text 1", external_id="=cmd()"), make.a_task("text 2", external_id="b,\n")]
    story = stories.begin(runtime, tasks, approval=BY_HAND)
    for worker in (0, 1):
        stories.answer(story, worker, "cat", "dog")
    stories.settle(story)
    text = content(story, ask(story, "csv", "labels")).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["external_id"] for row in rows] == ["'=cmd()", "b,\n"]
    assert [row["value"] for row in rows] == ["cat", "dog"]


def test_the_name_of_a_release_is_used_once_in_a_job(runtime: Runtime) -> None:
    story = answered(runtime)
    ask(story, "jsonl", "labels", "v1")
    with pytest.raises(Conflict, match="v1"):
        ask(story, "csv", "labels", "v1")
    other = answered(runtime)
    ask(other, "jsonl", "labels", "v1")


def test_writing_an_export_twice_keeps_the_first_file(runtime: Runtime) -> None:
    story = answered(runtime)
    export_id = ask(story, "jsonl", "labels")
    before = export(story, export_id)
    exporting.write(runtime.database, runtime.storage, export_id)
    after = export(story, export_id)
    assert (before.digest, before.state_at) == (after.digest, after.state_at)


def test_a_batch_that_is_tried_again_is_in_the_file_once(runtime: Runtime) -> None:
    story = answered(runtime)
    with runtime.database.unit_of_work() as uow:
        uow.session.execute(text(FAIL_ONCE))
    try:
        rows = lines(story, ask(story, "jsonl", "labels"))
    finally:
        with runtime.database.unit_of_work() as uow:
            tried = uow.session.scalar(text("SELECT last_value FROM attempts"))
            uow.session.execute(text("DROP FUNCTION fail_once CASCADE; DROP SEQUENCE attempts"))
    assert tried >= 2, "the first attempt failed after its rows were written"
    assert [row["data"]["text"] for row in rows] == ["=1+1", "text 2", "text 3"]


def test_a_reviewers_word_stays_and_settles_the_task(runtime: Runtime) -> None:
    story = stories.begin(runtime, make.some_tasks(1), redundancy=stories.ADAPTIVE)
    stories.answer(story, 0, "cat")
    stories.answer(story, 1, "dog")
    stories.settle(story)
    task = stories.tasks(story)["text 1"]
    assert task.slots_open == 1
    with runtime.database.unit_of_work(story.owner) as uow:
        job = uow.get(Job, story.job_id, "no job")
        reviewing.set_label(uow, job, task.id, "animal", "dog")
    chores.drain(runtime)
    label = stories.labels(story)["text 1"]
    assert (label.value, float(label.confidence), label.needs_review) == ("dog", 1.0, False)
    assert (label.version, label.reviewed_by) == (2, story.owner.user_id)
    assert stories.tasks(story)["text 1"].slots_open == 0
    assert stories.job(story).state == "completed"
    [row] = lines(story, ask(story, "jsonl", "labels"))
    assert (row["value"], row["is_reviewed"]) == ("dog", True)
