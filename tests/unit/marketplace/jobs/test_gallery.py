"""Ready interfaces: each can be used as it is, and its sample answers are answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kernel.errors import Missing
from marketplace.jobs import gallery, interface
from marketplace.jobs.gallery import Form

NAMES = sorted(gallery.forms())
PICTURES = Path(__file__).parents[4] / "templates" / "gallery" / "pictures"
each = pytest.mark.parametrize("form", gallery.forms().values(), ids=lambda form: form.name)


def test_there_are_many_and_each_has_a_picture() -> None:
    assert len(NAMES) >= 25
    assert sorted(path.stem for path in PICTURES.glob("*.svg")) == NAMES
    assert {form.group for form in gallery.forms().values()} == set(gallery.GROUPS)


@each
def test_a_ready_interface_says_what_it_is_and_what_to_do(form: Form) -> None:
    assert form.title and form.summary.endswith((".", "?"))
    assert 5 <= form.expected_seconds <= 300
    assert len(form.guidelines) > 60


@each
def test_a_ready_interface_is_drawn_as_it_is(form: Form) -> None:
    assert form.problem == ""
    assert form.shape.controls


@each
def test_sample_tasks_show_what_the_interface_asks_for(form: Form) -> None:
    for row in form.rows:
        assert set(row.data) == set(form.columns)
    assert all(gallery.sample(name).stat().st_size < 100_000 for name in form.media)
    assert json.loads(form.tasks()) == [dict(row.data) for row in form.rows]


@each
def test_sample_answers_are_answers(form: Form) -> None:
    for row in form.rows:
        given = interface.check_result(form.shape, form.result(row), row.data)
        assert given, form.name


def test_every_sample_file_is_shown_somewhere() -> None:
    shown = {name for form in gallery.forms().values() for name in form.media}
    assert shown == {path.name for path in gallery.SAMPLES.iterdir()}


def test_what_is_not_drawn_says_which_tag_and_where() -> None:
    xml = '<View>\n<Chat name="chat" value="$chat"/>\n</View>'
    form = Form("a", "A", "Texts", "A.", 10, "", xml, ())
    assert form.problem == "This tag is not supported yet: Chat (line 2)."


@pytest.mark.parametrize("name", ["nothing", "../forms/boxes", ".."])
def test_what_is_not_there_is_missing(name: str) -> None:
    with pytest.raises(Missing):
        gallery.form(name)
    with pytest.raises(Missing):
        gallery.sample(name)
