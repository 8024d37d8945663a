"""Qualifications and exams over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from kernel.db import Database
from kernel.identity import STRANGER, Identity
from kernel.types import new_id
from tests.api.asking import Asking
from tests.service.qualification import builders as b

EXAM: dict[str, Any] = {
    "name": "Ears",
    "title": "Cats and dogs",
    "guidelines": "Look at the ears.",
    "questions": b.questions("cat", "dog", "cat", "dog"),
    "pass_mark": 75,
    "seconds_max": 120,
    "retry_seconds": 3_600,
}
RIGHT = {"q1": "cat", "q2": "dog", "q3": "cat", "q4": "dog"}


def home(manager: Identity) -> str:
    [organisation] = manager.roles
    return f"/api/v1/organisations/{organisation}"


@pytest.fixture
def worker(database: Database) -> Identity:
    """A signed-in worker."""
    with database.unit_of_work() as uow:
        return Identity(user_id=new_id(), worker_id=b.a_worker(uow).id)


@pytest.fixture
def exam_id(asking: Asking, manager: Identity) -> str:
    """An exam made over HTTP."""
    answer = asking(manager).post(f"{home(manager)}/exams", json=EXAM)
    assert (answer.status_code, answer.json["warnings"]) == (201, [])
    return str(answer.json["id"])


def test_a_worker_earns_a_qualification_by_its_exam(
    asking: Asking, manager: Identity, worker: Identity, exam_id: str
) -> None:
    client = asking(worker)
    shown = client.get(f"/api/v1/exams/{exam_id}").json
    assert shown["questions_count"] == 4
    assert "questions" not in shown
    started = client.post(f"/api/v1/exams/{exam_id}/sittings")
    assert started.status_code == 201
    assert "answer" not in started.get_data(as_text=True)
    assert "It is a cat" not in started.get_data(as_text=True)
    sitting = started.json["id"]
    done = client.post(f"/api/v1/sittings/{sitting}/answers", json={"answers": RIGHT})
    assert done.status_code == 200
    assert (done.json["state"], done.json["score"], done.json["feedback"]) == ("passed", 100, None)
    [line] = asking(manager).get(f"{home(manager)}/qualifications").json["items"]
    assert (line["name"], line["exam_id"]) == ("Ears", exam_id)


def test_a_sitting_is_hidden_from_other_workers(
    asking: Asking, worker: Identity, exam_id: str
) -> None:
    sitting = asking(worker).post(f"/api/v1/exams/{exam_id}/sittings").json["id"]
    other = Identity(user_id=new_id(), worker_id=new_id())
    answer = asking(other).post(f"/api/v1/sittings/{sitting}/answers", json={"answers": RIGHT})
    assert answer.status_code == 404


def test_a_refused_exam_says_why_in_a_sentence(asking: Asking, manager: Identity) -> None:
    answer = asking(manager).post(f"{home(manager)}/exams", json={**EXAM, "questions": []})
    assert (answer.status_code, answer.json["code"]) == (422, "exam_empty")
    assert answer.json["detail"] == "An exam needs one question or more."


def test_images_of_questions_come_over_https_only(asking: Asking, manager: Identity) -> None:
    for address, status in (
        ("https://pictures.example/1.png", 201),
        ("http://pictures.example/1.png", 422),
        ("javascript:alert(1)", 422),
    ):
        question = {**b.questions("cat")[0], "image": address}
        exam = {**EXAM, "name": address, "questions": [question]}
        assert asking(manager).post(f"{home(manager)}/exams", json=exam).status_code == status


def test_a_manager_grants_and_takes_back(
    asking: Asking, manager: Identity, worker: Identity
) -> None:
    client = asking(manager)
    made = client.post(f"{home(manager)}/qualifications", json={"name": "By hand"})
    assert made.status_code == 201
    grants = f"/api/v1/qualifications/{made.json['id']}/grants"
    given = client.post(grants, json={"worker_id": str(worker.worker_id), "value": 7})
    assert (given.status_code, given.json["value"]) == (201, 7)
    assert client.delete(f"{grants}/{worker.worker_id}").status_code == 204
    assert client.delete(f"{grants}/{worker.worker_id}").status_code == 404


def test_a_worker_asks_for_what_everybody_gets(
    asking: Asking, manager: Identity, worker: Identity
) -> None:
    free = {"name": "Free", "grants_automatically": True}
    made = asking(manager).post(f"{home(manager)}/qualifications", json=free).json["id"]
    answer = asking(worker).post(f"/api/v1/qualifications/{made}/requests")
    assert (answer.status_code, answer.json["worker_id"]) == (201, str(worker.worker_id))


def test_other_organisations_see_nothing(asking: Asking, manager: Identity) -> None:
    other = Identity(user_id=new_id(), roles={new_id(): "owner"})
    for path in ("qualifications", "exams"):
        answer = asking(other).post(f"{home(manager)}/{path}", json=EXAM)
        assert answer.status_code in (404, 405)
    assert asking(other).get(f"{home(manager)}/qualifications").status_code == 404


def test_strangers_are_asked_to_sign_in(asking: Asking, exam_id: str) -> None:
    assert asking(STRANGER).get(f"/api/v1/exams/{exam_id}").json["code"] == "sign_in_needed"


def test_a_key_is_seen_and_an_exam_versioned_by_its_makers_only(
    asking: Asking, manager: Identity, worker: Identity, exam_id: str
) -> None:
    address = f"/api/v1/exams/{exam_id}"
    assert asking(worker).get(f"{address}/key").status_code == 404
    key = asking(manager).get(f"{address}/key").get_json()
    assert [line["answer"] for line in key["lines"]] == ["cat", "dog", "cat", "dog"]
    assert (key["passed"]["value"], key["exam"]["version"]) == (None, 1)
    version = {name: value for name, value in EXAM.items() if name != "name"}
    made = asking(manager).post(f"{address}/versions", json=version | {"title": "Ears again"})
    assert (made.status_code, made.json["qualification_id"]) == (
        201,
        key["exam"]["qualification_id"],
    )
    newer = f"/api/v1/exams/{made.json['id']}"
    refused = asking(worker).post(f"{address}/sittings")
    assert (refused.status_code, refused.json["code"]) == (409, "exam_closed")
    assert asking(manager).post(f"{newer}/close").json["closed_at"]
    assert asking(manager).post(f"{newer}/open").json["closed_at"] is None
    assert asking(worker).post(f"{newer}/close").status_code == 404
