"""The gallery of ready interfaces: strangers look and try, requesters begin a job with one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kernel.identity import Identity
from kernel.runtime import Runtime
from marketplace.jobs import gallery, queries
from marketplace.jobs.models import Job
from tests.api.pages.conftest import Browser, Town

Browsing = Callable[[Identity], Browser]


def test_a_stranger_looks_at_all_and_tries_each(stranger: Browser) -> None:
    page = stranger.get("/gallery")
    for form in gallery.forms().values():
        assert f'href="/gallery/{form.name}"' in page
        shown = stranger.get(f"/gallery/{form.name}")
        assert 'data-part="preview"' in shown
        assert "Sign up to use it" in shown
    assert stranger.status("/gallery/nothing") == 404
    assert stranger.status("/gallery/sentiment?task=99") == 404


def test_sample_tasks_and_files_are_sent(stranger: Browser) -> None:
    tasks = stranger.client.get("/gallery/boxes/tasks.json")
    assert tasks.get_json() == [{"picture": "street.png"}]
    file = stranger.client.get("/gallery/samples/talk.wav", headers={"Range": "bytes=0-3"})
    assert (file.status_code, file.data) == (206, b"RIFF")
    file.close()
    assert stranger.client.get("/gallery/samples/..%2fforms%2fboxes.toml").status_code == 404


def test_programs_read_the_gallery(stranger: Browser) -> None:
    items = stranger.client.get("/api/v1/gallery").get_json()["items"]
    assert [item["name"] for item in items] == list(gallery.forms())
    form = stranger.client.get("/api/v1/gallery/receipt").get_json()
    assert form["interface"].startswith("<View>")
    assert {item["type"] for item in form["rows"][0]["result"]} == {"rectanglelabels", "textarea"}
    assert stranger.client.get("/api/v1/gallery/nothing").status_code == 404


@pytest.mark.parametrize("name", ["sentiment", "masks", "video-boxes"])
def test_a_job_begins_with_a_ready_interface(
    browsing: Browsing, town: Town, runtime: Runtime, name: str
) -> None:
    browser = browsing(town.requester)
    browser.get(f"/gallery/{name}")
    sent = browser.send(f"/gallery/{name}/jobs", organisation_id=str(town.organisation_id))
    assert sent.status_code == 303, sent.text
    job_id = sent.location.split("/")[2]
    with runtime.database.unit_of_work() as uow:
        job = uow.get(Job, job_id, "gone")
        form = gallery.form(name)
        text = queries.version(uow, job.id, queries.INTERFACE, job.interface_version).content
        assert (job.title, job.expected_seconds, text) == (
            form.title,
            form.expected_seconds,
            form.xml,
        )


def test_nobody_begins_a_job_for_others(browsing: Browsing, town: Town) -> None:
    browser = browsing(town.outsider)
    browser.get("/gallery/boxes")
    sent = browser.send("/gallery/boxes/jobs", organisation_id=str(town.organisation_id))
    assert sent.status_code == 404
