"""Every kind of answer goes all the way: imported, answered, checked, labeled, exported."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from consensus.questions import Question
from kernel.runtime import Runtime
from kernel.types import encode_pair
from marketplace.assignments import submitting
from marketplace.jobs import interface, publishing, queries
from marketplace.jobs.intake import media
from marketplace.jobs.models import Job
from marketplace.quality.board import dashboard
from marketplace.review import exporting
from qualification import trust
from tests import factories as make
from tests.service.jobs import builders
from tests.service.review import stories
from tests.service.review.test_exporting import ask, content, lines

OBJECTS = {
    "text": '<Text name="t" value="$text"/>',
    "image": '<Text name="w" value="$text"/><Image name="t" value="$picture"/>',
    "pair": '<Text name="t" value="$text"/><Text name="u" value="$text"/>',
    "list": '<Header value="$text"/><List name="t" value="$items"/>',
}
TEXT = "Ada works at Acme."
ITEMS = [{"id": "x"}, {"id": "y"}, {"id": "z"}]
LABELS = '<Labels name="c" toName="t"><Label value="PER"/><Label value="ORG"/></Labels>'
BOXES = '<RectangleLabels name="c" toName="t"><Label value="car"/></RectangleLabels>'
CHOICES = (
    '<Choices name="c" toName="t" choice="multiple">'
    '<Choice value="a"/><Choice value="b"/><Choice value="d"/></Choices>'
)
GOLD = {"every": 2, "first": 1, "minimum": "0.6", "error_rate": "0.01", "feedback": False}
FIXED = {"answers_min": 3, "answers_max": 3, "is_adaptive": False}


def span(start: int, end: int, name: str) -> dict[str, Any]:
    return {"start": start, "end": end, "class": name}


def box(x: float) -> dict[str, Any]:
    return {"x": x, "y": 10, "width": 20, "height": 20, "rotation": 0, "class": "car"}


FAMILIES = {
    "choices": ("text", CHOICES, [["a", "b"], ["a", "b"], ["d"]], ["a", "b"]),
    "rating": ("text", '<Rating name="c" toName="t"/>', [4, 4, 1], 4),
    "number": ("text", '<Number name="c" toName="t" min="0" max="100"/>', [40.0, 41.0, 90.0], 41.0),
    "text": ("text", '<TextArea name="c" toName="t"/>', ["a cat", "a cat", "dogs!"], "a cat"),
    "spans": (
        "text",
        LABELS,
        [[span(0, 3, "PER")], [span(0, 3, "PER")], [span(13, 17, "ORG")]],
        [span(0, 3, "PER")],
    ),
    "boxes": ("image", BOXES, [[box(10)], [box(11)], [box(70)]], [box(10.5)]),
    "pairwise": ("pair", '<Pairwise name="c" toName="t,u"/>', ["left", "left", "right"], "left"),
    "ranking": (
        "list",
        '<Ranker name="c" toName="t"/>',
        [["x", "y", "z"], ["x", "y", "z"], ["z", "y", "x"]],
        ["x", "y", "z"],
    ),
}


def begin(runtime: Runtime, shown: str, control: str, known: Any) -> stories.Story:
    """Import one task and one check with a known answer, and publish the job."""
    with runtime.database.unit_of_work() as uow:
        buyer = builders.a_buyer(uow, "1000")
        job = builders.a_draft(
            uow,
            buyer,
            interface=f"<View>{OBJECTS[shown]}{control}</View>",
            gold=GOLD,
            redundancy=FIXED,
            approval={"mode": "agreement"},
        )
        people = [make.a_worker(uow) for _ in range(3)]
        picture = media.Upload("p.png", io.BytesIO(builders.an_image()))
        media.add(uow, job, runtime.storage, [picture])
    data = {"text": TEXT, "picture": "p.png", "items": ITEMS}
    data = {name: part for name, part in data.items() if f"${name}" in OBJECTS[shown]}
    rows = [data, data | {"text": TEXT + " Bob too.", "known": {"c": known}}]
    done = builders.run_import(runtime, buyer, job, builders.as_lines(rows))
    assert done.state == "done", done.report
    with runtime.database.unit_of_work(buyer.identity) as uow:
        publishing.fund(uow, job, builders.usd("100"))
        publishing.publish(uow, job)
    return stories.Story(runtime, job.id, buyer.identity, people)


def hand_in(story: stories.Story, worker: int, value: Any) -> None:
    """Let a worker answer everything there is with one value, as a form would send it."""
    database, who = story.runtime.database, story.workers[worker]
    shape = shape_of(story)
    for claim in make.claim(database, who, story.job_id, 5):
        result = interface.written(shape, {"c": value}, claim.data)
        given = submitting.Given(encode_pair(claim.job_id, claim.id), result, 5)
        [outcome] = make.submit(database, who, given)
        assert outcome.status == "accepted", outcome.detail


def asked(story: stories.Story) -> Question:
    """Return what the job asks."""
    return interface.questions(shape_of(story))["c"]


def shape_of(story: stories.Story) -> interface.Interface:
    """Return the interface of the job."""
    with story.runtime.database.unit_of_work() as uow:
        job = uow.get(Job, story.job_id, "no job")
        return queries.interface_of(uow, job.id, job.interface_version)


@pytest.mark.parametrize("kind", FAMILIES)
def test_a_job_of_each_kind_goes_from_import_to_export(runtime: Runtime, kind: str) -> None:
    shown, control, values, wanted = FAMILIES[kind]
    story = begin(runtime, shown, control, values[0])
    for worker, value in enumerate(values):
        hand_in(story, worker, value)
    stories.settle(story)
    [label], question = stories.labels(story).values(), asked(story)
    assert question.name == kind
    assert (label.answers_count, 0 < label.confidence <= 1) == (3, True)
    assert question.takes(label.value) and question.is_same(label.value, wanted)
    people = [make.worker_id(each) for each in story.workers]
    with runtime.database.unit_of_work() as uow:
        golds = trust.skills(uow, story.job_id)
    counts = [(golds[each].right, golds[each].wrong) for each in people]
    assert counts == [(1, 0), (1, 0), (0, 1)]
    states = [set(stories.states(story, worker)) for worker in range(3)]
    assert "approved" in states[0] & states[1] and states[2] == {"submitted"}
    [row] = lines(story, ask(story, "jsonl", "labels"))
    said = [item["value"] for item in row["result"]]
    assert question.kind.read(said, question.terms) == row["value"] == label.value
    assert row["result"] == interface.written(shape_of(story), {"c": label.value}, row["data"])
    [_, cells] = csv.reader(io.StringIO(content(story, ask(story, "csv", "labels")).decode()))
    cell = cells[exporting.COLUMNS[exporting.LABELS].index("value")]
    assert (cell if isinstance(label.value, str) else json.loads(cell)) == label.value


@pytest.mark.parametrize(("third", "decided"), [(1, "submitted"), (4, "approved")])
def test_others_who_tie_approve_nobody(runtime: Runtime, third: int, decided: str) -> None:
    """Of two others who differ one says the same, whichever of them becomes the label."""
    story = begin(runtime, "text", '<Rating name="c" toName="t"/>', 4)
    for worker, value in enumerate([4, 4, third]):
        hand_in(story, worker, value)
    stories.settle(story)
    plain = [one for one in stories.assignments(story, 0).values() if one.gold_version is None]
    assert [one.state for one in plain] == [decided]


@pytest.mark.parametrize("kind", ["spans", "number", "choices"])
def test_the_dashboard_of_each_kind_shows_what_applies(runtime: Runtime, kind: str) -> None:
    shown, control, values, _wanted = FAMILIES[kind]
    story = begin(runtime, shown, control, values[0])
    for worker, value in enumerate(values):
        hand_in(story, worker, value)
    stories.settle(story)
    with runtime.database.unit_of_work() as uow:
        board = dashboard.dashboard(uow, uow.get(Job, story.job_id, "no job"))
    assert (board.control, board.kind, board.classes) == ("c", kind, ())
    assert (board.gold.right, board.gold.seen, len(board.people)) == (2, 3, 3)
    assert board.likeness and all(value is None or value <= 1 for value in board.likeness.values())
    assert [row.value for row in board.doubtful] == [stories.labels(story)[TEXT].value]
