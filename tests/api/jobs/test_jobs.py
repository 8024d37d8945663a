"""Posting jobs over HTTP: the whole way from a draft to a closed job, and who may do it."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask

from kernel.runtime import Runtime
from kernel.types import new_id
from tests.api.asking import Asking
from tests.api.jobs.posting import DRAFT, code_of, draft, import_rows
from tests.service.jobs import builders
from tests.service.jobs.builders import Buyer


def test_a_job_goes_from_draft_to_closed(runtime: Runtime, asking: Asking, buyer: Buyer) -> None:
    job = draft(asking, buyer)
    content = b"text,known\none,\ntwo,\ncheck,cat\n"
    assert import_rows(runtime, asking, buyer, job, content)["rows_added"] == 3
    client = asking(buyer.identity)
    at = f"/api/v1/jobs/{job}"
    quote = client.get(f"{at}/quote").json
    assert quote["answer_cost"] == {"amount": "0.1150", "currency": "USD"}
    assert code_of(client.post(f"{at}/publish")) == (422, "job_unfunded")
    paid = client.post(f"{at}/fundings", json={"amount": quote["missing_max"]})
    assert paid.status_code == 201 and paid.json["missing_max"]["amount"] == "0.0000"
    published = client.post(f"{at}/publish").json
    assert (published["state"], published["tasks"]) == ("open", {"open": 2})
    assert client.post(f"{at}/pause", json={"reason": "Lunch."}).json["state"] == "paused"
    assert client.post(f"{at}/resume").json["state"] == "open"
    price = {"reward": {"amount": "0.11", "currency": "USD"}}
    assert client.post(f"{at}/price", json=price).json["price_version"] == 2
    told = client.post(f"{at}/guidelines", json={"content": "More."}).json
    assert (told["guidelines"], told["guidelines_version"]) == ("More.", 2)
    assert client.post(f"{at}/close").json["state"] == "closed"
    assert code_of(client.post(f"{at}/resume")) == (409, "job_not_paused")
    with runtime.database.unit_of_work() as uow:
        assert builders.balance(uow, buyer) == builders.usd("100")


def test_a_job_is_shown_as_it_was_posted(asking: Asking, buyer: Buyer) -> None:
    shown = asking(buyer.identity).get(f"/api/v1/jobs/{draft(asking, buyer)}").json
    for name in ("title", "currency", "interface", "guidelines", "expected_seconds"):
        assert shown[name] == DRAFT[name]
    assert shown["reward"] == {"amount": "0.1000", "currency": "USD"}
    assert shown["redundancy"] == {
        "answers_min": 2,
        "answers_max": 3,
        "is_adaptive": True,
        "confidence": 0.9,
        "reopenings_max": 2,
    }
    assert shown["gold"]["first"] == 1 and shown["approval"]["mode"] == "agreement"
    assert shown["requirements"][0]["value"] == ["DE", "FR"]


def test_jobs_are_listed_page_by_page_newest_first(asking: Asking, buyer: Buyer) -> None:
    ids = [draft(asking, buyer) for _ in range(3)]
    client = asking(buyer.identity)
    first = client.get("/api/v1/jobs?limit=2").json
    rest = client.get(f"/api/v1/jobs?limit=2&cursor={first['next_cursor']}").json
    assert [each["id"] for each in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None


def test_tasks_are_listed_and_shown_with_their_places(
    runtime: Runtime, asking: Asking, buyer: Buyer
) -> None:
    job = draft(asking, buyer)
    import_rows(runtime, asking, buyer, job, b"text\none\ntwo\n")
    client = asking(buyer.identity)
    items = client.get(f"/api/v1/jobs/{job}/tasks").json["items"]
    assert [each["data"]["text"] for each in items] == ["one", "two"]
    shown = client.get(f"/api/v1/jobs/{job}/tasks/{items[0]['id']}").json
    assert (shown["state"], shown["answers_wanted"], shown["answers_max"]) == ("waiting", 0, 3)


def test_a_broken_row_is_named_and_handed_back(
    runtime: Runtime, asking: Asking, buyer: Buyer
) -> None:
    job = draft(asking, buyer)
    failed = import_rows(runtime, asking, buyer, job, b"text,known\none,horse\n")
    assert failed["state"] == "failed" and failed["rows_added"] == 0
    problem = failed["report"]["problems"][0]
    assert (problem["row"], problem["field"]) == (2, "known")
    assert "problem_rows" not in failed["report"]
    rows = asking(buyer.identity).get(f"/api/v1/imports/{failed['id']}/problems.csv")
    assert rows.mimetype == "text/csv" and b"one,horse" in rows.data


def test_bytes_that_are_not_utf8_are_named(runtime: Runtime, asking: Asking, buyer: Buyer) -> None:
    failed = import_rows(runtime, asking, buyer, draft(asking, buyer), b"text\n\xff\xfe\xff\n")
    assert [each["code"] for each in failed["report"]["problems"]] == ["row_not_utf8"]


def test_a_file_in_a_form_is_imported_too(runtime: Runtime, asking: Asking, buyer: Buyer) -> None:
    job = draft(asking, buyer)
    client = asking(buyer.identity)
    at = f"/api/v1/jobs/{job}/imports"
    form = {"file": (io.BytesIO(b'{"text": "one"}\n'), "tasks.jsonl")}
    asked = client.post(at, data=form).json
    assert (asked["filename"], asked["format"]) == ("tasks.jsonl", "jsonl")
    assert code_of(client.post(at, data={"other": (io.BytesIO(b"x"), "x")})) == (
        422,
        "file_missing",
    )


def test_a_body_that_is_too_large_is_refused(app: Flask, asking: Asking, buyer: Buyer) -> None:
    job = draft(asking, buyer)
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    client = asking(buyer.identity)
    for content in (b"text\n" + b"a" * 2_000, {"file": (io.BytesIO(b"a" * 2_000), "a.csv")}):
        answer = client.post(f"/api/v1/jobs/{job}/imports", data=content)
        assert code_of(answer) == (413, "body_too_large")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reward": {"amount": 0.1, "currency": "USD"}}, "bad_input"),
        ({"reward": {"amount": "-1", "currency": "USD"}}, "reward_range"),
        ({"title": ""}, "bad_input"),
        ({"title": "a\0b"}, "bad_input"),
        ({"currency": "XXX"}, "bad_input"),
        ({"surprise": 1}, "bad_input"),
        ({"redundancy": {"answers_min": 0}}, "bad_input"),
        ({"redundancy": {"confidence": "NaN"}}, "bad_input"),
        ({"redundancy": {"confidence": 1}}, "bad_input"),
        ({"redundancy": {"answers_min": 6}}, "answers_range"),
        ({"interface": "<View><Oops/></View>"}, "interface_tag_unknown"),
        ({"interface": "no xml"}, "interface_not_xml"),
        ({"guidelines": "a" * 60_000}, "guidelines_too_long"),
        (
            {"requirements": [{"qualification": str(new_id()), "comparison": "exists"}]},
            "requirement_unknown",
        ),
    ],
)
def test_a_draft_with_a_mistake_is_refused(
    asking: Asking, buyer: Buyer, changes: dict[str, Any], code: str
) -> None:
    body = DRAFT | {"organisation_id": str(buyer.organisation_id)} | changes
    answer = asking(buyer.identity).post("/api/v1/jobs", json=body)
    assert answer.status_code == 422
    assert code in ("bad_input", code_of(answer)[1])


def test_an_image_is_uploaded_and_served_with_ranges(asking: Asking, buyer: Buyer) -> None:
    at = f"/api/v1/jobs/{draft(asking, buyer)}/media"
    client = asking(buyer.identity)
    content = builders.an_image("JPEG", (60, 40))
    sent = client.post(at, data={"file": [(io.BytesIO(content), "cat.jpg")]})
    assert sent.status_code == 201 and sent.json[0]["mimetype"] == "image/jpeg"
    shown = client.get(f"{at}/cat.jpg")
    assert shown.data == content and shown.content_length == len(content)
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "private" in shown.headers["Cache-Control"]
    part = client.get(f"{at}/cat.jpg", headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.data == content[10:20]
    again = client.get(f"{at}/cat.jpg", headers={"If-None-Match": shown.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""
    beyond = client.get(f"{at}/cat.jpg", headers={"Range": f"bytes={len(content)}-"})
    assert beyond.status_code == 416


def test_a_broken_image_is_refused_with_its_name(asking: Asking, buyer: Buyer) -> None:
    at = f"/api/v1/jobs/{draft(asking, buyer)}/media"
    broken = {"file": (io.BytesIO(builders.an_image(size=(90, 90))[:-40]), "cat.png")}
    answer = asking(buyer.identity).post(at, data=broken)
    assert code_of(answer) == (422, "media_broken") and "cat.png" in answer.json["detail"]


def test_a_funding_sent_twice_with_one_key_is_done_once(
    runtime: Runtime, asking: Asking, buyer: Buyer
) -> None:
    job = draft(asking, buyer)
    body = {"amount": {"amount": "5", "currency": "USD"}}
    for _ in range(2):
        answer = asking(buyer.identity).post(
            f"/api/v1/jobs/{job}/fundings", json=body, headers={"Idempotency-Key": "one"}
        )
        assert answer.status_code == 201
    with runtime.database.unit_of_work() as uow:
        assert builders.balance(uow, buyer) == builders.usd("95")


def test_more_than_the_balance_holds_is_not_funded(asking: Asking, buyer: Buyer) -> None:
    body = {"amount": {"amount": "100.01", "currency": "USD"}}
    at = f"/api/v1/jobs/{draft(asking, buyer)}/fundings"
    assert code_of(asking(buyer.identity).post(at, json=body)) == (422, "funds_short")
