"""Answers drawn as they were given, and labels and checks corrected on their task."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel import chores
from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.assignments.handout.claiming import Claim
from marketplace.assignments.models import Assignment
from marketplace.jobs.models import Task
from marketplace.review.models import Label
from tests import factories
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]
NAMES = """<View><Labels name="names" toName="text"><Label value="person"/></Labels>
  <Text name="text" value="$text"/></View>"""
TEXT = "Ada met Grace."


def a_name(start: int, end: int) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": TEXT[start:end], "labels": ["person"]}
    return {"from_name": "names", "to_name": "text", "type": "labels", "value": value}


@pytest.fixture
def marked(town: Town, runtime: Runtime) -> tuple[Town, Claim]:
    """The town after its worker has marked one of the two names of a text."""
    database = runtime.database
    with database.unit_of_work() as uow:
        settings = {"title": "Names", "interface": NAMES}
        tasks = [{"data": {"text": TEXT}}]
        job = factories.a_published_job(uow, tasks, settings=settings)
        organisation_id, job_id = job.organisation_id, job.id
    [claim] = factories.claim(database, town.worker, job_id, 1)
    answer = replace(factories.given(claim), result=[a_name(0, 3)])
    factories.submit(database, town.worker, answer)
    database.clock.advance(timedelta(minutes=2))
    chores.drain(runtime)
    roles = {organisation_id: next(iter(town.requester.roles.values()))}
    requester = replace(town.requester, roles=roles, organisation_names={organisation_id: "Acme"})
    return replace(town, requester=requester, job_id=job_id), claim


def task_of(runtime: Runtime, claim: Claim) -> UUID:
    with runtime.database.unit_of_work() as uow:
        return uow.get(Assignment, (claim.job_id, claim.id), "gone").task_id


def test_an_answer_is_drawn_for_both_sides_and_for_nobody_else(
    browsing: Browsing, marked: tuple[Town, Claim]
) -> None:
    town, claim = marked
    address = f"/answers/{claim.outward_id}"
    for person in (town.worker, town.requester, town.admin):
        page = browsing(person).get(address)
        assert "task-readonly" in page
        assert "&#34;text&#34;: &#34;Ada&#34;" in page
    assert browsing(town.outsider).status(address) == 404
    assert "The label" not in browsing(town.worker).get(address)


def test_a_label_of_marks_is_corrected_on_the_task(
    browsing: Browsing, marked: tuple[Town, Claim], runtime: Runtime
) -> None:
    town, claim = marked
    task_id = task_of(runtime, claim)
    address = f"/jobs/{town.job_id}/tasks/{task_id}"
    browser = browsing(town.requester)
    assert 'data-part="correct"' in browser.get(f"{address}/correct")
    both = json.dumps([a_name(0, 3), a_name(8, 13)])
    assert browser.send(f"{address}/correct", result=both).location == address
    with runtime.database.unit_of_work() as uow:
        label = uow.session.get(Label, (town.job_id, task_id, "names"))
        assert label is not None
        assert {(span["start"], span["end"]) for span in label.value} == {(0, 3), (8, 13)}
        assert label.reviewed_by == town.requester.user_id
    again = browser.send(f"{address}/correct", result=both)
    assert again.status_code == 422
    assert "Nothing is changed yet." in again.text


def test_a_correction_that_is_no_answer_is_refused_with_a_sentence(
    browsing: Browsing, marked: tuple[Town, Claim], runtime: Runtime
) -> None:
    town, claim = marked
    address = f"/jobs/{town.job_id}/tasks/{task_of(runtime, claim)}/correct"
    browser = browsing(town.requester)
    browser.get(address)
    outside = json.dumps([a_name(8, 13) | {"to_name": "nothing"}])
    assert "must be about" in browser.send(address, result=outside).text
    assert "list of result items" in browser.send(address, result="[").text


def test_a_check_is_corrected_on_its_task_by_a_plain_form(
    browsing: Browsing, town: Town, runtime: Runtime
) -> None:
    with runtime.database.unit_of_work() as uow:
        checks = select(Task).where(Task.job_id == town.job_id, Task.known.isnot(None))
        found = uow.session.scalars(checks.order_by(Task.id)).first()
        assert found is not None and found.known is not None
        [(control, before)] = found.known.items()
        key = (town.job_id, found.id)
    after = "dog" if before == "cat" else "cat"
    address = f"/jobs/{town.job_id}/tasks/{key[1]}"
    browser = browsing(town.requester)
    assert "Correct the check" in browser.get(f"{address}/correct")
    assert browser.send(f"{address}/correct", **{control: after}).location == address
    with runtime.database.unit_of_work() as uow:
        assert uow.get(Task, key, "gone").known == {control: after}


@pytest.mark.parametrize("is_told", [True, False])
def test_the_known_answer_of_a_check_is_drawn_where_the_job_tells_it(
    browsing: Browsing, town: Town, runtime: Runtime, is_told: bool
) -> None:
    database = runtime.database
    with database.unit_of_work() as uow:
        settings = {"gold": {"first": 1, "every": 2, "feedback": is_told}}
        tasks = factories.some_tasks(4, gold=2)
        job_id = factories.a_published_job(uow, tasks, settings=settings).id
    claims = factories.claim(database, town.worker, job_id, 3)
    with database.unit_of_work() as uow:
        rows = [uow.get(Assignment, (each.job_id, each.id), "gone") for each in claims]
        checks = {row.id for row in rows if row.gold_version is not None}
    check = next(each for each in claims if each.id in checks)
    factories.submit(database, town.worker, factories.given(check, "dog"))
    page = browsing(town.worker).get(f"/answers/{check.outward_id}")
    assert ("The known answer" in page) is is_told
